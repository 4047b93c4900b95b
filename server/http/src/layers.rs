//! What every request passes: its id, its line in the log, the headers of its answer, and the shape of its refusal.

use crate::error::ApiError;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::Full;
use std::any::Any;
use std::time::Instant;
use tepai_app::Policy;
use tepai_app::clock::Clock;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tower::{Layer, ServiceExt};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tracing::{Instrument, field};

/// The header in which a request's id comes and goes.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken from a caller.
const LONGEST_ID: usize = 64;

/// The id of a request.
#[derive(Clone, Debug)]
struct RequestId(HeaderValue);

/// Gives the request an id, or keeps the caller's if it is harmless in a log.
pub async fn identify(State(clock): State<Clock>, mut request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(REQUEST_ID)
        .filter(|id| is_harmless(id.as_bytes()));
    let id = given.cloned().unwrap_or_else(|| fresh_id(&clock));
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    response.headers_mut().insert(REQUEST_ID, id);
    response
}

fn is_harmless(id: &[u8]) -> bool {
    (1..=LONGEST_ID).contains(&id.len())
        && id
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn fresh_id(clock: &Clock) -> HeaderValue {
    HeaderValue::from_str(&clock.new_id().to_string()).unwrap_or(HeaderValue::from_static("none"))
}

fn id_of(request: &Request) -> Option<String> {
    let id = request.extensions().get::<RequestId>()?;
    id.0.to_str().ok().map(str::to_owned)
}

/// One span and one line a request. Neither says the address as it was asked for, which may hold names:
/// the route's pattern says enough.
pub async fn trace(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>();
    let span = tracing::info_span!(
        "request",
        id = id_of(&request),
        method = %request.method(),
        route = route.map(MatchedPath::as_str),
        // Whoever authenticates fills these in.
        device.id = field::Empty,
        person.id = field::Empty,
    );
    async move {
        let begun = Instant::now();
        let response = next.run(request).await;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let status = response.status().as_u16();
        if status >= 500 {
            tracing::warn!(status, duration_ms, "answered");
        } else {
            tracing::debug!(status, duration_ms, "answered");
        }
        response
    }
    .instrument(span)
    .await
}

/// Headers that keep a browser from guessing, framing, leaking and storing. A handler's own word stands.
pub async fn secure_headers(request: Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 5] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Where a request with a cookie may come from.
#[derive(Clone, Debug)]
pub struct Csrf(CsrfLayer);

impl Csrf {
    /// The same origin, and the installation's own address if a proxy changes the host.
    pub fn of(policy: &Policy) -> Self {
        let trusted = policy.base_url.as_deref().map(origin_of);
        let layer = trusted.and_then(|origin| CsrfLayer::new().add_trusted_origin(origin).ok());
        Self(layer.unwrap_or_default())
    }
}

/// `https://host:port` of `https://host:port/path`.
fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url
        .get(host..)
        .and_then(|rest| rest.find('/'))
        .map_or(url.len(), |at| host + at);
    url.get(..end).unwrap_or(url)
}

/// Refuses what another site makes a browser send. A bearer token is never sent by itself, so that a phone's app,
/// whose pages have an origin of their own, passes.
pub async fn refuse_cross_site(State(csrf): State<Csrf>, request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::AUTHORIZATION) {
        return next.run(request).await;
    }
    csrf.0.layer(next).oneshot(request).await.into_response()
}

/// Answers for a handler that panicked. The panic itself is logged where it happens.
pub fn panicked(_panic: Box<dyn Any + Send + 'static>) -> axum::http::Response<Full<Bytes>> {
    let problem = ApiError::of(ErrorCode::Internal).problem();
    let mut response = axum::http::Response::new(Full::default());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response.extensions_mut().insert(problem);
    response
}

/// There is something at this address, but not by this method.
pub async fn no_such_method() -> ApiError {
    ApiError::of(ErrorCode::MethodNotAllowed)
}

/// Writes every refusal as a problem: in the caller's language, and with the request's id.
pub async fn write_problems(request: Request, next: Next) -> Response {
    let id = id_of(&request);
    let english = prefers_english(request.headers());
    let mut response = next.run(request).await;
    let Some(mut problem) = problem_of(&mut response) else {
        return response;
    };
    problem.request_id = id;
    if english {
        problem.title.clone_from(&problem.words.en);
    }
    let (parts, _) = response.into_parts();
    let mut headers = parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    (parts.status, headers, body).into_response()
}

/// Whether an answer is a page, which says to people itself what is the matter.
fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/html"))
}

/// The problem of a response: ours, or the one that fits a refusal of axum or of a layer.
fn problem_of(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    if is_page(response.headers()) {
        return None;
    }
    let code = match response.status() {
        StatusCode::BAD_REQUEST => ErrorCode::MalformedRequest,
        StatusCode::FORBIDDEN => ErrorCode::NotAllowed,
        StatusCode::NOT_FOUND => ErrorCode::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
        StatusCode::INTERNAL_SERVER_ERROR => ErrorCode::Internal,
        _ => return None,
    };
    let cross_site = response.extensions().get::<ProtectionError>().is_some();
    let error = if cross_site {
        ApiError::with_detail(
            code,
            "the request comes from another site / 请求来自其他网站",
        )
    } else {
        ApiError::of(code)
    };
    Some(error.problem())
}

/// Whether the caller asks for English before Chinese; who asks for neither reads Chinese.
pub(super) fn prefers_english(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let asked = value.unwrap_or_default().split(',').filter_map(language);
    let best = asked.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.is_some_and(|(english, _)| english)
}

/// Whether an entry such as `en-GB;q=0.8` is English, and its weight in thousandths; `None` for other languages.
fn language(entry: &str) -> Option<(bool, u32)> {
    let (tag, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
    let primary = tag
        .trim()
        .split('-')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let weight = weight.trim().trim_start_matches("q=");
    let thousandths = thousandths(weight);
    match primary.as_str() {
        "zh" => Some((false, thousandths)),
        "en" => Some((true, thousandths)),
        _ => None,
    }
}

fn thousandths(weight: &str) -> u32 {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part = format!("{part:0<3}");
    let part: u32 = part
        .get(..3)
        .and_then(|part| part.parse().ok())
        .unwrap_or(0);
    whole.parse::<u32>().unwrap_or(0).min(1) * 1000 + part
}

/// Runs a handler to its end even if the caller goes away, as phones on 2G do: a transaction that is dropped
/// while it begins would leave its connection unusable for the next request.
pub async fn run_to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => ApiError::of(ErrorCode::Internal).into_response(),
    }
}
