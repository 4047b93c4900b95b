//! Office sessions as rows, found by the hash of their token.

use crate::accounts::{AccountRow, COLUMNS};
use crate::sql::{execute, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::FromQueryResult;
use tepai_domain::account::{Account, SessionTimes};
use tepai_sync_protocol::ids::PersonId;

#[derive(FromQueryResult)]
struct TimesRow {
    last_seen_at: i64,
    expires_at: i64,
}

#[derive(FromQueryResult)]
struct SessionRow {
    #[sea_orm(nested)]
    times: TimesRow,
    #[sea_orm(nested)]
    account: AccountRow,
}

/// Writes a new session.
pub async fn insert(
    txn: &WriteTxn,
    token_hash: &str,
    person: PersonId,
    times: SessionTimes,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO session (token_hash, account_id, created_at, last_seen_at, expires_at) \
               VALUES ($1, $2, $3, $3, $4)";
    let values = vec![
        token_hash.into(),
        person.0.into(),
        times.last_seen_at.into(),
        times.expires_at.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// The session of a token, and whose it is.
pub async fn find(
    txn: &impl Txn,
    token_hash: &str,
) -> Result<Option<(SessionTimes, Account)>, StoreError> {
    let sql = format!(
        "SELECT s.last_seen_at, s.expires_at, {COLUMNS} FROM session s \
         JOIN account a ON a.id = s.account_id WHERE s.token_hash = $1"
    );
    let row: Option<SessionRow> = fetch_one(txn, &sql, vec![token_hash.into()]).await?;
    row.map(|row| {
        let times = SessionTimes {
            last_seen_at: row.times.last_seen_at,
            expires_at: row.times.expires_at,
        };
        Ok((times, row.account.try_into()?))
    })
    .transpose()
}

/// Writes down that a session is in use.
pub async fn record_last_seen(
    txn: &WriteTxn,
    token_hash: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "UPDATE session SET last_seen_at = $1 WHERE token_hash = $2 AND last_seen_at < $1";
    execute(txn, sql, vec![now_ms.into(), token_hash.into()]).await?;
    Ok(())
}

/// Ends a session.
pub async fn delete(txn: &WriteTxn, token_hash: &str) -> Result<(), StoreError> {
    let sql = "DELETE FROM session WHERE token_hash = $1";
    execute(txn, sql, vec![token_hash.into()]).await?;
    Ok(())
}

/// Ends every session of a person.
pub async fn delete_of(txn: &WriteTxn, person: PersonId) -> Result<(), StoreError> {
    let sql = "DELETE FROM session WHERE account_id = $1";
    execute(txn, sql, vec![person.0.into()]).await?;
    Ok(())
}

/// Ends every session of a person but one.
pub async fn delete_others_of(
    txn: &WriteTxn,
    person: PersonId,
    token_hash: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM session WHERE account_id = $1 AND token_hash <> $2";
    execute(txn, sql, vec![person.0.into(), token_hash.into()]).await?;
    Ok(())
}

/// Forgets the sessions of a person that ended by their age.
pub async fn delete_expired_of(
    txn: &WriteTxn,
    person: PersonId,
    now_ms: i64,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM session WHERE account_id = $1 AND expires_at <= $2";
    execute(txn, sql, vec![person.0.into(), now_ms.into()]).await?;
    Ok(())
}
