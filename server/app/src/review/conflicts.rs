//! The desk: fields that two people changed, mutations that were refused, and what the office makes of both.
//!
//! What it decides is an edit with its authority, through the same pipeline as any other, and syncs back to the phones.

use crate::review::office_edit::{judge, names};
use crate::visits::list::reach;
use crate::{App, AppError};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tepai_domain::actor::{Actor, OfficeActor};
use tepai_domain::audit::Act;
use tepai_domain::personal;
use tepai_store::ReadTxn;
use tepai_store::records::{self, StoredRecord};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{MutationId, PersonId, RecordId};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{ConflictNote, Kind, Record};

/// The field that is masked.
const PHONE: &str = "phone";
/// Notes that are read at once.
const CHUNK: u32 = 500;

/// What the office makes of a conflict.
#[derive(Clone, Debug, PartialEq)]
pub enum ConflictVerdict {
    /// What stands is right.
    Keep,
    /// What lost is right: it comes back.
    Undo,
    /// Neither is: this is.
    Edit(Value),
}

/// A conflict with what stands in the record now.
#[derive(Clone, Debug)]
pub struct ConflictEntry {
    /// Its id.
    pub id: RecordId,
    /// Where the record is.
    pub village: Option<DivisionCode>,
    /// What happened.
    pub note: ConflictNote,
    /// When it was met: milliseconds since 1970 UTC.
    pub met_at: i64,
    /// The revision of the record now; absent if it is gone.
    pub rev: Option<i64>,
    /// The field's value now.
    pub now: Option<Value>,
    /// Whether the record is deleted.
    pub is_deleted: bool,
}

/// Conflicts and names of those who met.
#[derive(Clone, Debug)]
pub struct Conflicts {
    /// The latest first.
    pub entries: Vec<ConflictEntry>,
    /// Names of people, by id.
    pub names: BTreeMap<PersonId, String>,
}

/// Which conflicts are asked for.
#[derive(Clone, Debug)]
pub struct ConflictQuery {
    /// Inside this division; everything in reach if absent.
    pub division: Option<DivisionCode>,
    /// In this state; in any if absent.
    pub state: Option<String>,
    /// Those before this one: when it was met, and its id.
    pub before: Option<(i64, RecordId)>,
    /// At most so many.
    pub limit: u32,
}

/// Conflicts within the officer's reach, the latest first.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    query: ConflictQuery,
) -> Result<Conflicts, AppError> {
    let (division, _) = reach(&Actor::Office(actor.clone()), query.division.as_ref())?;
    app.store
        .read(async move |txn| {
            let notes = notes(txn, &division, &query).await?;
            let about: Vec<RecordId> = notes
                .iter()
                .filter_map(|(_, note)| note.record_id)
                .collect();
            let about = records::find_many(txn, &about).await?;
            let about: BTreeMap<RecordId, StoredRecord> = about
                .into_iter()
                .map(|record| (record.id, record))
                .collect();
            let names = names(txn, &division.county()).await?;
            let entries = notes.into_iter().map(|note| masked(entry(note, &about)));
            Ok::<_, AppError>(Conflicts {
                entries: entries.collect(),
                names,
            })
        })
        .await
}

/// An entry in which no phone number of a beneficiary can be read.
fn masked(mut entry: ConflictEntry) -> ConflictEntry {
    let note = &mut entry.note;
    if note.record_kind.as_deref() != Some(Kind::Beneficiary.as_str()) {
        return entry;
    }
    let field = note.field.as_deref();
    for text in [&mut note.kept_json, &mut note.lost_json]
        .into_iter()
        .flatten()
    {
        let Ok(mut value) = serde_json::from_str::<Value>(text) else {
            continue;
        };
        let phone = match field {
            None => value.get_mut(PHONE),
            Some(PHONE) => Some(&mut value),
            Some(_) => None,
        };
        phone.into_iter().for_each(personal::mask);
        *text = value.to_string();
    }
    if field == Some(PHONE) {
        entry.now.iter_mut().for_each(personal::mask);
    }
    entry
}

/// A page of notes in the state that is asked for, read a chunk at a time.
async fn notes(
    txn: &ReadTxn,
    division: &DivisionCode,
    query: &ConflictQuery,
) -> Result<Vec<(StoredRecord, ConflictNote)>, AppError> {
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let (mut found, mut before) = (Vec::new(), query.before);
    loop {
        let chunk = records::page_by_arrival(txn, division, Kind::Conflict, before, CHUNK).await?;
        let is_last = chunk.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        for record in chunk {
            before = Some((record.received_at, record.id));
            let note = ConflictNote::read(&record.state.fields);
            if query.state.is_none() || note.conflict_state == query.state {
                found.push((record, note));
            }
            if found.len() == limit {
                return Ok(found);
            }
        }
        if is_last {
            return Ok(found);
        }
    }
}

fn entry(
    (record, note): (StoredRecord, ConflictNote),
    about: &BTreeMap<RecordId, StoredRecord>,
) -> ConflictEntry {
    let of = note.record_id.and_then(|id| about.get(&id));
    let now = of.zip(note.field.as_ref()).and_then(|(of, field)| {
        let known = of.state.fields.get(field);
        known.or_else(|| of.state.ext.get(field)).cloned()
    });
    ConflictEntry {
        id: record.id,
        village: record.village,
        met_at: record.received_at,
        rev: of.map(|of| of.state.rev),
        is_deleted: of.is_some_and(|of| of.state.deleted),
        now,
        note,
    }
}

/// Settles a conflict. One that is settled already, by a phone or the office, is refused.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn settle(
    app: &App,
    actor: &OfficeActor,
    id: RecordId,
    decision: ConflictVerdict,
) -> Result<(), AppError> {
    let (seen, about) = app
        .store
        .read(async move |txn| {
            let note = records::find(txn, id).await?;
            let about = match note
                .as_ref()
                .and_then(note_of)
                .and_then(|note| note.record_id)
            {
                Some(record) => records::find(txn, record).await?,
                None => None,
            };
            Ok::<_, AppError>((note, about))
        })
        .await?;
    let seen = seen.filter(|record| {
        let village = record.village.as_ref();
        village.is_some_and(|village| actor.sees(village))
    });
    let seen = seen.ok_or_else(AppError::not_found)?;
    let note = note_of(&seen).ok_or_else(AppError::not_found)?;
    let mutations = mutations(app, &seen, &note, about.as_ref(), decision)?;
    judge(app, actor, None, mutations, Act::ConflictSettled, id.0).await?;
    Ok(())
}

fn note_of(record: &StoredRecord) -> Option<ConflictNote> {
    (record.state.kind == Kind::Conflict && record.is_live())
        .then(|| ConflictNote::read(&record.state.fields))
}

/// The edits that a decision is: the note is settled, and with another value the record is patched in one group with it.
fn mutations(
    app: &App,
    seen: &StoredRecord,
    note: &ConflictNote,
    about: Option<&StoredRecord>,
    decision: ConflictVerdict,
) -> Result<Vec<Value>, AppError> {
    let now = app.clock.now_ms();
    let group = MutationId(app.clock.new_id());
    let mutation = |n: i64, more: Value| {
        let mut all = json!({
            "mid": app.clock.new_id(), "n": n, "group": group, "edited": {"wall": now},
        });
        if let (Value::Object(all), Value::Object(more)) = (&mut all, more) {
            all.extend(more);
        }
        all
    };
    let name = match decision {
        ConflictVerdict::Undo => "undo_conflict",
        ConflictVerdict::Keep | ConflictVerdict::Edit(_) => "accept_conflict",
    };
    let settled = mutation(
        2,
        json!({"op": "command", "kind": "conflict", "id": seen.id, "base": seen.state.rev, "name": name}),
    );
    let ConflictVerdict::Edit(value) = decision else {
        return Ok(vec![settled]);
    };
    let (about, field) = about
        .zip(note.field.as_ref())
        .ok_or_else(|| AppError::refused(ErrorCode::IllegalTransition))?;
    let set = json!({ field.as_str(): value });
    let patch = mutation(
        1,
        json!({"op": "patch", "kind": about.state.kind, "id": about.id, "base": about.state.rev, "set": set}),
    );
    Ok(vec![patch, settled])
}
