//! The routes, without a network.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use griot::Pipeline;
use griot_serve::{HttpConfig, Prometheus, Service, ServiceConfig, router};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::fake::Fake;

/// A router, and what keeps it alive.
pub(crate) struct App {
    pub(crate) fake: Fake,
    pub(crate) router: Router,
    pub(crate) service: Service,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{:?}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) fn app(config: ServiceConfig, http: HttpConfig) -> App {
    let fake = Fake::default();
    let service = Service::start_with(fake.clone(), config.with_workers(1)).unwrap();
    let router = router(service.handle(), http);
    App {
        fake,
        router,
        service,
    }
}

fn default_app() -> App {
    app(ServiceConfig::default(), HttpConfig::default())
}

pub(crate) async fn send(router: &Router, request: Request<Body>) -> Reply {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Reply {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

pub(crate) fn post(path: &str, media_type: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header("content-type", media_type);
    request.body(body.into()).unwrap()
}

async fn post_json(router: &Router, path: &str, body: &Value) -> Reply {
    send(router, post(path, "application/json", body.to_string())).await
}

#[tokio::test]
async fn one_text_gives_one_record() {
    let app = default_app();
    let body = json!({"id": 7, "text": "é🎷", "language": "fr"});
    let reply = post_json(&app.router, "/v1/tag?offsets=utf16&with_text=true", &body).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.header("content-type"), "application/json");
    let expected = json!({
        "id": "7", "text": "é🎷", "language": "fr", "offset_unit": "utf16", "model": "fake@1",
        "entities": [{"start": 0, "end": 3, "text": "é🎷", "label": "LOC", "score": 1.0}]
    });
    assert_eq!(reply.json(), expected);
}

#[tokio::test]
async fn lists_give_lists_in_their_order() {
    let app = default_app();
    let rows = [
        (json!({"texts": []}), vec![]),
        (json!({"texts": ["a", "b"]}), vec!["1", "2"]),
        (
            json!({"documents": [{"id": "x", "text": "a", "title": "t"}, {"text": "b"}]}),
            vec!["x", "2"],
        ),
        (json!({"texts": ["a", "b"], "threshold": 1}), vec!["1", "2"]),
    ];
    for (body, expected) in rows {
        let reply = post_json(&app.router, "/v1/tag", &body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let reply = reply.json();
        let results = reply["results"].as_array().unwrap();
        let ids: Vec<&str> = results.iter().map(|r| r["id"].as_str().unwrap()).collect();
        assert_eq!(ids, expected, "{body}");
    }
}

#[tokio::test]
async fn a_document_that_fails_does_not_touch_the_others() {
    let app = default_app();
    let body = json!({"texts": ["a", "panic", "b"]});
    let reply = post_json(&app.router, "/v1/tag", &body).await;
    assert_eq!(reply.status, 200);
    let results = &reply.json()["results"];
    assert_eq!(results[0]["entities"][0]["text"], "a");
    assert_eq!(results[1]["id"], "2");
    assert_eq!(results[1]["error"]["status"], 500);
    assert_eq!(results[2]["entities"][0]["text"], "b");
    // Alone it is the error of the request; what the panic said is not told.
    let reply = post_json(&app.router, "/v1/tag", &json!({"text": "panic"})).await;
    assert_eq!(reply.status, 500);
    assert!(!reply.body.contains("told to"), "{}", reply.body);
}

/// Bodies of `/v1/tag`, with the status and a part of the detail they give.
const WRONG_BODIES: [(&[u8], u16, &str); 20] = [
    (b"", 400, "EOF"),
    (b"{\"text\": \"a\"", 400, "EOF"),
    (b"{\"text\": \"\xff\"}", 400, "unicode"),
    (br#"{"text": "\ud800"}"#, 400, "escape"),
    (&[b'['; 190], 400, "recursion"),
    (b"7", 422, "expected"),
    (b"{}", 422, "exactly one"),
    (br#"{"text": "a", "texts": []}"#, 422, "exactly one"),
    (br#"{"text": null}"#, 422, "null"),
    (br#"{"text": 1}"#, 422, "integer"),
    (br#"{"text": "a", "text": "b"}"#, 422, "duplicate"),
    (br#"{"txt": "a"}"#, 422, "txt"),
    (br#"{"texts": ["a"], "id": "1"}"#, 422, "belong"),
    (br#"{"text": "a", "entities": []}"#, 422, "/v1/link"),
    (br#"{"text": "a", "id": 1.5}"#, 422, "id"),
    (br#"{"text": "a", "id": 9007199254740992}"#, 422, "string"),
    (br#"{"text": "a", "threshold": 1.5}"#, 422, "1.5"),
    (br#"{"text": "a", "offsets": "words"}"#, 422, "words"),
    (br#"{"text": "aaaaaaaaaaaaaaaaaaaaa"}"#, 413, "20"),
    (br#"{"texts": ["a", "b", "c"]}"#, 413, "x-ndjson"),
];

/// Paths and media types of `{"text": "a"}`, with what they give.
const WRONG_HEADS: [(&str, &str, u16, &str); 8] = [
    ("/v1/tag?threshold=x", JSON, 422, "threshold"),
    ("/v1/tag?ofsets=byte", JSON, 422, "ofsets"),
    ("/v1/tag", "text/plain", 415, "text/plain"),
    ("/v1/tag", "", 415, "expected"),
    ("/v1/link", JSON, 422, "linker"),
    ("/v1/nothing", JSON, 404, "openapi"),
    ("/healthz", JSON, 405, "Allow"),
    ("/metrics", JSON, 405, "Allow"),
];

const JSON: &str = "application/json";

#[tokio::test]
async fn wrong_requests_are_problems() {
    let limits = HttpConfig::default()
        .with_body_bytes_max(200)
        .with_text_bytes_max(20)
        .with_documents_max(2);
    let app = app(ServiceConfig::default(), limits);
    let long = vec![b' '; 201];
    let long: [(&[u8], u16, &str); 1] = [(&long, 413, "200")];
    for (body, status, detail) in WRONG_BODIES.into_iter().chain(long) {
        let reply = send(&app.router, post("/v1/tag", JSON, body.to_vec())).await;
        check_problem(&reply, status, detail, &String::from_utf8_lossy(body));
    }
    for (path, media_type, status, detail) in WRONG_HEADS {
        let reply = send(&app.router, post(path, media_type, r#"{"text": "a"}"#)).await;
        check_problem(&reply, status, detail, path);
        if status == 405 {
            assert!(reply.header("allow").contains("GET"), "{path}");
        }
    }
    assert_eq!(
        app.fake.batches(),
        [] as [Vec<String>; 0],
        "nothing was run"
    );
}

fn check_problem(reply: &Reply, status: u16, detail: &str, shown: &str) {
    assert_eq!(reply.status, status, "{shown}: {}", reply.body);
    assert_eq!(reply.header("content-type"), "application/problem+json");
    let problem = reply.json();
    assert_eq!(problem["status"], status, "{shown}");
    let found = problem["detail"].as_str().unwrap();
    assert!(found.contains(detail), "{shown}: {found}");
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let app = default_app();
    let mut request = post("/v1/tag", "application/json", "{}");
    let encoding = "gzip".parse().unwrap();
    request.headers_mut().insert("content-encoding", encoding);
    assert_eq!(send(&app.router, request).await.status, 415);
}

#[tokio::test]
async fn media_types_may_have_parameters() {
    let app = default_app();
    for media_type in ["application/json; charset=utf-8", "Application/JSON"] {
        let request = post("/v1/tag", media_type, r#"{"text": "a"}"#);
        assert_eq!(send(&app.router, request).await.status, 200, "{media_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn excess_is_refused_and_the_rest_answered() {
    let app = app(
        ServiceConfig::default().with_queue_max(1),
        HttpConfig::default(),
    );
    let request = |text: &str| {
        let (router, body) = (app.router.clone(), json!({"text": text}));
        tokio::spawn(async move { post_json(&router, "/v1/tag", &body).await })
    };
    let running = request("gate");
    let fake = app.fake.clone();
    tokio::task::spawn_blocking(move || fake.wait_for(1))
        .await
        .unwrap();
    let waiting = request("waits");
    while app.service.handle().load().waiting == 0 {
        tokio::task::yield_now().await;
    }
    let refused = request("excess").await.unwrap();
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert_eq!(refused.header("retry-after"), "1");
    // More than would ever fit is another error.
    let too_many = post_json(&app.router, "/v1/tag", &json!({"texts": ["a", "b"]})).await;
    assert_eq!(too_many.status, 413, "{}", too_many.body);
    app.fake.open();
    assert_eq!(running.await.unwrap().status, 200);
    assert_eq!(waiting.await.unwrap().status, 200);
}

#[tokio::test]
async fn a_late_result_is_a_timeout() {
    let deadline = Some(Duration::from_millis(20));
    let app = app(
        ServiceConfig::default().with_deadline(deadline),
        HttpConfig::default(),
    );
    let reply = post_json(&app.router, "/v1/tag", &json!({"text": "gate"})).await;
    assert_eq!(reply.status, 504, "{}", reply.body);
    app.fake.open();
}

#[tokio::test]
async fn probes_tell_life_from_readiness() {
    let app = default_app();
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    assert_eq!(send(&app.router, get("/healthz")).await.status, 200);
    assert_eq!(send(&app.router, get("/readyz")).await.status, 200);
    app.service.shutdown();
    assert_eq!(send(&app.router, get("/healthz")).await.status, 200);
    let reply = send(&app.router, get("/readyz")).await;
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("retry-after"), "1");
    let reply = post_json(&app.router, "/v1/tag", &json!({"text": "a"})).await;
    assert_eq!(reply.status, 503);
}

#[tokio::test]
async fn a_token_guards_what_costs() {
    let http = HttpConfig::default().with_token("s3cret");
    assert!(!format!("{http:?}").contains("s3cret"));
    let app = app(ServiceConfig::default(), http);
    // Path, token, status.
    let rows = [
        ("/healthz", None, 200),
        ("/readyz", None, 200),
        ("/openapi.json", None, 200),
        ("/metrics", None, 401),
        ("/metrics", Some("s3cret"), 404),
        ("/v1/tag", None, 401),
        ("/v1/tag", Some("wrong"), 401),
        ("/v1/tag", Some("s3cret"), 200),
    ];
    for (path, token, status) in rows {
        let mut request = if path.starts_with("/v1") {
            post(path, "application/json", r#"{"text": "a"}"#)
        } else {
            Request::get(path).body(Body::empty()).unwrap()
        };
        if let Some(token) = token {
            let value = format!("Bearer {token}").parse().unwrap();
            request.headers_mut().insert("authorization", value);
        }
        let reply = send(&app.router, request).await;
        assert_eq!(reply.status, status, "{path} {token:?}");
        if status == 401 {
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
}

#[tokio::test]
async fn metrics_count_what_was_done() {
    let metrics = Prometheus::install().unwrap();
    let app = app(
        ServiceConfig::default(),
        HttpConfig::default().with_metrics(metrics),
    );
    post_json(&app.router, "/v1/tag", &json!({"text": "a"})).await;
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let reply = send(&app.router, request).await;
    assert!(reply.header("content-type").starts_with("text/plain"));
    // Other tests of this process count as well.
    for expected in [
        "# TYPE griot_requests_total counter",
        "griot_requests_total{outcome=\"ok\"}",
        "griot_mentions_total ",
        "# TYPE griot_queue_requests gauge",
        "griot_batch_seconds_bucket{le=\"30\"}",
        "griot_http_requests_total{route=\"/v1/tag\",status=\"200\"}",
    ] {
        assert!(reply.body.contains(expected), "{expected}\n{}", reply.body);
    }
}

#[tokio::test]
async fn links_are_those_of_the_pipeline() {
    let pipeline = Pipeline::embedded_with_linker().unwrap();
    let service = Service::start(pipeline, ServiceConfig::default()).unwrap();
    let router = router(service.handle(), HttpConfig::default());
    let text = "Macky Sall est à Dakar.";

    let reply = post_json(&router, "/v1/link", &json!({"text": text})).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let linked = reply.json();
    assert!(linked["kb"].is_string(), "{linked}");
    let entities = linked["entities"].as_array().unwrap();
    let dakar = entities.iter().find(|e| e["text"] == "Dakar").unwrap();
    assert_eq!(dakar["entity"]["id"], "Q3718");
    assert!(dakar["candidates"].is_array() && dakar["evidence"].is_array());

    let tagged = post_json(&router, "/v1/tag", &json!({"text": text}))
        .await
        .json();
    assert_eq!(tagged["kb"], Value::Null);
    assert_eq!(tagged["entities"][0]["entity"], Value::Null);

    // Given mentions, in their own unit.
    let given = json!({"documents": [{
        "text": text, "offset_unit": "byte",
        "entities": [{"start": 18, "end": 23, "label": "LOC", "text": "Dakar"}]
    }], "offsets": "char"});
    let linked = post_json(&router, "/v1/link", &given).await.json();
    let entity = &linked["results"][0]["entities"][0];
    assert_eq!(
        (&entity["start"], &entity["text"]),
        (&json!(17), &json!("Dakar"))
    );
    assert_eq!(entity["entity"]["id"], "Q3718");

    let wrong = json!({"text": text, "entities": [{"start": 17, "end": 99, "label": "LOC"}]});
    let reply = post_json(&router, "/v1/link", &wrong).await;
    assert_eq!(reply.status, 422, "{}", reply.body);
    assert!(reply.body.contains("17..99"), "{}", reply.body);
}
