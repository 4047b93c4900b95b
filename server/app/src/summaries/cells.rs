//! Facts of the summaries: folds the cells that were written since, and gives a reader the facts of any
//! division and period, exact at the moment of reading.
//!
//! A reader never waits for a writer: in its own snapshot it folds what is stale, and answers from that. What
//! it folded is written back afterwards, unless somebody wrote into the cell in the meantime.

use crate::records::ledger::{STANDING, month_of, override_of, report_of};
use crate::records::trainings;
use crate::{App, AppError};
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tepai_domain::village_facts::VillageFacts;
use tepai_store::records::{self, StoredRecord};
use tepai_store::summary_cells::{self, StoredCell};
use tepai_store::{ReadTxn, Txn};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::records::{Beneficiary, DemoBase, Feedback, Kind, Record, Visit};
use tepai_sync_protocol::summary::facts::{CellFacts, StandingFacts};
use tepai_sync_protocol::summary::period::{Month, Part, Period};

/// Villages whose facts are not worth another core.
const AT_ONCE: usize = 64;

/// The facts of a division in a period, which [`Facts::read`] reads.
#[derive(Debug, Default)]
pub struct Facts {
    cells: Vec<(DivisionCode, Arc<VillageFacts>)>,
    standing: Vec<(DivisionCode, String)>,
    folded: Vec<(StoredCell, String)>,
}

/// Facts that were read.
#[derive(Debug)]
pub struct Read<'a> {
    /// What each village contributes in each month, or part of a month, in order of village.
    pub cells: Vec<(&'a DivisionCode, &'a CellFacts<'a>)>,
    /// What stands in each village.
    pub standing: Vec<(&'a DivisionCode, StandingFacts<'a>)>,
}

/// The facts of `division` in `period`, exact in the snapshot of `txn`.
pub async fn facts(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
) -> Result<Facts, AppError> {
    let mut facts = cells(txn, division, period).await?;
    let stored = summary_cells::list(txn, division, STANDING, STANDING).await?;
    facts.take_standing(txn, division, stored).await?;
    Ok(facts)
}

/// The same without what stands in villages whatever the month.
pub async fn cells(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
) -> Result<Facts, AppError> {
    let mut facts = Facts::default();
    if let Some(months) = whole_months(period) {
        let mut stale = 0;
        for village in summary_cells::list_together(txn, division, months).await? {
            stale += village.stale;
            if !village.facts.is_empty() {
                facts.cells.push((village.village, village.facts));
            }
        }
        if stale > 0 {
            let cells = summary_cells::list_stale_in(txn, division, months).await?;
            facts.take_stale(txn, division, cells).await?;
        }
    }
    for (village, cell) in recount_parts(txn, division, period).await? {
        facts.take(village, &cell.to_json());
    }
    facts.cells.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(facts)
}

/// The last day of an approved visit in each village of `division` in `period`, and what was folded on the way. It reads no facts
/// but those that are stale, so that it costs the same after a decade.
pub async fn last_visits(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
) -> Result<(Vec<(DivisionCode, Date)>, Vec<(StoredCell, String)>), AppError> {
    let (mut last, mut folded) = (Vec::new(), Vec::new());
    if let Some(months) = whole_months(period) {
        let (found, stale) = summary_cells::list_last_visits(txn, division, months).await?;
        last = found;
        if stale > 0 {
            let cells = summary_cells::list_stale_in(txn, division, months).await?;
            folded = refold(txn, division, cells).await?;
            let days = folded.iter();
            last.extend(
                days.filter_map(|(cell, _)| Some((cell.village.clone(), cell.last_visit_on?))),
            );
        }
    }
    let parts = recount_parts(txn, division, period).await?.into_iter();
    last.extend(parts.filter_map(|(village, cell)| Some((village, cell.last_visit()?))));
    Ok((last, folded))
}

/// The first and the last whole month of a period, as cells have them.
fn whole_months(period: Period) -> Option<(i32, i32)> {
    let whole = || {
        period.parts().filter_map(|part| match part {
            Part::Whole(month) => Some(month_of(month.first())),
            Part::Partial(_) => None,
        })
    };
    whole().next().zip(whole().last())
}

/// What a period cuts off months, from the records themselves.
async fn recount_parts(
    txn: &ReadTxn,
    division: &DivisionCode,
    period: Period,
) -> Result<Vec<(DivisionCode, CellFacts<'static>)>, AppError> {
    let mut counted = Vec::new();
    for part in period.parts() {
        if let Part::Partial(range) = part {
            counted.extend(recount(txn, division, range).await?);
        }
    }
    Ok(counted)
}

/// Folds cells that are stale, month by month.
async fn refold(
    txn: &ReadTxn,
    division: &DivisionCode,
    cells: Vec<StoredCell>,
) -> Result<Vec<(StoredCell, String)>, AppError> {
    let mut stale: BTreeMap<i32, Vec<StoredCell>> = BTreeMap::new();
    for cell in cells {
        stale.entry(cell.month).or_default().push(cell);
    }
    let mut folded = Vec::new();
    for (month, cells) in stale {
        let mut counted = recount(txn, &place_of(division, &cells), month_period(month)?).await?;
        for cell in cells {
            let facts = counted.remove(&cell.village).unwrap_or_default();
            let last_visit_on = facts.last_visit();
            let cell = StoredCell {
                last_visit_on,
                ..cell
            };
            folded.push((cell, facts.to_json()));
        }
    }
    Ok(folded)
}

/// One stale village is read by itself; several together.
fn place_of(division: &DivisionCode, stale: &[StoredCell]) -> DivisionCode {
    match stale {
        [cell] => cell.village.clone(),
        _ => division.clone(),
    }
}

impl Facts {
    /// Reads the texts, on all cores: a year of a large county is some megabytes of them.
    pub fn read(&self) -> Result<Read<'_>, AppError> {
        let unreadable = |village: &DivisionCode| {
            AppError::Internal(anyhow::anyhow!(
                "the facts of {village} cannot be read; run `tepai rebuild`"
            ))
        };
        let villages = self.cells.par_iter().with_min_len(AT_ONCE);
        let villages = villages.map(|(village, facts)| {
            let cells = facts.cells().ok_or_else(|| unreadable(village))?;
            Ok::<_, AppError>((village, cells))
        });
        let villages: Vec<(&DivisionCode, &[CellFacts<'_>])> =
            villages.collect::<Result<_, _>>()?;
        let cells = villages
            .into_iter()
            .flat_map(|(village, cells)| cells.iter().map(move |cell| (village, cell)));
        let standing = self.standing.par_iter().with_min_len(AT_ONCE);
        let standing = standing.map(|(village, text)| {
            let facts = StandingFacts::from_json(text).ok_or_else(|| unreadable(village))?;
            Ok::<_, AppError>((village, facts))
        });
        Ok(Read {
            cells: cells.collect(),
            standing: standing.collect::<Result<_, _>>()?,
        })
    }

    fn take(&mut self, village: DivisionCode, text: &str) {
        self.cells
            .push((village, Arc::new(VillageFacts::new(text))));
    }

    /// What was folded on the way, to be written back.
    pub fn into_folded(self) -> Vec<(StoredCell, String)> {
        self.folded
    }

    async fn take_stale(
        &mut self,
        txn: &ReadTxn,
        division: &DivisionCode,
        cells: Vec<StoredCell>,
    ) -> Result<(), AppError> {
        for (cell, text) in refold(txn, division, cells).await? {
            self.take(cell.village.clone(), &text);
            self.folded.push((cell, text));
        }
        Ok(())
    }

    async fn take_standing(
        &mut self,
        txn: &ReadTxn,
        division: &DivisionCode,
        stored: Vec<StoredCell>,
    ) -> Result<(), AppError> {
        let (fresh, stale): (Vec<_>, Vec<_>) = stored.into_iter().partition(StoredCell::is_fresh);
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
    let trainings = trainings::read(txn, division, range, &visits)
        .await?
        .settled;

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
        let is_spoken_for = trainings.spoken_for.contains(&record.id);
        put(record, &|builder| {
            builder.visit_with(record.is_live(), &visit, is_spoken_for)
        });
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
    for (village, fact) in trainings.facts {
        let builder = builders
            .remove(&village)
            .unwrap_or_else(|| CellFacts::build(range));
        builders.insert(village, builder.training(fact));
    }
    Ok(builders
        .into_iter()
        .map(|(village, builder)| (village, builder.finish(&decided)))
        .collect())
}

type Builder = tepai_sync_protocol::summary::build_facts::CellBuilder;

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
#[tracing::instrument(level = "debug", skip_all)]
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
#[tracing::instrument(level = "debug", skip_all)]
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
                facts.take_stale(txn, &village, vec![cell]).await?;
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
