//! `/v1/exports/{division}`: the report of a place and a period as a file, and a superior's own workbook filled from it.

use super::closings::read_month;
use super::summaries::read_period;
use crate::app::close_months;
use crate::app::export_report::{self, TABLES};
use crate::app::{self, App, AppError};
use crate::domain::actor::OfficeActor;
use crate::domain::audit::Doer;
use crate::domain::period::Period;
use crate::export::{self, File, Format, Language, Report};
use crate::http::auth::{Office, TemplateFiller};
use crate::http::error::ApiError;
use crate::http::extract::{Path, Query};
use crate::http::limits;
use crate::http::routes::imports::read_files;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem, Problem};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of exports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_export, fill_template))
        .layer(limits::upload())
}

/// What goes out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`; by service date.
    #[param(example = "2026-06")]
    period: String,
    /// `xlsx`, `csv`, `json`, `geojson` or `html`.
    format: Format,
    /// Of CSV: `summary`, `people`, `visits`, `adoptions`, `overdue` or `definitions`; `summary` if absent.
    table: Option<String>,
    /// `zh` or `en`; Chinese if absent.
    lang: Option<Language>,
    /// `true`: of the county and a month, as it was closed last, whatever came later; its codes are named in Chinese.
    #[serde(default)]
    closed: bool,
}

/// What a template is filled from.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TemplateQuery {
    /// The period, by service date.
    #[param(example = "2026-06")]
    period: String,
    /// `zh` or `en`; Chinese if absent.
    lang: Option<Language>,
}

/// A form with a workbook.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the form; the parts are read one by one"
)]
struct TemplateForm {
    /// An XLSX workbook with placeholders.
    #[schema(value_type = String, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<u8>,
}

/// The report of a division in a period as a file. It is written into the audit trail before it leaves.
#[utoipa::path(
    get,
    path = "/v1/exports/{division}",
    tag = "exports",
    params(("division" = String, Path, description = "code of a county, township or village"), ExportQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = String, content_type = "application/octet-stream", description = "the file, by its format"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: outside your reach"),
    )
)]
async fn get_export(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, ApiError> {
    let period = read_period(&query.period)?;
    let table = query.table.as_deref().unwrap_or("summary");
    if !TABLES.iter().any(|(code, _)| *code == table) {
        let codes: Vec<&str> = TABLES.iter().map(|(code, _)| *code).collect();
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("table: {}", codes.join(", ")),
        ));
    }
    let language = query.lang.unwrap_or_default();
    let report = if query.closed {
        closed_report(&app, &actor, &division, &query.period).await?
    } else {
        report(&app, &actor, division, period, language).await?
    };
    let (format, table) = (query.format, table.to_owned());
    let work = move || {
        let file = export::write(&report, format, &table, language);
        file.map(|file| (report, file)).map_err(AppError::Internal)
    };
    let (report, file) = off_the_loop(work).await?;
    let by = Doer::Person(actor.person);
    export_report::note(&app, by, &report, format.as_str(), file.rows).await?;
    Ok(respond(file, &report))
}

/// Fills a superior's own workbook: `{{whole.visits}}` in a cell, `{{overdue.village_name}}` in a row that is repeated for each
/// row of that table.
#[utoipa::path(
    post,
    path = "/v1/exports/{division}",
    tag = "exports",
    params(("division" = String, Path, description = "code of a county, township or village"), TemplateQuery),
    security(("session" = []), ("session_token" = [])),
    request_body(content = TemplateForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = String, content_type = "application/octet-stream", description = "the workbook, filled in"),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: outside your reach"),
        (status = 413, body = Problem, description = "body_too_large"),
        (status = 415, body = Problem, description = "unsupported_media_type"),
        (status = 422, body = Problem, description = "invalid_input: what is wrong with the workbook, and where"),
    )
)]
async fn fill_template(
    State(app): State<App>,
    TemplateFiller(actor): TemplateFiller,
    Path(division): Path<DivisionCode>,
    Query(query): Query<TemplateQuery>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, ApiError> {
    let period = read_period(&query.period)?;
    if !actor.sees(&division) {
        return Err(ApiError::of(ErrorCode::NotFound));
    }
    let mut files = read_files(form).await?;
    let template = files.pop().filter(|_| files.is_empty());
    let template = template.ok_or_else(|| {
        let detail = "请上传一个文件 / send one file";
        ApiError::with_detail(ErrorCode::MalformedRequest, detail)
    })?;
    let language = query.lang.unwrap_or_default();
    let report = report(&app, &actor, division, period, language).await?;
    let work = move || {
        let filled = export::fill(&template, &report, language);
        filled
            .map(|bytes| (report, bytes))
            .map_err(|error| wrong_template(&error))
    };
    let (report, bytes) = off_the_loop(work).await?;
    let file = File {
        format: Format::Xlsx,
        rows: report.rows(),
        bytes,
    };
    let by = Doer::Person(actor.person);
    export_report::note(&app, by, &report, "template", file.rows).await?;
    Ok(respond(file, &report))
}

fn wrong_template(error: &export::TemplateError) -> AppError {
    let problem = FieldProblem {
        pointer: "/file".to_owned(),
        code: ErrorCode::Validation,
        message: error.sentence(),
    };
    AppError::with_errors(ErrorCode::InvalidInput, vec![problem])
}

async fn report(
    app: &App,
    actor: &OfficeActor,
    division: DivisionCode,
    period: Period,
    language: Language,
) -> Result<Report, ApiError> {
    if !actor.sees(&division) {
        return Err(ApiError::of(ErrorCode::NotFound));
    }
    Ok(export_report::make(app, division, period, language).await?)
}

/// The report of the county's month as it was closed last.
async fn closed_report(
    app: &App,
    actor: &OfficeActor,
    division: &DivisionCode,
    period: &str,
) -> Result<Report, ApiError> {
    if actor.township.is_some() || *division != actor.county {
        return Err(ApiError::of(ErrorCode::NotFound));
    }
    let month = read_month(period)?;
    let (_, report) = close_months::report(app, division.clone(), month).await?;
    Ok(report)
}

/// Runs what takes long without waiting where others wait.
async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = async move {
        let done = tokio::task::spawn_blocking(work).await;
        done.unwrap_or_else(|error| Err(AppError::Internal(error.into())))
    };
    Ok(app::detached(done).await?)
}

fn respond(file: File, report: &Report) -> Response {
    // A page may be looked at where it is; its style is its own, and it runs nothing.
    let way = match file.format {
        Format::Html => "inline",
        _ => "attachment",
    };
    let disposition = format!("{way}; filename=\"{}\"", file.name(report));
    let mut response = file.bytes.into_response();
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_TYPE, file.format.media_type()),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
