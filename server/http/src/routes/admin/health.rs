//! `GET /healthz` and `GET /readyz`: whether to restart the process, and whether to send it requests.

use crate::error::ApiError;
use crate::extract::Json;
use axum::extract::State;
use serde::Serialize;
use tepai_app::App;
use tepai_app::admin::health;
use tepai_sync_protocol::problem::Problem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of health.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
}

/// The state of the process.
#[derive(Debug, Serialize, ToSchema)]
struct HealthDocument {
    /// `ok`.
    status: &'static str,
    /// The version of the server.
    version: &'static str,
}

const OK: HealthDocument = HealthDocument {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// The process answers.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "health",
    responses((status = 200, body = HealthDocument))
)]
async fn healthz() -> Json<HealthDocument> {
    Json(OK)
}

/// The database answers, and its schema is the one that this version needs.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "health",
    responses(
        (status = 200, body = HealthDocument),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn readyz(State(app): State<App>) -> Result<Json<HealthDocument>, ApiError> {
    health::ready(&app).await?;
    Ok(Json(OK))
}
