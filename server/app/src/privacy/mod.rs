//! Personal data: making a beneficiary anonymous for good, and opening a contact with a stated purpose.
//!
//! - Counts stay when a person becomes anonymous. Names, numbers and free text go, from records and from every stored copy.
//! - A text that was removed is remembered only as a keyed hash, so that a phone cannot bring it back.
//!
//! Read [`anonymise`] first: it finds the traces of a person (`person_traces`) and takes them out of records and of stored copies
//! (`stored_copies`).

pub mod anonymise;
pub mod contact;
pub(crate) mod person_traces;
mod stored_copies;
