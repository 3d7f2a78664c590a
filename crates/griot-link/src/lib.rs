//! From mentions to entities, by name.
//!
//! This is the first step of linking and only that: a mention is linked if its
//! text *is* a name of an entity in the table, up to case, typography and
//! accents, and if the names of one entity or of one clear favourite match. The
//! context of the mention is not read. It links a list of people, places or
//! organisations that you keep; it does not disambiguate a whole encyclopedia.
//!
//! | module | what it holds |
//! |---|---|
//! | [`normalize`] | [`AliasKey`]: what makes two spellings one name |
//! | [`table`] | [`AliasTable`]: names to entities |
//! | [`linker`] | [`Linker`]: mentions to links |
//!
//! # Example
//!
//! ```
//! use griot_link::{AliasTable, Linker, LinkerConfig};
//! use griot_text::{Document, Entity, Mention, Span, Target};
//!
//! let table = AliasTable::new([Entity {
//!     id: "Q3916".into(),
//!     name: "N'Djaména".to_owned(),
//!     label: Some("LOC".into()),
//!     aliases: vec!["Fort-Lamy".to_owned()],
//!     popularity: 0.0,
//! }])?;
//! let linker = Linker::new(table, LinkerConfig::default());
//!
//! let document = Document::new("1", "Retour à N’DJAMENA.")?;
//! let mention = Mention { span: Span::new(10, 21), label: "LOC".into(), score: 0.98 };
//! let links = linker.link(&document, &[mention]);
//! assert_eq!(links[0].target, Target::Entity("Q3916".into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod linker;
pub mod normalize;
pub mod table;

pub use linker::{Linker, LinkerConfig};
pub use normalize::AliasKey;
pub use table::{AliasTable, Spelling, TableError};
