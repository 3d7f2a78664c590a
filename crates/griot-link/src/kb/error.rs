//! What can be wrong with a knowledge-base file.

use std::io;
use std::path::PathBuf;

/// Why a knowledge base could not be opened or is not sound.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KbError {
    /// The file could not be read.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Fewer bytes than the header has, or than it says the file has.
    #[error(
        "the file has {found} bytes and needs {needed}: it was cut off or is not a knowledge base"
    )]
    TooShort {
        /// Bytes there are.
        found: u64,
        /// Bytes there must be.
        needed: u64,
    },
    /// It does not begin as a knowledge base does.
    #[error("not a knowledge base: it begins with {found:02x?}")]
    NotAKnowledgeBase {
        /// Its first bytes.
        found: [u8; 8],
    },
    /// Written by a later version of the builder.
    #[error(
        "knowledge base of format {found}; this program reads format {supported}: update it or rebuild the file"
    )]
    VersionTooNew {
        /// Format of the file.
        found: u32,
        /// Format that is read.
        supported: u32,
    },
    /// Written by an earlier version of the builder.
    #[error(
        "knowledge base of the old format {found}; this program reads format {supported}: rebuild the file"
    )]
    VersionTooOld {
        /// Format of the file.
        found: u32,
        /// Format that is read.
        supported: u32,
    },
    /// The header or the table of sections is damaged.
    #[error("damaged header: its checksum is {found:08x}, not {expected:08x}")]
    HeaderChecksum {
        /// What was computed.
        found: u32,
        /// What the header says.
        expected: u32,
    },
    /// A section is damaged.
    #[error("damaged section `{section}`: its checksum is {found:08x}, not {expected:08x}")]
    SectionChecksum {
        /// Name of the section.
        section: &'static str,
        /// What was computed.
        found: u32,
        /// What the table says.
        expected: u32,
    },
    /// The table of sections contradicts itself or the length of the file.
    #[error("bad table of sections: {what}")]
    BadTable {
        /// What is wrong.
        what: &'static str,
    },
    /// A section holds what no builder writes.
    #[error("bad section `{section}`: {what}, at item {item}")]
    Corrupt {
        /// Name of the section.
        section: &'static str,
        /// What is wrong.
        what: &'static str,
        /// Number of the item where it was found, from 0.
        item: u64,
    },
    /// The manifest is not the JSON it should be.
    #[error("bad manifest")]
    Manifest {
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}
