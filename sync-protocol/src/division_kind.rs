//! What kind of division a code names: the number itself says it.
//!
//! 国统字〔2009〕91号 and GB/T 10114-2003 give the ranges; those of the quasi-villages are confirmed by the
//! names in the open data. Kinds say which divisions count in a coverage denominator, never names.

use crate::division::{DivisionCode, Level};
use crate::words::{Words, words};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// The kind of a division, read from the last part of its code.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum DivisionKind {
    /// 县（区、市）: any six-digit code.
    County,
    /// 街道: township part 001-099.
    Subdistrict,
    /// 镇: township part 100-199.
    Town,
    /// 乡: township part 200-399.
    Township,
    /// 类似乡级单位 (development zone, farm): township part 400-599.
    QuasiTownship,
    /// 居民委员会: village part 001-199.
    ResidentsCommittee,
    /// 村民委员会: village part 200-399.
    VillagersCommittee,
    /// 类似居委会: village part 400-499.
    QuasiResidents,
    /// 类似村委会: village part 500-599.
    QuasiVillagers,
    /// A part outside all ranges.
    Unclassified,
}

impl DivisionKind {
    /// Every kind.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The kind of the division that `code` names.
    pub fn of(code: &DivisionCode) -> Self {
        let last_part = |start: usize| {
            code.as_str()
                .get(start..)
                .and_then(|part| part.parse().ok())
        };
        match code.level() {
            Level::County => Self::County,
            Level::Township => last_part(6).map_or(Self::Unclassified, Self::of_township_part),
            Level::Village => last_part(9).map_or(Self::Unclassified, Self::of_village_part),
        }
    }

    const fn of_township_part(part: u16) -> Self {
        match part {
            1..=99 => Self::Subdistrict,
            100..=199 => Self::Town,
            200..=399 => Self::Township,
            400..=599 => Self::QuasiTownship,
            _ => Self::Unclassified,
        }
    }

    const fn of_village_part(part: u16) -> Self {
        match part {
            1..=199 => Self::ResidentsCommittee,
            200..=399 => Self::VillagersCommittee,
            400..=499 => Self::QuasiResidents,
            500..=599 => Self::QuasiVillagers,
            _ => Self::Unclassified,
        }
    }

    /// The stable word for the kind, as stored, sent and written in a county's settings.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people call it.
    pub const fn label(self) -> Words {
        match self {
            Self::County => words("县级", "county"),
            Self::Subdistrict => words("街道", "subdistrict"),
            Self::Town => words("镇", "town"),
            Self::Township => words("乡", "township"),
            Self::QuasiTownship => words("类似乡级", "quasi-township"),
            Self::ResidentsCommittee => words("居委会", "residents' committee"),
            Self::VillagersCommittee => words("村委会", "villagers' committee"),
            Self::QuasiResidents => words("类似居委会", "quasi residents' committee"),
            Self::QuasiVillagers => words("类似村委会", "quasi villagers' committee"),
            Self::Unclassified => words("未分类", "unclassified"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn kind(code: &str) -> DivisionKind {
        DivisionKind::of(&code.parse().unwrap())
    }

    #[test]
    fn the_edges_of_each_range_are_where_the_standard_puts_them() {
        for (code, expected) in [
            ("421083", DivisionKind::County),
            ("421083000", DivisionKind::Unclassified),
            ("421083001", DivisionKind::Subdistrict),
            ("421083099", DivisionKind::Subdistrict),
            ("421083100", DivisionKind::Town),
            ("421083199", DivisionKind::Town),
            ("421083200", DivisionKind::Township),
            ("421083399", DivisionKind::Township),
            ("421083400", DivisionKind::QuasiTownship),
            ("421083599", DivisionKind::QuasiTownship),
            ("421083600", DivisionKind::Unclassified),
            ("421083100000", DivisionKind::Unclassified),
            ("421083100001", DivisionKind::ResidentsCommittee),
            ("421083100199", DivisionKind::ResidentsCommittee),
            ("421083100200", DivisionKind::VillagersCommittee),
            ("421083100399", DivisionKind::VillagersCommittee),
            ("421083100400", DivisionKind::QuasiResidents),
            ("421083100499", DivisionKind::QuasiResidents),
            ("421083100500", DivisionKind::QuasiVillagers),
            ("421083100599", DivisionKind::QuasiVillagers),
            ("421083100600", DivisionKind::Unclassified),
        ] {
            assert_eq!(kind(code), expected, "{code}");
        }
    }

    #[test]
    fn every_kind_parses_back_and_has_its_own_words() {
        let labels: BTreeSet<_> = DivisionKind::ALL
            .iter()
            .map(|kind| kind.label().zh)
            .collect();
        assert_eq!(labels.len(), DivisionKind::ALL.len());
        for &kind in DivisionKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("村".parse::<DivisionKind>().is_err());
    }
}
