//! Uploads say whether they have come to an end: who asks how many a device has begun looks at none of those that it has sent.

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
    // Its photo is kept, whoever sent it.
    "ALTER TABLE upload ADD COLUMN ended BOOLEAN NOT NULL DEFAULT FALSE",
    "UPDATE upload SET ended = TRUE WHERE EXISTS (SELECT 1 FROM photo_file f
        WHERE f.county_code = upload.county_code AND f.sha256 = upload.sha256 AND f.state = 'complete')",
    "DROP INDEX ix_upload_device",
    "CREATE INDEX ix_upload_begun ON upload (device_id) WHERE NOT ended",
];

const DOWN: &[&str] = &[
    "DROP INDEX ix_upload_begun",
    "CREATE INDEX ix_upload_device ON upload (device_id)",
    "ALTER TABLE upload DROP COLUMN ended",
];
