//! The file: a header, a table of sections, and the sections.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `GRIOTKB\n` |
//! | 4 | format version |
//! | 4 | number of sections |
//! | 8 | length of the file |
//! | 4 | CRC-32 of the header and the table, this field as 0 |
//! | 4 | 0 |
//! | 24 each | table: offset, length, CRC-32, 0 |
//!
//! Numbers are little-endian. Each section begins at a multiple of 64 bytes.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::error::KbError;

/// Arrangement of the sections.
const LAYOUT: u32 = 2;

/// Format that this version writes and reads: a file with keys of names of another
/// version would not find them.
pub(super) const FORMAT: u32 = LAYOUT * 1000 + crate::name::KEY_VERSION;
const MAGIC: [u8; 8] = *b"GRIOTKB\n";
const HEADER_LEN: usize = 32;
const ROW_LEN: usize = 24;
const ALIGNMENT: u64 = 64;

/// What is checked when a knowledge base is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Validation {
    /// The header, the table and the checksum of every section, so the whole
    /// file is read once, at 2 to 10 GB/s: 2 ms for 10 MB.
    #[default]
    Full,
    /// The header and the table only, whatever the size of the file.
    /// [`KnowledgeBase::verify`](super::KnowledgeBase::verify) checks the rest.
    Header,
}

/// A section, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(usize)]
pub(super) enum Section {
    Manifest,
    Tables,
    Codecs,
    Keys,
    Filter,
    Postings,
    Blocking,
    Ids,
    Columns,
    Names,
    Descriptions,
    Records,
    Neighbours,
    Redirects,
}

impl Section {
    pub(super) const ALL: [Self; 14] = [
        Self::Manifest,
        Self::Tables,
        Self::Codecs,
        Self::Keys,
        Self::Filter,
        Self::Postings,
        Self::Blocking,
        Self::Ids,
        Self::Columns,
        Self::Names,
        Self::Descriptions,
        Self::Records,
        Self::Neighbours,
        Self::Redirects,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Tables => "tables",
            Self::Codecs => "codecs",
            Self::Keys => "keys",
            Self::Filter => "filter of keys",
            Self::Postings => "postings",
            Self::Blocking => "blocking keys",
            Self::Ids => "identifiers",
            Self::Columns => "columns",
            Self::Names => "names",
            Self::Descriptions => "descriptions",
            Self::Records => "records",
            Self::Neighbours => "neighbours",
            Self::Redirects => "redirects",
        }
    }
}

/// Where the bytes of a knowledge base are.
pub(super) enum Storage {
    Static(&'static [u8]),
    Shared(Arc<[u8]>),
    Owned(Vec<u8>),
    Mapped(memmap2::Mmap),
}

impl Storage {
    /// Maps the file into memory.
    #[expect(unsafe_code, reason = "a memory map cannot be had without")]
    pub(super) fn map(path: &Path) -> Result<Self, KbError> {
        let read = |source| KbError::Io {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(read)?;
        if file.metadata().map_err(read)?.len() == 0 {
            // Some systems refuse to map nothing.
            return Ok(Self::Static(&[]));
        }
        // SAFETY: the map is read-only and private to this value. Its bytes change
        // only if someone writes to the file or cuts it while it is open, which
        // `KnowledgeBase::open` tells callers not to do. No reader relies on two
        // reads of a byte being equal for memory safety: every offset is checked
        // against the slice on each use, and text is checked or replaced when it
        // is made a string.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(read)?;
        Ok(Self::Mapped(map))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Shared(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}

impl fmt::Debug for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Static(_) => "static",
            Self::Shared(_) => "shared",
            Self::Owned(_) => "owned",
            Self::Mapped(_) => "mapped",
        };
        write!(f, "{kind}, {} bytes", self.bytes().len())
    }
}

/// A row of the table of sections.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) range: Range<usize>,
    pub(super) checksum: u32,
}

/// A file whose header and table are sound.
#[derive(Debug)]
pub(super) struct Container {
    pub(super) storage: Storage,
    rows: Vec<Row>,
    /// CRC-32 of the header and the table, and so of all content.
    pub(super) checksum: u32,
}

impl Container {
    pub(super) fn new(storage: Storage, validation: Validation) -> Result<Self, KbError> {
        let bytes = storage.bytes();
        let (rows, checksum) = check_header(bytes)?;
        let container = Self {
            storage,
            rows,
            checksum,
        };
        if validation == Validation::Full {
            container.check_sections()?;
        }
        Ok(container)
    }

    pub(super) fn section(&self, section: Section) -> &[u8] {
        // `check_header` has looked at the ranges.
        self.storage
            .bytes()
            .get(self.rows[section as usize].range.clone())
            .unwrap_or_default()
    }

    pub(super) fn check_sections(&self) -> Result<(), KbError> {
        for section in Section::ALL {
            let found = crc32fast::hash(self.section(section));
            let expected = self.rows[section as usize].checksum;
            if found != expected {
                return Err(KbError::SectionChecksum {
                    section: section.name(),
                    found,
                    expected,
                });
            }
        }
        Ok(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut four = [0; 4];
    four.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(four)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// The table of sections and the checksum, if all is well.
fn check_header(bytes: &[u8]) -> Result<(Vec<Row>, u32), KbError> {
    let too_short = |needed| KbError::TooShort {
        found: bytes.len() as u64,
        needed,
    };
    if let Some(&found) = bytes.first_chunk::<8>()
        && found != MAGIC
    {
        return Err(KbError::NotAKnowledgeBase { found });
    }
    if bytes.len() < HEADER_LEN {
        return Err(too_short(HEADER_LEN as u64));
    }
    let (version, sections) = (u32_at(bytes, 8), u32_at(bytes, 12) as usize);
    check_version(version)?;
    // A later minor change may not add sections: the number is part of the format.
    if sections != Section::ALL.len() {
        return Err(KbError::BadTable {
            what: "another number of sections",
        });
    }
    let head_len = HEADER_LEN + sections * ROW_LEN;
    if bytes.len() < head_len {
        return Err(too_short(head_len as u64));
    }
    let expected = u32_at(bytes, 24);
    let found = header_checksum(&bytes[..head_len]);
    if found != expected {
        return Err(KbError::HeaderChecksum { found, expected });
    }
    match u64_at(bytes, 16) {
        len if len > bytes.len() as u64 => return Err(too_short(len)),
        len if len < bytes.len() as u64 => {
            return Err(KbError::BadTable {
                what: "bytes after the end",
            });
        }
        _ => {}
    }
    let rows = (0..sections).map(|i| check_row(bytes, HEADER_LEN + i * ROW_LEN, head_len));
    Ok((rows.collect::<Result<_, _>>()?, found))
}

fn check_version(found: u32) -> Result<(), KbError> {
    let supported = FORMAT;
    match found {
        FORMAT => Ok(()),
        found if found > supported => Err(KbError::VersionTooNew { found, supported }),
        found => Err(KbError::VersionTooOld { found, supported }),
    }
}

fn check_row(bytes: &[u8], at: usize, head_len: usize) -> Result<Row, KbError> {
    let (offset, len) = (u64_at(bytes, at), u64_at(bytes, at + 8));
    let end = offset
        .checked_add(len)
        .filter(|&end| end <= bytes.len() as u64);
    let Some(end) = end else {
        return Err(KbError::BadTable {
            what: "a section beyond the end of the file",
        });
    };
    if !offset.is_multiple_of(ALIGNMENT) || offset < head_len as u64 {
        return Err(KbError::BadTable {
            what: "a section at a bad offset",
        });
    }
    Ok(Row {
        // Both fit: they are at most the length of a slice.
        range: offset as usize..end as usize,
        checksum: u32_at(bytes, at + 16),
    })
}

fn header_checksum(head: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&head[..24]);
    hasher.update(&[0; 4]);
    hasher.update(&head[28..]);
    hasher.finalize()
}

/// The header and the table for sections of these lengths and checksums, and how
/// many bytes of padding go before each section.
pub(super) fn head(sections: &[(u64, u32)]) -> (Vec<u8>, Vec<usize>) {
    let head_len = (HEADER_LEN + sections.len() * ROW_LEN) as u64;
    let mut table = Vec::new();
    let mut padding = Vec::new();
    let mut end = head_len;
    for &(len, checksum) in sections {
        let offset = end.next_multiple_of(ALIGNMENT);
        padding.push((offset - end) as usize);
        table.extend(offset.to_le_bytes());
        table.extend(len.to_le_bytes());
        table.extend(checksum.to_le_bytes());
        table.extend([0; 4]);
        end = offset + len;
    }
    let mut head = MAGIC.to_vec();
    head.extend(FORMAT.to_le_bytes());
    head.extend((sections.len() as u32).to_le_bytes());
    head.extend(end.to_le_bytes());
    head.extend([0; 8]);
    head.extend(table);
    let checksum = header_checksum(&head);
    head[24..28].copy_from_slice(&checksum.to_le_bytes());
    (head, padding)
}

/// A writer that keeps the length and the CRC-32 of what goes through.
#[derive(Debug)]
pub(super) struct Summed<W> {
    pub(super) inner: W,
    pub(super) len: u64,
    pub(super) hasher: crc32fast::Hasher,
}

impl<W: io::Write> Summed<W> {
    pub(super) fn new(inner: W) -> Self {
        Self {
            inner,
            len: 0,
            hasher: crc32fast::Hasher::new(),
        }
    }
}

impl<W: io::Write> io::Write for Summed<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buf)?;
        self.len += n as u64;
        self.hasher.update(&buf[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
