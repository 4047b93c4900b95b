//! `/v1/handovers`: what happens if a village moves from one commissioner to another, and moving it.

use crate::auth::Administrators;
use crate::error::ApiError;
use crate::extract::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tepai_app::App;
use tepai_app::territory::hand_over::{self, HandOver, Impact, Side};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::sync::Waiting;
use tepai_sync_protocol::words::Sentence;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of hand-overs.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(preview_hand_over))
        .routes(routes!(hand_over))
}

/// A hand-over that is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HandOverRequest {
    /// The village.
    village_code: DivisionCode,
    /// Who gives it up.
    from_person_id: PersonId,
    /// Who takes it.
    to_person_id: PersonId,
    /// The first local day of the one who takes it; today if absent.
    on: Option<Date>,
}

impl From<HandOverRequest> for HandOver {
    fn from(request: HandOverRequest) -> Self {
        Self {
            village: request.village_code,
            from: request.from_person_id,
            to: request.to_person_id,
            on: request.on,
        }
    }
}

/// A phone of one of the two people.
#[derive(Debug, Serialize, ToSchema)]
struct PhoneOfSide {
    /// The device.
    id: DeviceId,
    /// What the office calls it.
    name: String,
    /// When it last synchronised: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    /// What still waited on it then.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
}

/// One of the two people.
#[derive(Debug, Serialize, ToSchema)]
struct SideDocument {
    /// The person.
    person_id: PersonId,
    /// The name.
    display_name: String,
    /// The phones that are not revoked.
    devices: Vec<PhoneOfSide>,
}

impl From<Side> for SideDocument {
    fn from(side: Side) -> Self {
        let devices = side.devices.into_iter().map(|device| PhoneOfSide {
            id: device.id,
            name: device.name,
            last_sync_at: device.contact.last_sync_at,
            waiting: device.contact.waiting,
        });
        Self {
            person_id: side.account.person,
            display_name: side.account.display_name,
            devices: devices.collect(),
        }
    }
}

/// What a hand-over comes to.
#[derive(Debug, Serialize, ToSchema)]
struct ImpactDocument {
    /// The village.
    village_code: DivisionCode,
    /// Its name.
    village_name: String,
    /// The first local day of the one who takes it.
    on: Date,
    /// The last local day of the one who gives it up; the village then leaves their phones.
    last_day: Date,
    /// Until this local day edits of the one who gives it up are still taken, if they were made by the last day.
    late_edits_until: Date,
    /// Who gives it up.
    from: SideDocument,
    /// Who takes it.
    to: SideDocument,
    /// Live records of the village, by kind: what goes onto the phones of the one who takes it.
    records: BTreeMap<&'static str, i64>,
    /// Visits that were returned to the one who gives it up and not mended.
    returned_visits: usize,
    /// Follow-ups that are open.
    open_follow_ups: usize,
    /// What the office should know before it confirms.
    warnings: Vec<Sentence>,
}

impl From<Impact> for ImpactDocument {
    fn from(impact: Impact) -> Self {
        let records = impact.records.into_iter();
        Self {
            village_code: impact.village,
            village_name: impact.village_name,
            on: impact.on,
            last_day: impact.last_day,
            late_edits_until: impact.late_edits_until,
            from: impact.from.into(),
            to: impact.to.into(),
            records: records
                .map(|(kind, count)| (kind.as_str(), count))
                .collect(),
            returned_visits: impact.returned_visits,
            open_follow_ups: impact.open_follow_ups,
            warnings: impact.warnings,
        }
    }
}

/// Tells what would happen if a village moved from one commissioner to another. Changes nothing.
#[utoipa::path(
    post,
    path = "/v1/handovers/preview",
    tag = "identity",
    security(("session" = []), ("session_token" = [])),
    request_body = HandOverRequest,
    responses(
        (status = 200, body = ImpactDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn preview_hand_over(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Json(request): Json<HandOverRequest>,
) -> Result<Json<ImpactDocument>, ApiError> {
    let impact = hand_over::preview(&app, &actor, request.into()).await?;
    Ok(Json(impact.into()))
}

/// Hands a village over. Phones learn of it with their next sync: the village's records come to the one who takes it, and
/// leave the one who gives it up after what waits there was sent.
#[utoipa::path(
    post,
    path = "/v1/handovers",
    tag = "identity",
    security(("session" = []), ("session_token" = [])),
    request_body = HandOverRequest,
    responses(
        (status = 200, body = ImpactDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 422, body = Problem, description = "invalid_input"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn hand_over(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Json(request): Json<HandOverRequest>,
) -> Result<Json<ImpactDocument>, ApiError> {
    let work = async move { hand_over::execute(&app, &actor, request.into()).await };
    Ok(Json(tepai_app::detached(work).await?.into()))
}
