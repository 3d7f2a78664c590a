//! A client of one connection.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, bail};
use griot::Document;
use serde_json::json;

pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Answered,
    Refused,
    Failed,
}

/// The bytes of a request for `document`.
pub(crate) fn request(document: &Document) -> Vec<u8> {
    let body = json!({ "text": document.text() }).to_string();
    let length = body.len();
    let head = "POST /v1/tag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {length}\r\n\r\n{body}").into_bytes()
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
        })
    }

    /// Sends `request` and reads all of its response.
    pub(crate) fn send(&mut self, request: &[u8]) -> anyhow::Result<Outcome> {
        self.stream.get_mut().write_all(request)?;
        let status = self.line()?;
        let status = status.split(' ').nth(1).map(str::to_owned);
        let mut length = 0;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse()?;
            }
        }
        let body = &mut self.stream.by_ref().take(length);
        if io::copy(body, &mut io::sink())? != length {
            bail!("a response broke off");
        }
        Ok(match status.as_deref() {
            Some("200") => Outcome::Answered,
            Some("429" | "503") => Outcome::Refused,
            _ => Outcome::Failed,
        })
    }

    fn line(&mut self) -> anyhow::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            bail!("the server closed the connection");
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }
}
