//! The audit trail, bulletins, and what the console needs.

pub(crate) mod audit_trail;
pub(crate) mod bulletins;
pub(crate) mod console;
