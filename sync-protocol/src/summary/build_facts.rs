//! Builds facts from records. The order in which records are added does not matter.

use super::compact::{Ids, Names, Word};
use super::facts::{
    AdoptionFact, BaseFact, CellFacts, Counters, CountsAs, FeedbackFact, Score, Service, Stage,
    StandingFacts, TrainingFact, VisitFact, Way,
};
use super::period::Period;
use crate::adoption::{Override, Report, adoption_of, derive};
use crate::codes;
use crate::ids::RecordId;
use crate::limits::MAX_VISIT_DAYS;
use crate::records::{Beneficiary, DemoBase, Feedback, Visit};
use crate::validate::days_between;
use std::borrow::Cow;
use std::collections::BTreeMap;

impl CellFacts<'_> {
    /// Starts to collect the facts of one village in `range`: a month, or the days of one that a period cuts.
    pub fn build(range: Period) -> CellBuilder {
        CellBuilder {
            range,
            facts: CellFacts::default(),
            reports: BTreeMap::new(),
        }
    }
}

impl StandingFacts<'_> {
    /// What stands in a village, of its live beneficiaries and demo bases.
    pub fn build<'r>(
        beneficiaries: impl IntoIterator<Item = (RecordId, &'r Beneficiary)>,
        bases: impl IntoIterator<Item = &'r DemoBase>,
    ) -> Self {
        let beneficiaries: Vec<_> = beneficiaries.into_iter().collect();
        let marked = |mark: fn(&Beneficiary) -> Option<bool>| {
            let all = beneficiaries.iter();
            all.filter(|(_, one)| mark(one) == Some(true))
                .map(|(id, _)| id.0)
                .collect()
        };
        let mut bases: Vec<_> = bases.into_iter().map(BaseFact::of).collect();
        bases.sort_unstable();
        Self {
            demo_households: marked(|one| one.is_demo_household),
            local_experts: marked(|one| one.is_local_expert),
            bases,
            ..Self::default()
        }
    }
}

/// Collects [`CellFacts`]; the order of calls does not matter.
///
/// Every `is_counted` says whether the record is live: not deleted, and not held for a missing parent.
#[derive(Debug)]
pub struct CellBuilder {
    range: Period,
    facts: CellFacts<'static>,
    reports: BTreeMap<RecordId, Vec<Report>>,
}

impl CellBuilder {
    /// Adds a visit, if its first service date lies in the range.
    ///
    /// A visit that ends before it starts, which a merge of two edits can make, lasts one day; one that
    /// lasts longer than [`MAX_VISIT_DAYS`] is cut there.
    #[must_use]
    pub fn visit(self, is_counted: bool, visit: &Visit) -> Self {
        self.visit_with(is_counted, visit, false)
    }

    /// The same of a visit for whose training a session speaks, if one does: its own training counters do not count then.
    #[must_use]
    pub fn visit_with(mut self, is_counted: bool, visit: &Visit, is_spoken_for: bool) -> Self {
        let Some(from) = visit
            .service_from
            .filter(|day| is_counted && self.range.contains(*day))
        else {
            return self;
        };
        let later = visit.service_to.map_or(0, |to| days_between(from, to));
        let days = later.clamp(0, i64::from(MAX_VISIT_DAYS - 1)) + 1;
        let service = Service::of(visit);
        let own = |counter| if is_spoken_for { 0 } else { count(counter) };
        let fact = if service.standing == CountsAs::Returned {
            VisitFact {
                from,
                days: 1,
                service,
                beneficiaries: Ids::default(),
                varieties: Names::default(),
                counters: Counters::default(),
            }
        } else {
            VisitFact {
                from,
                days: u8::try_from(days).unwrap_or(1),
                service,
                beneficiaries: visit
                    .beneficiary_ids
                    .iter()
                    .flatten()
                    .map(|id| id.0)
                    .collect(),
                varieties: visit.variety_names.iter().flatten().collect(),
                counters: Counters {
                    problems_solved: count(visit.problems_solved),
                    leaflets: count(visit.leaflets),
                    disease_cases: count(visit.disease_cases),
                    training_sessions: own(visit.training_sessions),
                    training_attendances: own(visit.training_attendances),
                    training_persons: own(visit.training_persons),
                },
            }
        };
        self.facts.visits.push(fact);
        self
    }

    /// Adds a live report. Give all reports of the village up to the last day of the range, also those dated
    /// before it: the state of an adoption follows from its whole history.
    #[must_use]
    pub fn report(mut self, is_counted: bool, report: Report) -> Self {
        let until_the_end = report
            .fields
            .reported_on
            .is_some_and(|day| day <= self.range.to());
        if let Some(id) = adoption_of(&report.fields).filter(|_| is_counted && until_the_end) {
            self.reports.entry(id).or_default().push(report);
        }
        self
    }

    /// Adds a feedback, if it was given in the range. `visit` is the visit it is about, whatever its date;
    /// feedback about a visit that is not known is pending.
    #[must_use]
    pub fn feedback(
        mut self,
        is_counted: bool,
        feedback: &Feedback,
        visit: Option<&Visit>,
    ) -> Self {
        let given_on = feedback
            .given_on
            .filter(|day| is_counted && self.range.contains(*day));
        let score = feedback
            .score
            .as_deref()
            .and_then(|word| word.parse::<Score>().ok());
        if let (Some(on), Some(score)) = (given_on, score) {
            let unknown = || Service {
                standing: CountsAs::Pending,
                ..Service::default()
            };
            let service = visit.map_or_else(unknown, Service::of);
            self.facts.feedback.push(FeedbackFact {
                on,
                score,
                way: Way::of(feedback.source.as_deref()),
                service,
            });
        }
        self
    }

    /// Adds a training session, if it was held in the range.
    #[must_use]
    pub fn training(mut self, fact: TrainingFact<'static>) -> Self {
        if self.range.contains(fact.on) {
            self.facts.trainings.push(fact);
        }
        self
    }

    /// The facts. `decided` holds what the office decided, by adoption.
    pub fn finish(mut self, decided: &BTreeMap<RecordId, Override>) -> CellFacts<'static> {
        let nothing = Override::default();
        for (id, reports) in &self.reports {
            let decided = decided.get(id).unwrap_or(&nothing);
            self.facts
                .adoptions
                .extend(adoption_fact(*id, reports, self.range, decided));
        }
        self.facts.visits.sort_unstable();
        self.facts.feedback.sort_unstable();
        self.facts.trainings.sort_unstable();
        self.facts
    }
}

impl Service<'_> {
    /// Of a visit.
    pub(super) fn of(visit: &Visit) -> Self {
        let members = visit
            .commissioner_id
            .iter()
            .chain(visit.participant_ids.iter().flatten());
        let word =
            |list, text: &Option<String>| text.as_deref().and_then(|text| Word::of(list, text));
        Self {
            standing: CountsAs::of(visit.review_state.as_deref()),
            members: members.map(|id| id.0).collect(),
            industry: word(&codes::INDUSTRY, &visit.industry),
            mode: word(&codes::VISIT_MODE, &visit.mode),
            chain_stage: word(&codes::CHAIN_STAGE, &visit.chain_stage),
            service_mode: word(&codes::SERVICE_MODE, &visit.service_mode),
            techniques: visit.technique_codes.iter().flatten().collect(),
        }
    }
}

fn adoption_fact(
    id: RecordId,
    reports: &[Report],
    range: Period,
    decided: &Override,
) -> Option<AdoptionFact<'static>> {
    let in_range = |report: &&Report| {
        report
            .fields
            .reported_on
            .is_some_and(|day| range.contains(day))
    };
    let reporters: Ids<'_> = reports
        .iter()
        .filter(in_range)
        .map(|report| report.author.0)
        .collect();
    if reporters.is_empty() {
        return None;
    }
    let state = derive(reports, Some(range.to()), decided)?;
    Some(AdoptionFact {
        id: id.0,
        on: state.stage_on?,
        unit: state.site_id.or(state.beneficiary_id)?.0,
        technique: Cow::Owned(state.technique_code?),
        season: Cow::Owned(state.season?),
        stage: state
            .stage
            .as_deref()
            .and_then(|word| word.parse::<Stage>().ok()),
        area_centi_mu: state.area_centi_mu,
        benefit_before_fen: state.benefit_before_fen,
        benefit_after_fen: state.benefit_after_fen,
        reporters,
    })
}

impl BaseFact<'_> {
    fn of(base: &DemoBase) -> Self {
        Self {
            run_by: base.beneficiary_id.map(|id| id.0),
            techniques: base.technique_codes.iter().flatten().collect(),
            demo_area_centi_mu: count(base.demo_area_centi_mu),
            radiated_area_centi_mu: count(base.radiated_area_centi_mu),
            radiated_households: count(base.radiated_households),
        }
    }
}

fn count(counter: Option<i64>) -> i64 {
    counter.unwrap_or(0).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;
    use crate::records::AdoptionReport;
    use jiff::civil::{Date, date};
    use uuid::Uuid;

    fn june() -> Period {
        "2026-06".parse().unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn visit(from: Date) -> Visit {
        Visit {
            service_from: Some(from),
            commissioner_id: Some(PersonId(id(1))),
            industry: Some("aquaculture".to_owned()),
            mode: Some("household".to_owned()),
            review_state: Some("approved".to_owned()),
            ..Visit::default()
        }
    }

    fn built(visits: &[Visit]) -> CellFacts<'static> {
        let builder = visits.iter().fold(CellFacts::build(june()), |cell, visit| {
            cell.visit(true, visit)
        });
        builder.finish(&BTreeMap::new())
    }

    #[test]
    fn a_visit_belongs_to_the_month_of_its_first_service_date_with_all_its_days() {
        let over_the_end = Visit {
            service_to: Some(date(2026, 7, 2)),
            ..visit(date(2026, 6, 30))
        };
        let from_before = Visit {
            service_to: Some(date(2026, 6, 2)),
            ..visit(date(2026, 5, 31))
        };
        let facts = built(&[over_the_end, from_before]);
        let [fact] = &facts.visits[..] else {
            panic!("{facts:?}")
        };
        let days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)];
        assert_eq!(fact.dates().collect::<Vec<_>>(), days);
        assert_eq!(fact.to(), date(2026, 7, 2));
    }

    #[test]
    fn a_visit_that_ends_before_it_starts_lasts_one_day_and_a_long_one_is_cut() {
        for (to, days) in [
            (date(2026, 5, 1), 1),
            (date(2026, 6, 5), 1),
            (date(2026, 6, 6), 2),
            (date(2026, 7, 5), 31),
            (date(2026, 7, 6), 31),
            (date(9999, 12, 31), 31),
            (date(-9999, 1, 1), 1),
        ] {
            let visit = Visit {
                service_to: Some(to),
                ..visit(date(2026, 6, 5))
            };
            assert_eq!(built(&[visit]).visits[0].days, days, "{to}");
        }
    }

    #[test]
    fn a_deleted_or_held_visit_leaves_no_fact_even_if_it_was_approved() {
        let facts = CellFacts::build(june()).visit(false, &visit(date(2026, 6, 5)));
        assert!(facts.finish(&BTreeMap::new()).is_empty());
    }

    #[test]
    fn review_states_count_as_approved_pending_or_returned() {
        for entry in codes::REVIEW_STATE.codes {
            let expected = match entry.code {
                "approved" => CountsAs::Approved,
                "submitted" | "township_passed" => CountsAs::Pending,
                _ => CountsAs::Returned,
            };
            assert_eq!(CountsAs::of(Some(entry.code)), expected, "{}", entry.code);
        }
        assert_eq!(CountsAs::of(None), CountsAs::Pending);
    }

    #[test]
    fn stages_are_those_of_the_code_list() {
        let listed: Vec<_> = codes::ADOPTION_STAGE
            .codes
            .iter()
            .map(|entry| entry.code)
            .collect();
        assert_eq!(
            Stage::ALL
                .iter()
                .map(|stage| stage.as_str())
                .collect::<Vec<_>>(),
            listed
        );
        for &stage in Stage::ALL {
            let json = serde_json::to_string(&stage).unwrap();
            assert_eq!(json, format!("\"{}\"", stage.as_str()));
            assert_eq!(stage.as_str().parse(), Ok(stage));
        }
    }

    fn report(author: u128, on: Date, stage: &str, area: Option<i64>) -> Report {
        Report {
            id: RecordId(id(1000 + author)),
            author: PersonId(id(author)),
            edited_at: 0,
            fields: AdoptionReport {
                beneficiary_id: Some(RecordId(id(7))),
                technique_code: Some("T1".to_owned()),
                season: Some("2026".to_owned()),
                stage: Some(stage.to_owned()),
                reported_on: Some(on),
                area_centi_mu: area,
                ..AdoptionReport::default()
            },
        }
    }

    #[test]
    fn an_adoption_stands_as_of_the_end_of_the_range_and_only_where_it_was_reported() {
        let reports = || {
            [
                report(1, date(2026, 5, 3), "trial", Some(500)),
                report(2, date(2026, 6, 9), "adopted", None),
                report(3, date(2026, 7, 1), "abandoned", Some(0)),
            ]
        };
        let cell = |range: &str| {
            let builder = CellFacts::build(range.parse().unwrap());
            let builder = reports()
                .into_iter()
                .fold(builder, |cell, report| cell.report(true, report));
            builder.finish(&BTreeMap::new()).adoptions
        };
        let june = cell("2026-06");
        assert_eq!(june.len(), 1);
        assert_eq!(june[0].stage, Some(Stage::Adopted));
        assert_eq!(
            june[0].area_centi_mu,
            Some(500),
            "the area that was last stated"
        );
        assert_eq!(june[0].reporters.iter().collect::<Vec<_>>(), [id(2)]);
        assert_eq!(cell("2026-05")[0].stage, Some(Stage::Trial));
        assert!(cell("2026-06-10..2026-06-30").is_empty());
        assert!(cell("2026-08").is_empty());
        let reports = CellFacts::build("2026-06".parse().unwrap())
            .report(false, report(2, date(2026, 6, 9), "adopted", None));
        assert!(
            reports.finish(&BTreeMap::new()).is_empty(),
            "a deleted report"
        );
    }

    #[test]
    fn the_office_decides_over_the_reports() {
        let report = report(1, date(2026, 6, 3), "adopted", Some(500));
        let adoption = adoption_of(&report.fields).unwrap();
        let decided = Override {
            stage: Some("trial".to_owned()),
            area_centi_mu: Some(300),
        };
        let facts = CellFacts::build(june())
            .report(true, report)
            .finish(&BTreeMap::from([(adoption, decided)]));
        assert_eq!(facts.adoptions[0].stage, Some(Stage::Trial));
        assert_eq!(facts.adoptions[0].area_centi_mu, Some(300));
    }

    #[test]
    fn the_stored_text_is_the_same_in_any_order_and_reads_back() {
        let mut visits = [
            visit(date(2026, 6, 5)),
            visit(date(2026, 6, 1)),
            visit(date(2026, 6, 9)),
        ];
        visits[1].leaflets = Some(40);
        visits[1].participant_ids = Some([PersonId(id(3)), PersonId(id(1))].into());
        let names = [" 长丰鲢 ", "长丰鲢", "华海\t1 号", "华海　1 号", "　"];
        visits[2].variety_names = Some(names.map(str::to_owned).into());
        visits[2].technique_codes = Some(["T2".to_owned(), "T1".to_owned()].into());
        let forwards = built(&visits);
        visits.reverse();
        assert_eq!(built(&visits).to_json(), forwards.to_json());
        assert_eq!(
            CellFacts::from_json(&forwards.to_json()),
            Some(forwards.clone())
        );
        assert_eq!(forwards.visits[0].service.members.len(), 2);
        let last = &forwards.visits[2];
        assert_eq!(
            last.varieties.iter().collect::<Vec<_>>(),
            ["华海 1 号", "长丰鲢"]
        );
        assert_eq!(
            last.service.techniques.iter().collect::<Vec<_>>(),
            ["T1", "T2"]
        );
        assert!(last.service.techniques.contains("T2") && !last.service.techniques.contains("T"));
        assert_eq!(forwards.visits[0].varieties.iter().count(), 0);
        assert_eq!(
            built(&visits[1..2]).to_json(),
            concat!(
                r#"{"f":2,"v":[{"d":"2026-06-01","s":{"p":"0000000000000000000000000000000"#,
                r#"100000000000000000000000000000003","i":"aquaculture","m":"household"},"c":{"l":40}}]}"#
            )
        );
    }

    #[test]
    fn facts_of_another_layout_are_none() {
        for text in [
            "",
            "null",
            "[]",
            r#"{"f":0}"#,
            r#"{"f":2,"v":[{}]}"#,
            r#"{"v":[]}"#,
        ] {
            assert_eq!(CellFacts::from_json(text), None, "{text}");
        }
        assert_eq!(
            CellFacts::from_json(r#"{"f":2}"#),
            Some(CellFacts::default())
        );
        assert_eq!(serde_json::from_str::<Ids<'_>>("\"0a\"").ok(), None);
        let no_digit = format!("\"{}g\"", "0".repeat(31));
        assert_eq!(serde_json::from_str::<Ids<'_>>(&no_digit).ok(), None);
        assert_eq!(serde_json::from_str::<Word>("\"no such word\"").ok(), None);
    }

    #[test]
    fn what_stands_in_a_village_is_its_demo_households_and_bases() {
        let demo = Beneficiary {
            is_demo_household: Some(true),
            ..Beneficiary::default()
        };
        let other = Beneficiary::default();
        let base = DemoBase {
            demo_area_centi_mu: Some(900),
            ..DemoBase::default()
        };
        let households = [
            (RecordId(id(2)), &demo),
            (RecordId(id(1)), &demo),
            (RecordId(id(3)), &other),
        ];
        let facts = StandingFacts::build(households, [&base]);
        assert_eq!(
            facts.demo_households.iter().collect::<Vec<_>>(),
            [id(1), id(2)]
        );
        assert_eq!(facts.bases[0].demo_area_centi_mu, 900);
        assert_eq!(
            StandingFacts::from_json(&facts.to_json()).as_ref(),
            Some(&facts)
        );
        assert!(StandingFacts::default().is_empty());
    }
}
