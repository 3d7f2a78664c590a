//! The `OpenAPI` document and the routes are one.

use axum::body::Body;
use axum::http::Request;
use griot_serve::http::OPENAPI;
use griot_serve::{HttpConfig, ServiceConfig};
use serde_json::Value;

use crate::http::{app, send};

fn document() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

#[tokio::test]
async fn every_route_is_in_it_and_the_reverse() {
    let app = app(ServiceConfig::default(), HttpConfig::default());
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let names: Vec<&str> = paths.keys().map(String::as_str).collect();
    let mut routes = [
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/readyz",
        "/v1/link",
        "/v1/tag",
    ];
    routes.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, routes);
    for (path, item) in paths {
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        let request = Request::builder().method("PATCH").uri(path);
        let reply = send(&app.router, request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.status, 405, "{path} is no route");
        let allowed = reply.header("allow").to_ascii_lowercase();
        let allowed: Vec<&str> = allowed.split(',').filter(|name| *name != "head").collect();
        assert_eq!(allowed, methods, "{path}");
    }
}

#[test]
fn it_has_the_version_of_the_crate() {
    assert_eq!(document()["info"]["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn every_reference_leads_somewhere() {
    fn check(value: &Value, document: &Value) {
        if let Some(Value::String(target)) = value.get("$ref") {
            let pointer = target.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
        match value {
            Value::Array(items) => items.iter().for_each(|item| check(item, document)),
            Value::Object(fields) => fields.values().for_each(|field| check(field, document)),
            _ => {}
        }
    }
    let document = document();
    check(&document, &document);
}

#[test]
fn its_limits_are_the_defaults() {
    let document = document();
    for (schema, field) in [("TagTexts", "texts"), ("LinkDocuments", "documents")] {
        let pointer = format!("/components/schemas/{schema}/properties/{field}/maxItems");
        let limit = document.pointer(&pointer).and_then(Value::as_u64);
        let expected = HttpConfig::default().documents_max as u64;
        assert_eq!(limit, Some(expected), "{schema}");
    }
}
