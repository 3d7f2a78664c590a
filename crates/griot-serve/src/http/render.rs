//! Results to JSON.

use griot::write::jsonl;
use griot::{Annotation, Linker, Resolver};
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::documents::Job;
use super::options::Options;
use super::problem::{Kind, Problem};
use crate::Handle;

/// Writes the results of one request, in order: one entity of the request gets one
/// identifier, as in one run of the command line.
pub(super) struct Renderer {
    handle: Handle,
    options: Options,
    resolver: Option<Resolver>,
}

/// A document that failed, among others that did not.
#[derive(Serialize)]
struct Failed<'a, P> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    error: P,
}

impl Renderer {
    pub(super) fn new(handle: Handle, job: Job, options: Options) -> Self {
        let linker = handle.linker().filter(|_| job == Job::Link);
        Self {
            resolver: linker.map(Linker::resolver),
            handle,
            options,
        }
    }

    /// Runs `write`, which takes long for a large document, off the runtime.
    pub(super) async fn with<T: Send + 'static>(
        mut self,
        write: impl FnOnce(&mut Self) -> T + Send + 'static,
    ) -> Result<(Self, T), Problem> {
        let written = spawn_blocking(move || {
            let written = write(&mut self);
            (self, written)
        });
        written
            .await
            .map_err(|_| Problem::new(Kind::Internal, "the result cannot be written"))
    }

    /// Appends the record of `annotation`, without a line end.
    pub(super) fn record(&mut self, annotation: Annotation, out: &mut Vec<u8>) {
        let annotation = match &mut self.resolver {
            Some(resolver) => annotation.resolved(resolver),
            None => annotation,
        };
        let linker = self.handle.linker().filter(|_| self.resolver.is_some());
        let writer = jsonl::Writer::new(&mut *out, self.handle.model(), self.options.unit());
        let mut writer = writer.with_text(self.options.text());
        if let Some(linker) = linker {
            writer = writer.with_kb(linker.source().version());
        }
        writer
            .write(&annotation)
            .expect("memory takes what is written");
        out.pop();
    }
}

/// Appends what went wrong with one document of a list.
pub(super) fn failed(id: &str, problem: &Problem, out: &mut Vec<u8>) {
    write(
        &Failed {
            id: Some(id),
            line: None,
            error: problem.members(),
        },
        out,
    );
}

/// What went wrong with one line of a stream.
pub(super) fn failed_line(line: u64, problem: &Problem) -> Vec<u8> {
    let mut out = Vec::new();
    write(
        &Failed {
            id: None,
            line: Some(line),
            error: problem.members(),
        },
        &mut out,
    );
    out.push(b'\n');
    out
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("memory takes what is written");
}
