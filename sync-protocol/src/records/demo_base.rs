//! A demo base (示范基地): where techniques are shown, with its area and what it radiates to.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::RecordId;
use std::collections::BTreeSet;

record! {
    /// A base; its areas are states, the latest counts, they are never summed over time.
    DemoBase, Kind::DemoBase;

    /// The village it lies in.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "所在村", "village";
    /// Its name.
    display_name: String = Type::Text(100), LatestEdit, required, "名称", "name";
    /// National, provincial, city or county.
    level: String = Type::Code(&codes::BASE_LEVEL), LatestEdit, optional, "级别", "level";
    /// Who runs it.
    beneficiary_id: RecordId = Type::Id, LatestEdit, optional, "承担主体", "beneficiary";
    /// Techniques shown there.
    technique_codes: BTreeSet<String> = Type::CatalogueCodeSet(50), Set, optional, "示范技术", "techniques";
    /// 示范面积 in 0.01 亩.
    demo_area_centi_mu: i64 = Type::Integer { min: 0, max: 100_000_000 }, Measure, optional, "示范面积（0.01亩）", "demonstrated area in 0.01 mu";
    /// 辐射户数.
    radiated_households: i64 = Type::Integer { min: 0, max: 1_000_000 }, Measure, optional, "辐射户数", "households reached beyond";
    /// 辐射面积 in 0.01 亩.
    radiated_area_centi_mu: i64 = Type::Integer { min: 0, max: 1_000_000_000 }, Measure, optional, "辐射面积（0.01亩）", "area reached beyond in 0.01 mu";
}
