//! The only place that tells SQLite from PostgreSQL: how to connect, how to begin, which errors pass.

use crate::StoreError;
use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{
    AccessMode, ConnectOptions, Database, DatabaseBackend, DatabaseConnection, DbErr,
    IsolationLevel, RuntimeErr, SqliteTransactionMode, TransactionOptions,
};
use std::io;
use std::path::Path;
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
    let pool = connect_postgres(url, connections).await?;
    Ok((pool.clone(), pool))
}

/// Connects; without TLS where the URL leaves that open and the handshake fails, as libpq does.
async fn connect_postgres(url: &str, connections: u32) -> Result<DatabaseConnection, StoreError> {
    let refused =
        match Database::connect(postgres_options(url, connections, Tls::AsTheUrlSays)).await {
            Ok(pool) => return Ok(pool),
            Err(error) => error,
        };
    let Some(reason) = handshake_failure(&refused).filter(|_| prefers_tls(url)) else {
        return Err(refused.into());
    };
    tracing::warn!(
        %reason,
        "the TLS handshake with PostgreSQL failed, so the connection is not encrypted; \
         to demand TLS, add sslmode=verify-full&sslrootcert=/path/to/ca.pem to the database URL"
    );
    Ok(Database::connect(postgres_options(url, connections, Tls::Off)).await?)
}

/// Whether a connection to PostgreSQL tries TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    AsTheUrlSays,
    Off,
}

fn postgres_options(url: &str, connections: u32, tls: Tls) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(20))
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(move |options| {
            let options = options.options([
                ("statement_timeout", "120s"),
                ("lock_timeout", "20s"),
                ("synchronous_commit", "on"),
                // What a transaction that writes has without asking, which would be one more way there and back.
                ("default_transaction_isolation", "read committed"),
            ]);
            match tls {
                Tls::AsTheUrlSays => options,
                Tls::Off => options.ssl_mode(PgSslMode::Disable),
            }
        });
    options
}

/// Whether the URL, or else `PGSSLMODE`, says `prefer`; so does a URL that says nothing.
fn prefers_tls(url: &str) -> bool {
    url.parse::<PgConnectOptions>()
        .is_ok_and(|options| matches!(options.get_ssl_mode(), PgSslMode::Prefer))
}

/// Why a TLS handshake failed; `None` where something else did.
fn handshake_failure(error: &DbErr) -> Option<&rustls::Error> {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else {
        return None;
    };
    let sqlx::Error::Io(error) = &**error else {
        return None;
    };
    error.get_ref()?.downcast_ref()
}

/// Held by the one process that migrates. Dropped means released.
pub(super) enum MigrationLock {
    /// A session of PostgreSQL that has the advisory lock.
    Session(PgConnection),
    /// A locked file beside the database of SQLite.
    File(std::fs::File),
    /// Nobody else can reach a database in memory.
    InMemory,
}

/// Any number: all versions of this server agree on it.
const MIGRATION_LOCK: i64 = 20_261_201;

/// Waits until no other process migrates this database.
pub(super) async fn lock_migrations(
    connection: &DatabaseConnection,
) -> Result<MigrationLock, StoreError> {
    if connection.get_database_backend() == DatabaseBackend::Postgres {
        let options = connection.get_postgres_connection_pool().connect_options();
        return Ok(MigrationLock::Session(lock_session(&options).await?));
    }
    let options = connection.get_sqlite_connection_pool().connect_options();
    let in_memory = options
        .to_url_lossy()
        .query_pairs()
        .any(|(key, value)| key == "mode" && value == "memory");
    if in_memory {
        return Ok(MigrationLock::InMemory);
    }
    let mut path = options.get_filename().as_os_str().to_owned();
    path.push(".migrate-lock");
    let locking = tokio::task::spawn_blocking(move || lock_file(Path::new(&path))).await;
    let file = locking
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| connection_error(sqlx::Error::Io(error)))?;
    Ok(MigrationLock::File(file))
}

/// A connection of its own, which no pool closes while it is idle: the lock ends with it.
async fn lock_session(options: &PgConnectOptions) -> Result<PgConnection, DbErr> {
    let mut session = options.connect().await.map_err(connection_error)?;
    // The other process may migrate for as long as it needs.
    let wait = "SET lock_timeout = 0; SET statement_timeout = 0";
    sqlx::raw_sql(wait)
        .execute(&mut session)
        .await
        .map_err(connection_error)?;
    sqlx::query("SELECT pg_advisory_lock($1)")
        .bind(MIGRATION_LOCK)
        .execute(&mut session)
        .await
        .map_err(connection_error)?;
    Ok(session)
}

/// The file stays: a process that removed it could remove one that another has just locked.
fn lock_file(path: &Path) -> io::Result<std::fs::File> {
    let file = std::fs::File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)?;
    file.lock()?;
    Ok(file)
}

impl MigrationLock {
    /// Lets the next process migrate.
    pub(super) async fn release(self) -> Result<(), StoreError> {
        match self {
            Self::Session(session) => session.close().await.map_err(connection_error)?,
            Self::File(file) => drop(file),
            Self::InMemory => {}
        }
        Ok(())
    }
}

fn connection_error(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(error.into()))
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
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| {
        matches!(
            &*code,
            "5" | "6" | "261" | "517" | "773" | "40001" | "40P01" | "55P03"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn io_error(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> DbErr {
        connection_error(io::Error::new(io::ErrorKind::InvalidData, source).into())
    }

    #[test]
    fn only_prefer_leaves_open_whether_the_connection_is_encrypted() {
        let url = |mode: &str| format!("postgres://tepai@db.example/tepai?sslmode={mode}");
        assert!(prefers_tls(&url("prefer")));
        for mode in ["disable", "allow", "require", "verify-ca", "verify-full"] {
            assert!(!prefers_tls(&url(mode)), "{mode}");
        }
        assert!(!prefers_tls(&url("nonsense")));
    }

    #[test]
    fn only_a_failed_handshake_is_a_failure_of_tls() {
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        assert_eq!(
            handshake_failure(&io_error(refused.clone())),
            Some(&refused)
        );
        assert_eq!(handshake_failure(&io_error("UnknownIssuer")), None);
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(handshake_failure(&connection_error(reset.into())), None);
        let config = sqlx::Error::Tls("no such client certificate".into());
        assert_eq!(handshake_failure(&connection_error(config)), None);
        assert_eq!(handshake_failure(&DbErr::RecordNotInserted), None);
    }

    #[test]
    fn a_second_process_waits_for_the_lock_file() {
        let path = std::env::temp_dir().join(format!("tepai-lock-{}", std::process::id()));
        let held = lock_file(&path).unwrap();
        let second = std::fs::File::open(&path).unwrap();
        assert!(second.try_lock().is_err());
        drop(held);
        second.try_lock().unwrap();
        std::fs::remove_file(&path).unwrap();
    }
}
