//! Indexes of what the office watches: records by the state of their review, and how far the audit chains of a county have come.

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
        step::run(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    "CREATE INDEX ix_record_state ON record (county_code, kind, state, on_date, id) WHERE state IS NOT NULL",
    // The visit that somebody made before: one is looked up for each visit of the queue.
    "CREATE INDEX ix_record_author ON record (author_id, kind, on_date, id)",
    "CREATE INDEX ix_audit_head_county ON audit_head (county_code)",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_audit_head_county",
    "DROP INDEX ix_record_author",
    "DROP INDEX ix_record_state",
];
