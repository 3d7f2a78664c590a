//! Times to figures.

use std::time::Duration;

/// What clients saw in one stage.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    /// Of requests that were answered.
    pub(crate) latencies: Vec<Duration>,
    pub(crate) n_refused: usize,
    pub(crate) n_failed: usize,
    pub(crate) took: Duration,
}

impl Sample {
    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.n_refused += other.n_refused;
        self.n_failed += other.n_failed;
    }

    /// Requests answered a second.
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    /// The latency below which `share` of the requests are, in milliseconds.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let last = sorted.len().saturating_sub(1);
        let place = (sorted.len() as f64 * share) as usize;
        let latency = sorted.get(place.min(last)).copied();
        latency.unwrap_or_default().as_secs_f64() * 1e3
    }
}

/// All rounds of one number of clients.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) n_clients: usize,
    ratios: Vec<f64>,
    n_failed: usize,
}

impl Summary {
    pub(crate) const HEAD: &str = "| round | stage | requests/s | of direct | p50 ms | p95 ms | p99 ms | refused, failed |\n\
         |---|---|---|---|---|---|---|---|";

    pub(crate) const fn new(n_clients: usize) -> Self {
        Self {
            n_clients,
            ratios: Vec::new(),
            n_failed: 0,
        }
    }

    /// Takes a round, and shows it.
    pub(crate) fn row(&mut self, sample: &Sample, direct: f64) -> String {
        let ratio = sample.per_second() / direct;
        self.ratios.push(ratio);
        self.n_failed += sample.n_failed;
        format!(
            "| {} clients | {:.1} | {:.0} % | {:.0} | {:.0} | {:.0} | {}, {} |",
            self.n_clients,
            sample.per_second(),
            ratio * 100.0,
            sample.quantile(0.50),
            sample.quantile(0.95),
            sample.quantile(0.99),
            sample.n_refused,
            sample.n_failed,
        )
    }

    /// The middle of all rounds.
    pub(crate) fn conclusion(&self) -> String {
        let mut sorted = self.ratios.clone();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        format!(
            "{} clients: {:.0} % of the direct batch (median), {} failed",
            self.n_clients,
            median * 100.0,
            self.n_failed
        )
    }
}
