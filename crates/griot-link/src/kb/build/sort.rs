//! Sorting more than fits in memory: sorted runs in temporary files, merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Runs that are merged at once; each has a file open.
const RUNS_MAX: usize = 48;
/// Bytes that the place of a record takes beside the record.
const PLACE_BYTES: usize = size_of::<(usize, u32)>();

/// Byte strings to be sorted; equal ones are all kept.
#[derive(Debug)]
pub(super) struct Sorter {
    memory_bytes: usize,
    temp_dir: std::path::PathBuf,
    arena: Vec<u8>,
    places: Vec<(usize, u32)>,
    runs: Vec<File>,
    pub(super) len: u64,
}

impl Sorter {
    /// Keeps at most about `memory_bytes` in memory, and one record.
    pub(super) fn new(memory_bytes: usize, temp_dir: &Path) -> Self {
        Self {
            memory_bytes,
            temp_dir: temp_dir.to_owned(),
            arena: Vec::new(),
            places: Vec::new(),
            runs: Vec::new(),
            len: 0,
        }
    }

    /// Adds the record that `parts` are together.
    pub(super) fn push(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        let len: usize = parts.iter().map(|part| part.len()).sum();
        let used = self.arena.len() + self.places.len() * PLACE_BYTES;
        if !self.places.is_empty() && used + len + PLACE_BYTES > self.memory_bytes {
            self.spill()?;
        }
        self.places.push((self.arena.len(), len as u32));
        for part in parts {
            self.arena.extend_from_slice(part);
        }
        self.len += 1;
        Ok(())
    }

    fn sort(&mut self) {
        let arena = &self.arena;
        let of = |&(start, len): &(usize, u32)| &arena[start..start + len as usize];
        self.places.sort_unstable_by(|a, b| of(a).cmp(of(b)));
    }

    fn spill(&mut self) -> io::Result<()> {
        self.sort();
        let mut run = BufWriter::new(tempfile::tempfile_in(&self.temp_dir)?);
        for &(start, len) in &self.places {
            write_record(&mut run, &self.arena[start..start + len as usize])?;
        }
        self.runs.push(rewind(run)?);
        self.arena.clear();
        self.places.clear();
        if self.runs.len() >= RUNS_MAX {
            let mut merged = BufWriter::new(tempfile::tempfile_in(&self.temp_dir)?);
            let mut merge = Merge::new(std::mem::take(&mut self.runs))?;
            while let Some(record) = merge.next()? {
                write_record(&mut merged, record)?;
            }
            self.runs.push(rewind(merged)?);
        }
        Ok(())
    }

    /// The records in ascending order.
    pub(super) fn finish(mut self) -> io::Result<Sorted> {
        if self.runs.is_empty() {
            self.sort();
            return Ok(Sorted::Memory {
                arena: self.arena,
                places: self.places.into_iter(),
            });
        }
        if !self.places.is_empty() {
            self.spill()?;
        }
        Ok(Sorted::Files(Merge::new(self.runs)?))
    }
}

fn write_record(run: &mut impl Write, record: &[u8]) -> io::Result<()> {
    run.write_all(&(record.len() as u32).to_le_bytes())?;
    run.write_all(record)
}

fn rewind(run: BufWriter<File>) -> io::Result<File> {
    let mut file = run.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// Sorted records, read once.
pub(super) enum Sorted {
    Memory {
        arena: Vec<u8>,
        places: std::vec::IntoIter<(usize, u32)>,
    },
    Files(Merge),
}

impl Sorted {
    pub(super) fn next(&mut self) -> io::Result<Option<&[u8]>> {
        match self {
            Self::Memory { arena, places } => Ok(places
                .next()
                .map(|(start, len)| &arena[start..start + len as usize])),
            Self::Files(merge) => merge.next(),
        }
    }
}

/// Runs being merged.
pub(super) struct Merge {
    runs: Vec<BufReader<File>>,
    heads: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    current: Vec<u8>,
}

impl Merge {
    fn new(runs: Vec<File>) -> io::Result<Self> {
        let mut merge = Self {
            runs: runs
                .into_iter()
                .map(|run| BufReader::with_capacity(64 << 10, run))
                .collect(),
            heads: BinaryHeap::new(),
            current: Vec::new(),
        };
        for run in 0..merge.runs.len() {
            merge.refill(run, Vec::new())?;
        }
        Ok(merge)
    }

    fn refill(&mut self, run: usize, mut record: Vec<u8>) -> io::Result<()> {
        let mut len = [0; 4];
        match self.runs[run].read_exact(&mut len) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            done => done?,
        }
        record.resize(u32::from_le_bytes(len) as usize, 0);
        self.runs[run].read_exact(&mut record)?;
        self.heads.push(Reverse((record, run)));
        Ok(())
    }

    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        let Some(Reverse((record, run))) = self.heads.pop() else {
            return Ok(None);
        };
        let spare = std::mem::replace(&mut self.current, record);
        self.refill(run, spare)?;
        Ok(Some(&self.current))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_the_same_in_memory_and_on_disk() {
        let records: Vec<Vec<u8>> = (0u32..5000)
            .map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes().to_vec())
            .collect();
        let mut expected = records.clone();
        expected.sort();
        for memory in [1 << 20, 10_000, 500, 1] {
            let mut sorter = Sorter::new(memory, &std::env::temp_dir());
            for record in &records {
                sorter.push(&[&record[..2], &record[2..]]).unwrap();
            }
            let mut sorted = sorter.finish().unwrap();
            let mut found = Vec::new();
            while let Some(record) = sorted.next().unwrap() {
                found.push(record.to_vec());
            }
            assert!(found == expected, "{memory} bytes");
        }
    }
}
