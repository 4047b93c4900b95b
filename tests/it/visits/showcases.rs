//! Demo bases, demo households, local experts and training sessions: their lists, and that nothing counts twice.

use serde_json::{Value, json};
use tepai_app::summaries::check;
use tepai_domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, code, townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    bases_households_and_experts_are_listed_with_who_marked_them_and_their_visits,
    a_training_that_two_commissioners_and_their_visits_report_counts_once,
    pages_of_trainings_bring_each_record_once,
);

async fn made(world: &World, phone: &mut Phone, kind: &str, set: Value) -> String {
    let (id, create) = phone.create(kind, set);
    let result = phone.push_one(&world.app, create).await;
    assert!(result.problem.is_none(), "{result:?}");
    id.to_string()
}

async fn value(officer: &Caller, measure: &str) -> (Value, Value) {
    let path = format!("/v1/summaries/{COUNTY}?period=2026-06");
    let summary = officer.get(&path).await.ok();
    let figures = summary["total"].as_array().unwrap();
    let found = figures.iter().find(|one| one["measure"] == measure);
    let found = found.expect(measure);
    (found["value"].clone(), found["pending"].clone())
}

/// The stored cells agree with a recount, and so they do once they are made anew.
async fn agrees(world: &World) {
    for _ in 0..2 {
        let checked = check::check(&world.app, code(COUNTY)).await.unwrap();
        assert!(checked.is_right(), "{checked:?}");
        check::rebuild(&world.app, code(COUNTY)).await.unwrap();
    }
}

async fn bases_households_and_experts_are_listed_with_who_marked_them_and_their_visits(
    world: World,
) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let (near, far) = (villages()[0].to_string(), villages()[5].to_string());
    let set = json!({
        "village_code": near, "kind": "household", "display_name": "王建国", "phone": "13812345678",
        "is_demo_household": true, "is_local_expert": true, "expert_since": "2025-03-01", "expert_skill": "河蟹育苗",
    });
    let household = made(&world, &mut phone, "beneficiary", set).await;
    let set = json!({"village_code": far, "kind": "coop", "display_name": "联社", "is_demo_household": true});
    let coop = made(&world, &mut phone, "beneficiary", set).await;
    let set = json!({
        "village_code": near, "display_name": "河蟹基地", "level": "county", "beneficiary_id": household,
        "technique_codes": ["T1"], "demo_area_centi_mu": 12_000, "radiated_households": 30, "radiated_area_centi_mu": 90_000,
    });
    let base = made(&world, &mut phone, "demo_base", set).await;
    let set = json!({"village_code": far, "display_name": "无主基地"});
    made(&world, &mut phone, "demo_base", set).await;
    let more = json!({"beneficiary_ids": [household]});
    for on in ["2026-06-03", "2026-06-11"] {
        officer
            .approved_visit(&world, &mut phone, (&near, on), more.clone())
            .await;
    }
    // One that waits counts nowhere.
    let (_, pending) = phone.visit(&near, "2026-06-12", more);
    phone.push_one(&world.app, pending).await;

    let bases = officer.get("/v1/demo-bases?period=2026-06").await.ok();
    let own: Vec<&Value> = bases["entries"].as_array().unwrap().iter().collect();
    assert_eq!(own.len(), 2);
    let found = own.iter().find(|one| one["id"] == base.as_str()).unwrap();
    assert_eq!(
        (&found["run_by"], &found["visits"], &found["last_visit_on"]),
        (&json!("王建国"), &json!(2), &json!("2026-06-11"))
    );
    assert_eq!(found["fields"]["radiated_households"], 30);
    let ownerless = own.iter().find(|one| one["id"] != base.as_str()).unwrap();
    assert_eq!(ownerless["visits"], Value::Null);
    let taught = "/v1/demo-bases?period=2026-06&technique=T1";
    let taught = officer.get(taught).await.ok();
    assert_eq!(taught["entries"].as_array().unwrap().len(), 1);

    let households = officer.get("/v1/demo-households?period=2026-06").await.ok();
    let visits = |id: &str| {
        let all = households["entries"].as_array().unwrap().iter();
        let mut found = all.filter(|one| one["id"] == id);
        found.next().unwrap()["visits"].clone()
    };
    assert_eq!((visits(&household), visits(&coop)), (json!(2), json!(0)));
    assert!(!households.to_string().contains("13812345678"));
    let first = officer
        .get("/v1/demo-households?period=2026-06&limit=1")
        .await
        .ok();
    let next = first["next"].as_str().unwrap();
    let path = format!("/v1/demo-households?period=2026-06&limit=1&cursor={next}");
    let second = officer.get(&path).await.ok();
    assert_ne!(first["entries"][0]["id"], second["entries"][0]["id"]);

    let experts = coordinator
        .get("/v1/local-experts?period=2026-06")
        .await
        .ok();
    let expert = &experts["entries"][0];
    assert_eq!(expert["marked_by"], json!(person));
    assert!(expert["marked_at"].is_i64() && expert["marked_by_name"].is_string());
    assert_eq!(expert["fields"]["expert_since"], "2025-03-01");
    let sibling = format!(
        "/v1/local-experts?period=2026-06&division={}",
        townships()[1]
    );
    coordinator.get(&sibling).await.refused(404, "not_found");

    for (measure, expected) in [
        ("demo_households_all", 2),
        ("demo_households", 1),
        ("local_experts", 1),
        ("local_experts_served", 1),
        ("demo_bases", 2),
        ("demo_bases_served", 1),
    ] {
        assert_eq!(value(&officer, measure).await.0, expected, "{measure}");
    }
    agrees(&world).await;
}

async fn a_training_that_two_commissioners_and_their_visits_report_counts_once(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let place = villages()[0].to_string();
    let both = [
        world.commissioner(&villages()).await,
        world.commissioner(&villages()).await,
    ];
    let mut first = world.phone(both[0]).await;
    let mut second = world.phone(both[1]).await;
    let training = json!({"mode": "training", "training_sessions": 1, "training_attendances": 30, "training_persons": 28});
    let mut visits = Vec::new();
    for phone in [&mut first, &mut second] {
        let visit = officer
            .approved_visit(&world, phone, (&place, "2026-06-10"), training.clone())
            .await;
        visits.push(visit);
    }
    // The control: two visits that know nothing of one another are two trainings.
    assert_eq!(value(&officer, "training_attendances").await.0, 60);

    world.pass(1000);
    let session = |visit: &str, attendances: i64| {
        json!({
            "village_code": place, "held_on": "2026-06-10", "topic": "河蟹 养殖", "attendances": attendances,
            "persons": 29, "visit_ids": [visit], "materials": "明白纸",
        })
    };
    let one = made(
        &world,
        &mut first,
        "training_session",
        session(&visits[0], 31),
    )
    .await;
    let mut other = session(&visits[1], 32);
    other["topic"] = json!("河蟹养殖");
    let other = made(&world, &mut second, "training_session", other).await;
    // Nobody adds figures to an approved visit behind the reviewer's back.
    assert_eq!(
        value(&officer, "training_attendances").await,
        (json!(60), json!(32))
    );
    world.pass(1000);
    for visit in &visits {
        let path = format!("/v1/visits/{visit}");
        for decision in ["reopen", "approve"] {
            let rev = officer.get(&path).await.ok()["rev"].clone();
            let body = json!({"rev": rev, "decision": decision, "comment": "核对签到表"});
            officer.post(&format!("{path}/reviews"), body).await.ok();
        }
    }
    for (measure, expected) in [
        ("training_attendances", 32),
        ("training_sessions", 1),
        ("training_persons", 29),
        ("visits", 2),
    ] {
        let found = value(&officer, measure).await;
        assert_eq!(found, (json!(expected), json!(0)), "{measure}");
    }
    agrees(&world).await;
    let by_person = format!("/v1/summaries/{COUNTY}?period=2026-06&by=commissioner");
    let by_person = officer.get(&by_person).await.ok();
    for row in by_person["rows"].as_array().unwrap() {
        let figures = row["figures"].as_array().unwrap().iter();
        let mut own = figures.filter(|one| one["measure"] == "training_attendances");
        assert_eq!(own.next().unwrap()["value"], 32, "one for each who held it");
    }
    let list = officer
        .get("/v1/training-sessions?period=2026-06")
        .await
        .ok();
    assert_eq!(list["total"], 2);
    let counted_with = |id: &str| {
        let all = list["training_sessions"].as_array().unwrap().iter();
        let mut found = all.filter(|record| record["id"] == id);
        let found = found.next().unwrap();
        assert_eq!(found["state"], "approved");
        found["counted_with"].clone()
    };
    let with = [counted_with(&one), counted_with(&other)];
    assert!(with.contains(&Value::Null), "{with:?}");
    assert!(
        with.contains(&json!(one)) || with.contains(&json!(other)),
        "{with:?}"
    );

    // A visit that is deleted or a session that goes leaves what is still reported.
    let gone = first.delete("training_session", one.parse().unwrap(), 1);
    first.push_one(&world.app, gone).await;
    assert_eq!(
        value(&officer, "training_attendances").await.0,
        62,
        "the other session and the first visit's own"
    );
    agrees(&world).await;
}

async fn pages_of_trainings_bring_each_record_once(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    for at in 0..5 {
        let set = json!({
            "village_code": villages()[at], "held_on": format!("2026-06-0{}", at % 2 + 1), "topic": "增氧",
        });
        made(&world, &mut phone, "training_session", set).await;
    }
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let path = format!("/v1/training-sessions?period=2026-06&limit=2{cursor}");
        let page = officer.get(&path).await.ok();
        assert_eq!(page["total"], 5);
        let records = page["training_sessions"].as_array().unwrap();
        seen.extend(records.iter().map(|one| {
            assert_eq!(one["state"], "pending");
            (one["held_on"].clone(), one["id"].clone())
        }));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let days: Vec<&str> = seen.iter().map(|one| one.0.as_str().unwrap()).collect();
    assert!(days.is_sorted_by(|a, b| a >= b), "{days:?}");
    seen.sort_by_key(|one| one.1.to_string());
    seen.dedup();
    assert_eq!(seen.len(), 5);
}
