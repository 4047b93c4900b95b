//! A score sheet (考核表): what a plan makes of one subject's figures, what people say about it in three columns, and which
//! records stand behind it.
//!
//! Who says nothing agrees with the records, and in the final column with the assessor. What nobody said and no record shows
//! stays missing.

use crate::score::plan::{Label, Plan, Unexact, Written};
use crate::score::rule::Missing;
use crate::score::{Figures, rounded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{EnumString, IntoStaticStr};
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::words::{Words, words};
use utoipa::ToSchema;

/// Where on a sheet somebody says something.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Heading {
    /// The value of a measure that no record shows, such as papers.
    Figure,
    /// 自评: the subject's own points.
    #[serde(rename = "self")]
    #[strum(serialize = "self")]
    Own,
    /// 考评: the assessor's.
    Assessed,
    /// 综合: what counts.
    Final,
}

impl Heading {
    /// The stable word, as stored and sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people call it.
    pub const fn label(self) -> Words {
        match self {
            Self::Figure => words("数据", "figure"),
            Self::Own => words("自评分", "self"),
            Self::Assessed => words("考评分", "assessed"),
            Self::Final => words("综合得分", "final"),
        }
    }
}

/// Something that somebody said on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The value: points, a grade of a graded rule, or the value of a measure.
    pub value: String,
    /// Why.
    pub note: Option<String>,
    /// Who.
    pub by: PersonId,
    /// When: milliseconds since 1970 UTC.
    pub at: i64,
}

/// Why something cannot be said on a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The plan has no such rule, or no rule that needs this measure.
    Code,
    /// The records show this measure; what they show is not said by hand.
    Shown,
    /// The rule cannot give this.
    Value,
    /// Points that differ from those of the records need a reason.
    Note,
}

/// The value of a measure on a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetMeasure {
    /// The value, as an exact decimal number in the unit that people read.
    pub value: String,
    /// Whether somebody said it, and no record shows it.
    pub by_hand: bool,
    /// Why, if it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Points in one column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PointsDocument {
    /// The points, as an exact decimal number.
    pub points: String,
    /// Whether somebody said so here; otherwise they are those of the records, or in the final column the assessor's.
    pub said: bool,
    /// The grade, if the rule is graded and it was said here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    pub by: Option<PersonId>,
    /// When: milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<i64>,
}

/// One rule on a sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SheetLine {
    /// The rule's code.
    pub rule: String,
    /// What people call it.
    pub label: Label,
    /// Points at the most; absent if there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<String>,
    /// The measures that it needs.
    pub measures: Vec<String>,
    /// What the figures give; absent if one is missing, or if a person gives the points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed: Option<String>,
    /// The measure that is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// 自评分.
    #[serde(default, rename = "self", skip_serializing_if = "Option::is_none")]
    pub own: Option<PointsDocument>,
    /// 考评分.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessed: Option<PointsDocument>,
    /// 综合得分.
    #[serde(default, rename = "final", skip_serializing_if = "Option::is_none")]
    pub decided: Option<PointsDocument>,
    /// The kinds of the records behind its measures: a list of them is in `records`.
    pub evidence: Vec<String>,
}

/// A record behind a sheet, in the revision that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecordDocument {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: RecordId,
    /// Its revision.
    pub rev: i64,
}

/// What a subject came to. Of a frozen run it is stored as it is here, and never made anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sheet {
    /// The subject: the id of an account, or the code of a division.
    pub subject: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The measures that the plan needs, as far as they are known, by code.
    pub measures: BTreeMap<String, SheetMeasure>,
    /// A line for each rule, in the order of the plan.
    pub lines: Vec<SheetLine>,
    /// Totals by column (`self`, `assessed`, `final`); a column with a line without points has none.
    pub totals: BTreeMap<String, String>,
    /// Code of the grade of the final total, if the plan has grades.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// The records that were counted, by kind.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub records: BTreeMap<String, Vec<RecordDocument>>,
}

/// What people said on one sheet, by heading and code.
pub type Sayings = BTreeMap<(Heading, String), Said>;

/// Makes the sheet of a subject. `shown` are the values of measures that records show.
pub fn sheet(
    plan: &Plan,
    (subject, name): (String, Option<String>),
    shown: &BTreeMap<String, Decimal>,
    sayings: &Sayings,
    evidence: impl Fn(&str) -> Vec<&'static str>,
) -> Sheet {
    let needed = plan.measures();
    let mut measures = BTreeMap::new();
    let mut figures = Figures::default();
    for code in needed {
        let said = sayings.get(&(Heading::Figure, code.to_owned()));
        let (value, note) = match (shown.get(code), said) {
            (Some(value), _) => (Some(*value), None),
            (None, Some(said)) => (number(&said.value), said.note.clone()),
            (None, None) => (None, None),
        };
        if let Some(value) = value {
            let by_hand = !shown.contains_key(code);
            let document = SheetMeasure {
                value: value.normalize().to_string(),
                by_hand,
                note,
            };
            measures.insert(code.to_owned(), document);
            figures.measures.insert(code.to_owned(), value);
        }
    }
    let lines: Vec<SheetLine> = plan
        .rules
        .iter()
        .map(|rule| {
            let computed = rule.score.points(&rule.code, &figures).map(rounded);
            let column = |heading, left: Option<&PointsDocument>| {
                let said = sayings.get(&(heading, rule.code.clone()));
                said.and_then(|said| spoken(rule, said))
                    .or_else(|| left.map(|left| unsaid(left.points.clone())))
            };
            let points = computed.as_ref().ok().map(ToString::to_string);
            let shown = points.map(unsaid);
            let own = column(Heading::Own, shown.as_ref());
            // The subject's own word is no assessment: the assessor's falls back on the records.
            let assessed = column(Heading::Assessed, shown.as_ref());
            let decided = column(Heading::Final, assessed.as_ref());
            let kinds = rule.score.measures().into_iter().flat_map(&evidence);
            let mut evidence: Vec<String> = kinds.map(str::to_owned).collect();
            evidence.sort();
            evidence.dedup();
            SheetLine {
                rule: rule.code.clone(),
                label: rule.label.clone(),
                most: rule.score.most().map(|most| most.normalize().to_string()),
                measures: rule
                    .score
                    .measures()
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                missing: match &computed {
                    Err(Missing::Measure(code)) => Some(code.clone()),
                    _ => None,
                },
                computed: computed.ok().map(|points| points.to_string()),
                own,
                assessed,
                decided,
                evidence,
            }
        })
        .collect();
    let total = |read: fn(&SheetLine) -> &Option<PointsDocument>| {
        let points = lines.iter().map(|line| {
            let points = read(line).as_ref();
            points.and_then(|points| number(&points.points))
        });
        plan.total_of(points)
    };
    let (own, assessed, decided) = (
        total(|line| &line.own),
        total(|line| &line.assessed),
        total(|line| &line.decided),
    );
    let columns = [
        (Heading::Own, own),
        (Heading::Assessed, assessed),
        (Heading::Final, decided),
    ];
    let totals = columns.into_iter().filter_map(|(heading, total)| {
        let total = total?.normalize().to_string();
        Some((heading.as_str().to_owned(), total))
    });
    let grade = decided.and_then(|total| plan.grade_of(total));
    Sheet {
        subject,
        name,
        measures,
        totals: totals.collect(),
        grade: grade.map(|grade| grade.code.clone()),
        lines,
        records: BTreeMap::new(),
    }
}

impl Plan {
    /// Whether this may be said on a sheet; `shows` tells the measures that records show.
    pub fn check_saying(
        &self,
        heading: Heading,
        code: &str,
        (value, note): (&str, Option<&str>),
        shows: impl Fn(&str) -> bool,
    ) -> Result<(), Wrong> {
        if heading == Heading::Figure {
            if !self.measures().contains(code) {
                return Err(Wrong::Code);
            }
            if shows(code) {
                return Err(Wrong::Shown);
            }
            let sound = number(value).is_some_and(|value| value >= Decimal::ZERO);
            return if sound { Ok(()) } else { Err(Wrong::Value) };
        }
        let rule = self.rule(code).ok_or(Wrong::Code)?;
        rule.score.said(value).ok_or(Wrong::Value)?;
        let against_records = match heading {
            Heading::Assessed => !rule.score.is_for_people(),
            Heading::Final => true,
            _ => false,
        };
        if against_records && note.is_none_or(|note| note.trim().is_empty()) {
            return Err(Wrong::Note);
        }
        Ok(())
    }
}

fn number(text: &str) -> Option<Decimal> {
    Written::Text(text.to_owned()).exact::<Unexact>().ok()
}

fn spoken(rule: &crate::score::Rule, said: &Said) -> Option<PointsDocument> {
    let points = rule.score.said(&said.value)?;
    let grade = matches!(rule.score, crate::score::RuleKind::Graded(_)).then(|| said.value.clone());
    Some(PointsDocument {
        points: rounded(points).to_string(),
        said: true,
        grade,
        note: said.note.clone(),
        by: Some(said.by),
        at: Some(said.at),
    })
}

/// Points that nobody said in this column.
fn unsaid(points: String) -> PointsDocument {
    PointsDocument {
        points,
        said: false,
        grade: None,
        note: None,
        by: None,
        at: None,
    }
}
