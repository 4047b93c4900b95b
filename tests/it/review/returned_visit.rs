//! A visit that goes back to be mended: the phone hears what is wrong, and the office sees the new version beside the old.

use serde_json::{Value, json};
use tepai_domain::actor::Role;
use tepai_tests::caller::office;
use tepai_tests::world::villages;
use tepai_tests::{World, on_both_databases};

on_both_databases!(a_returned_visit_comes_back_as_a_version_beside_the_old_one);

async fn a_returned_visit_comes_back_as_a_version_beside_the_old_one(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut phone = world.phone(person).await;
    let (id, create) = phone.visit(
        villages()[0].as_str(),
        "2026-06-20",
        json!({"content": "看塘", "leaflets": 3}),
    );
    let rev = phone.push_one(&world.app, create).await.rev;
    let path = format!("/v1/visits/{id}/reviews");
    let back = json!({"rev": rev, "decision": "return", "reason": "content", "field": "content",
                      "comment": "请写明指导了什么", "due_on": "2026-07-05"});
    officer.post(&path, back).await.ok();
    let seen = phone.pull_all(&world.app).await;
    let told = seen
        .iter()
        .rev()
        .find(|change| change.id == id)
        .unwrap()
        .fields();
    assert_eq!(
        (&told["review_state"], &told["review_field"]),
        (&json!("returned"), &json!("content"))
    );
    assert_eq!(
        (&told["review_comment"], &told["review_due_on"]),
        (&json!("请写明指导了什么"), &json!("2026-07-05"))
    );
    let rev = seen
        .iter()
        .rev()
        .find(|change| change.id == id)
        .unwrap()
        .rev;
    let mended = phone.patch("visit", id, rev, json!({"content": "指导增氧机使用"}));
    let rev = phone.push_one(&world.app, mended).await.rev.unwrap();
    let submit = phone.mutation(
        "command",
        "visit",
        id.0,
        json!({"name": "submit", "base": rev}),
    );
    let rev = phone.push_one(&world.app, submit).await.rev;
    officer
        .post(&path, json!({"rev": rev, "decision": "approve"}))
        .await
        .ok();
    let visit = officer.get(&format!("/v1/visits/{id}")).await.ok();
    let reviews = visit["reviews"].as_array().unwrap();
    let of = |at: usize, name: &str| -> Value { reviews[at][name].clone() };
    assert_eq!(
        (of(0, "decision"), of(1, "decision")),
        (json!("return"), json!("approve"))
    );
    assert_eq!(
        of(0, "judged")["content"],
        "看塘",
        "the old version is not lost"
    );
    assert_eq!(of(1, "judged")["content"], "指导增氧机使用");
    assert_eq!(
        of(0, "changed_since"),
        json!(["content"]),
        "what was mended, and nothing else"
    );
    assert_eq!(of(1, "changed_since"), json!([]));
    assert_eq!(visit["fields"]["leaflets"], 3);
}
