//! Sections while they are written: in memory, or in a temporary file once large.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

use super::super::container::{Section, Summed, head};

/// Something long that is written, and then read; a file if it is longer than
/// `memory` bytes.
pub(super) fn spool(memory: usize, temp_dir: &Path) -> SpooledTempFile {
    tempfile::spooled_tempfile_in(memory, temp_dir)
}

/// The sections of a file, complete.
#[derive(Debug, Default)]
pub(super) struct Sections {
    parts: Vec<(Section, Vec<Part>)>,
}

/// A part of a section.
#[derive(Debug)]
pub(super) enum Part {
    Bytes(Vec<u8>),
    Spool(SpooledTempFile),
}

impl Sections {
    pub(super) fn add(&mut self, section: Section, parts: Vec<Part>) {
        self.parts.push((section, parts));
    }

    /// Writes the file; returns the length of each section and of the file.
    pub(super) fn write(
        mut self,
        mut writer: impl Write,
    ) -> io::Result<(Vec<(&'static str, u64)>, u64)> {
        self.parts.sort_by_key(|&(section, _)| section);
        debug_assert!(self.parts.iter().map(|p| p.0).eq(Section::ALL));
        let mut sums = Vec::new();
        for (_, parts) in &mut self.parts {
            let mut sum = Summed::new(io::sink());
            copy(parts, &mut sum)?;
            sums.push((sum.len, sum.hasher.finalize()));
        }
        let (head, padding) = head(&sums);
        writer.write_all(&head)?;
        let mut bytes = head.len() as u64;
        for ((_, parts), (padding, (len, _))) in
            self.parts.iter_mut().zip(padding.into_iter().zip(&sums))
        {
            writer.write_all(&vec![0; padding])?;
            copy(parts, &mut writer)?;
            bytes += padding as u64 + len;
        }
        writer.flush()?;
        let lengths = self
            .parts
            .iter()
            .zip(sums)
            .map(|((section, _), (len, _))| (section.name(), len));
        Ok((lengths.collect(), bytes))
    }
}

fn copy(parts: &mut [Part], to: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 64 << 10];
    for part in parts {
        match part {
            Part::Bytes(bytes) => to.write_all(bytes)?,
            Part::Spool(spool) => {
                spool.seek(SeekFrom::Start(0))?;
                loop {
                    let n = spool.read(&mut buffer)?;
                    if n == 0 {
                        break;
                    }
                    to.write_all(&buffer[..n])?;
                }
            }
        }
    }
    Ok(())
}
