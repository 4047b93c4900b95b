//! Periods that a county closed: append-only, one row a closing.

use crate::records::kind;
use crate::sql::{execute, fetch_all, fetch_by_keys, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::Kind;
use uuid::Uuid;

/// A closing without its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClosing {
    /// The period, as `2026-06` or `2026-Q2`.
    pub period: String,
    /// When it was closed: milliseconds since 1970 UTC.
    pub closed_at: i64,
    /// By whom.
    pub closed_by: PersonId,
}

// The column is called `month`: months were all that could be closed once.
#[derive(FromQueryResult)]
struct Row {
    month: String,
    closed_at: i64,
    closed_by: Uuid,
}

impl From<Row> for StoredClosing {
    fn from(row: Row) -> Self {
        Self {
            period: row.month,
            closed_at: row.closed_at,
            closed_by: PersonId(row.closed_by),
        }
    }
}

/// The closings of a county, the latest period first, and of a period the latest closing.
pub async fn list(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<StoredClosing>, StoreError> {
    let sql = "SELECT month, closed_at, closed_by FROM closing WHERE county_code = $1 \
               ORDER BY month DESC, closed_at DESC";
    let rows: Vec<Row> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    Ok(rows.into_iter().map(StoredClosing::from).collect())
}

/// A closing with its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedReport {
    /// The closing.
    pub closing: StoredClosing,
    /// The report as it was stored.
    pub report: String,
    /// SHA-256 of it, as hexadecimal digits.
    pub digest: String,
    /// The records that were counted, as text; none for closings of an earlier version of the server.
    pub records: Option<String>,
}

#[derive(FromQueryResult)]
struct ReportRow {
    closed_at: i64,
    closed_by: Uuid,
    report: String,
    digest: String,
    records: Option<String>,
}

/// The latest closing of a period up to a moment.
pub async fn find(
    txn: &impl Txn,
    county: &DivisionCode,
    period: &str,
    until: i64,
) -> Result<Option<ClosedReport>, StoreError> {
    let sql = "SELECT closed_at, closed_by, report, digest, records FROM closing \
               WHERE county_code = $1 AND month = $2 AND closed_at <= $3 ORDER BY closed_at DESC LIMIT 1";
    let values = vec![county.as_str().into(), period.into(), until.into()];
    let row = fetch_one(txn, sql, values).await?;
    Ok(row.map(|row: ReportRow| ClosedReport {
        closing: StoredClosing {
            period: period.to_owned(),
            closed_at: row.closed_at,
            closed_by: PersonId(row.closed_by),
        },
        report: row.report,
        digest: row.digest,
        records: row.records,
    }))
}

/// Adds a closing.
pub async fn add(
    txn: &WriteTxn,
    county: &DivisionCode,
    closed: &ClosedReport,
) -> Result<(), StoreError> {
    let ClosedReport {
        closing,
        report,
        digest,
        records,
    } = closed;
    let sql = "INSERT INTO closing (county_code, month, closed_at, closed_by, report, digest, records) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = vec![
        county.as_str().into(),
        closing.period.as_str().into(),
        closing.closed_at.into(),
        closing.closed_by.0.into(),
        report.as_str().into(),
        digest.as_str().into(),
        records.clone().into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// A record that figures count, or counted: as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedRecord {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its revision.
    pub rev: i64,
    /// Its village.
    pub village: Option<String>,
    /// Who made it.
    pub author: PersonId,
    /// Its date; none of what stands whatever the month.
    pub on: Option<String>,
    /// Its review state.
    pub state: Option<String>,
    /// Whether it is deleted.
    pub is_deleted: bool,
    /// When it first arrived.
    pub received_at: i64,
    /// When it last changed.
    pub updated_at: i64,
}

#[derive(FromQueryResult)]
struct CountedRow {
    id: Uuid,
    kind: String,
    rev: i64,
    village_code: Option<String>,
    author_id: Uuid,
    on_date: Option<String>,
    state: Option<String>,
    deleted: bool,
    received_at: i64,
    updated_at: i64,
}

impl TryFrom<CountedRow> for CountedRecord {
    type Error = StoreError;

    fn try_from(row: CountedRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RecordId(row.id),
            kind: kind(&row.kind)?,
            rev: row.rev,
            village: row.village_code,
            author: PersonId(row.author_id),
            on: row.on_date,
            state: row.state,
            is_deleted: row.deleted,
            received_at: row.received_at,
            updated_at: row.updated_at,
        })
    }
}

const SELECT: &str = "SELECT id, kind, rev, village_code, author_id, on_date, state, deleted, received_at, updated_at \
                      FROM record";

/// What the figures of a county in a period are made from: visits, adoption reports and feedback dated in it, demo bases, and demo
/// households.
pub async fn list_counted(
    txn: &impl Txn,
    county: &DivisionCode,
    (from, to): (Date, Date),
) -> Result<BTreeMap<RecordId, CountedRecord>, StoreError> {
    let dated = format!(
        "{SELECT} WHERE county_code = $1 AND kind IN ('visit', 'adoption_report', 'feedback') \
         AND on_date >= $2 AND on_date <= $3 AND NOT deleted AND held IS NULL"
    );
    let values = vec![
        county.as_str().into(),
        from.to_string().into(),
        to.to_string().into(),
    ];
    let mut rows: Vec<CountedRow> = fetch_all(txn, &dated, values).await?;
    // Fields are written as compact JSON.
    let standing = format!(
        "{SELECT} WHERE county_code = $1 AND (kind = 'demo_base' \
         OR (kind = 'beneficiary' AND fields LIKE '%\"is_demo_household\":true%')) AND NOT deleted AND held IS NULL"
    );
    rows.extend(fetch_all::<CountedRow>(txn, &standing, vec![county.as_str().into()]).await?);
    keyed(rows)
}

/// These records as they stand, deleted and held ones included.
pub async fn find_counted(
    txn: &impl Txn,
    ids: &[RecordId],
) -> Result<BTreeMap<RecordId, CountedRecord>, StoreError> {
    let keys: Vec<Value> = ids.iter().map(|id| id.0.into()).collect();
    let sql = format!("{SELECT} WHERE id IN ({{keys}})");
    keyed(fetch_by_keys(txn, &sql, &[], &keys).await?)
}

fn keyed(rows: Vec<CountedRow>) -> Result<BTreeMap<RecordId, CountedRecord>, StoreError> {
    let read = rows.into_iter().map(CountedRecord::try_from);
    read.map(|record| record.map(|record| (record.id, record)))
        .collect()
}
