//! The last step of a batch: results, dead letters and the audit trail, in the transaction of the effects.

use crate::sync::batch::{Batch, OfficeDecision};
use crate::sync::dead_letters::locate;
use crate::{AppError, audit};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::results::{self, DeadLetter, StoredResult};
use tepai_store::{StoreError, WriteTxn};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::ids::MutationId;

/// Stores the results that are new, the dead letters, and the entry in the audit trail.
pub(super) async fn save(
    txn: &WriteTxn,
    batch: &Batch,
    act: Act,
    fresh: &BTreeMap<MutationId, StoredResult>,
    dead_letters: Vec<DeadLetter>,
) -> Result<(), AppError> {
    let (county, device) = (&batch.actor.county, batch.actor.device);
    let dead_letters = locate(txn, county, dead_letters).await?;
    results::save(txn, county, device, batch.received_at, fresh)
        .await
        .map_err(retry_on_duplicate)?;
    results::save_dead_letters(txn, county, batch.received_at, &dead_letters).await?;
    Ok(note_push(txn, batch, act, fresh).await?)
}

/// Another request stored the same mutation id at the same moment. The transaction runs again and finds it.
fn retry_on_duplicate(error: StoreError) -> AppError {
    match error {
        StoreError::Duplicate => AppError::Busy,
        error => error.into(),
    }
}

/// Notes what a phone sent, unless all of it was known: how many came to what, and a hash over each.
async fn note_push(
    txn: &WriteTxn,
    batch: &Batch,
    act: Act,
    fresh: &BTreeMap<MutationId, StoredResult>,
) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    let (mut outcomes, mut all) = (BTreeMap::new(), Sha256::new());
    for (mid, stored) in fresh {
        *outcomes.entry(stored.result.outcome).or_insert(0_u32) += 1;
        all.update(mid.0);
        all.update(&stored.content_hash);
    }
    let detail = json!({"outcomes": outcomes, "sha256": hex(&all.finalize())});
    let (county, device) = (&batch.actor.county, batch.actor.device);
    let sent = match batch.decision() {
        Some(OfficeDecision {
            person,
            act,
            object,
            ..
        }) => AuditEntry::new(county, AuditActor::Person(*person), *act, object),
        None => AuditEntry::new(county, AuditActor::Device(device), act, device),
    };
    audit::note(txn, batch.received_at, sent.with(detail)).await
}
