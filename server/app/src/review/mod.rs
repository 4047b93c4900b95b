//! What the office decides: reviews of visits, conflicts between two edits, and dead letters.
//!
//! - A review is appended and never changed. The state of the visit changes in the same transaction.
//! - An edit of the office passes the same checks and the same merge as an edit of a phone.
//! - A decision that cannot be carried out leaves no trace.
//!
//! Read [`visit`] first, then [`conflicts`].

pub mod bulk;
pub mod conflicts;
pub mod dead_letters;
mod office_edit;
pub mod queue;
pub mod visit;
