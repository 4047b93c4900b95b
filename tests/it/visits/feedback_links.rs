//! Feedback by a one-time link: what the page tells, that it works once, and that the office sees how each answer came.

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tepai_app::summaries::check;
use tepai_domain::actor::Role;
use tepai_sync_protocol::checksum::hex;
use tepai_tests::caller::{Answer, office};
use tepai_tests::sender::{Sender, sender_of};
use tepai_tests::world::{COUNTY, DAY_MS, code, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_link_of_the_office_takes_one_answer_and_tells_no_more_than_the_visit,
    a_link_that_a_phone_made_without_a_network_works_once_the_server_has_heard_of_it,
    a_link_ends_and_is_not_asked_without_bounds,
    a_phone_neither_receives_nor_changes_what_came_by_a_link,
);

const FORM: &str = "application/x-www-form-urlencoded";

fn text(answer: &Answer) -> String {
    String::from_utf8(answer.bytes.to_vec()).unwrap()
}

async fn say(nobody: &Caller, path: &str, form: &str) -> Answer {
    let kind = [(header::CONTENT_TYPE, FORM)];
    let body = Body::from(form.to_owned());
    nobody.send_bytes(Method::POST, path, &kind, body).await
}

/// An approved visit of the first village, its commissioner's phone, and an officer.
async fn scene(world: &World) -> (Caller, Sender, String) {
    let officer = office(world, Role::CountyOfficer).await;
    let person = world.commissioner(&villages()).await;
    let mut sender = sender_of(world, person).await;
    let village = villages()[0].to_string();
    let visit = officer
        .approved_visit(
            world,
            &mut sender.phone,
            (&village, "2026-06-20"),
            json!({"content": "到王建国家查看病鱼"}),
        )
        .await;
    (officer, sender, visit)
}

async fn link(officer: &Caller, visit: &str) -> String {
    let path = format!("/v1/visits/{visit}/feedback-links");
    let issued = officer.post(&path, json!({})).await.ok();
    assert!(issued["qr_svg"].as_str().unwrap().contains("<svg"));
    let url = issued["url"].as_str().unwrap();
    url[url.find("/f/").unwrap()..].to_owned()
}

async fn value(officer: &Caller, measure: &str) -> Value {
    let path = format!("/v1/summaries/{COUNTY}?period=2026-06");
    let summary = officer.get(&path).await.ok();
    let figures = summary["total"].as_array().unwrap().iter();
    let mut found = figures.filter(|one| one["measure"] == measure);
    found.next().unwrap()["value"].clone()
}

async fn a_link_of_the_office_takes_one_answer_and_tells_no_more_than_the_visit(world: World) {
    let (officer, sender, visit) = scene(&world).await;
    let path = link(&officer, &visit).await;
    let nobody = Caller::nobody(&world);
    let page = nobody.get(&path).await;
    assert_eq!(page.status, 200);
    let shown = text(&page);
    let village = format!("village {}", villages()[0]);
    let person = format!("person {}", sender.phone.actor.person);
    for told in ["2026-06-20", &village, &person, "水产", "不满意"] {
        assert!(shown.contains(told), "{told} in {shown}");
    }
    for hidden in ["王建国", "病鱼", visit.as_str(), "<script", " src=", "http"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
    let policy = page.headers[header::CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(policy.contains("form-action 'self'") && !policy.contains("unsafe"));
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let english = nobody.with(&[(header::ACCEPT_LANGUAGE, "en")]);
    assert!(text(&english.get(&path).await).contains("How was the visit?"));

    for wrong in [
        "",
        "score=great",
        "comment=x",
        &format!("score=fair&comment={}", "x".repeat(501)),
    ] {
        let answer = say(&nobody, &path, wrong).await;
        assert_eq!(answer.status, 422, "{wrong}");
    }
    assert_eq!(value(&officer, "feedbacks").await, 0);
    let comment = "score=dissatisfied&comment=%E6%B2%A1%E8%A7%A3%E5%86%B3";
    let thanks = say(&nobody, &path, comment).await;
    assert_eq!(thanks.status, 200);
    assert!(text(&thanks).contains("谢谢"));
    for again in [
        nobody.get(&path).await,
        say(&nobody, &path, "score=satisfied").await,
    ] {
        assert_eq!(again.status, 410);
        assert!(text(&again).contains("评价过了"));
    }
    let figures = [
        "feedbacks",
        "dissatisfied",
        "satisfied",
        "feedbacks_by_office_link",
    ];
    for (measure, expected) in figures.into_iter().zip([1, 1, 0, 1]) {
        assert_eq!(value(&officer, measure).await, expected, "{measure}");
    }
    let path = format!("/v1/records/feedback?division={COUNTY}&period=2026-06");
    let given = officer.get(&path).await.ok();
    let fields = &given["records"][0]["fields"];
    assert_eq!(
        (&fields["source"], &fields["comment"], &fields["visit_id"]),
        (&json!("office_link"), &json!("没解决"), &json!(visit))
    );
    assert!(
        check::check(&world.app, code(COUNTY))
            .await
            .unwrap()
            .is_right()
    );
    let links = officer.get("/v1/audit?act=feedback_given").await.ok();
    assert_eq!(links["links"].as_array().unwrap().len(), 1);
    assert!(!links.to_string().contains("没解决"));
}

async fn a_link_that_a_phone_made_without_a_network_works_once_the_server_has_heard_of_it(
    world: World,
) {
    let (officer, sender, visit) = scene(&world).await;
    let nobody = Caller::nobody(&world);
    let token = "Zm9yIHRoZSB0ZXN0cy4uLi4";
    let path = format!("/f/{token}");
    let early = nobody.get(&path).await;
    assert_eq!(early.status, 404);
    assert!(text(&early).contains("联网之后"));
    let hash = hex(&Sha256::digest(token));
    let register = format!("/v1/visits/{visit}/feedback-links");
    let body = json!({"token_sha256": hash});
    for _ in 0..2 {
        sender.http.put(&register, body.clone()).await.ok();
    }
    for wrong in ["", "ABC", &hash.to_uppercase()] {
        let body = json!({"token_sha256": wrong});
        let refused = sender.http.put(&register, body).await;
        refused.refused(422, "invalid_input");
    }
    let stranger = world.commissioner(&villages()).await;
    let stranger = sender_of(&world, stranger).await;
    let refused = stranger.http.put(&register, body).await;
    refused.refused(404, "not_found");
    assert_eq!(say(&nobody, &path, "score=satisfied").await.status, 200);
    assert_eq!(value(&officer, "feedbacks_by_phone_link").await, 1);
    assert_eq!(value(&officer, "feedbacks_by_office_link").await, 0);
    assert_eq!(value(&officer, "satisfaction").await, 10_000);
    let kept = "SELECT COUNT(*) AS number FROM feedback_link WHERE token_hash LIKE '%Zm9y%'";
    assert_eq!(
        world.number(kept).await,
        0,
        "of a token its hash alone is kept"
    );
}

async fn a_link_ends_and_is_not_asked_without_bounds(world: World) {
    let (officer, _, visit) = scene(&world).await;
    let nobody = Caller::nobody(&world);
    let path = link(&officer, &visit).await;
    let mut statuses = Vec::new();
    for _ in 0..32 {
        statuses.push(nobody.get(&path).await.status.as_u16());
    }
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 2);
    world.pass(10 * 60_000);
    assert_eq!(nobody.get(&path).await.status, 200);
    world.pass(30 * DAY_MS);
    for over in [
        nobody.get(&path).await,
        say(&nobody, &path, "score=fair").await,
    ] {
        assert_eq!(over.status, 410);
        assert!(text(&over).contains("过期"));
    }
    assert_eq!(nobody.get("/f/x").await.status, 404);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM record WHERE kind = 'feedback'")
            .await,
        0
    );
}

async fn a_phone_neither_receives_nor_changes_what_came_by_a_link(world: World) {
    let (officer, mut sender, visit) = scene(&world).await;
    sender.phone.pull_all(&world.app).await;
    let nobody = Caller::nobody(&world);
    let path = link(&officer, &visit).await;
    say(&nobody, &path, "score=dissatisfied&comment=x").await;
    let changes = sender.phone.pull_all(&world.app).await;
    assert!(
        changes.iter().all(|change| change.kind != "feedback"),
        "{changes:?}"
    );
    let given_at = format!("/v1/records/feedback?division={COUNTY}");
    let listed = officer.get(&given_at).await.ok();
    let id = listed["records"][0]["id"].as_str().unwrap();
    let better = json!({"score": "satisfied"});
    let edit = sender
        .phone
        .patch("feedback", id.parse().unwrap(), 1, better);
    let refused = sender.phone.push_one(&world.app, edit).await;
    assert_eq!(json!(refused.problem.unwrap().code), "not_the_author");
    // Nor does a phone say that its own entry came by a link.
    let (_, forged) = sender.phone.create(
        "feedback",
        json!({"village_code": villages()[0], "visit_id": visit, "score": "satisfied", "given_on": "2026-06-20", "source": "office_link"}),
    );
    assert!(
        sender
            .phone
            .push_one(&world.app, forged)
            .await
            .problem
            .is_some()
    );
    assert_eq!(value(&officer, "feedbacks").await, 1);
    // A visit that moves takes it along.
    let path = format!("/v1/visits/{visit}");
    let rev = officer.get(&path).await.ok()["rev"].as_i64().unwrap();
    let body = json!({"rev": rev, "decision": "reopen", "comment": "村填错"});
    officer.post(&format!("{path}/reviews"), body).await.ok();
    let other = json!({"village_code": villages()[5]});
    let moving = sender
        .phone
        .patch("visit", visit.parse().unwrap(), rev + 1, other);
    let moved = sender.phone.push_one(&world.app, moving).await;
    assert!(moved.problem.is_none(), "{moved:?}");
    let checked = check::check(&world.app, code(COUNTY)).await.unwrap();
    assert!(checked.is_right(), "{checked:?}");
}
