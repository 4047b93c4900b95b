//! Filters: which facts count in a summary.

use super::compact::Word;
use super::context::Context;
use super::facts::Service;
use crate::ids::PersonId;

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

impl Filter {
    /// Whether a visit, or the visit of a feedback, counts.
    pub(super) fn takes(&self, service: &Service<'_>) -> bool {
        let is = |wanted: &Option<String>, found: Option<Word>| {
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
    pub(super) fn takes_technique(&self, technique: &str, context: &Context<'_>) -> bool {
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
    pub(super) const fn is_about_visits(&self) -> bool {
        self.mode.is_some() || self.chain_stage.is_some() || self.service_mode.is_some()
    }
}
