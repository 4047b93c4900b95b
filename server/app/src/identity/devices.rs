//! The devices of a county: reading them with what they last said, and revoking one.

use crate::identity::accounts::Manager;
use crate::{App, AppError, audit};
use std::collections::BTreeMap;
use tepai_domain::actor::{DeviceActor, OfficeActor};
use tepai_domain::audit::{Act, AuditEntry};
use tepai_store::WriteTxn;
use tepai_store::devices::{self, DeviceFilter};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};

pub use tepai_store::devices::{OpenMatters, StoredDevice};

/// Which devices.
#[derive(Clone, Copy, Debug)]
pub struct DeviceQuery {
    /// Of this person.
    pub person: Option<PersonId>,
    /// After this one.
    pub after: Option<DeviceId>,
    /// At most so many.
    pub limit: u32,
}

/// A page of devices.
#[derive(Clone, Debug)]
pub struct DevicePage {
    /// The devices, in the order in which they were enrolled.
    pub devices: Vec<StoredDevice>,
    /// What is open of them at the office; nothing of those that are missing.
    pub open: BTreeMap<DeviceId, OpenMatters>,
    /// Where to go on, if there is more.
    pub next: Option<DeviceId>,
}

/// A page of the devices within the actor's reach: for a coordinator those of people who serve the township.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    query: DeviceQuery,
) -> Result<DevicePage, AppError> {
    list_within(app, actor.county.clone(), actor.township.clone(), query).await
}

/// A page of the devices of a county, or of people who serve a township of it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list_within(
    app: &App,
    county: DivisionCode,
    township: Option<DivisionCode>,
    query: DeviceQuery,
) -> Result<DevicePage, AppError> {
    let wanted = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let filter = DeviceFilter {
        county,
        township,
        person: query.person,
        after: query.after,
        // One more tells whether there is more.
        limit: query.limit.saturating_add(1),
    };
    let (mut devices, open) = app
        .store
        .read(async |txn| {
            let found = devices::list(txn, &filter).await?;
            let owners: Vec<_> = found
                .iter()
                .map(|device| (device.id, device.person))
                .collect();
            let open = devices::find_open_matters(txn, &owners).await?;
            Ok::<_, AppError>((found, open))
        })
        .await?;
    let has_more = devices.len() > wanted;
    devices.truncate(wanted);
    let last = devices.last().filter(|_| has_more);
    Ok(DevicePage {
        next: last.map(|device| device.id),
        devices,
        open,
    })
}

/// The device that asks.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn load_own(app: &App, actor: &DeviceActor) -> Result<StoredDevice, AppError> {
    let id = actor.device;
    app.store
        .read(async |txn| {
            devices::find(txn, id)
                .await?
                .ok_or_else(AppError::not_found)
        })
        .await
}

/// What is open of one device at the office.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn load_open_matters(app: &App, device: &StoredDevice) -> Result<OpenMatters, AppError> {
    let owner = (device.id, device.person);
    let open = app
        .store
        .read(async |txn| Ok::<_, AppError>(devices::find_open_matters(txn, &[owner]).await?))
        .await?;
    Ok(open.get(&owner.0).copied().unwrap_or_default())
}

/// Revokes a device: its token is refused from now on.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn revoke(app: &App, manager: &Manager, id: DeviceId) -> Result<StoredDevice, AppError> {
    let (manager, now) = (manager.clone(), app.clock.now_ms());
    let revoked = app
        .store
        .write(async move |txn| revoke_in(txn, &manager, id, now).await)
        .await?;
    tracing::info!(device.id = %id, "a device was revoked");
    Ok(revoked)
}

async fn revoke_in(
    txn: &WriteTxn,
    manager: &Manager,
    id: DeviceId,
    now: i64,
) -> Result<StoredDevice, AppError> {
    let found = devices::find(txn, id).await?;
    let known = found.filter(|device| manager.knows(&device.county));
    let device = known.ok_or_else(AppError::not_found)?;
    manager.check(device.role)?;
    devices::revoke(txn, id, now).await?;
    let revoked = AuditEntry::new(&device.county, manager.doer(), Act::DeviceRevoked, id);
    audit::note(txn, now, revoked).await?;
    Ok(StoredDevice {
        revoked_at: device.revoked_at.or(Some(now)),
        ..device
    })
}
