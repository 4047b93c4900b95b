//! A visit (走访记录): one service, with its training, materials and chain-stage parts.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{PersonId, RecordId};
use crate::position::Position;
use jiff::civil::Date;
use std::collections::BTreeSet;

record! {
    /// One service by one commissioner, perhaps with others, in one village.
    Visit, Kind::Visit;

    /// The village that was served.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "服务村", "village";
    /// First local day of the service; the visit falls into the period of this day.
    service_from: Date = Type::Date, LatestEdit, required, "服务日期", "service date";
    /// Last local day, where the service took several.
    service_to: Date = Type::Date, LatestEdit, optional, "服务结束日期", "last service date";
    /// How the visit was made.
    mode: String = Type::Code(&codes::VISIT_MODE), LatestEdit, required, "服务方式", "mode";
    /// Industry that was served.
    industry: String = Type::Code(&codes::INDUSTRY), LatestEdit, required, "产业", "industry";
    /// What was done.
    content: String = Type::Text(4000), LatestEdit, required, "服务内容", "content";
    /// Other commissioners who took part (a joint visit is one visit of the village).
    participant_ids: BTreeSet<PersonId> = Type::IdSet(30), Set, optional, "同行特派员", "participants";
    /// Who was served.
    beneficiary_ids: BTreeSet<RecordId> = Type::IdSet(200), Set, optional, "服务对象", "beneficiaries";
    /// Techniques that were shown or advised.
    technique_codes: BTreeSet<String> = Type::CatalogueCodeSet(50), Set, optional, "推广技术", "techniques";
    /// Varieties that were introduced, by name.
    variety_names: BTreeSet<String> = Type::TextSet { count: 50, chars: 60 }, Set, optional, "引进品种", "varieties";
    /// Production, processing or sale.
    chain_stage: String = Type::Code(&codes::CHAIN_STAGE), LatestEdit, optional, "环节", "chain stage";
    /// Free or paid.
    service_mode: String = Type::Code(&codes::SERVICE_MODE), LatestEdit, optional, "服务性质", "service mode";
    /// Problem that was found.
    problem_found: String = Type::Text(2000), LatestEdit, optional, "发现问题", "problem found";
    /// Problems solved (个).
    problems_solved: i64 = Type::Integer { min: 0, max: 1000 }, Measure, optional, "解决难题数", "problems solved";
    /// Leaflets handed out (份).
    leaflets: i64 = Type::Integer { min: 0, max: 100_000 }, Measure, optional, "发放资料份数", "leaflets";
    /// Disease cases seen (例).
    disease_cases: i64 = Type::Integer { min: 0, max: 10_000 }, Measure, optional, "病害例数", "disease cases";
    /// Training sessions held (场次).
    training_sessions: i64 = Type::Integer { min: 0, max: 100 }, Measure, optional, "培训场次", "training sessions";
    /// Attendances at the training (人次: a person counts once a session).
    training_attendances: i64 = Type::Integer { min: 0, max: 100_000 }, Measure, optional, "培训人次", "training attendances";
    /// Different persons trained (人: a person counts once).
    training_persons: i64 = Type::Integer { min: 0, max: 100_000 }, Measure, optional, "培训人数", "persons trained";
    /// Where the phone was; evidence, never a gate.
    check_in: Position = Type::Position, Immutable, optional, "签到位置", "check-in position";
    /// Why there is no position.
    check_in_missing: String = Type::Code(&codes::MISSING_FIX), Immutable, optional, "无定位原因", "why no position";
    /// Why the visit was entered late.
    backfill_reason: String = Type::Text(500), LatestEdit, optional, "补录原因", "reason for late entry";
    /// Number of the paper record, if there is one.
    paper_ref: String = Type::Text(100), LatestEdit, optional, "纸质记录编号", "paper record";

    /// The commissioner: the person whose device made the visit.
    commissioner_id: PersonId = Type::Id, Authority, optional, "科技特派员", "commissioner";
    /// Where the review stands.
    review_state: String = Type::Code(&codes::REVIEW_STATE), StateMachine, optional, "审核状态", "review state";
    /// Why it was returned.
    review_reason: String = Type::Code(&codes::RETURN_REASON), StateMachine, optional, "退回原因", "return reason";
    /// Which field to mend.
    review_field: String = Type::Text(60), StateMachine, optional, "需改字段", "field to mend";
    /// The reviewer's sentence.
    review_comment: String = Type::Text(1000), StateMachine, optional, "审核意见", "review comment";
    /// Until when to mend it.
    review_due_on: Date = Type::Date, StateMachine, optional, "修改期限", "due date";
    /// Days between the last service day and the arrival, if later than the same day.
    late_days: i64 = Type::Integer { min: 0, max: 100_000 }, Authority, optional, "迟报天数", "days late";
    /// Metres between the check-in and the village's reference point.
    distance_to_village_m: i64 = Type::Integer { min: 0, max: 30_000_000 }, Authority, optional, "距村中心（米）", "metres from the village";
}
