//! Coverage: four meanings, each named, each with its denominator open to view.
//!
//! "Coverage" means at least four things in the field, and a figure of one is worthless beside a figure of
//! another. Here each is a set of what is covered and a set of what is missing; the denominator is both.
//! Which kinds of divisions count is a setting of the county; merged villages drop out by date, and what was
//! done under their old code counts for their successor.

use super::facts::{CellFacts, CountsAs, VisitFact};
use super::period::Period;
use super::ratio::Ratio;
use crate::division::{DivisionCode, Level};
use crate::division_kind::DivisionKind;
use crate::validate::days_between;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What of a denominator is covered, and what is missing; both sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share<T> {
    /// The numerator, one by one.
    pub covered: Vec<T>,
    /// The rest of the denominator, one by one.
    pub missing: Vec<T>,
}

impl<T> Share<T> {
    /// Covered / (covered + missing).
    pub fn ratio(&self) -> Ratio {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        Ratio::new(
            number(self.covered.len()),
            number(self.covered.len() + self.missing.len()),
        )
    }

    fn of(all: impl IntoIterator<Item = T>, is_covered: impl Fn(&T) -> bool) -> Self {
        let (covered, missing) = all.into_iter().partition(is_covered);
        Self { covered, missing }
    }
}

/// The four coverages of one scope and period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Villages with an assignment.
    pub assigned: Share<DivisionCode>,
    /// Villages with an approved visit.
    pub visited: Share<DivisionCode>,
    /// Townships with an assignment.
    pub township: Share<DivisionCode>,
    /// (Village, industry) pairs with an approved visit.
    pub industry: Share<(DivisionCode, String)>,
}

/// The kinds of divisions that count, of villages and of townships: a setting of the county.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedKinds(pub BTreeSet<DivisionKind>);

impl Default for CountedKinds {
    /// 村委会 of the villages; 街道, 镇 and 乡 of the townships. Committees of residents, development zones and
    /// farms are left out until the county says otherwise.
    fn default() -> Self {
        Self(BTreeSet::from([
            DivisionKind::VillagersCommittee,
            DivisionKind::Subdistrict,
            DivisionKind::Town,
            DivisionKind::Township,
        ]))
    }
}

/// A township or village, with what coverage asks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// Its code.
    pub code: DivisionCode,
    /// First day on which it exists; `None` if it always did.
    pub valid_from: Option<Date>,
    /// Last day on which it exists; `None` if it still does.
    pub valid_to: Option<Date>,
    /// The division that it became part of.
    pub merged_into: Option<DivisionCode>,
    /// Whether it counts, where the county decided that for it and not by its kind.
    pub is_counted: Option<bool>,
    /// Lead industries of a village, by code.
    pub lead_industries: BTreeSet<String>,
}

impl Division {
    /// A division that always existed, counts by its kind and has no lead industry.
    pub const fn new(code: DivisionCode) -> Self {
        Self {
            code,
            valid_from: None,
            valid_to: None,
            merged_into: None,
            is_counted: None,
            lead_industries: BTreeSet::new(),
        }
    }

    /// Whether it exists on `day`. One that was merged without a date does not.
    pub fn is_valid_on(&self, day: Date) -> bool {
        let ended = match self.valid_to {
            Some(last) => last < day,
            None => self.merged_into.is_some(),
        };
        !ended && self.valid_from.is_none_or(|first| first <= day)
    }
}

/// The townships and villages of a county.
#[derive(Clone, Debug, Default)]
pub struct Register(BTreeMap<DivisionCode, Division>);

impl FromIterator<Division> for Register {
    fn from_iter<I: IntoIterator<Item = Division>>(divisions: I) -> Self {
        let by_code = divisions
            .into_iter()
            .map(|division| (division.code.clone(), division));
        Self(by_code.collect())
    }
}

/// Mergers followed from one code; more than any county saw, and an end to a ring of them.
pub const MAX_MERGERS: usize = 16;

impl Register {
    /// Codes of a village's lead industries.
    pub fn lead_industries(&self, code: &DivisionCode) -> Option<&BTreeSet<String>> {
        self.0.get(code).map(|division| &division.lead_industries)
    }

    /// The divisions of `level` in `scope` that count on `day`, sorted: those that exist on it and whose kind
    /// is listed, or for which the county decided so.
    pub fn counted(
        &self,
        level: Level,
        scope: &DivisionCode,
        kinds: &CountedKinds,
        day: Date,
    ) -> BTreeSet<&DivisionCode> {
        let counts = |division: &&Division| {
            let by_kind = || kinds.0.contains(&DivisionKind::of(&division.code));
            division.code.level() == level
                && scope.contains(&division.code)
                && division.is_valid_on(day)
                && division.is_counted.unwrap_or_else(by_kind)
        };
        self.0
            .values()
            .filter(counts)
            .map(|division| &division.code)
            .collect()
    }

    /// The division that stands on `day` for what was recorded under `code`: itself, or the one it became
    /// part of. A code that is not in the register stands for itself.
    pub fn successor<'a>(&'a self, code: &'a DivisionCode, day: Date) -> &'a DivisionCode {
        let mut current = code;
        for _ in 0..MAX_MERGERS {
            let next = self
                .0
                .get(current)
                .filter(|division| !division.is_valid_on(day));
            match next.and_then(|division| division.merged_into.as_ref()) {
                Some(next) => current = next,
                None => break,
            }
        }
        current
    }
}

/// That a commissioner, or a team, is assigned to a village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The village.
    pub village: DivisionCode,
    /// First day.
    pub from: Date,
    /// Last day; `None` if it has no end.
    pub to: Option<Date>,
}

/// The four coverages of `scope` in `period`. `cells` are the facts of the period; the divisions are those that
/// exist on its last day.
pub fn coverage<'a>(
    scope: &DivisionCode,
    period: Period,
    register: &'a Register,
    kinds: &CountedKinds,
    assignments: &'a [Assignment],
    cells: impl IntoIterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)>,
) -> Coverage {
    let on = period.to();
    let villages = register.counted(Level::Village, scope, kinds, on);
    let townships = register.counted(Level::Township, scope, kinds, on);

    let in_force = assignments
        .iter()
        .filter(|one| period.overlaps(one.from, one.to));
    let assigned: BTreeSet<&DivisionCode> = in_force
        .map(|one| register.successor(&one.village, on))
        .collect();
    let assigned_townships: BTreeSet<DivisionCode> = assigned
        .iter()
        .filter_map(|village| village.township())
        .collect();

    let mut visited: BTreeSet<&DivisionCode> = BTreeSet::new();
    let mut served: BTreeSet<(&DivisionCode, &str)> = BTreeSet::new();
    for (village, facts) in cells {
        let village = register.successor(village, on);
        for visit in facts.visits.iter().filter(|visit| is_approved(visit)) {
            visited.insert(village);
            served.extend(
                visit
                    .service
                    .industry
                    .map(|industry| (village, industry.as_str())),
            );
        }
    }

    let pairs = villages.iter().flat_map(|code| {
        let industries = register
            .0
            .get(*code)
            .into_iter()
            .flat_map(|one| &one.lead_industries);
        industries.map(|industry| ((*code).clone(), industry.clone()))
    });
    Coverage {
        assigned: Share::of(cloned(&villages), |code| assigned.contains(code)),
        visited: Share::of(cloned(&villages), |code| visited.contains(code)),
        township: Share::of(cloned(&townships), |code| assigned_townships.contains(code)),
        industry: Share::of(pairs, |(code, industry)| {
            served.contains(&(code, industry.as_str()))
        }),
    }
}

fn cloned<'a>(codes: &'a BTreeSet<&DivisionCode>) -> impl Iterator<Item = DivisionCode> + 'a {
    codes.iter().map(|code| (*code).clone())
}

fn is_approved(visit: &VisitFact<'_>) -> bool {
    visit.service.standing == CountsAs::Approved
}

/// The latest day of each village.
pub fn latest<'a>(
    days: impl IntoIterator<Item = (&'a DivisionCode, Date)>,
) -> BTreeMap<&'a DivisionCode, Date> {
    let mut last = BTreeMap::new();
    for (village, day) in days {
        let known = last.entry(village).or_insert(day);
        *known = day.max(*known);
    }
    last
}

/// Days (天) from the last approved visit to `today`; `None` if there was none. A visit dated after today
/// counts as today.
pub fn days_since(last_visit: Option<Date>, today: Date) -> Option<i64> {
    last_visit.map(|day| days_between(day, today).max(0))
}

/// Whether a village is overdue: never visited, or more than `limit_days` ago (a setting of the county).
pub fn is_overdue(days_since: Option<i64>, limit_days: i64) -> bool {
    days_since.is_none_or(|days| days > limit_days)
}

#[cfg(test)]
mod tests {
    use super::DivisionKind as Kind;
    use super::*;
    use crate::records::Visit;
    use jiff::civil::date;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    fn county() -> DivisionCode {
        code("421083")
    }

    fn june() -> Period {
        "2026-06".parse().unwrap()
    }

    fn register(codes: &[&str]) -> Register {
        codes.iter().map(|text| Division::new(code(text))).collect()
    }

    fn assigned(village: &str, from: Date, to: Option<Date>) -> Assignment {
        Assignment {
            village: code(village),
            from,
            to,
        }
    }

    fn cell(industry: &str, state: &str, from: Date) -> CellFacts<'static> {
        let visit = Visit {
            service_from: Some(from),
            industry: Some(industry.to_owned()),
            review_state: Some(state.to_owned()),
            ..Visit::default()
        };
        CellFacts::build("2026".parse().unwrap())
            .visit(true, &visit)
            .finish(&BTreeMap::new())
    }

    fn ratios(coverage: &Coverage) -> [(i64, i64); 4] {
        [
            coverage.assigned.ratio(),
            coverage.visited.ratio(),
            coverage.township.ratio(),
            coverage.industry.ratio(),
        ]
        .map(|ratio| (ratio.numerator, ratio.denominator))
    }

    fn kinds(kinds: &[DivisionKind]) -> CountedKinds {
        CountedKinds(kinds.iter().copied().collect())
    }

    #[test]
    fn the_denominator_depends_on_the_kinds_that_the_county_counts() {
        // In the proportions of 360124 进贤县: 74 residents', 264 villagers', 15 quasi.
        let village = |part: u16| Division::new(code(&format!("360124100{part:03}")));
        let parts = (1..=74).chain(200..400).chain(500..=514);
        let mut register: Register = parts.map(village).collect();
        let more = (200..264).map(|part| Division::new(code(&format!("360124101{part:03}"))));
        register
            .0
            .extend(more.map(|division| (division.code.clone(), division)));
        let counted = |list: &[DivisionKind]| {
            let day = date(2026, 6, 30);
            register
                .counted(Level::Village, &code("360124"), &kinds(list), day)
                .len()
        };
        assert_eq!(counted(&[Kind::VillagersCommittee]), 264);
        assert_eq!(
            counted(&[Kind::VillagersCommittee, Kind::ResidentsCommittee]),
            338
        );
        let all = [
            Kind::VillagersCommittee,
            Kind::ResidentsCommittee,
            Kind::QuasiResidents,
            Kind::QuasiVillagers,
        ];
        assert_eq!(counted(&all), 353);
    }

    #[test]
    fn each_meaning_has_its_own_numerator_and_denominator() {
        let mut register = register(&[
            "421083100",
            "421083101",
            "421083400",
            "421083100001",
            "421083100201",
            "421083100202",
            "421083101201",
            "421083400501",
        ]);
        for (village, industries) in [
            ("421083100201", vec!["aquaculture", "vegetable"]),
            ("421083101201", vec!["vegetable"]),
        ] {
            let division = register.0.get_mut(&code(village)).unwrap();
            division.lead_industries = industries.into_iter().map(str::to_owned).collect();
        }
        let assignments = [
            assigned("421083100201", date(2026, 6, 30), None),
            assigned("421083100202", date(2020, 1, 1), Some(date(2026, 5, 31))),
            assigned("421083400501", date(2020, 1, 1), None),
        ];
        let approved = cell("aquaculture", "approved", date(2026, 6, 3));
        let pending = cell("vegetable", "submitted", date(2026, 6, 3));
        let cells = [
            (code("421083100201"), &approved),
            (code("421083100202"), &approved),
            (code("421083100001"), &approved),
            (code("421083101201"), &pending),
        ];
        let cells = || cells.iter().map(|(village, facts)| (village, *facts));
        let found = coverage(
            &county(),
            june(),
            &register,
            &CountedKinds::default(),
            &assignments,
            cells(),
        );
        assert_eq!(ratios(&found), [(1, 3), (2, 3), (1, 2), (1, 3)]);
        assert_eq!(
            found.assigned.missing,
            [code("421083100202"), code("421083101201")]
        );
        assert_eq!(found.visited.missing, [code("421083101201")]);
        assert_eq!(found.township.missing, [code("421083101")]);
        assert_eq!(
            found.industry.missing,
            [
                (code("421083100201"), "vegetable".to_owned()),
                (code("421083101201"), "vegetable".to_owned())
            ]
        );

        let township = coverage(
            &code("421083100"),
            june(),
            &register,
            &CountedKinds::default(),
            &assignments,
            cells(),
        );
        assert_eq!(ratios(&township), [(1, 2), (2, 2), (1, 1), (1, 2)]);
    }

    #[test]
    fn a_township_is_covered_by_an_assignment_to_a_village_that_does_not_count_itself() {
        let register = register(&["421083100", "421083100001", "421083100201"]);
        let assignments = [assigned("421083100001", date(2026, 1, 1), None)];
        let kinds = CountedKinds::default();
        let found = coverage(&county(), june(), &register, &kinds, &assignments, []);
        assert_eq!(ratios(&found), [(0, 1), (0, 1), (1, 1), (0, 0)]);
    }

    #[test]
    fn a_merged_village_drops_out_by_date_and_its_visits_count_for_the_successor() {
        let mut register = register(&["421083100201", "421083100202", "421083100203"]);
        let merge = |register: &mut Register, from: &str, to: &str, last: Option<Date>| {
            let division = register.0.get_mut(&code(from)).unwrap();
            division.merged_into = Some(code(to));
            division.valid_to = last;
        };
        merge(
            &mut register,
            "421083100201",
            "421083100202",
            Some(date(2026, 6, 14)),
        );
        let facts = cell("aquaculture", "approved", date(2026, 6, 3));
        let old = code("421083100201");
        let assignments = [assigned(
            "421083100201",
            date(2026, 6, 1),
            Some(date(2026, 6, 14)),
        )];
        let of = |register: &Register, period: &str| {
            let cells = [(&old, &facts)];
            let kinds = CountedKinds::default();
            let period = period.parse().unwrap();
            coverage(&county(), period, register, &kinds, &assignments, cells)
        };
        let before = of(&register, "2026-06-01..2026-06-14");
        assert_eq!(before.visited.covered, [code("421083100201")]);
        assert_eq!(before.visited.ratio(), Ratio::new(1, 3));
        let after = of(&register, "2026-06");
        assert_eq!(after.visited.covered, [code("421083100202")]);
        assert_eq!(after.assigned.covered, [code("421083100202")]);
        assert_eq!(after.visited.ratio(), Ratio::new(1, 2));

        merge(&mut register, "421083100202", "421083100203", None);
        assert_eq!(
            of(&register, "2026-06").visited.covered,
            [code("421083100203")]
        );
        // A ring of mergers ends.
        merge(&mut register, "421083100203", "421083100202", None);
        assert_eq!(of(&register, "2026-06").visited.ratio(), Ratio::new(0, 0));
        let unknown = code("421083999999");
        assert_eq!(register.successor(&unknown, date(2026, 6, 1)), &unknown);
    }

    #[test]
    fn the_county_can_decide_for_one_village() {
        let mut register = register(&["421083100001", "421083100201"]);
        register
            .0
            .get_mut(&code("421083100001"))
            .unwrap()
            .is_counted = Some(true);
        register
            .0
            .get_mut(&code("421083100201"))
            .unwrap()
            .is_counted = Some(false);
        let kinds = CountedKinds::default();
        let counted = register.counted(Level::Village, &county(), &kinds, date(2026, 6, 1));
        assert_eq!(counted, BTreeSet::from([&code("421083100001")]));
    }

    #[test]
    fn a_village_does_not_count_before_it_exists() {
        let mut division = Division::new(code("421083100201"));
        division.valid_from = Some(date(2026, 7, 1));
        assert!(!division.is_valid_on(date(2026, 6, 30)));
        assert!(division.is_valid_on(date(2026, 7, 1)));
    }

    #[test]
    fn days_are_counted_from_the_last_day_of_the_last_approved_visit() {
        let mut long = cell("other", "approved", date(2026, 6, 3));
        long.visits[0].days = 3;
        let cells = [
            (
                code("421083100201"),
                cell("other", "approved", date(2026, 6, 4)),
            ),
            (code("421083100201"), long),
            (
                code("421083100201"),
                cell("other", "submitted", date(2026, 6, 20)),
            ),
            (
                code("421083100202"),
                cell("other", "returned", date(2026, 6, 20)),
            ),
        ];
        let last = latest(
            cells
                .iter()
                .filter_map(|(village, facts)| Some((village, facts.last_visit()?))),
        );
        assert_eq!(
            last,
            BTreeMap::from([(&code("421083100201"), date(2026, 6, 5))])
        );
        let today = date(2026, 7, 5);
        assert_eq!(days_since(Some(date(2026, 6, 5)), today), Some(30));
        assert_eq!(days_since(Some(date(2026, 8, 1)), today), Some(0));
        assert_eq!(days_since(None, today), None);
        assert!(is_overdue(None, 30) && is_overdue(Some(31), 30) && !is_overdue(Some(30), 30));
    }
}
