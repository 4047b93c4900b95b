//! What the office reads about visits and what belongs to them: lists, flags, the calendar, follow-ups, training sessions, demo bases,
//! adoptions and feedback links.
//!
//! - Everything here is read within the reach of the person who asks.
//! - Flags are computed when they are read and never stored, so that a changed rule shows at once.
//!
//! Read [`list`] first.

pub mod adoptions;
pub mod calendar;
pub mod feedback_links;
pub mod flags;
pub mod follow_ups;
pub mod list;
pub mod showcases;
pub mod trainings_list;
