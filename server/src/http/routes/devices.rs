//! `/v1/devices`: phones are enrolled, listed with what they last said, and revoked.

use crate::app::manage_accounts::Manager;
use crate::app::manage_devices::{self, DeviceQuery as Wanted, StoredDevice};
use crate::app::{self, App, enrol_device};
use crate::domain::actor::Role;
use crate::http::auth::{Administrators, Device, Office};
use crate::http::error::ApiError;
use crate::http::extract::{Json, Path, Query};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::sync::{EnrolRequest, EnrolResponse, Waiting};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of devices.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(enrol_device))
        .routes(routes!(list_devices))
        .routes(routes!(get_own_device))
        .routes(routes!(revoke_device))
}

/// Devices in one page, unless the caller asks for another number.
const PAGE: u32 = 100;
/// Devices in one page at the most.
const MOST: u32 = 500;

/// Turns a one-time code into a device. The token is told this once.
#[utoipa::path(
    post,
    path = "/v1/devices/enrol",
    tag = "identity",
    request_body = EnrolRequest,
    responses(
        (status = 201, body = EnrolResponse),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 403, body = Problem, description = "enrolment_code_invalid: unknown, used or out of date"),
        (status = 422, body = Problem, description = "invalid_input: the name of the device"),
    )
)]
async fn enrol_device(
    State(app): State<App>,
    Json(request): Json<EnrolRequest>,
) -> Result<(StatusCode, Json<EnrolResponse>), ApiError> {
    let enrolled = app::detached(async move { enrol_device::enrol(&app, request).await }).await?;
    Ok((StatusCode::CREATED, Json(enrolled)))
}

/// A device, and what it last said.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceDocument {
    /// Its id.
    id: DeviceId,
    /// What the office calls it.
    name: String,
    /// Whose it is.
    person_id: PersonId,
    /// The person's name.
    display_name: String,
    /// The person's role.
    role: Role,
    /// Its county.
    county_code: DivisionCode,
    /// When it was enrolled: milliseconds since 1970 UTC.
    enrolled_at: i64,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<i64>,
    /// When it last synchronised.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    /// When it last sent something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_push_at: Option<i64>,
    /// The version of its app.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<String>,
    /// What still waited on it after its last sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
    /// By how much its clock was behind the server's at the last sync; negative if ahead.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_offset_ms: Option<i64>,
}

impl From<StoredDevice> for DeviceDocument {
    fn from(device: StoredDevice) -> Self {
        let contact = device.contact;
        Self {
            id: device.id,
            name: device.name,
            person_id: device.person,
            display_name: device.display_name,
            role: device.role,
            county_code: device.county,
            enrolled_at: device.enrolled_at,
            revoked_at: device.revoked_at,
            last_sync_at: contact.last_sync_at,
            last_push_at: contact.last_push_at,
            app_version: contact.app_version,
            waiting: contact.waiting,
            clock_offset_ms: contact.clock_offset_ms,
        }
    }
}

/// Which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeviceQuery {
    /// Of one person.
    #[param(value_type = Option<uuid::Uuid>)]
    person: Option<PersonId>,
    /// Where to go on, as the page before said.
    #[param(value_type = Option<uuid::Uuid>)]
    cursor: Option<DeviceId>,
    /// Devices in the page: 1 to 500, 100 if absent.
    limit: Option<u32>,
}

/// A page of devices.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceList {
    /// The devices, in the order in which they were enrolled.
    devices: Vec<DeviceDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<DeviceId>,
}

/// The devices within reach; for a coordinator those of people who serve the township.
#[utoipa::path(
    get,
    path = "/v1/devices",
    tag = "identity",
    params(DeviceQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DeviceList),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "password_change_required"),
    )
)]
async fn list_devices(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<DeviceQuery>,
) -> Result<Json<DeviceList>, ApiError> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        let detail = format!("limit: 1..{MOST}");
        return Err(ApiError::with_detail(ErrorCode::InvalidParameter, detail));
    }
    let wanted = Wanted {
        person: query.person,
        after: query.cursor,
        limit,
    };
    let page = manage_devices::list(&app, &actor, wanted).await?;
    Ok(Json(DeviceList {
        devices: page.devices.into_iter().map(DeviceDocument::from).collect(),
        next: page.next,
    }))
}

/// The device that asks.
#[utoipa::path(
    get,
    path = "/v1/devices/me",
    tag = "identity",
    security(("device" = [])),
    responses(
        (status = 200, body = DeviceDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked"),
    )
)]
async fn get_own_device(
    State(app): State<App>,
    Device(actor): Device,
) -> Result<Json<DeviceDocument>, ApiError> {
    let device = manage_devices::load_own(&app, &actor).await?;
    Ok(Json(device.into()))
}

/// Revokes a device: its token is refused from now on. What it still holds can no longer be sent.
#[utoipa::path(
    post,
    path = "/v1/devices/{id}/revoke",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the device")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DeviceDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn revoke_device(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<DeviceId>,
) -> Result<Json<DeviceDocument>, ApiError> {
    let manager = Manager::Office(actor);
    let revoked =
        app::detached(async move { manage_devices::revoke(&app, &manager, id).await }).await?;
    Ok(Json(revoked.into()))
}
