//! Recounts summaries, scopes and digests from nothing and compares them with what is stored; and makes cells anew.

use crate::records::ledger::STANDING;
use crate::summaries::cells::{self, recount, recount_standing};
use crate::{App, AppError, audit};
use std::collections::BTreeMap;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::{divisions, feeds, records, summary_cells};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::summary::context::Context;
use tepai_sync_protocol::summary::facts::{CellFacts, StandingFacts};
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::fold::fold;
use tepai_sync_protocol::summary::period::LATEST_DAY;
use tepai_sync_protocol::summary::period::Period;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Cells that were compared.
    pub cells: usize,
    /// Live visits that were counted.
    pub visits: usize,
    /// Records whose content was compared with its digest.
    pub records: usize,
    /// Scopes whose count and sum were compared with their records.
    pub scopes: usize,
    /// Cells whose stored facts differ from the records, as `village month`.
    pub wrong: Vec<String>,
    /// Records whose content is not what the server last wrote.
    pub altered: Vec<String>,
    /// Scopes whose count and sum are not those of their records.
    pub wrong_scopes: Vec<String>,
    /// Whether the county's summary of everything agrees with a recount.
    pub summary_agrees: bool,
}

impl Checked {
    /// Whether everything agrees to the last digit.
    pub fn is_right(&self) -> bool {
        self.wrong.is_empty()
            && self.altered.is_empty()
            && self.wrong_scopes.is_empty()
            && self.summary_agrees
    }
}

/// Compares every fresh cell of a county, and the fold of all of them, with a recount from the records; every record
/// with its digest, and every scope with its records.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn check(app: &App, county: DivisionCode) -> Result<Checked, AppError> {
    app.store
        .read(async move |txn| {
            if divisions::list(txn, &county).await?.is_empty() {
                return Err(AppError::not_found());
            }
            let everything = Period::new(EARLIEST_SERVICE_DATE, LATEST_DAY)
                .map_err(|error| AppError::Internal(error.into()))?;
            let mut checked = Checked::default();
            let mut months: BTreeMap<i32, BTreeMap<DivisionCode, CellFacts<'static>>> =
                BTreeMap::new();
            let standing = recount_standing(txn, &county).await?;
            let stored = summary_cells::list_in_county(txn, &county).await?;
            for cell in &stored {
                if !cell.is_fresh() {
                    continue;
                }
                checked.cells += 1;
                let agrees = if cell.month == STANDING {
                    let own = standing.get(&cell.village).cloned().unwrap_or_default();
                    StandingFacts::from_json(&cell.facts).is_some_and(|facts| facts == own)
                } else {
                    let month = cells::month_period(cell.month)?;
                    if let std::collections::btree_map::Entry::Vacant(e) = months.entry(cell.month)
                    {
                        e.insert(recount(txn, &county, month).await?);
                    }
                    let own = months
                        .get(&cell.month)
                        .and_then(|cells| cells.get(&cell.village));
                    let own = own.cloned().unwrap_or_default();
                    cell.last_visit_on == own.last_visit()
                        && CellFacts::from_json(&cell.facts).is_some_and(|facts| facts == own)
                };
                if !agrees {
                    checked
                        .wrong
                        .push(format!("{} {}", cell.village, cell.month));
                }
            }
            let facts = cells::facts(txn, &county, everything).await?;
            let read = facts.read()?;
            let by_cells = fold(
                read.cells.iter().copied(),
                &Filter::default(),
                &Context::default(),
            );
            let recounted = recount(txn, &county, everything).await?;
            let by_records = fold(&recounted, &Filter::default(), &Context::default());
            checked.summary_agrees = by_cells == by_records;
            let visits = records::list_dated(
                txn,
                &county,
                Kind::Visit,
                everything.from(),
                everything.to(),
            )
            .await?;
            checked.visits = visits.len();
            let (records, altered) = records::find_altered(txn, &county).await?;
            checked.records = records;
            checked.altered = altered.iter().map(ToString::to_string).collect();
            let (scopes, wrong) = feeds::find_wrong(txn, &county).await?;
            checked.scopes = scopes;
            checked.wrong_scopes = wrong.iter().map(ToString::to_string).collect();
            Ok(checked)
        })
        .await
}

/// Forgets every folded cell of a county and folds them again from the records. Returns how many.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn rebuild(app: &App, county: DivisionCode) -> Result<u64, AppError> {
    let (of, now) = (county.clone(), app.clock.now_ms());
    let forgotten = app
        .store
        .write(async move |txn| {
            let forgotten = summary_cells::forget(txn, &of).await?;
            let rebuilt = AuditEntry::new(&of, AuditActor::Operator, Act::SummariesRebuilt, &of);
            audit::note(txn, now, rebuilt).await?;
            Ok::<_, AppError>(forgotten)
        })
        .await?;
    while cells::fold_stale(app, 500).await? > 0 {}
    Ok(forgotten)
}
