//! The real server is killed a hundred times under load. What phones were told stays, whole and once; a server that
//! acknowledges before it writes is caught.
//!
//! A killed process loses nothing that it gave to the system, so this finds no missing `fsync`: that is for `power`.

use std::collections::BTreeMap;
use std::time::Duration;
use tepai_app::summaries::cells;
use tepai_tests::load::{Audit, Crew, Manner, county};
use tepai_tests::process::ServerProcess;
use tepai_tests::simulation::dice::Dice;
use tepai_tests::simulation::judge::{Evidence, weigh};
use tepai_tests::{World, on_both_databases, report};
use tokio::task::block_in_place;

on_both_databases!(
    heavy_of_a_hundred_kill_nines_under_load_nothing_acknowledged_is_lost,
    heavy_of_a_server_that_acknowledges_before_it_writes_kill_nines_lose_something,
);

const KILLS: usize = 100;
/// So many kills must strike requests on their way, or the test has not tried hard enough.
const STRIKES: usize = 20;
const CONTROL_KILLS: usize = 20;
const SEED: u64 = 20_261_123;

/// A server that is killed again and again, and what that came to.
struct Killing<'w> {
    world: &'w World,
    folder: tempfile::TempDir,
    dice: Dice,
    lives: usize,
    counts: BTreeMap<String, usize>,
}

impl<'w> Killing<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            folder: tempfile::TempDir::new().unwrap(),
            dice: Dice::new(SEED),
            lives: 0,
            counts: BTreeMap::new(),
        }
    }

    fn start(&self) -> ServerProcess {
        block_in_place(|| ServerProcess::start(&self.world.url, self.folder.path()))
    }

    /// Starts the server, has the phones at it for a moment, and kills it; tells what the next one finds.
    async fn kill_one(&mut self, server: ServerProcess, crew: &Crew) -> (ServerProcess, Audit) {
        let life = self.lives;
        self.lives += 1;
        crew.come_up(life, &server.base);
        crew.hear(1 + self.dice.below(60)).await;
        // Not to wait for anything, but to strike where no answer has just come.
        let moment = u64::try_from(self.dice.below(30_000)).unwrap();
        tokio::time::sleep(Duration::from_micros(moment)).await;
        crew.note_end(life);
        block_in_place(|| server.kill());
        crew.go_down().await;
        // The next one opens the database before anybody else does.
        let next = self.start();
        let audit = crew.audit(&self.world.url, life).await;
        self.count("kills", 1);
        self.count("kills that cut requests", usize::from(audit.cut > 0));
        self.count("requests cut", audit.cut);
        self.count("requests written, and nobody told", audit.written_untold);
        (next, audit)
    }

    fn count(&mut self, name: &str, more: usize) {
        *self.counts.entry(name.to_owned()).or_default() += more;
    }
}

async fn heavy_of_a_hundred_kill_nines_under_load_nothing_acknowledged_is_lost(mut world: World) {
    let crew = Crew::gather(&world, SEED, Manner::AsItIs).await;
    let assigned = crew.assigned.clone();
    world.disconnect().await;
    let mut killing = Killing::new(&world);
    let mut server = killing.start();
    for _ in 0..KILLS {
        let (next, audit) = killing.kill_one(server, &crew).await;
        server = next;
        assert!(audit.lost.is_empty(), "lost: {:?}", audit.lost);
        assert_eq!(audit.torn, 0, "a request was written by half");
    }
    let rested = crew.rest(killing.lives, &server.base).await;
    let Killing { mut counts, .. } = killing;
    server.kill();

    world.reconnect().await;
    while cells::fold_stale(&world.app, 100).await.unwrap() > 0 {}
    assert!(rested.problems.is_empty(), "{:?}", rested.problems);
    let created = rested.log.created_and_kept("visit");
    let stored = world
        .number("SELECT COUNT(*) AS number FROM record WHERE kind = 'visit'")
        .await;
    assert_eq!(usize::try_from(stored).unwrap(), created.len());
    let acknowledged = rested.log.told.len();
    let judged = weigh(Evidence {
        world: &world,
        county: &county(),
        log: rested.log,
        players: &rested.players,
        assigned: &assigned,
        seen: &BTreeMap::new(),
    })
    .await;
    counts.insert("mutations told".to_owned(), acknowledged);
    counts.insert("visits".to_owned(), created.len());
    counts.extend(judged.counts.of);
    report::tell("what a hundred kills came to:", &counts);
    assert!(judged.violations.is_empty(), "{:#?}", judged.violations);
    let strikes = counts["kills that cut requests"];
    assert!(strikes >= STRIKES, "only {strikes} kills cut a request");
    let untold = counts["requests written, and nobody told"];
    assert!(untold > 0, "no kill fell between a commit and its answer");
}

async fn heavy_of_a_server_that_acknowledges_before_it_writes_kill_nines_lose_something(
    world: World,
) {
    let crew = Crew::gather(&world, SEED, Manner::BeforeWriting).await;
    world.disconnect().await;
    let mut killing = Killing::new(&world);
    let mut server = killing.start();
    let mut last = Audit::default();
    for _ in 0..CONTROL_KILLS {
        (server, last) = killing.kill_one(server, &crew).await;
    }
    server.kill();
    let told = [
        ("acknowledged", last.acknowledged),
        ("lost", last.lost.len()),
    ];
    let told = told.map(|(name, count)| (name.to_owned(), count));
    report::tell("what the control lost:", &BTreeMap::from(told));
    assert!(!last.lost.is_empty(), "the control must lose something");
}
