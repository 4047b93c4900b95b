//! What two people said differently, and what was refused: the office sees both sides, decides, and the phones hear of it.

use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_sync_protocol::ids::RecordId;
use tepai_tests::caller::office;
use tepai_tests::world::{townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};

on_both_databases!(
    both_values_of_a_conflict_are_shown_and_what_lost_comes_back,
    neither_value_is_right_and_the_office_writes_another,
    an_edit_of_an_approved_visit_waits_for_the_office_and_then_applies,
    a_visit_to_a_village_that_was_not_assigned_applies_if_the_office_says_so,
    what_was_refused_is_mended_at_the_desk_and_both_versions_are_kept,
    a_patch_that_was_refused_is_seen_by_the_township_of_its_record,
    conflicts_come_in_pages,
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

/// The same, each for itself.
struct Parts {
    officer: Caller,
    first_phone: Phone,
    second_phone: Phone,
    beneficiary: RecordId,
}

impl Scene {
    fn into_parts(self) -> Parts {
        Parts {
            officer: self.officer,
            first_phone: self.first,
            second_phone: self.second,
            beneficiary: self.beneficiary,
        }
    }

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

async fn what_was_refused_is_mended_at_the_desk_and_both_versions_are_kept(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()[..2]).await;
    let mut phone = world.phone(person).await;
    let set = json!({"mode": "nothing", "leaflets": 7, "content": "测水质"});
    let (id, wrong) = phone.visit(villages()[0].as_str(), "2026-06-20", set);
    let refused = phone.push_one(&world.app, wrong.clone()).await;
    assert!(refused.problem.is_some());
    let waiting = letters(&officer, "").await;
    let path = format!("/v1/dead-letters/{}", waiting[0]["id"].as_str().unwrap());
    // A change that cannot be is refused with its field, and the letter waits as it was.
    let still_wrong = json!({"decision": "apply", "set": {"mode": "nowhere"}});
    let problem = officer.post(&path, still_wrong).await;
    problem.refused(422, "validation");
    let elsewhere = json!({"decision": "discard", "set": {"mode": "household"}});
    officer
        .post(&path, elsewhere)
        .await
        .refused(400, "malformed_request");
    assert_eq!(letters(&officer, "").await, waiting);
    // Another mode, another village, and a number that nobody believes stays out.
    let mended = json!({
        "decision": "apply", "leave_out": ["leaflets"],
        "set": {"mode": "household", "village_code": villages()[1]},
    });
    let done = officer.post(&path, mended).await.ok();
    assert_eq!(done["result"]["outcome"], "applied", "{done}");
    let visit = officer.get(&format!("/v1/visits/{id}")).await.ok();
    assert_eq!(visit["fields"]["mode"], "household");
    assert_eq!(visit["fields"]["village_code"], json!(villages()[1]));
    assert_eq!(visit["fields"]["leaflets"], Value::Null);
    assert_eq!(visit["fields"]["commissioner_id"], json!(person));
    assert!(letters(&officer, "").await.is_empty());
    let settled = letters(&officer, "?settled=true").await;
    assert_eq!(settled[0]["resolution"], "applied");
    assert_eq!(
        settled[0]["mutation"]["set"]["mode"], "nothing",
        "as it came"
    );
    assert_eq!(settled[0]["mutation"]["set"]["leaflets"], 7);
    let edited = &settled[0]["edited"]["set"];
    assert_eq!(
        (&edited["mode"], edited.get("leaflets")),
        (&json!("household"), None)
    );
    // The phone sends what it has once more, and is answered as it was decided.
    let again = phone.push_one(&world.app, wrong).await;
    assert!(again.replayed && again.problem.is_none(), "{again:?}");
    let changes = phone.pull_all(&world.app).await;
    let change = changes.iter().rev().find(|change| change.id == id);
    assert_eq!(change.unwrap().fields()["mode"], "household");
}

async fn a_patch_that_was_refused_is_seen_by_the_township_of_its_record(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    // One in the coordinator's township, one in the next.
    for at in [0, 6] {
        let (id, create) = phone.visit(villages()[at].as_str(), "2026-06-20", json!({}));
        let rev = phone.push_one(&world.app, create).await.rev.unwrap();
        let patch = phone.patch("visit", id, rev, json!({"mode": "nothing"}));
        assert!(phone.push_one(&world.app, patch).await.problem.is_some());
    }
    let of = |letters: Vec<Value>| {
        let villages = letters.into_iter().map(|one| one["village_code"].clone());
        villages.collect::<Vec<_>>()
    };
    let own = [json!(villages()[0])];
    assert_eq!(of(letters(&coordinator, "").await), own);
    assert_eq!(letters(&officer, "").await.len(), 2);
}

async fn conflicts_come_in_pages(world: World) {
    let scene = scene(&world).await;
    let first = scene.conflict().await;
    // More of them, each about another field or time.
    let Parts {
        officer,
        mut first_phone,
        mut second_phone,
        beneficiary,
    } = scene.into_parts();
    for name in ["李建民", "李建设"] {
        world.pass(1000);
        first_phone.pull_all(&world.app).await;
        let rev = {
            let changes = second_phone.pull_all(&world.app).await;
            let own = changes.iter().rev().find(|change| change.id == beneficiary);
            own.expect("the record").rev
        };
        let one = first_phone.patch(
            "beneficiary",
            beneficiary,
            rev,
            json!({"display_name": name}),
        );
        first_phone.push_one(&world.app, one).await;
        let other = json!({"display_name": format!("{name}家")});
        let other = second_phone.patch("beneficiary", beneficiary, rev, other);
        let met = second_phone.push_one(&world.app, other).await;
        assert_eq!(met.conflicts.len(), 1, "{met:?}");
    }
    let mut met = Vec::new();
    let mut path = "/v1/conflicts?limit=1&state=open".to_owned();
    loop {
        let page = officer.get(&path).await.ok();
        let conflicts = page["conflicts"].as_array().unwrap();
        met.extend(conflicts.iter().map(|one| one["id"].clone()));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        path = format!("/v1/conflicts?limit=1&state=open&cursor={next}");
    }
    assert_eq!(met.len(), 3);
    assert_eq!(met[2], first["id"], "the latest first");
    let wrong = officer.get("/v1/conflicts?cursor=x").await;
    wrong.refused(400, "invalid_cursor");
}
