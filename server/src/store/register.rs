//! The county's register, as summaries and coverage read it: divisions, lead industries, assignments,
//! techniques, and when each phone was last heard of.

use super::grants::date;
use super::records::code;
use super::sql::fetch_all;
use super::{StoreError, Txn};
use crate::domain::coverage::{Assignment, Division};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct DivisionRow {
    code: String,
    name: String,
    valid_from: Option<String>,
    valid_to: Option<String>,
    merged_into: Option<String>,
    lead_industries: Option<String>,
}

/// A division and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDivision {
    /// Its name.
    pub name: String,
    /// What coverage asks of it.
    pub division: Division,
}

/// The county, its townships and its villages, by code.
pub async fn list_divisions(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<NamedDivision>, StoreError> {
    let sql = "SELECT d.code, d.name, d.valid_from, d.valid_to, d.merged_into, p.lead_industries \
               FROM division d LEFT JOIN village_profile p ON p.village_code = d.code \
               WHERE d.county_code = $1 ORDER BY d.code";
    let rows: Vec<DivisionRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    rows.into_iter()
        .map(|row| {
            let industries: Option<Vec<String>> = row
                .lead_industries
                .as_deref()
                .map(serde_json::from_str)
                .transpose()?;
            let mut division = Division::new(code(&row.code)?);
            division.valid_from = row.valid_from.as_deref().map(date).transpose()?;
            division.valid_to = row.valid_to.as_deref().map(date).transpose()?;
            division.merged_into = row.merged_into.as_deref().map(code).transpose()?;
            division.lead_industries = industries.unwrap_or_default().into_iter().collect();
            Ok(NamedDivision {
                name: row.name,
                division,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct AssignmentRow {
    village_code: String,
    commissioner_id: Uuid,
    from_on: String,
    to_on: Option<String>,
}

/// Every assignment of a county, with the commissioner.
pub async fn list_assignments(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<(PersonId, Assignment)>, StoreError> {
    let sql = "SELECT village_code, commissioner_id, from_on, to_on FROM assignment WHERE county_code = $1 \
               ORDER BY village_code, from_on, commissioner_id";
    let rows: Vec<AssignmentRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    rows.into_iter()
        .map(|row| {
            let assignment = Assignment {
                village: code(&row.village_code)?,
                from: date(&row.from_on)?,
                to: row.to_on.as_deref().map(date).transpose()?,
            };
            Ok((PersonId(row.commissioner_id), assignment))
        })
        .collect()
}

#[derive(FromQueryResult)]
struct TechniqueRow {
    code: String,
    name_zh: String,
    industry: String,
}

/// A technique's name and industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedTechnique {
    /// Chinese name.
    pub name: String,
    /// Industry.
    pub industry: String,
}

/// The county's techniques, by code.
pub async fn list_techniques(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<String, NamedTechnique>, StoreError> {
    let sql = "SELECT code, name_zh, industry FROM technique WHERE county_code = $1";
    let rows: Vec<TechniqueRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let named = |row: TechniqueRow| {
        (
            row.code,
            NamedTechnique {
                name: row.name_zh,
                industry: row.industry,
            },
        )
    };
    Ok(rows.into_iter().map(named).collect())
}

#[derive(FromQueryResult)]
struct PersonRow {
    id: Uuid,
    display_name: String,
    last_sync_at: Option<i64>,
    devices: i64,
}

/// A commissioner, and when all of the person's phones had last been heard of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The name.
    pub name: String,
    /// Phones in use.
    pub devices: i64,
    /// The earliest last sync of the phones in use: milliseconds since 1970 UTC.
    pub last_sync_at: Option<i64>,
}

/// The commissioners of a county, by id.
pub async fn list_heard(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<PersonId, Heard>, StoreError> {
    let sql = "SELECT a.id, a.display_name, MIN(COALESCE(d.last_sync_at, 0)) AS last_sync_at, \
               COUNT(d.id) AS devices \
               FROM account a LEFT JOIN device d ON d.account_id = a.id AND d.revoked_at IS NULL \
               WHERE a.county_code = $1 AND a.role = 'commissioner' GROUP BY a.id, a.display_name";
    let rows: Vec<PersonRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let heard = |row: PersonRow| {
        let last_sync_at = row.last_sync_at.filter(|at| *at > 0 && row.devices > 0);
        (
            PersonId(row.id),
            Heard {
                name: row.display_name,
                devices: row.devices,
                last_sync_at,
            },
        )
    };
    Ok(rows.into_iter().map(heard).collect())
}

#[derive(FromQueryResult)]
struct SettingRow {
    value_json: String,
}

/// A setting of a county, as it holds on `day`.
pub async fn find_setting(
    txn: &impl Txn,
    county: &DivisionCode,
    name: &str,
    day: Date,
) -> Result<Option<serde_json::Value>, StoreError> {
    let sql = "SELECT value_json FROM county_setting WHERE county_code = $1 AND name = $2 AND valid_from <= $3 \
               ORDER BY valid_from DESC LIMIT 1";
    let values = vec![county.as_str().into(), name.into(), day.to_string().into()];
    let rows: Vec<SettingRow> = fetch_all(txn, sql, values).await?;
    Ok(rows
        .first()
        .map(|row| serde_json::from_str(&row.value_json))
        .transpose()?)
}
