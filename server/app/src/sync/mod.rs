//! The sync of a device: its mutations are applied, each exactly once, and what has changed for it goes back.
//!
//! - A mutation has one durable result, written in the transaction of its effects and replayed from then on.
//! - Everything a phone sends becomes a record, a conflict note or a dead letter. Nothing is dropped.
//! - `base`, the revision that the user saw, decides; clocks only break ties.
//!
//! Read [`round_trip`] first, then [`push`]: it reads (`reads`), judges (`judge`, with `conflicts` and `derived`) and writes
//! (`write`) a [`batch`].

pub mod batch;
mod conflicts;
mod contact;
mod dead_letters;
mod derived;
pub mod escrow;
mod judge;
pub mod outcome;
pub mod pull;
pub mod push;
mod reads;
mod redact;
pub mod round_trip;
mod write;
