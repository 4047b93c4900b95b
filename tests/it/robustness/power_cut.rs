//! The power fails twenty times under load, on a file system that forgets what was not synced. What phones were told is
//! there; the same disk forgets what a writer was told that does not wait for its commits.
//!
//! It finds missing syncs. It imitates no disk that lies about a flush, or that writes half a sector.

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use tepai_app::summaries::cells;
use tepai_tests::database::TestDatabase;
use tepai_tests::load::{Audit, Crew, Manner, county};
use tepai_tests::power::{Cluster, Disk};
use tepai_tests::process::ServerProcess;
use tepai_tests::simulation::dice::Dice;
use tepai_tests::simulation::judge::{Evidence, weigh};
use tepai_tests::{Backend, World, report};
use tokio::sync::watch;
use tokio::task::block_in_place;

const CUTS: usize = 20;
/// So many requests must meet a cut, or the test has not tried hard enough.
const STRIKES: usize = 10;
const WRITER_CUTS: usize = 4;
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

/// What the power feeds: a disk, and a database server that has its files there.
pub(crate) struct House<'d> {
    pub(crate) disk: &'d Disk,
    pub(crate) cluster: Option<Cluster>,
    pub(crate) data: PathBuf,
}

impl<'d> House<'d> {
    /// A house without a database server: `SQLite` is a file on the disk. With the world in it.
    pub(crate) async fn of_sqlite(disk: &'d Disk) -> (Self, World) {
        let data = disk.path();
        let world = World::start_over(TestDatabase::sqlite_in(&data).await).await;
        let house = Self {
            disk,
            cluster: None,
            data,
        };
        (house, world)
    }

    /// A house with a `PostgreSQL` whose files are on the disk, where there is one. With the world in it.
    pub(crate) async fn of_postgres(disk: &'d Disk) -> Option<(Self, World)> {
        let cluster = Cluster::create(disk)?;
        let world = World::start_over(TestDatabase::postgres_at(&cluster.url).await).await;
        let house = Self {
            disk,
            cluster: Some(cluster),
            data: disk.path(),
        };
        Some((house, world))
    }

    /// The power fails for everything in it. A machine without power tells nobody anything, so the server falls silent
    /// before its disk does: a sync that waits while the file system is shut down may come back as if it had succeeded.
    pub(crate) fn power_fails(&self, server: Option<ServerProcess>) {
        if let Some(server) = &server {
            server.freeze();
        }
        self.disk.cut();
        drop(server);
        if let Some(cluster) = &self.cluster {
            cluster.kill();
        }
    }

    pub(crate) fn power_returns(&mut self) {
        self.disk.restore();
        if let Some(cluster) = &mut self.cluster {
            cluster.restart();
        }
    }
}

/// Cuts the power under load again and again, and looks for what phones were told.
async fn survive(mut house: House<'_>, mut world: World) {
    let mut dice = Dice::new(SEED);
    let crew = Crew::gather(&world, SEED, Manner::AsItIs).await;
    let assigned = crew.assigned.clone();
    world.disconnect().await;
    house.disk.sync();
    let (url, mut cut, mut untold) = (world.url.clone(), 0, 0);
    let mut last = Audit::default();
    let mut server = block_in_place(|| ServerProcess::start_silent(&url, &house.data));
    for life in 0..CUTS {
        crew.come_up(life, &server.base);
        crew.hear(1 + dice.below(150)).await;
        crew.note_end(life);
        block_in_place(|| house.power_fails(Some(server)));
        crew.go_down().await;
        server = block_in_place(|| {
            house.power_returns();
            ServerProcess::start_silent(&url, &house.data)
        });
        last = crew.audit(&url, life).await;
        assert!(last.lost.is_empty(), "lost: {:?}", last.lost);
        assert_eq!(last.torn, 0, "a request was written by half");
        if house.cluster.is_none() {
            assert_eq!(integrity(&url).await, "ok");
        }
        (cut, untold) = (cut + last.cut, untold + last.written_untold);
    }
    let failing = crew.failing();
    let rested = crew.rest(CUTS, &server.base).await;
    server.kill();

    world.reconnect().await;
    while cells::fold_stale(&world.app, 100).await.unwrap() > 0 {}
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
    world.disconnect().await;
    let mut counts = judged.counts.of;
    for (name, count) in [
        ("power cuts", CUTS),
        ("acknowledged before the last cut", last.acknowledged),
        ("mutations told", told),
        ("requests cut", cut),
        ("requests written, and nobody told", untold),
        ("answers that refused", failing.values().sum()),
    ] {
        counts.insert(name.to_owned(), count);
    }
    report::tell("what twenty power cuts came to:", &counts);
    assert!(judged.violations.is_empty(), "{:#?}", judged.violations);
    let struck = cut + failing.values().sum::<usize>();
    assert!(struck >= STRIKES, "only {struck} requests met a power cut");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_twenty_power_cuts_under_load_nothing_acknowledged_is_lost_on_sqlite() {
    let Some(disk) = Disk::create() else { return };
    let (house, world) = House::of_sqlite(&disk).await;
    survive(house, world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_twenty_power_cuts_under_load_nothing_acknowledged_is_lost_on_postgres() {
    let Some(disk) = Disk::create() else { return };
    if let Some((house, world)) = House::of_postgres(&disk).await {
        survive(house, world).await;
    }
}

/// Whoever commits rows one by one, and tells each number after its commit.
async fn write(connection: DatabaseConnection, from: i64, told: watch::Sender<i64>) {
    for number in from.. {
        let sql = format!("INSERT INTO line (number) VALUES ({number})");
        let written: Result<_, DbErr> = connection.execute_unprepared(&sql).await;
        if written.is_err() {
            break;
        }
        told.send_replace(number);
    }
    // There is nothing left to close well.
    let _ = connection.close().await;
}

/// How long a commit of the writer waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Commit {
    /// Until it has reached the disk, as those of the server.
    Waits,
    /// It does not: `synchronous=NORMAL` on SQLite, `synchronous_commit=off` on PostgreSQL.
    DoesNotWait,
}

async fn open(house: &House<'_>, commit: Commit) -> DatabaseConnection {
    let file = format!("sqlite://{}/rows.db", house.data.display());
    let url = house.cluster.as_ref().map(|cluster| cluster.url.clone());
    let mut options = ConnectOptions::new(url.unwrap_or(file));
    let waits = commit == Commit::Waits;
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .map_sqlx_sqlite_opts(move |options| {
            let synchronous = if waits {
                SqliteSynchronous::Full
            } else {
                SqliteSynchronous::Normal
            };
            options
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
        })
        .map_sqlx_postgres_opts(move |options| {
            options.options([("synchronous_commit", if waits { "on" } else { "off" })])
        });
    Database::connect(options).await.unwrap()
}

/// Cuts the power of a writer some times; returns how many commits it was told of, and how many are gone.
async fn writer(house: &mut House<'_>, commit: Commit) -> [i64; 2] {
    let connection = open(house, Commit::Waits).await;
    let sql = "CREATE TABLE line (number INTEGER PRIMARY KEY)";
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
    house.disk.sync();
    let [mut acknowledged, mut gone, mut from] = [0, 0, 1];
    for _ in 0..WRITER_CUTS {
        let (told, mut heard) = watch::channel(from - 1);
        let connection = open(house, commit).await;
        let writing = tokio::spawn(write(connection, from, told));
        let enough = heard.wait_for(|number| *number >= from + WRITER_COMMITS);
        let enough = tokio::time::timeout(Duration::from_mins(1), enough).await;
        enough.expect("the writer gets on").unwrap();
        // What it is told from here on is told without power.
        let told = *heard.borrow();
        block_in_place(|| house.power_fails(None));
        writing.await.unwrap();
        let last = *heard.borrow();
        block_in_place(|| house.power_returns());
        let connection = open(house, commit).await;
        let sql =
            format!("SELECT COUNT(*) AS number FROM line WHERE number BETWEEN {from} AND {told}");
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        let found: i64 = row.try_get("", "number").unwrap();
        connection.close().await.unwrap();
        acknowledged += told - from + 1;
        gone += told - from + 1 - found;
        // Of the one after the last nobody was told; it may be there, as may those after `told`.
        from = last + 2;
    }
    [acknowledged, gone]
}

/// The same writer on the same disk: it loses commits exactly if it does not wait for them.
async fn writers(backend: Backend) {
    for commit in [Commit::Waits, Commit::DoesNotWait] {
        let Some(disk) = Disk::create() else { return };
        let cluster = match backend {
            Backend::Sqlite => None,
            Backend::Postgres => match Cluster::create(&disk) {
                None => return,
                cluster => cluster,
            },
        };
        let mut house = House {
            disk: &disk,
            cluster,
            data: disk.path(),
        };
        let [acknowledged, lost] = writer(&mut house, commit).await;
        let counts = [("commits told", acknowledged), ("commits lost", lost)];
        let counts = counts.map(|(name, count)| (name.to_owned(), count));
        let title = format!("what power cuts took from a writer on {backend:?}, {commit:?}:");
        report::tell(&title, &BTreeMap::from(counts));
        let loses = commit == Commit::DoesNotWait;
        assert_eq!(lost > 0, loses, "{commit:?}: {lost} of {acknowledged}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_power_cuts_a_writer_loses_commits_if_it_does_not_wait_for_them_on_sqlite() {
    writers(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_power_cuts_a_writer_loses_commits_if_it_does_not_wait_for_them_on_postgres() {
    writers(Backend::Postgres).await;
}
