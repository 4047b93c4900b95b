//! The devices of a county: reading them with what they last said, and revoking one.

use super::manage_accounts::Manager;
use super::{App, AppError};
use crate::domain::actor::{DeviceActor, OfficeActor};
use crate::store::WriteTxn;
use crate::store::devices::{self, DeviceFilter};
use tepai_sync_protocol::ids::{DeviceId, PersonId};

pub use crate::store::devices::StoredDevice;

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

/// A page of the devices within the actor's reach: for a coordinator those of people who serve the township.
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    query: DeviceQuery,
) -> Result<Vec<StoredDevice>, AppError> {
    let filter = DeviceFilter {
        county: actor.county.clone(),
        township: actor.township.clone(),
        person: query.person,
        after: query.after,
        limit: query.limit,
    };
    app.store
        .read(async move |txn| Ok(devices::list(txn, &filter).await?))
        .await
}

/// The device that asks.
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

/// Revokes a device: its token is refused from now on.
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
    Ok(StoredDevice {
        revoked_at: device.revoked_at.or(Some(now)),
        ..device
    })
}
