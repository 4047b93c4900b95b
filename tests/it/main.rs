//! The integration tests, one binary. A module is about one route or one property.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod commissioners;
mod feed_order;
mod identity;
mod import;
mod push;
mod recount;
