//! Bulletins: written at the office, on the phones with the next sync, read without a network, and counted once a person.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use tepai_app::summaries::check;
use tepai_client::{HttpTransport, Phone as Client, SeededIds, SystemClock, Timeouts, Transport};
use tepai_domain::actor::Role;
use tepai_http::router;
use tepai_sync_protocol::ids::{DeviceId, PersonId, RecordId};
use tepai_sync_protocol::sync::{EnrolResponse, Outcome};
use tepai_tests::caller::office;
use tepai_tests::world::{COUNTY, DAY_MS, code, date, townships, villages};
use tepai_tests::{Caller, Phone, World, on_both_databases};
use tokio::task::JoinHandle;

on_both_databases!(
    a_bulletin_is_read_offline_by_whom_it_is_for_and_counted_once_whatever_the_network_does,
    the_office_sees_who_has_read_it_and_who_has_not,
    two_phones_of_one_person_are_one_reader_with_the_earlier_time,
    a_phone_makes_no_bulletin_and_what_it_sent_is_kept,
    a_coordinator_writes_for_the_own_township_and_for_no_other,
    a_withdrawn_bulletin_is_shown_to_those_who_have_read_it_with_the_reason,
    what_is_wrong_in_a_bulletin_is_named_by_its_field,
    pages_of_bulletins_bring_each_one_once,
);

/// The world stands on 30 June 2026.
const TODAY: &str = "2026-06-30";

fn bulletin(more: Value) -> Value {
    let mut new =
        json!({"kind": "training", "title": "稻虾越冬培训", "text": "7月3日上午9点，镇农技站二楼"});
    if let (Value::Object(own), Value::Object(more)) = (&mut new, more) {
        own.extend(more);
    }
    new
}

async fn issue(office: &Caller, more: Value) -> String {
    let issued = office.post("/v1/bulletins", bulletin(more)).await.ok();
    issued["id"].as_str().unwrap().to_owned()
}

async fn with_readers(office: &Caller, id: &str) -> Value {
    office.get(&format!("/v1/bulletins/{id}")).await.ok()
}

/// The county officer with a new session: the clock has moved.
async fn again(world: &World) -> Caller {
    Caller::nobody(world)
        .signed_in("office.county_officer")
        .await
}

fn people(list: &Value) -> BTreeSet<String> {
    let people = list.as_array().unwrap().iter();
    people
        .map(|one| one["person_id"].as_str().unwrap().to_owned())
        .collect()
}

fn set<const N: usize>(people: [PersonId; N]) -> BTreeSet<String> {
    people.map(|person| person.to_string()).into()
}

/// The server of a world on a port of its own.
struct Served {
    base: String,
    server: JoinHandle<()>,
}

impl Served {
    async fn start(world: &World) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let app = router(world.app.clone()).0;
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { base, server }
    }

    fn transport(&self) -> HttpTransport {
        HttpTransport::new(&self.base, Timeouts::default()).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The reference client on a phone of a person.
async fn client(world: &World, person: PersonId, seed: u64) -> Client {
    let (phone, token) = world.phone_with_token(person).await;
    let mut client = Client::new("test 1.0", SystemClock::start(), SeededIds::new(seed));
    let enrolled = EnrolResponse {
        device_id: DeviceId(phone.actor.device.0),
        person_id: person,
        token,
    };
    client.apply_enrolment(&enrolled).unwrap();
    client
}

async fn works_in(world: &World, person: PersonId, industries: &[&str]) {
    let sql = "INSERT INTO commissioner (account_id, county_code, staff_no, kind, industries) \
               VALUES ($1, '990421', $2, 'person', $3)";
    let values = vec![
        person.0.into(),
        person.to_string().into(),
        json!(industries).to_string().into(),
    ];
    world.execute(sql, values).await;
}

fn titles(client: &Client) -> Vec<(String, bool)> {
    let shown = client.bulletins(date(TODAY)).into_iter();
    shown
        .map(|view| (view.bulletin.title.unwrap(), view.is_read))
        .collect()
}

async fn a_bulletin_is_read_offline_by_whom_it_is_for_and_counted_once_whatever_the_network_does(
    world: World,
) {
    let fish = world.commissioner(&villages()[..1]).await;
    let greens = world.commissioner(&villages()[1..2]).await;
    works_in(&world, fish, &["aquaculture"]).await;
    works_in(&world, greens, &["vegetable"]).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let id = issue(
        &officer,
        json!({"title": "甲", "township_code": townships()[0], "industries": ["aquaculture"]}),
    )
    .await;
    issue(
        &officer,
        json!({"title": "乙", "township_code": townships()[1]}),
    )
    .await;
    issue(&officer, json!({"title": "丙", "valid_from": "2026-07-01"})).await;
    let served = Served::start(&world).await;
    let transport = served.transport();
    let mut phone = client(&world, fish, 1).await;
    let mut other = client(&world, greens, 2).await;
    for phone in [&mut phone, &mut other] {
        phone.hello(&transport).await.unwrap();
        phone.sync_until_done(&transport).await.unwrap();
    }
    assert_eq!(titles(&phone), [("甲".to_owned(), false)]);
    assert_eq!(titles(&other), []);
    // Read without a network, and said twice.
    let bulletin: RecordId = id.parse().unwrap();
    assert!(phone.mark_read(bulletin).is_some());
    assert!(phone.mark_read(bulletin).is_none(), "it was said");
    assert_eq!(titles(&phone), [("甲".to_owned(), true)]);
    assert_eq!(with_readers(&officer, &id).await["read_count"], 0);
    // The answer is lost: the same request goes again.
    let token = phone.token().unwrap().clone();
    let request = phone.prepare_sync();
    let first = transport.sync(&token, &request).await.unwrap();
    let again = transport.sync(&token, &request).await.unwrap();
    assert_eq!(first.results[0].outcome, Outcome::Applied);
    assert!(again.results[0].replayed);
    phone.apply_sync(&again);
    phone.sync_until_done(&transport).await.unwrap();
    assert_eq!(titles(&phone), [("甲".to_owned(), true)]);
    let seen = with_readers(&officer, &id).await;
    assert_eq!(
        (&seen["read_count"], people(&seen["readers"])),
        (&json!(1), set([fish]))
    );
    let receipts = "SELECT COUNT(*) AS number FROM record WHERE kind = 'receipt'";
    assert_eq!(world.number(receipts).await, 1);
    // A new phone of the same person knows that it was read.
    let mut newer = client(&world, fish, 3).await;
    newer.hello(&transport).await.unwrap();
    let report = newer.sync_until_done(&transport).await.unwrap();
    assert!(report.mismatched.is_empty());
    assert_eq!(titles(&newer), [("甲".to_owned(), true)]);
    assert!(newer.mark_read(bulletin).is_none());
    let checked = check::check(&world.app, code(COUNTY)).await.unwrap();
    assert!(checked.is_right(), "{checked:?}");
}

async fn the_office_sees_who_has_read_it_and_who_has_not(world: World) {
    let reads = world.commissioner(&villages()[..2]).await;
    let waits = world.commissioner(&villages()[2..3]).await;
    let elsewhere = world.commissioner(&villages()[4..5]).await;
    let idle = world.commissioner(&[]).await;
    let gone = world.commissioner(&villages()[3..4]).await;
    let sql = "UPDATE account SET disabled_at = 1 WHERE id = $1";
    world.execute(sql, vec![gone.0.into()]).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let county = issue(&officer, json!({})).await;
    let town = issue(&coordinator, json!({"township_code": townships()[0]})).await;
    let mut phone = world.phone(reads).await;
    for id in [&county, &town] {
        let id: RecordId = id.parse().unwrap();
        let read = phone.mutation(
            "command",
            "bulletin",
            id.0,
            json!({"base": 1, "name": "mark_read"}),
        );
        Phone::applied(&phone.push_one(&world.app, read).await);
    }
    // Somebody who it was not for has read it all the same.
    let mut curious = world.phone(elsewhere).await;
    let id: RecordId = town.parse().unwrap();
    let read = curious.mutation(
        "command",
        "bulletin",
        id.0,
        json!({"base": 1, "name": "mark_read"}),
    );
    Phone::applied(&curious.push_one(&world.app, read).await);
    let seen = with_readers(&officer, &county).await;
    assert_eq!(people(&seen["readers"]), set([reads]));
    assert_eq!(people(&seen["unread"]), set([waits, elsewhere, idle]));
    assert_eq!(
        (&seen["read_count"], &seen["unread_count"]),
        (&json!(1), &json!(3))
    );
    let seen = with_readers(&officer, &town).await;
    assert_eq!(people(&seen["readers"]), set([reads, elsewhere]));
    assert_eq!(people(&seen["unread"]), set([waits]));
    // The coordinator counts the people of the own township.
    let seen = with_readers(&coordinator, &county).await;
    assert_eq!(
        (people(&seen["readers"]), people(&seen["unread"])),
        (set([reads]), set([waits]))
    );
    let seen = with_readers(&coordinator, &town).await;
    assert_eq!(people(&seen["readers"]), set([reads]));
    // When the assignment is over it is for somebody else; who has read it stays.
    world.unassign(reads, &villages()[0], TODAY).await;
    world.unassign(reads, &villages()[1], TODAY).await;
    world.pass(DAY_MS);
    let officer = again(&world).await;
    let seen = with_readers(&officer, &county).await;
    assert_eq!(people(&seen["readers"]), set([reads]));
    let list = officer.get("/v1/bulletins?state=in_force").await.ok();
    assert_eq!(
        (&list["total"], &list["bulletins"][0]["asked_on"]),
        (&json!(2), &json!("2026-07-01"))
    );
}

async fn two_phones_of_one_person_are_one_reader_with_the_earlier_time(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let id = issue(&officer, json!({})).await;
    let bulletin: RecordId = id.parse().unwrap();
    let (mut late, mut early) = (world.phone(person).await, world.phone(person).await);
    // Nobody has read it before it was there.
    world.pass(1_200_000);
    for phone in [&mut late, &mut early] {
        phone.wall = world.clock.now_ms();
    }
    let read_on = |phone: &mut Phone, ago: i64| {
        let edited = json!({"wall": phone.wall - ago, "boot": "b1", "mono_ms": phone.wall - ago});
        let said = json!({"base": 1, "name": "mark_read", "edited": edited});
        phone.mutation("command", "bulletin", bulletin.0, said)
    };
    let mut times = Vec::new();
    for (is_early, ago) in [(false, 60_000), (true, 600_000), (false, 1000)] {
        let phone = if is_early { &mut early } else { &mut late };
        let read = read_on(phone, ago);
        Phone::applied(&phone.push_one(&world.app, read).await);
        let seen = with_readers(&officer, &id).await;
        assert_eq!(seen["read_count"], 1);
        let read_at = seen["readers"][0]["read_at"].as_i64().unwrap();
        times.push(world.clock.now_ms() - read_at);
    }
    assert_eq!(times, [60_000, 600_000, 600_000]);
    // Both phones are told of the one receipt.
    let told = late.pull_all(&world.app).await;
    let receipts: Vec<_> = told
        .iter()
        .filter(|change| change.kind == "receipt")
        .collect();
    assert_eq!((receipts.len(), receipts[0].rev), (1, 2));
    assert_eq!(receipts[0].scope.to_string(), format!("u:{person}"));
}

async fn a_phone_makes_no_bulletin_and_what_it_sent_is_kept(world: World) {
    let mut phone = world.phone_everywhere().await;
    let officer = office(&world, Role::CountyOfficer).await;
    let id: RecordId = issue(&officer, json!({})).await.parse().unwrap();
    let fields =
        json!({"bulletin_kind": "market", "title": "假的", "text": "x", "valid_from": TODAY});
    let (_, forged) = phone.create("bulletin", fields.clone());
    let reworded = phone.patch("bulletin", id, 1, json!({"title": "改过"}));
    let deleted = phone.delete("bulletin", id, 1);
    let person = phone.actor.person;
    let receipt = json!({"bulletin_id": id, "person_id": person, "read_at": 1});
    let (_, receipt) = phone.create("receipt", receipt);
    let results = phone
        .push(&world.app, vec![forged, reworded, deleted, receipt])
        .await;
    for result in &results {
        let problem = result.problem.as_ref().unwrap();
        assert_eq!(
            (result.outcome, problem.code.as_str()),
            (Outcome::Rejected, "server_kind")
        );
    }
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM dead_letter")
            .await,
        4
    );
    let unknown = phone.new_id();
    let other = json!({"base": 1, "name": "withdraw"});
    let other = phone.mutation("command", "bulletin", id.0, other);
    let nowhere = json!({"base": 1, "name": "mark_read"});
    let nowhere = phone.mutation("command", "bulletin", unknown, nowhere);
    let (visit, create) = phone.visit(villages()[0].as_str(), "2026-06-20", json!({}));
    let no_bulletin = phone.mutation(
        "command",
        "bulletin",
        visit.0,
        json!({"base": 1, "name": "mark_read"}),
    );
    let results = phone
        .push(&world.app, vec![other, nowhere, create, no_bulletin])
        .await;
    let codes: Vec<_> = results
        .iter()
        .map(|result| result.problem.as_ref().map(|problem| problem.code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            Some("unknown_command"),
            Some("unknown_record"),
            None,
            Some("unknown_record")
        ]
    );
    let shown = with_readers(&officer, &id.to_string()).await;
    assert_eq!(
        (&shown["bulletin"]["title"], &shown["read_count"]),
        (&json!("稻虾越冬培训"), &json!(0))
    );
    // A bulletin of another county is none.
    world.found_county("990422").await;
    let stranger = world
        .commissioner(&tepai_tests::world::villages_of("990422")[..1])
        .await;
    let mut stranger = world.phone(stranger).await;
    let read = stranger.mutation(
        "command",
        "bulletin",
        id.0,
        json!({"base": 1, "name": "mark_read"}),
    );
    let result = stranger.push_one(&world.app, read).await;
    assert_eq!(result.problem.unwrap().code.as_str(), "id_taken");
}

async fn a_coordinator_writes_for_the_own_township_and_for_no_other(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let [own, sibling] = [0, 1].map(|at| townships()[at].to_string());
    let county = issue(&officer, json!({})).await;
    let foreign = issue(&officer, json!({"township_code": sibling})).await;
    let town = issue(&coordinator, json!({"township_code": own})).await;
    let shown = with_readers(&coordinator, &town).await;
    assert_eq!(shown["bulletin"]["issuer_name"], format!("township {own}"));
    let post = async |new: Value| coordinator.post("/v1/bulletins", bulletin(new)).await;
    post(json!({})).await.refused(403, "not_allowed");
    post(json!({"township_code": sibling}))
        .await
        .refused(404, "not_found");
    post(json!({"township_code": "990421109"}))
        .await
        .refused(404, "not_found");
    let unknown = json!({"township_code": "990421109"});
    officer
        .post("/v1/bulletins", bulletin(unknown))
        .await
        .refused(404, "not_found");
    let list = coordinator.get("/v1/bulletins").await.ok();
    let listed: BTreeSet<_> = list["bulletins"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(listed, BTreeSet::from([county.clone(), town.clone()]));
    let withdraw = async |who: &Caller, id: &str| {
        let path = format!("/v1/bulletins/{id}/withdrawal");
        who.post(&path, json!({"reason": "改期"})).await
    };
    withdraw(&coordinator, &county)
        .await
        .refused(403, "not_allowed");
    withdraw(&coordinator, &foreign)
        .await
        .refused(404, "not_found");
    withdraw(&coordinator, &town).await.ok();
    withdraw(&officer, &town)
        .await
        .refused(422, "illegal_transition");
    withdraw(&officer, &foreign).await.ok();
    let trail = officer.get("/v1/audit?limit=100").await.ok().to_string();
    assert_eq!(trail.matches("\"bulletin_issued\"").count(), 3);
    assert_eq!(trail.matches("\"bulletin_withdrawn\"").count(), 2);
    assert!(!trail.contains("镇农技站"), "the trail holds no text");
}

async fn a_withdrawn_bulletin_is_shown_to_those_who_have_read_it_with_the_reason(world: World) {
    let reader = world.commissioner(&villages()[..1]).await;
    let other = world.commissioner(&villages()[1..2]).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let id = issue(&officer, json!({"valid_until": "2026-07-03"})).await;
    let served = Served::start(&world).await;
    let transport = served.transport();
    let mut has_read = client(&world, reader, 1).await;
    let mut has_not = client(&world, other, 2).await;
    has_read.sync_until_done(&transport).await.unwrap();
    has_not.sync_until_done(&transport).await.unwrap();
    has_read.mark_read(id.parse().unwrap());
    has_read.sync_until_done(&transport).await.unwrap();
    let path = format!("/v1/bulletins/{id}/withdrawal");
    officer
        .post(&path, json!({"reason": " "}))
        .await
        .refused(422, "invalid_input");
    let withdrawn = officer
        .post(&path, json!({"reason": "改在7月10日"}))
        .await
        .ok();
    assert_eq!(
        (&withdrawn["state"], &withdrawn["read_count"]),
        (&json!("withdrawn"), &json!(1))
    );
    has_read.sync_until_done(&transport).await.unwrap();
    has_not.sync_until_done(&transport).await.unwrap();
    let shown = has_read.bulletins(date(TODAY));
    assert_eq!(shown.len(), 1);
    assert_eq!(
        shown[0].bulletin.withdrawn_reason.as_deref(),
        Some("改在7月10日")
    );
    assert!(has_not.bulletins(date(TODAY)).is_empty());
    assert!(
        has_read.bulletins(date("2026-07-04")).is_empty(),
        "nobody acts on it any more"
    );
    // The last unread ones are those of the day on which it was withdrawn.
    world.pass(3 * DAY_MS);
    let officer = again(&world).await;
    assert_eq!(with_readers(&officer, &id).await["asked_on"], TODAY);
}

async fn what_is_wrong_in_a_bulletin_is_named_by_its_field(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    for (wrong, pointer, code) in [
        (json!({"kind": "gossip"}), "/kind", "unknown_code"),
        (json!({"title": ""}), "/title", "empty"),
        (json!({"title": "字".repeat(101)}), "/title", "too_long"),
        (json!({"text": "字".repeat(5001)}), "/text", "too_long"),
        (json!({"text": "a\u{0}b"}), "/text", "control_character"),
        (
            json!({"industries": ["mining"]}),
            "/industries/0",
            "unknown_code",
        ),
        (
            json!({"valid_from": "1999-01-01"}),
            "/valid_from",
            "out_of_range",
        ),
        (
            json!({"valid_until": "2026-06-29", "valid_from": "2026-06-01"}),
            "/valid_until",
            "out_of_range",
        ),
        (
            json!({"valid_until": "2026-07-01", "valid_from": "2026-07-02"}),
            "/valid_until",
            "ends_before_start",
        ),
    ] {
        let refusal = officer.post("/v1/bulletins", bulletin(wrong)).await;
        let refusal = refusal.refused(422, "invalid_input");
        let error = &refusal["errors"][0];
        assert_eq!(
            (&error["pointer"], &error["code"]),
            (&json!(pointer), &json!(code)),
            "{refusal}"
        );
    }
    for shape in [
        json!({"valid_from": "today"}),
        json!({"township_code": "x"}),
        json!({"author": 1}),
    ] {
        let refusal = officer.post("/v1/bulletins", bulletin(shape)).await;
        refusal.refused(400, "malformed_request");
    }
    let village = json!({"township_code": villages()[0]});
    let refusal = officer.post("/v1/bulletins", bulletin(village)).await;
    assert_eq!(
        refusal.refused(422, "invalid_input")["errors"][0]["pointer"],
        "/township_code"
    );
    assert_eq!(
        world.number("SELECT COUNT(*) AS number FROM record").await,
        0
    );
    officer
        .get("/v1/bulletins/x")
        .await
        .refused(404, "not_found");
    officer
        .get("/v1/bulletins?state=new")
        .await
        .refused(400, "invalid_parameter");
    officer
        .get("/v1/bulletins?cursor=x")
        .await
        .refused(400, "invalid_cursor");
}

async fn pages_of_bulletins_bring_each_one_once(world: World) {
    let officer = office(&world, Role::CountyOfficer).await;
    for number in 0..7 {
        let from = format!("2026-06-{:02}", 10 + number % 3);
        issue(&officer, json!({"valid_from": from})).await;
    }
    let (mut met, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = officer
            .get(&format!("/v1/bulletins?limit=3{cursor}"))
            .await
            .ok();
        assert_eq!(page["total"], 7);
        for one in page["bulletins"].as_array().unwrap() {
            met.push((
                one["bulletin"]["valid_from"].to_string(),
                one["id"].to_string(),
            ));
        }
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = met.clone();
    sorted.sort();
    sorted.reverse();
    sorted.dedup();
    assert_eq!((met.len(), &met), (7, &sorted));
}
