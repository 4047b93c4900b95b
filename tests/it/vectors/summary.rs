//! The summary vectors: visits become facts, facts are folded, and the measures are those that the vectors say.

use super::vectors;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::records::{Record, Visit};
use tepai_sync_protocol::summary::context::Context;
use tepai_sync_protocol::summary::facts::CellFacts;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::fold::fold;
use tepai_sync_protocol::summary::measure_table::figures;
use tepai_sync_protocol::summary::measures::Value as Measured;
use tepai_sync_protocol::summary::period::Period;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    industry: Option<String>,
    commissioner: Option<PersonId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    division: DivisionCode,
    period: String,
    counted_villages: BTreeSet<DivisionCode>,
    visits: Vec<Map<String, Value>>,
    #[serde(default)]
    filter: Wanted,
    expected: Map<String, Value>,
    #[serde(default)]
    expected_pending: Map<String, Value>,
}

const TEXT: &str = include_str!("../../../mobile-client-spec/vectors/summary.json");

/// The summary of a case, over cells of a village and a month, as a phone or a server would hold them.
fn summary_of(case: &Case, visits: &[Visit]) -> Summary {
    let period: Period = case.period.parse().unwrap();
    let mut cells: BTreeMap<(DivisionCode, usize), CellFacts<'static>> = BTreeMap::new();
    let villages: BTreeSet<_> = visits
        .iter()
        .filter_map(|v| v.village_code.clone())
        .collect();
    for village in villages
        .into_iter()
        .filter(|code| case.division.contains(code))
    {
        for (at, part) in period.parts().enumerate() {
            let here = visits
                .iter()
                .filter(|v| v.village_code.as_ref() == Some(&village));
            let cell = CellFacts::build(part.period());
            let cell = here.fold(cell, |cell, visit| cell.visit(true, visit));
            let facts = cell.finish(&BTreeMap::new());
            let stored = facts.to_json();
            assert_eq!(
                CellFacts::from_json(&stored),
                Some(facts.clone()),
                "{}",
                case.name
            );
            cells.insert((village.clone(), at), facts);
        }
    }
    let counted = case.counted_villages.iter();
    let counted_villages = counted
        .filter(|code| case.division.contains(code))
        .collect();
    let context = Context {
        counted_villages,
        ..Context::default()
    };
    let filter = Filter {
        industry: case.filter.industry.clone(),
        commissioner: case.filter.commissioner,
        ..Filter::default()
    };
    fold(
        cells.iter().map(|((code, _), facts)| (code, facts)),
        &filter,
        &context,
    )
}

fn written(value: Option<Measured>) -> Value {
    match value {
        Some(value) => match value.parts() {
            Some(ratio) => json!([ratio.numerator, ratio.denominator]),
            None => json!(value.number()),
        },
        None => Value::Null,
    }
}

/// The measures that differ from what a case expects.
fn differences(case: &Case, summary: &Summary) -> Vec<String> {
    let figures: BTreeMap<_, _> = figures(summary)
        .map(|figure| {
            (
                figure.measure.code,
                (written(figure.approved), written(figure.pending)),
            )
        })
        .collect();
    let approved = case
        .expected
        .iter()
        .map(|(code, value)| (code, value, true));
    let pending = case
        .expected_pending
        .iter()
        .map(|(code, value)| (code, value, false));
    approved
        .chain(pending)
        .filter_map(|(code, value, is_approved)| {
            let (now, waiting) = figures.get(code.as_str()).expect("a measure");
            let got = if is_approved { now } else { waiting };
            (got != value).then(|| format!("{}: {code}: {got}, expected {value}", case.name))
        })
        .collect()
}

#[test]
fn visits_come_to_the_expected_figures_in_whatever_order() {
    for case in vectors::<Case>(TEXT, 15).1 {
        let mut visits: Vec<Visit> = case.visits.iter().map(Visit::read).collect();
        for _ in 0..2 {
            let found = differences(&case, &summary_of(&case, &visits));
            assert!(found.is_empty(), "{}", found.join("\n"));
            visits.reverse();
        }
    }
}

#[test]
fn a_wrong_expectation_is_found() {
    for mut case in vectors::<Case>(TEXT, 15).1 {
        let visits: Vec<Visit> = case.visits.iter().map(Visit::read).collect();
        for value in case.expected.values_mut() {
            *value = json!(999);
        }
        let found = differences(&case, &summary_of(&case, &visits));
        assert_eq!(found.len(), case.expected.len(), "{}", case.name);
    }
}
