//! `/v1/uploads`: the bytes of photos by tus 1.0, and beside it what a client without PATCH can do: PUT of raw bytes,
//! and POST of a form, with the same offsets.
//!
//! tus 1.0: <https://tus.io/protocols/resumable-upload>. Extensions: creation, creation-with-upload, expiration,
//! checksum, termination.

use crate::auth::Device;
use crate::error::ApiError;
use crate::extract::{Path, Query, stream_error};
use crate::gate;
use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body_util::Limited;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tepai_app::photos::upload::{self, Announced, Checksum, UploadProgress};
use tepai_app::{App, AppError};
use tepai_domain::actor::DeviceActor;
use tepai_sync_protocol::limits::MAX_PHOTO_BYTES;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const EXTENSIONS: &str = "creation,creation-with-upload,expiration,checksum,termination";
const ALGORITHMS: &str = "sha1,sha256";
const RAW: &str = "application/offset+octet-stream";
/// Bytes of a form beside its file, at the most.
const FORM_BYTES: u64 = 64 * 1024;
/// Bytes of a text field of a form, at the most.
const FIELD_BYTES: usize = 200;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The routes of uploads.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(discover, begin))
        .routes(routes!(progress, append, terminate, ask, put, overridden))
        .layer(from_fn(speak_tus))
        // Photos are written as they come, and never held.
        .layer(DefaultBodyLimit::disable())
}

/// Refuses another version of tus, and says ours on every answer.
async fn speak_tus(request: Request, next: Next) -> Response {
    let version = request.headers().get(RESUMABLE);
    let spoken =
        request.method() == Method::OPTIONS || version.is_none_or(|version| version == VERSION);
    let mut response = if spoken {
        next.run(request).await
    } else {
        let refused = ApiError::of(ErrorCode::TusVersion).into_response();
        ([("tus-version", VERSION)], refused).into_response()
    };
    response.headers_mut().insert(RESUMABLE, VERSION);
    response
}

/// How far an upload is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct UploadStanding {
    /// Bytes that the server has and will not lose; go on from here.
    upload_offset: u64,
    /// Bytes of the whole.
    upload_length: u64,
    /// Whether the photo is kept.
    complete: bool,
    /// When the upload is given up: milliseconds since 1970 UTC.
    expires_at: i64,
}

impl From<&UploadProgress> for UploadStanding {
    fn from(progress: &UploadProgress) -> Self {
        Self {
            upload_offset: progress.offset,
            upload_length: progress.length,
            complete: progress.offset == progress.length,
            expires_at: progress.expires_at,
        }
    }
}

/// What the server speaks.
#[utoipa::path(
    options,
    path = "/v1/uploads",
    tag = "uploads",
    responses((status = 204, description = "Tus-Version, Tus-Extension, Tus-Max-Size, Tus-Checksum-Algorithm"))
)]
async fn discover() -> impl IntoResponse {
    let headers = [
        ("tus-version", "1.0.0".to_owned()),
        ("tus-extension", EXTENSIONS.to_owned()),
        ("tus-max-size", MAX_PHOTO_BYTES.to_string()),
        ("tus-checksum-algorithm", ALGORITHMS.to_owned()),
    ];
    (StatusCode::NO_CONTENT, headers)
}

/// Begins the upload of a photo, or begins it again: `Upload-Offset` says how much is here already.
///
/// `Upload-Metadata` carries `sha256` (64 hexadecimal digits) and `filetype` (`image/jpeg`, `image/png`,
/// `image/webp`). The same content of the same device is one upload. Bytes that the county has already are complete at
/// once. With a body of type `application/offset+octet-stream` the first bytes come along.
#[utoipa::path(
    post,
    path = "/v1/uploads",
    tag = "uploads",
    security(("device" = [])),
    params(
        ("Upload-Length" = u64, Header, description = "bytes of the photo"),
        ("Upload-Metadata" = String, Header, description = "sha256 and filetype, each as base64"),
    ),
    responses(
        (status = 201, description = "Location, Upload-Offset, Upload-Expires"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked, device_wipe"),
        (status = 410, body = Problem, description = "photo_removed"),
        (status = 412, body = Problem, description = "tus_version"),
        (status = 413, body = Problem, description = "photo_too_large"),
        (status = 415, body = Problem, description = "photo_type, photo_is_heic"),
        (status = 422, body = Problem, description = "photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable"),
        (status = 423, body = Problem, description = "upload_in_use"),
        (status = 429, body = Problem, description = "too_many_uploads"),
        (status = 460, body = Problem, description = "checksum_differs"),
        (status = 503, body = Problem, description = "busy, storage_unavailable"),
    )
)]
async fn begin(
    State(app): State<App>,
    Device(actor): Device,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let announced = announced(&headers)?;
    let comes_along = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|of| of == RAW);
    let checksum = checksum(&headers)?;
    let waits_for_leave = headers.contains_key(header::EXPECT);
    let progress = if comes_along && !waits_for_leave {
        upload::begin_with(&app, &actor, announced, checksum, pieces(body)).await?
    } else {
        let begun = upload::begin(&app, &actor, announced).await?;
        // Whoever waits to be told to go on sends nothing that is not wanted.
        if comes_along && begun.offset == 0 {
            upload::receive(&app, &actor, begun.id, 0, checksum, pieces(body)).await?
        } else {
            begun
        }
    };
    let location = format!("/v1/uploads/{}", progress.id);
    let location = HeaderValue::from_str(&location).unwrap_or(HeaderValue::from_static(""));
    let mut answer = (StatusCode::CREATED, state_headers(&progress)).into_response();
    answer.headers_mut().insert(header::LOCATION, location);
    Ok(answer)
}

fn announced(headers: &HeaderMap) -> Result<Announced, ApiError> {
    let wrong = |detail: &str| ApiError::with_detail(ErrorCode::InvalidParameter, detail);
    if headers.contains_key("upload-defer-length") {
        return Err(wrong(
            "Upload-Defer-Length is not offered / 不支持 Upload-Defer-Length",
        ));
    }
    let size_bytes = number(headers, &LENGTH).ok_or_else(|| {
        wrong("Upload-Length must be a number of bytes / Upload-Length 应为字节数")
    })?;
    let metadata = headers.get(METADATA).and_then(|value| value.to_str().ok());
    let sha256 = metadata.and_then(|metadata| entry(metadata, "sha256"));
    let sha256 = sha256.map(|sha256| sha256.to_ascii_lowercase());
    let is_hash =
        |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sha256 = sha256.filter(is_hash).ok_or_else(|| {
        wrong("Upload-Metadata must carry sha256: 64 hexadecimal digits / Upload-Metadata 须含 sha256（64 位十六进制）")
    })?;
    let media_type = metadata.and_then(|metadata| entry(metadata, "filetype"));
    let media_type = media_type.ok_or_else(|| {
        wrong("Upload-Metadata must carry filetype, such as image/jpeg / Upload-Metadata 须含 filetype，例如 image/jpeg")
    })?;
    Ok(Announced {
        sha256,
        size_bytes,
        media_type,
        metadata: metadata
            .map(str::to_owned)
            .filter(|text| text.len() <= 2048),
    })
}

/// An entry of `Upload-Metadata`: `name base64,name base64`.
fn entry(metadata: &str, name: &str) -> Option<String> {
    let mut entries = metadata.split(',').map(str::trim);
    let value = entries.find_map(|entry| entry.strip_prefix(name)?.strip_prefix(' '))?;
    String::from_utf8(BASE64.decode(value.trim()).ok()?).ok()
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?.trim();
    text.bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// `Upload-Checksum: sha1 <base64>`.
fn checksum(headers: &HeaderMap) -> Result<Option<Checksum>, ApiError> {
    let Some(value) = headers.get(CHECKSUM) else {
        return Ok(None);
    };
    let read = value.to_str().ok().and_then(|text| {
        let (algorithm, value) = text.trim().split_once(' ')?;
        let bytes = BASE64.decode(value.trim()).ok()?;
        match (algorithm, bytes.len()) {
            ("sha1", 20) => Some(Checksum::Sha1(bytes)),
            ("sha256", 32) => Some(Checksum::Sha256(bytes)),
            _ => None,
        }
    });
    read.map(Some).ok_or_else(|| {
        ApiError::with_detail(
            ErrorCode::InvalidParameter,
            "Upload-Checksum must be sha1 or sha256 and base64 / Upload-Checksum 应为 sha1 或 sha256 加 base64",
        )
    })
}

fn state_headers(progress: &UploadProgress) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(OFFSET, progress.offset.into());
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let expires = Timestamp::from_millisecond(progress.expires_at).unwrap_or_default();
    let expires = expires.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(expires) = HeaderValue::from_str(&expires) {
        headers.insert(EXPIRES, expires);
    }
    headers
}

fn pieces(body: Body) -> impl Stream<Item = Result<Bytes, AppError>> + Send + Unpin {
    body.into_data_stream()
        .map(|piece| piece.map_err(|error| stream_error(&error)))
}

/// How far an upload of this device is.
#[utoipa::path(
    head,
    path = "/v1/uploads/{id}",
    tag = "uploads",
    security(("device" = [])),
    params(("id" = Uuid, Path, description = "the upload")),
    responses(
        (status = 200, description = "Upload-Offset, Upload-Length, Upload-Metadata, Upload-Expires"),
        (status = 401, description = "not_signed_in"),
        (status = 404, description = "not_found"),
        (status = 410, description = "upload_expired"),
    )
)]
async fn progress(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiError> {
    head_of(&app, &actor, id).await
}

async fn head_of(app: &App, actor: &DeviceActor, id: Uuid) -> Result<Response, ApiError> {
    let progress = upload::progress(app, actor, id).await?;
    let mut headers = state_headers(&progress);
    headers.insert(LENGTH, progress.length.into());
    if let Some(metadata) = progress.metadata.and_then(|text| text.parse().ok()) {
        headers.insert(METADATA, metadata);
    }
    Ok((StatusCode::OK, headers).into_response())
}

/// Appends bytes at `Upload-Offset`, which is where the upload stands. With the last byte the photo is kept.
#[utoipa::path(
    patch,
    path = "/v1/uploads/{id}",
    tag = "uploads",
    security(("device" = [])),
    params(
        ("id" = Uuid, Path, description = "the upload"),
        ("Upload-Offset" = u64, Header, description = "where these bytes begin"),
        ("Upload-Checksum" = Option<String>, Header, description = "sha1 or sha256 of this body, as base64"),
    ),
    request_body(content = String, content_type = "application/offset+octet-stream"),
    responses(
        (status = 204, description = "Upload-Offset, Upload-Expires"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "upload_offset"),
        (status = 410, body = Problem, description = "upload_expired"),
        (status = 413, body = Problem, description = "upload_too_long"),
        (status = 415, body = Problem, description = "unsupported_media_type, photo_type, photo_type_differs, photo_is_heic"),
        (status = 422, body = Problem, description = "photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable"),
        (status = 423, body = Problem, description = "upload_in_use"),
        (status = 460, body = Problem, description = "checksum_differs"),
        (status = 503, body = Problem, description = "busy, storage_unavailable"),
    )
)]
async fn append(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    append_of(&app, &actor, id, &headers, body).await
}

async fn append_of(
    app: &App,
    actor: &DeviceActor,
    id: Uuid,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    if headers.get(header::CONTENT_TYPE).is_none_or(|of| of != RAW) {
        return Err(ApiError::with_detail(
            ErrorCode::UnsupportedMediaType,
            "send Content-Type: application/offset+octet-stream / 请使用 Content-Type: application/offset+octet-stream",
        ));
    }
    let offset = number(headers, &OFFSET).ok_or_else(bad_offset)?;
    let checksum = checksum(headers)?;
    let progress = upload::receive(app, actor, id, offset, checksum, pieces(body)).await?;
    Ok((StatusCode::NO_CONTENT, state_headers(&progress)).into_response())
}

fn bad_offset() -> ApiError {
    ApiError::with_detail(
        ErrorCode::InvalidParameter,
        "the offset must be a number of bytes / offset 应为字节数",
    )
}

/// Gives an upload up: what has come of it is thrown away. A photo that is kept stays.
#[utoipa::path(
    delete,
    path = "/v1/uploads/{id}",
    tag = "uploads",
    security(("device" = [])),
    params(("id" = Uuid, Path, description = "the upload")),
    responses(
        (status = 204, description = "given up"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "upload_expired"),
        (status = 423, body = Problem, description = "upload_in_use"),
    )
)]
async fn terminate(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    upload::terminate(&app, &actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How far an upload of this device is, as JSON: for a client that does not read headers.
#[utoipa::path(
    get,
    path = "/v1/uploads/{id}",
    tag = "uploads",
    security(("device" = [])),
    params(("id" = Uuid, Path, description = "the upload")),
    responses(
        (status = 200, body = UploadStanding),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 410, body = Problem, description = "upload_expired"),
    )
)]
async fn ask(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<Uuid>,
) -> Result<Response, ApiError> {
    let progress = upload::progress(&app, &actor, id).await?;
    Ok(as_json(&progress))
}

fn as_json(progress: &UploadProgress) -> Response {
    let body = axum::Json(UploadStanding::from(progress));
    (state_headers(progress), body).into_response()
}

/// Where the bytes of a PUT begin.
#[derive(Debug, Deserialize)]
struct At {
    offset: u64,
}

/// Appends raw bytes, for a client without PATCH (WeChat's `wx.request`).
#[utoipa::path(
    put,
    path = "/v1/uploads/{id}",
    tag = "uploads",
    security(("device" = [])),
    params(
        ("id" = Uuid, Path, description = "the upload"),
        ("offset" = u64, Query, description = "where these bytes begin: where the upload stands"),
        ("Upload-Checksum" = Option<String>, Header, description = "sha1 or sha256 of this body, as base64"),
    ),
    request_body(content = String, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = UploadStanding),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "upload_offset"),
        (status = 410, body = Problem, description = "upload_expired"),
        (status = 413, body = Problem, description = "upload_too_long"),
        (status = 422, body = Problem, description = "photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable"),
        (status = 423, body = Problem, description = "upload_in_use"),
        (status = 460, body = Problem, description = "checksum_differs"),
        (status = 503, body = Problem, description = "busy, storage_unavailable"),
    )
)]
async fn put(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<Uuid>,
    Query(at): Query<At>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let checksum = checksum(&headers)?;
    let body = pieces(body);
    let progress = upload::receive(&app, &actor, id, at.offset, checksum, body).await?;
    Ok(as_json(&progress))
}

/// For a client that has POST alone: a form (WeChat's `wx.uploadFile`) with the fields `offset`, `checksum` (optional)
/// and last a file; or any method of tus named by `X-HTTP-Method-Override`.
#[utoipa::path(
    post,
    path = "/v1/uploads/{id}",
    tag = "uploads",
    security(("device" = [])),
    params(
        ("id" = Uuid, Path, description = "the upload"),
        ("X-HTTP-Method-Override" = Option<String>, Header, description = "PATCH, HEAD or DELETE"),
    ),
    request_body(content = String, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = UploadStanding),
        (status = 204, description = "as PATCH or DELETE"),
        (status = 400, body = Problem, description = "invalid_parameter, malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 405, body = Problem, description = "method_not_allowed"),
        (status = 409, body = Problem, description = "upload_offset"),
        (status = 410, body = Problem, description = "upload_expired"),
        (status = 413, body = Problem, description = "photo_too_large, upload_too_long"),
        (status = 415, body = Problem, description = "unsupported_media_type"),
        (status = 422, body = Problem, description = "photo_hash_differs, photo_holds_more, photo_too_many_pixels, photo_unreadable"),
        (status = 423, body = Problem, description = "upload_in_use"),
        (status = 460, body = Problem, description = "checksum_differs"),
        (status = 503, body = Problem, description = "busy, storage_unavailable"),
    )
)]
async fn overridden(
    State(app): State<App>,
    Device(actor): Device,
    Path(id): Path<Uuid>,
    request: Request,
) -> Result<Response, ApiError> {
    let meant = request.headers().get(METHOD_OVERRIDE).cloned();
    let meant = meant.as_ref().map(|method| method.to_str().unwrap_or("?"));
    match meant {
        None => append_form(&app, &actor, id, request).await,
        Some("PATCH") => {
            let (parts, body) = request.into_parts();
            append_of(&app, &actor, id, &parts.headers, body).await
        }
        Some("HEAD") => head_of(&app, &actor, id).await,
        Some("DELETE") => {
            upload::terminate(&app, &actor, id).await?;
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Some(_) => Err(ApiError::of(ErrorCode::MethodNotAllowed)),
    }
}

async fn append_form(
    app: &App,
    actor: &DeviceActor,
    id: Uuid,
    request: Request,
) -> Result<Response, ApiError> {
    let malformed = |detail: String| ApiError::with_detail(ErrorCode::MalformedRequest, detail);
    let beside = usize::try_from(FORM_BYTES).unwrap_or(usize::MAX);
    let most = usize::try_from(MAX_PHOTO_BYTES + FORM_BYTES).unwrap_or(usize::MAX);
    let request = request.map(|body| Body::new(Limited::new(body, most)));
    let (request, gate) = gate::before_form(request, beside);
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| {
        ApiError::with_detail(ErrorCode::UnsupportedMediaType, error.body_text())
    })?;
    let mut headers = HeaderMap::new();
    while let Some(mut field) = form
        .next_field()
        .await
        .map_err(|error| form_error(&error))?
    {
        let name = match field.name() {
            Some("offset") => OFFSET,
            Some("checksum") => CHECKSUM,
            Some(_) if field.file_name().is_some() => {
                let offset = number(&headers, &OFFSET).ok_or_else(bad_offset)?;
                let checksum = checksum(&headers)?;
                gate.open();
                let pieces = stream::poll_fn(move |context| {
                    std::pin::Pin::new(&mut field)
                        .poll_next(context)
                        .map(|piece| piece.map(|piece| piece.map_err(|error| file_error(&error))))
                });
                let received =
                    upload::receive(app, actor, id, offset, checksum, Box::pin(pieces)).await;
                return Ok(as_json(&received?));
            }
            _ => continue,
        };
        let text = short_text(field).await?;
        let value = HeaderValue::from_bytes(text.trim_ascii());
        headers.insert(name, value.map_err(|error| malformed(error.to_string()))?);
    }
    Err(malformed(
        "the form holds no file / 表单中没有文件".to_owned(),
    ))
}

/// The bytes of a text field, if they are few.
async fn short_text(mut field: Field<'_>) -> Result<Vec<u8>, AppError> {
    let mut text = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| form_error(&error))? {
        if text.len() + piece.len() > FIELD_BYTES {
            return Err(AppError::with_detail(
                ErrorCode::InvalidParameter,
                format!(
                    "a field holds at most {FIELD_BYTES} bytes / 每个字段最多 {FIELD_BYTES} 字节"
                ),
            ));
        }
        text.extend_from_slice(&piece);
    }
    Ok(text)
}

/// A form that cannot be read up to its file.
fn form_error(error: &MultipartError) -> AppError {
    if is_too_large(error) {
        AppError::refused(ErrorCode::PhotoTooLarge)
    } else {
        AppError::with_detail(ErrorCode::MalformedRequest, error.body_text())
    }
}

/// The file of a form that broke off.
fn file_error(error: &MultipartError) -> AppError {
    if is_too_large(error) {
        AppError::refused(ErrorCode::PhotoTooLarge)
    } else {
        stream_error(error)
    }
}

fn is_too_large(error: &MultipartError) -> bool {
    error.status() == StatusCode::PAYLOAD_TOO_LARGE
}
