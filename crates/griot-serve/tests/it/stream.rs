//! JSON Lines in, JSON Lines out.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use griot_serve::{HttpConfig, ServiceConfig};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::sync::mpsc;
use tower::ServiceExt;

use crate::http::{App, app, post, send};

const NDJSON: &str = "application/x-ndjson";

fn small_app() -> App {
    let http = HttpConfig::default()
        .with_body_bytes_max(100)
        .with_stream_window(4)
        .with_body_timeout(Duration::from_millis(100));
    app(ServiceConfig::default(), http)
}

/// Each line of the response in short: `id: text`, or `!number status`.
async fn stream(app: &App, body: impl Into<Body>) -> Vec<String> {
    let reply = send(&app.router, post("/v1/tag?with_text=true", NDJSON, body)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("content-type"), NDJSON);
    assert!(reply.body.is_empty() || reply.body.ends_with('\n'));
    reply.body.lines().map(short).collect()
}

fn short(line: &str) -> String {
    let value: Value = serde_json::from_str(line).unwrap();
    match value["line"].as_u64() {
        Some(line) => format!("!{line} {}", value["error"]["status"]),
        None => format!(
            "{}: {}",
            value["id"].as_str().unwrap(),
            value["text"].as_str().unwrap()
        ),
    }
}

#[tokio::test]
async fn lines_come_back_in_order_and_a_bad_one_is_no_end() {
    let app = small_app();
    let long = format!("{{\"text\": \"{}\"}}\n{{\"text\": \"b\"}}", "a".repeat(200));
    let rows: [(&[u8], &[&str]); 8] = [
        (b"", &[]),
        (b"\n \r\n", &[]),
        (b"{\"text\": \"a\"}", &["1: a"]),
        (
            b"\xef\xbb\xbf{\"text\": \"a\"}\r\n\n{\"id\": 7, \"text\": \"b\", \"x\": 1}\n",
            &["1: a", "7: b"],
        ),
        (
            b"{\n{\"text\": 1}\n\xff\n{\"text\": \"b\"}\n",
            &["!1 400", "!2 422", "!3 400", "4: b"],
        ),
        (
            b"{\"text\": \"a\"}\n{\"text\": \"panic\"}\n{\"text\": \"b\"}",
            &["1: a", "!2 500", "3: b"],
        ),
        (long.as_bytes(), &["!1 413", "2: b"]),
        (&[b'x'; 1000], &["!1 413"]),
    ];
    for (body, expected) in rows {
        let found = stream(&app, body.to_vec()).await;
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(body));
    }
    let lines: Vec<String> = (1..=50)
        .map(|n| format!("{{\"text\": \"t{n}\"}}"))
        .collect();
    let expected: Vec<String> = (1..=50).map(|n| format!("{n}: t{n}")).collect();
    assert_eq!(stream(&app, lines.join("\n")).await, expected);
}

#[tokio::test]
async fn bytes_may_come_in_any_pieces() {
    let app = small_app();
    let text = "{\"text\": \"é🎷\"}\n{\"text\": \"b\"}\r\n\n{\"text\": \"c\"}";
    for size in [1, 2, 3, 7] {
        let pieces: Vec<Result<Bytes, Infallible>> = text
            .as_bytes()
            .chunks(size)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        assert_eq!(
            stream(&app, body).await,
            ["1: é🎷", "2: b", "4: c"],
            "{size}"
        );
    }
}

/// A body whose pieces come when they are sent.
fn live_body() -> (mpsc::Sender<&'static str>, Body) {
    let (sender, receiver) = mpsc::channel(8);
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let piece: &str = receiver.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from(piece)), receiver))
    });
    (sender, Body::from_stream(pieces))
}

#[tokio::test]
async fn a_result_does_not_wait_for_the_next_line() {
    let app = small_app();
    let (lines, body) = live_body();
    let request = post("/v1/tag?with_text=true", NDJSON, body);
    let response = app.router.clone().oneshot(request).await.unwrap();
    let mut output = response.into_body();
    for (line, expected) in [
        ("{\"text\": \"a\"}\n", "1: a"),
        ("{\"text\": \"b\"}\n", "2: b"),
    ] {
        lines.send(line).await.unwrap();
        let frame = output.frame().await.unwrap().unwrap();
        let bytes = frame.into_data().unwrap();
        assert_eq!(short(std::str::from_utf8(&bytes).unwrap()), expected);
    }
    drop(lines);
    assert!(output.frame().await.is_none());
}

#[tokio::test]
async fn silence_ends_a_stream_and_says_so() {
    let app = small_app();
    let (lines, body) = live_body();
    lines.send("{\"text\": \"a\"}\n{\"te").await.unwrap();
    assert_eq!(stream(&app, body).await, ["1: a", "!2 408"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_holds_a_stream_back_and_loses_nothing() {
    let http = HttpConfig::default().with_stream_window(16);
    let app = app(ServiceConfig::default().with_queue_max(2), http);
    let fake = app.fake.clone();
    let opener = tokio::task::spawn_blocking(move || {
        fake.wait_for(1);
        std::thread::sleep(Duration::from_millis(50));
        fake.open();
    });
    let mut lines = vec!["{\"text\": \"gate\"}".to_owned()];
    let mut expected = vec!["1: gate".to_owned()];
    for number in 2..=40 {
        lines.push(format!("{{\"text\": \"t{number}\"}}"));
        expected.push(format!("{number}: t{number}"));
    }
    assert_eq!(stream(&app, lines.join("\n")).await, expected);
    opener.await.unwrap();
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_work_along() {
    // One line a batch, so that two wait while one is at the gate.
    let app = app(
        ServiceConfig::default().with_batch_max(1),
        HttpConfig::default(),
    );
    let body = "{\"text\": \"gate\"}\n{\"text\": \"a\"}\n{\"text\": \"b\"}\n";
    let request = post("/v1/tag", NDJSON, body);
    let response = app.router.clone().oneshot(request).await.unwrap();
    let mut output = response.into_body();
    // Polled until both lines wait behind the one at the gate.
    let handle = app.service.handle();
    let waits = async {
        while handle.load().waiting < 2 || handle.load().running == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = output.frame() => panic!("nothing is done yet"),
        () = waits => {}
    }
    drop(output);
    assert_eq!(handle.load().waiting, 0);
    app.fake.open();
    app.service.shutdown();
    assert_eq!(app.fake.batches().concat(), ["gate"]);
}
