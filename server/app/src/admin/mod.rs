//! What an office administers beside its work: the settings of the county, bulletins to phones, and whether the server is well.
//!
//! - A setting holds from a local date on. Nothing that was decided before that date changes.
//! - A bulletin is a record of the county's reference scope. Every phone has it, and the phone knows who it is for.
//!
//! Read [`settings`] first.

pub mod bulletins;
pub mod health;
pub mod settings;
