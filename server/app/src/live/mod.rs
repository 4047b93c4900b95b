//! Live updates: that something changed, for phones and for consoles.
//!
//! - An update only says that something changed. Nothing depends on its arrival: a client that missed one finds the change with its
//!   next read.
//! - A process polls counters in the database, so that it does not matter which server wrote.
//!
//! Read [`phones`] first, then `hub`, on which both stand.

pub(crate) mod hub;
pub mod office;
pub mod phones;
