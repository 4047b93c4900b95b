//! The integration tests, one binary. A module is about one route or one property.

#![expect(
    clippy::expect_used,
    clippy::format_push_string,
    clippy::too_many_lines,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests fail loudly"
)]

mod assessment;
mod audit;
mod bombs;
mod boundaries;
mod bucket;
mod bulletins;
mod client_photos;
mod closings;
mod commissioners;
mod console;
mod convergence;
mod coverage_work;
mod crash;
mod cut;
mod demo;
mod desk;
mod exports;
mod feed_order;
mod feedback_links;
mod flags;
mod follow_ups;
mod hand_over;
mod hostile;
mod identity;
mod import;
mod kept_photos;
mod live;
mod lost_device;
mod matrix;
mod migrations;
mod office_events;
mod openapi;
mod outage;
mod photos;
mod power;
mod privacy;
mod push;
mod recount;
mod review;
mod rxdb;
mod showcases;
mod sizes;
mod specification;
mod summaries;
mod tidy;
mod traps;
mod tus_clients;
mod upload_ways;
mod uploads;
mod vectors;
mod webhooks;
