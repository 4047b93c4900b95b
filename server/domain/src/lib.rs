//! Pure rules: values in, values out. No async, no clock, no database, no HTTP.

pub mod account;
pub mod actor;
pub mod address_guard;
pub mod album;
pub mod audience;
pub mod audit;
pub mod boundary;
pub mod coverage;
mod distinct;
pub mod division_kind;
pub mod evidence;
pub mod facts;
pub mod geo;
pub mod measure;
pub mod period;
pub mod personal;
pub mod photo;
pub mod ratio;
pub mod reminder;
pub mod report_number;
pub mod review;
pub mod scope;
pub mod score;
pub mod secret;
pub mod settings;
pub mod summary;
pub mod ticket;
pub mod training;
pub mod visit_interval;
pub mod webhook;

#[cfg(test)]
mod summary_tests;
