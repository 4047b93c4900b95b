//! What the office sees first: five numbers of a division, what is overdue, how the last weeks went, and whose phones are
//! silent; from the same folds as coverage and summaries, in one snapshot.

use crate::clock::local_date;
use crate::summaries::cells;
use crate::summaries::county::County;
use crate::summaries::summary::{Cells, CutOff, Names, VillageState, cover_in};
use crate::{App, AppError};
use jiff::ToSpan;
use jiff::civil::Date;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::coverage::Meaning;
use tepai_store::last_seen::{self, LastSeen, Phone};
use tepai_store::records;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::summary::facts::{CellFacts, CountsAs};
use tepai_sync_protocol::summary::period::{Month, Period};
use tepai_sync_protocol::summary::ratio::Ratio;
use tepai_sync_protocol::sync::Waiting;

/// Overdue villages that are named.
pub const MOST_OVERDUE: usize = 10;
/// Weeks of the trend, the present one included.
pub const WEEKS: usize = 8;
/// Days after which a phone that has not synchronised is silent.
pub const SILENT_DAYS: i64 = 3;
/// The states in which a visit waits for a reviewer.
pub const WAITING_STATES: [&str; 2] = ["submitted", "township_passed"];

const DAY_MS: i64 = 86_400_000;

/// A division at a glance.
#[derive(Clone, Debug)]
pub struct Overview {
    /// Names of divisions and people.
    pub names: Names,
    /// The present local day.
    pub on: Date,
    /// The present month.
    pub month: Period,
    /// Villages of the division with an approved visit in this month, over all that count.
    pub visited: Ratio,
    /// Villages that are overdue.
    pub overdue: usize,
    /// The longest unvisited of them.
    pub most_overdue: Vec<VillageState>,
    /// Visits that wait for a review, whatever their date.
    pub waiting_visits: i64,
    /// People with a village of the division whose phones are silent, the longest silent first.
    pub silent: Vec<Silent>,
    /// The last weeks; the present week comes last.
    pub weeks: Vec<Week>,
    /// How complete the data is.
    pub cut_off: CutOff,
}

/// The visits that began in one week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub from: Date,
    /// Those that count.
    pub approved: i64,
    /// Those that wait for a review.
    pub pending: i64,
}

/// Somebody whose phones have not synced for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silent {
    /// Who.
    pub person: PersonId,
    /// Phones in use.
    pub phones: usize,
    /// The earliest last sync of these phones; absent if one never did.
    pub last_sync_at: Option<i64>,
    /// What waited on all of them together when they last synchronised.
    pub waiting: Waiting,
}

/// A division within the actor's reach at a glance.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn look(
    app: &App,
    actor: &OfficeActor,
    division: DivisionCode,
) -> Result<Overview, AppError> {
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let (now, today) = (app.clock.now_ms(), app.clock.today(&app.zone));
    let (overview, folded) = app
        .store
        .read(async move |txn| {
            let county = County::read(txn, &division.county(), today).await?;
            let on = local_date(now, &county.settings.time_zone);
            let month = Month::of(on).period();
            let mondays = mondays(on);
            let facts = cells::cells(txn, &division, since(&mondays, month)?).await?;
            let recent = facts.read()?.cells;
            let weeks = by_week(&recent, &mondays);
            let inside: Vec<_> = recent
                .iter()
                .map(|(code, cell)| (*code, within(cell, month)))
                .collect();
            let inside: Vec<_> = inside.iter().map(|(code, cell)| (*code, cell)).collect();
            let asked = (month, inside.as_slice());
            let (covered, mut folded) = cover_in(txn, &county, &division, asked, now).await?;
            folded.extend(facts.into_folded());
            let phones = last_seen::list_phones(txn, &division.county()).await?;
            let overdue = covered.villages.iter().filter(|village| village.is_overdue);
            let overview = Overview {
                visited: Meaning::Visited.ratio_of(&covered.coverage),
                overdue: overdue.clone().count(),
                most_overdue: overdue.take(MOST_OVERDUE).cloned().collect(),
                waiting_visits: records::count_visits_in(txn, &division, &WAITING_STATES).await?,
                silent: silent(&county, &phones, &division, on, now),
                names: covered.names,
                cut_off: covered.cut_off,
                on,
                month,
                weeks,
            };
            Ok::<_, AppError>((overview, folded))
        })
        .await?;
    cells::save_folded(app, folded).await?;
    Ok(overview)
}

/// From the month of the first Monday to the end of this one: what is read of the cells.
fn since(mondays: &[Date], month: Period) -> Result<Period, AppError> {
    let first = mondays
        .first()
        .map_or(month.from(), |day| day.first_of_month());
    let period = Period::new(first.min(month.from()), month.to());
    period.map_err(|error| AppError::Internal(error.into()))
}

/// The visits of a cell that lie in the period.
fn within<'a>(cell: &CellFacts<'a>, period: Period) -> CellFacts<'a> {
    let mut inside = cell.clone();
    inside.visits.retain(|visit| period.contains(visit.from));
    inside
}

/// The Mondays of the last weeks, the earliest first.
fn mondays(on: Date) -> Vec<Date> {
    let this = on.saturating_sub(i64::from(on.weekday().to_monday_zero_offset()).days());
    let back = (0..WEEKS)
        .rev()
        .filter_map(|weeks| i64::try_from(weeks).ok());
    back.map(|weeks| this.saturating_sub((weeks * 7).days()))
        .collect()
}

/// Visits by the week of their first day.
fn by_week(cells: Cells<'_>, mondays: &[Date]) -> Vec<Week> {
    let none = |from: &Date| Week {
        from: *from,
        approved: 0,
        pending: 0,
    };
    let mut weeks: BTreeMap<Date, Week> = mondays.iter().map(|at| (*at, none(at))).collect();
    for visit in cells.iter().flat_map(|(_, cell)| &cell.visits) {
        let week = weeks.range_mut(..=visit.from).next_back();
        let Some((_, week)) = week.filter(|(at, _)| visit.from < at.saturating_add(7.days()))
        else {
            continue;
        };
        match visit.service.standing {
            CountsAs::Approved => week.approved += 1,
            CountsAs::Pending => week.pending += 1,
            CountsAs::Returned => {}
        }
    }
    weeks.into_values().collect()
}

/// Who works in a division today and whose phones are silent, the longest silent first.
fn silent(
    county: &County,
    phones: &BTreeMap<PersonId, Vec<Phone>>,
    division: &DivisionCode,
    on: Date,
    now: i64,
) -> Vec<Silent> {
    let none = Vec::new();
    let at_work: BTreeSet<PersonId> = county.at_work(division, on);
    let mut silent: Vec<Silent> = at_work
        .into_iter()
        .filter_map(|person| {
            let last_seen = county.people.get(&person)?;
            let phones = phones.get(&person).unwrap_or(&none);
            is_silent(last_seen, now).then(|| Silent {
                person,
                phones: phones.len(),
                last_sync_at: last_seen.last_sync_at,
                waiting: all_waiting(phones),
            })
        })
        .collect();
    silent.sort_by_key(|one| (Reverse(one.phones > 0), one.last_sync_at, one.person));
    silent
}

/// Whether a phone of somebody has not synchronised for some days, or there is none.
pub(crate) fn is_silent(last_seen: &LastSeen, now: i64) -> bool {
    last_seen
        .last_sync_at
        .is_none_or(|at| at < now.saturating_sub(SILENT_DAYS * DAY_MS))
}

/// What waits on several phones together.
pub(crate) fn all_waiting(phones: &[Phone]) -> Waiting {
    let each = phones.iter().filter_map(|phone| phone.waiting);
    each.fold(Waiting::default(), |all, one| Waiting {
        mutations: all.mutations.saturating_add(one.mutations),
        needs_attention: all.needs_attention.saturating_add(one.needs_attention),
        photos: all.photos.saturating_add(one.photos),
        photo_bytes: all.photo_bytes.saturating_add(one.photo_bytes),
        oldest_at: all.oldest_at.into_iter().chain(one.oldest_at).min(),
    })
}
