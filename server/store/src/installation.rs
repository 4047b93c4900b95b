//! The life of this database: a restore from a backup begins a new one.

use crate::sql::{execute, fetch_one};
use crate::{StoreError, WriteTxn};
use sea_orm::FromQueryResult;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct Row {
    epoch: Uuid,
}

/// The epoch; `fresh` becomes it if the database has none yet.
pub async fn load_epoch(txn: &WriteTxn, fresh: Uuid, now_ms: i64) -> Result<Uuid, StoreError> {
    let sql = "INSERT INTO installation (id, epoch, created_at) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
    execute(txn, sql, vec![fresh.into(), now_ms.into()]).await?;
    let row: Option<Row> =
        fetch_one(txn, "SELECT epoch FROM installation WHERE id = 1", vec![]).await?;
    Ok(row.map_or(fresh, |row| row.epoch))
}

/// Begins a new life, after a restore: phones push their journals again and pull from the start.
///
/// The tickets that came back with the backup are older than those that phones hold, and say nothing any more.
pub async fn renew_epoch(txn: &WriteTxn, fresh: Uuid) -> Result<(), StoreError> {
    execute(
        txn,
        "UPDATE installation SET epoch = $1 WHERE id = 1",
        vec![fresh.into()],
    )
    .await?;
    let sql = "UPDATE device SET ticket = NULL, previous_ticket = NULL, last_n = NULL";
    execute(txn, sql, vec![]).await?;
    Ok(())
}
