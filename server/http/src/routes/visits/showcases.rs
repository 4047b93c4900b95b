//! `GET /v1/demo-bases`, `/v1/demo-households`, `/v1/local-experts`: what the county shows techniques with.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Query;
use crate::page::limit;
use crate::parameter::{self, technique};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::visits::showcases::{self, Showcase, ShowcaseEntry, ShowcaseFilter};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of showcases.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_demo_bases))
        .routes(routes!(list_demo_households))
        .routes(routes!(list_local_experts))
}

const PAGE: u32 = 100;
const MOST: u32 = 500;

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ShowcaseQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// The period in which visits are counted.
    #[param(example = "2026-06")]
    period: String,
    /// For demo bases: by the catalogue code of a technique that is shown there.
    technique: Option<String>,
    /// Where to go on, as the page before said.
    #[param(value_type = Option<uuid::Uuid>)]
    cursor: Option<RecordId>,
    /// How many, up to 500.
    limit: Option<u32>,
}

/// A demo base, demo household or local expert.
#[derive(Debug, Serialize, ToSchema)]
struct ShowcaseDocument {
    /// Its id.
    id: RecordId,
    /// Its revision.
    rev: i64,
    /// Its village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    village_code: Option<DivisionCode>,
    /// The village's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    village_name: Option<String>,
    /// Who runs a demo base.
    #[serde(skip_serializing_if = "Option::is_none")]
    run_by: Option<String>,
    /// Approved visits of the period that served it, or whoever runs it; absent if nobody is known to run a base.
    #[serde(skip_serializing_if = "Option::is_none")]
    visits: Option<u32>,
    /// The first day of the latest of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_visit_on: Option<Date>,
    /// Who marked a household or expert, and so proposed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    marked_by: Option<PersonId>,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    marked_by_name: Option<String>,
    /// When: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    marked_at: Option<i64>,
    /// All its fields; a phone number is masked.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    fields: tepai_sync_protocol::Fields,
}

impl From<ShowcaseEntry> for ShowcaseDocument {
    fn from(entry: ShowcaseEntry) -> Self {
        let record = entry.record;
        let (marked_by, marked_by_name, marked_at) = match entry.marked {
            Some((person, name, at)) => (Some(person), name, Some(at)),
            None => (None, None, None),
        };
        Self {
            id: record.id,
            rev: record.state.rev,
            village_code: record.village,
            village_name: entry.village_name,
            run_by: entry.run_by,
            visits: entry.visits,
            last_visit_on: entry.last_visit_on,
            marked_by,
            marked_by_name,
            marked_at,
            fields: record.state.fields,
        }
    }
}

/// A page of them.
#[derive(Debug, Serialize, ToSchema)]
struct ShowcaseList {
    /// By id.
    entries: Vec<ShowcaseDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<RecordId>,
}

async fn answer(
    app: &App,
    actor: &tepai_domain::actor::OfficeActor,
    of: Showcase,
    query: ShowcaseQuery,
) -> Result<Tagged<ShowcaseList>, ApiError> {
    let filter = ShowcaseFilter {
        of,
        division: query.division,
        period: parameter::period(&query.period)?,
        technique: technique(query.technique)?,
        after: query.cursor,
        limit: limit(query.limit, PAGE, MOST)?,
    };
    let page = showcases::list(app, actor, filter).await?;
    Ok(Tagged(ShowcaseList {
        entries: page
            .entries
            .into_iter()
            .map(ShowcaseDocument::from)
            .collect(),
        next: page.next,
    }))
}

/// Demo bases within reach, with their techniques, areas, level and what they radiate to, who runs each, and how often that
/// one was visited in the period.
#[utoipa::path(
    get,
    path = "/v1/demo-bases",
    tag = "records",
    params(ShowcaseQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ShowcaseList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_demo_bases(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<ShowcaseQuery>,
) -> Result<Tagged<ShowcaseList>, ApiError> {
    answer(&app, &actor, Showcase::DemoBases, query).await
}

/// Demo households within reach, and how often each was visited in the period. Phone numbers are masked.
#[utoipa::path(
    get,
    path = "/v1/demo-households",
    tag = "records",
    params(ShowcaseQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ShowcaseList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_demo_households(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<ShowcaseQuery>,
) -> Result<Tagged<ShowcaseList>, ApiError> {
    answer(&app, &actor, Showcase::DemoHouseholds, query).await
}

/// Local experts (乡土科技能人) within reach: what each is good at, who proposed it and since when. Phone numbers are masked.
#[utoipa::path(
    get,
    path = "/v1/local-experts",
    tag = "records",
    params(ShowcaseQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ShowcaseList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_local_experts(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<ShowcaseQuery>,
) -> Result<Tagged<ShowcaseList>, ApiError> {
    answer(&app, &actor, Showcase::LocalExperts, query).await
}
