//! The sync of a device: its mutations are applied, each exactly once, and what has changed for it goes back.
//!
//! - A mutation has one durable result, written in the transaction of its effects and replayed from then on.
//! - Everything a phone sends becomes a record, a conflict note or a dead letter. Nothing is dropped.
//! - `base`, the revision that the user saw, decides; clocks only break ties.
//!
//! Read [`round_trip`] first, then [`push`] and [`pull`].

pub mod pull;
pub mod push;
pub mod round_trip;
