//! The conformance vectors of the specification, executed: what they expect is what server and reference client do.
//!
//! The expectations were written by hand or computed by another program; none was copied from our own results.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::edit_time::{ClockReading, Contact, correct};
use tepai_sync_protocol::ids::{NATURAL_KEY_NAMESPACE, RecordId, adoption_id};
use tepai_sync_protocol::mutation::Mutation;
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
    let text = include_str!("../../mobile-client-spec/vectors/natural_key.json");
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
    let text = include_str!("../../mobile-client-spec/vectors/checksum.json");
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
    let text = include_str!("../../mobile-client-spec/vectors/edit_time.json");
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
    let text = include_str!("../../mobile-client-spec/vectors/validation.json");
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
