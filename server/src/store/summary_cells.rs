//! Cells of the summaries: what one village contributes in one month, and whether that is still so.

use super::records::code;
use super::sql::{execute, fetch_all, fetch_by_keys, insert};
use super::{StoreError, Txn, WriteTxn};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeSet;
use tepai_sync_protocol::division::DivisionCode;

/// A cell: village and month (year × 100 + month).
pub type CellKey = (DivisionCode, i32);

/// A cell as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCell {
    /// Its village.
    pub village: DivisionCode,
    /// Its month: year × 100 + month.
    pub month: i32,
    /// How often something in it was written.
    pub version: i64,
    /// The version that `facts` were folded from; stale if it is not `version`.
    pub folded_version: i64,
    /// The facts as JSON.
    pub facts: String,
}

impl StoredCell {
    /// Whether something was written since the facts were folded.
    pub fn is_stale(&self) -> bool {
        self.version != self.folded_version
    }
}

#[derive(FromQueryResult)]
struct Row {
    village_code: String,
    month: i32,
    version: i64,
    folded_version: i64,
    facts: String,
}

impl TryFrom<Row> for StoredCell {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            village: code(&row.village_code)?,
            month: row.month,
            version: row.version,
            folded_version: row.folded_version,
            facts: row.facts,
        })
    }
}

/// Marks cells as stale, in the transaction of the write that touches them.
pub async fn mark_stale(
    txn: &WriteTxn,
    county: &DivisionCode,
    cells: &BTreeSet<CellKey>,
) -> Result<(), StoreError> {
    let rows = cells.iter().map(|(village, month)| {
        [
            village.as_str().into(),
            (*month).into(),
            county.as_str().into(),
        ]
    });
    // The constants keep a new cell stale: version 1 was never folded.
    insert_cells(txn, rows.collect()).await
}

async fn insert_cells(txn: &WriteTxn, rows: Vec<[Value; 3]>) -> Result<(), StoreError> {
    let rows = rows.into_iter().map(|[village, month, county]| {
        [
            village,
            month,
            county,
            1_i64.into(),
            0_i64.into(),
            "{}".into(),
        ]
    });
    insert(
        txn,
        "INSERT INTO summary_cell (village_code, month, county_code, version, folded_version, facts) VALUES",
        "ON CONFLICT (village_code, month) DO UPDATE SET version = summary_cell.version + 1",
        rows.collect(),
    )
    .await?;
    Ok(())
}

/// The cells of a division from one month to another, both included.
pub async fn list(
    txn: &impl Txn,
    division: &DivisionCode,
    from_month: i32,
    to_month: i32,
) -> Result<Vec<StoredCell>, StoreError> {
    let sql = "SELECT village_code, month, version, folded_version, facts FROM summary_cell \
               WHERE village_code >= $1 AND village_code < $2 AND month >= $3 AND month <= $4 \
               ORDER BY village_code, month";
    let values = vec![
        division.as_str().into(),
        format!("{division}:").into(),
        from_month.into(),
        to_month.into(),
    ];
    let rows: Vec<Row> = fetch_all(txn, sql, values).await?;
    rows.into_iter().map(StoredCell::try_from).collect()
}

/// The cells of some villages from one month to another, both included.
pub async fn list_of_villages(
    txn: &impl Txn,
    villages: &BTreeSet<DivisionCode>,
    from_month: i32,
    to_month: i32,
) -> Result<Vec<StoredCell>, StoreError> {
    let keys: Vec<Value> = villages.iter().map(|code| code.as_str().into()).collect();
    let sql = "SELECT village_code, month, version, folded_version, facts FROM summary_cell \
               WHERE month >= $1 AND month <= $2 AND village_code IN ({keys}) ORDER BY village_code, month";
    let months = [from_month.into(), to_month.into()];
    let rows: Vec<Row> = fetch_by_keys(txn, sql, &months, &keys).await?;
    rows.into_iter().map(StoredCell::try_from).collect()
}

/// Some cells that are stale, of any county.
pub async fn list_stale(txn: &impl Txn, limit: u32) -> Result<Vec<StoredCell>, StoreError> {
    let sql = "SELECT village_code, month, version, folded_version, facts FROM summary_cell \
               WHERE version <> folded_version ORDER BY county_code LIMIT $1";
    let rows: Vec<Row> = fetch_all(txn, sql, vec![i64::from(limit).into()]).await?;
    rows.into_iter().map(StoredCell::try_from).collect()
}

/// Every cell of a county.
pub async fn list_in_county(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<StoredCell>, StoreError> {
    list(txn, county, 0, i32::MAX).await
}

/// Writes folded facts, unless the cell was written again in the meantime.
pub async fn save_folded(
    txn: &WriteTxn,
    cell: &StoredCell,
    facts: &str,
) -> Result<bool, StoreError> {
    let sql = "UPDATE summary_cell SET facts = $1, folded_version = $2 \
               WHERE village_code = $3 AND month = $4 AND version = $2";
    let values = vec![
        facts.into(),
        cell.version.into(),
        cell.village.as_str().into(),
        cell.month.into(),
    ];
    Ok(execute(txn, sql, values).await? == 1)
}

/// Forgets what was folded in a county, so that everything is folded again.
pub async fn forget(txn: &WriteTxn, county: &DivisionCode) -> Result<u64, StoreError> {
    let sql = "UPDATE summary_cell SET version = version + 1 WHERE county_code = $1";
    execute(txn, sql, vec![county.as_str().into()]).await
}
