//! Grouped tables: each row is the fold of its own facts.

use super::adoptions::sort_adoptions;
use super::compact::Word;
use super::context::Context;
use super::facts::{AdoptionFact, CellFacts, Service};
use super::figures::Summary;
use super::filter::Filter;
use super::fold::Selection;
use super::period::Month;
use crate::codes;
use crate::division::{DivisionCode, Level};
use crate::ids::PersonId;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use uuid::Uuid;

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

impl Filter {
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

impl Selection<'_> {
    /// The facts of each row; those of a division or month are asked for a reporter row by row.
    pub(super) fn split(
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

fn keys_of_service(
    by: GroupBy,
    village: &DivisionCode,
    day: Date,
    service: &Service<'_>,
    filter: &Filter,
) -> Vec<GroupKey> {
    let word = |word: Option<Word>| {
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
            .and_then(|industry| codes::INDUSTRY.find(industry))
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
