//! Versions of the protocol and of the record schema, each with its date and what changed.

/// 1 (2026-11-23): first version.
pub const PROTOCOL: u32 = 1;
/// The oldest protocol version that is still answered.
pub const PROTOCOL_MIN: u32 = 1;
/// 1 (2026-11-23): first version of the record fields.
pub const SCHEMA: u32 = 1;
/// The oldest record schema that is still taken.
pub const SCHEMA_MIN: u32 = 1;
