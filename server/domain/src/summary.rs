//! Summaries: a fold of facts over any set of villages and months.
//!
//! A township or county is a fold over the facts of its villages, a quarter over those of its months, and a
//! row of a grouped table over the facts of that row. No figure is ever the sum of other folds' figures.

use crate::distinct::Distinct;
use crate::facts::{
    AdoptionFact, CellFacts, Counters, FeedbackFact, Ids, Score, Service, Stage, Standing,
    StandingFacts, TrainingFact, VisitFact, Way,
};
use crate::period::Month;
use crate::ratio::Ratio;
use jiff::civil::Date;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

/// People whose summaries are not worth another core.
const PEOPLE_AT_ONCE: usize = 16;

/// Which facts count; every condition that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this industry. Adoptions and bases have that of their technique in the county's catalogue.
    pub industry: Option<String>,
    /// Only this technique, by catalogue code.
    pub technique: Option<String>,
    /// Only what this person did, alone or with others. Bases belong to nobody and have no figures then.
    pub commissioner: Option<PersonId>,
    /// Only visits of this form. Adoptions and bases have no figures then.
    pub mode: Option<String>,
    /// Only visits of this chain stage. Adoptions and bases have no figures then.
    pub chain_stage: Option<String>,
    /// Only free, or only paid, visits. Adoptions and bases have no figures then.
    pub service_mode: Option<String>,
}

/// What a fold needs beside the facts of its cells; about the same villages as these.
#[derive(Clone, Debug)]
pub struct Context<'a> {
    /// What stands in each village: the denominators of reach, and the demo bases.
    pub standing: Vec<(&'a DivisionCode, &'a StandingFacts<'a>)>,
    /// The villages that count in a coverage denominator.
    pub counted_villages: BTreeSet<&'a DivisionCode>,
    /// Industry of each technique in the county's catalogue, by code.
    pub technique_industry: &'a BTreeMap<String, String>,
}

static NO_CATALOGUE: BTreeMap<String, String> = BTreeMap::new();

impl Default for Context<'_> {
    fn default() -> Self {
        Self {
            standing: Vec::new(),
            counted_villages: BTreeSet::new(),
            technique_industry: &NO_CATALOGUE,
        }
    }
}

impl<'a> Context<'a> {
    /// What stands in all its villages.
    fn stands(&self) -> Stands {
        let ids = |of: fn(&'a StandingFacts<'a>) -> &'a Ids<'a>| {
            let facts = self.standing.iter().flat_map(|(_, facts)| of(facts).iter());
            let mut ids: Vec<_> = facts.map(|id| id.as_u128()).collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        };
        let bases = self.standing.iter().flat_map(|(_, facts)| &facts.bases);
        Stands {
            households: ids(|facts| &facts.demo_households),
            experts: ids(|facts| &facts.local_experts),
            base_runners: bases
                .filter_map(|base| base.run_by)
                .map(|id| id.as_u128())
                .collect(),
        }
    }
}

/// What stands in the villages of a context: the denominators of what is served of it.
struct Stands {
    /// Demo households, sorted, each once.
    households: Vec<u128>,
    /// Local experts, sorted, each once.
    experts: Vec<u128>,
    /// Who runs each demo base of which that is known.
    base_runners: Vec<u128>,
}

/// All figures of one scope, period and filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Figures of approved visits.
    pub approved: VisitFigures,
    /// The same figures of visits that wait for review, counted alone.
    pub pending: VisitFigures,
    /// Visits that were returned, not recognised or withdrawn (次).
    pub returned_visits: i64,
    /// Figures of adoptions; `None` where the filter cannot apply to them.
    pub adoption: Option<AdoptionFigures>,
    /// Figures of demo bases; `None` where the filter, or the month of a row, cannot apply to them.
    pub bases: Option<BaseFigures>,
}

/// What visits of one standing come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitFigures {
    /// 次.
    pub visits: i64,
    /// Distinct local dates (天).
    pub service_days: i64,
    /// Distinct (commissioner, local date) (天次).
    pub person_days: i64,
    /// Distinct villages (个).
    pub villages: i64,
    /// Distinct commissioners (人).
    pub commissioners: i64,
    /// Distinct beneficiaries (户/个).
    pub beneficiaries: i64,
    /// Distinct techniques (项).
    pub techniques: i64,
    /// Distinct varieties (个).
    pub varieties: i64,
    /// What the visits counted.
    pub counters: Counters,
    /// Demo households served / all demo households of the scope.
    pub reach: Ratio,
    /// Counted villages visited / all counted villages.
    pub village_coverage: Ratio,
    /// Feedback about visits of this standing.
    pub feedback: FeedbackFigures,
    /// Local experts of the scope who were served / all of them.
    pub experts: Ratio,
    /// Demo bases of the scope whose runner was served / all of which the runner is known.
    pub bases_served: Ratio,
}

/// What feedback comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedbackFigures {
    /// 满意.
    pub satisfied: i64,
    /// 一般.
    pub fair: i64,
    /// 不满意.
    pub dissatisfied: i64,
    /// Of all: by a link of the commissioner's phone.
    pub by_phone_link: i64,
    /// Of all: by a link of the office.
    pub by_office_link: i64,
}

impl FeedbackFigures {
    /// All of it (份).
    pub const fn all(&self) -> i64 {
        self.satisfied + self.fair + self.dissatisfied
    }

    /// Satisfied / all.
    pub const fn satisfaction(&self) -> Ratio {
        Ratio::new(self.satisfied, self.all())
    }
}

/// What adoptions come to, as they stood at the end of the period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdoptionFigures {
    /// Adoptions (site or beneficiary × technique × season) with a report in the period.
    pub adoptions: i64,
    /// Of these, by stage.
    pub stages: BTreeMap<Stage, StageFigures>,
    /// Sum of (benefit after - benefit before) of those that state both, in 0.01 元.
    pub gain_fen: i64,
    /// The same of those that also state an area above zero / sum of these areas: 0.01 元 / 0.01 亩.
    pub gain_by_area: Ratio,
    /// (Site or beneficiary, technique) at stage adopted / all with a report in the period.
    pub uptake: Ratio,
}

/// What the adoptions at one stage come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageFigures {
    /// How many.
    pub adoptions: i64,
    /// Sum of their areas in 0.01 亩.
    pub area_centi_mu: i64,
}

/// What the demo bases come to, as they stand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaseFigures {
    /// 个.
    pub demo_bases: i64,
    /// 示范面积 in 0.01 亩.
    pub demo_area_centi_mu: i64,
    /// 辐射面积 in 0.01 亩.
    pub radiated_area_centi_mu: i64,
    /// 辐射户数 (户).
    pub radiated_households: i64,
}

/// What the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupBy {
    /// Calendar months.
    Month,
    /// Industries.
    Industry,
    /// Techniques.
    Technique,
    /// Commissioners: a joint visit counts for each of its members.
    Commissioner,
    /// Forms of visit.
    Mode,
    /// Chain stages.
    ChainStage,
    /// Free and paid.
    ServiceMode,
    /// Divisions of this level.
    Division(Level),
}

/// What one row is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKey {
    /// A calendar month.
    Month(Month),
    /// A word of a code list: an industry, a form of visit, a chain stage, or free and paid.
    Word(&'static str),
    /// A technique, by catalogue code.
    Technique(String),
    /// A commissioner.
    Commissioner(PersonId),
    /// A division.
    Division(DivisionCode),
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(month) => month.fmt(f),
            Self::Word(text) => f.write_str(text),
            Self::Technique(code) => f.write_str(code),
            Self::Commissioner(id) => id.fmt(f),
            Self::Division(code) => code.fmt(f),
        }
    }
}

/// One row of a grouped table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub key: GroupKey,
    /// Its own fold.
    pub summary: Summary,
}

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

/// The rows of `cells` by month, industry, technique, commissioner and so on, sorted by key; each row is the
/// fold of its own facts.
///
/// A row exists if it has a fact that passes the filter. Rows of divisions exist also for every counted village
/// and for all that stands in a village, so that an unvisited township shows its zeros.
pub fn group<'a>(
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
    by: GroupBy,
    filter: &Filter,
    context: &Context<'a>,
) -> Vec<Row> {
    let all = Selection::of(cells).filtered(filter, context);
    let parts = all.split(by, filter, context);
    if let GroupBy::Division(level) = by {
        return division_rows(parts, level, filter, context);
    }
    let stands = context.stands();
    let row = |(key, part): (GroupKey, Selection<'a>)| {
        let mut summary = part.fold(&filter.narrowed_to(by, &key), context, &stands);
        if by == GroupBy::Month {
            summary.bases = None;
        }
        Row { key, summary }
    };
    parts.into_iter().map(row).collect()
}

/// The summary of each of these people, whether or not there are facts of theirs. All cores work on it.
///
/// What stands in villages, and which villages count, is for each person that of the villages given with the person.
pub fn of_people<'a>(
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
    people: &BTreeMap<PersonId, BTreeSet<&'a DivisionCode>>,
    context: &Context<'a>,
) -> BTreeMap<PersonId, Summary> {
    let (by, filter) = (GroupBy::Commissioner, Filter::default());
    let all = Selection::of(cells).filtered(&filter, context);
    let mut parts = all.split(by, &filter, context);
    let mut standing: BTreeMap<&DivisionCode, Vec<_>> = BTreeMap::new();
    for (village, facts) in &context.standing {
        standing
            .entry(village)
            .or_default()
            .push((*village, *facts));
    }
    let own_part = people.iter().map(|(person, villages)| {
        let key = GroupKey::Commissioner(*person);
        let part = parts.remove(&key).unwrap_or_default();
        (person, villages, key, part)
    });
    let all: Vec<_> = own_part.collect();
    let summary = |(person, villages, key, part): (
        &PersonId,
        &BTreeSet<&'a DivisionCode>,
        GroupKey,
        Selection<'a>,
    )| {
        let stand_there = villages.iter().filter_map(|village| standing.get(*village));
        let counted = villages
            .iter()
            .copied()
            .filter(|village| context.counted_villages.contains(village));
        let own = Context {
            standing: stand_there.flatten().copied().collect(),
            counted_villages: counted.collect(),
            technique_industry: context.technique_industry,
        };
        let narrowed = filter.narrowed_to(by, &key);
        (*person, part.fold(&narrowed, &own, &own.stands()))
    };
    let all = all.into_par_iter().with_min_len(PEOPLE_AT_ONCE);
    let summaries: Vec<(PersonId, Summary)> = all.map(summary).collect();
    summaries.into_iter().collect()
}

fn division_rows<'a>(
    parts: BTreeMap<GroupKey, Selection<'a>>,
    level: Level,
    filter: &Filter,
    context: &Context<'a>,
) -> Vec<Row> {
    let mut rows: BTreeMap<DivisionCode, (Selection<'a>, Context<'a>)> = BTreeMap::new();
    for (key, part) in parts {
        if let GroupKey::Division(code) = key {
            rows.entry(code).or_default().0 = part;
        }
    }
    for village in &context.counted_villages {
        if let Some(code) = ancestor(village, level) {
            rows.entry(code)
                .or_default()
                .1
                .counted_villages
                .insert(village);
        }
    }
    for (village, facts) in &context.standing {
        if let Some(code) = ancestor(village, level) {
            rows.entry(code)
                .or_default()
                .1
                .standing
                .push((village, facts));
        }
    }
    let row = |(code, (part, mut own)): (DivisionCode, (Selection<'a>, Context<'a>))| {
        own.technique_industry = context.technique_industry;
        let summary = part.fold(filter, &own, &own.stands());
        Row {
            key: GroupKey::Division(code),
            summary,
        }
    };
    rows.into_iter().map(row).collect()
}

/// The division of `level` that holds `village`.
fn ancestor(village: &DivisionCode, level: Level) -> Option<DivisionCode> {
    match level {
        Level::County => Some(village.county()),
        Level::Township => village.township(),
        Level::Village => Some(village.clone()),
    }
}

impl Filter {
    /// Whether a visit, or the visit of a feedback, counts.
    fn takes(&self, service: &Service<'_>) -> bool {
        let is = |wanted: &Option<String>, found: Option<crate::facts::Word>| {
            wanted
                .as_deref()
                .is_none_or(|wanted| found.is_some_and(|found| found.as_str() == wanted))
        };
        is(&self.industry, service.industry)
            && is(&self.mode, service.mode)
            && is(&self.chain_stage, service.chain_stage)
            && is(&self.service_mode, service.service_mode)
            && self
                .technique
                .as_ref()
                .is_none_or(|wanted| service.techniques.contains(wanted))
            && self
                .commissioner
                .is_none_or(|person| service.members.contains(person.0))
    }

    /// Whether a technique's adoptions and bases count.
    fn takes_technique(&self, technique: &str, context: &Context<'_>) -> bool {
        let industry = || {
            context
                .technique_industry
                .get(technique)
                .map(String::as_str)
        };
        self.technique
            .as_deref()
            .is_none_or(|wanted| wanted == technique)
            && self
                .industry
                .as_deref()
                .is_none_or(|wanted| industry() == Some(wanted))
    }

    /// Whether it asks for something that only visits have.
    const fn is_about_visits(&self) -> bool {
        self.mode.is_some() || self.chain_stage.is_some() || self.service_mode.is_some()
    }

    /// The filter that a row of this key passes, beside what its division or month says.
    #[must_use]
    pub fn narrowed_to(&self, by: GroupBy, key: &GroupKey) -> Self {
        let mut narrowed = self.clone();
        match (by, key) {
            (GroupBy::Industry, GroupKey::Word(word)) => {
                narrowed.industry = Some((*word).to_owned());
            }
            (GroupBy::Mode, GroupKey::Word(word)) => narrowed.mode = Some((*word).to_owned()),
            (GroupBy::ChainStage, GroupKey::Word(word)) => {
                narrowed.chain_stage = Some((*word).to_owned());
            }
            (GroupBy::ServiceMode, GroupKey::Word(word)) => {
                narrowed.service_mode = Some((*word).to_owned());
            }
            (GroupBy::Technique, GroupKey::Technique(code)) => {
                narrowed.technique = Some(code.clone());
            }
            (GroupBy::Commissioner, GroupKey::Commissioner(person)) => {
                narrowed.commissioner = Some(*person);
            }
            _ => {}
        }
        narrowed
    }
}

/// Facts of some cells, each with its village.
#[derive(Default)]
struct Selection<'a> {
    visits: Vec<(&'a DivisionCode, &'a VisitFact<'a>)>,
    adoptions: Vec<(&'a DivisionCode, &'a AdoptionFact<'a>)>,
    feedback: Vec<(&'a DivisionCode, &'a FeedbackFact<'a>)>,
    trainings: Vec<(&'a DivisionCode, &'a TrainingFact<'a>)>,
}

impl<'a> Selection<'a> {
    fn of(cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>) -> Self {
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
    fn filtered(mut self, filter: &Filter, context: &Context<'_>) -> Self {
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
    fn reported(mut self, filter: &Filter) -> Self {
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

    /// The facts of each row; those of a division or month are asked for a reporter row by row.
    fn split(
        mut self,
        by: GroupBy,
        filter: &Filter,
        context: &Context<'_>,
    ) -> BTreeMap<GroupKey, Self> {
        let mut parts: BTreeMap<GroupKey, Self> = BTreeMap::new();
        for (village, fact) in &self.visits {
            for key in keys_of_service(by, village, fact.from, &fact.service, filter) {
                parts.entry(key).or_default().visits.push((village, fact));
            }
        }
        for (village, fact) in &self.feedback {
            for key in keys_of_service(by, village, fact.on, &fact.service, filter) {
                parts.entry(key).or_default().feedback.push((village, fact));
            }
        }
        for (village, fact) in &self.trainings {
            for key in keys_of_service(by, village, fact.on, &fact.service, filter) {
                parts
                    .entry(key)
                    .or_default()
                    .trainings
                    .push((village, fact));
            }
        }
        sort_adoptions(&mut self.adoptions);
        for facts in self.adoptions.chunk_by(|(_, a), (_, b)| a.id == b.id) {
            let reporters: BTreeSet<Uuid> = facts
                .iter()
                .flat_map(|(_, fact)| fact.reporters.iter())
                .collect();
            for (village, fact) in facts {
                for key in keys_of_adoption(by, village, fact, &reporters, filter, context) {
                    parts
                        .entry(key)
                        .or_default()
                        .adoptions
                        .push((village, fact));
                }
            }
        }
        let parts = parts
            .into_iter()
            .map(|(key, part)| (key, part.reported(filter)));
        parts.filter(|(_, part)| !part.is_empty()).collect()
    }

    const fn is_empty(&self) -> bool {
        self.visits.is_empty()
            && self.adoptions.is_empty()
            && self.feedback.is_empty()
            && self.trainings.is_empty()
    }

    /// The summary of facts that passed [`Self::filtered`]; `stands` is of `context`.
    fn fold(self, filter: &Filter, context: &Context<'a>, stands: &Stands) -> Summary {
        let selection = self.reported(filter);
        let mut approved = Tally::default();
        let mut pending = Tally::default();
        let mut returned_visits = 0;
        for (village, fact) in selection.visits {
            match fact.service.standing {
                Standing::Approved => approved.add_visit(village, fact, filter),
                Standing::Pending => pending.add_visit(village, fact, filter),
                Standing::Returned => returned_visits += 1,
            }
        }
        for (_, fact) in selection.feedback {
            match fact.service.standing {
                Standing::Approved => approved.add_feedback(fact),
                Standing::Pending => pending.add_feedback(fact),
                Standing::Returned => {}
            }
        }
        for (_, fact) in selection.trainings {
            match fact.service.standing {
                Standing::Approved => approved.add_training(fact),
                Standing::Pending => pending.add_training(fact),
                Standing::Returned => {}
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

fn keys_of_service(
    by: GroupBy,
    village: &DivisionCode,
    day: Date,
    service: &Service<'_>,
    filter: &Filter,
) -> Vec<GroupKey> {
    let word = |word: Option<crate::facts::Word>| {
        word.map(|word| GroupKey::Word(word.as_str()))
            .into_iter()
            .collect()
    };
    match by {
        GroupBy::Month => vec![GroupKey::Month(Month::of(day))],
        GroupBy::Industry => word(service.industry),
        GroupBy::Mode => word(service.mode),
        GroupBy::ChainStage => word(service.chain_stage),
        GroupBy::ServiceMode => word(service.service_mode),
        GroupBy::Technique => service
            .techniques
            .iter()
            .filter(|code| {
                filter
                    .technique
                    .as_ref()
                    .is_none_or(|wanted| wanted == *code)
            })
            .map(|code| GroupKey::Technique(code.to_owned()))
            .collect(),
        GroupBy::Commissioner => members(service.members.iter(), filter),
        GroupBy::Division(level) => ancestor(village, level)
            .map(GroupKey::Division)
            .into_iter()
            .collect(),
    }
}

fn keys_of_adoption(
    by: GroupBy,
    village: &DivisionCode,
    fact: &AdoptionFact<'_>,
    reporters: &BTreeSet<Uuid>,
    filter: &Filter,
    context: &Context<'_>,
) -> Vec<GroupKey> {
    match by {
        GroupBy::Month => vec![GroupKey::Month(Month::of(fact.on))],
        GroupBy::Industry => context
            .technique_industry
            .get(fact.technique.as_ref())
            .and_then(|industry| tepai_sync_protocol::codes::INDUSTRY.find(industry))
            .map(|industry| GroupKey::Word(industry.code))
            .into_iter()
            .collect(),
        GroupBy::Technique => vec![GroupKey::Technique(fact.technique.to_string())],
        GroupBy::Commissioner => members(reporters.iter().copied(), filter),
        GroupBy::Mode | GroupBy::ChainStage | GroupBy::ServiceMode => Vec::new(),
        GroupBy::Division(level) => ancestor(village, level)
            .map(GroupKey::Division)
            .into_iter()
            .collect(),
    }
}

fn members(ids: impl Iterator<Item = Uuid>, filter: &Filter) -> Vec<GroupKey> {
    let wanted = |id: &Uuid| filter.commissioner.is_none_or(|one| one.0 == *id);
    ids.filter(wanted)
        .map(|id| GroupKey::Commissioner(PersonId(id)))
        .collect()
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

/// Facts of one adoption together, the latest last; equal ones in an order that does not depend on the input.
fn sort_adoptions(facts: &mut [(&DivisionCode, &AdoptionFact<'_>)]) {
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

fn adoption_figures<'a>(
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

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn clamped(sum: i128) -> i64 {
    let edge = if sum < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(sum).unwrap_or(edge)
}
