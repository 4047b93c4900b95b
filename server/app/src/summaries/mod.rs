//! Figures of villages, townships and the county, exact at the moment of reading.
//!
//! - A write only marks the cells (village, month) that it touches as stale. A reader recounts stale cells in its own snapshot.
//! - A figure of a township or county is a fold of its own over facts of villages. No figure is the sum of other figures.
//! - [`check`] recounts everything from nothing and must agree to the last digit.
//!
//! Read [`summary`] first, then [`cells`].

pub mod cells;
pub mod check;
pub(crate) mod county;
pub mod overview;
pub mod summary;
