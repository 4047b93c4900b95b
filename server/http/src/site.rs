//! The pages for browsers, embedded in the binary: the office's console. They speak to the public API like anybody
//! else, and this file knows nothing of what they show.
//!
//! It answers whatever no route answers. A file is served under its own name; a navigation to a place within the
//! console gets its one page; everything else is not there, so that a missing script never comes back as a page.

use crate::error::ApiError;
use crate::web_files::{self, COMPRESSED, compressed};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use std::borrow::Cow;
use std::path::Path;
use std::{fs, io};
use tepai_sync_protocol::problem::ErrorCode;

/// A file of the built pages.
#[derive(Clone, Debug)]
struct WebFile {
    /// Its path below `web/dist`.
    path: Cow<'static, str>,
    /// Differs whenever its content does.
    tag: Cow<'static, str>,
    plain: Cow<'static, [u8]>,
    br: Option<Cow<'static, [u8]>>,
    gzip: Option<Cow<'static, [u8]>>,
}

/// What `make web` had built when a release build was compiled; empty in a debug build.
static EMBEDDED: &[WebFile] = include!(concat!(env!("OUT_DIR"), "/web_files.rs"));

/// Where a debug build finds what was built last.
const DIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/dist");

/// Where the console stands in the table.
const CONSOLE: &str = "console";
/// What is served below these is the API's, whoever asks.
const NOT_PAGES: [&str; 4] = ["/v1", "/docs", "/healthz", "/readyz"];
/// Files below this are named by their content, so that they never change.
const HASHED: &str = "/assets/";

/// Scripts, styles and pictures of our own, and nothing inline: what a note or a name says can never run. Styles that
/// a script sets on an element are no inline styles.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The console asks for no sensor.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// What a browser reads where no console was built.
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"zh-CN\">\n<head><meta charset=\"utf-8\"><title>特派 Tepai</title></head>\n<body>\n\
    <h1>特派正在运行，但没有附带管理端页面</h1>\n\
    <p>请安装 Node.js 20.19 或更高版本，在源码目录运行 <code>make run</code>；或先运行 <code>make web</code>，再重新编译。</p>\n\
    <p>接口文档：<a href=\"/docs/\">/docs/</a></p>\n\
    <div lang=\"en\">\n<h2>Tepai is running, but its console was not built</h2>\n\
    <p>Install Node.js 20.19 or newer and run <code>make run</code> in the source; or run <code>make web</code> and build again.</p>\n\
    <p>The API: <a href=\"/docs/\">/docs/</a></p>\n</div>\n</body>\n</html>\n";

/// Answers what no route answers.
pub async fn serve(request: Request) -> Response {
    if cfg!(debug_assertions) {
        let files = read_all(Path::new(DIST)).unwrap_or_default();
        answer(&files, &request)
    } else {
        answer(EMBEDDED, &request)
    }
}

/// The files below `dist` as they are now.
fn read_all(dist: &Path) -> io::Result<Vec<WebFile>> {
    let found = web_files::find(dist)?;
    found
        .into_iter()
        .map(|web_files::Found { path, file }| {
            let plain = fs::read(&file)?;
            let [br, gzip] = COMPRESSED.map(|ending| {
                let beside = compressed(&file, ending)?;
                fs::read(beside).ok().map(Cow::Owned)
            });
            Ok(WebFile {
                path: Cow::Owned(path),
                tag: Cow::Owned(web_files::tag(&plain)),
                plain: Cow::Owned(plain),
                br,
                gzip,
            })
        })
        .collect()
}

fn answer(files: &[WebFile], request: &Request) -> Response {
    let path = request.uri().path();
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads || NOT_PAGES.iter().any(|place| is_below(path, place)) {
        return not_here();
    }
    if let Some(file) = find(files, path) {
        return send(file, path, request.headers());
    }
    if path.starts_with(HASHED) || !wants_a_page(request.headers()) {
        return not_here();
    }
    match find(files, "/index.html") {
        Some(page) => send(page, "/index.html", request.headers()),
        None => with_headers(HeaderMap::new(), "text/html", false, NOT_BUILT.into()),
    }
}

fn not_here() -> Response {
    ApiError::of(ErrorCode::NotFound).into_response()
}

fn is_below(path: &str, place: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn find<'a>(files: &'a [WebFile], path: &str) -> Option<&'a WebFile> {
    files
        .iter()
        .find(|file| file.path.strip_prefix(CONSOLE) == Some(path))
}

/// A navigation asks for HTML by name; a script, a picture or `fetch` does not.
fn wants_a_page(headers: &HeaderMap) -> bool {
    entries(headers, &header::ACCEPT).any(|kind| kind.eq_ignore_ascii_case("text/html"))
}

/// The entries of a list such as `br;q=1, gzip;q=0`, without those that are refused.
fn entries<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lists = headers.get_all(name).into_iter();
    let entries = lists
        .filter_map(|list| list.to_str().ok())
        .flat_map(|list| list.split(','));
    entries.filter_map(|entry| {
        let (what, weight) = entry.split_once(';').unwrap_or((entry, ""));
        let refused = weight
            .trim()
            .strip_prefix("q=")
            .is_some_and(|weight| weight.trim_matches(['0', '.']).is_empty());
        (!refused).then_some(what.trim())
    })
}

fn send(file: &WebFile, path: &str, asked: &HeaderMap) -> Response {
    let accepts = |coding: &str| {
        entries(asked, &header::ACCEPT_ENCODING).any(|known| known.eq_ignore_ascii_case(coding))
    };
    let choices = [("br", &file.br), ("gzip", &file.gzip)];
    let chosen = choices.into_iter().find_map(|(coding, body)| {
        let body = body.as_ref().filter(|_| accepts(coding))?;
        Some((coding, body))
    });
    let (coding, body) = chosen.map_or((None, &file.plain), |(coding, body)| (Some(coding), body));
    let mut headers = HeaderMap::new();
    headers.insert(
        header::VARY,
        HeaderValue::from_static("accept-encoding, accept"),
    );
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    let tag = format!("\"{}-{}\"", file.tag, coding.unwrap_or("plain"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    let body = match body {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => Bytes::copy_from_slice(read),
    };
    with_headers(headers, kind_of(&file.path), path.starts_with(HASHED), body)
}

fn with_headers(
    mut headers: HeaderMap,
    kind: &'static str,
    is_immutable: bool,
    body: Bytes,
) -> Response {
    let cache = if is_immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let text = kind.starts_with("text/");
    let kind = if text {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_owned()
    };
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    for (name, value) in [
        (header::CACHE_CONTROL, cache),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (PERMISSIONS_POLICY, PERMISSIONS),
        (OPENER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    (headers, Body::from(body)).into_response()
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html",
        "js" | "mjs" => "text/javascript",
        "css" => "text/css",
        "txt" => "text/plain",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;
    use axum::http::StatusCode;

    const fn file(
        path: &'static str,
        plain: &'static [u8],
        br: Option<&'static [u8]>,
        gzip: Option<&'static [u8]>,
    ) -> WebFile {
        const fn form(bytes: Option<&'static [u8]>) -> Option<Cow<'static, [u8]>> {
            match bytes {
                Some(bytes) => Some(Cow::Borrowed(bytes)),
                None => None,
            }
        }
        WebFile {
            path: Cow::Borrowed(path),
            tag: Cow::Borrowed(path),
            plain: Cow::Borrowed(plain),
            br: form(br),
            gzip: form(gzip),
        }
    }

    const BUILT: &[WebFile] = &[
        file("console/index.html", b"<page>", Some(b"BR"), Some(b"GZ")),
        file("console/assets/app-1a2b.js", b"script", Some(b"BR2"), None),
        file("console/check.js", b"check", None, None),
    ];
    const NAVIGATION: (&str, &str) = ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

    fn asked(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
        let builder = Request::builder().method(method).uri(path);
        let builder = headers.iter().fold(builder, |builder, (name, value)| {
            builder.header(*name, *value)
        });
        builder.body(Body::empty()).unwrap()
    }

    async fn get(files: &[WebFile], path: &str, headers: &[(&str, &str)]) -> (Response, Bytes) {
        let mut response = answer(files, &asked("GET", path, headers));
        let body = std::mem::take(response.body_mut());
        (response, to_bytes(body, 1 << 20).await.unwrap())
    }

    #[tokio::test]
    async fn a_place_within_the_console_is_its_page_and_nothing_else_is() {
        for path in ["/", "/index.html", "/villages", "/visits/01980000", "/v1x"] {
            let (response, body) = get(BUILT, path, &[NAVIGATION]).await;
            assert_eq!(
                (response.status(), &*body),
                (StatusCode::OK, &b"<page>"[..]),
                "{path}"
            );
            assert_eq!(response.headers()["cache-control"], "no-cache");
        }
        for path in [
            "/v1",
            "/v1/nothing",
            "/docs/x",
            "/assets/gone-9.js",
            "/healthz/x",
        ] {
            let (response, _) = get(BUILT, path, &[NAVIGATION]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
        }
        for accept in [
            "*/*",
            "image/avif,*/*",
            "text/html;q=0, */*",
            "application/json",
        ] {
            let (response, _) = get(BUILT, "/villages", &[("accept", accept)]).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{accept}");
        }
        let posted = answer(BUILT, &asked("POST", "/", &[NAVIGATION]));
        assert_eq!(posted.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn what_is_named_by_its_content_is_kept_for_ever_and_the_rest_is_asked_for_again() {
        let (response, body) = get(BUILT, "/assets/app-1a2b.js", &[]).await;
        assert_eq!(&*body, b"script");
        assert_eq!(
            response.headers()["content-type"],
            "text/javascript; charset=utf-8"
        );
        assert_eq!(
            response.headers()["cache-control"],
            "public, max-age=31536000, immutable"
        );
        let (response, _) = get(BUILT, "/check.js", &[]).await;
        assert_eq!(response.headers()["cache-control"], "no-cache");
    }

    #[tokio::test]
    async fn a_file_comes_compressed_as_the_browser_can_and_each_form_has_its_own_tag() {
        let page = |encoding: &'static str| async move {
            let (response, body) =
                get(BUILT, "/index.html", &[("accept-encoding", encoding)]).await;
            let headers = response.headers();
            let coding = headers
                .get("content-encoding")
                .map(|coding| coding.to_str().unwrap().to_owned());
            assert!(
                headers["vary"]
                    .to_str()
                    .unwrap()
                    .contains("accept-encoding")
            );
            (coding, body, headers["etag"].clone())
        };
        let (coding, body, br) = page("gzip, deflate, br").await;
        assert_eq!((coding.as_deref(), &*body), (Some("br"), &b"BR"[..]));
        let (coding, body, gzip) = page("gzip, br;q=0").await;
        assert_eq!((coding.as_deref(), &*body), (Some("gzip"), &b"GZ"[..]));
        let (coding, body, plain) = page("identity").await;
        assert_eq!((coding, &*body), (None, &b"<page>"[..]));
        assert!(br != gzip && gzip != plain && br != plain);
        let (response, body) = get(BUILT, "/check.js", &[("accept-encoding", "br")]).await;
        assert!(response.headers().get("content-encoding").is_none() && &*body == b"check");
    }

    #[tokio::test]
    async fn a_page_may_run_nothing_that_stands_in_it() {
        let (response, _) = get(BUILT, "/", &[NAVIGATION]).await;
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"));
        assert!(!policy.contains("unsafe") && !policy.contains("http"));
        assert_eq!(
            response.headers()["cross-origin-opener-policy"],
            "same-origin"
        );
    }

    #[test]
    fn what_was_built_is_read_with_its_compressed_forms_and_without_what_is_hidden() {
        let dist = tempfile::tempdir().unwrap();
        let assets = dist.path().join("console/assets");
        fs::create_dir_all(&assets).unwrap();
        for (name, content) in [
            ("console/index.html", "page"),
            ("console/index.html.br", "BR"),
            ("console/assets/app-1.js", "script"),
            (".gitignore", "*"),
        ] {
            fs::write(dist.path().join(name), content).unwrap();
        }
        let files = read_all(dist.path()).unwrap();
        let paths: Vec<_> = files.iter().map(|file| &*file.path).collect();
        assert_eq!(paths, ["console/assets/app-1.js", "console/index.html"]);
        assert_eq!(files[1].br.as_deref(), Some(&b"BR"[..]));
        assert!(files[1].gzip.is_none() && files[0].tag != files[1].tag);
        assert!(read_all(&dist.path().join("nowhere")).unwrap().is_empty());
    }

    #[tokio::test]
    async fn without_a_console_the_server_says_so_in_both_languages() {
        let (response, body) = get(&[], "/", &[NAVIGATION]).await;
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            response.headers()["content-type"],
            "text/html; charset=utf-8"
        );
        assert!(
            text.contains("make web")
                && text.contains("没有附带管理端页面")
                && text.contains("was not built")
        );
        assert!(!text.contains("style") && !text.contains("<script"));
        let (response, _) = get(&[], "/assets/app.js", &[]).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
}
