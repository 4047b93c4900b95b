//! A beneficiary becomes anonymous: name, number and what was written of the person go for good, and every count stays.
//!
//! They go from the record and its sites and reports, from what visits and others of the village say, from conflict notes, results,
//! refused mutations, reviews, closed months and score sheets. What a phone sends a second time is known again by its marks
//! (`push`). Photos of visits that served nobody else go too where that is asked for.

use crate::records::ledger::{self, Attempt, Ledger, SERVER, scopes};
use crate::secrets::fingerprint_of_code;
use crate::{App, AppError, admin, audit, photos};
use jiff::civil::Date;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::personal::{ANONYMOUS, Known, Mark, redact};
use tepai_domain::secret::Secret;
use tepai_domain::settings::Setting;
use tepai_store::photo_files::{self, PhotoFile};
use tepai_store::records::{self, StoredRecord};
use tepai_store::{Txn, WriteTxn, divisions, feeds, personal, settings};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::codes;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::field::Type;
use tepai_sync_protocol::ids::{DeviceId, GenerationId, PersonId, RecordId};
use tepai_sync_protocol::merge::Stamp;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::{Beneficiary, Kind, Record, Visit};
use tepai_sync_protocol::scope::Scope;
use uuid::Uuid;

/// The reason of the job.
const RETENTION: &str = "retention";
/// Digits of a number that is nobody else's.
const NUMBER: usize = 7;
/// Beneficiaries that one turn of the job makes anonymous.
const AT_ONCE: usize = 50;

/// What somebody at the office asks for.
#[derive(Clone, Debug)]
pub struct AnonymiseRequest {
    /// The beneficiary.
    pub id: RecordId,
    /// The revision that the officer saw.
    pub rev: i64,
    /// Why: a code.
    pub reason: String,
    /// Whether photos of visits that served nobody else go as well.
    pub remove_photos: bool,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anonymised {
    /// The beneficiary's new revision.
    pub rev: i64,
    /// Records that said something of the person, with the beneficiary.
    pub records: usize,
    /// Other texts: results, refused mutations, reviews, closed months, score sheets, and files that went out.
    pub texts: usize,
    /// Photos that are removed.
    pub photos: usize,
}

/// One beneficiary to be made anonymous, and by whom.
#[derive(Clone, Debug)]
struct AnonymiseJob {
    id: RecordId,
    rev: Option<i64>,
    reason: String,
    remove_photos: bool,
    county: DivisionCode,
    by: AuditActor,
    person: PersonId,
    now: i64,
}

/// Makes a beneficiary anonymous.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn anonymise(
    app: &App,
    actor: &OfficeActor,
    request: AnonymiseRequest,
) -> Result<Anonymised, AppError> {
    if request.reason == RETENTION || !codes::ANONYMISE_REASON.has(&request.reason) {
        let code = ErrorCode::UnknownCode;
        let errors = vec![FieldProblem {
            pointer: "/reason".to_owned(),
            code,
            message: code.title().into(),
        }];
        return Err(AppError::with_errors(ErrorCode::InvalidInput, errors));
    }
    let job = AnonymiseJob {
        id: request.id,
        rev: Some(request.rev),
        reason: request.reason,
        remove_photos: request.remove_photos,
        county: actor.county.clone(),
        by: AuditActor::Person(actor.person),
        person: actor.person,
        now: app.clock.now_ms(),
    };
    run(app, job).await
}

/// Makes some beneficiaries anonymous whom nobody has served for as long as their county keeps names. Returns how many.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn anonymise_due(app: &App) -> Result<usize, AppError> {
    let name = Setting::BeneficiaryRetentionYears.as_str();
    let counties = app
        .store
        .read(async move |txn| Ok::<_, AppError>(settings::list_counties_with(txn, name).await?))
        .await?;
    let mut count = 0;
    for county in counties {
        let today = app.clock.today(&app.zone);
        let of = county.clone();
        let due = app
            .store
            .read(async move |txn| list_due(txn, &of, today).await)
            .await?;
        for id in due.into_iter().take(AT_ONCE) {
            let job = AnonymiseJob {
                id,
                rev: None,
                reason: RETENTION.to_owned(),
                remove_photos: false,
                county: county.clone(),
                by: AuditActor::Server,
                person: SERVER.0,
                now: app.clock.now_ms(),
            };
            run(app, job).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Beneficiaries, also deleted ones, of whom neither a visit nor a report nor a follow-up is late enough.
async fn list_due(
    txn: &impl Txn,
    county: &DivisionCode,
    today: Date,
) -> Result<Vec<RecordId>, AppError> {
    let settings = admin::settings::read(txn, county, today).await?;
    let Some(from) = settings.names_kept_from(today) else {
        return Ok(Vec::new());
    };
    let begins = from.to_zoned(settings.time_zone.clone());
    let begins = begins.map_err(|error| AppError::Internal(error.into()))?;
    let before = begins.timestamp().as_millisecond();
    let mut all = records::list_beneficiaries_before(txn, county, before).await?;
    all.retain(|record| !is_anonymous(record));
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let mut served = BTreeSet::new();
    for kind in [Kind::Visit, Kind::AdoptionReport, Kind::FollowUp] {
        for record in records::list_dated(txn, county, kind, from, Date::MAX).await? {
            served.extend(named(&record));
        }
    }
    let due = all.into_iter().map(|record| record.id);
    Ok(due.filter(|id| !served.contains(id)).collect())
}

/// The beneficiaries that a record names.
fn named(record: &StoredRecord) -> Vec<RecordId> {
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

async fn run(app: &App, job: AnonymiseJob) -> Result<Anonymised, AppError> {
    let key = app.policy.secret.clone();
    let (done, removed) = ledger::commit(app, BTreeSet::new(), async move |txn, scopes| {
        write(txn, &job, scopes, &key).await
    })
    .await?;
    for file in removed {
        photos::status::repeat_status(app, file).await?;
    }
    Ok(done)
}

/// Where a person may be named.
struct PersonTraces {
    beneficiary: StoredRecord,
    /// Names and numbers that the beneficiary had.
    known: Known,
    /// The numbers alone: they are nobody else's.
    numbers: Known,
    /// What names the beneficiary by its id, and what belongs to that.
    linked: BTreeSet<RecordId>,
    /// Notes about the beneficiary.
    notes: BTreeSet<RecordId>,
    /// Names of divisions, which stay.
    places: Vec<String>,
}

async fn traces(
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
fn secrets(beneficiary: &StoredRecord, notes: &[StoredRecord]) -> Vec<String> {
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

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Whether a record is a part of the beneficiary, such as a pond or a report.
fn is_of(record: &StoredRecord, id: RecordId) -> bool {
    matches!(record.state.kind, Kind::Site | Kind::AdoptionReport) && named(record).contains(&id)
}

impl PersonTraces {
    /// Whether a record that holds a name or number of the person means the person.
    fn is_about(&self, record: &StoredRecord) -> bool {
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

    fn is_here(&self, village: Option<&DivisionCode>) -> bool {
        village.is_some() && village == self.beneficiary.village.as_ref()
    }

    fn has_number(&self, value: &Value) -> bool {
        redact(&mut value.clone(), &self.numbers, &[])
    }

    fn clean(&self, value: &mut Value) -> bool {
        redact(value, &self.known, &self.places)
    }

    /// A record without what it says of the person; none if it says nothing.
    fn cleaned(&self, record: &StoredRecord, job: &AnonymiseJob) -> Option<StoredRecord> {
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
    fn forget(record: &mut StoredRecord, job: &AnonymiseJob) {
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

    fn clean_texts(&self, record: &mut StoredRecord) {
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
    fn clean_json(&self, value: &mut Value) -> bool {
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
    fn clean_text(&self, text: &mut String) -> bool {
        let mut value = Value::from(std::mem::take(text));
        let any = self.clean_json(&mut value);
        *text = text_of(&value).unwrap_or_default();
        any
    }
}

/// A note about the beneficiary is settled, and says neither value if that is personal.
fn settle_note(note: &mut StoredRecord) {
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

async fn write(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    mut expected: BTreeSet<Scope>,
    key: &Secret,
) -> Attempt<(Anonymised, Vec<PhotoFile>)> {
    let (_, candidates) = traces(txn, job).await?;
    expected.extend(candidates.iter().flat_map(scopes));
    let locked = feeds::lock(txn, &expected).await?;
    // Read again under the locks: a push may have come in between.
    let (traces, candidates) = traces(txn, job).await?;
    let ids: Vec<RecordId> = candidates.iter().map(|record| record.id).collect();
    let mut ledger = Ledger::new(job.county.clone(), job.now);
    ledger.load(txn, &ids).await?;
    let mut done = Anonymised::default();
    let mut marked = vec![job.id];
    for id in ids {
        let cleaned = ledger
            .get(id)
            .and_then(|record| traces.cleaned(record, job));
        if let Some(cleaned) = cleaned {
            if id == job.id {
                done.rev = cleaned.state.rev;
            }
            done.records += 1;
            marked.push(id);
            ledger.put(cleaned);
        }
    }
    ledger.check_locks(&locked)?;
    ledger.flush(txn, locked).await?;
    let mut digests = Vec::new();
    let texts: Vec<String> = traces.known.texts().collect();
    done.texts += clean_results(txn, job, &traces, &texts, &marked).await?;
    done.texts += clean_letters(txn, job, &traces, &texts, &mut marked).await?;
    done.texts += forget_copies(txn, job, &traces, &texts).await?;
    done.texts += clean_reviews(txn, job, &traces, &texts).await?;
    done.texts += clean_closings(txn, job, &traces, &texts, &mut digests).await?;
    done.texts += clean_assessment(txn, job, &traces, &texts, &mut digests).await?;
    let marks = texts
        .iter()
        .map(|text| {
            Ok(Mark {
                chars: text.chars().count(),
                digest: digest(key, text)?,
            })
        })
        .collect::<Result<Vec<Mark>, AppError>>()?;
    marked.sort_unstable();
    marked.dedup();
    personal::add_marks(txn, &job.county, &marked, &marks).await?;
    let removed = if job.remove_photos {
        remove_photos(txn, job, &traces).await?
    } else {
        Vec::new()
    };
    done.photos = removed.len();
    let detail = json!({
        "reason": job.reason, "records": done.records, "texts": done.texts, "photos": done.photos,
        "digests": digests,
    });
    let entry = AuditEntry::new(&job.county, job.by, Act::Anonymised, job.id);
    audit::note(txn, job.now, entry.with(detail)).await?;
    Ok((done, removed))
}

/// How a name is known again: a digest that is worth nothing without the installation's secret.
pub(crate) fn digest(key: &Secret, text: &str) -> Result<String, AppError> {
    fingerprint_of_code(key, &Secret::new(format!("name\u{0}{text}")))
}

/// Results that tell of a conflict over what the person is called.
async fn clean_results(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
    texts: &[String],
    marked: &[RecordId],
) -> Result<usize, AppError> {
    let notes = traces.notes.iter().map(ToString::to_string);
    let wanted: Vec<String> = texts.iter().cloned().chain(notes).collect();
    let mut count = 0;
    for mut row in personal::list_results(txn, &job.county, &wanted).await? {
        let Ok(mut value) = serde_json::from_str::<Value>(&row.result_json) else {
            continue;
        };
        let mut changed = false;
        let mut is_about = traces.has_number(&value);
        let conflicts = value.get_mut("conflicts").and_then(Value::as_array_mut);
        for conflict in conflicts.into_iter().flatten() {
            let id = conflict.get("conflict_id").and_then(text_of);
            let id = id.and_then(|id| id.parse::<RecordId>().ok());
            is_about |= id.is_some_and(|id| marked.contains(&id));
            let field = conflict.get("field").and_then(text_of).unwrap_or_default();
            let is_own = id.is_some_and(|id| traces.notes.contains(&id));
            for side in ["kept", "lost"] {
                let Some(value) = conflict.get_mut(side).filter(|_| is_own) else {
                    continue;
                };
                if value.is_object() {
                    changed |= strip(value);
                } else if is_personal(&field) && !value.is_null() {
                    *value = Value::from(ANONYMOUS);
                    changed = true;
                }
            }
        }
        if is_about {
            changed |= traces.clean(&mut value);
        }
        if changed {
            row.result_json = value.to_string();
            personal::save_result(txn, &row).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Refused mutations of the person's records, and of the village.
async fn clean_letters(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
    texts: &[String],
    marked: &mut Vec<RecordId>,
) -> Result<usize, AppError> {
    let own = job.id.to_string();
    let wanted: Vec<String> = texts.iter().cloned().chain([own.clone()]).collect();
    let mut count = 0;
    for mut row in personal::list_letters(txn, &job.county, &wanted).await? {
        let Ok(mut payload) = serde_json::from_str::<Value>(&row.payload) else {
            continue;
        };
        let id = payload.get("id").and_then(text_of);
        let id = id.and_then(|id| id.parse::<RecordId>().ok());
        let mut changed = false;
        if id == Some(job.id)
            && let Some(set) = payload.get_mut("set")
        {
            changed |= strip(set);
        }
        let is_about = id.is_some_and(|id| traces.linked.contains(&id))
            || row.payload.contains(&own)
            || traces.is_here(row.village.as_ref())
            || traces.has_number(&payload);
        if is_about {
            changed |= traces.clean(&mut payload);
            changed |= traces.clean_text(&mut row.problem);
        }
        if changed {
            row.payload = payload.to_string();
            personal::save_letter(txn, &row).await?;
            marked.extend(id);
            count += 1;
        }
    }
    Ok(count)
}

/// What cannot be cleaned and is told no more: edits of refused mutations, and files of the village that went out.
async fn forget_copies(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
    texts: &[String],
) -> Result<usize, AppError> {
    let mut count = personal::forget_edits(txn, &job.county, texts).await?;
    if let Some(village) = &traces.beneficiary.village {
        count += personal::forget_files(txn, &job.county, village).await?;
    }
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// What reviewers wrote, and visits as they were judged.
async fn clean_reviews(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
    texts: &[String],
) -> Result<usize, AppError> {
    let rows = personal::list_reviews(txn, &job.county, texts).await?;
    let visits: Vec<RecordId> = rows.iter().map(|row| RecordId(row.record_id)).collect();
    let places = records::find_places(txn, &visits).await?;
    let here = places
        .iter()
        .filter(|place| traces.is_here(place.village.as_ref()));
    let here: BTreeSet<RecordId> = here.map(|place| place.id).collect();
    let mut count = 0;
    for mut row in rows {
        let visit = RecordId(row.record_id);
        let said = json!([row.comment, row.judged]);
        if !here.contains(&visit) && !traces.linked.contains(&visit) && !traces.has_number(&said) {
            continue;
        }
        let texts = [row.comment.as_mut(), row.judged.as_mut()];
        let changed = texts
            .into_iter()
            .flatten()
            .fold(false, |any, text| traces.clean_text(text) | any);
        if changed {
            personal::save_review(txn, &row).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Reports of closed months: rows of the village and of the person's records. Their figures stay, and their digest is another.
async fn clean_closings(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
    texts: &[String],
    digests: &mut Vec<Value>,
) -> Result<usize, AppError> {
    let mut count = 0;
    for mut row in personal::list_closings(txn, &job.county, texts).await? {
        let Ok(mut report) = serde_json::from_str::<Value>(&row.report) else {
            continue;
        };
        let mut changed = clean_rows(&mut report, traces);
        changed |= redact(&mut report, &traces.numbers, &[]);
        if changed {
            row.report = report.to_string();
            let digest = hex(&Sha256::digest(&row.report));
            digests.push(json!({"closing": row.month, "before": row.digest, "after": digest}));
            row.digest = digest;
            personal::save_closing(txn, &job.county, &row).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Cleans each row that names the village or a record of the person in a cell of its own.
fn clean_rows(value: &mut Value, traces: &PersonTraces) -> bool {
    match value {
        Value::Array(cells) => {
            let names = |cell: &Value| {
                let text = cell.get("t").and_then(Value::as_str);
                let village = text.and_then(|text| text.parse().ok());
                let id = text.and_then(|text| text.parse().ok());
                traces.is_here(village.as_ref())
                    || id.is_some_and(|id: RecordId| traces.linked.contains(&id))
            };
            if cells.iter().any(names) {
                return cells
                    .iter_mut()
                    .fold(false, |any, cell| traces.clean(cell) | any);
            }
            cells
                .iter_mut()
                .fold(false, |any, cell| clean_rows(cell, traces) | any)
        }
        Value::Object(members) => members
            .values_mut()
            .fold(false, |any, member| clean_rows(member, traces) | any),
        _ => false,
    }
}

/// Notes that people wrote on score sheets, and those of sheets that are frozen.
async fn clean_assessment(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
    texts: &[String],
    digests: &mut Vec<Value>,
) -> Result<usize, AppError> {
    let mut count = 0;
    for mut row in personal::list_sayings(txn, &job.county, texts).await? {
        if row
            .note
            .as_mut()
            .is_some_and(|note| traces.clean_text(note))
        {
            personal::save_saying(txn, &row).await?;
            count += 1;
        }
    }
    for mut row in personal::list_sheets(txn, &job.county, texts).await? {
        let Ok(mut sheet) = serde_json::from_str::<Value>(&row.document) else {
            continue;
        };
        if clean_notes(&mut sheet, traces) {
            row.document = sheet.to_string();
            let digest = hex(&Sha256::digest(&row.document));
            let of = json!({"run": row.run_id, "subject": row.subject});
            digests.push(json!({"sheet": of, "before": row.digest, "after": digest}));
            row.digest = digest;
            personal::save_sheet(txn, &row).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// A sheet's names are of those who are assessed, and stay; what people wrote is cleaned.
fn clean_notes(value: &mut Value, traces: &PersonTraces) -> bool {
    match value {
        Value::Array(values) => values
            .iter_mut()
            .fold(false, |any, value| clean_notes(value, traces) | any),
        Value::Object(members) => members.iter_mut().fold(false, |any, (name, member)| {
            let cleaned = if name == "note" {
                traces.clean(member)
            } else {
                clean_notes(member, traces)
            };
            cleaned | any
        }),
        _ => false,
    }
}

/// Photos of visits that served this beneficiary alone, unless another visit shows the same.
async fn remove_photos(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    traces: &PersonTraces,
) -> Result<Vec<PhotoFile>, AppError> {
    let linked: Vec<RecordId> = traces.linked.iter().copied().collect();
    let linked = records::find_many(txn, &linked).await?;
    let alone = |record: &&StoredRecord| {
        let served = Visit::read(&record.state.fields).beneficiary_ids;
        record.state.kind == Kind::Visit && served.is_some_and(|served| served.iter().eq([&job.id]))
    };
    let visits: BTreeSet<RecordId> = linked.iter().filter(alone).map(|one| one.id).collect();
    let of_visits = |record: &&StoredRecord| {
        record.state.kind == Kind::Photo && record.parent.is_some_and(|id| visits.contains(&id))
    };
    let contents: BTreeSet<String> = linked
        .iter()
        .filter(of_visits)
        .filter_map(|photo| photo.state.text("sha256").map(str::to_owned))
        .collect();
    let contents: Vec<String> = contents.into_iter().collect();
    let showing = records::list_photos_of_contents(txn, &job.county, &contents).await?;
    let elsewhere: BTreeSet<&str> = showing
        .iter()
        .filter(|record| !of_visits(record))
        .filter_map(|record| record.state.text("sha256"))
        .collect();
    let mut removed = Vec::new();
    for sha256 in contents
        .iter()
        .filter(|one| !elsewhere.contains(one.as_str()))
    {
        if photo_files::remove_anonymised(txn, &job.county, sha256, job.now).await? {
            removed.extend(photo_files::find(txn, &job.county, sha256).await?);
        }
    }
    // Chains come after contents, as in every transaction.
    for file in &removed {
        let entry = AuditEntry::new(&job.county, job.by, Act::PhotoRemoved, &file.sha256);
        let detail = json!({"reason": "anonymised"});
        audit::note(txn, job.now, entry.with(detail)).await?;
    }
    Ok(removed)
}
