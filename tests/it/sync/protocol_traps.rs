//! The traps of a sync that no other module is about, one test each. `docs/proofs.md` lists where the others are.

use sea_orm::DatabaseBackend;
use serde_json::json;
use tepai_domain::actor::Role;
use tepai_sync_protocol::sync::Outcome;
use tepai_tests::caller::office;
use tepai_tests::world::villages;
use tepai_tests::{World, on_both_databases};

on_both_databases!(
    of_two_fields_written_at_once_through_two_servers_both_stay,
    a_patch_of_a_record_that_never_was_creates_none,
    a_record_that_cannot_be_read_keeps_no_other_from_the_phone,
    half_past_midnight_in_the_county_is_the_new_day_whatever_utc_says,
    batches_that_touch_the_same_villages_in_any_order_never_deadlock,
    one_request_at_two_servers_at_once_is_applied_once,
);

async fn of_two_fields_written_at_once_through_two_servers_both_stay(world: World) {
    let second = world.another_server().await;
    let (mut one, mut other) = (
        world.phone_everywhere().await,
        world.phone_everywhere().await,
    );
    let mut ids = Vec::new();
    for round in 0..20 {
        let household = json!({
            "village_code": villages()[round % 12], "kind": "household", "display_name": "李四",
        });
        let (id, create) = one.create("beneficiary", household);
        let rev = one.push_one(&world.app, create).await.rev.unwrap();
        let name = one.patch(
            "beneficiary",
            id,
            rev,
            json!({"display_name": "李四（东塘）"}),
        );
        let phone = other.patch("beneficiary", id, rev, json!({"phone": "13800000000"}));
        let (first, then) = tokio::join!(
            one.push_one(&world.app, name),
            other.push_one(&second, phone)
        );
        assert!(first.outcome != Outcome::Rejected && then.outcome != Outcome::Rejected);
        ids.push(id);
    }
    let seen = one.pull_all(&world.app).await;
    for id in ids {
        let last = seen.iter().rev().find(|change| change.id == id).unwrap();
        let fields = last.fields();
        let both = (&fields["display_name"], &fields["phone"]);
        assert_eq!(both, (&json!("李四（东塘）"), &json!("13800000000")));
    }
}

async fn a_patch_of_a_record_that_never_was_creates_none(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (id, _) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    let full = json!({
        "village_code": villages()[0], "service_from": "2026-06-01", "mode": "household",
        "industry": "aquaculture", "content": "删除后又回来的走访",
    });
    for (base, expected) in [(0, Outcome::Retry), (3, Outcome::Rejected)] {
        let patch = phone.patch("visit", id, base, full.clone());
        assert_eq!(phone.push_one(&world.app, patch).await.outcome, expected);
    }
    let records = "SELECT count(*) AS number FROM record";
    assert_eq!(world.number(records).await, 0);
}

async fn a_record_that_cannot_be_read_keeps_no_other_from_the_phone(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (spoilt, first) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    let (whole, second) = phone.visit(villages()[0].as_str(), "2026-06-02", json!({}));
    phone.push(&world.app, vec![first, second]).await;
    let spoil = "UPDATE record SET fields = '{\"content\": ' WHERE id = $1";
    world.execute(spoil, vec![spoilt.0.into()]).await;
    let seen = phone.pull_all(&world.app).await;
    assert!(seen.iter().any(|change| change.id == whole));
    assert!(seen.iter().all(|change| change.id != spoilt));
    assert!(
        phone.pull_all(&world.app).await.is_empty(),
        "and it does not go round for ever"
    );
}

async fn half_past_midnight_in_the_county_is_the_new_day_whatever_utc_says(world: World) {
    let from = world.commissioner(&villages()[..1]).await;
    let to = world.commissioner(&villages()[1..2]).await;
    let asked = json!({"village_code": villages()[0], "from_person_id": from, "to_person_id": to});
    // 2026-06-30 10:00 in Shanghai, and then 2026-07-01 00:30, which is 2026-06-30 16:30 UTC.
    let evening = (0, Role::CountyOfficer, "2026-06-30");
    let night = (870, Role::Administrator, "2026-07-01");
    for (minutes, role, today) in [evening, night] {
        world.pass(minutes * 60_000);
        let officer = office(&world, role).await;
        let impact = officer
            .post("/v1/handovers/preview", asked.clone())
            .await
            .ok();
        assert_eq!(impact["on"], today);
    }
}

async fn batches_that_touch_the_same_villages_in_any_order_never_deadlock(world: World) {
    let second = world.another_server().await;
    let mut phones = Vec::new();
    for _ in 0..6 {
        phones.push(world.phone_everywhere().await);
    }
    let mut writers = tokio::task::JoinSet::new();
    for (number, mut phone) in phones.into_iter().enumerate() {
        let app = if number % 2 == 0 {
            world.app.clone()
        } else {
            second.clone()
        };
        writers.spawn(async move {
            for round in 0..25 {
                let visits = (0..6).map(|at| {
                    // Every batch goes through the villages from another end.
                    let step = if number % 2 == 0 { at } else { 11 - at };
                    let village = villages()[(step + round + number) % 12].to_string();
                    phone.visit(&village, "2026-06-01", json!({})).1
                });
                let batch: Vec<_> = visits.collect();
                let results = phone.push(&app, batch).await;
                assert!(
                    results
                        .iter()
                        .all(|result| result.outcome == Outcome::Applied)
                );
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    let visits = "SELECT count(*) AS number FROM record WHERE kind = 'visit'";
    assert_eq!(world.number(visits).await, 6 * 25 * 6);
    if world.database.get_database_backend() == DatabaseBackend::Postgres {
        let sql =
            "SELECT deadlocks AS number FROM pg_stat_database WHERE datname = current_database()";
        assert_eq!(world.number(sql).await, 0);
    }
}

async fn one_request_at_two_servers_at_once_is_applied_once(world: World) {
    let second = world.another_server().await;
    let mut phone = world.phone_everywhere().await;
    for round in 0..20 {
        let (_, create) = phone.visit(villages()[round % 12].as_str(), "2026-06-01", json!({}));
        let mut twin = phone.clone();
        let (one, other) = tokio::join!(
            phone.push_one(&world.app, create.clone()),
            twin.push_one(&second, create)
        );
        assert_eq!((one.outcome, one.rev), (other.outcome, other.rev));
        assert!(one.replayed != other.replayed, "one of them was first");
        if other.replayed {
            // That one came last, and its ticket is the newest.
            phone.ticket = twin.ticket;
        }
    }
    let results = "SELECT count(*) AS number FROM mutation_result";
    assert_eq!(world.number(results).await, 20);
}
