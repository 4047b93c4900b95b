//! Reads the files of the open data set of divisions into one small batch a county.
//!
//! The whole set has 620,573 villages: a code is held as a number and the names of a county as one text, which is
//! about 40 bytes a village. A file is known by its columns, not by its name.

use crate::imports::report::{FileProblem, MOST_LISTED, Rejection};
use csv::StringRecord;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::words::Sentence;

/// Characters of a name.
const NAME_CHARS: usize = 100;

/// The columns that hold the codes of what a division lies in.
const ANCESTORS: [&str; 4] = ["provinceCode", "cityCode", "areaCode", "streetCode"];

/// The divisions of one county, or of all of them.
#[derive(Debug, Default)]
pub(super) struct DivisionSet {
    /// What was read of each county.
    pub(super) counties: BTreeMap<DivisionCode, Batch>,
    /// Names of provinces (two digits) and cities (four digits).
    upper: BTreeMap<String, String>,
    /// Lines that say no division, or not one of any county.
    pub(super) rejected: Vec<Rejection>,
    /// Lines that were not taken so far, of whatever county.
    wrong_lines: usize,
}

/// What was read of one county.
#[derive(Debug, Default)]
pub(super) struct Batch {
    names: String,
    entries: Vec<Entry>,
    /// Lines of this county that were not taken.
    pub(super) rejected: Vec<Rejection>,
}

#[derive(Debug)]
struct Entry {
    level: Level,
    code: u64,
    name: Range<u32>,
    line: u32,
}

/// One division of a batch.
#[derive(Debug)]
pub(super) struct Division<'b> {
    /// Its code.
    pub(super) code: DivisionCode,
    /// Its name.
    pub(super) name: &'b str,
    /// The line that says so.
    pub(super) line: u64,
}

impl Batch {
    /// How many lines were read, taken or not.
    pub(super) fn rows(&self) -> usize {
        self.entries.len() + self.rejected.len()
    }

    /// The divisions, the county first, then the townships, then the villages.
    pub(super) fn divisions(&self) -> impl Iterator<Item = Division<'_>> {
        let level = |level: Level| {
            self.entries
                .iter()
                .filter(move |entry| entry.level == level)
        };
        let all = level(Level::County)
            .chain(level(Level::Township))
            .chain(level(Level::Village));
        all.filter_map(|entry| {
            let digits = digits_of(entry.level);
            let code = format!("{:0digits$}", entry.code).parse().ok()?;
            let start = usize::try_from(entry.name.start).ok()?;
            let end = usize::try_from(entry.name.end).ok()?;
            let name = self.names.get(start..end)?;
            Some(Division {
                code,
                name,
                line: entry.line.into(),
            })
        })
    }

    fn push(&mut self, level: Level, code: &str, name: &str, line: u64) -> Option<()> {
        let start = u32::try_from(self.names.len()).ok()?;
        let end = start.checked_add(u32::try_from(name.len()).ok()?)?;
        let entry = Entry {
            level,
            code: code.parse().ok()?,
            name: start..end,
            line: u32::try_from(line).ok()?,
        };
        self.names.push_str(name);
        self.entries.push(entry);
        Some(())
    }
}

/// The file of each level.
pub(super) const fn file_of(level: Level) -> &'static str {
    match level {
        Level::County => "areas.csv",
        Level::Township => "streets.csv",
        Level::Village => "villages.csv",
    }
}

const fn digits_of(level: Level) -> usize {
    match level {
        Level::County => 6,
        Level::Township => 9,
        Level::Village => 12,
    }
}

impl DivisionSet {
    /// Reads one file; of all counties, or of one.
    pub(super) fn read(
        &mut self,
        file: impl Read,
        only: Option<&DivisionCode>,
    ) -> Result<(), FileProblem> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let headings = reader.headers().map_err(|error| unreadable(&error))?;
        let columns = Columns::of(headings)?;
        let mut record = StringRecord::new();
        loop {
            match reader.read_record(&mut record) {
                Ok(true) => {
                    let line = record.position().map_or(0, csv::Position::line);
                    self.take(&columns, &record, line, only);
                }
                Ok(false) => return Ok(()),
                Err(error) => self.skip(&columns, &error)?,
            }
            if self.wrong_lines > MOST_LISTED {
                return Err(too_many_wrong_lines());
            }
        }
    }

    /// Goes on after a line that is no text; not after a file that cannot be read.
    fn skip(&mut self, columns: &Columns, error: &csv::Error) -> Result<(), FileProblem> {
        let csv::ErrorKind::Utf8 { .. } = error.kind() else {
            return Err(unreadable(error));
        };
        let line = error.position().map_or(0, csv::Position::line);
        let words = Sentence::new("不是 UTF-8 文字", "not UTF-8 text");
        self.rejected
            .push(columns.rejection(line, ErrorCode::WrongType, words));
        self.wrong_lines += 1;
        Ok(())
    }

    fn take(
        &mut self,
        columns: &Columns,
        record: &StringRecord,
        line: u64,
        only: Option<&DivisionCode>,
    ) {
        let code = record.get(columns.code).unwrap_or_default().trim();
        let name = record.get(columns.name).unwrap_or_default().trim();
        let Some(level) = columns.level else {
            self.upper.insert(code.to_owned(), name.to_owned());
            return;
        };
        // Most lines are of other counties when one is asked for: they cost no more than this.
        if only.is_some_and(|only| !code.starts_with(only.as_str()))
            && code.len() == digits_of(level)
        {
            return;
        }
        let division = code
            .parse::<DivisionCode>()
            .ok()
            .filter(|code| code.level() == level);
        let Some(division) = division else {
            let digits = digits_of(level);
            let words = Sentence::new(
                format!("应为 {digits} 位代码"),
                format!("should be a code of {digits} digits"),
            );
            let rejection = columns
                .rejection(line, ErrorCode::WrongType, words)
                .at("code", code);
            self.rejected.push(rejection);
            self.wrong_lines += 1;
            return;
        };
        let batch = self.counties.entry(division.county()).or_default();
        if let Some(rejection) = columns.check(record, code, name, line) {
            batch.rejected.push(rejection);
            self.wrong_lines += 1;
            return;
        }
        if batch.push(level, code, name, line).is_none() {
            let words = ErrorCode::TooMany.title().into();
            batch
                .rejected
                .push(columns.rejection(line, ErrorCode::TooMany, words));
        }
    }

    /// Province, city and county by name, as far as the files have them.
    pub(super) fn full_name(&self, county: &DivisionCode) -> String {
        let upper = [2, 4]
            .into_iter()
            .filter_map(|digits| self.upper.get(county.as_str().get(..digits)?));
        let own = self
            .counties
            .get(county)
            .and_then(|batch| batch.divisions().next());
        let own = own.filter(|division| division.code.level() == Level::County);
        let own = own.map_or(county.as_str(), |division| division.name);
        let mut names: Vec<&str> = upper.map(String::as_str).chain([own]).collect();
        names.dedup();
        names.join(" ")
    }
}

/// Where a file has what, and which divisions it is about: `None` for provinces and cities.
struct Columns {
    level: Option<Level>,
    code: usize,
    name: usize,
    ancestors: Vec<(&'static str, usize)>,
}

impl Columns {
    fn of(headings: &StringRecord) -> Result<Self, FileProblem> {
        let place = |name: &str| {
            headings
                .iter()
                .position(|heading| heading.trim_start_matches('\u{feff}').trim() == name)
        };
        let (Some(code), Some(name)) = (place("code"), place("name")) else {
            return Err(FileProblem::new(
                ErrorCode::Required,
                "第 1 行应有 code 和 name 列",
                "line 1 should have the columns code and name",
            ));
        };
        let ancestors: Vec<_> = ANCESTORS
            .into_iter()
            .filter_map(|name| Some((name, place(name)?)))
            .collect();
        let has = |name: &str| ancestors.iter().any(|(own, _)| *own == name);
        let level = match (has("streetCode"), has("areaCode"), has("cityCode")) {
            (true, _, _) => Some(Level::Village),
            (_, true, _) => Some(Level::Township),
            (_, _, true) => Some(Level::County),
            _ => None,
        };
        Ok(Self {
            level,
            code,
            name,
            ancestors,
        })
    }

    fn check(&self, record: &StringRecord, code: &str, name: &str, line: u64) -> Option<Rejection> {
        let refuse = |code: ErrorCode, words: Sentence, column: &str, value: &str| {
            Some(self.rejection(line, code, words).at(column, value))
        };
        for (column, place) in &self.ancestors {
            let ancestor = record.get(*place).unwrap_or_default().trim();
            if !ancestor.is_empty() && !code.starts_with(ancestor) {
                let words = Sentence::new(
                    format!("与代码 {code} 不符"),
                    format!("does not fit the code {code}"),
                );
                return refuse(ErrorCode::Validation, words, column, ancestor);
            }
        }
        let wrong = if name.is_empty() {
            ErrorCode::Required
        } else if name.chars().count() > NAME_CHARS {
            ErrorCode::TooLong
        } else if name.contains(char::is_control) {
            ErrorCode::ControlCharacter
        } else {
            return None;
        };
        refuse(wrong, wrong.title().into(), "name", name)
    }

    fn rejection(&self, line: u64, code: ErrorCode, words: Sentence) -> Rejection {
        let rejection = Rejection::of_row(line, code, words);
        match self.level {
            Some(level) => rejection.in_file(file_of(level)),
            None => rejection,
        }
    }
}

/// Each is kept until it is reported, and a file with so many is the wrong file.
fn too_many_wrong_lines() -> FileProblem {
    FileProblem::new(
        ErrorCode::TooMany,
        format!("超过 {MOST_LISTED} 行有误，请检查是否选错了文件"),
        format!("more than {MOST_LISTED} lines are wrong; is it the right file?"),
    )
}

fn unreadable(error: &csv::Error) -> FileProblem {
    FileProblem::new(
        ErrorCode::UnsupportedMediaType,
        format!("文件无法读取：{error}"),
        format!("the file cannot be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREAS: &str = "\u{feff}code,name,cityCode,provinceCode\n421083,\"洪湖市\",4210,42\n441900,\"东莞市\",4419,44\n";
    const STREETS: &str =
        "code,name,areaCode,provinceCode,cityCode\n421083100,\"新堤镇\",421083,42,4210\n";
    const VILLAGES: &str = "code,name,streetCode,provinceCode,cityCode,areaCode\n\
                            421083100201,\"甲村\",421083100,42,4210,421083\n\
                            421083100202,\"乙村\",421083101,42,4210,421083\n\
                            42108310020,\"丙村\",421083100,42,4210,421083\n\
                            421083100203,\"\",421083100,42,4210,421083\n";

    fn set(only: Option<&str>) -> DivisionSet {
        let only = only.map(|code| code.parse().unwrap());
        let mut set = DivisionSet::default();
        for file in [
            VILLAGES,
            "code,name\n42,湖北省\n",
            "code,name,provinceCode\n4210,荆州市,42\n",
            AREAS,
            STREETS,
        ] {
            set.read(file.as_bytes(), only.as_ref()).unwrap();
        }
        set
    }

    #[test]
    fn files_are_known_by_their_columns_and_grouped_by_county() {
        let set = set(None);
        assert_eq!(set.counties.len(), 2);
        let county: DivisionCode = "421083".parse().unwrap();
        let batch = &set.counties[&county];
        let found: Vec<_> = batch
            .divisions()
            .map(|one| (one.code.to_string(), one.name, one.line))
            .collect();
        let expected = [
            ("421083", "洪湖市", 2),
            ("421083100", "新堤镇", 2),
            ("421083100201", "甲村", 2),
        ];
        assert_eq!(
            found,
            expected.map(|(code, name, line)| (code.to_owned(), name, line))
        );
        assert_eq!(set.full_name(&county), "湖北省 荆州市 洪湖市");
        assert_eq!(batch.rows(), 5);
    }

    #[test]
    fn a_line_that_says_no_division_is_told_by_file_and_line() {
        let set = set(None);
        let county: DivisionCode = "421083".parse().unwrap();
        let rejected = set.rejected.iter().chain(&set.counties[&county].rejected);
        let found: Vec<_> = rejected
            .map(|one| {
                (
                    one.file.as_deref().unwrap(),
                    one.line,
                    one.column.as_deref().unwrap(),
                    one.code,
                )
            })
            .collect();
        let file = "villages.csv";
        let expected = [
            (file, 4, "code", ErrorCode::WrongType),
            (file, 3, "streetCode", ErrorCode::Validation),
            (file, 5, "name", ErrorCode::Required),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn one_county_is_read_alone_when_it_is_asked_for() {
        assert_eq!(set(Some("441900")).counties.len(), 1);
        assert!(set(Some("110101")).counties.is_empty());
    }

    #[test]
    fn a_file_of_other_columns_is_refused() {
        let problem = |file: &[u8]| DivisionSet::default().read(file, None).unwrap_err().code;
        assert_eq!(problem(b"a,b\n1,2\n"), ErrorCode::Required);
        let endless = format!("code,name,cityCode\n{}", "x,y,z\n".repeat(MOST_LISTED + 1));
        assert_eq!(problem(endless.as_bytes()), ErrorCode::TooMany);
    }

    #[test]
    fn a_line_that_is_no_text_costs_that_line_alone() {
        let mut set = DivisionSet::default();
        let file =
            b"code,name,cityCode,provinceCode\n421083,\xba\xe9\xba\xfe,4210,42\n441900,x,4419,44\n";
        set.read(file.as_slice(), None).unwrap();
        assert_eq!((set.counties.len(), set.rejected.len()), (1, 1));
        assert_eq!(set.rejected[0].line, 2);
    }
}
