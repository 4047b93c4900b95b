//! Dead letters: refused mutations that the office applies, edits or discards.

use crate::review::office_edit::{RetriedLetter, judge, names};
use crate::{App, AppError, audit};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tepai_domain::actor::{DeviceActor, OfficeActor};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::personal;
use tepai_store::results;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::sync::MutationResult;
use uuid::Uuid;

pub use tepai_store::results::KeptLetter;

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
    let letter = RetriedLetter { id, device, sent };
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
