//! `/v1/bulletins`: what the office writes for commissioners, and who has read it.

use crate::auth::{Office, Reviewer};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Json, Path, Query};
use crate::page::{limit, read_cursor, write_cursor};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::admin::bulletins::{self, BulletinPage, BulletinState, Issued, NewBulletin};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::records::Bulletin;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of bulletins.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_bulletins, issue_bulletin))
        .routes(routes!(get_bulletin))
        .routes(routes!(withdraw_bulletin))
}

const PAGE: usize = 20;
const MOST: usize = 100;

/// Which bulletins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BulletinQuery {
    /// `scheduled`, `in_force`, `over` or `withdrawn`; all if absent.
    state: Option<BulletinState>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 100.
    limit: Option<usize>,
}

/// What is written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewBulletinDocument {
    /// What it is about, by the code list `bulletin_kind`.
    #[schema(example = "training")]
    kind: String,
    /// Its title, up to 100 characters.
    title: String,
    /// The text, up to 5,000 characters.
    text: String,
    /// For the commissioners of this township; of the whole county if absent. A coordinator names the own township.
    #[schema(value_type = Option<String>, example = "421083100")]
    township_code: Option<DivisionCode>,
    /// For commissioners who work in one of these industries; in any if there are none. Somebody of whom no industry is
    /// known is always meant.
    #[serde(default)]
    industries: Vec<String>,
    /// The first local day on which it is shown; today if absent.
    #[schema(value_type = Option<String>)]
    valid_from: Option<Date>,
    /// The last one; until it is withdrawn if absent.
    #[schema(value_type = Option<String>)]
    valid_until: Option<Date>,
}

/// Why a bulletin is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Withdrawal {
    /// A sentence, up to 500 characters, that those who have read it are shown.
    reason: String,
}

/// A bulletin, and how many have read it.
#[derive(Debug, Serialize, ToSchema)]
struct BulletinDocument {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: RecordId,
    /// How it stands today.
    state: BulletinState,
    /// What it says.
    bulletin: Bulletin,
    /// The local day for which it was asked who it is for: today, or the last day on which it was shown.
    #[schema(value_type = String)]
    asked_on: Date,
    /// People within your reach who have read it, each once.
    read_count: usize,
    /// Commissioners within your reach who it is for and have not read it.
    unread_count: usize,
}

impl From<&Issued> for BulletinDocument {
    fn from(issued: &Issued) -> Self {
        Self {
            id: issued.id,
            state: issued.state,
            bulletin: issued.bulletin.clone(),
            asked_on: issued.asked_on,
            read_count: issued.readers.len(),
            unread_count: issued.unread.len(),
        }
    }
}

/// A page of bulletins.
#[derive(Debug, Serialize, ToSchema)]
struct BulletinList {
    /// How many there are on all pages.
    total: usize,
    /// The latest first day first.
    bulletins: Vec<BulletinDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Somebody who has read a bulletin.
#[derive(Debug, Serialize, ToSchema)]
struct ReaderDocument {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    person_id: PersonId,
    /// The name.
    name: String,
    /// When, by the corrected clock of the phone: milliseconds since 1970 UTC.
    read_at: i64,
}

/// A commissioner who a bulletin is for and who has not read it.
#[derive(Debug, Serialize, ToSchema)]
struct UnreadDocument {
    /// Who.
    #[schema(value_type = uuid::Uuid)]
    person_id: PersonId,
    /// The name.
    name: String,
    /// Up to when all of the person's phones have reported: milliseconds since 1970 UTC. Somebody whose phone has not been
    /// heard of since the bulletin was issued cannot have read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
}

/// A bulletin with its readers.
#[derive(Debug, Serialize, ToSchema)]
struct BulletinWithReaders {
    /// The bulletin.
    #[serde(flatten)]
    document: BulletinDocument,
    /// Who has read it, the earliest first.
    readers: Vec<ReaderDocument>,
    /// Who has not.
    unread: Vec<UnreadDocument>,
}

impl From<Issued> for BulletinWithReaders {
    fn from(issued: Issued) -> Self {
        let document = BulletinDocument::from(&issued);
        let readers = issued.readers.into_iter();
        let unread = issued.unread.into_iter();
        Self {
            document,
            readers: readers
                .map(|(person_id, name, read_at)| ReaderDocument {
                    person_id,
                    name,
                    read_at,
                })
                .collect(),
            unread: unread
                .map(|(person_id, name, last_sync_at)| UnreadDocument {
                    person_id,
                    name,
                    last_sync_at,
                })
                .collect(),
        }
    }
}

/// Bulletins with how many have read them. A coordinator sees those of the county and of the own township, and counts people
/// who work there.
#[utoipa::path(
    get,
    path = "/v1/bulletins",
    tag = "bulletins",
    params(BulletinQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = BulletinList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "password_change_required"),
    )
)]
async fn list_bulletins(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<BulletinQuery>,
) -> Result<Tagged<BulletinList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let after = read_cursor(query.cursor.as_deref())?;
    let BulletinPage {
        total,
        bulletins,
        next,
    } = bulletins::list(&app, &actor, query.state, after, limit).await?;
    Ok(Tagged(BulletinList {
        total,
        bulletins: bulletins.iter().map(BulletinDocument::from).collect(),
        next: next.map(write_cursor),
    }))
}

/// Writes a bulletin; phones have it after their next sync. A bulletin is never reworded: withdraw it and write another.
#[utoipa::path(
    post,
    path = "/v1/bulletins",
    tag = "bulletins",
    security(("session" = []), ("session_token" = [])),
    request_body = NewBulletinDocument,
    responses(
        (status = 200, body = BulletinWithReaders),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed: a county officer writes for anybody, a coordinator for the own township"),
        (status = 404, body = Problem, description = "not_found: the township is outside your reach"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn issue_bulletin(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Json(new): Json<NewBulletinDocument>,
) -> Result<Json<BulletinWithReaders>, ApiError> {
    let new = NewBulletin {
        kind: new.kind,
        title: new.title,
        text: new.text,
        township: new.township_code,
        industries: new.industries,
        valid_from: new.valid_from,
        valid_until: new.valid_until,
    };
    let issue = async move { bulletins::issue(&app, &actor, new).await };
    Ok(Json(tepai_app::detached(issue).await?.into()))
}

/// A bulletin, with who has read it and who has not.
#[utoipa::path(
    get,
    path = "/v1/bulletins/{id}",
    tag = "bulletins",
    params(("id" = uuid::Uuid, Path, description = "the bulletin")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = BulletinWithReaders),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn get_bulletin(
    State(app): State<App>,
    Office(actor): Office,
    Path(id): Path<RecordId>,
) -> Result<Tagged<BulletinWithReaders>, ApiError> {
    let issued = bulletins::find(&app, &actor, id).await?;
    Ok(Tagged(issued.into()))
}

/// Takes a bulletin back: phones show it no more, and tell those who have read it why.
#[utoipa::path(
    post,
    path = "/v1/bulletins/{id}/withdrawal",
    tag = "bulletins",
    params(("id" = uuid::Uuid, Path, description = "the bulletin")),
    security(("session" = []), ("session_token" = [])),
    request_body = Withdrawal,
    responses(
        (status = 200, body = BulletinWithReaders),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed: a coordinator withdraws those of the own township"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 422, body = Problem, description = "invalid_input; illegal_transition: it is withdrawn already"),
    )
)]
async fn withdraw_bulletin(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Path(id): Path<RecordId>,
    Json(Withdrawal { reason }): Json<Withdrawal>,
) -> Result<Json<BulletinWithReaders>, ApiError> {
    let withdraw = async move { bulletins::withdraw(&app, &actor, id, reason).await };
    Ok(Json(tepai_app::detached(withdraw).await?.into()))
}
