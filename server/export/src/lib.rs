//! What goes out as a file: one report, and the formats that it is written in.
//!
//! Nothing here knows records, the database or HTTP. A table is written the same into every format: numbers and dates as such,
//! codes as text, and what people wrote never as a formula.

mod csv;
mod file;
mod geojson;
mod html;
mod stored;
mod template;
mod workbook;

pub use crate::csv::{csv, quoted};
pub use file::{File, Format, write};
pub use geojson::{MapPlace, geojson};
pub use html::html;
pub use stored::{read_stored, write_stored};
pub use template::{TemplateError, fill};
pub use workbook::workbook;

use jiff::civil::Date;
use serde::{Deserialize, Serialize, Serializer};
use tepai_sync_protocol::words::{Sentence, Words};

/// The language of headings and names of codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Chinese.
    #[default]
    Zh,
    /// English.
    En,
}

impl Language {
    /// The words of this language.
    pub const fn of(self, words: Words) -> &'static str {
        match self {
            Self::Zh => words.zh,
            Self::En => words.en,
        }
    }

    /// The sentence of this language.
    pub fn pick(self, sentence: &Sentence) -> &str {
        match self {
            Self::Zh => &sentence.zh,
            Self::En => &sentence.en,
        }
    }
}

/// A value of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    None,
    /// Text; codes as well.
    Text(String),
    /// An exact number with so many decimals: 1234 with two is 12.34.
    Number(i64, u32),
    /// A local date.
    Date(Date),
}

impl Value {
    /// A whole number.
    pub fn count(number: impl TryInto<i64>) -> Self {
        number
            .try_into()
            .map_or(Self::None, |number| Self::Number(number, 0))
    }

    /// Text, or nothing if there is none.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() {
            Self::None
        } else {
            Self::Text(text)
        }
    }

    /// As people read it; numbers with all their decimals.
    pub fn print(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Number(number, decimals) => print_number(*number, *decimals),
        }
    }
}

/// An exact number of the scale that was given with it.
fn print_number(number: i64, decimals: u32) -> String {
    rust_decimal::Decimal::new(number, decimals).to_string()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_none(),
            Self::Number(number, 0) => serializer.serialize_i64(*number),
            // Exact: as text.
            other => serializer.serialize_str(&other.print()),
        }
    }
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The stable word, as templates and JSON have it.
    pub code: String,
    /// What people call it, with its unit.
    pub label: Sentence,
    /// Width in characters, for workbooks.
    #[serde(default, skip_serializing)]
    pub width: u8,
}

impl Column {
    /// A column.
    pub fn new(code: impl Into<String>, label: Sentence, width: u8) -> Self {
        Self {
            code: code.into(),
            label,
            width,
        }
    }
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The stable word.
    pub code: String,
    /// What people call it: the name of its sheet.
    pub name: Sentence,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows; as many values as columns.
    pub rows: Vec<Vec<Value>>,
}

/// A report: what was asked for, how complete it is, and its tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Of what place and period.
    pub title: Sentence,
    /// Name of the place.
    pub place: String,
    /// Code of the place.
    pub division: String,
    /// First local day.
    pub from: Date,
    /// Last local day.
    pub to: Date,
    /// The local day on which it was made.
    pub made_on: Date,
    /// How complete the data is, in words.
    pub note: Sentence,
    /// The number under which it goes out; empty as long as it does not.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub number: String,
    /// The figures of the whole place, by code of the measure.
    #[serde(skip)]
    pub whole: Vec<(String, Value)>,
    /// The tables.
    pub tables: Vec<Table>,
    /// Villages with a reference point.
    #[serde(skip)]
    pub places: Vec<MapPlace>,
}

impl Report {
    /// What stands under the title: its number, when it was made, and how complete the data is.
    pub fn line(&self, language: Language) -> String {
        let note = language.pick(&self.note);
        let label = match language {
            Language::Zh => "编号",
            Language::En => "no.",
        };
        if self.number.is_empty() {
            return format!("{} · {note}", self.made_on);
        }
        format!("{label} {} · {} · {note}", self.number, self.made_on)
    }

    /// The table of a code.
    pub fn table(&self, code: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.code == code)
    }

    /// Rows of all tables.
    pub fn rows(&self) -> usize {
        self.tables.iter().map(|table| table.rows.len()).sum()
    }
}

#[cfg(test)]
mod tests;
