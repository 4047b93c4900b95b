//! A beneficiary (服务对象): who is served. A name is enough; a phone number is optional, and nothing else about a person is asked.

use super::{Kind, record};
use crate::codes;
use crate::division::DivisionCode;
use crate::field::Type;
use jiff::civil::Date;

record! {
    /// A household, co-operative, farm, enterprise or base that is served.
    Beneficiary, Kind::Beneficiary;

    /// The village it belongs to.
    village_code: DivisionCode = Type::Village, LatestEdit, required, "所在村", "village";
    /// Household, co-operative, family farm, large grower, enterprise or base.
    kind: String = Type::Code(&codes::BENEFICIARY_KIND), LatestEdit, required, "类型", "kind";
    /// The name by which people there know it.
    display_name: String = Type::Text(60), LatestEdit, required, "名称", "name";
    /// A phone number, if it was given freely; masked in lists.
    phone: String = Type::Text(20), LatestEdit, optional, "联系电话", "phone";
    /// 示范户.
    is_demo_household: bool = Type::Flag, LatestEdit, optional, "示范户", "demonstration household";
    /// 乡土科技能人.
    is_local_expert: bool = Type::Flag, LatestEdit, optional, "乡土科技能人", "local expert";
    /// Since when; who proposed it is whoever set the mark.
    expert_since: Date = Type::Date, LatestEdit, optional, "能人认定日期", "local expert since";
    /// What the expert is good at.
    expert_skill: String = Type::Text(100), LatestEdit, optional, "能人专长", "what the expert is good at";
    /// When it agreed to be recorded; who noted it is whoever set the date.
    consent_on: Date = Type::Date, LatestEdit, optional, "同意日期", "consent date";
    /// Who agreed.
    consent_by: String = Type::Code(&codes::CONSENT_BY), LatestEdit, optional, "同意人", "who agreed";
    /// Anything else.
    note: String = Type::Text(1000), LatestEdit, optional, "备注", "note";
    /// When the office made it anonymous; its counts stay. Milliseconds since 1970 UTC.
    anonymised_at: i64 = Type::Instant, Authority, optional, "匿名时间", "made anonymous";
}

impl Beneficiary {
    /// The fields that say who it is. Once it is anonymous they are written no more.
    pub const PERSONAL: [&'static str; 4] = ["display_name", "phone", "expert_skill", "note"];
}
