//! A server on a real socket, and clients that misbehave.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use griot::{Pipeline, Span};
use griot_serve::{Handle, HttpConfig, Service, ServiceConfig, serve};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::fake::Fake;

/// Long enough that only a fault reaches it.
const FOREVER: Duration = Duration::from_secs(60);

/// The timeouts of servers under test.
const SHORT: Duration = Duration::from_millis(150);

/// A server in a thread of its own.
struct Server {
    address: SocketAddr,
    fake: Fake,
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

fn http() -> HttpConfig {
    HttpConfig::default()
        .with_head_timeout(SHORT)
        .with_body_timeout(SHORT)
        .with_write_timeout(SHORT)
        .with_drain_timeout(FOREVER)
        .with_body_bytes_max(100_000)
}

impl Server {
    fn start(config: HttpConfig) -> Self {
        let fake = Fake::default();
        let settings = ServiceConfig::default().with_workers(1);
        let service = Service::start_with(fake.clone(), settings).unwrap();
        Self::around(service, fake, config)
    }

    fn around(service: Service, fake: Fake, config: HttpConfig) -> Self {
        let handle = service.handle();
        let (stop, stopped) = oneshot::channel();
        let (bound, address) = std::sync::mpsc::channel();
        let asked = handle.clone();
        let thread = thread::spawn(move || {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = runtime.worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                let shutdown = async {
                    let _ = stopped.await;
                };
                serve(listener, asked, config, shutdown).await.unwrap();
            });
            service.shutdown();
        });
        Self {
            address: address.recv().unwrap(),
            fake,
            handle,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(FOREVER)).unwrap();
        stream.set_write_timeout(Some(FOREVER)).unwrap();
        stream
    }

    /// Sends `request` and reads until the server closes.
    fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        // A server that answers early may close before all is sent.
        let _ = stream.write_all(request);
        read_all(&mut stream)
    }

    /// Still answers.
    fn check_alive(&self) {
        self.fake.open();
        let reply = self.exchange(&post(r#"{"text": "alive"}"#, "Connection: close\r\n"));
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    }

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }

    fn join(mut self) {
        self.stop();
        self.thread.take().unwrap().join().unwrap();
    }
}

fn post(body: &str, headers: &str) -> Vec<u8> {
    let length = body.len();
    let head = "POST /v1/tag HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n";
    format!("{head}Content-Length: {length}\r\n{headers}\r\n{body}").into_bytes()
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match stream.read_to_end(&mut bytes) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}: {}", String::from_utf8_lossy(&bytes)),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < FOREVER, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn slow_clients_are_cut_off() {
    let server = Server::start(http());
    // What is sent before the client falls silent, and how the reply begins.
    let whole = post(r#"{"text": "a"}"#, "");
    let rows: [(&[u8], &str); 6] = [
        (b"", ""),
        // Between two requests as well.
        (&whole, "HTTP/1.1 200"),
        (b"POST /v1/tag HT", ""),
        (b"POST /v1/tag HTTP/1.1\r\nHost: h\r\n", ""),
        (
            b"POST /v1/tag HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
            "HTTP/1.1 408",
        ),
        (
            b"POST /v1/tag HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"t\r\n",
            "HTTP/1.1 200",
        ),
    ];
    for (sent, expected) in rows {
        let started = Instant::now();
        let reply = server.exchange(sent);
        let shown = String::from_utf8_lossy(sent);
        assert!(reply.starts_with(expected), "{shown}: {reply}");
        assert_eq!(reply.is_empty(), expected.is_empty(), "{shown}: {reply}");
        assert!(started.elapsed() < FOREVER / 2, "{shown}");
    }
    server.check_alive();
}

#[test]
fn a_byte_now_and_then_is_too_slow_as_well() {
    let server = Server::start(http());
    for (head, expected) in [
        ("POST /v1/tag HTTP/1.1\r\nX: ", ""),
        (
            "POST /v1/tag HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n",
            "HTTP/1.1 408",
        ),
    ] {
        let mut stream = server.connect();
        stream.write_all(head.as_bytes()).unwrap();
        let started = Instant::now();
        while stream.write_all(b" ").is_ok() {
            assert!(started.elapsed() < FOREVER, "{head}");
            thread::sleep(SHORT / 10);
        }
        let reply = read_all(&mut stream);
        // The reset that ended the loop may have taken the reply along.
        assert!(reply.is_empty() || reply.starts_with(expected), "{reply}");
    }
    server.check_alive();
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let server = Server::start(http().with_body_timeout(FOREVER));
    server.fake.open();
    let mut stream = server.connect();
    let head = "POST /v1/tag?with_text=true HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let line = format!("{{\"text\": \"{}\"}}\n", "a".repeat(50_000));
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    let started = Instant::now();
    // It sends for ever and reads nothing: the buffers of both ends fill.
    while stream.write_all(chunk.as_bytes()).is_ok() {
        assert!(started.elapsed() < FOREVER);
    }
    wait_until("its work is gone", || server.handle.load().waiting == 0);
    server.check_alive();
}

#[test]
fn who_hangs_up_frees_the_queue() {
    let server = Server::start(http());
    let gate = server.handle.submit(griot_serve::Request::tag(
        griot::Document::new("d", "gate").unwrap(),
    ));
    server.fake.wait_for(1);
    // Closed, and closed half: either client has gone.
    for close in [Shutdown::Both, Shutdown::Write] {
        let mut stream = server.connect();
        stream.write_all(&post(r#"{"text": "gone"}"#, "")).unwrap();
        wait_until("it waits", || server.handle.load().waiting == 1);
        stream.shutdown(close).unwrap();
        wait_until("its place is free", || server.handle.load().waiting == 0);
        assert_eq!(read_all(&mut stream), "", "{close:?}");
    }
    server.fake.open();
    gate.unwrap().wait().unwrap();
    server.check_alive();
    assert!(!server.fake.batches().concat().contains(&"gone".to_owned()));
}

#[test]
fn malformed_and_oversized_requests_are_answered() {
    let server = Server::start(http());
    let large = format!("{{\"text\": \"{}\"}}", "a".repeat(300_000));
    let headers = format!("X: {}\r\n", "a".repeat(200_000));
    let close = "Connection: close\r\n";
    let chunked = "POST /v1/tag HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let rows: [(Vec<u8>, u16); 7] = [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n".to_vec(), 400),
        (b"GET / HTTP/9.9\r\n\r\n".to_vec(), 400),
        (post("{}", &headers), 431),
        (post(&large, close), 413),
        (
            format!("{chunked}{:x}\r\n{large}\r\n0\r\n\r\n", large.len()).into_bytes(),
            413,
        ),
        (format!("{chunked}zz\r\n").into_bytes(), 400),
        (
            b"POST /v1/tag HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"text\": \"\xff\xfe\"}".to_vec(),
            400,
        ),
    ];
    for (request, status) in rows {
        let reply = server.exchange(&request);
        let shown = String::from_utf8_lossy(&request[..request.len().min(200)]).into_owned();
        assert!(
            reply.starts_with(&format!("HTTP/1.1 {status}")),
            "{shown}: {reply}"
        );
    }
    server.check_alive();
}

#[test]
fn a_panic_fails_its_request_and_not_its_connection() {
    let server = Server::start(http().with_head_timeout(FOREVER));
    let mut stream = server.connect();
    stream.write_all(&post(r#"{"text": "panic"}"#, "")).unwrap();
    let close = "Connection: close\r\n";
    stream
        .write_all(&post(r#"{"text": "alive"}"#, close))
        .unwrap();
    let replies = read_all(&mut stream);
    let statuses: Vec<&str> = replies.matches("HTTP/1.1 500").collect();
    assert_eq!(statuses.len(), 1, "{replies}");
    assert!(replies.contains("HTTP/1.1 200"), "{replies}");
    server.check_alive();
}

#[test]
fn connections_have_a_limit_and_others_wait() {
    let server = Server::start(http().with_connections_max(1).with_head_timeout(FOREVER));
    let first = server.connect();
    // The second is not accepted until the first has gone.
    let mut second = server.connect();
    let close = "Connection: close\r\n";
    second.write_all(&post(r#"{"text": "a"}"#, close)).unwrap();
    second.set_read_timeout(Some(SHORT)).unwrap();
    assert!(second.read(&mut [0]).is_err());
    drop(first);
    second.set_read_timeout(Some(FOREVER)).unwrap();
    assert!(read_all(&mut second).starts_with("HTTP/1.1 200"));
}

#[test]
fn shutdown_answers_what_was_accepted() {
    let mut server = Server::start(http().with_body_timeout(FOREVER));
    let mut clients: Vec<TcpStream> = (0..5).map(|_| server.connect()).collect();
    for (number, client) in clients.iter_mut().enumerate() {
        let text = if number == 0 { "gate" } else { "a" };
        let body = format!("{{\"text\": \"{text}\"}}");
        client.write_all(&post(&body, "")).unwrap();
        if number == 0 {
            server.fake.wait_for(1);
        }
    }
    let mut stream = server.connect();
    let head = "POST /v1/tag HTTP/1.1\r\nHost: h\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream
        .write_all(b"10\r\n{\"text\": \"last\"}\r\n1\r\n\n\r\n")
        .unwrap();
    wait_until("all are accepted", || server.handle.load().waiting == 5);
    server.stop();
    wait_until("no one else is", || {
        TcpStream::connect(server.address).is_err()
    });
    server.fake.open();
    for mut client in clients {
        let reply = read_all(&mut client);
        assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
        assert!(
            reply.to_ascii_lowercase().contains("connection: close"),
            "{reply}"
        );
    }
    // A stream that never ends is ended, after its last line.
    let reply = read_all(&mut stream);
    assert!(reply.contains("\"text\":\"last\""), "{reply}");
    assert!(reply.contains("\"status\":503"), "{reply}");
    server.join();
}

#[test]
fn ten_thousand_entities_are_linked() {
    let pipeline = Pipeline::embedded_with_linker().unwrap();
    let service = Service::start(pipeline, ServiceConfig::default()).unwrap();
    let config = http()
        .with_body_bytes_max(8 << 20)
        .with_body_timeout(FOREVER);
    let server = Server::around(service, Fake::default(), config);
    let names = ["Dakar", "Macky Sall", "Ségou", "CEDEAO", "Aminata Koumaré"];
    let (mut text, mut entities) = (String::new(), Vec::new());
    for number in 0..10_000 {
        let name = names[number % names.len()];
        let start = text.len() as u32;
        text += name;
        let span = Span::new(start, text.len() as u32);
        entities.push(format!(
            "{{\"start\": {}, \"end\": {}, \"label\": \"LOC\"}}",
            span.start(),
            span.end()
        ));
        text += ", ";
    }
    let body = format!(
        "{{\"text\": \"{text}\", \"offset_unit\": \"byte\", \"entities\": [{}]}}",
        entities.join(",")
    );
    let request = post(&body, "Connection: close\r\n");
    let request = String::from_utf8(request).unwrap();
    let request = request.replace("/v1/tag", "/v1/link");
    let reply = server.exchange(request.as_bytes());
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let record: Value = serde_json::from_str(body).unwrap();
    let entities = record["entities"].as_array().unwrap();
    assert_eq!(entities.len(), 10_000);
    let places = entities.iter().filter(|e| e["entity"]["id"] == "Q3718");
    assert_eq!(places.count(), 2_000);
    server.join();
}
