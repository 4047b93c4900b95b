//! Takes names and texts of anonymous people out of a batch before it is judged.

use crate::AppError;
use crate::privacy::person_traces;
use crate::sync::batch::{Batch, BatchItem};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tepai_domain::personal::{Mark, Marked, redact};
use tepai_domain::secret::Secret;
use tepai_store::{WriteTxn, personal, records};
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::mutation::Operation;
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};

/// The batch without the names and texts of people who are anonymous. A phone that has not synced since, or that sends its journal
/// again after a restore, does not bring a name back.
pub(super) async fn redact_batch(
    txn: &WriteTxn,
    batch: Arc<Batch>,
    key: &Secret,
) -> Result<Arc<Batch>, AppError> {
    let named: Vec<BTreeSet<RecordId>> =
        batch.items.iter().map(BatchItem::referenced_ids).collect();
    let all: BTreeSet<RecordId> = named.iter().flatten().copied().collect();
    let all: Vec<RecordId> = all.into_iter().collect();
    let marks = personal::find_marks(txn, &all).await?;
    if marks.is_empty() {
        return Ok(batch);
    }
    let own: Vec<RecordId> = marks.keys().copied().collect();
    let own = records::find_many(txn, &own).await?;
    let anonymous: BTreeSet<RecordId> = own
        .iter()
        .filter(|record| person_traces::is_anonymous(record))
        .map(|record| record.id)
        .collect();
    let mut cleaned = Batch::clone(&batch);
    for (item, named) in cleaned.items.iter_mut().zip(named) {
        let mut of_item: Vec<Mark> = named
            .iter()
            .filter_map(|id| marks.get(id))
            .flatten()
            .cloned()
            .collect();
        of_item.sort_by(|a, b| b.cmp(a));
        of_item.dedup();
        item.redact(&of_item, &anonymous, key);
    }
    Ok(Arc::new(cleaned))
}

impl BatchItem {
    /// The record that it is about, and the records that it names.
    fn referenced_ids(&self) -> BTreeSet<RecordId> {
        let mut ids = BTreeSet::new();
        let members = ["id", "set", "add"].map(|name| self.payload.get(name));
        members
            .into_iter()
            .flatten()
            .for_each(|value| collect_ids(value, &mut ids));
        ids
    }

    /// Takes out what `marks` know, and of a beneficiary that is anonymous all that says who it is.
    fn redact(&mut self, marks: &[Mark], anonymous: &BTreeSet<RecordId>, key: &Secret) {
        if marks.is_empty() {
            return;
        }
        let digest = |text: &str| person_traces::digest(key, text).unwrap_or_default();
        let marked = Marked::new(marks, digest);
        let id = self.payload.get("id").and_then(Value::as_str);
        let id = id.and_then(|id| id.parse::<RecordId>().ok());
        let is_own = id.is_some_and(|id| anonymous.contains(&id));
        let mut stripped = false;
        if let Some(set) = self.payload.get_mut("set").filter(|_| is_own) {
            stripped = person_traces::strip(set);
        }
        redact(&mut self.payload, &marked, &[]);
        let Ok((_, mutation)) = &mut self.judged else {
            return;
        };
        if is_own {
            mutation
                .set
                .retain(|name, _| !person_traces::is_personal(name));
        }
        let added = mutation.add.values_mut().flatten();
        for value in mutation.set.values_mut().chain(added) {
            redact(value, &marked, &[]);
        }
        let is_empty = mutation.set.is_empty()
            && mutation.unset.is_empty()
            && mutation.add.is_empty()
            && mutation.remove.is_empty();
        if stripped && is_empty && mutation.op == Operation::Patch {
            self.judged = Err(MutationProblem::of(ErrorCode::Anonymised));
        }
    }
}

fn collect_ids(value: &Value, ids: &mut BTreeSet<RecordId>) {
    match value {
        Value::String(text) => ids.extend(text.parse::<RecordId>()),
        Value::Array(values) => values.iter().for_each(|value| collect_ids(value, ids)),
        Value::Object(members) => members.values().for_each(|value| collect_ids(value, ids)),
        _ => {}
    }
}
