//! `GET /v1/flags`: visits that are worth a second look, and why.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Query;
use crate::page::{limit, read_cursor, write_cursor};
use crate::routes::visits::list::period;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::visits::flags::{self, FlagFilter};
use tepai_app::visits::list::StoredRecord;
use tepai_domain::evidence::{Flag, FlagKind};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::words::Sentence;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of flags.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_flags))
}

/// Visits in one page, unless the caller asks for another number.
const PAGE: usize = 50;
/// Visits in one page at the most.
const MOST: usize = 200;

/// Which flagged visits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FlagQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
    #[param(example = "2026-06")]
    period: Option<String>,
    /// A kind of flag; any if absent.
    kind: Option<FlagKind>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many visits, up to 200.
    limit: Option<usize>,
}

/// Something about a visit that is worth a second look. It blocks nothing and proves nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlagDocument {
    /// What.
    kind: FlagKind,
    /// In words, with the figures.
    words: Sentence,
    /// The photo that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    photo_id: Option<RecordId>,
    /// The other visit that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_visit_id: Option<RecordId>,
}

impl From<Flag> for FlagDocument {
    fn from(flag: Flag) -> Self {
        Self {
            kind: flag.kind,
            words: flag.words,
            photo_id: flag.photo,
            other_visit_id: flag.other_visit,
        }
    }
}

/// A visit that is worth a second look.
#[derive(Debug, Serialize, ToSchema)]
struct FlaggedVisit {
    /// The visit.
    visit_id: RecordId,
    /// Its village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    village_code: Option<DivisionCode>,
    /// Whose it is.
    commissioner_id: PersonId,
    /// First day of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    service_from: Option<String>,
    /// Why.
    flags: Vec<FlagDocument>,
}

impl FlaggedVisit {
    fn new(visit: StoredRecord, flags: Vec<Flag>) -> Self {
        Self {
            visit_id: visit.id,
            commissioner_id: visit.author(),
            service_from: visit.on_date().map(|on| on.to_string()),
            village_code: visit.village,
            flags: flags.into_iter().map(FlagDocument::from).collect(),
        }
    }
}

/// A page of flagged visits.
#[derive(Debug, Serialize, ToSchema)]
struct FlaggedList {
    /// The visits, newest service date first.
    visits: Vec<FlaggedVisit>,
    /// Where to go on; absent on the last page. A page may be short or empty and still name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Visits within reach that are worth a second look, newest service date first.
#[utoipa::path(
    get,
    path = "/v1/flags",
    tag = "visits",
    params(FlagQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = FlaggedList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_flags(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<FlagQuery>,
) -> Result<Tagged<FlaggedList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let filter = FlagFilter {
        division: query.division,
        period: period(query.period.as_deref())?,
        kind: query.kind,
        after: read_cursor(query.cursor.as_deref())?,
        limit,
    };
    let page = flags::list(&app, actor, filter).await?;
    let visits = page.visits.into_iter();
    Ok(Tagged(FlaggedList {
        visits: visits
            .map(|(visit, flags)| FlaggedVisit::new(visit, flags))
            .collect(),
        next: page.next.map(write_cursor),
    }))
}
