//! Phones that push without a pause at a server that dies and comes back, and the audit of what they were told.
//!
//! They are reference clients over real HTTP. They know nothing of who ends the server, nor how.

use crate::World;
use crate::simulation::dice::Dice;
use crate::simulation::line::{Log, Sent, acknowledged};
use crate::simulation::phones::Player;
use crate::world::{COUNTY, villages};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tepai_app::clock::Clock;
use tepai_client::{HttpTransport, SyncProblem, Token, Transport, TransportError};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{MutationId, PersonId};
use tepai_sync_protocol::sync::{
    EnrolRequest, EnrolResponse, HelloResponse, Outcome, SyncRequest, SyncResponse,
};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Nothing here takes so long unless it hangs.
const PATIENCE: Duration = Duration::from_mins(1);
/// After so many rounds without a crash everything must stand still.
const QUIET_ROUNDS: usize = 12;
/// Mutations without a group, and no commands, are decided with their request: all of them or none.
const DECIDED_TOGETHER: [&str; 4] = ["create", "patch", "delete", "undelete"];

/// One life of a server process.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Life {
    number: usize,
    base: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Up(Life),
    Down,
    Over,
}

/// How a server acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As it does.
    AsItIs,
    /// Before it has written, as if for speed: the control.
    BeforeWriting,
}

/// A request that was on its way when the server died, and got no answer.
#[derive(Clone, Debug)]
struct Cut {
    life: usize,
    /// Mutations that no request had carried before.
    fresh: Vec<MutationId>,
}

#[derive(Debug, Default)]
struct Seen {
    log: Log,
    dying: Option<usize>,
    cuts: Vec<Cut>,
    failing: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Shared {
    seen: Mutex<Seen>,
    flying: watch::Sender<usize>,
    told: watch::Sender<usize>,
}

/// What a crash left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// Mutations that were acknowledged so far.
    pub acknowledged: usize,
    /// Of them, those that are not there.
    pub lost: Vec<MutationId>,
    /// Requests that the crash cut.
    pub cut: usize,
    /// Of them, those that were written although nobody was told.
    pub written_untold: usize,
    /// Requests of which one part was written and another not.
    pub torn: usize,
}

/// The line of one phone.
struct Line {
    place: watch::Receiver<Place>,
    client: reqwest::Client,
    shared: Arc<Shared>,
    manner: Manner,
    behind: tokio::sync::Mutex<Behind>,
}

/// What a server that acknowledges first has still to write.
#[derive(Default)]
struct Behind {
    ticket: Option<String>,
    writing: Option<JoinHandle<Result<SyncResponse, TransportError>>>,
}

struct Worker {
    player: Player,
    line: Line,
    dice: Dice,
    villages: Vec<DivisionCode>,
}

/// The phones at work.
pub struct Crew {
    place: watch::Sender<Place>,
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<Worker>>,
    /// Who serves which village.
    pub assigned: BTreeMap<PersonId, BTreeSet<DivisionCode>>,
}

/// The phones after work.
#[derive(Debug)]
pub struct Rested {
    /// The phones.
    pub players: Vec<Player>,
    /// What was sent and told.
    pub log: Log,
    /// What went wrong at the end.
    pub problems: Vec<String>,
}

impl std::fmt::Debug for Crew {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crew").finish_non_exhaustive()
    }
}

impl Crew {
    /// Three commissioners who share villages, with two phones each, who wait for a server.
    pub async fn gather(world: &World, seed: u64, manner: Manner) -> Self {
        let place = watch::Sender::new(Place::Down);
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            flying: watch::Sender::new(0),
            told: watch::Sender::new(0),
        });
        let (mut workers, mut assigned) = (Vec::new(), BTreeMap::new());
        for commissioner in 0..3_usize {
            let own = villages()[commissioner..commissioner + 5].to_vec();
            let person = world.commissioner(&own).await;
            assigned.insert(person, own.iter().cloned().collect());
            for _ in 0..2 {
                let (enrolled, token) = world.phone_with_token(person).await;
                let number = u64::try_from(workers.len()).unwrap_or(0);
                let own_seed = seed * 1_000 + number;
                let clock = Clock::system();
                let device = enrolled.actor.device;
                let worker = Worker {
                    player: Player::new(&clock, person, device, &token, own_seed),
                    line: Line {
                        place: place.subscribe(),
                        client: tepai_client::transport::http_client()
                            .timeout(PATIENCE)
                            .build()
                            .expect("a client"),
                        shared: shared.clone(),
                        manner,
                        behind: tokio::sync::Mutex::default(),
                    },
                    dice: Dice::new(own_seed ^ 0xc4a5),
                    villages: own.clone(),
                };
                workers.push(tokio::spawn(worker.work()));
            }
        }
        Self {
            place,
            shared,
            workers,
            assigned,
        }
    }

    /// A server answers here; it is the life of this number.
    pub fn come_up(&self, life: usize, base: &str) {
        self.place.send_replace(Place::Up(Life {
            number: life,
            base: base.to_owned(),
        }));
    }

    /// Waits until so many more mutations were acknowledged.
    pub async fn hear(&self, more: usize) {
        let mut told = self.shared.told.subscribe();
        let enough = *told.borrow() + more;
        let heard = told.wait_for(|told| *told >= enough);
        if tokio::time::timeout(PATIENCE, heard).await.is_err() {
            let seen = self.shared.seen.lock().expect("a log");
            panic!("the phones do not get on: {:?}", seen.log.broken);
        }
    }

    /// The life of this number ends now: what has no answer yet may never get one.
    pub fn note_end(&self, life: usize) {
        self.shared.seen.lock().expect("a log").dying = Some(life);
    }

    /// No server answers any more; waits until every phone has noticed.
    pub async fn go_down(&self) {
        self.place.send_replace(Place::Down);
        let mut flying = self.shared.flying.subscribe();
        let landed = flying.wait_for(|flying| *flying == 0);
        tokio::time::timeout(PATIENCE, landed)
            .await
            .expect("the dead do not keep anybody waiting")
            .expect("a sender");
    }

    /// Holds what the database has against what the phones were told, after the end of the life of this number.
    pub async fn audit(&self, url: &str, life: usize) -> Audit {
        let connection = Database::connect(url).await.expect("the database opens");
        let results = ids(&connection, "SELECT mid AS id FROM mutation_result").await;
        let records = ids(&connection, "SELECT id FROM record").await;
        connection.close().await.expect("a closed connection");
        let seen = self.shared.seen.lock().expect("a log");
        let mut audit = Audit::default();
        for (mid, result) in &seen.log.told {
            if !is_acknowledged(result.outcome) {
                continue;
            }
            audit.acknowledged += 1;
            let is_there = result.outcome == Outcome::Held
                || record_of(&seen.log, *mid).is_none_or(|record| records.contains(&record));
            if !results.contains(&mid.0) || !is_there {
                audit.lost.push(*mid);
            }
        }
        for cut in seen.cuts.iter().filter(|cut| cut.life == life) {
            audit.cut += 1;
            let written = cut.fresh.iter().filter(|mid| results.contains(&mid.0));
            let written = written.count();
            if written > 0 && written < cut.fresh.len() {
                audit.torn += 1;
            } else if written > 0 {
                audit.written_untold += 1;
            }
        }
        audit
    }

    /// What a failing server answered instead of results, and how often.
    pub fn failing(&self) -> BTreeMap<String, usize> {
        self.shared.seen.lock().expect("a log").failing.clone()
    }

    /// The phones stop working at a server that stays, and sync until nothing moves.
    pub async fn rest(self, life: usize, base: &str) -> Rested {
        self.place.send_replace(Place::Over);
        let mut workers = Vec::new();
        for worker in self.workers {
            workers.push(worker.await.expect("a phone"));
        }
        self.place.send_replace(Place::Up(Life {
            number: life,
            base: base.to_owned(),
        }));
        let problems = settle(&mut workers).await;
        let log = self.shared.seen.lock().expect("a log").log.clone();
        let players = workers.into_iter().map(|worker| worker.player).collect();
        Rested {
            players,
            log,
            problems,
        }
    }
}

async fn settle(workers: &mut [Worker]) -> Vec<String> {
    for _ in 0..QUIET_ROUNDS {
        let mut moved = false;
        for worker in &mut *workers {
            match worker.player.phone.sync_until_done(&worker.line).await {
                Ok(report) => {
                    moved |= report.pushed > report.retry || report.pulled > 0;
                    if !report.mismatched.is_empty() {
                        return vec![format!("differs: {:?}", report.mismatched)];
                    }
                }
                Err(failed) => return vec![failed.to_string()],
            }
        }
        if !moved {
            return Vec::new();
        }
    }
    vec!["it does not become quiet".to_owned()]
}

async fn ids(connection: &DatabaseConnection, sql: &str) -> BTreeSet<Uuid> {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    let rows = connection.query_all_raw(statement).await.expect("rows");
    rows.iter()
        .map(|row| row.try_get("", "id").expect("an id"))
        .collect()
}

fn is_acknowledged(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Applied | Outcome::Merged | Outcome::Held)
}

fn mid_of(payload: &Value) -> Option<MutationId> {
    payload["mid"].as_str()?.parse().ok()
}

fn record_of(log: &Log, mid: MutationId) -> Option<Uuid> {
    log.sent.get(&mid)?.payload["id"].as_str()?.parse().ok()
}

impl Worker {
    /// Works until it is over: edits, syncs, and waits for the next life when the server has died.
    async fn work(mut self) -> Self {
        let mut place = self.line.place.clone();
        loop {
            let now = match place.wait_for(|place| *place != Place::Down).await {
                Ok(now) if *now != Place::Over => now.clone(),
                _ => return self,
            };
            self.act();
            let Err(failed) = self.player.phone.sync_until_done(&self.line).await else {
                continue;
            };
            let is_transport = matches!(failed.problem, SyncProblem::Transport(_));
            assert!(is_transport, "{failed}");
            if place.wait_for(|place| *place != now).await.is_err() {
                return self;
            }
        }
    }

    /// Logs a visit and does whatever else comes to mind.
    fn act(&mut self) {
        self.player.log_visit(&mut self.dice, &self.villages);
        for _ in 0..self.dice.below(3) {
            self.player.act(&mut self.dice, &self.villages);
        }
    }
}

impl Line {
    fn begin(&self, life: &Life, request: &SyncRequest) -> Flight {
        let mut seen = self.shared.seen.lock().expect("a log");
        let mut fresh = Vec::new();
        for payload in &request.mutations {
            let Some(mid) = mid_of(payload) else { continue };
            let decided = payload["op"]
                .as_str()
                .is_some_and(|op| DECIDED_TOGETHER.contains(&op));
            if decided && payload["group"].is_null() && !seen.log.sent.contains_key(&mid) {
                fresh.push(mid);
            }
            let sent = seen.log.sent.entry(mid).or_insert_with(|| Sent {
                payload: payload.clone(),
                generations: BTreeSet::new(),
            });
            sent.generations.insert(request.replica.generation);
        }
        self.shared.flying.send_modify(|flying| *flying += 1);
        Flight {
            shared: self.shared.clone(),
            in_time: seen.dying != Some(life.number),
            life: life.number,
            fresh,
        }
    }

    /// What a server does that acknowledges before it writes: what it still had to write goes down with it.
    async fn acknowledge_first(
        &self,
        life: &Life,
        token: &Token,
        request: &SyncRequest,
    ) -> Result<SyncResponse, TransportError> {
        let mut behind = self.behind.lock().await;
        if let Some(writing) = behind.writing.take()
            && let Ok(written) = writing.await.expect("a writer")
        {
            behind.ticket = Some(written.ticket);
        }
        let mut request = request.clone();
        let mutations = std::mem::take(&mut request.mutations);
        request.replica.ticket = behind.ticket.clone().or(request.replica.ticket);
        let http = HttpTransport::with_client(&life.base, self.client.clone());
        let mut response = http.sync(token, &request).await?;
        behind.ticket = Some(response.ticket.clone());
        response.results = mutations.iter().map(acknowledged).collect();
        request.replica.ticket.clone_from(&behind.ticket);
        request.mutations = mutations;
        request.pull = None;
        let flight = self.begin(
            life,
            &SyncRequest {
                mutations: Vec::new(),
                ..request.clone()
            },
        );
        let token = token.clone();
        behind.writing = Some(tokio::spawn(async move {
            let written = http.sync(&token, &request).await;
            drop(flight);
            written
        }));
        Ok(response)
    }
}

/// A request on its way.
struct Flight {
    shared: Arc<Shared>,
    in_time: bool,
    life: usize,
    fresh: Vec<MutationId>,
}

impl Flight {
    /// Writes down how it ended.
    fn land(mut self, answer: &Result<SyncResponse, TransportError>) {
        let mut seen = self.shared.seen.lock().expect("a log");
        let dying = seen.dying == Some(self.life);
        match answer {
            Ok(response) => {
                seen.log.delivered += 1;
                let mut told = 0;
                for result in &response.results {
                    if let Some(mid) = result.mid.filter(|_| result.outcome != Outcome::Retry) {
                        seen.log.told.insert(mid, result.clone());
                        told += usize::from(is_acknowledged(result.outcome));
                    }
                }
                self.shared.told.send_modify(|count| *count += told);
            }
            Err(TransportError::Unreachable(_)) if dying && self.in_time => {
                let fresh = std::mem::take(&mut self.fresh);
                let life = self.life;
                seen.cuts.push(Cut { life, fresh });
            }
            Err(TransportError::Unreachable(_)) if dying => {}
            Err(error) if dying => *seen.failing.entry(error.to_string()).or_default() += 1,
            Err(error) => seen.log.broken.push(error.to_string()),
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.shared.flying.send_modify(|flying| *flying -= 1);
    }
}

impl Transport for Line {
    async fn enrol(&self, _request: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        Err(TransportError::Unreachable("not here".to_owned()))
    }

    async fn hello(&self, _token: &Token) -> Result<HelloResponse, TransportError> {
        Err(TransportError::Unreachable("not here".to_owned()))
    }

    async fn sync(
        &self,
        token: &Token,
        request: &SyncRequest,
    ) -> Result<SyncResponse, TransportError> {
        let Place::Up(life) = self.place.borrow().clone() else {
            return Err(TransportError::Unreachable("the server is down".to_owned()));
        };
        let flight = self.begin(&life, request);
        let answer = match self.manner {
            Manner::AsItIs => {
                let http = HttpTransport::with_client(&life.base, self.client.clone());
                http.sync(token, request).await
            }
            Manner::BeforeWriting => self.acknowledge_first(&life, token, request).await,
        };
        flight.land(&answer);
        answer
    }
}

/// The county of the phones.
pub fn county() -> DivisionCode {
    crate::world::code(COUNTY)
}
