//! The line between phones and servers: HTTP messages that are dropped, cut, doubled, delayed or answered by somebody else.
//!
//! It writes down what was sent and what came back, for the judge; it knows nothing of records.

use super::dice::Dice;
use super::story::Sabotage;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use futures::stream;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tepai_client::transport::read_answer;
use tepai_client::{Token, Transport, TransportError};
use tepai_sync_protocol::ids::{GenerationId, MutationId, RecordId};
use tepai_sync_protocol::sync::{
    EnrolRequest, EnrolResponse, HelloResponse, MutationResult, Outcome, SyncRequest, SyncResponse,
};
use tower::ServiceExt;

/// What may happen to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The request is lost.
    RequestLost,
    /// The request ends in the middle.
    RequestCut,
    /// It arrives, and the answer is lost.
    AnswerLost,
    /// It arrives, and the answer ends in the middle.
    AnswerCut,
    /// It arrives twice at once, at both servers.
    Doubled,
    /// The phone gives up, and it arrives later, after others.
    Delayed,
    /// Somebody else answers with a page.
    Portal,
    /// The server is down for a moment.
    Unavailable,
}

const FAULTS: [Fault; 8] = [
    Fault::RequestLost,
    Fault::RequestCut,
    Fault::AnswerLost,
    Fault::AnswerCut,
    Fault::Doubled,
    Fault::Delayed,
    Fault::Portal,
    Fault::Unavailable,
];

/// One mutation as it went over the line.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Its content.
    pub payload: Value,
    /// The databases under whose names it was sent.
    pub generations: BTreeSet<GenerationId>,
}

/// What the line saw.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Every mutation that was sent.
    pub sent: BTreeMap<MutationId, Sent>,
    /// Every durable result that reached a phone.
    pub told: BTreeMap<MutationId, MutationResult>,
    /// How often each fault struck.
    pub faults: BTreeMap<Fault, usize>,
    /// Requests that were delivered.
    pub delivered: usize,
    /// Answers of the server with a status of 500 or more, but for 503.
    pub broken: Vec<String>,
}

impl Log {
    /// The records of a kind whose creation was sent and not refused.
    pub fn created_and_kept(&self, kind: &str) -> BTreeSet<RecordId> {
        let creates = self.sent.iter().filter(|(mid, sent)| {
            let refused = self
                .told
                .get(mid)
                .is_some_and(|told| told.outcome == Outcome::Rejected);
            sent.payload["op"] == "create" && sent.payload["kind"] == kind && !refused
        });
        creates
            .filter_map(|(_, sent)| sent.payload["id"].as_str()?.parse().ok())
            .collect()
    }
}

struct Letter {
    token: Token,
    body: Vec<u8>,
}

/// The line.
pub struct Line {
    servers: [Router; 2],
    dice: Mutex<Dice>,
    percent: Mutex<usize>,
    late: Mutex<Vec<Letter>>,
    /// What was seen.
    pub log: Mutex<Log>,
    sabotage: Sabotage,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

impl Line {
    /// A good line to two servers.
    pub fn new(servers: [Router; 2], dice: Dice, sabotage: Sabotage) -> Self {
        Self {
            servers,
            dice: Mutex::new(dice),
            percent: Mutex::new(0),
            late: Mutex::default(),
            log: Mutex::default(),
            sabotage,
        }
    }

    /// From now on so many of a hundred messages meet a fault.
    pub fn set_faults(&self, percent: usize) {
        *self.percent.lock().expect("a percentage") = percent;
    }

    /// Delivers what was delayed, in any order.
    pub async fn deliver_late(&self) {
        let mut letters = std::mem::take(&mut *self.late.lock().expect("letters"));
        while !letters.is_empty() {
            let at = self.dice.lock().expect("dice").below(letters.len());
            let letter = letters.swap_remove(at);
            let _ = self.deliver(&letter.token, letter.body).await;
        }
    }

    fn next_fault(&self) -> Option<Fault> {
        let percent = *self.percent.lock().expect("a percentage");
        let mut dice = self.dice.lock().expect("dice");
        let fault = dice
            .chance(percent)
            .then(|| FAULTS[dice.below(FAULTS.len())])?;
        *self
            .log
            .lock()
            .expect("a log")
            .faults
            .entry(fault)
            .or_default() += 1;
        Some(fault)
    }

    fn server(&self) -> Router {
        let at = self.dice.lock().expect("dice").below(2);
        self.servers[at].clone()
    }

    async fn deliver(&self, token: &Token, body: Vec<u8>) -> (StatusCode, HeaderMap, Bytes) {
        self.deliver_to(self.server(), token, Body::from(body))
            .await
    }

    async fn deliver_to(
        &self,
        server: Router,
        token: &Token,
        body: Body,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let request = Request::post("/v1/sync")
            .header(header::HOST, "kj.test")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()))
            .body(body)
            .expect("a request");
        let response = server.oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.expect("a whole body");
        let mut log = self.log.lock().expect("a log");
        log.delivered += 1;
        if parts.status.as_u16() >= 500 && parts.status != StatusCode::SERVICE_UNAVAILABLE {
            log.broken
                .push(String::from_utf8_lossy(&bytes).into_owned());
        }
        (parts.status, parts.headers, bytes)
    }

    fn note_sent(&self, request: &SyncRequest) {
        let mut log = self.log.lock().expect("a log");
        for payload in &request.mutations {
            let Some(mid) = payload["mid"].as_str().and_then(|mid| mid.parse().ok()) else {
                continue;
            };
            let sent = log.sent.entry(mid).or_insert_with(|| Sent {
                payload: payload.clone(),
                generations: BTreeSet::new(),
            });
            sent.generations.insert(request.replica.generation);
        }
    }

    fn note_told(&self, response: &SyncResponse) {
        let mut log = self.log.lock().expect("a log");
        for result in &response.results {
            if let Some(mid) = result.mid.filter(|_| result.outcome != Outcome::Retry) {
                log.told.insert(mid, result.clone());
            }
        }
    }

    /// What a server would say that acknowledges before it commits, and then loses power.
    async fn acknowledge_and_forget(
        &self,
        token: &Token,
        request: &SyncRequest,
    ) -> Result<SyncResponse, TransportError> {
        let mut without = request.clone();
        without.mutations.clear();
        let body = serde_json::to_vec(&without).expect("JSON");
        let (status, headers, bytes) = self.deliver(token, body).await;
        let mut response: SyncResponse = read_answer(status.as_u16(), &headers, &bytes)?;
        response.results = request.mutations.iter().map(acknowledged).collect();
        self.note_told(&response);
        Ok(response)
    }
}

/// The result of a server that has written nothing.
pub(crate) fn acknowledged(mutation: &Value) -> MutationResult {
    let result = json!({"mid": mutation["mid"], "outcome": "applied", "rev": 1});
    serde_json::from_value(result).expect("a result")
}

fn lost() -> TransportError {
    TransportError::Unreachable("the line is bad".to_owned())
}

/// The first part of a body, and then the connection breaks.
fn cut(body: &[u8], at: usize) -> Body {
    let part = Bytes::copy_from_slice(&body[..at.min(body.len())]);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(stream::iter([Ok(part), Err(broken)]))
}

impl Transport for Line {
    async fn enrol(&self, _request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        Err(lost())
    }

    async fn hello(&self, _token: &Token) -> Result<HelloResponse, TransportError> {
        Err(lost())
    }

    async fn sync(
        &self,
        token: &Token,
        request: &SyncRequest,
    ) -> Result<SyncResponse, TransportError> {
        self.note_sent(request);
        if self.sabotage == Sabotage::AcknowledgeFirst
            && !request.mutations.is_empty()
            && self.dice.lock().expect("dice").chance(20)
        {
            return self.acknowledge_and_forget(token, request).await;
        }
        let body = serde_json::to_vec(request).expect("JSON");
        let fault = self.next_fault();
        let (status, headers, mut bytes) = match fault {
            None | Some(Fault::AnswerLost | Fault::AnswerCut) => self.deliver(token, body).await,
            Some(Fault::RequestLost) => return Err(lost()),
            Some(Fault::RequestCut) => {
                let at = self.dice.lock().expect("dice").below(body.len());
                let server = self.server();
                self.deliver_to(server, token, cut(&body, at)).await;
                return Err(lost());
            }
            Some(Fault::Doubled) => {
                let [first, second] = self.servers.clone();
                let (_, answer) = futures::join!(
                    self.deliver_to(first, token, Body::from(body.clone())),
                    self.deliver_to(second, token, Body::from(body)),
                );
                answer
            }
            Some(Fault::Delayed) => {
                let token = token.clone();
                self.late
                    .lock()
                    .expect("letters")
                    .push(Letter { token, body });
                return Err(lost());
            }
            Some(Fault::Portal) => {
                let mut headers = HeaderMap::new();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                (
                    StatusCode::OK,
                    headers,
                    Bytes::from_static(b"<html>Log in to the Wi-Fi</html>"),
                )
            }
            Some(Fault::Unavailable) => (StatusCode::BAD_GATEWAY, HeaderMap::new(), Bytes::new()),
        };
        match fault {
            Some(Fault::AnswerLost) => return Err(lost()),
            Some(Fault::AnswerCut) => {
                let at = self.dice.lock().expect("dice").below(bytes.len());
                bytes.truncate(at);
            }
            _ => {}
        }
        let response = read_answer(status.as_u16(), &headers, &bytes)?;
        self.note_told(&response);
        Ok(response)
    }
}
