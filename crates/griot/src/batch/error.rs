//! Why a batch cannot be written or gone on with.

use std::io;
use std::path::PathBuf;

/// Why a batch cannot be written or gone on with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The system refuses to write.
    #[error("cannot write {}", path.display())]
    Write {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// The system refuses to read.
    #[error("cannot read {}", path.display())]
    Read {
        /// File or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },

    /// Another run is writing to the same place.
    #[error("{} is being written by another run", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },

    /// A journal cannot be understood.
    #[error("{} is not a journal of this version of griot", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },

    /// An earlier run left results, which would be lost.
    #[error(
        "{} is of a run that did not end, with {documents} documents",
        path.display()
    )]
    Unfinished {
        /// The journal.
        path: PathBuf,
        /// Documents that are safely written.
        documents: u64,
    },

    /// The folder for shards has shards of another run.
    #[error("{} holds shards of an earlier run, such as {example:?}", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// The name of one of them.
        example: String,
    },

    /// The results would not be those of one run.
    #[error(
        "{name} is {}, and was {} when the run began",
        is.as_deref().unwrap_or("not set"),
        was.as_deref().unwrap_or("not set")
    )]
    SettingChanged {
        /// The setting.
        name: String,
        /// What it was.
        was: Option<String>,
        /// What it is.
        is: Option<String>,
    },

    /// The first documents are not those of the run that is to go on.
    #[error("the input changed: its first {items} documents are not those that were annotated")]
    InputChanged {
        /// Documents and failures that were compared.
        items: u64,
    },

    /// A file is not what the run had written.
    #[error("{} changed since it was written: its first {bytes} bytes are not those of the journal", path.display())]
    OutputChanged {
        /// The file.
        path: PathBuf,
        /// What was written, in bytes.
        bytes: u64,
    },
}
