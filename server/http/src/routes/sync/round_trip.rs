//! `GET /v1/sync/hello` and `POST /v1/sync`.

use crate::auth::{AnyDevice, Device};
use crate::error::ApiError;
use crate::extract::Json;
use axum::extract::State;
use tepai_app::App;
use tepai_app::identity::authenticate::DeviceStatus;
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::sync::{HelloResponse, SyncRequest, SyncResponse};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of a sync.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(hello))
        .routes(routes!(sync))
}

/// What a phone asks first: versions, limits, and which scopes it may hold.
#[utoipa::path(
    get,
    path = "/v1/sync/hello",
    tag = "sync",
    security(("device" = [])),
    responses(
        (status = 200, body = HelloResponse),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked"),
    )
)]
async fn hello(
    State(app): State<App>,
    Device(actor): Device,
) -> Result<Json<HelloResponse>, ApiError> {
    Ok(Json(tepai_app::sync::pull::hello(&app, &actor).await?))
}

/// Sends the outbox up, and results and changes down, in one round trip.
///
/// Each mutation is applied exactly once and has exactly one durable result, however often it is sent. A
/// refused mutation never blocks the others. Either part may be left out.
///
/// Of a device that was reported lost, mutations are taken into escrow (`held`, `device_lost`) and nothing comes down; a
/// sync without mutations is refused with `device_wipe`.
#[utoipa::path(
    post,
    path = "/v1/sync",
    tag = "sync",
    security(("device" = [])),
    request_body = SyncRequest,
    responses(
        (status = 200, body = SyncResponse),
        (status = 400, body = Problem, description = "malformed_request, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked, device_wipe"),
        (status = 409, body = Problem, description = "device_forked"),
        (status = 413, body = Problem, description = "body_too_large, too_many_mutations"),
        (status = 415, body = Problem, description = "unsupported_media_type"),
        (status = 426, body = Problem, description = "protocol_unsupported"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn sync(
    State(app): State<App>,
    AnyDevice(actor, whereabouts): AnyDevice,
    Json(request): Json<SyncRequest>,
) -> Result<Json<SyncResponse>, ApiError> {
    let work = async move {
        match whereabouts {
            DeviceStatus::Active => tepai_app::sync::round_trip::sync(&app, actor, request).await,
            DeviceStatus::Lost => {
                tepai_app::identity::lost_device::take_into_escrow(&app, actor, request).await
            }
        }
    };
    Ok(Json(tepai_app::detached(work).await?))
}
