//! The file of a score plan: what is in it, and what makes one unsound.

use crate::score::rule::RuleKind;
use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::words::Sentence;

/// A score plan (考核方案). A plan that is in use is never changed; a change is another version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: String,
    /// What people call it.
    pub label: Label,
    /// The document that it follows, and what of it the county decided itself.
    pub source: String,
    /// Least and most points in total.
    #[serde(default)]
    pub total: Bounds,
    /// Grades by total.
    #[serde(default, rename = "grade")]
    pub grades: Vec<Grade>,
    /// Rules that share a cap.
    #[serde(default, rename = "group")]
    pub groups: Vec<Group>,
    /// The rules.
    #[serde(rename = "rule")]
    pub rules: Vec<Rule>,
}

/// A name in two languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Least and most; without either if absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bounds {
    /// Points at the least.
    #[serde(default, deserialize_with = "exact_if_any")]
    pub least: Option<Decimal>,
    /// Points at the most.
    #[serde(default, deserialize_with = "exact_if_any")]
    pub most: Option<Decimal>,
}

impl Bounds {
    pub(super) fn within(&self, points: Decimal) -> Decimal {
        let points = self.most.map_or(points, |most| points.min(most));
        self.least.map_or(points, |least| points.max(least))
    }
}

/// A grade.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub label: Label,
    /// The total from which it holds.
    #[serde(deserialize_with = "exact")]
    pub at_least: Decimal,
}

/// Rules that share a cap.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub label: Label,
    /// Points of its rules together at the most.
    #[serde(deserialize_with = "exact")]
    pub most: Decimal,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its code.
    pub code: String,
    /// What people call it.
    pub label: Label,
    /// The group that it is in.
    #[serde(default)]
    pub group: Option<String>,
    /// How it gives points.
    pub score: RuleKind,
}

/// Why a file is no plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// It cannot be read; with the place in it.
    Unreadable(String),
    /// Two rules, groups or grades have this code.
    Twice(String),
    /// A rule is in a group that is none.
    NoGroup(String, String),
    /// It has no rule.
    Empty,
    /// A rule has nothing to decide by: no bands, steps, grades or levels.
    Hollow(String),
}

impl PlanError {
    /// In words.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Unreadable(why) => Sentence::new(format!("无法读取：{why}"), why.clone()),
            Self::Twice(code) => Sentence::new(
                format!("代码 {code} 重复"),
                format!("{code} is there twice"),
            ),
            Self::NoGroup(rule, group) => Sentence::new(
                format!("规则 {rule} 的分组 {group} 不存在"),
                format!("rule {rule} is in group {group}, which is not there"),
            ),
            Self::Empty => Sentence::new("方案没有规则", "the plan has no rule"),
            Self::Hollow(rule) => Sentence::new(
                format!("规则 {rule} 没有任何档次"),
                format!("rule {rule} has nothing to decide by"),
            ),
        }
    }
}

impl Plan {
    /// Reads a plan and checks that it holds together.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let plan: Self =
            toml::from_str(text).map_err(|error| PlanError::Unreadable(error.to_string()))?;
        plan.check()?;
        Ok(plan)
    }

    /// The rule of a code.
    pub fn rule(&self, code: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// Every measure that a rule needs.
    pub fn measures(&self) -> BTreeSet<&str> {
        let rules = self.rules.iter();
        rules.flat_map(|rule| rule.score.measures()).collect()
    }

    fn check(&self) -> Result<(), PlanError> {
        if self.rules.is_empty() {
            return Err(PlanError::Empty);
        }
        unique(self.rules.iter().map(|rule| &rule.code))?;
        unique(self.groups.iter().map(|group| &group.code))?;
        unique(self.grades.iter().map(|grade| &grade.code))?;
        let groups: BTreeSet<&String> = self.groups.iter().map(|group| &group.code).collect();
        for rule in &self.rules {
            if let Some(group) = rule.group.as_ref().filter(|group| !groups.contains(group)) {
                return Err(PlanError::NoGroup(rule.code.clone(), group.clone()));
            }
            if rule.score.is_hollow() {
                return Err(PlanError::Hollow(rule.code.clone()));
            }
        }
        Ok(())
    }
}

impl RuleKind {
    fn is_hollow(&self) -> bool {
        match self {
            Self::Bands(rule) => rule.bands.is_empty(),
            Self::Steps(rule) => rule.points.is_empty(),
            Self::Graded(rule) => rule.grades.is_empty(),
            Self::Highest(rule) => rule.levels.is_empty(),
            _ => false,
        }
    }
}

fn unique<'a>(codes: impl Iterator<Item = &'a String>) -> Result<(), PlanError> {
    let mut met = BTreeSet::new();
    for code in codes {
        if !met.insert(code) {
            return Err(PlanError::Twice(code.clone()));
        }
    }
    Ok(())
}

fn not_exact<E: Error>() -> E {
    E::custom(
        "小数请写成字符串，如 \"0.6\" / write fractions as text, such as \"0.6\": 0.6 is not exact",
    )
}

/// Why a word is no number; in TOML's words elsewhere.
pub(super) type Unexact = serde::de::value::Error;

/// A whole number, or a decimal number as text.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Written {
    Whole(i64),
    Text(String),
}

/// Numbers at the most, and their decimals: far from where exact products and sums end.
const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
const MOST_DECIMALS: u32 = 4;

impl Written {
    pub(super) fn exact<E: Error>(self) -> Result<Decimal, E> {
        let number: Decimal = match self {
            Self::Whole(number) => number.into(),
            Self::Text(text) => text.parse().map_err(|_| not_exact())?,
        };
        if number.abs() > MOST || number.scale() > MOST_DECIMALS {
            let words = format!(
                "{number}: 至多 {MOST_DECIMALS} 位小数，绝对值至多 {MOST} / at most {MOST_DECIMALS} decimals and {MOST}"
            );
            return Err(E::custom(words));
        }
        Ok(number)
    }
}

pub(super) fn written<'de, D: Deserializer<'de>>(from: D) -> Result<Written, D::Error> {
    Written::deserialize(from).map_err(|_| not_exact())
}

pub(super) fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    written(from)?.exact()
}

pub(super) fn exact_if_any<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Decimal>, D::Error> {
    exact(from).map(Some)
}

pub(super) fn exact_list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Decimal>, D::Error> {
    let written: Vec<Written> = Deserialize::deserialize(from).map_err(|_| not_exact())?;
    written.into_iter().map(Written::exact).collect()
}

pub(super) fn exact_map<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Decimal>, D::Error> {
    let written: BTreeMap<String, Written> =
        Deserialize::deserialize(from).map_err(|_| not_exact())?;
    let pair = |(code, value): (String, Written)| Ok((code, value.exact()?));
    written.into_iter().map(pair).collect()
}
