//! How coverage is called: the words of its four meanings, and the classes of the coverage map.
//!
//! What is covered and what is missing is counted by `tepai_sync_protocol::summary::coverage`.

use strum::{EnumString, IntoStaticStr, VariantArray};
use tepai_sync_protocol::summary::coverage::Coverage;
use tepai_sync_protocol::summary::ratio::Ratio;
use tepai_sync_protocol::words::{Words, words};

/// A meaning of coverage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Meaning {
    /// Villages with an assignment.
    Assigned,
    /// Villages with a visit.
    Visited,
    /// Townships with an assignment.
    Township,
    /// Lead industries of villages with a visit for them.
    Industry,
}

impl Meaning {
    /// Every meaning.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The stable word, as sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The ratio of this meaning.
    pub fn ratio_of(self, coverage: &Coverage) -> Ratio {
        match self {
            Self::Assigned => coverage.assigned.ratio(),
            Self::Visited => coverage.visited.ratio(),
            Self::Township => coverage.township.ratio(),
            Self::Industry => coverage.industry.ratio(),
        }
    }

    /// What people call it.
    pub const fn label(self) -> Words {
        match self {
            Self::Assigned => words("派驻覆盖率", "villages assigned"),
            Self::Visited => words("走访覆盖率", "villages visited"),
            Self::Township => words("乡镇覆盖率", "townships assigned"),
            Self::Industry => words("产业覆盖率", "industries served"),
        }
    }

    /// Exactly what is counted over what.
    pub const fn definition(self) -> Words {
        match self {
            Self::Assigned => words(
                "本期内任一天有派驻关系的应计村数 ÷ 本范围应计村数。",
                "Counted villages with an assignment in force on any day of the period / counted \
                 villages of the scope.",
            ),
            Self::Visited => words(
                "本期内有审核通过的走访（按首个服务日期）的应计村数 ÷ 本范围应计村数。",
                "Counted villages with an approved visit in the period, by its first service date / \
                 counted villages of the scope.",
            ),
            Self::Township => words(
                "本期内至少有一个村有派驻关系的应计乡镇数 ÷ 本范围应计乡镇数；乡镇内任何村的派驻都算。",
                "Counted townships with an assignment in force to any of their villages on any day of \
                 the period / counted townships of the scope.",
            ),
            Self::Industry => words(
                "本期内有该产业审核通过的走访的（应计村，主导产业）对数 ÷ 全部（应计村，主导产业）对数。",
                "(Counted village, lead industry) pairs with an approved visit for that industry in \
                 the period / all such pairs.",
            ),
        }
    }
}

/// How long ago the last approved visit was, in the classes of the coverage map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum CoverageBand {
    /// 0 to 15 days.
    #[strum(serialize = "up_to_15")]
    UpTo15,
    /// 16 to 30 days.
    #[strum(serialize = "up_to_30")]
    UpTo30,
    /// 31 to 60 days.
    #[strum(serialize = "up_to_60")]
    UpTo60,
    /// More than 60 days.
    #[strum(serialize = "over_60")]
    Over60,
    /// Never.
    Never,
}

impl CoverageBand {
    /// Every band, from the most recent visit on.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The band of so many days; `None` is never.
    pub const fn of(days_since: Option<i64>) -> Self {
        match days_since {
            Some(..=15) => Self::UpTo15,
            Some(16..=30) => Self::UpTo30,
            Some(31..=60) => Self::UpTo60,
            Some(61..) => Self::Over60,
            None => Self::Never,
        }
    }

    /// The stable word, as sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people call it.
    pub const fn label(self) -> Words {
        match self {
            Self::UpTo15 => words("15 天内", "15 days or less"),
            Self::UpTo30 => words("16-30 天", "16 to 30 days"),
            Self::UpTo60 => words("31-60 天", "31 to 60 days"),
            Self::Over60 => words("60 天以上", "more than 60 days"),
            Self::Never => words("从未走访", "never"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_sent_under_these_words() {
        let words: Vec<_> = CoverageBand::ALL.iter().map(|band| band.as_str()).collect();
        assert_eq!(
            words,
            ["up_to_15", "up_to_30", "up_to_60", "over_60", "never"]
        );
    }

    #[test]
    fn bands_meet_without_a_gap() {
        for (days, band) in [
            (Some(0), CoverageBand::UpTo15),
            (Some(15), CoverageBand::UpTo15),
            (Some(16), CoverageBand::UpTo30),
            (Some(30), CoverageBand::UpTo30),
            (Some(31), CoverageBand::UpTo60),
            (Some(60), CoverageBand::UpTo60),
            (Some(61), CoverageBand::Over60),
            (Some(i64::MAX), CoverageBand::Over60),
            (None, CoverageBand::Never),
        ] {
            assert_eq!(CoverageBand::of(days), band);
        }
    }
}
