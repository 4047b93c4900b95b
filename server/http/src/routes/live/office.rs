//! `GET /v1/events`: Server-Sent Events that tell a console which kinds of things within reach changed.

use crate::auth::Watcher;
use crate::error::ApiError;
use crate::routes::live::phones::stream_of;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::Event;
use serde_json::json;
use tepai_app::App;
use tepai_app::live;
use tepai_app::live::office::{OfficeChange, OfficeListener};
use tepai_sync_protocol::problem::Problem;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of the office's live updates.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(listen_at_office))
}

/// Tells a console at once which kinds of things within its reach changed, so that it asks for what it shows.
///
/// `ready` comes first, then `changed` with `{"topics": […], "villages": […]}`, and a comment every 20 seconds. Topics are
/// records, summaries, desk, photos, devices, assignments, settings, imports, assessment, closings, bulletins,
/// accounts; villages are those in which records changed, and none if they are more than fifty. With `Last-Event-ID` what has changed meanwhile is
/// told at once. Nothing depends on it. An account holds six connections at the most, each ends after ten minutes, and none
/// keeps a session from going idle.
#[utoipa::path(
    get,
    path = "/v1/events",
    tag = "summaries",
    security(("session" = []), ("session_token" = [])),
    params(("Last-Event-ID" = Option<String>, Header, description = "the id of the last event that was heard")),
    responses(
        (status = 200, body = String, content_type = "text/event-stream"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "password_change_required"),
        (status = 429, body = Problem, description = "too_many_connections"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn listen_at_office(
    State(app): State<App>,
    Watcher(actor): Watcher,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ApiError> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let (listener, missed) = live::office::listen(&app, &actor, last).await?;
    let missed = missed.map(|missed| event(&missed));
    Ok(stream_of(
        missed,
        listener,
        |listener: &mut OfficeListener| {
            Box::pin(async move { Some(event(&listener.next().await?)) })
        },
    ))
}

fn event(change: &OfficeChange) -> Event {
    let data = json!({"topics": change.topics, "villages": change.villages});
    Event::default()
        .event("changed")
        .id(&change.id)
        .data(data.to_string())
}
