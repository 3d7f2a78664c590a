//! What a client sends, within limits of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::problem::{Kind, Problem};

/// Media types of JSON Lines; there is no registered one.
const JSON_LINES: [&str; 3] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
];

/// How the documents of a body are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    JsonLines,
}

impl Format {
    /// What the head of a request says.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = |name| match headers.get(name) {
            None => Ok(""),
            Some(value) => value.to_str().map_err(|_| media_type("unreadable header")),
        };
        let encoding = text(CONTENT_ENCODING)?.trim();
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
            return Err(media_type(&format!("content encoding {encoding:?}")));
        }
        let essence = text(CONTENT_TYPE)?;
        let essence = essence
            .split_once(';')
            .map_or(essence, |(before, _)| before);
        let essence = essence.trim().to_ascii_lowercase();
        if essence == "application/json" {
            Ok(Self::Json)
        } else if JSON_LINES.contains(&essence.as_str()) {
            Ok(Self::JsonLines)
        } else {
            Err(media_type(&format!("content type {essence:?}")))
        }
    }
}

fn media_type(found: &str) -> Problem {
    let detail = format!("{found}, expected application/json or application/x-ndjson");
    Problem::new(Kind::MediaType, detail)
}

/// All of a body.
///
/// A body that is too large is read on for a while and thrown away, for a client
/// that still sends does not see the response.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Body,
    bytes_max: usize,
    time: Duration,
) -> Result<Bytes, Problem> {
    let length = headers.get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_announced = length.is_some_and(|length| length > bytes_max as u64);
    let read = async {
        let mut bytes = BytesMut::new();
        while !is_announced && let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Problem::new(Kind::Malformed, "the body broke off"))?;
            if let Ok(data) = frame.into_data() {
                if bytes.len() + data.len() > bytes_max {
                    return Ok(None);
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok((!is_announced).then(|| bytes.freeze()))
    };
    match timeout(time, read).await {
        Err(_) => Err(too_slow(time)),
        Ok(Err(problem)) => Err(problem),
        Ok(Ok(Some(bytes))) => Ok(bytes),
        Ok(Ok(None)) => {
            discard(body, bytes_max).await;
            let detail = format!("the body has more than {bytes_max} bytes");
            Err(Problem::new(Kind::TooLarge, detail))
        }
    }
}

pub(super) fn too_slow(time: Duration) -> Problem {
    Problem::new(
        Kind::BodyTimeout,
        format!("nothing more came within {time:?}"),
    )
}

/// Reads on, within reason.
async fn discard(mut body: Body, bytes_max: usize) {
    const PATIENCE: Duration = Duration::from_secs(2);
    let read = async {
        let mut n_bytes = 0;
        while n_bytes <= 4 * bytes_max
            && let Some(Ok(frame)) = body.frame().await
        {
            n_bytes += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // Late or not, the response comes next.
    let _ = timeout(PATIENCE, read).await;
}

/// A body as lines.
pub(super) struct Lines {
    body: Body,
    buffer: BytesMut,
    /// Of `buffer`, how much is known to have no line end.
    n_searched: usize,
    line_max: usize,
    time: Duration,
    number: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// In a line that is too long.
    Skipping,
    /// No more bytes come.
    Ended,
}

/// A line, or why it is none.
pub(super) enum Line {
    /// Its number, from 1, and its bytes, not blank.
    Whole(u64, Bytes),
    /// Too long; the next one can be read.
    TooLong(u64),
    /// The body stopped here.
    Broken(u64, Problem),
}

impl Lines {
    pub(super) fn new(body: Body, line_max: usize, time: Duration) -> Self {
        Self {
            body,
            buffer: BytesMut::new(),
            n_searched: 0,
            line_max,
            time,
            number: 0,
            state: State::Reading,
        }
    }

    /// Number of the latest line, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The next line. Nothing is lost if the future is dropped.
    pub(super) async fn next(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.buffered() {
                return Some(line);
            }
            if self.state == State::Ended {
                return None;
            }
            match timeout(self.time, self.body.frame()).await {
                Err(_) => return Some(self.broken(too_slow(self.time))),
                Ok(None) => self.end(),
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        self.buffer.extend_from_slice(&data);
                    }
                }
                Ok(Some(Err(_))) => {
                    let problem = Problem::new(Kind::Malformed, "the body broke off");
                    return Some(self.broken(problem));
                }
            }
        }
    }

    /// The next line that is already here.
    fn buffered(&mut self) -> Option<Line> {
        loop {
            let end = self.buffer[self.n_searched..]
                .iter()
                .position(|&byte| byte == b'\n');
            let Some(end) = end.map(|end| end + self.n_searched) else {
                self.n_searched = self.buffer.len();
                return self.overlong();
            };
            let mut line = self.buffer.split_to(end + 1).freeze();
            line.truncate(end);
            self.n_searched = 0;
            self.number += 1;
            if self.state == State::Skipping {
                self.state = State::Reading;
                continue;
            }
            if self.number == 1 && line.starts_with(b"\xef\xbb\xbf") {
                line.advance(3);
            }
            if line.len() > self.line_max {
                return Some(Line::TooLong(self.number));
            }
            if !line.trim_ascii().is_empty() {
                return Some(Line::Whole(self.number, line));
            }
        }
    }

    /// Tells once that the line at the end of the buffer is too long, and keeps
    /// nothing of it.
    fn overlong(&mut self) -> Option<Line> {
        if self.buffer.len() <= self.line_max {
            return None;
        }
        self.buffer.clear();
        self.n_searched = 0;
        if self.state == State::Skipping {
            return None;
        }
        self.state = State::Skipping;
        Some(Line::TooLong(self.number + 1))
    }

    /// The last line may lack its end.
    fn end(&mut self) {
        if self.state == State::Reading && !self.buffer.is_empty() {
            self.buffer.extend_from_slice(b"\n");
        } else {
            self.buffer.clear();
            self.n_searched = 0;
        }
        self.state = State::Ended;
    }

    fn broken(&mut self, problem: Problem) -> Line {
        self.state = State::Ended;
        self.buffer.clear();
        self.n_searched = 0;
        Line::Broken(self.number + 1, problem)
    }
}
