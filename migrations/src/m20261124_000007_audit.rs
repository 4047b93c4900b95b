//! The audit trail.

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
        step::drop_tables(manager, &["audit", "audit_head"]).await
    }
}

const UP: &[&str] = &[
    // Rows are only ever added. `chain` is the county's code, and for what a phone did the device's id behind it.
    // `hash` is SHA-256 over the hash of the row before and all of this row. `doer_kind`: person, device, operator, server.
    "CREATE TABLE audit (
        chain TEXT NOT NULL,
        seq BIGINT NOT NULL,
        county_code TEXT NOT NULL,
        at BIGINT NOT NULL,
        doer_kind TEXT NOT NULL,
        doer_id UUID,
        act TEXT NOT NULL,
        object TEXT NOT NULL,
        detail TEXT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (chain, seq)
    ) {clustered}",
    "CREATE INDEX ix_audit_county ON audit (county_code, at, chain, seq)",
    "CREATE INDEX ix_audit_object ON audit (county_code, object)",
    // The end of each chain. Its row is locked by whoever adds.
    "CREATE TABLE audit_head (
        chain TEXT PRIMARY KEY,
        county_code TEXT NOT NULL,
        seq BIGINT NOT NULL,
        hash TEXT NOT NULL
    ) {clustered}",
];
