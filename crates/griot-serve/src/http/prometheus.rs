//! Metrics for `/metrics`.

use std::fmt;
use std::thread;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

use crate::measure;

/// A recorder that `/metrics` shows.
#[derive(Clone)]
pub struct Prometheus {
    handle: PrometheusHandle,
}

/// Why metrics cannot be recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrometheusError {
    /// The process has a recorder already, or the recorder cannot be built.
    #[error("cannot install a recorder of metrics")]
    Install {
        /// What the recorder said.
        source: BuildError,
    },
    /// The thread that sums up what was recorded cannot be started.
    #[error("cannot start a thread")]
    Thread {
        /// What the system said.
        source: std::io::Error,
    },
}

impl Prometheus {
    /// Installs a recorder for the whole process, and a thread that sums up what it
    /// recorded. Metrics of other libraries in the process are in it as well.
    ///
    /// # Errors
    ///
    /// [`PrometheusError`], for one if the process has a recorder.
    pub fn install() -> Result<Self, PrometheusError> {
        let install = || {
            let mut builder = PrometheusBuilder::new();
            for (name, buckets) in measure::BUCKETS {
                builder =
                    builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), buckets)?;
            }
            builder.install_recorder()
        };
        let handle = install().map_err(|source| PrometheusError::Install { source })?;
        measure::describe();
        let summed = handle.clone();
        thread::Builder::new()
            .name("griot-metrics".to_owned())
            .spawn(move || {
                loop {
                    thread::sleep(UPKEEP);
                    summed.run_upkeep();
                }
            })
            .map_err(|source| PrometheusError::Thread { source })?;
        Ok(Self { handle })
    }

    /// All metrics, in the text format of Prometheus.
    pub fn render(&self) -> String {
        self.handle.render()
    }
}

/// Samples of histograms pile up in between.
const UPKEEP: Duration = Duration::from_secs(5);

impl fmt::Debug for Prometheus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prometheus").finish_non_exhaustive()
    }
}
