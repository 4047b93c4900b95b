//! Webhooks: what is told is told in the transaction of what happens, signed as others verify it, tried again until it is taken,
//! and sent nowhere but where the county may send.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tepai_app::App;
use tepai_app::clock::Clock;
use tepai_app::reports::closing;
use tepai_app::webhooks::{self, deliver};
use tepai_domain::actor::Role;
use tepai_sync_protocol::summary::period::Period;
use tepai_tests::caller::{Answer, office};
use tepai_tests::foreign::{has_npm_packages, run};
use tepai_tests::receiver::{Names, Received, Receiver, Reply};
use tepai_tests::world::{DAY_MS, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};
use tokio::task::spawn_blocking;

on_both_databases!(
    a_visit_is_told_when_it_is_submitted_returned_and_approved_and_a_library_of_others_verifies_it,
    what_was_rolled_back_is_told_to_nobody,
    what_fails_is_tried_again_for_three_days_under_one_id_and_then_given_up,
    an_endpoint_that_is_gone_is_told_nothing_more,
    a_receiver_that_hangs_redirects_or_refuses_has_taken_nothing,
    no_message_goes_where_the_county_opened_nothing,
    a_name_that_changes_its_meaning_does_not_lead_elsewhere,
    a_sender_that_dies_leaves_its_messages_to_the_next,
    two_senders_do_not_send_one_message_twice,
    a_secret_is_shown_once_and_the_one_before_holds_for_a_day,
    an_endpoint_is_made_changed_tried_and_removed_and_all_of_it_is_in_the_trail,
    a_village_is_told_once_when_it_crosses_its_interval,
    a_closed_month_that_changes_is_told_until_it_is_as_it_was,
);

const HOUR_MS: i64 = 3_600_000;

/// A county with an officer (`office.county_officer`) and a receiver in a network that it opened.
struct Scene {
    world: World,
    receiver: Receiver,
    names: Names,
}

impl Scene {
    async fn set(mut world: World) -> Self {
        let names = Names::meaning([&["127.0.0.1"]]);
        world.app.webhook_client = names.webhook_client();
        let officer = office(&world, Role::CountyOfficer).await;
        open(&officer, json!(["127.0.0.1/32"])).await;
        let receiver = Receiver::start("127.0.0.1").await;
        Self {
            world,
            receiver,
            names,
        }
    }

    /// The officer, with a new session: the clock may have moved.
    async fn officer(&self) -> Caller {
        Caller::nobody(&self.world)
            .signed_in("office.county_officer")
            .await
    }

    /// An endpoint for these events; its id and secret.
    async fn endpoint(&self, events: &[&str]) -> (String, String) {
        let form = json!({"name": "数据平台", "url": self.receiver.url("receiver.test"), "events": events});
        let made = self.officer().await.post("/v1/webhooks", form).await.ok();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("id"), text("secret"))
    }

    async fn deliver(&self) -> usize {
        deliver::deliver_due(&self.world.app).await.unwrap()
    }

    async fn deliveries(&self, id: &str) -> Vec<Value> {
        let path = format!("/v1/webhooks/{id}/deliveries");
        let list = self.officer().await.get(&path).await.ok();
        list["deliveries"].as_array().unwrap().clone()
    }

    /// A visit of the first village, pushed; its id and revision.
    async fn visit(&self, phone: &mut Phone, on: &str) -> (String, i64) {
        let (id, create) = phone.visit(villages()[0].as_str(), on, json!({}));
        let rev = Phone::applied(&phone.push_one(&self.world.app, create).await);
        (id.to_string(), rev)
    }

    async fn review(&self, visit: &str, verdict: Value) -> Answer {
        let path = format!("/v1/visits/{visit}/reviews");
        self.officer().await.post(&path, verdict).await
    }
}

async fn open(officer: &Caller, networks: Value) {
    let path = "/v1/settings/webhook_networks";
    officer.put(path, json!({"value": networks})).await.ok();
}

fn types(received: &[Received]) -> Vec<String> {
    let types = received.iter().map(|one| one.json()["type"].clone());
    types
        .map(|kind| kind.as_str().unwrap().to_owned())
        .collect()
}

fn verifier() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/standard-webhooks")
}

#[expect(clippy::print_stderr, reason = "what is left out is said aloud")]
fn has_verifier() -> bool {
    let has_it = has_npm_packages(&verifier());
    if !has_it {
        eprintln!("SKIPPED: standardwebhooks needs Node, and npm with its registry");
    }
    has_it
}

/// Whether the library of the specification takes a message.
async fn verifies(secret: &str, message: &Received) -> bool {
    let arguments = [
        "verify.mjs".to_owned(),
        secret.to_owned(),
        message.header("webhook-id").to_owned(),
        message.header("webhook-timestamp").to_owned(),
        message.header("webhook-signature").to_owned(),
        message.body.clone(),
    ];
    let output = spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        run(&verifier(), "node", &arguments).expect("it runs")
    });
    let output = output.await.unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    said["ok"] == true
}

async fn a_visit_is_told_when_it_is_submitted_returned_and_approved_and_a_library_of_others_verifies_it(
    world: World,
) {
    // The library of the specification asks the clock of the machine how old a message is.
    world.clock.set(Clock::system().now_ms());
    let scene = Scene::set(world).await;
    let (id, secret) = scene.endpoint(&[]).await;
    let mut phone = scene.world.phone_everywhere().await;
    let on = scene.world.clock.today(&scene.world.app.zone).to_string();
    phone.wall = scene.world.clock.now_ms();
    let (visit, rev) = scene.visit(&mut phone, &on).await;
    let back = json!({"rev": rev, "decision": "return", "reason": "no_photo", "comment": "补照片"});
    let rev = scene.review(&visit, back).await.ok()["rev"]
        .as_i64()
        .unwrap();
    let mended = phone.patch(
        "visit",
        visit.parse().unwrap(),
        rev,
        json!({"content": "补充"}),
    );
    let rev = Phone::applied(&phone.push_one(&scene.world.app, mended).await);
    scene
        .review(&visit, json!({"rev": rev, "decision": "approve"}))
        .await
        .ok();
    assert_eq!(scene.deliver().await, 4);
    assert_eq!(scene.deliver().await, 0);
    let received = scene.receiver.received();
    let mut told = types(&received);
    told.sort();
    assert_eq!(
        told,
        [
            "visit.approved",
            "visit.returned",
            "visit.submitted",
            "visit.submitted"
        ]
    );
    let ids: BTreeSet<&str> = received
        .iter()
        .map(|one| one.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), 4);
    for message in &received {
        let body = message.json();
        assert_eq!(body["data"]["visit_id"], visit.as_str());
        assert_eq!(
            body["data"]["commissioner_id"],
            phone.actor.person.to_string()
        );
        assert!(body["timestamp"].as_str().unwrap().ends_with('Z'), "{body}");
        let members: BTreeSet<&str> = body["data"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let ids = [
            "commissioner_id",
            "county_code",
            "rev",
            "service_from",
            "village_code",
            "visit_id",
        ];
        assert_eq!(
            members,
            BTreeSet::from(ids),
            "ids and codes, and nothing more"
        );
        assert_eq!(message.header("content-type"), "application/json");
        assert!(message.body.len() < 20_000);
    }
    for one in scene.deliveries(&id).await {
        assert_eq!(
            (&one["state"], &one["attempts"], &one["last_status"]),
            (&json!("delivered"), &json!(1), &json!(204))
        );
    }
    if has_verifier() {
        let message = received[0].clone();
        assert!(verifies(&secret, &message).await);
        // Controls: another body, another secret.
        let mut altered = message.clone();
        altered.body = altered.body.replace("visit", "vizit");
        assert!(!verifies(&secret, &altered).await);
        let other = format!("whsec_{}", "A".repeat(43) + "=");
        assert!(!verifies(&other, &message).await);
    }
}

async fn what_was_rolled_back_is_told_to_nobody(world: World) {
    let scene = Scene::set(world).await;
    scene.endpoint(&[]).await;
    let mut phone = scene.world.phone_everywhere().await;
    let (visit, rev) = scene.visit(&mut phone, "2026-06-20").await;
    let events = "SELECT COUNT(*) AS number FROM webhook_event";
    assert_eq!(scene.world.number(events).await, 1);
    // The trail is the last thing that a transaction writes: without it nothing of the transaction stays.
    let officer = scene.officer().await;
    let path = format!("/v1/visits/{visit}/reviews");
    let lost = "ALTER TABLE audit RENAME TO audit_lost";
    scene.world.execute(lost, vec![]).await;
    let approve = json!({"rev": rev, "decision": "approve"});
    officer
        .post(&path, approve.clone())
        .await
        .refused(500, "internal");
    assert_eq!(scene.world.number(events).await, 1);
    let found = "ALTER TABLE audit_lost RENAME TO audit";
    scene.world.execute(found, vec![]).await;
    officer.post(&path, approve).await.ok();
    assert_eq!(scene.world.number(events).await, 2, "the control");
    // A refused mutation changes nothing and tells nothing.
    let (_, wrong) = phone.visit(
        villages()[0].as_str(),
        "2026-06-20",
        json!({"mode": "nothing"}),
    );
    assert!(
        phone
            .push_one(&scene.world.app, wrong)
            .await
            .problem
            .is_some()
    );
    assert_eq!(scene.world.number(events).await, 2);
}

async fn what_fails_is_tried_again_for_three_days_under_one_id_and_then_given_up(world: World) {
    let scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&["visit.submitted"]).await;
    let mut phone = scene.world.phone_everywhere().await;
    scene.receiver.reply(vec![Reply::Status(500); 10]);
    scene.visit(&mut phone, "2026-06-20").await;
    let began = scene.world.clock.now_ms();
    let mut tries = 0;
    loop {
        tries += scene.deliver().await;
        let delivery = scene.deliveries(&id).await.pop().unwrap();
        if delivery["state"] != "waiting" {
            assert_eq!(
                (&delivery["state"], &delivery["last_problem"]),
                (&json!("failed"), &json!("status"))
            );
            break;
        }
        assert_eq!(scene.deliver().await, 0, "not before it is due");
        let due = delivery["due_at"].as_i64().unwrap();
        scene.world.clock.set(due);
    }
    let hours = (scene.world.clock.now_ms() - began) / HOUR_MS;
    assert_eq!(tries, 10);
    assert!((75..85).contains(&hours), "{hours} hours");
    let received = scene.receiver.received();
    let ids: BTreeSet<&str> = received
        .iter()
        .map(|one| one.header("webhook-id"))
        .collect();
    let stamps: BTreeSet<&str> = received
        .iter()
        .map(|one| one.header("webhook-timestamp"))
        .collect();
    assert_eq!((received.len(), ids.len(), stamps.len()), (10, 1, 10));
    // The office sends it again: the same event, and now it is taken.
    let delivery = scene.deliveries(&id).await.pop().unwrap();
    let path = format!(
        "/v1/webhooks/{id}/deliveries/{}/replay",
        delivery["id"].as_str().unwrap()
    );
    scene.officer().await.post(&path, json!({})).await.ok();
    assert_eq!(scene.deliver().await, 1);
    assert_eq!(
        scene.receiver.received()[10].header("webhook-id"),
        *ids.first().unwrap()
    );
    assert_eq!(scene.deliveries(&id).await[0]["state"], "delivered");
    // What is done is forgotten after 90 days, and not before.
    scene.world.pass(89 * DAY_MS);
    assert_eq!(deliver::forget_old(&scene.world.app).await.unwrap(), 0);
    scene.world.pass(2 * DAY_MS);
    assert_eq!(deliver::forget_old(&scene.world.app).await.unwrap(), 1);
    assert_eq!(
        scene
            .world
            .number("SELECT COUNT(*) AS number FROM webhook_event")
            .await,
        0
    );
}

async fn an_endpoint_that_is_gone_is_told_nothing_more(world: World) {
    let scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&[]).await;
    let mut phone = scene.world.phone_everywhere().await;
    scene.receiver.reply([Reply::Status(410)]);
    scene.visit(&mut phone, "2026-06-20").await;
    scene.deliver().await;
    let shown = scene
        .officer()
        .await
        .get(&format!("/v1/webhooks/{id}"))
        .await
        .ok();
    assert_eq!(
        (&shown["is_on"], &shown["off_because"]),
        (&json!(false), &json!("gone"))
    );
    scene.visit(&mut phone, "2026-06-21").await;
    scene.world.pass(DAY_MS);
    assert_eq!(scene.deliver().await, 0);
    let deliveries = scene.deliveries(&id).await;
    assert_eq!(
        (
            deliveries.len(),
            &deliveries[0]["state"],
            &deliveries[0]["last_problem"]
        ),
        (1, &json!("failed"), &json!("gone"))
    );
    // Switched on again it is told of what happens from then on.
    let form =
        json!({"name": "数据平台", "url": scene.receiver.url("receiver.test"), "is_on": true});
    scene
        .officer()
        .await
        .put(&format!("/v1/webhooks/{id}"), form)
        .await
        .ok();
    scene.visit(&mut phone, "2026-06-22").await;
    assert_eq!(scene.deliver().await, 1);
    assert_eq!(scene.receiver.received().len(), 2);
    let trail = scene
        .officer()
        .await
        .get("/v1/audit?limit=100")
        .await
        .ok()
        .to_string();
    assert!(trail.contains("\"gone\""));
}

async fn a_receiver_that_hangs_redirects_or_refuses_has_taken_nothing(world: World) {
    let scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&[]).await;
    let mut phone = scene.world.phone_everywhere().await;
    scene.visit(&mut phone, "2026-06-20").await;
    let elsewhere = Receiver::start("127.0.0.1").await;
    let to = elsewhere.url("127.0.0.1");
    for (reply, problem) in [
        (Reply::Hang, "timeout"),
        (Reply::Redirect(to), "redirect"),
        (Reply::Status(400), "status"),
        (Reply::Status(304), "redirect"),
    ] {
        scene.receiver.reply([reply]);
        assert_eq!(scene.deliver().await, 1);
        let delivery = scene.deliveries(&id).await.pop().unwrap();
        assert_eq!(
            (&delivery["state"], &delivery["last_problem"]),
            (&json!("waiting"), &json!(problem))
        );
        scene.world.clock.set(delivery["due_at"].as_i64().unwrap());
    }
    assert!(elsewhere.received().is_empty(), "no redirect is followed");
    scene.deliver().await;
    assert_eq!(
        scene.deliveries(&id).await[0]["state"],
        "delivered",
        "the control"
    );
    // Nobody listens there.
    let port = elsewhere.address.port();
    drop(elsewhere);
    let form = json!({"name": "x", "url": format!("http://127.0.0.1:{port}/"), "events": ["visit.approved"]});
    let made = scene.officer().await.post("/v1/webhooks", form).await.ok();
    let path = format!("/v1/webhooks/{}/ping", made["id"].as_str().unwrap());
    let tried = scene.officer().await.post(&path, json!({})).await.ok();
    assert_eq!(
        (&tried["state"], &tried["last_problem"]),
        (&json!("waiting"), &json!("unreachable"))
    );
}

/// What stands for this machine or its neighbours, in all its forms.
const INWARD: [&str; 10] = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "::1",
    "::ffff:127.0.0.1",
    "fd00:ec2::254",
];

async fn no_message_goes_where_the_county_opened_nothing(world: World) {
    let mut scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&[]).await;
    open(&scene.officer().await, json!([])).await;
    let port = scene.receiver.address.port();
    // By address: it is not even taken down.
    for address in INWARD {
        let host = if address.contains(':') {
            format!("[{address}]")
        } else {
            address.to_owned()
        };
        for scheme in ["http", "https"] {
            let form = json!({"name": "x", "url": format!("{scheme}://{host}:{port}/")});
            let refusal = scene
                .officer()
                .await
                .post("/v1/webhooks", form)
                .await
                .refused(422, "invalid_input");
            assert_eq!(refusal["errors"][0]["code"], "address_refused", "{host}");
        }
    }
    // By a name that means it, also among others.
    let mut phone = scene.world.phone_everywhere().await;
    for meaning in INWARD
        .map(|address| vec![address])
        .into_iter()
        .chain([vec!["1.1.1.1", "127.0.0.1"]])
    {
        scene.names = Names::meaning([meaning.as_slice()]);
        scene.world.app.webhook_client = scene.names.webhook_client();
        scene.world.pass(1000);
        scene.visit(&mut phone, "2026-06-20").await;
        while scene.deliver().await > 0 {}
        let last = scene.deliveries(&id).await.swap_remove(0);
        assert_eq!(last["last_problem"], "address_refused", "{meaning:?}");
    }
    // Without encryption nothing goes to the internet either.
    scene.world.app.webhook_client = Names::meaning([&["1.1.1.1"]]).webhook_client();
    let path = format!("/v1/webhooks/{id}/ping");
    let tried = scene.officer().await.post(&path, json!({})).await.ok();
    assert_eq!(tried["last_problem"], "address_refused");
    assert!(scene.receiver.received().is_empty());
    // The county opens its network, and no more than that.
    open(&scene.officer().await, json!(["127.0.0.1/32"])).await;
    scene.world.app.webhook_client = Names::meaning([&["127.0.0.2"]]).webhook_client();
    assert_eq!(
        scene.officer().await.post(&path, json!({})).await.ok()["last_problem"],
        "address_refused"
    );
    scene.world.app.webhook_client = Names::meaning([&["127.0.0.1"]]).webhook_client();
    assert_eq!(
        scene.officer().await.post(&path, json!({})).await.ok()["state"],
        "delivered"
    );
    // What tells secrets stays closed, whatever is opened.
    open(&scene.officer().await, json!(["0.0.0.0/0", "::/0"])).await;
    let form = json!({"name": "x", "url": "http://169.254.169.254/latest/meta-data"});
    let refusal = scene
        .officer()
        .await
        .post("/v1/webhooks", form)
        .await
        .refused(422, "invalid_input");
    assert_eq!(refusal["errors"][0]["code"], "address_refused");
    let wrong = json!({"value": ["10.0.0.0"]});
    scene
        .officer()
        .await
        .put("/v1/settings/webhook_networks", wrong)
        .await
        .refused(422, "invalid_input");
}

async fn a_name_that_changes_its_meaning_does_not_lead_elsewhere(world: World) {
    let mut scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&[]).await;
    let port = scene.receiver.address.port();
    let hidden = Receiver::start_at(&format!("127.0.0.2:{port}")).await;
    let names = Names::meaning([&["127.0.0.1"], &["127.0.0.2"]]);
    scene.world.app.webhook_client = names.webhook_client();
    let mut phone = scene.world.phone_everywhere().await;
    scene.visit(&mut phone, "2026-06-20").await;
    scene.deliver().await;
    assert_eq!(
        (scene.receiver.received().len(), names.asked()),
        (1, 1),
        "what was checked is what was connected to"
    );
    scene.visit(&mut phone, "2026-06-21").await;
    scene.deliver().await;
    assert_eq!(
        scene.deliveries(&id).await[0]["last_problem"],
        "address_refused"
    );
    assert!(hidden.received().is_empty());
}

async fn a_sender_that_dies_leaves_its_messages_to_the_next(world: World) {
    let scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&[]).await;
    let mut phone = scene.world.phone_everywhere().await;
    scene.visit(&mut phone, "2026-06-20").await;
    // It dies after the message is out and before that is written down.
    scene.receiver.reply([Reply::Hang]);
    let app = scene.world.app.clone();
    let sender = tokio::spawn(async move { deliver::deliver_due(&app).await });
    while scene.receiver.received().is_empty() {
        tokio::task::yield_now().await;
    }
    sender.abort();
    assert!(sender.await.unwrap_err().is_cancelled());
    let next = scene.world.another_server().await;
    let next = App {
        webhook_client: scene.names.webhook_client(),
        ..next
    };
    assert_eq!(
        deliver::deliver_due(&next).await.unwrap(),
        0,
        "it may still be on its way"
    );
    scene.world.pass(deliver::CLAIM_MS);
    assert_eq!(deliver::deliver_due(&next).await.unwrap(), 1);
    let received = scene.receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(
        received[0].header("webhook-id"),
        received[1].header("webhook-id")
    );
    let delivery = &scene.deliveries(&id).await[0];
    assert_eq!(
        (&delivery["state"], &delivery["attempts"]),
        (&json!("delivered"), &json!(2))
    );
}

async fn two_senders_do_not_send_one_message_twice(world: World) {
    let scene = Scene::set(world).await;
    scene.endpoint(&[]).await;
    let mut phone = scene.world.phone_everywhere().await;
    for day in 1..=24 {
        scene.visit(&mut phone, &format!("2026-06-{day:02}")).await;
    }
    let other = scene.world.another_server().await;
    let other = App {
        webhook_client: scene.names.webhook_client(),
        ..other
    };
    let mut sent = 0;
    loop {
        let (one, two) = tokio::join!(
            deliver::deliver_due(&scene.world.app),
            deliver::deliver_due(&other),
        );
        let turn = one.unwrap() + two.unwrap();
        assert!(turn <= 8, "four of an endpoint at once");
        sent += turn;
        if turn == 0 {
            break;
        }
    }
    let received = scene.receiver.received();
    let ids: BTreeSet<&str> = received
        .iter()
        .map(|one| one.header("webhook-id"))
        .collect();
    assert_eq!((sent, received.len(), ids.len()), (24, 24, 24));
}

async fn a_secret_is_shown_once_and_the_one_before_holds_for_a_day(world: World) {
    world.clock.set(Clock::system().now_ms());
    let scene = Scene::set(world).await;
    let (id, old) = scene.endpoint(&[]).await;
    let path = format!("/v1/webhooks/{id}");
    for shown in [
        scene.officer().await.get(&path).await.ok(),
        scene.officer().await.get("/v1/webhooks").await.ok(),
    ] {
        assert!(!shown.to_string().contains("whsec_"));
    }
    let rotated = scene
        .officer()
        .await
        .post(&format!("{path}/secret"), json!({}))
        .await
        .ok();
    let new = rotated["secret"].as_str().unwrap().to_owned();
    assert_ne!(old, new);
    let ping = format!("{path}/ping");
    scene.officer().await.post(&ping, json!({})).await.ok();
    let message = scene.receiver.received().pop().unwrap();
    let signatures = message.header("webhook-signature").split(' ').count();
    assert_eq!(
        (signatures, message.json()["type"].as_str()),
        (2, Some("webhook.ping"))
    );
    if has_verifier() {
        assert!(verifies(&old, &message).await && verifies(&new, &message).await);
    }
    scene.world.pass(DAY_MS);
    let officer = scene.officer().await;
    officer.post(&ping, json!({})).await.ok();
    let message = scene.receiver.received().pop().unwrap();
    assert_eq!(message.header("webhook-signature").split(' ').count(), 1);
    // No table and no line of the trail holds a secret.
    let bare = new.trim_start_matches("whsec_");
    let trail = officer.get("/v1/audit?limit=100").await.ok().to_string();
    assert!(!trail.contains(bare));
    let kept = format!(
        "SELECT COUNT(*) AS number FROM webhook_endpoint WHERE salt LIKE '%{bare}%' OR salt = '{new}'"
    );
    assert_eq!(scene.world.number(&kept).await, 0);
}

async fn an_endpoint_is_made_changed_tried_and_removed_and_all_of_it_is_in_the_trail(world: World) {
    let scene = Scene::set(world).await;
    let (id, _) = scene.endpoint(&["visit.approved"]).await;
    let path = format!("/v1/webhooks/{id}");
    let mut phone = scene.world.phone_everywhere().await;
    let (visit, rev) = scene.visit(&mut phone, "2026-06-20").await;
    assert_eq!(scene.deliver().await, 0, "it asked for approvals alone");
    let off = json!({"name": "停用", "url": scene.receiver.url("receiver.test"), "events": [], "is_on": false});
    let changed = scene.officer().await.put(&path, off).await.ok();
    assert_eq!(
        (&changed["off_because"], &changed["name"]),
        (&json!("office"), &json!("停用"))
    );
    scene
        .review(&visit, json!({"rev": rev, "decision": "approve"}))
        .await
        .ok();
    assert_eq!(scene.deliver().await, 0);
    let tried = scene
        .officer()
        .await
        .post(&format!("{path}/ping"), json!({}))
        .await
        .ok();
    assert_eq!(
        tried["state"], "delivered",
        "it can be tried before it is on"
    );
    for (wrong, pointer, code) in [
        (
            json!({"name": " ", "url": "https://kj.example/"}),
            "/name",
            "required",
        ),
        (
            json!({"name": "x", "url": "kj.example"}),
            "/url",
            "wrong_type",
        ),
        (
            json!({"name": "x", "url": format!("https://kj.example/{}", "a".repeat(500))}),
            "/url",
            "too_long",
        ),
        (
            json!({"name": "x", "url": "https://u:p@kj.example/"}),
            "/url",
            "wrong_type",
        ),
        (
            json!({"name": "x", "url": "https://kj.example/", "events": ["webhook.ping"]}),
            "/events",
            "unknown_code",
        ),
    ] {
        let refusal = scene
            .officer()
            .await
            .post("/v1/webhooks", wrong)
            .await
            .refused(422, "invalid_input");
        let error = &refusal["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let unknown = json!({"name": "x", "url": "https://kj.example/", "events": ["visit.eaten"]});
    scene
        .officer()
        .await
        .post("/v1/webhooks", unknown)
        .await
        .refused(400, "malformed_request");
    let deliveries = format!("{path}/deliveries");
    let page = scene
        .officer()
        .await
        .get(&format!("{deliveries}?limit=1&state=delivered"))
        .await
        .ok();
    assert_eq!(
        (page["deliveries"].as_array().unwrap().len(), &page["next"]),
        (1, &Value::Null)
    );
    scene
        .officer()
        .await
        .get(&format!("{deliveries}?cursor=x"))
        .await
        .refused(400, "invalid_cursor");
    scene
        .officer()
        .await
        .get(&format!("{deliveries}?state=lost"))
        .await
        .refused(400, "invalid_parameter");
    assert_eq!(scene.officer().await.delete(&path).await.status, 204);
    scene
        .officer()
        .await
        .get(&path)
        .await
        .refused(404, "not_found");
    scene
        .officer()
        .await
        .get(&deliveries)
        .await
        .refused(404, "not_found");
    assert_eq!(
        scene
            .world
            .number("SELECT COUNT(*) AS number FROM webhook_delivery")
            .await,
        0
    );
    let trail = scene
        .officer()
        .await
        .get("/v1/audit?limit=100")
        .await
        .ok()
        .to_string();
    for act in [
        "webhook_made",
        "webhook_changed",
        "webhook_tried",
        "webhook_removed",
    ] {
        assert!(trail.contains(act), "{act}");
    }
    for number in 0..20 {
        let form = json!({"name": format!("{number}"), "url": "https://kj.example/"});
        scene.officer().await.post("/v1/webhooks", form).await.ok();
    }
    let one_more = json!({"name": "x", "url": "https://kj.example/"});
    scene
        .officer()
        .await
        .post("/v1/webhooks", one_more)
        .await
        .refused(422, "invalid_input");
}

async fn a_village_is_told_once_when_it_crosses_its_interval(world: World) {
    let scene = Scene::set(world).await;
    let app = &scene.world.app;
    let mut phone = scene.world.phone_everywhere().await;
    let at = |village: usize, on: &'static str| (villages()[village].to_string(), on);
    // The first crossed long before anybody listened; the second crosses on 11 July.
    for (village, on) in [at(0, "2026-05-01"), at(1, "2026-06-10")] {
        let place = (village.as_str(), on);
        scene
            .officer()
            .await
            .approved_visit(&scene.world, &mut phone, place, json!({}))
            .await;
    }
    scene.endpoint(&["village.overdue"]).await;
    let overdue = async || {
        webhooks::watch::watch(app).await.unwrap();
        webhooks::watch::watch(app).await.unwrap();
        while scene.deliver().await > 0 {}
        let received = scene.receiver.received();
        let told = received.iter().map(|one| one.json()["data"].clone());
        told.collect::<Vec<_>>()
    };
    assert!(overdue().await.is_empty());
    scene.world.pass(10 * DAY_MS);
    assert!(
        overdue().await.is_empty(),
        "on 10 July it has waited for thirty days"
    );
    scene.world.pass(DAY_MS);
    let told = overdue().await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["village_code"], villages()[1].as_str());
    assert_eq!(
        (
            &told[0]["last_visit_on"],
            &told[0]["days_since"],
            &told[0]["interval_days"]
        ),
        (&json!("2026-06-10"), &json!(31), &json!(30))
    );
    for _ in 0..3 {
        scene.world.pass(DAY_MS);
        assert_eq!(overdue().await.len(), 1, "once a crossing");
    }
    // It is visited, and crosses again; the days without a server are made up for.
    let officer = scene.officer().await;
    let village = villages()[1].to_string();
    phone.wall = scene.world.clock.now_ms();
    officer
        .approved_visit(
            &scene.world,
            &mut phone,
            (&village, "2026-07-12"),
            json!({}),
        )
        .await;
    scene.world.pass(40 * DAY_MS);
    let told = overdue().await;
    assert_eq!(
        (told.len(), &told[1]["last_visit_on"]),
        (2, &json!("2026-07-12"))
    );
}

async fn a_closed_month_that_changes_is_told_until_it_is_as_it_was(world: World) {
    let scene = Scene::set(world).await;
    let app = &scene.world.app;
    let mut phone = scene.world.phone_everywhere().await;
    let village = villages()[0].to_string();
    let first = scene
        .officer()
        .await
        .approved_visit(
            &scene.world,
            &mut phone,
            (&village, "2026-05-06"),
            json!({}),
        )
        .await;
    let actor = scene.world.officer(Role::CountyOfficer);
    let may: Period = "2026-05".parse().unwrap();
    closing::close(app, &actor, may).await.unwrap();
    scene.endpoint(&["summary.restated"]).await;
    let told = async || {
        webhooks::watch::watch(app).await.unwrap();
        webhooks::watch::watch(app).await.unwrap();
        while scene.deliver().await > 0 {}
        let received = scene.receiver.received();
        received
            .iter()
            .map(|one| one.json()["data"].clone())
            .collect::<Vec<_>>()
    };
    // A visit of June changes nothing in May.
    scene.world.pass(60_000);
    scene
        .officer()
        .await
        .approved_visit(
            &scene.world,
            &mut phone,
            (&village, "2026-06-06"),
            json!({}),
        )
        .await;
    assert!(told().await.is_empty());
    let late = scene
        .officer()
        .await
        .approved_visit(
            &scene.world,
            &mut phone,
            (&village, "2026-05-20"),
            json!({}),
        )
        .await;
    let after = told().await;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["period"], "2026-05");
    assert!(
        after[0]["figures"].as_u64().unwrap() > 0
            && after[0]["divisions"].to_string().contains("990421")
    );
    assert_eq!(told().await.len(), 1, "nothing moved since");
    // The late visit goes again, and May is as it was: that is told as well.
    let visit = scene
        .officer()
        .await
        .get(&format!("/v1/visits/{late}"))
        .await
        .ok();
    let rev = visit["rev"].as_i64().unwrap();
    let reopen = json!({"rev": rev, "decision": "reopen", "comment": "录错"});
    let rev = scene.review(&late, reopen).await.ok()["rev"]
        .as_i64()
        .unwrap();
    let gone = phone.delete("visit", late.parse().unwrap(), rev);
    Phone::applied(&phone.push_one(app, gone).await);
    let after = told().await;
    let last = after.last().unwrap();
    assert_eq!(
        (
            &last["figures"],
            last["divisions"].as_array().unwrap().len()
        ),
        (&json!(0), 0)
    );
    // Closed again as it is now, nothing is restated.
    let count = after.len();
    scene.world.pass(60_000);
    let visit = scene
        .officer()
        .await
        .get(&format!("/v1/visits/{first}"))
        .await
        .ok();
    let rev = visit["rev"].as_i64().unwrap();
    let reopen = json!({"rev": rev, "decision": "reopen", "comment": "重审"});
    scene.review(&first, reopen).await.ok();
    closing::close(app, &actor, may).await.unwrap();
    assert_eq!(told().await.len(), count);
}
