//! What an import did, row by row where something was wrong.

use serde::Serialize;
use strum::IntoStaticStr;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::words::Sentence;

/// Rejections that are listed; all of them are counted. A file with more is the wrong file.
pub const MOST_LISTED: usize = 10_000;
/// Characters of a rejected value that are shown.
const SHOWN_CHARS: usize = 60;

/// What is imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum What {
    /// Counties, townships and villages.
    Divisions,
    /// Commissioners, teams and assignments.
    Roster,
    /// The catalogue of techniques.
    Techniques,
    /// Profiles of villages.
    Villages,
    /// Villages that became part of others.
    Aliases,
    /// Boundaries of divisions.
    Boundaries,
}

impl What {
    /// The stable word, as sent and as written into the audit trail.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All of it was there already.
    Unchanged,
    /// Something that was there has changed.
    Updated,
    /// Something new is there.
    Created,
}

/// One thing that is wrong with one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Rejection {
    /// The file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line of a CSV file, the row of a sheet, or the feature of a GeoJSON file; the first is 1.
    pub line: u64,
    /// The heading of the column, as the file has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value, cut short if it is long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong.
    pub code: ErrorCode,
    /// The same in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Rejection {
    /// A row that is wrong as a whole.
    pub fn of_row(line: u64, code: ErrorCode, words: Sentence) -> Self {
        let Sentence { zh, en } = words;
        Self {
            file: None,
            line,
            column: None,
            value: None,
            code,
            zh,
            en,
        }
    }

    /// The same, about one value under a heading.
    #[must_use]
    pub fn at(mut self, column: &str, value: &str) -> Self {
        self.column = Some(column.to_owned());
        self.value = (!value.is_empty()).then(|| brief(value));
        self
    }

    /// The same, in one of several files.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        self.file = Some(file.to_owned());
        self
    }
}

/// A value as it can be shown: short, and without control characters.
fn brief(value: &str) -> String {
    let shown = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut text: String = value.chars().take(SHOWN_CHARS).map(shown).collect();
    if value.chars().nth(SHOWN_CHARS).is_some() {
        text.push('…');
    }
    text
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ImportReport {
    /// What was imported.
    pub what: What,
    /// Whether nothing was kept, because it was a rehearsal.
    pub dry_run: bool,
    /// Rows that were read, without headings and empty ones: the sum of the next four.
    pub rows: u64,
    /// Rows that brought something new.
    pub created: u64,
    /// Rows that changed something.
    pub updated: u64,
    /// Rows that were there already.
    pub unchanged: u64,
    /// Rows that were not taken.
    pub rejected_rows: u64,
    /// What is wrong with them; one row may have several problems. At most 10,000 are listed.
    pub rejected: Vec<Rejection>,
    /// Headings that are not known here; their columns were not read.
    pub ignored_columns: Vec<String>,
}

impl ImportReport {
    /// How many rows came to what, for the audit trail.
    pub fn counts(&self) -> serde_json::Value {
        serde_json::json!({
            "created": self.created, "updated": self.updated, "unchanged": self.unchanged,
            "rejected_rows": self.rejected_rows,
        })
    }

    /// Nothing yet.
    pub const fn new(what: What, dry_run: bool) -> Self {
        Self {
            what,
            dry_run,
            rows: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
            rejected_rows: 0,
            rejected: Vec::new(),
            ignored_columns: Vec::new(),
        }
    }

    /// Counts a row that was taken.
    pub fn count(&mut self, outcome: Outcome) {
        self.rows += 1;
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Updated => self.updated += 1,
            Outcome::Unchanged => self.unchanged += 1,
        }
    }

    /// Counts a row that was not taken, and lists what is wrong with it.
    pub fn reject(&mut self, problems: impl IntoIterator<Item = Rejection>) {
        self.rows += 1;
        self.rejected_rows += 1;
        let room = MOST_LISTED.saturating_sub(self.rejected.len());
        self.rejected.extend(problems.into_iter().take(room));
    }

    /// Adds what was done for another part of the same import.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.rejected_rows += other.rejected_rows;
        let room = MOST_LISTED.saturating_sub(self.rejected.len());
        self.rejected.extend(other.rejected.into_iter().take(room));
        self.ignored_columns.extend(other.ignored_columns);
    }

    /// The same with the rejections in the order of the file.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.rejected
            .sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        self
    }
}

/// Why a file as a whole cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// What is wrong.
    pub code: ErrorCode,
    /// The same in words.
    pub words: Sentence,
}

impl FileProblem {
    /// A problem in words of its own.
    pub fn new(code: ErrorCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            words: Sentence::new(zh, en),
        }
    }
}

impl From<FileProblem> for crate::AppError {
    fn from(problem: FileProblem) -> Self {
        let FileProblem { code, words } = problem;
        Self::Refused {
            code: ErrorCode::InvalidInput,
            detail: None,
            errors: vec![FieldProblem {
                pointer: "/file".to_owned(),
                code,
                message: words,
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_counted_once_and_no_more_than_the_limit_is_listed() {
        let wrong = || Rejection::of_row(2, ErrorCode::Required, Sentence::new("必填", "missing"));
        let mut report = ImportReport::new(What::Roster, false);
        for outcome in [Outcome::Created, Outcome::Updated, Outcome::Unchanged] {
            report.count(outcome);
        }
        report.reject([wrong(), wrong()]);
        assert_eq!(
            (report.rows, report.rejected_rows, report.rejected.len()),
            (4, 1, 2)
        );
        for _ in 0..MOST_LISTED {
            report.reject([wrong()]);
        }
        assert_eq!(report.rejected.len(), MOST_LISTED);
        assert_eq!(report.rejected_rows, 10_001);
    }

    #[test]
    fn a_long_or_odd_value_is_shown_short_and_plain() {
        let words = Sentence::new("内容过长", "too long");
        let long = format!("a\u{0}{}", "长".repeat(100));
        let rejection = Rejection::of_row(3, ErrorCode::TooLong, words).at("专业", &long);
        let value = rejection.value.unwrap();
        assert_eq!(value.chars().count(), 61);
        assert!(value.starts_with("a\u{fffd}长") && value.ends_with('…'));
    }
}
