//! Cells of the summaries: what one village contributes in one month.

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
        step::drop_tables(manager, &["summary_cell"]).await
    }
}

const UP: &[&str] = &[
    // A write raises `version`; whoever folds the cell writes `facts` and the `folded_version` it saw.
    // The two differ as long as the facts are stale. `month` is year × 100 + month.
    "CREATE TABLE summary_cell (
        village_code TEXT NOT NULL,
        month INTEGER NOT NULL,
        county_code TEXT NOT NULL,
        version BIGINT NOT NULL,
        folded_version BIGINT NOT NULL,
        facts TEXT NOT NULL,
        PRIMARY KEY (village_code, month)
    ) {clustered}",
    "CREATE INDEX ix_summary_cell_county ON summary_cell (county_code, month)",
    "CREATE INDEX ix_summary_cell_stale ON summary_cell (county_code) WHERE version <> folded_version",
];
