//! Webhooks: endpoints of a county, the outbox of events with one delivery an endpoint, and what was told already.

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
        let tables = [
            "webhook_endpoint",
            "webhook_event",
            "webhook_delivery",
            "webhook_mark",
        ];
        step::drop_tables(manager, &tables).await
    }
}

const UP: &[&str] = &[
    // A secret follows from its salt and the secret of the installation; the one before is still signed with until
    // `old_salt_until`. `events` is a list of types in JSON; `off_because`: office, gone.
    "CREATE TABLE webhook_endpoint (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        name TEXT NOT NULL,
        url TEXT NOT NULL,
        events TEXT NOT NULL,
        salt TEXT NOT NULL,
        old_salt TEXT,
        old_salt_until BIGINT,
        off_because TEXT,
        created_by UUID NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX ix_webhook_endpoint_county ON webhook_endpoint (county_code, created_at, id)",
    // Written in the transaction of what it tells; never changed.
    "CREATE TABLE webhook_event (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        type TEXT NOT NULL,
        data TEXT NOT NULL,
        at BIGINT NOT NULL
    ) {clustered}",
    "CREATE INDEX ix_webhook_event_at ON webhook_event (at)",
    // `state`: waiting, delivered, failed. While a process sends it, `claim` is its own and `due_at` lies behind the longest
    // time that sending takes: whoever dies on the way leaves it to the next.
    "CREATE TABLE webhook_delivery (
        id UUID PRIMARY KEY,
        event_id UUID NOT NULL,
        endpoint_id UUID NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_at BIGINT NOT NULL,
        claim UUID,
        last_status INTEGER,
        last_problem TEXT,
        created_at BIGINT NOT NULL,
        done_at BIGINT
    )",
    "CREATE INDEX ix_webhook_delivery_due ON webhook_delivery (due_at) WHERE state = 'waiting'",
    "CREATE INDEX ix_webhook_delivery_endpoint ON webhook_delivery (endpoint_id, created_at, id)",
    "CREATE INDEX ix_webhook_delivery_event ON webhook_delivery (event_id)",
    // What a county was told of a subject last. `version` counts what has happened to it, `seen` how far that was looked at.
    "CREATE TABLE webhook_mark (
        county_code TEXT NOT NULL,
        subject TEXT NOT NULL,
        told TEXT NOT NULL,
        version BIGINT NOT NULL,
        seen BIGINT NOT NULL,
        PRIMARY KEY (county_code, subject)
    ) {clustered}",
];
