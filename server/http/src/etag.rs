//! A JSON answer with a strong ETag of its bytes; `304 Not Modified` comes from the layer that sees the request.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tepai_sync_protocol::checksum::hex;

/// A JSON body that carries an ETag and must be revalidated.
#[derive(Debug)]
pub struct Tagged<T>(pub T);

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let Ok(body) = serde_json::to_vec(&self.0) else {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        };
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-cache"),
        );
        if let Ok(tag) = HeaderValue::from_str(&tag_of(&body)) {
            headers.insert(header::ETAG, tag);
        }
        (headers, body).into_response()
    }
}

fn tag_of(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    format!(
        "\"{}\"",
        hex(digest.first_chunk::<16>().unwrap_or(&[0; 16]))
    )
}

/// Turns an answer into `304 Not Modified` if the caller holds it already.
pub async fn not_modified(request: Request, next: Next) -> Response {
    let held = request.headers().get(header::IF_NONE_MATCH).cloned();
    let response = next.run(request).await;
    let Some(held) = held.as_ref().and_then(|held| held.to_str().ok()) else {
        return response;
    };
    let own = response
        .headers()
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok());
    let matches = own.is_some_and(|own| {
        held.split(',')
            .any(|tag| tag.trim().trim_start_matches("W/") == own)
    });
    if response.status() != StatusCode::OK || !matches {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}
