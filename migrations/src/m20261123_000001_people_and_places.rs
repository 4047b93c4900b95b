//! Divisions, villages, people, teams, assignments, devices, techniques, targets and settings.

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
    "installation",
    "county_setting",
    "division",
    "village_profile",
    "account",
    "session",
    "commissioner",
    "team",
    "team_member",
    "assignment",
    "enrolment_code",
    "device",
    "technique",
    "target",
];

const UP: &[&str] = &[
    // One row: the life of this database. A restore from a backup writes a new epoch.
    "CREATE TABLE installation (
        id INTEGER PRIMARY KEY,
        epoch UUID NOT NULL,
        created_at BIGINT NOT NULL
    )",
    // A setting holds from a local date on, so that last year's report keeps last year's rule.
    "CREATE TABLE county_setting (
        county_code TEXT NOT NULL,
        name TEXT NOT NULL,
        valid_from TEXT NOT NULL,
        value_json TEXT NOT NULL,
        PRIMARY KEY (county_code, name, valid_from)
    )",
    "CREATE TABLE division (
        code TEXT PRIMARY KEY,
        level TEXT NOT NULL,
        name TEXT NOT NULL,
        parent_code TEXT,
        county_code TEXT NOT NULL,
        kind TEXT NOT NULL,
        valid_from TEXT,
        valid_to TEXT,
        merged_into TEXT
    )",
    "CREATE INDEX ix_division_county ON division (county_code, level, code)",
    "CREATE TABLE village_profile (
        village_code TEXT PRIMARY KEY,
        county_code TEXT NOT NULL,
        households BIGINT,
        population BIGINT,
        lead_industries TEXT,
        lead_product TEXT,
        tech_need TEXT,
        contact_role TEXT,
        ref_lat DOUBLE PRECISION,
        ref_lon DOUBLE PRECISION,
        ref_datum TEXT,
        ref_wgs84_lat DOUBLE PRECISION,
        ref_wgs84_lon DOUBLE PRECISION,
        as_of TEXT
    )",
    "CREATE INDEX ix_village_profile_county ON village_profile (county_code)",
    "CREATE TABLE account (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        login TEXT NOT NULL UNIQUE,
        display_name TEXT NOT NULL,
        role TEXT NOT NULL,
        township_code TEXT,
        password_hash TEXT,
        must_change_password BOOLEAN NOT NULL DEFAULT FALSE,
        failed_attempts BIGINT NOT NULL DEFAULT 0,
        locked_until BIGINT,
        disabled_at BIGINT,
        created_at BIGINT NOT NULL
    )",
    "CREATE INDEX ix_account_county ON account (county_code, role)",
    "CREATE TABLE session (
        token_hash TEXT PRIMARY KEY,
        account_id UUID NOT NULL,
        created_at BIGINT NOT NULL,
        last_seen_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX ix_session_account ON session (account_id)",
    "CREATE TABLE commissioner (
        account_id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        staff_no TEXT NOT NULL,
        kind TEXT NOT NULL,
        dispatch_unit TEXT,
        title TEXT,
        specialty TEXT,
        industries TEXT,
        service_mode TEXT,
        term_from TEXT,
        term_to TEXT,
        UNIQUE (county_code, staff_no)
    )",
    "CREATE TABLE team (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        team_no TEXT NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (county_code, team_no)
    )",
    "CREATE TABLE team_member (
        team_id UUID NOT NULL,
        commissioner_id UUID NOT NULL,
        is_leader BOOLEAN NOT NULL DEFAULT FALSE,
        PRIMARY KEY (team_id, commissioner_id)
    )",
    "CREATE TABLE assignment (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        village_code TEXT NOT NULL,
        commissioner_id UUID NOT NULL,
        from_on TEXT NOT NULL,
        to_on TEXT,
        UNIQUE (village_code, commissioner_id, from_on)
    )",
    "CREATE INDEX ix_assignment_commissioner ON assignment (commissioner_id)",
    "CREATE INDEX ix_assignment_county ON assignment (county_code)",
    "CREATE TABLE enrolment_code (
        code_hash TEXT PRIMARY KEY,
        account_id UUID NOT NULL,
        created_by UUID,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        used_at BIGINT
    )",
    "CREATE TABLE device (
        id UUID PRIMARY KEY,
        account_id UUID NOT NULL,
        county_code TEXT NOT NULL,
        name TEXT NOT NULL,
        token_hash TEXT NOT NULL UNIQUE,
        generation UUID,
        ticket TEXT,
        previous_ticket TEXT,
        enrolled_at BIGINT NOT NULL,
        revoked_at BIGINT,
        last_sync_at BIGINT,
        last_push_at BIGINT,
        clock_offset_ms BIGINT,
        app_version TEXT,
        waiting_json TEXT
    )",
    "CREATE INDEX ix_device_account ON device (account_id)",
    "CREATE INDEX ix_device_county ON device (county_code)",
    "CREATE TABLE technique (
        county_code TEXT NOT NULL,
        code TEXT NOT NULL,
        name_zh TEXT NOT NULL,
        name_en TEXT,
        industry TEXT NOT NULL,
        group_name TEXT,
        unit TEXT,
        years TEXT,
        is_active BOOLEAN NOT NULL DEFAULT TRUE,
        PRIMARY KEY (county_code, code)
    )",
    "CREATE TABLE target (
        id UUID PRIMARY KEY,
        county_code TEXT NOT NULL,
        subject TEXT NOT NULL,
        measure TEXT NOT NULL,
        from_on TEXT NOT NULL,
        to_on TEXT NOT NULL,
        value BIGINT NOT NULL,
        UNIQUE (county_code, subject, measure, from_on, to_on)
    )",
];
