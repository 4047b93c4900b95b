//! Places and who serves them: divisions, boundaries, assignments, hand-overs, and the commissioners of a division.
//!
//! - Divisions are matched by code and never by name.
//! - What a phone receives follows from the assignments in force. A hand-over changes nothing else.
//!
//! Read [`assignments`] first.

pub mod assignments;
pub mod boundaries;
pub mod divisions;
pub mod hand_over;
pub mod people;
