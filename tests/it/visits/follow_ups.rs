//! Problems that somebody promised to come back to: listed for the office and for the phone that has the village today.

use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::sender::sender_of;
use tepai_tests::world::{COUNTY, townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    overdue_follow_ups_come_first_and_what_has_an_outcome_is_closed,
    a_follow_up_goes_with_its_village_to_whoever_has_it_today,
    pages_of_follow_ups_bring_each_one_once,
);

/// A follow-up that a phone makes; the world stands on 30 June 2026.
async fn promise(
    world: &World,
    phone: &mut Phone,
    village: usize,
    due_on: &str,
    more: Value,
) -> String {
    let mut set = json!({"village_code": villages()[village], "problem": "氨氮超标", "advice": "换水", "due_on": due_on});
    if let (Value::Object(own), Value::Object(more)) = (&mut set, more) {
        own.extend(more);
    }
    let (id, create) = phone.create("follow_up", set);
    let result = phone.push_one(&world.app, create).await;
    assert!(result.problem.is_none(), "{result:?}");
    id.to_string()
}

async fn list(caller: &Caller, query: &str) -> (Vec<String>, Value) {
    let answer = caller.get(&format!("/v1/follow-ups?{query}")).await.ok();
    let ids = answer["follow_ups"].as_array().unwrap().iter();
    let ids = ids.map(|one| one["id"].as_str().unwrap().to_owned());
    (ids.collect(), answer)
}

async fn overdue_follow_ups_come_first_and_what_has_an_outcome_is_closed(world: World) {
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let later = promise(&world, &mut phone, 0, "2026-07-09", json!({})).await;
    let today = promise(&world, &mut phone, 5, "2026-06-30", json!({})).await;
    let late = promise(
        &world,
        &mut phone,
        0,
        "2026-06-25",
        json!({"outcome": "open"}),
    )
    .await;
    let done = json!({"outcome": "solved", "closed_on": "2026-06-20"});
    let done = promise(&world, &mut phone, 0, "2026-06-01", done).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let (ids, answer) = list(&officer, "").await;
    assert_eq!(ids, [&done, &late, &today, &later].map(String::as_str));
    assert_eq!(
        (&answer["today"], &answer["total"]),
        (&json!("2026-06-30"), &json!(4))
    );
    let stands: Vec<_> = answer["follow_ups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["state"].as_str().unwrap(),
                one["days_overdue"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        stands,
        [("closed", 0), ("overdue", 5), ("open", 0), ("open", 0)]
    );
    let first = &answer["follow_ups"][1];
    assert!(
        first["village_name"].is_string() && first["commissioner_name"].is_string(),
        "{first}"
    );
    for (query, expected) in [
        ("state=overdue", vec![&late]),
        ("state=closed", vec![&done]),
        ("state=open", vec![&today, &later]),
    ] {
        assert_eq!(
            list(&officer, query).await.0,
            expected.into_iter().cloned().collect::<Vec<_>>()
        );
    }
    // The coordinator of the first township does not see the village of the second.
    let coordinator = office(&world, Role::Coordinator).await;
    assert_eq!(list(&coordinator, "state=open").await.0, [later.as_str()]);
    let foreign = format!("/v1/follow-ups?division={}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
    let wrong = format!("/v1/follow-ups?division={COUNTY}&state=late");
    officer.get(&wrong).await.refused(400, "invalid_parameter");
    officer
        .get("/v1/follow-ups?limit=0")
        .await
        .refused(400, "invalid_parameter");
    officer
        .get("/v1/follow-ups?cursor=x")
        .await
        .refused(400, "invalid_cursor");
}

async fn a_follow_up_goes_with_its_village_to_whoever_has_it_today(world: World) {
    let before = world.commissioner(&villages()[..2]).await;
    let after = world.commissioner(&villages()[2..3]).await;
    let (mut first, second) = (
        sender_of(&world, before).await,
        sender_of(&world, after).await,
    );
    let moved = promise(&world, &mut first.phone, 0, "2026-06-10", json!({})).await;
    let stays = promise(&world, &mut first.phone, 1, "2026-06-12", json!({})).await;
    assert_eq!(list(&first.http, "").await.0, [moved.as_str(), &stays]);
    assert!(list(&second.http, "").await.0.is_empty());
    world.unassign(before, &villages()[0], "2026-06-15").await;
    world
        .assign(after, &villages()[0], "2026-06-16", None)
        .await;
    assert_eq!(list(&first.http, "").await.0, [stays.as_str()]);
    assert_eq!(
        list(&second.http, "state=overdue").await.0,
        [moved.as_str()]
    );
    let officer = office(&world, Role::CountyOfficer).await;
    let of = |person: &dyn std::fmt::Display| format!("commissioner={person}");
    assert_eq!(list(&officer, &of(&after)).await.0, [moved.as_str()]);
    assert_eq!(
        list(&officer, &of(&before)).await.0,
        [moved.as_str(), &stays]
    );
}

async fn pages_of_follow_ups_bring_each_one_once(world: World) {
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    for number in 0..7 {
        let due = format!("2026-06-{:02}", 10 + number % 3);
        promise(&world, &mut phone, number, &due, json!({})).await;
    }
    let officer = office(&world, Role::CountyOfficer).await;
    let (all, _) = list(&officer, "").await;
    let (mut met, mut cursor) = (Vec::new(), String::new());
    loop {
        let (ids, answer) = list(&officer, &format!("limit=3{cursor}")).await;
        assert_eq!(answer["total"], 7);
        met.extend(ids);
        match answer["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(met, all);
    assert_eq!(met.len(), 7);
}
