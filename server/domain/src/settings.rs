//! The settings of a county: their names, what each may be, and what holds when the county says nothing.
//!
//! A value holds from a local date on, so that last year's report keeps last year's rule.

use crate::address_guard::{MOST_NETWORKS, Network};
use crate::review::ReviewSteps;
use crate::visit_interval::{IntervalRule, MOST_RULES};
use jiff::Span;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use tepai_sync_protocol::codes::INDUSTRY;
use tepai_sync_protocol::division_kind::DivisionKind;
use tepai_sync_protocol::summary::coverage::CountedKinds;
use tepai_sync_protocol::words::{Sentence, Words, words};

/// Declares the settings: for each its variant, stored name, field, type, words, and how its value is read and written. From this
/// come [`Setting`], [`CountySettings`], and every function that goes over all settings.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $setting:ident = $name:literal, $field:ident: $type:ty, ($zh:literal, $en:literal),
        read $read:expr, write $write:expr;
    )+) => {
        /// A setting.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Setting {
            $($(#[doc = $doc])+ $setting,)+
        }

        /// All settings of a county on one day.
        #[derive(Clone, Debug, PartialEq)]
        pub struct CountySettings {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        impl Setting {
            /// Every setting.
            pub const ALL: &[Self] = &[$(Self::$setting,)+];

            /// Its name, as stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$setting => $name,)+
                }
            }

            /// What people call it.
            pub const fn label(self) -> Words {
                match self {
                    $(Self::$setting => words($zh, $en),)+
                }
            }

            /// What holds when the county says nothing.
            pub fn default_value(self) -> Value {
                let defaults = CountySettings::default();
                match self {
                    $(Self::$setting => $write(&defaults.$field),)+
                }
            }

            /// The value as it is stored, or why it cannot be one.
            pub fn check(self, value: &Value) -> Result<Value, Sentence> {
                match self {
                    $(Self::$setting => $read(value).map(|read: $type| $write(&read)),)+
                }
            }
        }

        impl CountySettings {
            /// Takes a stored value over, if it can be read.
            fn take(&mut self, setting: Setting, value: &Value) {
                match setting {
                    $(Setting::$setting => replace(&mut self.$field, $read(value)),)+
                }
            }
        }
    };
}

settings! {
    /// The kinds of divisions that count in the denominators of coverage.
    CoverageKinds = "coverage_kinds", coverage_kinds: CountedKinds,
        ("计入覆盖率的区划类型", "kinds of divisions that count in coverage"),
        read counted_kinds, write |kinds: &CountedKinds| kinds_value(&kinds.0);
    /// The zone of local dates.
    TimeZone = "time_zone", time_zone: TimeZone,
        ("时区", "time zone"),
        read time_zone, write zone_value;
    /// Days without an approved visit after which a village is overdue.
    OverdueDays = "overdue_days", overdue_days: i64,
        ("超期天数", "days until a village is overdue"),
        read |value| whole(value, &OVERDUE_DAYS), write json_value;
    /// Where and when a village is overdue after another number of days.
    VisitIntervals = "visit_intervals", visit_intervals: Vec<IntervalRule>,
        ("走访间隔（按镇村、主导产业和季节）", "days between visits by place, lead industry and season"),
        read visit_intervals, write json_value;
    /// Who reviews visits.
    ReviewSteps = "review_steps", review_steps: ReviewSteps,
        ("审核层级", "who reviews visits"),
        read review_steps, write json_value;
    /// Metres from a village's reference point that still are in the village.
    NearVillageM = "near_village_m", near_village_m: i64,
        ("视为在村的距离（米）", "metres from a village that still are in it"),
        read |value| whole(value, &NEAR_VILLAGE_M), write json_value;
    /// Days after a service within which a visit is entered in the ordinary way.
    BackfillDays = "backfill_days", backfill_days: i64,
        ("服务后多少天内录入不算补录", "days after a service before a late entry is flagged"),
        read |value| whole(value, &BACKFILL_DAYS), write json_value;
    /// Whether each visit needs a photo of a stamped confirmation.
    ConfirmationRequired = "confirmation_required", confirmation_required: bool,
        ("走访须附确认书照片", "whether a visit needs a photo of a stamped confirmation"),
        read yes_or_no, write json_value;
    /// Months after a service for which photos are kept; for ever if absent.
    PhotoRetentionMonths = "photo_retention_months", photo_retention_months: Option<i64>,
        ("照片保存月数（空为一直保存）", "months for which photos are kept (empty: for ever)"),
        read |value| whole_if_any(value, &RETENTION_MONTHS), write json_value;
    /// Whether score runs rank those who are assessed.
    ScoreRanking = "score_ranking", score_ranking: bool,
        ("考核是否排名", "whether score runs rank"),
        read yes_or_no, write json_value;
    /// Networks besides the internet into which webhooks may be sent.
    WebhookNetworks = "webhook_networks", webhook_networks: Vec<Network>,
        ("允许推送的内网网段", "networks besides the internet into which webhooks may be sent"),
        read networks, write json_value;
    /// Years after the last service after which a beneficiary is made anonymous; never by itself if absent.
    BeneficiaryRetentionYears = "beneficiary_retention_years", beneficiary_retention_years: Option<i64>,
        (
            "最后一次服务后多少年将服务对象匿名（空为不自动匿名）",
            "years after the last service after which a beneficiary is made anonymous (empty: never by itself)"
        ),
        read |value| whole_if_any(value, &RETENTION_YEARS), write json_value;
}

/// Names that are at least so much alike are suggested for one another.
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
const OVERDUE_DAYS: RangeInclusive<i64> = 1..=366;
const NEAR_VILLAGE_M: RangeInclusive<i64> = 100..=100_000;
const BACKFILL_DAYS: RangeInclusive<i64> = 0..=366;
/// Nothing goes before an assessment year and its objections are over.
const RETENTION_MONTHS: RangeInclusive<i64> = 18..=600;
const RETENTION_YEARS: RangeInclusive<i64> = 2..=50;

impl Setting {
    /// The setting of a name.
    pub fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|setting| setting.as_str() == name)
    }

    /// The setting that was probably meant by a name that is none.
    pub fn meant_by(name: &str) -> Option<Self> {
        let likeness = |setting: &Self| strsim::jaro_winkler(setting.as_str(), name);
        let best = Self::ALL
            .iter()
            .copied()
            .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        best.filter(|setting| likeness(setting) >= ALIKE)
    }
}

const DEFAULT_ZONE: &str = "Asia/Shanghai";
const DEFAULT_OVERDUE_DAYS: i64 = 30;
/// Villages of ponds and fields reach some kilometres from their committee's house.
const DEFAULT_NEAR_VILLAGE_M: i64 = 5000;
/// A week without a network is ordinary.
const DEFAULT_BACKFILL_DAYS: i64 = 10;

impl Default for CountySettings {
    fn default() -> Self {
        Self {
            coverage_kinds: CountedKinds::default(),
            time_zone: TimeZone::get(DEFAULT_ZONE).unwrap_or(TimeZone::UTC),
            overdue_days: DEFAULT_OVERDUE_DAYS,
            visit_intervals: Vec::new(),
            review_steps: ReviewSteps::default(),
            near_village_m: DEFAULT_NEAR_VILLAGE_M,
            backfill_days: DEFAULT_BACKFILL_DAYS,
            confirmation_required: false,
            photo_retention_months: None,
            score_ranking: false,
            webhook_networks: Vec::new(),
            beneficiary_retention_years: None,
        }
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

fn json_value(value: &impl Serialize) -> Value {
    json!(value)
}

fn zone_value(zone: &TimeZone) -> Value {
    json!(zone.iana_name().unwrap_or(DEFAULT_ZONE))
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

fn kinds_value(kinds: &BTreeSet<DivisionKind>) -> Value {
    kinds.iter().map(|kind| kind.as_str()).collect()
}

fn time_zone(value: &Value) -> Result<TimeZone, Sentence> {
    let zone = value.as_str().and_then(|name| TimeZone::get(name).ok());
    zone.ok_or_else(|| {
        Sentence::new(
            "应为 IANA 时区名，如 Asia/Shanghai",
            "should be an IANA time zone such as Asia/Shanghai",
        )
    })
}

fn whole(value: &Value, range: &RangeInclusive<i64>) -> Result<i64, Sentence> {
    let (least, most) = (range.start(), range.end());
    let number = value.as_i64().filter(|number| range.contains(number));
    number.ok_or_else(|| {
        Sentence::new(
            format!("应为 {least} 到 {most} 的整数"),
            format!("should be a whole number from {least} to {most}"),
        )
    })
}

fn yes_or_no(value: &Value) -> Result<bool, Sentence> {
    let answer = value.as_bool();
    answer.ok_or_else(|| Sentence::new("应为 true 或 false", "should be true or false"))
}

fn whole_if_any(value: &Value, range: &RangeInclusive<i64>) -> Result<Option<i64>, Sentence> {
    match value {
        Value::Null => Ok(None),
        number => whole(number, range).map(Some),
    }
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
