//! Reading a dump into a work folder.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::item::{Context, Item};
use super::pipeline::{Batch, run};
use super::work::{Checkpoint, Plan, Shard, Work};
use super::{Counts, Event, Options, Prepared, Progress, Watch};
use crate::kb::read::input::{self, Lines};
use crate::kb::read::{LineError, ReadError, Reason};

/// Reads the dump in `inputs`, files that follow each other, and keeps what is needed
/// of it in the folder `work`, which is made if there is none. If it holds part of
/// the work, by the same inputs and options, that part is not done again.
///
/// `watch` is told of progress and of wrong lines, and may break.
///
/// # Errors
///
/// [`ReadError::Io`], [`ReadError::OtherWork`], [`ReadError::Checkpoint`]; if `watch`
/// breaks, [`ReadError::Line`] at a wrong line and else [`ReadError::Stopped`].
pub fn prepare(
    inputs: &[PathBuf],
    work: &Path,
    options: Options,
    watch: &mut Watch<'_>,
) -> Result<Prepared, ReadError> {
    let plan = Plan::new(inputs, &options)?;
    let work = Work::open(work)?;
    let checkpoint = work.checkpoint(plan)?;
    if checkpoint.n_shards > 0 {
        let counts = checkpoint.counts;
        flow(watch(Event::Resumed { counts }))?;
    }
    let mut scan = Scan {
        work: &work,
        options: &options,
        watch,
        checkpoint,
    };
    for (number, path) in inputs.iter().enumerate().skip(scan.checkpoint.input) {
        scan.read(number, path)?;
    }
    let Checkpoint {
        n_shards, counts, ..
    } = scan.checkpoint;
    Ok(Prepared {
        work,
        n_shards,
        counts,
        options,
    })
}

/// An error if whoever watches wants to stop.
pub(super) fn flow(flow: ControlFlow<()>) -> Result<(), ReadError> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(ReadError::Stopped),
    }
}

struct Scan<'a> {
    work: &'a Work,
    options: &'a Options,
    watch: &'a mut Watch<'a>,
    checkpoint: Checkpoint,
}

/// What became of a batch.
#[derive(Default)]
struct Scanned {
    items: Vec<u8>,
    facts: Vec<u8>,
    counts: Counts,
    bad: Vec<LineError>,
    number: u64,
    end: u64,
}

impl Scan<'_> {
    /// Reads the input of this number from where the checkpoint is.
    fn read(&mut self, number: usize, path: &Path) -> Result<(), ReadError> {
        let n_read = Arc::new(AtomicU64::new(0));
        let mut reader = input::open(path, &n_read).map_err(ReadError::io("open", path))?;
        let (line, end) = (self.checkpoint.line, self.checkpoint.end);
        let skipped = io::copy(&mut reader.by_ref().take(end), &mut io::sink());
        skipped.map_err(ReadError::io("read", path))?;

        let options = self.options;
        let mut shard = None;
        let mut start = end;
        run(
            Lines::starting_at(reader, line, end),
            options.threads,
            |batch| scan(batch, options),
            |scanned| {
                let scanned = self.tell(path, number, scanned, n_read.load(Ordering::Relaxed))?;
                let open: &mut Shard = match &mut shard {
                    Some(shard) => shard,
                    none => none.insert(self.work.shard(self.checkpoint.n_shards)?),
                };
                open.write(&scanned.items, &scanned.facts)?;
                self.checkpoint.line = scanned.number;
                self.checkpoint.end = scanned.end;
                if scanned.end - start >= options.shard_bytes {
                    start = scanned.end;
                    self.finish(shard.take())?;
                }
                Ok(())
            },
        )?;
        self.checkpoint.input = number + 1;
        (self.checkpoint.line, self.checkpoint.end) = (0, 0);
        self.finish(shard)
    }

    /// Completes a shard, if there is one, and saves how far the build is.
    fn finish(&mut self, shard: Option<Shard>) -> Result<(), ReadError> {
        if let Some(shard) = shard {
            shard.finish()?;
            self.checkpoint.n_shards += 1;
        }
        self.work.save(&self.checkpoint)
    }

    /// Counts a batch and tells of it.
    fn tell(
        &mut self,
        path: &Path,
        number: usize,
        mut scanned: Scanned,
        n_read: u64,
    ) -> Result<Scanned, ReadError> {
        for error in scanned.bad.drain(..) {
            if let Reason::Read { source } = error.reason {
                return Err(ReadError::io("read", path)(source));
            }
            let told = Event::Skipped {
                path,
                error: &error,
            };
            if (self.watch)(told).is_break() {
                return Err(ReadError::Line {
                    path: path.to_owned(),
                    source: error,
                });
            }
        }
        self.checkpoint.counts.add(scanned.counts);
        let plan = &self.checkpoint.plan;
        flow((self.watch)(Event::Progress(Progress {
            n_read: plan.n_bytes_before(number) + n_read,
            n_bytes: plan.n_bytes(),
            n_decompressed: scanned.end,
            counts: self.checkpoint.counts,
        })))?;
        Ok(scanned)
    }
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.n_items += other.n_items;
        self.n_bad += other.n_bad;
        self.n_shelved += other.n_shelved;
    }
}

fn scan(mut batch: Batch, options: &Options) -> Scanned {
    let mut scanned = Scanned {
        bad: std::mem::take(&mut batch.bad),
        number: batch.number,
        end: batch.end,
        ..Scanned::default()
    };
    let context = Context {
        languages: &options.languages,
        ontology: &options.ontology,
    };
    for (number, line) in batch.lines() {
        match items(context, line) {
            Ok(items) => items
                .into_iter()
                .for_each(|item| scanned.add(item, options)),
            Err(reason) => scanned.bad.push(LineError {
                line: number,
                reason,
            }),
        }
    }
    scanned.bad.sort_by_key(|error| error.line);
    scanned.counts.n_bad = scanned.bad.len() as u64;
    scanned
}

/// The items of a line, which may be one of an array.
pub(super) fn items(context: Context<'_>, line: &[u8]) -> Result<Vec<Item>, Reason> {
    let line = input::text(line)?;
    let line = line.strip_prefix('[').unwrap_or(line).trim_start();
    let line = line.strip_suffix(']').unwrap_or(line).trim_end();
    let line = line.strip_suffix(',').unwrap_or(line).trim_end();
    if line.is_empty() {
        return Ok(Vec::new());
    }
    context.items(line)
}

impl Scanned {
    fn add(&mut self, item: Item, options: &Options) {
        self.counts.n_items += 1;
        let facts = item.facts();
        if !facts.parents.is_empty() || facts.iso.is_some() {
            push(&mut self.facts, &facts);
        }
        if item.n_sitelinks() < options.sitelinks_min {
            return;
        }
        let Some(slim) = item.into_slim(&options.languages) else {
            return;
        };
        if !options.ontology.drops(&slim.classes) {
            self.counts.n_shelved += 1;
            push(&mut self.items, &slim);
        }
    }
}

fn push(lines: &mut Vec<u8>, record: &impl serde::Serialize) {
    serde_json::to_writer(&mut *lines, record).expect("records have string keys only");
    lines.push(b'\n');
}
