//! Counties, townships and villages as rows; mergers are followed from code to code.
//!
//! Level, kind, parent and county follow from the code; they are columns so that queries can ask for them.

use crate::grants::date;
use crate::records::code;
use crate::sql::{fetch_all, fetch_by_keys, insert};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{FromQueryResult, Value};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::division_kind::DivisionKind;
use tepai_sync_protocol::summary::coverage::{Division, MAX_MERGERS};

/// A division as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDivision {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// First day on which it exists; `None` if it always did.
    pub valid_from: Option<Date>,
    /// Last day on which it exists; `None` if it still does.
    pub valid_to: Option<Date>,
    /// The division that it became part of.
    pub merged_into: Option<DivisionCode>,
}

impl StoredDivision {
    /// A division that always existed.
    pub const fn new(code: DivisionCode, name: String) -> Self {
        Self {
            code,
            name,
            valid_from: None,
            valid_to: None,
            merged_into: None,
        }
    }

    /// What coverage asks of it, without its lead industries.
    pub fn for_coverage(&self) -> Division {
        Division {
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            merged_into: self.merged_into.clone(),
            ..Division::new(self.code.clone())
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    code: String,
    name: String,
    valid_from: Option<String>,
    valid_to: Option<String>,
    merged_into: Option<String>,
}

impl TryFrom<Row> for StoredDivision {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            code: code(&row.code)?,
            name: row.name,
            valid_from: row.valid_from.as_deref().map(date).transpose()?,
            valid_to: row.valid_to.as_deref().map(date).transpose()?,
            merged_into: row.merged_into.as_deref().map(code).transpose()?,
        })
    }
}

const SELECT: &str = "SELECT code, name, valid_from, valid_to, merged_into FROM division";

/// The county and every township and village in it, by code.
pub async fn list(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<StoredDivision>, StoreError> {
    let sql = format!("{SELECT} WHERE county_code = $1 ORDER BY code");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(StoredDivision::try_from).collect()
}

/// The divisions of one level in a county, by code.
pub async fn list_level(
    txn: &impl Txn,
    county: &DivisionCode,
    level: Level,
) -> Result<Vec<StoredDivision>, StoreError> {
    let sql = format!("{SELECT} WHERE county_code = $1 AND level = $2 ORDER BY code");
    let values = vec![county.as_str().into(), level.as_str().into()];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredDivision::try_from).collect()
}

/// The divisions of these codes, as far as they exist.
pub async fn find_many(
    txn: &impl Txn,
    codes: &[DivisionCode],
) -> Result<Vec<StoredDivision>, StoreError> {
    let keys: Vec<Value> = codes.iter().map(|code| code.as_str().into()).collect();
    let sql = format!("{SELECT} WHERE code IN ({{keys}}) ORDER BY code");
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[], &keys).await?;
    rows.into_iter().map(StoredDivision::try_from).collect()
}

/// The division of a code.
pub async fn find(
    txn: &impl Txn,
    code: &DivisionCode,
) -> Result<Option<StoredDivision>, StoreError> {
    Ok(find_many(txn, std::slice::from_ref(code)).await?.pop())
}

/// The village of the county that stands on `on_date` for what is recorded under `code`: itself, or the one that it
/// became part of. `None` if the county has no such village.
pub async fn resolve_village(
    txn: &impl Txn,
    county: &DivisionCode,
    code: &DivisionCode,
    on_date: Date,
) -> Result<Option<DivisionCode>, StoreError> {
    let mut current = code.clone();
    for _ in 0..=MAX_MERGERS {
        if current.level() != Level::Village || !county.contains(&current) {
            return Ok(None);
        }
        let Some(division) = find(txn, &current).await? else {
            return Ok(None);
        };
        match division.merged_into.clone() {
            Some(next) if !division.for_coverage().is_valid_on(on_date) => current = next,
            _ => return Ok(Some(current)),
        }
    }
    Ok(Some(current))
}

/// Writes divisions, new or changed. No code may appear twice.
pub async fn save(
    txn: &WriteTxn,
    divisions: impl IntoIterator<Item = &StoredDivision>,
) -> Result<(), StoreError> {
    insert(
        txn,
        "INSERT INTO division (code, level, name, parent_code, county_code, kind, valid_from, valid_to, merged_into) VALUES",
        "ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind, \
         valid_from = excluded.valid_from, valid_to = excluded.valid_to, merged_into = excluded.merged_into",
        divisions.into_iter().map(row).collect(),
    )
    .await?;
    Ok(())
}

fn row(division: &StoredDivision) -> [Value; 9] {
    let StoredDivision {
        code,
        name,
        valid_from,
        valid_to,
        merged_into,
    } = division;
    [
        code.as_str().into(),
        code.level().as_str().into(),
        name.as_str().into(),
        parent(code).map(|code| code.as_str().to_owned()).into(),
        code.county().as_str().into(),
        DivisionKind::of(code).as_str().into(),
        valid_from.map(|day| day.to_string()).into(),
        valid_to.map(|day| day.to_string()).into(),
        merged_into
            .as_ref()
            .map(|code| code.as_str().to_owned())
            .into(),
    ]
}

fn parent(code: &DivisionCode) -> Option<DivisionCode> {
    match code.level() {
        Level::County => None,
        Level::Township => Some(code.county()),
        Level::Village => code.township(),
    }
}
