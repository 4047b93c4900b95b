//! Evidence flags as the office reads them, and how well pictures are known again.

use image::imageops::{self, FilterType};
use image::{DynamicImage, codecs::jpeg::JpegEncoder};
use serde_json::{Value, json};
use std::io::Cursor;
use tepai_app::photos;
use tepai_domain::actor::Role;
use tepai_domain::evidence::{Likeness, is_alike};
use tepai_domain::photo::{PhotoType, prepare};
use tepai_sync_protocol::ids::RecordId;
use tepai_tests::caller::office;
use tepai_tests::photo::{Exif, jpeg, with_exif};
use tepai_tests::sender::{Sender, photo_of, sender};
use tepai_tests::world::villages;
use tepai_tests::{Caller, World, on_both_databases, report};

on_both_databases!(
    a_recycled_photo_is_flagged_in_words_on_the_later_visit,
    what_the_camera_and_the_phone_say_is_flagged_by_the_rules_of_the_county,
    two_places_at_one_time_and_a_camera_whose_clock_is_wrong_are_flagged,
    flags_are_for_the_office_within_its_reach_and_block_nothing,
    a_page_of_flags_goes_on_where_it_stopped,
    many_visits_are_approved_at_once_but_for_those_that_have_flags,
);

/// What a test says of a visit, beyond what an ordinary one has.
async fn log_visit(
    sender: &mut Sender,
    world: &World,
    village: usize,
    on: &str,
    more: Value,
) -> RecordId {
    let village = villages()[village].to_string();
    let (visit, mut create) = sender.phone.visit(&village, on, json!({}));
    let set = create["set"].as_object_mut().unwrap();
    set.extend(more.as_object().unwrap().clone());
    let result = sender.phone.push_one(&world.app, create).await;
    assert!(result.problem.is_none(), "{result:?}");
    visit
}

/// A photo of a visit, announced and sent.
async fn log_photo(
    sender: &mut Sender,
    world: &World,
    (visit, village): (RecordId, usize),
    bytes: &[u8],
    more: Value,
) -> RecordId {
    let mut fields = photo_of(&visit, bytes);
    fields["village_code"] = json!(villages()[village].as_str());
    let fields = fields.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    let (photo, create) = sender.phone.create("photo", json!(fields));
    let result = sender.phone.push_one(&world.app, create).await;
    assert!(result.problem.is_none(), "{result:?}");
    let (location, offset) = sender.begin(bytes).await;
    if offset == 0 {
        let answer = sender.patch(&location, 0, bytes.to_vec()).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
    }
    while photos::prepare::prepare_some(&world.app).await.unwrap() > 0 {}
    photo
}

async fn flags_of(caller: &Caller, visit: RecordId) -> Vec<Value> {
    let body = caller.get(&format!("/v1/visits/{visit}")).await.ok();
    body["flags"].as_array().unwrap().clone()
}

fn kinds(flags: &[Value]) -> Vec<&str> {
    flags
        .iter()
        .map(|flag| flag["kind"].as_str().unwrap())
        .collect()
}

/// The same picture, as a messenger saves it.
fn saved_again(bytes: &[u8]) -> Vec<u8> {
    let small = image::load_from_memory(bytes).unwrap();
    encode(&small.resize(640, 640, FilterType::Lanczos3), 60)
}

fn encode(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.to_rgb8().write_with_encoder(encoder).unwrap();
    bytes
}

async fn a_recycled_photo_is_flagged_in_words_on_the_later_visit(world: World) {
    let mut sender = sender(&world).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let scene = jpeg(600, 800, 600);
    let first = log_visit(&mut sender, &world, 0, "2026-06-21", json!({})).await;
    log_photo(&mut sender, &world, (first, 0), &scene, json!({})).await;
    world.pass(1000);
    let again = log_visit(&mut sender, &world, 1, "2026-06-22", json!({})).await;
    let photo = log_photo(&mut sender, &world, (again, 1), &scene, json!({})).await;
    world.pass(1000);
    let nearly = log_visit(&mut sender, &world, 1, "2026-06-23", json!({})).await;
    let resaved = saved_again(&scene);
    log_photo(&mut sender, &world, (nearly, 1), &resaved, json!({})).await;
    world.pass(1000);
    let another = log_visit(&mut sender, &world, 1, "2026-06-24", json!({})).await;
    log_photo(
        &mut sender,
        &world,
        (another, 1),
        &jpeg(601, 800, 600),
        json!({}),
    )
    .await;

    assert!(flags_of(&officer, first).await.is_empty());
    let flags = flags_of(&officer, again).await;
    assert_eq!(kinds(&flags), ["same_photo"]);
    assert_eq!(flags[0]["photo_id"], json!(photo));
    assert_eq!(flags[0]["other_visit_id"], json!(first));
    let words = &flags[0]["words"];
    assert_eq!(
        words["en"],
        "the photo is the same as one of the visit of 2026-06-21 in village 990421100200"
    );
    assert_eq!(
        words["zh"],
        "照片与 2026-06-21 village 990421100200走访的照片完全相同"
    );
    let flags = flags_of(&officer, nearly).await;
    assert_eq!(kinds(&flags), ["similar_photo"]);
    assert!(flags_of(&officer, another).await.is_empty());
    // The visit whose photo it was is deleted: nothing is left to compare with but the copy.
    let delete = sender.phone.delete("visit", first, 1);
    sender.phone.push_one(&world.app, delete).await;
    assert!(flags_of(&officer, again).await.is_empty());
    assert_eq!(
        flags_of(&officer, nearly).await[0]["other_visit_id"],
        json!(again)
    );
}

async fn what_the_camera_and_the_phone_say_is_flagged_by_the_rules_of_the_county(world: World) {
    let mut sender = sender(&world).await;
    let administrator = office(&world, Role::Administrator).await;
    let point = "INSERT INTO village_profile (village_code, county_code, ref_lat, ref_lon, ref_datum, ref_wgs84_lat, ref_wgs84_lon) \
                 VALUES ($1, '990421', 30.0, 112.0, 'wgs84', 30.0, 112.0)";
    for village in &villages()[..2] {
        world.execute(point, vec![village.as_str().into()]).await;
    }
    let at = |lat: f64, taken_at: i64| json!({"check_in": {"lat": lat, "lon": 112.0, "datum": "wgs84", "accuracy_m": 20, "taken_at": taken_at, "is_mocked": false}});
    let nine = 1_781_917_200_000_i64; // 2026-06-20T09:00+08:00
    let ordinary = log_visit(&mut sender, &world, 0, "2026-06-20", at(30.01, nine)).await;
    let sound = Exif {
        taken: Some("2026:06:20 09:05:00"),
        place: Some((30 * 3_600_000 + 20_000, 112 * 3_600_000)),
        ..Exif::default()
    };
    let bytes = with_exif(&jpeg(610, 640, 480), &sound);
    log_photo(
        &mut sender,
        &world,
        (ordinary, 0),
        &bytes,
        json!({"source": "camera"}),
    )
    .await;
    let minutes = 60_000;
    let hurried = log_visit(
        &mut sender,
        &world,
        1,
        "2026-06-20",
        at(30.3, nine + 10 * minutes),
    )
    .await;
    let old = Exif {
        taken: Some("2026:05:01 09:05:00"),
        place: Some((31 * 3_600_000, 112 * 3_600_000)),
        ..Exif::default()
    };
    let bytes = with_exif(&jpeg(611, 640, 480), &old);
    log_photo(
        &mut sender,
        &world,
        (hurried, 1),
        &bytes,
        json!({"source": "gallery"}),
    )
    .await;
    let mut mocked = at(30.0, nine + 24 * 60 * minutes);
    mocked["check_in"]["is_mocked"] = json!(true);
    mocked["backfill_reason"] = json!("手机坏了");
    let late = log_visit(&mut sender, &world, 0, "2026-06-10", mocked).await;

    let of = async |visit| {
        let flags = flags_of(&administrator, visit).await;
        let kinds = kinds(&flags);
        kinds.join(" ")
    };
    assert_eq!(of(ordinary).await, "");
    assert_eq!(
        of(hurried).await,
        "speed photo_time photo_place check_in_place gallery"
    );
    assert_eq!(of(late).await, "mocked_position backfilled");
    let set = async |name: &str, value: Value| {
        let body = json!({"value": value, "valid_from": "2026-01-01"});
        administrator
            .put(&format!("/v1/settings/{name}"), body)
            .await
            .ok();
    };
    set("near_village_m", json!(100_000)).await;
    set("backfill_days", json!(60)).await;
    set("confirmation_required", json!(true)).await;
    assert_eq!(of(ordinary).await, "no_confirmation");
    assert_eq!(of(late).await, "mocked_position no_confirmation");
    let form = json!({"purpose": "stamped_form", "source": "gallery"});
    log_photo(
        &mut sender,
        &world,
        (ordinary, 0),
        &jpeg(612, 640, 480),
        form,
    )
    .await;
    assert_eq!(of(ordinary).await, "");
}

async fn two_places_at_one_time_and_a_camera_whose_clock_is_wrong_are_flagged(world: World) {
    let mut sender = sender(&world).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let nine = 1_781_917_200_000_i64; // 2026-06-20T09:00+08:00
    let at = |lat: f64, taken_at: i64| json!({"check_in": {"lat": lat, "lon": 112.0, "datum": "wgs84", "accuracy_m": 20, "taken_at": taken_at, "is_mocked": false}});
    let here = log_visit(&mut sender, &world, 0, "2026-06-20", at(30.0, nine)).await;
    let a_minute_later = at(30.3, nine + 60_000);
    let there = log_visit(&mut sender, &world, 1, "2026-06-20", a_minute_later).await;
    assert!(flags_of(&officer, here).await.is_empty());
    let flags = flags_of(&officer, there).await;
    assert_eq!(kinds(&flags), ["two_villages"]);
    assert_eq!(flags[0]["other_visit_id"], json!(here));

    // A clock that was never set, one that is ahead, and one that tells another day than the phone that took the photo.
    let by_the_camera = json!({"source": "camera", "taken_at": nine});
    for (seed, taken, kind) in [
        (620, "2001:01:01 00:00:10", Some("camera_clock")),
        (621, "2036:06:20 09:00:00", Some("camera_clock")),
        (622, "2026:06:21 23:00:00", Some("camera_clock")),
        (623, "2026:06:20 23:00:00", None),
    ] {
        let visit = log_visit(&mut sender, &world, 0, "2026-06-20", json!({})).await;
        let told = Exif {
            taken: Some(taken),
            ..Exif::default()
        };
        let bytes = with_exif(&jpeg(seed, 640, 480), &told);
        let photo = log_photo(
            &mut sender,
            &world,
            (visit, 0),
            &bytes,
            by_the_camera.clone(),
        )
        .await;
        let flags = flags_of(&officer, visit).await;
        assert_eq!(kinds(&flags), Vec::from_iter(kind), "{taken}");
        assert!(flags.iter().all(|flag| flag["photo_id"] == json!(photo)));
    }
}

async fn flags_are_for_the_office_within_its_reach_and_block_nothing(world: World) {
    let mut sender = sender(&world).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let mocked =
        json!({"check_in": {"lat": 30.0, "lon": 112.0, "datum": "wgs84", "is_mocked": true}});
    let visit = log_visit(&mut sender, &world, 0, "2026-06-20", mocked).await;
    let listed = officer.get("/v1/flags?period=2026-06").await.ok();
    assert_eq!(listed["visits"][0]["visit_id"], json!(visit));
    assert_eq!(listed["visits"][0]["flags"][0]["kind"], "mocked_position");
    let township = villages()[8].as_str()[..9].to_owned();
    for (asked, expected) in [
        ("kind=mocked_position", 1),
        ("kind=speed", 0),
        ("period=2026-05", 0),
        (&format!("division={township}"), 0),
    ] {
        let listed = officer.get(&format!("/v1/flags?{asked}")).await.ok();
        assert_eq!(
            listed["visits"].as_array().unwrap().len(),
            expected,
            "{asked}"
        );
    }
    officer
        .get("/v1/flags?division=110101")
        .await
        .refused(404, "not_found");
    officer
        .get("/v1/flags?limit=0")
        .await
        .refused(400, "invalid_parameter");
    sender
        .http
        .get("/v1/flags")
        .await
        .refused(401, "not_signed_in");
    let own = sender.http.get(&format!("/v1/visits/{visit}")).await.ok();
    assert!(
        own.get("flags").is_none(),
        "a phone is told its visits, not what the office wonders about"
    );
    let approve = json!({"rev": own["rev"], "decision": "approve"});
    let path = format!("/v1/visits/{visit}/reviews");
    officer.post(&path, approve).await.ok();
}

async fn many_visits_are_approved_at_once_but_for_those_that_have_flags(world: World) {
    let mut sender = sender(&world).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let mut visits = Vec::new();
    for day in 22..28 {
        let on = format!("2026-06-{day}");
        visits.push(log_visit(&mut sender, &world, 0, &on, json!({})).await);
    }
    let mocked =
        json!({"check_in": {"lat": 30.0, "lon": 112.0, "datum": "wgs84", "is_mocked": true}});
    let flagged = log_visit(&mut sender, &world, 0, "2026-06-28", mocked).await;
    let mended = sender
        .phone
        .patch("visit", visits[5], 1, json!({"content": "补充水质数据"}));
    sender.phone.push(&world.app, vec![mended]).await;
    let nowhere = RecordId(uuid::Uuid::from_u128(77));
    let asked: Vec<Value> = visits
        .iter()
        // Asked for twice, it is approved once.
        .chain([&visits[0], &flagged, &nowhere])
        .map(|visit| json!({"visit_id": visit, "rev": 1}))
        .collect();
    let told = officer
        .post("/v1/reviews", json!({"approve": asked}))
        .await
        .ok();
    let approved: Vec<&Value> = told["approved"].as_array().unwrap().iter().collect();
    assert_eq!(approved.len(), 5, "{told}");
    for (visit, told) in visits.iter().zip(approved) {
        let expected = json!({"visit_id": visit, "rev": 2, "review_state": "approved"});
        assert_eq!(*told, expected);
    }
    let left: Vec<(&Value, &str)> = told["left"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| (&left["visit_id"], left["code"].as_str().unwrap()))
        .collect();
    let expected = [
        (&json!(visits[5]), "stale"),
        (&json!(flagged), "visit_flagged"),
        (&json!(nowhere), "not_found"),
    ];
    assert_eq!(left, expected);
    assert_eq!(told["left"][1]["flags"][0]["kind"], "mocked_position");
    // By itself, and looked at, it can be approved.
    let path = format!("/v1/visits/{flagged}/reviews");
    officer
        .post(&path, json!({"rev": 1, "decision": "approve"}))
        .await
        .ok();
    // A coordinator has no say in this county, and nobody approves their own.
    let coordinator = office(&world, Role::Coordinator).await;
    let mine = json!({"approve": [{"visit_id": visits[5], "rev": 2}]});
    let told = coordinator.post("/v1/reviews", mine.clone()).await.ok();
    assert_eq!(told["left"][0]["code"], "not_allowed");
    let many = json!({"approve": vec![json!({"visit_id": flagged, "rev": 1}); 201]});
    officer
        .post("/v1/reviews", many)
        .await
        .refused(400, "invalid_parameter");
    let links = "SELECT COUNT(*) AS number FROM audit WHERE act = 'visit_reviewed'";
    assert_eq!(
        world.number(links).await,
        6,
        "each approval is in the audit trail"
    );
}

async fn a_page_of_flags_goes_on_where_it_stopped(world: World) {
    let mut sender = sender(&world).await;
    let officer = office(&world, Role::CountyOfficer).await;
    for day in 1..=9 {
        let mocked = json!({"check_in": {"lat": 30.0, "lon": 112.0, "datum": "wgs84", "is_mocked": day % 3 > 0}});
        log_visit(&mut sender, &world, 0, &format!("2026-06-2{day}"), mocked).await;
    }
    let (mut days, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = officer
            .get(&format!("/v1/flags?limit=2{cursor}"))
            .await
            .ok();
        for visit in page["visits"].as_array().unwrap() {
            days.push(visit["service_from"].as_str().unwrap()[8..].to_owned());
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(days, ["28", "27", "25", "24", "22", "21"]);
}

/// How a picture is changed on its way through other hands.
type Change = (&'static str, fn(&DynamicImage) -> DynamicImage, u8);

const CHANGES: [Change; 7] = [
    ("saved again at quality 40", DynamicImage::clone, 40),
    (
        "half the size",
        |of| of.resize(400, 300, FilterType::Triangle),
        80,
    ),
    ("a little brighter", |of| of.brighten(18), 85),
    ("more contrast", |of| of.adjust_contrast(12.0), 85),
    ("2 % cut off", |of| of.crop_imm(8, 6, 784, 588), 85),
    ("10 % cut off", |of| of.crop_imm(40, 30, 720, 540), 85),
    (
        "mirrored",
        |of| DynamicImage::ImageRgb8(imageops::flip_horizontal(&of.to_rgb8())),
        85,
    ),
];

fn likeness(bytes: &[u8]) -> Likeness {
    let ready = prepare::prepare(Cursor::new(bytes), PhotoType::Jpeg, &[1280, 320]);
    ready.unwrap().likeness
}

/// Measured on drawn landscapes, not on photos of ponds: those are the county's.
#[test]
fn pictures_saved_again_are_known_and_different_ones_are_never_taken_for_one_another() {
    let pictures: Vec<Vec<u8>> = (0..40).map(|seed| jpeg(7000 + seed, 800, 600)).collect();
    let known: Vec<Likeness> = pictures.iter().map(|bytes| likeness(bytes)).collect();
    let mut mistaken = 0;
    for (at, one) in known.iter().enumerate() {
        mistaken += known[at + 1..]
            .iter()
            .filter(|other| is_alike(*one, **other))
            .count();
    }
    let pairs = known.len() * (known.len() - 1) / 2;
    let mut rows = vec![(
        "different pictures taken for one".to_owned(),
        mistaken,
        pairs,
    )];
    for (name, change, quality) in CHANGES {
        let found = pictures
            .iter()
            .zip(&known)
            .filter(|(bytes, likeness_before)| {
                let picture = image::load_from_memory(bytes).unwrap();
                let changed = likeness(&encode(&change(&picture), quality));
                // As the store finds them: one band in common comes first.
                let bands = changed.bands().into_iter().zip(likeness_before.bands());
                bands.into_iter().any(|(a, b)| a == b) && is_alike(changed, **likeness_before)
            });
        rows.push((
            format!("known again: {name}"),
            found.count(),
            pictures.len(),
        ));
    }
    let told = rows
        .iter()
        .map(|(name, count, of)| (format!("of {of}: {name}"), *count));
    report::tell("pictures", &told.collect());
    assert_eq!(mistaken, 0, "different pictures were taken for one");
    for (name, count, of) in &rows[1..5] {
        assert!(count * 100 >= of * 95, "{name}: {count} of {of}");
    }
}
