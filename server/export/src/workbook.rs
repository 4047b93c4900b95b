//! An XLSX workbook: a sheet a table, with real dates and numbers, codes as text, ready to print on A4 across.
//!
//! Rows are written as they come and leave memory at once, so that a year of a large county fits.

use crate::{Column, Language, Report, Table, Value};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

const A4: u8 = 9;
/// Title, note and heads come first.
const HEAD_ROW: u32 = 2;
const FIRST_ROW: u32 = 3;

struct Formats {
    title: Format,
    note: Format,
    head: Format,
    text: Format,
    date: Format,
    /// By decimals.
    numbers: Vec<Format>,
}

impl Formats {
    fn new() -> Self {
        let cell = || {
            Format::new()
                .set_border(FormatBorder::Thin)
                .set_align(FormatAlign::Top)
        };
        let number = |format: &str| cell().set_num_format(format);
        Self {
            title: Format::new().set_bold().set_font_size(16),
            note: Format::new().set_font_color("#555555"),
            head: cell()
                .set_bold()
                .set_text_wrap()
                .set_background_color("#E8EEF4")
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter),
            // `@`: a code stays text also when somebody edits it.
            text: cell().set_text_wrap().set_num_format("@"),
            date: number("yyyy-mm-dd"),
            numbers: vec![
                number("#,##0"),
                number("#,##0.0"),
                number("#,##0.00"),
                number("#,##0.000"),
                number("#,##0.0000"),
            ],
        }
    }
}

/// Characters that are still read on A4 across.
const PAGE_WIDTH: u16 = 160;
/// The last of the columns that stand on each page: code and name.
const REPEATED_COLUMNS: u16 = 1;

/// On how many pages beside each other a table is printed.
fn pages_across(table: &Table) -> u16 {
    let widths = table.columns.iter().map(|column| u16::from(column.width));
    widths.sum::<u16>().div_ceil(PAGE_WIDTH).max(1)
}

/// The report as a workbook.
pub fn workbook(report: &Report, language: Language) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::parse_from_str(&report.made_on.to_string())?;
    // The same report is the same file: its date is the report's.
    let properties = DocProperties::new()
        .set_title(language.pick(&report.title))
        .set_creation_datetime(&made);
    book.set_properties(&properties);
    let formats = Formats::new();
    for table in &report.tables {
        let sheet = book.add_worksheet_with_constant_memory()?;
        write_sheet(sheet, report, table, &formats, language)?;
    }
    book.save_to_buffer()
}

fn write_sheet(
    sheet: &mut Worksheet,
    report: &Report,
    table: &Table,
    formats: &Formats,
    language: Language,
) -> Result<(), XlsxError> {
    let last_row = FIRST_ROW.saturating_add(u32::try_from(table.rows.len()).unwrap_or(u32::MAX));
    let last_column = u16::try_from(table.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet
        .set_name(language.pick(&table.name))?
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(pages_across(table), 0)
        .set_repeat_columns(0, REPEATED_COLUMNS.min(last_column))?
        .set_repeat_rows(HEAD_ROW, HEAD_ROW)?
        .set_freeze_panes(FIRST_ROW, 0)?;
    sheet.set_footer(footer(report, language));
    if !table.rows.is_empty() {
        sheet.autofilter(HEAD_ROW, 0, last_row - 1, last_column)?;
    }
    for (at, column) in (0..).zip(&table.columns) {
        sheet.set_column_width(at, f64::from(column.width))?;
    }
    let name = language.pick(&table.name);
    let title = format!("{} · {name}", language.pick(&report.title));
    sheet.write_string_with_format(0, 0, &title, &formats.title)?;
    let note = report.line(language);
    sheet.write_string_with_format(1, 0, &note, &formats.note)?;
    let heads = table.columns.iter();
    let heads = heads.map(|column| (language.pick(&column.label), column.width));
    sheet.set_row_height(HEAD_ROW, height(heads))?;
    for (at, Column { label, .. }) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(HEAD_ROW, at, language.pick(label), &formats.head)?;
    }
    for (row, values) in (FIRST_ROW..).zip(&table.rows) {
        let texts = values.iter().zip(&table.columns);
        let texts = texts.filter_map(|(value, column)| match value {
            Value::Text(text) => Some((text.as_str(), column.width)),
            _ => None,
        });
        let height = height(texts);
        if height > LINE {
            sheet.set_row_height(row, height)?;
        }
        for (column, value) in (0..).zip(values) {
            write_cell(sheet, (row, column), value, formats)?;
        }
    }
    Ok(())
}

/// Points of a line.
const LINE: f64 = 15.0;
/// Lines that a row shows at the most; a longer text is read in its cell.
const MOST_LINES: usize = 20;

/// How high a row must be for its texts to be read in columns of these widths: no program measures rows that are written as they
/// come.
fn height<'a>(texts: impl Iterator<Item = (&'a str, u8)>) -> f64 {
    let lines = texts.map(|(text, width)| {
        // A word is not cut, so that a line is seldom full.
        let width = usize::from(width).saturating_sub(1).max(2);
        let lines = text.lines();
        lines
            .map(|line| columns(line).div_ceil(width).max(1))
            .sum::<usize>()
    });
    let lines = lines.max().unwrap_or(1).clamp(1, MOST_LINES);
    (0..lines).map(|_| LINE).sum()
}

/// How many columns a text is wide; a Chinese letter is two.
fn columns(text: &str) -> usize {
    let wide = |letter: &char| *letter >= '\u{2e80}';
    text.chars().count() + text.chars().filter(wide).count()
}

/// At the foot of each page: the report's number, and which page of how many.
fn footer(report: &Report, language: Language) -> String {
    let number = &report.number;
    match language {
        Language::Zh => format!("&L编号 {number}&C第 &P 页，共 &N 页"),
        Language::En => format!("&Lno. {number}&Cpage &P of &N"),
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: &Value,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match value {
        Value::None => sheet.write_blank(row, column, &formats.text)?,
        // Never `write`, which would make a formula of what begins with `=`.
        Value::Text(text) => {
            sheet.write_string_with_format(row, column, shortened(text), &formats.text)?
        }
        Value::Date(date) => {
            let date = ExcelDateTime::parse_from_str(&date.to_string())?;
            sheet.write_datetime_with_format(row, column, &date, &formats.date)?
        }
        Value::Number(number, decimals) => {
            let at = usize::try_from(*decimals).unwrap_or(usize::MAX);
            let format = formats.numbers.get(at).unwrap_or(&formats.text);
            sheet.write_number_with_format(row, column, as_float(*number, *decimals), format)?
        }
    };
    Ok(())
}

/// The number that a spreadsheet shows; it knows no others, and these are exact to 15 digits.
pub(super) fn as_float(number: i64, decimals: u32) -> f64 {
    crate::print_number(number, decimals)
        .parse()
        .unwrap_or(f64::NAN)
}

/// A cell holds at most 32,767 characters.
fn shortened(text: &str) -> String {
    text.chars().take(32_767).collect()
}
