//! Reads a CSV file or the first sheet of an XLSX workbook into rows of text under known headings.
//!
//! A file comes from whoever filled it in: its size once unpacked, its rows and its columns are bounded, and whatever
//! cannot be read is a sentence for that person. It knows headings, and nothing of what cells mean.

use crate::imports::MAX_FILE_BYTES;
use crate::imports::report::FileProblem;
use calamine::{Data, DataRef, Reader, Xlsx};
use std::io::{Cursor, Read};
use tepai_sync_protocol::problem::ErrorCode;

/// Bytes of everything in a workbook, unpacked.
const MAX_UNPACKED_BYTES: u64 = 64 * 1024 * 1024;
/// Rows of a file.
const MAX_ROWS: usize = 100_000;
/// Cells of one row.
const MAX_COLUMNS: usize = 200;
/// Cells of a file.
const MAX_CELLS: usize = 3_000_000;
/// Lines among which the headings are looked for; a title may stand above them.
const HEADING_LINES: usize = 10;

/// A column that an import knows.
#[derive(Debug)]
pub(super) struct Column {
    /// Its name, and its heading in English.
    pub(super) name: &'static str,
    /// Its heading in Chinese.
    pub(super) zh: &'static str,
    /// Other headings under which it is found.
    pub(super) aliases: &'static [&'static str],
    /// Whether a file without it is refused.
    pub(super) required: bool,
}

impl Column {
    /// A column that every file has.
    pub(super) const fn required(
        name: &'static str,
        zh: &'static str,
        aliases: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            zh,
            aliases,
            required: true,
        }
    }

    /// A column that a file may have.
    pub(super) const fn optional(
        name: &'static str,
        zh: &'static str,
        aliases: &'static [&'static str],
    ) -> Self {
        Self {
            name,
            zh,
            aliases,
            required: false,
        }
    }

    fn is_headed(&self, heading: &str) -> bool {
        let folded = fold(heading);
        let mut names = [self.name, self.zh]
            .into_iter()
            .chain(self.aliases.iter().copied());
        !folded.is_empty() && names.any(|name| fold(name) == folded)
    }
}

/// A heading as it is compared: `Staff No.`, `staff_no` and `staffNo` are the same; a unit in brackets is left out.
fn fold(heading: &str) -> String {
    let bare = heading
        .split(['(', '（', '[', '【'])
        .next()
        .unwrap_or_default();
    bare.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The line of a CSV file or the row of a sheet; the first is 1.
    pub(super) number: u64,
    /// Its cells, without surrounding blanks.
    pub(super) cells: Vec<String>,
}

/// The rows of a file under known headings.
#[derive(Debug)]
pub(super) struct Table {
    /// For each column that was found: its name, its heading in the file and its place.
    found: Vec<(&'static str, String, usize)>,
    /// Headings that no column has.
    pub(super) ignored: Vec<String>,
    /// The rows below the headings, without empty ones.
    pub(super) lines: Vec<Line>,
}

impl Table {
    /// Reads a CSV file or a workbook.
    pub(super) fn read(bytes: &[u8], columns: &'static [Column]) -> Result<Self, FileProblem> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(FileProblem::new(
                ErrorCode::TooLong,
                format!("文件超过 {} MiB", MAX_FILE_BYTES >> 20),
                format!("the file is larger than {} MiB", MAX_FILE_BYTES >> 20),
            ));
        }
        let lines = if bytes.starts_with(b"PK\x03\x04") {
            read_workbook(bytes)?
        } else if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
            return Err(FileProblem::new(
                ErrorCode::UnsupportedMediaType,
                "这是旧版 .xls 文件（或加密的工作簿），请另存为 .xlsx 或 CSV",
                "this is an old .xls file (or an encrypted workbook); save it as .xlsx or CSV",
            ));
        } else {
            read_csv(&decode(bytes)?)?
        };
        Self::under_headings(lines, columns)
    }

    fn under_headings(lines: Vec<Line>, columns: &'static [Column]) -> Result<Self, FileProblem> {
        let has =
            |line: &Line, column: &Column| line.cells.iter().any(|cell| column.is_headed(cell));
        let is_heading = |line: &Line| {
            columns
                .iter()
                .filter(|column| column.required)
                .all(|column| has(line, column))
        };
        let Some(place) = lines.iter().take(HEADING_LINES).position(is_heading) else {
            return Err(missing_headings(&lines, columns));
        };
        let mut lines = lines.into_iter().skip(place);
        let headings = lines.next().map(|line| line.cells).unwrap_or_default();
        let mut found: Vec<(&'static str, String, usize)> = Vec::new();
        let mut ignored = Vec::new();
        for (place, heading) in headings.into_iter().enumerate() {
            let Some(column) = columns.iter().find(|column| column.is_headed(&heading)) else {
                if !heading.is_empty() {
                    ignored.push(heading);
                }
                continue;
            };
            if let Some((_, first, _)) = found.iter().find(|(name, _, _)| *name == column.name) {
                return Err(FileProblem::new(
                    ErrorCode::AlreadyExists,
                    format!("“{first}”和“{heading}”是同一列"),
                    format!("\"{first}\" and \"{heading}\" are the same column"),
                ));
            }
            found.push((column.name, heading, place));
        }
        Ok(Self {
            found,
            ignored,
            lines: lines.collect(),
        })
    }

    /// Whether the file has a column of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.found.iter().any(|(own, _, _)| *own == name)
    }

    /// The heading of a column as the file has it; its name if the file has none.
    pub(super) fn heading<'t>(&'t self, name: &'t str) -> &'t str {
        self.found
            .iter()
            .find(|(own, _, _)| *own == name)
            .map_or(name, |(_, heading, _)| heading)
    }

    /// The text of a cell; empty if the line has none there.
    pub(super) fn cell<'t>(&self, line: &'t Line, name: &str) -> &'t str {
        let place = self
            .found
            .iter()
            .find(|(own, _, _)| *own == name)
            .map(|(_, _, place)| *place);
        place
            .and_then(|place| line.cells.get(place))
            .map_or("", String::as_str)
    }
}

fn missing_headings(lines: &[Line], columns: &[Column]) -> FileProblem {
    let Some(best) = lines.iter().take(HEADING_LINES).max_by_key(|line| {
        let known = |cell: &&String| columns.iter().any(|column| column.is_headed(cell));
        (
            line.cells.iter().filter(known).count(),
            std::cmp::Reverse(line.number),
        )
    }) else {
        return FileProblem::new(ErrorCode::Empty, "文件是空的", "the file is empty");
    };
    let missing = || {
        let has = |column: &Column| best.cells.iter().any(|cell| column.is_headed(cell));
        columns
            .iter()
            .filter(move |column| column.required && !has(column))
    };
    let zh: Vec<_> = missing()
        .map(|column| format!("{}（{}）", column.zh, column.name))
        .collect();
    let en: Vec<_> = missing()
        .map(|column| format!("{} ({})", column.name, column.zh))
        .collect();
    FileProblem::new(
        ErrorCode::Required,
        format!("第 {} 行缺少列：{}", best.number, zh.join("、")),
        format!("line {} lacks columns: {}", best.number, en.join(", ")),
    )
}

/// The text of a CSV file. Excel in China writes GB18030 unless it is told otherwise.
fn decode(bytes: &[u8]) -> Result<String, FileProblem> {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(
            bytes.get(mark..).unwrap_or_default(),
        );
        return text
            .map(std::borrow::Cow::into_owned)
            .ok_or_else(|| undecodable(encoding.name()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(text.to_owned());
    }
    let text = encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    text.map(std::borrow::Cow::into_owned)
        .ok_or_else(|| undecodable("UTF-8, GB18030"))
}

fn undecodable(encodings: &str) -> FileProblem {
    FileProblem::new(
        ErrorCode::UnsupportedMediaType,
        format!("文件编码无法识别（已尝试 {encodings}），请另存为“CSV UTF-8”或 .xlsx"),
        format!(
            "the text of the file cannot be read (tried {encodings}); save it as \"CSV UTF-8\" or .xlsx"
        ),
    )
}

fn read_csv(text: &str) -> Result<Vec<Line>, FileProblem> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Lines::default();
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(lines.lines),
            Err(error) => return Err(unreadable(&error)),
        }
        let number = record.position().map_or(0, csv::Position::line);
        lines.push(number, record.iter().map(str::to_owned).collect())?;
    }
}

/// Comma, tab or semicolon: whichever the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let count = |delimiter: u8| first.bytes().filter(|byte| *byte == delimiter).count();
    let by_count = [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter));
    by_count.unwrap_or(b',')
}

fn read_workbook(bytes: &[u8]) -> Result<Vec<Line>, FileProblem> {
    check_unpacked(bytes)?;
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| unreadable(&error))?;
    let Some(sheet) = workbook.sheet_names().into_iter().next() else {
        return Err(FileProblem::new(
            ErrorCode::Empty,
            "工作簿里没有工作表",
            "the workbook has no sheet",
        ));
    };
    let mut cells = workbook
        .worksheet_cells_reader(&sheet)
        .map_err(|error| unreadable(&error))?;
    let mut lines = Lines::default();
    let mut current: (u32, Vec<String>) = (0, Vec::new());
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let (row, place) = cell.get_position();
        let text = text_of(cell.get_value());
        if text.is_empty() {
            continue;
        }
        if row != current.0 {
            lines.push(u64::from(current.0) + 1, std::mem::take(&mut current.1))?;
            current.0 = row;
        }
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if place >= MAX_COLUMNS {
            return Err(too_wide(u64::from(row) + 1));
        }
        if current.1.len() <= place {
            current.1.resize(place + 1, String::new());
        }
        if let Some(slot) = current.1.get_mut(place) {
            *slot = text;
        }
    }
    lines.push(u64::from(current.0) + 1, current.1)?;
    Ok(lines.lines)
}

/// Unpacks every part of the workbook into nothing: a small file can hold gigabytes.
fn check_unpacked(bytes: &[u8]) -> Result<(), FileProblem> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut left = MAX_UNPACKED_BYTES;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|error| unreadable(&error))?;
        let size = std::io::copy(&mut part.take(left), &mut std::io::sink())
            .map_err(|error| unreadable(&error))?;
        left -= size;
        if left == 0 {
            return Err(FileProblem::new(
                ErrorCode::TooLong,
                "工作簿解压后过大",
                "the workbook is too large once it is unpacked",
            ));
        }
    }
    Ok(())
}

/// The text of a cell. A whole number is written without a point: codes are often kept as numbers.
fn text_of(value: &DataRef<'_>) -> String {
    match value.clone().into() {
        Data::Empty => String::new(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            text.trim().to_owned()
        }
        Data::Bool(flag) => flag.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, hour, minute, ..) = at.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute) == (0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}")
            }
        }
        Data::Error(error) => error.to_string(),
    }
}

/// Lines with something in them, within the limits.
#[derive(Default)]
struct Lines {
    lines: Vec<Line>,
    cells: usize,
}

impl Lines {
    fn push(&mut self, number: u64, mut cells: Vec<String>) -> Result<(), FileProblem> {
        let filled = cells.iter().rposition(|cell| !cell.is_empty());
        let Some(last) = filled else { return Ok(()) };
        cells.truncate(last + 1);
        if cells.len() > MAX_COLUMNS {
            return Err(too_wide(number));
        }
        self.cells += cells.len();
        if self.lines.len() > MAX_ROWS || self.cells > MAX_CELLS {
            return Err(FileProblem::new(
                ErrorCode::TooMany,
                format!("超过 {MAX_ROWS} 行或 {MAX_CELLS} 格，请分成几个文件"),
                format!("more than {MAX_ROWS} rows or {MAX_CELLS} cells; split the file"),
            ));
        }
        self.lines.push(Line { number, cells });
        Ok(())
    }
}

fn too_wide(line: u64) -> FileProblem {
    FileProblem::new(
        ErrorCode::TooMany,
        format!("第 {line} 行超过 {MAX_COLUMNS} 列"),
        format!("line {line} has more than {MAX_COLUMNS} columns"),
    )
}

fn unreadable(error: &impl std::fmt::Display) -> FileProblem {
    FileProblem::new(
        ErrorCode::UnsupportedMediaType,
        format!("文件无法读取：{error}"),
        format!("the file cannot be read: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

    static COLUMNS: &[Column] = &[
        Column::required("village_code", "村代码", &["代码"]),
        Column::optional("households", "户数", &[]),
        Column::optional("as_of", "截至日期", &["日期"]),
    ];

    fn read(text: &str) -> Table {
        Table::read(text.as_bytes(), COLUMNS).unwrap()
    }

    fn problem(bytes: &[u8]) -> FileProblem {
        Table::read(bytes, COLUMNS).unwrap_err()
    }

    fn column(table: &Table, name: &str) -> Vec<(u64, String)> {
        table
            .lines
            .iter()
            .map(|line| (line.number, table.cell(line, name).to_owned()))
            .collect()
    }

    #[test]
    fn headings_are_found_in_either_language_and_below_a_title() {
        for heading in [
            "village_code,households",
            "村代码,户数（户）",
            " Village Code ,HOUSEHOLDS",
            "代码*,户数",
        ] {
            let table = read(&format!(
                "\u{feff}二〇二六年名册,\n\n{heading}\n421083100201,12\n,\n421083100202,\n"
            ));
            assert_eq!(
                column(&table, "village_code"),
                [
                    (4, "421083100201".to_owned()),
                    (6, "421083100202".to_owned())
                ],
                "{heading}"
            );
            assert_eq!(table.cell(&table.lines[0], "households"), "12");
            assert!(!table.has("as_of") && table.cell(&table.lines[0], "as_of").is_empty());
        }
    }

    #[test]
    fn lines_are_those_of_the_file_even_after_a_line_break_in_quotes() {
        let table = read("村代码,备注\n1,\"a\nb\"\n2,c\n");
        assert_eq!(
            column(&table, "village_code"),
            [(2, "1".to_owned()), (4, "2".to_owned())]
        );
        assert_eq!(table.ignored, ["备注"]);
    }

    #[test]
    fn a_file_of_excel_in_china_is_read_whatever_its_encoding_and_delimiter() {
        let text = "村代码\t户数\r\n421083100201\t12\r\n";
        let (gbk, _, _) = encoding_rs::GBK.encode(text);
        let utf16: Vec<u8> = [0xFF, 0xFE]
            .into_iter()
            .chain(text.encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        for bytes in [gbk.into_owned(), utf16] {
            let table = Table::read(&bytes, COLUMNS).unwrap();
            assert_eq!(table.cell(&table.lines[0], "households"), "12");
            assert_eq!(table.heading("households"), "户数");
        }
    }

    #[test]
    fn a_file_without_its_headings_is_told_which_are_missing() {
        let found = problem("name,户数\nx,1\n".as_bytes());
        assert_eq!(found.words.zh, "第 1 行缺少列：村代码（village_code）");
        assert_eq!(
            found.words.en,
            "line 1 lacks columns: village_code (村代码)"
        );
        assert_eq!(problem(b"").code, ErrorCode::Empty);
        assert_eq!(
            problem("村代码,代码\n1,2".as_bytes()).code,
            ErrorCode::AlreadyExists
        );
    }

    #[test]
    fn what_is_no_table_is_refused_and_never_a_panic() {
        let mut cut = workbook();
        cut.truncate(cut.len() / 2);
        for bytes in [
            b"\xff\xfe\x00".as_slice(),
            b"\x81",
            b"PK\x03\x04 not a zip",
            b"\xD0\xCF\x11\xE0\xA1",
            &cut,
        ] {
            assert_eq!(
                problem(bytes).code,
                ErrorCode::UnsupportedMediaType,
                "{bytes:?}"
            );
        }
        let wide = format!("村代码{}\n", ",x".repeat(MAX_COLUMNS));
        assert_eq!(problem(wide.as_bytes()).code, ErrorCode::TooMany);
    }

    fn workbook() -> Vec<u8> {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let date = Format::new().set_num_format("yyyy/m/d");
        sheet.write(0, 1, "村庄情况表").unwrap();
        sheet.write(2, 1, "村代码").unwrap();
        sheet.write(2, 2, "户数").unwrap();
        sheet.write(2, 4, "截至日期").unwrap();
        sheet.write(3, 1, 421_083_100_201_f64).unwrap();
        sheet.write(3, 2, 12).unwrap();
        let day = ExcelDateTime::from_ymd(2026, 6, 30).unwrap();
        sheet.write_with_format(3, 4, &day, &date).unwrap();
        sheet.write(5, 1, "421083100202").unwrap();
        sheet.write(5, 2, 1.5).unwrap();
        workbook.save_to_buffer().unwrap()
    }

    #[test]
    fn a_code_kept_as_a_number_comes_out_of_a_workbook_as_its_digits() {
        let table = Table::read(&workbook(), COLUMNS).unwrap();
        assert_eq!(
            column(&table, "village_code"),
            [
                (4, "421083100201".to_owned()),
                (6, "421083100202".to_owned())
            ]
        );
        let [first, second] = table.lines.as_slice() else {
            panic!()
        };
        assert_eq!(
            (table.cell(first, "households"), table.cell(first, "as_of")),
            ("12", "2026-06-30")
        );
        assert_eq!(table.cell(second, "households"), "1.5");
    }
}
