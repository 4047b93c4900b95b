//! One sync: what the phone did goes up, what has changed comes down, in one round trip.

use crate::sync::batch::{BaseEpoch, Batch};
use crate::sync::contact::contact_after;
use crate::sync::outcome::Pushed;
use crate::sync::pull;
use crate::sync::push::push;
use crate::{App, AppError, admin};
use std::sync::Arc;
use tepai_domain::actor::DeviceActor;
use tepai_store::contacts;
use tepai_sync_protocol::limits::MAX_MUTATIONS;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::sync::{SyncRequest, SyncResponse};
use tepai_sync_protocol::version;

/// A sync that brings nothing new is written down at most this often: one minute.
const LAST_SEEN_STEP_MS: i64 = 60_000;

/// Applies what the phone sends, then reads what has changed for it.
#[tracing::instrument(level = "debug", skip_all, fields(device = %actor.device, county = %actor.county))]
pub async fn sync(
    app: &App,
    actor: DeviceActor,
    mut request: SyncRequest,
) -> Result<SyncResponse, AppError> {
    check_shape(&request)?;
    let received_at = app.clock.now_ms();
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let epoch = if request.epoch.is_none_or(|seen| seen == app.epoch) {
        BaseEpoch::Current
    } else {
        BaseEpoch::Other
    };
    let pull = request.pull.take();
    let is_quiet = request.mutations.is_empty();
    let batch = Arc::new(Batch::new(
        actor.clone(),
        request,
        epoch,
        received_at,
        zone.clone(),
    ));
    let pushed = if is_quiet {
        record_last_seen(app, batch).await?
    } else {
        push(app, batch).await?
    };
    let pulled = match pull {
        Some(wanted) => Some(pull::pull(app, &actor, &wanted, &zone).await?),
        None => None,
    };
    Ok(SyncResponse {
        server_time: app.clock.now_ms(),
        epoch: app.epoch,
        ticket: pushed.ticket,
        poll_after_s: app.policy.poll_after_s,
        results: pushed.results,
        pull: pulled,
    })
}

/// What every sync must be, whoever asks.
pub(crate) fn check_shape(request: &SyncRequest) -> Result<(), AppError> {
    if !(version::PROTOCOL_MIN..=version::PROTOCOL).contains(&request.protocol) {
        return Err(AppError::refused(ErrorCode::ProtocolUnsupported));
    }
    if request.mutations.len() > MAX_MUTATIONS {
        return Err(AppError::refused(ErrorCode::TooManyMutations));
    }
    Ok(())
}

/// A sync without mutations: the ticket stays, and the contact is written down if there is something to write.
async fn record_last_seen(app: &App, batch: Arc<Batch>) -> Result<Pushed, AppError> {
    let device = batch.device();
    let contact = contacts::find(&app.store.single_read(), device).await?;
    let contact = contact.unwrap_or_default();
    let fresh =
        contact.handed.ticket.is_none() || contact.handed.generation != Some(batch.generation());
    let fresh = fresh.then(|| app.clock.new_id());
    let seen = contact.handed.clone();
    let next = contact_after(&contact, &batch, fresh)?;
    let ticket = next.handed.ticket.clone().unwrap_or_default();
    let recent = contact
        .last_sync_at
        .is_some_and(|at| batch.received_at() - at < LAST_SEEN_STEP_MS);
    let same = next.handed == contact.handed
        && next.waiting == contact.waiting
        && next.app_version == contact.app_version;
    if recent && same {
        return Ok(Pushed {
            results: Vec::new(),
            ticket,
        });
    }
    // Read again under a lock: a push of the same phone may have rolled the ticket meanwhile.
    let ticket = app
        .store
        .write(async move |txn| {
            let contact = contacts::find_locked(txn, device)
                .await?
                .unwrap_or_default();
            let fresh = fresh.filter(|_| contact.handed == seen);
            let next = contact_after(&contact, &batch, fresh)?;
            contacts::save(txn, device, &next).await?;
            Ok::<_, AppError>(next.handed.ticket.unwrap_or_default())
        })
        .await?;
    Ok(Pushed {
        results: Vec::new(),
        ticket,
    })
}
