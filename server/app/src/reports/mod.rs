//! Reports: built in one snapshot, archived under a number, and frozen when a period is closed.
//!
//! - A report reads everything in one snapshot. Its tables agree with each other.
//! - Each file gets a number and is archived before it leaves.
//! - A closed period keeps its report. What changed later is shown beside it and never written into it.
//!
//! Read [`build`] first.

pub mod archive;
pub mod build;
pub mod closing;
