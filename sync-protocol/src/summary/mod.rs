//! Summaries: the rules by which records become figures. Server and phone use the same ones, so that a phone
//! without a network shows what the office shows.
//!
//! Records become *facts*, one *cell* for a village and a month ([`build_facts`] makes [`facts`]); a *fold* of cells is
//! a summary ([`mod@fold`], [`mod@group`]); a *measure* names a figure of it ([`measures`]).
//! Read [`facts`] first. Nothing here knows where cells are stored or what day it is.

pub mod adoptions;
pub mod build_facts;
pub mod compact;
pub mod context;
pub mod coverage;
mod distinct;
pub mod facts;
pub mod figures;
pub mod filter;
pub mod fold;
#[cfg(test)]
mod fold_tests;
pub mod group;
pub mod measure_table;
pub mod measures;
pub mod people;
pub mod period;
pub mod ratio;
pub mod training;
