//! Errors as RFC 9457 says them.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::ServiceError;

/// Seconds after which a refused request has a chance.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// An error of a request or of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    kind: Kind,
    detail: String,
}

/// What kind of error; each has one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Malformed,
    Unauthorized,
    NotFound,
    MethodNotAllowed,
    BodyTimeout,
    TooLarge,
    MediaType,
    Invalid,
    Overloaded,
    Internal,
    Unavailable,
    Deadline,
}

#[derive(Serialize)]
struct Members<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
}

impl Kind {
    /// Whether it is no JSON at all, or JSON of another shape.
    pub(super) fn of(error: &serde_json::Error) -> Self {
        match error.classify() {
            serde_json::error::Category::Data => Self::Invalid,
            _ => Self::Malformed,
        }
    }

    /// Status, last part of the type, title.
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Malformed => (S::BAD_REQUEST, "malformed", "Malformed request"),
            Self::Unauthorized => (S::UNAUTHORIZED, "unauthorized", "Token missing or wrong"),
            Self::NotFound => (S::NOT_FOUND, "not-found", "No such route"),
            Self::MethodNotAllowed => (
                S::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "Method not allowed",
            ),
            Self::BodyTimeout => (S::REQUEST_TIMEOUT, "body-timeout", "Body came too slowly"),
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "Request too large"),
            Self::MediaType => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Unsupported media type",
            ),
            Self::Invalid => (S::UNPROCESSABLE_ENTITY, "invalid", "Invalid request"),
            Self::Overloaded => (S::TOO_MANY_REQUESTS, "overloaded", "Overloaded"),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Internal error"),
            Self::Unavailable => (S::SERVICE_UNAVAILABLE, "unavailable", "Shutting down"),
            Self::Deadline => (S::GATEWAY_TIMEOUT, "deadline", "No result in time"),
        }
    }
}

impl Problem {
    pub(super) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// As it is written, in a response or inside of one.
    pub(super) fn members(&self) -> impl Serialize {
        let (status, slug, title) = self.kind.parts();
        Members {
            r#type: format!("urn:griot:problem:{slug}"),
            title,
            status: status.as_u16(),
            detail: &self.detail,
        }
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let kind = match error {
            ServiceError::Overloaded { .. } => Kind::Overloaded,
            ServiceError::TooLarge { .. } => Kind::TooLarge,
            ServiceError::ShuttingDown => Kind::Unavailable,
            ServiceError::DeadlineExceeded { .. } => Kind::Deadline,
            ServiceError::NoLinker | ServiceError::Span { .. } => Kind::Invalid,
            _ => Kind::Internal,
        };
        // What a panic says is for those who run the server: it was logged.
        let detail = match error {
            ServiceError::Panicked { .. } => "the text could not be processed".to_owned(),
            error => error.to_string(),
        };
        Self { kind, detail }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::new(Kind::of(&error), error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, ..) = self.kind.parts();
        let body = serde_json::to_vec(&self.members()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match self.kind {
            Kind::Overloaded | Kind::Unavailable => {
                headers.insert(RETRY_AFTER, RETRY_SECONDS);
            }
            Kind::Unauthorized => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}
