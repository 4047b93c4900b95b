//! Reports that can be printed again: what went out by its number, the records that a closing counted, and what the office made of
//! a refused mutation before it applied. Cells tell their last visit, and texts are compared byte by byte.

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
    // Last local day of an approved visit of the cell; none if there is no such visit. It is folded with the facts.
    "ALTER TABLE summary_cell ADD COLUMN last_visit_on TEXT",
    // The layout of the facts; zero for those from before this step, which are folded anew.
    "ALTER TABLE summary_cell ADD COLUMN layout INTEGER NOT NULL DEFAULT 0",
    // All that coverage asks of the months before, so that it reads no facts.
    "CREATE INDEX ix_summary_cell_last ON summary_cell
        (village_code, month, version, folded_version, layout, last_visit_on)",
    // The records that were counted: by kind their ids, revisions and dates; none for closings from before this step.
    "ALTER TABLE closing ADD COLUMN records TEXT",
    // The mutation as the office changed it before it applied; `payload_json` stays as it came.
    "ALTER TABLE dead_letter ADD COLUMN edited_json TEXT",
    // Files that went out. `number` counts within a county and a year; `content` is null once it is kept no longer.
    "CREATE TABLE report_file (
        county_code TEXT NOT NULL,
        year INTEGER NOT NULL,
        number INTEGER NOT NULL,
        division_code TEXT NOT NULL,
        from_on TEXT NOT NULL,
        to_on TEXT NOT NULL,
        format TEXT NOT NULL,
        name TEXT NOT NULL,
        table_rows BIGINT NOT NULL,
        made_at BIGINT NOT NULL,
        made_by UUID,
        digest TEXT NOT NULL,
        content {bytes},
        PRIMARY KEY (county_code, year, number)
    )",
];

const DOWN: &[&str] = &[
    "DROP TABLE report_file",
    "ALTER TABLE dead_letter DROP COLUMN edited_json",
    "ALTER TABLE closing DROP COLUMN records",
    "DROP INDEX ix_summary_cell_last",
    "ALTER TABLE summary_cell DROP COLUMN layout",
    "ALTER TABLE summary_cell DROP COLUMN last_visit_on",
];
