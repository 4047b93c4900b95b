//! The last contact of a device: tickets, clock, what waits on the phone. Written with each push.

use crate::backend::for_update;
use crate::sql::{execute, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{ConnectionTrait, FromQueryResult};
use tepai_domain::ticket::Handed;
use tepai_sync_protocol::ids::{DeviceId, GenerationId};
use tepai_sync_protocol::sync::Waiting;
use uuid::Uuid;

/// What is known of a device since its last sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceContact {
    /// Generation and tickets.
    pub handed: Handed,
    /// `received_at - wall` at the last sync.
    pub clock_offset_ms: Option<i64>,
    /// When it last synchronised: milliseconds since 1970 UTC.
    pub last_sync_at: Option<i64>,
    /// When it last pushed.
    pub last_push_at: Option<i64>,
    /// Version of its app.
    pub app_version: Option<String>,
    /// What still waited on it.
    pub waiting: Option<Waiting>,
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    generation: Option<Uuid>,
    ticket: Option<String>,
    previous_ticket: Option<String>,
    last_n: Option<i64>,
    clock_offset_ms: Option<i64>,
    last_sync_at: Option<i64>,
    last_push_at: Option<i64>,
    app_version: Option<String>,
    waiting_json: Option<String>,
}

const SELECT: &str = "SELECT generation, ticket, previous_ticket, last_n, clock_offset_ms, last_sync_at, \
     last_push_at, app_version, waiting_json FROM device WHERE id = $1";

/// The last contact of a device.
pub async fn find(txn: &impl Txn, device: DeviceId) -> Result<Option<DeviceContact>, StoreError> {
    let row: Option<Row> = fetch_one(txn, SELECT, vec![device.0.into()]).await?;
    row.map(read).transpose()
}

/// The last contact of a device, locked until the transaction ends.
pub async fn find_locked(
    txn: &WriteTxn,
    device: DeviceId,
) -> Result<Option<DeviceContact>, StoreError> {
    let sql = format!("{SELECT}{}", for_update(txn.0.get_database_backend()));
    let row: Option<Row> = fetch_one(txn, &sql, vec![device.0.into()]).await?;
    row.map(read).transpose()
}

pub(super) fn read(row: Row) -> Result<DeviceContact, StoreError> {
    let waiting = row
        .waiting_json
        .as_deref()
        .map(serde_json::from_str)
        .transpose()?;
    Ok(DeviceContact {
        handed: Handed {
            generation: row.generation.map(GenerationId),
            ticket: row.ticket,
            previous_ticket: row.previous_ticket,
            last_n: row.last_n,
        },
        clock_offset_ms: row.clock_offset_ms,
        last_sync_at: row.last_sync_at,
        last_push_at: row.last_push_at,
        app_version: row.app_version,
        waiting,
    })
}

/// Writes a contact.
pub async fn save(
    txn: &WriteTxn,
    device: DeviceId,
    contact: &DeviceContact,
) -> Result<(), StoreError> {
    let sql = "UPDATE device SET generation = $1, ticket = $2, previous_ticket = $3, clock_offset_ms = $4, \
               last_sync_at = $5, last_push_at = $6, app_version = $7, waiting_json = $8, last_n = $9 WHERE id = $10";
    let waiting = contact
        .waiting
        .as_ref()
        .map(serde_json::to_string)
        .transpose()?;
    let values = vec![
        contact
            .handed
            .generation
            .map(|generation| generation.0)
            .into(),
        contact.handed.ticket.clone().into(),
        contact.handed.previous_ticket.clone().into(),
        contact.clock_offset_ms.into(),
        contact.last_sync_at.into(),
        contact.last_push_at.into(),
        contact.app_version.clone().into(),
        waiting.into(),
        contact.handed.last_n.into(),
        device.0.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}
