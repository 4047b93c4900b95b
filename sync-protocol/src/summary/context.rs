//! What a fold needs beside cells: what stands in the villages, which villages count, and the catalogue.

use super::compact::Ids;
use super::facts::StandingFacts;
use crate::division::DivisionCode;
use std::collections::{BTreeMap, BTreeSet};

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
    pub(super) fn stands(&self) -> Stands {
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
pub(super) struct Stands {
    /// Demo households, sorted, each once.
    pub(super) households: Vec<u128>,
    /// Local experts, sorted, each once.
    pub(super) experts: Vec<u128>,
    /// Who runs each demo base of which that is known.
    pub(super) base_runners: Vec<u128>,
}
