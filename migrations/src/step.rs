//! Runs the SQL of a step on either database.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseBackend;

/// On PostgreSQL texts are compared by the collation of the database unless a column says otherwise, and then a range of codes
/// such as `>= '421083' AND < '421083:'` may hold nothing. Each text column says it, so that both databases sort alike.
const BYTE_ORDER: &str = r#"DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT quote_ident(c.relname) AS name, quote_ident(a.attname) AS column_name
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'
        JOIN pg_collation o ON o.oid = a.attcollation AND o.collname <> 'C'
        WHERE c.relnamespace = current_schema()::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            AND a.atttypid = 'text'::regtype AND c.relname NOT LIKE 'seaql%'
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %s TYPE TEXT COLLATE "C"', one.name, one.column_name);
    END LOOP;
END $$"#;

/// Runs `statements` in order. `{clustered}` at the end of a table stores its rows in the primary key's
/// index, where the database offers it (SQLite); PostgreSQL has no such thing. `{bytes}` is the type of a file's content.
pub(crate) async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    let is_postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
    let (clustered, bytes) = if is_postgres {
        ("", "BYTEA")
    } else {
        ("WITHOUT ROWID", "BLOB")
    };
    for statement in statements {
        let sql = statement
            .replace("{clustered}", clustered)
            .replace("{bytes}", bytes);
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    if is_postgres {
        let connection = manager.get_connection();
        connection.execute_unprepared(BYTE_ORDER).await?;
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
