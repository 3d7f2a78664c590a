//! Reading entities: lists that people have, and dumps of Wikidata.
//!
//! [`jsonl`] and [`csv`] read lists, [`manifest`] joins several of them, and
//! [`wikidata`] reads a dump. All of them stream: what they hold does not grow with
//! the input unless their documentation says so. [`input`] opens files, compressed
//! or not. A line that cannot be read is a [`LineError`] and the rest is read.
//!
//! ```
//! use griot_link::kb::read::jsonl;
//!
//! let list = "{\"id\": \"Q912\", \"name\": \"Mali\"}\n{\"id\": \"Q1032\"}\n";
//! let read: Vec<_> = jsonl::entities(list.as_bytes()).collect();
//! assert_eq!(read[0].as_ref().unwrap().name, "Mali");
//! assert_eq!(read[1].as_ref().unwrap_err().line, 2);
//! ```

pub mod build;
pub mod csv;
mod describe;
pub mod diff;
mod error;
pub mod input;
pub mod jsonl;
mod languages;
pub mod list;
pub mod manifest;
mod merge;
mod record;
pub mod wikidata;

pub use describe::{Describe, FineRule};
pub use error::{LineError, ReadError, Reason};
pub use languages::Languages;
pub use merge::Merged;

#[cfg(test)]
mod tests;
