//! Pure rules: values in, values out. No async, no clock, no database, no HTTP.

pub mod account;
pub mod actor;
pub mod address_guard;
pub mod album;
pub mod audience;
pub mod audit;
pub mod boundary;
pub mod coverage;
pub mod evidence;
pub mod geo;
pub mod people_summaries;
pub mod personal;
pub mod photo;
pub mod reminder;
pub mod report_number;
pub mod review;
pub mod scope;
pub mod score;
pub mod secret;
pub mod settings;
pub mod ticket;
pub mod village_facts;
pub mod visit_interval;
pub mod webhook;
