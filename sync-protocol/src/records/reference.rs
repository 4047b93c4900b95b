//! What the server writes and phones only read: techniques, villages, and notes about conflicts.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{MutationId, PersonId, RecordId};
use crate::position::Position;

record! {
    /// An entry of the county's technique catalogue.
    TechniqueEntry, Kind::Technique;

    /// Its code; never used again for another technique.
    technique_code: String = Type::CatalogueCode, Authority, required, "技术编码", "code";
    /// Chinese name.
    name_zh: String = Type::Text(100), Authority, required, "名称", "Chinese name";
    /// English name.
    name_en: String = Type::Text(100), Authority, optional, "英文名称", "English name";
    /// Industry.
    industry: String = Type::Code(&codes::INDUSTRY), Authority, required, "产业", "industry";
    /// Group, such as tail water or pest control.
    group_name: String = Type::Text(60), Authority, optional, "类别", "group";
    /// Whether it may still be chosen.
    is_active: bool = Type::Flag, Authority, optional, "在用", "active";
}

record! {
    /// A village and its profile.
    VillageEntry, Kind::Village;

    /// Its code.
    village_code: DivisionCode = Type::Village, Authority, required, "村代码", "code";
    /// Its name.
    name: String = Type::Text(100), Authority, required, "名称", "name";
    /// Name of its township.
    township_name: String = Type::Text(100), Authority, optional, "乡镇", "township";
    /// Households (户).
    households: i64 = Type::Integer { min: 0, max: 1_000_000 }, Authority, optional, "户数", "households";
    /// Population (人).
    population: i64 = Type::Integer { min: 0, max: 10_000_000 }, Authority, optional, "人口", "population";
    /// 一村一品.
    lead_product: String = Type::Text(60), Authority, optional, "主导产品", "lead product";
    /// What the village asks of science and technology.
    tech_need: String = Type::Text(1000), Authority, optional, "科技需求", "needs";
    /// Reference point.
    reference_point: Position = Type::Position, Authority, optional, "参考点", "reference point";
    /// The code that replaced it, after a merger.
    merged_into: DivisionCode = Type::Village, Authority, optional, "并入", "merged into";
}

record! {
    /// Two people changed the same field: what stands, what lost, by which rule. Either can put the other value back.
    ConflictNote, Kind::Conflict;

    /// The record.
    record_id: RecordId = Type::Id, Authority, required, "记录", "record";
    /// Its kind.
    record_kind: String = Type::Text(30), Authority, required, "记录类型", "record kind";
    /// The field, or absent if the conflict is about the whole record.
    field: String = Type::Text(60), Authority, optional, "字段", "field";
    /// The rule that decided.
    rule: String = Type::Text(30), Authority, required, "规则", "rule";
    /// The mutation that met the conflict.
    mutation_id: MutationId = Type::Id, Authority, required, "变更", "mutation";
    /// Whose value stands.
    kept_by: PersonId = Type::Id, Authority, optional, "保留者", "kept by";
    /// Whose value lost.
    lost_by: PersonId = Type::Id, Authority, optional, "落选者", "lost by";
    /// The value that stands, as JSON text.
    kept_json: String = Type::Text(70_000), Authority, optional, "保留值", "kept value";
    /// The value that lost, as JSON text.
    lost_json: String = Type::Text(70_000), Authority, optional, "落选值", "lost value";
    /// Whether a measured number wants a second look.
    needs_review: bool = Type::Flag, Authority, optional, "待核对", "needs review";
    /// `open`, `accepted` or `undone`.
    conflict_state: String = Type::Text(20), Authority, required, "状态", "state";
}
