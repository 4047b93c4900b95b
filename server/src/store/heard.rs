//! When each commissioner's phones were last heard of: how complete the data of a summary is.

use super::sql::fetch_all;
use super::{StoreError, Txn};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

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
pub async fn list(
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
