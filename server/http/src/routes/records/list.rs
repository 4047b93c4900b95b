//! `GET /v1/records/{kind}`: the records behind a figure that is not about visits.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use crate::page::limit;
use crate::parameter::{self, technique};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::records;
use tepai_app::records::list::{RecordFilter, StoredRecord};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::records::Kind;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of records.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_records))
}

const PAGE: u32 = 100;
const MOST: u32 = 500;

/// Which records.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RecordQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>)]
    division: Option<DivisionCode>,
    /// For kinds with a date: by that date.
    period: Option<String>,
    /// For kinds with a technique: by its catalogue code.
    technique: Option<String>,
    /// Where to go on, as the page before said.
    #[param(value_type = Option<uuid::Uuid>)]
    cursor: Option<RecordId>,
    /// How many, up to 500.
    limit: Option<u32>,
}

/// A record.
#[derive(Debug, Serialize, ToSchema)]
struct LiveRecord {
    /// Its id.
    id: RecordId,
    /// Its kind.
    kind: Kind,
    /// Its revision.
    rev: i64,
    /// Who made it.
    author_id: PersonId,
    /// When it first arrived: milliseconds since 1970 UTC.
    received_at: i64,
    /// Its fields.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    fields: tepai_sync_protocol::Fields,
}

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
struct RecordList {
    /// The records, by id.
    records: Vec<LiveRecord>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<RecordId>,
}

/// Live records of one kind within reach: `adoption_report`, adoption, beneficiary, site, photo, `demo_base`, `follow_up`, feedback,
/// `training_session`. Phone numbers are masked.
#[utoipa::path(
    get,
    path = "/v1/records/{kind}",
    tag = "records",
    params(("kind" = String, Path, description = "the kind of records"), RecordQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = RecordList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: no such kind, or a division outside your reach"),
    )
)]
async fn list_records(
    State(app): State<App>,
    Office(actor): Office,
    Path(kind): Path<String>,
    Query(query): Query<RecordQuery>,
) -> Result<Tagged<RecordList>, ApiError> {
    let kind: Kind = kind
        .parse()
        .map_err(|_| ApiError::of(ErrorCode::NotFound))?;
    let limit = limit(query.limit, PAGE, MOST)?;
    let period = query.period.as_deref().map(parameter::period).transpose()?;
    let filter = RecordFilter {
        kind,
        division: query.division,
        period,
        technique: technique(query.technique)?,
        mark: None,
        after: query.cursor,
        limit,
    };
    let page = records::list::list(&app, &actor, filter).await?;
    let records = page.records.into_iter().map(document).collect();
    Ok(Tagged(RecordList {
        records,
        next: page.next,
    }))
}

fn document(record: StoredRecord) -> LiveRecord {
    LiveRecord {
        id: record.id,
        kind: record.state.kind,
        rev: record.state.rev,
        author_id: record.author(),
        received_at: record.received_at,
        fields: record.state.fields,
    }
}
