//! The power fails twenty times under load, on a file system that forgets what was not synced. What phones were told is
//! there; the same disk forgets what a writer at `synchronous=NORMAL` was told.
//!
//! It finds missing syncs. It imitates no disk that lies about a flush, or that writes half a sector.

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tepai_server::app::fold_cells;
use tepai_tests::database::TestDatabase;
use tepai_tests::load::{Audit, Crew, Manner, county};
use tepai_tests::power::Disk;
use tepai_tests::process::ServerProcess;
use tepai_tests::simulation::dice::Dice;
use tepai_tests::simulation::judge::{Evidence, weigh};
use tepai_tests::{World, report};
use tokio::sync::watch;
use tokio::task::block_in_place;

const CUTS: usize = 20;
const WRITER_CUTS: usize = 6;
/// A writer is told of so many commits before the power fails.
const WRITER_COMMITS: i64 = 200;
const SEED: u64 = 20_261_124;

async fn integrity(url: &str) -> String {
    let connection = Database::connect(url).await.unwrap();
    let sql = "PRAGMA integrity_check";
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let row = connection.query_one_raw(statement).await.unwrap().unwrap();
    connection.close().await.unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_twenty_power_cuts_under_load_nothing_acknowledged_is_lost() {
    let Some(disk) = Disk::create() else { return };
    let mut dice = Dice::new(SEED);
    let folder = disk.path();
    let mut world = World::start_over(TestDatabase::sqlite_in(&folder).await).await;
    let crew = Crew::gather(&world, SEED, Manner::AsItIs).await;
    let assigned = crew.assigned.clone();
    world.let_go().await;
    let (url, mut cut, mut untold) = (world.url.clone(), 0, 0);
    let mut last = Audit::default();
    let mut server = block_in_place(|| ServerProcess::start_silent(&url, &folder));
    for life in 0..CUTS {
        crew.come_up(life, &server.base);
        crew.hear(1 + dice.below(150)).await;
        crew.note_end(life);
        block_in_place(|| {
            disk.cut();
            server.kill();
        });
        crew.go_down().await;
        server = block_in_place(|| {
            disk.restore();
            ServerProcess::start_silent(&url, &folder)
        });
        last = crew.audit(&url, life).await;
        assert!(last.lost.is_empty(), "lost: {:?}", last.lost);
        assert_eq!(last.torn, 0, "a request was written by half");
        assert_eq!(integrity(&url).await, "ok");
        (cut, untold) = (cut + last.cut, untold + last.written_untold);
    }
    let failing = crew.failing();
    let rested = crew.rest(CUTS, &server.base).await;
    server.kill();

    world.take_up().await;
    while fold_cells::fold_stale(&world.app, 100).await.unwrap() > 0 {}
    assert!(rested.problems.is_empty(), "{:?}", rested.problems);
    let told = rested.log.told.len();
    let judged = weigh(Evidence {
        world: &world,
        county: &county(),
        log: rested.log,
        players: &rested.players,
        assigned: &assigned,
        seen: &BTreeMap::new(),
    })
    .await;
    world.let_go().await;
    let mut counts = judged.counts.of;
    counts.insert("power cuts".to_owned(), CUTS);
    counts.insert(
        "acknowledged before the last cut".to_owned(),
        last.acknowledged,
    );
    counts.insert("mutations told".to_owned(), told);
    counts.insert("requests cut".to_owned(), cut);
    counts.insert("requests written, and nobody told".to_owned(), untold);
    for (answer, count) in failing {
        counts.insert(
            format!("answers of a server without a disk: {answer}"),
            count,
        );
    }
    report::tell("what twenty power cuts came to:", &counts);
    assert!(judged.violations.is_empty(), "{:#?}", judged.violations);
}

/// Whoever commits rows one by one, and tells each number after its commit.
async fn write(connection: DatabaseConnection, from: i64, told: watch::Sender<i64>) {
    for number in from.. {
        let sql = format!("INSERT INTO row (number) VALUES ({number})");
        let written: Result<_, DbErr> = connection.execute_unprepared(&sql).await;
        if written.is_err() {
            break;
        }
        told.send_replace(number);
    }
    // The disk is gone; so is whatever closing would write.
    let _ = connection.close().await;
}

async fn open(folder: &Path, synchronous: SqliteSynchronous) -> DatabaseConnection {
    let url = format!("sqlite://{}/rows.db", folder.display());
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .map_sqlx_sqlite_opts(move |options| {
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
        });
    Database::connect(options).await.unwrap()
}

/// Cuts the power of a writer some times; returns how many commits it was told of, and how many are gone.
async fn writer(disk: &Disk, synchronous: SqliteSynchronous) -> [i64; 2] {
    let folder = disk.path();
    let connection = open(&folder, synchronous).await;
    let sql = "CREATE TABLE row (number INTEGER PRIMARY KEY)";
    connection.execute_unprepared(sql).await.unwrap();
    // A checkpoint, so that the table itself survives.
    connection.close().await.unwrap();
    let [mut acknowledged, mut gone, mut from] = [0, 0, 1];
    for _ in 0..WRITER_CUTS {
        let (told, mut heard) = watch::channel(from - 1);
        let connection = open(&folder, synchronous).await;
        let writing = tokio::spawn(write(connection, from, told));
        let enough = heard.wait_for(|number| *number >= from + WRITER_COMMITS);
        let enough = tokio::time::timeout(Duration::from_mins(1), enough).await;
        enough.expect("the writer gets on").unwrap();
        block_in_place(|| disk.cut());
        writing.await.unwrap();
        let last = *heard.borrow();
        block_in_place(|| disk.restore());
        let connection = open(&folder, synchronous).await;
        let sql =
            format!("SELECT COUNT(*) AS number FROM row WHERE number BETWEEN {from} AND {last}");
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        let found: i64 = row.try_get("", "number").unwrap();
        connection.close().await.unwrap();
        acknowledged += last - from + 1;
        gone += last - from + 1 - found;
        from = last + 2;
    }
    [acknowledged, gone]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_power_cuts_a_writer_at_normal_loses_commits_and_one_at_full_none() {
    for (synchronous, loses) in [
        (SqliteSynchronous::Full, false),
        (SqliteSynchronous::Normal, true),
    ] {
        let Some(disk) = Disk::create() else { return };
        let [acknowledged, lost] = writer(&disk, synchronous).await;
        let counts = [("commits told", acknowledged), ("commits lost", lost)];
        let counts = counts.map(|(name, count)| (name.to_owned(), count));
        let title = format!("what power cuts took from a writer at {synchronous:?}:");
        report::tell(&title, &BTreeMap::from(counts));
        assert_eq!(lost > 0, loses, "{synchronous:?}: {lost} of {acknowledged}");
    }
}
