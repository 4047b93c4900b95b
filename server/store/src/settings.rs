//! Settings of a county, as rows. A value holds from a local date on, until the next one.

use crate::grants::date;
use crate::records::code;
use crate::sql::{execute, fetch_all};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use serde_json::Value;
use tepai_sync_protocol::division::DivisionCode;

/// One value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSetting {
    /// The name of the setting.
    pub name: String,
    /// The first local day on which the value holds.
    pub valid_from: Date,
    /// The value.
    pub value: Value,
}

#[derive(FromQueryResult)]
struct Row {
    name: String,
    valid_from: String,
    value_json: String,
}

impl TryFrom<Row> for StoredSetting {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.name,
            valid_from: date(&row.valid_from)?,
            value: serde_json::from_str(&row.value_json)?,
        })
    }
}

/// Every value that any setting of the county has, had or will have, by name and date.
pub async fn list(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<StoredSetting>, StoreError> {
    let sql = "SELECT name, valid_from, value_json FROM county_setting WHERE county_code = $1 \
               ORDER BY name, valid_from";
    let rows: Vec<Row> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(StoredSetting::try_from).collect()
}

#[derive(FromQueryResult)]
struct CountyRow {
    county_code: String,
}

/// The counties that ever said something about a setting.
pub async fn list_counties_with(
    txn: &impl Txn,
    name: &str,
) -> Result<Vec<DivisionCode>, StoreError> {
    let sql =
        "SELECT DISTINCT county_code FROM county_setting WHERE name = $1 ORDER BY county_code";
    let rows: Vec<CountyRow> = fetch_all(txn, sql, vec![name.into()]).await?;
    rows.into_iter().map(|row| code(&row.county_code)).collect()
}

/// Lets a setting have a value from a day on; another value of the same day is replaced.
pub async fn save(
    txn: &WriteTxn,
    county: &DivisionCode,
    setting: &StoredSetting,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO county_setting (county_code, name, valid_from, value_json) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (county_code, name, valid_from) DO UPDATE SET value_json = excluded.value_json";
    let values = vec![
        county.as_str().into(),
        setting.name.as_str().into(),
        setting.valid_from.to_string().into(),
        serde_json::to_string(&setting.value)?.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}
