//! Assessment: score plans, and score runs with what people said in them and what they were frozen as.

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
        let tables = ["score_sheet", "score_entry", "score_run", "score_plan"];
        step::drop_tables(manager, &tables).await
    }
}

const UP: &[&str] = &[
    // A version is never changed; `text` is the file as it was given.
    "CREATE TABLE score_plan (
        county_code TEXT NOT NULL,
        code TEXT NOT NULL,
        version TEXT NOT NULL,
        text TEXT NOT NULL,
        added_by UUID NOT NULL,
        added_at BIGINT NOT NULL,
        PRIMARY KEY (county_code, code, version)
    ) {clustered}",
    // `plan` is the text of the plan's version. `rev` counts what was said; a frozen run has `frozen_at`.
    "CREATE TABLE score_run (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        plan TEXT NOT NULL,
        subject_kind TEXT NOT NULL,
        from_on TEXT NOT NULL,
        to_on TEXT NOT NULL,
        rev BIGINT NOT NULL,
        created_by UUID NOT NULL,
        created_at BIGINT NOT NULL,
        frozen_by UUID,
        frozen_at BIGINT
    )",
    "CREATE INDEX ix_score_run_county ON score_run (county_code, created_at, id)",
    // `heading`: figure, self, assessed, final. `code` is a measure's for a figure, and else a rule's.
    "CREATE TABLE score_entry (
        run_id UUID NOT NULL,
        subject TEXT NOT NULL,
        heading TEXT NOT NULL,
        code TEXT NOT NULL,
        value TEXT NOT NULL,
        note TEXT,
        said_by UUID NOT NULL,
        said_at BIGINT NOT NULL,
        PRIMARY KEY (run_id, subject, heading, code)
    ) {clustered}",
    // What a subject of a frozen run came to, with all that it was made from; `digest` is SHA-256 of the document.
    "CREATE TABLE score_sheet (
        run_id UUID NOT NULL,
        subject TEXT NOT NULL,
        document TEXT NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (run_id, subject)
    ) {clustered}",
];
