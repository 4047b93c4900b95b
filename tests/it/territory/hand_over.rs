//! A village goes from one commissioner to another: the office sees what that means, does it, and the phones follow.

use serde_json::{Value, json};
use tepai_client::protocol::ids::PersonId;
use tepai_domain::actor::Role;
use tepai_sync_protocol::sync::{ChangeKind, Waiting};
use tepai_tests::caller::{Caller, office};
use tepai_tests::world::{DAY_MS, NOW_MS, villages};
use tepai_tests::{Phone, World, on_both_databases};

on_both_databases!(
    the_office_sees_what_a_hand_over_means_before_it_happens,
    a_village_that_was_handed_over_leaves_one_phone_and_comes_to_the_other,
    what_was_done_before_the_hand_over_is_still_taken_afterwards,
    a_hand_over_that_makes_no_sense_is_refused_and_says_which_field,
    of_two_hand_overs_of_one_village_at_once_one_alone_happens,
);

struct Cast {
    officer: Caller,
    from: PersonId,
    to: PersonId,
}

async fn cast(world: &World) -> Cast {
    Cast {
        officer: office(world, Role::CountyOfficer).await,
        from: world.commissioner(&villages()[..2]).await,
        to: world.commissioner(&villages()[2..3]).await,
    }
}

fn asked(from: PersonId, to: PersonId) -> Value {
    json!({"village_code": villages()[0], "from_person_id": from, "to_person_id": to})
}

async fn the_office_sees_what_a_hand_over_means_before_it_happens(world: World) {
    let cast = cast(&world).await;
    let mut phone = world.phone(cast.from).await;
    let (_, visit) = phone.visit(villages()[0].as_str(), "2026-06-20", json!({}));
    let (_, elsewhere) = phone.visit(villages()[1].as_str(), "2026-06-20", json!({}));
    let mut request = phone.request(vec![visit, elsewhere], None);
    request.waiting = Some(Waiting {
        mutations: 3,
        ..Waiting::default()
    });
    phone.send(&world.app, request).await.unwrap();
    let impact = cast
        .officer
        .post("/v1/handovers/preview", asked(cast.from, cast.to))
        .await
        .ok();
    assert_eq!(impact["records"], json!({"visit": 1}));
    assert_eq!(
        (&impact["on"], &impact["last_day"]),
        (&json!("2026-06-30"), &json!("2026-06-29"))
    );
    assert_eq!(impact["late_edits_until"], "2026-07-29");
    assert_eq!(impact["from"]["devices"][0]["waiting"]["mutations"], 3);
    let warnings = impact["warnings"].to_string();
    assert!(
        warnings.contains("3 条变更") && warnings.contains("has no phone yet"),
        "{warnings}"
    );
    // Nothing has happened.
    let again = cast
        .officer
        .post("/v1/handovers/preview", asked(cast.from, cast.to))
        .await
        .ok();
    assert_eq!(again, impact);
}

async fn a_village_that_was_handed_over_leaves_one_phone_and_comes_to_the_other(world: World) {
    let cast = cast(&world).await;
    let (mut giver, mut taker) = (world.phone(cast.from).await, world.phone(cast.to).await);
    let (id, visit) = giver.visit(villages()[0].as_str(), "2026-06-20", json!({}));
    Phone::applied(&giver.push_one(&world.app, visit).await);
    giver.pull_all(&world.app).await;
    taker.pull_all(&world.app).await;
    cast.officer
        .post("/v1/handovers", asked(cast.from, cast.to))
        .await
        .ok();
    let page = giver.pull_page(&world.app, None).await;
    assert_eq!(
        page.evict,
        [format!("v:{}", villages()[0]).parse().unwrap()]
    );
    let seen = taker.pull_all(&world.app).await;
    let put = seen.iter().find(|change| change.id == id).unwrap();
    assert_eq!(put.op, ChangeKind::Put);
    let refused = cast
        .officer
        .post("/v1/handovers", asked(cast.from, cast.to))
        .await;
    refused.refused(422, "invalid_input");
}

async fn what_was_done_before_the_hand_over_is_still_taken_afterwards(world: World) {
    let cast = cast(&world).await;
    let mut giver = world.phone(cast.from).await;
    // Made the day before, on a phone that is offline.
    giver.wall = NOW_MS - DAY_MS;
    let (_, before) = giver.visit(villages()[0].as_str(), "2026-06-29", json!({}));
    cast.officer
        .post("/v1/handovers", asked(cast.from, cast.to))
        .await
        .ok();
    world.pass(20 * DAY_MS);
    giver.wall = NOW_MS + 20 * DAY_MS;
    Phone::applied(&giver.push_one(&world.app, before).await);
}

async fn a_hand_over_that_makes_no_sense_is_refused_and_says_which_field(world: World) {
    let cast = cast(&world).await;
    let nobody = PersonId(uuid::Uuid::from_u128(404));
    let mut unknown = asked(cast.from, cast.to);
    unknown["village_code"] = json!("110101001001");
    let mut far = asked(cast.from, cast.to);
    far["on"] = json!("2020-01-01");
    for (body, pointer) in [
        (unknown, "/village_code"),
        (asked(nobody, cast.to), "/from_person_id"),
        (asked(cast.to, cast.from), "/from_person_id"),
        (asked(cast.from, nobody), "/to_person_id"),
        (asked(cast.from, cast.from), "/to_person_id"),
        (far, "/from_person_id"),
    ] {
        for path in ["/v1/handovers/preview", "/v1/handovers"] {
            let problem = cast
                .officer
                .post(path, body.clone())
                .await
                .refused(422, "invalid_input");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
    }
    let auditor = office(&world, Role::Auditor).await;
    let refused = auditor
        .post("/v1/handovers/preview", asked(cast.from, cast.to))
        .await;
    refused.refused(403, "not_allowed");
}

async fn of_two_hand_overs_of_one_village_at_once_one_alone_happens(world: World) {
    let cast = cast(&world).await;
    let other = world.commissioner(&villages()[3..4]).await;
    let (one, two) = futures::join!(
        cast.officer
            .post("/v1/handovers", asked(cast.from, cast.to)),
        cast.officer.post("/v1/handovers", asked(cast.from, other)),
    );
    let done = [one.status.as_u16(), two.status.as_u16()];
    assert!(done == [200, 422] || done == [422, 200], "{done:?}");
}
