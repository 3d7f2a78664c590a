//! Who may ask.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::problem::{Kind, Problem};

/// Lets requests with the token through.
pub(super) async fn require(
    State(token): State<Arc<str>>,
    request: Request,
    next: Next,
) -> Response {
    if is_authorized(request.headers(), &token) {
        next.run(request).await
    } else {
        let detail = "this route needs the header Authorization: Bearer TOKEN";
        Problem::new(Kind::Unauthorized, detail).into_response()
    }
}

/// The time it takes tells the length of the token and nothing else of it.
fn is_authorized(headers: &HeaderMap, token: &str) -> bool {
    let Some(header) = headers.get(AUTHORIZATION) else {
        return false;
    };
    let Some((scheme, given)) = header.as_bytes().split_at_checked("bearer ".len()) else {
        return false;
    };
    scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(given.ct_eq(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_the_token_is_let_through() {
        let rows = [
            (None, false),
            (Some("Bearer s3cret"), true),
            (Some("bearer s3cret"), true),
            (Some("Bearer s3cre"), false),
            (Some("Bearer s3crett"), false),
            (Some("Bearer S3cret"), false),
            (Some("Bearer  s3cret"), false),
            (Some("Bearer"), false),
            (Some("Basic s3cret"), false),
            (Some("s3cret"), false),
            (Some(""), false),
        ];
        for (header, expected) in rows {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(AUTHORIZATION, HeaderValue::from_static(header));
            }
            assert_eq!(is_authorized(&headers, "s3cret"), expected, "{header:?}");
        }
    }
}
