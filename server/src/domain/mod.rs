//! Pure rules: values in, values out. No async, no clock, no database, no HTTP.

pub mod actor;
pub mod division_kind;
pub mod facts;
pub mod geo;
pub mod period;
mod ratio;
pub mod review;
pub mod scope;
pub mod ticket;
