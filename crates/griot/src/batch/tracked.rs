//! Files of which it is known what was written to them.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::{BatchError, Written};

/// A file of which it is known what was written to it.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) path: PathBuf,
    pub(super) file: BufWriter<Summed>,
}

/// Counts and sums what is written.
#[derive(Debug)]
pub(super) struct Summed {
    file: File,
    pub(super) bytes: u64,
    crc: crc32fast::Hasher,
}

impl Tracked {
    /// Opens a file whose first bytes are `known`, and cuts off the others.
    pub(super) fn open(path: PathBuf, known: Written) -> Result<Self, BatchError> {
        let mut options = OpenOptions::new();
        // Not emptied before it is clear that no other run has it.
        options.read(true).write(true).create(true).truncate(false);
        let opened = options.open(&path);
        let mut file = opened.map_err(|source| cannot_write(&path, source))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            return Err(BatchError::Locked { path });
        }
        let found = sum(&file, known.bytes).map_err(|source| BatchError::Read {
            path: path.clone(),
            source,
        })?;
        if found != known {
            return Err(BatchError::OutputChanged {
                path,
                bytes: known.bytes,
            });
        }
        let cut = file.set_len(known.bytes);
        let cut = cut.and_then(|()| file.seek(SeekFrom::Start(known.bytes)));
        cut.map_err(|source| cannot_write(&path, source))?;
        let summed = Summed {
            file,
            bytes: known.bytes,
            crc: crc32fast::Hasher::new_with_initial_len(known.crc, known.bytes),
        };
        Ok(Self {
            path,
            file: BufWriter::with_capacity(1 << 16, summed),
        })
    }

    /// What is on disk, once it is.
    pub(super) fn written(&mut self) -> Result<Written, BatchError> {
        let flushed = self.file.flush();
        let synced = flushed.and_then(|()| self.file.get_ref().file.sync_data());
        synced.map_err(|source| cannot_write(&self.path, source))?;
        let summed = self.file.get_ref();
        Ok(Written {
            bytes: summed.bytes,
            crc: summed.crc.clone().finalize(),
        })
    }

    /// Reads it from the begin.
    pub(super) fn reader(&self) -> Result<(PathBuf, BufReader<File>), BatchError> {
        match File::open(&self.path) {
            Ok(file) => Ok((self.path.clone(), BufReader::new(file))),
            Err(source) => Err(BatchError::Read {
                path: self.path.clone(),
                source,
            }),
        }
    }
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.crc.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Length and sum of the first `bytes` bytes of a file, or of all if it is shorter.
fn sum(file: &File, bytes: u64) -> io::Result<Written> {
    let mut reader = BufReader::with_capacity(1 << 16, file).take(bytes);
    let mut crc = crc32fast::Hasher::new();
    let mut buffer = vec![0; 1 << 16];
    let mut found = Written::default();
    loop {
        let n = reader.read(&mut buffer)?;
        if n == 0 {
            found.crc = crc.finalize();
            return Ok(found);
        }
        crc.update(&buffer[..n]);
        found.bytes += n as u64;
    }
}

pub(super) fn cannot_write(path: &Path, source: io::Error) -> BatchError {
    BatchError::Write {
        path: path.to_owned(),
        source,
    }
}
