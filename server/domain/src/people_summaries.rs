//! The summaries of many people, folded on all cores. The rules of a fold are the protocol's.

use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::summary::context::Context;
use tepai_sync_protocol::summary::facts::CellFacts;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::people::{PersonPart, parts_of_people};

/// The smallest number of people for which another core is worth its cost.
const PEOPLE_AT_ONCE: usize = 16;

/// The summary of each of these people, whether or not there are facts of theirs.
///
/// What stands in villages, and which villages count, is for each person that of the villages given with the person.
pub fn of_people<'a>(
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
    people: &BTreeMap<PersonId, BTreeSet<&'a DivisionCode>>,
    context: &Context<'a>,
) -> BTreeMap<PersonId, Summary> {
    let parts = parts_of_people(cells, people, context);
    let parts = parts.into_par_iter().with_min_len(PEOPLE_AT_ONCE);
    let summaries: Vec<(PersonId, Summary)> = parts.map(PersonPart::fold).collect();
    summaries.into_iter().collect()
}
