//! Who was in the villages on which day of a month: for each commissioner and day the visits by what has become of them, and
//! which of them were entered late.

use crate::summaries::county::County;
use crate::summaries::summary::{CutOff, Names};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::score::Subject;
use tepai_domain::settings::CountySettings;
use tepai_store::assessment::{self, Target};
use tepai_store::settings::{self, StoredSetting};
use tepai_store::{ReadTxn, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::records::{Kind, Record, Visit};
use tepai_sync_protocol::summary::facts::CountsAs;
use tepai_sync_protocol::summary::period::Month;

/// The measure that a calendar's targets are of.
const VISITS: &str = "visits";

/// The visits of somebody that began on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// Those that count.
    pub approved: i64,
    /// Those that wait for a review.
    pub pending: i64,
    /// Those that were returned, withdrawn or not recognised.
    pub returned: i64,
    /// Of all these, those entered later than the county takes as ordinary.
    pub backfilled: i64,
}

/// A commissioner's month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarRow {
    /// Who.
    pub person: PersonId,
    /// Villages of the division that were assigned to the person at some time of the month.
    pub villages: usize,
    /// Approved visits of the month in the division.
    pub approved: i64,
    /// The days on which there are visits.
    pub days: BTreeMap<Date, Day>,
    /// The person's targets of visits whose period holds this month.
    pub targets: Vec<Target>,
}

/// A month of a division.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Names of divisions and people.
    pub names: Names,
    /// Everybody who was assigned a village of the division in the month, or was there; by name.
    pub rows: Vec<CalendarRow>,
    /// How complete the data is.
    pub cut_off: CutOff,
}

/// A month of a division within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn read(
    app: &App,
    actor: &OfficeActor,
    division: DivisionCode,
    month: Month,
) -> Result<Calendar, AppError> {
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let now = app.clock.now_ms();
    app.store
        .read(async move |txn| read_in(txn, &division, month, now).await)
        .await
}

async fn read_in(
    txn: &ReadTxn,
    division: &DivisionCode,
    month: Month,
    now: i64,
) -> Result<Calendar, AppError> {
    let (code, period) = (division.county(), month.period());
    let county = County::read(txn, &code, period.to()).await?;
    if !county.has(division) {
        return Err(AppError::not_found());
    }
    let late = Late::new(&settings::list(txn, &code).await?, month);
    let range = (period.from(), period.to());
    let visits = records::list_dated(txn, division, Kind::Visit, range.0, range.1).await?;
    let mut days = days_of(
        visits.iter().map(|one| Visit::read(&one.state.fields)),
        &late,
    );
    let assigned = county.assigned(division, period);
    let people: BTreeSet<PersonId> = assigned.keys().chain(days.keys()).copied().collect();
    let mut targets = targets_of(assessment::list_targets(txn, &code, range).await?, range);
    let names = county.names();
    let mut rows: Vec<CalendarRow> = people
        .into_iter()
        .map(|person| {
            let days = days.remove(&person).unwrap_or_default();
            CalendarRow {
                person,
                villages: assigned.get(&person).map_or(0, BTreeSet::len),
                approved: days.values().map(|day| day.approved).sum(),
                targets: targets.remove(&person).unwrap_or_default(),
                days,
            }
        })
        .collect();
    rows.sort_by_cached_key(|row| (names.person(row.person), row.person));
    Ok(Calendar {
        cut_off: county.cut_off(division, period, now),
        names,
        rows,
    })
}

/// How late a visit of each day may be entered in the ordinary way.
struct Late(BTreeMap<Date, i64>);

impl Late {
    fn new(stored: &[StoredSetting], month: Month) -> Self {
        let values = || {
            stored
                .iter()
                .map(|one| (one.name.as_str(), one.valid_from, &one.value))
        };
        let days = month.first().series(jiff::Span::new().days(1));
        let of_month = days.take_while(|day| *day <= month.last());
        Self(
            of_month
                .map(|day| (day, CountySettings::on(day, values()).backfill_days))
                .collect(),
        )
    }

    fn is_late(&self, day: Date, visit: &Visit) -> bool {
        let most = self.0.get(&day).copied().unwrap_or(i64::MAX);
        visit.late_days.is_some_and(|days| days > most)
    }
}

/// The days of everybody who took part in these visits.
fn days_of(
    visits: impl Iterator<Item = Visit>,
    late: &Late,
) -> BTreeMap<PersonId, BTreeMap<Date, Day>> {
    let mut days: BTreeMap<PersonId, BTreeMap<Date, Day>> = BTreeMap::new();
    for visit in visits {
        let Some(on) = visit.service_from else {
            continue;
        };
        let people = visit
            .commissioner_id
            .iter()
            .chain(visit.participant_ids.iter().flatten());
        for person in people.copied().collect::<BTreeSet<PersonId>>() {
            let day = days.entry(person).or_default().entry(on).or_default();
            match CountsAs::of(visit.review_state.as_deref()) {
                CountsAs::Approved => day.approved += 1,
                CountsAs::Pending => day.pending += 1,
                CountsAs::Returned => day.returned += 1,
            }
            day.backfilled += i64::from(late.is_late(on, &visit));
        }
    }
    days
}

/// Each person's targets of visits whose period holds all of a range.
fn targets_of(targets: Vec<Target>, (from, to): (Date, Date)) -> BTreeMap<PersonId, Vec<Target>> {
    let mut of_people: BTreeMap<PersonId, Vec<Target>> = BTreeMap::new();
    for target in targets {
        let holds = target.measure == VISITS && target.from <= from && to <= target.to;
        if let (true, Subject::Commissioner(person)) = (holds, &target.subject) {
            of_people.entry(*person).or_default().push(target);
        }
    }
    of_people
}
