//! Records, their feeds by scope, the results of mutations, the dead letter and reviews.

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
        step::drop_tables(manager, TABLES).await
    }
}

const TABLES: &[&str] = &[
    "record",
    "scope",
    "membership",
    "mutation_result",
    "dead_letter",
    "review",
];

const UP: &[&str] = &[
    // Fields, unknown fields and stamps are JSON texts that the server validated; the columns beside them
    // are what queries ask for. `on_date` is the local date by which a record falls into a period.
    "CREATE TABLE record (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        kind TEXT NOT NULL,
        village_code TEXT,
        author_id UUID NOT NULL,
        rev BIGINT NOT NULL,
        deleted BOOLEAN NOT NULL,
        held TEXT,
        parent_id UUID,
        adoption_id UUID,
        on_date TEXT,
        state TEXT,
        fields TEXT NOT NULL,
        ext TEXT,
        stamps TEXT NOT NULL,
        received_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX ix_record_village ON record (village_code, kind, on_date)",
    "CREATE INDEX ix_record_county ON record (county_code, kind, on_date, id)",
    "CREATE INDEX ix_record_parent ON record (parent_id) WHERE parent_id IS NOT NULL",
    "CREATE INDEX ix_record_adoption ON record (adoption_id) WHERE adoption_id IS NOT NULL",
    // `seq` counts the changes of the scope; its row is locked for as long as a transaction writes into the scope,
    // so that the order of seq is the order of commits.
    "CREATE TABLE scope (
        id TEXT PRIMARY KEY,
        seq BIGINT NOT NULL,
        floor_seq BIGINT NOT NULL,
        live_count BIGINT NOT NULL,
        sum32 BIGINT NOT NULL
    ) {clustered}",
    // The feed: one row a record and scope, at the seq of its last change. State: 1 live, 2 left, 3 deleted.
    "CREATE TABLE membership (
        scope_id TEXT NOT NULL,
        record_id UUID NOT NULL,
        seq BIGINT NOT NULL,
        state INTEGER NOT NULL,
        rev BIGINT NOT NULL,
        kind TEXT NOT NULL,
        PRIMARY KEY (scope_id, record_id),
        UNIQUE (scope_id, seq)
    ) {clustered}",
    "CREATE TABLE mutation_result (
        mid UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        device_id UUID NOT NULL,
        content_hash TEXT NOT NULL,
        result_json TEXT NOT NULL,
        received_at BIGINT NOT NULL
    ) {clustered}",
    "CREATE TABLE dead_letter (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        mid UUID,
        device_id UUID NOT NULL,
        person_id UUID NOT NULL,
        village_code TEXT,
        code TEXT NOT NULL,
        problem_json TEXT NOT NULL,
        payload_json TEXT NOT NULL,
        received_at BIGINT NOT NULL,
        resolved_at BIGINT,
        resolution TEXT
    )",
    "CREATE INDEX ix_dead_letter_county ON dead_letter (county_code, resolved_at)",
    "CREATE TABLE review (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        record_id UUID NOT NULL,
        rev BIGINT NOT NULL,
        step TEXT NOT NULL,
        decision TEXT NOT NULL,
        reason TEXT,
        field TEXT,
        comment TEXT,
        due_on TEXT,
        reviewer_id UUID NOT NULL,
        reviewed_at BIGINT NOT NULL
    )",
    "CREATE INDEX ix_review_record ON review (record_id, reviewed_at)",
];
