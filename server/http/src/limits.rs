//! How much a request may hold, and how long it may take.

use crate::error::ApiError;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::time::Duration;
use tepai_sync_protocol::limits::MAX_BODY_BYTES;
use tepai_sync_protocol::problem::ErrorCode;

/// Bytes of an uploaded table: the villages of a province, with room to spare.
pub const MAX_UPLOAD_BYTES: usize = 32 * 1024 * 1024;
/// The longest pause between two pieces of a body. Phones on 2G are slow, but they go on.
pub const BODY_PAUSE: Duration = Duration::from_secs(30);
/// The longest that a request may take as a whole: 2 MiB at 10 kB a second, and then some.
const WHOLE_REQUEST: Duration = Duration::from_mins(5);

/// The limit of every body, unless its routes set another one.
pub fn body() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_BODY_BYTES)
}

/// The limit of routes that take tables: `router.layer(limits::upload())`.
pub fn upload() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_UPLOAD_BYTES)
}

/// Gives up on a request that takes too long.
pub async fn within_time(request: Request, next: Next) -> Response {
    tokio::time::timeout(WHOLE_REQUEST, next.run(request))
        .await
        .unwrap_or_else(|_elapsed| ApiError::of(ErrorCode::Busy).into_response())
}
