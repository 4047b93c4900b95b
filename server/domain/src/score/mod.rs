//! Assessment (目标考核): a county's score plan as data, and what it makes of figures, in exact decimals.
//!
//! A plan is a TOML file that people read and discuss; nothing of a scheme is in code. Points have one or two decimals in the
//! field (0.6, 0.2, 2.5), so nothing here is a binary fraction. Where figures come from is not known here.

mod plan;
mod rule;
mod sheet;
mod shipped;
mod subject;

pub use plan::{Bounds, Grade, Group, Label, Plan, PlanError, Rule};
pub use rule::{Amount, Missing, RuleKind};
pub use sheet::{
    Heading, PointsDocument, RecordDocument, Said, Sayings, Sheet, SheetLine, SheetMeasure, Wrong,
    sheet,
};
pub use shipped::{SHIPPED, shipped};
pub use subject::{Subject, SubjectKind};

use plan::exact_map;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a plan is applied to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Figures {
    /// Values of measures, by code.
    #[serde(deserialize_with = "exact_map")]
    pub measures: BTreeMap<String, Decimal>,
    /// Grades that a person gave, by code of the rule.
    pub judged: BTreeMap<String, String>,
    /// Points that a person gave, by code of the rule.
    #[serde(deserialize_with = "exact_map")]
    pub entered: BTreeMap<String, Decimal>,
}

impl Figures {
    /// Reads figures from a TOML file.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        toml::from_str(text).map_err(|error| PlanError::Unreadable(error.to_string()))
    }
}

/// What one rule came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The rule.
    pub rule: String,
    /// Its points; or what it misses, which is never taken for zero.
    pub points: Result<Decimal, Missing>,
}

/// What a plan came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    /// A line for each rule, in the order of the plan.
    pub lines: Vec<Line>,
    /// Points (分) in total, after the caps of groups and the bounds of the plan; absent while a line misses something.
    pub total: Option<Decimal>,
    /// The grade of that total, by its code; absent if the plan has none.
    pub grade: Option<String>,
}

impl Plan {
    /// Applies the plan to figures.
    pub fn score(&self, figures: &Figures) -> Score {
        let line = |rule: &Rule| Line {
            rule: rule.code.clone(),
            points: rule.score.points(&rule.code, figures).map(rounded),
        };
        let lines: Vec<Line> = self.rules.iter().map(line).collect();
        let total = self.total_of(lines.iter().map(|line| line.points.as_ref().ok().copied()));
        let grade = total.and_then(|total| self.grade_of(total));
        Score {
            grade: grade.map(|grade| grade.code.clone()),
            lines,
            total,
        }
    }

    /// The total of points in the order of the rules; absent if any of them is.
    fn total_of(&self, points: impl Iterator<Item = Option<Decimal>>) -> Option<Decimal> {
        let (mut alone, mut groups) = (Decimal::ZERO, BTreeMap::<&str, Decimal>::new());
        for (rule, points) in self.rules.iter().zip(points) {
            let points = points?;
            match &rule.group {
                None => alone += points,
                Some(group) => *groups.entry(group).or_default() += points,
            }
        }
        let capped = self.groups.iter().map(|group| {
            let sum = groups.get(group.code.as_str()).copied();
            sum.unwrap_or_default().min(group.most)
        });
        Some(self.total.within(alone + capped.sum::<Decimal>()))
    }

    /// The best grade that a total reaches.
    fn grade_of(&self, total: Decimal) -> Option<&Grade> {
        let reached = self.grades.iter().filter(|grade| total >= grade.at_least);
        reached.max_by_key(|grade| grade.at_least)
    }
}

/// To 0.01 points, halves away from zero, as people round by hand.
fn rounded(points: Decimal) -> Decimal {
    points
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

#[cfg(test)]
mod tests;
