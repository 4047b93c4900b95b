//! The only place that tells SQLite from PostgreSQL: how to connect, how to begin, which errors pass.

use crate::StoreError;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseBackend, DatabaseConnection, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, TransactionOptions,
};
use std::time::Duration;

/// The connections of a store: on SQLite one that writes and some that read, on PostgreSQL one pool for both.
pub(super) async fn connect(
    url: &str,
    connections: u32,
) -> Result<(DatabaseConnection, DatabaseConnection), StoreError> {
    if url.starts_with("sqlite:") {
        let write = Database::connect(sqlite_options(url, 1)).await?;
        let read = Database::connect(sqlite_options(url, connections)).await?;
        return Ok((write, read));
    }
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(20))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|options| {
            options.options([
                ("statement_timeout", "120s"),
                ("lock_timeout", "20s"),
                ("synchronous_commit", "on"),
                // What a transaction that writes has without asking, which would be one more way there and back.
                ("default_transaction_isolation", "read committed"),
            ])
        });
    let pool = Database::connect(options).await?;
    Ok((pool.clone(), pool))
}

fn sqlite_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(20))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                // NORMAL can lose the last commits in a power cut, and phones forget what was acknowledged.
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(20))
                .pragma("cache_size", "-16384")
                .statement_cache_capacity(256)
        });
    options
}

/// How a transaction that writes begins.
///
/// SQLite takes its lock at once: a deferred transaction that reads and then writes fails without waiting.
/// PostgreSQL reads what is committed when it reads, by the default of its connection; the scope rows that are locked
/// first do the rest.
pub(super) fn write_options(backend: DatabaseBackend) -> TransactionOptions {
    let postgres = backend == DatabaseBackend::Postgres;
    TransactionOptions {
        isolation_level: None,
        access_mode: None,
        sqlite_transaction_mode: (!postgres).then_some(SqliteTransactionMode::Immediate),
    }
}

/// How a transaction that only reads begins: all its statements see one snapshot.
pub(super) fn read_options(backend: DatabaseBackend) -> TransactionOptions {
    let postgres = backend == DatabaseBackend::Postgres;
    TransactionOptions {
        isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
        access_mode: postgres.then_some(AccessMode::ReadOnly),
        sqlite_transaction_mode: (!postgres).then_some(SqliteTransactionMode::Deferred),
    }
}

/// The end of a `SELECT` that must lock its rows; SQLite has locked the whole file already.
pub(super) fn for_update(backend: DatabaseBackend) -> &'static str {
    if backend == DatabaseBackend::Postgres {
        " FOR UPDATE"
    } else {
        ""
    }
}

/// The same, passing over rows that somebody else has locked.
pub(super) fn skip_locked(backend: DatabaseBackend) -> &'static str {
    if backend == DatabaseBackend::Postgres {
        " FOR UPDATE SKIP LOCKED"
    } else {
        ""
    }
}

/// What makes a transaction give up soon where others have locked its rows.
pub(super) fn brief_lock_timeout(backend: DatabaseBackend) -> Option<&'static str> {
    let postgres = backend == DatabaseBackend::Postgres;
    postgres.then_some("SET LOCAL lock_timeout = '250ms'")
}

/// Two statements that write, as one text. SQLite runs them one after the other, which PostgreSQL refuses where there are
/// parameters.
pub(super) fn both(backend: DatabaseBackend, first: &str, second: &str) -> String {
    if backend == DatabaseBackend::Postgres {
        format!("WITH first AS ({first}) {second}")
    } else {
        format!("{first}; {second}")
    }
}

/// SQLite: `SQLITE_BUSY` and its kin, `SQLITE_LOCKED`. PostgreSQL: serialisation failure, deadlock, lock timeout.
pub(super) fn is_busy(error: &DbErr) -> bool {
    let (DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime)) = error else {
        return false;
    };
    let RuntimeErr::SqlxError(error) = runtime else {
        return false;
    };
    let code = error
        .as_database_error()
        .and_then(sea_orm::sqlx::error::DatabaseError::code);
    code.is_some_and(|code| {
        matches!(
            &*code,
            "5" | "6" | "261" | "517" | "773" | "40001" | "40P01" | "55P03"
        )
    })
}
