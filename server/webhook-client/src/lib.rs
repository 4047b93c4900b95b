//! The only code that connects to addresses which a county names.
//!
//! It looks the name up once, asks the guard about what it found, and connects to that and nothing else. It follows no redirects, heeds no proxy, and knows no database.

use futures::future::BoxFuture;
use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tepai_domain::address_guard::{Guard, Reach};
use tepai_domain::webhook::{DeliveryOutcome, TIMEOUT_MS};

/// Turns a name into addresses.
pub trait Resolver: Send + Sync + fmt::Debug {
    /// The addresses behind `host` at this moment.
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>;
}

/// The resolver of the machine.
#[derive(Debug)]
struct System;

impl Resolver for System {
    fn resolve(&self, host: String, port: u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, port)).await?.collect()) })
    }
}

/// Sends what a county wants sent.
#[derive(Clone, Debug)]
pub struct WebhookClient {
    resolver: Arc<dyn Resolver>,
    timeout: Duration,
}

impl Default for WebhookClient {
    fn default() -> Self {
        let timeout = u64::try_from(TIMEOUT_MS).unwrap_or(0);
        Self::new(Arc::new(System), Duration::from_millis(timeout))
    }
}

/// A request that goes out: its address, headers and body.
#[derive(Clone, Debug)]
pub struct OutgoingRequest {
    /// The address.
    pub url: String,
    /// Headers beside the type of the content.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}

/// Why an address is none to send to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAddress {
    /// It is no `http` or `https` address of a host without a login.
    Malformed,
    /// The guard refuses it as it stands there.
    Refused,
}

impl WebhookClient {
    /// One that asks this resolver and waits so long for an answer.
    pub fn new(resolver: Arc<dyn Resolver>, timeout: Duration) -> Self {
        Self { resolver, timeout }
    }

    /// Sends a request. Without encryption it goes only where the county opened the network.
    pub async fn send(&self, request: OutgoingRequest, guard: &Guard) -> DeliveryOutcome {
        match tokio::time::timeout(self.timeout, self.deliver(request, guard)).await {
            Ok(answer) => answer,
            Err(_) => DeliveryOutcome::TimedOut,
        }
    }

    async fn deliver(&self, request: OutgoingRequest, guard: &Guard) -> DeliveryOutcome {
        let Ok(url) = check_address(&request.url, guard) else {
            return DeliveryOutcome::AddressRefused;
        };
        let Ok(addresses) = self.look_up(&url).await else {
            return DeliveryOutcome::Unreachable;
        };
        let is_right = |address: &SocketAddr| may_reach(guard, &url, address.ip());
        if addresses.is_empty() || !addresses.iter().all(is_right) {
            return DeliveryOutcome::AddressRefused;
        }
        match self.post(url, &addresses, request).await {
            Ok(status) => DeliveryOutcome::Status(status),
            Err(error) if error.is_timeout() => DeliveryOutcome::TimedOut,
            Err(error) => {
                // The address may hold a key, and is not for the log.
                let error = error.without_url().to_string();
                tracing::debug!(error, "a webhook was not delivered");
                DeliveryOutcome::Unreachable
            }
        }
    }

    async fn look_up(&self, url: &Url) -> io::Result<Vec<SocketAddr>> {
        let port = url.port_or_known_default().unwrap_or(443);
        match (literal(url), url.host_str()) {
            (Some(address), _) => Ok(vec![SocketAddr::new(address, port)]),
            (None, Some(host)) => self.resolver.resolve(host.to_owned(), port).await,
            (None, None) => Ok(Vec::new()),
        }
    }

    /// Connects to these addresses, whatever the name means by now.
    async fn post(
        &self,
        url: Url,
        addresses: &[SocketAddr],
        outgoing: OutgoingRequest,
    ) -> Result<u16, reqwest::Error> {
        let host = url.host_str().unwrap_or_default().to_owned();
        // An error says that the process has a provider of TLS already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .resolve_to_addrs(&host, addresses)
            .redirect(Policy::none())
            .no_proxy()
            .timeout(self.timeout)
            .user_agent(concat!("Tepai-Webhooks/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let mut request = client
            .post(url)
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in outgoing.headers {
            request = request.header(HeaderName::from_static(name), value);
        }
        Ok(request.body(outgoing.body).send().await?.status().as_u16())
    }
}

/// The address, if it is one to send to as far as that can be told without asking what its name means.
pub fn check_address(text: &str, guard: &Guard) -> Result<Url, BadAddress> {
    let url = Url::parse(text).map_err(|_| BadAddress::Malformed)?;
    let is_plain =
        url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    let is_web = matches!(url.scheme(), "http" | "https") && url.host_str().is_some();
    if !is_plain || !is_web {
        return Err(BadAddress::Malformed);
    }
    match literal(&url) {
        Some(address) if !may_reach(guard, &url, address) => Err(BadAddress::Refused),
        _ => Ok(url),
    }
}

/// The address that stands there in place of a name.
fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()
}

fn may_reach(guard: &Guard, url: &Url, address: IpAddr) -> bool {
    match guard.reach(address) {
        Reach::Public => url.scheme() == "https",
        Reach::Opened => true,
        Reach::Closed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<(), BadAddress> {
        let guard = Guard::opening(vec!["10.20.0.0/16".parse().unwrap()]);
        check_address(text, &guard).map(|_| ())
    }

    #[test]
    fn an_address_is_of_the_web_without_a_login_and_not_one_that_is_closed() {
        for right in [
            "https://kj.example/hook?a=b",
            "https://1.1.1.1/hook",
            "http://10.20.3.4:8080/hook",
            // What the name means is asked when it is sent.
            "http://receiver.local/hook",
            "https://[2400:3200::1]/",
        ] {
            assert_eq!(checked(right), Ok(()), "{right}");
        }
        for malformed in [
            "",
            "kj.example",
            "ftp://kj.example/",
            "file:///etc/passwd",
            "https://user@kj.example/",
            "https://user:pass@kj.example/",
            "https://kj.example/#a",
            "https://",
            "javascript:alert(1)",
        ] {
            assert_eq!(
                checked(malformed),
                Err(BadAddress::Malformed),
                "{malformed}"
            );
        }
        for refused in [
            "http://1.1.1.1/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.21.0.1/",
            "https://0x7f.1/",
            "https://2130706433/",
            "https://0177.0.0.1/",
            "https://127.1/",
            "https://0/",
        ] {
            assert_eq!(checked(refused), Err(BadAddress::Refused), "{refused}");
        }
    }
}
