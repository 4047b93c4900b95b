//! Reports as files, and closed periods.

pub(crate) mod closings;
pub(crate) mod exports;
