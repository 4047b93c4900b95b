//! Feedback (满意度评价) of the served party about one visit.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::RecordId;
use jiff::civil::Date;

record! {
    /// What the served party says of a visit.
    Feedback, Kind::Feedback;

    /// The village of the visit.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "服务村", "village";
    /// The visit.
    visit_id: RecordId = Type::Id, Immutable, required, "走访", "visit";
    /// Satisfied, fair or dissatisfied.
    score: String = Type::Code(&codes::SATISFACTION), LatestEdit, required, "满意度", "score";
    /// The local day on which it was given; it falls into the period of this day.
    given_on: Date = Type::Date, LatestEdit, required, "评价日期", "given on";
    /// Who gave it.
    served_role: String = Type::Code(&codes::SERVED_ROLE), LatestEdit, optional, "评价人身份", "given by";
    /// In words.
    comment: String = Type::Text(1000), LatestEdit, optional, "意见", "comment";
    /// How it came: on a commissioner's phone, or by a one-time link.
    source: String = Type::Code(&codes::FEEDBACK_SOURCE), Authority, optional, "来源", "source";
}
