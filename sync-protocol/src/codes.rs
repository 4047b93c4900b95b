//! The code lists: what a field may say, in Chinese and English.
//!
//! Codes are stable words; labels may improve. Sources: stages of adoption are those of agricultural
//! extension teaching (认识 兴趣 评价 试用 采用 放弃); reasons for a missing fix, kinds of served parties and
//! forms of service are those found in provincial commissioner systems.

use crate::words::{Words, words};
use serde::Serialize;

/// One entry of a code list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Code {
    /// The stable word that is stored and sent.
    pub code: &'static str,
    /// What people read.
    pub label: Words,
}

/// A closed list of codes.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CodeList {
    /// The name of the list.
    pub name: &'static str,
    /// Its entries, in the order in which people read them.
    pub codes: &'static [Code],
}

impl CodeList {
    /// Whether `code` is an entry.
    pub fn has(&self, code: &str) -> bool {
        self.find(code).is_some()
    }

    /// The entry of `code`.
    pub fn find(&self, code: &str) -> Option<&'static Code> {
        self.codes.iter().find(|entry| entry.code == code)
    }

    /// The codes, joined for an error message.
    pub fn join(&self) -> String {
        self.codes
            .iter()
            .map(|entry| entry.code)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

const fn code(code: &'static str, zh: &'static str, en: &'static str) -> Code {
    Code {
        code,
        label: words(zh, en),
    }
}

/// 服务方式: how a visit was made.
pub static VISIT_MODE: CodeList = CodeList {
    name: "visit_mode",
    codes: &[
        code("household", "入户", "household visit"),
        code("station", "驻点", "at a station"),
        code("training", "培训", "training"),
        code("tour", "巡回", "tour"),
        code("online", "线上", "online"),
    ],
};

/// 产业.
pub static INDUSTRY: CodeList = CodeList {
    name: "industry",
    codes: &[
        code("aquaculture", "水产", "aquaculture"),
        code("vegetable", "蔬菜", "vegetables"),
        code("other", "其他", "other"),
    ],
};

/// 环节: production, processing, sale.
pub static CHAIN_STAGE: CodeList = CodeList {
    name: "chain_stage",
    codes: &[
        code("production", "产", "production"),
        code("processing", "加", "processing"),
        code("sale", "销", "sale"),
    ],
};

/// 有偿/无偿.
pub static SERVICE_MODE: CodeList = CodeList {
    name: "service_mode",
    codes: &[code("free", "无偿", "free"), code("paid", "有偿", "paid")],
};

/// 服务对象类型.
pub static BENEFICIARY_KIND: CodeList = CodeList {
    name: "beneficiary_kind",
    codes: &[
        code("household", "农户", "household"),
        code("coop", "合作社", "co-operative"),
        code("family_farm", "家庭农场", "family farm"),
        code("large_grower", "大户", "large grower"),
        code("enterprise", "企业", "enterprise"),
        code("base", "示范基地", "demonstration base"),
    ],
};

/// 生产单元类型.
pub static SITE_KIND: CodeList = CodeList {
    name: "site_kind",
    codes: &[
        code("pond", "池塘", "pond"),
        code("greenhouse", "大棚", "greenhouse"),
        code("field", "地块", "field"),
    ],
};

/// 采用阶段, from hearing of a technique to using or dropping it.
pub static ADOPTION_STAGE: CodeList = CodeList {
    name: "adoption_stage",
    codes: &[
        code("awareness", "认识", "awareness"),
        code("interest", "兴趣", "interest"),
        code("evaluation", "评价", "evaluation"),
        code("trial", "试用", "trial"),
        code("adopted", "采用", "adopted"),
        code("abandoned", "放弃", "abandoned"),
    ],
};

/// 证据: how a report knows what it says.
pub static EVIDENCE: CodeList = CodeList {
    name: "evidence",
    codes: &[
        code("said", "农户自述", "said by the farmer"),
        code("measured", "实测", "measured"),
        code("estimated", "估计", "estimated"),
        code("control_plot", "对照", "control plot"),
    ],
};

/// 无定位原因: why a visit carries no position.
pub static MISSING_FIX: CodeList = CodeList {
    name: "missing_fix",
    codes: &[
        code("no_signal", "无信号", "no signal"),
        code("denied", "未授权", "permission denied"),
        code("indoor", "室内", "indoors"),
        code("device", "设备不支持", "device cannot"),
    ],
};

/// 坐标系.
pub static DATUM: CodeList = CodeList {
    name: "datum",
    codes: &[
        code("wgs84", "WGS-84", "WGS-84"),
        code("gcj02", "GCJ-02", "GCJ-02"),
        code("bd09", "BD-09", "BD-09"),
        code("cgcs2000", "CGCS2000", "CGCS2000"),
    ],
};

/// 定位来源.
pub static POSITION_SOURCE: CodeList = CodeList {
    name: "position_source",
    codes: &[
        code("gnss", "卫星", "satellite"),
        code("network", "网络", "network"),
        code("manual", "手选", "chosen by hand"),
    ],
};

/// 照片用途.
pub static PHOTO_PURPOSE: CodeList = CodeList {
    name: "photo_purpose",
    codes: &[
        code("scene", "现场", "scene"),
        code("stamped_form", "确认书", "stamped confirmation"),
        code("sign_in_sheet", "签到表", "sign-in sheet"),
        code("other", "其他", "other"),
    ],
};

/// 照片来源.
pub static PHOTO_SOURCE: CodeList = CodeList {
    name: "photo_source",
    codes: &[
        code("camera", "拍摄", "camera"),
        code("gallery", "相册", "gallery"),
    ],
};

/// 照片格式, as media types.
pub static PHOTO_TYPE: CodeList = CodeList {
    name: "photo_type",
    codes: &[
        code("image/jpeg", "JPEG", "JPEG"),
        code("image/png", "PNG", "PNG"),
        code("image/webp", "WebP", "WebP"),
    ],
};

/// 照片状态, kept by the server.
pub static PHOTO_STATE: CodeList = CodeList {
    name: "photo_state",
    codes: &[
        code("announced", "已登记", "announced"),
        code("partial", "上传中", "partial"),
        code("complete", "已收到", "complete"),
        code("rejected", "已拒收", "rejected"),
        code("removed", "已到期清理", "removed"),
    ],
};

/// 基地级别.
pub static BASE_LEVEL: CodeList = CodeList {
    name: "base_level",
    codes: &[
        code("national", "国家级", "national"),
        code("province", "省级", "provincial"),
        code("city", "市级", "city"),
        code("county", "县级", "county"),
    ],
};

/// 跟进结果.
pub static FOLLOW_UP_OUTCOME: CodeList = CodeList {
    name: "follow_up_outcome",
    codes: &[
        code("open", "待跟进", "open"),
        code("solved", "已解决", "solved"),
        code("unsolved", "未解决", "unsolved"),
        code("transferred", "已转办", "transferred"),
    ],
};

/// 满意度.
pub static SATISFACTION: CodeList = CodeList {
    name: "satisfaction",
    codes: &[
        code("satisfied", "满意", "satisfied"),
        code("fair", "一般", "fair"),
        code("dissatisfied", "不满意", "dissatisfied"),
    ],
};

/// 评价人身份.
pub static SERVED_ROLE: CodeList = CodeList {
    name: "served_role",
    codes: &[
        code("farmer", "农户", "farmer"),
        code("village_committee", "村委会", "village committee"),
        code("organisation", "单位", "organisation"),
    ],
};

/// 评价来源: how feedback came, kept by the server.
pub static FEEDBACK_SOURCE: CodeList = CodeList {
    name: "feedback_source",
    codes: &[
        code("phone", "特派员手机", "the commissioner's phone"),
        code(
            "phone_link",
            "特派员手机上的链接",
            "a link made by the commissioner's phone",
        ),
        code("office_link", "县乡发出的链接", "a link made by the office"),
    ],
};

/// 同意人: who agreed that a beneficiary is recorded.
pub static CONSENT_BY: CodeList = CodeList {
    name: "consent_by",
    codes: &[
        code("self", "本人", "the person"),
        code("household_member", "家人", "a member of the household"),
        code("manager", "负责人", "whoever runs it"),
    ],
};

/// 查看联系方式的用途: why somebody opens a beneficiary's contact.
pub static CONTACT_PURPOSE: CodeList = CodeList {
    name: "contact_purpose",
    codes: &[
        code("verify_visit", "回访核实", "to ask about a visit"),
        code("arrange_visit", "约定走访", "to arrange a visit"),
        code("correct_record", "更正记录", "to correct the record"),
        code("own_request", "应本人要求", "at the person's own request"),
    ],
};

/// 匿名原因: why a beneficiary was made anonymous.
pub static ANONYMISE_REASON: CodeList = CodeList {
    name: "anonymise_reason",
    codes: &[
        code("own_request", "本人要求", "at the person's own request"),
        code("consent_withdrawn", "撤回同意", "consent was withdrawn"),
        code("no_longer_needed", "不再需要", "no longer needed"),
        code("recorded_by_mistake", "误录", "recorded by mistake"),
        code(
            "retention",
            "超过保存期限",
            "kept for as long as the county keeps it",
        ),
    ],
};

/// 审核状态, kept by the server.
pub static REVIEW_STATE: CodeList = CodeList {
    name: "review_state",
    codes: &[
        code("submitted", "待审核", "submitted"),
        code("township_passed", "乡镇已核", "passed by the township"),
        code("approved", "已通过", "approved"),
        code("returned", "已退回", "returned"),
        code("not_recognised", "不予认定", "not recognised"),
        code("withdrawn", "已撤回", "withdrawn"),
    ],
};

/// 退回原因.
pub static RETURN_REASON: CodeList = CodeList {
    name: "return_reason",
    codes: &[
        code("no_photo", "缺照片", "no photo"),
        code("place", "地点不符", "place"),
        code("time", "时间不符", "time"),
        code("duplicate", "重复", "duplicate"),
        code("content", "内容不实或不全", "content"),
        code("other", "其他", "other"),
    ],
};

/// 养殖/种植方式.
pub static FARMING_MODE: CodeList = CodeList {
    name: "farming_mode",
    codes: &[
        code("pond", "池塘", "pond"),
        code("factory", "工厂化", "factory"),
        code("cage", "网箱", "cage"),
        code("enclosure", "围栏", "enclosure"),
        code("rice_field", "稻渔综合种养", "rice-fish"),
        code("open_field", "露地", "open field"),
        code("protected", "设施", "protected"),
        code("soilless", "无土栽培", "soilless"),
        code("other", "其他", "other"),
    ],
};

/// 公告类别.
pub static BULLETIN_KIND: CodeList = CodeList {
    name: "bulletin_kind",
    codes: &[
        code("market", "行情信息", "market information"),
        code("technique", "技术通知", "notice of a technique"),
        code("training", "培训通知", "training call"),
        code(
            "warning",
            "病虫灾害预警",
            "warning of pests, disease or weather",
        ),
        code("policy", "政策通知", "notice of a policy"),
        code("other", "其他", "other"),
    ],
};

/// Every list, for `GET /v1/codes` and the specification.
pub static ALL: &[&CodeList] = &[
    &VISIT_MODE,
    &INDUSTRY,
    &CHAIN_STAGE,
    &SERVICE_MODE,
    &BENEFICIARY_KIND,
    &SITE_KIND,
    &ADOPTION_STAGE,
    &EVIDENCE,
    &MISSING_FIX,
    &DATUM,
    &POSITION_SOURCE,
    &PHOTO_PURPOSE,
    &PHOTO_SOURCE,
    &PHOTO_TYPE,
    &PHOTO_STATE,
    &BASE_LEVEL,
    &FOLLOW_UP_OUTCOME,
    &SATISFACTION,
    &SERVED_ROLE,
    &FEEDBACK_SOURCE,
    &CONSENT_BY,
    &CONTACT_PURPOSE,
    &ANONYMISE_REASON,
    &REVIEW_STATE,
    &RETURN_REASON,
    &FARMING_MODE,
    &BULLETIN_KIND,
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_list_and_no_code_appears_twice() {
        let names: BTreeSet<_> = ALL.iter().map(|list| list.name).collect();
        assert_eq!(names.len(), ALL.len());
        for list in ALL {
            let codes: BTreeSet<_> = list.codes.iter().map(|entry| entry.code).collect();
            assert_eq!(codes.len(), list.codes.len(), "{}", list.name);
        }
    }
}
