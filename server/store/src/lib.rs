//! The only code that knows sea-orm. One module a noun; rows never leave this layer as they are.
//!
//! **The transaction rule.** One use case, one transaction, opened only in `app`, through [`Store::write`].
//! Functions that write take a [`WriteTxn`]; nothing else can make one. Inside it there is no network, no
//! file, no sleep, and never another connection of the pool. Effects outside the database happen after the
//! commit, or are rows that a job picks up.
//!
//! A read of one statement is a snapshot without a transaction around it: [`Store::single_read`].
//!
//! Dropped means rolled back. What was committed is durable before [`Store::write`] returns: SQLite runs at
//! `synchronous=FULL`, PostgreSQL at `synchronous_commit=on`.

mod backend;
mod error;
mod sql;

pub mod accounts;
pub mod assessment;
pub mod audit;
pub mod boundaries;
pub mod bulletins;
pub mod closings;
pub mod commissioners;
pub mod contacts;
pub mod devices;
pub mod divisions;
pub mod feedback_links;
pub mod feeds;
pub mod grants;
pub mod installation;
pub mod last_seen;
pub mod personal;
pub mod photo_files;
pub mod records;
pub mod report_files;
pub mod results;
pub mod reviews;
pub mod sessions;
pub mod settings;
pub mod summary_cells;
pub mod techniques;
pub mod uploads;
pub mod villages;
pub mod webhooks;

pub use error::{StoreError, TransactionError};

use sea_orm::{DatabaseBackend, DatabaseConnection, DatabaseTransaction, TransactionTrait};
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use tepai_migrations::{Migrator, MigratorTrait};

/// How often a transaction is run again when the database says that it is busy.
const ATTEMPTS: u32 = 5;

/// The database.
#[derive(Clone, Debug)]
pub struct Store {
    write: DatabaseConnection,
    read: DatabaseConnection,
    backend: DatabaseBackend,
    known: summary_cells::Known,
}

/// A transaction that may write.
#[derive(Debug)]
pub struct WriteTxn(DatabaseTransaction);

/// A transaction that reads one snapshot.
#[derive(Debug)]
pub struct ReadTxn {
    txn: DatabaseTransaction,
    known: summary_cells::Known,
}

/// One statement that reads: a snapshot of its own, with no transaction around it to begin and to end.
#[derive(Debug)]
pub struct SingleRead {
    connection: DatabaseConnection,
    is_spent: AtomicBool,
}

/// Whatever a function needs that only reads.
pub trait Txn: sealed::Sealed + Sync {}

impl WriteTxn {
    /// Waits but a moment, from here on, for rows that others have locked; then the database is busy. On SQLite nobody holds
    /// rows: whoever writes has all of it.
    pub async fn wait_briefly(&self) -> Result<(), StoreError> {
        let backend = sea_orm::ConnectionTrait::get_database_backend(&self.0);
        match backend::brief_lock_timeout(backend) {
            Some(sql) => sql::execute(self, sql, vec![]).await.map(|_| ()),
            None => Ok(()),
        }
    }
}

impl Txn for WriteTxn {}
impl Txn for ReadTxn {}
impl Txn for SingleRead {}

mod sealed {
    use sea_orm::DatabaseExecutor;
    use std::sync::atomic::Ordering;

    /// Keeps the transaction inside the store.
    pub trait Sealed {
        /// Where the next statement goes.
        fn connection(&self) -> DatabaseExecutor<'_>;
    }

    impl Sealed for super::WriteTxn {
        fn connection(&self) -> DatabaseExecutor<'_> {
            (&self.0).into()
        }
    }

    impl Sealed for super::ReadTxn {
        fn connection(&self) -> DatabaseExecutor<'_> {
            (&self.txn).into()
        }
    }

    impl Sealed for super::SingleRead {
        fn connection(&self) -> DatabaseExecutor<'_> {
            let is_spent = self.is_spent.swap(true, Ordering::Relaxed);
            debug_assert!(
                !is_spent,
                "two statements are one snapshot in a ReadTxn alone"
            );
            (&self.connection).into()
        }
    }
}

impl Store {
    /// Opens the database at `url`: `sqlite://path/to/file.db` or `postgres://user@host/name`.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StoreError> {
        let (write, read) = backend::connect(url, connections).await?;
        let backend = sea_orm::ConnectionTrait::get_database_backend(&write);
        Ok(Self {
            write,
            read,
            backend,
            known: summary_cells::Known::new(),
        })
    }

    /// Applies the migrations that are missing; says how many. Of several that migrate at once one applies them, and the
    /// others wait for it.
    pub async fn migrate(&self) -> Result<usize, StoreError> {
        let lock = backend::lock_migrations(&self.write).await?;
        let missing = self.pending_migrations().await?;
        if missing > 0 {
            Migrator::up(&self.write, None).await?;
        }
        lock.release().await?;
        Ok(missing)
    }

    /// How many migrations are missing.
    pub async fn pending_migrations(&self) -> Result<usize, StoreError> {
        Ok(Migrator::get_pending_migrations(&self.write).await?.len())
    }

    /// `sqlite` or `postgres`.
    pub fn backend_name(&self) -> &'static str {
        if self.backend == DatabaseBackend::Postgres {
            "postgres"
        } else {
            "sqlite"
        }
    }

    /// Runs `work` in one write transaction; runs it again when the database asks for that.
    ///
    /// `work` is cloned for each attempt, which also refuses closures that captured something they change.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send,
        E: TransactionError,
        F: for<'t> AsyncFnOnce(&'t WriteTxn) -> Result<T, E> + Clone + Send,
    {
        let mut attempt = 1;
        loop {
            let outcome = self.attempt(work.clone()).await;
            match outcome {
                Err(error) if error.is_busy() && attempt < ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
            tokio::time::sleep(pause(attempt)).await;
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that begins a transaction"
    )]
    async fn attempt<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: TransactionError,
        F: for<'t> AsyncFnOnce(&'t WriteTxn) -> Result<T, E>,
    {
        let options = backend::write_options(self.backend);
        let begun = self
            .write
            .begin_with_options(options)
            .await
            .map_err(StoreError::from)?;
        let txn = WriteTxn(begun);
        let outcome = work(&txn).await;
        match outcome {
            Ok(value) => {
                txn.0.commit().await.map_err(StoreError::from)?;
                Ok(value)
            }
            Err(error) => {
                // The transaction is rolled back in any case; the error that matters is the one we have.
                let _ = txn.0.rollback().await;
                Err(error)
            }
        }
    }

    /// Runs `work` on one snapshot.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that begins a transaction"
    )]
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send,
        E: TransactionError,
        F: for<'t> AsyncFnOnce(&'t ReadTxn) -> Result<T, E> + Send,
    {
        let options = backend::read_options(self.backend);
        let begun = self
            .read
            .begin_with_options(options)
            .await
            .map_err(StoreError::from)?;
        let txn = ReadTxn {
            txn: begun,
            known: self.known.clone(),
        };
        let outcome = work(&txn).await;
        let _ = txn.txn.rollback().await;
        outcome
    }

    /// For one statement that reads. What takes more than one goes through [`Self::read`], or sees two states.
    pub fn single_read(&self) -> SingleRead {
        SingleRead {
            connection: self.read.clone(),
            is_spent: AtomicBool::new(false),
        }
    }

    /// Closes the connections; on SQLite this also folds the write-ahead log into the file.
    pub async fn close(self) -> Result<(), StoreError> {
        self.read.close().await?;
        self.write.close().await?;
        Ok(())
    }
}

/// A pause that grows, and differs between processes that collided.
fn pause(attempt: u32) -> Duration {
    Duration::from_millis(u64::from(attempt) * 20 + u64::from(rand::random::<u8>() % 20))
}
