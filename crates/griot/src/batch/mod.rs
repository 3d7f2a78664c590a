//! Millions of documents on one machine: in order, in constant memory, on all cores,
//! and to be gone on with after a crash.
//!
//! [`run`] is the pipeline: one thread reads, one runs the model, one links, and the
//! caller's writes, with short queues between them. The model and the linker use all
//! cores themselves.
//!
//! [`ResumableOutput`] is where results can go: one file or a folder of shards, with a
//! [`Journal`] of what is safely written. Each file has its name only once it is
//! complete.
//!
//! # Example
//!
//! ```
//! # #[cfg(feature = "embedded-model")]
//! # fn main() -> Result<(), griot::Error> {
//! use std::ops::ControlFlow;
//!
//! use griot::batch::{BatchOptions, run};
//! use griot::{Document, Pipeline};
//!
//! let pipeline = Pipeline::embedded()?;
//! let documents = ["Bamako", "Lomé"].map(|text| Ok(Document::new(text, text)?));
//! let mut ids = Vec::new();
//! run(&pipeline, &BatchOptions::default(), documents, |chunk| {
//!     for done in chunk {
//!         match done.result {
//!             Ok(annotation) => ids.push(annotation.document.id().to_owned()),
//!             Err(failure) => eprintln!("{failure}"),
//!         }
//!     }
//!     ControlFlow::Continue(())
//! });
//! assert_eq!(ids, ["Bamako", "Lomé"]);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "embedded-model"))]
//! # fn main() {}
//! ```

mod error;
mod failure;
mod journal;
mod known;
mod output;
mod summary;
mod tracked;

use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use griot_text::{Document, Mention, segment_words};
use rayon::prelude::*;

pub use error::BatchError;
pub use failure::Failure;
pub use journal::{Journal, Settings, State, Written};
pub use output::{Layout, Leftovers, ResumableOutput, write_failure};
pub use summary::Summary;

use crate::{Annotation, Pipeline, pipeline};

/// How documents go through [`run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchOptions {
    /// Text that goes through the model together, in bytes: enough to sort windows by
    /// length, little enough to keep memory flat. Default 256 KiB.
    pub chunk_bytes: usize,
    /// Documents that go through the model together at most. Default 1024.
    pub chunk_documents: usize,
    /// Chunks that wait before each step at most. Default 2.
    pub queue_chunks: usize,
    /// When a chunk is handed on. Default [`Gathering::Full`].
    pub gathering: Gathering,
}

/// When documents that were read go to the model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Gathering {
    /// When a chunk is full or the input ends. What is in a chunk depends on the
    /// documents alone, so that scores are the same to the last bit in every run.
    #[default]
    Full,
    /// As soon as the model is free, for streams that come slowly.
    Eager,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            chunk_bytes: 256 * 1024,
            chunk_documents: 1024,
            queue_chunks: 2,
            gathering: Gathering::default(),
        }
    }
}

impl BatchOptions {
    /// Sets [`gathering`](Self::gathering).
    #[must_use]
    pub const fn with_gathering(mut self, gathering: Gathering) -> Self {
        self.gathering = gathering;
        self
    }

    /// Sets [`chunk_bytes`](Self::chunk_bytes).
    #[must_use]
    pub const fn with_chunk_bytes(mut self, chunk_bytes: usize) -> Self {
        self.chunk_bytes = chunk_bytes;
        self
    }
}

/// What became of one document.
#[derive(Debug)]
pub struct Done {
    /// The annotation, or why there is none.
    pub result: Result<Annotation, Failure>,
    /// Words of the document; 0 if it failed.
    pub n_words: u64,
    /// CRC-32 of what was read: see [`State::add_input`].
    pub input: u32,
}

type Item = Result<Document, Failure>;

/// A document between the model and the linker.
struct Tagged {
    result: Result<(Document, Vec<Mention>), Failure>,
    input: u32,
}

/// Annotates `items` and gives the results to `sink`, a chunk at a time, in order; a
/// failure among the items is given on in its place.
///
/// Ends when the items do, or after a chunk for which `sink` breaks. In that case
/// items that were read already are dropped, and the call waits for the item that is
/// being read. Memory does not grow with the number of items: at most
/// `2 + 3 * (queue_chunks + 1)` chunks are alive.
///
/// # Panics
///
/// If `items` or `sink` do.
pub fn run<I>(
    pipeline: &Pipeline,
    options: &BatchOptions,
    items: I,
    mut sink: impl FnMut(Vec<Done>) -> ControlFlow<()>,
) where
    I: IntoIterator<Item = Item> + Send,
{
    let (to_model, from_reader) = match options.gathering {
        Gathering::Full => sync_channel(options.queue_chunks),
        // One document a chunk.
        Gathering::Eager => sync_channel(options.chunk_documents.min(64)),
    };
    let (to_linker, from_model) = sync_channel(options.queue_chunks);
    let (to_sink, from_linker) = sync_channel(options.queue_chunks);
    thread::scope(|scope| {
        scope.spawn(move || read(items, options, &to_model));
        scope.spawn(move || recognize(pipeline, options, &from_reader, &to_linker));
        scope.spawn(move || link(pipeline, &from_model, &to_sink));
        for chunk in from_linker {
            if sink(chunk).is_break() {
                // The receiver is dropped, and so each step ends that has nobody to
                // give its results to.
                break;
            }
        }
    });
}

fn read(
    items: impl IntoIterator<Item = Item>,
    options: &BatchOptions,
    out: &SyncSender<Vec<Item>>,
) {
    let mut items = items.into_iter();
    loop {
        let chunk = match options.gathering {
            Gathering::Full => next_chunk(&mut items, options),
            Gathering::Eager => items.next().into_iter().collect(),
        };
        if chunk.is_empty() || out.send(chunk).is_err() {
            return;
        }
    }
}

fn recognize(
    pipeline: &Pipeline,
    options: &BatchOptions,
    chunks: &Receiver<Vec<Item>>,
    out: &SyncSender<Vec<Tagged>>,
) {
    while let Ok(mut chunk) = chunks.recv() {
        if options.gathering == Gathering::Eager {
            chunk.extend(next_chunk(&mut chunks.try_iter().flatten(), options));
        }
        if out.send(tag(pipeline, chunk)).is_err() {
            return;
        }
    }
}

fn tag(pipeline: &Pipeline, chunk: Vec<Item>) -> Vec<Tagged> {
    let texts: Vec<&str> = chunk
        .iter()
        .filter_map(|item| item.as_ref().ok())
        .map(Document::text)
        .collect();
    let mut found = pipeline.recognizer().tag_batch(&texts).into_iter();
    let tagged = |item: Item| Tagged {
        input: journal::crc_of_item(item.as_ref()),
        result: item.and_then(
            |document| match found.next().expect("there is one result a text") {
                Ok(mentions) => Ok((document, mentions)),
                Err(source) => Err(pipeline::failed(&document, source).into()),
            },
        ),
    };
    chunk.into_iter().map(tagged).collect()
}

fn link(pipeline: &Pipeline, chunks: &Receiver<Vec<Tagged>>, out: &SyncSender<Vec<Done>>) {
    let done = |Tagged { result, input }: Tagged| match result {
        Ok((document, mentions)) => Done {
            n_words: segment_words(document.text()).len() as u64,
            result: Ok(pipeline.finish(document, mentions)),
            input,
        },
        Err(failure) => Done {
            n_words: 0,
            result: Err(failure),
            input,
        },
    };
    for chunk in chunks {
        if out.send(chunk.into_par_iter().map(done).collect()).is_err() {
            return;
        }
    }
}

/// The annotations of documents whose mentions are known from an earlier run, on all
/// cores, in order.
pub fn link_again(
    pipeline: &Pipeline,
    documents: Vec<(Document, Vec<Mention>)>,
) -> Vec<Annotation> {
    let documents = documents.into_par_iter();
    documents
        .map(|(document, mentions)| pipeline.finish(document, mentions))
        .collect()
}

/// The next items, until their text or their number reaches the limit.
fn next_chunk(items: &mut impl Iterator<Item = Item>, options: &BatchOptions) -> Vec<Item> {
    let mut n_bytes = 0;
    let mut chunk = Vec::new();
    while n_bytes < options.chunk_bytes && chunk.len() < options.chunk_documents {
        let Some(item) = items.next() else { break };
        n_bytes += item.as_ref().map_or(0, |document| document.text().len());
        chunk.push(item);
    }
    chunk
}

#[cfg(test)]
mod tests;
