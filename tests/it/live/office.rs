//! Live updates of a console: what kinds of things changed within reach, whichever server wrote them, and nothing of another
//! township; and a session that nobody uses goes idle all the same.

use crate::live::phones::{Connection, open_at};
use axum::http::StatusCode;
use serde_json::{Value, json};
use tepai_app::{App, live};
use tepai_domain::actor::Role;
use tepai_tests::caller::{PASSWORD, make_account, office};
use tepai_tests::world::{COUNTY, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    a_console_hears_of_what_changed_in_its_reach_and_of_nothing_else,
    a_console_that_comes_back_is_told_what_changed_meanwhile,
    an_account_holds_some_connections_and_no_more,
    a_connection_keeps_no_session_from_going_idle,
);

async fn token(world: &World, role: Role) -> String {
    let login = format!("live.{}", role.as_str());
    make_account(world, &login, role, COUNTY).await;
    let answer = Caller::nobody(world).sign_in(&login, PASSWORD).await.ok();
    answer["token"].as_str().unwrap().to_owned()
}

async fn connect(app: &App, token: &str, last: Option<&str>) -> Connection {
    Connection::of(open_at(app, "/v1/events", token, last).await).await
}

async fn visit_in(phone: &mut Phone, app: &App, village: usize) {
    let (_, create) = phone.visit(villages()[village].as_str(), "2026-06-01", json!({}));
    Phone::applied(&phone.push_one(app, create).await);
}

fn topics(data: &Value) -> Vec<&str> {
    let topics = data["topics"].as_array().unwrap().iter();
    topics.map(|topic| topic.as_str().unwrap()).collect()
}

async fn a_console_hears_of_what_changed_in_its_reach_and_of_nothing_else(world: World) {
    let coordinator = token(&world, Role::Coordinator).await;
    let officer = token(&world, Role::CountyOfficer).await;
    let administrator = office(&world, Role::Administrator).await;
    let other = world.another_server().await;
    let mut phone = world.phone_everywhere().await;
    let mut own = connect(&world.app, &coordinator, None).await;
    let mut all = connect(&world.app, &officer, None).await;

    // Another township, by another server: the coordinator hears nothing of it.
    visit_in(&mut phone, &other, 5).await;
    live::office::tell_changes(&world.app).await.unwrap();
    let heard = all.next().await.unwrap();
    assert_eq!(heard.event, "changed");
    assert_eq!(heard.data["villages"], json!([villages()[5]]));
    assert!(topics(&heard.data).contains(&"records"), "{heard:?}");
    visit_in(&mut phone, &world.app, 0).await;
    live::office::tell_changes(&world.app).await.unwrap();
    let heard = own.next().await.unwrap();
    assert_eq!(heard.data["villages"], json!([villages()[0]]));
    assert_eq!(
        topics(&heard.data),
        ["records", "summaries", "desk", "photos", "devices"]
    );
    all.next().await.unwrap();

    // What the office decides for the county is told to all, an assignment to whom it concerns.
    let person = phone.actor.person;
    let new = json!({"village_code": villages()[6], "person_id": person, "from": "2020-01-01", "to": "2020-12-31"});
    administrator.post("/v1/assignments", new).await.ok();
    live::office::tell_changes(&world.app).await.unwrap();
    assert_eq!(topics(&all.next().await.unwrap().data), ["assignments"]);
    let setting = json!({"value": 20});
    administrator
        .put("/v1/settings/overdue_days", setting)
        .await
        .ok();
    live::office::tell_changes(&world.app).await.unwrap();
    assert_eq!(topics(&own.next().await.unwrap().data), ["settings"]);
    assert_eq!(topics(&all.next().await.unwrap().data), ["settings"]);

    // Where nothing happened nobody is told anything; a server that stops ends its connections.
    live::office::tell_changes(&world.app).await.unwrap();
    world.app.office_live.close();
    assert!(own.next().await.is_none() && all.next().await.is_none());
    let refused = open_at(&world.app, "/v1/events", &officer, None).await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
}

async fn a_console_that_comes_back_is_told_what_changed_meanwhile(world: World) {
    let coordinator = token(&world, Role::Coordinator).await;
    let administrator = office(&world, Role::Administrator).await;
    let mut phone = world.phone_everywhere().await;
    let mut own = connect(&world.app, &coordinator, None).await;
    visit_in(&mut phone, &world.app, 0).await;
    live::office::tell_changes(&world.app).await.unwrap();
    let first = own.next().await.unwrap();
    drop(own);
    visit_in(&mut phone, &world.app, 1).await;
    let setting = json!({"value": 20});
    administrator
        .put("/v1/settings/overdue_days", setting)
        .await
        .ok();
    let mut again = connect(&world.app, &coordinator, Some(&first.id)).await;
    let missed = again.next().await.unwrap();
    let told = topics(&missed.data);
    assert!(
        told.contains(&"records") && told.contains(&"settings"),
        "{told:?}"
    );
    drop(again);

    // Who has missed nothing is told nothing, and so is who missed what happened elsewhere, or says nonsense.
    visit_in(&mut phone, &world.app, 9).await;
    for last in [missed.id.as_str(), "nonsense"] {
        let mut quiet = connect(&world.app, &coordinator, Some(last)).await;
        let setting = json!({"value": 20 + i64::try_from(last.len()).unwrap()});
        administrator
            .put("/v1/settings/overdue_days", setting)
            .await
            .ok();
        live::office::tell_changes(&world.app).await.unwrap();
        assert_eq!(topics(&quiet.next().await.unwrap().data), ["settings"]);
    }
    // The database was restored from an older copy: everything may be otherwise.
    let of_another_life = "o1.1.1.1.1";
    let mut lost = connect(&world.app, &coordinator, Some(of_another_life)).await;
    assert!(!topics(&lost.next().await.unwrap().data).is_empty());
}

async fn an_account_holds_some_connections_and_no_more(world: World) {
    let officer = token(&world, Role::CountyOfficer).await;
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(connect(&world.app, &officer, None).await);
    }
    let refused = open_at(&world.app, "/v1/events", &officer, None).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    held.pop();
    held.push(connect(&world.app, &officer, None).await);
    assert_eq!(world.app.office_live.connections(), 6);
    drop(held);
    assert_eq!(world.app.office_live.connections(), 0);
}

async fn a_connection_keeps_no_session_from_going_idle(world: World) {
    let officer = token(&world, Role::CountyOfficer).await;
    let caller = Caller::nobody(&world).bearing(&officer);
    let idle_ms = i64::from(world.app.policy.idle_minutes) * 60_000;
    caller.get("/v1/divisions").await.ok();
    world.pass(idle_ms - 1000);
    drop(connect(&world.app, &officer, None).await);
    world.pass(2000);
    caller
        .get("/v1/divisions")
        .await
        .refused(401, "not_signed_in");
    // Somebody who asks for something keeps it: the control.
    let other = office(&world, Role::Auditor).await;
    world.pass(idle_ms - 1000);
    other.get("/v1/divisions").await.ok();
    world.pass(2000);
    other.get("/v1/divisions").await.ok();
}
