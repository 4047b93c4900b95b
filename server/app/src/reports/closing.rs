//! Closing a period: its report is kept as it was, and whatever arrives later shows before, after, which records made it so, and
//! what else was changed that figures depend on.

use crate::clock::local_date;
use crate::records::events::RESTATED;
use crate::summaries::cells::save_folded;
use crate::{App, AppError, admin, reports};
use jiff::civil::Date;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry, Link};
use tepai_export;
use tepai_export::{Language, Report, Table, Value};
use tepai_store::Txn;
use tepai_store::audit::{self, AuditFilter};
use tepai_store::closings::{self, ClosedReport};
use tepai_store::webhooks;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::summary::period::Period;

pub use tepai_store::closings::{CountedRecord, StoredClosing};

/// Records, and causes beside them, that are named at the most.
pub const MOST_NAMED: usize = 500;
const PAGE: u32 = 500;
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

/// What happened to a record since a period was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// It arrived.
    Arrived,
    /// It was there, and has come into the period: its date was changed, or what held it back is over.
    Entered,
    /// It has left the period: its date was changed, or it is held back.
    Left,
    /// It was deleted.
    Deleted,
    /// It was edited or reviewed, and is still in the period.
    Changed,
}

/// A record that changes the figures of a closed period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRecord {
    /// What happened.
    pub why: Happened,
    /// The record as it stands.
    pub record: CountedRecord,
    /// Its date when the period was closed, if it was counted and is another one now.
    pub was_on: Option<String>,
}

/// A closed period and what has become of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedPeriod {
    /// The closing.
    pub closing: StoredClosing,
    /// Figures that are others now.
    pub restated: Vec<Restated>,
    /// Records that changed since, the latest change first, at most [`MOST_NAMED`].
    pub records: Vec<ChangedRecord>,
    /// How many there are in all.
    pub changed: usize,
    /// What else figures depend on and was changed since: settings, assignments, imported tables; the latest first.
    pub causes: Vec<Link>,
}

/// A record that was counted: id, revision, date.
type Counted = (RecordId, i64, Option<String>);

/// Closes a period that is over. One that is closed already is closed again, as it is now.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn close(
    app: &App,
    actor: &OfficeActor,
    period: Period,
) -> Result<StoredClosing, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let now = app.clock.now_ms();
    if period.to() >= local_date(now, &zone) {
        return Err(AppError::with_detail(
            ErrorCode::IllegalTransition,
            "这个时段还没有结束 / the period is not over",
        ));
    }
    let (county, range) = (actor.county.clone(), (period.from(), period.to()));
    let (report, counted, folded) = app
        .store
        .read(async move |txn| {
            let made = reports::build::make_in(txn, &county, period, Language::Zh, now);
            let (report, folded) = made.await?;
            let counted = closings::list_counted(txn, &county, range).await?;
            Ok::<_, AppError>((report, counted, folded))
        })
        .await?;
    save_folded(app, folded).await?;
    let broken = |error: serde_json::Error| AppError::Internal(error.into());
    let counted: Vec<Counted> = counted
        .into_values()
        .map(|record| (record.id, record.rev, record.on))
        .collect();
    let text = tepai_export::write_stored(&report).map_err(broken)?;
    let closed = ClosedReport {
        digest: hex(&Sha256::digest(&text)),
        report: text,
        records: Some(serde_json::to_string(&counted).map_err(broken)?),
        closing: StoredClosing {
            period: period.to_string(),
            closed_at: now,
            closed_by: actor.person,
        },
    };
    let (actor, closing) = (actor.clone(), closed.closing.clone());
    app.store
        .write(async move |txn| {
            closings::add(txn, &actor.county, &closed).await?;
            let subject = format!("{RESTATED}{}", closed.closing.period);
            webhooks::remove_mark(txn, &actor.county, &subject).await?;
            let by = AuditActor::Person(actor.person);
            let entry =
                AuditEntry::new(&actor.county, by, Act::PeriodClosed, &closed.closing.period);
            let detail = json!({"digest": closed.digest});
            Ok::<_, AppError>(crate::audit::note(txn, now, entry.with(detail)).await?)
        })
        .await?;
    Ok(closing)
}

/// The closings of a county, the latest period first.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, county: DivisionCode) -> Result<Vec<StoredClosing>, AppError> {
    app.store
        .read(async move |txn| Ok::<_, AppError>(closings::list(txn, &county).await?))
        .await
}

/// The last moment of a local day of a county; of all time if no day is given.
async fn end_of(app: &App, county: &DivisionCode, day: Option<Date>) -> Result<i64, AppError> {
    let Some(day) = day else {
        return Ok(i64::MAX);
    };
    let zone = admin::settings::zone_of(app, county).await?;
    let after = day
        .tomorrow()
        .ok()
        .and_then(|next| next.to_zoned(zone).ok());
    Ok(after.map_or(i64::MAX, |after| after.timestamp().as_millisecond() - 1))
}

/// The closing of a period that stood at the end of a day, or the last one.
async fn closed(
    app: &App,
    county: &DivisionCode,
    period: Period,
    as_of: Option<Date>,
) -> Result<(ClosedReport, Report), AppError> {
    let (county, until) = (county.clone(), end_of(app, county, as_of).await?);
    let name = period.to_string();
    let found = app
        .store
        .read(async move |txn| Ok::<_, AppError>(closings::find(txn, &county, &name, until).await?))
        .await?;
    let found = found.ok_or_else(AppError::not_found)?;
    let altered = || {
        let period = &found.closing.period;
        AppError::Internal(anyhow::anyhow!("the closed report of {period} was altered"))
    };
    if hex(&Sha256::digest(&found.report)) != found.digest {
        return Err(altered());
    }
    let report = tepai_export::read_stored(&found.report).map_err(|_| altered())?;
    Ok((found, report))
}

/// The report of a period as it was closed last, or as it stood closed at the end of a day.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn report(
    app: &App,
    county: &DivisionCode,
    period: Period,
    as_of: Option<Date>,
) -> Result<Report, AppError> {
    Ok(closed(app, county, period, as_of).await?.1)
}

/// What has become of a period since it was closed. Figures, records and causes are of one snapshot.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn compare(
    app: &App,
    county: DivisionCode,
    period: Period,
    as_of: Option<Date>,
) -> Result<ClosedPeriod, AppError> {
    let (before, report) = closed(app, &county, period, as_of).await?;
    let (since, now) = (before.closing.closed_at, app.clock.now_ms());
    let counted = before.records.as_deref().map(serde_json::from_str);
    let counted: Option<Vec<Counted>> = counted
        .transpose()
        .map_err(|error| AppError::Internal(error.into()))?;
    let (after, mut records, causes, folded) = app
        .store
        .read(async move |txn| {
            let (after, folded) = reports::build::summary_in(txn, &county, period, now).await?;
            let records = changes(txn, &county, period, counted, since).await?;
            let causes = causes(txn, &county, period, since).await?;
            Ok::<_, AppError>((after, records, causes, folded))
        })
        .await?;
    save_folded(app, folded).await?;
    records.sort_by_key(|one| (Reverse(one.record.updated_at), one.record.id));
    let changed = records.len();
    records.truncate(MOST_NAMED);
    let before_table = report.table(&after.code);
    Ok(ClosedPeriod {
        closing: before.closing,
        restated: before_table.map_or_else(Vec::new, |before| restated(before, &after)),
        records,
        changed,
        causes,
    })
}

/// The records that were counted then and now, against each other. Closings of an earlier version do not know what they counted:
/// of them everything is told that changed afterwards.
async fn changes(
    txn: &impl Txn,
    county: &DivisionCode,
    period: Period,
    counted: Option<Vec<Counted>>,
    since: i64,
) -> Result<Vec<ChangedRecord>, AppError> {
    let now = closings::list_counted(txn, county, (period.from(), period.to())).await?;
    let Some(counted) = counted else {
        let later = now.into_values().filter(|record| record.updated_at > since);
        return Ok(later
            .map(|record| ChangedRecord {
                why: if record.received_at > since {
                    Happened::Arrived
                } else {
                    Happened::Changed
                },
                record,
                was_on: None,
            })
            .collect());
    };
    let gone: Vec<RecordId> = counted
        .iter()
        .map(|(id, ..)| *id)
        .filter(|id| !now.contains_key(id))
        .collect();
    let mut gone = closings::find_counted(txn, &gone).await?;
    let mut now = now;
    let mut changed = Vec::new();
    for (id, rev, on) in counted {
        let (why, record) = match (now.remove(&id), gone.remove(&id)) {
            (Some(record), _) if record.rev == rev => continue,
            (Some(record), _) => (Happened::Changed, record),
            (None, Some(record)) if record.is_deleted => (Happened::Deleted, record),
            (None, Some(record)) => (Happened::Left, record),
            (None, None) => continue,
        };
        let was_on = on.filter(|on| record.on.as_ref() != Some(on));
        changed.push(ChangedRecord {
            why,
            record,
            was_on,
        });
    }
    changed.extend(now.into_values().map(|record| ChangedRecord {
        why: if record.received_at > since {
            Happened::Arrived
        } else {
            Happened::Entered
        },
        record,
        was_on: None,
    }));
    Ok(changed)
}

/// Acts that change what figures are made from beside records.
const CAUSES: [Act; 3] = [Act::SettingChanged, Act::VillageHandedOver, Act::Imported];

/// What else was changed since then that a period's figures depend on.
async fn causes(
    txn: &impl Txn,
    county: &DivisionCode,
    period: Period,
    since: i64,
) -> Result<Vec<Link>, AppError> {
    let mut causes = Vec::new();
    for act in CAUSES {
        let filter = AuditFilter {
            county: county.clone(),
            act: Some(act),
            object: None,
            before: None,
        };
        let links = audit::page(txn, &filter, PAGE).await?;
        let later = links.into_iter().filter(|link| link.at > since);
        causes.extend(later.filter(|link| may_reach(link, period)));
    }
    causes.sort_by_key(|link| Reverse((link.at, link.seq)));
    Ok(causes)
}

/// Whether something that was done can change the figures of a period: what begins after its end does not.
fn may_reach(link: &Link, period: Period) -> bool {
    let from = link
        .entry
        .detail
        .get("valid_from")
        .or(link.entry.detail.get("on"));
    let from: Option<Date> = from.and_then(|day| day.as_str()?.parse().ok());
    from.is_none_or(|from| from <= period.to())
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
