//! The county's catalogue of techniques, as rows.

use crate::sql::{fetch_all, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{FromQueryResult, Value};
use tepai_sync_protocol::division::DivisionCode;

/// An entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Technique {
    /// Its code; never used again for another technique.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: Option<String>,
    /// Code of the industry.
    pub industry: String,
    /// Group, such as tail water or pest control.
    pub group: Option<String>,
    /// The unit in which its extent is told, such as 亩.
    pub unit: Option<String>,
    /// The years in which the county promotes it, in order.
    pub years: Vec<u16>,
    /// Whether it may still be chosen.
    pub is_active: bool,
}

#[derive(FromQueryResult)]
struct Row {
    code: String,
    name_zh: String,
    name_en: Option<String>,
    industry: String,
    group_name: Option<String>,
    unit: Option<String>,
    years: Option<String>,
    is_active: bool,
}

impl TryFrom<Row> for Technique {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let years = row.years.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Self {
            code: row.code,
            name_zh: row.name_zh,
            name_en: row.name_en,
            industry: row.industry,
            group: row.group_name,
            unit: row.unit,
            years: years.unwrap_or_default(),
            is_active: row.is_active,
        })
    }
}

/// The whole catalogue of a county, by code.
pub async fn list(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<Technique>, StoreError> {
    let sql = "SELECT code, name_zh, name_en, industry, group_name, unit, years, is_active \
               FROM technique WHERE county_code = $1 ORDER BY code";
    let rows: Vec<Row> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(Technique::try_from).collect()
}

/// Writes entries, new or changed. No code may appear twice.
pub async fn save(
    txn: &WriteTxn,
    county: &DivisionCode,
    techniques: impl IntoIterator<Item = &Technique>,
) -> Result<(), StoreError> {
    let rows: Result<Vec<_>, _> = techniques
        .into_iter()
        .map(|technique| row(county, technique))
        .collect();
    insert(
        txn,
        "INSERT INTO technique (county_code, code, name_zh, name_en, industry, group_name, unit, years, is_active) VALUES",
        "ON CONFLICT (county_code, code) DO UPDATE SET name_zh = excluded.name_zh, \
         name_en = excluded.name_en, industry = excluded.industry, group_name = excluded.group_name, \
         unit = excluded.unit, years = excluded.years, is_active = excluded.is_active",
        rows?,
    )
    .await?;
    Ok(())
}

fn row(county: &DivisionCode, technique: &Technique) -> Result<[Value; 9], StoreError> {
    let Technique {
        code,
        name_zh,
        name_en,
        industry,
        group,
        unit,
        years,
        is_active,
    } = technique;
    let years = (!years.is_empty()).then(|| serde_json::to_string(years));
    Ok([
        county.as_str().into(),
        code.as_str().into(),
        name_zh.as_str().into(),
        name_en.clone().into(),
        industry.as_str().into(),
        group.clone().into(),
        unit.clone().into(),
        years.transpose()?.into(),
        (*is_active).into(),
    ])
}
