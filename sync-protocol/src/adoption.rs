//! Derives the adoption of a technique from its live reports: a pure function of the set of reports, so
//! that their order of arrival never matters and two people who report the same thing count once.

use crate::ids::{PersonId, RecordId, adoption_id};
use crate::records::{Adoption, AdoptionReport};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// One live report, with what orders it among others.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Its record.
    pub id: RecordId,
    /// Who reported.
    pub author: PersonId,
    /// When it was last edited, corrected: milliseconds since 1970 UTC.
    pub edited_at: i64,
    /// What was reported.
    pub fields: AdoptionReport,
}

/// What the office decided over the reports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// The stage, if it was decided.
    pub stage: Option<String>,
    /// The area, if it was decided.
    pub area_centi_mu: Option<i64>,
}

/// The adoption that a report belongs to; `None` while mandatory fields are missing.
pub fn adoption_of(report: &AdoptionReport) -> Option<RecordId> {
    let unit = report.site_id.or(report.beneficiary_id)?;
    Some(adoption_id(
        unit,
        report.technique_code.as_deref()?,
        report.season.as_deref()?,
    ))
}

/// The state after all `reports` of one adoption dated on or before `until`; `None` if there is none.
///
/// The stage comes from the latest report, in the order of (date of the report, corrected edit time, id); area,
/// variety and benefits each from the latest that states them. It is disputed if the latest reports of two people state different
/// stages, whatever the office has decided.
pub fn derive(reports: &[Report], until: Option<Date>, decided: &Override) -> Option<Adoption> {
    let in_time = |report: &&Report| {
        let on = report.fields.reported_on;
        on.is_some_and(|on| until.is_none_or(|until| on <= until))
    };
    let mut ordered: Vec<&Report> = reports.iter().filter(in_time).collect();
    ordered.sort_by_key(|report| (report.fields.reported_on, report.edited_at, report.id));
    let latest = *ordered.last()?;
    let area = newest(&ordered, |report| report.area_centi_mu);
    let variety = newest(&ordered, |report| report.variety_name.clone());
    let benefit = newest(&ordered, |report| {
        report.benefit_before_fen.zip(report.benefit_after_fen)
    });
    let last_words: BTreeMap<PersonId, Option<&str>> = ordered
        .iter()
        .map(|report| (report.author, report.fields.stage.as_deref()))
        .collect();
    let stages: BTreeSet<_> = last_words.values().flatten().collect();
    Some(Adoption {
        village_code: latest.fields.village_code.clone(),
        beneficiary_id: latest.fields.beneficiary_id,
        site_id: latest.fields.site_id,
        technique_code: latest.fields.technique_code.clone(),
        season: latest.fields.season.clone(),
        stage: decided
            .stage
            .clone()
            .or_else(|| latest.fields.stage.clone()),
        stage_on: latest.fields.reported_on,
        area_centi_mu: decided.area_centi_mu.or(area),
        variety_name: variety,
        benefit_before_fen: benefit.map(|(before, _)| before),
        benefit_after_fen: benefit.map(|(_, after)| after),
        report_count: i64::try_from(ordered.len()).ok(),
        reporter_ids: Some(last_words.keys().copied().collect()),
        is_disputed: Some(stages.len() > 1),
        is_overridden: Some(*decided != Override::default()),
        office_stage: decided.stage.clone(),
        office_area_centi_mu: decided.area_centi_mu,
    })
}

fn newest<T>(ordered: &[&Report], stated: impl Fn(&AdoptionReport) -> Option<T>) -> Option<T> {
    ordered
        .iter()
        .rev()
        .find_map(|report| stated(&report.fields))
}
