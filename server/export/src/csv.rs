//! CSV that spreadsheets of China open by a double click: UTF-8 with a mark, and no cell that runs as a formula.

use crate::{Language, Table, Value};

/// The table as CSV.
pub fn csv(table: &Table, language: Language) -> Result<Vec<u8>, ::csv::Error> {
    let mut writer = ::csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let heads = table
        .columns
        .iter()
        .map(|column| language.pick(&column.label));
    writer.write_record(heads)?;
    for row in &table.rows {
        writer.write_record(row.iter().map(cell))?;
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        other => other.print(),
    }
}

/// Text that no spreadsheet takes for a formula: an apostrophe goes before what would begin one.
/// The letters are those of OWASP's page on CSV injection, with their full-width forms.
pub fn quoted(text: &str) -> String {
    let begins = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(begins) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
