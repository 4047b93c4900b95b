//! Flags, one by one and on a planted set: a thousand honest visits as they are in villages, and planted ones.

use crate::evidence::*;
use jiff::civil::date;
use std::collections::BTreeMap;
use uuid::Uuid;

const VILLAGE: Point = Point {
    lat: 30.2,
    lon: 112.5,
};
const NOON_MS: i64 = 1_781_496_000_000; // 2026-06-15T12:00+08:00

fn zone() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap()
}

fn rules() -> Rules {
    Rules {
        near_m: 5000,
        backfill_days: 10,
        confirmation_required: true,
        zone: zone(),
    }
}

fn id(number: u128) -> RecordId {
    RecordId(Uuid::from_u128(number))
}

/// A place so many metres north of the village.
fn north(metres: i64) -> Point {
    let metres = f64::from(i32::try_from(metres).unwrap());
    Point {
        lat: VILLAGE.lat + metres / 111_000.0,
        ..VILLAGE
    }
}

fn check_in(at: Point, accuracy_m: Option<u32>, taken_at: i64) -> Position {
    Position {
        lat: at.lat,
        lon: at.lon,
        datum: "wgs84".to_owned(),
        accuracy_m,
        taken_at: Some(taken_at),
        source: None,
        is_mocked: None,
    }
}

fn visit(number: u128, village: &str, from: Date) -> VisitFacts {
    VisitFacts {
        id: id(number),
        person: PersonId(Uuid::from_u128(1)),
        device: DeviceId(Uuid::from_u128(2)),
        village: village.parse().unwrap(),
        village_name: "东塘村".to_owned(),
        from,
        to: from,
        online: false,
        check_in: None,
        distance_m: None,
        late_days: 0,
    }
}

fn photo(number: u128, purpose: &str) -> PhotoFacts {
    PhotoFacts {
        id: id(number),
        purpose: purpose.to_owned(),
        was_refused: false,
        from_gallery: false,
        taken_at: None,
        received_at: NOON_MS + 3 * DAY_MS,
        camera_time: None,
        camera_offset_min: None,
        camera_place: None,
        twins: Vec::new(),
    }
}

/// An ordinary visit with a photo of the place and one of the stamped form.
fn ordinary() -> Case {
    Case {
        visit: visit(10, "421083100201", date(2026, 6, 15)),
        village_point: Some(VILLAGE),
        photos: vec![photo(11, "scene"), photo(12, "stamped_form")],
        others: Vec::new(),
    }
}

fn kinds(case: &Case) -> Vec<FlagKind> {
    flags(case, &rules()).iter().map(|flag| flag.kind).collect()
}

fn twin(visit: VisitFacts, exact: bool) -> Vec<Twin> {
    vec![Twin { visit, exact }]
}

#[test]
fn an_ordinary_visit_has_no_flag() {
    assert_eq!(kinds(&ordinary()), []);
}

#[test]
fn a_flag_says_in_both_languages_what_and_how_much() {
    let mut case = ordinary();
    case.visit.distance_m = Some(23_460);
    case.visit.check_in = Some(check_in(north(23_460), Some(20), NOON_MS));
    let [flag] = flags(&case, &rules()).try_into().unwrap();
    assert_eq!(flag.kind, FlagKind::CheckInPlace);
    assert_eq!(flag.words.zh, "签到位置距该村 23.5 公里");
    assert_eq!(flag.words.en, "the check-in was 23.5 km from the village");
}

#[test]
fn two_who_went_together_may_share_a_photo_and_one_alone_may_not_use_it_twice() {
    let mut case = ordinary();
    let mut other = visit(20, "421083100201", date(2026, 6, 15));
    case.photos[0].twins = twin(other.clone(), true);
    assert_eq!(
        kinds(&case),
        [FlagKind::SamePhoto],
        "one person, logged twice"
    );
    other.person = PersonId(Uuid::from_u128(9));
    case.photos[0].twins = twin(other.clone(), true);
    assert_eq!(kinds(&case), []);
    other.village = "421083100202".parse().unwrap();
    case.photos[0].twins = twin(other, true);
    assert_eq!(kinds(&case), [FlagKind::SamePhoto]);
}

#[test]
fn a_form_may_be_photographed_days_later_at_the_township_and_a_photo_of_the_scene_may_not() {
    let mut case = ordinary();
    for (at, flagged) in [
        (1, vec![]),
        (0, vec![FlagKind::PhotoTime, FlagKind::PhotoPlace]),
    ] {
        case.photos[at].camera_time = "2026-06-18T01:00:00".parse().ok();
        case.photos[at].camera_place = Some(Point {
            lat: VILLAGE.lat + 0.1,
            lon: VILLAGE.lon,
        });
        assert_eq!(kinds(&case), flagged);
    }
}

#[test]
fn a_form_that_is_on_its_way_counts_and_one_that_was_refused_does_not() {
    let mut case = ordinary();
    case.photos[1].was_refused = true;
    assert_eq!(kinds(&case), [FlagKind::NoConfirmation]);
}

#[test]
fn blank_forms_look_alike_and_are_not_flagged_for_it() {
    let mut case = ordinary();
    let other = visit(20, "421083100202", date(2026, 5, 2));
    case.photos[1].twins = twin(other.clone(), false);
    assert_eq!(kinds(&case), []);
    case.photos[0].twins = twin(other.clone(), false);
    assert_eq!(kinds(&case), [FlagKind::SimilarPhoto]);
    let burst = visit(20, "421083100201", date(2026, 6, 15));
    case.photos[0].twins = twin(burst, false);
    assert_eq!(kinds(&case), [], "two photos of one place on one day");
}

#[test]
fn a_camera_may_be_a_day_off_and_no_more() {
    let of = |taken: &str, offset: Option<i64>| {
        let mut case = ordinary();
        case.photos[0].camera_time = Some(taken.parse().unwrap());
        case.photos[0].camera_offset_min = offset;
        kinds(&case)
    };
    assert_eq!(of("2026-06-15T09:00:00", None), []);
    assert_eq!(of("2026-06-14T23:00:00", Some(480)), []);
    assert_eq!(of("2026-06-12T09:00:00", None), [FlagKind::PhotoTime]);
    assert_eq!(of("2025-06-15T09:00:00", None), [FlagKind::PhotoTime]);
    assert_eq!(of("2026-06-18T01:00:00", None), [FlagKind::PhotoTime]);
    assert_eq!(of("2000-01-01T00:00:00", None), [FlagKind::CameraClock]);
    assert_eq!(
        of("2026-06-25T09:00:00", None),
        [FlagKind::CameraClock],
        "after it arrived"
    );
    let mut case = ordinary();
    case.photos[0].camera_time = Some("2026-06-15T09:00:00".parse().unwrap());
    case.photos[0].taken_at = Some(NOON_MS - 2 * DAY_MS);
    assert_eq!(kinds(&case), [FlagKind::CameraClock]);
}

#[test]
fn a_place_is_far_only_beyond_all_doubt() {
    let of = |metres: i64, accuracy: Option<u32>| {
        let mut case = ordinary();
        case.visit.distance_m = Some(metres);
        case.visit.check_in = Some(check_in(north(metres), accuracy, NOON_MS));
        kinds(&case)
    };
    assert_eq!(of(5400, None), []);
    assert_eq!(of(5600, None), [FlagKind::CheckInPlace]);
    assert_eq!(of(9000, Some(5000)), [], "a mast, not a satellite");
    let mut case = ordinary();
    case.photos[0].camera_place = Some(north(12_000));
    assert_eq!(kinds(&case), [FlagKind::PhotoPlace]);
    case.photos[0].camera_place = Some(Point { lat: 0.0, lon: 0.0 });
    assert_eq!(kinds(&case), [], "a receiver without a fix");
    case.photos[0].camera_place = Some(north(12_000));
    case.visit.online = true;
    case.photos.remove(1);
    assert_eq!(
        kinds(&case),
        [],
        "online, from anywhere, with nothing to stamp"
    );
}

#[test]
fn a_journey_is_flagged_on_the_later_visit_alone() {
    let of = |metres: i64, took_ms: i64| {
        let mut case = ordinary();
        case.visit.check_in = Some(check_in(VILLAGE, Some(20), NOON_MS));
        let mut other = visit(20, "421083100202", date(2026, 6, 15));
        other.check_in = Some(check_in(north(metres), Some(20), NOON_MS - took_ms));
        case.others = vec![other.clone(), case.visit.clone()];
        let later = kinds(&case);
        case.others = vec![case.visit.clone(), other.clone()];
        case.visit = other;
        assert_eq!(kinds(&case), []);
        later
    };
    let minute = 60_000;
    assert_eq!(of(8000, 2 * minute), [FlagKind::TwoVillages]);
    assert_eq!(of(1500, 2 * minute), [], "neighbours");
    assert_eq!(of(40_000, 10 * minute), [FlagKind::Speed]);
    assert_eq!(of(40_000, 40 * minute), [], "a fast driver");
    assert_eq!(of(9000, 6 * minute), [], "one bad fix is no journey");
}

/// Numbers that follow from a seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % limit).unwrap()
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below(u64::try_from(most - least + 1).unwrap())
    }

    fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

fn camera_time(at: i64) -> DateTime {
    let at = Timestamp::from_millisecond(at).unwrap();
    at.to_zoned(zone()).datetime()
}

/// An honest visit as they are: far ponds, bad fixes, a week without a network, cameras in other zones, colleagues who
/// share a photo, bursts, forms out of the gallery, the next village on the same morning.
fn honest(random: &mut Random) -> Case {
    let mut case = ordinary();
    let taken = NOON_MS + random.between(-5, 6) * 3_600_000;
    let accuracy = (!random.one_in(5)).then(|| u32::try_from(random.between(5, 2500)).unwrap());
    let blur = accuracy.map_or(400, i64::from);
    let metres = random.between(0, 4500) + random.between(0, blur);
    case.visit.check_in = Some(check_in(north(metres), accuracy, taken));
    case.visit.distance_m = Some(metres);
    case.visit.late_days = random.between(0, 10);
    for photo in &mut case.photos {
        let received = taken + case.visit.late_days * DAY_MS + random.between(0, 3_600_000);
        photo.received_at = received;
        photo.taken_at = Some(taken + random.between(0, 1_800_000));
        if !random.one_in(3) {
            let drift = random.between(-12, 12) * 3_600_000;
            photo.camera_time = Some(camera_time(taken + drift));
            photo.camera_place = Some(north(random.between(0, 5000)));
        }
    }
    case.photos[1].from_gallery = random.one_in(2);
    if random.one_in(4) {
        let mut colleague = visit(20, "421083100201", case.visit.from);
        colleague.person = PersonId(Uuid::from_u128(9));
        case.photos[0].twins = twin(colleague, true);
    }
    if random.one_in(4) {
        let burst = visit(21, "421083100201", case.visit.from);
        case.photos[0].twins.extend(twin(burst, false));
    }
    if random.one_in(2) {
        let earlier = visit(22, "421083100203", date(2026, 6, 1));
        case.photos[1].twins = twin(earlier, false);
    }
    let mut before = visit(23, "421083100202", case.visit.from);
    let minutes = random.between(12, 180);
    let there = north(metres + random.between(1000, minutes * 900));
    before.check_in = Some(check_in(there, Some(30), taken - minutes * 60_000));
    case.others = vec![before];
    case
}

/// Spoils an honest visit in one way.
fn plant(kind: FlagKind, case: &mut Case, random: &mut Random) {
    let scene = &mut case.photos[0];
    let weeks = random.between(3, 300);
    let other_day = case
        .visit
        .from
        .checked_sub(Span::new().days(weeks))
        .unwrap();
    match kind {
        FlagKind::SamePhoto => scene.twins = twin(visit(30, "421083100201", other_day), true),
        FlagKind::SimilarPhoto => scene.twins = twin(visit(30, "421083100204", other_day), false),
        FlagKind::PhotoTime => {
            let taken = NOON_MS - weeks * DAY_MS;
            scene.camera_time = Some(camera_time(taken));
            scene.taken_at = Some(taken);
        }
        FlagKind::CameraClock => {
            scene.camera_time = Some(date(2010, 1, 1).at(0, 3, 0, 0));
        }
        FlagKind::PhotoPlace => {
            scene.camera_place = Some(north(random.between(5500, 60_000)));
        }
        FlagKind::CheckInPlace => {
            let metres = random.between(5500, 60_000);
            case.visit.distance_m = Some(metres);
            case.visit.check_in = Some(check_in(north(metres), Some(30), NOON_MS));
            case.others.clear();
        }
        FlagKind::Gallery => scene.from_gallery = true,
        FlagKind::MockedPosition => {
            case.visit.check_in.as_mut().unwrap().is_mocked = Some(true);
        }
        FlagKind::TwoVillages | FlagKind::Speed => {
            let minutes = match kind {
                FlagKind::Speed => random.between(6, 30),
                _ => random.between(1, 5),
            };
            let metres = random.between(2500, 4000) * (minutes + 1);
            let here = case.visit.check_in.as_mut().unwrap();
            here.accuracy_m = Some(30);
            (here.lat, here.lon) = (VILLAGE.lat, VILLAGE.lon);
            case.visit.distance_m = Some(0);
            let then = here.taken_at.unwrap() - minutes * 60_000;
            let there = check_in(north(metres), Some(30), then);
            case.others[0].check_in = Some(there);
        }
        FlagKind::Backfilled => case.visit.late_days = random.between(8, 60),
        FlagKind::NoConfirmation => {
            case.photos.pop();
        }
    }
}

/// What is asked of each kind, in hundredths of what was planted. False alarms are not allowed at all.
const LEAST_FOUND: i64 = 85;

#[test]
fn planted_visits_are_found_and_honest_ones_are_left_alone() {
    let mut random = Random(20_260_615);
    let mut false_alarms: BTreeMap<FlagKind, usize> = BTreeMap::new();
    for _ in 0..1000 {
        for kind in kinds(&honest(&mut random)) {
            *false_alarms.entry(kind).or_default() += 1;
        }
    }
    for &kind in FlagKind::ALL {
        let (mut found, mut beside) = (0, 0);
        for _ in 0..100 {
            let mut case = honest(&mut random);
            plant(kind, &mut case, &mut random);
            let flagged = kinds(&case);
            found += i64::from(flagged.contains(&kind));
            beside += flagged.iter().filter(|other| **other != kind).count();
        }
        let false_alarms = false_alarms.get(&kind).copied().unwrap_or(0);
        println!(
            "{kind:?}: {found} of 100 planted found, {beside} other flags on them, {false_alarms} of 1000 honest flagged"
        );
        assert!(found >= LEAST_FOUND, "{kind:?}: {found}");
        assert_eq!(false_alarms, 0, "{kind:?}");
    }
}
