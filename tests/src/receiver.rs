//! A program that receives webhooks over real HTTP, answers as it is told, and remembers all that came.

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tepai_webhook_client::{Resolver, WebhookClient};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// How to answer one message.
#[derive(Clone, Debug)]
pub enum Reply {
    /// With a status.
    Status(u16),
    /// With a redirect.
    Redirect(String),
    /// Not at all.
    Hang,
}

/// What came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The headers.
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub body: String,
}

impl Received {
    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

#[derive(Debug, Default)]
struct Told {
    replies: VecDeque<Reply>,
    received: Vec<Received>,
}

/// A receiver; it stops when dropped.
#[derive(Debug)]
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    told: Arc<Mutex<Told>>,
    server: JoinHandle<()>,
}

fn lock(told: &Mutex<Told>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receiver {
    /// Starts one on an address of this machine, on a port of its own.
    pub async fn start(ip: &str) -> Self {
        Self::start_at(&format!("{ip}:0")).await
    }

    /// Starts one at this address and port.
    pub async fn start_at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let told = Arc::new(Mutex::new(Told::default()));
        let own = told.clone();
        let app = Router::new()
            .fallback(move |headers: HeaderMap, body: Bytes| answer(own.clone(), headers, body));
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Self {
            address,
            told,
            server,
        }
    }

    /// An address of it, by the name that [`Names`] knows.
    pub fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/hook", self.address.port())
    }

    /// The next messages are answered so, each once; then with 204 again.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.told).replies.extend(replies);
    }

    /// All that came so far.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.told).received.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(told: Arc<Mutex<Told>>, headers: HeaderMap, body: Bytes) -> Response {
    let reply = {
        let mut told = lock(&told);
        let body = String::from_utf8_lossy(&body).into_owned();
        told.received.push(Received { headers, body });
        told.replies.pop_front()
    };
    match reply {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Reply::Status(status)) => {
            let status = StatusCode::from_u16(status);
            status.unwrap_or(StatusCode::IM_A_TEAPOT).into_response()
        }
        Some(Reply::Redirect(to)) => (StatusCode::FOUND, [(header::LOCATION, to)]).into_response(),
        Some(Reply::Hang) => std::future::pending().await,
    }
}

/// What names mean: each look-up takes the next meaning, and the last one stays.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<Mutex<(VecDeque<Vec<IpAddr>>, usize)>>);

impl Names {
    /// Names with these meanings, one look-up after the other.
    pub fn meaning<const N: usize>(meanings: [&[&str]; N]) -> Self {
        let read = |all: &&[&str]| {
            let all = all.iter();
            all.map(|text| text.parse().expect("an address")).collect()
        };
        Self(Arc::new(Mutex::new((
            meanings.iter().map(read).collect(),
            0,
        ))))
    }

    /// How often somebody asked.
    pub fn asked(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1
    }

    /// A webhook client that asks this resolver, with a short timeout.
    pub fn webhook_client(&self) -> WebhookClient {
        WebhookClient::new(Arc::new(self.clone()), Duration::from_millis(1500))
    }
}

impl Resolver for Names {
    fn resolve(&self, _host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.1 += 1;
        let meaning = if own.0.len() > 1 {
            own.0.pop_front()
        } else {
            own.0.front().cloned()
        };
        let found = meaning.unwrap_or_default().into_iter();
        let found = found
            .map(|address| SocketAddr::new(address, port))
            .collect();
        Box::pin(async move { Ok(found) })
    }
}
