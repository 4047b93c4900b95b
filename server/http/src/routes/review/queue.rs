//! `GET /v1/review-queue`: a page of the visits that wait for a reviewer, with all that a decision needs.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Query;
use crate::page::{limit, read_cursor, write_cursor};
use crate::routes::visits::flags::FlagDocument;
use crate::routes::visits::list::{PhotoDocument, VisitDocument, period, states};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tepai_app::App;
use tepai_app::review;
use tepai_app::review::queue::{QueueFilter, QueuePage, Queued};
use tepai_app::summaries::summary::Names;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of the review queue.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_queue))
}

const PAGE: u32 = 20;
const MOST: u32 = 50;

/// Which part of the queue.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct QueueQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date. Any if absent.
    period: Option<String>,
    /// Made by this commissioner.
    #[param(value_type = Option<uuid::Uuid>)]
    commissioner: Option<PersonId>,
    /// Review states, joined by commas; `submitted,township_passed` if absent.
    state: Option<String>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 50; 20 if absent.
    limit: Option<u32>,
}

/// A visit that waits.
#[derive(Debug, Serialize, ToSchema)]
struct QueuedVisit {
    /// The visit; `distance_to_village_m` and `late_days` are among its fields.
    #[serde(flatten)]
    visit: VisitDocument,
    /// Whether you may judge it as it stands.
    may_decide: bool,
    /// What is worth a second look.
    flags: Vec<FlagDocument>,
    /// How far its photos have come.
    photos: Vec<PhotoDocument>,
    /// The visit of this village that came before it, by service date, whatever its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous: Option<VisitDocument>,
}

/// Names of what the visits speak of.
#[derive(Debug, Serialize, ToSchema)]
struct NamesDocument {
    /// Villages and their townships, by code.
    divisions: BTreeMap<String, String>,
    /// Commissioners, by id.
    people: BTreeMap<String, String>,
    /// Techniques, by code.
    techniques: BTreeMap<String, String>,
    /// Beneficiaries within your reach, by id.
    beneficiaries: BTreeMap<String, String>,
}

impl NamesDocument {
    fn new(names: Names, beneficiaries: BTreeMap<RecordId, String>) -> Self {
        fn texts<K: std::fmt::Display>(map: BTreeMap<K, String>) -> BTreeMap<String, String> {
            let named = map.into_iter();
            named.map(|(key, name)| (key.to_string(), name)).collect()
        }
        Self {
            divisions: texts(names.divisions),
            people: texts(names.people),
            techniques: texts(names.techniques),
            beneficiaries: texts(beneficiaries),
        }
    }
}

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
struct QueueDocument {
    /// Visits that wait in the division, whatever else was asked for.
    waiting: i64,
    /// The visits, the oldest service date first.
    visits: Vec<QueuedVisit>,
    /// Names of what they speak of.
    names: NamesDocument,
    /// Where to go on; absent on the last page. A decision takes a visit out of the queue and moves nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl From<Queued> for QueuedVisit {
    fn from(queued: Queued) -> Self {
        Self {
            visit: queued.visit.into(),
            may_decide: queued.may_decide,
            flags: queued.flags.into_iter().map(FlagDocument::from).collect(),
            photos: queued.photos.into_iter().map(PhotoDocument::new).collect(),
            previous: queued.previous.map(VisitDocument::from),
        }
    }
}

/// The visits that wait for a reviewer, the oldest first, each with its flags, its photos, the visit before it and the names
/// of what it speaks of.
#[utoipa::path(
    get,
    path = "/v1/review-queue",
    tag = "visits",
    params(QueueQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = QueueDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_queue(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<QueueQuery>,
) -> Result<Tagged<QueueDocument>, ApiError> {
    let asked = query.period.as_deref();
    let filter = QueueFilter {
        division: query.division,
        period: asked.map(|text| period(Some(text))).transpose()?,
        commissioner: query.commissioner,
        states: states(query.state.as_deref())?,
        after: read_cursor(query.cursor.as_deref())?,
        limit: limit(query.limit, PAGE, MOST)?,
    };
    let QueuePage {
        waiting,
        visits,
        names,
        beneficiaries,
        next,
    } = review::queue::list(&app, &actor, filter).await?;
    Ok(Tagged(QueueDocument {
        waiting,
        visits: visits.into_iter().map(QueuedVisit::from).collect(),
        names: NamesDocument::new(names, beneficiaries),
        next: next.map(write_cursor),
    }))
}
