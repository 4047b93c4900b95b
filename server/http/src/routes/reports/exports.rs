//! `/v1/exports/{division}`: the report of a place and a period as a file, and a superior's own workbook filled from it.

use crate::auth::{Office, TemplateFiller};
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::limits;
use crate::parameter;
use crate::routes::imports::run::read_files;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;
use tepai_app::reports;
use tepai_app::reports::archive::{self, KeptFile};
use tepai_app::reports::build::TABLES;
use tepai_app::reports::closing;
use tepai_app::{App, AppError};
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::AuditActor;
use tepai_export;
use tepai_export::{File, Format, Language, Report};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem, Problem};
use tepai_sync_protocol::summary::period::Period;
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
    /// `true`: of the county, as the period was closed last, whatever came later; its codes are named in Chinese.
    #[serde(default)]
    closed: bool,
    /// As the period stood closed at the end of this local day.
    #[param(value_type = Option<String>, example = "2026-07-05")]
    as_of: Option<Date>,
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
    let period = parameter::period(&query.period)?;
    let table = query.table.as_deref().unwrap_or("summary");
    if !TABLES.iter().any(|(code, _)| *code == table) {
        let codes: Vec<&str> = TABLES.iter().map(|(code, _)| *code).collect();
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("table: {}", codes.join(", ")),
        ));
    }
    let language = query.lang.unwrap_or_default();
    let report = if query.closed || query.as_of.is_some() {
        closed_report(&app, &actor, &division, period, query.as_of).await?
    } else {
        report(&app, &actor, division, period, language).await?
    };
    let (format, table) = (query.format, table.to_owned());
    let write = move |report: &Report| {
        tepai_export::write(report, format, &table, language).map_err(AppError::Internal)
    };
    let kept = send_out(app, &actor, report, format.as_str(), write).await?;
    Ok(respond(&kept.report.name, format, kept.bytes))
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
    let period = parameter::period(&query.period)?;
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
    let write = move |report: &Report| {
        let bytes = tepai_export::fill(&template, report, language);
        Ok(File {
            format: Format::Xlsx,
            rows: report.rows(),
            bytes: bytes.map_err(|error| wrong_template(&error))?,
        })
    };
    let kept = send_out(app, &actor, report, "template", write).await?;
    Ok(respond(&kept.report.name, Format::Xlsx, kept.bytes))
}

/// Has a report written and kept; the caller may go away meanwhile.
async fn send_out(
    app: App,
    actor: &OfficeActor,
    report: Report,
    kind: &'static str,
    write: impl Fn(&Report) -> Result<File, AppError> + Send + Sync + 'static,
) -> Result<KeptFile, ApiError> {
    let by = AuditActor::Person(actor.person);
    let work = async move { archive::send_out(&app, by, report, kind, write).await };
    Ok(tepai_app::detached(work).await?)
}

fn wrong_template(error: &tepai_export::TemplateError) -> AppError {
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
    Ok(reports::build::make(app, division, period, language).await?)
}

/// The report of the county's period as it stood closed.
async fn closed_report(
    app: &App,
    actor: &OfficeActor,
    division: &DivisionCode,
    period: Period,
    as_of: Option<Date>,
) -> Result<Report, ApiError> {
    if actor.township.is_some() || *division != actor.county {
        return Err(ApiError::of(ErrorCode::NotFound));
    }
    Ok(closing::report(app, division, period, as_of).await?)
}

/// A file to save, or a page to look at.
pub(crate) fn respond(name: &str, format: Format, bytes: Vec<u8>) -> Response {
    // A page may be looked at where it is; its style is its own, and it runs nothing.
    let way = match format {
        Format::Html => "inline",
        _ => "attachment",
    };
    let disposition = format!("{way}; filename=\"{name}\"");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_TYPE, format.media_type()),
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
