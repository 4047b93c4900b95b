//! Summaries are exact: after thousands of random operations, folded on the way at random moments, they equal a
//! recount from nothing.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tepai_app::App;
use tepai_app::review;
use tepai_app::review::visit::Verdict;
use tepai_app::summaries::summary::{Question, summarise_any};
use tepai_app::summaries::{cells, check};
use tepai_domain::actor::{OfficeActor, Role};
use tepai_domain::review::Decision;
use tepai_sync_protocol::division::Level;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::summary::facts::CellFacts;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::group::GroupBy;
use tepai_sync_protocol::sync::{MutationResult, Outcome};
use tepai_tests::world::{COUNTY, code, villages};
use tepai_tests::{Phone, World, on_both_databases};

on_both_databases!(
    summaries_equal_a_recount_after_two_thousand_random_operations,
    facts_that_were_read_are_read_again_once_a_cell_of_theirs_was_written,
    a_check_notices_a_cell_that_was_tampered_with,
    a_check_notices_a_write_that_forgot_to_mark_its_cell,
    a_check_notices_a_record_that_was_tampered_with,
    rebuilding_gives_the_same_facts_byte_for_byte,
    the_county_is_not_the_sum_of_its_townships,
);

const OPERATIONS: usize = 2000;

/// One random operation; the numbers choose among what exists.
#[derive(Clone, Debug)]
enum Step {
    Create {
        village: usize,
        day: usize,
        joint: bool,
        leaflets: i64,
        technique: usize,
    },
    Edit {
        visit: usize,
        leaflets: i64,
    },
    Redate {
        visit: usize,
        day: usize,
    },
    Move {
        visit: usize,
        village: usize,
    },
    Review {
        visit: usize,
        decision: Decision,
    },
    Delete {
        visit: usize,
    },
    BringBack {
        visit: usize,
    },
    Report {
        household: usize,
        stage: usize,
        day: usize,
        area: i64,
    },
    Unreport {
        report: usize,
    },
    Household {
        village: usize,
        is_demo: bool,
    },
    MoveHousehold {
        household: usize,
        village: usize,
    },
    Rate {
        visit: usize,
        day: usize,
        satisfied: bool,
    },
    Read,
}

fn step() -> impl Strategy<Value = Step> {
    let (any_visit, village, day) = (0..10_000_usize, 0..12_usize, 0..540_usize);
    prop_oneof![
        8 => (village.clone(), day.clone(), any::<bool>(), 0..50_i64, 0..4_usize).prop_map(
            |(village, day, joint, leaflets, technique)| Step::Create { village, day, joint, leaflets, technique }),
        4 => (any_visit.clone(), 0..50_i64).prop_map(|(visit, leaflets)| Step::Edit { visit, leaflets }),
        3 => (any_visit.clone(), day.clone()).prop_map(|(visit, day)| Step::Redate { visit, day }),
        3 => (any_visit.clone(), village.clone()).prop_map(|(visit, village)| Step::Move { visit, village }),
        8 => (any_visit.clone(), prop_oneof![
            4 => Just(Decision::Approve), 1 => Just(Decision::Return),
            1 => Just(Decision::NotRecognise), 2 => Just(Decision::Reopen)])
            .prop_map(|(visit, decision)| Step::Review { visit, decision }),
        2 => any_visit.clone().prop_map(|visit| Step::Delete { visit }),
        2 => any_visit.clone().prop_map(|visit| Step::BringBack { visit }),
        5 => (any_visit.clone(), 0..6_usize, day.clone(), 0..5000_i64).prop_map(
            |(household, stage, day, area)| Step::Report { household, stage, day, area }),
        1 => any_visit.clone().prop_map(|report| Step::Unreport { report }),
        2 => (village.clone(), any::<bool>()).prop_map(|(village, is_demo)| Step::Household { village, is_demo }),
        1 => (any_visit.clone(), village.clone()).prop_map(|(household, village)| Step::MoveHousehold { household, village }),
        2 => (any_visit, day, any::<bool>()).prop_map(|(visit, day, satisfied)| Step::Rate { visit, day, satisfied }),
        2 => Just(Step::Read),
    ]
}

/// What the test knows of a visit by itself, without asking the server.
#[derive(Clone, Debug)]
struct Known {
    rev: i64,
    village: usize,
    day: String,
    state: String,
    deleted: bool,
    late: Option<RecordId>,
}

struct Play {
    world: World,
    /// Another server over the same database, with a memory of its own of what it has read.
    other: App,
    phone: Phone,
    tablet: Phone,
    officer: OfficeActor,
    visits: Vec<(RecordId, Known)>,
    households: Vec<(RecordId, i64, usize)>,
    reports: Vec<(RecordId, i64)>,
}

/// A day between 2025-01-01 and 2026-06-24, so that most entries are late.
fn day_of(number: usize) -> String {
    let first = jiff::civil::date(2025, 1, 1);
    (first + jiff::Span::new().days(i64::try_from(number).unwrap())).to_string()
}

impl Play {
    async fn new(world: World) -> Self {
        let phone = world.phone_everywhere().await;
        let tablet = world.phone(phone.actor.person).await;
        let officer = world.officer(Role::CountyOfficer);
        Self {
            other: world.another_server().await,
            world,
            phone,
            tablet,
            officer,
            visits: vec![],
            households: vec![],
            reports: vec![],
        }
    }

    async fn push(&mut self, mutation: serde_json::Value) -> MutationResult {
        self.phone.push_one(&self.world.app, mutation).await
    }

    async fn play(&mut self, step: Step) {
        match step {
            Step::Create {
                village,
                day,
                joint,
                leaflets,
                technique,
            } => {
                let household = self.households.first().map(|(id, ..)| *id);
                let mut more =
                    json!({"leaflets": leaflets, "technique_codes": [format!("T{technique}")]});
                if let Some(id) = household {
                    more["beneficiary_ids"] = json!([id]);
                }
                if joint {
                    more["participant_ids"] = json!([uuid::Uuid::from_u128(77)]);
                }
                let (id, create) =
                    self.phone
                        .visit(villages()[village].as_str(), &day_of(day), more);
                let result = self.push(create).await;
                let known = Known {
                    rev: Phone::applied(&result),
                    village,
                    day: day_of(day),
                    state: "submitted".into(),
                    deleted: false,
                    late: None,
                };
                self.visits.push((id, known));
            }
            Step::Edit { visit, leaflets } => {
                self.patch(visit, json!({"leaflets": leaflets}), |_| {})
                    .await;
            }
            Step::Redate { visit, day } => {
                self.patch(visit, json!({"service_from": day_of(day)}), |known| {
                    known.day = day_of(day);
                })
                .await;
            }
            Step::Move { visit, village } => {
                let to = json!({"village_code": villages()[village]});
                self.patch(visit, to, |known| known.village = village).await;
            }
            Step::Review { visit, decision } => self.review(visit, decision).await,
            Step::Delete { visit } => self.delete(visit).await,
            Step::BringBack { visit } => self.bring_back(visit).await,
            Step::Report {
                household,
                stage,
                day,
                area,
            } => self.report(household, stage, day, area).await,
            Step::Unreport { report } => {
                if let Some((id, rev)) = pick(&self.reports, report).copied() {
                    let gone = self.phone.delete("adoption_report", id, rev);
                    self.push(gone).await;
                    self.reports.retain(|(own, _)| *own != id);
                }
            }
            Step::Household { village, is_demo } => {
                let (id, create) = self.phone.create("beneficiary", json!({
                    "village_code": villages()[village], "kind": "household", "display_name": "某户", "is_demo_household": is_demo}));
                let result = self.push(create).await;
                self.households.push((id, Phone::applied(&result), village));
            }
            Step::MoveHousehold { household, village } => {
                let Some((id, rev, _)) = pick(&self.households, household).copied() else {
                    return;
                };
                let patch = self.phone.patch(
                    "beneficiary",
                    id,
                    rev,
                    json!({"village_code": villages()[village]}),
                );
                let result = self.push(patch).await;
                let own = self
                    .households
                    .iter_mut()
                    .find(|(own, ..)| *own == id)
                    .unwrap();
                (own.1, own.2) = (Phone::applied(&result), village);
            }
            Step::Rate {
                visit,
                day,
                satisfied,
            } => {
                let Some((id, known)) = pick(&self.visits, visit).cloned() else {
                    return;
                };
                let score = if satisfied { "satisfied" } else { "fair" };
                let (_, create) = self.phone.create("feedback", json!({
                    "village_code": villages()[known.village], "visit_id": id, "score": score, "given_on": day_of(day)}));
                Phone::applied(&self.push(create).await);
            }
            Step::Read => {
                county_year(&self.world.app, "2026").await;
                cells::fold_stale(&self.other, 3).await.unwrap();
            }
        }
    }

    async fn patch(&mut self, visit: usize, set: serde_json::Value, then: impl Fn(&mut Known)) {
        let Some((id, known)) = pick(&self.visits, visit).cloned() else {
            return;
        };
        let patch = self.phone.patch("visit", id, known.rev, set);
        let result = self.push(patch).await;
        let own = self
            .visits
            .iter_mut()
            .find(|(own, _)| *own == id)
            .map(|(_, known)| known)
            .unwrap();
        if result.outcome != Outcome::Applied {
            let closed = own.deleted || matches!(own.state.as_str(), "approved" | "not_recognised");
            assert!(closed, "{own:?} {result:?}");
            own.late = result
                .conflicts
                .first()
                .map(|conflict| conflict.conflict_id)
                .or(own.late);
            return;
        }
        then(own);
        let changed = result.rev != Some(own.rev);
        own.rev = result.rev.unwrap();
        if changed && own.state == "returned" {
            own.state = "submitted".into();
        }
    }

    async fn review(&mut self, visit: usize, decision: Decision) {
        let Some((id, known)) = pick(&self.visits, visit).cloned() else {
            return;
        };
        let verdict = Verdict {
            visit: id,
            rev: known.rev,
            decision,
            reason: Some("other".into()),
            field: None,
            comment: Some("见现场照片".into()),
            due_on: None,
        };
        let own = self
            .visits
            .iter_mut()
            .find(|(own, _)| *own == id)
            .map(|(_, known)| known)
            .unwrap();
        match review::visit::review(&self.world.app, &self.officer, verdict).await {
            Ok(reviewed) => (own.rev, own.state) = (reviewed.rev, reviewed.state.to_owned()),
            Err(error) => assert!(
                known.deleted || error.code().as_str() == "illegal_transition",
                "{error}"
            ),
        }
    }

    async fn delete(&mut self, visit: usize) {
        let Some((id, known)) = pick(&self.visits, visit).cloned() else {
            return;
        };
        let gone = self.phone.delete("visit", id, known.rev);
        let result = self.push(gone).await;
        let own = self
            .visits
            .iter_mut()
            .find(|(own, _)| *own == id)
            .map(|(_, known)| known)
            .unwrap();
        if result.outcome == Outcome::Applied {
            own.deleted = true;
            own.rev = result.rev.unwrap_or(own.rev);
        }
    }

    /// Another device edits a deleted visit, is told so, and undoes the conflict.
    async fn bring_back(&mut self, visit: usize) {
        let Some((id, known)) = pick(&self.visits, visit).cloned() else {
            return;
        };
        if !known.deleted || matches!(known.state.as_str(), "approved" | "not_recognised") {
            return;
        }
        let late = self
            .tablet
            .patch("visit", id, known.rev - 1, json!({"content": "离线时写的"}));
        let result = self.tablet.push_one(&self.world.app, late).await;
        let note = result.conflicts[0].conflict_id;
        let undo = self.tablet.mutation(
            "command",
            "conflict",
            note.0,
            json!({"name": "undo_conflict", "base": 1}),
        );
        let result = self.tablet.push_one(&self.world.app, undo).await;
        let own = self
            .visits
            .iter_mut()
            .find(|(own, _)| *own == id)
            .map(|(_, known)| known)
            .unwrap();
        own.rev = Phone::applied(&result);
        own.deleted = false;
        if own.state == "returned" {
            own.state = "submitted".into();
        }
    }

    async fn report(&mut self, household: usize, stage: usize, day: usize, area: i64) {
        let Some((id, _, village)) = pick(&self.households, household).copied() else {
            return;
        };
        let stages = [
            "awareness",
            "interest",
            "evaluation",
            "trial",
            "adopted",
            "abandoned",
        ];
        let (report, create) = self.phone.create("adoption_report", json!({
            "village_code": villages()[village], "beneficiary_id": id, "technique_code": format!("T{}", area % 3),
            "season": "2026", "stage": stages[stage], "reported_on": day_of(day), "area_centi_mu": area,
            "benefit_before_fen": area, "benefit_after_fen": area * 2}));
        let rev = Phone::applied(&self.push(create).await);
        self.reports.push((report, rev));
    }

    /// What the test counts by itself: approved visits of the year, villages and days.
    fn own_count(&self, year: &str) -> (i64, usize, usize) {
        let counted = self.visits.iter().map(|(_, known)| known);
        let counted: Vec<_> = counted
            .filter(|known| {
                !known.deleted && known.state == "approved" && known.day.starts_with(year)
            })
            .collect();
        let villages: BTreeSet<_> = counted.iter().map(|known| known.village).collect();
        let days: BTreeSet<_> = counted.iter().map(|known| known.day.clone()).collect();
        (
            i64::try_from(counted.len()).unwrap(),
            villages.len(),
            days.len(),
        )
    }
}

fn pick<T>(all: &[T], number: usize) -> Option<&T> {
    if all.is_empty() {
        None
    } else {
        all.get(number % all.len())
    }
}

async fn county_year(app: &App, period: &str) -> Summary {
    let question = Question {
        division: code(COUNTY),
        period: period.parse().unwrap(),
        filter: Filter::default(),
        by: None,
    };
    summarise_any(app, question).await.unwrap().total
}

fn random_steps(count: usize) -> Vec<Step> {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    (0..count)
        .map(|_| step().new_tree(&mut runner).unwrap().current())
        .collect()
}

async fn summaries_equal_a_recount_after_two_thousand_random_operations(world: World) {
    let mut play = Play::new(world).await;
    for (number, step) in random_steps(OPERATIONS).into_iter().enumerate() {
        play.play(step).await;
        if number % 250 == 249 {
            for year in ["2025", "2026"] {
                let own = play.own_count(year);
                for server in [&play.world.app, &play.other] {
                    let figures = county_year(server, year).await.approved;
                    let theirs = (
                        figures.visits,
                        usize::try_from(figures.villages).unwrap(),
                        usize::try_from(figures.service_days).unwrap(),
                    );
                    assert_eq!(theirs, own, "after {number} operations in {year}");
                }
            }
            let checked = check::check(&play.world.app, code(COUNTY)).await.unwrap();
            assert!(checked.is_right(), "after {number} operations: {checked:?}");
            assert!(checked.cells > 0);
        }
    }
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, known) in &play.visits {
        *outcomes
            .entry(if known.deleted {
                "deleted"
            } else {
                known.state.as_str()
            })
            .or_default() += 1;
    }
    for state in ["approved", "submitted", "returned", "deleted"] {
        assert!(
            outcomes.get(state).is_some_and(|count| *count > 5),
            "the play is varied: {outcomes:?}"
        );
    }
}

async fn play_some(world: World) -> Play {
    let mut play = Play::new(world).await;
    for step in random_steps(150) {
        play.play(step).await;
    }
    while cells::fold_stale(&play.world.app, 100).await.unwrap() > 0 {}
    play
}

async fn facts_that_were_read_are_read_again_once_a_cell_of_theirs_was_written(world: World) {
    let play = play_some(world).await;
    let (app, other) = (&play.world.app, &play.other);
    let visits = async |app| county_year(app, "2026").await.approved.visits;
    let before = visits(app).await;
    assert!(before > 0);
    // What no server does: other facts under the same version.
    let nothing = CellFacts::default().to_json();
    let sql = "UPDATE summary_cell SET facts = $1 WHERE month > 0";
    assert!(play.world.execute(sql, vec![nothing.into()]).await > 0);
    assert_eq!(visits(app).await, before, "it was read before");
    assert_eq!(
        visits(other).await,
        0,
        "control: who has not read it finds what stands there"
    );
    let sql = "UPDATE summary_cell SET version = version + 1, folded_version = folded_version + 1 WHERE month > 0";
    play.world.execute(sql, vec![]).await;
    assert_eq!(visits(app).await, 0, "another version is read");
    check::rebuild(other, code(COUNTY)).await.unwrap();
    assert_eq!((visits(app).await, visits(other).await), (before, before));
}

async fn a_check_notices_a_cell_that_was_tampered_with(world: World) {
    let play = play_some(world).await;
    assert!(
        check::check(&play.world.app, code(COUNTY))
            .await
            .unwrap()
            .is_right()
    );
    let sql = "UPDATE summary_cell SET facts = (SELECT MIN(facts) FROM summary_cell WHERE month > 0) WHERE month = (SELECT MAX(month) FROM summary_cell)";
    assert!(play.world.execute(sql, vec![]).await > 0);
    assert!(
        !check::check(&play.world.app, code(COUNTY))
            .await
            .unwrap()
            .is_right()
    );
}

async fn a_check_notices_a_write_that_forgot_to_mark_its_cell(world: World) {
    let play = play_some(world).await;
    let sql = "UPDATE record SET deleted = TRUE WHERE id = (SELECT id FROM record WHERE kind = 'visit' AND NOT deleted AND state = 'approved' LIMIT 1)";
    assert_eq!(play.world.execute(sql, vec![]).await, 1);
    let checked = check::check(&play.world.app, code(COUNTY)).await.unwrap();
    assert!(!checked.wrong.is_empty(), "{checked:?}");
    // Whoever deletes a record behind the server's back is found by its digest and by its scopes as well.
    assert_eq!(
        (checked.altered.len(), checked.wrong_scopes.len()),
        (1, 2),
        "{checked:?}"
    );
    check::rebuild(&play.world.app, code(COUNTY)).await.unwrap();
    let checked = check::check(&play.world.app, code(COUNTY)).await.unwrap();
    assert!(
        checked.wrong.is_empty() && checked.altered.len() == 1,
        "{checked:?}"
    );
}

async fn a_check_notices_a_record_that_was_tampered_with(world: World) {
    let play = play_some(world).await;
    for (column, value) in [
        ("fields", "REPLACE(fields, '}', ', \"content\": \"改过\"}')"),
        ("rev", "rev + 1"),
        ("held", "'because'"),
    ] {
        let before = check::check(&play.world.app, code(COUNTY)).await.unwrap();
        let sql = format!(
            "UPDATE record SET {column} = {value} WHERE id = (SELECT MAX(id::text) FROM record WHERE kind = 'beneficiary')"
        );
        let sql = if play.world.url.starts_with("postgres") {
            sql.replace("WHERE id =", "WHERE id::text =")
        } else {
            sql.replace("::text", "")
        };
        assert_eq!(play.world.execute(&sql, vec![]).await, 1);
        let checked = check::check(&play.world.app, code(COUNTY)).await.unwrap();
        assert!(
            !checked.is_right() && checked.altered.len() == 1,
            "{before:?} {checked:?}"
        );
    }
}

async fn rebuilding_gives_the_same_facts_byte_for_byte(world: World) {
    #[derive(sea_orm::FromQueryResult, PartialEq, Debug)]
    struct Row {
        village_code: String,
        month: i32,
        facts: String,
    }
    let play = play_some(world).await;
    let sql = "SELECT village_code, month, facts FROM summary_cell ORDER BY village_code, month";
    let before: Vec<Row> = play.world.fetch(sql, vec![]).await;
    assert!(check::rebuild(&play.world.app, code(COUNTY)).await.unwrap() > 0);
    let after: Vec<Row> = play.world.fetch(sql, vec![]).await;
    assert_eq!(before, after);
}

async fn the_county_is_not_the_sum_of_its_townships(world: World) {
    let mut play = Play::new(world).await;
    // One person in two townships on one day: two visits, one person-day of the county.
    for village in [0, 4] {
        play.play(Step::Create {
            village,
            day: 400,
            joint: false,
            leaflets: 3,
            technique: 1,
        })
        .await;
        play.review(village / 4, Decision::Approve).await;
    }
    let question = Question {
        division: code(COUNTY),
        period: "2026".parse().unwrap(),
        filter: Filter::default(),
        by: Some(GroupBy::Division(Level::Township)),
    };
    let answer = summarise_any(&play.world.app, question).await.unwrap();
    let sum =
        |of: &dyn Fn(&Summary) -> i64| answer.rows.iter().map(|row| of(&row.summary)).sum::<i64>();
    assert_eq!(
        (
            answer.total.approved.visits,
            sum(&|row| row.approved.visits)
        ),
        (2, 2)
    );
    assert_eq!(
        (
            answer.total.approved.person_days,
            sum(&|row| row.approved.person_days)
        ),
        (1, 2)
    );
    assert_eq!(
        (
            answer.total.approved.techniques,
            sum(&|row| row.approved.techniques)
        ),
        (1, 2)
    );
    assert_eq!(answer.total.approved.counters.leaflets, 6);
}
