//! The routes.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use griot::Annotation;
use metrics::{counter, histogram};
use tokio::sync::watch;
use tracing::Instrument;

use super::body::{self, Format};
use super::documents::{self, Batch, Job, Limits, Shape};
use super::options::Options;
use super::problem::{Kind, Problem};
use super::render::{Renderer, failed};
use super::{HttpConfig, OPENAPI, auth, stream};
use crate::{Handle, ServiceError};

const JSON: &str = "application/json";

/// What the routes share.
pub(super) struct App {
    pub(super) handle: Handle,
    pub(super) config: HttpConfig,
    /// Whether the server shuts down.
    pub(super) phase: watch::Receiver<Phase>,
}

/// What a server is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Serving,
    /// Takes nothing new, and ends what it has.
    Draining,
}

impl App {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            documents_max: self.config.documents_max,
            text_bytes_max: self.config.text_bytes_max,
        }
    }

    pub(super) fn is_draining(&self) -> bool {
        *self.phase.borrow() == Phase::Draining || !self.handle.is_open()
    }
}

/// The routes around `handle`, to be served as they are or to be nested in a
/// program's own.
///
/// Timeouts of connections are the business of the server; [`serve`](super::serve)
/// has them.
pub fn router(handle: Handle, config: HttpConfig) -> Router {
    // The sender is dropped, and the phase stays.
    let (_, phase) = watch::channel(Phase::Serving);
    router_in(handle, config, phase)
}

pub(super) fn router_in(
    handle: Handle,
    config: HttpConfig,
    phase: watch::Receiver<Phase>,
) -> Router {
    let token = config.token.clone();
    let app = Arc::new(App {
        handle,
        config,
        phase,
    });
    let mut guarded = Router::new()
        .route("/v1/tag", post(tag))
        .route("/v1/link", post(link))
        .route("/metrics", get(metrics));
    if let Some(token) = token {
        guarded = guarded.route_layer(middleware::from_fn_with_state(token, auth::require));
    }
    Router::new()
        .route("/healthz", get(health))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(openapi))
        .merge(guarded)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn(observe))
        .with_state(app)
}

async fn tag(State(app): State<Arc<App>>, request: Request) -> Response {
    answer(app, Job::Tag, request).await
}

async fn link(State(app): State<Arc<App>>, request: Request) -> Response {
    answer(app, Job::Link, request).await
}

async fn answer(app: Arc<App>, job: Job, request: Request) -> Response {
    match respond(app, job, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn respond(app: Arc<App>, job: Job, request: Request) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    let format = Format::of(&head.headers)?;
    let options = Options::of(&head.uri)?;
    if job == Job::Link && app.handle.linker().is_none() {
        return Err(ServiceError::NoLinker.into());
    }
    if app.is_draining() {
        return Err(ServiceError::ShuttingDown.into());
    }
    if format == Format::JsonLines {
        let renderer = Renderer::new(app.handle.clone(), job, options);
        return Ok(stream::response(app, job, options, renderer, body));
    }
    let (bytes_max, time) = (app.config.body_bytes_max, app.config.body_timeout);
    let bytes = body::read(&head.headers, body, bytes_max, time).await?;
    let limits = app.limits();
    let mut batch = tokio::task::spawn_blocking(move || documents::batch(&bytes, job, limits))
        .await
        .map_err(|_| Problem::new(Kind::Internal, "the body cannot be read"))??;
    batch.options = batch.options.or(options);
    run(&app.handle, job, batch).await
}

/// Runs all documents of a body, and writes what they come to.
async fn run(handle: &Handle, job: Job, batch: Batch) -> Result<Response, Problem> {
    let Batch {
        shape,
        requests,
        options,
    } = batch;
    let threshold = options.threshold.unwrap_or(0.0) as f32;
    let ids: Vec<String> = requests
        .iter()
        .map(|request| request.document().id().to_owned())
        .collect();
    let requests = requests
        .into_iter()
        .map(|request| request.with_threshold(threshold))
        .collect();
    let pending = handle
        .submit_all(requests)
        .map_err(|refused| refused.reason)?;
    let mut results = Vec::with_capacity(pending.len());
    for pending in pending {
        results.push(pending.await.map_err(Problem::from));
    }
    let renderer = Renderer::new(handle.clone(), job, options);
    let (_, written) = renderer
        .with(move |renderer| write(renderer, shape, ids, results))
        .await?;
    Ok(json(written?))
}

fn write(
    renderer: &mut Renderer,
    shape: Shape,
    ids: Vec<String>,
    results: Vec<Result<Annotation, Problem>>,
) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    if shape == Shape::Single {
        for annotation in results {
            renderer.record(annotation?, &mut out);
        }
        return Ok(out);
    }
    out.extend_from_slice(b"{\"results\":[");
    for (number, (id, result)) in ids.into_iter().zip(results).enumerate() {
        if number > 0 {
            out.push(b',');
        }
        match result {
            Ok(annotation) => renderer.record(annotation, &mut out),
            Err(problem) => failed(&id, &problem, &mut out),
        }
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}

async fn health() -> Response {
    json(r#"{"status":"ok"}"#)
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    if app.is_draining() {
        Problem::from(ServiceError::ShuttingDown).into_response()
    } else {
        json(r#"{"status":"ready"}"#)
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let Some(metrics) = &app.config.metrics else {
        let detail = "this server records no metrics";
        return Problem::new(Kind::NotFound, detail).into_response();
    };
    let format = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, format)], metrics.render()).into_response()
}

async fn openapi() -> Response {
    json(OPENAPI)
}

fn json(body: impl IntoResponse) -> Response {
    ([(CONTENT_TYPE, JSON)], body).into_response()
}

async fn not_found() -> Problem {
    Problem::new(Kind::NotFound, "the routes are in /openapi.json")
}

async fn method_not_allowed() -> Problem {
    Problem::new(Kind::MethodNotAllowed, "the header Allow has the methods")
}

/// Counts and traces every request. A path that is no route is not a label, for
/// there is no end to them.
async fn observe(path: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = path.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let started = Instant::now();
    let span = tracing::info_span!("http", method = %request.method(), route);
    let response = next.run(request).instrument(span.clone()).await;
    let took = started.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, ?took, "answered"));
    counter!(
        "griot_http_requests_total",
        "route" => route.clone(),
        "status" => status.to_string()
    )
    .increment(1);
    histogram!("griot_http_seconds", "route" => route).record(took);
    response
}
