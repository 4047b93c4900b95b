//! How a request reaches the server: the [`Transport`] trait, and HTTP by `reqwest`. It tells our server from a captive
//! portal and a refusal from an outage, and knows nothing of what the messages mean.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, redirect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::future::Future;
use std::time::Duration;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::{ErrorCode, Retry};
use tepai_sync_protocol::sync::{
    EnrolRequest, EnrolResponse, HelloResponse, SyncRequest, SyncResponse,
};

/// No answer of ours is larger; whoever sends more is somebody else.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// The bearer token of a device. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// A token as the server gave it.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A whole request that our server refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code; `None` if the server is newer than this client and the code unknown.
    pub code: Option<ErrorCode>,
    /// The code as it came.
    pub word: String,
    /// The sentence that people read.
    pub title: String,
    /// More about this very case.
    pub detail: Option<String>,
    /// When the same thing may be sent again.
    pub retry: Retry,
    /// Seconds to wait before that.
    pub retry_after_s: Option<u32>,
}

impl Refusal {
    /// What to do, where the code asks for nothing special.
    pub fn reaction(&self) -> Reaction {
        match self.retry {
            Retry::Never => Reaction::Stop,
            Retry::Later | Retry::AfterPull => Reaction::Later {
                retry_after_s: self.retry_after_s,
            },
        }
    }
}

/// Why there is no answer. Nothing may be dropped from the outbox on any of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection, or it broke, or it took too long.
    #[error("the server cannot be reached: {0}")]
    Unreachable(String),
    /// Somebody answered who is not our server, such as a captive portal.
    #[error("somebody else answered: status {status}, {content_type}")]
    NotOurServer {
        /// The HTTP status.
        status: u16,
        /// The content type, or empty.
        content_type: String,
    },
    /// Something before our server says that it is busy or down.
    #[error("not available: status {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// Seconds to wait.
        retry_after_s: Option<u32>,
    },
    /// Our server refused the whole request.
    #[error("refused: {}: {}", .0.word, .0.title)]
    Refused(Box<Refusal>),
}

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Prepare and send again at once: something was mended.
    Again,
    /// Send again after a [`crate::backoff::pause`].
    Later {
        /// Seconds that the server asked for.
        retry_after_s: Option<u32>,
    },
    /// Ask the user: sign in, update, or call the office.
    Stop,
}

/// Carries messages to the server and back. One transport serves many phones.
pub trait Transport: Sync {
    /// `POST /v1/devices/enrol`.
    fn enrol(
        &self,
        request: &EnrolRequest,
    ) -> impl Future<Output = Result<EnrolResponse, TransportError>> + Send;

    /// `GET /v1/sync/hello`.
    fn hello(
        &self,
        token: &Token,
    ) -> impl Future<Output = Result<HelloResponse, TransportError>> + Send;

    /// `POST /v1/sync`.
    fn sync(
        &self,
        token: &Token,
        request: &SyncRequest,
    ) -> impl Future<Output = Result<SyncResponse, TransportError>> + Send;
}

/// What a phone says of a photo before it sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// SHA-256 of the bytes, as hexadecimal digits.
    pub sha256: String,
    /// How many bytes.
    pub size_bytes: u64,
    /// Their media type.
    pub media_type: String,
}

/// An upload as the server has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its address on the server.
    pub path: String,
    /// Bytes that the server has and will not lose.
    pub offset: u64,
}

/// Carries the bytes of photos to the server (section 22 of the specification).
pub trait Uploads: Sync {
    /// `POST /v1/uploads`: begins an upload, or finds the one that was begun.
    fn begin_upload(
        &self,
        token: &Token,
        photo: &Announced,
    ) -> impl Future<Output = Result<Upload, TransportError>> + Send;

    /// `PATCH /v1/uploads/{id}`: appends bytes; where the upload stands then.
    fn append(
        &self,
        token: &Token,
        path: &str,
        offset: u64,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<u64, TransportError>> + Send;

    /// `PUT /v1/photos/{id}/thumbnail`: a small JPEG before the photo.
    fn send_thumbnail(
        &self,
        token: &Token,
        photo: RecordId,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), TransportError>> + Send;
}

/// How long to wait for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the connection.
    pub connect: Duration,
    /// For the next byte of the answer.
    pub read: Duration,
    /// For the whole exchange.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            read: Duration::from_secs(30),
            total: Duration::from_mins(3),
        }
    }
}

/// The protocol over HTTP.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    base: String,
    client: Client,
}

/// What an HTTP client that speaks HTTPS is built from. TLS comes from one provider, which the process needs only once.
pub fn http_client() -> reqwest::ClientBuilder {
    // An error says that the process has one already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
}

impl HttpTransport {
    /// A transport to the server at `base`, such as `http://127.0.0.1:8080`.
    pub fn new(base: &str, timeouts: Timeouts) -> Result<Self, TransportError> {
        let client = http_client()
            // A captive portal sends a POST elsewhere, and the token with it.
            .redirect(redirect::Policy::none())
            .connect_timeout(timeouts.connect)
            .read_timeout(timeouts.read)
            .timeout(timeouts.total)
            .build()
            .map_err(unreachable)?;
        Ok(Self::with_client(base, client))
    }

    /// A transport over a client of the caller's own. It should follow no redirects.
    pub fn with_client(base: &str, client: Client) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            client,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

impl Transport for HttpTransport {
    async fn enrol(&self, request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        exchange(
            self.client
                .post(self.url("/v1/devices/enrol"))
                .json(request),
        )
        .await
    }

    async fn hello(&self, token: &Token) -> Result<HelloResponse, TransportError> {
        exchange(
            self.client
                .get(self.url("/v1/sync/hello"))
                .bearer_auth(token.reveal()),
        )
        .await
    }

    async fn sync(
        &self,
        token: &Token,
        request: &SyncRequest,
    ) -> Result<SyncResponse, TransportError> {
        let post = self.client.post(self.url("/v1/sync"));
        let post = post.bearer_auth(token.reveal());
        match serde_json::to_vec(request).map(|body| compressed(&body)) {
            Ok(Some(body)) => {
                let typed = post.header(CONTENT_TYPE, "application/json");
                exchange(typed.header(CONTENT_ENCODING, "zstd").body(body)).await
            }
            _ => exchange(post.json(request)).await,
        }
    }
}

impl Uploads for HttpTransport {
    async fn begin_upload(
        &self,
        token: &Token,
        photo: &Announced,
    ) -> Result<Upload, TransportError> {
        let metadata = [("sha256", &photo.sha256), ("filetype", &photo.media_type)];
        let metadata = metadata.map(|(name, value)| format!("{name} {}", BASE64.encode(value)));
        let request = self
            .client
            .post(self.url("/v1/uploads"))
            .header("upload-length", photo.size_bytes)
            .header("upload-metadata", metadata.join(","));
        let (answer, headers) = tus(token, request).await?;
        let path = headers.get(LOCATION).and_then(|path| path.to_str().ok());
        // The token goes nowhere else.
        let path = path.filter(|path| path.starts_with("/v1/uploads/"));
        match (path, offset_of(&headers)) {
            (Some(path), Some(offset)) => Ok(Upload {
                path: path.to_owned(),
                offset,
            }),
            _ => Err(answer.not_ours()),
        }
    }

    async fn append(
        &self,
        token: &Token,
        path: &str,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<u64, TransportError> {
        let request = self
            .client
            .patch(self.url(path))
            .header(CONTENT_TYPE, "application/offset+octet-stream")
            .header("upload-offset", offset)
            .body(bytes);
        let (answer, headers) = tus(token, request).await?;
        offset_of(&headers).ok_or_else(|| answer.not_ours())
    }

    async fn send_thumbnail(
        &self,
        token: &Token,
        photo: RecordId,
        bytes: Vec<u8>,
    ) -> Result<(), TransportError> {
        let path = format!("/v1/photos/{photo}/thumbnail");
        let request = self.client.put(self.url(&path)).body(bytes);
        let request = request.header(CONTENT_TYPE, "image/jpeg");
        match answered(token, request).await? {
            (answer, _) if answer.status == 204 => Ok(()),
            (answer, _) => Err(answer.not_ours()),
        }
    }
}

/// An exchange whose answer is its headers. Only a server that speaks tus is ours.
async fn tus(
    token: &Token,
    request: RequestBuilder,
) -> Result<(Answer, HeaderMap), TransportError> {
    let request = request.header("tus-resumable", "1.0.0");
    let (answer, headers) = answered(token, request).await?;
    if headers.contains_key("tus-resumable") {
        Ok((answer, headers))
    } else {
        Err(answer.not_ours())
    }
}

/// The head of a success; what the server says of a failure is its error.
async fn answered(
    token: &Token,
    request: RequestBuilder,
) -> Result<(Answer, HeaderMap), TransportError> {
    let mut response = request
        .bearer_auth(token.reveal())
        .send()
        .await
        .map_err(unreachable)?;
    let answer = Answer::of(response.status().as_u16(), response.headers());
    let headers = response.headers().clone();
    if response.status().is_success() {
        return Ok((answer, headers));
    }
    let body = read_body(&mut response, &answer).await?;
    let not_ours = answer.not_ours();
    Err(answer.read::<Value>(&body).err().unwrap_or(not_ours))
}

fn offset_of(headers: &HeaderMap) -> Option<u64> {
    let offset = headers.get("upload-offset")?.to_str().ok()?;
    offset.parse().ok()
}

/// Bodies above this are compressed (rule R2.4).
const COMPRESS_FROM: usize = 1024;

/// How hard to compress: a phone's line is slower than its processor.
const COMPRESSION_LEVEL: i32 = 9;

/// A body with Zstandard, if that is worth it.
fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    let is_worth_it = body.len() >= COMPRESS_FROM;
    is_worth_it.then(|| zstd::bulk::compress(body, COMPRESSION_LEVEL).ok())?
}

async fn exchange<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, TransportError> {
    let mut response = request.send().await.map_err(unreachable)?;
    let answer = Answer::of(response.status().as_u16(), response.headers());
    let body = read_body(&mut response, &answer).await?;
    answer.read(&body)
}

async fn read_body(response: &mut Response, answer: &Answer) -> Result<Vec<u8>, TransportError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER_BYTES {
            return Err(answer.not_ours());
        }
    }
    Ok(body)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unreachable(error: reqwest::Error) -> TransportError {
    // The address stands in reqwest's text, and nothing of the token.
    TransportError::Unreachable(error.to_string())
}

/// What an answer means, for a transport of another kind: JSON of the very shape is our server's, and nothing else is.
pub fn read_answer<T: DeserializeOwned>(
    status: u16,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<T, TransportError> {
    Answer::of(status, headers).read(body)
}

/// The head of an answer.
struct Answer {
    status: u16,
    content_type: String,
    retry_after_s: Option<u32>,
}

/// What is read of a problem: less than there is, so that a newer server is understood.
#[derive(Deserialize)]
struct Told {
    code: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    retry: Value,
    #[serde(default)]
    retry_after_s: Option<u32>,
}

impl Answer {
    fn of(status: u16, headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let essence = text(CONTENT_TYPE).and_then(|text| text.split(';').next());
        Self {
            status,
            content_type: essence.unwrap_or_default().trim().to_ascii_lowercase(),
            retry_after_s: text(RETRY_AFTER).and_then(|text| text.trim().parse().ok()),
        }
    }

    /// Takes an answer for our server's only if it is JSON of the very shape, `epoch` included.
    fn read<T: DeserializeOwned>(self, body: &[u8]) -> Result<T, TransportError> {
        if (200..300).contains(&self.status) {
            let is_json = self.content_type == "application/json";
            let read = is_json.then(|| serde_json::from_slice(body).ok()).flatten();
            return read.ok_or_else(|| self.not_ours());
        }
        let is_problem = self.content_type == "application/problem+json";
        match serde_json::from_slice::<Told>(body) {
            Ok(told) if is_problem => Err(TransportError::Refused(Box::new(self.refusal(told)))),
            _ if self.status == 429 || self.status >= 500 => Err(TransportError::Unavailable {
                status: self.status,
                retry_after_s: self.retry_after_s,
            }),
            _ => Err(self.not_ours()),
        }
    }

    fn refusal(&self, told: Told) -> Refusal {
        Refusal {
            status: self.status,
            code: ErrorCode::ALL
                .iter()
                .copied()
                .find(|code| code.as_str() == told.code),
            word: told.code,
            title: told.title,
            detail: told.detail,
            retry: Retry::deserialize(told.retry).unwrap_or(Retry::Later),
            retry_after_s: told.retry_after_s.max(self.retry_after_s),
        }
    }

    fn not_ours(&self) -> TransportError {
        TransportError::NotOurServer {
            status: self.status,
            content_type: self.content_type.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(status: u16, content_type: &str, body: &str) -> Result<SyncResponse, TransportError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        Answer::of(status, &headers).read(body.as_bytes())
    }

    fn good() -> Value {
        json!({
            "server_time": 1, "epoch": uuid::Uuid::from_u128(1), "ticket": "t", "poll_after_s": 900,
            "results": [], "a_newer_member": true,
        })
    }

    #[test]
    fn only_json_with_an_epoch_is_our_server() {
        let json = "application/json; charset=utf-8";
        assert!(answer(200, json, &good().to_string()).is_ok());
        let mut without = good();
        without.as_object_mut().unwrap().remove("epoch");
        for (status, content_type, body) in [
            (
                200,
                "text/html",
                "<html>Log in to the hotel</html>".to_owned(),
            ),
            (200, "text/html", good().to_string()),
            (200, json, without.to_string()),
            (200, json, "{\"server_time\":1,".to_owned()),
            (302, "text/html", String::new()),
            (404, "text/html", String::new()),
            (403, json, good().to_string()),
        ] {
            let error = answer(status, content_type, &body).unwrap_err();
            assert!(
                matches!(error, TransportError::NotOurServer { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn a_refusal_keeps_its_code_and_an_unknown_one_its_word() {
        let refused = |code: &str| {
            let body = json!({"code": code, "retry": "never", "title": "x", "status": 409});
            match answer(409, "application/problem+json", &body.to_string()) {
                Err(TransportError::Refused(refusal)) => *refusal,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused("device_forked").code, Some(ErrorCode::DeviceForked));
        let newer = refused("moon_too_full");
        assert_eq!((newer.code, newer.word.as_str()), (None, "moon_too_full"));
        assert_eq!(
            (newer.reaction(), newer.retry_after_s),
            (Reaction::Stop, Some(7))
        );
    }

    #[test]
    fn an_outage_without_a_problem_is_tried_again_when_it_says() {
        let error = answer(503, "text/html", "<h1>Bad gateway</h1>").unwrap_err();
        assert_eq!(
            error,
            TransportError::Unavailable {
                status: 503,
                retry_after_s: Some(7)
            }
        );
    }

    #[test]
    fn a_token_is_not_shown() {
        assert_eq!(format!("{:?}", Token::new("secret")), "Token(…)");
    }
}
