//! One-time links by which a served party says how a visit was.

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
        step::drop_tables(manager, &["feedback_link"]).await
    }
}

const UP: &[&str] = &[
    // Of the link itself nothing is kept but SHA-256 of its token. `source`: office_link, phone_link. `asked` counts the
    // requests since `asked_from`.
    "CREATE TABLE feedback_link (
        token_hash TEXT PRIMARY KEY,
        county_code TEXT NOT NULL,
        visit_id UUID NOT NULL,
        source TEXT NOT NULL,
        made_by UUID NOT NULL,
        made_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        used_at BIGINT,
        asked_from BIGINT NOT NULL DEFAULT 0,
        asked BIGINT NOT NULL DEFAULT 0
    ) {clustered}",
    "CREATE INDEX ix_feedback_link_visit ON feedback_link (visit_id)",
];
