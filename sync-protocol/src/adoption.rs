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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ANN, BEN, Phone, cases, id};
    use jiff::civil::date;
    use proptest::prelude::*;
    use proptest::sample::select;

    const OPEN: Override = Override {
        stage: None,
        area_centi_mu: None,
    };

    fn report(n: u8, by: Phone, day: i8, stage: &str) -> Report {
        Report {
            id: RecordId(id(n)),
            author: by.person_id(),
            edited_at: 0,
            fields: AdoptionReport {
                stage: Some(stage.to_owned()),
                reported_on: Some(date(2026, 3, day)),
                beneficiary_id: Some(RecordId(id(60))),
                technique_code: Some("T1".to_owned()),
                season: Some("2026".to_owned()),
                ..AdoptionReport::default()
            },
        }
    }

    fn with_area(mut report: Report, area: i64) -> Report {
        report.fields.area_centi_mu = Some(area);
        report
    }

    fn any_report() -> impl Strategy<Value = Report> {
        let stage = select(vec!["trial", "adopted", "abandoned"]);
        let numbers = || prop::option::of(0..9_i64);
        let words = (select(vec![ANN, BEN]), 1..4_i8, stage, 0..2_i64);
        (words, numbers(), numbers(), numbers()).prop_map(
            |((by, day, stage, edited_at), area, before, after)| {
                let mut report = Report {
                    edited_at,
                    ..report(0, by, day, stage)
                };
                report.fields.area_centi_mu = area;
                report.fields.benefit_before_fen = before;
                report.fields.benefit_after_fen = after;
                report
            },
        )
    }

    fn any_reports() -> impl Strategy<Value = Vec<Report>> {
        prop::collection::vec(any_report(), 1..7).prop_map(|reports| {
            let numbered = reports.into_iter().zip(1..);
            numbered
                .map(|(report, n)| Report {
                    id: RecordId(id(n)),
                    ..report
                })
                .collect()
        })
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn the_order_in_which_reports_arrive_does_not_matter(
            (reports, shuffled) in any_reports()
                .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
            until in prop::option::of(1..4_i8),
        ) {
            let until = until.map(|day| date(2026, 3, day));
            prop_assert_eq!(derive(&reports, until, &OPEN), derive(&shuffled, until, &OPEN));
        }

        #[test]
        fn a_report_that_is_taken_back_leaves_no_trace(reports in any_reports(), last in any_report()) {
            let before = derive(&reports, None, &OPEN);
            let with_last = [&reports[..], &[Report { id: RecordId(id(99)), ..last }]].concat();
            let taken_back: Vec<_> =
                with_last.into_iter().filter(|report| report.id != RecordId(id(99))).collect();
            prop_assert_eq!(derive(&taken_back, None, &OPEN), before);
        }
    }

    #[test]
    fn the_latest_day_decides_then_the_latest_edit_then_the_id() {
        let stage = |reports: &[Report]| derive(reports, None, &OPEN).unwrap().stage.unwrap();
        let early_but_edited_late = Report {
            edited_at: 9,
            ..report(3, ANN, 1, "trial")
        };
        assert_eq!(
            stage(&[early_but_edited_late.clone(), report(1, BEN, 2, "adopted")]),
            "adopted"
        );
        assert_eq!(
            stage(&[early_but_edited_late, report(4, BEN, 1, "adopted")]),
            "trial"
        );
        assert_eq!(
            stage(&[report(4, BEN, 1, "adopted"), report(3, ANN, 1, "trial")]),
            "adopted"
        );
    }

    #[test]
    fn two_people_who_report_the_same_make_one_adoption_without_dispute() {
        let both = [report(1, ANN, 1, "adopted"), report(2, BEN, 2, "adopted")];
        let adoption = derive(&both, None, &OPEN).unwrap();
        assert_eq!(
            (adoption.report_count, adoption.is_disputed),
            (Some(2), Some(false))
        );
        assert_eq!(adoption.reporter_ids.unwrap().len(), 2);
        assert_eq!(adoption_of(&both[0].fields), adoption_of(&both[1].fields));
    }

    #[test]
    fn only_the_last_words_of_two_people_can_be_in_dispute() {
        let disputed = |reports: &[Report]| derive(reports, None, &OPEN).unwrap().is_disputed;
        let ann_learned = [report(1, ANN, 1, "trial"), report(2, ANN, 3, "adopted")];
        assert_eq!(disputed(&ann_learned), Some(false));
        let [earlier, later] = ann_learned;
        let ben = report(3, BEN, 2, "adopted");
        let before = report(4, BEN, 1, "evaluation");
        assert_eq!(
            disputed(&[earlier.clone(), ben.clone(), before]),
            Some(true)
        );
        // Until they agree.
        assert_eq!(disputed(&[earlier, ben, later]), Some(false));
    }

    #[test]
    fn what_the_latest_report_leaves_out_comes_from_an_earlier_one() {
        let silent = report(2, ANN, 2, "adopted");
        let adoption = derive(
            &[with_area(report(1, ANN, 1, "trial"), 50), silent],
            None,
            &OPEN,
        );
        let adoption = adoption.unwrap();
        assert_eq!(
            (adoption.stage.as_deref(), adoption.area_centi_mu),
            (Some("adopted"), Some(50))
        );
        // Two halves of a benefit from two reports are no benefit.
        let mut before = report(1, ANN, 1, "trial");
        before.fields.benefit_before_fen = Some(1);
        let mut after = report(2, ANN, 2, "trial");
        after.fields.benefit_after_fen = Some(2);
        let adoption = derive(&[before, after], None, &OPEN).unwrap();
        assert_eq!(
            (adoption.benefit_before_fen, adoption.benefit_after_fen),
            (None, None)
        );
    }

    #[test]
    fn the_state_at_a_day_knows_nothing_of_later_reports() {
        let reports = [
            report(1, ANN, 1, "trial"),
            with_area(report(2, BEN, 3, "adopted"), 9),
        ];
        let on = |day| derive(&reports, Some(date(2026, 3, day)), &OPEN);
        assert_eq!(on(2), derive(&reports[..1], None, &OPEN));
        assert_eq!(on(3).unwrap().stage.as_deref(), Some("adopted"));
        assert_eq!(derive(&reports[1..], Some(date(2026, 3, 2)), &OPEN), None);
        let undated = AdoptionReport {
            reported_on: None,
            ..reports[0].fields.clone()
        };
        let undated = Report {
            fields: undated,
            ..reports[0].clone()
        };
        assert_eq!(
            derive(&[undated], None, &OPEN),
            None,
            "a report without a day is not counted"
        );
    }

    #[test]
    fn what_the_office_decides_stands_over_the_reports_and_says_so() {
        let reports = [
            with_area(report(1, ANN, 1, "adopted"), 50),
            report(2, BEN, 2, "trial"),
        ];
        let decided = Override {
            stage: Some("evaluation".to_owned()),
            area_centi_mu: None,
        };
        let adoption = derive(&reports, None, &decided).unwrap();
        assert_eq!(adoption.stage.as_deref(), Some("evaluation"));
        assert_eq!(
            (adoption.area_centi_mu, adoption.is_overridden),
            (Some(50), Some(true))
        );
        assert_eq!(adoption.is_disputed, Some(true), "the reports still differ");
        let zero = Override {
            stage: None,
            area_centi_mu: Some(0),
        };
        assert_eq!(
            derive(&reports, None, &zero).unwrap().area_centi_mu,
            Some(0)
        );
        assert_eq!(
            derive(&reports, None, &OPEN).unwrap().is_overridden,
            Some(false)
        );
        assert_eq!(
            derive(&[], None, &decided),
            None,
            "and needs reports to stand over"
        );
    }

    #[test]
    fn a_site_has_its_own_adoption_and_an_incomplete_report_has_none() {
        let of_household = report(1, ANN, 1, "trial").fields;
        let of_site = AdoptionReport {
            site_id: Some(RecordId(id(61))),
            ..of_household.clone()
        };
        assert_ne!(adoption_of(&of_site), adoption_of(&of_household));
        let incomplete = AdoptionReport {
            season: None,
            ..of_household
        };
        assert_eq!(adoption_of(&incomplete), None);
    }
}
