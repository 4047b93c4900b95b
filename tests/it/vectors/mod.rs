//! The conformance vectors of the specification, executed: what they expect is what server and reference client do.
//!
//! The expectations were written by hand or computed by another program; none was copied from our own results.

mod client;
mod conversations;
mod merge;
mod summary;

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use tepai_domain::geo::{Point, distance_m, to_wgs84};
use tepai_sync_protocol::adoption::{Override, Report, adoption_of, derive};
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::edit_time::{ClockReading, Contact, correct};
use tepai_sync_protocol::ids::{NATURAL_KEY_NAMESPACE, PersonId, RecordId, adoption_id};
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::records::{AdoptionReport, Bulletin, Record, receipt_id};
use tepai_sync_protocol::validate::validate;
use uuid::Uuid;

/// The file's members beside its cases, and its cases.
fn vectors<C: for<'a> Deserialize<'a>>(text: &str, at_least: usize) -> (Value, Vec<C>) {
    let mut file: Value = serde_json::from_str(text).unwrap();
    let cases = file["cases"].take();
    let cases: Vec<C> = serde_json::from_value(cases).unwrap();
    assert!(cases.len() >= at_least, "only {} cases", cases.len());
    (file, cases)
}

#[test]
fn natural_keys_make_the_expected_ids() {
    #[derive(Deserialize)]
    struct Case {
        unit: RecordId,
        technique_code: String,
        season: String,
        id: RecordId,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/natural_key.json");
    let (file, cases) = vectors::<Case>(text, 3);
    assert_eq!(
        NATURAL_KEY_NAMESPACE,
        Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"tepai.records")
    );
    assert_eq!(file["namespace"], NATURAL_KEY_NAMESPACE.to_string());
    for case in cases {
        assert_eq!(
            adoption_id(case.unit, &case.technique_code, &case.season),
            case.id
        );
    }
}

#[test]
fn scopes_have_the_expected_checksums() {
    #[derive(Deserialize)]
    struct Held {
        id: RecordId,
        rev: i64,
    }
    #[derive(Deserialize)]
    struct Case {
        records: Vec<Held>,
        count: i64,
        sum: String,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/checksum.json");
    for case in vectors::<Case>(text, 7).1 {
        let mut tally = Tally::default();
        for record in &case.records {
            tally.add(record.id, record.rev);
        }
        assert_eq!((tally.count, tally.sum_hex()), (case.count, case.sum));
    }
}

#[test]
fn edit_times_are_corrected_as_expected() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        edited: ClockReading,
        now: ClockReading,
        received_at: i64,
        last_offset_ms: Option<i64>,
        not_before: Option<i64>,
        expected: Value,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/edit_time.json");
    for case in vectors::<Case>(text, 10).1 {
        let contact = Contact {
            now: &case.now,
            received_at: case.received_at,
            last_offset_ms: case.last_offset_ms,
        };
        let time = correct(&case.edited, &contact, case.not_before);
        let got = serde_json::json!({"at": time.at, "quality": time.quality});
        assert_eq!(got, case.expected, "{}", case.name);
    }
}

#[test]
fn mutations_are_judged_as_expected() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        mutation: Value,
        expected: Value,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/validation.json");
    let (file, cases) = vectors::<Case>(text, 30);
    let today = file["today"].as_str().unwrap().parse().unwrap();
    for case in cases {
        let mutation = Mutation::read(&case.mutation);
        let problem = match mutation.map(|mutation| validate(&mutation, today)) {
            Ok(Ok(kind)) => {
                assert_eq!(
                    serde_json::json!({"kind": kind}),
                    case.expected,
                    "{}",
                    case.name
                );
                continue;
            }
            Ok(Err(problem)) => problem,
            Err(unreadable) => unreadable.problem,
        };
        let named = |errors: &Value| -> BTreeSet<(String, String)> {
            let errors = errors.as_array().into_iter().flatten();
            errors
                .map(|error| {
                    (
                        error["pointer"].as_str().unwrap().to_owned(),
                        error["code"].as_str().unwrap().to_owned(),
                    )
                })
                .collect()
        };
        let got = serde_json::to_value(&problem).unwrap();
        assert_eq!(got["code"], case.expected["code"], "{}: {got}", case.name);
        assert_eq!(
            named(&got["errors"]),
            named(&case.expected["errors"]),
            "{}",
            case.name
        );
    }
}

#[test]
fn bulletins_are_for_whom_and_when_the_cases_say() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        bulletin: Value,
        villages: Vec<DivisionCode>,
        industries: BTreeSet<String>,
        day: jiff::civil::Date,
        shown: bool,
    }
    #[derive(Deserialize)]
    struct OfReceipt {
        bulletin: RecordId,
        person: PersonId,
        id: RecordId,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/bulletin.json");
    let (mut file, cases) = vectors::<Case>(text, 15);
    for case in cases {
        let bulletin = Bulletin::read(case.bulletin.as_object().unwrap());
        let is_shown =
            bulletin.is_in_force(case.day) && bulletin.is_for(&case.villages, &case.industries);
        assert_eq!(is_shown, case.shown, "{}", case.name);
    }
    let receipts: Vec<OfReceipt> = serde_json::from_value(file["receipts"].take()).unwrap();
    assert_eq!(receipts.len(), 2);
    for of in receipts {
        assert_eq!(receipt_id(of.bulletin, of.person), of.id);
    }
}

#[test]
fn adoptions_follow_from_their_reports_in_any_order() {
    #[derive(Clone, Deserialize)]
    struct Told {
        id: RecordId,
        author: PersonId,
        edited_at: i64,
        fields: Value,
    }
    #[derive(Default, Deserialize)]
    struct Decided {
        stage: Option<String>,
        area_centi_mu: Option<i64>,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        reports: Vec<Told>,
        until: Option<String>,
        #[serde(default)]
        decided: Decided,
        expected: Value,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/adoption.json");
    let mut orders = 0;
    for case in vectors::<Case>(text, 15).1 {
        let until = case.until.map(|until| until.parse().unwrap());
        let decided = Override {
            stage: case.decided.stage,
            area_centi_mu: case.decided.area_centi_mu,
        };
        let reports = case.reports.into_iter().map(|told| Report {
            id: told.id,
            author: told.author,
            edited_at: told.edited_at,
            fields: AdoptionReport::read(told.fields.as_object().unwrap()),
        });
        let reports: Vec<_> = reports.collect();
        let ids: BTreeSet<_> = reports
            .iter()
            .map(|report| adoption_of(&report.fields))
            .collect();
        assert!(ids.len() <= 1, "{}: of one adoption", case.name);
        for order in orders_of(&reports) {
            let got = derive(&order, until, &decided).map(|adoption| adoption.write());
            assert_eq!(serde_json::json!(got), case.expected, "{}", case.name);
            orders += 1;
        }
    }
    assert!(orders > 40, "only {orders} orders");
}

/// Every order of a few things.
fn orders_of<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    if things.is_empty() {
        return vec![Vec::new()];
    }
    let mut orders = Vec::new();
    for (at, first) in things.iter().enumerate() {
        let rest: Vec<T> = [&things[..at], &things[at + 1..]].concat();
        for mut order in orders_of(&rest) {
            order.insert(0, first.clone());
            orders.push(order);
        }
    }
    orders
}

#[test]
fn positions_in_every_datum_come_out_where_expected() {
    #[derive(Deserialize)]
    struct Place {
        lat: f64,
        lon: f64,
    }
    #[derive(Deserialize)]
    struct Case {
        name: String,
        datum: String,
        lat: f64,
        lon: f64,
        wgs84: Place,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/datum.json");
    let (file, cases) = vectors::<Case>(text, 20);
    let tolerance = file["tolerance_m"].as_f64().unwrap();
    assert!(tolerance > 0.0 && tolerance < 1.0);
    for case in cases {
        let got = to_wgs84(case.lat, case.lon, case.datum.parse().unwrap());
        let expected = Point {
            lat: case.wgs84.lat,
            lon: case.wgs84.lon,
        };
        let off = distance_m(got, expected);
        assert!(off <= tolerance, "{}: {off} m off, {got:?}", case.name);
    }
}
