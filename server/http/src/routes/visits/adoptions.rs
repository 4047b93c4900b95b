//! `GET /v1/adoptions/{division}`: stages of techniques, village by village.

use crate::auth::Office;
use crate::documents::{CutOffDocument, Named, cut_off, division_named};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use crate::parameter::technique;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tepai_app::App;
use tepai_app::summaries::summary::Names;
use tepai_app::visits::adoptions::{self, AdoptionFilter, VillageAdoption};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::summary::facts::Stage;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of adoptions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_adoptions))
}

/// Characters of a season at the most.
const LONGEST_SEASON: usize = 16;

/// Which adoptions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AdoptionQuery {
    /// A season, such as `2026-spring`, or a year with all its seasons, such as `2026`; all if absent.
    #[param(example = "2026")]
    season: Option<String>,
    /// A technique, by its catalogue code.
    technique: Option<String>,
}

/// A technique in a village.
#[derive(Debug, Serialize, ToSchema)]
struct AdoptionRow {
    /// The technique, by catalogue code.
    technique: String,
    /// The village.
    village_code: DivisionCode,
    /// Adoptions at each stage: awareness, interest, evaluation, trial, adopted, abandoned.
    stages: BTreeMap<&'static str, i64>,
    /// Adoptions in all: sites, or beneficiaries where no site was named, by season.
    adoptions: i64,
    /// Area of those that are adopted, in 0.01 亩.
    adopted_centi_mu: i64,
    /// The day of the latest report.
    #[schema(value_type = String)]
    last_report_on: Date,
    /// Days since then.
    days_since: i64,
}

impl From<VillageAdoption> for AdoptionRow {
    fn from(row: VillageAdoption) -> Self {
        let stages = Stage::ALL.iter();
        let count = |stage: &Stage| row.stages.get(stage).copied().unwrap_or(0);
        Self {
            stages: stages.map(|stage| (stage.as_str(), count(stage))).collect(),
            technique: row.technique,
            village_code: row.village,
            adoptions: row.adoptions,
            adopted_centi_mu: row.adopted_centi_mu,
            last_report_on: row.last_report_on,
            days_since: row.days_since,
        }
    }
}

/// How far techniques have come.
#[derive(Debug, Serialize, ToSchema)]
struct AdoptionsDocument {
    /// The division.
    division: Named,
    /// The local day as of which the days are counted.
    #[schema(value_type = String)]
    on: Date,
    /// How complete the data is.
    cut_off: CutOffDocument,
    /// The seasons of which the division has adoptions, the latest first.
    seasons: Vec<String>,
    /// The rows, by technique and village.
    rows: Vec<AdoptionRow>,
    /// Names of the techniques in the rows, by code; names of villages are in `/v1/divisions`.
    techniques: BTreeMap<String, String>,
}

/// How far each technique has come in each village of a division: each adoption once, at the stage that its reports and the
/// office's decision come to today.
#[utoipa::path(
    get,
    path = "/v1/adoptions/{division}",
    tag = "summaries",
    params(("division" = String, Path, description = "county, township or village code"), AdoptionQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AdoptionsDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_adoptions(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<AdoptionQuery>,
) -> Result<Tagged<AdoptionsDocument>, ApiError> {
    let filter = AdoptionFilter {
        division: division.clone(),
        season: season(query.season)?,
        technique: technique(query.technique)?,
    };
    let found = adoptions::read(&app, &actor, filter).await?;
    Ok(Tagged(AdoptionsDocument {
        division: division_named(&division, &found.names),
        on: found.on,
        cut_off: cut_off(&found.cut_off, &found.names),
        techniques: techniques(&found.rows, &found.names),
        rows: found.rows.into_iter().map(AdoptionRow::from).collect(),
        seasons: found.seasons,
    }))
}

fn season(text: Option<String>) -> Result<Option<String>, ApiError> {
    let is_season = |text: &String| {
        let fits = (4..=LONGEST_SEASON).contains(&text.len());
        fits && text.bytes().take(4).all(|byte| byte.is_ascii_digit())
    };
    match text {
        Some(text) if !is_season(&text) => Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            "season: 2026, 2026-spring",
        )),
        text => Ok(text),
    }
}

fn techniques(rows: &[VillageAdoption], names: &Names) -> BTreeMap<String, String> {
    let codes = rows.iter().map(|row| row.technique.clone());
    codes
        .map(|code| (code.clone(), names.technique(&code)))
        .collect()
}
