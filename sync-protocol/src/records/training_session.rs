//! A training session (培训): held once, however many commissioners and visits report it.
//!
//! It counts through the visits that it names: it stands as the best of them does, and their own training counters are not
//! counted beside it. Its sign-in sheets are photos of these visits.

use super::{Kind, record};
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{PersonId, RecordId};
use jiff::civil::Date;
use std::collections::BTreeSet;

record! {
    /// What was taught, where, by whom and to how many.
    TrainingSession, Kind::TrainingSession;

    /// The village in which it was held.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "培训村", "village";
    /// The local day on which it was held; it falls into the period of this day.
    held_on: Date = Type::Date, LatestEdit, required, "培训日期", "held on";
    /// What it was about. Sessions of one village and day with the same topic are one.
    topic: String = Type::Text(100), LatestEdit, required, "培训主题", "topic";
    /// The room, pond or field.
    place: String = Type::Text(100), LatestEdit, optional, "培训地点", "place";
    /// Techniques that were taught.
    technique_codes: BTreeSet<String> = Type::CatalogueCodeSet(50), Set, optional, "培训技术", "techniques";
    /// Commissioners who taught.
    trainer_ids: BTreeSet<PersonId> = Type::IdSet(30), Set, optional, "授课特派员", "trainers";
    /// Local experts who taught.
    expert_ids: BTreeSet<RecordId> = Type::IdSet(30), Set, optional, "授课乡土能人", "local experts who taught";
    /// Sessions (场次); one if absent.
    sessions: i64 = Type::Integer { min: 1, max: 100 }, Measure, optional, "场次", "sessions";
    /// Attendances (人次: a person counts once a session).
    attendances: i64 = Type::Integer { min: 0, max: 100_000 }, Measure, optional, "培训人次", "attendances";
    /// Different persons (人: a person counts once).
    persons: i64 = Type::Integer { min: 0, max: 100_000 }, Measure, optional, "培训人数", "persons";
    /// Material that was handed out, in words; copies are counted by the visit's leaflets.
    materials: String = Type::Text(500), LatestEdit, optional, "发放资料", "material handed out";
    /// Visits of the same village in which it was held.
    visit_ids: BTreeSet<RecordId> = Type::IdSet(30), Set, optional, "相关走访", "visits";
    /// Another record of the same session, village and day, under another topic.
    same_as: RecordId = Type::Id, LatestEdit, optional, "与其为同一场", "the same session as";
    /// Anything else.
    note: String = Type::Text(1000), LatestEdit, optional, "备注", "note";
    /// The commissioner: the person whose device made it.
    commissioner_id: PersonId = Type::Id, Authority, optional, "科技特派员", "commissioner";
}
