//! A site (生产单元): a beneficiary's pond 口, greenhouse 棚 or field 块.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::RecordId;

record! {
    /// A pond, greenhouse or field, with its area.
    Site, Kind::Site;

    /// The village it lies in.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "所在村", "village";
    /// Whose it is.
    beneficiary_id: RecordId = Type::Id, Immutable, required, "服务对象", "beneficiary";
    /// Pond, greenhouse or field.
    kind: String = Type::Code(&codes::SITE_KIND), LatestEdit, required, "类型", "kind";
    /// What people call it.
    display_name: String = Type::Text(60), LatestEdit, optional, "名称", "name";
    /// How many ponds, greenhouses or fields this stands for.
    unit_count: i64 = Type::Integer { min: 1, max: 10_000 }, Measure, optional, "数量（口/棚/块）", "count";
    /// Area in 0.01 亩.
    area_centi_mu: i64 = Type::Integer { min: 0, max: 100_000_000 }, Measure, optional, "面积（0.01亩）", "area in 0.01 mu";
    /// How it is farmed.
    farming_mode: String = Type::Code(&codes::FARMING_MODE), LatestEdit, optional, "生产方式", "farming mode";
    /// Crop or species.
    crop_or_species: String = Type::Text(60), LatestEdit, optional, "品类", "crop or species";
}
