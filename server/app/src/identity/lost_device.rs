//! A device that was reported lost: what it still sends is kept in escrow, it is told to delete what it holds, and the
//! office decides whether what was kept counts.

use crate::identity::accounts::Manager;
use crate::sync::batch::{self, BaseEpoch, Batch, Released};
use crate::sync::escrow;
use crate::{App, AppError, admin, audit, sync};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tepai_domain::actor::DeviceActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::devices::{self, StoredDevice};
use tepai_store::{WriteTxn, contacts, results};
use tepai_sync_protocol::ids::DeviceId;
use tepai_sync_protocol::limits::MAX_MUTATIONS;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::sync::{Outcome, SyncRequest, SyncResponse};
use uuid::Uuid;

/// Reports a device lost.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn report(app: &App, manager: &Manager, id: DeviceId) -> Result<StoredDevice, AppError> {
    let now = app.clock.now_ms();
    let device = change(app, manager, id, Act::DeviceLost, move |device| {
        Ok(device.lost_at.or(Some(now)))
    })
    .await?;
    tracing::info!(device.id = %id, "a device was reported lost");
    Ok(device)
}

/// The device was found before it deleted what it holds: its syncs go on as before.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn cancel(app: &App, manager: &Manager, id: DeviceId) -> Result<StoredDevice, AppError> {
    let device = change(app, manager, id, Act::DeviceFound, |device| {
        match device.wiped_at {
            None => Ok(None),
            Some(_) => Err(AppError::refused(ErrorCode::IllegalTransition)),
        }
    })
    .await?;
    tracing::info!(device.id = %id, "a lost device was found");
    Ok(device)
}

async fn change(
    app: &App,
    manager: &Manager,
    id: DeviceId,
    act: Act,
    lost_at: impl Fn(&StoredDevice) -> Result<Option<i64>, AppError> + Clone + Send + Sync + 'static,
) -> Result<StoredDevice, AppError> {
    let (manager, now) = (manager.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let device = known(txn, &manager, id).await?;
            let lost_at = lost_at(&device)?;
            devices::set_lost(txn, id, lost_at).await?;
            let done = AuditEntry::new(&device.county, manager.doer(), act, id);
            audit::note(txn, now, done).await?;
            Ok(StoredDevice { lost_at, ..device })
        })
        .await
}

async fn known(txn: &WriteTxn, manager: &Manager, id: DeviceId) -> Result<StoredDevice, AppError> {
    let found = devices::find(txn, id).await?;
    let known = found.filter(|device| manager.knows(&device.county));
    let device = known.ok_or_else(AppError::not_found)?;
    manager.check(device.role)?;
    Ok(device)
}

/// Keeps what a lost device sends. One that has nothing to send is told to delete what it holds.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn take_into_escrow(
    app: &App,
    actor: DeviceActor,
    request: SyncRequest,
) -> Result<SyncResponse, AppError> {
    sync::round_trip::check_shape(&request)?;
    if request.mutations.is_empty() {
        return Err(AppError::refused(ErrorCode::DeviceWipe));
    }
    let (device, clock, now) = (actor.device, app.clock.clone(), app.clock.now_ms());
    let key = app.policy.secret.clone();
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let batch = Batch::new(actor, request, BaseEpoch::Current, now, zone);
    let batch = Arc::new(batch);
    let (results, ticket) = app
        .store
        .write(async move |txn| {
            let contact = contacts::find_locked(txn, device)
                .await?
                .unwrap_or_default();
            let results = escrow::hold_in_escrow(txn, batch, &clock, &key).await?;
            Ok::<_, AppError>((results, contact.handed.ticket.unwrap_or_default()))
        })
        .await?;
    Ok(SyncResponse {
        server_time: app.clock.now_ms(),
        epoch: app.epoch,
        ticket,
        poll_after_s: app.policy.poll_after_s,
        results,
        pull: None,
    })
}

/// A lost device says that it has deleted what it held; its token ends.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn confirm_wipe(app: &App, actor: &DeviceActor) -> Result<(), AppError> {
    let (device, now) = (actor.device, app.clock.now_ms());
    let wiped = AuditEntry::new(
        &actor.county,
        AuditActor::Device(device),
        Act::DeviceWiped,
        device,
    );
    let write = async move |txn: &WriteTxn| {
        devices::set_wiped(txn, device, now).await?;
        Ok::<_, AppError>(audit::note(txn, now, wiped).await?)
    };
    app.store.write(write).await?;
    tracing::info!(device.id = %device, "a lost device has deleted what it held");
    Ok(())
}

/// Judges what was kept, as if it had been judged when it arrived. Returns how many came to which outcome.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn release(
    app: &App,
    manager: &Manager,
    id: DeviceId,
) -> Result<BTreeMap<Outcome, usize>, AppError> {
    let (asked, now) = (manager.clone(), app.clock.now_ms());
    let (device, kept) = app
        .store
        .write(async move |txn| {
            let device = known(txn, &asked, id).await?;
            let kept = results::list_escrow(txn, id).await?;
            let released = AuditEntry::new(&device.county, asked.doer(), Act::EscrowReleased, id);
            let detail = json!({"mutations": kept.len()});
            audit::note(txn, now, released.with(detail)).await?;
            Ok::<_, AppError>((device, kept))
        })
        .await?;
    let actor = DeviceActor {
        device: id,
        person: device.person,
        role: device.role,
        county: device.county.clone(),
    };
    let zone = admin::settings::zone_of(app, &device.county).await?;
    let mut outcomes = BTreeMap::new();
    for some in kept.chunks(MAX_MUTATIONS) {
        let arrived = some.iter().map(|one| one.received_at).max();
        let request = batch::request_of(
            device.contact.handed.generation,
            some.iter().map(|one| one.payload.as_str()),
        );
        let letters: Vec<Uuid> = some.iter().map(|one| one.letter).collect();
        let received_at = arrived.unwrap_or_else(|| app.clock.now_ms());
        let (actor, zone) = (actor.clone(), zone.clone());
        let batch = Batch::new(actor, request, BaseEpoch::Current, received_at, zone);
        let pushed = sync::push::push(
            app,
            Arc::new(batch.released(Released {
                letters,
                decision: None,
                sent: None,
            })),
        )
        .await?;
        for result in pushed.results {
            *outcomes.entry(result.outcome).or_default() += 1;
        }
    }
    tracing::info!(device.id = %id, kept = kept.len(), "the escrow of a lost device was released");
    Ok(outcomes)
}
