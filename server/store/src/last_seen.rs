//! When each phone of a commissioner was last seen, and what still waits on it: how complete the data of a summary is.

use crate::sql::fetch_all;
use crate::{StoreError, Txn};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::sync::Waiting;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct PersonRow {
    id: Uuid,
    display_name: String,
    last_sync_at: Option<i64>,
    devices: i64,
    disabled_at: Option<i64>,
}

/// A commissioner, and when the last of the phones was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSeen {
    /// The name.
    pub name: String,
    /// Phones in use.
    pub devices: i64,
    /// The earliest last sync of the phones in use: milliseconds since 1970 UTC.
    pub last_sync_at: Option<i64>,
    /// Whether the account is disabled.
    pub is_disabled: bool,
}

/// The commissioners of a county, by id.
pub async fn list(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<PersonId, LastSeen>, StoreError> {
    let sql = "SELECT a.id, a.display_name, MIN(COALESCE(d.last_sync_at, 0)) AS last_sync_at, \
               COUNT(d.id) AS devices, MIN(a.disabled_at) AS disabled_at \
               FROM account a LEFT JOIN device d ON d.account_id = a.id AND d.revoked_at IS NULL \
               WHERE a.county_code = $1 AND a.role = 'commissioner' GROUP BY a.id, a.display_name";
    let rows: Vec<PersonRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let last_seen = |row: PersonRow| {
        let last_sync_at = row.last_sync_at.filter(|at| *at > 0 && row.devices > 0);
        (
            PersonId(row.id),
            LastSeen {
                name: row.display_name,
                devices: row.devices,
                last_sync_at,
                is_disabled: row.disabled_at.is_some(),
            },
        )
    };
    Ok(rows.into_iter().map(last_seen).collect())
}

#[derive(FromQueryResult)]
struct PhoneRow {
    id: Uuid,
    account_id: Uuid,
    name: String,
    last_sync_at: Option<i64>,
    last_push_at: Option<i64>,
    app_version: Option<String>,
    waiting_json: Option<String>,
    lost_at: Option<i64>,
}

/// A phone in use, and what it said with its last sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The device.
    pub id: DeviceId,
    /// What the office calls it.
    pub name: String,
    /// When it last synchronised: milliseconds since 1970 UTC.
    pub last_sync_at: Option<i64>,
    /// When it last sent something new.
    pub last_push_at: Option<i64>,
    /// The version of its app.
    pub app_version: Option<String>,
    /// What still waited on it after its last sync.
    pub waiting: Option<Waiting>,
    /// When the office reported it lost.
    pub lost_at: Option<i64>,
}

/// The phones in use of a county's commissioners, by person, in the order in which they were enrolled.
pub async fn list_phones(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<PersonId, Vec<Phone>>, StoreError> {
    let sql = "SELECT d.id, d.account_id, d.name, d.last_sync_at, d.last_push_at, d.app_version, d.waiting_json, d.lost_at \
               FROM device d JOIN account a ON a.id = d.account_id \
               WHERE a.county_code = $1 AND a.role = 'commissioner' AND d.revoked_at IS NULL \
               ORDER BY d.enrolled_at, d.id";
    let rows: Vec<PhoneRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let mut phones: BTreeMap<PersonId, Vec<Phone>> = BTreeMap::new();
    for row in rows {
        let waiting = row.waiting_json.as_deref().map(serde_json::from_str);
        let of_person = phones.entry(PersonId(row.account_id)).or_default();
        of_person.push(Phone {
            id: DeviceId(row.id),
            name: row.name,
            last_sync_at: row.last_sync_at,
            last_push_at: row.last_push_at,
            app_version: row.app_version,
            waiting: waiting.transpose()?,
            lost_at: row.lost_at,
        });
    }
    Ok(phones)
}
