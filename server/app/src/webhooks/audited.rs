//! What the audit trail says of an endpoint.

use serde_json::{Value, json};
use tepai_store::webhooks::Endpoint;

/// What the audit trail says of an endpoint. An address may hold a key: its host is enough.
pub(super) fn detail_of(endpoint: &Endpoint) -> Value {
    let host = reqwest::Url::parse(&endpoint.url);
    let host = host.ok().and_then(|url| url.host_str().map(str::to_owned));
    json!({"host": host, "events": endpoint.events, "off_because": endpoint.off_because})
}
