//! The bytes of photos: what is known of them, and uploads on their way.

use crate::step;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        step::run(manager, UP).await?;
        step::run(manager, &[fill_sha256(manager)]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        step::run(manager, DOWN).await
    }
}

fn fill_sha256(manager: &SchemaManager) -> &'static str {
    match manager.get_database_backend() {
        DatabaseBackend::Sqlite => {
            "UPDATE record SET sha256 = json_extract(fields, '$.sha256') WHERE kind = 'photo'"
        }
        _ => "UPDATE record SET sha256 = fields::json ->> 'sha256' WHERE kind = 'photo'",
    }
}

const UP: &[&str] = &[
    // Of photo records alone.
    "ALTER TABLE record ADD COLUMN sha256 TEXT",
    "CREATE INDEX ix_record_sha256 ON record (county_code, sha256) WHERE sha256 IS NOT NULL",
    // One row for each content that was announced or has arrived. `state`: announced, complete, rejected, removed.
    // `problem` is the code for which it was rejected, `reason` why it was removed. `taken_local`, `taken_offset_min`,
    // place and camera are what the file says of itself (EXIF): evidence, not truth.
    "CREATE TABLE photo_file (
        county_code TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        state TEXT NOT NULL,
        size_bytes BIGINT,
        media_type TEXT,
        problem TEXT,
        reason TEXT,
        device_id UUID,
        person_id UUID,
        received_at BIGINT,
        prepared_at BIGINT,
        attempts BIGINT NOT NULL,
        width_px BIGINT,
        height_px BIGINT,
        likeness BIGINT,
        likeness_fine TEXT,
        band_0 BIGINT,
        band_1 BIGINT,
        band_2 BIGINT,
        band_3 BIGINT,
        taken_local TEXT,
        taken_offset_min BIGINT,
        latitude DOUBLE PRECISION,
        longitude DOUBLE PRECISION,
        camera TEXT,
        PRIMARY KEY (county_code, sha256)
    ) {clustered}",
    "CREATE INDEX ix_photo_file_waiting ON photo_file (received_at) WHERE state = 'complete' AND prepared_at IS NULL",
    // Pictures that look alike have one of these in common.
    "CREATE INDEX ix_photo_file_band_0 ON photo_file (county_code, band_0) WHERE band_0 IS NOT NULL",
    "CREATE INDEX ix_photo_file_band_1 ON photo_file (county_code, band_1) WHERE band_1 IS NOT NULL",
    "CREATE INDEX ix_photo_file_band_2 ON photo_file (county_code, band_2) WHERE band_2 IS NOT NULL",
    "CREATE INDEX ix_photo_file_band_3 ON photo_file (county_code, band_3) WHERE band_3 IS NOT NULL",
    "CREATE TABLE upload (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        device_id UUID NOT NULL,
        person_id UUID NOT NULL,
        sha256 TEXT NOT NULL,
        size_bytes BIGINT NOT NULL,
        media_type TEXT NOT NULL,
        metadata TEXT,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    ) {clustered}",
    "CREATE INDEX ix_upload_device ON upload (device_id)",
    "CREATE INDEX ix_upload_sha256 ON upload (county_code, sha256)",
];

const DOWN: &[&str] = &[
    "DROP TABLE upload",
    "DROP TABLE photo_file",
    "DROP INDEX ix_record_sha256",
    "ALTER TABLE record DROP COLUMN sha256",
];
