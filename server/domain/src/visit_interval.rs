//! How often a village is to be visited: a rule of the county, by place, lead industry and season.
//!
//! Ponds need somebody every week or two in the hot months and hardly anybody in winter; one number for a whole county and
//! year makes half of a list of overdue villages noise.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tepai_sync_protocol::division::DivisionCode;

/// Days (天) between visits that a rule can ask for.
pub const DAYS: std::ops::RangeInclusive<i64> = 1..=366;
/// Rules that a county can have.
pub const MOST_RULES: usize = 200;

/// An interval and where and when it holds; what is absent does not narrow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntervalRule {
    /// In this township or village.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub division: Option<DivisionCode>,
    /// In villages with this lead industry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub industry: Option<String>,
    /// From this day of the year on, `MM-DD`; together with `to`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// To this day of the year, `MM-DD`; one before `from` is in the next year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Days without an approved visit after which such a village is overdue.
    pub days: i64,
}

impl IntervalRule {
    /// Whether it can hold at all: its days, its season and its industry are what they should be.
    pub fn is_sound(&self, is_industry: impl Fn(&str) -> bool) -> bool {
        let season = match (&self.from, &self.to) {
            (None, None) => true,
            (Some(from), Some(to)) => is_day_of_year(from) && is_day_of_year(to),
            _ => false,
        };
        season && DAYS.contains(&self.days) && self.industry.as_deref().is_none_or(is_industry)
    }

    fn holds(&self, village: &DivisionCode, industries: &BTreeSet<String>, on: Date) -> bool {
        let here = self
            .division
            .as_ref()
            .is_none_or(|division| division.contains(village));
        let grown = self
            .industry
            .as_ref()
            .is_none_or(|industry| industries.contains(industry));
        here && grown && self.is_in_season(on)
    }

    fn is_in_season(&self, on: Date) -> bool {
        let (Some(from), Some(to)) = (&self.from, &self.to) else {
            return true;
        };
        let day = on.strftime("%m-%d").to_string();
        if from <= to {
            *from <= day && day <= *to
        } else {
            *from <= day || day <= *to
        }
    }

    /// How narrow its place is: digits of the code.
    fn narrowness(&self) -> usize {
        self.division
            .as_ref()
            .map_or(0, |division| division.as_str().len())
    }
}

/// `MM-DD`, a day of a leap year. Texts of this shape are in the order of their days.
fn is_day_of_year(text: &str) -> bool {
    text.len() == 5 && format!("2024-{text}").parse::<Date>().is_ok()
}

/// The days that hold for a village: of the rules that fit, those of the narrowest place, and of these the fewest days.
pub fn interval(
    rules: &[IntervalRule],
    otherwise: i64,
    village: &DivisionCode,
    industries: &BTreeSet<String>,
    on: Date,
) -> i64 {
    let fit = rules
        .iter()
        .filter(|rule| rule.holds(village, industries, on));
    let best = fit.min_by_key(|rule| (std::cmp::Reverse(rule.narrowness()), rule.days));
    best.map_or(otherwise, |rule| rule.days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const VILLAGE: &str = "990421101201";

    fn rule(division: &str, industry: &str, season: &str, days: i64) -> IntervalRule {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (from, to) = season.split_once("..").unwrap_or_default();
        IntervalRule {
            division: given(division).map(|code| code.parse().unwrap()),
            industry: given(industry),
            from: given(from),
            to: given(to),
            days,
        }
    }

    fn days(rules: &[IntervalRule], month: i8, day: i8) -> i64 {
        let industries = BTreeSet::from(["aquaculture".to_owned()]);
        let village = VILLAGE.parse().unwrap();
        interval(rules, 30, &village, &industries, date(2026, month, day))
    }

    #[test]
    fn the_narrowest_place_decides_and_then_the_fewest_days() {
        let county = rule("", "", "", 20);
        let ponds = rule("", "aquaculture", "", 15);
        let township = rule("990421101", "", "", 45);
        let village = rule(VILLAGE, "", "", 60);
        assert_eq!(days(&[], 6, 1), 30);
        assert_eq!(days(&[county.clone(), ponds.clone()], 6, 1), 15);
        assert_eq!(days(&[county.clone(), township.clone()], 6, 1), 45);
        assert_eq!(days(&[village, county, ponds, township], 6, 1), 60);
        let elsewhere = rule("990421102", "", "", 7);
        let other = rule("", "vegetable", "", 7);
        assert_eq!(days(&[elsewhere, other], 6, 1), 30);
    }

    #[test]
    fn a_season_holds_on_its_first_and_last_day_and_may_go_over_the_new_year() {
        let summer = [rule("", "", "06-01..09-30", 10)];
        let held = [(5, 31, 30), (6, 1, 10), (9, 30, 10), (10, 1, 30)];
        for (month, day, expected) in held {
            assert_eq!(days(&summer, month, day), expected, "{month}-{day}");
        }
        let winter = [rule("", "", "11-15..02-29", 90)];
        let held = [(11, 14, 30), (11, 15, 90), (1, 1, 90), (3, 1, 30)];
        for (month, day, expected) in held {
            assert_eq!(days(&winter, month, day), expected, "{month}-{day}");
        }
    }

    #[test]
    fn what_cannot_hold_is_not_sound() {
        let known = |industry: &str| industry == "aquaculture";
        assert!(rule("", "aquaculture", "02-29..03-01", 1).is_sound(known));
        for wrong in [
            rule("", "", "", 0),
            rule("", "", "", 367),
            rule("", "fishing", "", 10),
            rule("", "", "02-30..03-01", 10),
            rule("", "", "6-1..9-30", 10),
            IntervalRule {
                to: None,
                ..rule("", "", "06-01..09-30", 10)
            },
        ] {
            assert!(!wrong.is_sound(known), "{wrong:?}");
        }
    }
}
