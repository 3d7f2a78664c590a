//! JSON Lines in, JSON Lines out, in order, while they come.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::future::{Either, select};
use futures_util::stream::unfold;
use std::pin::pin;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::body::{Line, Lines};
use super::documents::{self, Job};
use super::options::Options;
use super::problem::{Kind, Problem};
use super::render::{Renderer, failed_line};
use super::routes::{App, Phase};
use crate::slot::Reply;
use crate::{Pending, Refused, Request, ServiceError};

/// How often a full queue is tried again when nothing of this stream is in it.
const RETRY: Duration = Duration::from_millis(20);

/// How long a full queue is tried before a line fails.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// A response that reads `body` while it is read itself: a client that does not
/// read is not read from.
pub(super) fn response(
    app: Arc<App>,
    job: Job,
    options: Options,
    renderer: Renderer,
    body: Body,
) -> Response {
    let config = &app.config;
    let lines = Lines::new(body, config.body_bytes_max, config.body_timeout);
    let state = State {
        phase: app.phase.clone(),
        app,
        job,
        options,
        lines,
        input: Input::Open,
        window: VecDeque::new(),
        renderer: Some(renderer),
    };
    let output = unfold(state, |mut state| async move {
        let line = state.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(line)), state))
    });
    let content_type = [(CONTENT_TYPE, "application/x-ndjson")];
    (content_type, Body::from_stream(output)).into_response()
}

struct State {
    app: Arc<App>,
    phase: watch::Receiver<Phase>,
    job: Job,
    options: Options,
    lines: Lines,
    input: Input,
    /// Lines that were read and not answered, in order.
    window: VecDeque<(u64, Item)>,
    /// `None` only after writing a result failed.
    renderer: Option<Renderer>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Input {
    Open,
    Ended,
}

/// What a line is waiting for.
enum Item {
    Running(Pending),
    Failed(Problem),
    /// The queue was full; always the last of the window.
    Stalled(Box<Request>, Instant),
}

/// What happened first.
enum Event {
    Read(Option<Line>),
    Replied(Reply),
    Draining,
}

impl State {
    /// The next line of the output.
    async fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            self.retry();
            let may_read = self.input == Input::Open && self.has_room();
            match self.window.front_mut() {
                None if !may_read => return None,
                Some((_, Item::Failed(_))) => {
                    let (number, item) = self.window.pop_front()?;
                    if let Item::Failed(problem) = item {
                        return Some(failed_line(number, &problem));
                    }
                }
                // Nothing of this stream is in the queue: others have filled it.
                Some((_, Item::Stalled(..))) => sleep(RETRY).await,
                None | Some((_, Item::Running(_))) => {
                    let event = self.event(may_read).await;
                    if let Some(output) = self.handle(event).await {
                        return Some(output);
                    }
                }
            }
        }
    }

    /// Whether another line can be taken.
    fn has_room(&self) -> bool {
        let is_stalled = matches!(self.window.back(), Some((_, Item::Stalled(..))));
        !is_stalled && self.window.len() < self.app.config.stream_window.max(1)
    }

    /// Waits for a line, for the oldest result, or for the end of the server.
    async fn event(&mut self, may_read: bool) -> Event {
        let Self {
            lines,
            window,
            phase,
            ..
        } = self;
        let read = async {
            if !may_read {
                return std::future::pending().await;
            }
            let line = pin!(lines.next());
            let draining = pin!(draining(phase));
            match select(draining, line).await {
                Either::Left(_) => Event::Draining,
                Either::Right((line, _)) => Event::Read(line),
            }
        };
        let replied = async {
            match window.front_mut() {
                Some((_, Item::Running(pending))) => Event::Replied(pending.await),
                _ => std::future::pending().await,
            }
        };
        select(pin!(replied), pin!(read)).await.factor_first().0
    }

    /// What `event` adds to the output.
    async fn handle(&mut self, event: Event) -> Option<Vec<u8>> {
        match event {
            Event::Read(None) => self.input = Input::Ended,
            Event::Read(Some(Line::Whole(number, line))) => self.take(number, line).await,
            Event::Read(Some(Line::TooLong(number))) => {
                let bytes_max = self.app.config.body_bytes_max;
                let detail = format!("the line has more than {bytes_max} bytes");
                self.fail(number, Problem::new(Kind::TooLarge, detail));
            }
            Event::Read(Some(Line::Broken(number, problem))) => {
                self.input = Input::Ended;
                self.fail(number, problem);
            }
            Event::Draining => {
                self.input = Input::Ended;
                let number = self.lines.number() + 1;
                self.fail(number, ServiceError::ShuttingDown.into());
            }
            Event::Replied(reply) => {
                let (number, _) = self.window.pop_front()?;
                return Some(self.write(number, reply).await);
            }
        }
        None
    }

    /// Puts a line into the queue, or what is wrong with it into the window.
    async fn take(&mut self, number: u64, line: Bytes) {
        let (job, limits) = (self.job, self.app.limits());
        let read = tokio::task::spawn_blocking(move || documents::line(&line, number, job, limits));
        match read.await {
            Ok(Ok(request)) => {
                let threshold = self.options.threshold.unwrap_or(0.0) as f32;
                let request = request.with_threshold(threshold);
                self.submit(number, request, Instant::now());
            }
            Ok(Err(problem)) => self.fail(number, problem),
            Err(_) => self.fail(number, Problem::new(Kind::Internal, "cannot be read")),
        }
    }

    fn submit(&mut self, number: u64, request: Request, since: Instant) {
        let item = match self.app.handle.submit(request) {
            Ok(pending) => Item::Running(pending),
            Err(Refused {
                mut requests,
                reason: ServiceError::Overloaded { .. },
            }) if since.elapsed() < RETRY_MAX && !requests.is_empty() => {
                Item::Stalled(Box::new(requests.remove(0)), since)
            }
            Err(refused) => Item::Failed(refused.reason.into()),
        };
        self.window.push_back((number, item));
    }

    /// Tries again what did not fit into the queue.
    fn retry(&mut self) {
        match self.window.pop_back() {
            Some((number, Item::Stalled(request, since))) => self.submit(number, *request, since),
            Some(other) => self.window.push_back(other),
            None => {}
        }
    }

    fn fail(&mut self, number: u64, problem: Problem) {
        self.window.push_back((number, Item::Failed(problem)));
    }

    async fn write(&mut self, number: u64, reply: Reply) -> Vec<u8> {
        let annotation = match reply {
            Ok(annotation) => annotation,
            Err(error) => return failed_line(number, &error.into()),
        };
        let renderer = self.renderer.take();
        let renderer = renderer
            .unwrap_or_else(|| Renderer::new(self.app.handle.clone(), self.job, self.options));
        let write = |renderer: &mut Renderer| {
            let mut out = Vec::new();
            renderer.record(annotation, &mut out);
            out.push(b'\n');
            out
        };
        match renderer.with(write).await {
            Ok((renderer, line)) => {
                self.renderer = Some(renderer);
                line
            }
            Err(problem) => failed_line(number, &problem),
        }
    }
}

/// Ends when the server begins to shut down; never where there is no server.
async fn draining(phase: &mut watch::Receiver<Phase>) {
    let draining = phase.wait_for(|phase| *phase == Phase::Draining);
    if draining.await.is_err() {
        std::future::pending::<()>().await;
    }
}
