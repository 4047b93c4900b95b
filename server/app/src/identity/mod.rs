//! Who somebody is: accounts of the office, devices of commissioners, and how each proves itself.
//!
//! - The author of a record is the person of the device or session. No body field says who somebody is.
//! - Of tokens, codes and passwords only hashes are stored.
//! - A lost device is not refused: what it still sends goes into escrow, and it receives nothing.
//!
//! Read [`authenticate`] first.

pub mod accounts;
pub mod authenticate;
pub mod devices;
pub mod enrolment;
pub mod lost_device;
pub mod sign_in;
