//! Reads bodies, paths and queries; what cannot be read is refused with our codes and never with a 5xx.

use crate::error::ApiError;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tepai_app::AppError;
use tepai_sync_protocol::problem::ErrorCode;
use tower_http::timeout::TimeoutError;

/// A JSON body, in or out.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S, T> FromRequest<S> for Json<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(request.headers()) {
            return Err(ApiError::with_detail(
                ErrorCode::UnsupportedMediaType,
                "send Content-Type: application/json / 请使用 Content-Type: application/json",
            ));
        }
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| body_error(&error))?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| ApiError::with_detail(ErrorCode::MalformedRequest, error.to_string()))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    essence.is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
}

/// Whether a query holds U+0000, which PostgreSQL cannot store and nobody means.
fn holds_nul(query: &str) -> bool {
    query.contains("%00") || query.contains('\0')
}

/// A body that could not be read: too large after decompression, or cut, or not what its encoding says.
pub fn body_error(error: &BytesRejection) -> ApiError {
    match error {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            ApiError::of(ErrorCode::BodyTooLarge)
        }
        error if came_too_slowly(error) => ApiError::of(ErrorCode::RequestTimeout),
        error => ApiError::with_detail(ErrorCode::MalformedRequest, error.to_string()),
    }
}

/// A body that broke off while it was read piece by piece.
pub fn stream_error(error: &(dyn std::error::Error + 'static)) -> AppError {
    if came_too_slowly(error) {
        AppError::refused(ErrorCode::RequestTimeout)
    } else {
        AppError::with_detail(ErrorCode::MalformedRequest, error.to_string())
    }
}

fn came_too_slowly(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(<dyn std::error::Error + 'static>::is::<TimeoutError>)
}

/// The parameters in the path.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Send,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        // A path that cannot be read names nothing that exists.
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Self(path.0))
            .map_err(|error| ApiError::with_detail(ErrorCode::NotFound, error.body_text()))
    }
}

/// The parameters in the query; an unknown one is refused rather than ignored.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        if parts.uri.query().is_some_and(holds_nul) {
            return Err(ApiError::with_detail(
                ErrorCode::InvalidParameter,
                "a parameter holds the character U+0000 / 参数中含有 U+0000 字符",
            ));
        }
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|query| Self(query.0))
            .map_err(|error| ApiError::with_detail(ErrorCode::InvalidParameter, error.body_text()))
    }
}
