//! A follow-up (问题跟进): problem found → advice → due date → outcome.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{PersonId, RecordId};
use crate::validate::days_between;
use jiff::civil::Date;

record! {
    /// A problem that somebody promised to come back to.
    FollowUp, Kind::FollowUp;

    /// The village.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "所在村", "village";
    /// The visit in which it was found.
    visit_id: RecordId = Type::Id, Immutable, optional, "走访", "visit";
    /// Whose problem.
    beneficiary_id: RecordId = Type::Id, LatestEdit, optional, "服务对象", "beneficiary";
    /// The problem.
    problem: String = Type::Text(2000), LatestEdit, required, "问题", "problem";
    /// The advice.
    advice: String = Type::Text(2000), LatestEdit, optional, "建议", "advice";
    /// Until when to come back.
    due_on: Date = Type::Date, LatestEdit, required, "跟进期限", "due date";
    /// What became of it.
    outcome: String = Type::Code(&codes::FOLLOW_UP_OUTCOME), LatestEdit, optional, "结果", "outcome";
    /// In words.
    outcome_note: String = Type::Text(2000), LatestEdit, optional, "结果说明", "outcome note";
    /// When it was closed.
    closed_on: Date = Type::Date, LatestEdit, optional, "办结日期", "closed on";
    /// The commissioner: the person whose device made it.
    commissioner_id: PersonId = Type::Id, Authority, optional, "科技特派员", "commissioner";
}

/// The code of an outcome that is none yet.
const OPEN: &str = "open";

impl FollowUp {
    /// Whether somebody still has to come back: no day on which it was closed, and no outcome but `open`.
    pub fn is_open(&self) -> bool {
        let outcome = self.outcome.as_deref().unwrap_or(OPEN);
        self.closed_on.is_none() && outcome == OPEN
    }

    /// Days (天) since the due date passed; zero if it has not, or if the follow-up is closed.
    pub fn days_overdue(&self, today: Date) -> i64 {
        let due = self.due_on.filter(|_| self.is_open());
        due.map_or(0, |due| days_between(due, today).max(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_follow_up_is_overdue_from_the_day_after_its_due_date_until_it_has_an_outcome() {
        let due = FollowUp {
            due_on: Some(date(2026, 6, 10)),
            ..FollowUp::default()
        };
        let days = |one: &FollowUp, day| one.days_overdue(date(2026, 6, day));
        assert_eq!((days(&due, 9), days(&due, 10), days(&due, 13)), (0, 0, 3));
        let said = |outcome: &str| FollowUp {
            outcome: Some(outcome.to_owned()),
            ..due.clone()
        };
        assert_eq!(days(&said("open"), 13), 3);
        for outcome in ["solved", "unsolved", "transferred"] {
            assert!(!said(outcome).is_open(), "{outcome}");
            assert_eq!(days(&said(outcome), 13), 0);
        }
        let closed = FollowUp {
            closed_on: Some(date(2026, 6, 20)),
            ..due
        };
        assert!(!closed.is_open());
    }
}
