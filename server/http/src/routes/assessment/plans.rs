//! `/v1/score-plans` and `/v1/targets`: by what people, townships and the county are assessed.

use crate::auth::{Assessor, Office};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Json, Path, Query};
use crate::parameter;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::assessment::plans::{self, KnownPlan};
use tepai_app::assessment::targets::{self, MOST_TARGETS, NewTarget, Reached, Target};
use tepai_domain::audit::AuditActor;
use tepai_domain::score::{Label, Subject, SubjectKind};
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::summary::measures::Measure;
use tepai_sync_protocol::words::Words;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of score plans and targets.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_score_plans, add_score_plan))
        .routes(routes!(get_score_plan))
        .routes(routes!(list_targets, set_targets))
}

/// A version of a score plan.
#[derive(Debug, Serialize, ToSchema)]
struct PlanDocument {
    /// Its code.
    code: String,
    /// Its version.
    version: String,
    /// What people call it.
    label: Label,
    /// The document that it follows, and what of it the county decided itself.
    source: String,
    /// Whether it comes with Tepai.
    is_shipped: bool,
    /// The measures that its rules need, by code.
    measures: Vec<String>,
}

impl From<&KnownPlan> for PlanDocument {
    fn from(known: &KnownPlan) -> Self {
        let plan = &known.plan;
        Self {
            code: plan.code.clone(),
            version: plan.version.clone(),
            label: plan.label.clone(),
            source: plan.source.clone(),
            is_shipped: known.is_shipped,
            measures: plan.measures().into_iter().map(str::to_owned).collect(),
        }
    }
}

/// The score plans of a county.
#[derive(Debug, Serialize, ToSchema)]
struct PlanList {
    /// Those that come with Tepai, then the county's own.
    plans: Vec<PlanDocument>,
}

/// A score plan with its file.
#[derive(Debug, Serialize, ToSchema)]
struct WholePlan {
    /// What it is.
    #[serde(flatten)]
    plan: PlanDocument,
    /// The TOML file, as it was given.
    text: String,
}

/// A new version of a plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPlan {
    /// The TOML file; code and version stand in it.
    text: String,
}

/// The score plans that the county can use.
#[utoipa::path(
    get,
    path = "/v1/score-plans",
    tag = "assessment",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = PlanList),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn list_score_plans(
    State(app): State<App>,
    Office(actor): Office,
) -> Result<Tagged<PlanList>, ApiError> {
    let plans = plans::list(&app, actor.county).await?;
    Ok(Tagged(PlanList {
        plans: plans.iter().map(PlanDocument::from).collect(),
    }))
}

/// A version of a plan, with its file to copy and edit.
#[utoipa::path(
    get,
    path = "/v1/score-plans/{code}/{version}",
    tag = "assessment",
    params(
        ("code" = String, Path, description = "such as wujin-2012"),
        ("version" = String, Path, description = "such as 1"),
    ),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = WholePlan),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn get_score_plan(
    State(app): State<App>,
    Office(actor): Office,
    Path(plan): Path<(String, String)>,
) -> Result<Json<WholePlan>, ApiError> {
    let known = plans::get(&app, actor.county, plan).await?;
    Ok(Json(WholePlan {
        plan: (&known).into(),
        text: known.text,
    }))
}

/// Adds a version of a plan. A version is never changed: a change is another version.
#[utoipa::path(
    post,
    path = "/v1/score-plans",
    tag = "assessment",
    security(("session" = []), ("session_token" = [])),
    request_body = NewPlan,
    responses(
        (status = 200, body = WholePlan),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 409, body = Problem, description = "already_exists: the version is there with another text"),
        (status = 422, body = Problem, description = "invalid_input: what is wrong with the file"),
    )
)]
async fn add_score_plan(
    State(app): State<App>,
    Assessor(actor): Assessor,
    Json(new): Json<NewPlan>,
) -> Result<Json<WholePlan>, ApiError> {
    let add = async move { plans::add(&app, &actor, new.text).await };
    let known = tepai_app::detached(add).await?;
    Ok(Json(WholePlan {
        plan: (&known).into(),
        text: known.text,
    }))
}

/// Which targets.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TargetQuery {
    /// Targets whose own period meets this one: `2026`, `2026-H1`, `2026-Q2`, `2026-06`, or `2026-06-01..2026-08-15`.
    #[param(example = "2026")]
    period: String,
}

/// A target and how much of it is reached.
#[derive(Debug, Serialize, ToSchema)]
struct TargetDocument {
    /// Whose it is.
    subject_kind: SubjectKind,
    /// The id of an account, or the code of a division.
    subject: String,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Code of the measure.
    measure: String,
    /// What people call the measure.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Words>,
    /// First local day.
    #[schema(value_type = String)]
    from: Date,
    /// Last local day.
    #[schema(value_type = String)]
    to: Date,
    /// The target, in the unit of the measure's code.
    amount: i64,
    /// What records show, as a decimal number in the unit that people read; absent if the measure has no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    actual: Option<String>,
    /// How much of the target that is, in 0.01 %, rounded down; absent if either is missing or the target is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    reached_basis_points: Option<i64>,
}

impl From<Reached> for TargetDocument {
    fn from(reached: Reached) -> Self {
        let basis_points = reached.basis_points();
        let Target {
            kind,
            subject,
            measure,
            from,
            to,
            amount,
        } = reached.target;
        Self {
            subject_kind: kind,
            subject: subject.to_string(),
            name: reached.name,
            label: Measure::find(&measure).map(|measure| measure.name),
            measure,
            from,
            to,
            amount,
            actual: reached.actual.map(|actual| actual.normalize().to_string()),
            reached_basis_points: basis_points,
        }
    }
}

/// Targets.
#[derive(Debug, Serialize, ToSchema)]
struct TargetList {
    /// By kind of subject, subject, measure and period.
    targets: Vec<TargetDocument>,
}

/// A target to set or to take away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTargetDocument {
    /// Whose it is.
    subject_kind: SubjectKind,
    /// The id of an account, or the code of a division.
    subject: String,
    /// Code of the measure.
    measure: String,
    /// The period, such as `2026` or `2026-03-01..2026-10-31`.
    period: String,
    /// The target, in the unit of the measure's code; `null` takes it away.
    amount: Option<i64>,
}

/// Targets to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTargets {
    /// Up to 500.
    targets: Vec<NewTargetDocument>,
}

/// How many targets were set.
#[derive(Debug, Serialize, ToSchema)]
struct TargetsSet {
    /// How many.
    count: usize,
}

/// The targets of a period, and how much of each is reached: 目标、完成、完成比例.
#[utoipa::path(
    get,
    path = "/v1/targets",
    tag = "assessment",
    params(TargetQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = TargetList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn list_targets(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<TargetQuery>,
) -> Result<Tagged<TargetList>, ApiError> {
    let period = parameter::period(&query.period)?;
    let targets = targets::list(&app, &actor, period).await?;
    let targets = targets.into_iter().map(TargetDocument::from).collect();
    Ok(Tagged(TargetList { targets }))
}

/// Sets targets, all of them or none. One of the same subject, measure and period is replaced.
#[utoipa::path(
    put,
    path = "/v1/targets",
    tag = "assessment",
    security(("session" = []), ("session_token" = [])),
    request_body = NewTargets,
    responses(
        (status = 200, body = TargetsSet),
        (status = 400, body = Problem, description = "malformed_request, invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: a subject is not of the county"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn set_targets(
    State(app): State<App>,
    Assessor(actor): Assessor,
    Json(new): Json<NewTargets>,
) -> Result<Json<TargetsSet>, ApiError> {
    if new.targets.len() > MOST_TARGETS {
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("targets: 0..{MOST_TARGETS}"),
        ));
    }
    let targets: Vec<NewTarget> = new
        .targets
        .into_iter()
        .map(read_target)
        .collect::<Result<_, _>>()?;
    let count = targets.len();
    let by = AuditActor::Person(actor.person);
    let set = async move { targets::set(&app, &actor, by, targets).await };
    tepai_app::detached(set).await?;
    Ok(Json(TargetsSet { count }))
}

fn read_target(new: NewTargetDocument) -> Result<NewTarget, ApiError> {
    let period = parameter::period(&new.period)?;
    let subject = Subject::parse(new.subject_kind, &new.subject);
    Ok(NewTarget {
        is_set: new.amount.is_some(),
        target: Target {
            kind: new.subject_kind,
            subject: subject.ok_or_else(|| ApiError::of(ErrorCode::NotFound))?,
            measure: new.measure,
            from: period.from(),
            to: period.to(),
            amount: new.amount.unwrap_or_default(),
        },
    })
}
