//! Webhooks: endpoints of a county, events, and their deliveries.
//!
//! - An event and its deliveries are written in the transaction of the change that they report (see [`crate::records`]).
//! - A delivery is claimed, sent, and concluded. A process that dies leaves it to the next one after the claim has ended.
//!
//! Read [`deliver`] first.

mod audited;
pub mod deliver;
pub mod endpoints;
pub mod watch;
