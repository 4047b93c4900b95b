//! What goes over the wire between a phone and the server, and the rules both sides must agree on.
//!
//! A phone keeps an *outbox* of [`mutation::Mutation`]s and a *replica* of the records in its
//! [`scope::Scope`]s. One `POST /v1/sync` carries the outbox and the [`cursor::Cursor`] up, and results,
//! changes and a new cursor down ([`sync`]).
//! [`records`] says what a record is, field by field, as data; [`validate`] judges a mutation alone;
//! [`merge`] joins it with what the server holds; [`adoption`] derives the adoption of a technique from
//! its reports; [`edit_time`] corrects a phone's clock; [`checksum`] lets both sides prove that they hold the same;
//! [`summary`] counts what the records come to.
//!
//! This crate does no I/O, reads no clock and knows no database and no HTTP framework.
//! It never panics on what came from outside and never orders anything by a hash map.

pub mod adoption;
pub mod checksum;
pub mod codes;
pub mod cursor;
pub mod division;
pub mod division_kind;
pub mod edit_time;
pub mod field;
pub mod ids;
pub mod limits;
pub mod merge;
#[cfg(test)]
mod merge_laws;
#[cfg(test)]
mod merge_tests;
pub mod mutation;
pub mod position;
pub mod problem;
pub mod records;
pub mod scope;
pub mod specification;
pub mod summary;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod validate;
#[cfg(test)]
mod validate_tests;
pub mod version;
pub mod words;

/// The fields of a record as they travel: field name → JSON value, sorted by name.
pub type Fields = serde_json::Map<String, serde_json::Value>;
