//! What the pages of a console read and do: places, the overview, the queue, the calendar, who serves where, how far techniques
//! have come, and whose phones are silent. What is expected is counted by hand.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::sync::Waiting;
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, DAY_MS, NOW_MS, townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    the_divisions_within_reach_are_told_once_and_then_by_their_tag,
    an_overview_counts_what_was_done_and_what_waits,
    a_village_that_was_visited_long_ago_is_as_overdue_in_the_overview_as_in_coverage,
    a_page_of_the_queue_has_all_that_a_decision_needs,
    the_queue_goes_on_where_a_page_ended_and_a_decision_moves_nothing_else,
    a_calendar_has_everybodys_days_with_what_was_entered_late,
    the_matrix_tells_who_serves_where_and_what_nobody_serves,
    an_assignment_begins_and_ends_and_the_phone_follows,
    an_assignment_that_makes_no_sense_is_refused_and_says_which_field,
    each_adoption_counts_once_at_the_stage_of_its_latest_report,
    people_are_listed_with_what_waits_on_their_phones,
);

async fn visited(world: &World, phone: &mut Phone, at: usize, on: &str, more: Value) -> String {
    let (id, create) = phone.visit(villages()[at].as_str(), on, more);
    Phone::applied(&phone.push_one(&world.app, create).await);
    id.to_string()
}

async fn approved(world: &World, officer: &Caller, phone: &mut Phone, at: usize, on: &str) {
    let village = villages()[at].to_string();
    officer
        .approved_visit(world, phone, (&village, on), json!({}))
        .await;
}

fn keys(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|one| one["key"].as_str().expect("a key").to_owned())
        .collect()
}

async fn the_divisions_within_reach_are_told_once_and_then_by_their_tag(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let profile = "INSERT INTO village_profile (village_code, county_code, lead_industries, ref_lat, ref_lon, ref_datum, \
                   ref_wgs84_lat, ref_wgs84_lon) VALUES ($1, $2, '[\"vegetable\"]', 29.9, 112.4, 'wgs84', 29.8765432, 112.4)";
    let values = vec![villages()[1].as_str().into(), COUNTY.into()];
    world.execute(profile, values).await;
    let merged = "UPDATE division SET merged_into = $1, valid_to = '2026-05-31' WHERE code = $2";
    let values = vec![villages()[0].as_str().into(), villages()[3].as_str().into()];
    world.execute(merged, values).await;

    let all = officer.get("/v1/divisions").await;
    let tag = all.headers[header::ETAG].to_str().unwrap().to_owned();
    let all = all.ok();
    let divisions = all["divisions"].as_array().unwrap();
    assert_eq!(divisions.len(), 1 + 3 + 12);
    let of = |code: &str| divisions.iter().find(|one| one["code"] == code).unwrap();
    assert_eq!(of(COUNTY)["level"], "county");
    assert!(of(COUNTY)["parent"].is_null());
    assert_eq!(of(townships()[1].as_str())["parent"], COUNTY);
    let second = of(villages()[1].as_str());
    assert_eq!(second["parent"], json!(townships()[0]));
    assert_eq!(second["point"], json!([29.87654, 112.4]));
    assert_eq!(second["lead_industries"], json!(["vegetable"]));
    assert_eq!(second["in_coverage"], true);
    let gone = of(villages()[3].as_str());
    assert_eq!(gone["in_coverage"], false);
    assert_eq!(gone["merged_into"], json!(villages()[0]));

    let again = [(header::IF_NONE_MATCH, tag.as_str())];
    let again = officer.send_bytes(Method::GET, "/v1/divisions", &again, "");
    assert_eq!(again.await.status, StatusCode::NOT_MODIFIED);
    let own = coordinator.get("/v1/divisions").await.ok();
    let own = own["divisions"].as_array().unwrap();
    assert_eq!(own.len(), 1 + 4);
    assert!(own[0]["parent"].is_null());
    let township = townships()[0].to_string();
    let inside = |one: &Value| one["code"].as_str().unwrap().starts_with(&township);
    assert!(own.iter().all(inside));
}

fn number(overview: &Value, code: &str) -> i64 {
    let mut numbers = overview["numbers"].as_array().unwrap().iter();
    let found = numbers.find(|one| one["code"] == code).expect(code);
    found["value"].as_i64().unwrap()
}

/// Today is Friday 3 July 2026.
async fn an_overview_counts_what_was_done_and_what_waits(world: World) {
    let person = world.commissioner(&villages()[..6]).await;
    let quiet = world.commissioner(&villages()[5..6]).await;
    let phoneless = world.commissioner(&villages()[1..2]).await;
    let mut silent_phone = world.phone(quiet).await;
    let mut request = silent_phone.request(vec![], None);
    request.waiting = Some(Waiting {
        mutations: 4,
        photos: 7,
        photo_bytes: 9000,
        ..Waiting::default()
    });
    silent_phone.send(&world.app, request).await.unwrap();
    world.clock.set(NOW_MS + 3 * DAY_MS + 1);
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let mut phone = world.phone(person).await;
    // Friday 3 July; its week begins on 29 June, and that of eight weeks ago on 11 May.
    approved(&world, &officer, &mut phone, 0, "2026-07-01").await;
    approved(&world, &officer, &mut phone, 0, "2026-06-29").await;
    approved(&world, &officer, &mut phone, 1, "2026-06-28").await;
    approved(&world, &officer, &mut phone, 4, "2026-05-11").await;
    approved(&world, &officer, &mut phone, 4, "2026-05-10").await;
    visited(&world, &mut phone, 1, "2026-07-02", json!({})).await;
    visited(&world, &mut phone, 4, "2026-01-02", json!({})).await;

    let all = officer.get(&format!("/v1/overview/{COUNTY}")).await.ok();
    assert_eq!(all["on"], "2026-07-03");
    assert_eq!(number(&all, "villages"), 12);
    assert_eq!(number(&all, "visited"), 1);
    assert_eq!(all["numbers"][1]["basis_points"], 833);
    // All but the two that were visited in the last 30 days.
    assert_eq!(number(&all, "overdue"), 10);
    assert_eq!(number(&all, "waiting_visits"), 2);
    assert_eq!(number(&all, "silent_people"), 2);
    let weeks = all["weeks"].as_array().unwrap();
    let weeks: Vec<(&str, i64, i64)> = weeks
        .iter()
        .map(|week| {
            let count = |of: &str| week[of].as_i64().unwrap();
            (
                week["from"].as_str().unwrap(),
                count("approved"),
                count("pending"),
            )
        })
        .collect();
    assert_eq!(weeks.len(), 8);
    assert_eq!(weeks[0], ("2026-05-11", 1, 0));
    assert_eq!(weeks[6], ("2026-06-22", 1, 0));
    assert_eq!(weeks[7], ("2026-06-29", 2, 1));
    let overdue = all["overdue"].as_array().unwrap();
    assert_eq!(overdue.len(), 10);
    let last = &overdue[9];
    assert_eq!(last["key"], json!(villages()[4]));
    assert_eq!(last["days_since"], 53);
    assert_eq!(last["commissioners"][0]["key"], person.to_string());
    let silent = all["silent"].as_array().unwrap();
    assert_eq!(silent[0]["key"], quiet.to_string());
    assert_eq!(silent[0]["waiting"]["photos"], 7);
    assert_eq!(silent[1]["key"], phoneless.to_string());
    assert_eq!(silent[1]["phones"], 0);

    // Each number opens to what it counts.
    for one in all["numbers"].as_array().unwrap() {
        officer.get(one["records"].as_str().unwrap()).await.ok();
    }
    let people = officer.get(all["numbers"][4]["records"].as_str().unwrap());
    assert_eq!(people.await.ok()["people"].as_array().unwrap().len(), 2);

    let own = format!("/v1/overview/{}", townships()[0]);
    let own = coordinator.get(&own).await.ok();
    assert_eq!(number(&own, "villages"), 4);
    assert_eq!(number(&own, "waiting_visits"), 1);
    assert_eq!(keys(&own["silent"]), [phoneless.to_string()]);
    for foreign in [townships()[1].as_str(), COUNTY] {
        let path = format!("/v1/overview/{foreign}");
        coordinator.get(&path).await.refused(404, "not_found");
    }
}

async fn a_village_that_was_visited_long_ago_is_as_overdue_in_the_overview_as_in_coverage(
    world: World,
) {
    let officer = office(&world, Role::CountyOfficer).await;
    let mut phone = world.phone_everywhere().await;
    // Long before the months that are read for every village; and one that began there and ends in them.
    approved(&world, &officer, &mut phone, 0, "2026-01-05").await;
    approved(&world, &officer, &mut phone, 1, "2026-04-01").await;
    let village = villages()[1].to_string();
    let long = json!({"service_to": "2026-04-20"});
    officer
        .approved_visit(&world, &mut phone, (&village, "2026-03-25"), long)
        .await;
    // A village that became part of another one counts for it.
    approved(&world, &officer, &mut phone, 2, "2026-01-20").await;
    let merged = "UPDATE division SET merged_into = $1, valid_to = '2026-02-28' WHERE code = $2";
    let values = vec![villages()[3].as_str().into(), villages()[2].as_str().into()];
    world.execute(merged, values).await;

    let path = format!("/v1/coverage/{}?period=2026-06", townships()[0]);
    let coverage = officer.get(&path).await.ok();
    let last: Vec<(String, String)> = coverage["villages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let text = |of: &str| one[of].as_str().unwrap_or_default().to_owned();
            (text("key"), text("last_visit_on"))
        })
        .collect();
    let expected = [(0, "2026-01-05"), (3, "2026-01-20"), (1, "2026-04-20")];
    let expected = expected.map(|(at, on)| (villages()[at].to_string(), on.to_owned()));
    assert_eq!(last, expected);
    let path = format!("/v1/overview/{}", townships()[0]);
    let overview = officer.get(&path).await.ok();
    let overdue: Vec<String> = expected.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(keys(&overview["overdue"]), overdue);
    assert_eq!(overview["overdue"][2]["days_since"], 71);
}

async fn a_page_of_the_queue_has_all_that_a_decision_needs(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let auditor = office(&world, Role::Auditor).await;
    let person = world.commissioner(&villages()[..1]).await;
    let other = world.commissioner(&villages()[..1]).await;
    let (mut phone, mut others) = (world.phone(person).await, world.phone(other).await);
    let village = villages()[0].to_string();
    let name = json!({"village_code": village, "kind": "household", "display_name": "李家"});
    let (beneficiary, create) = phone.create("beneficiary", name);
    Phone::applied(&phone.push_one(&world.app, create).await);
    approved(&world, &officer, &mut others, 0, "2026-06-01").await;
    let more = json!({"beneficiary_ids": [beneficiary], "participant_ids": [other], "technique_codes": ["T1"]});
    // Entered twenty-six days late, without a photo.
    let id = visited(&world, &mut phone, 0, "2026-06-04", more).await;
    let photo = json!({"visit_id": id, "village_code": village, "purpose": "scene", "sha256": "ab".repeat(32),
                       "size_bytes": 1000, "media_type": "image/jpeg"});
    let (photo, create) = phone.create("photo", photo);
    Phone::applied(&phone.push_one(&world.app, create).await);

    let queue = officer.get("/v1/review-queue").await.ok();
    assert_eq!(queue["waiting"], 1);
    let visit = &queue["visits"][0];
    assert_eq!(visit["id"], id);
    assert_eq!(visit["may_decide"], true);
    assert_eq!(visit["fields"]["late_days"], 26);
    let flags = visit["flags"].as_array().unwrap();
    assert!(
        flags.iter().any(|flag| flag["kind"] == "backfilled"),
        "{flags:?}"
    );
    assert_eq!(visit["photos"][0]["id"], photo.to_string());
    assert_eq!(visit["photos"][0]["state"], "announced");
    assert_eq!(visit["previous"]["fields"]["service_from"], "2026-06-01");
    assert_eq!(visit["previous"]["fields"]["review_state"], "approved");
    let names = &queue["names"];
    assert_eq!(
        names["people"][person.to_string()],
        format!("person {person}")
    );
    assert_eq!(
        names["people"][other.to_string()],
        format!("person {other}")
    );
    assert_eq!(names["divisions"][&village], format!("village {village}"));
    assert_eq!(names["beneficiaries"][beneficiary.to_string()], "李家");
    // Who reads only sees the same, and that it is for others to decide.
    let read = auditor.get("/v1/review-queue").await.ok();
    assert_eq!(read["visits"][0]["may_decide"], false);
}

async fn the_queue_goes_on_where_a_page_ended_and_a_decision_moves_nothing_else(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let mut phone = world.phone_everywhere().await;
    let mut days = Vec::new();
    for (at, on) in [
        (5, "2026-06-09"),
        (0, "2026-06-03"),
        (1, "2026-06-21"),
        (2, "2026-06-03"),
    ] {
        days.push((on, visited(&world, &mut phone, at, on, json!({})).await));
    }
    approved(&world, &officer, &mut phone, 1, "2026-06-02").await;
    days.sort();
    let mut seen = Vec::new();
    let mut path = "/v1/review-queue?limit=1".to_owned();
    for _ in 0..10 {
        let page = officer.get(&path).await.ok();
        for visit in page["visits"].as_array().unwrap() {
            let id = visit["id"].as_str().unwrap().to_owned();
            let approve = json!({"rev": visit["rev"], "decision": "approve"});
            officer
                .post(&format!("/v1/visits/{id}/reviews"), approve)
                .await
                .ok();
            seen.push(id);
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/review-queue?limit=1&cursor={next}"),
            None => break,
        }
    }
    // Of one day the ids decide.
    let expected: Vec<String> = days.into_iter().map(|(_, id)| id).collect();
    assert_eq!(seen, expected);
    assert_eq!(officer.get("/v1/review-queue").await.ok()["waiting"], 0);
    let foreign = format!("/v1/review-queue?division={}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
    let none = coordinator
        .get("/v1/review-queue?state=approved&limit=50")
        .await
        .ok();
    let own = none["visits"].as_array().unwrap();
    assert_eq!(own.len(), 4, "those of the own township alone");
    officer
        .get("/v1/review-queue?limit=51")
        .await
        .refused(400, "invalid_parameter");
    officer
        .get("/v1/review-queue?state=nothing")
        .await
        .refused(400, "invalid_parameter");
    officer
        .get("/v1/review-queue?cursor=nothing")
        .await
        .refused(400, "invalid_cursor");
}

async fn a_calendar_has_everybodys_days_with_what_was_entered_late(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let busy = world.commissioner(&villages()[..5]).await;
    let idle = world.commissioner(&villages()[..2]).await;
    let guest = world.commissioner(&villages()[8..9]).await;
    let mut phone = world.phone(busy).await;
    approved(&world, &officer, &mut phone, 0, "2026-06-25").await;
    let with_guest = json!({"participant_ids": [guest]});
    visited(&world, &mut phone, 1, "2026-06-25", with_guest).await;
    visited(&world, &mut phone, 0, "2026-06-05", json!({})).await;
    approved(&world, &officer, &mut phone, 4, "2026-06-25").await;
    approved(&world, &officer, &mut phone, 0, "2026-05-31").await;
    let target = json!({"targets": [{
        "subject_kind": "commissioner", "subject": busy, "measure": "visits", "period": "2026-06", "amount": 4,
    }]});
    officer.put("/v1/targets", target).await.ok();

    let path = format!("/v1/calendar/{}?month=2026-06", townships()[0]);
    let calendar = coordinator.get(&path).await.ok();
    let rows = calendar["rows"].as_array().unwrap();
    let row = |person: PersonId| {
        let key = person.to_string();
        rows.iter().find(|row| row["key"] == key).unwrap()
    };
    assert_eq!(rows.len(), 3);
    assert_eq!(row(busy)["villages"], 4);
    assert_eq!(row(busy)["approved"], 1);
    assert_eq!(
        row(busy)["days"],
        json!([
            {"on": "2026-06-05", "approved": 0, "pending": 1, "returned": 0, "backfilled": 1},
            {"on": "2026-06-25", "approved": 1, "pending": 1, "returned": 0, "backfilled": 0},
        ])
    );
    assert_eq!(row(busy)["targets"][0]["amount"], 4);
    assert_eq!(row(idle)["days"], json!([]));
    assert_eq!(row(guest)["days"].as_array().unwrap().len(), 1);
    let county = officer
        .get(&format!("/v1/calendar/{COUNTY}?month=2026-06"))
        .await
        .ok();
    let key = busy.to_string();
    let mut of_county = county["rows"].as_array().unwrap().iter();
    assert_eq!(
        of_county.find(|row| row["key"] == key).unwrap()["approved"],
        2
    );
    let foreign = format!("/v1/calendar/{}?month=2026-06", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
    for wrong in ["2026", "2026-06-01..2026-06-29", "june"] {
        let path = format!("/v1/calendar/{COUNTY}?month={wrong}");
        officer.get(&path).await.refused(400, "invalid_parameter");
    }
}

async fn the_matrix_tells_who_serves_where_and_what_nobody_serves(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let here = world.commissioner(&villages()[..3]).await;
    let gone = world.commissioner(&villages()[3..4]).await;
    world.unassign(gone, &villages()[3], "2026-06-20").await;
    let elsewhere = world.commissioner(&villages()[6..7]).await;
    world
        .unassign(elsewhere, &villages()[6], "2026-06-20")
        .await;

    let now = coordinator.get("/v1/assignments").await.ok();
    assert_eq!(now["on"], "2026-06-30");
    assert_eq!(now["assignments"].as_array().unwrap().len(), 3);
    assert_eq!(
        now["people"],
        json!({here.to_string(): format!("person {here}")})
    );
    assert_eq!(
        keys(&now["unassigned_villages"]),
        [villages()[3].to_string()]
    );
    assert_eq!(keys(&now["unassigned_people"]), [gone.to_string()]);
    let before = coordinator.get("/v1/assignments?on=2026-06-20").await.ok();
    assert_eq!(keys(&before["unassigned_villages"]), Vec::<String>::new());
    let all = format!("/v1/assignments?division={}&all=true", villages()[3]);
    let history = coordinator.get(&all).await.ok();
    assert_eq!(history["assignments"][0]["to"], "2026-06-20");
    let county = officer.get("/v1/assignments").await.ok();
    assert_eq!(county["unassigned_villages"].as_array().unwrap().len(), 9);
    let mut idle = keys(&county["unassigned_people"]);
    idle.sort();
    let mut expected = vec![gone.to_string(), elsewhere.to_string()];
    expected.sort();
    assert_eq!(idle, expected);
    let foreign = format!("/v1/assignments?division={}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
}

async fn an_assignment_begins_and_ends_and_the_phone_follows(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()[..1]).await;
    let mut phone = world.phone(person).await;
    let mut others = world.phone_everywhere().await;
    let id = visited(&world, &mut others, 1, "2026-06-20", json!({})).await;
    let has = |changes: Vec<tepai_sync_protocol::sync::Change>| {
        changes.iter().any(|change| change.id.to_string() == id)
    };
    assert!(!has(phone.pull_all(&world.app).await));
    let new = json!({"village_code": villages()[1], "person_id": person, "from": "2026-06-30"});
    let made = officer.post("/v1/assignments", new).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let made = made.ok();
    assert!(has(phone.pull_all(&world.app).await));

    let path = format!("/v1/assignments/{}", made["id"].as_str().unwrap());
    let ended = officer.put(&path, json!({"to": "2026-06-30"})).await.ok();
    assert_eq!(ended["to"], "2026-06-30");
    world.pass(DAY_MS);
    phone.wall += DAY_MS;
    let page = phone.pull_page(&world.app, None).await;
    let evicted = serde_json::to_value(&page).unwrap()["evict"].to_string();
    assert!(evicted.contains(villages()[1].as_str()), "{evicted}");
    // It goes on if the last day is taken away again; and what happened is written down. Sessions have ended meanwhile.
    let officer = Caller::nobody(&world)
        .signed_in("office.county_officer")
        .await;
    let auditor = office(&world, Role::Auditor).await;
    officer.put(&path, json!({"to": null})).await.ok();
    let village = villages()[1].to_string();
    let trail = auditor
        .get(&format!("/v1/audit?object={village}"))
        .await
        .ok();
    let trail = trail.to_string();
    let count = |act: &str| trail.matches(&format!("\"{act}\"")).count();
    assert_eq!(
        (count("assignment_made"), count("assignment_changed")),
        (1, 2),
        "{trail}"
    );
    let matrix = format!("/v1/assignments?division={village}&all=true&person={person}");
    assert_eq!(
        officer.get(&matrix).await.ok()["assignments"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

async fn an_assignment_that_makes_no_sense_is_refused_and_says_which_field(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()[..1]).await;
    let colleague = office(&world, Role::Auditor)
        .await
        .get("/v1/session")
        .await
        .ok();
    let village = villages()[1].to_string();
    let right = || json!({"village_code": village, "person_id": person, "from": "2026-07-01", "to": "2026-07-31"});
    let with = |name: &str, value: Value| {
        let mut new = right();
        new[name] = value;
        new
    };
    for (new, pointer, code) in [
        (
            with("village_code", json!("990421100999")),
            "/village_code",
            "unknown_village",
        ),
        (
            with("village_code", json!(townships()[0])),
            "/village_code",
            "unknown_village",
        ),
        (
            with("village_code", json!("421083100201")),
            "/village_code",
            "unknown_village",
        ),
        (
            with("person_id", json!(uuid::Uuid::nil())),
            "/person_id",
            "illegal_transition",
        ),
        (
            with("person_id", colleague["account_id"].clone()),
            "/person_id",
            "illegal_transition",
        ),
        (with("to", json!("2026-06-30")), "/to", "ends_before_start"),
        (with("from", json!("1900-01-01")), "/from", "out_of_range"),
        (
            with("village_code", json!(villages()[0])),
            "/from",
            "illegal_transition",
        ),
    ] {
        let refused = officer
            .post("/v1/assignments", new)
            .await
            .refused(422, "invalid_input");
        let error = &refused["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let first = officer.post("/v1/assignments", right()).await.ok();
    let later = json!({"village_code": village, "person_id": person, "from": "2026-08-01"});
    officer.post("/v1/assignments", later).await.ok();
    // The first one cannot grow into the second.
    let path = format!("/v1/assignments/{}", first["id"].as_str().unwrap());
    officer
        .put(&path, json!({"to": "2026-08-01"}))
        .await
        .refused(422, "invalid_input");
    officer
        .put(&path, json!({"to": "2026-06-01"}))
        .await
        .refused(422, "invalid_input");
    let unknown = format!("/v1/assignments/{}", uuid::Uuid::nil());
    officer
        .put(&unknown, json!({"to": null}))
        .await
        .refused(404, "not_found");
}

async fn each_adoption_counts_once_at_the_stage_of_its_latest_report(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let mut phone = world.phone_everywhere().await;
    let mut units = Vec::new();
    for at in [0, 0, 5] {
        let name =
            json!({"village_code": villages()[at], "kind": "household", "display_name": "某家"});
        let (id, create) = phone.create("beneficiary", name);
        Phone::applied(&phone.push_one(&world.app, create).await);
        units.push((at, id));
    }
    for (unit, season, stage, on, technique) in [
        (0, "2026", "trial", "2026-03-01", "T1"),
        (0, "2026", "adopted", "2026-06-10", "T1"),
        (0, "2026", "interest", "2026-05-01", "T1"),
        (1, "2026", "trial", "2026-06-01", "T1"),
        (1, "2025", "adopted", "2025-06-01", "T1"),
        (1, "2026-spring", "awareness", "2026-04-01", "T2"),
        (2, "2026", "abandoned", "2026-06-20", "T1"),
    ] {
        let (at, beneficiary) = units[unit];
        let report = json!({"village_code": villages()[at], "beneficiary_id": beneficiary, "technique_code": technique,
                            "season": season, "stage": stage, "reported_on": on, "area_centi_mu": 500});
        let (_, create) = phone.create("adoption_report", report);
        Phone::applied(&phone.push_one(&world.app, create).await);
    }
    let path = format!("/v1/adoptions/{}?season=2026", townships()[0]);
    let own = coordinator.get(&path).await.ok();
    let rows = own["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["technique"], "T1");
    assert_eq!(
        rows[0]["stages"],
        json!({"awareness": 0, "interest": 0, "evaluation": 0, "trial": 1, "adopted": 1, "abandoned": 0})
    );
    assert_eq!(
        (&rows[0]["adoptions"], &rows[0]["adopted_centi_mu"]),
        (&json!(2), &json!(500))
    );
    assert_eq!(
        (&rows[0]["last_report_on"], &rows[0]["days_since"]),
        (&json!("2026-06-10"), &json!(20))
    );
    assert_eq!(rows[1]["stages"]["awareness"], 1);
    assert_eq!(own["seasons"], json!(["2026-spring", "2026", "2025"]));
    let spring = format!("/v1/adoptions/{COUNTY}?season=2026-spring");
    assert_eq!(
        officer.get(&spring).await.ok()["rows"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let one = officer
        .get(&format!("/v1/adoptions/{COUNTY}?technique=T1"))
        .await
        .ok();
    let rows = one["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["adoptions"], 3, "2025 as well");
    let foreign = format!("/v1/adoptions/{}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
    let wrong = format!("/v1/adoptions/{COUNTY}?season=spring");
    officer.get(&wrong).await.refused(400, "invalid_parameter");
}

async fn people_are_listed_with_what_waits_on_their_phones(world: World) {
    let coordinator = office(&world, Role::Coordinator).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()[..2]).await;
    let elsewhere = world.commissioner(&villages()[7..8]).await;
    for (mutations, oldest) in [(2, NOW_MS - DAY_MS), (1, NOW_MS - 2 * DAY_MS)] {
        let mut phone = world.phone(person).await;
        let mut request = phone.request(vec![], None);
        request.waiting = Some(Waiting {
            mutations,
            oldest_at: Some(oldest),
            ..Waiting::default()
        });
        request.replica.app_version = Some("1.4.0".to_owned());
        phone.send(&world.app, request).await.unwrap();
        world.pass(1000);
    }
    let own = coordinator.get("/v1/people").await.ok();
    let people = own["people"].as_array().unwrap();
    assert_eq!(people.len(), 1);
    assert_eq!(people[0]["id"], person.to_string());
    assert_eq!(people[0]["villages"], json!(villages()[..2]));
    assert_eq!(people[0]["phones"].as_array().unwrap().len(), 2);
    assert_eq!(people[0]["phones"][0]["app_version"], "1.4.0");
    assert_eq!(people[0]["last_sync_at"], NOW_MS);
    assert_eq!(
        people[0]["waiting"],
        json!({"mutations": 3, "oldest_at": NOW_MS - 2 * DAY_MS})
    );
    assert_eq!(people[0]["is_silent"], false);
    let all = officer.get("/v1/people?silent=true").await.ok();
    assert_eq!(all["people"].as_array().unwrap().len(), 1);
    assert_eq!(all["people"][0]["id"], elsewhere.to_string());
    let foreign = format!("/v1/people?division={}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
}
