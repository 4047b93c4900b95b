//! The formats, and a report written in one of them.

use crate::{Language, Report, csv, geojson, html, workbook};
use anyhow::Context;
use strum::{EnumString, IntoStaticStr};

/// The format of an export.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Deserialize,
    utoipa::ToSchema,
    clap::ValueEnum,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Format {
    /// A workbook with all tables.
    Xlsx,
    /// One table as CSV, for a double click.
    Csv,
    /// All tables as JSON.
    Json,
    /// Villages with a reference point, as points.
    Geojson,
    /// A page to print, without the long lists.
    Html,
}

impl Format {
    /// The stable word, which is the extension as well.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The format of an extension, in capital or small letters.
    pub fn of_extension(extension: &str) -> Option<Self> {
        extension.parse().ok()
    }

    /// What HTTP calls it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Geojson => "application/geo+json",
            Self::Html => "text/html; charset=utf-8",
        }
    }
}

/// A report as a file.
#[derive(Debug)]
pub struct File {
    /// The format of `bytes`; its word is the extension.
    pub format: Format,
    /// Rows of tables in it.
    pub rows: usize,
    /// The content of the file.
    pub bytes: Vec<u8>,
}

impl File {
    /// The name under which it is saved, with extension.
    pub fn name(&self, report: &Report) -> String {
        let Report {
            division, from, to, ..
        } = report;
        // Of the number, what is not in the name yet.
        let number = report.number.trim_start_matches(|letter| letter != '-');
        format!(
            "tepai-{division}-{from}-{to}-no{number}.{}",
            self.format.as_str()
        )
    }
}

/// Lists of thousands of rows are no reading matter for a page.
const NOT_ON_PAGE: [&str; 2] = ["visits", "adoptions"];

/// Writes a report; `table` is that of a format which holds one alone.
pub fn write(
    report: &Report,
    format: Format,
    table: &str,
    language: Language,
) -> anyhow::Result<File> {
    let (rows, bytes) = match format {
        Format::Xlsx => (report.rows(), workbook(report, language)?),
        Format::Csv => {
            let table = report.table(table).context("there is no such table")?;
            (table.rows.len(), csv(table, language)?)
        }
        Format::Json => (report.rows(), serde_json::to_vec(report)?),
        Format::Geojson => (report.places.len(), geojson(report, language)?),
        Format::Html => {
            let tables = report.tables.iter();
            let shown = tables.filter(|table| !NOT_ON_PAGE.contains(&table.code.as_str()));
            let rows = shown.map(|table| table.rows.len()).sum();
            let page = html(report, language, &NOT_ON_PAGE);
            (rows, page.into_bytes())
        }
    };
    Ok(File {
        format,
        rows,
        bytes,
    })
}
