//! `POST /v1/imports/{what}`: tables of the county, uploaded as files.

use crate::auth::Administrators;
use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::limits;
use crate::parameter::word;
use axum::extract::State;
use axum::extract::multipart::{Multipart, MultipartError, MultipartRejection};
use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use tepai_app::identity::accounts::Manager;
use tepai_app::imports::{
    FileProblem, ImportReport, aliases, boundaries, divisions, roster, techniques, villages,
};
use tepai_app::{App, AppError};
use tepai_domain::actor::OfficeActor;
use tepai_domain::geo::Datum;
use tepai_sync_protocol::codes::DATUM;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of imports.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(import_table))
        .layer(limits::upload())
}

/// Files in one request: those of the open data set of divisions.
const MOST_FILES: usize = 5;

/// What is imported.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Importable {
    /// Townships and villages of the county, in the columns of the open data set: one file or several.
    Divisions,
    /// Commissioners, teams, terms and assignments.
    Roster,
    /// The catalogue of techniques.
    Techniques,
    /// Profiles of villages.
    Villages,
    /// Villages that became part of others.
    Aliases,
    /// Boundaries of divisions: a GeoJSON feature collection, each feature with the code of its division.
    Boundaries,
}

/// How.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// Whether to do everything and keep nothing.
    #[serde(default)]
    dry_run: bool,
    /// Of boundaries: `wgs84`, `gcj02`, `bd09` or `cgcs2000`; mandatory, because none can be told from the numbers.
    datum: Option<String>,
}

/// The body.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "it describes the form; the parts are read one by one"
)]
struct ImportForm {
    /// A CSV file (UTF-8 or GB18030), an XLSX workbook, or for boundaries a GeoJSON file; for divisions up to five CSV files, each in a part of its own.
    #[schema(value_type = Vec<String>, format = Binary, content_media_type = "application/octet-stream")]
    file: Vec<Vec<u8>>,
}

/// Imports a table into the county of the session. Bad rows are in the report, the good ones are kept.
#[utoipa::path(
    post,
    path = "/v1/imports/{what}",
    tag = "imports",
    params(("what" = inline(Importable), Path, description = "What the table holds."), ImportQuery),
    security(("session" = []), ("session_token" = [])),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses(
        (status = 200, body = ImportReport, description = "Also where some rows, or all, were rejected."),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 413, body = Problem, description = "body_too_large"),
        (status = 415, body = Problem, description = "unsupported_media_type"),
        (status = 422, body = Problem, description = "invalid_input: the file cannot be read, or lacks columns"),
    )
)]
async fn import_table(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(what): Path<Importable>,
    Query(query): Query<ImportQuery>,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Json<ImportReport>, ApiError> {
    let datum = read_datum(what, query.datum)?;
    let files = read_files(form).await?;
    let import = async move { import(&app, what, datum, actor, files, query.dry_run).await };
    Ok(Json(tepai_app::detached(import).await?))
}

/// The datum of boundaries; nothing else has one.
fn read_datum(what: Importable, said: Option<String>) -> Result<Datum, ApiError> {
    let is_wanted = matches!(what, Importable::Boundaries);
    let datum = word("datum", &DATUM, said)?;
    match datum.as_deref().and_then(|word| word.parse().ok()) {
        Some(datum) if is_wanted => Ok(datum),
        None if !is_wanted => Ok(Datum::Wgs84),
        _ => Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("datum (boundaries): {}", DATUM.join()),
        )),
    }
}

async fn import(
    app: &App,
    what: Importable,
    datum: Datum,
    actor: OfficeActor,
    mut files: Vec<Bytes>,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    let county = actor.county.clone();
    let by = &Manager::Office(actor);
    if let Importable::Divisions = what {
        return divisions::import_files(app, by, county, files, dry_run).await;
    }
    let file = files
        .pop()
        .filter(|_| files.is_empty())
        .ok_or_else(one_file)?;
    match what {
        Importable::Divisions | Importable::Roster => {
            roster::import(app, by, county, file, dry_run).await
        }
        Importable::Boundaries => boundaries::import(app, by, county, file, datum, dry_run).await,
        Importable::Techniques => techniques::import(app, by, county, file, dry_run).await,
        Importable::Villages => villages::import(app, by, county, file, dry_run).await,
        Importable::Aliases => aliases::import(app, by, county, file, dry_run).await,
    }
}

fn one_file() -> FileProblem {
    FileProblem::new(ErrorCode::TooMany, "请上传一个文件", "send one file")
}

/// The files of a form; other fields are left out.
pub(crate) async fn read_files(
    form: Result<Multipart, MultipartRejection>,
) -> Result<Vec<Bytes>, ApiError> {
    let mut form = form.map_err(|rejection| {
        ApiError::with_detail(ErrorCode::UnsupportedMediaType, rejection.body_text())
    })?;
    let mut files = Vec::new();
    while let Some(field) = form
        .next_field()
        .await
        .map_err(|error| form_error(&error))?
    {
        if field.file_name().is_none() && field.name() != Some("file") {
            continue;
        }
        if files.len() == MOST_FILES {
            let detail = format!("一次最多 {MOST_FILES} 个文件 / at most {MOST_FILES} files");
            return Err(ApiError::with_detail(ErrorCode::MalformedRequest, detail));
        }
        files.push(field.bytes().await.map_err(|error| form_error(&error))?);
    }
    if files.is_empty() {
        let detail = "表单里没有文件 / the form has no file";
        return Err(ApiError::with_detail(ErrorCode::MalformedRequest, detail));
    }
    Ok(files)
}

fn form_error(error: &MultipartError) -> ApiError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        let most = limits::MAX_UPLOAD_BYTES >> 20;
        let detail = format!("文件最大 {most} MiB / a file holds at most {most} MiB");
        return ApiError::with_detail(ErrorCode::BodyTooLarge, detail);
    }
    ApiError::with_detail(ErrorCode::MalformedRequest, error.body_text())
}
