//! The reference client of the sync protocol: what a third party ports to a phone.
//!
//! Read it in this order. A [`Phone`] records each edit as a mutation in its [`outbox`] and shows the
//! server's records, which it holds in its [`replica`], with those mutations laid over them ([`overlay`]).
//! [`Phone::prepare_sync`] and [`Phone::apply_sync`] are pure: one makes the request, the other takes the
//! response, and anything may be lost between them. [`transport`] carries both; [`session`] repeats them
//! until nothing is left to say; [`photos`] sends what was photographed after that; [`backoff`] says how long to wait when that fails. Clocks and ids come
//! from the [`environment`], so that a simulation can seed and skew them.
//!
//! # Storage
//! A [`storage::Keeper`] puts a phone's state as small rows into a [`Storage`], one transaction for each recorded edit,
//! prepared request and applied response: results, changes and cursor together. [`SqliteStorage`] is the one to use;
//! with [`Phone::sync_and_keep`] a phone can be killed at any moment.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use tepai_client::storage::{Keep, Keeper, SqliteStorage};
//! use tepai_client::{FolderOfPhotos, HttpTransport, Line, Phone, PhotoPolicy, SystemClock, SystemIds, Timeouts};
//!
//! let storage = SqliteStorage::open("visits.db".as_ref())?;
//! let (mut keeper, state) = Keeper::open(storage)?;
//! let (clock, ids) = (SystemClock::start(), SystemIds::start());
//! let mut phone = match state {
//!     Some(state) => Phone::resume(state, clock, ids),
//!     None => Phone::new("example 1.0", clock, ids),
//! };
//! let server = HttpTransport::new("https://tepai.example", Timeouts::default())?;
//! if phone.token().is_none() {
//!     phone.enrol(&server, "ABCD-EFGH", Some("my phone")).await?;
//! }
//! keeper.keep(&phone)?;
//! let report = phone.sync_and_keep(&server, &mut keeper).await?;
//! // Text went first. Now photos, smallest first; large ones wait for Wi-Fi.
//! let mut photos = FolderOfPhotos::open("photos".as_ref())?;
//! let over = (PhotoPolicy::default(), Line::MobileData);
//! let photos = phone.send_photos(&server, &mut photos, &mut keeper, over).await?;
//! println!("{} photos wait, {} of them for Wi-Fi", photos.waiting, photos.for_wifi);
//! # let _ = report;
//! # Ok(())
//! # }
//! ```

pub mod backoff;
pub mod bulletins;
pub mod environment;
pub mod outbox;
pub mod overlay;
pub mod phone;
#[cfg(test)]
mod phone_tests;
pub mod photos;
pub mod replica;
pub mod session;
pub mod storage;
#[cfg(test)]
mod storage_tests;
#[cfg(test)]
mod testing;
pub mod transport;

pub use environment::{IdSource, PhoneClock, SeededIds, SystemClock, SystemIds};
pub use outbox::{Pending, Standing};
pub use overlay::View;
pub use phone::{Draft, Phone, PhoneState, SyncReport};
pub use photos::{FolderOfPhotos, Line, PhotoPolicy, PhotoReport, PhotoStore, PhotosFailed};
pub use session::{SyncFailed, SyncProblem};
pub use storage::{Keep, Keeper, SqliteStorage, Storage, StorageError};
pub use tepai_sync_protocol as protocol;
pub use transport::{HttpTransport, Timeouts, Token, Transport, TransportError, Uploads};
