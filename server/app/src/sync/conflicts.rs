//! Conflict notes: the losing value of each field that two people changed, and the edit that puts it back.

use crate::records::ledger::Ledger;
use serde_json::Value;
use tepai_store::records::StoredRecord;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::merge::{self, Conflict};
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::records::{ConflictNote, Kind};
use tepai_sync_protocol::sync::FieldConflict;
use uuid::Uuid;

/// Keeps each losing value in a note that both people can see and undo.
pub(super) fn write_notes(
    ledger: &mut Ledger,
    mutation: &Mutation,
    conflicts: &[Conflict],
) -> Vec<FieldConflict> {
    let mut told = Vec::with_capacity(conflicts.len());
    for conflict in conflicts {
        let field = conflict.field.clone().unwrap_or_default();
        let name = format!("conflict|{}|{field}", mutation.mid);
        let id = RecordId(Uuid::new_v5(&mutation.mid.0, name.as_bytes()));
        let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
        let note = ConflictNote {
            record_id: Some(mutation.id),
            record_kind: Some(mutation.kind.clone()),
            field: conflict.field.clone(),
            rule: Some(conflict.rule.to_owned()),
            mutation_id: Some(mutation.mid),
            kept_by: Some(conflict.kept_by),
            lost_by: Some(conflict.lost_by),
            kept_json: text(&conflict.kept),
            lost_json: text(&conflict.lost),
            needs_review: conflict.needs_review.then_some(true),
            conflict_state: Some("open".to_owned()),
        };
        let village = ledger
            .get(mutation.id)
            .and_then(|record| record.village.clone());
        ledger.put_own(Kind::Conflict, id, village, &note);
        told.push(FieldConflict {
            conflict_id: id,
            field,
            rule: conflict.rule.to_owned(),
            yours_kept: conflict.yours_kept,
            kept: conflict.kept.clone(),
            lost: conflict.lost.clone(),
        });
    }
    told
}

/// The mutation that puts a losing value back over what stands now. `None` if the record is not loaded.
pub(super) fn undoing(
    ledger: &Ledger,
    command: &Mutation,
    note: &ConflictNote,
) -> Option<(Kind, Mutation)> {
    let record = ledger.get(note.record_id?)?;
    let lost: Option<Value> = note
        .lost_json
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let mut back = Mutation {
        op: Operation::Patch,
        kind: record.state.kind.as_str().to_owned(),
        id: record.id,
        base: Some(seen_by_undoer(record, note)),
        name: None,
        ..command.clone()
    };
    match (&note.field, lost) {
        (Some(field), Some(value)) => {
            back.set.insert(field.clone(), value);
        }
        (Some(field), None) => back.unset.push(field.clone()),
        (None, Some(Value::Object(mut fields))) => {
            back.op = Operation::Undelete;
            for (name, part) in [
                (merge::ADDED, &mut back.add),
                (merge::REMOVED, &mut back.remove),
            ] {
                let elements = fields.remove(name);
                *part = elements
                    .and_then(|of| serde_json::from_value(of).ok())
                    .unwrap_or_default();
            }
            back.set = fields;
        }
        (None, _) => back.op = Operation::Undelete,
    }
    Some((record.state.kind, back))
}

/// The revision that whoever undoes a conflict has seen: the present one if the value that won still stands. A newer value
/// was seen by nobody who reads the note, and is not overwritten without a note of its own.
fn seen_by_undoer(record: &StoredRecord, note: &ConflictNote) -> i64 {
    let Some(field) = &note.field else {
        return record.state.rev;
    };
    let known = record.state.fields.get(field);
    let now = known
        .or_else(|| record.state.ext.get(field))
        .map(Value::to_string);
    if now == note.kept_json {
        record.state.rev
    } else {
        0
    }
}
