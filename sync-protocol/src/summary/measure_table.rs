//! The table of measures. It is one list and is read as one, so it is longer than other files.

use super::facts::Stage;
use super::figures::Summary;
use super::measures::{Figure, Measure, Source, Value};
use crate::words::{Words, words};

const PIECES: Words = words("份", "answers");
const HOUSEHOLDS: Words = words("户", "households");
const EXPERTS: Words = words("人", "persons");
const MU: Words = words("亩", "mu");
const PERCENT: Words = words("%", "%");
const VISITS: Words = words("次", "visits");
const ADOPTIONS: Words = words("项次", "adoptions");

/// Every measure, in the order in which people read them.
pub static MEASURES: &[Measure] = &[
    Measure {
        code: "visits",
        name: words("服务次数", "visits"),
        unit: VISITS,
        decimals: 0,
        is_additive: true,
        definition: words(
            "首个服务日期在本期内且审核通过的走访数；多人同行算一次，按人统计时同行每人各算一次。",
            "Approved visits whose first service date lies in the period; a joint visit is one visit, and one for each \
             member where figures are by person.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.visits)),
    },
    Measure {
        code: "service_days",
        name: words("服务天数", "service days"),
        unit: words("天", "days"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围内有服务的不同日期数；一次走访从首日到末日每天都算，并全部归入首日所在的时段；同一天无论几次、几人、几村只算一天。",
            "Distinct local dates with a service in the scope; a visit has every date from its first to its last, all in \
             the period of the first; one date is one day, whatever the visits, persons and villages.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.service_days)),
    },
    Measure {
        code: "person_days",
        name: words("服务天次", "person-days"),
        unit: words("天次", "person-days"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围内不同的（特派员，服务日期）数；一人一天到两村或两乡镇，在两处各算一次，在全县只算一次。",
            "Distinct (commissioner, service date) in the scope; a person in two townships on one day counts once in \
             each and once in the county.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.person_days)),
    },
    Measure {
        code: "villages",
        name: words("服务村数", "villages"),
        unit: words("个", "villages"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本期内有走访的不同的村数。",
            "Distinct villages with a visit in the period.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.villages)),
    },
    Measure {
        code: "village_coverage",
        name: words("走访覆盖率", "villages visited"),
        unit: PERCENT,
        decimals: 2,
        is_additive: false,
        definition: words(
            "本期内有走访的应计村数 ÷ 本范围应计村数；哪些村应计由县设定。",
            "Counted villages with a visit in the period / counted villages of the scope; the county sets which count.",
        ),
        source: Source::Visits(|figures| Value::Share(figures.village_coverage)),
    },
    Measure {
        code: "commissioners",
        name: words("服务人数", "commissioners"),
        unit: words("人", "persons"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本期内有走访的不同的特派员人数，含同行者。",
            "Distinct commissioners with a visit in the period, participants included.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.commissioners)),
    },
    Measure {
        code: "beneficiaries",
        name: words("服务对象", "beneficiaries"),
        unit: words("户（个）", "beneficiaries"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本期走访中服务的不同的服务对象数；同一对象服务多次只算一个。",
            "Distinct beneficiaries served in visits of the period; one that was served twice counts once.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.beneficiaries)),
    },
    Measure {
        code: "demo_households",
        name: words("服务示范户", "demo households served"),
        unit: words("户", "households"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围的示范户中，本期在本范围的走访里服务过的不同户数；按现在的示范户名单。",
            "Distinct demo households of the scope that were served in a visit of the scope in the period, by the present \
             list of demo households.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.reach.numerator)),
    },
    Measure {
        code: "reach",
        name: words("入户率", "reach"),
        unit: PERCENT,
        decimals: 2,
        is_additive: false,
        definition: words(
            "本期服务过至少一次的示范户数 ÷ 本范围全部示范户数；由分子分母重新计算，不取平均。",
            "Demo households served at least once in the period / all demo households of the scope; re-computed from both \
             parts, never averaged.",
        ),
        source: Source::Visits(|figures| Value::Share(figures.reach)),
    },
    Measure {
        code: "demo_households_all",
        name: words("示范户", "demo households"),
        unit: HOUSEHOLDS,
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围现有的不同示范户数；是现状，与时段无关。",
            "Distinct demo households of the scope as they stand now, whatever the period.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.reach.denominator)),
    },
    Measure {
        code: "local_experts",
        name: words("乡土科技能人", "local experts"),
        unit: EXPERTS,
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围现有的不同乡土科技能人数；是现状，与时段无关。",
            "Distinct local experts of the scope as they stand now, whatever the period.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.experts.denominator)),
    },
    Measure {
        code: "local_experts_served",
        name: words("服务乡土科技能人", "local experts served"),
        unit: EXPERTS,
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围的乡土科技能人中，本期在本范围的走访里服务过的不同人数；按现在的名单。",
            "Distinct local experts of the scope that were served in a visit of the scope in the period, by the present list.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.experts.numerator)),
    },
    Measure {
        code: "demo_bases_served",
        name: words("服务示范基地", "demo bases served"),
        unit: words("个", "bases"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围的示范基地中，承担主体在本期的走访里被服务过的不同基地数；未填承担主体的基地不计。",
            "Demo bases of the scope whose runner was served in a visit of the period; a base of which no runner is known \
             does not count.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.bases_served.numerator)),
    },
    Measure {
        code: "training_sessions",
        name: words("培训场次", "training sessions"),
        unit: words("场次", "sessions"),
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期培训场次之和：有培训记录的，同村同日同主题只算一场，随其走访审核通过而计；其余按走访所填。",
            "Sum of the training sessions of the period: by session records, each session of a village, day and topic once, \
             counted as its visits are approved; and by visits for which no session record speaks.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.counters.training_sessions)),
    },
    Measure {
        code: "training_attendances",
        name: words("培训人次", "training attendances"),
        unit: words("人次", "attendances"),
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期各场培训的人次之和；一人每场算一次；培训记录与走访所填不重复计。",
            "Sum of the attendances of the training sessions of the period; a person counts once a session, and what a \
             session record and a visit both report counts once.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.counters.training_attendances)),
    },
    Measure {
        code: "training_persons",
        name: words("培训人数", "persons trained"),
        unit: words("人", "persons"),
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期各场培训的人数之和；同一场内一人只算一次，不同场之间无法去重。",
            "Sum of the persons of the training sessions of the period; a person counts once in a session, and cannot be \
             told apart between sessions.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.counters.training_persons)),
    },
    Measure {
        code: "techniques",
        name: words("推广技术", "techniques"),
        unit: words("项", "techniques"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本期走访中推广的不同的技术数，按技术目录编码。",
            "Distinct techniques shown or advised in visits of the period, by catalogue code.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.techniques)),
    },
    Measure {
        code: "varieties",
        name: words("引进品种", "varieties"),
        unit: words("个", "varieties"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本期走访中引进的不同的品种数，按名称（首尾空格不计）。",
            "Distinct varieties introduced in visits of the period, by name, whatever the blanks around it.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.varieties)),
    },
    Measure {
        code: "leaflets",
        name: words("发放资料", "leaflets"),
        unit: words("份", "leaflets"),
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期走访记录的发放资料份数之和。",
            "Sum of the leaflets that visits of the period record.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.counters.leaflets)),
    },
    Measure {
        code: "disease_cases",
        name: words("病害例数", "disease cases"),
        unit: words("例", "cases"),
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期走访记录的病害例数之和。",
            "Sum of the disease cases that visits of the period record.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.counters.disease_cases)),
    },
    Measure {
        code: "problems_solved",
        name: words("解决难题", "problems solved"),
        unit: words("个", "problems"),
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期走访记录的解决难题数之和。",
            "Sum of the solved problems that visits of the period record.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.counters.problems_solved)),
    },
    Measure {
        code: "satisfaction",
        name: words("满意率", "satisfaction"),
        unit: PERCENT,
        decimals: 2,
        is_additive: false,
        definition: words(
            "本期对审核通过的走访所作评价中“满意”的份数 ÷ 全部评价份数；按评价日期；由分子分母重新计算。",
            "Feedback saying satisfied / all feedback, given in the period about approved visits, by the date of the \
             feedback; re-computed from both parts.",
        ),
        source: Source::Visits(|figures| Value::Share(figures.feedback.satisfaction())),
    },
    Measure {
        code: "feedbacks",
        name: words("评价份数", "feedback"),
        unit: PIECES,
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期对审核通过的走访所作的评价份数；按评价日期。",
            "Feedback given in the period about approved visits, by the date of the feedback.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.feedback.all())),
    },
    Measure {
        code: "satisfied",
        name: words("满意", "satisfied"),
        unit: PIECES,
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期评价中“满意”的份数。",
            "Feedback of the period that says satisfied.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.feedback.satisfied)),
    },
    Measure {
        code: "fair",
        name: words("一般", "fair"),
        unit: PIECES,
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期评价中“一般”的份数。",
            "Feedback of the period that says fair.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.feedback.fair)),
    },
    Measure {
        code: "dissatisfied",
        name: words("不满意", "dissatisfied"),
        unit: PIECES,
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期评价中“不满意”的份数。",
            "Feedback of the period that says dissatisfied.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.feedback.dissatisfied)),
    },
    Measure {
        code: "feedbacks_by_office_link",
        name: words("县乡链接评价", "feedback by links of the office"),
        unit: PIECES,
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期评价中，服务对象经县乡发出的一次性链接所作的份数。",
            "Feedback of the period that came by a one-time link of the office.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.feedback.by_office_link)),
    },
    Measure {
        code: "feedbacks_by_phone_link",
        name: words("手机链接评价", "feedback by links of phones"),
        unit: PIECES,
        decimals: 0,
        is_additive: true,
        definition: words(
            "本期评价中，服务对象经特派员手机出示的一次性链接所作的份数；其余评价录在特派员手机上。",
            "Feedback of the period that came by a one-time link of a commissioner's phone; what came by no link was \
             entered on such a phone.",
        ),
        source: Source::Visits(|figures| Value::Count(figures.feedback.by_phone_link)),
    },
    Measure {
        code: "adoptions",
        name: words("采用项次", "adoptions"),
        unit: ADOPTIONS,
        decimals: 0,
        is_additive: false,
        definition: words(
            "本期内有采用报告的不同的（生产单元或服务对象，技术，季节）数；多人报告同一项只算一次。",
            "Distinct (site or beneficiary, technique, season) with an adoption report dated in the period; reports of \
             several people about the same one count once.",
        ),
        source: Source::Adoption(|figures| Value::Count(figures.adoptions)),
    },
    stage(
        Stage::Awareness,
        "awareness",
        words("认识", "at awareness"),
        words(
            "本期内有报告的采用项次中，期末处于“认识”的项次数。",
            "Adoptions with a report in the period that stood at awareness at its end.",
        ),
    ),
    stage(
        Stage::Interest,
        "interest",
        words("兴趣", "at interest"),
        words(
            "本期内有报告的采用项次中，期末处于“兴趣”的项次数。",
            "Adoptions with a report in the period that stood at interest at its end.",
        ),
    ),
    stage(
        Stage::Evaluation,
        "evaluation",
        words("评价", "at evaluation"),
        words(
            "本期内有报告的采用项次中，期末处于“评价”的项次数。",
            "Adoptions with a report in the period that stood at evaluation at its end.",
        ),
    ),
    stage(
        Stage::Trial,
        "trial",
        words("试用", "on trial"),
        words(
            "本期内有报告的采用项次中，期末处于“试用”的项次数。",
            "Adoptions with a report in the period that stood at trial at its end.",
        ),
    ),
    stage(
        Stage::Adopted,
        "adopted",
        words("采用", "adopted"),
        words(
            "本期内有报告的采用项次中，期末处于“采用”的项次数。",
            "Adoptions with a report in the period that stood at adopted at its end.",
        ),
    ),
    stage(
        Stage::Abandoned,
        "abandoned",
        words("放弃", "abandoned"),
        words(
            "本期内有报告的采用项次中，期末处于“放弃”的项次数。",
            "Adoptions with a report in the period that stood at abandoned at its end.",
        ),
    ),
    area(
        Stage::Awareness,
        "awareness_area_centi_mu",
        words("认识面积", "area at awareness"),
        words(
            "期末处于“认识”的各采用项次最近报告的面积之和；每项只取最近状态，不按次累加。",
            "Sum of the latest areas of the adoptions at awareness; each adoption counts with its latest state alone.",
        ),
    ),
    area(
        Stage::Interest,
        "interest_area_centi_mu",
        words("兴趣面积", "area at interest"),
        words(
            "期末处于“兴趣”的各采用项次最近报告的面积之和；每项只取最近状态，不按次累加。",
            "Sum of the latest areas of the adoptions at interest; each adoption counts with its latest state alone.",
        ),
    ),
    area(
        Stage::Evaluation,
        "evaluation_area_centi_mu",
        words("评价面积", "area at evaluation"),
        words(
            "期末处于“评价”的各采用项次最近报告的面积之和；每项只取最近状态，不按次累加。",
            "Sum of the latest areas of the adoptions at evaluation; each adoption counts with its latest state alone.",
        ),
    ),
    area(
        Stage::Trial,
        "trial_area_centi_mu",
        words("试用面积", "area on trial"),
        words(
            "期末处于“试用”的各采用项次最近报告的面积之和；每项只取最近状态，不按次累加。",
            "Sum of the latest areas of the adoptions at trial; each adoption counts with its latest state alone.",
        ),
    ),
    area(
        Stage::Adopted,
        "adopted_area_centi_mu",
        words("采用面积", "adopted area"),
        words(
            "期末处于“采用”的各采用项次最近报告的面积之和；每项只取最近状态，不按次累加，不同季节分别计。",
            "Sum of the latest areas of the adoptions at adopted; each adoption counts with its latest state alone, each \
             season apart.",
        ),
    ),
    area(
        Stage::Abandoned,
        "abandoned_area_centi_mu",
        words("放弃面积", "abandoned area"),
        words(
            "期末处于“放弃”的各采用项次最近报告的面积之和；每项只取最近状态，不按次累加。",
            "Sum of the latest areas of the adoptions at abandoned; each adoption counts with its latest state alone.",
        ),
    ),
    Measure {
        code: "uptake",
        name: words("到位率", "uptake"),
        unit: PERCENT,
        decimals: 2,
        is_additive: false,
        definition: words(
            "本期内有报告的（生产单元或服务对象，技术）中处于“采用”的对数 ÷ 全部对数；每对取最近报告的季节；由分子分母重新计算。",
            "(Site or beneficiary, technique) pairs at adopted / all pairs with a report in the period; a pair stands where \
             its season with the latest report stands; re-computed from both parts.",
        ),
        source: Source::Adoption(|figures| Value::Share(figures.uptake)),
    },
    Measure {
        code: "benefit_gain_fen",
        name: words("增收", "gain"),
        unit: words("元", "yuan"),
        decimals: 2,
        is_additive: false,
        definition: words(
            "本期内有报告、且报告了采用前后效益的各采用项次（采用后 − 采用前）之和，不论阶段；每项只取最近状态。",
            "Sum of (benefit after - benefit before) of the adoptions with a report in the period that state both, at any \
             stage; each counts with its latest state alone.",
        ),
        source: Source::Adoption(|figures| Value::Count(figures.gain_fen)),
    },
    Measure {
        code: "benefit_gain_fen_per_mu",
        name: words("亩均增收", "gain per mu"),
        unit: words("元/亩", "yuan/mu"),
        decimals: 2,
        is_additive: false,
        definition: words(
            "报告了前后效益和面积的各采用项次：增收之和 ÷ 面积之和，四舍五入到分；不取各户亩均的平均。",
            "Of the adoptions that state both benefits and an area: sum of gains / sum of areas, rounded half up to 0.01 \
             yuan; never a mean of means.",
        ),
        source: Source::Adoption(|figures| Value::PerMu(figures.gain_by_area)),
    },
    Measure {
        code: "demo_bases",
        name: words("示范基地", "demo bases"),
        unit: words("个", "bases"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围现有的示范基地数；是现状，与时段无关。",
            "Demo bases of the scope as they stand now, whatever the period.",
        ),
        source: Source::Bases(|figures| Value::Count(figures.demo_bases)),
    },
    Measure {
        code: "demo_area_centi_mu",
        name: words("示范面积", "demonstrated area"),
        unit: MU,
        decimals: 2,
        is_additive: false,
        definition: words(
            "本范围各示范基地现在的示范面积之和；是现状，与时段无关，不按次累加。",
            "Sum of the demonstrated areas of the demo bases as they stand now, whatever the period; never summed over time.",
        ),
        source: Source::Bases(|figures| Value::Count(figures.demo_area_centi_mu)),
    },
    Measure {
        code: "radiated_area_centi_mu",
        name: words("辐射面积", "area reached beyond"),
        unit: MU,
        decimals: 2,
        is_additive: false,
        definition: words(
            "本范围各示范基地现在的辐射面积之和；是现状，与时段无关，不按次累加。",
            "Sum of the areas that the demo bases reach beyond themselves, as they stand now; never summed over time.",
        ),
        source: Source::Bases(|figures| Value::Count(figures.radiated_area_centi_mu)),
    },
    Measure {
        code: "radiated_households",
        name: words("辐射户数", "households reached beyond"),
        unit: words("户", "households"),
        decimals: 0,
        is_additive: false,
        definition: words(
            "本范围各示范基地现在的辐射户数之和；是现状，与时段无关，基地之间无法去重。",
            "Sum of the households that the demo bases reach beyond themselves, as they stand now; households of two \
             bases cannot be told apart.",
        ),
        source: Source::Bases(|figures| Value::Count(figures.radiated_households)),
    },
    Measure {
        code: "pending_visits",
        name: words("待审走访", "pending visits"),
        unit: VISITS,
        decimals: 0,
        is_additive: true,
        definition: words(
            "首个服务日期在本期内、待审核或乡镇已核的走访数；不计入其他数字。",
            "Visits whose first service date lies in the period and that wait for review, the township's or the county's; \
             no other figure counts them.",
        ),
        source: Source::Whole(|summary| Value::Count(summary.pending.visits)),
    },
    Measure {
        code: "returned_visits",
        name: words("退回走访", "returned visits"),
        unit: VISITS,
        decimals: 0,
        is_additive: true,
        definition: words(
            "首个服务日期在本期内、已退回、不予认定或已撤回的走访数；不计入其他数字。",
            "Visits whose first service date lies in the period and that were returned, not recognised or withdrawn; no \
             other figure counts them.",
        ),
        source: Source::Whole(|summary| Value::Count(summary.returned_visits)),
    },
];

const fn stage(stage: Stage, code: &'static str, name: Words, definition: Words) -> Measure {
    Measure {
        code,
        name,
        unit: ADOPTIONS,
        decimals: 0,
        is_additive: false,
        definition,
        source: Source::Stage(stage, |figures| Value::Count(figures.adoptions)),
    }
}

const fn area(stage: Stage, code: &'static str, name: Words, definition: Words) -> Measure {
    Measure {
        code,
        name,
        unit: MU,
        decimals: 2,
        is_additive: false,
        definition,
        source: Source::Stage(stage, |figures| Value::Count(figures.area_centi_mu)),
    }
}

impl Measure {
    /// The measure of a stable word.
    pub fn find(code: &str) -> Option<&'static Self> {
        MEASURES.iter().find(|measure| measure.code == code)
    }
}

/// All figures of `summary`, in the order of [`MEASURES`].
pub fn figures(summary: &Summary) -> impl Iterator<Item = Figure> {
    MEASURES.iter().map(|measure| measure.of(summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_code_name_or_definition_appears_twice() {
        for of in [
            |measure: &Measure| measure.code,
            |measure: &Measure| measure.name.zh,
            |measure: &Measure| measure.name.en,
            |measure: &Measure| measure.definition.zh,
            |measure: &Measure| measure.definition.en,
        ] {
            let texts: BTreeSet<_> = MEASURES.iter().map(of).collect();
            assert_eq!(texts.len(), MEASURES.len());
        }
    }

    #[test]
    fn every_stage_has_its_two_measures() {
        for &stage in Stage::ALL {
            for code in [
                stage.as_str().to_owned(),
                format!("{}_area_centi_mu", stage.as_str()),
            ] {
                let measure = Measure::find(&code).unwrap();
                assert!(
                    matches!(measure.source, Source::Stage(found, _) if found == stage),
                    "{code}"
                );
                assert!(
                    measure
                        .definition
                        .zh
                        .contains(&format!("“{}”", stage_zh(stage)))
                );
            }
        }
    }

    fn stage_zh(stage: Stage) -> &'static str {
        crate::codes::ADOPTION_STAGE
            .find(stage.as_str())
            .unwrap()
            .label
            .zh
    }

    #[test]
    fn codes_say_the_unit_of_their_integer() {
        for measure in MEASURES {
            let scaled = measure.code.contains("centi_mu")
                || measure.code.contains("fen")
                || measure.unit.en == "%";
            assert_eq!(
                measure.decimals,
                if scaled { 2 } else { 0 },
                "{}",
                measure.code
            );
        }
    }

    #[test]
    fn numbers_print_in_the_unit_that_people_read() {
        let area = Measure::find("adopted_area_centi_mu").unwrap();
        for (number, text) in [(1234, "12.34"), (5, "0.05"), (0, "0.00"), (-1250, "-12.50")] {
            assert_eq!(area.print(number), text);
        }
        assert_eq!(Measure::find("visits").unwrap().print(12), "12");
        assert_eq!(area.print(i64::MIN), "-92233720368547758.08");
    }

    #[test]
    fn an_empty_summary_has_zeros_and_no_rates() {
        let figures: Vec<_> = figures(&Summary::default()).collect();
        assert_eq!(figures.len(), MEASURES.len());
        for figure in figures {
            match figure.measure.source {
                Source::Visits(_) | Source::Whole(_) => {
                    let number = figure.approved.unwrap().number();
                    let expected = (figure.measure.unit.en != "%").then_some(0);
                    assert_eq!(number, expected, "{}", figure.measure.code);
                }
                _ => assert_eq!(figure.approved, None, "{}", figure.measure.code),
            }
        }
    }
}
