//! Administrative divisions by code: county (6 digits), township (9), village (12).
//!
//! GB/T 2260 (county), GB/T 10114 (township) and the statistics bureau's village codes
//! (国统字〔2009〕91号). Codes are text and are matched by code, never by name.

use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;
use std::str::FromStr;
use strum::IntoStaticStr;

/// The level of a division.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[strum(serialize_all = "snake_case")]
pub enum Level {
    /// 县: six digits.
    County,
    /// 乡镇: nine digits.
    Township,
    /// 村: twelve digits.
    Village,
}

impl Level {
    /// The stable word for the level, as stored and as sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The code of a county, township or village: 6, 9 or 12 ASCII digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "421083100201"))]
pub struct DivisionCode(String);

/// Why a text is not a division code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADivisionCode;

impl fmt::Display for NotADivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a division code has 6, 9 or 12 digits")
    }
}

impl std::error::Error for NotADivisionCode {}

impl DivisionCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// County, township or village, by the number of digits.
    pub fn level(&self) -> Level {
        match self.0.len() {
            6 => Level::County,
            9 => Level::Township,
            _ => Level::Village,
        }
    }

    /// The county that holds this division (itself, for a county).
    #[must_use]
    pub fn county(&self) -> Self {
        self.prefix(6)
    }

    /// The township that holds this division, if it is a township or village.
    pub fn township(&self) -> Option<Self> {
        (self.0.len() >= 9).then(|| self.prefix(9))
    }

    /// Whether `other` is this division or lies inside it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }

    fn prefix(&self, digits: usize) -> Self {
        Self(self.0.chars().take(digits).collect())
    }
}

impl FromStr for DivisionCode {
    type Err = NotADivisionCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.len() {
            6 | 9 | 12 if digits => Ok(Self(text.to_owned())),
            _ => Err(NotADivisionCode),
        }
    }
}

impl<'de> Deserialize<'de> for DivisionCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DivisionCode({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_code_knows_its_level_and_its_ancestors() {
        let village = code("421083100201");
        assert_eq!(village.level(), Level::Village);
        assert_eq!(village.township(), Some(code("421083100")));
        assert_eq!(village.county(), code("421083"));
        assert!(code("421083").contains(&village));
        assert!(!code("421083101").contains(&village));
    }

    #[test]
    fn only_six_nine_or_twelve_digits_are_codes() {
        for bad in [
            "",
            "42108",
            "4210831",
            "421083100201x",
            "４２１０８３",
            "42108310020",
            "abcdef",
        ] {
            assert_eq!(bad.parse::<DivisionCode>(), Err(NotADivisionCode), "{bad}");
        }
    }
}
