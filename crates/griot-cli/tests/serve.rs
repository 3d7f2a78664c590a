//! `griot serve` as its users run it.

#![cfg(all(unix, feature = "serve"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// A server that is killed if the test does not end it.
struct Server {
    child: Child,
    address: String,
    log: BufReader<std::process::ChildStderr>,
}

fn griot(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_griot"));
    command.args(args).env_remove("GRIOT_TOKEN");
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Server {
    fn start(args: &[&str]) -> Self {
        let any_port = [args, &["--addr", "127.0.0.1:0"]].concat();
        let mut child = griot(&any_port).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("http://") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended");
        }
        let address = line.split("http://").nth(1).unwrap();
        let end = address.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'));
        Self {
            child,
            address: address[..end.unwrap_or(address.len())].to_owned(),
            log,
        }
    }

    fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// Status and body.
    fn exchange(&self, request: &str) -> (String, String) {
        let mut reply = String::new();
        self.send(request).read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().to_owned();
        (status, body.to_owned())
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.unwrap().success());
    }

    /// Exit status and the rest of the log.
    fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Mostly it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(path: &str, media_type: &str, body: &str) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: {media_type}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const TEXT: &str = "Macky Sall est à Dakar 🎷, Fanta Koumaré aussi.";

#[test]
fn records_are_those_of_the_command_line() {
    let server = Server::start(&["serve"]);
    let line = serde_json::json!({"id": "x", "text": TEXT, "language": "fr"}).to_string();
    for (path, args) in [
        ("/v1/tag", &["tag", "-i", "jsonl", "-f", "jsonl"][..]),
        (
            "/v1/tag?offsets=utf16",
            &["tag", "-i", "jsonl", "-f", "jsonl", "--offsets", "utf16"],
        ),
        (
            "/v1/link?with_text=true",
            &["tag", "-i", "jsonl", "-f", "jsonl", "--link", "--with-text"],
        ),
    ] {
        let mut command = griot(args).stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = command.stdin.take().unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
        drop(stdin);
        let expected = command.wait_with_output().unwrap().stdout;
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        assert!(
            expected["entities"].as_array().unwrap().len() >= 2,
            "{expected}"
        );
        let (status, body) = server.exchange(&post(path, "application/json", &line));
        assert_eq!(status, "200", "{body}");
        let found: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(found, expected, "{path}");
    }
}

#[test]
fn sigterm_ends_it_after_the_last_answer() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&["serve"]);
        let texts = vec![TEXT.repeat(20); 4];
        let body = serde_json::json!({ "texts": texts }).to_string();
        let mut stream = server.send(&post("/v1/tag", "application/json", &body));
        // Until the request is in a batch.
        loop {
            let (_, metrics) =
                server.exchange("GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
            if metrics.contains("griot_queue_seconds_count") {
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
        server.signal(signal);
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        let (code, log) = server.end();
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("stopped"), "{log}");
    }
}

#[test]
fn a_token_is_read_from_a_file_or_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "s3cret\n").unwrap();
    let server = Server::start(&["serve", "--token-file", path.to_str().unwrap()]);
    let request = post("/v1/tag", "application/json", r#"{"text": ""}"#);
    assert_eq!(server.exchange(&request).0, "401");
    let request = request.replace("Host: h", "Host: h\r\nAuthorization: Bearer s3cret");
    assert_eq!(server.exchange(&request).0, "200");
}

#[test]
fn what_cannot_be_served_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "two words\n").unwrap();
    let token = path.to_str().unwrap();
    let rows = [
        (&["serve", "--addr", "0.0.0.0:0"][..], "--allow-public"),
        (&["serve", "--addr", "[::]:0"], "--allow-public"),
        (&["serve", "--token-file", token], "visible ASCII"),
        (&["serve", "--token-file", "no/such/file"], "no/such/file"),
        (&["serve", "--model", "no/such/model"], "no/such/model"),
        (&["serve", "--kb", "no/such.kb"], "no/such.kb"),
        (&["serve", "--queue", "0"], "queue"),
    ];
    for (args, expected) in rows {
        let output = griot(args).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(stderr.contains(expected), "{args:?}: {stderr}");
    }
}

#[test]
fn the_log_may_be_json() {
    let server = Server::start(&["serve", "--log-format", "json"]);
    server.exchange(&post("/v1/tag", "application/json", r#"{"text": ""}"#));
    server.signal("TERM");
    let (_, log) = server.end();
    let answered = log.lines().find(|line| line.contains("answered")).unwrap();
    let answered: Value = serde_json::from_str(answered).unwrap();
    assert_eq!(answered["status"], 200);
}

/// Each `$` line of the `console` blocks of the page is run; what follows it is what
/// it prints, `…` for anything.
#[test]
fn the_commands_of_the_page_do_what_it_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/service.md");
    let page = fs::read_to_string(page).unwrap();
    let server = Server::start(&["serve"]);
    let blocks: Vec<&str> = page
        .split("```console\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() >= 4, "the page lost its commands");
    for block in blocks {
        for step in block.split("$ ").skip(1) {
            let (command, expected) = step.split_once('\n').unwrap();
            if let Some(args) = command.strip_prefix("griot ") {
                let args: Vec<&str> = args.split(' ').chain(["--help"]).collect();
                assert!(griot(&args).output().unwrap().status.success(), "{command}");
                continue;
            }
            let command = command.replace("localhost:8080", &server.address);
            let output = Command::new("sh").args(["-c", &command]).output().unwrap();
            let found = String::from_utf8(output.stdout).unwrap();
            let problem = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{command}: {problem}");
            assert_matches(&found, expected, &command);
        }
    }
}

/// Checks that `found` is `expected` with anything for each `…`.
fn assert_matches(found: &str, expected: &str, command: &str) {
    let parts: Vec<&str> = expected.trim_end().split('…').collect();
    let (first, rest) = parts.split_first().unwrap();
    let mut unread = found.trim_end().strip_prefix(first);
    for (number, part) in rest.iter().enumerate() {
        let is_last = number + 1 == rest.len();
        unread = unread.and_then(|unread| {
            if is_last {
                unread.strip_suffix(part).map(|_| "")
            } else {
                unread.split_once(part).map(|(_, after)| after)
            }
        });
    }
    let message = format!("{command} gave\n{found}\nand not\n{expected}");
    assert_eq!(unread, Some(""), "{message}");
}
