//! Facts: what one village contributes to summaries in one month, and what stands there whatever the month.
//!
//! They are stored as JSON text and merged by the thousand, so field names are short, ids are hexadecimal
//! without separators and what is absent is not written. Facts hold ids, codes and numbers, no person's name.
//!
//! A record falls into one cell (a village and a month): a visit wholly into that of its **first** service date,
//! with all its service days; an adoption into each in which a live report of it is dated; a feedback into that of
//! the day it was given, a training session into that of the day it was held. The date of arrival never matters.

use super::compact::{Ids, Names, Word};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

/// The layout of stored facts; facts of another layout are read as none and must be rebuilt.
pub const FORMAT: u8 = 2;

/// What one village contributes in one month, or in some days of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellFacts<'a> {
    #[serde(rename = "f")]
    pub(super) format: u8,
    /// Visits whose first service date lies in the range.
    #[serde(borrow, rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<VisitFact<'a>>,
    /// Adoptions with a live report dated in the range, as they stood on its last day.
    #[serde(borrow, rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub adoptions: Vec<AdoptionFact<'a>>,
    /// Feedback that was given in the range.
    #[serde(borrow, rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub feedback: Vec<FeedbackFact<'a>>,
    /// Training sessions that were held in the range, each once.
    #[serde(borrow, rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub trainings: Vec<TrainingFact<'a>>,
}

/// What stands in one village whatever the month: the latest state counts, and nothing is summed over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingFacts<'a> {
    #[serde(rename = "f")]
    pub(super) format: u8,
    /// Demo households (示范户) of the village.
    #[serde(borrow, rename = "h", default, skip_serializing_if = "Ids::is_empty")]
    pub demo_households: Ids<'a>,
    /// Local experts (乡土科技能人) of the village.
    #[serde(borrow, rename = "x", default, skip_serializing_if = "Ids::is_empty")]
    pub local_experts: Ids<'a>,
    /// Demo bases (示范基地) in the village.
    #[serde(borrow, rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<BaseFact<'a>>,
}

/// One visit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VisitFact<'a> {
    /// First service date: it decides the period.
    #[serde(rename = "d")]
    pub from: Date,
    /// Service days, from the first to the last: 1 to 31.
    #[serde(rename = "n", default = "one", skip_serializing_if = "is_one")]
    pub days: u8,
    /// Who served, what, and whether it counts.
    #[serde(borrow, rename = "s")]
    pub service: Service<'a>,
    /// Who was served.
    #[serde(borrow, rename = "b", default, skip_serializing_if = "Ids::is_empty")]
    pub beneficiaries: Ids<'a>,
    /// Varieties introduced, by name.
    #[serde(borrow, rename = "y", default, skip_serializing_if = "Names::is_empty")]
    pub varieties: Names<'a>,
    /// What was counted.
    #[serde(rename = "c", default, skip_serializing_if = "Counters::is_zero")]
    pub counters: Counters,
}

/// What filters look at: of a visit, or of the visit that a feedback is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Service<'a> {
    /// Whether it counts.
    #[serde(rename = "s", default, skip_serializing_if = "CountsAs::is_approved")]
    pub standing: CountsAs,
    /// The commissioner and the participants, once each, sorted.
    #[serde(borrow, rename = "p", default, skip_serializing_if = "Ids::is_empty")]
    pub members: Ids<'a>,
    /// Industry.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub industry: Option<Word>,
    /// Form of the visit.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Word>,
    /// Production, processing or sale.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub chain_stage: Option<Word>,
    /// Free or paid.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub service_mode: Option<Word>,
    /// Techniques shown or advised, by catalogue code.
    #[serde(borrow, rename = "t", default, skip_serializing_if = "Names::is_empty")]
    pub techniques: Names<'a>,
}

/// How a visit counts, by the state of its review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CountsAs {
    /// `approved`: counts.
    #[default]
    #[serde(rename = "a")]
    Approved,
    /// `submitted`, `township_passed` or not said: stands beside, as pending.
    #[serde(rename = "p")]
    Pending,
    /// `returned`, `not_recognised` or `withdrawn`: counted as returned and nowhere else.
    #[serde(rename = "r")]
    Returned,
}

/// What a visit counts. Absent counters are zero here; they add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counters {
    /// 解决难题 (个).
    #[serde(rename = "q", default, skip_serializing_if = "is_zero")]
    pub problems_solved: i64,
    /// 发放资料 (份).
    #[serde(rename = "l", default, skip_serializing_if = "is_zero")]
    pub leaflets: i64,
    /// 病害 (例).
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub disease_cases: i64,
    /// 培训 (场次).
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub training_sessions: i64,
    /// 培训 (人次).
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub training_attendances: i64,
    /// 培训 (人).
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub training_persons: i64,
}

/// The state of one adoption on the last day of the range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdoptionFact<'a> {
    /// The adoption: site or beneficiary × technique × season.
    #[serde(rename = "k", with = "uuid::serde::simple")]
    pub id: Uuid,
    /// Date of the latest report; it lies in the range.
    #[serde(rename = "d")]
    pub on: Date,
    /// The site, or the beneficiary if the reports name no site.
    #[serde(rename = "u", with = "uuid::serde::simple")]
    pub unit: Uuid,
    /// The technique, by catalogue code.
    #[serde(borrow, rename = "t")]
    pub technique: Cow<'a, str>,
    /// The season, such as `2026` or `2026-spring`.
    #[serde(borrow, rename = "y")]
    pub season: Cow<'a, str>,
    /// The stage; `None` if it is not one of the list.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Area in 0.01 亩.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub area_centi_mu: Option<i64>,
    /// Benefit of the area before, in 0.01 元.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub benefit_before_fen: Option<i64>,
    /// Benefit of the area with the technique, in 0.01 元.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub benefit_after_fen: Option<i64>,
    /// Who made a report dated in the range.
    #[serde(borrow, rename = "r", default, skip_serializing_if = "Ids::is_empty")]
    pub reporters: Ids<'a>,
}

/// One feedback.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FeedbackFact<'a> {
    /// The day it was given: it decides the period.
    #[serde(rename = "d")]
    pub on: Date,
    /// What the served party says.
    #[serde(rename = "g")]
    pub score: Score,
    /// How it came.
    #[serde(rename = "w", default, skip_serializing_if = "Way::is_phone")]
    pub way: Way,
    /// The visit it is about; feedback counts as its visit does.
    #[serde(borrow, rename = "s")]
    pub service: Service<'a>,
}

/// What the served party says of a visit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, EnumString,
)]
#[strum(serialize_all = "lowercase")]
pub enum Score {
    /// 满意.
    #[serde(rename = "s")]
    Satisfied,
    /// 一般.
    #[serde(rename = "f")]
    Fair,
    /// 不满意.
    #[serde(rename = "d")]
    Dissatisfied,
}

/// How feedback came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// Entered on the commissioner's phone.
    #[default]
    #[serde(rename = "p")]
    Phone,
    /// By a one-time link of the commissioner's phone.
    #[serde(rename = "l")]
    PhoneLink,
    /// By a one-time link of the office.
    #[serde(rename = "o")]
    OfficeLink,
}

impl Way {
    pub(super) fn of(source: Option<&str>) -> Self {
        match source {
            Some("phone_link") => Self::PhoneLink,
            Some("office_link") => Self::OfficeLink,
            _ => Self::Phone,
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    const fn is_phone(&self) -> bool {
        matches!(self, Self::Phone)
    }
}

/// One training session, however many records and visits report it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrainingFact<'a> {
    /// The day it was held: it decides the period.
    #[serde(rename = "d")]
    pub on: Date,
    /// Whether it counts, by whom, and the words of the visit through which it counts.
    #[serde(borrow, rename = "s")]
    pub service: Service<'a>,
    /// Sessions, attendances and persons.
    #[serde(rename = "c")]
    pub counters: Counters,
}

/// One demo base.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BaseFact<'a> {
    /// The beneficiary that runs it.
    #[serde(
        rename = "b",
        default,
        skip_serializing_if = "Option::is_none",
        with = "uuid::serde::simple::option"
    )]
    pub run_by: Option<Uuid>,
    /// Techniques shown there, by catalogue code.
    #[serde(borrow, rename = "t", default, skip_serializing_if = "Names::is_empty")]
    pub techniques: Names<'a>,
    /// 示范面积 in 0.01 亩.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub demo_area_centi_mu: i64,
    /// 辐射面积 in 0.01 亩.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub radiated_area_centi_mu: i64,
    /// 辐射户数 (户).
    #[serde(rename = "h", default, skip_serializing_if = "is_zero")]
    pub radiated_households: i64,
}

impl CellFacts<'_> {
    /// The last service date of its approved visits.
    pub fn last_visit(&self) -> Option<Date> {
        let approved = self
            .visits
            .iter()
            .filter(|visit| visit.service.standing.is_approved());
        approved.map(VisitFact::to).max()
    }
}

impl VisitFact<'_> {
    /// Its service days: each local date from the first to the last.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        std::iter::successors(Some(self.from), |day| day.tomorrow().ok()).take(self.days.into())
    }

    /// Its last service date.
    pub fn to(&self) -> Date {
        self.dates().last().unwrap_or(self.from)
    }
}

impl CountsAs {
    /// How a visit in this review state counts.
    pub fn of(review_state: Option<&str>) -> Self {
        match review_state {
            Some("approved") => Self::Approved,
            Some("returned" | "not_recognised" | "withdrawn") => Self::Returned,
            _ => Self::Pending,
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    const fn is_approved(&self) -> bool {
        matches!(self, Self::Approved)
    }
}

impl Counters {
    /// Both together; stops at the largest number instead of overflowing.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            problems_solved: self.problems_solved.saturating_add(other.problems_solved),
            leaflets: self.leaflets.saturating_add(other.leaflets),
            disease_cases: self.disease_cases.saturating_add(other.disease_cases),
            training_sessions: self
                .training_sessions
                .saturating_add(other.training_sessions),
            training_attendances: self
                .training_attendances
                .saturating_add(other.training_attendances),
            training_persons: self.training_persons.saturating_add(other.training_persons),
        }
    }

    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// A stage of adoption, from hearing of a technique to using or dropping it.
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
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// 认识.
    Awareness,
    /// 兴趣.
    Interest,
    /// 评价.
    Evaluation,
    /// 试用.
    Trial,
    /// 采用.
    Adopted,
    /// 放弃.
    Abandoned,
}

impl Stage {
    /// Every stage, in the order of the code list.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The stable word, as in the code list `adoption_stage`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl<'a> CellFacts<'a> {
    /// The facts as stored: the same records give the same text, in whatever order they were added.
    pub fn to_json(&self) -> String {
        // These types have no map and no float, the only things that serde_json refuses.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote; `None` if it is of another [`FORMAT`] and must be rebuilt.
    pub fn from_json(text: &'a str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|facts: &Self| facts.format == FORMAT)
    }

    /// Whether the village contributes nothing.
    pub const fn is_empty(&self) -> bool {
        self.visits.is_empty()
            && self.adoptions.is_empty()
            && self.feedback.is_empty()
            && self.trainings.is_empty()
    }
}

impl Default for CellFacts<'_> {
    fn default() -> Self {
        Self {
            format: FORMAT,
            visits: Vec::new(),
            adoptions: Vec::new(),
            feedback: Vec::new(),
            trainings: Vec::new(),
        }
    }
}

impl<'a> StandingFacts<'a> {
    /// The facts as stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote; `None` if it is of another [`FORMAT`] and must be rebuilt.
    pub fn from_json(text: &'a str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|facts: &Self| facts.format == FORMAT)
    }

    /// Whether nothing stands there.
    pub fn is_empty(&self) -> bool {
        self.demo_households.is_empty() && self.local_experts.is_empty() && self.bases.is_empty()
    }
}

impl Default for StandingFacts<'_> {
    fn default() -> Self {
        Self {
            format: FORMAT,
            demo_households: Ids::default(),
            local_experts: Ids::default(),
            bases: Vec::new(),
        }
    }
}

const fn one() -> u8 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_one(days: &u8) -> bool {
    *days == 1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}
