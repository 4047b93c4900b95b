//! Targets and assessment: a plan applied to the records of a period, what people say in three columns, and the freeze.

use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_sync_protocol::ids::PersonId;
use tepai_tests::caller::{make_account, office};
use tepai_tests::sender::{Sender, sender_of};
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_sheet_counts_what_the_records_show_and_names_them,
    three_columns_hold_what_each_side_says_and_the_last_one_counts,
    a_frozen_run_stays_what_it_was_whatever_arrives_later,
    a_target_says_how_much_of_it_is_reached,
    a_version_of_a_plan_is_never_changed,
    places_are_told_only_where_the_county_ranks,
    a_frozen_sheet_that_somebody_altered_is_not_shown,
    reading_a_frozen_run_counts_nothing,
    targets_and_runs_are_set_begun_and_frozen_on_the_command_line_as_well,
);

/// Half a point a visit, the part of the target that is reached, what people enter, and a grade.
pub(crate) const PLAN: &str = r#"
code = "test"
version = "1"
source = "tests"
label = { zh = "测试", en = "test" }
total = { least = 0, most = 100 }

[[grade]]
code = "pass"
label = { zh = "合格", en = "pass" }
at_least = 20

[[rule]]
code = "visits"
label = { zh = "次数", en = "visits" }
score = { per_unit = { measure = "visits", points = "0.5", most = 10 } }

[[rule]]
code = "target"
label = { zh = "目标", en = "target" }
score = { proportion = { measure = "visits", target = "target_visits", weight = 30 } }

[[rule]]
code = "papers"
label = { zh = "论文", en = "papers" }
score = { per_unit = { measure = "papers", points = 5, most = 10 } }

[[rule]]
code = "effect"
label = { zh = "成效", en = "effect" }
score = { entered = { most = 20 } }

[[rule]]
code = "attitude"
label = { zh = "态度", en = "attitude" }
score = { graded = { grades = { good = 4, fair = 3 } } }
"#;

const PERIOD: &str = "2026-H1";

struct Scene {
    officer: Caller,
    busy: Sender,
    busy_id: PersonId,
    idle_id: PersonId,
    visits: Vec<String>,
    run: String,
}

/// Two commissioners: one with two approved visits, one pending and one out of the period; the other with none. A target of
/// three visits for the first, and an open run.
async fn scene(world: &World) -> Scene {
    let officer = office(world, Role::CountyOfficer).await;
    let busy_id = world.commissioner(&villages()[..2]).await;
    let idle_id = world.commissioner(&villages()[4..5]).await;
    let mut busy = sender_of(world, busy_id).await;
    let mut visits = Vec::new();
    for (at, on) in [(0, "2026-05-06"), (1, "2026-06-20")] {
        let place = (villages()[at].to_string(), on);
        let place = (place.0.as_str(), place.1);
        let id = officer
            .approved_visit(world, &mut busy.phone, place, json!({}))
            .await;
        visits.push(id);
    }
    let (_, pending) = busy
        .phone
        .visit(villages()[0].as_str(), "2026-06-21", json!({}));
    busy.phone.push_one(&world.app, pending).await;
    officer
        .post("/v1/score-plans", json!({"text": PLAN}))
        .await
        .ok();
    let target = json!({"targets": [{
        "subject_kind": "commissioner", "subject": busy_id, "measure": "visits", "period": PERIOD, "amount": 3,
    }]});
    officer.put("/v1/targets", target).await.ok();
    let new = json!({"plan": "test", "version": "1", "subjects": "commissioner", "period": PERIOD});
    let run = officer.post("/v1/score-runs", new).await.ok();
    visits.sort();
    Scene {
        officer,
        busy,
        busy_id,
        idle_id,
        visits,
        run: run["id"].as_str().unwrap().to_owned(),
    }
}

impl Scene {
    fn path(&self, of: PersonId) -> String {
        format!("/v1/score-runs/{}/sheets/{of}", self.run)
    }

    async fn sheet(&self, of: PersonId) -> Value {
        self.officer.get(&self.path(of)).await.ok()["sheet"].clone()
    }

    async fn freeze(&self, rev: i64) -> tepai_tests::caller::Answer {
        let path = format!("/v1/score-runs/{}/freeze", self.run);
        self.officer
            .post(&path, json!({"rev": rev, "with_missing": true}))
            .await
    }

    /// Fills in everything that no record shows.
    async fn fill(&self, of: PersonId) {
        let entries = json!({"entries": [
            {"column": "figure", "code": "papers", "value": "1", "note": "《水产养殖》2026(3)"},
            {"column": "assessed", "code": "effect", "value": "13.5"},
            {"column": "assessed", "code": "attitude", "value": "fair"},
        ]});
        self.officer.put(&self.path(of), entries).await.ok();
    }
}

fn line<'a>(sheet: &'a Value, rule: &str) -> &'a Value {
    let mut lines = sheet["lines"].as_array().unwrap().iter();
    lines.find(|line| line["rule"] == rule).unwrap()
}

async fn a_sheet_counts_what_the_records_show_and_names_them(world: World) {
    let scene = scene(&world).await;
    let sheet = scene.sheet(scene.busy_id).await;
    assert_eq!(line(&sheet, "visits")["computed"], "1");
    assert_eq!(
        line(&sheet, "target")["computed"],
        "20",
        "two of three, of 30"
    );
    assert_eq!(line(&sheet, "papers")["missing"], "papers");
    assert_eq!(sheet["totals"], json!({}), "what is missing is not zero");
    let mut behind: Vec<_> = sheet["records"]["visit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["id"].as_str().unwrap().to_owned())
        .collect();
    behind.sort();
    assert_eq!(behind, scene.visits, "neither the pending one");
    assert_eq!(line(&sheet, "visits")["evidence"], json!(["visit"]));
    // Whoever visited nothing has a sheet as well; without a target of its own it says so.
    let idle = scene.sheet(scene.idle_id).await;
    assert_eq!(line(&idle, "visits")["computed"], "0");
    assert_eq!(line(&idle, "target")["missing"], "target_visits");
    let all = format!("/v1/score-runs/{}", scene.run);
    let sheets = scene.officer.get(&all).await.ok()["sheets"].clone();
    assert_eq!(sheets.as_array().unwrap().len(), 2);
    // The coordinator of the first township sees the one who works there.
    let coordinator = office(&world, Role::Coordinator).await;
    let own = coordinator.get(&all).await.ok()["sheets"].clone();
    assert_eq!(own.as_array().unwrap().len(), 1);
    assert_eq!(own[0]["subject"], json!(scene.busy_id));
    coordinator
        .get(&scene.path(scene.idle_id))
        .await
        .refused(404, "not_found");
    // A township and the county are assessed by the same plan and their own folds.
    for (subjects, subject) in [
        ("township", townships()[0].to_string()),
        ("county", COUNTY.to_owned()),
    ] {
        let new = json!({"plan": "test", "version": "1", "subjects": subjects, "period": PERIOD});
        let run = scene.officer.post("/v1/score-runs", new).await.ok();
        let path = format!(
            "/v1/score-runs/{}/sheets/{subject}",
            run["id"].as_str().unwrap()
        );
        let sheet = scene.officer.get(&path).await.ok()["sheet"].clone();
        assert_eq!(line(&sheet, "visits")["computed"], "1", "{subjects}");
        assert_eq!(sheet["records"]["visit"].as_array().unwrap().len(), 2);
    }
}

async fn three_columns_hold_what_each_side_says_and_the_last_one_counts(world: World) {
    let scene = scene(&world).await;
    let path = scene.path(scene.busy_id);
    // The commissioner says so on the phone, of the own sheet and the own column alone.
    let own = json!({"entries": [
        {"column": "self", "code": "effect", "value": "19"},
        {"column": "self", "code": "attitude", "value": "good"},
    ]});
    let phone = &scene.busy.http;
    phone.put(&path, own.clone()).await.ok();
    phone
        .put(&scene.path(scene.idle_id), own.clone())
        .await
        .refused(404, "not_found");
    let assessed = json!({"entries": [{"column": "assessed", "code": "effect", "value": "19"}]});
    phone.put(&path, assessed).await.refused(403, "not_allowed");
    scene.fill(scene.busy_id).await;
    let sheet = scene.sheet(scene.busy_id).await;
    // 1 + 20 + 5 + 19 + 4, and 1 + 20 + 5 + 13.5 + 3.
    let totals = json!({"self": "49", "assessed": "42.5", "final": "42.5"});
    assert_eq!(sheet["totals"], totals);
    assert_eq!(sheet["grade"], "pass");
    assert_eq!(sheet["measures"]["papers"]["by_hand"], true);
    let decided = json!({"entries": [
        {"column": "final", "code": "target", "value": "25", "note": "抗洪停工一个月，领导小组研究同意"},
    ]});
    scene.officer.put(&path, decided).await.ok();
    let sheet = scene.sheet(scene.busy_id).await;
    assert_eq!(sheet["totals"]["final"], "47.5");
    assert_eq!(sheet["totals"]["assessed"], "42.5");
    let line = line(&sheet, "target");
    assert_eq!(
        (
            &line["computed"],
            &line["final"]["points"],
            &line["final"]["said"]
        ),
        (&json!("20"), &json!("25"), &json!(true))
    );
    // What cannot be: each is refused with its field, and nothing is written.
    for (entry, field, code) in [
        (
            json!({"column": "final", "code": "target", "value": "25"}),
            "note",
            "required",
        ),
        (
            json!({"column": "assessed", "code": "visits", "value": "2"}),
            "note",
            "required",
        ),
        (
            json!({"column": "assessed", "code": "effect", "value": "20.5"}),
            "value",
            "out_of_range",
        ),
        (
            json!({"column": "assessed", "code": "attitude", "value": "4"}),
            "value",
            "out_of_range",
        ),
        (
            json!({"column": "figure", "code": "visits", "value": "9"}),
            "code",
            "measure_from_records",
        ),
        (
            json!({"column": "figure", "code": "papers", "value": "-1"}),
            "value",
            "out_of_range",
        ),
        (
            json!({"column": "self", "code": "nothing", "value": "1"}),
            "code",
            "unknown_code",
        ),
    ] {
        let answer = scene.officer.put(&path, json!({"entries": [entry]})).await;
        let problem = answer.refused(422, "invalid_input");
        let error = &problem["errors"][0];
        assert_eq!(error["pointer"], format!("/entries/0/{field}"), "{entry}");
        assert_eq!(error["code"], code, "{entry}");
    }
    for code in ["nothing", "\u{0}"] {
        let entry = json!({"column": "self", "code": code, "value": null});
        let answer = scene.officer.put(&path, json!({"entries": [entry]})).await;
        let problem = answer.refused(422, "invalid_input");
        assert_eq!(problem["errors"][0]["code"], "unknown_code");
    }
    // What was said is taken back.
    let back = json!({"entries": [{"column": "final", "code": "target", "value": null}]});
    scene.officer.put(&path, back).await.ok();
    assert_eq!(scene.sheet(scene.busy_id).await["totals"]["final"], "42.5");
}

async fn a_frozen_run_stays_what_it_was_whatever_arrives_later(world: World) {
    let mut scene = scene(&world).await;
    scene.fill(scene.busy_id).await;
    // Somebody says more while the officer reads: what was not seen is not frozen.
    scene.freeze(0).await.refused(409, "stale");
    let path = format!("/v1/score-runs/{}/freeze", scene.run);
    let missing = scene.officer.post(&path, json!({"rev": 1})).await;
    let missing = missing.refused(409, "scores_missing");
    assert_eq!(missing["detail"], "1 / 2", "the idle one has no points yet");
    let frozen = scene.freeze(1).await.ok();
    assert!(frozen["frozen_at"].is_i64(), "{frozen}");
    let before = scene.officer.get(&scene.path(scene.busy_id)).await.ok();
    assert_eq!(before["sheet"]["totals"]["final"], "42.5");
    assert_eq!(
        before["sheet"]["records"]["visit"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let all = format!("/v1/score-runs/{}", scene.run);
    let list = scene.officer.get(&all).await.ok();
    // A late visit, another target, an undone approval, a hand-over, another setting.
    let place = villages()[0].to_string();
    scene
        .officer
        .approved_visit(
            &world,
            &mut scene.busy.phone,
            (&place, "2026-06-25"),
            json!({}),
        )
        .await;
    let target = json!({"targets": [{
        "subject_kind": "commissioner", "subject": scene.busy_id, "measure": "visits", "period": PERIOD, "amount": 1,
    }]});
    scene.officer.put("/v1/targets", target).await.ok();
    let visit = scene
        .officer
        .get(&format!("/v1/visits/{}", scene.visits[0]))
        .await
        .ok();
    let reopen = json!({"rev": visit["rev"], "decision": "reopen", "comment": "重查"});
    let path = format!("/v1/visits/{}/reviews", scene.visits[0]);
    scene.officer.post(&path, reopen).await.ok();
    world
        .unassign(scene.busy_id, &villages()[0], "2026-06-26")
        .await;
    assert_eq!(
        scene.officer.get(&scene.path(scene.busy_id)).await.ok(),
        before
    );
    assert_eq!(scene.officer.get(&all).await.ok(), list);
    let more = json!({"entries": [{"column": "assessed", "code": "effect", "value": "1"}]});
    let answer = scene.officer.put(&scene.path(scene.busy_id), more).await;
    answer.refused(409, "run_frozen");
    scene.freeze(1).await.refused(409, "run_frozen");
    // The control: a run of the same plan and period that is open does change.
    let new = json!({"plan": "test", "version": "1", "subjects": "commissioner", "period": PERIOD});
    let run = scene.officer.post("/v1/score-runs", new).await.ok();
    scene.run = run["id"].as_str().unwrap().to_owned();
    let now = scene.sheet(scene.busy_id).await;
    assert_eq!(line(&now, "target")["computed"], "30");
}

async fn a_target_says_how_much_of_it_is_reached(world: World) {
    let scene = scene(&world).await;
    let township = townships()[0].to_string();
    let more = json!({"targets": [
        {"subject_kind": "township", "subject": township, "measure": "visits", "period": "2026-06", "amount": 4},
        {"subject_kind": "county", "subject": COUNTY, "measure": "village_coverage", "period": PERIOD, "amount": 10_000},
    ]});
    scene.officer.put("/v1/targets", more).await.ok();
    let answer = scene.officer.get("/v1/targets?period=2026").await.ok();
    let reached: Vec<_> = answer["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let [kind, actual] = ["subject_kind", "actual"].map(|name| one[name].as_str().unwrap());
            (kind, actual, one["reached_basis_points"].as_i64().unwrap())
        })
        .collect();
    // Two of twelve villages: 16.67 %.
    let expected = [
        ("commissioner", "2", 6666),
        ("county", "16.67", 1667),
        ("township", "1", 2500),
    ];
    assert_eq!(reached, expected);
    let coordinator = office(&world, Role::Coordinator).await;
    let seen = coordinator.get("/v1/targets?period=2026").await.ok();
    assert_eq!(
        seen["targets"].as_array().unwrap().len(),
        2,
        "not the county's"
    );
    let away = json!({"targets": [
        {"subject_kind": "township", "subject": township, "measure": "visits", "period": "2026-06", "amount": null},
    ]});
    scene.officer.put("/v1/targets", away).await.ok();
    let answer = scene.officer.get("/v1/targets?period=2026").await.ok();
    assert_eq!(answer["targets"].as_array().unwrap().len(), 2);
    for (subject, measure, amount, status, code) in [
        (COUNTY, "nothing", 1, 422, "invalid_input"),
        (COUNTY, "visits", -1, 422, "invalid_input"),
        ("990422", "visits", 1, 404, "not_found"),
        ("x", "visits", 1, 404, "not_found"),
    ] {
        let wrong = json!({"targets": [
            {"subject_kind": "county", "subject": subject, "measure": measure, "period": "2026", "amount": amount},
        ]});
        let answer = scene.officer.put("/v1/targets", wrong).await;
        answer.refused(status, code);
    }
}

async fn a_version_of_a_plan_is_never_changed(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let add = async |text: &str| officer.post("/v1/score-plans", json!({"text": text})).await;
    add(PLAN).await.ok();
    add(PLAN).await.ok();
    let other = PLAN.replace("most = 20", "most = 25");
    add(&other).await.refused(409, "already_exists");
    add(&other.replace("version = \"1\"", "version = \"2\""))
        .await
        .ok();
    let problem = add("code = 1").await.refused(422, "invalid_input");
    assert_eq!(problem["errors"][0]["pointer"], "/text");
    // One that comes with Tepai is not replaced either.
    let shipped = officer.get("/v1/score-plans/wujin-2012/1").await.ok();
    let text = shipped["text"].as_str().unwrap().replace("120", "60");
    add(&text).await.refused(409, "already_exists");
    let plans = officer.get("/v1/score-plans").await.ok();
    let versions: Vec<_> = plans["plans"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|plan| plan["is_shipped"] == false)
        .map(|plan| plan["version"].as_str().unwrap())
        .collect();
    assert_eq!(versions, ["1", "2"]);
    officer
        .get("/v1/score-plans/test/3")
        .await
        .refused(404, "not_found");
}

async fn places_are_told_only_where_the_county_ranks(world: World) {
    let scene = scene(&world).await;
    for person in [scene.busy_id, scene.idle_id] {
        scene.fill(person).await;
    }
    let path = format!("/v1/score-runs/{}", scene.run);
    let sheets = scene.officer.get(&path).await.ok()["sheets"].clone();
    assert!(
        sheets
            .as_array()
            .unwrap()
            .iter()
            .all(|sheet| sheet.get("place").is_none())
    );
    let on = json!({"value": true, "valid_from": "2026-01-01"});
    scene
        .officer
        .put("/v1/settings/score_ranking", on)
        .await
        .ok();
    let sheets = scene.officer.get(&path).await.ok()["sheets"].clone();
    let places: Vec<_> = sheets
        .as_array()
        .unwrap()
        .iter()
        .map(|sheet| (sheet["subject"].clone(), sheet.get("place").cloned()))
        .collect();
    let expected = [
        (json!(scene.busy_id), Some(json!(1))),
        (json!(scene.idle_id), None),
    ];
    assert_eq!(places, expected, "without a total there is no place");
}

async fn a_frozen_sheet_that_somebody_altered_is_not_shown(world: World) {
    let scene = scene(&world).await;
    scene.freeze(0).await.ok();
    let path = scene.path(scene.busy_id);
    scene.officer.get(&path).await.ok();
    let sql = "UPDATE score_sheet SET document = replace(document, '\"computed\":\"1\"', '\"computed\":\"9\"')";
    assert_eq!(world.execute(sql, vec![]).await, 2);
    scene.officer.get(&path).await.refused(500, "internal");
}

async fn reading_a_frozen_run_counts_nothing(world: World) {
    let scene = scene(&world).await;
    let open =
        json!({"plan": "test", "version": "1", "subjects": "commissioner", "period": PERIOD});
    let open = scene.officer.post("/v1/score-runs", open).await.ok();
    let open = format!("/v1/score-runs/{}", open["id"].as_str().unwrap());
    scene.freeze(0).await.ok();
    let frozen = format!("/v1/score-runs/{}", scene.run);
    let before = scene.officer.get(&frozen).await.ok();
    let coordinator = office(&world, Role::Coordinator).await;
    let own = coordinator.get(&frozen).await.ok();
    assert_eq!(
        own["sheets"].as_array().unwrap().len(),
        1,
        "of the own township: {own}"
    );
    scene.officer.get(&open).await.ok();
    // Facts that nobody can read: whoever counts fails.
    let sql = "UPDATE summary_cell SET facts = '{\"f\":2,\"v\":7}', version = version + 1, folded_version = version + 1";
    assert!(world.execute(sql, vec![]).await > 0);
    scene.officer.get(&open).await.refused(500, "internal");
    assert_eq!(scene.officer.get(&frozen).await.ok(), before);
    assert_eq!(coordinator.get(&frozen).await.ok(), own);
    scene.officer.get(&scene.path(scene.busy_id)).await.ok();
}

/// What a command prints as JSON.
fn tepai(world: &World, arguments: &[&str]) -> Result<Value, String> {
    let output = std::process::Command::new(tepai_tests::process::binary())
        .args(arguments)
        .args(["--lang", "en", "--database-url", &world.url])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    Ok(serde_json::from_str(&said).unwrap_or(Value::String(said)))
}

async fn targets_and_runs_are_set_begun_and_frozen_on_the_command_line_as_well(world: World) {
    let scene = scene(&world).await;
    let by = ["--as", "office.county_officer", "--json"];
    let busy = scene.busy_id.to_string();
    let all = |first: &[&str]| -> Vec<String> {
        let all = first.iter().chain(&by);
        all.map(|one| (*one).to_owned()).collect()
    };
    let run = |first: &[&str]| {
        let arguments = all(first);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        tepai(&world, &arguments)
    };
    let set = ["target", "set", &busy, "visits", "2026", "12", "--as"];
    let set = |by| [&set[..], &[by]].concat();
    tepai(&world, &set("office.county_officer")).unwrap();
    let targets = run(&["target", "list", "2026"]).unwrap();
    let of_year = targets
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["target"] == "12")
        .unwrap();
    assert_eq!(
        (&of_year["actual"], &of_year["basis_points"]),
        (&json!("2"), &json!(1666))
    );
    // Only who may do so over the API may do so here, and half a visit is none.
    make_account(&world, "looker", Role::Auditor, COUNTY).await;
    let refused = tepai(&world, &set("looker")).unwrap_err();
    assert!(refused.contains("looker may not set targets"), "{refused}");
    let half = [
        "target",
        "set",
        &busy,
        "visits",
        "2026",
        "0.5",
        "--as",
        "office.county_officer",
    ];
    assert!(
        tepai(&world, &half)
            .unwrap_err()
            .contains("the amount is wrong")
    );

    let begun = run(&["score-run", "begin", "test", "1", "commissioner", PERIOD]).unwrap();
    let id = begun["id"].as_str().unwrap();
    assert_eq!(
        run(&["score-run", "list"])
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let shown = run(&["score-run", "show", id]).unwrap();
    let over_http = scene
        .officer
        .get(&format!("/v1/score-runs/{id}"))
        .await
        .ok();
    assert_eq!(shown["sheets"], over_http["sheets"], "one and the same");
    let stale = run(&["score-run", "freeze", id, "--rev", "7"]).unwrap_err();
    assert!(!stale.is_empty());
    run(&["score-run", "freeze", id, "--rev", "0", "--with-missing"]).unwrap();
    let sheet = run(&["score-run", "show", id, "--sheet", &busy]).unwrap();
    assert_eq!(sheet["records"]["visit"].as_array().unwrap().len(), 2);
    let table = ["score-run", "show", id, "--as", "office.county_officer"];
    let table = tepai(&world, &table).unwrap();
    assert!(table.as_str().unwrap().contains("frozen"), "{table}");
    let audit = scene
        .officer
        .get("/v1/audit?act=score_run_frozen")
        .await
        .ok();
    assert_eq!(audit["links"][0]["by"], "operator");
    assert!(
        audit["links"][0]["detail"]["for"].is_string(),
        "and on whose behalf"
    );
}
