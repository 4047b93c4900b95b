//! One sync: what the phone did goes up, what has changed comes down, in one round trip.

use crate::records::ledger::{ROUNDS, Round};
use crate::sync::pull;
use crate::sync::push::{self, Bases, Prepared, Pushed, contact_after};
use crate::{App, AppError, admin};
use std::collections::BTreeSet;
use std::sync::Arc;
use tepai_domain::actor::DeviceActor;
use tepai_store::contacts;
use tepai_sync_protocol::limits::MAX_MUTATIONS;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::sync::{SyncRequest, SyncResponse};
use tepai_sync_protocol::version;

/// A sync that brings nothing new is written down at most this often: one minute.
const QUIET_MS: i64 = 60_000;

/// Pushes, then pulls.
pub async fn sync(
    app: &App,
    actor: DeviceActor,
    mut request: SyncRequest,
) -> Result<SyncResponse, AppError> {
    check_shape(&request)?;
    let received_at = app.clock.now_ms();
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let bases = if request.epoch.is_none_or(|seen| seen == app.epoch) {
        Bases::OfThisLife
    } else {
        Bases::OfAnother
    };
    let pull = request.pull.take();
    let quiet = request.mutations.is_empty();
    let prepared = Arc::new(Prepared::new(
        actor.clone(),
        request,
        bases,
        received_at,
        zone.clone(),
    ));
    let pushed = if quiet {
        be_seen(app, prepared).await?
    } else {
        push(app, prepared).await?
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

/// Judges a batch, beginning again for as long as it turns out to need more locks.
pub(crate) async fn push(app: &App, prepared: Arc<Prepared>) -> Result<Pushed, AppError> {
    let mut expected = BTreeSet::new();
    for _ in 0..ROUNDS {
        let (prepared, scopes, clock) = (prepared.clone(), expected.clone(), app.clock.clone());
        let key = app.policy.secret.clone();
        let round = app
            .store
            .write(async move |txn| push::round(txn, prepared, scopes, &clock, &key).await)
            .await?;
        match round {
            Round::Done(pushed) => return Ok(pushed),
            Round::Widen(scopes) => expected = scopes,
        }
    }
    Err(AppError::Busy)
}

/// A sync without mutations: the ticket stays, and the contact is written down if there is something to write.
async fn be_seen(app: &App, prepared: Arc<Prepared>) -> Result<Pushed, AppError> {
    let device = prepared.device();
    let contact = contacts::find(&app.store.glance(), device).await?;
    let contact = contact.unwrap_or_default();
    let fresh =
        contact.handed.ticket.is_none() || contact.handed.generation != Some(prepared.generation());
    let fresh = fresh.then(|| app.clock.new_id());
    let seen = contact.handed.clone();
    let next = contact_after(&contact, &prepared, fresh)?;
    let ticket = next.handed.ticket.clone().unwrap_or_default();
    let recent = contact
        .last_sync_at
        .is_some_and(|at| prepared.received_at() - at < QUIET_MS);
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
            let next = contact_after(&contact, &prepared, fresh)?;
            contacts::save(txn, device, &next).await?;
            Ok::<_, AppError>(next.handed.ticket.unwrap_or_default())
        })
        .await?;
    Ok(Pushed {
        results: Vec::new(),
        ticket,
    })
}
