//! Boundaries of divisions as rows: the geometry as it was declared, and the one that is shown.

use crate::records::code;
use crate::sql::{fetch_all, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use tepai_sync_protocol::division::{DivisionCode, Level};

/// A boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The division.
    pub division: DivisionCode,
    /// The datum that was declared.
    pub datum: &'static str,
    /// The GeoJSON geometry in that datum.
    pub original: String,
    /// SHA-256 of datum and geometry.
    pub digest: String,
    /// The GeoJSON geometry that is shown, in WGS-84.
    pub display: String,
}

#[derive(FromQueryResult)]
struct DigestRow {
    division_code: String,
    digest: String,
}

/// The digests of a county's boundaries, by division.
pub async fn list_digests(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<DivisionCode, String>, StoreError> {
    let sql = "SELECT division_code, digest FROM boundary WHERE county_code = $1";
    let rows: Vec<DigestRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let read = |row: DigestRow| Ok((code(&row.division_code)?, row.digest));
    rows.into_iter().map(read).collect()
}

#[derive(FromQueryResult)]
struct DisplayRow {
    division_code: String,
    display: String,
}

/// The geometries that are shown of the divisions of one level inside another one, by code.
pub async fn list_displays(
    txn: &impl Txn,
    division: &DivisionCode,
    level: Level,
) -> Result<Vec<(DivisionCode, String)>, StoreError> {
    let sql = "SELECT division_code, display FROM boundary WHERE county_code = $1 AND level = $2 \
               AND division_code >= $3 AND division_code < $4 ORDER BY division_code";
    let values = vec![
        division.county().as_str().into(),
        level.as_str().into(),
        division.as_str().into(),
        format!("{division}:").into(),
    ];
    let rows: Vec<DisplayRow> = fetch_all(txn, sql, values).await?;
    let read = |row: DisplayRow| Ok((code(&row.division_code)?, row.display));
    rows.into_iter().map(read).collect()
}

/// Writes boundaries, new or changed. No division may appear twice.
pub async fn save(txn: &WriteTxn, boundaries: &[Boundary], at: i64) -> Result<(), StoreError> {
    let rows = boundaries.iter().map(|one| {
        let Boundary {
            division,
            datum,
            original,
            digest,
            display,
        } = one;
        [
            division.as_str().into(),
            division.county().as_str().into(),
            division.level().as_str().into(),
            (*datum).into(),
            original.as_str().into(),
            digest.as_str().into(),
            display.as_str().into(),
            at.into(),
        ]
    });
    insert(
        txn,
        "INSERT INTO boundary (division_code, county_code, level, datum, original, digest, display, updated_at) VALUES",
        "ON CONFLICT (division_code) DO UPDATE SET datum = excluded.datum, original = excluded.original, \
         digest = excluded.digest, display = excluded.display, updated_at = excluded.updated_at",
        rows.collect(),
    )
    .await?;
    Ok(())
}
