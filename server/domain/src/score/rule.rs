//! The kinds of rules that real schemes use, and how many points each gives.
//!
//! They are those that the tables of 武进 2012, 广西, 龙岩 2023, 师宗, 遵义 and the townships' responsibility for science and
//! technology need, and no others.

use crate::score::Figures;
use crate::score::plan::{Unexact, Written, exact, exact_if_any, exact_list, exact_map, written};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use std::collections::{BTreeMap, BTreeSet};

/// How a rule gives points.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// So many points for each: 每次 0.2 分.
    PerUnit(PerUnit),
    /// A full mark, less some for each that is short of a target: 每少一次扣 0.5 分.
    Shortfall(Shortfall),
    /// A full mark if the target is reached, or else nothing: 缺一户不得分.
    AllOrNothing(AllOrNothing),
    /// The part of a target that is reached, up to all of it, of a weight: min(完成率, 100%) × 权重.
    Proportion(Proportion),
    /// The points of the first band of which every condition holds.
    Bands(Bands),
    /// Points by how often something happened: 1 人不满意扣 2 分, 2 人扣 5 分, 3 人不得分.
    Steps(ScoreSteps),
    /// A grade that a person gives: 好 4, 一般 3, 差 2.
    Graded(Graded),
    /// Points that a person gives.
    Entered(Entered),
    /// The highest of several levels alone: 国家、省、市级, 取最高.
    Highest(Highest),
}

/// See [`RuleKind::PerUnit`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerUnit {
    /// What is counted.
    pub measure: String,
    /// Points for each.
    #[serde(deserialize_with = "exact")]
    pub points: Decimal,
    /// Points at the most.
    #[serde(default, deserialize_with = "exact_if_any")]
    pub most: Option<Decimal>,
}

/// See [`RuleKind::Shortfall`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shortfall {
    /// What is counted.
    pub measure: String,
    /// How many there should be.
    pub target: Amount,
    /// Points if none is missing.
    #[serde(deserialize_with = "exact")]
    pub full: Decimal,
    /// Points less for each that is missing.
    #[serde(deserialize_with = "exact")]
    pub minus: Decimal,
    /// Points at the least; below zero where deductions have no floor.
    #[serde(default, deserialize_with = "exact")]
    pub least: Decimal,
}

/// See [`RuleKind::AllOrNothing`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllOrNothing {
    /// What is counted.
    pub measure: String,
    /// How many there should be.
    pub target: Amount,
    /// Points if there are.
    #[serde(deserialize_with = "exact")]
    pub full: Decimal,
}

/// See [`RuleKind::Proportion`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proportion {
    /// What is counted.
    pub measure: String,
    /// How many there should be; all points if that is zero.
    pub target: Amount,
    /// Points for all of it.
    #[serde(deserialize_with = "exact")]
    pub weight: Decimal,
}

/// See [`RuleKind::Bands`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// The bands, the best first.
    pub bands: Vec<ScoreBand>,
    /// Points if none holds.
    #[serde(deserialize_with = "exact")]
    pub otherwise: Decimal,
}

/// A band.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreBand {
    /// Its points.
    #[serde(deserialize_with = "exact")]
    pub points: Decimal,
    /// What each of these measures must reach.
    #[serde(deserialize_with = "exact_map")]
    pub at_least: BTreeMap<String, Decimal>,
}

/// See [`RuleKind::Steps`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoreSteps {
    /// What is counted.
    pub measure: String,
    /// Points if it happened never, once, twice …; the last holds for more.
    #[serde(deserialize_with = "exact_list")]
    pub points: Vec<Decimal>,
}

/// See [`RuleKind::Graded`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Graded {
    /// Points of each grade, by its code.
    #[serde(deserialize_with = "exact_map")]
    pub grades: BTreeMap<String, Decimal>,
}

/// See [`RuleKind::Entered`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entered {
    /// Points at the most.
    #[serde(deserialize_with = "exact")]
    pub most: Decimal,
}

/// See [`RuleKind::Highest`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Highest {
    /// The levels.
    pub levels: Vec<Level>,
}

/// A level.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// What is counted; one is enough.
    pub measure: String,
    /// Its points.
    #[serde(deserialize_with = "exact")]
    pub points: Decimal,
}

/// A number, or the value of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// A number.
    Number(Decimal),
    /// The value of this measure, such as the households that were assigned.
    Measure(String),
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match written(deserializer)? {
            Written::Text(text) if text.parse::<Decimal>().is_err() => Ok(Self::Measure(text)),
            number => number.exact().map(Self::Number),
        }
    }
}

/// What a rule needs and was not given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The value of this measure.
    Measure(String),
    /// A person's grade, one of the rule's.
    Grade,
    /// A person's points, from zero to the rule's most.
    Points,
}

impl Figures {
    fn measure(&self, code: &str) -> Result<Decimal, Missing> {
        let value = self.measures.get(code).copied();
        value.ok_or_else(|| Missing::Measure(code.to_owned()))
    }

    fn amount(&self, amount: &Amount) -> Result<Decimal, Missing> {
        match amount {
            Amount::Number(number) => Ok(*number),
            Amount::Measure(code) => self.measure(code),
        }
    }
}

impl RuleKind {
    /// The points of the rule of this code; or what it misses.
    pub fn points(&self, code: &str, figures: &Figures) -> Result<Decimal, Missing> {
        match self {
            Self::PerUnit(rule) => {
                let points = figures.measure(&rule.measure)? * rule.points;
                Ok(rule.most.map_or(points, |most| points.min(most)))
            }
            Self::Shortfall(rule) => {
                let short = figures.amount(&rule.target)? - figures.measure(&rule.measure)?;
                let points = rule.full - short.max(Decimal::ZERO) * rule.minus;
                Ok(points.max(rule.least))
            }
            Self::AllOrNothing(rule) => {
                let reached = figures.measure(&rule.measure)? >= figures.amount(&rule.target)?;
                Ok(if reached { rule.full } else { Decimal::ZERO })
            }
            Self::Proportion(rule) => {
                let (actual, target) = (
                    figures.measure(&rule.measure)?,
                    figures.amount(&rule.target)?,
                );
                if target <= Decimal::ZERO || actual >= target {
                    return Ok(rule.weight);
                }
                // Multiplied first: a third of 60 is 20.
                Ok(actual * rule.weight / target)
            }
            Self::Bands(rule) => rule.points(figures),
            Self::Steps(rule) => {
                let count = figures.measure(&rule.measure)?;
                let holds = rule
                    .points
                    .iter()
                    .enumerate()
                    .take_while(|(times, _)| Decimal::from(*times) <= count);
                Ok(holds.last().map_or(Decimal::ZERO, |(_, points)| *points))
            }
            Self::Graded(rule) => {
                let grade = figures.judged.get(code);
                let points = grade.and_then(|grade| rule.grades.get(grade)).copied();
                points.ok_or(Missing::Grade)
            }
            Self::Entered(rule) => {
                let points = figures.entered.get(code).copied();
                let allowed = Decimal::ZERO..=rule.most;
                let points = points.filter(|points| allowed.contains(points));
                points.ok_or(Missing::Points)
            }
            Self::Highest(rule) => rule.points(figures),
        }
    }

    /// The points that somebody's word is worth: a grade of a graded rule, and else a number of points that the rule can give.
    pub fn said(&self, word: &str) -> Option<Decimal> {
        if let Self::Graded(rule) = self {
            return rule.grades.get(word).copied();
        }
        let points = Written::Text(word.to_owned()).exact::<Unexact>().ok()?;
        let least = match self {
            Self::Shortfall(rule) => rule.least.min(Decimal::ZERO),
            _ => Decimal::ZERO,
        };
        let allowed = least <= points && self.most().is_none_or(|most| points <= most);
        allowed.then_some(points)
    }

    /// Whether a person gives its points, and no measure does.
    pub const fn is_for_people(&self) -> bool {
        matches!(self, Self::Graded(_) | Self::Entered(_))
    }

    /// Points at the most; absent if there is no limit.
    pub fn most(&self) -> Option<Decimal> {
        match self {
            Self::PerUnit(rule) => rule.most,
            Self::Shortfall(rule) => Some(rule.full),
            Self::AllOrNothing(rule) => Some(rule.full),
            Self::Proportion(rule) => Some(rule.weight),
            Self::Bands(rule) => {
                let bands = rule.bands.iter().map(|band| band.points);
                bands.chain([rule.otherwise]).max()
            }
            Self::Steps(rule) => rule.points.iter().copied().max(),
            Self::Graded(rule) => rule.grades.values().copied().max(),
            Self::Entered(rule) => Some(rule.most),
            Self::Highest(rule) => rule.levels.iter().map(|level| level.points).max(),
        }
    }

    /// The measures that the rule needs, each once.
    pub fn measures(&self) -> Vec<&str> {
        match self {
            Self::PerUnit(rule) => vec![&rule.measure],
            Self::Steps(rule) => vec![&rule.measure],
            Self::Shortfall(rule) => with(&rule.measure, &rule.target),
            Self::AllOrNothing(rule) => with(&rule.measure, &rule.target),
            Self::Proportion(rule) => with(&rule.measure, &rule.target),
            Self::Bands(rule) => {
                let conditions = rule.bands.iter().flat_map(|band| band.at_least.keys());
                let once: BTreeSet<&str> = conditions.map(String::as_str).collect();
                once.into_iter().collect()
            }
            Self::Highest(rule) => {
                let levels = rule.levels.iter();
                levels.map(|level| level.measure.as_str()).collect()
            }
            Self::Graded(_) | Self::Entered(_) => Vec::new(),
        }
    }
}

fn with<'a>(measure: &'a str, target: &'a Amount) -> Vec<&'a str> {
    match target {
        Amount::Measure(target) => vec![measure, target],
        Amount::Number(_) => vec![measure],
    }
}

impl Bands {
    fn points(&self, figures: &Figures) -> Result<Decimal, Missing> {
        for band in &self.bands {
            let mut holds = true;
            for (measure, least) in &band.at_least {
                holds &= figures.measure(measure)? >= *least;
            }
            if holds {
                return Ok(band.points);
            }
        }
        Ok(self.otherwise)
    }
}

impl Highest {
    fn points(&self, figures: &Figures) -> Result<Decimal, Missing> {
        let mut best = Decimal::ZERO;
        for level in &self.levels {
            if figures.measure(&level.measure)? >= Decimal::ONE {
                best = best.max(level.points);
            }
        }
        Ok(best)
    }
}
