//! Summaries and coverage of a division in a period, exact at the moment of reading.

use crate::clock::local_date;
use crate::summaries::cells::{self, Read};
use crate::summaries::county::{County, Industries, cells};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::coverage::CoverageBand;
use tepai_domain::reminder::{Reminder, Waiting};
use tepai_store::ReadTxn;
use tepai_store::commissioners;
use tepai_store::summary_cells::StoredCell;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::division_kind::DivisionKind;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::summary::coverage::{Assignment, Coverage, days_since, is_overdue};
use tepai_sync_protocol::summary::facts::CellFacts;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::group::{GroupBy, Row};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::summary::{coverage, fold, group};

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// The county, township or village.
    pub division: DivisionCode,
    /// The period.
    pub period: Period,
    /// Which facts count.
    pub filter: Filter,
    /// What the rows are; none if absent.
    pub by: Option<GroupBy>,
}

/// How complete the data is: late phones change figures of the past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// The last day up to which every phone that works there has reported; absent if one never did.
    pub complete_to: Option<Date>,
    /// Phones' owners who have not reported since the end of the period (or since today, if it is not over).
    pub behind: Vec<PersonId>,
}

/// A summary with its rows.
#[derive(Clone, Debug)]
pub struct SummaryAnswer {
    /// Names of divisions, techniques and people that the rows are about.
    pub names: Names,
    /// The figures of the whole; its own fold, never the sum of the rows.
    pub total: Summary,
    /// The rows.
    pub rows: Vec<Row>,
    /// How complete the data is.
    pub cut_off: CutOff,
}

/// Names for what summaries know by code or id.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Of divisions.
    pub divisions: BTreeMap<DivisionCode, String>,
    /// Of techniques.
    pub techniques: BTreeMap<String, String>,
    /// Of commissioners.
    pub people: BTreeMap<PersonId, String>,
}

impl Names {
    /// The name of a division; its code if it has none.
    pub fn division(&self, code: &DivisionCode) -> String {
        let name = self.divisions.get(code).cloned();
        name.unwrap_or_else(|| code.to_string())
    }

    /// The name of a technique; its code if it has none.
    pub fn technique(&self, code: &str) -> String {
        let name = self.techniques.get(code).cloned();
        name.unwrap_or_else(|| code.to_owned())
    }

    /// The name of a commissioner; the id if there is none.
    pub fn person(&self, id: PersonId) -> String {
        let name = self.people.get(&id).cloned();
        name.unwrap_or_else(|| id.to_string())
    }
}

/// The summary that was asked for, within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn summarise(
    app: &App,
    actor: &OfficeActor,
    question: Question,
) -> Result<SummaryAnswer, AppError> {
    if !actor.sees(&question.division) {
        return Err(AppError::not_found());
    }
    summarise_any(app, question).await
}

/// The summary that was asked for, of any county: for the command line, which has no actor.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn summarise_any(app: &App, question: Question) -> Result<SummaryAnswer, AppError> {
    let now = app.clock.now_ms();
    let (answer, folded) = app
        .store
        .read(async move |txn| {
            let county =
                County::read(txn, &question.division.county(), question.period.to()).await?;
            if !county.has(&question.division) {
                return Err(AppError::not_found());
            }
            let facts = cells::facts(txn, &question.division, question.period).await?;
            let cut_off = county.cut_off(&question.division, question.period, now);
            let (total, rows) = answer(&county, &facts.read()?, &question);
            let answer = SummaryAnswer {
                names: county.names(),
                total,
                rows,
                cut_off,
            };
            Ok((answer, facts.into_folded()))
        })
        .await?;
    cells::save_folded(app, folded).await?;
    Ok(answer)
}

/// What was folded on the way, to be written back.
pub(crate) type Folded = Vec<(StoredCell, String)>;

/// The figures of the whole and of the rows, from facts that were read.
pub(crate) fn answer(
    county: &County,
    facts: &Read<'_>,
    question: &Question,
) -> (Summary, Vec<Row>) {
    let on = question.period.to();
    let industries = county.technique_industries();
    let context = county.context(&facts.standing, &question.division, on, &industries);
    let cells = || cells(&county.register, &facts.cells, on);
    let total = fold::fold(cells(), &question.filter, &context);
    let rows = question
        .by
        .map(|by| group::group(cells(), by, &question.filter, &context));
    (total, rows.unwrap_or_default())
}

/// The four coverages of a division, and how long ago each of its villages was visited.
#[derive(Clone, Debug)]
pub struct CoverageAnswer {
    /// Names of divisions and people.
    pub names: Names,
    /// The four meanings.
    pub coverage: Coverage,
    /// The kinds of villages that count.
    pub counted_kinds: Vec<DivisionKind>,
    /// Every counted village, the longest unvisited first.
    pub villages: Vec<VillageState>,
    /// Days after which a village is overdue where no rule of the county says otherwise.
    pub overdue_days: i64,
    /// The day as of which the villages stand: the last one of the period, or today if that is earlier.
    pub on: Date,
    /// How complete the data is.
    pub cut_off: CutOff,
}

/// How a village stands on the last day of the period, or today if that is earlier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VillageState {
    /// The village.
    pub code: DivisionCode,
    /// Last day of its last approved visit.
    pub last_visit_on: Option<Date>,
    /// Days since then.
    pub days_since: Option<i64>,
    /// In which class that falls.
    pub band: CoverageBand,
    /// Days after which this village is overdue in this season.
    pub interval_days: i64,
    /// Whether it is overdue.
    pub is_overdue: bool,
    /// Approved visits in the period.
    pub visits: i64,
    /// Who is assigned to it on that day.
    pub commissioners: Vec<PersonId>,
    /// Since when, and until when if that is known.
    pub assignments: Vec<(PersonId, Date, Option<Date>)>,
    /// Its lead industries in which nobody works who is assigned to it.
    pub unserved_industries: Vec<String>,
    /// Those assigned to it whose phones have not reported up to that day, and may have visited it; and when they last did.
    pub may_have_visited: Vec<(PersonId, Option<Date>)>,
}

/// The coverage of a division in a period, within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn cover(
    app: &App,
    actor: &OfficeActor,
    division: DivisionCode,
    period: Period,
) -> Result<CoverageAnswer, AppError> {
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    cover_any(app, division, period).await
}

/// The coverage of a division of any county: for the command line, which has no actor.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn cover_any(
    app: &App,
    division: DivisionCode,
    period: Period,
) -> Result<CoverageAnswer, AppError> {
    let now = app.clock.now_ms();
    let (answer, folded) = app
        .store
        .read(async move |txn| {
            let county = County::read(txn, &division.county(), period.to()).await?;
            let facts = cells::cells(txn, &division, period).await?;
            let inside = facts.read()?.cells;
            let (answer, mut folded) =
                cover_in(txn, &county, &division, (period, &inside), now).await?;
            folded.extend(facts.into_folded());
            Ok::<_, AppError>((answer, folded))
        })
        .await?;
    cells::save_folded(app, folded).await?;
    Ok(answer)
}

/// The coverage of a division, in a snapshot; `inside` are the cells of the period.
pub(crate) async fn cover_in(
    txn: &ReadTxn,
    county: &County,
    division: &DivisionCode,
    (period, inside): (Period, Cells<'_>),
    now: i64,
) -> Result<(CoverageAnswer, Folded), AppError> {
    if !county.has(division) {
        return Err(AppError::not_found());
    }
    let (before, folded) = match before(period) {
        Some(before) => cells::last_visits(txn, division, before).await?,
        None => Default::default(),
    };
    let on = period.to();
    let today = local_date(now, &county.settings.time_zone);
    let assignments: Vec<Assignment> = county
        .assignments
        .iter()
        .map(|(_, one)| one.clone())
        .collect();
    let coverage = coverage::coverage(
        division,
        period,
        &county.register,
        &county.settings.coverage_kinds,
        &assignments,
        cells(&county.register, inside, on),
    );
    let industries = industries(txn, &division.county()).await?;
    let cells = (before.as_slice(), inside);
    let villages = village_states(county, &industries, &coverage, cells, period, today);
    let cut_off = county.cut_off(division, period, now);
    let answer = CoverageAnswer {
        names: county.names(),
        coverage,
        counted_kinds: county.settings.coverage_kinds.0.iter().copied().collect(),
        villages,
        overdue_days: county.settings.overdue_days,
        on: on.min(today),
        cut_off,
    };
    Ok((answer, folded))
}

/// All days before a period.
fn before(period: Period) -> Option<Period> {
    let last = period.from().yesterday().ok()?;
    Period::new(EARLIEST_SERVICE_DATE, last).ok()
}

/// Cells with the codes that they were written under.
pub(crate) type Cells<'a> = &'a [(&'a DivisionCode, &'a CellFacts<'a>)];

async fn industries(txn: &ReadTxn, county: &DivisionCode) -> Result<Industries, AppError> {
    let commissioners = commissioners::list_commissioners(txn, county).await?;
    let industries = commissioners.into_iter().map(|named| {
        let commissioner = named.commissioner;
        let industries = commissioner.industries.into_iter().collect();
        (commissioner.person, industries)
    });
    Ok(industries.collect())
}

fn village_states(
    county: &County,
    industries: &Industries,
    coverage: &Coverage,
    (before, inside): (&[(DivisionCode, Date)], Cells<'_>),
    period: Period,
    today: Date,
) -> Vec<VillageState> {
    let on = period.to().min(today);
    let of_successor = |(code, day)| (county.register.successor(code, period.to()), day);
    let days = inside
        .iter()
        .filter_map(|(code, cell)| Some((*code, cell.last_visit()?)));
    let days = days.chain(before.iter().map(|(code, day)| (code, *day)));
    let last = coverage::latest(days.map(of_successor));
    let mut visits: BTreeMap<&DivisionCode, i64> = BTreeMap::new();
    for (code, facts) in cells(&county.register, inside, period.to()) {
        let approved = facts.visits.iter().filter(|visit| {
            visit.service.standing == tepai_sync_protocol::summary::facts::CountsAs::Approved
        });
        *visits.entry(code).or_default() += i64::try_from(approved.count()).unwrap_or(0);
    }
    let counted = coverage
        .assigned
        .covered
        .iter()
        .chain(&coverage.assigned.missing);
    let mut assigned: BTreeMap<&DivisionCode, Vec<_>> = BTreeMap::new();
    for (person, one) in &county.assignments {
        if one.from <= on && one.to.is_none_or(|to| on <= to) {
            let village = county.register.successor(&one.village, period.to());
            let of_village = assigned.entry(village).or_default();
            of_village.push((*person, one.from, one.to));
        }
    }
    let mut states: Vec<VillageState> = counted
        .map(|code| {
            let last_visit_on = last.get(code).copied();
            let since = days_since(last_visit_on, on);
            let assignments = assigned.remove(code).unwrap_or_default();
            let people: BTreeSet<PersonId> = assignments.iter().map(|one| one.0).collect();
            let commissioners: Vec<PersonId> = people.into_iter().collect();
            let last_seen = commissioners
                .iter()
                .map(|person| (*person, county.last_seen_on(*person)));
            let interval_days = county.interval(code, on);
            VillageState {
                unserved_industries: county.unserved_industries(code, &commissioners, industries),
                may_have_visited: last_seen
                    .filter(|(_, day)| day.is_none_or(|day| day < on))
                    .collect(),
                interval_days,
                assignments,
                code: code.clone(),
                last_visit_on,
                days_since: since,
                band: CoverageBand::of(since),
                is_overdue: is_overdue(since, interval_days),
                visits: visits.get(code).copied().unwrap_or(0),
                commissioners,
            }
        })
        .collect();
    states.sort_by_key(|state| {
        (
            std::cmp::Reverse(state.days_since.unwrap_or(i64::MAX)),
            state.code.clone(),
        )
    });
    states
}

impl CoverageAnswer {
    /// What to tell the people of a division about the villages that are overdue.
    pub fn reminder(&self, division: &DivisionCode) -> Reminder {
        let overdue = || self.villages.iter().filter(|village| village.is_overdue);
        let person = |id: &PersonId| self.names.person(*id);
        let waiting = overdue().map(|village| Waiting {
            village: self.names.division(&village.code),
            days_since: village.days_since,
            interval_days: village.interval_days,
            commissioners: village.commissioners.iter().map(person).collect(),
        });
        let not_heard = overdue().flat_map(|village| &village.may_have_visited);
        Reminder {
            place: self.names.division(division),
            on: self.on,
            waiting: waiting.collect(),
            not_heard: not_heard.map(|(id, day)| (person(id), *day)).collect(),
        }
    }
}
