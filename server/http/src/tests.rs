//! What every request passes, with routes that are made for the purpose.

use crate::extract::Json;
use crate::{layers, limits, router, serve_through_layers};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::middleware::from_fn;
use axum::routing::{get, post};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzEncoder;
use futures::{StreamExt, stream};
use jiff::tz::TimeZone;
use serde_json::Value;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tepai_app::clock::Clock;
use tepai_app::{App, Policy};
use tepai_store::Store;
use tower::ServiceExt;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

struct Server {
    router: Router,
    _dir: TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code of a refusal, after checking what every refusal has.
    #[track_caller]
    fn refusal(&self) -> String {
        assert_eq!(
            self.headers[header::CONTENT_TYPE],
            "application/problem+json"
        );
        assert_eq!(self.headers[header::CACHE_CONTROL], "no-store");
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(
            problem["request_id"],
            self.headers["x-request-id"].to_str().unwrap()
        );
        problem["code"].as_str().unwrap().to_owned()
    }
}

impl Server {
    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post(&self, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post("/echo").header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }
}

async fn app() -> (App, TempDir) {
    let dir = TempDir::new().unwrap();
    let url = format!("sqlite://{}/tepai.db", dir.path().display());
    let store = Store::connect(&url, 2).await.unwrap();
    store.migrate().await.unwrap();
    let clock = Clock::manual(1_764_000_000_000, 1);
    let app = App::open(store, clock, TimeZone::UTC, Policy::default())
        .await
        .unwrap();
    (app, dir)
}

/// The layers over routes that echo, panic and take tables.
async fn server() -> Server {
    async fn length(body: Bytes) -> String {
        body.len().to_string()
    }
    async fn broken() -> &'static str {
        panic!("a handler with a mistake")
    }
    let (app, dir) = app().await;
    let routes = Router::new()
        .route(
            "/echo",
            post(async |Json(value): Json<Value>| Json(value)).get(async || "read"),
        )
        .route("/panic", get(broken))
        .route("/tables", post(length).layer(limits::upload()))
        .route("/gone", get(async || StatusCode::NOT_FOUND));
    Server {
        router: serve_through_layers(routes, app),
        _dir: dir,
    }
}

/// The layers over the real routes.
async fn whole() -> Server {
    let (app, dir) = app().await;
    Server {
        router: router(app).0,
        _dir: dir,
    }
}

fn gzip(bytes: impl Read) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(bytes, Compression::best())
        .read_to_end(&mut packed)
        .unwrap();
    packed
}

/// A body that counts how many of its pieces were asked for.
fn counted(bytes: &[u8], count: &Arc<AtomicUsize>) -> Body {
    let pieces: Vec<_> = bytes.chunks(1024).map(Bytes::copy_from_slice).collect();
    let count = Arc::clone(count);
    Body::from_stream(stream::iter(pieces.into_iter().map(move |piece| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok::<_, std::io::Error>(piece)
    })))
}

#[tokio::test]
async fn an_unknown_address_is_a_problem_in_chinese_unless_english_is_asked_for() {
    let server = server().await;
    let answer = server.get("/nothing").await;
    assert_eq!(
        (answer.status, answer.refusal()),
        (StatusCode::NOT_FOUND, "not_found".to_owned())
    );
    assert_eq!(answer.json()["title"], "找不到");

    for (asked, title) in [
        ("en-GB,en;q=0.9", "There is no such thing here"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "找不到"),
        ("en;q=0.3, zh;q=0.7", "找不到"),
        ("fr, en;q=0.1", "There is no such thing here"),
        ("fr", "找不到"),
        (";;,q=,en;q=abc,\u{e9}", "找不到"),
    ] {
        let request = Request::get("/nothing").header(header::ACCEPT_LANGUAGE, asked);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.json()["title"], title, "{asked}");
    }
}

#[tokio::test]
async fn a_bare_refusal_of_a_layer_becomes_a_problem() {
    assert_eq!(server().await.get("/gone").await.refusal(), "not_found");
}

#[tokio::test]
async fn a_method_that_is_not_served_names_those_that_are() {
    let answer = server()
        .await
        .send(Request::delete("/echo").body(Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.refusal(), "method_not_allowed");
    let allowed = answer.headers[header::ALLOW].to_str().unwrap();
    assert!(
        allowed.contains("GET") && allowed.contains("POST"),
        "{allowed}"
    );
}

#[tokio::test]
async fn a_panic_is_an_internal_problem_that_tells_nothing() {
    let answer = server().await.get("/panic").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(answer.refusal(), "internal");
    assert!(!String::from_utf8_lossy(&answer.body).contains("mistake"));
}

#[tokio::test]
async fn compressed_bodies_are_read() {
    let server = server().await;
    let text = br#"{"village":"421083100001"}"#;
    let packed = zstd::encode_all(&text[..], 3).unwrap();
    for (encoding, body) in [("gzip", gzip(&text[..])), ("zstd", packed)] {
        let answer = server.post(&[("content-encoding", encoding)], body).await;
        assert_eq!(
            (answer.status, &answer.body[..]),
            (StatusCode::OK, &text[..]),
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large_and_one_at_the_limit_is_not() {
    let server = server().await;
    let json = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
    let most = tepai_sync_protocol::limits::MAX_BODY_BYTES;
    assert_eq!(server.post(&[], json(most)).await.status, StatusCode::OK);
    let answer = server.post(&[], json(most + 1)).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.refusal(), "body_too_large");
}

#[tokio::test]
async fn a_bomb_is_too_large_and_is_not_unpacked() {
    let server = server().await;
    // Both formats allow members one after another, so one of 10 MB makes 200.
    let zeros = || std::io::repeat(0).take(10_000_000);
    let zstd = zstd::encode_all(zeros(), 3).unwrap().repeat(20);
    let gzip = gzip(zeros()).repeat(20);
    assert!(gzip.len() > 190_000, "{}", gzip.len());
    for (encoding, bomb) in [("gzip", gzip), ("zstd", zstd)] {
        let pieces = Arc::new(AtomicUsize::new(0));
        let answer = server
            .post(&[("content-encoding", encoding)], counted(&bomb, &pieces))
            .await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{encoding}");
        assert_eq!(answer.refusal(), "body_too_large");
        // 2 MiB of zeros are 2 kB of gzip: whoever stops there never asks for the rest.
        assert!(
            pieces.load(Ordering::SeqCst) <= 8,
            "{encoding}: {pieces:?} KiB were read"
        );
    }
}

#[tokio::test]
async fn routes_of_tables_take_more() {
    let server = server().await;
    for (length, status) in [
        (limits::MAX_UPLOAD_BYTES, StatusCode::OK),
        (limits::MAX_UPLOAD_BYTES + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let request = Request::post("/tables")
            .body(Body::from(vec![b'x'; length]))
            .unwrap();
        assert_eq!(server.send(request).await.status, status);
    }
}

#[tokio::test]
async fn a_body_that_is_not_what_its_encoding_says_is_malformed() {
    let server = server().await;
    let whole = gzip(&b"{\"a\":1}"[..]);
    let cut = whole[..whole.len() - 9].to_vec();
    for (encoding, body) in [
        ("gzip", b"not gzip".to_vec()),
        ("zstd", b"not zstd".to_vec()),
        ("gzip", cut),
    ] {
        let answer = server.post(&[("content-encoding", encoding)], body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{encoding}");
        assert_eq!(answer.refusal(), "malformed_request");
    }
}

#[tokio::test]
async fn an_unknown_encoding_or_type_is_unsupported() {
    let server = server().await;
    let answer = server.post(&[("content-encoding", "br")], "{}").await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(answer.refusal(), "unsupported_media_type");
    let read = answer.headers[header::ACCEPT_ENCODING].to_str().unwrap();
    assert!(read.contains("gzip") && read.contains("zstd"), "{read}");

    let request = Request::post("/echo").header(header::CONTENT_TYPE, "text/plain");
    let answer = server.send(request.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.refusal(), "unsupported_media_type");
}

#[tokio::test]
async fn a_body_that_stops_coming_is_to_be_sent_again() {
    // The layer of the server waits for half a minute; this is the same one with less patience.
    let impatient = Router::new()
        .route("/echo", post(async |Json(value): Json<Value>| Json(value)))
        .layer(RequestDecompressionLayer::new())
        .layer(RequestBodyTimeoutLayer::new(Duration::from_millis(10)))
        .layer(from_fn(layers::write_problems));
    for encoding in ["identity", "gzip"] {
        let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"\x1f"))]);
        let body = Body::from_stream(first.chain(stream::pending()));
        let request = Request::post("/echo")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, encoding);
        let response = impatient
            .clone()
            .oneshot(request.body(body).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT, "{encoding}");
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            (&problem["code"], &problem["retry"]),
            (&"request_timeout".into(), &"later".into())
        );
    }
}

#[tokio::test]
async fn answers_are_compressed_for_who_reads_that() {
    let server = whole().await;
    for encoding in ["gzip", "zstd"] {
        let request = Request::get("/v1/codes").header(header::ACCEPT_ENCODING, encoding);
        let answer = server.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.headers[header::CONTENT_ENCODING], encoding);
    }
}

#[tokio::test]
async fn another_site_cannot_use_a_browsers_session() {
    let server = server().await;
    let from = |site| {
        [
            ("host", "tepai.example"),
            ("sec-fetch-site", site),
            ("cookie", "tepai_session=x"),
        ]
    };
    let answer = server.post(&from("cross-site"), "{}").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(answer.refusal(), "not_allowed");
    assert_eq!(
        server.post(&from("same-origin"), "{}").await.status,
        StatusCode::OK
    );

    let old_browser = [
        ("host", "tepai.example"),
        ("origin", "https://evil.example"),
    ];
    assert_eq!(
        server.post(&old_browser, "{}").await.status,
        StatusCode::FORBIDDEN
    );
    let app_of_a_phone = [
        ("origin", "capacitor://localhost"),
        ("authorization", "Bearer x"),
    ];
    assert_eq!(
        server.post(&app_of_a_phone, "{}").await.status,
        StatusCode::OK
    );
    assert_eq!(server.post(&[], "{}").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_id_is_kept_if_it_is_harmless() {
    let server = server().await;
    let long = "x".repeat(65);
    for (given, kept) in [
        ("phone-7.a_b", true),
        ("a b", false),
        ("\"}", false),
        (&long, false),
    ] {
        let answer = server.post(&[("x-request-id", given)], "{}").await;
        assert_eq!(answer.headers["x-request-id"] == given, kept, "{given}");
    }
}

#[tokio::test]
async fn answers_tell_browsers_to_be_careful() {
    let answer = whole().await.get("/healthz").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert!(
        answer.headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("'none'")
    );
}

#[tokio::test]
async fn it_is_ready_when_the_database_is() {
    let server = whole().await;
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    let (app, dir) = app().await;
    app.store.clone().close().await.unwrap();
    let closed = Server {
        router: router(app).0,
        _dir: dir,
    };
    let answer = closed.get("/readyz").await;
    assert_eq!(
        (answer.status, answer.refusal()),
        (StatusCode::SERVICE_UNAVAILABLE, "busy".to_owned())
    );
    assert_eq!(closed.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn code_lists_are_sent_once() {
    let server = whole().await;
    let answer = server.get("/v1/codes").await;
    let lists = answer.json()["lists"].as_array().unwrap().len();
    assert_eq!(lists, tepai_sync_protocol::codes::ALL.len());
    let tag = answer.headers[header::ETAG].to_str().unwrap().to_owned();
    let request = Request::get("/v1/codes").header(header::IF_NONE_MATCH, tag);
    let again = server.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(
        (again.status, again.body.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );

    let codes = server.get("/v1/error-codes").await.json();
    let codes = codes["codes"].as_array().unwrap().clone();
    assert!(
        codes
            .iter()
            .any(|code| code["code"] == "busy" && code["retry"] == "later")
    );
}

#[tokio::test]
async fn the_documentation_asks_nothing_of_other_hosts() {
    let server = whole().await;
    assert_eq!(
        server.get("/docs").await.status,
        StatusCode::PERMANENT_REDIRECT
    );
    let page = server.get("/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.headers[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    assert!(
        page.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("script-src 'self';")
    );
    let html = String::from_utf8_lossy(&page.body);
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "{html}"
    );
    let start = server.get("/docs/swagger-initializer.js").await;
    assert!(String::from_utf8_lossy(&start.body).contains("/v1/openapi.json"));
    assert_eq!(
        server.get("/docs/../../etc/passwd").await.refusal(),
        "not_found"
    );
    let document = server.get("/v1/openapi.json").await.json();
    assert!(document["paths"]["/v1/codes"]["get"].is_object());
}
