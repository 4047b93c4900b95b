//! The figures that records show about everybody who is assessed: the same fold as in summaries, one for each subject, and
//! the targets of the very period.

use crate::AppError;
use crate::summaries::cells;
use crate::summaries::county::{County, cells};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::people_summaries::of_people;
use tepai_domain::score::{Subject, SubjectKind};
use tepai_store::ReadTxn;
use tepai_store::assessment::{self, Target};
use tepai_store::divisions::StoredDivision;
use tepai_store::summary_cells::StoredCell;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::summary::context::Context;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::group::{GroupBy, GroupKey};
use tepai_sync_protocol::summary::measure_table::figures;
use tepai_sync_protocol::summary::measures::Measure;
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::summary::{fold, group};

/// Villages that a commissioner was assigned at some time of the period; or the counted villages of a division.
const ASSIGNED_VILLAGES: &str = "assigned_villages";
/// Before the code of a measure: its target for the subject and the very period.
const TARGET: &str = "target_";

/// What records show of one subject.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Its name.
    pub(crate) name: Option<String>,
    /// Values of measures in the unit that people read.
    pub(crate) measures: BTreeMap<String, Decimal>,
    /// Where it works: whoever coordinates one of these townships sees it.
    pub(crate) townships: BTreeSet<DivisionCode>,
}

/// What records show of all subjects of a kind.
#[derive(Debug)]
pub(crate) struct AllShown {
    /// By subject.
    pub(crate) subjects: BTreeMap<Subject, Shown>,
    /// Whether the county ranks.
    pub(crate) is_ranked: bool,
    /// What was folded on the way, to be written back.
    pub(crate) folded: Vec<(StoredCell, String)>,
}

/// The townships in which each commissioner was assigned a village in a period.
pub(crate) async fn workplaces(
    txn: &ReadTxn,
    code: &DivisionCode,
    period: Period,
) -> Result<BTreeMap<Subject, BTreeSet<DivisionCode>>, AppError> {
    let county = County::read(txn, code, period.to()).await?;
    let assigned = county.assigned(code, period).into_iter();
    let of_person = |(person, villages): (PersonId, BTreeSet<&DivisionCode>)| {
        (Subject::Commissioner(person), townships(&villages))
    };
    Ok(assigned.map(of_person).collect())
}

fn townships(villages: &BTreeSet<&DivisionCode>) -> BTreeSet<DivisionCode> {
    let villages = villages.iter();
    villages.filter_map(|code| code.township()).collect()
}

/// The figures of all subjects of a kind in a period.
pub(crate) async fn shown(
    txn: &ReadTxn,
    code: &DivisionCode,
    period: Period,
    kind: SubjectKind,
) -> Result<AllShown, AppError> {
    let county = County::read(txn, code, period.to()).await?;
    let targets = assessment::list_targets(txn, code, (period.from(), period.to())).await?;
    let facts = cells::facts(txn, code, period).await?;
    let read = facts.read()?;
    let on = period.to();
    let industries = county.technique_industries();
    let context = county.context(&read.standing, code, on, &industries);
    let cells = || cells(&county.register, &read.cells, on);
    let mut subjects = match kind {
        SubjectKind::Commissioner => {
            let assigned = county.assigned(code, period);
            let summaries = of_people(cells(), &assigned, &context);
            let one = |(person, villages): (&PersonId, &BTreeSet<&DivisionCode>)| {
                let summary = summaries.get(person)?;
                let shown = Shown {
                    name: county
                        .people
                        .get(person)
                        .map(|last_seen| last_seen.name.clone()),
                    measures: measures(summary, villages.len()),
                    townships: townships(villages),
                };
                Some((Subject::Commissioner(*person), shown))
            };
            assigned.iter().filter_map(one).collect()
        }
        SubjectKind::Township => {
            let by = GroupBy::Division(Level::Township);
            let rows = group::group(cells(), by, &Filter::default(), &context);
            let mut rows: BTreeMap<DivisionCode, Summary> = rows
                .into_iter()
                .filter_map(|row| match row.key {
                    GroupKey::Division(code) => Some((code, row.summary)),
                    _ => None,
                })
                .collect();
            let townships = county.divisions.iter();
            let townships = townships.filter(|one| one.code.level() == Level::Township);
            let one = |township: &StoredDivision| {
                let summary = rows.remove(&township.code).unwrap_or_default();
                division(&county, &context, &township.code, &summary)
            };
            townships.map(one).collect()
        }
        SubjectKind::County => {
            let summary = fold::fold(cells(), &Filter::default(), &context);
            BTreeMap::from([division(&county, &context, code, &summary)])
        }
    };
    add_targets(&mut subjects, &targets, period);
    Ok(AllShown {
        subjects,
        is_ranked: county.settings.score_ranking,
        folded: facts.into_folded(),
    })
}

fn division(
    county: &County,
    context: &Context<'_>,
    code: &DivisionCode,
    summary: &Summary,
) -> (Subject, Shown) {
    let named = county.divisions.iter().find(|stored| stored.code == *code);
    let counted = context.counted_villages.iter();
    let villages = counted.filter(|village| code.contains(village)).count();
    let shown = Shown {
        name: named.map(|stored| stored.name.clone()),
        measures: measures(summary, villages),
        townships: code.township().into_iter().collect(),
    };
    (Subject::Division(code.clone()), shown)
}

/// What a summary shows, in the units that people read; what has no value is absent.
fn measures(summary: &Summary, villages: usize) -> BTreeMap<String, Decimal> {
    let known = figures(summary).filter_map(|figure| {
        let number = figure.approved?.number()?;
        let value = Decimal::new(number, figure.measure.decimals);
        Some((figure.measure.code.to_owned(), value))
    });
    known
        .chain([(ASSIGNED_VILLAGES.to_owned(), villages.into())])
        .collect()
}

/// A target holds for a run of its very period: a part of a year's target is nobody's decision.
fn add_targets(subjects: &mut BTreeMap<Subject, Shown>, targets: &[Target], period: Period) {
    let of_period = targets
        .iter()
        .filter(|target| (target.from, target.to) == (period.from(), period.to()));
    for target in of_period {
        let shown = subjects.get_mut(&target.subject);
        if let (Some(shown), Some(measure)) = (shown, Measure::find(&target.measure)) {
            let value = Decimal::new(target.amount, measure.decimals);
            shown
                .measures
                .insert(format!("{TARGET}{}", target.measure), value);
        }
    }
}

/// The kinds of the records behind a measure, if there are any.
pub(crate) fn evidence(measure: &str) -> Vec<&'static str> {
    let found = Measure::find(measure).map(Measure::records);
    let sessions = measure
        .starts_with("training_")
        .then_some(Kind::TrainingSession);
    let kinds = found.into_iter().chain(found.and(sessions));
    kinds.map(Kind::as_str).collect()
}
