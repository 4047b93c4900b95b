//! What the office reads about visits and what belongs to them.

pub(crate) mod feedback_links;
pub(crate) mod flags;
pub(crate) mod follow_ups;
pub(crate) mod showcases;
