//! Divisions, boundaries, assignments and hand-overs.

pub(crate) mod boundaries;
pub(crate) mod hand_over;
pub(crate) mod roster_rows;
