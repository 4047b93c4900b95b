//! What happens in a county during one run.
//!
//! People work offline, sync in bursts, hand villages over, lose and copy their phones, and the office reviews; then the
//! line heals and all of them sync until nothing moves.

use super::dice::Dice;
use super::judge::Violation;
use super::line::Line;
use super::phones::Player;
use crate::World;
use crate::world::{DAY_MS, code, villages_of};
use jiff::civil::Date;
use sea_orm::FromQueryResult;
use std::collections::{BTreeMap, BTreeSet};
use tepai_app::App;
use tepai_app::clock::local_date;
use tepai_app::review;
use tepai_app::review::visit::Verdict;
use tepai_app::summaries::cells;
use tepai_domain::actor::{OfficeActor, Role};
use tepai_domain::review::Decision;
use tepai_http::router;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{MutationId, PersonId, RecordId};
use uuid::Uuid;

/// A promise that is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// None.
    None,
    /// The server says that it has what it has not written.
    AcknowledgeFirst,
    /// The server forgets which mutations it has seen.
    NoLedger,
    /// Phones say that each edit was made upon what was pulled last.
    RestampedBase,
    /// A record is changed behind the server's back.
    Tampered,
}

/// How many things happen in a run.
const STEPS: usize = 60;
/// Of a hundred messages, so many meet a fault.
const FAULT_PERCENT: usize = 35;
/// After so many rounds without a fault everything must stand still.
const QUIET_ROUNDS: usize = 12;

/// One run.
#[derive(Debug)]
pub struct Story<'w> {
    /// The database and the first server.
    pub world: &'w World,
    /// The county, which nobody else uses.
    pub county: DivisionCode,
    /// The line.
    pub line: Line,
    /// The phones, copies included.
    pub players: Vec<Player>,
    /// Who serves which village now.
    pub assigned: BTreeMap<PersonId, BTreeSet<DivisionCode>>,
    servers: [App; 2],
    officer: OfficeActor,
    dice: Dice,
    sabotage: Sabotage,
    seed: u64,
    /// The revision that the user really saw, where a phone lies about it.
    pub seen: BTreeMap<MutationId, i64>,
    /// Things that happened.
    pub events: BTreeMap<&'static str, usize>,
}

impl<'w> Story<'w> {
    /// Founds the county: three commissioners who share villages, four phones.
    pub async fn begin(world: &'w World, second: &App, seed: u64, sabotage: Sabotage) -> Self {
        let county = code(&format!("{:06}", 300_000 + seed % 400_000));
        world.found_county(county.as_str()).await;
        let villages = villages_of(county.as_str());
        let servers = [world.app.clone(), second.clone()];
        let routers = servers.clone().map(|app| router(app).0);
        let mut dice = Dice::new(seed);
        let line_dice = Dice::new(seed ^ 0x00c0_ffee);
        let line = Line::new(routers, line_dice, sabotage);
        let (mut players, mut assigned) = (Vec::new(), BTreeMap::new());
        for commissioner in 0..3_usize {
            let own = &villages[commissioner..commissioner + 5];
            let person = world.commissioner(own).await;
            assigned.insert(person, own.iter().cloned().collect());
            for _ in 0..if commissioner == 0 { 2 } else { 1 } {
                let (enrolled, token) = world.phone_with_token(person).await;
                let number = u64::try_from(players.len()).unwrap_or(0);
                let own_seed = seed * 1_000 + number;
                let device = enrolled.actor.device;
                let mut player = Player::new(&world.clock, person, device, &token, own_seed);
                player
                    .phone
                    .limit_pages(Some(3 + u32::try_from(dice.below(40)).unwrap_or(0)));
                if dice.chance(50) {
                    player.phone.limit_requests(1 + dice.below(4), 64 * 1024);
                }
                players.push(player);
            }
        }
        let officer = OfficeActor {
            person: PersonId(Uuid::from_u128(0xb000_0000 + u128::from(seed))),
            role: Role::CountyOfficer,
            county: county.clone(),
            township: None,
        };
        let mut story = Self {
            world,
            county,
            line,
            players,
            assigned,
            servers,
            officer,
            dice,
            sabotage,
            seed,
            seen: BTreeMap::new(),
            events: BTreeMap::new(),
        };
        story.share_households(&villages[2..5]).await;
        story
    }

    /// Everybody begins with the same few households.
    async fn share_households(&mut self, villages: &[DivisionCode]) {
        for village in villages {
            let of = std::slice::from_ref(village);
            self.players[0].add_beneficiary(&mut self.dice, of);
        }
        for player in &mut self.players {
            let synced = player.phone.sync_until_done(&self.line).await;
            synced.expect("a good line");
        }
        self.line.set_faults(FAULT_PERCENT);
    }

    fn count(&mut self, what: &'static str) {
        *self.events.entry(what).or_default() += 1;
    }

    /// Plays all steps.
    pub async fn play(&mut self) {
        for _ in 0..STEPS {
            let minutes = 1 + i64::try_from(self.dice.below(480)).unwrap_or(0);
            self.world.pass(minutes * 60_000);
            self.step().await;
        }
        if self.sabotage == Sabotage::Tampered {
            self.tamper().await;
        }
    }

    async fn step(&mut self) {
        match self.dice.below(100) {
            0..58 => self.act(),
            58..84 => self.sync_one().await,
            84..88 => self.sync_all_at_once().await,
            88..91 => self.line.deliver_late().await,
            91..93 => self.reassign().await,
            93..95 => self.copy_or_restore(),
            95..97 => {
                let at = self.dice.below(self.players.len());
                self.players[at].disturb_clock(&mut self.dice);
                self.count("clock disturbed");
            }
            _ => self.review().await,
        }
        if self.sabotage == Sabotage::NoLedger {
            let sql = "DELETE FROM mutation_result WHERE county_code = $1";
            self.world
                .execute(sql, vec![self.county.as_str().into()])
                .await;
        }
    }

    fn act(&mut self) {
        let at = self.dice.below(self.players.len());
        let player = &mut self.players[at];
        let own = self.assigned.get(&player.person).into_iter().flatten();
        let mut villages: Vec<_> = own.cloned().collect();
        if villages.is_empty() || self.dice.chance(5) {
            villages = villages_of(self.county.as_str());
        }
        for _ in 0..=self.dice.below(4) {
            player.act(&mut self.dice, &villages);
        }
    }

    async fn sync_one(&mut self) {
        let at = self.dice.below(self.players.len());
        let player = &mut self.players[at];
        let _ = player.phone.sync_until_done(&self.line).await;
        if self.sabotage == Sabotage::RestampedBase {
            for player in &mut self.players {
                for (mid, base) in player.restamp_bases() {
                    self.seen.entry(mid).or_insert(base);
                }
            }
        }
    }

    async fn sync_all_at_once(&mut self) {
        let line = &self.line;
        let all = self
            .players
            .iter_mut()
            .map(|player| player.phone.sync_until_done(line));
        futures::future::join_all(all).await;
        self.count("all at once");
    }

    fn today(&self) -> Date {
        local_date(self.world.clock.now_ms(), &self.world.app.zone)
    }

    /// Takes a village from one person and gives it to another, from today on.
    async fn reassign(&mut self) {
        let persons: Vec<PersonId> = self.assigned.keys().copied().collect();
        let from = persons[self.dice.below(persons.len())];
        let to = persons[self.dice.below(persons.len())];
        let own: Vec<_> = self.assigned[&from].iter().cloned().collect();
        let Some(village) = self.dice.pick(&own).cloned().filter(|_| from != to) else {
            return;
        };
        let today = self.today().to_string();
        self.world.unassign(from, &village, &today).await;
        self.assigned.entry(from).or_default().remove(&village);
        if self.assigned.entry(to).or_default().insert(village.clone()) {
            self.world.assign(to, &village, &today, None).await;
        }
        self.count("reassigned");
    }

    fn copy_or_restore(&mut self) {
        let at = self.dice.below(self.players.len());
        if self.dice.chance(25) && self.players.len() < 6 {
            let number = u64::try_from(self.players.len()).unwrap_or(0);
            let copy = self.players[at].clone_phone(self.seed * 1_000 + number);
            self.players.push(copy);
            self.count("copied");
        } else {
            self.players[at].back_up_or_restore();
            self.count("backed up or restored");
        }
    }

    async fn review(&mut self) {
        #[derive(FromQueryResult)]
        struct Row {
            id: Uuid,
            rev: i64,
        }
        let sql = "SELECT id, rev FROM record WHERE county_code = $1 AND kind = 'visit' AND NOT deleted ORDER BY id";
        let rows: Vec<Row> = self
            .world
            .fetch(sql, vec![self.county.as_str().into()])
            .await;
        let Some(row) = self.dice.pick(&rows) else {
            return;
        };
        let decisions = [
            Decision::Approve,
            Decision::Approve,
            Decision::Return,
            Decision::Reopen,
        ];
        let decision = decisions[self.dice.below(decisions.len())];
        let verdict = Verdict {
            visit: RecordId(row.id),
            rev: row.rev,
            decision,
            reason: Some("other".to_owned()),
            field: None,
            comment: None,
            due_on: None,
        };
        // A verdict that does not fit the state is refused; that is not what this is about.
        let server = &self.servers[self.dice.below(2)];
        let _ = review::visit::review(server, &self.officer, verdict).await;
        self.count("reviewed");
    }

    async fn tamper(&self) {
        let sql = "UPDATE record SET fields = REPLACE(fields, '\"industry\":\"aquaculture\"', '\"industry\":\"livestock\"') \
                   WHERE county_code = $1 AND kind = 'visit'";
        self.world
            .execute(sql, vec![self.county.as_str().into()])
            .await;
    }

    /// The line heals, and everybody syncs until nothing moves.
    pub async fn become_quiet(&mut self) -> Vec<Violation> {
        self.line.set_faults(0);
        self.line.deliver_late().await;
        // An assignment that ended today holds until midnight.
        self.world.pass(DAY_MS);
        for _ in 0..QUIET_ROUNDS {
            self.world.pass(3_600_000);
            let mut moved = false;
            for player in &mut self.players {
                match player.phone.sync_until_done(&self.line).await {
                    Ok(report) => {
                        moved |= report.pushed > report.retry || report.pulled > 0;
                        if !report.mismatched.is_empty() {
                            return vec![Violation::Differs(format!("{:?}", report.mismatched))];
                        }
                    }
                    Err(failed) => return vec![Violation::Stuck(failed.to_string())],
                }
            }
            if !moved {
                while cells::fold_stale(&self.servers[0], 100)
                    .await
                    .is_ok_and(|folded| folded > 0)
                {}
                return Vec::new();
            }
        }
        vec![Violation::Stuck("it does not become quiet".to_owned())]
    }
}
