//! The bytes of a file: borrowed, owned or mapped into memory.

use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use super::file_error;
use crate::Error;

/// Bytes, wherever they are. Cheap to clone.
#[derive(Clone)]
pub(super) enum Bytes<'a> {
    Borrowed(&'a [u8]),
    Owned(Arc<[u8]>),
    Mapped(Arc<memmap2::Mmap>),
}

impl Bytes<'_> {
    /// Maps the file at `path` into memory: nothing is read before it is used.
    ///
    /// # Errors
    ///
    /// [`Error::File`] when it cannot be opened or is no regular file.
    #[expect(unsafe_code, reason = "a memory map cannot be had without")]
    pub(super) fn map(path: &Path) -> Result<Self, Error> {
        let (file, n_bytes) = super::open(path)?;
        if n_bytes == 0 {
            // Some systems refuse to map nothing.
            return Ok(Self::Borrowed(&[]));
        }
        // SAFETY: the map is read-only and private to this value. A file that
        // another program changes or cuts while it is mapped is the one way to
        // break it, which `ModelFiles::read` tells callers not to do. No reader
        // relies on two reads of a byte being equal: offsets are checked against
        // the slice once they are copied out of it, and numbers are copied into
        // tensors, or, from embedding tables, into the vectors of a text.
        let map = unsafe { memmap2::Mmap::map(&file) }.map_err(file_error(path))?;
        Ok(Self::Mapped(Arc::new(map)))
    }
}

impl Bytes<'_> {
    /// Says that `range` of a mapped file is not needed for now: it leaves memory, and
    /// is read again when it is. Nothing happens to bytes that are not mapped.
    #[cfg_attr(unix, expect(unsafe_code, reason = "advice about a memory map"))]
    pub(super) fn release(&self, range: Range<usize>) {
        #[cfg(unix)]
        if let Self::Mapped(map) = self {
            let (start, length) = (range.start, range.len());
            // SAFETY: the map is read-only, so no page of it was changed: what is
            // read later is what the file holds.
            let advised = unsafe {
                map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, start, length)
            };
            // It is advice: without it, memory is used a while longer.
            if let Err(error) = advised {
                log::debug!("memory map: {error}");
            }
        }
    }
}

impl Deref for Bytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Mapped(map) => map,
        }
    }
}
