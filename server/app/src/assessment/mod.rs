//! Assessment (考核): targets, score plans, and runs of a plan over everybody of a kind in a period.
//!
//! - Figures come from the same fold as summaries. A sheet names the records behind each figure.
//! - A frozen run is read as it was frozen. Nothing is counted again.
//!
//! Read [`runs`] first.

mod evidence;
mod figures;
pub mod plans;
pub mod runs;
pub mod targets;
