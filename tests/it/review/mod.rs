//! Reviews of visits, conflicts and dead letters.

pub(crate) mod conflicts;
pub(crate) mod returned_visit;
