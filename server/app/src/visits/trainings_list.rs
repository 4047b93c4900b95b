//! Training sessions for the office: how each stands, which records are of one session, and its sign-in sheets.

use crate::records::trainings;
use crate::visits::list::{StoredRecord, reach};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::BTreeMap;
use tepai_domain::actor::{Actor, OfficeActor};
use tepai_store::{ReadTxn, divisions, last_seen, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::{Kind, Photo, Record, TrainingSession};
use tepai_sync_protocol::summary::facts::CountsAs;
use tepai_sync_protocol::summary::period::Period;

/// Which sessions.
#[derive(Clone, Debug)]
pub struct TrainingFilter {
    /// Inside this division; everything in reach if absent.
    pub division: Option<DivisionCode>,
    /// Held in this period.
    pub period: Period,
    /// After this one.
    pub after: Option<(Date, RecordId)>,
    /// At most so many.
    pub limit: usize,
}

/// A record of a session.
#[derive(Clone, Debug)]
pub struct TrainingEntry {
    /// The record.
    pub record: StoredRecord,
    /// The day it was held.
    pub held_on: Date,
    /// How it counts.
    pub standing: CountsAs,
    /// The first record of the same session, if this is not it.
    pub same_as: Option<RecordId>,
    /// Name of its village.
    pub village_name: Option<String>,
    /// Commissioners who taught, by name where it is known.
    pub trainers: BTreeMap<PersonId, Option<String>>,
    /// Photos of its sign-in sheets, of the visits that it names.
    pub sign_in_sheets: Vec<RecordId>,
}

/// A page of sessions.
#[derive(Clone, Debug, Default)]
pub struct TrainingPage {
    /// Records of the whole answer, not of the page.
    pub total: usize,
    /// The latest first.
    pub entries: Vec<TrainingEntry>,
    /// Where to go on, if there is more.
    pub next: Option<(Date, RecordId)>,
}

/// A page of sessions within the officer's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: TrainingFilter,
) -> Result<TrainingPage, AppError> {
    let (division, _) = reach(&Actor::Office(actor.clone()), filter.division.as_ref())?;
    app.store
        .read(async move |txn| page(txn, &division, &filter).await)
        .await
}

async fn page(
    txn: &ReadTxn,
    division: &DivisionCode,
    filter: &TrainingFilter,
) -> Result<TrainingPage, AppError> {
    let found = trainings::read(txn, division, filter.period, &[]).await?;
    let settled = found.settled;
    let in_period = |record: &StoredRecord| {
        let on = record.on_date()?;
        filter.period.contains(on).then_some(on)
    };
    let mut entries: Vec<TrainingEntry> = found
        .records
        .into_iter()
        .filter_map(|record| {
            let first = settled.first.get(&record.id).copied();
            let standing = settled.standing.get(&record.id).copied();
            Some(TrainingEntry {
                held_on: in_period(&record)?,
                standing: standing.unwrap_or(CountsAs::Pending),
                same_as: first.filter(|first| *first != record.id),
                village_name: None,
                trainers: BTreeMap::new(),
                sign_in_sheets: Vec::new(),
                record,
            })
        })
        .collect();
    let place = |entry: &TrainingEntry| (entry.held_on, entry.record.id);
    entries.sort_by_key(|entry| std::cmp::Reverse(place(entry)));
    let total = entries.len();
    let mut rest = entries
        .into_iter()
        .skip_while(|entry| filter.after.is_some_and(|after| place(entry) >= after));
    let mut entries: Vec<_> = rest.by_ref().take(filter.limit).collect();
    let next = rest.next().and(entries.last()).map(place);
    complete(txn, &division.county(), &mut entries).await?;
    Ok(TrainingPage {
        total,
        entries,
        next,
    })
}

async fn complete(
    txn: &ReadTxn,
    county: &DivisionCode,
    entries: &mut [TrainingEntry],
) -> Result<(), AppError> {
    let names = divisions::list(txn, county).await?;
    let names: BTreeMap<_, _> = names.into_iter().map(|one| (one.code, one.name)).collect();
    let people = last_seen::list(txn, county).await?;
    let sessions = entries
        .iter()
        .map(|entry| TrainingSession::read(&entry.record.state.fields));
    let sessions: Vec<TrainingSession> = sessions.collect();
    let visits = sessions
        .iter()
        .flat_map(|session| session.visit_ids.iter().flatten());
    let visits: Vec<RecordId> = visits.copied().collect();
    let sheets = sheets(txn, &visits).await?;
    for (entry, session) in entries.iter_mut().zip(sessions) {
        let village = entry.record.village.as_ref();
        entry.village_name = village.and_then(|code| names.get(code).cloned());
        let name = |person: PersonId| {
            let last_seen = people.get(&person).map(|last_seen| last_seen.name.clone());
            (person, last_seen)
        };
        entry.trainers = session
            .trainer_ids
            .into_iter()
            .flatten()
            .map(name)
            .collect();
        let visited = session.visit_ids.into_iter().flatten();
        let photos = visited.filter_map(|visit| sheets.get(&visit)).flatten();
        entry.sign_in_sheets = photos.copied().collect();
    }
    Ok(())
}

/// The photos of sign-in sheets, by visit.
async fn sheets(
    txn: &ReadTxn,
    visits: &[RecordId],
) -> Result<BTreeMap<RecordId, Vec<RecordId>>, AppError> {
    let places = records::find_places_of_children(txn, visits).await?;
    let photos = places.iter().filter(|place| place.kind == Kind::Photo);
    let photos: Vec<RecordId> = photos.map(|place| place.id).collect();
    let mut sheets: BTreeMap<RecordId, Vec<RecordId>> = BTreeMap::new();
    for record in records::find_many(txn, &photos).await? {
        let photo = Photo::read(&record.state.fields);
        let is_sheet = photo.purpose.as_deref() == Some("sign_in_sheet") && record.is_live();
        if let Some(visit) = record.parent.filter(|_| is_sheet) {
            sheets.entry(visit).or_default().push(record.id);
        }
    }
    for photos in sheets.values_mut() {
        photos.sort_unstable();
    }
    Ok(sheets)
}
