//! Takes a person out of what is stored beside records: results, dead letters, reviews, closings, score sheets, photos.

use crate::privacy::person_traces::{AnonymiseJob, PersonTraces, is_personal, strip, text_of};
use crate::{AppError, audit};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tepai_domain::audit::{Act, AuditEntry};
use tepai_domain::personal::{ANONYMOUS, redact};
use tepai_store::photo_files::{self, PhotoFile};
use tepai_store::records::{self, StoredRecord};
use tepai_store::{WriteTxn, personal};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::records::{Kind, Record, Visit};

/// Results that tell of a conflict over what the person is called.
pub(super) async fn clean_results(
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
pub(super) async fn clean_letters(
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
pub(super) async fn forget_copies(
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
pub(super) async fn clean_reviews(
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
pub(super) async fn clean_closings(
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
pub(super) fn clean_rows(value: &mut Value, traces: &PersonTraces) -> bool {
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
pub(super) async fn clean_assessment(
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
pub(super) fn clean_notes(value: &mut Value, traces: &PersonTraces) -> bool {
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
pub(super) async fn remove_photos(
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
