//! What a sync of the reference client costs in bytes, headers aside. It compresses with Zstandard; gzip is shown beside it.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tepai_client::transport::read_answer;
use tepai_client::{Phone, PhoneClock, SeededIds, SystemIds};
use tepai_http::router;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::edit_time::ClockReading;
use tepai_sync_protocol::records::{AdoptionReport, Beneficiary, Photo, Record, Visit};
use tepai_sync_protocol::sync::{EnrolResponse, SyncRequest, SyncResponse};
use tepai_tests::world::villages;
use tepai_tests::{World, on_both_databases, report};
use tower::ServiceExt;

on_both_databases!(
    an_idle_sync_takes_less_than_400_bytes_up_and_400_down,
    a_visit_with_an_adoption_and_three_photos_takes_900_bytes_alone_and_350_among_fifty,
);

/// The clocks of a phone in the field: a form is saved within a second, and minutes pass until the next form.
#[derive(Clone)]
struct Afternoon(Arc<Mutex<(i64, SeededIds)>>);

impl Afternoon {
    fn start() -> Self {
        Self(Arc::new(Mutex::new((4_210_337, SeededIds::new(1)))))
    }

    fn pass(&self, at_most_ms: u64) -> i64 {
        let mut now = self.0.lock().unwrap();
        now.0 += i64::try_from(now.1.next_u64() % at_most_ms).unwrap();
        now.0
    }

    fn until_the_next_form(&self) {
        self.pass(3_600_000);
    }
}

impl PhoneClock for Afternoon {
    fn now(&self) -> ClockReading {
        let mono_ms = self.pass(60);
        ClockReading {
            wall: 1_780_474_260_000 + mono_ms,
            boot: Some("9b27c60e".into()),
            mono_ms: Some(mono_ms),
        }
    }
}

async fn phone_of(world: &World, count: usize) -> (Phone, Afternoon) {
    let person = world.commissioner(&villages()[..count]).await;
    let (enrolled, token) = world.phone_with_token(person).await;
    let clock = Afternoon::start();
    let mut phone = Phone::new(
        "tepai-android 1.4.2",
        Afternoon::start(),
        SystemIds::start(),
    );
    let enrolled = EnrolResponse {
        device_id: enrolled.actor.device,
        person_id: person,
        token,
    };
    phone.apply_enrolment(&enrolled).unwrap();
    (phone, clock)
}

/// One request over HTTP: the answer's bytes as they are without compression.
async fn exchange(world: &World, phone: &Phone, request: &SyncRequest) -> Vec<u8> {
    let token = phone.token().unwrap().reveal().to_owned();
    let request = axum::http::Request::post("/v1/sync")
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(axum::body::Body::from(serde_json::to_vec(request).unwrap()))
        .unwrap();
    let answer = router(world.app.clone()).0.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    body.unwrap().to_vec()
}

async fn sync(world: &World, phone: &mut Phone) -> (usize, usize) {
    let request = phone.prepare_sync();
    let up = serde_json::to_vec(&request).unwrap().len();
    let bytes = exchange(world, phone, &request).await;
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    let response: SyncResponse = read_answer(200, &headers, &bytes).unwrap();
    phone.apply_sync(&response);
    (up, bytes.len())
}

async fn an_idle_sync_takes_less_than_400_bytes_up_and_400_down(world: World) {
    let mut counts = BTreeMap::new();
    for villages in [3, 12] {
        let (mut phone, clock) = phone_of(&world, villages).await;
        for number in 0..20 {
            clock.until_the_next_form();
            log(&mut phone, number);
        }
        sync(&world, &mut phone).await;
        sync(&world, &mut phone).await;
        let (up, down) = sync(&world, &mut phone).await;
        counts.insert(format!("bytes up, {villages} villages"), up);
        counts.insert(format!("bytes down, {villages} villages"), down);
        assert!(
            up <= 400 && down <= 400,
            "{villages} villages: {up} up, {down} down"
        );
    }
    report::tell("an idle sync:", &counts);
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better with json!")]
fn fields(value: Value) -> Fields {
    value.as_object().cloned().unwrap_or_default()
}

/// What people write: no two alike, and much alike.
fn content(number: usize) -> String {
    let ponds = ["一号塘", "二号塘", "东塘", "西大塘", "新塘"];
    let seen = [
        "水色偏浓",
        "溶氧不足",
        "白鲢浮头",
        "虾苗蜕壳不齐",
        "水草老化",
    ];
    let said = [
        "加注新水20厘米",
        "开增氧机到天亮",
        "减料三成",
        "泼洒有机酸",
        "补种轮叶黑藻",
    ];
    format!(
        "{}{}，建议{}，{}日后复查",
        ponds[number % 5],
        seen[(number / 5 + number) % 5],
        said[(number / 3) % 5],
        number % 9 + 2
    )
}

/// A visit, one adoption at a household that is known already, three photos.
fn log(phone: &mut Phone, number: usize) {
    let village = villages()[number % 3].to_string();
    let day = format!("2026-06-{:02}", number % 28 + 1);
    let household = uuid::Uuid::from_u128(
        0x0190_0000_0000_7000_8000_0000_0000_0000 + u128::try_from(number % 9).unwrap(),
    );
    let visit = phone.log_visit(&Visit::read(&fields(json!({
        "village_code": village, "service_from": day, "mode": "household", "industry": "aquaculture",
        "content": content(number), "beneficiary_ids": [household],
    }))));
    phone.report_adoption(&AdoptionReport::read(&fields(json!({
        "visit_id": visit, "beneficiary_id": household, "technique_code": "SC-03", "stage": "trial",
        "reported_on": day, "season": "2026", "village_code": village, "area_centi_mu": 350 + number * 7,
    }))));
    for photo in 0..3 {
        // A hash has no pattern; a cheap mixing stands for it.
        let mut mixed = SeededIds::new(u64::try_from(number * 3 + photo).unwrap());
        let mut part = || mixed.next_u64();
        let sha256 = format!(
            "{:016x}{:016x}{:016x}{:016x}",
            part(),
            part(),
            part(),
            part()
        );
        phone.announce_photo(&Photo::read(&fields(json!({
            "visit_id": visit, "sha256": sha256, "size_bytes": 143_211 + number * 977 + photo * 131,
            "village_code": village, "media_type": "image/jpeg", "purpose": "scene",
        }))));
    }
}

fn gzipped(body: &[u8]) -> usize {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).unwrap();
    gzip.finish().unwrap().len()
}

fn zstandard(body: &[u8]) -> usize {
    zstd::bulk::compress(body, 9).unwrap().len()
}

async fn a_visit_with_an_adoption_and_three_photos_takes_900_bytes_alone_and_350_among_fifty(
    world: World,
) {
    let (mut phone, clock) = phone_of(&world, 3).await;
    for number in 0..9 {
        phone.add_beneficiary(&Beneficiary::read(&fields(json!({
            "village_code": villages()[number % 3], "kind": "household", "display_name": format!("户{number}"),
        }))));
    }
    sync(&world, &mut phone).await;
    sync(&world, &mut phone).await;
    clock.until_the_next_form();
    log(&mut phone, 0);
    let alone = serde_json::to_vec(&phone.prepare_sync()).unwrap();
    for number in 1..50 {
        clock.until_the_next_form();
        log(&mut phone, number);
    }
    let fifty = serde_json::to_vec(&phone.prepare_sync()).unwrap();
    let counts = [
        ("bytes alone", alone.len()),
        ("bytes alone, gzip", gzipped(&alone)),
        ("bytes alone, zstd", zstandard(&alone)),
        ("bytes each of fifty, gzip", gzipped(&fifty) / 50),
        ("bytes each of fifty, zstd", zstandard(&fifty) / 50),
    ];
    let counts: BTreeMap<_, _> = counts.map(|(name, count)| (name.to_owned(), count)).into();
    report::tell("a visit, one adoption, three photos:", &counts);
    assert!(counts["bytes alone, zstd"] <= 900, "{counts:?}");
    assert!(counts["bytes each of fifty, zstd"] <= 350, "{counts:?}");
}
