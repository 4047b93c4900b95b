//! Figures: what the office reads equals a recount from nothing.

pub(crate) mod coverage;
pub(crate) mod recount;
pub(crate) mod summary;
