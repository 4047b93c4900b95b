//! The description of the API for programs (`/v1/openapi.json`) and for people (`/docs`, bundled, nothing from afar).

use crate::error::ApiError;
use crate::openapi;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use bytes::Bytes;
use std::sync::Arc;
use tepai_app::App;
use tepai_sync_protocol::problem::ErrorCode;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::Config;

/// Swagger UI draws its icons from `data:` addresses; it needs no other leave.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The routes of the description of `document`.
pub fn router(document: &OpenApi) -> Router<App> {
    let config = Arc::new(Config::new(["/v1/openapi.json"]).validator_url("none"));
    let pages = Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(index))
        .route("/docs/{*path}", get(file))
        .with_state(config);
    let text = openapi::canonical(document).map(Bytes::from).ok();
    pages.route(
        "/v1/openapi.json",
        get(async move || described(text.clone())),
    )
}

fn described(text: Option<Bytes>) -> Response {
    let Some(text) = text else {
        return ApiError::of(ErrorCode::Internal).into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

async fn index(State(config): State<Arc<Config<'static>>>) -> Response {
    page("", config)
}

async fn file(State(config): State<Arc<Config<'static>>>, Path(path): Path<String>) -> Response {
    page(&path, config)
}

fn page(path: &str, config: Arc<Config<'static>>) -> Response {
    let Ok(Some(file)) = utoipa_swagger_ui::serve(path, config) else {
        return ApiError::of(ErrorCode::NotFound).into_response();
    };
    let mut response = Bytes::from(file.bytes.into_owned()).into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&file.content_type) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if file.gzpipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response
}
