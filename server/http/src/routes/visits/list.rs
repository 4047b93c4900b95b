//! `GET /v1/visits` and `GET /v1/visits/{id}`.

use crate::auth::Reader;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use crate::page::{limit, read_cursor, write_cursor};
use crate::parameter::{technique, word};
use crate::routes::visits::flags::FlagDocument;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tepai_app::App;
use tepai_app::photos;
use tepai_app::photos::serve::PhotoStanding;
use tepai_app::visits;
use tepai_app::visits::flags;
use tepai_app::visits::list::{StoredRecord, StoredReview, VisitFilter};
use tepai_domain::actor::Actor;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::codes::{CHAIN_STAGE, INDUSTRY, REVIEW_STATE, SERVICE_MODE, VISIT_MODE};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::field::Class;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::summary::period::Period;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of visits.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_visits))
        .routes(routes!(get_visit))
}

/// Visits in one page, unless the caller asks for another number.
const PAGE: u32 = 100;
/// Visits in one page at the most.
const MOST: u32 = 500;

/// Which visits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VisitQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
    #[param(example = "2026-Q2")]
    period: Option<String>,
    /// A commissioner, alone or with others.
    #[param(value_type = Option<uuid::Uuid>)]
    commissioner: Option<PersonId>,
    /// An industry, such as `aquaculture`.
    industry: Option<String>,
    /// A technique, by its catalogue code.
    technique: Option<String>,
    /// A form of visit, such as `household`.
    mode: Option<String>,
    /// A chain stage, such as `production`.
    chain_stage: Option<String>,
    /// `free` or `paid`.
    service_mode: Option<String>,
    /// A beneficiary.
    #[param(value_type = Option<uuid::Uuid>)]
    beneficiary: Option<RecordId>,
    /// Review states, joined by commas: submitted, `township_passed`, approved, returned, `not_recognised`, withdrawn.
    #[param(example = "submitted,township_passed")]
    state: Option<String>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 500.
    limit: Option<u32>,
}

/// A visit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VisitDocument {
    /// Its id.
    id: RecordId,
    /// Its revision.
    rev: i64,
    /// When it first arrived: milliseconds since 1970 UTC.
    received_at: i64,
    /// When it last changed: milliseconds since 1970 UTC.
    updated_at: i64,
    /// Its fields.
    #[schema(value_type = tepai_sync_protocol::records::Visit)]
    fields: tepai_sync_protocol::Fields,
    /// Fields that the server does not know, as they came.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    ext: tepai_sync_protocol::Fields,
}

impl From<StoredRecord> for VisitDocument {
    fn from(record: StoredRecord) -> Self {
        Self {
            id: record.id,
            rev: record.state.rev,
            received_at: record.received_at,
            updated_at: record.updated_at,
            fields: record.state.fields,
            ext: record.state.ext,
        }
    }
}

/// A page of visits.
#[derive(Debug, Serialize, ToSchema)]
struct VisitList {
    /// The visits, newest service date first.
    visits: Vec<VisitDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Visits within reach, newest service date first.
#[utoipa::path(
    get,
    path = "/v1/visits",
    tag = "visits",
    params(VisitQuery),
    security(("session" = []), ("session_token" = []), ("device" = [])),
    responses(
        (status = 200, body = VisitList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_visits(
    State(app): State<App>,
    Reader(actor): Reader,
    Query(query): Query<VisitQuery>,
) -> Result<Tagged<VisitList>, ApiError> {
    let page = visits::list::list(&app, &actor, query.filter()?).await?;
    let next = page.next.map(write_cursor);
    Ok(Tagged(VisitList {
        visits: page.visits.into_iter().map(VisitDocument::from).collect(),
        next,
    }))
}

impl VisitQuery {
    fn filter(self) -> Result<VisitFilter, ApiError> {
        let limit = limit(self.limit, PAGE, MOST)?;
        Ok(VisitFilter {
            division: self.division,
            period: period(self.period.as_deref())?,
            commissioner: self.commissioner,
            industry: word("industry", &INDUSTRY, self.industry)?,
            technique: technique(self.technique)?,
            beneficiary: self.beneficiary,
            mode: word("mode", &VISIT_MODE, self.mode)?,
            chain_stage: word("chain_stage", &CHAIN_STAGE, self.chain_stage)?,
            service_mode: word("service_mode", &SERVICE_MODE, self.service_mode)?,
            states: states(self.state.as_deref())?,
            after: read_cursor(self.cursor.as_deref())?,
            limit,
        })
    }
}

pub(crate) fn period(text: Option<&str>) -> Result<Period, ApiError> {
    let everything = || {
        Period::new(
            EARLIEST_SERVICE_DATE,
            tepai_sync_protocol::summary::period::LATEST_DAY,
        )
    };
    let period = text.map_or_else(everything, str::parse);
    period.map_err(|error| {
        let sentence = error.sentence();
        ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("{} / {}", sentence.zh, sentence.en),
        )
    })
}

/// The review states of a list joined by commas.
pub(crate) fn states(list: Option<&str>) -> Result<Vec<String>, ApiError> {
    let states = list.into_iter().flat_map(|list| list.split(','));
    let checked = states.map(|state| word("state", &REVIEW_STATE, Some(state.trim().to_owned())));
    checked.filter_map(Result::transpose).collect()
}

/// One decision of a reviewer.
#[derive(Debug, Serialize, ToSchema)]
struct ReviewDocument {
    /// The revision that was judged.
    rev: i64,
    /// `township` or `county`.
    step: String,
    /// The decision.
    decision: String,
    /// Reason code.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The field to mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// The reviewer's sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// Until when to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_on: Option<String>,
    /// Who decided.
    reviewer_id: PersonId,
    /// When: milliseconds since 1970 UTC.
    reviewed_at: i64,
    /// The visit as it was judged; absent for reviews of old.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<tepai_sync_protocol::records::Visit>)]
    judged: Option<Fields>,
    /// What people changed between this version and the next one: that of the review after it, or the present one.
    changed_since: Vec<String>,
}

/// The fields that people change which differ between two versions; the state of the review is the server's.
fn changed(before: &Fields, after: &Fields) -> Vec<String> {
    let is_own = |name: &String| {
        let field = Kind::Visit.field(name);
        field.is_none_or(|field| !matches!(field.class, Class::StateMachine | Class::Authority))
    };
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&String| is_own(name) && before.get(*name) != after.get(*name);
    names.into_iter().filter(differs).cloned().collect()
}

/// Reviews with what was changed after each.
fn versions(reviews: Vec<StoredReview>, now: &Fields) -> Vec<ReviewDocument> {
    let mut next: Vec<Option<Fields>> = reviews.iter().map(|one| one.judged.clone()).collect();
    next.push(Some(now.clone()));
    let after = next.into_iter().skip(1);
    reviews
        .into_iter()
        .zip(after)
        .map(|(review, after)| {
            let both = review.judged.as_ref().zip(after.as_ref());
            ReviewDocument {
                changed_since: both.map_or_else(Vec::new, |(own, after)| changed(own, after)),
                rev: review.rev,
                step: review.step,
                decision: review.decision,
                reason: review.reason,
                field: review.field,
                comment: review.comment,
                due_on: review.due_on,
                reviewer_id: review.reviewer,
                reviewed_at: review.reviewed_at,
                judged: review.judged,
            }
        })
        .collect()
}

/// A record that belongs to a visit.
#[derive(Debug, Serialize, ToSchema)]
struct PartDocument {
    /// Its kind.
    kind: Kind,
    /// Its id.
    id: RecordId,
}

/// A visit with its reviews and what belongs to it.
#[derive(Debug, Serialize, ToSchema)]
struct VisitDetail {
    /// The visit.
    #[serde(flatten)]
    visit: VisitDocument,
    /// Its reviews, oldest first.
    reviews: Vec<ReviewDocument>,
    /// Its photos and feedback.
    parts: Vec<PartDocument>,
    /// How far its photos have come.
    photos: Vec<PhotoDocument>,
    /// What is worth a second look; for the office alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<Vec<FlagDocument>>,
}

/// How far a photo has come.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PhotoDocument {
    /// The photo; its bytes are at `/v1/photos/{id}/{size}`.
    id: RecordId,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<String>,
    /// `announced`, `partial`, `complete`, `rejected` or `removed`.
    state: &'static str,
    /// Why its bytes were refused: an error code.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<ErrorCode>,
    /// Bytes that have come.
    received_bytes: u64,
    /// Bytes of the whole, as announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<i64>,
    /// Whether it can be shown small.
    prepared: bool,
}

impl PhotoDocument {
    pub(crate) fn new(standing: PhotoStanding) -> Self {
        let file = standing.file.as_ref();
        Self {
            id: standing.id,
            purpose: standing.photo.purpose,
            state: standing.state,
            problem: file.and_then(|file| file.problem),
            received_bytes: standing.received_bytes,
            size_bytes: standing.photo.size_bytes,
            prepared: file.is_some_and(|file| file.prepared_at.is_some()),
        }
    }
}

/// One visit.
#[utoipa::path(
    get,
    path = "/v1/visits/{id}",
    tag = "visits",
    params(("id" = uuid::Uuid, Path, description = "the visit")),
    security(("session" = []), ("session_token" = []), ("device" = [])),
    responses(
        (status = 200, body = VisitDetail),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn get_visit(
    State(app): State<App>,
    Reader(actor): Reader,
    Path(id): Path<RecordId>,
) -> Result<Tagged<VisitDetail>, ApiError> {
    let found = visits::list::find(&app, &actor, id).await?;
    let reviews = versions(found.reviews, &found.visit.state.fields);
    let photos = found.parts.iter().filter(|place| place.kind == Kind::Photo);
    let photos = photos.map(|place| place.id).collect();
    let photos = photos::serve::standings(&app, photos).await?;
    let flags = match actor {
        Actor::Office(_) => Some(flags::of_visit(&app, &found.visit).await?),
        Actor::Device(_) => None,
    };
    let parts = found.parts.into_iter().filter(|place| !place.deleted);
    Ok(Tagged(VisitDetail {
        visit: found.visit.into(),
        reviews,
        parts: parts
            .map(|place| PartDocument {
                kind: place.kind,
                id: place.id,
            })
            .collect(),
        photos: photos.into_iter().map(PhotoDocument::new).collect(),
        flags: flags.map(|flags| flags.into_iter().map(FlagDocument::from).collect()),
    }))
}
