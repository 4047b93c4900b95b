//! `/v1/closings`: periods that the county closed, and what has changed in them since.

use crate::auth::{Assessor, Auditors};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Json, Path, Query};
use crate::parameter;
use crate::routes::admin::audit::LinkDocument;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::reports::closing::{
    self, ChangedRecord, ClosedPeriod, Happened, Restated, StoredClosing,
};
use tepai_export::Value;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::records::Kind;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of closings.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_closings, close_period))
        .routes(routes!(get_closing))
}

/// A closing of a period.
#[derive(Debug, Serialize, ToSchema)]
struct ClosingDocument {
    /// The period, such as `2026-06` or `2026-Q2`.
    period: String,
    /// When it was closed: milliseconds since 1970 UTC.
    closed_at: i64,
    /// By whom.
    #[schema(value_type = uuid::Uuid)]
    closed_by: PersonId,
}

impl From<StoredClosing> for ClosingDocument {
    fn from(closing: StoredClosing) -> Self {
        let StoredClosing {
            period,
            closed_at,
            closed_by,
        } = closing;
        Self {
            period,
            closed_at,
            closed_by,
        }
    }
}

/// Closings.
#[derive(Debug, Serialize, ToSchema)]
struct ClosingList {
    /// The latest period first; of one that was closed again the latest closing first.
    closings: Vec<ClosingDocument>,
}

/// A period to close.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewClosing {
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`.
    #[serde(alias = "month")]
    period: String,
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

/// Why a record changes a closed period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
enum Why {
    /// It arrived after the closing.
    #[serde(rename = "arrived_later")]
    Arrived,
    /// It was there, and has come into the period: its date was changed, or what held it back is over.
    #[serde(rename = "moved_in")]
    Entered,
    /// It has left the period: its date was changed, or it is held back.
    #[serde(rename = "moved_out")]
    Left,
    /// It was deleted after the closing.
    #[serde(rename = "deleted_later")]
    Deleted,
    /// It was edited or reviewed after the closing.
    #[serde(rename = "changed_later")]
    Changed,
}

impl From<Happened> for Why {
    fn from(happened: Happened) -> Self {
        match happened {
            Happened::Arrived => Self::Arrived,
            Happened::Entered => Self::Entered,
            Happened::Left => Self::Left,
            Happened::Deleted => Self::Deleted,
            Happened::Changed => Self::Changed,
        }
    }
}

/// A record that changes the figures of the period.
#[derive(Debug, Serialize, ToSchema)]
struct ChangedDocument {
    /// Its kind.
    kind: Kind,
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    /// Why it changes the period.
    why: Why,
    /// Its date; absent of what stands whatever the month.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<String>,
    /// Its date when the period was closed, if that was another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    was_on: Option<String>,
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

impl From<ChangedRecord> for ChangedDocument {
    fn from(changed: ChangedRecord) -> Self {
        let ChangedRecord {
            why,
            record,
            was_on,
        } = changed;
        Self {
            kind: record.kind,
            id: record.id,
            why: why.into(),
            on: record.on,
            was_on,
            village_code: record.village,
            author_id: record.author,
            review_state: record.state,
            received_at: record.received_at,
            updated_at: record.updated_at,
        }
    }
}

/// A closed period and what has become of it.
#[derive(Debug, Serialize, ToSchema)]
struct ClosedPeriodDocument {
    /// The closing.
    #[serde(flatten)]
    closing: ClosingDocument,
    /// Whether a figure is another one now.
    is_restated: bool,
    /// Figures before and after, by division and measure.
    restated: Vec<RestatedDocument>,
    /// Visits, adoption reports, feedback, demo bases and demo households that arrived, changed, came into the period or left it
    /// since, the latest change first; at most 500.
    records: Vec<ChangedDocument>,
    /// How many such records there are.
    changed: usize,
    /// What else figures depend on and was changed since, as the audit trail has it: settings, assignments and imported tables,
    /// the latest first. What begins after the end of the period is left out.
    causes: Vec<LinkDocument>,
}

/// Which closing of a period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ClosingQuery {
    /// The one that stood at the end of this local day; the last one if absent.
    #[param(value_type = Option<String>, example = "2026-07-05")]
    as_of: Option<Date>,
}

/// The periods that the county closed.
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
    let closings = closing::list(&app, actor.county).await?;
    Ok(Json(ClosingList {
        closings: closings.into_iter().map(ClosingDocument::from).collect(),
    }))
}

/// Closes a period that is over: its report is kept as it is now, to be taken out again at any time.
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
        (status = 422, body = Problem, description = "illegal_transition: the period is not over"),
    )
)]
async fn close_period(
    State(app): State<App>,
    Assessor(actor): Assessor,
    Json(new): Json<NewClosing>,
) -> Result<Json<ClosingDocument>, ApiError> {
    let period = parameter::period(&new.period)?;
    let close = async move { closing::close(&app, &actor, period).await };
    Ok(Json(tepai_app::detached(close).await?.into()))
}

/// A closed period: which figures are others now, before and after, which records made them so, and what else was changed.
#[utoipa::path(
    get,
    path = "/v1/closings/{period}",
    tag = "summaries",
    params(("period" = String, Path, description = "such as 2026-06 or 2026-Q2"), ClosingQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ClosedPeriodDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: the period was not closed by then"),
    )
)]
async fn get_closing(
    State(app): State<App>,
    Auditors(actor): Auditors,
    Path(period): Path<String>,
    Query(query): Query<ClosingQuery>,
) -> Result<Tagged<ClosedPeriodDocument>, ApiError> {
    let period = parameter::period(&period)?;
    let ClosedPeriod {
        closing,
        restated,
        records,
        changed,
        causes,
    } = closing::compare(&app, actor.county, period, query.as_of).await?;
    Ok(Tagged(ClosedPeriodDocument {
        closing: closing.into(),
        is_restated: !restated.is_empty(),
        restated: restated.into_iter().map(RestatedDocument::from).collect(),
        records: records.into_iter().map(ChangedDocument::from).collect(),
        changed,
        causes: causes.into_iter().map(LinkDocument::from).collect(),
    }))
}
