//! Reads the cells of one row as what they should be, and collects everything that is wrong with it.

use crate::imports::report::Rejection;
use crate::imports::table::{Line, Table};
use jiff::civil::{Date, date};
use std::collections::BTreeSet;
use tepai_sync_protocol::codes::CodeList;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::validate::is_catalogue_code;
use tepai_sync_protocol::words::Sentence;

/// The days that a table may name.
const FIRST_DAY: Date = date(1990, 1, 1);
const LAST_DAY: Date = date(2100, 12, 31);
/// What stands between the elements of a list in one cell.
const SEPARATORS: [char; 9] = [',', '，', '、', ';', '；', '/', '|', ' ', '\n'];
/// What Excel leaves behind where a formula failed.
const EXCEL_ERRORS: [&str; 8] = [
    "#N/A",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#DIV/0!",
    "#NULL!",
    "#NUM!",
    "#GETTING_DATA",
];

/// One row and what is wrong with it.
#[derive(Debug)]
pub(super) struct Row<'t> {
    table: &'t Table,
    line: &'t Line,
    problems: Vec<Rejection>,
}

impl<'t> Row<'t> {
    /// A row of a table.
    pub(super) const fn new(table: &'t Table, line: &'t Line) -> Self {
        Self {
            table,
            line,
            problems: Vec::new(),
        }
    }

    /// Whether a cell has nothing in it.
    pub(super) fn is_empty(&self, name: &str) -> bool {
        self.table.cell(self.line, name).is_empty()
    }

    /// What is wrong with it, if something is.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Rejection>> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            _ => Err(self.problems),
        }
    }

    /// The text of a cell, if it has any.
    fn raw(&mut self, name: &str) -> Option<&'t str> {
        let text = self.table.cell(self.line, name);
        if EXCEL_ERRORS.contains(&text) {
            return self.wrong(
                name,
                ErrorCode::WrongType,
                "表格里的公式出错",
                "a formula failed in the table",
            );
        }
        (!text.is_empty()).then_some(text)
    }

    /// Says that a cell is wrong, in words of its own.
    pub(super) fn wrong<T>(
        &mut self,
        name: &str,
        code: ErrorCode,
        zh: &str,
        en: &str,
    ) -> Option<T> {
        let value = self.table.cell(self.line, name);
        let rejection = Rejection::of_row(self.line.number, code, Sentence::new(zh, en));
        self.problems
            .push(rejection.at(self.table.heading(name), value));
        None
    }

    /// The same value, and if there is none, the complaint that the cell must be filled in.
    pub(super) fn required<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        if value.is_none() && self.is_empty(name) {
            let words = ErrorCode::Required.title();
            return self.wrong(name, ErrorCode::Required, words.zh, words.en);
        }
        value
    }

    /// Says that the key in this cell stands in an earlier row already.
    pub(super) fn repeated(&mut self, name: &str, line: u64) {
        let (zh, en) = (
            format!("与第 {line} 行重复"),
            format!("the same as in line {line}"),
        );
        let _: Option<()> = self.wrong(name, ErrorCode::AlreadyExists, &zh, &en);
    }

    /// Says that a cell differs from what an earlier row, or the register, has.
    pub(super) fn differs(&mut self, name: &str, known: &str, line: Option<u64>) {
        let (zh, en) = match line {
            Some(line) => (
                format!("与第 {line} 行不一致"),
                format!("differs from line {line}"),
            ),
            None => (
                format!("已登记为“{known}”"),
                format!("is registered as \"{known}\""),
            ),
        };
        let _: Option<()> = self.wrong(name, ErrorCode::AlreadyExists, &zh, &en);
    }

    /// Says so if a filled cell differs from what an earlier row has.
    pub(super) fn agrees<T: PartialEq>(
        &mut self,
        name: &str,
        said: Option<&T>,
        known: Option<&T>,
        line: Option<u64>,
    ) {
        if said.is_some() && said != known {
            self.differs(name, "", line);
        }
    }

    /// What `read` finds, or what is `stored` if the table has no such column.
    pub(super) fn kept<T>(
        &mut self,
        name: &str,
        stored: T,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        if self.table.has(name) {
            read(self)
        } else {
            stored
        }
    }

    /// A text of at most so many characters.
    pub(super) fn text(&mut self, name: &str, most: usize) -> Option<String> {
        let text = self.raw(name)?;
        if text.chars().count() > most {
            let (zh, en) = (
                format!("最多 {most} 字"),
                format!("at most {most} characters"),
            );
            return self.wrong(name, ErrorCode::TooLong, &zh, &en);
        }
        if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let words = ErrorCode::ControlCharacter.title();
            return self.wrong(name, ErrorCode::ControlCharacter, words.zh, words.en);
        }
        Some(text.to_owned())
    }

    /// An entry of a code list, by its code or by its name in either language.
    pub(super) fn code(&mut self, name: &str, list: &CodeList) -> Option<&'static str> {
        let text = self.raw(name)?;
        find_code(list, text).or_else(|| self.unknown_code(name, list))
    }

    /// Entries of a code list, in one cell.
    pub(super) fn codes(&mut self, name: &str, list: &CodeList) -> BTreeSet<String> {
        let Some(text) = self.raw(name) else {
            return BTreeSet::new();
        };
        let parts = text.split(SEPARATORS).filter(|part| !part.is_empty());
        let found: Option<BTreeSet<_>> = parts
            .map(|part| find_code(list, part).map(str::to_owned))
            .collect();
        found
            .or_else(|| self.unknown_code(name, list))
            .unwrap_or_default()
    }

    fn unknown_code<T>(&mut self, name: &str, list: &CodeList) -> Option<T> {
        let labels: Vec<_> = list.codes.iter().map(|entry| entry.label.zh).collect();
        let (zh, en) = (
            format!("可选：{}", labels.join("、")),
            format!("one of: {}", list.join()),
        );
        self.wrong(name, ErrorCode::UnknownCode, &zh, &en)
    }

    /// A day: `2026-06-30`, `2026/6/30`, `2026.6.30`, `2026年6月30日` or `20260630`.
    pub(super) fn day(&mut self, name: &str) -> Option<Date> {
        let text = self.raw(name)?;
        match parse_day(text) {
            Some(day) if (FIRST_DAY..=LAST_DAY).contains(&day) => Some(day),
            Some(_) => {
                let zh = format!("日期须在 {FIRST_DAY} 与 {LAST_DAY} 之间");
                let en = format!("a day from {FIRST_DAY} to {LAST_DAY}");
                self.wrong(name, ErrorCode::OutOfRange, &zh, &en)
            }
            None => self.wrong(
                name,
                ErrorCode::WrongType,
                "应为日期，如 2026-06-30",
                "should be a date such as 2026-06-30",
            ),
        }
    }

    /// Says that the last day is before the first, if it is.
    pub(super) fn in_order(&mut self, last: &str, from: Option<Date>, to: Option<Date>) {
        if let (Some(from), Some(to)) = (from, to)
            && to < from
        {
            let words = ErrorCode::EndsBeforeStart.title();
            let _: Option<()> = self.wrong(last, ErrorCode::EndsBeforeStart, words.zh, words.en);
        }
    }

    /// A whole number.
    pub(super) fn integer(&mut self, name: &str, min: i64, max: i64) -> Option<i64> {
        let text = self.raw(name)?;
        match text.parse() {
            Ok(number) if (min..=max).contains(&number) => Some(number),
            Ok(_) => {
                let (zh, en) = (
                    format!("须在 {min} 与 {max} 之间"),
                    format!("from {min} to {max}"),
                );
                self.wrong(name, ErrorCode::OutOfRange, &zh, &en)
            }
            Err(_) => self.wrong(
                name,
                ErrorCode::WrongType,
                "应为整数",
                "should be a whole number",
            ),
        }
    }

    /// Degrees, from `-bound` to `bound`.
    pub(super) fn degrees(&mut self, name: &str, bound: f64) -> Option<f64> {
        let text = self.raw(name)?;
        match text.parse::<f64>() {
            Ok(number) if number.abs() <= bound => Some(number),
            Ok(_) => {
                let (zh, en) = (
                    format!("须在 -{bound} 与 {bound} 之间"),
                    format!("from -{bound} to {bound}"),
                );
                self.wrong(name, ErrorCode::OutOfRange, &zh, &en)
            }
            Err(_) => self.wrong(
                name,
                ErrorCode::WrongType,
                "应为十进制度数，如 29.8121",
                "should be decimal degrees such as 29.8121",
            ),
        }
    }

    /// Says that the county has no village of this code.
    pub(super) fn unknown_village<T>(&mut self, name: &str) -> Option<T> {
        let (zh, en) = (
            "本县没有这个村代码",
            "the county has no village of this code",
        );
        self.wrong(name, ErrorCode::UnknownVillage, zh, en)
    }

    /// Says that the village of this code became part of another.
    pub(super) fn merged_village<T>(&mut self, name: &str, into: &DivisionCode) -> Option<T> {
        let (zh, en) = (
            format!("该村已并入 {into}"),
            format!("this village became part of {into}"),
        );
        self.wrong(name, ErrorCode::UnknownVillage, &zh, &en)
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, name: &str, yes: &[&str], no: &[&str]) -> Option<bool> {
        let text = self.raw(name)?.to_lowercase();
        let is = |common: [&str; 6], own: &[&str]| {
            common.contains(&text.as_str()) || own.contains(&text.as_str())
        };
        if is(["是", "true", "yes", "y", "1", "✓"], yes) {
            return Some(true);
        }
        if is(["否", "false", "no", "n", "0", "✗"], no) {
            return Some(false);
        }
        self.wrong(
            name,
            ErrorCode::WrongType,
            "应为“是”或“否”",
            "should be yes or no",
        )
    }

    /// Years in one cell, in order.
    pub(super) fn years(&mut self, name: &str) -> Vec<u16> {
        let Some(text) = self.raw(name) else {
            return Vec::new();
        };
        let parts = text.split(SEPARATORS).filter(|part| !part.is_empty());
        let year = |part: &str| {
            part.trim_end_matches('年')
                .parse()
                .ok()
                .filter(|year| (2000..=2100).contains(year))
        };
        let years: Option<BTreeSet<u16>> = parts.map(year).collect();
        let years = years.or_else(|| {
            self.wrong(
                name,
                ErrorCode::WrongType,
                "应为年份，如 2025、2026",
                "should be years such as 2025;2026",
            )
        });
        years.unwrap_or_default().into_iter().collect()
    }

    /// A code of the catalogue of techniques.
    pub(super) fn catalogue_code(&mut self, name: &str) -> Option<String> {
        let text = self.raw(name)?;
        if is_catalogue_code(text) {
            return Some(text.to_owned());
        }
        self.wrong(
            name,
            ErrorCode::WrongType,
            "应为 1-32 位字母、数字或 . _ -",
            "should be 1 to 32 of A-Z a-z 0-9 . _ -",
        )
    }

    /// The code of a village of a county.
    pub(super) fn village(&mut self, name: &str, county: &DivisionCode) -> Option<DivisionCode> {
        let text = self.raw(name)?.trim_start_matches('\'');
        if is_scientific(text) {
            return self.wrong(
                name,
                ErrorCode::WrongType,
                "Excel 把代码变成了科学计数法，末几位已丢失；请把该列设为文本后重填",
                "Excel has turned the code into scientific notation and lost digits; make the column text and fill it in again",
            );
        }
        let Some(code) = text
            .parse::<DivisionCode>()
            .ok()
            .filter(|code| code.level() == Level::Village)
        else {
            return self.wrong(
                name,
                ErrorCode::WrongType,
                "应为 12 位村代码",
                "should be a village code of 12 digits",
            );
        };
        if !county.contains(&code) {
            let (zh, en) = (
                format!("不是本县（{county}）的村"),
                format!("a village of another county, not of {county}"),
            );
            return self.wrong(name, ErrorCode::UnknownVillage, &zh, &en);
        }
        Some(code)
    }
}

fn find_code(list: &CodeList, text: &str) -> Option<&'static str> {
    let is = |own: &str| own.eq_ignore_ascii_case(text);
    let entry = list
        .codes
        .iter()
        .find(|entry| is(entry.code) || is(entry.label.zh) || is(entry.label.en));
    entry.map(|entry| entry.code)
}

fn is_scientific(text: &str) -> bool {
    text.contains(['e', 'E']) && text.parse::<f64>().is_ok()
}

fn parse_day(text: &str) -> Option<Date> {
    let text = text
        .trim_end_matches(" 00:00:00")
        .trim_end_matches(" 00:00")
        .trim_end_matches("T00:00:00");
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u32 = text.parse().ok()?;
        return day(number / 10_000, number / 100 % 100, number % 100);
    }
    let parts: Option<Vec<u32>> = text
        .trim_end_matches('日')
        .split(['-', '/', '.', '年', '月'])
        .map(|part| part.trim().parse().ok().filter(|_| !part.starts_with('+')))
        .collect();
    match *parts? {
        [year, month, of_month] => day(year, month, of_month),
        _ => None,
    }
}

fn day(year: u32, month: u32, of_month: u32) -> Option<Date> {
    let year = i16::try_from(year).ok()?;
    Date::new(
        year,
        i8::try_from(month).ok()?,
        i8::try_from(of_month).ok()?,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::super::table::Column;
    use super::*;
    use tepai_sync_protocol::codes;

    static COLUMNS: &[Column] = &[Column::required("a", "甲", &[])];

    /// What `read` makes of one cell, or the code of what is wrong with it.
    fn cell<T>(text: &str, read: impl FnOnce(&mut Row<'_>) -> Option<T>) -> Result<T, ErrorCode> {
        let table = Table::read(format!("甲,乙\n\"{text}\",x\n").as_bytes(), COLUMNS).unwrap();
        let mut row = Row::new(&table, &table.lines[0]);
        let value = read(&mut row);
        row.finish(value).map_err(|problems| {
            let problem = &problems[0];
            assert_eq!((problem.line, problem.column.as_deref()), (2, Some("甲")));
            problem.code
        })
    }

    #[test]
    fn days_are_read_as_people_in_china_write_them() {
        for text in [
            "2026-06-03",
            "2026/6/3",
            "2026.6.3",
            "2026年6月3日",
            "20260603",
            "2026-06-03 00:00",
        ] {
            assert_eq!(
                cell(text, |row| row.day("a")),
                Ok(date(2026, 6, 3)),
                "{text}"
            );
        }
        for text in [
            "2026-02-30",
            "3/6/2026",
            "45292",
            "明天",
            "2026-06",
            "2026-06-03-04",
            "2026-06-03 08:30",
        ] {
            assert_eq!(
                cell(text, |row| row.day("a")),
                Err(ErrorCode::WrongType),
                "{text}"
            );
        }
        for text in ["0001-01-01", "9999-12-31", "1989-12-31"] {
            assert_eq!(
                cell(text, |row| row.day("a")),
                Err(ErrorCode::OutOfRange),
                "{text}"
            );
        }
    }

    #[test]
    fn a_village_is_a_code_of_its_county_with_all_its_digits() {
        let county: DivisionCode = "421083".parse().unwrap();
        let village =
            |text: &str| cell(text, |row| row.village("a", &county)).map(|code| code.to_string());
        assert_eq!(village("421083100201").unwrap(), "421083100201");
        assert_eq!(village("'421083100201").unwrap(), "421083100201");
        assert_eq!(village("421022100201"), Err(ErrorCode::UnknownVillage));
        for text in ["4.21083E+11", "421083100", "朝阳社区", "421083100201.0"] {
            assert_eq!(village(text), Err(ErrorCode::WrongType), "{text}");
        }
    }

    #[test]
    fn codes_flags_and_years_are_read_in_either_language() {
        let industries = |text: &str| {
            cell(text, |row| Some(row.codes("a", &codes::INDUSTRY)))
                .map(|set| set.into_iter().collect::<Vec<_>>())
        };
        assert_eq!(
            industries("水产、蔬菜").unwrap(),
            ["aquaculture", "vegetable"]
        );
        assert_eq!(
            industries("Vegetable;aquaculture").unwrap(),
            ["aquaculture", "vegetable"]
        );
        assert_eq!(industries("水产、粮食"), Err(ErrorCode::UnknownCode));
        assert_eq!(
            cell("无偿", |row| row.code("a", &codes::SERVICE_MODE)),
            Ok("free")
        );
        assert_eq!(
            cell("团长", |row| row.flag("a", &["团长"], &["团员"])),
            Ok(true)
        );
        assert_eq!(cell("NO", |row| row.flag("a", &[], &[])), Ok(false));
        assert_eq!(
            cell("也许", |row| row.flag("a", &[], &[])),
            Err(ErrorCode::WrongType)
        );
        assert_eq!(
            cell("2026、2025年", |row| Some(row.years("a"))),
            Ok(vec![2025, 2026])
        );
        assert_eq!(
            cell("26", |row| Some(row.years("a"))),
            Err(ErrorCode::WrongType)
        );
    }

    #[test]
    fn numbers_and_texts_keep_within_their_bounds() {
        assert_eq!(cell("12", |row| row.integer("a", 0, 100)), Ok(12));
        assert_eq!(
            cell("-1", |row| row.integer("a", 0, 100)),
            Err(ErrorCode::OutOfRange)
        );
        assert_eq!(
            cell("1.5", |row| row.integer("a", 0, 100)),
            Err(ErrorCode::WrongType)
        );
        assert_eq!(
            cell("99999999999999999999", |row| row.integer("a", 0, 100)),
            Err(ErrorCode::WrongType)
        );
        assert_eq!(cell("29.5", |row| row.degrees("a", 90.0)), Ok(29.5));
        for text in ["90.1", "NaN", "inf"] {
            assert_eq!(
                cell(text, |row| row.degrees("a", 90.0)),
                Err(ErrorCode::OutOfRange),
                "{text}"
            );
        }
        assert_eq!(
            cell("长长长", |row| row.text("a", 2)),
            Err(ErrorCode::TooLong)
        );
        assert_eq!(
            cell("a\u{0}", |row| row.text("a", 9)),
            Err(ErrorCode::ControlCharacter)
        );
        assert_eq!(
            cell("#N/A", |row| row.text("a", 9)),
            Err(ErrorCode::WrongType)
        );
        let required = |row: &mut Row<'_>| {
            let text = row.text("a", 9);
            row.required("a", text)
        };
        assert_eq!(cell("", required), Err(ErrorCode::Required));
    }
}
