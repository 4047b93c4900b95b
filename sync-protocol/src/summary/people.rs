//! The summaries of many people at once: the facts are split once, and each part folds alone.

use super::context::Context;
use super::facts::CellFacts;
use super::figures::Summary;
use super::filter::Filter;
use super::fold::Selection;
use super::group::{GroupBy, GroupKey};
use crate::division::DivisionCode;
use crate::ids::PersonId;
use std::collections::{BTreeMap, BTreeSet};

/// The facts of one person, ready to be folded. Parts do not depend on each other: fold them in any order, or on
/// several cores.
pub struct PersonPart<'a> {
    person: PersonId,
    part: Selection<'a>,
    filter: Filter,
    context: Context<'a>,
}

impl PersonPart<'_> {
    /// The person and their summary.
    pub fn fold(self) -> (PersonId, Summary) {
        let stands = self.context.stands();
        let summary = self.part.fold(&self.filter, &self.context, &stands);
        (self.person, summary)
    }
}

/// One part for each of these people, whether or not there are facts of theirs.
///
/// What stands in villages, and which villages count, is for each person that of the villages given with the person.
pub fn parts_of_people<'a>(
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
    people: &BTreeMap<PersonId, BTreeSet<&'a DivisionCode>>,
    context: &Context<'a>,
) -> Vec<PersonPart<'a>> {
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
    let part = |(person, villages): (&PersonId, &BTreeSet<&'a DivisionCode>)| {
        let key = GroupKey::Commissioner(*person);
        let stand_there = villages.iter().filter_map(|village| standing.get(*village));
        let counted = villages
            .iter()
            .copied()
            .filter(|village| context.counted_villages.contains(village));
        PersonPart {
            person: *person,
            filter: filter.narrowed_to(by, &key),
            context: Context {
                standing: stand_there.flatten().copied().collect(),
                counted_villages: counted.collect(),
                technique_industry: context.technique_industry,
            },
            part: parts.remove(&key).unwrap_or_default(),
        }
    };
    people.iter().map(part).collect()
}
