//! The desk: fields that two people changed, mutations that were refused, and what the office makes of both.
//!
//! What it decides is an edit with its authority, through the same pipeline as any other, and syncs back to the phones.

use crate::sync::batch::{self, BaseEpoch, Batch, OfficeDecision, Released};
use crate::visits::list::reach;
use crate::{App, AppError, admin, audit, sync};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tepai_domain::actor::{Actor, DeviceActor, OfficeActor};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::personal;
use tepai_store::records::{self, StoredRecord};
use tepai_store::{ReadTxn, Txn, last_seen, results};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{ConflictNote, Kind, Record};
use tepai_sync_protocol::sync::MutationResult;
use uuid::Uuid;

pub use tepai_store::results::KeptLetter;

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

/// A refused mutation in which no phone number of a beneficiary can be read.
fn masked_letter(mut kept: KeptLetter) -> KeptLetter {
    if let Ok(mut payload) = serde_json::from_str::<Value>(&kept.letter.payload)
        && let Some(phone) = payload.pointer_mut("/set/phone")
    {
        personal::mask(phone);
        kept.letter.payload = payload.to_string();
    }
    kept
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

/// Names of the commissioners of a county.
async fn names(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<PersonId, String>, AppError> {
    let people = last_seen::list(txn, county).await?.into_iter();
    Ok(people.map(|(id, last_seen)| (id, last_seen.name)).collect())
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

/// A refused mutation that is judged anew, as its device's own.
struct Letter {
    id: Uuid,
    device: DeviceActor,
    /// As it was sent, if the office has changed it.
    sent: Option<Value>,
}

/// Has mutations judged with the authority of somebody at the office.
async fn judge(
    app: &App,
    actor: &OfficeActor,
    letter: Option<Letter>,
    mutations: Vec<Value>,
    act: Act,
    object: Uuid,
) -> Result<Vec<MutationResult>, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let texts: Vec<String> = mutations.iter().map(Value::to_string).collect();
    let request = batch::request_of(None, texts.iter().map(String::as_str));
    let own = DeviceActor {
        device: DeviceId(actor.person.0),
        person: actor.person,
        role: actor.role,
        county: actor.county.clone(),
    };
    let decision = OfficeDecision {
        person: actor.person,
        role: actor.role,
        reach: actor.reach().clone(),
        act,
        object,
    };
    let now = app.clock.now_ms();
    let (letters, device, sent) = match letter {
        Some(letter) => (vec![letter.id], letter.device, letter.sent),
        None => (Vec::new(), own, None),
    };
    let batch = Batch::new(device, request, BaseEpoch::Current, now, zone);
    let released = Released {
        letters,
        decision: Some(decision),
        sent,
    };
    let pushed = sync::push::push(app, Arc::new(batch.released(released))).await?;
    Ok(pushed.results)
}

/// What the office makes of a refused mutation.
#[derive(Clone, Debug, PartialEq)]
pub enum LetterDecision {
    /// It applies after all, with the office's authority; first these fields are changed.
    Apply(LetterEdit),
    /// It stays refused.
    Discard,
}

/// What the office changes in a refused mutation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LetterEdit {
    /// Fields, the village among them, with their values.
    pub set: Map<String, Value>,
    /// Fields that the phone wrote and that stay as they are.
    pub leave_out: Vec<String>,
}

impl LetterEdit {
    /// The mutation with these changes.
    fn made(&self, mutation: &Value) -> Option<Value> {
        let mut edited = mutation.as_object()?.clone();
        let mut unset: Vec<Value> = match edited.remove("unset") {
            Some(Value::Array(fields)) => fields,
            _ => Vec::new(),
        };
        let mut set = match edited.remove("set") {
            Some(Value::Object(fields)) => fields,
            _ => Map::new(),
        };
        let is_named = |field: &Value| {
            let name = field.as_str().unwrap_or_default();
            self.set.contains_key(name) || self.leave_out.iter().any(|own| own == name)
        };
        unset.retain(|field| !is_named(field));
        set.retain(|field, _| !self.leave_out.contains(field));
        set.extend(self.set.clone());
        if !set.is_empty() {
            edited.insert("set".to_owned(), set.into());
        }
        if !unset.is_empty() {
            edited.insert("unset".to_owned(), unset.into());
        }
        Some(edited.into())
    }
}

/// Settles a refused mutation. What the office changed in it must be sound, or nothing happens. What cannot be applied even so is refused again, with its code, and waits on.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn settle_letter(
    app: &App,
    actor: &OfficeActor,
    id: Uuid,
    decision: LetterDecision,
) -> Result<Option<MutationResult>, AppError> {
    let kept = app
        .store
        .read(async move |txn| Ok::<_, AppError>(results::find_letter(txn, id).await?))
        .await?;
    let kept = kept.filter(|kept| sees(actor, kept));
    let kept = kept.ok_or_else(AppError::not_found)?;
    // What a lost phone sent is released with all that it sent.
    if kept.resolved.is_some() || kept.letter.problem.code == ErrorCode::DeviceLost {
        return Err(AppError::refused(ErrorCode::IllegalTransition));
    }
    let LetterDecision::Apply(edit) = decision else {
        discard(app, actor, id).await?;
        return Ok(None);
    };
    let malformed = || AppError::refused(ErrorCode::MalformedMutation);
    let sent: Value = serde_json::from_str(&kept.letter.payload).map_err(|_| malformed())?;
    let (payload, sent) = if edit == LetterEdit::default() {
        (sent, None)
    } else {
        (edit.made(&sent).ok_or_else(malformed)?, Some(sent))
    };
    let device = DeviceActor {
        device: kept.letter.device,
        person: kept.letter.person,
        role: actor.role,
        county: kept.county.clone(),
    };
    let act = Act::LetterSettled;
    let letter = Letter { id, device, sent };
    let results = judge(app, actor, Some(letter), vec![payload], act, id).await?;
    Ok(results.into_iter().next())
}

async fn discard(app: &App, actor: &OfficeActor, id: Uuid) -> Result<(), AppError> {
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            results::resolve_letters(txn, &[id], "discarded", now).await?;
            let by = AuditActor::Person(actor.person);
            let entry = AuditEntry::new(&actor.county, by, Act::LetterSettled, id);
            let detail = json!({"decision": "discard"});
            Ok(audit::note(txn, now, entry.with(detail)).await?)
        })
        .await
}

fn sees(actor: &OfficeActor, kept: &KeptLetter) -> bool {
    if kept.county != actor.county {
        return false;
    }
    match (&actor.township, &kept.letter.village) {
        (None, _) => true,
        (Some(_), Some(village)) => actor.sees(village),
        (Some(_), None) => false,
    }
}

/// Refused mutations within the officer's reach, the latest first.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list_letters(
    app: &App,
    actor: &OfficeActor,
    is_settled: bool,
    before: Option<(i64, Uuid)>,
    limit: u32,
) -> Result<(Vec<KeptLetter>, BTreeMap<PersonId, String>), AppError> {
    let reach = actor.reach().clone();
    app.store
        .read(async move |txn| {
            let letters = results::list_letters(txn, &reach, is_settled, before, limit).await?;
            let names = names(txn, &reach.county()).await?;
            let letters = letters.into_iter().map(masked_letter).collect();
            Ok::<_, AppError>((letters, names))
        })
        .await
}
