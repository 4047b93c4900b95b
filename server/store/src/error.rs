//! What can go wrong in the database, by what a caller can do about it. Never classified by message text.

use crate::backend;
use sea_orm::{DbErr, SqlErr};

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row with this key exists.
    #[error("a row with this key exists already")]
    Duplicate,
    /// The database is locked or in conflict with another transaction; trying again helps.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached.
    #[error("the database cannot be reached")]
    Unavailable(#[source] DbErr),
    /// A stored value is not what was written.
    #[error("a stored value cannot be read: {0}")]
    Corrupt(String),
    /// Anything else.
    #[error("the database failed")]
    Other(#[source] DbErr),
}

impl StoreError {
    /// Whether the same transaction may succeed when it is run again.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(_)) = error.sql_err() {
            return Self::Duplicate;
        }
        if backend::is_busy(&error) {
            return Self::Busy;
        }
        match error {
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) => Self::Unavailable(error),
            error => Self::Other(error),
        }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Corrupt(error.to_string())
    }
}

/// What a transaction may fail with: anything that can hold a [`StoreError`] and tell a busy database.
pub trait TransactionError: From<StoreError> + Send {
    /// Whether the transaction may succeed when it is run again.
    fn is_busy(&self) -> bool;
}

impl TransactionError for StoreError {
    fn is_busy(&self) -> bool {
        Self::is_busy(self)
    }
}
