//! The settings of a county: their names, what each may be, and what holds when the county says nothing.
//!
//! A value holds from a local date on, so that last year's report keeps last year's rule.

use crate::address_guard::{MOST_NETWORKS, Network};
use crate::review::ReviewSteps;
use crate::visit_interval::{IntervalRule, MOST_RULES};
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone as Zone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use tepai_sync_protocol::codes::INDUSTRY;
use tepai_sync_protocol::division_kind::DivisionKind;
use tepai_sync_protocol::summary::coverage::CountedKinds;
use tepai_sync_protocol::words::{Sentence, Words, words};

/// The least similarity (Jaro-Winkler, 0 to 1) at which a name is suggested for an unknown one.
const ALIKE: f64 = 0.7;
/// The kinds that villages are of.
const VILLAGE_KINDS: [DivisionKind; 4] = [
    DivisionKind::ResidentsCommittee,
    DivisionKind::VillagersCommittee,
    DivisionKind::QuasiResidents,
    DivisionKind::QuasiVillagers,
];
/// The kinds that townships are of.
const TOWNSHIP_KINDS: [DivisionKind; 4] = [
    DivisionKind::Subdistrict,
    DivisionKind::Town,
    DivisionKind::Township,
    DivisionKind::QuasiTownship,
];
const STEPS: [ReviewSteps; 3] = [
    ReviewSteps::County,
    ReviewSteps::TownshipThenCounty,
    ReviewSteps::Township,
];
/// The time zone of a county that sets none.
const DEFAULT_ZONE: &str = "Asia/Shanghai";

/// Each entry: the setting, its field (which is its name as stored and sent) and type, the default, what reads a value,
/// what stores it, and its labels.
macro_rules! settings {
    ($($(#[$doc:meta])* $setting:ident = $field:ident: $type:ty, $default:expr, $read:expr, $store:ident, $zh:literal, $en:literal;)*) => {
        /// A setting of a county.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Setting {
            $($(#[$doc])* $setting,)*
        }

        impl Setting {
            /// Every setting, in the order in which they are shown.
            pub const ALL: &'static [Self] = &[$(Self::$setting,)*];

            /// Its name, as stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$setting => stringify!($field),)* }
            }

            /// What people call it.
            pub const fn label(self) -> Words {
                match self { $(Self::$setting => words($zh, $en),)* }
            }

            /// The value that holds when the county sets none.
            pub fn default_value(self) -> Value {
                let defaults = CountySettings::default();
                match self { $(Self::$setting => $store(&defaults.$field, None),)* }
            }

            /// The value as it is stored, or why it cannot be one.
            pub fn check(self, value: &Value) -> Result<Value, Sentence> {
                match self { $(Self::$setting => $read(value).map(|read| $store(&read, Some(value))),)* }
            }
        }

        /// All settings of a county on one day.
        #[derive(Clone, Debug, PartialEq)]
        pub struct CountySettings {
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Default for CountySettings {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl CountySettings {
            fn take(&mut self, setting: Setting, value: &Value) {
                match setting { $(Setting::$setting => replace(&mut self.$field, $read(value)),)* }
            }
        }
    };
}

settings! {
    /// The kinds of divisions that count in the denominators of coverage.
    CoverageKinds = coverage_kinds: CountedKinds, CountedKinds::default(), counted_kinds, kinds_json,
        "计入覆盖率的区划类型", "kinds of divisions that count in coverage";
    /// The time zone of local dates.
    TimeZone = time_zone: Zone, Zone::get(DEFAULT_ZONE).unwrap_or(Zone::UTC), time_zone, zone_json,
        "时区", "time zone";
    /// Days without an approved visit after which a village is overdue.
    OverdueDays = overdue_days: i64, 30, whole(1..=366), json_of,
        "超期天数", "days until a village is overdue";
    /// Where and when a village is overdue after another number of days.
    VisitIntervals = visit_intervals: Vec<IntervalRule>, Vec::new(), visit_intervals, json_of,
        "走访间隔（按镇村、主导产业和季节）", "days between visits by place, lead industry and season";
    /// Who reviews visits.
    ReviewSteps = review_steps: ReviewSteps, ReviewSteps::default(), review_steps, json_of,
        "审核层级", "who reviews visits";
    // Villages of ponds and fields reach some kilometres from their committee's house.
    /// Metres from a village's reference point that still are in the village.
    NearVillageM = near_village_m: i64, 5000, whole(100..=100_000), json_of,
        "视为在村的距离（米）", "metres from a village that still are in it";
    // A week without a network is ordinary.
    /// Days after a service within which a visit is entered in the ordinary way.
    BackfillDays = backfill_days: i64, 10, whole(0..=366), json_of,
        "服务后多少天内录入不算补录", "days after a service before a late entry is flagged";
    /// Whether each visit needs a photo of a stamped confirmation.
    ConfirmationRequired = confirmation_required: bool, false, yes_or_no, json_of,
        "走访须附确认书照片", "whether a visit needs a photo of a stamped confirmation";
    // Nothing is removed before an assessment year and its objections are over.
    /// Months after a service for which photos are kept; for ever if absent.
    PhotoRetentionMonths = photo_retention_months: Option<i64>, None, whole_if_any(18..=600), json_of,
        "照片保存月数（空为一直保存）", "months for which photos are kept (empty: for ever)";
    /// Whether score runs rank those who are assessed.
    ScoreRanking = score_ranking: bool, false, yes_or_no, json_of,
        "考核是否排名", "whether score runs rank";
    /// Networks besides the internet into which webhooks may be sent.
    WebhookNetworks = webhook_networks: Vec<Network>, Vec::new(), networks, json_of,
        "允许推送的内网网段", "networks besides the internet into which webhooks may be sent";
    /// Years after the last service after which a beneficiary is made anonymous; never by itself if absent.
    BeneficiaryRetentionYears = beneficiary_retention_years: Option<i64>, None, whole_if_any(2..=50), json_of,
        "最后一次服务后多少年将服务对象匿名（空为不自动匿名）",
        "years after the last service after which a beneficiary is made anonymous (empty: never by itself)";
}

impl Setting {
    /// The setting of a name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|setting| setting.as_str() == name)
    }

    /// The setting that was probably meant by a name that is none.
    pub fn meant_by(name: &str) -> Option<Self> {
        let likeness = |setting: &Self| strsim::jaro_winkler(setting.as_str(), name);
        let all = Self::ALL.iter().copied();
        let best = all.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        best.filter(|setting| likeness(setting) >= ALIKE)
    }
}

impl CountySettings {
    /// The settings on `day`. `values` are in the order of their dates; a stored value that an older or newer
    /// version wrote and this one cannot read counts as none.
    pub fn on<'v>(day: Date, values: impl IntoIterator<Item = (&'v str, Date, &'v Value)>) -> Self {
        let mut settings = Self::default();
        let in_force = values.into_iter().filter(|(_, from, _)| *from <= day);
        for (name, _, value) in in_force {
            if let Some(setting) = Setting::parse(name) {
                settings.take(setting, value);
            }
        }
        settings
    }

    /// The first day of service whose photos are still kept on `today`; `None` if photos are kept for ever.
    pub fn photos_kept_from(&self, today: Date) -> Option<Date> {
        let months = Span::new().try_months(self.photo_retention_months?).ok()?;
        today.checked_sub(months).ok()
    }

    /// The first day of service that still keeps a beneficiary's name on `today`; `None` if names are kept.
    pub fn names_kept_from(&self, today: Date) -> Option<Date> {
        let years = Span::new()
            .try_years(self.beneficiary_retention_years?)
            .ok()?;
        today.checked_sub(years).ok()
    }
}

fn replace<T>(slot: &mut T, value: Result<T, Sentence>) {
    if let Ok(value) = value {
        *slot = value;
    }
}

/// A list of kinds with at least one of villages. Where none of townships is among them, those of the default are.
fn counted_kinds(value: &Value) -> Result<CountedKinds, Sentence> {
    let allowed = || VILLAGE_KINDS.into_iter().chain(TOWNSHIP_KINDS);
    let kind = |word: &Value| allowed().find(|kind| Some(kind.as_str()) == word.as_str());
    let kinds: Option<BTreeSet<_>> = value
        .as_array()
        .and_then(|words| words.iter().map(kind).collect());
    let mut kinds = kinds
        .filter(|kinds| VILLAGE_KINDS.iter().any(|kind| kinds.contains(kind)))
        .ok_or_else(|| {
            let list: Vec<_> = allowed().map(DivisionKind::as_str).collect();
            let list = list.join(", ");
            Sentence::new(
                format!("应为类型列表，其中至少一种村级类型：{list}"),
                format!("should be a list of kinds with at least one of villages: {list}"),
            )
        })?;
    if !TOWNSHIP_KINDS.iter().any(|kind| kinds.contains(kind)) {
        let defaults = CountedKinds::default().0;
        kinds.extend(
            defaults
                .into_iter()
                .filter(|kind| TOWNSHIP_KINDS.contains(kind)),
        );
    }
    Ok(CountedKinds(kinds))
}

/// The stored form of what serde writes.
fn json_of<T: Serialize>(read: &T, _given: Option<&Value>) -> Value {
    json!(read)
}

fn kinds_json(kinds: &CountedKinds, _given: Option<&Value>) -> Value {
    kinds.0.iter().map(|kind| kind.as_str()).collect()
}

/// A zone is stored under the name that was given, as zones have several.
fn zone_json(_zone: &Zone, given: Option<&Value>) -> Value {
    given.cloned().unwrap_or_else(|| json!(DEFAULT_ZONE))
}

fn time_zone(value: &Value) -> Result<Zone, Sentence> {
    let zone = value.as_str().and_then(|name| Zone::get(name).ok());
    zone.ok_or_else(|| {
        Sentence::new(
            "应为 IANA 时区名，如 Asia/Shanghai",
            "should be an IANA time zone such as Asia/Shanghai",
        )
    })
}

fn whole(range: RangeInclusive<i64>) -> impl Fn(&Value) -> Result<i64, Sentence> {
    move |value| {
        let (least, most) = (range.start(), range.end());
        let number = value.as_i64().filter(|number| range.contains(number));
        number.ok_or_else(|| {
            Sentence::new(
                format!("应为 {least} 到 {most} 的整数"),
                format!("should be a whole number from {least} to {most}"),
            )
        })
    }
}

fn whole_if_any(range: RangeInclusive<i64>) -> impl Fn(&Value) -> Result<Option<i64>, Sentence> {
    let whole = whole(range);
    move |value| match value {
        Value::Null => Ok(None),
        number => whole(number).map(Some),
    }
}

fn yes_or_no(value: &Value) -> Result<bool, Sentence> {
    let answer = value.as_bool();
    answer.ok_or_else(|| Sentence::new("应为 true 或 false", "should be true or false"))
}

fn networks(value: &Value) -> Result<Vec<Network>, Sentence> {
    let networks = Vec::<Network>::deserialize(value).ok();
    let networks = networks.filter(|networks| networks.len() <= MOST_NETWORKS);
    networks.ok_or_else(|| {
        let example = json!(["10.20.0.0/16"]);
        Sentence::new(
            format!("应为网段列表（至多 {MOST_NETWORKS} 个），如 {example}"),
            format!("should be a list of networks (at most {MOST_NETWORKS}), such as {example}"),
        )
    })
}

fn visit_intervals(value: &Value) -> Result<Vec<IntervalRule>, Sentence> {
    let rules = Vec::<IntervalRule>::deserialize(value).ok();
    let sound = |rules: &Vec<IntervalRule>| {
        rules.len() <= MOST_RULES
            && rules
                .iter()
                .all(|rule| rule.is_sound(|code| INDUSTRY.has(code)))
    };
    rules.filter(sound).ok_or_else(|| {
        let example = json!([{"division": "421083100", "industry": "aquaculture", "from": "06-01", "to": "09-30", "days": 15}]);
        Sentence::new(
            format!("应为规则列表（至多 {MOST_RULES} 条；days 为 1 到 366，其余可省），如 {example}"),
            format!("should be a list of rules (at most {MOST_RULES}; days from 1 to 366, the rest may be absent), such as {example}"),
        )
    })
}

fn review_steps(value: &Value) -> Result<ReviewSteps, Sentence> {
    ReviewSteps::deserialize(value).map_err(|_| {
        let list: Vec<_> = STEPS.iter().map(|steps| json!(steps)).collect();
        let list = Value::from(list).to_string();
        Sentence::new(format!("可选：{list}"), format!("one of: {list}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_default_is_a_value_and_every_name_parses_back() {
        for &setting in Setting::ALL {
            assert_eq!(Setting::parse(setting.as_str()), Some(setting));
            let value = setting.default_value();
            assert_eq!(setting.check(&value).as_ref(), Ok(&value), "{setting:?}");
        }
    }

    #[test]
    fn names_and_defaults_are_those_that_counties_have_stored() {
        let stored = [
            (
                "coverage_kinds",
                json!(["subdistrict", "town", "township", "villagers_committee"]),
            ),
            ("time_zone", json!("Asia/Shanghai")),
            ("overdue_days", json!(30)),
            ("visit_intervals", json!([])),
            ("review_steps", json!("county")),
            ("near_village_m", json!(5000)),
            ("backfill_days", json!(10)),
            ("confirmation_required", json!(false)),
            ("photo_retention_months", json!(null)),
            ("score_ranking", json!(false)),
            ("webhook_networks", json!([])),
            ("beneficiary_retention_years", json!(null)),
        ];
        let now = Setting::ALL
            .iter()
            .map(|setting| (setting.as_str(), setting.default_value()));
        assert_eq!(now.collect::<Vec<_>>(), stored);
        let given = json!("asia/shanghai");
        assert_eq!(Setting::TimeZone.check(&given), Ok(given));
    }

    #[test]
    fn a_name_that_is_none_gets_the_one_that_was_meant() {
        assert_eq!(
            Setting::meant_by("overdue-days"),
            Some(Setting::OverdueDays)
        );
        assert_eq!(
            Setting::meant_by("coverage_kind"),
            Some(Setting::CoverageKinds)
        );
        assert_eq!(Setting::meant_by("timezone"), Some(Setting::TimeZone));
        assert_eq!(Setting::meant_by("xyzzy"), None);
    }

    #[test]
    fn values_of_the_wrong_shape_are_refused() {
        let wrong = [
            (Setting::CoverageKinds, json!("villagers_committee")),
            (Setting::CoverageKinds, json!([])),
            (Setting::CoverageKinds, json!(["town"])),
            (
                Setting::CoverageKinds,
                json!(["county", "villagers_committee"]),
            ),
            (Setting::TimeZone, json!("Mars/Olympus")),
            (Setting::TimeZone, json!(8)),
            (Setting::OverdueDays, json!(0)),
            (Setting::OverdueDays, json!(30.5)),
            (Setting::OverdueDays, json!("30")),
            (Setting::VisitIntervals, json!({"days": 15})),
            (Setting::VisitIntervals, json!([{"days": 0}])),
            (
                Setting::VisitIntervals,
                json!([{"days": 15, "from": "06-01"}]),
            ),
            (
                Setting::VisitIntervals,
                json!([{"days": 15, "industry": "mining"}]),
            ),
            (
                Setting::VisitIntervals,
                json!([{"days": 15, "village": "x"}]),
            ),
            (Setting::NearVillageM, json!(99)),
            (Setting::BackfillDays, json!(-1)),
            (Setting::ConfirmationRequired, json!("yes")),
            (Setting::PhotoRetentionMonths, json!(17)),
            (Setting::ScoreRanking, json!("yes")),
            (Setting::WebhookNetworks, json!("10.0.0.0/8")),
            (Setting::WebhookNetworks, json!(["10.0.0.0"])),
            (Setting::WebhookNetworks, json!(vec!["10.0.0.0/8"; 51])),
            (Setting::ReviewSteps, json!("village")),
            (Setting::ReviewSteps, json!(null)),
        ];
        for (setting, value) in wrong {
            assert!(setting.check(&value).is_err(), "{setting:?} {value}");
        }
    }

    #[test]
    fn kinds_of_villages_alone_keep_the_townships_that_count_by_default() {
        let stored = Setting::CoverageKinds
            .check(&json!(["residents_committee", "villagers_committee"]))
            .unwrap();
        assert_eq!(
            stored,
            json!([
                "subdistrict",
                "town",
                "township",
                "residents_committee",
                "villagers_committee"
            ])
        );
    }

    #[test]
    fn a_setting_holds_from_its_date_on() {
        let (thirty, sixty, unreadable) = (json!(30), json!(60), json!("soon"));
        let values = [
            ("overdue_days", date(2026, 1, 1), &sixty),
            ("overdue_days", date(2026, 7, 1), &thirty),
            ("overdue_days", date(2027, 1, 1), &unreadable),
            ("of_a_newer_version", date(2026, 1, 1), &sixty),
        ];
        for (day, expected) in [
            (date(2025, 12, 31), 30),
            (date(2026, 1, 1), 60),
            (date(2026, 6, 30), 60),
            (date(2026, 7, 1), 30),
            (date(2028, 1, 1), 30),
        ] {
            assert_eq!(
                CountySettings::on(day, values).overdue_days,
                expected,
                "{day}"
            );
        }
    }
}
