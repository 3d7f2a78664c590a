//! Where time goes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Time that a recognizer spent since it was loaded, summed over threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Times {
    /// Sentences, words, sub-words, features.
    pub encode: Duration,
    /// The network.
    pub forward: Duration,
    /// Scores to mentions.
    pub decode: Duration,
}

/// The same, while it is spent.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    encode: AtomicU64,
    forward: AtomicU64,
    decode: AtomicU64,
}

/// What time is spent on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    Encode,
    Forward,
    Decode,
}

impl Clock {
    /// Does `work`, and counts its time as that of `stage`.
    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        let sum = match stage {
            Stage::Encode => &self.encode,
            Stage::Forward => &self.forward,
            Stage::Decode => &self.decode,
        };
        sum.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        done
    }

    pub(crate) fn times(&self) -> Times {
        let read = |sum: &AtomicU64| Duration::from_nanos(sum.load(Ordering::Relaxed));
        Times {
            encode: read(&self.encode),
            forward: read(&self.forward),
            decode: read(&self.decode),
        }
    }
}
