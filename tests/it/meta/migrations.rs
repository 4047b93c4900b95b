//! The schema goes up, down, and up again, on both databases.

use sea_orm::{ConnectionTrait, Database};
use tepai_migrations::{Migrator, MigratorTrait};
use tepai_store::Store;
use tepai_tests::{World, on_both_databases};

on_both_databases!(
    every_step_goes_down_as_well_as_up_and_leaves_nothing_behind,
    photos_of_the_first_shape_come_to_the_same_schema,
    of_eight_migrations_at_once_one_applies_the_steps_and_all_succeed,
);

async fn tables(world: &World) -> Vec<String> {
    #[derive(sea_orm::FromQueryResult)]
    struct Row {
        name: String,
    }
    let sql = if world.url.starts_with("postgres") {
        "SELECT CAST(tablename AS TEXT) AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1"
    };
    let rows: Vec<Row> = world.fetch(sql, vec![]).await;
    rows.into_iter()
        .map(|row| row.name)
        .filter(|name| name != "seaql_migrations")
        .collect()
}

async fn every_step_goes_down_as_well_as_up_and_leaves_nothing_behind(world: World) {
    let connection = Database::connect(&world.url).await.unwrap();
    let before = tables(&world).await;
    assert!(before.contains(&"record".to_owned()), "{before:?}");
    let steps = u32::try_from(Migrator::migrations().len()).unwrap();
    for _ in 0..steps {
        Migrator::down(&connection, Some(1)).await.unwrap();
    }
    assert_eq!(tables(&world).await, Vec::<String>::new());
    Migrator::up(&connection, None).await.unwrap();
    assert_eq!(tables(&world).await, before);
    assert!(
        Migrator::get_pending_migrations(&connection)
            .await
            .unwrap()
            .is_empty()
    );
    // What came back can be written to, as before.
    world.found_county("990422").await;
    connection
        .execute_unprepared("DELETE FROM division")
        .await
        .unwrap();
}

/// Steps from the first up to the one that made photos.
const UP_TO_PHOTOS: usize = 5;

async fn photos_of_the_first_shape_come_to_the_same_schema(world: World) {
    let connection = Database::connect(&world.url).await.unwrap();
    let later = u32::try_from(Migrator::migrations().len() - UP_TO_PHOTOS).unwrap();
    Migrator::down(&connection, Some(later)).await.unwrap();
    let first_shape = "ALTER TABLE photo_file ADD COLUMN away_at BIGINT";
    connection.execute_unprepared(first_shape).await.unwrap();
    Migrator::up(&connection, None).await.unwrap();
    let gone = "SELECT away_at FROM photo_file";
    connection.execute_unprepared(gone).await.unwrap_err();
    let there = "SELECT object FROM photo_file";
    connection.execute_unprepared(there).await.unwrap();
}

/// The URL of a database on the same server, or in the same folder, that nobody has migrated.
async fn empty_database(world: &World) -> String {
    if !world.url.starts_with("postgres") {
        return world.url.replace("tepai.db", "empty.db");
    }
    let name = world.url.rsplit('/').next().unwrap();
    let create = format!("CREATE DATABASE {name}_empty TEMPLATE template0");
    world.database.execute_unprepared(&create).await.unwrap();
    format!("{}_empty", world.url)
}

async fn migrate(url: String) -> usize {
    let store = Store::connect(&url, 2).await.unwrap();
    let applied = store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
    store.close().await.unwrap();
    applied
}

async fn of_eight_migrations_at_once_one_applies_the_steps_and_all_succeed(world: World) {
    let url = empty_database(&world).await;
    let running: Vec<_> = (0..8).map(|_| tokio::spawn(migrate(url.clone()))).collect();
    let mut applied = Vec::new();
    for migration in running {
        applied.push(migration.await.unwrap());
    }
    applied.sort_unstable();
    let steps = Migrator::migrations().len();
    assert_eq!(applied, [0, 0, 0, 0, 0, 0, 0, steps]);
}
