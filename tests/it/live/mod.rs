//! Live updates for phones and consoles.

pub(crate) mod office;
pub(crate) mod phones;
