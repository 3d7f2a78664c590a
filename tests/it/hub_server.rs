//! A server on this machine that answers as the hub does, and misbehaves when
//! told to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use sha2::{Digest, Sha256};

/// The commit that `main` is.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Files of more bytes are kept elsewhere, under their hash.
const LARGE: usize = 1 << 20;

/// The server. It stops to answer, but does not end, when this is dropped.
#[derive(Clone)]
pub(crate) struct Server(Arc<State>);

struct State {
    url: String,
    files: BTreeMap<String, Vec<u8>>,
    /// SHA-256 of each file.
    hashes: BTreeMap<String, String>,
    requests: Mutex<Vec<String>>,
    /// Bytes of large files that were sent.
    sent: AtomicU64,
    /// Bytes of large files after which connections are cut.
    sent_max: AtomicU64,
    /// What is added to each byte of a large file.
    damage: AtomicU64,
}

impl Server {
    /// Serves the models `org/tiny`, `org/gated` (with the token `good`) and
    /// `org/secret` (with none), all with these files.
    pub(crate) fn start(files: &[(&str, &[u8])]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let hash = |(name, bytes): &(&str, &[u8])| {
            let hash = Sha256::digest(bytes);
            let hash = {
                let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 15]);
                digits
                    .map(|digit| char::from_digit(digit.into(), 16).unwrap())
                    .collect()
            };
            ((*name).to_owned(), hash)
        };
        let hashes = files.iter().map(hash).collect();
        let files = files
            .iter()
            .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
        let state = Arc::new(State {
            url: format!("http://{}", listener.local_addr().unwrap()),
            files: files.collect(),
            hashes,
            requests: Mutex::default(),
            sent: AtomicU64::new(0),
            sent_max: AtomicU64::new(u64::MAX),
            damage: AtomicU64::new(0),
        });
        let server = Self(Arc::clone(&state));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&state);
                // A client that goes away is no failure of the server.
                thread::spawn(move || {
                    let _ = state.answer(stream);
                });
            }
        });
        server
    }

    pub(crate) fn url(&self) -> &str {
        &self.0.url
    }

    /// Cuts connections once so many bytes of large files were sent.
    pub(crate) fn cut_after(&self, n_bytes: u64) {
        self.0.sent_max.store(n_bytes, Ordering::SeqCst);
    }

    /// Sends large files with wrong bytes, or right ones for 0.
    pub(crate) fn damage(&self, by: u8) {
        self.0.damage.store(by.into(), Ordering::SeqCst);
    }

    /// Bytes of large files that were sent.
    pub(crate) fn n_sent(&self) -> u64 {
        self.0.sent.load(Ordering::SeqCst)
    }

    /// The requests since this was last asked: method and path.
    pub(crate) fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut self.0.requests.lock().unwrap())
    }
}

struct Request {
    method: String,
    path: String,
    /// First and last byte.
    range: Option<(usize, usize)>,
    token: String,
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.next()?;
    let mut words = first.split(' ');
    let mut request = Request {
        method: words.next()?.to_owned(),
        path: words.next()?.split('?').next()?.to_owned(),
        range: None,
        token: String::new(),
    };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let (start, end) = value.strip_prefix("bytes=")?.split_once('-')?;
                request.range = Some((start.parse().ok()?, end.parse().unwrap_or(usize::MAX)));
            }
            "authorization" if value.trim() != "Bearer" => value.clone_into(&mut request.token),
            _ => {}
        }
    }
    Some(request)
}

fn head(status: &str, headers: &[(&str, String)]) -> String {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for (name, value) in headers {
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    text + "\r\n"
}

impl State {
    fn answer(&self, mut stream: TcpStream) -> Option<()> {
        let request = read_request(&stream)?;
        let line = format!("{} {}", request.method, request.path);
        self.requests.lock().unwrap().push(line);
        let path = request.path.trim_start_matches('/').to_owned();
        if let Some(file) = path.strip_prefix("cdn/") {
            return self.send_large(&mut stream, &request, &self.files[file]);
        }
        let (status, headers, body) = self.answer_small(&path, &request);
        let mut headers = headers;
        let has_length = headers.iter().any(|(name, _)| *name == "Content-Length");
        if !has_length {
            headers.push(("Content-Length", body.len().to_string()));
        }
        stream.write_all(head(status, &headers).as_bytes()).ok()?;
        if request.method != "HEAD" {
            stream.write_all(&body).ok()?;
        }
        Some(())
    }

    fn answer_small(
        &self,
        path: &str,
        request: &Request,
    ) -> (&'static str, Vec<(&'static str, String)>, Vec<u8>) {
        let error = |status, code: &str| {
            let code = ("X-Error-Code", code.to_owned());
            (status, vec![code], b"{\"error\":\"no\"}".to_vec())
        };
        let path = path.strip_prefix("api/models/").unwrap_or(path);
        let (repo, rest) = match path.match_indices('/').nth(1) {
            Some((index, _)) => (&path[..index], &path[index + 1..]),
            None => return error("404 Not Found", "RepoNotFound"),
        };
        match (repo, request.token.as_str()) {
            ("org/tiny", _) | ("org/gated", "Bearer good") => {}
            ("org/gated", _) => return error("401 Unauthorized", "GatedRepo"),
            ("org/secret", _) => return error("403 Forbidden", "GatedRepo"),
            (_, "") => return error("401 Unauthorized", "RepoNotFound"),
            _ => return error("404 Not Found", "RepoNotFound"),
        }
        let mut parts = rest.splitn(3, '/');
        let (what, revision, file) = (parts.next(), parts.next(), parts.next());
        if !matches!(revision, Some("main" | COMMIT)) {
            return error("404 Not Found", "RevisionNotFound");
        }
        match (what, file) {
            (Some("revision"), None) => {
                let json = format!(r#"{{"id": "{repo}", "sha": "{COMMIT}"}}"#);
                ("200 OK", Vec::new(), json.into_bytes())
            }
            (Some("tree"), None) => ("200 OK", Vec::new(), self.tree()),
            (Some("resolve"), Some(file)) => match self.files.get(file) {
                Some(bytes) => self.resolve(file, bytes),
                None => error("404 Not Found", "EntryNotFound"),
            },
            _ => error("404 Not Found", "EntryNotFound"),
        }
    }

    fn tree(&self) -> Vec<u8> {
        let entry = |(name, bytes): (&String, &Vec<u8>)| {
            let size = bytes.len();
            format!(r#"{{"type": "file", "oid": "0", "size": {size}, "path": "{name}"}}"#)
        };
        let entries: Vec<String> = self.files.iter().map(entry).collect();
        format!("[{}]", entries.join(", ")).into_bytes()
    }

    fn resolve(
        &self,
        file: &str,
        bytes: &[u8],
    ) -> (&'static str, Vec<(&'static str, String)>, Vec<u8>) {
        let commit = ("X-Repo-Commit", COMMIT.to_owned());
        if bytes.len() <= LARGE {
            let etag = ("ETag", format!("\"small-{file}\""));
            return ("200 OK", vec![commit, etag], bytes.to_vec());
        }
        let hash = &self.hashes[file];
        let headers = vec![
            commit,
            ("X-Linked-Etag", format!("\"{hash}\"")),
            ("X-Linked-Size", bytes.len().to_string()),
            ("Location", format!("{}/cdn/{file}", self.url)),
        ];
        ("302 Found", headers, Vec::new())
    }

    /// A large file, or a part of it, up to where connections are cut.
    fn send_large(&self, stream: &mut TcpStream, request: &Request, bytes: &[u8]) -> Option<()> {
        let (start, last) = request.range.unwrap_or((0, usize::MAX));
        let end = last.saturating_add(1).min(bytes.len());
        let part = bytes.get(start..end)?;
        let mut headers = vec![
            ("Content-Length", part.len().to_string()),
            ("ETag", "\"of-the-cdn\"".to_owned()),
        ];
        let status = match request.range {
            Some(_) => {
                let range = format!("bytes {start}-{}/{}", end - 1, bytes.len());
                headers.push(("Content-Range", range));
                "206 Partial Content"
            }
            None => "200 OK",
        };
        stream.write_all(head(status, &headers).as_bytes()).ok()?;
        if request.method == "HEAD" {
            return Some(());
        }
        let damage = self.damage.load(Ordering::SeqCst) as u8;
        for piece in part.chunks(1 << 16) {
            if self.sent.load(Ordering::SeqCst) >= self.sent_max.load(Ordering::SeqCst) {
                return None;
            }
            if damage == 0 {
                stream.write_all(piece).ok()?;
            } else {
                let wrong: Vec<u8> = piece.iter().map(|byte| byte.wrapping_add(damage)).collect();
                stream.write_all(&wrong).ok()?;
            }
            self.sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
        }
        Some(())
    }
}
