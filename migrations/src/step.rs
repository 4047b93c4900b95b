//! Runs the SQL of a step on either database.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

/// Runs `statements` in order. `{clustered}` at the end of a table stores its rows in the primary key's
/// index, where the database offers it (SQLite); PostgreSQL has no such thing.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let clustered = match manager.get_database_backend() {
        DatabaseBackend::Sqlite => "WITHOUT ROWID",
        _ => "",
    };
    for statement in statements {
        let sql = statement.replace("{clustered}", clustered);
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}

/// Drops `tables`, last made first.
pub(crate) async fn drop_tables(manager: &SchemaManager<'_>, tables: &[&str]) -> Result<(), DbErr> {
    for table in tables.iter().rev() {
        manager
            .get_connection()
            .execute_unprepared(&format!("DROP TABLE {table}"))
            .await?;
    }
    Ok(())
}
