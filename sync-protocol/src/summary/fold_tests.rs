//! Proves summaries by recounting from the records themselves, in another and slower way.
//!
//! The recount below knows nothing of facts, cells or folds. Each trap of a figure that is not the sum of its
//! parts has a test of its own.

use super::context::Context;
use super::facts::{CellFacts, Stage, StandingFacts};
use super::figures::{AdoptionFigures, BaseFigures, FeedbackFigures, Summary, VisitFigures};
use super::filter::Filter;
use super::fold::fold;
use super::group::{GroupBy, GroupKey, group};
use super::measure_table::{MEASURES, figures};
use super::measures::Measure;
use super::period::{Month, Part, Period};
use super::ratio::Ratio;
use crate::adoption::{Override, Report, adoption_of, derive};
use crate::codes;
use crate::division::{DivisionCode, Level};
use crate::ids::{PersonId, RecordId};
use crate::records::{AdoptionReport, Beneficiary, DemoBase, Feedback, Visit};
use jiff::Span;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const VILLAGES: [&str; 6] = [
    "421083100201",
    "421083100202",
    "421083100203",
    "421083101201",
    "421083101202",
    "421083200201",
];
const TECHNIQUES: [&str; 4] = ["T1", "T2", "T3", "T4"];
const PEOPLE: u128 = 5;
const BENEFICIARIES: u128 = 8;

fn village(at: usize) -> DivisionCode {
    VILLAGES[at % VILLAGES.len()].parse().unwrap()
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(100 + n))
}

fn beneficiary(n: u128) -> RecordId {
    RecordId(Uuid::from_u128(200 + n))
}

/// The records of a county, and what is counted of them.
#[derive(Clone, Debug, Default)]
struct World {
    visits: Vec<(bool, Visit)>,
    reports: Vec<(bool, Report)>,
    feedback: Vec<(bool, Feedback, Option<Visit>)>,
    decided: BTreeMap<RecordId, Override>,
    demo_households: BTreeSet<RecordId>,
    bases: Vec<DemoBase>,
    counted: BTreeSet<DivisionCode>,
    catalogue: BTreeMap<String, String>,
}

type Cells = Vec<(DivisionCode, CellFacts<'static>)>;
type Standing = Vec<(DivisionCode, StandingFacts<'static>)>;

impl World {
    fn new() -> Self {
        let industry = |(code, industry): (&str, &str)| (code.to_owned(), industry.to_owned());
        let catalogue = [
            ("T1", "aquaculture"),
            ("T2", "vegetable"),
            ("T3", "aquaculture"),
        ];
        Self {
            counted: (0..5).map(village).collect(),
            catalogue: catalogue.map(industry).into(),
            ..Self::default()
        }
    }

    fn approve(&mut self, visit: Visit) {
        let review_state = Some("approved".to_owned());
        self.visits.push((
            true,
            Visit {
                review_state,
                ..visit
            },
        ));
    }

    /// The facts of all villages in `period`, as a store would keep them: as text, a cell a village and part.
    fn cells(&self, period: Period) -> Cells {
        let here = |of: &Option<DivisionCode>, code: &DivisionCode| of.as_ref() == Some(code);
        let cell = |code: &DivisionCode, part: Part| {
            let mut cell = CellFacts::build(part.period());
            for (is_counted, visit) in &self.visits {
                if here(&visit.village_code, code) {
                    cell = cell.visit(*is_counted, visit);
                }
            }
            for (is_counted, report) in &self.reports {
                if here(&report.fields.village_code, code) {
                    cell = cell.report(*is_counted, report.clone());
                }
            }
            for (is_counted, feedback, visit) in &self.feedback {
                if here(&feedback.village_code, code) {
                    cell = cell.feedback(*is_counted, feedback, visit.as_ref());
                }
            }
            let facts = cell.finish(&self.decided);
            assert_eq!(
                CellFacts::from_json(&facts.to_json()).as_ref(),
                Some(&facts)
            );
            (code.clone(), facts)
        };
        let codes: Vec<_> = (0..VILLAGES.len()).map(village).collect();
        codes
            .iter()
            .flat_map(|code| period.parts().map(move |part| cell(code, part)))
            .collect()
    }

    fn standing(&self) -> Standing {
        let of = |at: usize| {
            let code = village(at);
            let households: Vec<_> = (0..BENEFICIARIES)
                .filter(|n| home(*n) == code)
                .map(|n| {
                    let is_demo_household = Some(self.demo_households.contains(&beneficiary(n)));
                    (
                        beneficiary(n),
                        Beneficiary {
                            is_demo_household,
                            is_local_expert: Some(is_expert(n)),
                            ..Beneficiary::default()
                        },
                    )
                })
                .collect();
            let bases = self
                .bases
                .iter()
                .filter(|base| base.village_code.as_ref() == Some(&code));
            let facts = StandingFacts::build(households.iter().map(|(id, one)| (*id, one)), bases);
            assert_eq!(
                StandingFacts::from_json(&facts.to_json()).as_ref(),
                Some(&facts)
            );
            (code, facts)
        };
        (0..VILLAGES.len()).map(of).collect()
    }

    fn summary(&self, scope: &str, period: &str, filter: &Filter) -> Summary {
        let scope: DivisionCode = scope.parse().unwrap();
        let (cells, standing) = (self.cells(period.parse().unwrap()), self.standing());
        fold(
            within(&scope, &cells),
            filter,
            &self.context(&scope, &standing),
        )
    }

    fn number(&self, scope: &str, period: &str, code: &str) -> Option<i64> {
        let summary = self.summary(scope, period, &Filter::default());
        Measure::find(code)
            .unwrap()
            .of(&summary)
            .approved
            .unwrap()
            .number()
    }

    fn context<'a>(&'a self, scope: &DivisionCode, standing: &'a Standing) -> Context<'a> {
        Context {
            standing: standing
                .iter()
                .filter(|(code, _)| scope.contains(code))
                .map(|(code, facts)| (code, facts))
                .collect(),
            counted_villages: self
                .counted
                .iter()
                .filter(|code| scope.contains(code))
                .collect(),
            technique_industry: &self.catalogue,
        }
    }
}

/// The village that a beneficiary belongs to.
fn home(n: u128) -> DivisionCode {
    village(usize::try_from(n).unwrap())
}

fn within<'a>(
    scope: &DivisionCode,
    cells: &'a Cells,
) -> Vec<(&'a DivisionCode, &'a CellFacts<'a>)> {
    let inside = cells.iter().filter(|(code, _)| scope.contains(code));
    inside.map(|(code, facts)| (code, facts)).collect()
}

// --- The recount.

fn recount(world: &World, scope: &DivisionCode, period: Period, filter: &Filter) -> Summary {
    let inside =
        |code: &Option<DivisionCode>| code.as_ref().is_some_and(|code| scope.contains(code));
    let visits: Vec<&Visit> = world
        .visits
        .iter()
        .filter(|(is_counted, visit)| {
            *is_counted
                && inside(&visit.village_code)
                && period.contains(visit.service_from.unwrap())
                && matches(visit, filter)
        })
        .map(|(_, visit)| visit)
        .collect();
    let feedback: Vec<(&Feedback, Option<&Visit>)> = world
        .feedback
        .iter()
        .filter(|(is_counted, feedback, visit)| {
            *is_counted
                && inside(&feedback.village_code)
                && period.contains(feedback.given_on.unwrap())
                && matches(visit.as_ref().unwrap_or(&Visit::default()), filter)
        })
        .map(|(_, feedback, visit)| (feedback, visit.as_ref()))
        .collect();
    let returned = ["returned", "not_recognised", "withdrawn"];
    let is_returned = |visit: &&&Visit| returned.contains(&state(visit));
    let only_visits =
        filter.mode.is_some() || filter.chain_stage.is_some() || filter.service_mode.is_some();
    Summary {
        approved: recount_visits(world, scope, filter, &visits, &feedback, &["approved"]),
        pending: recount_visits(
            world,
            scope,
            filter,
            &visits,
            &feedback,
            &["submitted", "township_passed", ""],
        ),
        returned_visits: length(visits.iter().filter(is_returned).count()),
        adoption: (!only_visits).then(|| recount_adoptions(world, scope, period, filter)),
        bases: (!only_visits && filter.commissioner.is_none()).then(|| {
            let mut figures = BaseFigures::default();
            for base in world.bases.iter().filter(|base| inside(&base.village_code)) {
                let techniques = base.technique_codes.clone().unwrap_or_default();
                let fits = |code: &String| technique_matches(world, code, filter);
                let unfiltered = filter.technique.is_none() && filter.industry.is_none();
                if unfiltered || techniques.iter().any(fits) {
                    figures.demo_bases += 1;
                    figures.demo_area_centi_mu += base.demo_area_centi_mu.unwrap_or(0);
                    figures.radiated_area_centi_mu += base.radiated_area_centi_mu.unwrap_or(0);
                    figures.radiated_households += base.radiated_households.unwrap_or(0);
                }
            }
            figures
        }),
    }
}

fn state(visit: &Visit) -> &str {
    visit.review_state.as_deref().unwrap_or("")
}

fn people(visit: &Visit) -> BTreeSet<PersonId> {
    let others = visit.participant_ids.clone().unwrap_or_default();
    others.into_iter().chain(visit.commissioner_id).collect()
}

fn matches(visit: &Visit, filter: &Filter) -> bool {
    let same =
        |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
    let techniques = visit.technique_codes.clone().unwrap_or_default();
    same(&filter.industry, &visit.industry)
        && same(&filter.mode, &visit.mode)
        && same(&filter.chain_stage, &visit.chain_stage)
        && same(&filter.service_mode, &visit.service_mode)
        && filter
            .technique
            .as_ref()
            .is_none_or(|code| techniques.contains(code))
        && filter
            .commissioner
            .is_none_or(|one| people(visit).contains(&one))
}

fn technique_matches(world: &World, code: &str, filter: &Filter) -> bool {
    filter
        .technique
        .as_ref()
        .is_none_or(|wanted| wanted == code)
        && filter
            .industry
            .as_ref()
            .is_none_or(|wanted| world.catalogue.get(code) == Some(wanted))
}

/// Every third beneficiary.
fn is_expert(n: u128) -> bool {
    n.is_multiple_of(3)
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap()
}

#[expect(
    clippy::too_many_lines,
    reason = "one recount of all figures, to be read beside the fold"
)]
fn recount_visits(
    world: &World,
    scope: &DivisionCode,
    filter: &Filter,
    visits: &[&Visit],
    feedback: &[(&Feedback, Option<&Visit>)],
    states: &[&str],
) -> VisitFigures {
    let visits: Vec<_> = visits
        .iter()
        .filter(|visit| states.contains(&state(visit)))
        .collect();
    let (mut days, mut person_days, mut persons) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut villages, mut served) = (BTreeSet::new(), BTreeSet::new());
    let (mut techniques, mut varieties) = (BTreeSet::new(), BTreeSet::new());
    let mut figures = VisitFigures::default();
    for visit in visits {
        figures.visits += 1;
        let from = visit.service_from.unwrap();
        let mut on_day = vec![from];
        while visit
            .service_to
            .is_some_and(|to| on_day[on_day.len() - 1] < to)
        {
            on_day.push(on_day[on_day.len() - 1].tomorrow().unwrap());
        }
        for day in on_day {
            days.insert(day);
            for one in people(visit) {
                if filter.commissioner.is_none_or(|wanted| wanted == one) {
                    person_days.insert((day, one));
                    persons.insert(one);
                }
            }
        }
        villages.insert(visit.village_code.clone().unwrap());
        served.extend(visit.beneficiary_ids.clone().unwrap_or_default());
        techniques.extend(visit.technique_codes.clone().unwrap_or_default());
        varieties.extend(visit.variety_names.clone().unwrap_or_default());
        figures.counters.leaflets += visit.leaflets.unwrap_or(0);
        figures.counters.problems_solved += visit.problems_solved.unwrap_or(0);
        figures.counters.disease_cases += visit.disease_cases.unwrap_or(0);
        figures.counters.training_sessions += visit.training_sessions.unwrap_or(0);
        figures.counters.training_attendances += visit.training_attendances.unwrap_or(0);
        figures.counters.training_persons += visit.training_persons.unwrap_or(0);
    }
    if filter.technique.is_some() {
        techniques.retain(|code| filter.technique.as_ref() == Some(code));
    }
    let households: BTreeSet<RecordId> = (0..BENEFICIARIES)
        .filter(|n| scope.contains(&home(*n)))
        .map(beneficiary)
        .filter(|id| world.demo_households.contains(id))
        .collect();
    let counted: BTreeSet<_> = world
        .counted
        .iter()
        .filter(|code| scope.contains(code))
        .collect();
    let scores: Vec<&str> = feedback
        .iter()
        .filter(|(_, visit)| states.contains(&visit.map_or("", state)))
        .map(|(feedback, _)| feedback.score.as_deref().unwrap())
        .collect();
    let said = |word: &str| length(scores.iter().filter(|score| **score == word).count());
    let linked = |word: &str| {
        let about = feedback.iter().filter(|(one, visit)| {
            one.source.as_deref() == Some(word) && states.contains(&visit.map_or("", state))
        });
        length(about.count())
    };
    let experts: BTreeSet<RecordId> = (0..BENEFICIARIES)
        .filter(|n| scope.contains(&home(*n)) && is_expert(*n))
        .map(beneficiary)
        .collect();
    let runners: Vec<RecordId> = world
        .bases
        .iter()
        .filter(|base| scope.contains(base.village_code.as_ref().unwrap()))
        .filter_map(|base| base.beneficiary_id)
        .collect();
    let runners_served = runners.iter().filter(|id| served.contains(id)).count();
    VisitFigures {
        service_days: length(days.len()),
        person_days: length(person_days.len()),
        villages: length(villages.len()),
        commissioners: length(persons.len()),
        beneficiaries: length(served.len()),
        techniques: length(techniques.len()),
        varieties: length(varieties.len()),
        reach: Ratio::new(
            length(households.intersection(&served).count()),
            length(households.len()),
        ),
        village_coverage: Ratio::new(
            length(
                counted
                    .iter()
                    .filter(|code| villages.contains(**code))
                    .count(),
            ),
            length(counted.len()),
        ),
        feedback: FeedbackFigures {
            satisfied: said("satisfied"),
            fair: said("fair"),
            dissatisfied: said("dissatisfied"),
            by_phone_link: linked("phone_link"),
            by_office_link: linked("office_link"),
        },
        experts: Ratio::new(
            length(experts.intersection(&served).count()),
            length(experts.len()),
        ),
        bases_served: Ratio::new(length(runners_served), length(runners.len())),
        ..figures
    }
}

/// Date of the latest report, season in the order of time, adoption, whether adopted.
type InSeason = (Date, String, RecordId, bool);

fn recount_adoptions(
    world: &World,
    scope: &DivisionCode,
    period: Period,
    filter: &Filter,
) -> AdoptionFigures {
    let mut by_adoption: BTreeMap<RecordId, Vec<Report>> = BTreeMap::new();
    for (is_counted, report) in &world.reports {
        let inside = report
            .fields
            .village_code
            .as_ref()
            .is_some_and(|code| scope.contains(code));
        let technique = report.fields.technique_code.as_deref().unwrap();
        if *is_counted && inside && technique_matches(world, technique, filter) {
            let reports = by_adoption
                .entry(adoption_of(&report.fields).unwrap())
                .or_default();
            reports.push(report.clone());
        }
    }
    by_adoption.retain(|_, reports| {
        reports.iter().any(|report| {
            period.contains(report.fields.reported_on.unwrap())
                && filter.commissioner.is_none_or(|one| one == report.author)
        })
    });
    let mut figures = AdoptionFigures::default();
    let mut pairs: BTreeMap<(RecordId, String), Vec<InSeason>> = BTreeMap::new();
    for (id, reports) in &by_adoption {
        let none = Override::default();
        let decided = world.decided.get(id).unwrap_or(&none);
        let found = derive(reports, Some(period.to()), decided).unwrap();
        let stage: Stage = found.stage.as_deref().unwrap().parse().unwrap();
        figures.adoptions += 1;
        let of_stage = figures.stages.entry(stage).or_default();
        of_stage.adoptions += 1;
        of_stage.area_centi_mu += found.area_centi_mu.unwrap_or(0);
        if let (Some(before), Some(after)) = (found.benefit_before_fen, found.benefit_after_fen) {
            figures.gain_fen += after - before;
            if found.area_centi_mu.unwrap_or(0) > 0 {
                figures.gain_by_area.numerator += after - before;
                figures.gain_by_area.denominator += found.area_centi_mu.unwrap();
            }
        }
        let unit = found.site_id.or(found.beneficiary_id).unwrap();
        let season = found
            .season
            .unwrap()
            .replace("spring", "1")
            .replace("autumn", "3");
        let pair = pairs
            .entry((unit, found.technique_code.unwrap()))
            .or_default();
        pair.push((
            found.stage_on.unwrap(),
            season,
            *id,
            stage == Stage::Adopted,
        ));
    }
    let adopted = |seasons: &&Vec<InSeason>| seasons.iter().max().unwrap().3;
    figures.uptake = Ratio::new(
        length(pairs.values().filter(adopted).count()),
        length(pairs.len()),
    );
    figures
}

// --- Random worlds.

fn day(offset: i64) -> Date {
    date(2026, 4, 1).saturating_add(Span::new().days(offset))
}

fn bits(mask: u8, count: u128) -> impl Iterator<Item = u128> {
    (0..count).filter(move |n| mask & (1 << n) != 0)
}

fn pick(list: &codes::CodeList, at: usize) -> Option<String> {
    list.codes.get(at).map(|entry| entry.code.to_owned())
}

fn any_visit() -> impl Strategy<Value = (bool, Visit)> {
    let what = (
        0..6_usize,
        0..91_i64,
        prop::option::of(-3..5_i64),
        0..PEOPLE,
        any::<u8>(),
    );
    let codes = (0..8_usize, 0..4_usize, 0..6_usize, 0..4_usize, 0..3_usize);
    let sets = (any::<u8>(), any::<u8>(), any::<u8>());
    let counters = prop::array::uniform6(prop::option::of(0..9_i64));
    (what, codes, sets, counters, prop::bool::weighted(0.9)).prop_map(
        |(what, codes, sets, counters, is_counted)| {
            let (at, from, length, author, others) = what;
            let (state, industry, mode, chain_stage, service_mode) = codes;
            let (techniques, beneficiaries, varieties) = sets;
            let visit = Visit {
                village_code: Some(village(at)),
                service_from: Some(day(from)),
                service_to: length.map(|length| day(from + length)),
                commissioner_id: (author > 0).then(|| person(author)),
                participant_ids: Some(bits(others & 0b10_0110, PEOPLE + 1).map(person).collect()),
                // Most are approved; the last stands for none.
                review_state: if state < 6 {
                    pick(&codes::REVIEW_STATE, if state < 3 { 2 } else { state - 1 })
                } else {
                    pick(&codes::REVIEW_STATE, state - 6)
                },
                industry: pick(&codes::INDUSTRY, industry),
                mode: pick(&codes::VISIT_MODE, mode),
                chain_stage: pick(&codes::CHAIN_STAGE, chain_stage),
                service_mode: pick(&codes::SERVICE_MODE, service_mode),
                technique_codes: Some(bits(techniques, 4).map(|n| format!("T{}", n + 1)).collect()),
                beneficiary_ids: Some(
                    bits(beneficiaries, BENEFICIARIES)
                        .map(beneficiary)
                        .collect(),
                ),
                variety_names: Some(bits(varieties, 3).map(|n| format!("品种{n}")).collect()),
                problems_solved: counters[0],
                leaflets: counters[1],
                disease_cases: counters[2],
                training_sessions: counters[3],
                training_attendances: counters[4],
                training_persons: counters[5],
                ..Visit::default()
            };
            (is_counted, visit)
        },
    )
}

fn any_report() -> impl Strategy<Value = (bool, Report)> {
    let what = (
        0..4_u128,
        0..3_u128,
        0..4_usize,
        0..4_usize,
        0..91_i64,
        0..PEOPLE,
    );
    let area = prop::option::of(0..900_i64);
    let benefits = (prop::option::of(-90..90_i64), prop::option::of(-90..90_i64));
    let order = (0..3_i64, any::<u64>(), prop::bool::weighted(0.9));
    (what, 0..6_usize, area, benefits, order).prop_map(|(what, stage, area, benefits, order)| {
        let (owner, site, technique, season, on, author) = what;
        let report = Report {
            id: RecordId(Uuid::from_u128(order.1.into())),
            author: person(author),
            edited_at: order.0,
            fields: AdoptionReport {
                village_code: Some(home(owner)),
                beneficiary_id: Some(beneficiary(owner)),
                site_id: (site > 0).then(|| RecordId(Uuid::from_u128(500 + owner * 10 + site))),
                technique_code: Some(TECHNIQUES[technique].to_owned()),
                season: Some(["2025", "2026", "2026-spring", "2026-autumn"][season].to_owned()),
                stage: pick(&codes::ADOPTION_STAGE, stage),
                reported_on: Some(day(on)),
                area_centi_mu: area,
                benefit_before_fen: benefits.0,
                benefit_after_fen: benefits.1,
                ..AdoptionReport::default()
            },
        };
        (order.2, report)
    })
}

fn any_world() -> impl Strategy<Value = World> {
    let feedback = (
        any::<prop::sample::Index>(),
        0..91_i64,
        0..3_usize,
        any::<bool>(),
        any::<bool>(),
    );
    (
        prop::collection::vec(any_visit(), 1..40),
        prop::collection::vec(any_report(), 0..40),
        prop::collection::vec(feedback, 0..15),
        any::<u8>(),
        prop::collection::vec((0..6_usize, any::<u8>(), 0..900_i64), 0..5),
        (
            any::<prop::sample::Index>(),
            0..7_usize,
            prop::option::of(0..900_i64),
        ),
    )
        .prop_map(
            |(visits, reports, feedback, demo, bases, (at, stage, area))| {
                let mut world = World::new();
                world.feedback = feedback
                    .into_iter()
                    .map(|(at, on, score, is_counted, is_known)| {
                        let (_, visit) = &visits[at.index(visits.len())];
                        let feedback = Feedback {
                            village_code: visit.village_code.clone(),
                            given_on: Some(day(on)),
                            score: pick(&codes::SATISFACTION, score),
                            source: pick(&codes::FEEDBACK_SOURCE, usize::try_from(on).unwrap() % 4),
                            ..Feedback::default()
                        };
                        (is_counted, feedback, is_known.then(|| visit.clone()))
                    })
                    .collect();
                if let Some((_, report)) =
                    (!reports.is_empty()).then(|| &reports[at.index(reports.len())])
                {
                    let stage = pick(&codes::ADOPTION_STAGE, stage);
                    let decided = Override {
                        stage,
                        area_centi_mu: area,
                    };
                    world.decided = [(adoption_of(&report.fields).unwrap(), decided)].into();
                }
                world.bases = bases
                    .into_iter()
                    .map(|(at, techniques, area)| DemoBase {
                        village_code: Some(village(at)),
                        technique_codes: Some(
                            bits(techniques, 4).map(|n| format!("T{}", n + 1)).collect(),
                        ),
                        demo_area_centi_mu: Some(area),
                        radiated_area_centi_mu: Some(area * 10),
                        radiated_households: Some(area / 7),
                        // Two of three have a runner that is known.
                        beneficiary_id: (area % 3 != 0)
                            .then(|| beneficiary(u128::try_from(area).unwrap() % BENEFICIARIES)),
                        ..DemoBase::default()
                    })
                    .collect();
                world.demo_households = bits(demo, BENEFICIARIES).map(beneficiary).collect();
                world.visits = visits;
                world.reports = reports;
                world
            },
        )
}

fn any_filter() -> impl Strategy<Value = Filter> {
    let rarely = |list: &'static codes::CodeList| {
        let words: Vec<_> = list
            .codes
            .iter()
            .map(|entry| entry.code.to_owned())
            .collect();
        prop::option::weighted(0.15, prop::sample::select(words))
    };
    let techniques = prop::sample::select(TECHNIQUES.map(str::to_owned).to_vec());
    (
        prop::option::weighted(0.25, prop::sample::select(vec!["aquaculture", "vegetable"])),
        prop::option::weighted(0.25, techniques),
        prop::option::weighted(0.25, 0..PEOPLE),
        rarely(&codes::VISIT_MODE),
        rarely(&codes::CHAIN_STAGE),
        rarely(&codes::SERVICE_MODE),
    )
        .prop_map(
            |(industry, technique, commissioner, mode, chain_stage, service_mode)| Filter {
                industry: industry.map(str::to_owned),
                technique,
                commissioner: commissioner.map(person),
                mode,
                chain_stage,
                service_mode,
            },
        )
}

fn any_scope() -> impl Strategy<Value = DivisionCode> {
    let scopes = [
        "421083",
        "421083100",
        "421083101",
        "421083100201",
        "421083200201",
    ];
    prop::sample::select(scopes.map(|text| text.parse().unwrap()).to_vec())
}

fn any_period() -> impl Strategy<Value = Period> {
    let whole = ["2026-Q2", "2026", "2026-05", "2026-04..2026-05"];
    let whole = prop::sample::select(whole.map(|text| text.parse().unwrap()).to_vec());
    let cut = (0..91_i64, 0..60_i64)
        .prop_map(|(from, length)| Period::new(day(from), day(from + length)).unwrap());
    prop_oneof![whole, cut]
}

const ALL_GROUPS: [GroupBy; 10] = [
    GroupBy::Month,
    GroupBy::Industry,
    GroupBy::Technique,
    GroupBy::Commissioner,
    GroupBy::Mode,
    GroupBy::ChainStage,
    GroupBy::ServiceMode,
    GroupBy::Division(Level::County),
    GroupBy::Division(Level::Township),
    GroupBy::Division(Level::Village),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_fold_equals_a_recount_of_the_records(
        world in any_world(),
        scope in any_scope(),
        period in any_period(),
        filter in any_filter(),
    ) {
        let (cells, standing) = (world.cells(period), world.standing());
        let context = world.context(&scope, &standing);
        let mut inside = within(&scope, &cells);
        let summary = fold(inside.iter().copied(), &filter, &context);
        prop_assert_eq!(&summary, &recount(&world, &scope, period, &filter));
        inside.reverse();
        prop_assert_eq!(&fold(inside.iter().copied(), &filter, &context), &summary);
        inside.sort_by_key(|(code, _)| code.as_str().chars().rev().collect::<String>());
        prop_assert_eq!(&fold(inside, &filter, &context), &summary);
    }

    #[test]
    fn every_row_of_a_table_is_a_recount_of_its_own(
        world in any_world(),
        period in any_period(),
        filter in any_filter(),
        by in prop::sample::select(ALL_GROUPS.to_vec()),
    ) {
        let county: DivisionCode = "421083".parse().unwrap();
        let (cells, standing) = (world.cells(period), world.standing());
        let context = world.context(&county, &standing);
        let rows = group(within(&county, &cells), by, &filter, &context);
        prop_assert!(rows.is_sorted_by(|a, b| a.key < b.key));
        for row in &rows {
            let (mut scope, mut days, mut own) = (county.clone(), period, filter.clone());
            match &row.key {
                GroupKey::Month(month) => {
                    let from = month.first().max(period.from());
                    days = Period::new(from, month.last().min(period.to())).unwrap();
                }
                GroupKey::Division(code) => scope = code.clone(),
                GroupKey::Technique(code) => own.technique = Some(code.clone()),
                GroupKey::Commissioner(id) => own.commissioner = Some(*id),
                GroupKey::Word(word) => {
                    let word = Some((*word).to_owned());
                    match by {
                        GroupBy::Industry => own.industry = word,
                        GroupBy::Mode => own.mode = word,
                        GroupBy::ChainStage => own.chain_stage = word,
                        _ => own.service_mode = word,
                    }
                }
            }
            let mut expected = recount(&world, &scope, days, &own);
            if by == GroupBy::Month {
                expected.bases = None;
            }
            prop_assert_eq!(&row.summary, &expected, "{:?} {}", by, row.key);
        }
        // Nothing is left without a row.
        let whole = fold(within(&county, &cells), &filter, &context);
        let sum = |read: fn(&Summary) -> i64| rows.iter().map(|row| read(&row.summary)).sum::<i64>();
        match by {
            GroupBy::Month | GroupBy::Division(_) => {
                prop_assert_eq!(sum(|one| one.approved.visits), whole.approved.visits);
                prop_assert_eq!(sum(|one| one.pending.visits), whole.pending.visits);
                prop_assert_eq!(sum(|one| one.returned_visits), whole.returned_visits);
            }
            GroupBy::Commissioner => {
                prop_assert_eq!(sum(|one| one.approved.person_days), whole.approved.person_days);
                prop_assert_eq!(sum(|one| one.approved.commissioners), whole.approved.commissioners);
            }
            _ => {}
        }
    }

    #[test]
    fn additive_measures_add_up_over_villages_and_months(world in any_world()) {
        let cells = world.cells("2026-Q2".parse().unwrap());
        let of = |cells: &[(DivisionCode, CellFacts<'_>)]| {
            let cells = cells.iter().map(|(code, facts)| (code, facts));
            fold(cells, &Filter::default(), &Context::default())
        };
        let whole = of(&cells);
        let parts: Vec<_> = cells.chunks(1).map(of).collect();
        for figure in figures(&whole).filter(|figure| figure.measure.is_additive) {
            let number = |part| figure.measure.of(part).approved.unwrap().number().unwrap();
            let sum: i64 = parts.iter().map(number).sum();
            prop_assert_eq!(figure.approved.unwrap().number(), Some(sum), "{}", figure.measure.code);
        }
    }
}

// --- The traps: figures that are not the sum of their parts.

fn service(at: usize, on: Date, who: u128) -> Visit {
    Visit {
        village_code: Some(village(at)),
        service_from: Some(on),
        commissioner_id: Some(person(who)),
        ..Visit::default()
    }
}

fn reported(owner: u128, on: Date, stage: &str, who: u128) -> Report {
    Report {
        id: RecordId(Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            format!("{owner}{on}{stage}{who}").as_bytes(),
        )),
        author: person(who),
        edited_at: 0,
        fields: AdoptionReport {
            village_code: Some(home(owner)),
            beneficiary_id: Some(beneficiary(owner)),
            technique_code: Some("T1".to_owned()),
            season: Some("2026".to_owned()),
            stage: Some(stage.to_owned()),
            reported_on: Some(on),
            ..AdoptionReport::default()
        },
    }
}

const COUNTY: &str = "421083";
const TOWNSHIPS: [&str; 3] = ["421083100", "421083101", "421083200"];

fn of_townships(world: &World, code: &str) -> i64 {
    TOWNSHIPS
        .iter()
        .filter_map(|township| world.number(township, "2026-06", code))
        .sum()
}

#[test]
fn a_household_a_technique_and_a_variety_met_twice_count_once() {
    let mut world = World::new();
    for at in [0, 1, 3] {
        world.approve(Visit {
            beneficiary_ids: Some([beneficiary(0)].into()),
            technique_codes: Some(["T1".to_owned()].into()),
            variety_names: Some(["长丰鲢".to_owned()].into()),
            ..service(at, date(2026, 6, 1), 1)
        });
    }
    world.demo_households = [beneficiary(0)].into();
    for code in ["beneficiaries", "techniques", "varieties", "commissioners"] {
        assert_eq!(world.number(COUNTY, "2026-06", code), Some(1), "{code}");
        assert_eq!(
            world.number(TOWNSHIPS[0], "2026-06", code),
            Some(1),
            "{code}"
        );
        assert_eq!(of_townships(&world, code), 2, "{code}");
    }
    assert_eq!(world.number(COUNTY, "2026-06", "villages"), Some(3));
    assert_eq!(world.number(COUNTY, "2026-06", "demo_households"), Some(1));
    assert_eq!(world.number(COUNTY, "2026-06", "reach"), Some(10_000));
}

#[test]
fn two_villages_in_one_day_are_one_day_and_two_visits() {
    let mut world = World::new();
    world.approve(service(0, date(2026, 6, 1), 1));
    world.approve(service(1, date(2026, 6, 1), 1));
    for (code, number) in [
        ("visits", 2),
        ("service_days", 1),
        ("person_days", 1),
        ("villages", 2),
    ] {
        assert_eq!(
            world.number(TOWNSHIPS[0], "2026-06", code),
            Some(number),
            "{code}"
        );
    }
}

#[test]
fn two_townships_in_one_day_count_in_both_and_once_in_the_county() {
    let mut world = World::new();
    world.approve(service(0, date(2026, 6, 1), 1));
    world.approve(service(3, date(2026, 6, 1), 1));
    for code in ["person_days", "service_days", "commissioners"] {
        assert_eq!(world.number(COUNTY, "2026-06", code), Some(1), "{code}");
        assert_eq!(of_townships(&world, code), 2, "{code}");
    }
}

#[test]
fn a_joint_visit_is_one_for_the_village_and_one_for_each_member() {
    let mut world = World::new();
    world.approve(Visit {
        participant_ids: Some([person(1), person(2), person(3)].into()),
        training_attendances: Some(30),
        ..service(0, date(2026, 6, 1), 1)
    });
    for (code, number) in [
        ("visits", 1),
        ("service_days", 1),
        ("person_days", 3),
        ("training_attendances", 30),
    ] {
        assert_eq!(
            world.number(COUNTY, "2026-06", code),
            Some(number),
            "{code}"
        );
    }
    let (cells, standing) = (world.cells("2026-06".parse().unwrap()), world.standing());
    let county = COUNTY.parse().unwrap();
    let context = world.context(&county, &standing);
    let rows = group(
        within(&county, &cells),
        GroupBy::Commissioner,
        &Filter::default(),
        &context,
    );
    assert_eq!(rows.len(), 3);
    for row in rows {
        let figures = row.summary.approved;
        assert_eq!(
            (figures.visits, figures.person_days, figures.commissioners),
            (1, 1, 1)
        );
        assert_eq!(figures.counters.training_attendances, 30);
        assert_eq!(row.summary.bases, None);
    }
}

#[test]
fn an_area_is_its_latest_state_and_not_the_sum_of_reports() {
    let mut world = World::new();
    let stated = [
        (date(2026, 5, 1), "adopted", Some(1000), 1),
        (date(2026, 6, 1), "adopted", Some(800), 2),
        (date(2026, 6, 9), "adopted", None, 1),
    ];
    for (on, stage, area, who) in stated {
        let mut report = reported(0, on, stage, who);
        report.fields.area_centi_mu = area;
        world.reports.push((true, report));
    }
    for (period, area) in [
        ("2026-05", 1000),
        ("2026-06", 800),
        ("2026-Q2", 800),
        ("2026", 800),
    ] {
        assert_eq!(
            world.number(COUNTY, period, "adopted_area_centi_mu"),
            Some(area),
            "{period}"
        );
        assert_eq!(
            world.number(COUNTY, period, "adoptions"),
            Some(1),
            "{period}"
        );
    }
    assert_eq!(
        world.number(COUNTY, "2026-07", "adoptions"),
        Some(0),
        "nothing was reported"
    );
    assert_eq!(
        world.number(COUNTY, "2026-05-02..2026-06-08", "adopted_area_centi_mu"),
        Some(800)
    );
}

#[test]
fn what_two_people_report_of_one_household_counts_once_and_for_each_of_them() {
    let mut world = World::new();
    world
        .reports
        .push((true, reported(0, date(2026, 6, 1), "trial", 1)));
    world
        .reports
        .push((true, reported(0, date(2026, 6, 2), "adopted", 2)));
    assert_eq!(world.number(COUNTY, "2026-06", "adoptions"), Some(1));
    assert_eq!(world.number(COUNTY, "2026-06", "uptake"), Some(10_000));
    for who in [1, 2] {
        let filter = Filter {
            commissioner: Some(person(who)),
            ..Filter::default()
        };
        let figures = world.summary(COUNTY, "2026-06", &filter).adoption.unwrap();
        assert_eq!((figures.adoptions, figures.uptake), (1, Ratio::new(1, 1)));
    }
}

#[test]
fn of_two_seasons_reported_on_one_day_the_later_one_decides_the_uptake() {
    let seasons = [
        "2025-winter",
        "2026",
        "2026-spring",
        "2026-summer",
        "2026-autumn",
    ];
    for pair in seasons.windows(2) {
        for (stages, adopted) in [(["abandoned", "adopted"], 1), (["adopted", "abandoned"], 0)] {
            let mut world = World::new();
            for (season, stage) in pair.iter().zip(stages) {
                let mut report = reported(0, date(2026, 6, 1), stage, 1);
                report.fields.season = Some((*season).to_owned());
                world.reports.push((true, report));
            }
            let figures = world
                .summary(COUNTY, "2026-06", &Filter::default())
                .adoption
                .unwrap();
            assert_eq!(
                (figures.adoptions, figures.uptake),
                (2, Ratio::new(adopted, 1)),
                "{pair:?}"
            );
        }
    }
}

#[test]
fn a_gain_per_mu_is_no_mean_of_means() {
    let mut world = World::new();
    // 100 yuan on 1 mu, and 100 yuan on 9 mu: 20 yuan a mu, not the mean of 100 and 11.11.
    for (owner, area) in [(0, Some(100)), (3, Some(900)), (4, None)] {
        let mut report = reported(owner, date(2026, 6, 1), "adopted", 1);
        report.fields.area_centi_mu = area;
        report.fields.benefit_before_fen = Some(5_000);
        report.fields.benefit_after_fen = Some(15_000);
        world.reports.push((true, report));
    }
    assert_eq!(
        world.number(COUNTY, "2026-06", "benefit_gain_fen"),
        Some(30_000)
    );
    assert_eq!(
        world.number(COUNTY, "2026-06", "benefit_gain_fen_per_mu"),
        Some(2_000)
    );
    assert_eq!(
        world.number(TOWNSHIPS[0], "2026-06", "benefit_gain_fen_per_mu"),
        Some(10_000)
    );
    assert_eq!(
        world.number(TOWNSHIPS[1], "2026-06", "benefit_gain_fen_per_mu"),
        Some(1_111)
    );
    assert_eq!(
        world.number(TOWNSHIPS[2], "2026-06", "benefit_gain_fen_per_mu"),
        None
    );
}

#[test]
fn rates_are_computed_anew_from_their_parts() {
    let mut world = World::new();
    for (at, score) in [
        (0, "satisfied"),
        (3, "satisfied"),
        (3, "fair"),
        (3, "dissatisfied"),
    ] {
        let visit = service(at, date(2026, 6, 1), 1);
        let visit = Visit {
            review_state: Some("approved".to_owned()),
            ..visit
        };
        let feedback = Feedback {
            village_code: visit.village_code.clone(),
            given_on: Some(date(2026, 6, 5)),
            score: Some(score.to_owned()),
            ..Feedback::default()
        };
        world.feedback.push((true, feedback, Some(visit)));
    }
    assert_eq!(world.number(COUNTY, "2026-06", "satisfaction"), Some(5_000));
    assert_eq!(
        world.number(TOWNSHIPS[0], "2026-06", "satisfaction"),
        Some(10_000)
    );
    assert_eq!(
        world.number(TOWNSHIPS[1], "2026-06", "satisfaction"),
        Some(3_333)
    );
}

#[test]
fn an_adoption_that_moved_to_another_village_counts_once_in_the_county() {
    let mut world = World::new();
    world
        .reports
        .push((true, reported(0, date(2026, 6, 1), "trial", 1)));
    let mut moved = reported(0, date(2026, 6, 1), "adopted", 2);
    moved.fields.village_code = Some(village(4));
    world.reports.push((true, moved));
    assert_eq!(world.number(COUNTY, "2026-06", "adoptions"), Some(1));
    assert_eq!(
        world.number(COUNTY, "2026-06", "adopted"),
        Some(1),
        "the later village decides"
    );
    let cells = world.cells("2026-06".parse().unwrap());
    let county = COUNTY.parse().unwrap();
    let mut inside = within(&county, &cells);
    let forwards = fold(
        inside.iter().copied(),
        &Filter::default(),
        &Context::default(),
    );
    inside.reverse();
    assert_eq!(
        fold(inside, &Filter::default(), &Context::default()),
        forwards
    );
}

/// One world in which no measure that is said not to add up does so, over both townships and months.
#[test]
fn no_measure_that_is_not_additive_adds_up() {
    let mut world = World::new();
    let (may, june) = (
        (date(2026, 5, 25), date(2026, 6, 5)),
        (date(2026, 6, 1), date(2026, 6, 3)),
    );
    for (at, (from, to)) in [(0, may), (3, may), (0, june), (3, june)] {
        world.approve(Visit {
            service_to: Some(to),
            beneficiary_ids: Some([beneficiary(0), beneficiary(3)].into()),
            technique_codes: Some(["T1".to_owned()].into()),
            variety_names: Some(["长丰鲢".to_owned()].into()),
            ..service(at, from, 1)
        });
        let (_, visit) = world.visits.last().unwrap().clone();
        let feedback = Feedback {
            village_code: visit.village_code.clone(),
            given_on: visit.service_from,
            score: Some("satisfied".to_owned()),
            ..Feedback::default()
        };
        world.feedback.push((true, feedback, Some(visit)));
    }
    world.demo_households = [beneficiary(0), beneficiary(3)].into();
    for (owner, stage) in (0..BENEFICIARIES).zip(Stage::ALL.iter().copied()) {
        for month in [4, 5] {
            let mut report = reported(owner, date(2026, month, 9), stage.as_str(), 1);
            report.fields.area_centi_mu = Some(500);
            report.fields.benefit_before_fen = Some(100);
            report.fields.benefit_after_fen = Some(300);
            world.reports.push((true, report));
        }
    }
    world.bases.push(DemoBase {
        beneficiary_id: Some(beneficiary(0)),
        village_code: Some(village(0)),
        demo_area_centi_mu: Some(1),
        radiated_area_centi_mu: Some(1),
        radiated_households: Some(1),
        ..DemoBase::default()
    });
    for measure in MEASURES.iter().filter(|measure| !measure.is_additive) {
        let whole = world.number(COUNTY, "2026-Q2", measure.code).unwrap();
        assert_ne!(whole, 0, "{}", measure.code);
        let months = ["2026-04", "2026-05", "2026-06"];
        let of_months: i64 = months
            .iter()
            .filter_map(|month| world.number(COUNTY, month, measure.code))
            .sum();
        assert_ne!(of_months, whole, "{} adds up over months", measure.code);
    }
}

// --- The defects of the provincial system that domain research found (section 1.1).

#[test]
fn months_are_those_of_the_service_and_not_of_the_arrival() {
    let mut world = World::new();
    world.approve(Visit {
        backfill_reason: Some("无信号".to_owned()),
        late_days: Some(40),
        ..service(0, date(2026, 5, 31), 1)
    });
    assert_eq!(world.number(COUNTY, "2026-05", "visits"), Some(1));
    assert_eq!(world.number(COUNTY, "2026-06", "visits"), Some(0));
}

#[test]
fn a_deleted_visit_does_not_count_even_if_it_was_approved() {
    let mut world = World::new();
    world.approve(service(0, date(2026, 6, 1), 1));
    world.visits[0].0 = false;
    let summary = world.summary(COUNTY, "2026-06", &Filter::default());
    assert_eq!(
        summary.approved.visits + summary.pending.visits + summary.returned_visits,
        0
    );
}

#[test]
fn villages_techniques_and_households_are_not_summed_over_visits() {
    let mut world = World::new();
    for day in 1..=20 {
        world.approve(Visit {
            beneficiary_ids: Some([beneficiary(0)].into()),
            technique_codes: Some(["T1".to_owned()].into()),
            ..service(0, date(2026, 6, day), 1)
        });
    }
    for (code, number) in [
        ("visits", 20),
        ("villages", 1),
        ("techniques", 1),
        ("beneficiaries", 1),
        ("service_days", 20),
    ] {
        assert_eq!(
            world.number(COUNTY, "2026-06", code),
            Some(number),
            "{code}"
        );
    }
}

#[test]
fn days_follow_from_the_dates_and_two_visits_of_a_person_on_one_day_are_one_day() {
    let mut world = World::new();
    let ends_before = Visit {
        service_to: Some(date(2026, 5, 1)),
        ..service(0, date(2026, 6, 3), 1)
    };
    world.approve(ends_before);
    world.approve(Visit {
        service_to: Some(date(2026, 6, 5)),
        ..service(0, date(2026, 6, 3), 1)
    });
    assert_eq!(world.number(COUNTY, "2026-06", "visits"), Some(2));
    assert_eq!(world.number(COUNTY, "2026-06", "person_days"), Some(3));
    assert_eq!(world.number(COUNTY, "2026-06", "service_days"), Some(3));
}

#[test]
fn pending_visits_stand_beside_and_returned_ones_apart() {
    let mut world = World::new();
    for state in codes::REVIEW_STATE.codes {
        let visit = Visit {
            leaflets: Some(10),
            ..service(0, date(2026, 6, 3), 1)
        };
        world.visits.push((
            true,
            Visit {
                review_state: Some(state.code.to_owned()),
                ..visit
            },
        ));
    }
    let summary = world.summary(COUNTY, "2026-06", &Filter::default());
    assert_eq!(summary.approved.counters.leaflets, 10);
    assert_eq!(summary.pending.counters.leaflets, 20);
    assert_eq!(
        (
            summary.approved.visits,
            summary.pending.visits,
            summary.returned_visits
        ),
        (1, 2, 3)
    );
    assert_eq!(world.number(COUNTY, "2026-06", "pending_visits"), Some(2));
    assert_eq!(world.number(COUNTY, "2026-06", "returned_visits"), Some(3));
}

#[test]
fn an_unvisited_township_has_a_row_of_zeros() {
    let world = World::new();
    let (cells, standing) = (world.cells("2026-06".parse().unwrap()), world.standing());
    let county = COUNTY.parse().unwrap();
    let context = world.context(&county, &standing);
    let by = GroupBy::Division(Level::Township);
    let rows = group(within(&county, &cells), by, &Filter::default(), &context);
    let keys: Vec<_> = rows.iter().map(|row| row.key.to_string()).collect();
    assert_eq!(keys, TOWNSHIPS);
    assert_eq!(rows[0].summary.approved.village_coverage, Ratio::new(0, 3));
    assert_eq!(Month::of(date(2026, 6, 5)).to_string(), "2026-06");
}
