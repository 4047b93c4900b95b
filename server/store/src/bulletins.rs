//! What a bulletin asks of people: everybody of a county who may read one, with industries and phones.

use crate::sql::fetch_all;
use crate::{StoreError, Txn};
use sea_orm::FromQueryResult;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

/// Somebody of a county with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulletinReader {
    /// Who.
    pub person: PersonId,
    /// The name that people read.
    pub name: String,
    /// Whether the account is an open one of a commissioner.
    pub is_commissioner: bool,
    /// Codes of industries.
    pub industries: Vec<String>,
    /// The earliest last sync of the phones in use: milliseconds since 1970 UTC; none if one of them has never been heard of.
    pub last_sync_at: Option<i64>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    display_name: String,
    is_commissioner: bool,
    industries: Option<String>,
    last_sync_at: Option<i64>,
}

/// Everybody of a county, by id.
pub async fn list_readers(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<BulletinReader>, StoreError> {
    let sql = "SELECT a.id, a.display_name, \
               (a.role = 'commissioner' AND a.disabled_at IS NULL) AS is_commissioner, c.industries, \
               (SELECT MIN(COALESCE(d.last_sync_at, 0)) FROM device d \
                WHERE d.account_id = a.id AND d.revoked_at IS NULL) AS last_sync_at \
               FROM account a LEFT JOIN commissioner c ON c.account_id = a.id \
               WHERE a.county_code = $1 ORDER BY a.id";
    let rows: Vec<Row> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let read = |row: Row| {
        let industries = row.industries.as_deref().map(serde_json::from_str);
        Ok(BulletinReader {
            person: PersonId(row.id),
            name: row.display_name,
            is_commissioner: row.is_commissioner,
            industries: industries.transpose()?.unwrap_or_default(),
            last_sync_at: row.last_sync_at.filter(|at| *at > 0),
        })
    };
    rows.into_iter().map(read).collect()
}
