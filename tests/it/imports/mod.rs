//! Imports of tables.

pub(crate) mod tables;
