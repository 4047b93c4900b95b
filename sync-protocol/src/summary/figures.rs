//! The figures of a summary, before measures give them names and units.

use super::facts::{Counters, Stage};
use super::ratio::Ratio;
use std::collections::BTreeMap;

/// All figures of one scope, period and filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Figures of approved visits.
    pub approved: VisitFigures,
    /// The same figures of visits that wait for review, counted alone.
    pub pending: VisitFigures,
    /// Visits that were returned, not recognised or withdrawn (次).
    pub returned_visits: i64,
    /// Figures of adoptions; `None` where the filter cannot apply to them.
    pub adoption: Option<AdoptionFigures>,
    /// Figures of demo bases; `None` where the filter, or the month of a row, cannot apply to them.
    pub bases: Option<BaseFigures>,
}

/// What visits of one standing come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitFigures {
    /// 次.
    pub visits: i64,
    /// Distinct local dates (天).
    pub service_days: i64,
    /// Distinct (commissioner, local date) (天次).
    pub person_days: i64,
    /// Distinct villages (个).
    pub villages: i64,
    /// Distinct commissioners (人).
    pub commissioners: i64,
    /// Distinct beneficiaries (户/个).
    pub beneficiaries: i64,
    /// Distinct techniques (项).
    pub techniques: i64,
    /// Distinct varieties (个).
    pub varieties: i64,
    /// What the visits counted.
    pub counters: Counters,
    /// Demo households served / all demo households of the scope.
    pub reach: Ratio,
    /// Counted villages visited / all counted villages.
    pub village_coverage: Ratio,
    /// Feedback about visits of this standing.
    pub feedback: FeedbackFigures,
    /// Local experts of the scope who were served / all of them.
    pub experts: Ratio,
    /// Demo bases of the scope whose runner was served / all of which the runner is known.
    pub bases_served: Ratio,
}

/// What feedback comes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FeedbackFigures {
    /// 满意.
    pub satisfied: i64,
    /// 一般.
    pub fair: i64,
    /// 不满意.
    pub dissatisfied: i64,
    /// Of all: by a link of the commissioner's phone.
    pub by_phone_link: i64,
    /// Of all: by a link of the office.
    pub by_office_link: i64,
}

impl FeedbackFigures {
    /// All of it (份).
    pub const fn all(&self) -> i64 {
        self.satisfied + self.fair + self.dissatisfied
    }

    /// Satisfied / all.
    pub const fn satisfaction(&self) -> Ratio {
        Ratio::new(self.satisfied, self.all())
    }
}

/// What adoptions come to, as they stood at the end of the period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdoptionFigures {
    /// Adoptions (site or beneficiary × technique × season) with a report in the period.
    pub adoptions: i64,
    /// Of these, by stage.
    pub stages: BTreeMap<Stage, StageFigures>,
    /// Sum of (benefit after - benefit before) of those that state both, in 0.01 元.
    pub gain_fen: i64,
    /// The same of those that also state an area above zero / sum of these areas: 0.01 元 / 0.01 亩.
    pub gain_by_area: Ratio,
    /// (Site or beneficiary, technique) at stage adopted / all with a report in the period.
    pub uptake: Ratio,
}

/// What the adoptions at one stage come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageFigures {
    /// How many.
    pub adoptions: i64,
    /// Sum of their areas in 0.01 亩.
    pub area_centi_mu: i64,
}

/// What the demo bases come to, as they stand now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BaseFigures {
    /// 个.
    pub demo_bases: i64,
    /// 示范面积 in 0.01 亩.
    pub demo_area_centi_mu: i64,
    /// 辐射面积 in 0.01 亩.
    pub radiated_area_centi_mu: i64,
    /// 辐射户数 (户).
    pub radiated_households: i64,
}
