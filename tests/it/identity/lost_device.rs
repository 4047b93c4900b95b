//! A lost phone: what it still sends is kept, it gets nothing and is told to delete what it holds, and the office decides.
//! And a server that came back from a backup.

use serde_json::{Value, json};
use tepai_app::epoch::start_new_epoch;
use tepai_domain::actor::Role;
use tepai_sync_protocol::version;
use tepai_tests::caller::{Caller, enrol, make_account, office};
use tepai_tests::world::{COUNTY, NOW_MS, villages};
use tepai_tests::{World, on_both_databases};
use uuid::Uuid;

on_both_databases!(
    what_a_lost_phone_sends_is_kept_once_and_counts_when_the_office_releases_it,
    a_lost_phone_with_nothing_to_send_is_told_to_delete_what_it_holds_and_its_token_ends_with_that,
    a_phone_that_is_found_again_goes_on_as_before,
    only_an_administrator_of_the_county_reports_a_phone_lost,
    the_office_sees_what_waits_is_refused_and_disputed_on_each_device,
    after_a_restore_a_phone_is_taken_for_no_copy_of_itself,
);

struct Lost {
    admin: Caller,
    id: String,
    phone: Caller,
}

async fn begin(world: &World) -> Lost {
    let admin = office(world, Role::Administrator).await;
    let person = make_account(world, "li", Role::Commissioner, COUNTY).await;
    world
        .assign(
            tepai_sync_protocol::ids::PersonId(person.parse().unwrap()),
            &villages()[0],
            "2026-01-01",
            None,
        )
        .await;
    let (id, phone) = enrol(world, &admin, &person).await;
    Lost { admin, id, phone }
}

fn visit(n: u128) -> Value {
    json!({
        "mid": Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_1000 + n), "n": n, "op": "create", "kind": "visit",
        "id": Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_2000 + n),
        "set": {
            "village_code": villages()[0], "service_from": "2026-06-29", "mode": "household", "industry": "aquaculture",
            "content": "查看水质",
        },
        "edited": {"wall": NOW_MS, "boot": "b1", "mono_ms": 5},
    })
}

fn sync(mutations: &[Value], ticket: Option<&Value>) -> Value {
    json!({
        "protocol": version::PROTOCOL, "schema": version::SCHEMA,
        "replica": {"generation": Uuid::from_u128(5), "ticket": ticket},
        "clock": {"wall": NOW_MS, "boot": "b1", "mono_ms": 9}, "mutations": mutations, "pull": {},
    })
}

impl Lost {
    async fn sync(&self, mutations: &[Value], ticket: Option<&Value>) -> Value {
        self.phone
            .post("/v1/sync", sync(mutations, ticket))
            .await
            .ok()
    }

    async fn ask(&self, what: &str) -> Value {
        let path = format!("/v1/devices/{}/{what}", self.id);
        self.admin.post(&path, json!({})).await.ok()
    }

    async fn device(&self) -> Value {
        self.admin.get("/v1/devices").await.ok()["devices"][0].clone()
    }

    async fn wiped(&self) -> u16 {
        let answer = self.phone.post("/v1/devices/me/wiped", json!({})).await;
        answer.status.as_u16()
    }
}

async fn what_a_lost_phone_sends_is_kept_once_and_counts_when_the_office_releases_it(world: World) {
    let lost = begin(&world).await;
    lost.ask("lost").await;
    for replayed in [false, true] {
        let answer = lost.sync(&[visit(1), visit(2)], None).await;
        let result = &answer["results"][0];
        assert_eq!(
            (&result["outcome"], &result["problem"]["code"]),
            (&json!("held"), &json!("device_lost"))
        );
        assert_eq!(result["replayed"].as_bool().unwrap_or(false), replayed);
        assert_eq!(answer.get("pull"), None, "nothing comes down");
    }
    let count = "SELECT COUNT(*) AS number FROM record WHERE kind = 'visit'";
    assert_eq!(world.number(count).await, 0);
    assert_eq!(lost.device().await["in_escrow"], 2);

    let released = lost.ask("release-escrow").await;
    assert_eq!(
        (&released["applied"], &released["rejected"]),
        (&json!(2), &json!(0)),
        "{released}"
    );
    assert_eq!(world.number(count).await, 2);
    assert_eq!(lost.device().await["in_escrow"], 0);
    // Asking again finds nothing, and a phone that never heard of it is told what became of its visits.
    assert_eq!(lost.ask("release-escrow").await["applied"], 0);
    let answer = lost.sync(&[visit(1)], None).await;
    assert_eq!(answer["results"][0]["outcome"], "applied");
}

async fn a_lost_phone_with_nothing_to_send_is_told_to_delete_what_it_holds_and_its_token_ends_with_that(
    world: World,
) {
    let lost = begin(&world).await;
    assert_eq!(lost.wiped().await, 422, "nobody asked for it");
    lost.ask("lost").await;
    lost.phone
        .post("/v1/sync", sync(&[], None))
        .await
        .refused(403, "device_wipe");
    for path in [
        "/v1/sync/hello",
        "/v1/sync/events",
        "/v1/devices/me",
        "/v1/visits",
    ] {
        lost.phone.get(path).await.refused(403, "device_wipe");
    }
    assert_eq!(lost.wiped().await, 204);
    assert_eq!(lost.wiped().await, 403);
    lost.phone
        .post("/v1/sync", sync(&[], None))
        .await
        .refused(403, "device_revoked");
    assert!(lost.device().await["wiped_at"].is_i64());
    let path = format!("/v1/devices/{}/found", lost.id);
    lost.admin
        .post(&path, json!({}))
        .await
        .refused(422, "illegal_transition");
}

async fn a_phone_that_is_found_again_goes_on_as_before(world: World) {
    let lost = begin(&world).await;
    let first = lost.sync(&[visit(1)], None).await;
    lost.ask("lost").await;
    lost.sync(&[visit(2)], Some(&first["ticket"])).await;
    lost.ask("found").await;
    let answer = lost.sync(&[visit(3)], Some(&first["ticket"])).await;
    assert_eq!(answer["results"][0]["outcome"], "applied");
    assert!(answer["pull"]["cursor"].is_string());
    assert_eq!(
        lost.device().await["in_escrow"],
        1,
        "what was kept waits for the office"
    );
}

async fn only_an_administrator_of_the_county_reports_a_phone_lost(world: World) {
    let lost = begin(&world).await;
    let path = format!("/v1/devices/{}/lost", lost.id);
    for role in [Role::Auditor, Role::Coordinator] {
        let caller = office(&world, role).await;
        caller
            .post(&path, json!({}))
            .await
            .refused(403, "not_allowed");
    }
    lost.phone
        .post(&path, json!({}))
        .await
        .refused(401, "not_signed_in");
    world.found_county("990422").await;
    make_account(&world, "other.admin", Role::Administrator, "990422").await;
    let other = Caller::nobody(&world).signed_in("other.admin").await;
    other.post(&path, json!({})).await.refused(404, "not_found");
    assert!(lost.device().await.get("lost_at").is_none());
}

async fn the_office_sees_what_waits_is_refused_and_disputed_on_each_device(world: World) {
    let lost = begin(&world).await;
    let mut bad = visit(1);
    bad["set"]["mode"] = json!("by_telepathy");
    let mut request = sync(&[bad, visit(2)], None);
    request["waiting"] =
        json!({"mutations": 3, "photos": 2, "photo_bytes": 900, "oldest_at": NOW_MS});
    request["replica"]["app_version"] = json!("1.4.2");
    request["clock"]["wall"] = json!(NOW_MS - 7_200_000);
    let first = lost.phone.post("/v1/sync", request).await.ok();
    // Another phone of the same person has edited what this one edits without having seen it.
    let person = first["results"][1]["rev"].as_i64().unwrap();
    let own = lost.device().await;
    let owner = own["person_id"].as_str().unwrap().to_owned();
    let (_, second) = enrol(&world, &lost.admin, &owner).await;
    let patch = |n: u128, content: &str, base: i64| {
        let mut patch = visit(n);
        patch["op"] = json!("patch");
        patch["id"] = visit(2)["id"].clone();
        patch["base"] = json!(base);
        patch["set"] = json!({"content": content});
        patch
    };
    let mut request = sync(&[patch(11, "换水", person)], None);
    request["replica"]["generation"] = json!(Uuid::from_u128(6));
    second.post("/v1/sync", request).await.ok();
    let merged = lost
        .sync(&[patch(12, "增氧", person)], Some(&first["ticket"]))
        .await;
    assert_eq!(merged["results"][0]["outcome"], "merged", "{merged}");

    let device = lost.device().await;
    assert_eq!(
        (&device["quarantined"], &device["conflicts"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(device["waiting"]["photos"], 2);
    assert_eq!(
        (&device["app_version"], &device["last_sync_at"]),
        (&json!("1.4.2"), &json!(NOW_MS))
    );
    assert_eq!(own["clock_offset_ms"], 7_200_000);
}

async fn after_a_restore_a_phone_is_taken_for_no_copy_of_itself(world: World) {
    let lost = begin(&world).await;
    let first = lost.sync(&[visit(1)], None).await;
    let second = lost.sync(&[visit(2)], Some(&first["ticket"])).await;
    let third = lost.sync(&[visit(3)], Some(&second["ticket"])).await;
    // The backup was made before all of it: tickets, results and records are those of then.
    for sql in [
        "UPDATE device SET ticket = 'of-the-backup', previous_ticket = 'older'",
        "DELETE FROM mutation_result",
        "DELETE FROM record WHERE kind = 'visit'",
        "DELETE FROM membership WHERE kind = 'visit'",
        "DELETE FROM scope",
    ] {
        world.execute(sql, vec![]).await;
    }
    let fresh = start_new_epoch(&world.app).await.unwrap();
    assert_ne!(fresh, world.app.epoch);
    let restarted = world.another_server().await;
    assert_eq!(restarted.epoch, fresh);
    let again = [visit(1), visit(2), visit(3)];
    let answer = lost.sync(&again, Some(&third["ticket"])).await;
    for result in answer["results"].as_array().unwrap() {
        assert_eq!(result["outcome"], "applied", "{answer}");
    }
}
