//! `/v1/closings`: months that the county closed, and what has changed in them since.

use crate::app::close_months::{self, ChangedRecord, ClosedMonth, Restated, StoredClosing};
use crate::app::{self, App};
use crate::domain::period::Month;
use crate::export::Value;
use crate::http::auth::{Assessor, Auditors};
use crate::http::error::ApiError;
use crate::http::etag::Tagged;
use crate::http::extract::{Json, Path};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::records::Kind;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of closings.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_closings, close_month))
        .routes(routes!(get_closing))
}

/// A closing of a month.
#[derive(Debug, Serialize, ToSchema)]
struct ClosingDocument {
    /// The month, such as `2026-06`.
    month: String,
    /// When it was closed: milliseconds since 1970 UTC.
    closed_at: i64,
    /// By whom.
    #[schema(value_type = uuid::Uuid)]
    closed_by: PersonId,
}

impl From<StoredClosing> for ClosingDocument {
    fn from(closing: StoredClosing) -> Self {
        let StoredClosing {
            month,
            closed_at,
            closed_by,
        } = closing;
        Self {
            month,
            closed_at,
            closed_by,
        }
    }
}

/// Closings.
#[derive(Debug, Serialize, ToSchema)]
struct ClosingList {
    /// The latest month first; of a month that was closed again the latest closing first.
    closings: Vec<ClosingDocument>,
}

/// A month to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewClosing {
    /// Such as `2026-06`.
    month: String,
}

/// A figure that is another one now.
#[derive(Debug, Serialize, ToSchema)]
struct RestatedDocument {
    /// Code of the township, or of the county.
    division: String,
    /// Its name.
    name: String,
    /// Code of the measure.
    measure: String,
    /// As it was closed: a whole number, or an exact decimal number as text.
    #[schema(value_type = Option<String>)]
    before: Value,
    /// As it is.
    #[schema(value_type = Option<String>)]
    after: Value,
}

impl From<Restated> for RestatedDocument {
    fn from(restated: Restated) -> Self {
        Self {
            division: restated.division,
            name: restated.name,
            measure: restated.measure,
            before: restated.before,
            after: restated.after,
        }
    }
}

/// Why a record changes a closed month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
enum Why {
    /// It arrived after the closing.
    #[serde(rename = "arrived_later")]
    Arrived,
    /// It was deleted after the closing.
    #[serde(rename = "deleted_later")]
    Deleted,
    /// It was edited or reviewed after the closing.
    #[serde(rename = "changed_later")]
    Changed,
}

/// A record of the month that changed since.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedDocument {
    /// Its kind.
    kind: Kind,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    /// Why it changes the month.
    why: Why,
    /// Its date.
    on: String,
    /// Its village.
    #[serde(skip_serializing_if = "Option::is_none")]
    village_code: Option<String>,
    /// Who made it.
    #[schema(value_type = uuid::Uuid)]
    author_id: PersonId,
    /// The state of its review.
    #[serde(skip_serializing_if = "Option::is_none")]
    review_state: Option<String>,
    /// When it arrived: milliseconds since 1970 UTC.
    received_at: i64,
    /// When it last changed: milliseconds since 1970 UTC.
    updated_at: i64,
}

fn changed(record: ChangedRecord, closed_at: i64) -> ChangedDocument {
    let why = match (record.is_deleted, record.received_at > closed_at) {
        (true, _) => Why::Deleted,
        (false, true) => Why::Arrived,
        (false, false) => Why::Changed,
    };
    ChangedDocument {
        kind: record.kind,
        id: record.id,
        why,
        on: record.on,
        village_code: record.village,
        author_id: record.author,
        review_state: record.state,
        received_at: record.received_at,
        updated_at: record.updated_at,
    }
}

/// A closed month and what has become of it.
#[derive(Debug, Serialize, ToSchema)]
struct ClosedMonthDocument {
    /// The closing.
    #[serde(flatten)]
    closing: ClosingDocument,
    /// Whether a figure is another one now.
    is_restated: bool,
    /// Figures before and after, by division and measure.
    restated: Vec<RestatedDocument>,
    /// Visits, adoption reports and feedback of the month that changed since, the latest change first; at most 500.
    records: Vec<ChangedDocument>,
}

/// The months that the county closed.
#[utoipa::path(
    get,
    path = "/v1/closings",
    tag = "summaries",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ClosingList),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
    )
)]
async fn list_closings(
    State(app): State<App>,
    Auditors(actor): Auditors,
) -> Result<Json<ClosingList>, ApiError> {
    let closings = close_months::list(&app, actor.county).await?;
    Ok(Json(ClosingList {
        closings: closings.into_iter().map(ClosingDocument::from).collect(),
    }))
}

/// Closes a month that is over: its report is kept as it is now, to be taken out again at any time.
#[utoipa::path(
    post,
    path = "/v1/closings",
    tag = "summaries",
    security(("session" = []), ("session_token" = [])),
    request_body = NewClosing,
    responses(
        (status = 200, body = ClosingDocument),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 422, body = Problem, description = "illegal_transition: the month is not over"),
    )
)]
async fn close_month(
    State(app): State<App>,
    Assessor(actor): Assessor,
    Json(new): Json<NewClosing>,
) -> Result<Json<ClosingDocument>, ApiError> {
    let month = read_month(&new.month)?;
    let close = async move { close_months::close(&app, &actor, month).await };
    Ok(Json(app::detached(close).await?.into()))
}

/// A closed month: which figures are others now, before and after, and which records made them so.
#[utoipa::path(
    get,
    path = "/v1/closings/{month}",
    tag = "summaries",
    params(("month" = String, Path, description = "such as 2026-06")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ClosedMonthDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: the month was not closed"),
    )
)]
async fn get_closing(
    State(app): State<App>,
    Auditors(actor): Auditors,
    Path(month): Path<String>,
) -> Result<Tagged<ClosedMonthDocument>, ApiError> {
    let month = read_month(&month)?;
    let ClosedMonth {
        closing,
        restated,
        records,
    } = close_months::compare(&app, actor.county, month).await?;
    let closed_at = closing.closed_at;
    Ok(Tagged(ClosedMonthDocument {
        closing: closing.into(),
        is_restated: !restated.is_empty(),
        restated: restated.into_iter().map(RestatedDocument::from).collect(),
        records: records
            .into_iter()
            .map(|record| changed(record, closed_at))
            .collect(),
    }))
}

pub(super) fn read_month(text: &str) -> Result<Month, ApiError> {
    let month = text.parse();
    month.map_err(|_| ApiError::with_detail(ErrorCode::InvalidParameter, "month: 2026-06"))
}
