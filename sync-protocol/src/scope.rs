//! A scope: the set of records that a device may hold together, and the unit of the feed and its locks.

use crate::division::DivisionCode;
use crate::ids::PersonId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// `v:<village>`, `u:<person>` or `ref:<county>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything recorded in one village.
    Village(DivisionCode),
    /// One person's own records wherever they are, notes about their conflicts, and receipts of what they read.
    Person(PersonId),
    /// What the county tells all its phones: techniques, villages, bulletins.
    Reference(DivisionCode),
}

/// Why a text is not a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAScope;

impl fmt::Display for NotAScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a scope is v:<village>, u:<person> or ref:<county>")
    }
}

impl std::error::Error for NotAScope {}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Village(code) => write!(f, "v:{code}"),
            Self::Person(id) => write!(f, "u:{id}"),
            Self::Reference(code) => write!(f, "ref:{code}"),
        }
    }
}

impl FromStr for Scope {
    type Err = NotAScope;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, rest) = text.split_once(':').ok_or(NotAScope)?;
        match kind {
            "v" => rest.parse().map(Self::Village).map_err(|_| NotAScope),
            "u" => rest.parse().map(Self::Person).map_err(|_| NotAScope),
            "ref" => rest.parse().map(Self::Reference).map_err(|_| NotAScope),
            _ => Err(NotAScope),
        }
    }
}

impl Serialize for Scope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
