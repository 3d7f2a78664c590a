//! Lines worked on by several threads, with the results in order.

use std::io::BufRead;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::kb::read::input::Lines;
use crate::kb::read::{LineError, ReadError};

/// Bytes of lines that are worked on at a time.
const BATCH_BYTES: usize = 1 << 20;
/// Batches that wait for a thread, and results that wait for their turn.
const WAITING: usize = 2;

/// Some lines, one after the other.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    /// Number of each line and where it ends in `bytes`.
    lines: Vec<(u64, usize)>,
    /// Lines that could not be given.
    pub(super) bad: Vec<LineError>,
    /// Number of the last line.
    pub(super) number: u64,
    /// Bytes of the input up to the end of the last line.
    pub(super) end: u64,
}

impl Batch {
    /// Takes lines until there are enough; nothing if there are none.
    fn fill(lines: &mut Lines<impl BufRead>) -> Option<Self> {
        let mut batch = Self::default();
        while batch.bytes.len() < BATCH_BYTES {
            let Some(line) = lines.next_line() else { break };
            batch.number = line.number;
            batch.end = line.end;
            match line.bytes {
                Ok(bytes) => {
                    batch.bytes.extend_from_slice(bytes);
                    batch.lines.push((line.number, batch.bytes.len()));
                }
                Err(reason) => batch.bad.push(LineError {
                    line: line.number,
                    reason,
                }),
            }
        }
        (batch.number > 0).then_some(batch)
    }

    /// The lines with their numbers.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let mut start = 0;
        self.lines.iter().map(move |&(number, end)| {
            let line = &self.bytes[start..end];
            start = end;
            (number, line)
        })
    }
}

/// Gives `work` of each batch of `lines` to `sink`, in order, `work` being done by
/// `n_threads` threads. Ends early with the error of `sink`. In memory are at most
/// `5 * n_threads + 1` batches or what became of them.
pub(super) fn run<R: BufRead + Send, T: Send>(
    mut lines: Lines<R>,
    n_threads: NonZeroUsize,
    work: impl Fn(Batch) -> T + Sync,
    mut sink: impl FnMut(T) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    thread::scope(|scope| {
        let mut inputs: Vec<SyncSender<Batch>> = Vec::new();
        let mut outputs: Vec<Receiver<T>> = Vec::new();
        for _ in 0..n_threads.get() {
            let (input, batches) = sync_channel(WAITING);
            let (results, output) = sync_channel(WAITING);
            inputs.push(input);
            outputs.push(output);
            let work = &work;
            scope.spawn(move || {
                for batch in batches {
                    // Nobody waits for the result after an error.
                    if results.send(work(batch)).is_err() {
                        return;
                    }
                }
            });
        }
        scope.spawn(move || {
            for input in (0..).map(|n| n % inputs.len()) {
                let Some(batch) = Batch::fill(&mut lines) else {
                    return;
                };
                if inputs[input].send(batch).is_err() {
                    return;
                }
            }
        });
        // Batches go around the threads, so results come around too.
        for output in (0..).map(|n| n % outputs.len()) {
            match outputs[output].recv() {
                Ok(result) => sink(result)?,
                Err(_) => break,
            }
        }
        Ok(())
    })
}
