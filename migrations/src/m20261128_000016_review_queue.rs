//! An index of records by the state of their review: what waits is found without reading what does not.

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
];

const DOWN: &[&str] = &["DROP INDEX ix_record_state"];
