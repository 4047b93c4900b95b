//! `/v1/reports`: files that went out, by their numbers; each of them again as it left.

use crate::auth::Office;
use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::page::{last_of_full, limit, read_cursor, write_cursor};
use crate::routes::reports::exports::respond;
use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::reports::archive::{self, StoredReport};
use tepai_domain::report_number::ReportNumber;
use tepai_export::Format;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of reports that went out.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_reports))
        .routes(routes!(get_report))
}

const PAGE: u32 = 50;
const MOST: u32 = 500;

/// Which reports.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ReportQuery {
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 500.
    limit: Option<u32>,
}

/// A report that went out.
#[derive(Debug, Serialize, ToSchema)]
struct ReportDocument {
    /// Its number, as it is printed on it: county, year, count.
    #[schema(example = "421083-2026-0007")]
    number: String,
    /// Of what place.
    #[schema(value_type = String)]
    division: DivisionCode,
    /// First local day of its period.
    #[schema(value_type = String)]
    from: Date,
    /// Last local day of its period.
    #[schema(value_type = String)]
    to: Date,
    /// `xlsx`, `csv`, `json`, `geojson`, `html`, or `template` for a superior's workbook.
    format: String,
    /// What the file is called.
    file_name: String,
    /// Rows of tables in it.
    rows: i64,
    /// When: milliseconds since 1970 UTC.
    made_at: i64,
    /// By whom; absent if it was made on the machine itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    made_by: Option<PersonId>,
    /// SHA-256 of the file, as hexadecimal digits.
    sha256: String,
}

impl From<StoredReport> for ReportDocument {
    fn from(report: StoredReport) -> Self {
        Self {
            number: report.number.to_string(),
            division: report.division,
            from: report.from,
            to: report.to,
            format: report.format,
            file_name: report.name,
            rows: report.rows,
            made_at: report.made_at,
            made_by: report.made_by,
            sha256: report.digest,
        }
    }
}

/// A page of reports.
#[derive(Debug, Serialize, ToSchema)]
struct ReportList {
    /// The latest first.
    reports: Vec<ReportDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Reports that went out, the latest first: those of the county, and to a coordinator the own ones.
#[utoipa::path(
    get,
    path = "/v1/reports",
    tag = "exports",
    params(ReportQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ReportList),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn list_reports(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<ReportQuery>,
) -> Result<Json<ReportList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let before: Option<String> = read_cursor(query.cursor.as_deref())?;
    let before = before.as_deref().map(str::parse::<ReportNumber>);
    let before = before.transpose();
    let before = before.map_err(|()| ApiError::of(ErrorCode::InvalidCursor))?;
    let reports = archive::list(&app, &actor, before, limit).await?;
    let last = last_of_full(&reports, limit);
    Ok(Json(ReportList {
        next: last.map(|last| write_cursor(last.number.to_string())),
        reports: reports.into_iter().map(ReportDocument::from).collect(),
    }))
}

/// The file of a number, bit by bit as it left. That it leaves again is written into the audit trail.
#[utoipa::path(
    get,
    path = "/v1/reports/{number}",
    tag = "exports",
    params(("number" = String, Path, description = "as it is printed on the report, such as 421083-2026-0007")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = String, content_type = "application/octet-stream", description = "the file, by its format"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: no such report within your reach"),
    )
)]
async fn get_report(
    State(app): State<App>,
    Office(actor): Office,
    Path(number): Path<String>,
) -> Result<Response, ApiError> {
    let number = number.parse::<ReportNumber>();
    let number = number.map_err(|()| ApiError::of(ErrorCode::NotFound))?;
    let again = async move { archive::again(&app, &actor, number).await };
    let kept = tepai_app::detached(again).await?;
    // A superior's workbook is one.
    let format = Format::of_extension(&kept.report.format).unwrap_or(Format::Xlsx);
    Ok(respond(&kept.report.name, format, kept.bytes))
}
