//! The number of a report that went out: county, year, and a count within both, such as `421083-2026-0007`.

use std::fmt;
use std::str::FromStr;
use tepai_sync_protocol::division::{DivisionCode, Level};

/// The number of a report that went out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportNumber {
    /// The county.
    pub county: DivisionCode,
    /// The local year in which it went out.
    pub year: i32,
    /// The count within that year, from 1 on and without gaps.
    pub count: i32,
}

impl fmt::Display for ReportNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:04}-{:04}", self.county, self.year, self.count)
    }
}

impl FromStr for ReportNumber {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(());
        let county: DivisionCode = next()?.parse().map_err(|_| ())?;
        let mut whole = || -> Result<i32, ()> {
            let digits = next()?;
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse().ok().filter(|_| is_plain).ok_or(())
        };
        let (year, count) = (whole()?, whole()?);
        let number = Self {
            county,
            year,
            count,
        };
        // One report has one number: what is written in another way names nothing.
        let is_sound = number.county.level() == Level::County && number.to_string() == text;
        is_sound.then_some(number).ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written_and_in_no_other_way() {
        for text in ["421083-2026-0007", "421083-2026-12345"] {
            assert_eq!(text.parse::<ReportNumber>().unwrap().to_string(), text);
        }
        for wrong in [
            "421083-2026-7",
            "421083100-2026-0007",
            "421083-2026",
            "421083-2026-0007-1",
            "421083-2026-+007",
            "",
        ] {
            assert_eq!(wrong.parse::<ReportNumber>(), Err(()), "{wrong}");
        }
    }
}
