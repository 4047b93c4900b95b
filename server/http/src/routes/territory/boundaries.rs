//! `GET /v1/boundaries/{division}`: what lies in a division as one compact GeoJSON feature collection.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tepai_app::App;
use tepai_app::territory::boundaries::{self, Shape};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of boundaries.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_boundaries))
}

/// Which boundaries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct BoundaryQuery {
    /// `township` or `village`; what lies in the division one level below if absent.
    #[param(inline)]
    level: Option<Level>,
}

/// How many of the divisions have a boundary.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Known {
    /// None of them: a page shows tiles instead.
    None,
    /// Some of them.
    Some,
    /// All of them.
    All,
}

/// What a feature is about.
#[derive(Debug, Serialize, ToSchema)]
struct Properties {
    /// The division.
    code: DivisionCode,
    /// Its name.
    name: String,
}

/// A division with its boundary.
#[derive(Debug, Serialize, ToSchema)]
struct ShapeFeature {
    /// `Feature`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it is about.
    properties: Properties,
    /// A polygon or several: longitudes and latitudes in WGS-84, to about a metre, simplified to be shown.
    #[schema(value_type = Object)]
    geometry: Box<RawValue>,
}

/// Boundaries as GeoJSON.
#[derive(Debug, Serialize, ToSchema)]
struct BoundaryCollection {
    /// `FeatureCollection`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// How many of the divisions have a boundary.
    known: Known,
    /// Those that have, by code.
    features: Vec<ShapeFeature>,
}

/// The boundaries of what lies in a division. A county that has imported none gets an empty collection.
#[utoipa::path(
    get,
    path = "/v1/boundaries/{division}",
    tag = "places",
    params(("division" = String, Path, description = "county or township code"), BoundaryQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = BoundaryCollection),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter: nothing of that level lies in the division"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_boundaries(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<BoundaryQuery>,
) -> Result<Tagged<BoundaryCollection>, ApiError> {
    let below = match division.level() {
        Level::County => Level::Township,
        Level::Township | Level::Village => Level::Village,
    };
    let level = query.level.unwrap_or(below);
    if level < below {
        return Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            "level: township (of a county), village",
        ));
    }
    let found = boundaries::list(&app, &actor, division, level).await?;
    let known = match found.shapes.len() {
        0 => Known::None,
        count if count == found.divisions => Known::All,
        _ => Known::Some,
    };
    Ok(Tagged(BoundaryCollection {
        kind: "FeatureCollection",
        known,
        features: found.shapes.into_iter().filter_map(feature).collect(),
    }))
}

/// What was stored is a geometry; nothing else was ever written.
fn feature(shape: Shape) -> Option<ShapeFeature> {
    Some(ShapeFeature {
        kind: "Feature",
        geometry: RawValue::from_string(shape.geometry).ok()?,
        properties: Properties {
            code: shape.code,
            name: shape.name,
        },
    })
}
