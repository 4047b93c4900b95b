//! `/v1/devices`: phones are enrolled, listed with what they last said, and revoked.

use crate::auth::{Administrators, AnyDevice, Device, Office};
use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::page::limit;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::identity::accounts::Manager;
use tepai_app::identity::authenticate::DeviceStatus;
use tepai_app::identity::devices::{self, DeviceQuery as Wanted, OpenMatters, StoredDevice};
use tepai_app::identity::{enrolment, lost_device};
use tepai_domain::actor::Role;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::sync::{EnrolRequest, EnrolResponse, Outcome, Waiting};
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
        .routes(routes!(report_lost))
        .routes(routes!(report_found))
        .routes(routes!(release_escrow))
        .routes(routes!(confirm_wipe))
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
    let enrolled =
        tepai_app::detached(async move { enrolment::enrol(&app, request).await }).await?;
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
    /// When the office reported it lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_at: Option<i64>,
    /// When it said that it had deleted what it held.
    #[serde(skip_serializing_if = "Option::is_none")]
    wiped_at: Option<i64>,
    /// Refused mutations of it that nobody has settled.
    quarantined: i64,
    /// Mutations of it that wait because it was reported lost.
    in_escrow: i64,
    /// Open conflicts of its person.
    conflicts: i64,
}

impl DeviceDocument {
    fn new(device: StoredDevice, open: OpenMatters) -> Self {
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
            lost_at: device.lost_at,
            wiped_at: device.wiped_at,
            quarantined: open.quarantined,
            in_escrow: open.in_escrow,
            conflicts: open.conflicts,
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
    let limit = limit(query.limit, PAGE, MOST)?;
    let wanted = Wanted {
        person: query.person,
        after: query.cursor,
        limit,
    };
    let page = devices::list(&app, &actor, wanted).await?;
    let document = |device: StoredDevice| {
        let open = page.open.get(&device.id).copied().unwrap_or_default();
        DeviceDocument::new(device, open)
    };
    Ok(Json(DeviceList {
        devices: page.devices.into_iter().map(document).collect(),
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
    let device = devices::load_own(&app, &actor).await?;
    document(&app, device).await
}

async fn document(app: &App, device: StoredDevice) -> Result<Json<DeviceDocument>, ApiError> {
    let open = devices::load_open_matters(app, &device).await?;
    Ok(Json(DeviceDocument::new(device, open)))
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
    let (manager, writer) = (Manager::Office(actor), app.clone());
    let revoke = async move { devices::revoke(&writer, &manager, id).await };
    document(&app, tepai_app::detached(revoke).await?).await
}

/// Reports a device lost. What it still sends is kept in escrow; it gets nothing any more, and is told to delete what it
/// holds.
#[utoipa::path(
    post,
    path = "/v1/devices/{id}/lost",
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
async fn report_lost(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<DeviceId>,
) -> Result<Json<DeviceDocument>, ApiError> {
    let (manager, writer) = (Manager::Office(actor), app.clone());
    let report = async move { lost_device::report(&writer, &manager, id).await };
    document(&app, tepai_app::detached(report).await?).await
}

/// A lost device was found before it deleted what it holds: its syncs go on as before.
#[utoipa::path(
    post,
    path = "/v1/devices/{id}/found",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the device")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DeviceDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 422, body = Problem, description = "illegal_transition: it has deleted what it held"),
    )
)]
async fn report_found(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<DeviceId>,
) -> Result<Json<DeviceDocument>, ApiError> {
    let (manager, writer) = (Manager::Office(actor), app.clone());
    let cancel = async move { lost_device::cancel(&writer, &manager, id).await };
    document(&app, tepai_app::detached(cancel).await?).await
}

/// How many mutations came to which outcome.
#[derive(Debug, Default, Serialize, ToSchema)]
struct Released {
    /// Those that stand as they are.
    applied: usize,
    /// Those that met another person's edit.
    merged: usize,
    /// Those that are kept and do not count yet.
    held: usize,
    /// Those that were refused.
    rejected: usize,
    /// Those that belong to a record that is not here.
    retry: usize,
}

/// Judges what was kept of a lost device, as if it had been judged when it arrived.
#[utoipa::path(
    post,
    path = "/v1/devices/{id}/release-escrow",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the device")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = Released),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn release_escrow(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<DeviceId>,
) -> Result<Json<Released>, ApiError> {
    let manager = Manager::Office(actor);
    let release = async move { lost_device::release(&app, &manager, id).await };
    let outcomes = tepai_app::detached(release).await?;
    let count = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
    Ok(Json(Released {
        applied: count(Outcome::Applied),
        merged: count(Outcome::Merged),
        held: count(Outcome::Held),
        rejected: count(Outcome::Rejected),
        retry: count(Outcome::Retry),
    }))
}

/// A lost device says that it has deleted what it held. Its token ends with that.
#[utoipa::path(
    post,
    path = "/v1/devices/me/wiped",
    tag = "identity",
    security(("device" = [])),
    responses(
        (status = 204, description = "noted"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "device_revoked"),
        (status = 422, body = Problem, description = "illegal_transition: it was not reported lost"),
    )
)]
async fn confirm_wipe(
    State(app): State<App>,
    AnyDevice(actor, whereabouts): AnyDevice,
) -> Result<StatusCode, ApiError> {
    if whereabouts == DeviceStatus::Active {
        return Err(ApiError::of(ErrorCode::IllegalTransition));
    }
    tepai_app::detached(async move { lost_device::confirm_wipe(&app, &actor).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}
