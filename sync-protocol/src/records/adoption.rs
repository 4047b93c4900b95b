//! Adoption of a technique: reports, one author each, and the state derived from all of them.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use crate::ids::{PersonId, RecordId};
use jiff::civil::Date;
use std::collections::BTreeSet;

const ONE_MILLION_MU: i64 = 100_000_000;
const LARGE: i64 = 1_000_000_000_000;

record! {
    /// What one person saw of one technique at a beneficiary, or one of its sites, on one day.
    AdoptionReport, Kind::AdoptionReport;

    /// The village of the beneficiary.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "所在村", "village";
    /// Who uses, tries or hears of the technique.
    beneficiary_id: RecordId = Type::Id, Immutable, required, "服务对象", "beneficiary";
    /// Where, if the report is about one pond, greenhouse or field.
    site_id: RecordId = Type::Id, Immutable, optional, "生产单元", "site";
    /// The technique, by its catalogue code.
    technique_code: String = Type::CatalogueCode, Immutable, required, "技术", "technique";
    /// The season the report is about.
    season: String = Type::Season, Immutable, required, "年份或季节", "season";
    /// The stage that was seen.
    stage: String = Type::Code(&codes::ADOPTION_STAGE), LatestEdit, required, "采用阶段", "stage";
    /// The local day on which it was seen; the report falls into the period of this day.
    reported_on: Date = Type::Date, LatestEdit, required, "报告日期", "date of the report";
    /// Area under the technique, in 0.01 亩.
    area_centi_mu: i64 = Type::Integer { min: 0, max: ONE_MILLION_MU }, Measure, optional, "采用面积（0.01亩）", "area in 0.01 mu";
    /// Variety, if the technique is about one.
    variety_name: String = Type::Text(60), LatestEdit, optional, "品种", "variety";
    /// Fry or seedlings stocked (尾、株).
    stocked: i64 = Type::Integer { min: 0, max: LARGE }, Measure, optional, "投放数量（尾/株）", "stocked";
    /// Yield of the area before, in grams.
    yield_before_g: i64 = Type::Integer { min: 0, max: LARGE }, Measure, optional, "采用前产量（克）", "yield before in g";
    /// Yield of the area with the technique, in grams.
    yield_after_g: i64 = Type::Integer { min: 0, max: LARGE }, Measure, optional, "采用后产量（克）", "yield after in g";
    /// Benefit of the area before, in 0.01 元; a loss is negative.
    benefit_before_fen: i64 = Type::Integer { min: -LARGE, max: LARGE }, Measure, optional, "采用前效益（分）", "benefit before in fen";
    /// Benefit of the area with the technique, in 0.01 元.
    benefit_after_fen: i64 = Type::Integer { min: -LARGE, max: LARGE }, Measure, optional, "采用后效益（分）", "benefit after in fen";
    /// How the report knows.
    evidence: String = Type::Code(&codes::EVIDENCE), LatestEdit, optional, "证据", "evidence";
    /// The visit in which it was seen.
    visit_id: RecordId = Type::Id, Immutable, optional, "所在走访", "visit";
    /// Anything else.
    note: String = Type::Text(1000), LatestEdit, optional, "备注", "note";
    /// The commissioner: the person whose device made the report.
    commissioner_id: PersonId = Type::Id, Authority, optional, "科技特派员", "commissioner";
}

record! {
    /// The state of (site or beneficiary × technique × season), derived from all live reports.
    Adoption, Kind::Adoption;

    /// The village of the beneficiary.
    village_code: DivisionCode = Type::Village, Authority, required, "所在村", "village";
    /// Who.
    beneficiary_id: RecordId = Type::Id, Authority, required, "服务对象", "beneficiary";
    /// Where, if the reports are about one site.
    site_id: RecordId = Type::Id, Authority, optional, "生产单元", "site";
    /// The technique.
    technique_code: String = Type::CatalogueCode, Authority, required, "技术", "technique";
    /// The season.
    season: String = Type::Season, Authority, required, "年份或季节", "season";
    /// The stage of the latest report.
    stage: String = Type::Code(&codes::ADOPTION_STAGE), Authority, required, "采用阶段", "stage";
    /// The day of the latest report.
    stage_on: Date = Type::Date, Authority, required, "阶段日期", "date of the stage";
    /// The area of the latest report that states one, in 0.01 亩.
    area_centi_mu: i64 = Type::Integer { min: 0, max: ONE_MILLION_MU }, Authority, optional, "采用面积（0.01亩）", "area in 0.01 mu";
    /// The variety of the latest report that states one.
    variety_name: String = Type::Text(60), Authority, optional, "品种", "variety";
    /// Benefit before, of the latest report that states both benefits, in 0.01 元.
    benefit_before_fen: i64 = Type::Integer { min: -LARGE, max: LARGE }, Authority, optional, "采用前效益（分）", "benefit before in fen";
    /// Benefit after, of the latest report that states both benefits, in 0.01 元.
    benefit_after_fen: i64 = Type::Integer { min: -LARGE, max: LARGE }, Authority, optional, "采用后效益（分）", "benefit after in fen";
    /// How many live reports it is derived from.
    report_count: i64 = Type::Integer { min: 0, max: 100_000 }, Authority, optional, "报告数", "reports";
    /// Who reported.
    reporter_ids: BTreeSet<PersonId> = Type::IdSet(100), Authority, optional, "报告人", "reporters";
    /// Whether two people's latest reports state different stages.
    is_disputed: bool = Type::Flag, Authority, optional, "说法不一", "disputed";
    /// Whether the office decided the stage or the area.
    is_overridden: bool = Type::Flag, Authority, optional, "县级核定", "decided by the office";
    /// The stage that the office decided.
    office_stage: String = Type::Code(&codes::ADOPTION_STAGE), Authority, optional, "县级核定阶段", "stage decided by the office";
    /// The area that the office decided, in 0.01 亩.
    office_area_centi_mu: i64 = Type::Integer { min: 0, max: ONE_MILLION_MU }, Authority, optional, "县级核定面积（0.01亩）", "area decided by the office";
}
