//! Applies a batch, each mutation exactly once, in one transaction: read, lock, judge, derive, write.

use crate::clock::Clock;
use crate::records::ledger::{self, Attempt, Ledger};
use crate::sync::batch::Batch;
use crate::sync::contact::contact_after;
use crate::sync::judge::BatchApplier;
use crate::sync::outcome::Pushed;
use crate::sync::reads;
use crate::sync::redact::redact_batch;
use crate::sync::write;
use crate::{App, AppError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tepai_domain::audit::Act;
use tepai_domain::secret::Secret;
use tepai_domain::ticket;
use tepai_store::contacts::{self, DeviceContact};
use tepai_store::records::RecordPlace;
use tepai_store::results::{self, DeadLetter, StoredResult};
use tepai_store::{WriteTxn, feeds, grants};
use tepai_sync_protocol::edit_time;
use tepai_sync_protocol::ids::MutationId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::scope::Scope;

/// Applies a batch. A transaction that turns out to need more locks is rolled back and begins again.
#[tracing::instrument(level = "debug", skip_all, fields(device = %batch.actor.device, mutations = batch.items.len()))]
pub(crate) async fn push(app: &App, batch: Arc<Batch>) -> Result<Pushed, AppError> {
    let (clock, key) = (app.clock.clone(), app.policy.secret.clone());
    ledger::commit(app, BTreeSet::new(), async move |txn, scopes| {
        apply_batch(txn, batch, scopes, &clock, &key).await
    })
    .await
}

async fn apply_batch(
    txn: &WriteTxn,
    batch: Arc<Batch>,
    mut scopes: BTreeSet<Scope>,
    clock: &Clock,
    key: &Secret,
) -> Attempt<Pushed> {
    let places = reads::read_places(txn, &batch).await?;
    scopes.extend(reads::expected_scopes(&batch, &places));
    let locked = feeds::lock(txn, &scopes).await?;

    // Everything below is read under the locks.
    let batch = redact_batch(txn, batch, key).await?;
    let device = read_device(txn, &batch, clock).await?;
    let mut applier = read_records(txn, &batch, &device, places, clock).await?;
    let results = applier.run();
    batch.refuse_as_a_whole(&results)?;

    let BatchApplier {
        mut ledger,
        fresh,
        dead_letters,
        ..
    } = applier;
    ledger.settle_adoptions(txn).await?;
    ledger.settle_what_counts_with_visits(txn).await?;
    ledger.check_locks(&locked)?;
    ledger.flush(txn, locked).await?;
    results::delete(txn, &device.superseded).await?;
    resolve_dead_letters(txn, &batch, &dead_letters, clock).await?;
    write::save(txn, &batch, Act::Pushed, &fresh, dead_letters).await?;
    contacts::save(txn, batch.actor.device, &device.next).await?;
    let ticket = device.next.handed.ticket.unwrap_or_default();
    Ok(Pushed { results, ticket })
}

/// What the server knows of the device and of its mutations.
struct Device {
    contact: DeviceContact,
    /// The contact after this request.
    next: DeviceContact,
    /// Results of mutations that are replayed.
    stored: BTreeMap<MutationId, StoredResult>,
    /// Results that the office has lifted: the mutations are judged again.
    superseded: Vec<MutationId>,
}

/// Reads the device's contact and results. A copied phone is refused: see [`ticket`].
async fn read_device(txn: &WriteTxn, batch: &Batch, clock: &Clock) -> Result<Device, AppError> {
    let contact = contacts::find_locked(txn, batch.actor.device).await?;
    let contact = contact.unwrap_or_default();
    let next = match batch.released {
        // No phone is connected, so that no ticket is handed out.
        Some(_) => contact.clone(),
        None => contact_after(&contact, batch, Some(clock.new_id()))?,
    };
    let mids: Vec<_> = batch.items.iter().filter_map(|item| item.mid).collect();
    let mut stored = results::find(txn, &mids).await?;
    let waits = |stored: &StoredResult| {
        let problem = stored.result.problem.as_ref();
        problem.is_some_and(|problem| problem.code == ErrorCode::DeviceLost)
    };
    let is_decided = batch.decision().is_some();
    let superseded: Vec<MutationId> = match batch.released {
        Some(_) => stored
            .extract_if(.., |_, of| is_decided || waits(of))
            .map(|(mid, _)| mid)
            .collect(),
        None => Vec::new(),
    };
    if batch.released.is_none()
        && ticket::judge(&contact.handed, &batch.replica) == ticket::TicketState::Behind
        && batch.reuses_numbers(&stored, contact.handed.last_n)
    {
        return Err(AppError::refused(ErrorCode::DeviceForked));
    }
    Ok(Device {
        contact,
        next,
        stored,
        superseded,
    })
}

/// Loads the records of the batch and what judging them needs.
async fn read_records<'a>(
    txn: &WriteTxn,
    batch: &'a Batch,
    device: &Device,
    places: Vec<RecordPlace>,
    clock: &'a Clock,
) -> Result<BatchApplier<'a>, AppError> {
    let grants = grants::list(txn, batch.actor.person).await?;
    let mut ledger = Ledger::new(batch.actor.county.clone(), batch.received_at);
    ledger
        .load(txn, &reads::ids_to_load(batch, &places))
        .await?;
    ledger.know(places);
    reads::load_disputed(txn, &mut ledger, batch).await?;
    Ok(BatchApplier {
        batch,
        contact: edit_time::Contact {
            now: &batch.clock,
            received_at: batch.received_at,
            last_offset_ms: device.contact.clock_offset_ms,
        },
        points: reads::points_of(txn, batch).await?,
        villages: reads::known_villages(txn, batch, &grants).await?,
        files: reads::announce_files(txn, batch).await?,
        grants,
        stored: device.stored.clone(),
        ledger,
        fresh: BTreeMap::new(),
        dead_letters: Vec::new(),
        groups: BTreeMap::new(),
        clock,
    })
}

/// Closes the dead letters that the batch came from.
async fn resolve_dead_letters(
    txn: &WriteTxn,
    batch: &Batch,
    refused: &[DeadLetter],
    clock: &Clock,
) -> Result<(), AppError> {
    let Some(released) = &batch.released else {
        return Ok(());
    };
    let resolution = match (batch.decision().is_some(), refused.is_empty()) {
        (true, true) => "applied",
        // What is refused again waits as another dead letter.
        (true, false) => "refused_again",
        (false, _) => "released",
    };
    results::resolve_letters(txn, &released.letters, resolution, clock.now_ms()).await?;
    if let Some(edited) = batch.edited() {
        results::keep_edited(txn, &released.letters, &edited.to_string()).await?;
    }
    Ok(())
}
