//! `GET /v1/follow-ups`: problems that somebody promised to come back to, the earliest due date first.

use crate::auth::Reader;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Query;
use crate::page::{limit, read_cursor, write_cursor};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::visits::follow_ups::{self, FollowUpEntry, FollowUpFilter, FollowUpState};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of follow-ups.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_follow_ups))
}

const PAGE: usize = 100;
const MOST: usize = 500;

/// Which follow-ups.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FollowUpQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// `open` (still has time), `overdue` or `closed`; all if absent.
    state: Option<FollowUpState>,
    /// A commissioner: what this person found, and what is open in this person's villages.
    #[param(value_type = Option<uuid::Uuid>)]
    commissioner: Option<PersonId>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 500.
    limit: Option<usize>,
}

/// A follow-up and how it stands.
#[derive(Debug, Serialize, ToSchema)]
struct FollowUpDocument {
    /// Its id.
    id: RecordId,
    /// Its revision.
    rev: i64,
    /// What has become of it.
    state: FollowUpState,
    /// Until when to come back.
    #[schema(value_type = String)]
    due_on: Date,
    /// Days since the due date passed; 0 if it has not, or if it is closed.
    days_overdue: i64,
    /// Its village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    village_code: Option<DivisionCode>,
    /// The village's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    village_name: Option<String>,
    /// Who found the problem.
    commissioner_id: PersonId,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    commissioner_name: Option<String>,
    /// All its fields.
    #[schema(value_type = tepai_sync_protocol::records::FollowUp)]
    fields: tepai_sync_protocol::Fields,
}

impl From<FollowUpEntry> for FollowUpDocument {
    fn from(entry: FollowUpEntry) -> Self {
        let record = entry.record;
        Self {
            id: record.id,
            rev: record.state.rev,
            state: entry.state,
            due_on: entry.due_on,
            days_overdue: entry.days_overdue,
            commissioner_id: record.author(),
            village_code: record.village,
            village_name: entry.village_name,
            commissioner_name: entry.commissioner_name,
            fields: record.state.fields,
        }
    }
}

/// A page of follow-ups.
#[derive(Debug, Serialize, ToSchema)]
struct FollowUpList {
    /// The local day as of which the states hold.
    #[schema(value_type = String)]
    today: Date,
    /// How many there are on all pages.
    total: usize,
    /// The follow-ups, the earliest due date first.
    follow_ups: Vec<FollowUpDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Follow-ups within reach, the earliest due date first. A phone sees those of the villages that its person is assigned
/// today, whoever found the problem: they are handed over with the village.
#[utoipa::path(
    get,
    path = "/v1/follow-ups",
    tag = "records",
    params(FollowUpQuery),
    security(("session" = []), ("session_token" = []), ("device" = [])),
    responses(
        (status = 200, body = FollowUpList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_follow_ups(
    State(app): State<App>,
    Reader(actor): Reader,
    Query(query): Query<FollowUpQuery>,
) -> Result<Tagged<FollowUpList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let filter = FollowUpFilter {
        division: query.division,
        state: query.state,
        commissioner: query.commissioner,
        after: read_cursor(query.cursor.as_deref())?,
        limit,
    };
    let page = follow_ups::list(&app, &actor, filter).await?;
    let follow_ups = page.follow_ups.into_iter().map(FollowUpDocument::from);
    Ok(Tagged(FollowUpList {
        today: page.today,
        total: page.total,
        follow_ups: follow_ups.collect(),
        next: page.next.map(write_cursor),
    }))
}
