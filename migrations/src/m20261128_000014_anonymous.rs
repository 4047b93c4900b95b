//! How a name that was taken out for good is known again, where a phone sends it a second time.

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
        step::drop_tables(manager, &["anonymous_text"]).await
    }
}

const UP: &[&str] = &[
    // Of each text its length in letters and HMAC-SHA-256 under the installation's secret. `record_id` is the beneficiary, and
    // each record that held the text.
    "CREATE TABLE anonymous_text (
        record_id UUID NOT NULL,
        chars BIGINT NOT NULL,
        digest TEXT NOT NULL,
        county_code TEXT NOT NULL,
        PRIMARY KEY (record_id, chars, digest)
    ) {clustered}",
];
