//! `GET /v1/divisions`: the places within reach, once for a whole console: small on the wire, and unchanged for most of the year.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use axum::extract::State;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeSet;
use tepai_app::App;
use tepai_app::territory::divisions::{self, SeenDivision};
use tepai_domain::geo::Point;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::Problem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of divisions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_divisions))
}

/// A county, township or village.
#[derive(Debug, Serialize, ToSchema)]
struct DivisionDocument {
    /// Its code.
    code: DivisionCode,
    /// Its name.
    name: String,
    /// `county`, `township` or `village`.
    level: Level,
    /// The division that it lies in; absent of the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    parent: Option<DivisionCode>,
    /// Codes of a village's lead industries.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    lead_industries: BTreeSet<String>,
    /// Where a village is: latitude and longitude in WGS-84, to about a metre.
    #[serde(skip_serializing_if = "Option::is_none")]
    point: Option<[f64; 2]>,
    /// Whether it stands in the denominators of coverage today.
    in_coverage: bool,
    /// The division that it has become part of; what was recorded here counts there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    merged_into: Option<DivisionCode>,
}

/// The places within reach.
#[derive(Debug, Serialize, ToSchema)]
struct DivisionList {
    /// The local day as of which they stand.
    #[schema(value_type = String)]
    on: Date,
    /// The county, or a coordinator's township, and everything in it, by code: each division after the one that it lies in.
    divisions: Vec<DivisionDocument>,
}

impl DivisionDocument {
    fn new(seen: SeenDivision, first: &DivisionCode) -> Self {
        let level = seen.code.level();
        let parent = match level {
            Level::County => None,
            Level::Township => Some(seen.code.county()),
            Level::Village => seen.code.township(),
        };
        Self {
            parent: parent.filter(|_| seen.code != *first),
            level,
            lead_industries: seen.lead_industries,
            point: seen.point.map(rounded),
            in_coverage: seen.is_counted,
            merged_into: seen.merged_into.filter(|_| !seen.is_valid),
            code: seen.code,
            name: seen.name,
        }
    }
}

/// Five digits behind the point: a metre.
fn rounded(Point { lat, lon }: Point) -> [f64; 2] {
    [lat, lon].map(|degrees| (degrees * 1e5).round() / 1e5)
}

/// The divisions within reach, with what a map and lists need of them. Ask once and with `If-None-Match` from then on.
#[utoipa::path(
    get,
    path = "/v1/divisions",
    tag = "places",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DivisionList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "password_change_required"),
    )
)]
async fn list_divisions(
    State(app): State<App>,
    Office(actor): Office,
) -> Result<Tagged<DivisionList>, ApiError> {
    let (on, seen) = divisions::list_within(&app, &actor).await?;
    let divisions = seen
        .into_iter()
        .map(|one| DivisionDocument::new(one, actor.reach()));
    Ok(Tagged(DivisionList {
        on,
        divisions: divisions.collect(),
    }))
}
