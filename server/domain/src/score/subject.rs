//! Who is assessed: a commissioner, a township or the county.

use serde::{Deserialize, Serialize};
use std::fmt;
use strum::{EnumString, IntoStaticStr, VariantArray};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::words::{Words, words};

/// What kind of subject is assessed.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SubjectKind {
    /// Each commissioner who is assigned to a village in the period.
    Commissioner,
    /// Each township.
    Township,
    /// The county.
    County,
}

impl SubjectKind {
    const ALL: &'static [Self] = Self::VARIANTS;

    /// The stable word, as stored and sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// What people call it.
    pub const fn label(self) -> Words {
        match self {
            Self::Commissioner => words("科技特派员", "commissioner"),
            Self::Township => words("乡镇", "township"),
            Self::County => words("县", "county"),
        }
    }
}

/// Who is assessed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A commissioner.
    Commissioner(PersonId),
    /// A township or the county.
    Division(DivisionCode),
}

impl Subject {
    /// The subject of a kind whose key this is: the id of an account, or the code of a division of that level.
    pub fn parse(kind: SubjectKind, key: &str) -> Option<Self> {
        let level = match kind {
            SubjectKind::Commissioner => {
                return key.parse().ok().map(PersonId).map(Self::Commissioner);
            }
            SubjectKind::Township => Level::Township,
            SubjectKind::County => Level::County,
        };
        let code: DivisionCode = key.parse().ok()?;
        (code.level() == level).then_some(Self::Division(code))
    }

    /// The subject of a key, and its kind: no key is one of two kinds.
    pub fn of_key(key: &str) -> Option<(SubjectKind, Self)> {
        let mut kinds = SubjectKind::ALL.iter().copied();
        kinds.find_map(|kind| Self::parse(kind, key).map(|subject| (kind, subject)))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commissioner(person) => person.fmt(f),
            Self::Division(code) => code.fmt(f),
        }
    }
}
