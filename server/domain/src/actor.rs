//! Who is acting, and which divisions and records that role may see or change.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::{DeviceId, PersonId};

/// A role of an account.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Role {
    /// 科技特派员: works with a phone, sees what is assigned and what is one's own.
    Commissioner,
    /// 乡镇协调员: reviews the coverage of one township.
    Coordinator,
    /// 审计: reads everything in the county and changes nothing.
    Auditor,
    /// 县科技局: reviews, sets targets, assesses and exports.
    CountyOfficer,
    /// 管理员: accounts, devices and settings of the county.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The stable word, as stored and sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The authority of an edit: the higher wins a conflict.
    pub const fn authority(self) -> u8 {
        match self {
            Self::Commissioner | Self::Auditor => 1,
            Self::Coordinator => 2,
            Self::CountyOfficer | Self::Administrator => 3,
        }
    }

    /// Whether the role imports, assigns, enrols and changes settings.
    pub const fn may_administer(self) -> bool {
        matches!(self, Self::CountyOfficer | Self::Administrator)
    }

    /// Whether the role reads the audit trail.
    pub const fn may_audit(self) -> bool {
        matches!(
            self,
            Self::Auditor | Self::CountyOfficer | Self::Administrator
        )
    }

    /// Whether the role judges visits.
    pub const fn may_review(self) -> bool {
        matches!(self, Self::Coordinator | Self::CountyOfficer)
    }

    /// Whether the role sets targets, assesses and freezes.
    pub const fn may_assess(self) -> bool {
        matches!(self, Self::CountyOfficer)
    }

    /// Whether the role decides what of a person is kept.
    pub const fn may_anonymise(self) -> bool {
        matches!(self, Self::CountyOfficer)
    }

    /// Whether the role signs in at the office; a commissioner has a phone instead.
    pub const fn is_office(self) -> bool {
        !matches!(self, Self::Commissioner)
    }

    /// Whether the role may hold a phone that pushes; an auditor changes nothing.
    pub const fn may_hold_device(self) -> bool {
        !matches!(self, Self::Auditor)
    }

    /// Whether the role makes, changes and enrols accounts of the role `other`.
    pub const fn may_manage(self, other: Self) -> bool {
        match self {
            Self::Administrator => true,
            Self::CountyOfficer => matches!(other, Self::Commissioner | Self::Coordinator),
            Self::Commissioner | Self::Coordinator | Self::Auditor => false,
        }
    }
}

/// Somebody signed in at the office. Made by the extractor alone, from the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficeActor {
    /// Who acts, by account.
    pub person: PersonId,
    /// What the account may do.
    pub role: Role,
    /// The county in which it may do so.
    pub county: DivisionCode,
    /// Its township, for a coordinator.
    pub township: Option<DivisionCode>,
}

impl OfficeActor {
    /// The widest division the actor sees: the county, or a coordinator's township.
    pub fn reach(&self) -> &DivisionCode {
        self.township.as_ref().unwrap_or(&self.county)
    }

    /// Whether `division` lies within the actor's reach.
    pub fn sees(&self, division: &DivisionCode) -> bool {
        self.reach().contains(division)
    }
}

/// A device that synchronises. Made by the extractor alone, from the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceActor {
    /// The enrolled phone that sends.
    pub device: DeviceId,
    /// Whose it is.
    pub person: PersonId,
    /// The person's role.
    pub role: Role,
    /// The person's county.
    pub county: DivisionCode,
}

/// Whoever reads visits and summaries: the office, or a commissioner with a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// At the office.
    Office(OfficeActor),
    /// On a phone.
    Device(DeviceActor),
}

impl Actor {
    /// The actor's county.
    pub fn county(&self) -> &DivisionCode {
        match self {
            Self::Office(actor) => &actor.county,
            Self::Device(actor) => &actor.county,
        }
    }

    /// The widest division whose records the actor reads; `None` for a phone, which reads what is its person's own.
    pub fn reach(&self) -> Option<&DivisionCode> {
        match self {
            Self::Office(actor) => Some(actor.reach()),
            Self::Device(_) => None,
        }
    }

    /// Whether a level of detail is within reach.
    pub fn sees(&self, division: &DivisionCode) -> bool {
        debug_assert!(division.level() <= Level::Village);
        self.reach().is_some_and(|reach| reach.contains(division))
    }
}
