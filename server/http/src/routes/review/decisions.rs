//! `POST /v1/reviews`: approves many visits at once.

use crate::auth::Reviewer;
use crate::error::ApiError;
use crate::extract::Json;
use crate::routes::visits::flags::FlagDocument;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::review::bulk::{self, Approved, Left, MOST_VISITS, SeenRevision};
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::words::Sentence;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The route of reviews of many visits.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(approve_visits))
}

/// A visit as the reviewer saw it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenVisit {
    /// The visit.
    visit_id: RecordId,
    /// The revision that the reviewer saw; another one is left as stale.
    rev: i64,
}

/// Visits to approve.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveRequest {
    /// Up to 200 visits.
    approve: Vec<SeenVisit>,
}

/// A visit that was approved.
#[derive(Debug, Serialize, ToSchema)]
struct ApprovedVisit {
    /// The visit.
    visit_id: RecordId,
    /// Its revision now.
    rev: i64,
    /// Its review state now: `township_passed` or `approved`.
    #[schema(value_type = String)]
    review_state: &'static str,
}

/// A visit that was left as it is.
#[derive(Debug, Serialize, ToSchema)]
struct LeftVisit {
    /// The visit.
    visit_id: RecordId,
    /// Why: `visit_flagged`, stale, `illegal_transition`, `not_allowed`, `not_found`, busy.
    code: ErrorCode,
    /// In words.
    words: Sentence,
    /// What is worth a second look.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flags: Vec<FlagDocument>,
}

impl From<Left> for LeftVisit {
    fn from(left: Left) -> Self {
        Self {
            visit_id: left.visit,
            code: left.code,
            words: left.code.title().into(),
            flags: left.flags.into_iter().map(FlagDocument::from).collect(),
        }
    }
}

/// What became of the visits.
#[derive(Debug, Serialize, ToSchema)]
struct ApproveResponse {
    /// Those that were approved, in the order in which they were asked for.
    approved: Vec<ApprovedVisit>,
    /// The others, and why.
    left: Vec<LeftVisit>,
}

/// Approves the visits that have no flags; those that have are left for a reviewer to look at, one by one.
#[utoipa::path(
    post,
    path = "/v1/reviews",
    tag = "visits",
    security(("session" = []), ("session_token" = [])),
    request_body = ApproveRequest,
    responses(
        (status = 200, body = ApproveResponse),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
    )
)]
async fn approve_visits(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Json(request): Json<ApproveRequest>,
) -> Result<Json<ApproveResponse>, ApiError> {
    if request.approve.len() > MOST_VISITS {
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("approve: 0..{MOST_VISITS}"),
        ));
    }
    let seen = request.approve.into_iter().map(|seen| SeenRevision {
        visit: seen.visit_id,
        rev: seen.rev,
    });
    let seen: Vec<SeenRevision> = seen.collect();
    let work = async move { bulk::approve(&app, &actor, seen).await };
    let Approved { approved, left } = tepai_app::detached(work).await?;
    Ok(Json(ApproveResponse {
        approved: approved
            .into_iter()
            .map(|(visit_id, reviewed)| ApprovedVisit {
                visit_id,
                rev: reviewed.rev,
                review_state: reviewed.state,
            })
            .collect(),
        left: left.into_iter().map(LeftVisit::from).collect(),
    }))
}
