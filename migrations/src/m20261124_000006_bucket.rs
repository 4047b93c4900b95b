//! Originals that moved to a bucket.

use crate::step;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // A first shape of the step before had it, and nothing ever wrote it.
        if manager.has_column("photo_file", "away_at").await? {
            step::run(manager, &["ALTER TABLE photo_file DROP COLUMN away_at"]).await?;
        }
        step::run(manager, UP).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        step::run(manager, DOWN).await
    }
}

const UP: &[&str] = &[
    // The name of the original in the bucket; none: it is in the directory.
    "ALTER TABLE photo_file ADD COLUMN object TEXT",
    "CREATE INDEX ix_photo_file_object ON photo_file (object) WHERE object IS NOT NULL",
    // Those that wait for the bucket are looked up every half minute.
    "CREATE INDEX ix_photo_file_here ON photo_file (county_code, sha256) WHERE state = 'complete' AND object IS NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_photo_file_here",
    "DROP INDEX ix_photo_file_object",
    "ALTER TABLE photo_file DROP COLUMN object",
];
