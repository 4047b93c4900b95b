//! Records as a unit of work: what was loaded, what it became, and what follows from that in the same transaction.
//!
//! - The [`ledger`] is the only writer of records. It writes the feeds, and marks the summary cells as stale.
//! - A transaction locks the scopes that it writes into first, always in the same order.
//! - Webhook events are written in the transaction that they report.
//!
//! Read [`ledger`] first.

pub(crate) mod events;
pub mod ledger;
pub mod list;
pub mod publish;
pub(crate) mod trainings;
