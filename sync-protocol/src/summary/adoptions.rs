//! Adoptions in a fold: each counts once, as its latest fact says.

use super::facts::{AdoptionFact, CellFacts, Stage};
use super::figures::{AdoptionFigures, StageFigures};
use super::ratio::{Ratio, number};
use crate::division::DivisionCode;
use std::collections::BTreeMap;

/// Facts of one adoption together, the latest last; equal ones in an order that does not depend on the input.
pub(super) fn sort_adoptions(facts: &mut [(&DivisionCode, &AdoptionFact<'_>)]) {
    facts.sort_unstable_by(|(village_a, a), (village_b, b)| {
        let by_id = a.id.as_u128().cmp(&b.id.as_u128());
        by_id.then_with(|| (a.on, village_a, a).cmp(&(b.on, village_b, b)))
    });
}

/// Each adoption of these cells once, as its latest fact says, with the village of that fact.
pub fn latest_adoptions<'a>(
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
) -> Vec<(&'a DivisionCode, &'a AdoptionFact<'a>)> {
    let facts = cells.into_iter();
    let mut facts: Vec<_> = facts
        .flat_map(|(village, cell)| cell.adoptions.iter().map(move |fact| (village, fact)))
        .collect();
    latest_of(&mut facts)
}

fn latest_of<'a>(
    facts: &mut [(&'a DivisionCode, &'a AdoptionFact<'a>)],
) -> Vec<(&'a DivisionCode, &'a AdoptionFact<'a>)> {
    sort_adoptions(facts);
    let adoptions = facts.chunk_by(|(_, a), (_, b)| a.id == b.id);
    adoptions
        .filter_map(|facts| facts.last().copied())
        .collect()
}

pub(super) fn adoption_figures<'a>(
    mut facts: Vec<(&'a DivisionCode, &'a AdoptionFact<'a>)>,
) -> AdoptionFigures {
    let latest = latest_of(&mut facts);
    let latest: Vec<&AdoptionFact<'_>> = latest.into_iter().map(|(_, fact)| fact).collect();

    let mut stages: BTreeMap<Stage, StageFigures> = BTreeMap::new();
    let (mut gain, mut gain_of_areas, mut areas) = (0_i128, 0_i128, 0_i64);
    for fact in &latest {
        if let Some(stage) = fact.stage {
            let figures = stages.entry(stage).or_default();
            figures.adoptions += 1;
            let area = fact.area_centi_mu.unwrap_or(0);
            figures.area_centi_mu = figures.area_centi_mu.saturating_add(area);
        }
        if let (Some(before), Some(after)) = (fact.benefit_before_fen, fact.benefit_after_fen) {
            let difference = i128::from(after) - i128::from(before);
            gain += difference;
            if let Some(area) = fact.area_centi_mu.filter(|area| *area > 0) {
                gain_of_areas += difference;
                areas = areas.saturating_add(area);
            }
        }
    }
    AdoptionFigures {
        adoptions: number(latest.len()),
        stages,
        gain_fen: clamped(gain),
        gain_by_area: Ratio::new(clamped(gain_of_areas), areas),
        uptake: uptake(latest),
    }
}

/// Each (site or beneficiary, technique) once, at the stage of its adoption with the latest report; of two
/// seasons reported on one day the later season decides.
fn uptake(mut latest: Vec<&AdoptionFact<'_>>) -> Ratio {
    latest.sort_unstable_by(|a, b| {
        let key = |fact: &AdoptionFact<'_>| (fact.on, season_rank(&fact.season), fact.id);
        let by_unit = a.unit.as_u128().cmp(&b.unit.as_u128());
        by_unit
            .then_with(|| a.technique.cmp(&b.technique))
            .then_with(|| key(a).cmp(&key(b)))
    });
    let pairs = latest.chunk_by(|a, b| (a.unit, &a.technique) == (b.unit, &b.technique));
    let stages = pairs.map(|pair| pair.last().and_then(|fact| fact.stage));
    stages.fold(Ratio::default(), |sum, stage| {
        let adopted = i64::from(stage == Some(Stage::Adopted));
        Ratio::new(sum.numerator + adopted, sum.denominator + 1)
    })
}

/// The order of seasons in time; a whole year stands before its parts.
fn season_rank(season: &str) -> (u16, u8) {
    let (year, part) = season.split_once('-').unwrap_or((season, ""));
    let part = match part {
        "spring" => 1,
        "summer" => 2,
        "autumn" => 3,
        "winter" => 4,
        _ => 0,
    };
    (year.parse().unwrap_or(0), part)
}

fn clamped(sum: i128) -> i64 {
    let edge = if sum < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(sum).unwrap_or(edge)
}
