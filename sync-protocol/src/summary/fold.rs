//! Summaries: a fold of facts over any set of villages and months.
//!
//! A township or county is a fold over the facts of its villages, a quarter over those of its months, and a
//! row of a grouped table over the facts of that row. No figure is ever the sum of other folds' figures.

use super::adoptions::{adoption_figures, sort_adoptions};
use super::context::{Context, Stands};
use super::distinct::Distinct;
use super::facts::{
    AdoptionFact, CellFacts, Counters, CountsAs, FeedbackFact, Score, TrainingFact, VisitFact, Way,
};
use super::figures::{BaseFigures, FeedbackFigures, Summary, VisitFigures};
use super::filter::Filter;
use super::ratio::{Ratio, number};
use crate::division::DivisionCode;
use jiff::civil::Date;

/// The summary of `cells`, whatever their order. Each cell of a village and month appears once.
///
/// A village goes by the code it is given with: pass the successor's code for one that was merged.
pub fn fold<'a>(
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
    filter: &Filter,
    context: &Context<'a>,
) -> Summary {
    Selection::of(cells)
        .filtered(filter, context)
        .fold(filter, context, &context.stands())
}

/// Facts of some cells, each with its village.
#[derive(Default)]
pub(super) struct Selection<'a> {
    pub(super) visits: Vec<(&'a DivisionCode, &'a VisitFact<'a>)>,
    pub(super) adoptions: Vec<(&'a DivisionCode, &'a AdoptionFact<'a>)>,
    pub(super) feedback: Vec<(&'a DivisionCode, &'a FeedbackFact<'a>)>,
    pub(super) trainings: Vec<(&'a DivisionCode, &'a TrainingFact<'a>)>,
}

impl<'a> Selection<'a> {
    pub(super) fn of(
        cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
    ) -> Self {
        let mut all = Self::default();
        for (village, facts) in cells {
            all.visits
                .extend(facts.visits.iter().map(|fact| (village, fact)));
            all.adoptions
                .extend(facts.adoptions.iter().map(|fact| (village, fact)));
            all.feedback
                .extend(facts.feedback.iter().map(|fact| (village, fact)));
            all.trainings
                .extend(facts.trainings.iter().map(|fact| (village, fact)));
        }
        all
    }

    /// Without the facts that `filter` refuses, looking at each alone.
    pub(super) fn filtered(mut self, filter: &Filter, context: &Context<'_>) -> Self {
        self.visits.retain(|(_, fact)| filter.takes(&fact.service));
        self.feedback
            .retain(|(_, fact)| filter.takes(&fact.service));
        self.trainings
            .retain(|(_, fact)| filter.takes(&fact.service));
        if filter.is_about_visits() {
            self.adoptions.clear();
        }
        self.adoptions
            .retain(|(_, fact)| filter.takes_technique(&fact.technique, context));
        self
    }

    /// Without the adoptions of which `filter` wants a reporter and none of their facts here has that one.
    pub(super) fn reported(mut self, filter: &Filter) -> Self {
        if let Some(person) = filter.commissioner {
            sort_adoptions(&mut self.adoptions);
            let adoptions = self.adoptions.chunk_by(|(_, a), (_, b)| a.id == b.id);
            let by_person = |facts: &&[(_, &AdoptionFact<'_>)]| {
                facts
                    .iter()
                    .any(|(_, fact)| fact.reporters.contains(person.0))
            };
            self.adoptions = adoptions.filter(by_person).flatten().copied().collect();
        }
        self
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.visits.is_empty()
            && self.adoptions.is_empty()
            && self.feedback.is_empty()
            && self.trainings.is_empty()
    }

    /// The summary of facts that passed [`Self::filtered`]; `stands` is of `context`.
    pub(super) fn fold(self, filter: &Filter, context: &Context<'a>, stands: &Stands) -> Summary {
        let selection = self.reported(filter);
        let mut approved = Tally::default();
        let mut pending = Tally::default();
        let mut returned_visits = 0;
        for (village, fact) in selection.visits {
            match fact.service.standing {
                CountsAs::Approved => approved.add_visit(village, fact, filter),
                CountsAs::Pending => pending.add_visit(village, fact, filter),
                CountsAs::Returned => returned_visits += 1,
            }
        }
        for (_, fact) in selection.feedback {
            match fact.service.standing {
                CountsAs::Approved => approved.add_feedback(fact),
                CountsAs::Pending => pending.add_feedback(fact),
                CountsAs::Returned => {}
            }
        }
        for (_, fact) in selection.trainings {
            match fact.service.standing {
                CountsAs::Approved => approved.add_training(fact),
                CountsAs::Pending => pending.add_training(fact),
                CountsAs::Returned => {}
            }
        }
        Summary {
            approved: approved.figures(stands, context),
            pending: pending.figures(stands, context),
            returned_visits,
            adoption: (!filter.is_about_visits()).then(|| adoption_figures(selection.adoptions)),
            bases: base_figures(filter, context),
        }
    }
}

/// What is collected of the visits of one standing before it is counted.
#[derive(Default)]
struct Tally<'a> {
    visits: i64,
    counters: Counters,
    days: Distinct<Date>,
    person_days: Distinct<(u128, Date)>,
    commissioners: Distinct<u128>,
    beneficiaries: Distinct<u128>,
    villages: Distinct<&'a DivisionCode>,
    techniques: Distinct<&'a str>,
    varieties: Distinct<&'a str>,
    feedback: FeedbackFigures,
}

impl<'a> Tally<'a> {
    fn add_visit(&mut self, village: &'a DivisionCode, fact: &'a VisitFact<'a>, filter: &Filter) {
        self.visits += 1;
        self.counters = self.counters.plus(fact.counters);
        self.villages.add(village);
        fact.beneficiaries
            .iter()
            .for_each(|id| self.beneficiaries.add(id.as_u128()));
        fact.varieties
            .iter()
            .for_each(|name| self.varieties.add(name));
        let wanted = filter.technique.as_deref();
        let techniques = fact.service.techniques.iter();
        techniques
            .filter(|code| wanted.is_none_or(|wanted| wanted == *code))
            .for_each(|code| self.techniques.add(code));
        fact.dates().for_each(|day| self.days.add(day));
        let members = fact.service.members.iter();
        for id in members.filter(|id| filter.commissioner.is_none_or(|one| one.0 == *id)) {
            self.commissioners.add(id.as_u128());
            fact.dates()
                .for_each(|day| self.person_days.add((id.as_u128(), day)));
        }
    }

    fn add_feedback(&mut self, fact: &FeedbackFact<'_>) {
        let score = match fact.score {
            Score::Satisfied => &mut self.feedback.satisfied,
            Score::Fair => &mut self.feedback.fair,
            Score::Dissatisfied => &mut self.feedback.dissatisfied,
        };
        *score += 1;
        match fact.way {
            Way::Phone => {}
            Way::PhoneLink => self.feedback.by_phone_link += 1,
            Way::OfficeLink => self.feedback.by_office_link += 1,
        }
    }

    fn add_training(&mut self, fact: &TrainingFact<'_>) {
        self.counters = self.counters.plus(fact.counters);
    }

    fn figures(self, stands: &Stands, context: &Context<'_>) -> VisitFigures {
        let counted = &context.counted_villages;
        let visited = counted
            .iter()
            .filter(|code| self.villages.has(code))
            .count();
        let served = |ids: &[u128]| {
            let served = ids.iter().filter(|id| self.beneficiaries.has(id)).count();
            Ratio::new(number(served), number(ids.len()))
        };
        VisitFigures {
            visits: self.visits,
            service_days: self.days.count(),
            person_days: self.person_days.count(),
            villages: self.villages.count(),
            commissioners: self.commissioners.count(),
            beneficiaries: self.beneficiaries.count(),
            techniques: self.techniques.count(),
            varieties: self.varieties.count(),
            counters: self.counters,
            reach: served(&stands.households),
            experts: served(&stands.experts),
            bases_served: served(&stands.base_runners),
            village_coverage: Ratio::new(number(visited), number(context.counted_villages.len())),
            feedback: self.feedback,
        }
    }
}

fn base_figures(filter: &Filter, context: &Context<'_>) -> Option<BaseFigures> {
    if filter.is_about_visits() || filter.commissioner.is_some() {
        return None;
    }
    let asked = filter.technique.is_some() || filter.industry.is_some();
    let bases = context.standing.iter().flat_map(|(_, facts)| &facts.bases);
    let mut figures = BaseFigures::default();
    for base in bases {
        let takes = |code: &str| filter.takes_technique(code, context);
        if asked && !base.techniques.iter().any(takes) {
            continue;
        }
        figures.demo_bases += 1;
        add(&mut figures.demo_area_centi_mu, base.demo_area_centi_mu);
        add(
            &mut figures.radiated_area_centi_mu,
            base.radiated_area_centi_mu,
        );
        add(&mut figures.radiated_households, base.radiated_households);
    }
    Some(figures)
}

fn add(sum: &mut i64, number: i64) {
    *sum = sum.saturating_add(number);
}
