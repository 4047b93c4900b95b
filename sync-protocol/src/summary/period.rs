//! A period: the local days from one date to another, both included.
//!
//! Assessment years straddle the calendar, so a period is a date range; the calendar's own units are only
//! shorter ways of writing one.

use crate::limits::EARLIEST_SERVICE_DATE;
use crate::validate::days_between;
use crate::words::Sentence;
use jiff::Span;
use jiff::civil::{Date, date};
use std::fmt;
use std::str::FromStr;

/// Last day that a period may hold; the first is [`EARLIEST_SERVICE_DATE`].
pub const LATEST_DAY: Date = date(2100, 12, 31);

/// Local days from `from` to `to`, both included; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    from: Date,
    to: Date,
}

/// A calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(Date);

/// What a period holds of one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole(Month),
    /// Some days of it, at the start or the end of the period.
    Partial(Period),
}

/// Why a text or a pair of dates is not a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodError {
    /// None of the accepted forms, or no date of the calendar.
    Unreadable,
    /// The last day lies before the first.
    EndsBeforeStart,
    /// A day before [`EARLIEST_SERVICE_DATE`] or after [`LATEST_DAY`].
    OutOfRange,
}

impl PeriodError {
    /// What is wrong and what is accepted, for people.
    pub fn sentence(self) -> Sentence {
        match self {
            Self::Unreadable => Sentence::new(
                "时段应为年（2026）、半年（2026-H1）、季度（2026-Q2）、月（2026-06）、日（2026-06-01）\
                 或起止日期（2026-06-01..2026-08-15）",
                "a period is a year (2026), half-year (2026-H1), quarter (2026-Q2), month (2026-06), \
                 day (2026-06-01) or a range (2026-06-01..2026-08-15)",
            ),
            Self::EndsBeforeStart => Sentence::new(
                "时段的结束日期早于开始日期",
                "the period ends before it starts",
            ),
            Self::OutOfRange => Sentence::new(
                format!("时段须在 {EARLIEST_SERVICE_DATE} 与 {LATEST_DAY} 之间"),
                format!("a period lies between {EARLIEST_SERVICE_DATE} and {LATEST_DAY}"),
            ),
        }
    }
}

impl fmt::Display for PeriodError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence().en)
    }
}

impl std::error::Error for PeriodError {}

impl Period {
    /// The days from `from` to `to`, both included.
    pub fn new(from: Date, to: Date) -> Result<Self, PeriodError> {
        if from < EARLIEST_SERVICE_DATE || to > LATEST_DAY {
            Err(PeriodError::OutOfRange)
        } else if to < from {
            Err(PeriodError::EndsBeforeStart)
        } else {
            Ok(Self { from, to })
        }
    }

    /// First day.
    pub const fn from(self) -> Date {
        self.from
    }

    /// Last day.
    pub const fn to(self) -> Date {
        self.to
    }

    /// Whether `day` is one of its days.
    pub fn contains(self, day: Date) -> bool {
        self.from <= day && day <= self.to
    }

    /// Whether anything that lasts from `from` to `to` (for ever, if `None`) shares a day with it.
    pub fn overlaps(self, from: Date, to: Option<Date>) -> bool {
        from <= self.to && to.is_none_or(|to| from <= to && self.from <= to)
    }

    /// How many days it has (天).
    pub fn days(self) -> i64 {
        days_between(self.from, self.to) + 1
    }

    /// The months that it touches, in order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        let last = Month::of(self.to);
        std::iter::successors(Some(Month::of(self.from)), |month| Some(month.next()))
            .take_while(move |month| *month <= last)
    }

    /// Month by month what it holds of each: whole months, and a part at either end if it cuts one.
    pub fn parts(self) -> impl Iterator<Item = Part> {
        self.months().map(move |month| {
            let from = self.from.max(month.first());
            let to = self.to.min(month.last());
            if from == month.first() && to == month.last() {
                Part::Whole(month)
            } else {
                Part::Partial(Self { from, to })
            }
        })
    }

    /// What people call it.
    pub fn label(self) -> Sentence {
        match self.shape() {
            Shape::Year(year) => Sentence::new(format!("{year}年"), year.to_string()),
            Shape::Half(year, 1) => {
                Sentence::new(format!("{year}年上半年"), format!("first half of {year}"))
            }
            Shape::Half(year, _) => {
                Sentence::new(format!("{year}年下半年"), format!("second half of {year}"))
            }
            Shape::Quarter(year, quarter) => {
                let numeral = match quarter {
                    1 => "一",
                    2 => "二",
                    3 => "三",
                    _ => "四",
                };
                Sentence::new(
                    format!("{year}年第{numeral}季度"),
                    format!("Q{quarter} {year}"),
                )
            }
            Shape::Month(month) => month.label(),
            Shape::Day(day) => Sentence::new(day_zh(day), day_en(day)),
            Shape::Range if self.from.year() == self.to.year() => Sentence::new(
                format!(
                    "{}至{}月{}日",
                    day_zh(self.from),
                    self.to.month(),
                    self.to.day()
                ),
                format!(
                    "{} {} to {}",
                    self.from.day(),
                    month_name(self.from.month()),
                    day_en(self.to)
                ),
            ),
            Shape::Range => Sentence::new(
                format!("{}至{}", day_zh(self.from), day_zh(self.to)),
                format!("{} to {}", day_en(self.from), day_en(self.to)),
            ),
        }
    }

    fn shape(self) -> Shape {
        if self.from == self.to {
            return Shape::Day(self.from);
        }
        let year = self.from.year();
        let whole_months = self.from == self.from.first_of_month()
            && self.to == self.to.last_of_month()
            && year == self.to.year();
        if !whole_months {
            return Shape::Range;
        }
        match (self.from.month(), self.to.month()) {
            (1, 12) => Shape::Year(year),
            (1, 6) => Shape::Half(year, 1),
            (7, 12) => Shape::Half(year, 2),
            (1, 3) => Shape::Quarter(year, 1),
            (4, 6) => Shape::Quarter(year, 2),
            (7, 9) => Shape::Quarter(year, 3),
            (10, 12) => Shape::Quarter(year, 4),
            (first, last) if first == last => Shape::Month(Month::of(self.from)),
            _ => Shape::Range,
        }
    }

    /// `count` months from the first of `month` on.
    fn of_months(year: i16, month: i8, count: i8) -> Result<Self, PeriodError> {
        let from = Date::new(year, month, 1).map_err(|_| PeriodError::Unreadable)?;
        let last = from.saturating_add(Span::new().months(count - 1));
        Self::new(from, last.last_of_month())
    }

    /// A year, half-year, quarter, month or day.
    fn parse_unit(text: &str) -> Result<Self, PeriodError> {
        let (year, rest) = text
            .split_once('-')
            .map_or((text, None), |(year, rest)| (year, Some(rest)));
        let year: i16 = digits(year, 4)?;
        match rest {
            None => Self::of_months(year, 1, 12),
            Some("H1" | "h1") => Self::of_months(year, 1, 6),
            Some("H2" | "h2") => Self::of_months(year, 7, 6),
            Some("Q1" | "q1") => Self::of_months(year, 1, 3),
            Some("Q2" | "q2") => Self::of_months(year, 4, 3),
            Some("Q3" | "q3") => Self::of_months(year, 7, 3),
            Some("Q4" | "q4") => Self::of_months(year, 10, 3),
            Some(rest) => match rest.split_once('-') {
                None => Self::of_months(year, digits(rest, 2)?, 1),
                Some((month, day)) => {
                    let day = Date::new(year, digits(month, 2)?, digits(day, 2)?)
                        .map_err(|_| PeriodError::Unreadable)?;
                    Self::new(day, day)
                }
            },
        }
    }
}

enum Shape {
    Year(i16),
    Half(i16, i8),
    Quarter(i16, i8),
    Month(Month),
    Day(Date),
    Range,
}

impl Part {
    /// Its days.
    pub fn period(self) -> Period {
        match self {
            Self::Whole(month) => month.period(),
            Self::Partial(period) => period,
        }
    }

    /// The month that it is all or some of.
    pub fn month(self) -> Month {
        Month::of(self.period().from)
    }
}

impl Month {
    /// The month of `day`.
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// Its first day.
    pub const fn first(self) -> Date {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.0.last_of_month()
    }

    /// The month after it.
    #[must_use]
    pub fn next(self) -> Self {
        Self::of(self.0.saturating_add(Span::new().months(1)))
    }

    /// Its days.
    pub fn period(self) -> Period {
        Period {
            from: self.first(),
            to: self.last(),
        }
    }

    /// What people call it.
    pub fn label(self) -> Sentence {
        let (year, month) = (self.0.year(), self.0.month());
        Sentence::new(
            format!("{year}年{month}月"),
            format!("{} {year}", month_name(month)),
        )
    }
}

impl fmt::Display for Month {
    /// `2026-06`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

impl FromStr for Month {
    type Err = PeriodError;

    /// Reads `2026-06`.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let (year, month) = text.split_once('-').ok_or(PeriodError::Unreadable)?;
        Period::of_months(digits(year, 4)?, digits(month, 2)?, 1).map(|period| Self(period.from))
    }
}

impl fmt::Display for Period {
    /// The shortest form that [`Period::from_str`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shape() {
            Shape::Year(year) => write!(f, "{year:04}"),
            Shape::Half(year, half) => write!(f, "{year:04}-H{half}"),
            Shape::Quarter(year, quarter) => write!(f, "{year:04}-Q{quarter}"),
            Shape::Month(month) => write!(f, "{month}"),
            Shape::Day(day) => write!(f, "{day}"),
            Shape::Range => write!(f, "{}..{}", self.from, self.to),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    /// Reads `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01`, or two of these joined by `..`.
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        match text.trim().split_once("..") {
            None => Self::parse_unit(text.trim()),
            Some((from, to)) => Self::new(Self::parse_unit(from)?.from, Self::parse_unit(to)?.to),
        }
    }
}

fn digits<N: FromStr>(text: &str, count: usize) -> Result<N, PeriodError> {
    let fits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| fits)
        .ok_or(PeriodError::Unreadable)
}

fn day_zh(day: Date) -> String {
    format!("{}年{}月{}日", day.year(), day.month(), day.day())
}

fn day_en(day: Date) -> String {
    format!("{} {} {}", day.day(), month_name(day.month()), day.year())
}

const fn month_name(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn period(text: &str) -> Period {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_gives_its_days() {
        for (text, from, to, days) in [
            ("2026", date(2026, 1, 1), date(2026, 12, 31), 365),
            ("2024", date(2024, 1, 1), date(2024, 12, 31), 366),
            ("2026-H1", date(2026, 1, 1), date(2026, 6, 30), 181),
            ("2026-h2", date(2026, 7, 1), date(2026, 12, 31), 184),
            ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31), 90),
            ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30), 91),
            ("2026-Q3", date(2026, 7, 1), date(2026, 9, 30), 92),
            ("2026-q4", date(2026, 10, 1), date(2026, 12, 31), 92),
            ("2024-02", date(2024, 2, 1), date(2024, 2, 29), 29),
            ("2026-06-01", date(2026, 6, 1), date(2026, 6, 1), 1),
            (
                "2026-06-01..2026-08-15",
                date(2026, 6, 1),
                date(2026, 8, 15),
                76,
            ),
            ("2025-07..2026-H1", date(2025, 7, 1), date(2026, 6, 30), 365),
        ] {
            let period = period(text);
            assert_eq!(
                (period.from(), period.to(), period.days()),
                (from, to, days),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_a_period_is_refused_with_words() {
        let unreadable = [
            "",
            "26",
            "2026-",
            "2026-H3",
            "2026-Q0",
            "2026-Q5",
            "2026-13",
            "2026-00",
            "2026-6",
            "2026-02-30",
            "2026-06-1",
            "+026",
            "２０２６",
            "2026-06-01..",
            "..",
            "2026 ..2027",
            "2026-06-01-01",
            "9999999",
            "today",
        ];
        for text in unreadable {
            assert_eq!(
                text.parse::<Period>(),
                Err(PeriodError::Unreadable),
                "{text}"
            );
        }
        for text in [
            "0000",
            "0001-01",
            "1999-12-31",
            "2101",
            "9999-12",
            "2026..9999",
        ] {
            assert_eq!(
                text.parse::<Period>(),
                Err(PeriodError::OutOfRange),
                "{text}"
            );
        }
        let backwards = "2026-06-02..2026-06-01".parse::<Period>();
        assert_eq!(backwards, Err(PeriodError::EndsBeforeStart));
        assert!(PeriodError::Unreadable.to_string().contains("2026-Q2"));
        assert_eq!("2026-6".parse::<Month>(), Err(PeriodError::Unreadable));
    }

    #[test]
    fn a_period_is_printed_in_its_shortest_form() {
        for (text, printed) in [
            ("2026-01..2026-12", "2026"),
            ("2026-Q1..2026-Q2", "2026-H1"),
            ("2026-04-01..2026-06-30", "2026-Q2"),
            ("2026-02-01..2026-02-28", "2026-02"),
            ("2024-02-01..2024-02-28", "2024-02-01..2024-02-28"),
            ("2026-02..2026-04", "2026-02-01..2026-04-30"),
            ("2025..2026", "2025-01-01..2026-12-31"),
            ("2026-06-05..2026-06-05", "2026-06-05"),
        ] {
            assert_eq!(period(text).to_string(), printed);
        }
    }

    #[test]
    fn labels_are_what_people_say() {
        for (text, zh, en) in [
            ("2026", "2026年", "2026"),
            ("2026-H1", "2026年上半年", "first half of 2026"),
            ("2026-H2", "2026年下半年", "second half of 2026"),
            ("2026-Q2", "2026年第二季度", "Q2 2026"),
            ("2026-06", "2026年6月", "June 2026"),
            ("2026-06-01", "2026年6月1日", "1 June 2026"),
            (
                "2026-06-01..2026-08-15",
                "2026年6月1日至8月15日",
                "1 June to 15 August 2026",
            ),
            (
                "2025-07..2026-06",
                "2025年7月1日至2026年6月30日",
                "1 July 2025 to 30 June 2026",
            ),
        ] {
            assert_eq!(period(text).label(), Sentence::new(zh, en));
        }
    }

    #[test]
    fn a_range_splits_into_whole_months_and_cut_ends() {
        let parts: Vec<_> = period("2026-05-20..2026-08-15").parts().collect();
        let month = |text: &str| text.parse::<Month>().unwrap();
        assert_eq!(
            parts,
            [
                Part::Partial(period("2026-05-20..2026-05-31")),
                Part::Whole(month("2026-06")),
                Part::Whole(month("2026-07")),
                Part::Partial(period("2026-08-01..2026-08-15")),
            ]
        );
        assert_eq!(period("2026").parts().count(), 12);
        let inside: Vec<_> = period("2026-05-20..2026-05-21").parts().collect();
        assert_eq!(inside, [Part::Partial(period("2026-05-20..2026-05-21"))]);
    }

    #[test]
    fn overlap_counts_both_ends_and_refuses_a_span_that_ends_before_it_starts() {
        let june = period("2026-06");
        assert!(june.overlaps(date(2026, 6, 30), None));
        assert!(june.overlaps(date(2020, 1, 1), Some(date(2026, 6, 1))));
        assert!(!june.overlaps(date(2020, 1, 1), Some(date(2026, 5, 31))));
        assert!(!june.overlaps(date(2026, 7, 1), None));
        assert!(!june.overlaps(date(2026, 6, 20), Some(date(2026, 6, 10))));
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (0..36_000_i64, 0..1_200_i64).prop_map(|(start, length)| {
            let from = EARLIEST_SERVICE_DATE.saturating_add(Span::new().days(start));
            Period::new(
                from,
                from.saturating_add(Span::new().days(length))
                    .min(LATEST_DAY),
            )
            .unwrap()
        })
    }

    proptest! {
        #[test]
        fn a_printed_period_reads_back(period in any_period()) {
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }

        #[test]
        fn parts_are_the_days_once_and_in_order(period in any_period()) {
            let parts: Vec<_> = period.parts().map(Part::period).collect();
            prop_assert_eq!(parts.iter().map(|part| part.days()).sum::<i64>(), period.days());
            prop_assert_eq!(parts[0].from(), period.from());
            prop_assert_eq!(parts[parts.len() - 1].to(), period.to());
            for pair in parts.windows(2) {
                prop_assert_eq!(pair[0].to().tomorrow().unwrap(), pair[1].from());
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,24}") {
            let _ = text.parse::<Period>();
        }
    }
}
