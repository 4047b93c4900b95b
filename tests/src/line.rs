//! Phones that send photos one after the other over a real line, as long as the server is there, and remember what they
//! were told.

use crate::photo::{jpeg, sha256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What goes in one request.
const CHUNK: usize = 64 * 1024;
/// Photos that are on their way at a time.
const LINES: usize = 4;
/// Each so many-th photo goes whole in the request that begins it.
const WHOLE_AT_ONCE: u32 = 4;

/// A photo, and what its phone was told of it.
#[derive(Clone, Copy, Debug)]
struct Told {
    offset: usize,
    whole: bool,
}

/// The phones, and what they were told.
#[derive(Clone, Debug)]
pub struct Senders {
    http: Client,
    token: Arc<str>,
    /// A photo; each is a little different from it.
    picture: Arc<[u8]>,
    told: Arc<Mutex<BTreeMap<String, Told>>>,
    waiting: Arc<Mutex<VecDeque<u32>>>,
    forgotten: Arc<Mutex<Vec<String>>>,
    heard: watch::Sender<usize>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Senders {
    /// Phones with this token.
    pub fn new(token: &str) -> Self {
        Self {
            http: crate::http(),
            token: token.into(),
            picture: jpeg(4321, 1000, 750).into(),
            told: Arc::default(),
            waiting: Arc::default(),
            forgotten: Arc::default(),
            heard: watch::Sender::new(0),
        }
    }

    /// Sends photos until the server is gone; new ones after those that are on their way, if there shall be any.
    pub async fn send(&self, base: &str, new_ones: bool) {
        let mut lines = JoinSet::new();
        for _ in 0..LINES {
            let (line, base) = (self.clone(), base.to_owned());
            lines.spawn(async move { while line.send_next(&base, new_ones).await {} });
        }
        while let Some(ended) = lines.join_next().await {
            ended.expect("a line ends in order");
        }
    }

    /// Waits until so many chunks more were told to be safe.
    pub async fn hear(&self, more: usize) {
        let mut heard = self.heard.subscribe();
        let goal = *heard.borrow() + more;
        let enough = heard.wait_for(|count| *count >= goal).await;
        enough.expect("the phones are there");
    }

    /// Whether there may be a next one.
    async fn send_next(&self, base: &str, new_ones: bool) -> bool {
        let Some(number) = self.next(new_ones) else {
            return false;
        };
        let came = self.send_one(base, number).await.is_ok();
        if !came {
            lock(&self.waiting).push_front(number);
        }
        came
    }

    fn next(&self, new_ones: bool) -> Option<u32> {
        if let Some(number) = lock(&self.waiting).pop_front() {
            return Some(number);
        }
        let mut told = lock(&self.told);
        let number = u32::try_from(told.len()).expect("few photos");
        new_ones.then(|| {
            let first = Told {
                offset: 0,
                whole: false,
            };
            told.insert(sha256(&self.photo(number)), first);
            number
        })
    }

    /// The picture with its number in a comment.
    fn photo(&self, number: u32) -> Vec<u8> {
        let (start, rest) = self.picture.split_at(2);
        [start, b"\xff\xfe\x00\x06", &number.to_be_bytes(), rest].concat()
    }

    async fn send_one(&self, base: &str, number: u32) -> Result<(), reqwest::Error> {
        let bytes = self.photo(number);
        let hash = sha256(&bytes);
        let comes_along = number.is_multiple_of(WHOLE_AT_ONCE);
        let along = comes_along.then(|| bytes.clone());
        let (path, mut offset) = self.begin(base, &hash, bytes.len(), along).await?;
        let promised = lock(&self.told)[&hash].offset;
        if offset < promised {
            let forgot = format!("{hash}: {offset} of {promised}");
            lock(&self.forgotten).push(forgot);
        }
        if comes_along && offset == bytes.len() {
            self.heard.send_modify(|count| *count += 1);
        }
        while offset < bytes.len() {
            let end = bytes.len().min(offset + CHUNK);
            let request = self
                .http
                .patch(format!("{base}{path}"))
                .header("content-type", "application/offset+octet-stream")
                .header("upload-offset", offset)
                .body(bytes[offset..end].to_vec());
            let answer = self.ask(request).await?;
            // The line of an earlier life may still hold it for a moment.
            if matches!(answer.status(), StatusCode::LOCKED | StatusCode::CONFLICT) {
                offset = self.begin(base, &hash, bytes.len(), None).await?.1;
                continue;
            }
            let answer = expect(answer, StatusCode::NO_CONTENT).await;
            offset = offset_of(&answer);
            let mut told = lock(&self.told);
            told.entry(hash.clone())
                .and_modify(|told| told.offset = offset);
            self.heard.send_modify(|count| *count += 1);
        }
        lock(&self.told)
            .entry(hash)
            .and_modify(|told| told.whole = true);
        Ok(())
    }

    async fn begin(
        &self,
        base: &str,
        hash: &str,
        length: usize,
        along: Option<Vec<u8>>,
    ) -> Result<(String, usize), reqwest::Error> {
        let metadata = format!(
            "sha256 {},filetype {}",
            BASE64.encode(hash),
            BASE64.encode("image/jpeg")
        );
        let request = self
            .http
            .post(format!("{base}/v1/uploads"))
            .header("upload-length", length)
            .header("upload-metadata", metadata);
        let request = match along {
            Some(bytes) => request
                .header("content-type", "application/offset+octet-stream")
                .body(bytes),
            None => request,
        };
        let answer = self.ask(request).await?;
        let answer = expect(answer, StatusCode::CREATED).await;
        let path = answer.headers()["location"].to_str().expect("an address");
        Ok((path.to_owned(), offset_of(&answer)))
    }

    /// An error is the line; a refusal for a moment is asked again.
    async fn ask(&self, request: RequestBuilder) -> Result<Response, reqwest::Error> {
        let request = request
            .header("tus-resumable", "1.0.0")
            .bearer_auth(&self.token);
        let answer = request.send().await?;
        // Without power the disk refuses; what it refuses nobody was told of.
        if answer.status().is_server_error() {
            answer.error_for_status()
        } else {
            Ok(answer)
        }
    }

    /// The contents that phones were told to be whole.
    pub fn whole(&self) -> Vec<String> {
        let told = lock(&self.told);
        let whole = told.iter().filter(|(_, told)| told.whole);
        whole.map(|(hash, _)| hash.clone()).collect()
    }

    /// Photos that are not whole.
    pub fn unfinished(&self) -> usize {
        lock(&self.told).values().filter(|told| !told.whole).count()
    }

    /// Chunks that were told to be safe and were not there when a phone came again.
    pub fn forgotten(&self) -> Vec<String> {
        lock(&self.forgotten).clone()
    }

    /// How many chunks were told to be safe.
    pub fn chunks(&self) -> usize {
        *self.heard.borrow()
    }

    /// Photos of which some has come, and not all.
    pub fn on_their_way(&self) -> usize {
        let told = lock(&self.told);
        let begun = |told: &&Told| !told.whole && told.offset > 0;
        told.values().filter(begun).count()
    }
}

/// The answer, which has this status, or what it says instead.
async fn expect(answer: Response, status: StatusCode) -> Response {
    if answer.status() == status {
        return answer;
    }
    let said = answer.status();
    let body = answer.text().await.unwrap_or_default();
    panic!("{said} and not {status}: {body}");
}

fn offset_of(answer: &Response) -> usize {
    let offset = answer.headers()["upload-offset"].to_str();
    offset.expect("digits").parse().expect("a number")
}
