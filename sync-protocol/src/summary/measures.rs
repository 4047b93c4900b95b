//! The measures, as data: code, names, unit, definition, and where each is read in a summary.
//!
//! Every figure names its measure, and every measure says in one sentence what was counted and how.

use super::facts::Stage;
use super::figures::{AdoptionFigures, BaseFigures, StageFigures, Summary, VisitFigures};
use super::ratio::Ratio;
use crate::records::Kind;
use crate::words::Words;

/// One measure.
#[derive(Debug)]
pub struct Measure {
    /// The stable word, as stored in targets and sent; integers that are not in the plain unit say so in it.
    pub code: &'static str,
    /// What people call it.
    pub name: Words,
    /// The unit in which people read it.
    pub unit: Words,
    /// How many of the integer's digits stand behind the point in that unit: 2 for 0.01 亩, 0.01 元, 0.01 %.
    pub decimals: u32,
    /// Whether figures of parts (villages, months) add up to that of the whole.
    pub is_additive: bool,
    /// Exactly what is counted.
    pub definition: Words,
    pub(super) source: Source,
}

/// A value of a measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number in the unit of the code.
    Count(i64),
    /// A share, with its parts; as a number 0.01 %.
    Share(Ratio),
    /// 0.01 元 / 0.01 亩, with its parts; as a number 0.01 元 per 亩.
    PerMu(Ratio),
}

/// One measure of one summary.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// What was measured.
    pub measure: &'static Measure,
    /// The figure that counts: of approved visits, of adoptions, or of what stands. `None` where the filter
    /// or the row cannot apply to the measure.
    pub approved: Option<Value>,
    /// The same of visits that wait for review; `None` where nothing is reviewed.
    pub pending: Option<Value>,
}

/// Where a measure is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source {
    /// In both the approved and the pending figures of visits.
    Visits(fn(&VisitFigures) -> Value),
    /// In the whole summary.
    Whole(fn(&Summary) -> Value),
    /// In the figures of adoptions.
    Adoption(fn(&AdoptionFigures) -> Value),
    /// In the figures of one stage of adoption.
    Stage(Stage, fn(&StageFigures) -> Value),
    /// In the figures of demo bases.
    Bases(fn(&BaseFigures) -> Value),
}

impl Value {
    /// As an integer: the count, 0.01 %, or 0.01 元 per 亩, halves rounded up; `None` if a denominator is zero.
    pub fn number(self) -> Option<i64> {
        match self {
            Self::Count(number) => Some(number),
            Self::Share(ratio) => ratio.basis_points(),
            // The areas are in 0.01 亩.
            Self::PerMu(ratio) => ratio.times(100),
        }
    }

    /// The parts of a share or an average.
    pub const fn parts(self) -> Option<Ratio> {
        match self {
            Self::Count(_) => None,
            Self::Share(ratio) | Self::PerMu(ratio) => Some(ratio),
        }
    }
}

impl Measure {
    /// The kind of the records behind its figures.
    pub fn records(&self) -> Kind {
        match self.source {
            Source::Visits(_) if FEEDBACK.contains(&self.code) => Kind::Feedback,
            Source::Visits(_) if BENEFICIARIES.contains(&self.code) => Kind::Beneficiary,
            Source::Visits(_) | Source::Whole(_) => Kind::Visit,
            Source::Adoption(_) | Source::Stage(..) => Kind::AdoptionReport,
            Source::Bases(_) => Kind::DemoBase,
        }
    }

    /// Its figure in `summary`.
    pub fn of(&'static self, summary: &Summary) -> Figure {
        let (approved, pending) = match self.source {
            Source::Visits(read) => (Some(read(&summary.approved)), Some(read(&summary.pending))),
            Source::Whole(read) => (Some(read(summary)), None),
            Source::Adoption(read) => (summary.adoption.as_ref().map(read), None),
            Source::Stage(stage, read) => {
                let of_stage = |figures: &AdoptionFigures| {
                    read(&figures.stages.get(&stage).copied().unwrap_or_default())
                };
                (summary.adoption.as_ref().map(of_stage), None)
            }
            Source::Bases(read) => (summary.bases.as_ref().map(read), None),
        };
        Figure {
            measure: self,
            approved,
            pending,
        }
    }

    /// `number` in the unit that people read: 1234 of 0.01 亩 is `12.34`.
    pub fn print(&self, number: i64) -> String {
        let one = 10_u64.pow(self.decimals);
        let (whole, rest) = (number.unsigned_abs() / one, number.unsigned_abs() % one);
        let sign = if number < 0 { "-" } else { "" };
        match usize::try_from(self.decimals) {
            Ok(digits) if digits > 0 => format!("{sign}{whole}.{rest:0digits$}"),
            _ => format!("{sign}{whole}"),
        }
    }
}

/// Measures that count feedback.
const FEEDBACK: [&str; 7] = [
    "satisfaction",
    "feedbacks",
    "satisfied",
    "fair",
    "dissatisfied",
    "feedbacks_by_office_link",
    "feedbacks_by_phone_link",
];
/// Measures that count beneficiaries by what they are.
const BENEFICIARIES: [&str; 4] = [
    "demo_households",
    "demo_households_all",
    "local_experts",
    "local_experts_served",
];
