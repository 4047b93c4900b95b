//! Cells of the summaries: what one village contributes in one month, and whether that is still so.

use crate::grants::date;
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, insert};
use crate::{ReadTxn, StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use sea_orm::{FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tepai_domain::village_facts::VillageFacts;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::summary::facts::FORMAT;

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
    /// Their layout.
    pub layout: i32,
    /// Last local day of an approved visit, folded with the facts.
    pub last_visit_on: Option<Date>,
}

impl StoredCell {
    /// Whether something was written since the facts were folded.
    pub fn is_stale(&self) -> bool {
        self.version != self.folded_version
    }

    /// Whether the facts are those of the records, in the layout of this server.
    pub fn is_fresh(&self) -> bool {
        !self.is_stale() && self.layout == i32::from(FORMAT)
    }
}

#[derive(FromQueryResult)]
struct Row {
    village_code: String,
    month: i32,
    version: i64,
    folded_version: i64,
    facts: String,
    layout: i32,
    last_visit_on: Option<String>,
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
            layout: row.layout,
            last_visit_on: row.last_visit_on.as_deref().map(date).transpose()?,
        })
    }
}

const SELECT: &str = "SELECT village_code, month, version, folded_version, facts, layout, last_visit_on FROM summary_cell";

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
    let sql = format!("{SELECT} WHERE {INSIDE} ORDER BY village_code, month");
    let values = inside(division, (from_month, to_month));
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredCell::try_from).collect()
}

const INSIDE: &str = "village_code >= $1 AND village_code < $2 AND month >= $3 AND month <= $4";

fn inside(division: &DivisionCode, (from, to): (i32, i32)) -> Vec<Value> {
    let end = format!("{division}:");
    vec![division.as_str().into(), end.into(), from.into(), to.into()]
}

/// Whether a cell's facts are those of its records, in the layout of this server.
const IS_FRESH: &str = "(version = folded_version AND layout = $5)";

fn with_layout(mut values: Vec<Value>) -> Vec<Value> {
    values.push(i32::from(FORMAT).into());
    values
}

/// Facts that were read before, of the villages and months that were asked for. They are believed only as long as the
/// database says in the same snapshot that the very same versions of the same cells are fresh.
#[derive(Clone, Debug)]
pub(super) struct Known(Cache<(DivisionCode, (i32, i32)), Remembered>);

#[derive(Clone, Debug)]
struct Remembered {
    versions: Arc<str>,
    facts: Arc<VillageFacts>,
}

/// Bytes that facts take in memory, at the most: two years of a large county.
const MOST_KNOWN_BYTES: u64 = 96 * 1024 * 1024;
/// A byte of text takes so many once it is read.
const READ_BYTES: usize = 3;

impl Known {
    pub(super) fn new() -> Self {
        let weigh = |_: &(DivisionCode, (i32, i32)), known: &Remembered| {
            let bytes = READ_BYTES * known.facts.len() + known.versions.len();
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let known = Cache::builder().max_capacity(MOST_KNOWN_BYTES);
        Self(
            known
                .weigher(weigh)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        )
    }
}

/// The facts of one village in some months.
#[derive(Clone, Debug)]
pub struct VillageCells {
    /// The village.
    pub village: DivisionCode,
    /// The facts of cells that are fresh.
    pub facts: Arc<VillageFacts>,
    /// Cells that are not.
    pub stale: i64,
}

/// The facts of a division from one month to another, village by village: a year has twelve times as many cells. Only what
/// was written since it was read the last time is read.
pub async fn list_together(
    txn: &ReadTxn,
    division: &DivisionCode,
    months: (i32, i32),
) -> Result<Vec<VillageCells>, StoreError> {
    let (mut together, mut unknown) = (Vec::new(), BTreeMap::new());
    for (village, versions, stale) in list_versions(txn, division, months).await? {
        let known = txn.known.0.get(&(village.clone(), months));
        match known.filter(|known| *known.versions == *versions) {
            Some(known) => together.push(VillageCells {
                village,
                facts: known.facts,
                stale,
            }),
            None => {
                unknown.insert(village, (versions, stale));
            }
        }
    }
    let villages: Vec<Value> = unknown.keys().map(|code| code.as_str().into()).collect();
    for (village, facts) in list_texts(txn, &villages, months).await? {
        let facts = Arc::new(VillageFacts::new(&facts));
        let Some((versions, stale)) = unknown.remove(&village) else {
            continue;
        };
        let remembered = Remembered {
            versions: versions.into(),
            facts: Arc::clone(&facts),
        };
        txn.known.0.insert((village.clone(), months), remembered);
        together.push(VillageCells {
            village,
            facts,
            stale,
        });
    }
    together.sort_by(|a, b| a.village.cmp(&b.village));
    Ok(together)
}

#[derive(FromQueryResult)]
struct VersionsRow {
    village_code: String,
    versions: String,
    stale: i64,
}

/// Of each village which cells there are and of which version those are that are fresh, in words that differ if anything of
/// that does; and how many are not fresh. An index has all of it.
async fn list_versions(
    txn: &ReadTxn,
    division: &DivisionCode,
    months: (i32, i32),
) -> Result<Vec<(DivisionCode, String, i64)>, StoreError> {
    let sql = format!(
        "SELECT village_code, string_agg(CASE WHEN {IS_FRESH} THEN month || ':' || version ELSE month || '' END, ' ') AS versions, \
         SUM(CASE WHEN {IS_FRESH} THEN 0 ELSE 1 END) AS stale \
         FROM summary_cell WHERE {INSIDE} GROUP BY village_code"
    );
    let rows: Vec<VersionsRow> =
        fetch_all(txn, &sql, with_layout(inside(division, months))).await?;
    let read = |row: VersionsRow| Ok((code(&row.village_code)?, row.versions, row.stale));
    rows.into_iter().map(read).collect()
}

#[derive(FromQueryResult)]
struct TextRow {
    village_code: String,
    facts: Option<String>,
}

/// The facts of fresh cells of these villages, a line a cell.
async fn list_texts(
    txn: &ReadTxn,
    villages: &[Value],
    (from, to): (i32, i32),
) -> Result<Vec<(DivisionCode, String)>, StoreError> {
    let sql = "SELECT village_code, string_agg(CASE WHEN version = folded_version AND layout = $3 THEN facts END, $4) AS facts \
               FROM summary_cell WHERE month >= $1 AND month <= $2 AND village_code IN ({keys}) GROUP BY village_code";
    let values = [
        from.into(),
        to.into(),
        i32::from(FORMAT).into(),
        "\n".into(),
    ];
    let rows: Vec<TextRow> = fetch_by_keys(txn, sql, &values, villages).await?;
    let read = |row: TextRow| Ok((code(&row.village_code)?, row.facts.unwrap_or_default()));
    rows.into_iter().map(read).collect()
}

#[derive(FromQueryResult)]
struct LastRow {
    village_code: String,
    last_visit_on: Option<String>,
    stale: i64,
}

/// The last local day of an approved visit in each village from one month to another, by cells that are fresh; and how many are not.
pub async fn list_last_visits(
    txn: &impl Txn,
    division: &DivisionCode,
    months: (i32, i32),
) -> Result<(Vec<(DivisionCode, Date)>, i64), StoreError> {
    let sql = format!(
        "SELECT village_code, MAX(CASE WHEN {IS_FRESH} THEN last_visit_on END) AS last_visit_on, \
         SUM(CASE WHEN {IS_FRESH} THEN 0 ELSE 1 END) AS stale \
         FROM summary_cell WHERE {INSIDE} GROUP BY village_code"
    );
    let values = with_layout(inside(division, months));
    let rows: Vec<LastRow> = fetch_all(txn, &sql, values).await?;
    let stale = rows.iter().map(|row| row.stale).sum();
    let mut last = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(day) = row.last_visit_on {
            last.push((code(&row.village_code)?, date(&day)?));
        }
    }
    Ok((last, stale))
}

/// The cells of a division from one month to another that are not fresh.
pub async fn list_stale_in(
    txn: &impl Txn,
    division: &DivisionCode,
    months: (i32, i32),
) -> Result<Vec<StoredCell>, StoreError> {
    let sql = format!("{SELECT} WHERE {INSIDE} AND NOT {IS_FRESH} ORDER BY village_code, month");
    let values = with_layout(inside(division, months));
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredCell::try_from).collect()
}

/// Some cells that are stale, of any county.
pub async fn list_stale(txn: &impl Txn, limit: u32) -> Result<Vec<StoredCell>, StoreError> {
    let sql = format!("{SELECT} WHERE version <> folded_version ORDER BY county_code LIMIT $1");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![i64::from(limit).into()]).await?;
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
    let sql = "UPDATE summary_cell SET facts = $1, folded_version = $2, last_visit_on = $5, layout = $6 \
               WHERE village_code = $3 AND month = $4 AND version = $2";
    let values = vec![
        facts.into(),
        cell.version.into(),
        cell.village.as_str().into(),
        cell.month.into(),
        cell.last_visit_on.map(|day| day.to_string()).into(),
        i32::from(FORMAT).into(),
    ];
    Ok(execute(txn, sql, values).await? == 1)
}

/// Forgets what was folded in a county, so that everything is folded again.
pub async fn forget(txn: &WriteTxn, county: &DivisionCode) -> Result<u64, StoreError> {
    let sql = "UPDATE summary_cell SET version = version + 1 WHERE county_code = $1";
    execute(txn, sql, vec![county.as_str().into()]).await
}
