//! `GET /v1/calendar/{division}`: commissioners by days of a month.

use crate::auth::Office;
use crate::documents::{
    CutOffDocument, Named, PeriodDocument, cut_off, division_named, person_named,
};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use crate::parameter;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::summaries::summary::Names;
use tepai_app::visits::calendar::{self, CalendarRow};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::summary::period::Month;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of calendars.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_calendar))
}

/// Which month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CalendarQuery {
    /// A month.
    #[param(example = "2026-06")]
    month: String,
}

/// The visits of somebody that began on one day.
#[derive(Debug, Serialize, ToSchema)]
struct DayDocument {
    /// The day.
    #[schema(value_type = String)]
    on: Date,
    /// Those that count.
    approved: i64,
    /// Those that wait for a review.
    pending: i64,
    /// Those that were returned, withdrawn or not recognised.
    returned: i64,
    /// Of all these, those that were entered late (补录).
    backfilled: i64,
}

/// How many visits somebody should make in a period that holds the month.
#[derive(Debug, Serialize, ToSchema)]
struct VisitTarget {
    /// First local day of the target's own period.
    #[schema(value_type = String)]
    from: Date,
    /// Its last local day.
    #[schema(value_type = String)]
    to: Date,
    /// How many.
    amount: i64,
}

/// A commissioner's month.
#[derive(Debug, Serialize, ToSchema)]
struct CommissionerMonth {
    /// Who.
    #[serde(flatten)]
    commissioner: Named,
    /// Villages of the division that were the person's at some time of the month.
    villages: usize,
    /// Approved visits of the month in the division.
    approved: i64,
    /// The days on which there are visits, in order.
    days: Vec<DayDocument>,
    /// Targets of visits whose period holds this month; one of the very month stands over `approved`.
    targets: Vec<VisitTarget>,
}

/// A month of a division.
#[derive(Debug, Serialize, ToSchema)]
struct CalendarDocument {
    /// The division.
    division: Named,
    /// The month.
    period: PeriodDocument,
    /// How complete the data is.
    cut_off: CutOffDocument,
    /// Everybody who was assigned a village of the division in the month, or was there; by name, and not by rank.
    rows: Vec<CommissionerMonth>,
}

/// Who was in the villages of a division on which day of a month. A visit counts for everybody who took part.
#[utoipa::path(
    get,
    path = "/v1/calendar/{division}",
    tag = "coverage",
    params(("division" = String, Path, description = "county, township or village code"), CalendarQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = CalendarDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_calendar(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<CalendarQuery>,
) -> Result<Tagged<CalendarDocument>, ApiError> {
    let month = read_month(&query.month)?;
    let calendar = calendar::read(&app, &actor, division.clone(), month).await?;
    let names = &calendar.names;
    Ok(Tagged(CalendarDocument {
        division: division_named(&division, names),
        period: month.period().into(),
        cut_off: cut_off(&calendar.cut_off, names),
        rows: calendar.rows.iter().map(|one| row(one, names)).collect(),
    }))
}

fn read_month(text: &str) -> Result<Month, ApiError> {
    let period = parameter::period(text)?;
    let month = Month::of(period.from());
    if month.period() == period {
        return Ok(month);
    }
    Err(ApiError::with_detail(
        ErrorCode::InvalidParameter,
        "month: 2026-06",
    ))
}

fn row(row: &CalendarRow, names: &Names) -> CommissionerMonth {
    let days = row.days.iter().map(|(on, day)| DayDocument {
        on: *on,
        approved: day.approved,
        pending: day.pending,
        returned: day.returned,
        backfilled: day.backfilled,
    });
    let targets = row.targets.iter().map(|target| VisitTarget {
        from: target.from,
        to: target.to,
        amount: target.amount,
    });
    CommissionerMonth {
        commissioner: person_named(row.person, names),
        villages: row.villages,
        approved: row.approved,
        days: days.collect(),
        targets: targets.collect(),
    }
}
