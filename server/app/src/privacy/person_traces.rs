//! Where a person may be named in records, and what of it is personal. It changes values in memory alone.

use crate::AppError;
use crate::secrets::fingerprint_of_code;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tepai_domain::audit::AuditActor;
use tepai_domain::personal::{ANONYMOUS, Known, redact};
use tepai_domain::secret::Secret;
use tepai_store::records::{self, StoredRecord};
use tepai_store::{Txn, divisions};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::field::Type;
use tepai_sync_protocol::ids::{DeviceId, GenerationId, PersonId, RecordId};
use tepai_sync_protocol::merge::Stamp;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{Beneficiary, Kind, Record};
use uuid::Uuid;

/// Digits of a number that is nobody else's.
const NUMBER: usize = 7;

/// One beneficiary to be made anonymous, and by whom.
#[derive(Clone, Debug)]
pub(super) struct AnonymiseJob {
    pub(super) id: RecordId,
    pub(super) rev: Option<i64>,
    pub(super) reason: String,
    pub(super) remove_photos: bool,
    pub(super) county: DivisionCode,
    pub(super) by: AuditActor,
    pub(super) person: PersonId,
    pub(super) now: i64,
}

/// The beneficiaries that a record names.
pub(super) fn named(record: &StoredRecord) -> Vec<RecordId> {
    let fields = &record.state.fields;
    let several = fields.get("beneficiary_ids").and_then(Value::as_array);
    let all = fields
        .get("beneficiary_id")
        .into_iter()
        .chain(several.into_iter().flatten());
    all.filter_map(|id| id.as_str()?.parse().ok()).collect()
}

/// Whether a beneficiary was made anonymous.
pub(crate) fn is_anonymous(record: &StoredRecord) -> bool {
    record.state.fields.contains_key("anonymised_at")
}

/// Where a person may be named.
pub(super) struct PersonTraces {
    pub(super) beneficiary: StoredRecord,
    /// Names and numbers that the beneficiary had.
    pub(super) known: Known,
    /// The numbers alone: they are nobody else's.
    pub(super) numbers: Known,
    /// What names the beneficiary by its id, and what belongs to that.
    pub(super) linked: BTreeSet<RecordId>,
    /// Notes about the beneficiary.
    pub(super) notes: BTreeSet<RecordId>,
    /// Names of divisions, which stay.
    pub(super) places: Vec<String>,
}

pub(super) async fn traces(
    txn: &impl Txn,
    job: &AnonymiseJob,
) -> Result<(PersonTraces, Vec<StoredRecord>), AppError> {
    let found = records::find(txn, job.id).await?;
    let beneficiary = found
        .filter(|record| record.state.kind == Kind::Beneficiary && record.county == job.county)
        .ok_or_else(AppError::not_found)?;
    if is_anonymous(&beneficiary) {
        return Err(AppError::refused(ErrorCode::Anonymised));
    }
    if job.rev.is_some_and(|rev| rev != beneficiary.state.rev) {
        return Err(AppError::refused(ErrorCode::Stale));
    }
    let id = job.id.to_string();
    let naming = records::list_holding(txn, &job.county, std::slice::from_ref(&id)).await?;
    let (notes, naming): (Vec<_>, Vec<_>) = naming
        .into_iter()
        .partition(|record| record.state.kind == Kind::Conflict);
    let notes: Vec<StoredRecord> = notes
        .into_iter()
        .filter(|note| note.state.text("record_id") == Some(&id))
        .collect();
    let texts = secrets(&beneficiary, &notes);
    let known = Known::new(texts.iter().map(String::as_str));
    let is_number = |text: &&String| {
        let digits = text.chars().filter(char::is_ascii_digit).count();
        digits >= NUMBER
    };
    let numbers = texts.iter().filter(is_number).map(String::as_str);
    let mut linked: BTreeSet<RecordId> = naming.iter().map(|record| record.id).collect();
    linked.insert(job.id);
    let parents: Vec<RecordId> = linked.iter().copied().collect();
    let children = records::find_places_of_children(txn, &parents).await?;
    linked.extend(children.iter().map(|place| place.id));
    let divisions = divisions::list(txn, &job.county).await?;
    let traces = PersonTraces {
        numbers: Known::new(numbers),
        linked,
        notes: notes.iter().map(|note| note.id).collect(),
        places: divisions.into_iter().map(|one| one.name).collect(),
        beneficiary,
        known,
    };
    let texts: Vec<String> = traces.known.texts().collect();
    let holding = records::list_holding(txn, &job.county, &texts).await?;
    let holding = holding.into_iter().filter(|record| traces.is_about(record));
    let own = naming.into_iter().filter(|record| is_of(record, job.id));
    let mut candidates: Vec<StoredRecord> = holding.chain(notes).chain(own).collect();
    candidates.push(traces.beneficiary.clone());
    candidates.sort_by_key(|record| record.id);
    candidates.dedup_by_key(|record| record.id);
    Ok((traces, candidates))
}

/// Every name and number that the beneficiary has, or had before somebody changed it.
pub(super) fn secrets(beneficiary: &StoredRecord, notes: &[StoredRecord]) -> Vec<String> {
    let now = Beneficiary::read(&beneficiary.state.fields);
    let mut texts: Vec<String> = [now.display_name, now.phone]
        .into_iter()
        .flatten()
        .collect();
    for note in notes {
        let field = note.state.text("field");
        for side in ["kept_json", "lost_json"] {
            let value = note.state.text(side);
            let value: Option<Value> = value.and_then(|text| serde_json::from_str(text).ok());
            let Some(value) = value else {
                continue;
            };
            match field {
                Some("display_name" | "phone") => texts.extend(text_of(&value)),
                None => {
                    let both = [value.get("display_name"), value.get("phone")];
                    texts.extend(both.into_iter().flatten().filter_map(text_of));
                }
                Some(_) => {}
            }
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

pub(super) fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Whether a record is a part of the beneficiary, such as a pond or a report.
pub(super) fn is_of(record: &StoredRecord, id: RecordId) -> bool {
    matches!(record.state.kind, Kind::Site | Kind::AdoptionReport) && named(record).contains(&id)
}

impl PersonTraces {
    /// Whether a record that holds a name or number of the person means the person.
    pub(super) fn is_about(&self, record: &StoredRecord) -> bool {
        let about = record
            .state
            .text("record_id")
            .and_then(|id| id.parse().ok());
        self.linked.contains(&record.id)
            || about.is_some_and(|id: RecordId| self.linked.contains(&id))
            || self.is_here(record.village.as_ref())
            || self.has_number(&json!(record.state.fields))
            || self.has_number(&json!(record.state.ext))
    }

    pub(super) fn is_here(&self, village: Option<&DivisionCode>) -> bool {
        village.is_some() && village == self.beneficiary.village.as_ref()
    }

    pub(super) fn has_number(&self, value: &Value) -> bool {
        redact(&mut value.clone(), &self.numbers, &[])
    }

    pub(super) fn clean(&self, value: &mut Value) -> bool {
        redact(value, &self.known, &self.places)
    }

    /// A record without what it says of the person; none if it says nothing.
    pub(super) fn cleaned(
        &self,
        record: &StoredRecord,
        job: &AnonymiseJob,
    ) -> Option<StoredRecord> {
        let mut cleaned = record.clone();
        if record.id == job.id {
            Self::forget(&mut cleaned, job);
        } else if self.notes.contains(&record.id) {
            settle_note(&mut cleaned);
        } else if is_of(record, job.id) {
            let said = match record.state.kind {
                Kind::Site => "display_name",
                _ => "note",
            };
            cleaned.state.fields.remove(said);
            cleaned.state.ext.clear();
        }
        self.clean_texts(&mut cleaned);
        if cleaned.state == record.state {
            return None;
        }
        // When it last changed stays: nothing that counts has changed.
        cleaned.state.rev += 1;
        Some(cleaned)
    }

    /// The beneficiary itself.
    pub(super) fn forget(record: &mut StoredRecord, job: &AnonymiseJob) {
        let state = &mut record.state;
        let stamp = Stamp {
            rev: state.rev + 1,
            device: DeviceId(job.person.0),
            generation: GenerationId(Uuid::nil()),
            n: job.now,
            person: job.person,
            authority: 3,
            at: job.now,
        };
        for name in Beneficiary::PERSONAL {
            state.fields.remove(name);
            state.stamps.insert(name.to_owned(), stamp.clone());
        }
        let name = Value::from(ANONYMOUS);
        state.fields.insert("display_name".to_owned(), name);
        let at = Value::from(job.now);
        state.fields.insert("anonymised_at".to_owned(), at);
        state.ext.clear();
        record.updated_at = job.now;
    }

    pub(super) fn clean_texts(&self, record: &mut StoredRecord) {
        let kind = record.state.kind;
        // Another person may have the same name, and keeps it.
        let own: &[&str] = if kind == Kind::Beneficiary {
            &["display_name", "phone"]
        } else {
            &[]
        };
        for (name, value) in &mut record.state.fields {
            let text = kind.field(name).map(|field| field.kind);
            if own.contains(&name.as_str())
                || !matches!(text, Some(Type::Text(_) | Type::TextSet { .. }))
            {
                continue;
            }
            if name.ends_with("_json") {
                self.clean_json(value);
            } else {
                self.clean(value);
            }
        }
        for value in record.state.ext.values_mut() {
            self.clean(value);
        }
    }

    /// JSON inside a text.
    pub(super) fn clean_json(&self, value: &mut Value) -> bool {
        let inner = value.as_str().map(serde_json::from_str::<Value>);
        let Some(Ok(mut inner)) = inner else {
            return self.clean(value);
        };
        let any = self.clean(&mut inner);
        if any {
            *value = Value::from(inner.to_string());
        }
        any
    }

    /// A whole text that is JSON; says whether it changed.
    pub(super) fn clean_text(&self, text: &mut String) -> bool {
        let mut value = Value::from(std::mem::take(text));
        let any = self.clean_json(&mut value);
        *text = text_of(&value).unwrap_or_default();
        any
    }
}

/// A note about the beneficiary is settled, and says neither value if that is personal.
pub(super) fn settle_note(note: &mut StoredRecord) {
    let fields = &mut note.state.fields;
    let field = fields.get("field").and_then(text_of);
    for side in ["kept_json", "lost_json"] {
        let Some(text) = fields.get(side).and_then(text_of) else {
            continue;
        };
        let value = match &field {
            Some(name) if !is_personal(name) => continue,
            Some(_) => Value::from(ANONYMOUS),
            None => {
                let mut whole = serde_json::from_str(&text).unwrap_or(Value::Null);
                strip(&mut whole);
                whole
            }
        };
        fields.insert(side.to_owned(), Value::from(value.to_string()));
    }
    fields.insert("conflict_state".to_owned(), Value::from("accepted"));
}

/// Whether a field of a beneficiary says who it is; of one that is not known here nobody can say.
pub(crate) fn is_personal(name: &str) -> bool {
    Beneficiary::PERSONAL.contains(&name) || Kind::Beneficiary.field(name).is_none()
}

/// Takes out of the members of a beneficiary what says who it is; says whether there was any.
pub(crate) fn strip(members: &mut Value) -> bool {
    let Some(members) = members.as_object_mut() else {
        return false;
    };
    let before = members.len();
    members.retain(|name, _| !is_personal(name));
    members.len() < before
}

/// How a name is known again: a digest that is worth nothing without the installation's secret.
pub(crate) fn digest(key: &Secret, text: &str) -> Result<String, AppError> {
    fingerprint_of_code(key, &Secret::new(format!("name\u{0}{text}")))
}
