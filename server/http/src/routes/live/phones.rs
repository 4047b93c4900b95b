//! `GET /v1/sync/events`: Server-Sent Events that say in which scopes something changed.

use crate::auth::Device;
use crate::error::ApiError;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{AppendHeaders, IntoResponse};
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use serde_json::json;
use std::convert::Infallible;
use std::time::Duration;
use tepai_app::App;
use tepai_app::live;
use tepai_app::live::phones::{Changed, Listener};
use tepai_sync_protocol::problem::Problem;
use tokio::time::{Instant, timeout_at};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The pause between two signs of life.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// A connection ends after this time, so that a revoked device and one with other villages do not listen on.
const LIFE: Duration = Duration::from_mins(10);
/// Seconds to wait before connecting again.
const RETRY_AFTER_S: u32 = 5;
/// Keeps a proxy from collecting events.
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// The route of live updates.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(listen))
}

/// Tells a connected phone at once in which of its scopes something changed, so that it syncs.
///
/// `ready` comes first, then `changed` with `{"scopes": […]}`, and a comment every 20 seconds. With
/// `Last-Event-ID` what has changed meanwhile is told at once. Nothing depends on it: who misses an event
/// syncs after `poll_after_s`. A device holds two connections at the most, and each ends after ten minutes.
#[utoipa::path(
    get,
    path = "/v1/sync/events",
    tag = "sync",
    security(("device" = [])),
    params(("Last-Event-ID" = Option<String>, Header, description = "the id of the last event that was heard")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked, device_wipe"),
        (status = 429, body = Problem, description = "too_many_connections"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn listen(
    State(app): State<App>,
    Device(actor): Device,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let (listener, missed) = live::phones::listen(&app, &actor, last).await?;
    let missed = missed.map(|missed| event(&missed));
    Ok(stream_of(missed, listener, |listener: &mut Listener| {
        Box::pin(async move { Some(event(&listener.next().await?)) })
    }))
}

/// A stream that says `ready`, then what was missed, then each event that a listener hears until its time is over.
pub(crate) fn stream_of<L: Send + 'static, F>(
    missed: Option<Event>,
    listener: L,
    next: F,
) -> impl IntoResponse + use<L, F>
where
    F: for<'a> Fn(&'a mut L) -> BoxFuture<'a, Option<Event>> + Send + 'static,
{
    let ready = Event::default()
        .event("ready")
        .data(json!({"retry_after_s": RETRY_AFTER_S}).to_string());
    let first = stream::iter([ready].into_iter().chain(missed));
    let end = Instant::now() + LIFE;
    let rest = stream::unfold((listener, next), move |(mut listener, next)| async move {
        let event = timeout_at(end, next(&mut listener)).await.ok()??;
        Some((event, (listener, next)))
    });
    let events = first.chain(rest).map(Ok::<_, Infallible>);
    let alive = KeepAlive::new().interval(HEARTBEAT).text("heartbeat");
    (
        AppendHeaders([(NO_BUFFERING, "no")]),
        Sse::new(events).keep_alive(alive),
    )
}

fn event(changed: &Changed) -> Event {
    Event::default()
        .event("changed")
        .id(&changed.id)
        .data(json!({"scopes": changed.scopes}).to_string())
}
