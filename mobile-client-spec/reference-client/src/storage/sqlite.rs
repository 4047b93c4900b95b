//! A phone in one `SQLite` file: one table of rows, a write-ahead log, and a flush at every commit.
//!
//! A port on Android or in a desktop app does the same with the platform's own `SQLite`. It knows nothing of what rows mean.

use super::{Part, RowChanges, RowKey, Storage, StorageError};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// The format of the table, in `user_version`.
const FORMAT: i64 = 1;

/// A phone's file.
#[derive(Debug)]
pub struct SqliteStorage {
    connection: Connection,
}

impl SqliteStorage {
    /// Opens the file, and makes it if there is none. Only one process has it open at a time; a second is refused.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // NORMAL would lose the last commits in a power cut, and with them visits that the user saw saved.
        connection.pragma_update(None, "synchronous", "FULL")?;
        let format: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if format > FORMAT {
            return Err(StorageError::Newer(format));
        }
        let make = "CREATE TABLE IF NOT EXISTS kept \
                    (part TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (part, key)) \
                    STRICT, WITHOUT ROWID; PRAGMA user_version = 1;";
        connection.execute_batch(make)?;
        Ok(Self { connection })
    }
}

impl Storage for SqliteStorage {
    fn load(&mut self) -> Result<BTreeMap<RowKey, String>, StorageError> {
        let mut select = self
            .connection
            .prepare("SELECT part, key, value FROM kept")?;
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.map(|row| {
            let (part, key, value): (String, String, String) = row?;
            let part = Part::parse(&part)
                .ok_or_else(|| StorageError::Failed(format!("there is no part {part}")))?;
            Ok(((part, key), value))
        })
        .collect()
    }

    fn commit(&mut self, changes: &RowChanges) -> Result<(), StorageError> {
        let txn = self.connection.transaction()?;
        for ((part, key), value) in changes {
            match value {
                Some(value) => txn
                    .prepare_cached(
                        "INSERT OR REPLACE INTO kept (part, key, value) VALUES (?1, ?2, ?3)",
                    )?
                    .execute(params![part.as_str(), key, value])?,
                None => txn
                    .prepare_cached("DELETE FROM kept WHERE part = ?1 AND key = ?2")?
                    .execute(params![part.as_str(), key])?,
            };
        }
        Ok(txn.commit()?)
    }
}

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
