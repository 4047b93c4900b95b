//! The reference client of the sync protocol: what a third party ports to a phone.
//!
//! Read it in this order. A [`Phone`] records each edit as a mutation in its [`outbox`] and shows the
//! server's records, which it holds in its [`replica`], with those mutations laid over them ([`overlay`]).
//! [`Phone::prepare_sync`] and [`Phone::apply_sync`] are pure: one makes the request, the other takes the
//! response, and anything may be lost between them. [`transport`] carries both; [`session`] repeats them
//! until nothing is left to say; [`backoff`] says how long to wait when that fails. Clocks and ids come
//! from the [`environment`], so that a simulation can seed and skew them.
//!
//! # Storage
//! For now a phone lives in memory, and [`PhoneState`] is its whole state by `serde`: save it after each
//! recorded edit and each applied response, in one piece. `SQLite` storage behind a trait comes later; what must
//! hold there is that [`Phone::apply_sync`] is *one* local transaction: results, changes and cursor together.

pub mod backoff;
pub mod environment;
pub mod outbox;
pub mod overlay;
pub mod phone;
#[cfg(test)]
mod phone_tests;
pub mod replica;
pub mod session;
#[cfg(test)]
mod testing;
pub mod transport;

pub use environment::{IdSource, PhoneClock, SeededIds, SystemClock, SystemIds};
pub use outbox::{Pending, Standing};
pub use overlay::View;
pub use phone::{Draft, Phone, PhoneState, SyncReport};
pub use session::{SyncFailed, SyncProblem};
pub use tepai_sync_protocol as protocol;
pub use transport::{HttpTransport, Timeouts, Token, Transport, TransportError};
