//! Closing a month: its report is kept as it was, and whatever arrives later shows before, after, and which records made it so.

use super::fold_cells::save_folded;
use super::webhook_events::RESTATED;
use super::{App, AppError, audit_trail, export_report, manage_settings};
use crate::clock::local_date;
use crate::domain::actor::OfficeActor;
use crate::domain::audit::{Act, Doer, Entry};
use crate::domain::period::Month;
use crate::export::{self, Language, Report, Table, Value};
use crate::store::{closings, webhooks};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;

pub use crate::store::closings::{ChangedRecord, StoredClosing};

/// Records that are named at the most.
pub const MOST_RECORDS: u32 = 500;
/// The columns that say whose figures a row has.
const CODE: &str = "division_code";
const NAME: &str = "division_name";

/// A figure that is another one now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restated {
    /// Code of the township, or of the county.
    pub division: String,
    /// Its name.
    pub name: String,
    /// Code of the measure.
    pub measure: String,
    /// As it was closed.
    pub before: Value,
    /// As it is.
    pub after: Value,
}

/// A closed month and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedMonth {
    /// The closing.
    pub closing: StoredClosing,
    /// Figures that are others now.
    pub restated: Vec<Restated>,
    /// Records that changed since, the latest change first, at most [`MOST_RECORDS`].
    pub records: Vec<ChangedRecord>,
}

/// Closes a month that is over. One that is closed already is closed again, as it is now.
pub async fn close(
    app: &App,
    actor: &OfficeActor,
    month: Month,
) -> Result<StoredClosing, AppError> {
    let zone = manage_settings::zone_of(app, &actor.county).await?;
    let now = app.clock.now_ms();
    if month.last() >= local_date(now, &zone) {
        return Err(AppError::with_detail(
            ErrorCode::IllegalTransition,
            "这个月还没有结束 / the month is not over",
        ));
    }
    let county = actor.county.clone();
    let report = export_report::make(app, county, month.period(), Language::Zh).await?;
    let text = export::write_stored(&report).map_err(|error| AppError::Internal(error.into()))?;
    let digest = hex(&Sha256::digest(&text));
    let closing = StoredClosing {
        month: month.to_string(),
        closed_at: now,
        closed_by: actor.person,
    };
    let (actor, added) = (actor.clone(), closing.clone());
    app.store
        .write(async move |txn| {
            closings::add(txn, &actor.county, &added, &text, &digest).await?;
            let subject = format!("{RESTATED}{}", added.month);
            webhooks::remove_mark(txn, &actor.county, &subject).await?;
            let by = Doer::Person(actor.person);
            let entry = Entry::new(&actor.county, by, Act::MonthClosed, &added.month);
            let detail = json!({"digest": digest});
            Ok::<_, AppError>(audit_trail::note(txn, now, entry.with(detail)).await?)
        })
        .await?;
    Ok(closing)
}

/// The closings of a county, the latest month first.
pub async fn list(app: &App, county: DivisionCode) -> Result<Vec<StoredClosing>, AppError> {
    app.store
        .read(async move |txn| Ok::<_, AppError>(closings::list(txn, &county).await?))
        .await
}

/// The report of a month as it was closed last.
pub async fn report(
    app: &App,
    county: DivisionCode,
    month: Month,
) -> Result<(StoredClosing, Report), AppError> {
    let name = month.to_string();
    let asked = name.clone();
    let found = app
        .store
        .read(async move |txn| Ok::<_, AppError>(closings::find(txn, &county, &asked).await?))
        .await?;
    let found = found.ok_or_else(AppError::not_found)?;
    let altered = || AppError::Internal(anyhow::anyhow!("the closed report of {name} was altered"));
    if hex(&Sha256::digest(&found.report)) != found.digest {
        return Err(altered());
    }
    let report = export::read_stored(&found.report).map_err(|_| altered())?;
    Ok((found.closing, report))
}

/// What has become of a month since it was closed. Figures and records are of one snapshot.
pub async fn compare(
    app: &App,
    county: DivisionCode,
    month: Month,
) -> Result<ClosedMonth, AppError> {
    let (closing, before) = report(app, county.clone(), month).await?;
    let (since, now) = (closing.closed_at, app.clock.now_ms());
    let (after, records, folded) = app
        .store
        .read(async move |txn| {
            let period = month.period();
            let (after, folded) = export_report::summary_in(txn, &county, period, now).await?;
            let range = (period.from(), period.to());
            let records = closings::list_changed(txn, &county, range, since, MOST_RECORDS).await?;
            Ok::<_, AppError>((after, records, folded))
        })
        .await?;
    save_folded(app, folded).await?;
    let before = before.table(&after.code);
    Ok(ClosedMonth {
        closing,
        restated: before.map_or_else(Vec::new, |before| restated(before, &after)),
        records,
    })
}

fn restated(before: &Table, after: &Table) -> Vec<Restated> {
    let (old, new) = (figures(before), figures(after));
    let names: BTreeMap<String, String> = [before, after].into_iter().flat_map(names).collect();
    let keys: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
    let value =
        |of: &BTreeMap<(String, String), Value>, key| of.get(key).cloned().unwrap_or(Value::None);
    let compared = keys.into_iter().map(|key| Restated {
        division: key.0.clone(),
        name: names.get(&key.0).cloned().unwrap_or_default(),
        measure: key.1.clone(),
        before: value(&old, key),
        after: value(&new, key),
    });
    compared.filter(|one| one.before != one.after).collect()
}

fn at(table: &Table, code: &str) -> Option<usize> {
    table.columns.iter().position(|column| column.code == code)
}

/// Names by division.
fn names(table: &Table) -> Vec<(String, String)> {
    let places = at(table, CODE).zip(at(table, NAME));
    let Some((code, name)) = places else {
        return Vec::new();
    };
    let print = |row: &Vec<Value>, at: usize| row.get(at).map(Value::print).unwrap_or_default();
    let rows = table.rows.iter();
    rows.map(|row| (print(row, code), print(row, name)))
        .collect()
}

/// Figures by division and measure.
fn figures(table: &Table) -> BTreeMap<(String, String), Value> {
    let Some(code) = at(table, CODE) else {
        return BTreeMap::new();
    };
    let of_row = |row: &Vec<Value>| {
        let division = row.get(code).map(Value::print).unwrap_or_default();
        let values = table.columns.iter().zip(row.clone());
        let measured = values.filter(|(column, _)| column.code != CODE && column.code != NAME);
        let keyed =
            measured.map(|(column, value)| ((division.clone(), column.code.clone()), value));
        keyed.collect::<Vec<_>>()
    };
    table.rows.iter().flat_map(of_row).collect()
}
