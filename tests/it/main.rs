//! The integration tests, one binary. The folders are the areas of the server; a module is about one route or one property.

#![expect(
    clippy::expect_used,
    clippy::format_push_string,
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod admin;
mod assessment;
mod identity;
mod imports;
mod live;
mod meta;
mod photos;
mod privacy;
mod reports;
mod review;
mod robustness;
mod summaries;
mod sync;
mod territory;
mod vectors;
mod visits;
mod webhooks;
