//! Where time goes.

use std::cell::Cell;
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

thread_local! {
    /// Nanoseconds of the work at hand that are counted elsewhere: a thread that waits
    /// for others takes up other work meanwhile.
    static ELSEWHERE: Cell<u64> = const { Cell::new(0) };
}

impl Clock {
    /// Does `work`, and counts its time as that of `stage`, without what is counted
    /// within.
    pub(crate) fn time<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let outer = ELSEWHERE.replace(0);
        let start = Instant::now();
        let done = work();
        let all = start.elapsed().as_nanos() as u64;
        let own = all.saturating_sub(ELSEWHERE.replace(outer + all));
        let sum = match stage {
            Stage::Encode => &self.encode,
            Stage::Forward => &self.forward,
            Stage::Decode => &self.decode,
        };
        sum.fetch_add(own, Ordering::Relaxed);
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

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn time_is_counted_once() {
        let (clock, pause) = (Clock::default(), Duration::from_millis(30));
        clock.time(Stage::Forward, || {
            clock.time(Stage::Forward, || thread::sleep(pause));
            clock.time(Stage::Decode, || thread::sleep(pause));
        });
        let times = clock.times();
        assert!(times.decode >= pause && times.forward >= pause);
        assert!(times.forward < 2 * pause, "{times:?}");
    }
}
