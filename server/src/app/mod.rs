//! Use cases: one file, one public function or a handful around one noun, one transaction each.
//! This layer opens transactions and knows no HTTP and no SQL.

mod error;

pub use error::AppError;

use crate::clock::Clock;
use crate::store::Store;
use jiff::tz::TimeZone;

/// What every use case works with.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time and new ids.
    pub clock: Clock,
    /// The zone of local dates, unless a county sets its own.
    pub zone: TimeZone,
}

/// Runs a use case to its end even if the caller goes away: a phone on 2G that disconnects drops the
/// handler, and a transaction dropped half-way would poison its connection.
pub async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(work).await.unwrap_or_else(|error| Err(AppError::Internal(error.into())))
}
