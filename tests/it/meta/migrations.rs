//! The schema goes up, down, and up again, on both databases.

use sea_orm::{ConnectionTrait, Database};
use tepai_migrations::{Migrator, MigratorTrait};
use tepai_tests::{World, on_both_databases};

on_both_databases!(
    every_step_goes_down_as_well_as_up_and_leaves_nothing_behind,
    photos_of_the_first_shape_come_to_the_same_schema,
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
