//! Use cases: one file, one public function or a handful around one noun, one transaction each.
//! This layer opens transactions and knows no HTTP and no SQL.

pub mod admin;
pub mod assessment;
pub mod audit;
pub mod background;
pub mod clock;
pub mod epoch;
mod error;
pub mod identity;
pub mod imports;
pub mod live;
pub mod photos;
pub mod policy;
pub mod privacy;
mod qr;
pub mod records;
pub mod reports;
pub mod review;
pub mod secrets;
pub mod summaries;
pub mod sync;
pub mod territory;
pub mod visits;
pub mod webhooks;

pub use error::{AppError, Rollback};
pub use policy::Policy;

use crate::background::Background;
use crate::clock::Clock;
use jiff::tz::TimeZone;
use std::sync::Arc;
use tepai_files::{Bucket, Files};
use tepai_store::{Store, installation};
use tepai_webhook_client::WebhookClient;
use uuid::Uuid;

/// What every use case works with.
#[derive(Clone, Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The time and new ids.
    pub clock: Clock,
    /// The zone of local dates.
    pub zone: TimeZone,
    /// The life of the database.
    pub epoch: Uuid,
    /// Limits and habits that the installation sets.
    pub policy: Arc<Policy>,
    /// The bytes of photos.
    pub files: Files,
    /// Photos whose bytes have come and whose rows have not.
    pub arrivals: Arc<photos::status::Arrivals>,
    /// Which phones listen for live updates in this process.
    pub live: Arc<live::phones::Live>,
    /// Where photos are made small.
    pub background: Background,
    /// Sends webhooks.
    pub webhook_client: WebhookClient,
    /// Who listens at the office.
    pub office_live: Arc<live::office::OfficeLive>,
}

impl App {
    /// Opens the application over a migrated database.
    pub async fn open(
        store: Store,
        clock: Clock,
        zone: TimeZone,
        policy: Policy,
    ) -> Result<Self, AppError> {
        let (fresh, now) = (clock.new_id(), clock.now_ms());
        let epoch = store
            .write(async move |txn| {
                Ok::<_, AppError>(installation::load_epoch(txn, fresh, now).await?)
            })
            .await?;
        let bucket = policy.bucket.as_ref().map(Bucket::open).transpose();
        let bucket = bucket.map_err(|error| AppError::Internal(error.into()))?;
        let files = Files::new(policy.photos_dir.clone()).with_bucket(bucket);
        let background = Background::start().map_err(|error| AppError::Internal(error.into()))?;
        Ok(Self {
            store,
            clock,
            zone,
            epoch,
            policy: Arc::new(policy),
            files,
            arrivals: Arc::default(),
            live: Arc::default(),
            background,
            webhook_client: WebhookClient::default(),
            office_live: Arc::default(),
        })
    }
}

/// Runs a use case to its end even if the caller goes away: a phone on 2G that disconnects drops the
/// handler, and a transaction dropped half-way would poison its connection.
pub async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, AppError>> + Send + 'static,
) -> Result<T, AppError> {
    tokio::spawn(work)
        .await
        .unwrap_or_else(|error| Err(AppError::Internal(error.into())))
}
