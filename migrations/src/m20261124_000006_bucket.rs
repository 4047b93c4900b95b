//! Originals that moved to a bucket.

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
    // The name of the original in the bucket; none: it is in the directory.
    "ALTER TABLE photo_file ADD COLUMN object TEXT",
    "CREATE INDEX ix_photo_file_object ON photo_file (object) WHERE object IS NOT NULL",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_photo_file_object",
    "ALTER TABLE photo_file DROP COLUMN object",
];
