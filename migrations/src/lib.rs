//! The schema of Tepai, one step a file, for SQLite and PostgreSQL alike.
//!
//! Steps are SQL with literal names, in the subset that both databases read the same way; an applied step
//! is never edited. See `README.md` in this package.

#![expect(
    elided_lifetimes_in_paths,
    reason = "the migration trait wants its lifetimes late-bound"
)]

mod m20261123_000001_people_and_places;
mod m20261123_000002_records_and_feeds;
mod m20261123_000003_summaries;
mod m20261123_000004_proofs;
mod m20261123_000005_photos;
mod m20261124_000006_bucket;
mod m20261124_000007_audit;
mod m20261124_000008_assessment;
mod m20261124_000009_judged_versions;
mod m20261124_000010_closings;
mod m20261128_000012_webhooks;
mod m20261128_000013_feedback_links;
mod m20261128_000014_anonymous;
mod m20261128_000015_reports;
mod m20261128_000016_what_the_office_watches;
mod m20261128_000017_boundaries;
mod m20261128_000018_ended_uploads;
mod step;

pub use sea_orm_migration::{MigratorTrait, SchemaManager};

/// The ordered list of steps.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn sea_orm_migration::MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_people_and_places::Migration),
            Box::new(m20261123_000002_records_and_feeds::Migration),
            Box::new(m20261123_000003_summaries::Migration),
            Box::new(m20261123_000004_proofs::Migration),
            Box::new(m20261123_000005_photos::Migration),
            Box::new(m20261124_000006_bucket::Migration),
            Box::new(m20261124_000007_audit::Migration),
            Box::new(m20261124_000008_assessment::Migration),
            Box::new(m20261124_000009_judged_versions::Migration),
            Box::new(m20261124_000010_closings::Migration),
            Box::new(m20261128_000012_webhooks::Migration),
            Box::new(m20261128_000013_feedback_links::Migration),
            Box::new(m20261128_000014_anonymous::Migration),
            Box::new(m20261128_000015_reports::Migration),
            Box::new(m20261128_000016_what_the_office_watches::Migration),
            Box::new(m20261128_000017_boundaries::Migration),
            Box::new(m20261128_000018_ended_uploads::Migration),
        ]
    }
}
