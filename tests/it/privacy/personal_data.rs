//! What the server keeps of people: masked numbers, contacts that are written down when they are read, and anonymity that lasts.

use crate::photos::arrival::make_old;
use sea_orm::FromQueryResult;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tepai_app::audit;
use tepai_app::photos::cleanup;
use tepai_app::privacy::anonymise;
use tepai_app::summaries::check;
use tepai_domain::actor::Role;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::sync::Outcome;
use tepai_tests::caller::office;
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::sender::{photo_of, sender};
use tepai_tests::world::{COUNTY, DAY_MS, code, townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    nothing_in_any_table_names_whoever_became_anonymous_and_every_figure_stays,
    what_went_out_and_may_name_somebody_is_kept_no_longer_and_its_number_stays,
    notes_on_score_sheets_and_edits_at_the_desk_name_nobody_any_more,
    photos_of_visits_to_nobody_else_go_where_that_is_asked_for,
    an_old_copy_on_a_phone_does_not_bring_a_name_back,
    a_contact_is_shown_to_whoever_says_what_for_and_that_is_written_down,
    a_number_is_masked_at_the_desk_too,
    whoever_nobody_served_for_as_long_as_the_county_keeps_names_becomes_anonymous,
);

const NAME: &str = "王建国";
const FORMER: &str = "王小国";
const PHONE: &str = "13812345678";

#[derive(FromQueryResult)]
struct Text {
    text: Option<String>,
}

async fn texts(world: &World, sql: &str) -> Vec<String> {
    let rows: Vec<Text> = world.fetch(sql, vec![]).await;
    rows.into_iter().filter_map(|row| row.text).collect()
}

/// Every row of every table, as text.
async fn dump(world: &World) -> Vec<String> {
    let mut rows = Vec::new();
    if world.app.store.backend_name() == "sqlite" {
        let tables = texts(
            world,
            "SELECT name AS text FROM sqlite_master WHERE type = 'table'",
        )
        .await;
        for table in tables {
            let columns = format!("SELECT name AS text FROM pragma_table_info('{table}')");
            let columns = texts(world, &columns).await;
            let columns: Vec<String> = columns
                .iter()
                .map(|column| format!("quote(\"{column}\")"))
                .collect();
            let sql = format!(
                "SELECT {} AS text FROM \"{table}\"",
                columns.join(" || ',' || ")
            );
            let of_table = texts(world, &sql).await;
            rows.extend(of_table.into_iter().map(|row| format!("{table}: {row}")));
        }
        return rows;
    }
    let tables = "SELECT table_name::text AS text FROM information_schema.tables WHERE table_schema = 'public'";
    for table in texts(world, tables).await {
        let of_table = texts(world, &format!("SELECT t::text AS text FROM \"{table}\" t")).await;
        rows.extend(of_table.into_iter().map(|row| format!("{table}: {row}")));
    }
    rows
}

/// Rows in which the person can be found.
async fn hits(world: &World) -> Vec<String> {
    let all = dump(world).await;
    let planted = [NAME, FORMER, PHONE];
    all.into_iter()
        .filter(|row| planted.iter().any(|text| row.contains(text)))
        .collect()
}

async fn push(world: &World, phone: &mut Phone, mutation: Value) -> (i64, Option<String>) {
    let result = phone.push_one(&world.app, mutation).await;
    let code = result
        .problem
        .map(|problem| problem.code.as_str().to_owned());
    (result.rev.unwrap_or(0), code)
}

/// What was planted.
struct Scene {
    officer: Caller,
    phone: Phone,
    rival: Phone,
    person: RecordId,
    created: Value,
    visit: RecordId,
    visited: Value,
}

/// A household that is named wherever a name can come to stand.
async fn scene(world: &World) -> Scene {
    let officer = office(world, Role::CountyOfficer).await;
    let place = villages()[0].to_string();
    let commissioner = world.commissioner(&villages()).await;
    let mut phone = world.phone(commissioner).await;
    let rival = world.commissioner(&villages()).await;
    let mut rival = world.phone(rival).await;
    let set = json!({
        "village_code": place, "kind": "household", "display_name": NAME, "phone": PHONE, "is_demo_household": true,
        "is_local_expert": true, "note": format!("{NAME}的儿子在外"), "nickname": NAME,
    });
    let (person, created) = phone.create("beneficiary", set);
    let (rev, problem) = push(world, &mut phone, created.clone()).await;
    assert_eq!(problem, None);
    // Two people call it differently: a conflict note and a result hold a former name.
    let own = phone.patch("beneficiary", person, rev, json!({"display_name": FORMER}));
    push(world, &mut phone, own).await;
    let other = rival.patch("beneficiary", person, rev, json!({"display_name": NAME}));
    push(world, &mut rival, other).await;

    let (_, site) = phone.create(
        "site",
        json!({"village_code": place, "beneficiary_id": person, "kind": "pond", "display_name": format!("{NAME}塘"), "area_centi_mu": 300}),
    );
    push(world, &mut phone, site).await;
    let more = json!({
        "content": format!("到{NAME}家查看，电话{PHONE}"), "beneficiary_ids": [person], "leaflets": 3,
        "problem_found": format!("village {place} 的{NAME}反映缺氧"),
    });
    let (visit, visited) = phone.visit(&place, "2026-05-20", more);
    let (rev, problem) = push(world, &mut phone, visited.clone()).await;
    assert_eq!(problem, None);
    let body = json!({"rev": rev, "decision": "return", "reason": "content", "comment": format!("{NAME}的电话不对")});
    let path = format!("/v1/visits/{visit}");
    officer.post(&format!("{path}/reviews"), body).await.ok();
    let again = phone.patch("visit", visit, rev + 1, json!({"leaflets": 4}));
    let (rev, problem) = push(world, &mut phone, again).await;
    assert_eq!(problem, None);
    let now = officer.get(&path).await.ok();
    if now["fields"]["review_state"] != "submitted" {
        let submit = phone.mutation(
            "command",
            "visit",
            visit.0,
            json!({"base": rev, "name": "submit"}),
        );
        push(world, &mut phone, submit).await;
    }
    let rev = officer.get(&path).await.ok()["rev"].clone();
    let body = json!({"rev": rev, "decision": "approve"});
    officer.post(&format!("{path}/reviews"), body).await.ok();
    for (kind, set) in [
        (
            "adoption_report",
            json!({"beneficiary_id": person, "technique_code": "T1", "season": "2026", "stage": "adopted", "reported_on": "2026-05-21", "note": NAME}),
        ),
        (
            "follow_up",
            json!({"problem": format!("{NAME}缺氧"), "due_on": "2026-07-01", "beneficiary_id": person}),
        ),
        (
            "feedback",
            json!({"visit_id": visit, "score": "fair", "given_on": "2026-05-22", "comment": format!("我是{NAME}")}),
        ),
        (
            "visit",
            json!({"service_from": "2026-05-23", "mode": "household", "industry": "vegetable", "content": format!("路过{NAME}家")}),
        ),
    ] {
        let mut set = set;
        set["village_code"] = json!(place);
        let (_, create) = phone.create(kind, set);
        assert_eq!(push(world, &mut phone, create).await.1, None, "{kind}");
    }
    // Refused: kept as they came.
    let wrong = rival.patch(
        "beneficiary",
        person,
        2,
        json!({"display_name": NAME, "kind": "no such"}),
    );
    assert!(push(world, &mut rival, wrong).await.1.is_some());
    officer
        .post("/v1/closings", json!({"month": "2026-05"}))
        .await
        .ok();
    Scene {
        officer,
        phone,
        rival,
        person,
        created,
        visit,
        visited,
    }
}

impl Scene {
    async fn rev(&self) -> Value {
        let path = format!("/v1/demo-households?period=2026&division={COUNTY}");
        self.officer.get(&path).await.ok()["entries"][0]["rev"].clone()
    }

    async fn anonymise(&self) -> Value {
        let body = json!({"rev": self.rev().await, "reason": "own_request"});
        let path = format!("/v1/beneficiaries/{}/anonymise", self.person);
        self.officer.post(&path, body).await.ok()
    }

    async fn figures(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for by in ["township", "village", "month", "commissioner", "technique"] {
            let path = format!("/v1/summaries/{COUNTY}?period=2026&by={by}");
            let summary = self.officer.get(&path).await.ok();
            all.push(json!([summary["total"], summary["rows"]]));
        }
        all
    }
}

async fn nothing_in_any_table_names_whoever_became_anonymous_and_every_figure_stays(world: World) {
    let mut scene = scene(&world).await;
    let planted = hits(&world).await;
    for table in [
        "record",
        "mutation_result",
        "dead_letter",
        "review",
        "closing",
    ] {
        let begins = format!("{table}: ");
        assert!(
            planted.iter().any(|row| row.starts_with(&begins)),
            "the control: {table}"
        );
    }
    let before = scene.figures().await;
    scene.phone.pull_all(&world.app).await;
    let done = scene.anonymise().await;
    assert!(
        done["records"].as_u64().unwrap() >= 8 && done["texts"].as_u64().unwrap() >= 4,
        "{done}"
    );
    let left = hits(&world).await;
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(scene.figures().await, before);
    let checked = check::check(&world.app, code(COUNTY)).await.unwrap();
    assert!(checked.is_right(), "{checked:?}");
    let walked = audit::verify(&world.app, &[]).await.unwrap();
    assert!(walked.breaks.is_empty(), "{:?}", walked.breaks);
    // The closed month is still read, and what was a place in a text still is one.
    let closed = format!("/v1/exports/{COUNTY}?period=2026-05&format=json&closed=true");
    let closed = scene.officer.get(&closed).await.ok().to_string();
    assert!(closed.contains("（已匿名）") && !closed.contains(NAME));
    let visit = scene
        .officer
        .get(&format!("/v1/visits/{}", scene.visit))
        .await
        .ok();
    let problem = visit["fields"]["problem_found"].as_str().unwrap();
    assert!(problem.contains(villages()[0].as_str()) && problem.contains("（已匿名）"));
    // Phones hear of it.
    let changes = scene.phone.pull_all(&world.app).await;
    let own = changes
        .iter()
        .find(|change| change.id == scene.person)
        .unwrap();
    let data: Value = serde_json::from_str(own.data.as_ref().unwrap().get()).unwrap();
    assert_eq!(data["display_name"], "（已匿名）");
    assert!(data["anonymised_at"].is_i64() && data.get("phone").is_none());
    assert!(own.ext.is_none() && data["is_demo_household"] == true);
    let twice = json!({"rev": own.rev, "reason": "own_request"});
    let path = format!("/v1/beneficiaries/{}/anonymise", scene.person);
    scene
        .officer
        .post(&path, twice)
        .await
        .refused(409, "anonymised");
}

async fn what_went_out_and_may_name_somebody_is_kept_no_longer_and_its_number_stays(world: World) {
    let scene = scene(&world).await;
    let (here, elsewhere) = (townships()[0].clone(), townships()[1].clone());
    assert!(villages()[0].as_str().starts_with(here.as_str()));
    let mut sent = Vec::new();
    for (division, query) in [
        (COUNTY, "format=json"),
        (COUNTY, "format=xlsx"),
        (here.as_str(), "format=csv&table=visits"),
        (elsewhere.as_str(), "format=csv&table=visits"),
        (COUNTY, "format=html"),
        (COUNTY, "format=geojson"),
    ] {
        let path = format!("/v1/exports/{division}?period=2026-05&{query}");
        let answer = scene.officer.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        sent.push(answer.bytes);
    }
    let names = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        [NAME, FORMER, PHONE].iter().any(|one| text.contains(one))
    };
    assert!(names(&sent[0]) && names(&sent[2]), "the control");
    scene.anonymise().await;
    let listed = scene.officer.get("/v1/reports").await.ok();
    assert_eq!(listed["reports"].as_array().unwrap().len(), sent.len());
    for (at, before) in sent.iter().enumerate() {
        let path = format!("/v1/reports/{COUNTY}-2026-{:04}", at + 1);
        let again = scene.officer.get(&path).await;
        if at < 3 {
            let problem = again.refused(404, "not_found");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("kept no longer"), "{problem}");
        } else {
            assert_eq!(&again.bytes, before, "{path}");
            assert!(!names(before), "{path}");
        }
    }
}

async fn notes_on_score_sheets_and_edits_at_the_desk_name_nobody_any_more(world: World) {
    let mut scene = scene(&world).await;
    let officer = &scene.officer;
    let plan = json!({"text": crate::assessment::score_runs::PLAN});
    officer.post("/v1/score-plans", plan).await.ok();
    let person = officer
        .get(&format!("/v1/visits/{}", scene.visit))
        .await
        .ok()["fields"]["commissioner_id"]
        .clone();
    let person = person.as_str().unwrap();
    let mut sheets = Vec::new();
    for _ in 0..2 {
        let new = json!({"plan": "test", "version": "1", "subjects": "commissioner", "period": "2026-H1"});
        let run = officer.post("/v1/score-runs", new).await.ok();
        let path = format!("/v1/score-runs/{}", run["id"].as_str().unwrap());
        let note = format!("{NAME}作证，电话{PHONE}");
        let said = json!({"entries": [
            {"column": "figure", "code": "papers", "value": "1", "note": note},
        ]});
        let sheet = format!("{path}/sheets/{person}");
        officer.put(&sheet, said).await.ok();
        sheets.push((path, sheet));
    }
    // One of the runs is frozen.
    let freeze = json!({"rev": 1, "with_missing": true});
    let path = format!("{}/freeze", sheets[0].0);
    officer.post(&path, freeze).await.ok();
    // And a refused visit is mended at the desk, with the name in what was mended.
    let wrong = json!({"content": "测水", "mode": "no such"});
    let (_, create) = scene
        .phone
        .visit(villages()[0].as_str(), "2026-05-25", wrong);
    assert!(push(&world, &mut scene.phone, create).await.1.is_some());
    let letters = scene.officer.get("/v1/dead-letters").await.ok();
    let mut letters = letters["dead_letters"].as_array().unwrap().iter();
    let letter = letters
        .find(|letter| letter["mutation"]["set"]["content"] == "测水")
        .unwrap();
    let path = format!("/v1/dead-letters/{}", letter["id"].as_str().unwrap());
    let mended = json!({
        "decision": "apply",
        "set": {"mode": "household", "content": format!("在{NAME}家测水"), "beneficiary_ids": [scene.person]},
    });
    let done = scene.officer.post(&path, mended).await.ok();
    assert_eq!(done["result"]["outcome"], "applied", "{done}");
    let totals = async |path: &str| scene.officer.get(path).await.ok()["sheet"]["totals"].clone();
    let before = [totals(&sheets[0].1).await, totals(&sheets[1].1).await];
    let planted = hits(&world).await;
    for table in ["score_entry", "score_sheet", "dead_letter"] {
        let begins = format!("{table}: ");
        assert!(
            planted.iter().any(|row| row.starts_with(&begins)),
            "the control: {table}"
        );
    }
    scene.anonymise().await;
    let left = hits(&world).await;
    assert!(left.is_empty(), "{left:#?}");
    let after = [totals(&sheets[0].1).await, totals(&sheets[1].1).await];
    assert_eq!(after, before, "the frozen one is still read, too");
}

async fn photos_of_visits_to_nobody_else_go_where_that_is_asked_for(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let mut sender = sender(&world).await;
    let place = villages()[0].to_string();
    let mut people = Vec::new();
    for name in [NAME, "赵六六"] {
        let set = json!({"village_code": place, "kind": "household", "display_name": name});
        let (id, create) = sender.phone.create("beneficiary", set);
        assert_eq!(push(&world, &mut sender.phone, create).await.1, None);
        people.push(id);
    }
    let [person, neighbour] = people[..] else {
        unreachable!()
    };
    // The own one, one of a visit to two, and one that a visit to nobody shows as well.
    let pictures = [910, 911, 912].map(|seed| jpeg(seed, 200, 150));
    for (picture, served) in [
        (&pictures[0], json!([person])),
        (&pictures[1], json!([person, neighbour])),
        (&pictures[2], json!([person])),
        (&pictures[2], json!([])),
    ] {
        let served = json!({"beneficiary_ids": served});
        let (visit, create) = sender.phone.visit(&place, "2026-06-20", served);
        let (photo, show) = sender.phone.create("photo", photo_of(&visit, picture));
        for mutation in [create, show] {
            assert_eq!(push(&world, &mut sender.phone, mutation).await.1, None);
        }
        if sender.begin(picture).await.1 == 0 {
            sender.send(picture).await;
        }
        let shown = format!("/v1/photos/{photo}/original");
        assert_eq!(officer.get(&shown).await.status, 200);
    }
    let states = async || {
        let sql = "SELECT sha256 || ' ' || state AS text FROM photo_file";
        let all = texts(&world, sql).await;
        pictures.each_ref().map(|picture| {
            let hash = sha256(picture);
            let row = all.iter().find(|row| row.starts_with(&hash)).unwrap();
            row.rsplit(' ').next().unwrap().to_owned()
        })
    };
    assert_eq!(states().await, ["complete"; 3]);
    // One waits for a better line.
    let waits = jpeg(913, 200, 150);
    let set = json!({"beneficiary_ids": [person]});
    let (visit, create) = sender.phone.visit(&place, "2026-06-21", set);
    let (_, show) = sender.phone.create("photo", photo_of(&visit, &waits));
    for mutation in [create, show] {
        assert_eq!(push(&world, &mut sender.phone, mutation).await.1, None);
    }
    let path = format!("/v1/beneficiaries/{person}/anonymise");
    let body = json!({"rev": 1, "reason": "own_request", "remove_photos": true});
    let done = officer.post(&path, body).await.ok();
    assert_eq!(done["photos"], 2, "{done}");
    assert_eq!(states().await, ["removed", "complete", "complete"]);
    // Neither comes back, from whichever phone.
    for picture in [&waits, &pictures[0]] {
        let again = sender.begin_as(picture, "image/jpeg").await;
        again.refused(410, "photo_removed");
    }
    assert_eq!(sender.photos(visit).await, [("removed".to_owned(), 0)]);
    let place = |picture: &Vec<u8>| {
        let hash = sha256(picture);
        let path = format!("kept/{COUNTY}/{}/{hash}", &hash[..2]);
        world.photos_dir().join(path)
    };
    for picture in &pictures {
        make_old(&place(picture));
    }
    cleanup::collect(&world.app).await.unwrap();
    let is_kept = |picture: &Vec<u8>| place(picture).exists();
    assert_eq!(pictures.each_ref().map(is_kept), [false, true, true]);
    let sql = "SELECT object AS text FROM audit WHERE act = 'photo_removed'";
    let audit: BTreeSet<String> = texts(&world, sql).await.into_iter().collect();
    assert_eq!(
        audit,
        BTreeSet::from([&pictures[0], &waits].map(|one| sha256(one)))
    );
}

async fn an_old_copy_on_a_phone_does_not_bring_a_name_back(world: World) {
    let mut scene = scene(&world).await;
    scene.anonymise().await;
    assert!(hits(&world).await.is_empty());
    // The journal again: what is known is replayed.
    let again = vec![scene.created.clone(), scene.visited.clone()];
    let results = scene.phone.push(&world.app, again.clone()).await;
    assert!(results.iter().all(|result| result.replayed), "{results:?}");
    // The journal after a restore that lost the results: it is judged anew.
    world.execute("DELETE FROM mutation_result", vec![]).await;
    scene.phone.epoch = Some(uuid::Uuid::from_u128(7));
    scene.phone.push(&world.app, again).await;
    let left = hits(&world).await;
    assert!(left.is_empty(), "{left:#?}");
    scene.phone.epoch = None;
    // A phone that has not heard of it edits its old copy.
    let person = scene.person;
    let patch = scene.rival.patch(
        "beneficiary",
        person,
        1,
        json!({"display_name": NAME, "phone": PHONE}),
    );
    let (_, problem) = push(&world, &mut scene.rival, patch).await;
    assert_eq!(problem.as_deref(), Some("anonymised"));
    let patch = scene.rival.patch(
        "beneficiary",
        person,
        1,
        json!({"phone": PHONE, "kind": "coop"}),
    );
    let result = scene.rival.push_one(&world.app, patch).await;
    assert!(
        matches!(result.outcome, Outcome::Applied | Outcome::Merged),
        "{result:?}"
    );
    // A visit that was made offline says whom it served, by id and by name.
    let village = villages()[0].to_string();
    let more = json!({"content": format!("在{NAME}家测水"), "beneficiary_ids": [person]});
    let (late, create) = scene.rival.visit(&village, "2026-06-25", more);
    assert_eq!(push(&world, &mut scene.rival, create).await.1, None);
    let visit = scene.officer.get(&format!("/v1/visits/{late}")).await.ok();
    assert_eq!(visit["fields"]["content"], "在（已匿名）家测水");
    // What is refused is kept without the name, too.
    let more = json!({"content": NAME, "beneficiary_ids": [person], "mode": "no such"});
    let (_, wrong) = scene.rival.visit(&village, "2026-06-25", more);
    assert!(push(&world, &mut scene.rival, wrong).await.1.is_some());
    let left = hits(&world).await;
    assert!(left.is_empty(), "{left:#?}");
    // The control: somebody else may be called so.
    let set = json!({"village_code": villages()[1], "kind": "household", "display_name": NAME});
    let (_, other) = scene.rival.create("beneficiary", set);
    assert_eq!(push(&world, &mut scene.rival, other).await.1, None);
    assert_eq!(hits(&world).await.len(), 1);
    let checked = check::check(&world.app, code(COUNTY)).await.unwrap();
    assert!(checked.is_right(), "{checked:?}");
}

async fn a_contact_is_shown_to_whoever_says_what_for_and_that_is_written_down(world: World) {
    let scene = scene(&world).await;
    let listed = format!("/v1/records/beneficiary?division={COUNTY}");
    let listed = scene.officer.get(&listed).await.ok().to_string();
    assert!(listed.contains("*******5678") && !listed.contains(PHONE));
    let path = format!("/v1/beneficiaries/{}/contact", scene.person);
    let none = scene
        .officer
        .post(&path, json!({"purpose": "curiosity"}))
        .await;
    none.refused(422, "invalid_input");
    let shown = scene
        .officer
        .post(&path, json!({"purpose": "verify_visit"}))
        .await
        .ok();
    assert_eq!(shown["phone"], PHONE);
    let auditor = office(&world, Role::Auditor).await;
    let refused = auditor
        .post(&path, json!({"purpose": "verify_visit"}))
        .await;
    refused.refused(403, "not_allowed");
    let links = auditor.get("/v1/audit?act=contact_shown").await.ok();
    let links = links["links"].as_array().unwrap();
    assert_eq!(links.len(), 1, "the one that was shown, and no other");
    assert_eq!(links[0]["object"], json!(scene.person));
    assert_eq!(links[0]["detail"]["purpose"], "verify_visit");
    scene.anonymise().await;
    let gone = scene
        .officer
        .post(&path, json!({"purpose": "verify_visit"}))
        .await;
    gone.refused(409, "anonymised");
}

async fn a_number_is_masked_at_the_desk_too(world: World) {
    let mut scene = scene(&world).await;
    let person = scene.person;
    let patch = scene
        .phone
        .patch("beneficiary", person, 3, json!({"phone": "13900000001"}));
    push(&world, &mut scene.phone, patch).await;
    let patch = scene
        .rival
        .patch("beneficiary", person, 1, json!({"phone": "13900000002"}));
    push(&world, &mut scene.rival, patch).await;
    let wrong = scene.rival.patch(
        "beneficiary",
        person,
        1,
        json!({"phone": PHONE, "kind": "no such"}),
    );
    push(&world, &mut scene.rival, wrong).await;
    for path in [
        format!("/v1/conflicts?division={COUNTY}"),
        "/v1/dead-letters".to_owned(),
    ] {
        let told = scene.officer.get(&path).await.ok().to_string();
        for number in [PHONE, "13900000001", "13900000002"] {
            assert!(!told.contains(number), "{path}: {told}");
        }
        assert!(told.contains("*******"), "{path}: {told}");
    }
}

async fn whoever_nobody_served_for_as_long_as_the_county_keeps_names_becomes_anonymous(
    world: World,
) {
    let mut scene = scene(&world).await;
    let set = json!({"village_code": villages()[2], "kind": "household", "display_name": "赵六六"});
    let (recent, create) = scene.phone.create("beneficiary", set);
    push(&world, &mut scene.phone, create).await;
    assert_eq!(
        anonymise::anonymise_due(&world.app).await.unwrap(),
        0,
        "names are kept unless a county says so"
    );
    let setting = json!({"value": 2, "valid_from": "2026-06-01"});
    let path = "/v1/settings/beneficiary_retention_years";
    scene.officer.put(path, setting).await.ok();
    assert_eq!(anonymise::anonymise_due(&world.app).await.unwrap(), 0);
    world.pass(800 * DAY_MS);
    scene.phone.wall += 800 * DAY_MS;
    let more = json!({"beneficiary_ids": [recent]});
    let (_, visit) = scene
        .phone
        .visit(villages()[2].as_str(), "2028-09-01", more);
    assert_eq!(push(&world, &mut scene.phone, visit).await.1, None);
    assert_eq!(anonymise::anonymise_due(&world.app).await.unwrap(), 1);
    assert_eq!(anonymise::anonymise_due(&world.app).await.unwrap(), 0);
    assert!(hits(&world).await.is_empty());
    let all = dump(&world).await;
    assert!(
        all.iter().any(|row| row.contains("赵六六")),
        "who was served stays"
    );
    let sql =
        "SELECT COUNT(*) AS number FROM audit WHERE act = 'anonymised' AND doer_kind = 'server'";
    assert_eq!(world.number(sql).await, 1);
}
