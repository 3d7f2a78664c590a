//! `griot serve`: texts to entities, over HTTP.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context;
use griot::Pipeline;
use griot::boilerplate::BoilerplateHandling;
use griot::language::LanguageDetection;
use griot_serve::{Prometheus, Service, serve};
use tokio::net::TcpListener;
use tracing::level_filters::LevelFilter;

use super::{linker, recognizer};
use crate::Outcome;
use crate::args::serve::LogFormat;
use crate::settings::serve::ServeSettings;
use crate::talk::Talk;

/// Threads for connections; the model computes on others.
const IO_THREADS: usize = 2;

pub(crate) fn run(settings: ServeSettings, talk: Talk) -> anyhow::Result<Outcome> {
    log(settings.log_format, talk);
    let pipeline = pipeline(&settings, talk)?;
    let service = Service::start(pipeline, settings.service.clone())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(IO_THREADS)
        .enable_all()
        .build()
        .context("cannot start threads")?;
    runtime.block_on(listen(&service, settings))?;
    // What the last connections asked for is answered, or nobody waits for it.
    service.shutdown();
    tracing::info!("stopped");
    Ok(Outcome::Complete)
}

async fn listen(service: &Service, settings: ServeSettings) -> anyhow::Result<()> {
    let listener = TcpListener::bind(settings.addr)
        .await
        .with_context(|| format!("cannot listen on {}", settings.addr))?;
    let address = listener.local_addr().context("cannot listen")?;
    let handle = service.handle();
    let http = settings.http.with_metrics(Prometheus::install()?);
    let stop = stop_signal()?;
    let kb = handle.linker().map(|linker| linker.source().version());
    tracing::info!(model = handle.model(), kb, "listening on http://{address}");
    let shutdown = async move {
        stop.await;
        tracing::info!("shutting down; once more ends it at once");
        tokio::spawn(async {
            if let Ok(stop) = stop_signal() {
                stop.await;
                std::process::exit(1);
            }
        });
    };
    serve(listener, handle, http, shutdown)
        .await
        .context("cannot serve")
}

fn pipeline(settings: &ServeSettings, talk: Talk) -> anyhow::Result<Pipeline> {
    let pipeline = Pipeline::new(recognizer(&settings.model, &settings.recognizer, talk)?)
        .with_languages(LanguageDetection::On)
        .with_boilerplate(BoilerplateHandling::Mark);
    // Without any knowledge base it can still tag.
    if cfg!(feature = "starter-kb") || settings.linking.kb.is_some() {
        Ok(pipeline.with_linker(linker(&settings.linking)?))
    } else {
        Ok(pipeline)
    }
}

/// Ready at the next signal to stop.
#[cfg(unix)]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let context = "cannot wait for signals";
    let mut terminate = signal(SignalKind::terminate()).context(context)?;
    let mut interrupt = signal(SignalKind::interrupt()).context(context)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Ready at the next Ctrl-C.
#[cfg(not(unix))]
fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// Writes what happens to standard error.
fn log(format: LogFormat, talk: Talk) {
    let level = match talk {
        Talk::Normal => LevelFilter::INFO,
        Talk::Quiet => LevelFilter::ERROR,
    };
    let has_colors = AutoStream::choice(&io::stderr()) != ColorChoice::Never;
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(has_colors)
        .with_target(false);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
