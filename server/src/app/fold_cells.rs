//! Facts of the summaries: folds the cells that were written since, and gives a reader the facts of any
//! division and period, exact at the moment of reading.
//!
//! A reader never waits for a writer: in its own snapshot it folds what is stale, and answers from that. What
//! it folded is written back afterwards, unless somebody wrote into the cell in the meantime.

use super::ledger::{STANDING, month_of, override_of, report_of};
use super::{App, AppError};
use crate::domain::facts::{CellFacts, StandingFacts, is_current};
use crate::domain::period::{Month, Part, Period};
use crate::store::records::{self, StoredRecord};
use crate::store::summary_cells::{self, StoredCell};
use crate::store::{ReadTxn, Txn};
use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::records::{Beneficiary, DemoBase, Feedback, Kind, Record, Visit};

/// The facts of a division in a period, as texts that [`Facts::read`] reads without copying.
#[derive(Debug, Default)]
pub struct Facts {
    cells: Vec<(DivisionCode, String)>,
    standing: Vec<(DivisionCode, String)>,
    folded: Vec<(StoredCell, String)>,
}

/// Facts that were read.
#[derive(Debug)]
pub struct Read<'a> {
    /// What each village contributes in each month, or part of a month, in order of village.
    pub cells: Vec<(&'a DivisionCode, CellFacts<'a>)>,
    /// What stands in each village.
    pub standing: Vec<(&'a DivisionCode, StandingFacts<'a>)>,
}

/// The facts of `division` in `period`, exact in the snapshot of `txn`.
pub async fn facts(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
) -> Result<Facts, AppError> {
    let mut facts = Facts::default();
    let whole: Vec<Month> = period.parts().filter_map(whole_month).collect();
    if let (Some(first), Some(last)) = (whole.first(), whole.last()) {
        let (from, to) = (month_of(first.first()), month_of(last.first()));
        let stored = summary_cells::list(txn, division, from, to).await?;
        facts.take_cells(txn, division, stored).await?;
    }
    for part in period.parts() {
        if let Part::Partial(range) = part {
            let counted = recount(txn, division, range).await?;
            facts.cells.extend(
                counted
                    .into_iter()
                    .map(|(village, cell)| (village, cell.to_json())),
            );
        }
    }
    facts.cells.sort_by(|(a, _), (b, _)| a.cmp(b));
    let stored = summary_cells::list(txn, division, STANDING, STANDING).await?;
    facts.take_standing(txn, division, stored).await?;
    Ok(facts)
}

/// The facts of some villages of `division` in all months before that of `day`, exact in the snapshot of `txn`.
pub async fn facts_before(
    txn: &ReadTxn,
    division: &DivisionCode,
    villages: &BTreeSet<DivisionCode>,
    day: Date,
) -> Result<Facts, AppError> {
    let mut facts = Facts::default();
    let last = month_of(day.first_of_month().saturating_sub(1.day()));
    let first = month_of(EARLIEST_SERVICE_DATE);
    let stored = summary_cells::list_of_villages(txn, villages, first, last).await?;
    facts.take_cells(txn, division, stored).await?;
    Ok(facts)
}

fn whole_month(part: Part) -> Option<Month> {
    match part {
        Part::Whole(month) => Some(month),
        Part::Partial(_) => None,
    }
}

fn is_fresh(cell: &StoredCell) -> bool {
    !cell.is_stale() && is_current(&cell.facts)
}

/// One stale village is read by itself; several together.
fn place_of(division: &DivisionCode, stale: &[StoredCell]) -> DivisionCode {
    match stale {
        [cell] => cell.village.clone(),
        _ => division.clone(),
    }
}

impl Facts {
    /// Reads the texts.
    pub fn read(&self) -> Result<Read<'_>, AppError> {
        let unreadable = |village: &DivisionCode| {
            AppError::Internal(anyhow::anyhow!(
                "the facts of {village} cannot be read; run `tepai rebuild`"
            ))
        };
        let cells = self.cells.iter().map(|(village, text)| {
            let facts = CellFacts::from_json(text).ok_or_else(|| unreadable(village))?;
            Ok::<_, AppError>((village, facts))
        });
        let standing = self.standing.iter().map(|(village, text)| {
            let facts = StandingFacts::from_json(text).ok_or_else(|| unreadable(village))?;
            Ok::<_, AppError>((village, facts))
        });
        Ok(Read {
            cells: cells.collect::<Result<_, _>>()?,
            standing: standing.collect::<Result<_, _>>()?,
        })
    }

    /// What was folded on the way, to be written back.
    pub fn into_folded(self) -> Vec<(StoredCell, String)> {
        self.folded
    }

    async fn take_cells(
        &mut self,
        txn: &ReadTxn,
        division: &DivisionCode,
        stored: Vec<StoredCell>,
    ) -> Result<(), AppError> {
        let mut stale: BTreeMap<i32, Vec<StoredCell>> = BTreeMap::new();
        for cell in stored {
            if is_fresh(&cell) {
                self.cells.push((cell.village, cell.facts));
            } else {
                stale.entry(cell.month).or_default().push(cell);
            }
        }
        for (month, cells) in stale {
            let mut counted =
                recount(txn, &place_of(division, &cells), month_period(month)?).await?;
            for cell in cells {
                let text = counted.remove(&cell.village).unwrap_or_default().to_json();
                self.cells.push((cell.village.clone(), text.clone()));
                self.folded.push((cell, text));
            }
        }
        Ok(())
    }

    async fn take_standing(
        &mut self,
        txn: &ReadTxn,
        division: &DivisionCode,
        stored: Vec<StoredCell>,
    ) -> Result<(), AppError> {
        let (fresh, stale): (Vec<_>, Vec<_>) = stored.into_iter().partition(is_fresh);
        self.standing
            .extend(fresh.into_iter().map(|cell| (cell.village, cell.facts)));
        if stale.is_empty() {
            return Ok(());
        }
        let mut counted = recount_standing(txn, &place_of(division, &stale)).await?;
        for cell in stale {
            let text = counted.remove(&cell.village).unwrap_or_default().to_json();
            self.standing.push((cell.village.clone(), text.clone()));
            self.folded.push((cell, text));
        }
        Ok(())
    }
}

/// The facts of every village of `division` in `range`, from the records themselves.
pub async fn recount(
    txn: &impl Txn,
    division: &DivisionCode,
    range: Period,
) -> Result<BTreeMap<DivisionCode, CellFacts<'static>>, AppError> {
    let (from, to) = (range.from(), range.to());
    let visits = records::list_dated(txn, division, Kind::Visit, from, to).await?;
    let dated = records::list_dated(txn, division, Kind::AdoptionReport, from, to).await?;
    let adoptions: BTreeSet<RecordId> = dated.iter().filter_map(|record| record.adoption).collect();
    let adoptions: Vec<RecordId> = adoptions.into_iter().collect();
    let reports = records::list_reports(txn, &adoptions).await?;
    let decided = records::find_many(txn, &adoptions).await?;
    let decided = decided
        .iter()
        .map(|record| (record.id, override_of(&record.state)))
        .collect();
    let feedback = records::list_dated(txn, division, Kind::Feedback, from, to).await?;
    let rated = visits_of(txn, &feedback, &visits).await?;

    let mut builders = BTreeMap::new();
    let mut put = |record: &StoredRecord, add: &dyn Fn(Builder) -> Builder| {
        if let Some(village) = record
            .village
            .clone()
            .filter(|village| division.contains(village))
        {
            let builder = builders
                .remove(&village)
                .unwrap_or_else(|| CellFacts::build(range));
            builders.insert(village, add(builder));
        }
    };
    for record in &visits {
        let visit = Visit::read(&record.state.fields);
        put(record, &|builder| builder.visit(record.is_live(), &visit));
    }
    for record in &reports {
        put(record, &|builder| {
            builder.report(record.is_live(), report_of(record))
        });
    }
    for record in &feedback {
        let given = Feedback::read(&record.state.fields);
        let visit = given.visit_id.and_then(|id| rated.get(&id));
        put(record, &|builder| {
            builder.feedback(record.is_live(), &given, visit)
        });
    }
    Ok(builders
        .into_iter()
        .map(|(village, builder)| (village, builder.finish(&decided)))
        .collect())
}

type Builder = crate::domain::facts::CellBuilder;

/// The live visits that feedback is about, whatever their date.
async fn visits_of(
    txn: &impl Txn,
    feedback: &[StoredRecord],
    known: &[StoredRecord],
) -> Result<BTreeMap<RecordId, Visit>, AppError> {
    let ids: BTreeSet<RecordId> = feedback.iter().filter_map(|record| record.parent).collect();
    let here: BTreeSet<RecordId> = known.iter().map(|record| record.id).collect();
    let elsewhere: Vec<RecordId> = ids.difference(&here).copied().collect();
    let fetched = records::find_many(txn, &elsewhere).await?;
    let all = known
        .iter()
        .chain(&fetched)
        .filter(|record| record.is_live() && ids.contains(&record.id));
    Ok(all
        .map(|record| (record.id, Visit::read(&record.state.fields)))
        .collect())
}

/// The beneficiaries and demo bases of one village.
type Own = (Vec<(RecordId, Beneficiary)>, Vec<DemoBase>);

/// What stands in every village of `division`, from the records themselves.
pub async fn recount_standing(
    txn: &impl Txn,
    division: &DivisionCode,
) -> Result<BTreeMap<DivisionCode, StandingFacts<'static>>, AppError> {
    let beneficiaries = records::list_in_division(txn, division, Kind::Beneficiary).await?;
    let bases = records::list_in_division(txn, division, Kind::DemoBase).await?;
    let mut villages: BTreeMap<DivisionCode, Own> = BTreeMap::new();
    for record in &beneficiaries {
        if let Some(village) = record.village.clone() {
            let read = (record.id, Beneficiary::read(&record.state.fields));
            villages.entry(village).or_default().0.push(read);
        }
    }
    for record in &bases {
        if let Some(village) = record.village.clone() {
            villages
                .entry(village)
                .or_default()
                .1
                .push(DemoBase::read(&record.state.fields));
        }
    }
    let build = |(village, own): (DivisionCode, Own)| {
        let beneficiaries = own.0.iter().map(|(id, beneficiary)| (*id, beneficiary));
        (village, StandingFacts::build(beneficiaries, &own.1))
    };
    Ok(villages.into_iter().map(build).collect())
}

/// The period of a cell's month (year × 100 + month).
pub fn month_period(month: i32) -> Result<Period, AppError> {
    let parts = i16::try_from(month / 100)
        .ok()
        .zip(i8::try_from(month % 100).ok());
    let first = parts.and_then(|(year, month)| Date::new(year, month, 1).ok());
    let first = first.ok_or_else(|| AppError::Internal(anyhow::anyhow!("{month} is no month")))?;
    Ok(Month::of(first).period())
}

/// Writes back what a reader folded; what was written again in the meantime stays stale.
pub async fn save_folded(app: &App, mut folded: Vec<(StoredCell, String)>) -> Result<(), AppError> {
    if folded.is_empty() {
        return Ok(());
    }
    // Writers mark cells in this order; another one could deadlock with them.
    folded.sort_by(|(a, _), (b, _)| (&a.village, a.month).cmp(&(&b.village, b.month)));
    app.store
        .write(async move |txn| {
            for (cell, facts) in &folded {
                summary_cells::save_folded(txn, cell, facts).await?;
            }
            Ok(())
        })
        .await
}

/// Folds some stale cells, so that readers find them fresh. Returns how many.
pub async fn fold_stale(app: &App, limit: u32) -> Result<usize, AppError> {
    let folded = app
        .store
        .read(async move |txn| {
            let mut facts = Facts::default();
            let stale = summary_cells::list_stale(txn, limit).await?;
            let (standing, cells): (Vec<_>, Vec<_>) =
                stale.into_iter().partition(|cell| cell.month == STANDING);
            for cell in cells {
                let village = cell.village.clone();
                facts.take_cells(txn, &village, vec![cell]).await?;
            }
            for cell in standing {
                let village = cell.village.clone();
                facts.take_standing(txn, &village, vec![cell]).await?;
            }
            Ok::<_, AppError>(facts.into_folded())
        })
        .await?;
    let count = folded.len();
    save_folded(app, folded).await?;
    Ok(count)
}
