//! Months that a county closed: append-only, one row a closing.

use super::records::kind;
use super::sql::{execute, fetch_all, fetch_one};
use super::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::Kind;
use uuid::Uuid;

/// A closing without its report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredClosing {
    /// The month, as `2026-06`.
    pub month: String,
    /// When it was closed: milliseconds since 1970 UTC.
    pub closed_at: i64,
    /// By whom.
    pub closed_by: PersonId,
}

#[derive(FromQueryResult)]
struct Row {
    month: String,
    closed_at: i64,
    closed_by: Uuid,
}

impl From<Row> for StoredClosing {
    fn from(row: Row) -> Self {
        Self {
            month: row.month,
            closed_at: row.closed_at,
            closed_by: PersonId(row.closed_by),
        }
    }
}

/// The closings of a county, the latest month first, and of a month the latest closing.
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
}

#[derive(FromQueryResult)]
struct ReportRow {
    closed_at: i64,
    closed_by: Uuid,
    report: String,
    digest: String,
}

/// The latest closing of a month.
pub async fn find(
    txn: &impl Txn,
    county: &DivisionCode,
    month: &str,
) -> Result<Option<ClosedReport>, StoreError> {
    let sql = "SELECT closed_at, closed_by, report, digest FROM closing WHERE county_code = $1 AND month = $2 \
               ORDER BY closed_at DESC LIMIT 1";
    let row = fetch_one(txn, sql, vec![county.as_str().into(), month.into()]).await?;
    Ok(row.map(|row: ReportRow| ClosedReport {
        closing: StoredClosing {
            month: month.to_owned(),
            closed_at: row.closed_at,
            closed_by: PersonId(row.closed_by),
        },
        report: row.report,
        digest: row.digest,
    }))
}

/// Adds a closing.
pub async fn add(
    txn: &WriteTxn,
    county: &DivisionCode,
    closing: &StoredClosing,
    report: &str,
    digest: &str,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO closing (county_code, month, closed_at, closed_by, report, digest) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        county.as_str().into(),
        closing.month.as_str().into(),
        closing.closed_at.into(),
        closing.closed_by.0.into(),
        report.into(),
        digest.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// A record of a closed month that changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRecord {
    /// Its id.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its village.
    pub village: Option<String>,
    /// Who made it.
    pub author: PersonId,
    /// Its date.
    pub on: String,
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
struct ChangedRow {
    id: Uuid,
    kind: String,
    village_code: Option<String>,
    author_id: Uuid,
    on_date: String,
    state: Option<String>,
    deleted: bool,
    received_at: i64,
    updated_at: i64,
}

/// Visits, adoption reports and feedback dated in a range that changed after a moment, deleted ones included; the latest change
/// first.
pub async fn list_changed(
    txn: &impl Txn,
    county: &DivisionCode,
    (from, to): (Date, Date),
    since: i64,
    limit: u32,
) -> Result<Vec<ChangedRecord>, StoreError> {
    let sql = "SELECT id, kind, village_code, author_id, on_date, state, deleted, received_at, updated_at FROM record \
               WHERE county_code = $1 AND kind IN ('visit', 'adoption_report', 'feedback') \
               AND on_date >= $2 AND on_date <= $3 AND updated_at > $4 ORDER BY updated_at DESC, id LIMIT $5";
    let values = vec![
        county.as_str().into(),
        from.to_string().into(),
        to.to_string().into(),
        since.into(),
        i64::from(limit).into(),
    ];
    let rows: Vec<ChangedRow> = fetch_all(txn, sql, values).await?;
    let read = |row: ChangedRow| {
        Ok(ChangedRecord {
            id: RecordId(row.id),
            kind: kind(&row.kind)?,
            village: row.village_code,
            author: PersonId(row.author_id),
            on: row.on_date,
            state: row.state,
            is_deleted: row.deleted,
            received_at: row.received_at,
            updated_at: row.updated_at,
        })
    };
    rows.into_iter().map(read).collect()
}
