//! Opening files, compressed or not, and cutting them into lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lzma_rust2::XzReader;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Reason;

/// Bytes read from the system at a time.
const BUFFER_BYTES: usize = 256 * 1024;

/// Memory a dictionary of xz may take, in KiB: that of `xz -9` is 65 MiB.
const XZ_KIBIBYTES_MAX: u32 = 1 << 20;

/// A line longer than this is an error and is never held in memory. The longest
/// items of Wikidata have some 5 MB.
pub const LINE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Opens `path` and decompresses gzip, bzip2, xz and Zstandard, told by their first
/// bytes and not by the name of the file. Several compressed streams one after the
/// other, as `pigz`, `lbzip2` and `pzstd` make them, are read as one.
///
/// `n_read` counts the bytes that were read from the file, for progress.
///
/// # Errors
///
/// What the system says.
pub fn open(path: &Path, n_read: &Arc<AtomicU64>) -> io::Result<Box<dyn BufRead + Send>> {
    let file = Counted {
        inner: File::open(path)?,
        n_read: Arc::clone(n_read),
    };
    decompress(file)
}

/// What `reader` gives, decompressed as [`open`] does.
///
/// # Errors
///
/// What `reader` says.
pub fn decompress<R: Read + Send + 'static>(reader: R) -> io::Result<Box<dyn BufRead + Send>> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, reader);
    let mut magic = [0; 6];
    let n_magic = peek(&mut reader, &mut magic)?;
    // The bytes that were looked at are read again.
    let reader = BufReader::with_capacity(
        BUFFER_BYTES,
        io::Cursor::new(magic).take(n_magic as u64).chain(reader),
    );
    Ok(match &magic[..n_magic] {
        [0x1f, 0x8b, ..] => buffered(flate2::bufread::MultiGzDecoder::new(reader)),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => {
            buffered(bzip2::bufread::MultiBzDecoder::new(reader))
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            buffered(Frames::new(reader))
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0] => {
            buffered(XzReader::new_mem_limit(reader, true, XZ_KIBIBYTES_MAX))
        }
        _ => Box::new(reader),
    })
}

fn peek(reader: &mut impl Read, magic: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < magic.len() {
        match reader.read(&mut magic[n..]) {
            Ok(0) => break,
            Ok(read) => n += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}

fn buffered(reader: impl Read + Send + 'static) -> Box<dyn BufRead + Send> {
    Box::new(BufReader::with_capacity(BUFFER_BYTES, reader))
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    n_read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.n_read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Zstandard frames one after the other; the decoder reads one only.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    at: At,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Between,
    InFrame,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            at: At::Between,
        }
    }

    /// Goes to the next frame that holds data; false at the end of the source.
    fn next_frame(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.at = At::InFrame;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    let skipped = self.source.by_ref().take(length.into());
                    io::copy(&mut { skipped }, &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Ok(false)
    }

    /// What the decoder leaves to those who use it.
    fn check(&self) -> io::Result<()> {
        let stored = self.decoder.get_checksum_from_data();
        let computed = self.decoder.get_calculated_checksum();
        if stored.is_some() && stored != computed {
            let message = "checksum of a Zstandard frame does not match";
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if self.at == At::Between && !self.next_frame()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(io::Error::other)?;
            }
            let n = self.decoder.read(buffer)?;
            if n > 0 {
                return Ok(n);
            }
            self.check()?;
            self.at = At::Between;
        }
    }
}

/// A line of an input.
#[derive(Debug)]
pub struct Line<'a> {
    /// From 1.
    pub number: u64,
    /// Bytes of the input up to the end of this line.
    pub end: u64,
    /// Its bytes, without the end of line and space around; not empty. Or why it
    /// cannot be given: too long, or the input cannot be read any further.
    pub bytes: Result<&'a [u8], Reason>,
}

/// The lines of a reader that are not blank. Holds one line at a time.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    number: u64,
    end: u64,
    ended: bool,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// The lines of `reader`.
    pub fn new(reader: R) -> Self {
        Self::starting_at(reader, 0, 0)
    }

    /// The lines of `reader`, of which `number` lines and `end` bytes are done.
    pub(crate) fn starting_at(reader: R, number: u64, end: u64) -> Self {
        Self {
            reader,
            number,
            end,
            ended: false,
            line: Vec::new(),
        }
    }

    /// The next line; nothing at the end, and after the input could not be read.
    /// Each call is linear in the length of the line.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        while !self.ended {
            let n_bytes = match self.read_line() {
                Ok(0) => break,
                Ok(n_bytes) => n_bytes,
                Err(source) => {
                    self.ended = true;
                    return Some(Line {
                        number: self.number + 1,
                        end: self.end,
                        bytes: Err(Reason::Read { source }),
                    });
                }
            };
            self.number += 1;
            self.end += n_bytes;
            // Some Windows programs put a byte order mark first.
            if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
                self.line.drain(..3);
            }
            if n_bytes > LINE_BYTES_MAX as u64 || !self.line.trim_ascii().is_empty() {
                return Some(self.line(n_bytes));
            }
        }
        self.ended = true;
        None
    }

    fn line(&self, n_bytes: u64) -> Line<'_> {
        let bytes_max = LINE_BYTES_MAX;
        Line {
            number: self.number,
            end: self.end,
            bytes: if n_bytes > bytes_max as u64 {
                Err(Reason::TooLong { bytes_max })
            } else {
                Ok(self.line.trim_ascii())
            },
        }
    }

    /// Reads a line, or its first [`LINE_BYTES_MAX`] bytes; gives its full length.
    fn read_line(&mut self) -> io::Result<u64> {
        self.line.clear();
        let mut n_bytes = 0;
        loop {
            let buffer = match self.reader.fill_buf() {
                Ok(buffer) => buffer,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = memchr::memchr(b'\n', buffer);
            let n = end.map_or(buffer.len(), |end| end + 1);
            let room = LINE_BYTES_MAX - self.line.len();
            self.line.extend_from_slice(&buffer[..n.min(room)]);
            self.reader.consume(n);
            n_bytes += n as u64;
            if end.is_some() || n == 0 {
                return Ok(n_bytes);
            }
        }
    }
}

/// The text of `line`.
///
/// # Errors
///
/// [`Reason::Utf8`].
pub(crate) fn text(line: &[u8]) -> Result<&str, Reason> {
    std::str::from_utf8(line).map_err(|error| Reason::Utf8 {
        valid_up_to: error.valid_up_to(),
    })
}
