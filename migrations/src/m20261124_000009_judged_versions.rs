//! What each review judged: the version of the visit that the reviewer saw, beside the ones after it.

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
    // The fields of the visit as JSON; none for reviews from before this step.
    "ALTER TABLE review ADD COLUMN judged TEXT",
];

const DOWN: &[&str] = &["ALTER TABLE review DROP COLUMN judged"];
