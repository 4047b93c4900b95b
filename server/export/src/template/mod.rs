//! A superior's own workbook, filled in: nobody types figures twice.
//!
//! A cell holds `{{whole.visits}}`, `{{title}}` and the like; a row with `{{overdue.village_name}}` is repeated for each row of
//! that table. Everything else in the file stays byte for byte, but for what has to move down: rows below, formulas on whatever
//! sheet, merged cells, rules, named ranges, print areas, and what charts show. Where charts and pictures stand does not move.

mod package;
mod sheet;
mod shift;

use crate::{Language, Report, Value};
use package::Package;
use shift::{Moves, Shifts};
use std::collections::BTreeSet;
use tepai_sync_protocol::words::Sentence;

/// Why a workbook cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateError {
    /// It is not an XLSX workbook that can be read.
    Unreadable,
    /// It is too large when unpacked.
    TooLarge,
    /// It has no placeholder at all.
    Nothing,
    /// These placeholders name nothing, with their cells: `Sheet1!B5: whole.nothing`.
    Unknown(Vec<String>),
    /// A row, by its sheet and number, names columns of two tables.
    TwoTables(String),
}

impl TemplateError {
    /// In words.
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Unreadable => Sentence::new(
                "不是可读取的 XLSX 工作簿",
                "this is not an XLSX workbook that can be read",
            ),
            Self::TooLarge => Sentence::new("工作簿过大", "the workbook is too large"),
            Self::Nothing => Sentence::new(
                "工作簿里没有占位符，如 {{whole.visits}}",
                "the workbook has no placeholder such as {{whole.visits}}",
            ),
            Self::Unknown(all) => {
                let all = all.join("; ");
                Sentence::new(
                    format!("不认识的占位符：{all}"),
                    format!("unknown placeholders: {all}"),
                )
            }
            Self::TwoTables(row) => Sentence::new(
                format!("{row} 行引用了两个表"),
                format!("row {row} names two tables"),
            ),
        }
    }
}

/// What placeholders stand for.
struct Words<'a> {
    report: &'a Report,
    language: Language,
}

/// The table of a whole report's single figures.
const WHOLE: &str = "whole";

impl Words<'_> {
    /// The table whose rows a placeholder repeats, if it names one.
    fn table(&self, placeholder: &str) -> Option<&crate::Table> {
        let (table, _) = placeholder.split_once('.')?;
        self.report.table(table).filter(|_| table != WHOLE)
    }

    /// What a placeholder stands for; `row` is that of its table. None if it names nothing.
    fn value(&self, placeholder: &str, row: usize) -> Option<Value> {
        let report = self.report;
        let text = |sentence: &Sentence| Value::text(self.language.pick(sentence));
        match placeholder {
            "title" => return Some(text(&report.title)),
            "note" => return Some(text(&report.note)),
            "place" => return Some(Value::text(&report.place)),
            "division" => return Some(Value::text(&report.division)),
            "from" => return Some(Value::Date(report.from)),
            "to" => return Some(Value::Date(report.to)),
            "number" => return Some(Value::text(&report.number)),
            "made_on" => return Some(Value::Date(report.made_on)),
            _ => {}
        }
        let (table, column) = placeholder.split_once('.')?;
        if table == WHOLE {
            let mut whole = report.whole.iter();
            return whole
                .find(|(code, _)| *code == column)
                .map(|(_, value)| value.clone());
        }
        let table = report.table(table)?;
        let at = table.columns.iter().position(|own| own.code == column)?;
        let values = table.rows.get(row);
        let value = values.and_then(|values| values.get(at));
        Some(value.cloned().unwrap_or(Value::None))
    }
}

/// Fills a workbook.
pub fn fill(
    template: &[u8],
    report: &Report,
    language: Language,
) -> Result<Vec<u8>, TemplateError> {
    let mut package = Package::open(template)?;
    let words = Words { report, language };
    let (mut book, mut unknown, mut met) = (Shifts::default(), BTreeSet::new(), 0);
    let sheets = package.sheets();
    for (file, name) in &sheets {
        if let Some(text) = package.text(file) {
            let plan = sheet::plan(&text, name, &package, &words)?;
            unknown.extend(plan.unknown);
            met += plan.placeholders;
            book.add(name, plan.shift);
        }
    }
    if !unknown.is_empty() {
        return Err(TemplateError::Unknown(unknown.into_iter().collect()));
    }
    if met == 0 {
        return Err(TemplateError::Nothing);
    }
    for (file, name) in &sheets {
        if let Some(text) = package.text(file) {
            let filled = sheet::fill(&text, name, &package, &words, &book)?;
            package.replace(file, filled);
        }
    }
    package.forget_results();
    let moves = Moves {
        book: &book,
        home: None,
    };
    package.move_names(|text| moves.formula(text, None))?;
    package.write()
}
