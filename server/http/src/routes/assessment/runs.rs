//! `/v1/score-runs`: a plan applied to everybody of a kind in a period, the sheets, what people say on them, and the freeze.

use crate::auth::{Assessor, Reader, SheetWriter};
use crate::documents::PeriodDocument;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Json, Path};
use crate::parameter;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::assessment;
use tepai_app::assessment::runs::{MOST_ENTRIES, Run, Saying};
use tepai_domain::audit::AuditActor;
use tepai_domain::score::{Heading, Label, Sheet, SubjectKind};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::summary::period::Period;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of score runs.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_score_runs, begin_score_run))
        .routes(routes!(get_score_run))
        .routes(routes!(get_score_sheet, write_score_sheet))
        .routes(routes!(freeze_score_run))
}

/// A score run.
#[derive(Debug, Serialize, ToSchema)]
struct RunDocument {
    /// Its id.
    id: Uuid,
    /// How often something was said in it.
    rev: i64,
    /// Code of its plan.
    plan: String,
    /// Version of its plan.
    version: String,
    /// What people call the plan.
    label: Label,
    /// Who is assessed.
    subjects: SubjectKind,
    /// The period.
    period: PeriodDocument,
    /// Who began it.
    #[schema(value_type = Uuid)]
    created_by: PersonId,
    /// When: milliseconds since 1970 UTC.
    created_at: i64,
    /// Who froze it; absent while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Uuid>)]
    frozen_by: Option<PersonId>,
    /// When: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_at: Option<i64>,
}

fn document(run: Run) -> Result<RunDocument, ApiError> {
    let Run { stored, plan } = run;
    let period = Period::new(stored.from, stored.to);
    let period = period.map_err(|_| ApiError::of(ErrorCode::Internal))?;
    Ok(RunDocument {
        id: stored.id,
        rev: stored.rev,
        plan: plan.code,
        version: plan.version,
        label: plan.label,
        subjects: stored.kind,
        period: period.into(),
        created_by: stored.created_by,
        created_at: stored.created_at,
        frozen_by: stored.frozen.map(|(person, _)| person),
        frozen_at: stored.frozen.map(|(_, at)| at),
    })
}

/// The score runs of a county.
#[derive(Debug, Serialize, ToSchema)]
struct RunList {
    /// The latest first.
    runs: Vec<RunDocument>,
}

/// A subject's sheet in a run's list.
#[derive(Debug, Serialize, ToSchema)]
struct PlacedSheet {
    /// Its place by the final total, if the county ranks and there is a total.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
    /// The sheet, without the records behind it.
    #[serde(flatten)]
    sheet: Sheet,
}

/// A score run and its sheets.
#[derive(Debug, Serialize, ToSchema)]
struct WholeRun {
    /// The run.
    run: RunDocument,
    /// A sheet for each subject within reach, by subject.
    sheets: Vec<PlacedSheet>,
}

/// A sheet and its run.
#[derive(Debug, Serialize, ToSchema)]
struct WholeSheet {
    /// The run.
    run: RunDocument,
    /// The sheet, with the records behind it.
    sheet: Sheet,
}

/// A run to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRun {
    /// Code of the plan.
    plan: String,
    /// Its version.
    version: String,
    /// Who is assessed.
    subjects: SubjectKind,
    /// The period, such as `2026`.
    period: String,
}

/// Something that is said on a sheet.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EntryDocument {
    /// `self`, `assessed` or `final`; or `figure` for a measure that no record shows.
    column: Heading,
    /// The rule's code; for a figure the measure's.
    code: String,
    /// Points or a figure as an exact decimal number, or the code of a grade; `null` takes back what was said.
    value: Option<String>,
    /// Why; mandatory where it differs from the records, and for the final column.
    note: Option<String>,
}

impl From<EntryDocument> for Saying {
    fn from(entry: EntryDocument) -> Self {
        Self {
            heading: entry.column,
            code: entry.code,
            value: entry.value,
            note: entry.note,
        }
    }
}

/// What is said on a sheet, all of it or nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewEntries {
    /// Up to 200.
    entries: Vec<EntryDocument>,
}

/// How a run is frozen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Freeze {
    /// The run's revision that the officer saw.
    rev: i64,
    /// Whether sheets without a final total are frozen as they are.
    #[serde(default)]
    with_missing: bool,
}

/// The score runs of the county; on a phone those in which commissioners are assessed.
#[utoipa::path(
    get,
    path = "/v1/score-runs",
    tag = "assessment",
    security(("session" = []), ("session_token" = []), ("device" = [])),
    responses(
        (status = 200, body = RunList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn list_score_runs(
    State(app): State<App>,
    Reader(actor): Reader,
) -> Result<Tagged<RunList>, ApiError> {
    let runs = assessment::runs::list(&app, &actor).await?;
    let runs = runs.into_iter().map(document).collect::<Result<_, _>>()?;
    Ok(Tagged(RunList { runs }))
}

/// Begins a run: a plan, who is assessed by it, and the period.
#[utoipa::path(
    post,
    path = "/v1/score-runs",
    tag = "assessment",
    security(("session" = []), ("session_token" = [])),
    request_body = NewRun,
    responses(
        (status = 200, body = RunDocument),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: there is no such plan"),
    )
)]
async fn begin_score_run(
    State(app): State<App>,
    Assessor(actor): Assessor,
    Json(new): Json<NewRun>,
) -> Result<Json<RunDocument>, ApiError> {
    let period = parameter::period(&new.period)?;
    let plan = (new.plan, new.version);
    let by = AuditActor::Person(actor.person);
    let begin =
        async move { assessment::runs::begin(&app, &actor, by, plan, new.subjects, period).await };
    Ok(Json(document(tepai_app::detached(begin).await?)?))
}

/// A run and the sheets within reach: of an open run as the records stand now, of a frozen one as they were.
#[utoipa::path(
    get,
    path = "/v1/score-runs/{id}",
    tag = "assessment",
    params(("id" = Uuid, Path, description = "the run")),
    security(("session" = []), ("session_token" = []), ("device" = [])),
    responses(
        (status = 200, body = WholeRun),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn get_score_run(
    State(app): State<App>,
    Reader(actor): Reader,
    Path(id): Path<Uuid>,
) -> Result<Tagged<WholeRun>, ApiError> {
    let answer = assessment::runs::read(&app, &actor, id).await?;
    let places = answer.places;
    let with_place = |sheet: Sheet| PlacedSheet {
        place: places.get(&sheet.subject).copied(),
        sheet,
    };
    Ok(Tagged(WholeRun {
        run: document(answer.run)?,
        sheets: answer.sheets.into_iter().map(with_place).collect(),
    }))
}

/// The sheet of one subject, with the records behind it.
#[utoipa::path(
    get,
    path = "/v1/score-runs/{id}/sheets/{subject}",
    tag = "assessment",
    params(
        ("id" = Uuid, Path, description = "the run"),
        ("subject" = String, Path, description = "the id of an account, or the code of a division"),
    ),
    security(("session" = []), ("session_token" = []), ("device" = [])),
    responses(
        (status = 200, body = WholeSheet),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: no such sheet within your reach"),
    )
)]
async fn get_score_sheet(
    State(app): State<App>,
    Reader(actor): Reader,
    Path((id, subject)): Path<(Uuid, String)>,
) -> Result<Tagged<WholeSheet>, ApiError> {
    let (run, sheet) = assessment::runs::read_sheet(&app, &actor, id, subject).await?;
    Ok(Tagged(WholeSheet {
        run: document(run)?,
        sheet,
    }))
}

/// Writes on a sheet: a commissioner and a township their own points, the county officer every column and the figures that no
/// record shows.
#[utoipa::path(
    put,
    path = "/v1/score-runs/{id}/sheets/{subject}",
    tag = "assessment",
    params(
        ("id" = Uuid, Path, description = "the run"),
        ("subject" = String, Path, description = "the id of an account, or the code of a division"),
    ),
    security(("session" = []), ("session_token" = []), ("device" = [])),
    request_body = NewEntries,
    responses(
        (status = 200, body = WholeSheet),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed: not your column, or not your sheet"),
        (status = 404, body = Problem, description = "not_found: no such sheet within your reach"),
        (status = 409, body = Problem, description = "run_frozen"),
        (status = 422, body = Problem, description = "invalid_input: unknown_code, measure_from_records, out_of_range, required"),
    )
)]
async fn write_score_sheet(
    State(app): State<App>,
    SheetWriter(actor): SheetWriter,
    Path((id, subject)): Path<(Uuid, String)>,
    Json(new): Json<NewEntries>,
) -> Result<Json<WholeSheet>, ApiError> {
    if new.entries.len() > MOST_ENTRIES {
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("entries: 0..{MOST_ENTRIES}"),
        ));
    }
    let sayings: Vec<Saying> = new.entries.into_iter().map(Saying::from).collect();
    let say = async move { assessment::runs::say(&app, &actor, id, subject, sayings).await };
    let (run, sheet) = tepai_app::detached(say).await?;
    Ok(Json(WholeSheet {
        run: document(run)?,
        sheet,
    }))
}

/// Freezes a run as it stands: its sheets are kept with the records behind them, and never change again.
#[utoipa::path(
    post,
    path = "/v1/score-runs/{id}/freeze",
    tag = "assessment",
    params(("id" = Uuid, Path, description = "the run")),
    security(("session" = []), ("session_token" = [])),
    request_body = Freeze,
    responses(
        (status = 200, body = RunDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "stale, run_frozen, scores_missing"),
    )
)]
async fn freeze_score_run(
    State(app): State<App>,
    Assessor(actor): Assessor,
    Path(id): Path<Uuid>,
    Json(freeze): Json<Freeze>,
) -> Result<Json<RunDocument>, ApiError> {
    let work = async move {
        let Freeze { rev, with_missing } = freeze;
        let by = AuditActor::Person(actor.person);
        assessment::runs::freeze(&app, &actor, by, id, (rev, with_missing)).await
    };
    Ok(Json(document(tepai_app::detached(work).await?)?))
}
