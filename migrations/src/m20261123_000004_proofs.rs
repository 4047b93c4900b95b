//! What proves that nothing was lost or altered: the last mutation of each database, digests of records, lost devices.

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
    // The highest `n` that the present database of the device has pushed.
    "ALTER TABLE device ADD COLUMN last_n BIGINT",
    // When the office reported the device lost, and when it said that it had deleted what it held.
    "ALTER TABLE device ADD COLUMN lost_at BIGINT",
    "ALTER TABLE device ADD COLUMN wiped_at BIGINT",
    // Of the record's content as it was last written; null for records from before this step.
    "ALTER TABLE record ADD COLUMN digest TEXT",
    "CREATE INDEX ix_dead_letter_device ON dead_letter (device_id) WHERE resolved_at IS NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_dead_letter_device",
    "ALTER TABLE record DROP COLUMN digest",
    "ALTER TABLE device DROP COLUMN wiped_at",
    "ALTER TABLE device DROP COLUMN lost_at",
    "ALTER TABLE device DROP COLUMN last_n",
];
