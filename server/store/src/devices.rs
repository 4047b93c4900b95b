//! Devices and the one-time codes that enrol them, as rows. What a sync writes of a device is in [`crate::contacts`].

use crate::accounts::role;
use crate::contacts::{self, DeviceContact};
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use tepai_domain::actor::{DeviceActor, Role};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::scope::Scope;
use uuid::Uuid;

/// A device that has just been enrolled.
#[derive(Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// The county.
    pub county: DivisionCode,
    /// What the office calls it.
    pub name: String,
    /// The hash of its token.
    pub token_hash: String,
    /// When: milliseconds since 1970 UTC.
    pub enrolled_at: i64,
}

impl std::fmt::Debug for NewDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewDevice")
            .field("id", &self.id)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// What a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenHolder {
    /// The device and its person.
    pub actor: DeviceActor,
    /// Whether the device is revoked, or the account disabled.
    pub is_revoked: bool,
    /// Whether the office has reported the device lost.
    pub is_lost: bool,
}

/// A device as the office sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredDevice {
    /// Its id.
    pub id: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// The person's name.
    pub display_name: String,
    /// The person's role.
    pub role: Role,
    /// The county.
    pub county: DivisionCode,
    /// What the office calls it.
    pub name: String,
    /// When it was enrolled: milliseconds since 1970 UTC.
    pub enrolled_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
    /// When the office reported it lost.
    pub lost_at: Option<i64>,
    /// When it said that it had deleted what it held.
    pub wiped_at: Option<i64>,
    /// Its last sync.
    pub contact: DeviceContact,
}

impl std::fmt::Debug for StoredDevice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredDevice")
            .field("id", &self.id)
            .field("person", &self.person)
            .field("revoked_at", &self.revoked_at)
            .finish_non_exhaustive()
    }
}

/// Which devices a page holds, by id.
#[derive(Clone, Debug)]
pub struct DeviceFilter {
    /// Of this county.
    pub county: DivisionCode,
    /// Of people who are, or were, assigned to a village of this township.
    pub township: Option<DivisionCode>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// After this one.
    pub after: Option<DeviceId>,
    /// At most so many.
    pub limit: u32,
}

/// Writes a device.
pub async fn insert(txn: &WriteTxn, device: &NewDevice) -> Result<(), StoreError> {
    let sql = "INSERT INTO device (id, account_id, county_code, name, token_hash, enrolled_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let NewDevice {
        id,
        person,
        county,
        name,
        token_hash,
        enrolled_at,
    } = device;
    let values = vec![
        id.0.into(),
        person.0.into(),
        county.as_str().into(),
        name.clone().into(),
        token_hash.clone().into(),
        (*enrolled_at).into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct HolderRow {
    id: Uuid,
    account_id: Uuid,
    county_code: String,
    role: String,
    revoked_at: Option<i64>,
    lost_at: Option<i64>,
    disabled_at: Option<i64>,
}

/// Who holds a token.
pub async fn find_by_token(
    txn: &impl Txn,
    token_hash: &str,
) -> Result<Option<TokenHolder>, StoreError> {
    let sql = "SELECT d.id, d.account_id, a.county_code, a.role, d.revoked_at, d.lost_at, a.disabled_at FROM device d \
               JOIN account a ON a.id = d.account_id WHERE d.token_hash = $1";
    let row: Option<HolderRow> = fetch_one(txn, sql, vec![token_hash.into()]).await?;
    row.map(|row| {
        let actor = DeviceActor {
            device: DeviceId(row.id),
            person: PersonId(row.account_id),
            role: role(&row.role)?,
            county: code(&row.county_code)?,
        };
        let is_revoked = row.revoked_at.is_some() || row.disabled_at.is_some();
        Ok(TokenHolder {
            actor,
            is_revoked,
            is_lost: row.lost_at.is_some(),
        })
    })
    .transpose()
}

#[derive(FromQueryResult)]
struct DeviceRow {
    id: Uuid,
    account_id: Uuid,
    display_name: String,
    role: String,
    county_code: String,
    name: String,
    enrolled_at: i64,
    revoked_at: Option<i64>,
    lost_at: Option<i64>,
    wiped_at: Option<i64>,
    #[sea_orm(nested)]
    contact: contacts::Row,
}

impl TryFrom<DeviceRow> for StoredDevice {
    type Error = StoreError;

    fn try_from(row: DeviceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: DeviceId(row.id),
            person: PersonId(row.account_id),
            display_name: row.display_name,
            role: role(&row.role)?,
            county: code(&row.county_code)?,
            name: row.name,
            enrolled_at: row.enrolled_at,
            revoked_at: row.revoked_at,
            lost_at: row.lost_at,
            wiped_at: row.wiped_at,
            contact: contacts::read(row.contact)?,
        })
    }
}

const DEVICE: &str = "SELECT d.id, d.account_id, a.display_name, a.role, d.county_code, d.name, \
     d.enrolled_at, d.revoked_at, d.lost_at, d.wiped_at, d.generation, d.ticket, d.previous_ticket, d.last_n, d.clock_offset_ms, \
     d.last_sync_at, d.last_push_at, d.app_version, d.waiting_json \
     FROM device d JOIN account a ON a.id = d.account_id";

/// A device of any county.
pub async fn find(txn: &impl Txn, device: DeviceId) -> Result<Option<StoredDevice>, StoreError> {
    let sql = format!("{DEVICE} WHERE d.id = $1");
    let row: Option<DeviceRow> = fetch_one(txn, &sql, vec![device.0.into()]).await?;
    row.map(StoredDevice::try_from).transpose()
}

/// A page of devices, by id, which is the order in which they were enrolled.
pub async fn list(txn: &impl Txn, filter: &DeviceFilter) -> Result<Vec<StoredDevice>, StoreError> {
    let mut sql = format!("{DEVICE} WHERE d.county_code = $1 AND d.id > $2");
    let mut values: Vec<Value> = vec![
        filter.county.as_str().into(),
        filter.after.map_or(Uuid::nil(), |device| device.0).into(),
        i64::from(filter.limit).into(),
    ];
    if let Some(person) = filter.person {
        values.push(person.0.into());
        // Writing into a string cannot fail.
        let _ = write!(sql, " AND d.account_id = ${}", values.len());
    }
    if let Some(township) = &filter.township {
        values.push(township.as_str().into());
        let _ = write!(
            sql,
            " AND EXISTS (SELECT 1 FROM assignment s WHERE s.commissioner_id = d.account_id \
             AND SUBSTR(s.village_code, 1, 9) = ${})",
            values.len()
        );
    }
    sql.push_str(" ORDER BY d.id LIMIT $3");
    let rows: Vec<DeviceRow> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredDevice::try_from).collect()
}

/// Revokes a device for good; one that is revoked already keeps its time.
pub async fn revoke(txn: &WriteTxn, device: DeviceId, now_ms: i64) -> Result<(), StoreError> {
    let sql = "UPDATE device SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
    execute(txn, sql, vec![now_ms.into(), device.0.into()]).await?;
    Ok(())
}

/// Notes that a device is lost, or found again.
pub async fn set_lost(
    txn: &WriteTxn,
    device: DeviceId,
    lost_at: Option<i64>,
) -> Result<(), StoreError> {
    let sql = "UPDATE device SET lost_at = $1 WHERE id = $2";
    execute(txn, sql, vec![lost_at.into(), device.0.into()]).await?;
    Ok(())
}

/// Notes that a device has deleted what it held, and revokes it.
pub async fn set_wiped(txn: &WriteTxn, device: DeviceId, now_ms: i64) -> Result<(), StoreError> {
    let sql = "UPDATE device SET wiped_at = $1 WHERE id = $2 AND wiped_at IS NULL";
    execute(txn, sql, vec![now_ms.into(), device.0.into()]).await?;
    revoke(txn, device, now_ms).await
}

/// What of a device's is open at the office.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenMatters {
    /// Refused mutations that nobody has settled.
    pub quarantined: i64,
    /// Mutations that wait because the device was reported lost.
    pub in_escrow: i64,
    /// Conflicts of its person that nobody has settled.
    pub conflicts: i64,
}

#[derive(FromQueryResult)]
struct LettersRow {
    device_id: Uuid,
    quarantined: i64,
    in_escrow: i64,
}

#[derive(FromQueryResult)]
struct NotesRow {
    scope_id: String,
    conflicts: i64,
}

/// What is open of these devices, device by device; those of which nothing is open are left out.
pub async fn find_open_matters(
    txn: &impl Txn,
    devices: &[(DeviceId, PersonId)],
) -> Result<BTreeMap<DeviceId, OpenMatters>, StoreError> {
    let mut open: BTreeMap<DeviceId, OpenMatters> = BTreeMap::new();
    let keys: Vec<Value> = devices.iter().map(|(device, _)| device.0.into()).collect();
    let sql = "SELECT device_id, SUM(CASE WHEN code = 'device_lost' THEN 0 ELSE 1 END) AS quarantined, \
               SUM(CASE WHEN code = 'device_lost' THEN 1 ELSE 0 END) AS in_escrow \
               FROM dead_letter WHERE resolved_at IS NULL AND device_id IN ({keys}) GROUP BY device_id";
    let rows: Vec<LettersRow> = fetch_by_keys(txn, sql, &[], &keys).await?;
    for row in rows {
        let matters = open.entry(DeviceId(row.device_id)).or_default();
        (matters.quarantined, matters.in_escrow) = (row.quarantined, row.in_escrow);
    }
    // A note stands in the scopes of both people whom it is about.
    let keys: Vec<Value> = devices
        .iter()
        .map(|(_, person)| Scope::Person(*person).to_string().into())
        .collect();
    let sql = "SELECT m.scope_id, COUNT(*) AS conflicts FROM membership m JOIN record r ON r.id = m.record_id \
               WHERE m.kind = 'conflict' AND m.state = 1 AND r.fields LIKE '%\"conflict_state\":\"open\"%' \
               AND m.scope_id IN ({keys}) GROUP BY m.scope_id";
    let rows: Vec<NotesRow> = fetch_by_keys(txn, sql, &[], &keys).await?;
    for (device, person) in devices {
        let scope = Scope::Person(*person).to_string();
        if let Some(row) = rows.iter().find(|row| row.scope_id == scope) {
            open.entry(*device).or_default().conflicts = row.conflicts;
        }
    }
    Ok(open)
}

/// Revokes every device of a person, and forgets the codes that would enrol another.
pub async fn revoke_all_of(
    txn: &WriteTxn,
    person: PersonId,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE device SET revoked_at = $1 WHERE account_id = $2 AND revoked_at IS NULL";
    execute(txn, sql, vec![now_ms.into(), person.0.into()]).await?;
    let sql = "DELETE FROM enrolment_code WHERE account_id = $1 AND used_at IS NULL";
    execute(txn, sql, vec![person.0.into()]).await?;
    Ok(())
}

/// A one-time code, without the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCode {
    /// Whom it enrols a device for.
    pub person: PersonId,
    /// Who asked for it; nobody for the operator at the machine.
    pub created_by: Option<PersonId>,
    /// When: milliseconds since 1970 UTC.
    pub created_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// Writes a code. Returns false for the one in a trillion that exists already.
pub async fn insert_code(
    txn: &WriteTxn,
    code_hash: &str,
    code: &NewCode,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO enrolment_code (code_hash, account_id, created_by, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $5) ON CONFLICT (code_hash) DO NOTHING";
    let values = vec![
        code_hash.into(),
        code.person.0.into(),
        code.created_by.map(|person| person.0).into(),
        code.created_at.into(),
        code.expires_at.into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

#[derive(FromQueryResult)]
struct OwnerRow {
    account_id: Uuid,
}

/// Uses a code up, so that of two phones that try at once one alone succeeds. Returns whose it is, or nothing if it
/// is unknown, used or out of date.
pub async fn use_code(
    txn: &WriteTxn,
    code_hash: &str,
    now_ms: i64,
) -> Result<Option<PersonId>, StoreError> {
    let sql = "UPDATE enrolment_code SET used_at = $1 \
               WHERE code_hash = $2 AND used_at IS NULL AND expires_at > $1";
    if execute(txn, sql, vec![now_ms.into(), code_hash.into()]).await? == 0 {
        return Ok(None);
    }
    let sql = "SELECT account_id FROM enrolment_code WHERE code_hash = $1";
    let row: Option<OwnerRow> = fetch_one(txn, sql, vec![code_hash.into()]).await?;
    Ok(row.map(|row| PersonId(row.account_id)))
}

/// Forgets the codes of a person that were used or are out of date.
pub async fn delete_old_codes_of(
    txn: &WriteTxn,
    person: PersonId,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM enrolment_code WHERE account_id = $1 \
               AND (used_at IS NOT NULL OR expires_at <= $2)";
    execute(txn, sql, vec![person.0.into(), now_ms.into()]).await?;
    Ok(())
}
