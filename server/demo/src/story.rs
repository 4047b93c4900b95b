//! What happens in the demo, day by day: phones log offline and synchronise in bursts, the office reviews on Fridays.
//!
//! Everything goes over HTTP; the dice are seeded, so that the same seed tells the same story.

use crate::county::{self, DemoPerson, FIRST_DAY, HAND_OVER, LAST_DAY, TECHNIQUES};
use crate::office::Office;
use crate::phones::{self, StoryTime};
use anyhow::{Context, Result, anyhow, ensure};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tepai_app::clock::Clock;
use tepai_client::environment::SeededIds;
use tepai_client::phone::Phone;
use tepai_client::transport::{HttpTransport, Transport};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::mutation::Operation;
use tepai_sync_protocol::position::Position;
use tepai_sync_protocol::records::{
    AdoptionReport, Beneficiary, DemoBase, Feedback, FollowUp, Kind, Photo, Site, Visit,
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// Whose phone has a wrong clock.
const WRONG_CLOCK: usize = 6;
/// Whose phones are not heard of any more, and since when.
const SILENT: [(usize, Date); 2] = [
    (11, jiff::civil::date(2026, 6, 9)),
    (18, jiff::civil::date(2026, 6, 2)),
];
/// Villages that nobody visits any more: whose, which, and since when.
const NEGLECTED: [(usize, usize, Date); 4] = [
    (5, 0, jiff::civil::date(2026, 4, 15)),
    (9, 1, jiff::civil::date(2026, 5, 2)),
    (14, 0, jiff::civil::date(2026, 4, 28)),
    (20, 0, FIRST_DAY),
];

/// Chance, from a seed.
struct Dice(SeededIds);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.0.next_u64() % limit).unwrap_or(0)
    }

    fn happens(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        all.get(self.below(all.len()))
    }
}

/// A commissioner with a phone in the field.
struct Field {
    person: DemoPerson,
    id: PersonId,
    phone: Phone,
    next_sync: Date,
    households: BTreeMap<String, Vec<RecordId>>,
    logged: usize,
}

/// The story under way.
pub struct Story {
    fields: Vec<Field>,
    time: StoryTime,
    wrong_by: StoryTime,
    clock: Clock,
    transport: HttpTransport,
    base: String,
    dice: Dice,
}

/// What the phones know at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Visits that were logged on phones.
    pub logged: usize,
    /// Visits that the server has acknowledged.
    pub acknowledged: usize,
    /// Phones on which something still waits: the name, and how many mutations.
    pub waiting: Vec<(String, u32)>,
}

impl std::fmt::Debug for Story {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Story")
            .field("fields", &self.fields.len())
            .finish_non_exhaustive()
    }
}

/// Eight in the morning of a day in Shanghai: milliseconds since 1970 UTC.
pub fn morning(day: Date) -> i64 {
    day.to_zoned(jiff::tz::TimeZone::UTC)
        .map_or(0, |at| at.timestamp().as_millisecond())
}

impl Story {
    /// Gives each commissioner a phone, enrolled by its one-time code.
    pub async fn begin(
        people: Vec<DemoPerson>,
        codes: Vec<(PersonId, String)>,
        clock: Clock,
        base: &str,
        transport: HttpTransport,
        seed: u64,
    ) -> Result<Self> {
        let time: StoryTime = Arc::new(AtomicI64::new(clock.now_ms()));
        let right: StoryTime = Arc::default();
        let wrong_by: StoryTime = Arc::new(AtomicI64::new(-3 * 365 * DAY));
        let mut fields = Vec::new();
        for (number, (person, (id, code))) in people.into_iter().zip(codes).enumerate() {
            let wrong = if number == WRONG_CLOCK {
                &wrong_by
            } else {
                &right
            };
            let own_seed = seed
                .wrapping_mul(1000)
                .wrapping_add(u64::try_from(number).unwrap_or(0));
            let mut phone = phones::phone(&time, wrong, own_seed);
            phone
                .enrol(&transport, &code, Some("示例手机"))
                .await
                .map_err(|error| anyhow!("a phone cannot enrol: {error:?}"))?;
            fields.push(Field {
                person,
                id,
                phone,
                next_sync: FIRST_DAY,
                households: BTreeMap::new(),
                logged: 0,
            });
        }
        let dice = Dice(SeededIds::new(seed ^ 0x7e9a));
        Ok(Self {
            fields,
            time,
            wrong_by,
            clock,
            transport,
            base: base.to_owned(),
            dice,
        })
    }

    /// How many days the story has.
    pub fn days() -> u64 {
        u64::try_from(tepai_sync_protocol::validate::days_between(FIRST_DAY, LAST_DAY) + 1)
            .unwrap_or(0)
    }

    /// Plays from the first day to the last.
    pub async fn play(
        &mut self,
        password: &str,
        progress: &(dyn Fn(Date) + Send + Sync),
    ) -> Result<Told> {
        let mut day = FIRST_DAY;
        while day <= LAST_DAY {
            progress(day);
            self.play_day(day, password).await?;
            day = day.saturating_add(1.day());
        }
        Ok(self.told())
    }

    fn set_time(&self, now: i64) {
        self.time.store(now, Ordering::SeqCst);
        self.clock.set(now);
    }

    async fn play_day(&mut self, day: Date, password: &str) -> Result<()> {
        if day == HAND_OVER {
            // The wrong clock jumps, as it does when somebody sets it by hand.
            self.wrong_by.store(400 * DAY, Ordering::SeqCst);
        }
        for number in 0..self.fields.len() {
            let minutes = i64::try_from(number).unwrap_or(0) * MINUTE;
            self.set_time(morning(day) + minutes);
            self.work(number, day)?;
            self.set_time(morning(day) + 9 * HOUR + minutes);
            self.synchronise(number, day).await?;
        }
        if day.weekday() == Weekday::Friday || day == LAST_DAY {
            self.set_time(morning(day) + 10 * HOUR);
            self.review(day, password).await?;
        }
        Ok(())
    }

    /// One day of one commissioner, offline.
    fn work(&mut self, number: usize, day: Date) -> Result<()> {
        self.play_scenes(number, day)?;
        if !self.dice.happens(26) {
            return Ok(());
        }
        let villages = self.villages_of(number, day);
        let Some(village) = self.dice.pick(&villages).cloned() else {
            return Ok(());
        };
        // Some days are entered late.
        let late = if self.dice.happens(8) {
            4 + self.dice.below(20)
        } else {
            0
        };
        let on = day
            .saturating_sub(i32::try_from(late).unwrap_or(0).days())
            .max(FIRST_DAY);
        self.visit(number, &village, on, late > 0)
    }

    fn villages_of(&self, number: usize, day: Date) -> Vec<String> {
        let passing = self
            .fields
            .first()
            .and_then(|field| field.person.villages.first())
            .cloned();
        let own = self
            .fields
            .get(number)
            .map(|field| field.person.villages.clone())
            .unwrap_or_default();
        let neglected: BTreeSet<&String> = NEGLECTED
            .iter()
            .filter(|(person, _, since)| *person == number && day >= *since)
            .filter_map(|(_, village, _)| own.get(*village))
            .collect();
        let mut villages: Vec<String> = own
            .iter()
            .filter(|village| !neglected.contains(village))
            .cloned()
            .collect();
        if number == 0 && day >= HAND_OVER {
            villages.retain(|village| Some(village) != passing.as_ref());
        }
        if number == 1 && day >= HAND_OVER {
            villages.extend(passing);
        }
        villages
    }

    fn visit(&mut self, number: usize, village: &str, on: Date, is_late: bool) -> Result<()> {
        let household = self.household(number, village)?;
        let mate = self.mate(number);
        let dice = &mut self.dice;
        let field = self.fields.get_mut(number).context("a commissioner")?;
        let own: Vec<_> = TECHNIQUES
            .iter()
            .filter(|(_, _, industry, _)| *industry == field.person.industry)
            .collect();
        let technique = dice.pick(&own).map_or("SC01", |technique| technique.0);
        let name = own
            .iter()
            .find(|own| own.0 == technique)
            .map_or("", |own| own.1);
        let training = dice.happens(12);
        let several = dice.happens(6);
        let visit = Visit {
            village_code: village.parse().ok(),
            service_from: Some(on),
            service_to: several.then(|| on.saturating_add(1.day())),
            mode: Some(if training { "training" } else { "household" }.to_owned()),
            industry: Some(field.person.industry.to_owned()),
            content: Some(format!("入户查看生产情况，讲解{name}，约定下次复查")),
            beneficiary_ids: Some(BTreeSet::from([household])),
            technique_codes: Some(BTreeSet::from([technique.to_owned()])),
            participant_ids: mate
                .filter(|_| dice.happens(10))
                .map(|mate| BTreeSet::from([mate])),
            leaflets: dice.happens(60).then(|| count(dice.below(12))),
            problems_solved: dice.happens(40).then(|| count(1 + dice.below(2))),
            training_sessions: training.then_some(1),
            training_attendances: training.then(|| count(12 + dice.below(30))),
            training_persons: training.then(|| count(10 + dice.below(12))),
            service_mode: Some("free".to_owned()),
            backfill_reason: is_late.then(|| "下乡多日，回镇后补录".to_owned()),
            check_in: (!is_late).then(|| check_in(number, dice.below(9))),
            check_in_missing: is_late.then(|| "no_signal".to_owned()),
            ..Visit::default()
        };
        let id = field.phone.log_visit(&visit);
        field.logged += 1;
        if dice.happens(70) {
            let digits = [(); 4]
                .map(|()| format!("{:016x}", dice.0.next_u64()))
                .concat();
            field.phone.announce_photo(&Photo {
                village_code: village.parse().ok(),
                visit_id: Some(id),
                sha256: Some(digits),
                size_bytes: Some(400_000 + count(dice.below(900_000))),
                media_type: Some("image/jpeg".to_owned()),
                purpose: Some("scene".to_owned()),
                source: Some("camera".to_owned()),
                ..Photo::default()
            });
        }
        if dice.happens(20) {
            let score = if dice.happens(88) {
                "satisfied"
            } else {
                "fair"
            };
            field.phone.create(&Feedback {
                village_code: village.parse().ok(),
                visit_id: Some(id),
                score: Some(score.to_owned()),
                given_on: Some(on),
                served_role: Some("farmer".to_owned()),
                ..Feedback::default()
            });
        }
        if dice.happens(35) {
            let stages = [
                "awareness",
                "interest",
                "evaluation",
                "trial",
                "adopted",
                "adopted",
            ];
            let stage = dice.pick(&stages).copied().unwrap_or("interest");
            let area = 300 + count(dice.below(2000));
            let report = report(village, household, technique, stage, on, area, Some(id));
            field.phone.report_adoption(&report);
        }
        if dice.happens(8) {
            field.phone.create(&FollowUp {
                village_code: village.parse().ok(),
                visit_id: Some(id),
                problem: Some("水质偏差，氨氮超标".to_owned()),
                advice: Some("换水三分之一，三日后复测".to_owned()),
                due_on: Some(on.saturating_add(7.days())),
                outcome: Some("open".to_owned()),
                ..FollowUp::default()
            });
        }
        Ok(())
    }

    /// A household of the village that the phone knows, or a new one.
    fn household(&mut self, number: usize, village: &str) -> Result<RecordId> {
        let dice = &mut self.dice;
        let field = self.fields.get_mut(number).context("a commissioner")?;
        let known = field.households.entry(village.to_owned()).or_default();
        if known.len() >= 3 || (!known.is_empty() && dice.happens(55)) {
            return dice.pick(known).copied().context("a household");
        }
        let household = known.len();
        let id = field.phone.add_beneficiary(&Beneficiary {
            village_code: village.parse().ok(),
            kind: Some("household".to_owned()),
            display_name: Some(format!(
                "{}户",
                ["甲", "乙", "丙"].get(household).copied().unwrap_or("丁")
            )),
            is_demo_household: Some(household == 0),
            ..Beneficiary::default()
        });
        known.push(id);
        let is_pond = field.person.industry == "aquaculture";
        field.phone.add_site(&Site {
            village_code: village.parse().ok(),
            beneficiary_id: Some(id),
            kind: Some(if is_pond { "pond" } else { "greenhouse" }.to_owned()),
            unit_count: Some(1),
            area_centi_mu: Some(400 + count(dice.below(1600))),
            ..Site::default()
        });
        Ok(id)
    }

    fn mate(&mut self, number: usize) -> Option<PersonId> {
        let other = (number + 1) % self.fields.len().max(1);
        self.fields.get(other).map(|field| field.id)
    }

    /// The scenes that every telling of the story has.
    fn play_scenes(&mut self, number: usize, day: Date) -> Result<()> {
        let passing = self
            .fields
            .first()
            .and_then(|field| field.person.villages.first())
            .cloned();
        let passing = passing.context("the first commissioner has a village")?;
        match (number, day.month(), day.day()) {
            // The same household's technique, reported by two people: one adoption.
            (0, 3, 10) => {
                let household = self.household(0, &passing)?;
                let field = self.fields.first_mut().context("a commissioner")?;
                let report = report(&passing, household, "SC01", "trial", day, 800, None);
                field.phone.report_adoption(&report);
            }
            (1, 5, 20) => {
                let field = self.fields.get_mut(1).context("a commissioner")?;
                let known = field.phone.list(Kind::Beneficiary);
                let here = |fields: &Fields| {
                    fields.get("village_code").and_then(Value::as_str) == Some(&passing)
                };
                if let Some(view) = known.iter().find(|view| here(&view.fields)) {
                    let report = report(&passing, view.id, "SC01", "adopted", day, 800, None);
                    field.phone.report_adoption(&report);
                }
            }
            // Written before the village passed on, and sent only days later: judged by the assignment of its day.
            (0, 5, 10) => {
                self.visit(0, &passing, day, false)?;
                let field = self.fields.first_mut().context("a commissioner")?;
                field.next_sync = HAND_OVER.saturating_add(6.days());
            }
            // Two people change the same household while both are offline: a conflict that both can see.
            (2 | 3, 5, 4) => {
                let shared = self
                    .fields
                    .get(2)
                    .and_then(|field| field.person.villages.get(1))
                    .cloned();
                let field = self.fields.get_mut(number).context("a commissioner")?;
                let known = field.phone.list(Kind::Beneficiary);
                let here = |fields: &Fields| {
                    fields.get("village_code").and_then(Value::as_str) == shared.as_deref()
                };
                if let Some(id) = known
                    .iter()
                    .filter(|view| here(&view.fields))
                    .map(|view| view.id)
                    .min()
                {
                    let note = Value::from(format!("{}记：塘口已清淤", field.person.name));
                    let set = Fields::from_iter([("note".to_owned(), note)]);
                    field.phone.edit(Kind::Beneficiary, id, set, Vec::new());
                }
            }
            (4 | 12 | 21, 4, 1) => {
                let field = self.fields.get_mut(number).context("a commissioner")?;
                let village = field.person.villages.first().cloned().unwrap_or_default();
                field.phone.create(&DemoBase {
                    village_code: village.parse().ok(),
                    display_name: Some(format!("{}示范基地", field.person.name)),
                    level: Some("county".to_owned()),
                    demo_area_centi_mu: Some(12_000 + count(number) * 100),
                    radiated_households: Some(60 + count(number)),
                    radiated_area_centi_mu: Some(90_000),
                    ..DemoBase::default()
                });
            }
            _ => {}
        }
        Ok(())
    }

    async fn synchronise(&mut self, number: usize, day: Date) -> Result<()> {
        let silent = SILENT
            .iter()
            .any(|(person, since)| *person == number && day >= *since);
        let pause = i32::try_from(3 + self.dice.below(7)).unwrap_or(5);
        let loses_the_answer = self.dice.happens(15);
        let field = self.fields.get_mut(number).context("a commissioner")?;
        if silent || (day < field.next_sync && day != LAST_DAY) {
            return Ok(());
        }
        field.next_sync = day.saturating_add(pause.days());
        if loses_the_answer && let Some(token) = field.phone.token().cloned() {
            // The server hears it, the phone does not hear the server: it sends everything again.
            let request = field.phone.prepare_sync();
            let _ = self.transport.sync(&token, &request).await;
        }
        let synced = field.phone.sync_until_done(&self.transport).await;
        let report = synced
            .map_err(|error| anyhow!("{} cannot synchronise: {error:?}", field.person.name))?;
        ensure!(report.rejected == 0, "{}: {report:?}", field.person.name);
        ensure!(
            report.mismatched.is_empty(),
            "{} does not hold what the server holds: {report:?}",
            field.person.name
        );
        if day == LAST_DAY {
            Ok(())
        } else {
            self.mend_returned(number)
        }
    }

    /// Most of what was returned is mended and goes up with the next sync.
    fn mend_returned(&mut self, number: usize) -> Result<()> {
        let dice = &mut self.dice;
        let field = self.fields.get_mut(number).context("a commissioner")?;
        for view in field.phone.list(Kind::Visit) {
            let visit: Visit = view.read();
            let is_own = visit.commissioner_id == Some(field.id);
            let is_returned = visit.review_state.as_deref() == Some("returned");
            if is_own && is_returned && view.pending == 0 && dice.happens(60) {
                let content = Value::from(format!(
                    "{}（已补充现场情况）",
                    visit.content.unwrap_or_default()
                ));
                let set = Fields::from_iter([("content".to_owned(), content)]);
                field.phone.edit(Kind::Visit, view.id, set, Vec::new());
            }
        }
        Ok(())
    }

    /// The office judges what is more than three days old.
    async fn review(&mut self, day: Date, password: &str) -> Result<()> {
        let office = Office::sign_in(&self.base, crate::OFFICER, password).await?;
        let until = day.saturating_sub(3.days()).to_string();
        for visit in office.waiting().await? {
            let on = visit
                .pointer("/fields/service_from")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if on > until.as_str() {
                continue;
            }
            let verdict = match self.dice.below(100) {
                0..6 => {
                    json!({"decision": "return", "reason": "content", "field": "content", "comment": "请补充服务效果"})
                }
                6 => {
                    json!({"decision": "not_recognise", "reason": "duplicate", "comment": "与同日记录重复"})
                }
                _ => json!({"decision": "approve"}),
            };
            office.review(&visit, verdict).await?;
        }
        Ok(())
    }

    fn told(&self) -> Told {
        let mut told = Told::default();
        for field in &self.fields {
            told.logged += field.logged;
            let is_new_visit = |mutation: &tepai_sync_protocol::mutation::Mutation| {
                mutation.op == Operation::Create && mutation.kind == Kind::Visit.as_str()
            };
            let waiting = field
                .phone
                .outbox()
                .pending()
                .iter()
                .filter(|pending| is_new_visit(&pending.mutation));
            told.acknowledged += field.logged - waiting.count();
            let left = field.phone.waiting().mutations;
            if left > 0 {
                told.waiting.push((field.person.name.clone(), left));
            }
        }
        told
    }
}

fn report(
    village: &str,
    household: RecordId,
    technique: &str,
    stage: &str,
    on: Date,
    area_centi_mu: i64,
    visit: Option<RecordId>,
) -> AdoptionReport {
    AdoptionReport {
        village_code: village.parse().ok(),
        beneficiary_id: Some(household),
        technique_code: Some(technique.to_owned()),
        season: Some("2026".to_owned()),
        stage: Some(stage.to_owned()),
        reported_on: Some(on),
        area_centi_mu: Some(area_centi_mu),
        evidence: Some("said".to_owned()),
        visit_id: visit,
        ..AdoptionReport::default()
    }
}

fn check_in(number: usize, step: usize) -> Position {
    let degrees = |text: String| text.parse().unwrap_or(0.0);
    Position {
        lat: degrees(county::place(29_700, number + step, 17)),
        lon: degrees(county::place(113_300, number + step, 23)),
        datum: "wgs84".to_owned(),
        accuracy_m: Some(20),
        taken_at: None,
        source: Some("gnss".to_owned()),
        is_mocked: Some(false),
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
