//! `POST /v1/visits/{id}/reviews`: a reviewer decides about one visit.

use crate::auth::Reviewer;
use crate::error::ApiError;
use crate::extract::{Json, Path};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::review;
use tepai_app::review::visit::Verdict;
use tepai_domain::review::Decision;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::Problem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of reviews of one visit.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(review_visit))
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewRequest {
    /// The revision that the reviewer saw; another one is refused as stale.
    rev: i64,
    /// The decision.
    decision: Decision,
    /// Reason code; mandatory for a return: `no_photo`, place, time, duplicate, content, other.
    reason: Option<String>,
    /// The field to mend.
    field: Option<String>,
    /// A sentence for the commissioner; mandatory to reopen.
    comment: Option<String>,
    /// Until when to mend it.
    #[schema(value_type = Option<String>, example = "2026-07-15")]
    due_on: Option<Date>,
}

/// What the visit has become.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewResponse {
    /// Its revision.
    rev: i64,
    /// Its review state.
    #[schema(value_type = String)]
    review_state: &'static str,
}

/// Judges a visit; the commissioner's phone hears of it with its next sync.
#[utoipa::path(
    post,
    path = "/v1/visits/{id}/reviews",
    tag = "visits",
    params(("id" = uuid::Uuid, Path, description = "the visit")),
    security(("session" = []), ("session_token" = [])),
    request_body = ReviewRequest,
    responses(
        (status = 200, body = ReviewResponse),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "stale"),
        (status = 422, body = Problem, description = "invalid_input, illegal_transition"),
    )
)]
async fn review_visit(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Path(id): Path<RecordId>,
    Json(request): Json<ReviewRequest>,
) -> Result<Json<ReviewResponse>, ApiError> {
    let ReviewRequest {
        rev,
        decision,
        reason,
        field,
        comment,
        due_on,
    } = request;
    let verdict = Verdict {
        visit: id,
        rev,
        decision,
        reason,
        field,
        comment,
        due_on,
    };
    let work = async move { review::visit::review(&app, &actor, verdict).await };
    let reviewed = tepai_app::detached(work).await?;
    Ok(Json(ReviewResponse {
        rev: reviewed.rev,
        review_state: reviewed.state,
    }))
}
