//! A follow-up (问题跟进): problem found → advice → due date → outcome.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{PersonId, RecordId};
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
