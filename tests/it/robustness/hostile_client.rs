//! What no good client sends: every bad input gets a clear refusal with a stable code, nothing is lost and nothing
//! breaks.

use axum::http::{Method, header};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use std::io::Write;
use tepai_domain::actor::Role;
use tepai_tests::caller::{Answer, enrol, make_account, office};
use tepai_tests::world::{COUNTY, villages};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    a_body_that_is_not_a_request_is_refused_by_code,
    a_body_that_unpacks_to_too_much_is_refused_with_the_limit,
    a_body_that_is_cut_or_not_what_it_says_is_refused,
    too_many_mutations_are_refused_with_the_limit_and_none_is_applied,
    a_bad_mutation_is_rejected_and_kept_and_the_good_one_beside_it_is_applied,
    a_cursor_of_somebody_else_or_of_nobody_is_refused_or_harmless,
    a_name_with_a_null_character_is_refused_wherever_it_is_asked_for,
    heavy_anything_at_all_in_any_field_never_breaks_the_server,
);

/// A commissioner's phone, enrolled over HTTP, with all villages.
async fn device(world: &World) -> Caller {
    let administrator = office(world, Role::Administrator).await;
    let account = make_account(world, "kj001", Role::Commissioner, COUNTY).await;
    let person = tepai_sync_protocol::ids::PersonId(account.parse().unwrap());
    for village in villages() {
        world.assign(person, &village, "2026-01-01", None).await;
    }
    enrol(world, &administrator, &account).await.1
}

fn request(mutations: &Value) -> Value {
    json!({
        "protocol": 1, "schema": 1,
        "replica": {"generation": "0190aaaa-0000-4000-8000-000000000001"},
        "clock": {"wall": tepai_tests::world::NOW_MS},
        "mutations": mutations,
    })
}

fn id(number: usize) -> String {
    format!("0190bbbb-0000-4000-8000-{number:012}")
}

/// A mutation that creates a good visit, with `set` laid over its fields.
fn visit(number: usize, set: Value) -> Value {
    let mut fields = json!({
        "village_code": villages()[0].as_str(), "service_from": "2026-06-01", "mode": "household",
        "industry": "aquaculture", "content": "查看水质",
    });
    if let (Value::Object(own), Value::Object(more)) = (&mut fields, set) {
        own.extend(more);
    }
    json!({
        "mid": id(number), "n": number, "op": "create", "kind": "visit", "id": id(500_000 + number), "set": fields,
        "edited": {"wall": tepai_tests::world::NOW_MS},
    })
}

async fn send(
    device: &Caller,
    headers: &[(header::HeaderName, &str)],
    body: impl Into<axum::body::Body>,
) -> Answer {
    let mut all = vec![(header::CONTENT_TYPE, "application/json")];
    all.extend_from_slice(headers);
    device
        .send_bytes(Method::POST, "/v1/sync", &all, body)
        .await
}

async fn count(world: &World, table: &str) -> i64 {
    world
        .number(&format!("SELECT COUNT(*) AS number FROM {table}"))
        .await
}

async fn a_body_that_is_not_a_request_is_refused_by_code(world: World) {
    let device = device(&world).await;
    let good = request(&json!([]));
    let changed = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        changed.to_string().into_bytes()
    };
    let nested = format!(
        "{{\"protocol\":{}1{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let objects = format!("{}1{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let malformed: Vec<Vec<u8>> = vec![
        b"".to_vec(),
        b"{".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"protocol\": \"\xc3\x28\"}".to_vec(),
        good.to_string().as_bytes()[..50].to_vec(),
        nested.into_bytes(),
        objects.into_bytes(),
        changed("/protocol", json!("1")),
        changed("/protocol", json!(-1)),
        changed("/protocol", json!(1e300)),
        changed("/mutations", json!({})),
        changed("/replica/generation", json!("not-an-id")),
        changed("/clock/wall", json!("now")),
        changed("/clock/wall", json!(1e30)),
    ];
    for body in malformed {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let answer = send(&device, &[], body).await;
        assert_eq!(
            answer.body["code"], "malformed_request",
            "{shown}: {} {}",
            answer.status, answer.body
        );
        assert_eq!(answer.status.as_u16(), 400, "{shown}");
        assert!(answer.body["words"]["zh"].is_string() && answer.body["words"]["en"].is_string());
    }
    send(&device, &[], changed("/protocol", json!(99)))
        .await
        .refused(426, "protocol_unsupported");
    send(&device, &[], request(&json!([])).to_string())
        .await
        .ok();
    // A phone whose clock stands at the far ends of time is heard all the same.
    for wall in [i64::MIN, -1, 0, i64::MAX] {
        send(&device, &[], changed("/clock/wall", json!(wall)))
            .await
            .ok();
    }
    assert_eq!(count(&world, "record").await, 0);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn a_body_that_unpacks_to_too_much_is_refused_with_the_limit(world: World) {
    let device = device(&world).await;
    let zeros = vec![b' '; 64 * 1024 * 1024];
    let bombs = [
        ("gzip", gzip(&zeros)),
        ("zstd", zstd::encode_all(&zeros[..], 19).unwrap()),
    ];
    for (encoding, bomb) in bombs {
        assert!(bomb.len() < 100_000);
        let answer = send(&device, &[(header::CONTENT_ENCODING, encoding)], bomb).await;
        let problem = answer.refused(413, "body_too_large");
        assert!(
            problem["title"].as_str().unwrap().contains("2 MiB"),
            "{problem}"
        );
    }
    let large = request(&json!([visit(
        1,
        json!({"content": "长".repeat(1_000_000)})
    )]));
    send(&device, &[], large.to_string())
        .await
        .refused(413, "body_too_large");
    send(&device, &[(header::CONTENT_ENCODING, "br")], "{}")
        .await
        .refused(415, "unsupported_media_type");
    send(
        &device,
        &[(header::CONTENT_ENCODING, "gzip")],
        gzip(request(&json!([])).to_string().as_bytes()),
    )
    .await
    .ok();
}

async fn a_body_that_is_cut_or_not_what_it_says_is_refused(world: World) {
    let device = device(&world).await;
    let whole = request(&json!([visit(1, json!({}))])).to_string();
    let packed = gzip(whole.as_bytes());
    for end in [
        0,
        1,
        9,
        10,
        11,
        packed.len() / 2,
        packed.len() - 9,
        packed.len() - 1,
    ] {
        let cut = packed[..end].to_vec();
        let answer = send(&device, &[(header::CONTENT_ENCODING, "gzip")], cut).await;
        assert_eq!(
            answer.body["code"], "malformed_request",
            "cut at {end}: {}",
            answer.body
        );
    }
    for end in (0..whole.len()).step_by(7) {
        let answer = send(&device, &[], whole.as_bytes()[..end].to_vec()).await;
        answer.refused(400, "malformed_request");
    }
    send(
        &device,
        &[(header::CONTENT_ENCODING, "gzip")],
        whole.clone(),
    )
    .await
    .refused(400, "malformed_request");
    assert_eq!(count(&world, "record").await, 0, "half a body does nothing");
    send(&device, &[], whole).await.ok();
    assert_eq!(count(&world, "record").await, 1);
}

async fn too_many_mutations_are_refused_with_the_limit_and_none_is_applied(world: World) {
    let device = device(&world).await;
    let many: Vec<_> = (1..=501).map(|number| visit(number, json!({}))).collect();
    let problem = send(&device, &[], request(&json!(many)).to_string())
        .await
        .refused(413, "too_many_mutations");
    assert!(
        problem["title"].as_str().unwrap().contains("500"),
        "{problem}"
    );
    assert_eq!(count(&world, "record").await, 0);
    let answer = send(&device, &[], request(&json!(many[..500])).to_string())
        .await
        .ok();
    let applied = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|result| result["outcome"] == "applied");
    assert_eq!(applied.count(), 500);
}

async fn a_bad_mutation_is_rejected_and_kept_and_the_good_one_beside_it_is_applied(world: World) {
    let device = device(&world).await;
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let sets = [
        json!({"service_from": "0000-01-01"}),
        json!({"service_from": "9999-12-31"}),
        json!({"service_from": "-000001-01-01"}),
        json!({"service_from": "2026-02-30"}),
        json!({"service_from": 20_260_601}),
        json!({"service_from": "2026-06-01T00:00:00Z"}),
        json!({"village_code": "110101001001"}),
        json!({"village_code": "99042110020"}),
        json!({"village_code": "\u{0}"}),
        json!({"village_code": null}),
        json!({"village_code": ["990421100200"]}),
        json!({"lat_e7": 900_000_001, "lon_e7": 0, "datum": "wgs84"}),
        json!({"fix": {"lat": 91}}),
        json!({"mode": "nonsense"}),
        json!({"mode": 7}),
        json!({"industry": ""}),
        json!({"content": "a\u{0}b"}),
        json!({"content": "长".repeat(100_000)}),
        json!({"content": deep}),
        json!({"training_persons": -1}),
        json!({"training_persons": 1e300}),
        json!({"training_persons": 9_223_372_036_854_775_807_i64}),
        json!({"training_persons": 1.5}),
        json!({"participant_ids": ["x"]}),
        json!({"technique_codes": vec!["T"; 1000]}),
        json!({"beneficiary_ids": "all"}),
        json!({"review_state": "approved"}),
        json!({"duration_min": 100_000}),
    ];
    let mut mutations = vec![
        json!(null),
        json!(17),
        json!("x"),
        json!([]),
        json!({}),
        json!({"mid": "x"}),
        json!({"mid": id(900), "n": 1, "op": "explode", "kind": "visit", "id": id(901), "edited": {"wall": 0}}),
        json!({"mid": id(902), "n": 1, "op": "create", "kind": "spaceship", "id": id(903), "edited": {"wall": 0}, "set": {}}),
        json!({"mid": id(904), "n": 1, "op": "create", "kind": "account", "id": id(905), "edited": {"wall": 0}, "set": {}}),
        json!({"mid": id(906), "n": 1, "op": "create", "kind": "visit", "id": "../../etc/passwd", "edited": {"wall": 0}, "set": {}}),
        json!({"mid": id(908), "n": -1, "op": "create", "kind": "visit", "id": id(909), "edited": {"wall": 0}, "set": []}),
        json!({"mid": id(910), "n": 1e300, "op": "delete", "kind": "visit", "id": id(911), "base": -5, "edited": 1}),
        json!({"mid": id(912), "n": 1, "op": "create", "kind": "visit\u{0}", "id": id(913), "edited": {"wall": 0}, "set": {"a\u{0}": 1}}),
    ];
    let first = 1;
    mutations.extend(
        sets.iter()
            .enumerate()
            .map(|(at, set)| visit(first + at, set.clone())),
    );
    let bad = mutations.len();
    mutations.push(visit(
        400,
        json!({"a_field_of_tomorrow": {"深": [1, null, "\u{1f41f}"]}}),
    ));
    let answer = send(&device, &[], request(&json!(mutations)).to_string())
        .await
        .ok();
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), bad + 1);
    let mut accepted = Vec::new();
    for (mutation, result) in mutations.iter().zip(results).take(bad) {
        if result["outcome"] == "applied" {
            accepted.push(mutation);
            continue;
        }
        let problem = &result["problem"];
        assert!(problem["code"].is_string(), "{mutation} {result}");
        assert!(problem["title"]["zh"].is_string(), "{mutation} {result}");
    }
    // A field that only another version of the protocol knows is kept as it came, whatever it holds; so are fields
    // that the office alone writes ignored rather than obeyed.
    let unknown = ["lat_e7", "fix", "review_state", "duration_min"];
    for mutation in accepted {
        let known = unknown
            .iter()
            .any(|field| mutation["set"].get(field).is_some());
        assert!(known, "accepted: {mutation}");
    }
    assert_eq!(results[bad]["outcome"], "applied", "{}", results[bad]);
    let approved = world
        .number("SELECT COUNT(*) AS number FROM record WHERE state = 'approved'")
        .await;
    assert_eq!(approved, 0, "no phone approves its own visit");
    assert!(
        count(&world, "dead_letter").await >= 25,
        "what was rejected is kept"
    );
}

async fn a_cursor_of_somebody_else_or_of_nobody_is_refused_or_harmless(world: World) {
    let device = device(&world).await;
    let pull = |cursor: Value| {
        let mut body = request(&json!([]));
        body["pull"] = json!({"cursor": cursor, "limit": 10});
        body.to_string()
    };
    send(&device, &[], pull(Value::Null)).await.ok();
    for cursor in [
        "",
        "x",
        "00",
        "\u{0}",
        "{}",
        "AAAA",
        &"f".repeat(100_000),
        "7b7d",
        "zz",
        "深",
    ] {
        let answer = send(&device, &[], pull(json!(cursor))).await;
        let code = answer.body["code"].as_str().unwrap_or_default();
        assert!(
            answer.status.is_success() || code == "invalid_cursor",
            "{:.40}: {} {}",
            cursor,
            answer.status,
            answer.body
        );
    }
    for limit in [
        json!(0),
        json!(-1),
        json!(4_294_967_295_u32),
        json!("ten"),
        json!(1e99),
    ] {
        let mut body = request(&json!([]));
        body["pull"] = json!({"limit": limit});
        let answer = send(&device, &[], body.to_string()).await;
        assert!(answer.status.as_u16() < 500, "{limit}: {}", answer.body);
    }
    // A cursor that names scopes outside of the caller's reach opens none of them.
    let other = world.phone_everywhere().await;
    let mut other = other;
    let (_, create) = other.visit(villages()[5].as_str(), "2026-06-01", json!({}));
    other.push_one(&world.app, create).await;
    other.pull_all(&world.app).await;
    let stolen = other.cursor.clone().unwrap();
    let nobody = enrol(
        &world,
        &Caller::nobody(&world)
            .signed_in("office.administrator")
            .await,
        &make_account(&world, "kj002", Role::Commissioner, COUNTY).await,
    )
    .await
    .1;
    let page = send(&nobody, &[], pull(json!(stolen))).await.ok();
    assert_eq!(page["pull"]["changes"], json!([]), "{page}");
}

async fn a_name_with_a_null_character_is_refused_wherever_it_is_asked_for(world: World) {
    let administrator = office(&world, Role::Administrator).await;
    let nul = "a\u{0}b";
    let bodies = [
        (
            Method::POST,
            "/v1/session".to_owned(),
            json!({"login": nul, "password": nul}),
        ),
        (
            Method::POST,
            "/v1/accounts".to_owned(),
            json!({"login": nul, "display_name": nul, "role": "auditor", "password": "correct horse"}),
        ),
        (
            Method::POST,
            "/v1/accounts".to_owned(),
            json!({"login": "nu.ll", "display_name": nul, "role": "auditor", "password": "correct horse"}),
        ),
        (
            Method::POST,
            "/v1/devices/enrol".to_owned(),
            json!({"code": nul, "device_name": nul}),
        ),
        (
            Method::PUT,
            "/v1/settings/time_zone".to_owned(),
            json!({"value": nul}),
        ),
        (
            Method::PUT,
            "/v1/settings/a%00b".to_owned(),
            json!({"value": 1}),
        ),
        (
            Method::POST,
            format!("/v1/visits/{}/reviews", id(1)),
            json!({"rev": 1, "decision": "return", "comment": nul, "reason": nul, "field": nul}),
        ),
    ];
    for (method, path, body) in bodies {
        let answer = administrator.send(method, &path, Some(body)).await;
        assert!(
            (400..500).contains(&answer.status.as_u16()),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
        assert!(answer.body["code"].is_string(), "{path}");
    }
    for path in [
        "/v1/visits?cursor=%00",
        "/v1/visits?technique=%00",
        "/v1/accounts?q=%00",
        "/v1/devices?cursor=%00",
        "/v1/records/%00",
        "/v1/summaries/%00?period=2026",
        "/v1/coverage/%00?period=2026",
        "/v1/visits/%00",
        "/%00",
    ] {
        let answer = administrator.get(path).await;
        assert!(
            (400..500).contains(&answer.status.as_u16()),
            "{path}: {} {}",
            answer.status,
            answer.body
        );
    }
    // A review of a real visit, whose words reach the database.
    let mut phone = world.phone_everywhere().await;
    let (visit, create) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    phone.push_one(&world.app, create).await;
    let path = format!("/v1/visits/{}/reviews", visit.0);
    let officer = office(&world, Role::CountyOfficer).await;
    for field in ["comment", "field", "reason"] {
        let mut body = json!({"rev": 1, "decision": "return", "reason": "other", "comment": "请补照片", "field": "content"});
        body[field] = json!(nul);
        let answer = officer.post(&path, body).await;
        assert!(
            (400..500).contains(&answer.status.as_u16()),
            "{field}: {} {}",
            answer.status,
            answer.body
        );
    }
}

/// Any JSON, with the numbers, texts and keys that break programs.
fn anything() -> impl Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        proptest::sample::select(vec![
            "",
            "\u{0}",
            "\u{feff}",
            "\u{202e}txt",
            "2026-06-01",
            "0000-00-00",
            "990421100200",
            "household",
            "0190bbbb-0000-4000-8000-000000000001",
            "'; DROP TABLE record; --",
            "=cmd()",
            "visit",
            "9999-12-31",
            "-1"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

async fn heavy_anything_at_all_in_any_field_never_breaks_the_server(world: World) {
    let device = device(&world).await;
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let any = anything();
    let mut draw = || any.new_tree(&mut runner).unwrap().current();
    let kinds = [
        "visit",
        "adoption_report",
        "adoption",
        "beneficiary",
        "site",
        "photo",
        "demo_base",
        "follow_up",
        "feedback",
        "conflict",
    ];
    let mut number = 1000;
    for round in 0..40 {
        let mut mutations = Vec::new();
        for kind in kinds {
            for field in [
                "village_code",
                "service_from",
                "content",
                "industry",
                "participant_ids",
                "visit_id",
                "technique_code",
                "area_centi_mu",
                "phone",
                "taken_at",
                "sha256",
                "stage",
                "season",
                "lat_e7",
                "x",
            ] {
                number += 1;
                let mut mutation = visit(number, json!({field: draw()}));
                mutation["kind"] = json!(kind);
                match number % 9 {
                    0 => mutation["set"] = draw(),
                    1 => mutation["edited"] = draw(),
                    2 => mutation["base"] = draw(),
                    3 => mutation["n"] = draw(),
                    4 => mutation = draw(),
                    5 => mutation["op"] = json!(["patch", "delete"][number % 2]),
                    _ => {}
                }
                mutations.push(mutation);
            }
        }
        let mut body = request(&json!(mutations));
        match round % 8 {
            1 => body["waiting"] = draw(),
            2 => body["clock"] = draw(),
            3 => body["replica"]["app_version"] = draw(),
            4 => body["pull"] = draw(),
            5 => body["replica"]["ticket"] = draw(),
            _ => {}
        }
        let answer = send(&device, &[], body.to_string()).await;
        assert!(
            answer.status.as_u16() < 500,
            "round {round}: {} {}",
            answer.status,
            answer.body
        );
        if answer.status.is_success() {
            assert_eq!(
                answer.body["results"].as_array().map(Vec::len),
                Some(mutations.len())
            );
        }
    }
    // Whatever has got in, the county still sums up and the checks hold.
    let officer = office(&world, Role::CountyOfficer).await;
    officer
        .get(&format!("/v1/summaries/{COUNTY}?period=2026&by=village"))
        .await
        .ok();
    officer
        .get(&format!("/v1/coverage/{COUNTY}?period=2026"))
        .await
        .ok();
    let visits = officer.get("/v1/visits?limit=500").await.ok();
    assert!(visits["visits"].is_array());
}
