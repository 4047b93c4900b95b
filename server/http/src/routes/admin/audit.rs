//! `GET /v1/audit`: what was done in the county, by whom, to what.

use crate::auth::Auditors;
use crate::error::ApiError;
use crate::extract::{Json, Query};
use crate::page::{last_of_full, limit, read_cursor, write_cursor};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tepai_app::App;
use tepai_app::audit::{self, AuditFilter};
use tepai_domain::audit::{Act, Link};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::words::Sentence;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The route of the audit trail.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit))
}

/// Links in one page, unless the caller asks for another number.
const PAGE: u32 = 50;
/// Links in one page at the most.
const MOST: u32 = 500;

/// Which links.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// One act alone.
    act: Option<Act>,
    /// What was done to one thing alone: an id or a code.
    object: Option<String>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many links, up to 500.
    limit: Option<u32>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkDocument {
    /// The chain: the county, or a phone of it.
    chain: String,
    /// The link's place in its chain, from 1.
    seq: i64,
    /// When: milliseconds since 1970 UTC.
    at: i64,
    /// Who: `person`, `device`, `operator` (on the machine itself) or `server`.
    by: &'static str,
    /// The account or device.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_id: Option<Uuid>,
    /// The person's name, or that of the person whose device it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_name: Option<String>,
    /// What was done.
    act: Act,
    /// In words.
    words: Sentence,
    /// To what: an id or a code.
    object: String,
    /// How.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// SHA-256 over the hash of the link before and all of this one.
    hash: String,
}

impl From<Link> for LinkDocument {
    fn from(link: Link) -> Self {
        Self::new(link, &BTreeMap::new())
    }
}

impl LinkDocument {
    fn new(link: Link, names: &BTreeMap<Uuid, String>) -> Self {
        let name = link.entry.by.id().and_then(|id| names.get(&id));
        Self {
            by_name: name.cloned(),
            chain: link.chain,
            seq: link.seq,
            at: link.at,
            by: link.entry.by.kind(),
            by_id: link.entry.by.id(),
            act: link.entry.act,
            words: link.entry.act.label().into(),
            object: link.entry.object,
            detail: link.entry.detail,
            hash: link.hash,
        }
    }
}

/// A page of the audit trail.
#[derive(Debug, Serialize, ToSchema)]
struct AuditList {
    /// The links, newest first.
    links: Vec<LinkDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What was done in the county, newest first; for the county's officers, administrators and auditors.
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "settings",
    params(AuditQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AuditList),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
    )
)]
async fn list_audit(
    State(app): State<App>,
    Auditors(actor): Auditors,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let filter = AuditFilter {
        county: actor.county,
        act: query.act,
        object: query.object,
        before: read_cursor(query.cursor.as_deref())?,
    };
    let (links, names) = audit::list(&app, filter, limit).await?;
    let last = last_of_full(&links, limit);
    let next = last.map(|link| write_cursor((link.at, &link.chain, link.seq)));
    Ok(Json(AuditList {
        links: links
            .into_iter()
            .map(|link| LinkDocument::new(link, &names))
            .collect(),
        next,
    }))
}
