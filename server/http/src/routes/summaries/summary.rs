//! `GET /v1/summaries/{division}` and `GET /v1/measures`.

use crate::auth::Office;
use crate::documents::summary::{MeasureDocument, SummaryDocument, document, group_by, measures};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use crate::parameter::{period, technique, word};
use axum::extract::State;
use serde::Deserialize;
use tepai_app::App;
use tepai_app::summaries;
use tepai_app::summaries::summary::Question;
use tepai_sync_protocol::codes::{CHAIN_STAGE, INDUSTRY, SERVICE_MODE, VISIT_MODE};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::summary::filter::Filter;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of summaries.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_summary))
        .routes(routes!(list_measures))
}

/// What is summed up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SummaryQuery {
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
    #[param(example = "2026-Q2")]
    period: String,
    /// Rows by township, village, month, industry, technique, commissioner, mode, `chain_stage` or `service_mode`.
    by: Option<String>,
    /// Only this industry.
    industry: Option<String>,
    /// Only this technique, by its catalogue code.
    technique: Option<String>,
    /// Only what this commissioner did, alone or with others.
    #[param(value_type = Option<uuid::Uuid>)]
    commissioner: Option<PersonId>,
    /// Only visits of this form, such as `household`; adoptions and bases have no figures then.
    mode: Option<String>,
    /// Only visits of this chain stage; adoptions and bases have no figures then.
    chain_stage: Option<String>,
    /// Only `free` or only `paid` visits; adoptions and bases have no figures then.
    service_mode: Option<String>,
}

/// The figures of a division in a period, exact at the moment of reading.
#[utoipa::path(
    get,
    path = "/v1/summaries/{division}",
    tag = "summaries",
    params(("division" = String, Path, description = "county, township or village code"), SummaryQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = SummaryDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_summary(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<SummaryQuery>,
) -> Result<Tagged<SummaryDocument>, ApiError> {
    let period = period(&query.period)?;
    let by = query
        .by
        .as_deref()
        .map(|by| group_by(by, &division))
        .transpose()?;
    let filter = Filter {
        industry: word("industry", &INDUSTRY, query.industry)?,
        technique: technique(query.technique)?,
        commissioner: query.commissioner,
        mode: word("mode", &VISIT_MODE, query.mode)?,
        chain_stage: word("chain_stage", &CHAIN_STAGE, query.chain_stage)?,
        service_mode: word("service_mode", &SERVICE_MODE, query.service_mode)?,
    };
    let question = Question {
        division,
        period,
        filter,
        by,
    };
    let answer = summaries::summary::summarise(&app, &actor, question.clone()).await?;
    Ok(Tagged(document(&question, &answer)))
}

/// What every measure means, with its unit and whether it adds up.
#[utoipa::path(get, path = "/v1/measures", tag = "summaries", responses((status = 200, body = [MeasureDocument])))]
async fn list_measures() -> Tagged<Vec<MeasureDocument>> {
    Tagged(measures())
}
