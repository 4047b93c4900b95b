//! Pure rules: values in, values out. No async, no clock, no database, no HTTP.

pub mod actor;
pub mod scope;
pub mod ticket;
