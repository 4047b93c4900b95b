//! Reads follow-ups by what has become of them: the office within its reach, a phone in the villages that its person is
//! assigned today, whoever found the problem.

use crate::visits::list::{StoredRecord, reach};
use crate::{App, AppError, admin};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::Actor;
use tepai_store::{divisions, grants, last_seen, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::records::{FollowUp, Kind, Record};

/// What has become of a follow-up.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FollowUpState {
    /// Somebody has to come back, and still has time.
    Open,
    /// The due date passed without an outcome.
    Overdue,
    /// It has an outcome.
    Closed,
}

/// Which follow-ups are asked for.
#[derive(Clone, Debug)]
pub struct FollowUpFilter {
    /// Inside this division; everything in reach if absent.
    pub division: Option<DivisionCode>,
    /// In this state; in any if absent.
    pub state: Option<FollowUpState>,
    /// Found by this commissioner, or in a village that is assigned to this commissioner today.
    pub commissioner: Option<PersonId>,
    /// After this one.
    pub after: Option<(Date, RecordId)>,
    /// At most so many.
    pub limit: usize,
}

/// A follow-up and how it stands.
#[derive(Clone, Debug)]
pub struct FollowUpEntry {
    /// The record.
    pub record: StoredRecord,
    /// Until when to come back.
    pub due_on: Date,
    /// What has become of it.
    pub state: FollowUpState,
    /// Days (天) since the due date passed; zero if it has not, or if it is closed.
    pub days_overdue: i64,
    /// Name of its village.
    pub village_name: Option<String>,
    /// Name of whoever found it.
    pub commissioner_name: Option<String>,
}

/// A page of follow-ups.
#[derive(Clone, Debug)]
pub struct FollowUpPage {
    /// The local day as of which the states hold.
    pub today: Date,
    /// Follow-ups of the whole answer, not of the page.
    pub total: usize,
    /// The follow-ups, the earliest due date first.
    pub follow_ups: Vec<FollowUpEntry>,
    /// Where to go on, if there is more.
    pub next: Option<(Date, RecordId)>,
}

/// A page of follow-ups within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &Actor,
    filter: FollowUpFilter,
) -> Result<FollowUpPage, AppError> {
    let (division, person) = reach(actor, filter.division.as_ref())?;
    let zone = admin::settings::zone_of(app, &division.county()).await?;
    let today = app.clock.today(&zone);
    app.store
        .read(async move |txn| {
            // What is due later cannot be overdue, and need not be read.
            let to = match filter.state {
                Some(FollowUpState::Overdue) => today,
                _ => Date::MAX,
            };
            let kind = Kind::FollowUp;
            let found =
                records::list_dated(txn, &division, kind, EARLIEST_SERVICE_DATE, to).await?;
            let mut assigned = BTreeMap::new();
            for person in person.into_iter().chain(filter.commissioner) {
                let grants = grants::list(txn, person).await?;
                let in_force = grants.into_iter().filter(|grant| grant.is_in_force(today));
                let villages: BTreeSet<_> = in_force.map(|grant| grant.village).collect();
                assigned.insert(person, villages);
            }
            let in_village = |record: &StoredRecord, person: &PersonId| {
                let villages = assigned.get(person);
                let village = record.village.as_ref();
                village.is_some_and(|code| villages.is_some_and(|villages| villages.contains(code)))
            };
            let mut entries: Vec<FollowUpEntry> = found
                .into_iter()
                .filter(|record| person.is_none_or(|person| in_village(record, &person)))
                .filter(|record| {
                    let asked = filter.commissioner;
                    asked.is_none_or(|asked| record.author() == asked || in_village(record, &asked))
                })
                .filter_map(|record| entry(record, today))
                .filter(|entry| filter.state.is_none_or(|state| entry.state == state))
                .collect();
            entries.sort_by_key(place);
            let mut page = page(entries, &filter, today);
            name(txn, &division.county(), &mut page.follow_ups).await?;
            Ok(page)
        })
        .await
}

fn entry(record: StoredRecord, today: Date) -> Option<FollowUpEntry> {
    let follow_up = FollowUp::read(&record.state.fields);
    let days_overdue = follow_up.days_overdue(today);
    let state = match (follow_up.is_open(), days_overdue) {
        (false, _) => FollowUpState::Closed,
        (true, 0) => FollowUpState::Open,
        (true, _) => FollowUpState::Overdue,
    };
    Some(FollowUpEntry {
        due_on: follow_up.due_on?,
        record,
        state,
        days_overdue,
        village_name: None,
        commissioner_name: None,
    })
}

fn place(entry: &FollowUpEntry) -> (Date, RecordId) {
    (entry.due_on, entry.record.id)
}

fn page(entries: Vec<FollowUpEntry>, filter: &FollowUpFilter, today: Date) -> FollowUpPage {
    let total = entries.len();
    let mut rest = entries
        .into_iter()
        .skip_while(|entry| filter.after.is_some_and(|after| place(entry) <= after));
    let follow_ups: Vec<_> = rest.by_ref().take(filter.limit).collect();
    let next = rest.next().and(follow_ups.last()).map(place);
    FollowUpPage {
        today,
        total,
        follow_ups,
        next,
    }
}

async fn name(
    txn: &tepai_store::ReadTxn,
    county: &DivisionCode,
    entries: &mut [FollowUpEntry],
) -> Result<(), AppError> {
    let divisions = divisions::list(txn, county).await?;
    let villages: BTreeMap<_, _> = divisions
        .into_iter()
        .map(|division| (division.code, division.name))
        .collect();
    let people = last_seen::list(txn, county).await?;
    for entry in entries {
        let village = entry.record.village.as_ref();
        entry.village_name = village.and_then(|code| villages.get(code).cloned());
        let person = people.get(&entry.record.author());
        entry.commissioner_name = person.map(|person| person.name.clone());
    }
    Ok(())
}
