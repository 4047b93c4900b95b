//! What two people said differently, and what was refused: the office sees both sides, decides, and the phones hear of it.

use serde_json::{Value, json};
use tepai_server::domain::actor::Role;
use tepai_sync_protocol::ids::RecordId;
use tepai_tests::caller::office;
use tepai_tests::world::{townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    both_values_of_a_conflict_are_shown_and_what_lost_comes_back,
    neither_value_is_right_and_the_office_writes_another,
    an_edit_of_an_approved_visit_waits_for_the_office_and_then_applies,
    a_visit_to_a_village_that_was_not_assigned_applies_if_the_office_says_so,
);

struct Scene {
    officer: Caller,
    first: Phone,
    second: Phone,
    beneficiary: RecordId,
}

/// Two people who serve a village changed the name of one household without knowing of each other.
async fn scene(world: &World) -> Scene {
    let officer = office(world, Role::CountyOfficer).await;
    let village = villages()[0].clone();
    let (one, two) = (
        world.commissioner(std::slice::from_ref(&village)).await,
        world.commissioner(std::slice::from_ref(&village)).await,
    );
    let (mut first, mut second) = (world.phone(one).await, world.phone(two).await);
    let set = json!({"village_code": village, "kind": "household", "display_name": "李家"});
    let (beneficiary, create) = first.create("beneficiary", set);
    let rev = first.push_one(&world.app, create).await.rev.unwrap();
    second.pull_all(&world.app).await;
    let patch = first.patch(
        "beneficiary",
        beneficiary,
        rev,
        json!({"display_name": "李建国"}),
    );
    assert!(first.push_one(&world.app, patch).await.conflicts.is_empty());
    let patch = second.patch(
        "beneficiary",
        beneficiary,
        rev,
        json!({"display_name": "李建军"}),
    );
    assert_eq!(second.push_one(&world.app, patch).await.conflicts.len(), 1);
    Scene {
        officer,
        first,
        second,
        beneficiary,
    }
}

impl Scene {
    async fn conflict(&self) -> Value {
        let answer = self.officer.get("/v1/conflicts").await.ok();
        let all = answer["conflicts"].as_array().unwrap();
        assert_eq!(all.len(), 1, "{answer}");
        all[0].clone()
    }

    /// The name that a phone has after a pull.
    async fn name_on(phone: &mut Phone, world: &World, of: RecordId) -> Value {
        let changes = phone.pull_all(&world.app).await;
        let change = changes.iter().rev().find(|change| change.id == of);
        change.expect("the record").fields()["display_name"].clone()
    }
}

async fn both_values_of_a_conflict_are_shown_and_what_lost_comes_back(world: World) {
    let mut scene = scene(&world).await;
    let conflict = scene.conflict().await;
    let values = [&conflict["kept"]["value"], &conflict["lost"]["value"]];
    assert!(
        values.contains(&&json!("李建国")) && values.contains(&&json!("李建军")),
        "{conflict}"
    );
    assert_eq!(conflict["now"], conflict["kept"]["value"]);
    assert_eq!(conflict["label"]["zh"], "名称");
    assert!(conflict["kept"]["name"].is_string() && conflict["met_at"].is_i64());
    let path = format!("/v1/conflicts/{}", conflict["id"].as_str().unwrap());
    // Outside one's township there is no such conflict; nor does an auditor decide.
    let coordinator = office(&world, Role::Coordinator).await;
    assert_eq!(
        coordinator.get("/v1/conflicts").await.ok()["conflicts"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let foreign = format!("/v1/conflicts?division={}", townships()[1]);
    coordinator.get(&foreign).await.refused(404, "not_found");
    scene
        .officer
        .get("/v1/conflicts?state=lost")
        .await
        .refused(400, "invalid_parameter");
    scene
        .officer
        .post(&path, json!({"decision": "edit"}))
        .await
        .refused(400, "malformed_request");
    scene
        .officer
        .post(&path, json!({"decision": "undo"}))
        .await
        .ok();
    let after = scene.conflict().await;
    assert_eq!(
        (&after["state"], &after["now"]),
        (&json!("undone"), &conflict["lost"]["value"])
    );
    let of = scene.beneficiary;
    for phone in [&mut scene.first, &mut scene.second] {
        assert_eq!(
            Scene::name_on(phone, &world, of).await,
            conflict["lost"]["value"]
        );
    }
    scene
        .officer
        .post(&path, json!({"decision": "keep"}))
        .await
        .refused(422, "illegal_transition");
    let audit = scene
        .officer
        .get("/v1/audit?act=conflict_settled")
        .await
        .ok();
    assert_eq!(audit["links"][0]["object"], conflict["id"]);
    assert_eq!(audit["links"].as_array().unwrap().len(), 1);
}

async fn neither_value_is_right_and_the_office_writes_another(world: World) {
    let mut scene = scene(&world).await;
    let conflict = scene.conflict().await;
    let path = format!("/v1/conflicts/{}", conflict["id"].as_str().unwrap());
    // What cannot be is refused with its field, and the conflict stays open.
    for wrong in [json!(7), json!(""), json!("长".repeat(61))] {
        let refused = scene
            .officer
            .post(&path, json!({"decision": "edit", "value": wrong}))
            .await;
        refused.refused(422, "validation");
    }
    assert_eq!(scene.conflict().await["state"], "open");
    assert!(
        letters(&scene.officer, "").await.is_empty(),
        "nobody's phone sent it"
    );
    scene
        .officer
        .post(&path, json!({"decision": "edit", "value": "李建党"}))
        .await
        .ok();
    let after = scene.conflict().await;
    assert_eq!(
        (&after["state"], &after["now"]),
        (&json!("accepted"), &json!("李建党"))
    );
    let of = scene.beneficiary;
    for phone in [&mut scene.first, &mut scene.second] {
        assert_eq!(Scene::name_on(phone, &world, of).await, json!("李建党"));
    }
}

async fn letters(caller: &Caller, query: &str) -> Vec<Value> {
    let answer = caller.get(&format!("/v1/dead-letters{query}")).await.ok();
    answer["dead_letters"].as_array().unwrap().clone()
}

async fn an_edit_of_an_approved_visit_waits_for_the_office_and_then_applies(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let place = villages()[0].to_string();
    let id = officer
        .approved_visit(&world, &mut phone, (&place, "2026-06-20"), json!({}))
        .await;
    let visit = async || officer.get(&format!("/v1/visits/{id}")).await.ok();
    let rev = visit().await["rev"].as_i64().unwrap();
    let record: RecordId = id.parse().map(RecordId).unwrap();
    for leaflets in [30, 40] {
        let patch = phone.patch("visit", record, rev, json!({"leaflets": leaflets}));
        let result = phone.push_one(&world.app, patch).await;
        assert_eq!(result.problem.unwrap().code.as_str(), "locked");
    }
    let waiting = letters(&officer, "").await;
    assert_eq!(waiting.len(), 2);
    let of = |leaflets: i64| {
        let mut all = waiting.iter();
        let found = all
            .find(|letter| letter["mutation"]["set"]["leaflets"] == leaflets)
            .unwrap();
        assert_eq!(found["problem"]["code"], "locked");
        format!("/v1/dead-letters/{}", found["id"].as_str().unwrap())
    };
    officer
        .post(&of(40), json!({"decision": "discard"}))
        .await
        .ok();
    assert_eq!(visit().await["fields"]["leaflets"], Value::Null);
    let applied = officer
        .post(&of(30), json!({"decision": "apply"}))
        .await
        .ok();
    assert_eq!(applied["result"]["outcome"], "applied", "{applied}");
    let after = visit().await;
    assert_eq!(after["fields"]["leaflets"], 30);
    assert_eq!(
        after["fields"]["review_state"], "approved",
        "it stays approved"
    );
    assert!(letters(&officer, "").await.is_empty());
    let settled = letters(&officer, "?settled=true").await;
    let mut how: Vec<_> = settled
        .iter()
        .map(|letter| letter["resolution"].as_str().unwrap())
        .collect();
    how.sort_unstable();
    assert_eq!(how, ["applied", "discarded"]);
    officer
        .post(&of(30), json!({"decision": "apply"}))
        .await
        .refused(422, "illegal_transition");
}

async fn a_visit_to_a_village_that_was_not_assigned_applies_if_the_office_says_so(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()[..1]).await;
    let mut phone = world.phone(person).await;
    let (id, create) = phone.visit(villages()[6].as_str(), "2026-06-20", json!({}));
    let refused = phone.push_one(&world.app, create.clone()).await;
    assert_eq!(refused.problem.unwrap().code.as_str(), "forbidden_scope");
    let waiting = letters(&officer, "").await;
    assert_eq!(waiting[0]["village_code"], json!(villages()[6]));
    assert_eq!(waiting[0]["person_id"], json!(person));
    // It is in the second township: the first one's coordinator neither sees it nor settles it.
    let coordinator = office(&world, Role::Coordinator).await;
    assert!(letters(&coordinator, "").await.is_empty());
    let path = format!("/v1/dead-letters/{}", waiting[0]["id"].as_str().unwrap());
    let apply = json!({"decision": "apply"});
    coordinator
        .post(&path, apply.clone())
        .await
        .refused(404, "not_found");
    let applied = officer.post(&path, apply).await.ok();
    assert_eq!(applied["result"]["outcome"], "applied", "{applied}");
    let visit = officer.get(&format!("/v1/visits/{id}")).await.ok();
    assert_eq!(
        visit["fields"]["commissioner_id"],
        json!(person),
        "it is still the commissioner's"
    );
    // What cannot be is refused again and waits on; nobody is told that it applied.
    let (_, wrong) = phone.visit(
        villages()[0].as_str(),
        "2026-06-20",
        json!({"mode": "nothing"}),
    );
    phone.push_one(&world.app, wrong).await;
    let waiting = letters(&officer, "").await;
    let path = format!("/v1/dead-letters/{}", waiting[0]["id"].as_str().unwrap());
    let again = officer.post(&path, json!({"decision": "apply"})).await.ok();
    assert_eq!(again["result"]["outcome"], "rejected", "{again}");
    assert_eq!(letters(&officer, "").await.len(), 1);
    let settled = letters(&officer, "?settled=true").await;
    let of = |id: &Value| settled.iter().find(|letter| letter["id"] == *id).unwrap();
    assert_eq!(of(&waiting[0]["id"])["resolution"], "refused_again");
    // Sent once more it is answered as it was decided in the end.
    let again = phone.push_one(&world.app, create).await;
    assert!(again.replayed && again.problem.is_none(), "{again:?}");
}
