//! What a push asks of people and places: the villages that a person was assigned, and which villages exist.

use crate::records::code;
use crate::sql::{fetch_all, fetch_by_keys};
use crate::{StoreError, Txn};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use tepai_domain::geo::Point;
use tepai_domain::scope::Grant;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;

#[derive(FromQueryResult)]
struct GrantRow {
    village_code: String,
    from_on: String,
    to_on: Option<String>,
}

/// Every assignment of a person, ended ones included.
pub async fn list(txn: &impl Txn, person: PersonId) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT village_code, from_on, to_on FROM assignment WHERE commissioner_id = $1 \
               ORDER BY village_code, from_on";
    let rows: Vec<GrantRow> = fetch_all(txn, sql, vec![person.0.into()]).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Grant {
                village: code(&row.village_code)?,
                from_on: date(&row.from_on)?,
                to_on: row.to_on.as_deref().map(date).transpose()?,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct CodeRow {
    code: String,
}

/// Which of these villages exist in the county.
pub async fn find_villages(
    txn: &impl Txn,
    county: &DivisionCode,
    villages: &[DivisionCode],
) -> Result<Vec<DivisionCode>, StoreError> {
    let sql = "SELECT code FROM division WHERE county_code = $1 AND level = 'village' AND code IN ({keys})";
    let keys: Vec<_> = villages
        .iter()
        .map(|village| village.as_str().into())
        .collect();
    let rows: Vec<CodeRow> = fetch_by_keys(txn, sql, &[county.as_str().into()], &keys).await?;
    rows.iter().map(|row| code(&row.code)).collect()
}

#[derive(FromQueryResult)]
struct PointRow {
    village_code: String,
    ref_wgs84_lat: f64,
    ref_wgs84_lon: f64,
}

/// The reference points of these villages in WGS-84, as far as they are known.
pub async fn find_reference_points(
    txn: &impl Txn,
    villages: &[DivisionCode],
) -> Result<BTreeMap<DivisionCode, Point>, StoreError> {
    let sql = "SELECT village_code, ref_wgs84_lat, ref_wgs84_lon FROM village_profile \
               WHERE ref_wgs84_lat IS NOT NULL AND ref_wgs84_lon IS NOT NULL AND village_code IN ({keys})";
    let keys: Vec<_> = villages
        .iter()
        .map(|village| village.as_str().into())
        .collect();
    let rows: Vec<PointRow> = fetch_by_keys(txn, sql, &[], &keys).await?;
    let point = |row: PointRow| {
        let point = Point {
            lat: row.ref_wgs84_lat,
            lon: row.ref_wgs84_lon,
        };
        Ok((code(&row.village_code)?, point))
    };
    rows.into_iter().map(point).collect()
}

pub(super) fn date(text: &str) -> Result<Date, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Corrupt(format!("{text} is no date")))
}
