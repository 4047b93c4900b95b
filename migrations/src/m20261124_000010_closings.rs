//! Months that a county closed, with the report as it was then.

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
        step::drop_tables(manager, &["closing"]).await
    }
}

const UP: &[&str] = &[
    // Rows are only ever added: a month that is closed again has another one. `digest` is SHA-256 of the report.
    "CREATE TABLE closing (
        county_code TEXT NOT NULL,
        month TEXT NOT NULL,
        closed_at BIGINT NOT NULL,
        closed_by UUID NOT NULL,
        report TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (county_code, month, closed_at)
    ) {clustered}",
];
