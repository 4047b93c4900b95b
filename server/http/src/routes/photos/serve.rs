//! `GET /v1/photos/{id}/{size}`: what a photo shows, to whoever may see its record.

use crate::auth::{Device, Reader};
use crate::error::ApiError;
use crate::extract::Path;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use http_range_header::parse_range_header;
use std::ops::RangeInclusive;
use tepai_app::App;
use tepai_app::photos;
use tepai_app::photos::serve::{Opened, Size};
use tepai_app::photos::thumbnail;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of photos.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(photo))
        .routes(routes!(thumbnail))
}

/// A photo in one size: `320` and `1280` are JPEG, upright and without EXIF; `original` is what was sent, for its author
/// and the office.
#[utoipa::path(
    get,
    path = "/v1/photos/{id}/{size}",
    tag = "records",
    security(("session" = []), ("session_token" = []), ("device" = [])),
    params(
        ("id" = uuid::Uuid, Path, description = "the photo's record"),
        ("size" = String, Path, description = "320, 1280 or original"),
        ("Range" = Option<String>, Header, description = "one range of bytes"),
    ),
    responses(
        (status = 200, body = String, content_type = "image/jpeg"),
        (status = 206, description = "the bytes of the range"),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed: the original"),
        (status = 404, body = Problem, description = "not_found, photo_not_here"),
        (status = 410, body = Problem, description = "photo_removed"),
        (status = 416, description = "no such range"),
        (status = 422, body = Problem, description = "photo_unreadable"),
        (status = 503, body = Problem, description = "photo_not_prepared, storage_unavailable"),
    )
)]
async fn photo(
    State(app): State<App>,
    Reader(actor): Reader,
    Path((id, size)): Path<(RecordId, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let size = Size::parse(&size).ok_or_else(|| ApiError::of(ErrorCode::NotFound))?;
    let opened = photos::serve::open(&app, &actor, id, size).await?;
    let range = headers
        .get(header::RANGE)
        .and_then(|range| range.to_str().ok());
    let range = range.filter(|_| is_current(&headers, &opened.tag));
    match range.map(|range| one_range(range, opened.length)) {
        None => Ok(send(opened, None).await?),
        Some(Some(range)) => Ok(send(opened, Some(range)).await?),
        Some(None) => {
            let whole = format!("bytes */{}", opened.length);
            Ok((
                StatusCode::RANGE_NOT_SATISFIABLE,
                [(header::CONTENT_RANGE, whole)],
            )
                .into_response())
        }
    }
}

/// Sends a small JPEG before the photo, to be shown as its 320 until the photo has come; of its author's device.
#[utoipa::path(
    put,
    path = "/v1/photos/{id}/thumbnail",
    tag = "uploads",
    security(("device" = [])),
    params(("id" = uuid::Uuid, Path, description = "the photo's record")),
    request_body(content = String, content_type = "image/jpeg", description = "65,536 bytes at the most, 640 × 640 pixels"),
    responses(
        (status = 204, description = "kept, or the photo has come already"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked, device_wipe"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 413, body = Problem, description = "photo_too_large"),
        (status = 415, body = Problem, description = "photo_type, photo_type_differs, photo_is_heic"),
        (status = 422, body = Problem, description = "photo_holds_more, photo_too_many_pixels, photo_unreadable"),
        (status = 503, body = Problem, description = "busy, storage_unavailable"),
    )
)]
async fn thumbnail(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<RecordId>,
    body: bytes::Bytes,
) -> Result<StatusCode, ApiError> {
    thumbnail::keep(&app, &actor, id, body).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a range is of the bytes that are here; `If-Range` names them.
fn is_current(headers: &HeaderMap, tag: &str) -> bool {
    headers.get(header::IF_RANGE).is_none_or(|held| held == tag)
}

fn one_range(text: &str, length: u64) -> Option<RangeInclusive<u64>> {
    let ranges = parse_range_header(text).ok()?.validate(length).ok()?;
    match ranges.as_slice() {
        [range] => Some(range.clone()),
        _ => None,
    }
}

async fn send(opened: Opened, range: Option<RangeInclusive<u64>>) -> Result<Response, ApiError> {
    let mut headers = HeaderMap::new();
    let mut put = |name, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(name, value);
        }
    };
    put(header::CONTENT_TYPE, &opened.media_type);
    put(header::ETAG, &opened.tag);
    put(
        header::CACHE_CONTROL,
        &format!("private, max-age={}", opened.keep_s),
    );
    put(header::VARY, "Authorization, Cookie");
    put(header::ACCEPT_RANGES, "bytes");
    put(header::CONTENT_DISPOSITION, "inline");
    let whole = 0..=opened.length.saturating_sub(1);
    let status = match &range {
        None => StatusCode::OK,
        Some(part) => {
            put(
                header::CONTENT_RANGE,
                &format!("bytes {}-{}/{}", part.start(), part.end(), opened.length),
            );
            StatusCode::PARTIAL_CONTENT
        }
    };
    let part = range.unwrap_or(whole);
    let length = part.end() + 1 - part.start();
    put(header::CONTENT_LENGTH, &length.to_string());
    let bytes = opened.read(*part.start()..part.end() + 1).await?;
    Ok((status, headers, Body::from_stream(bytes)).into_response())
}
