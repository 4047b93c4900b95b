//! Boundaries of divisions: as they were declared, and in WGS-84 small enough to be shown.

use crate::step;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        step::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        step::drop_tables(manager, &["boundary"]).await
    }
}

const UP: &[&str] = &[
    // `original` is the GeoJSON geometry in the datum that was declared with it, `digest` SHA-256 of both; `display` is a
    // geometry in WGS-84.
    "CREATE TABLE boundary (
        division_code TEXT PRIMARY KEY,
        county_code TEXT NOT NULL,
        level TEXT NOT NULL,
        datum TEXT NOT NULL,
        original TEXT NOT NULL,
        digest TEXT NOT NULL,
        display TEXT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX ix_boundary_county ON boundary (county_code, level)",
];
