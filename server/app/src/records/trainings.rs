//! Reads the training sessions of a place with the visits that they name, and settles which are one and how each counts.

use crate::AppError;
use jiff::Span;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_store::Txn;
use tepai_store::records::{self, StoredRecord};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::records::{Kind, Record, TrainingSession, Visit};
use tepai_sync_protocol::summary::facts::CountsAs;
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::summary::training::{LiveSession, NEAR_DAYS, NamedVisit, Settled, settle};

/// The field of a session that names visits.
const VISITS: &str = "visit_ids";

/// The sessions of a place, and what they come to.
#[derive(Debug, Default)]
pub(crate) struct Trainings {
    /// The live records, by id.
    pub(crate) records: Vec<StoredRecord>,
    /// What they come to.
    pub(crate) settled: Settled,
}

impl Trainings {
    /// The records that count as approved.
    pub(crate) fn approved(&self) -> impl Iterator<Item = &StoredRecord> {
        let standing = &self.settled.standing;
        self.records
            .iter()
            .filter(|record| standing.get(&record.id) == Some(&CountsAs::Approved))
    }
}

/// Every session that is held in a range, or near enough to speak for a visit of it. `known` are visits that were read already.
pub(crate) async fn read(
    txn: &impl Txn,
    division: &DivisionCode,
    range: Period,
    known: &[StoredRecord],
) -> Result<Trainings, AppError> {
    let (from, to) = near(range.from(), range.to());
    let records = records::list_dated(txn, division, Kind::TrainingSession, from, to).await?;
    if records.is_empty() {
        return Ok(Trainings::default());
    }
    let held: Vec<LiveSession> = records.iter().filter_map(held).collect();
    let named: BTreeSet<RecordId> = held
        .iter()
        .flat_map(|held| held.session.visit_ids.iter().flatten().copied())
        .collect();
    let here: BTreeSet<RecordId> = known.iter().map(|record| record.id).collect();
    let missing: Vec<RecordId> = named.difference(&here).copied().collect();
    let fetched = records::find_many(txn, &missing).await?;
    let visits: Vec<(&StoredRecord, Visit)> = known
        .iter()
        .chain(&fetched)
        .filter(|record| named.contains(&record.id) && record.is_live())
        .filter(|record| record.state.kind == Kind::Visit)
        .map(|record| (record, Visit::read(&record.state.fields)))
        .collect();
    let visits: BTreeMap<RecordId, NamedVisit<'_>> = visits
        .iter()
        .filter_map(|(record, visit)| {
            let reviewed = record.state.stamps.get("review_state");
            let named = NamedVisit {
                village: record.village.as_ref()?,
                reviewed_at: reviewed.map_or(i64::MIN, |stamp| stamp.at),
                visit,
            };
            Some((record.id, named))
        })
        .collect();
    let settled = settle(&held, &visits);
    Ok(Trainings { records, settled })
}

fn held(record: &StoredRecord) -> Option<LiveSession> {
    Some(LiveSession {
        id: record.id,
        village: record.village.clone()?,
        changed_at: record.updated_at,
        session: TrainingSession::read(&record.state.fields),
    })
}

/// A range, and the days on both sides in which a session and a visit can belong together.
pub(crate) fn near(from: Date, to: Date) -> (Date, Date) {
    let days = Span::new().days(NEAR_DAYS);
    (from.saturating_sub(days), to.saturating_add(days))
}

/// Whether a session names one of these visits.
pub(crate) fn names(record: &StoredRecord, visits: &BTreeSet<RecordId>) -> bool {
    let named = record
        .state
        .fields
        .get(VISITS)
        .and_then(|ids| ids.as_array());
    let mut ids = named.into_iter().flatten().filter_map(|id| id.as_str());
    ids.any(|id| id.parse().is_ok_and(|id| visits.contains(&id)))
}
