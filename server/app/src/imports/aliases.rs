//! Imports mergers of villages: from a day on, an old code stands for a new one. What was recorded keeps its code.

use crate::identity::accounts::Manager;
use crate::imports::reference::{self, ReferenceChanges};
use crate::imports::report::{ImportReport, Outcome, What};
use crate::imports::row::Row;
use crate::imports::table::{Column, Table};
use crate::imports::{conclude, read_table, require_county, settle};
use crate::{App, AppError};
use bytes::Bytes;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_store::divisions::{self, StoredDivision};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::summary::coverage::MAX_MERGERS;

static COLUMNS: &[Column] = &[
    Column::required("old_code", "原代码", &["旧代码", "原村代码"]),
    Column::required("new_code", "新代码", &["现代码", "并入村代码", "新村代码"]),
    Column::required("valid_from", "生效日期", &["并入日期", "合并日期"]),
    Column::optional("old_name", "原村名", &["原名称"]),
    Column::optional("new_name", "新村名", &["新名称"]),
];

/// Imports the mergers of villages of a county.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn import(
    app: &App,
    by: &Manager,
    county: DivisionCode,
    file: Bytes,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    let table = read_table(file, COLUMNS).await?;
    let (by, now) = (by.doer(), app.clock.now_ms());
    let outcome = app
        .store
        .write(async move |txn| {
            require_county(txn, &county).await?;
            let stored = divisions::list(txn, &county).await?;
            let Plan {
                known,
                touched,
                report,
            } = plan(&table, &county, stored, dry_run);
            divisions::save(txn, touched.iter().filter_map(|code| known.get(code))).await?;
            let changes = ReferenceChanges {
                villages: touched,
                ..ReferenceChanges::default()
            };
            reference::publish(txn, &county, now, &changes).await?;
            conclude(txn, (&county, by, now), report).await
        })
        .await;
    settle(outcome)
}

/// What an import is going to write: those of the known divisions that it touched.
struct Plan {
    known: BTreeMap<DivisionCode, StoredDivision>,
    touched: BTreeSet<DivisionCode>,
    report: ImportReport,
}

fn plan(table: &Table, county: &DivisionCode, stored: Vec<StoredDivision>, dry_run: bool) -> Plan {
    let mut plan = Plan {
        known: stored
            .into_iter()
            .map(|one| (one.code.clone(), one))
            .collect(),
        touched: BTreeSet::new(),
        report: ImportReport::new(What::Aliases, dry_run),
    };
    plan.report.ignored_columns.clone_from(&table.ignored);
    let mut lines = BTreeMap::new();
    for line in &table.lines {
        let mut row = Row::new(table, line);
        let merger = read(&mut row, county, &plan.known, &lines);
        match row.finish(merger) {
            Ok(merger) => {
                lines.insert(merger.old.clone(), line.number);
                plan.take(merger);
            }
            Err(problems) => plan.report.reject(problems),
        }
    }
    plan
}

/// One village that became part of another.
struct Merger {
    old: DivisionCode,
    new: DivisionCode,
    /// The last day of the old one.
    last_day: Date,
    /// Villages that were not known until now.
    fresh: Vec<StoredDivision>,
}

fn read(
    row: &mut Row<'_>,
    county: &DivisionCode,
    known: &BTreeMap<DivisionCode, StoredDivision>,
    lines: &BTreeMap<DivisionCode, u64>,
) -> Option<Merger> {
    let valid_from = row.day("valid_from");
    let valid_from = row.required("valid_from", valid_from);
    let old = row.village("old_code", county);
    let old = row.required("old_code", old);
    let new = row.village("new_code", county);
    let new = row.required("new_code", new);
    let mut fresh = Vec::new();
    if let Some(code) = &old {
        fresh.extend(named(row, code, "old_code", "old_name", known));
    }
    if let Some(code) = &new {
        fresh.extend(
            named(row, code, "new_code", "new_name", known).map(|mut village| {
                village.valid_from = valid_from;
                village
            }),
        );
    }
    let (old, new, valid_from) = (old?, new?, valid_from?);
    if let Some(line) = lines.get(&old) {
        row.repeated("old_code", *line);
    }
    if leads_back(&old, &new, known) {
        let words = (
            "会形成循环：新代码又并回原代码",
            "a ring: the new code leads back to the old one",
        );
        return row.wrong("new_code", ErrorCode::Validation, words.0, words.1);
    }
    let last_day = valid_from.yesterday().ok()?;
    Some(Merger {
        old,
        new,
        last_day,
        fresh,
    })
}

/// The village of a code that is not known yet, if the row names it.
fn named(
    row: &mut Row<'_>,
    code: &DivisionCode,
    code_column: &str,
    name_column: &str,
    known: &BTreeMap<DivisionCode, StoredDivision>,
) -> Option<StoredDivision> {
    if known.contains_key(code) {
        return None;
    }
    if !code
        .township()
        .is_some_and(|township| known.contains_key(&township))
    {
        let words = (
            "本县没有该村所属的乡镇代码",
            "the county has no township of this village's code",
        );
        return row.wrong(code_column, ErrorCode::UnknownVillage, words.0, words.1);
    }
    let Some(name) = row.text(name_column, 100) else {
        let words = (
            "没有这个村代码；如需新增，请填写村名",
            "there is no village of this code; to add it, fill in its name",
        );
        return row.wrong(code_column, ErrorCode::UnknownVillage, words.0, words.1);
    };
    Some(StoredDivision::new(code.clone(), name))
}

/// Whether whoever follows the mergers from `new` comes to `old`, or never to an end.
fn leads_back(
    old: &DivisionCode,
    new: &DivisionCode,
    known: &BTreeMap<DivisionCode, StoredDivision>,
) -> bool {
    let mut current = new;
    for _ in 0..MAX_MERGERS {
        if current == old {
            return true;
        }
        match known
            .get(current)
            .and_then(|division| division.merged_into.as_ref())
        {
            Some(next) => current = next,
            None => return false,
        }
    }
    true
}

impl Plan {
    fn take(&mut self, merger: Merger) {
        let Merger {
            old,
            new,
            last_day,
            fresh,
        } = merger;
        for village in fresh {
            debug_assert_eq!(village.code.level(), Level::Village);
            self.touched.insert(village.code.clone());
            self.known.insert(village.code.clone(), village);
        }
        let Some(village) = self.known.get_mut(&old) else {
            return;
        };
        let outcome = match &village.merged_into {
            None => Outcome::Created,
            Some(into) if *into == new && village.valid_to == Some(last_day) => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        self.report.count(outcome);
        if outcome != Outcome::Unchanged {
            village.merged_into = Some(new);
            village.valid_to = Some(last_day);
            self.touched.insert(old);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TOWNSHIP: &str = "421083100";

    fn code(last: &str) -> DivisionCode {
        format!("{TOWNSHIP}{last}").parse().unwrap()
    }

    fn stored() -> Vec<StoredDivision> {
        let of = |code: DivisionCode| StoredDivision::new(code, "某村".to_owned());
        ["", "201", "202", "203"]
            .into_iter()
            .map(|last| of(code(last)))
            .collect()
    }

    fn run(rows: &str, stored: Vec<StoredDivision>) -> Plan {
        let csv = format!("old_code,new_code,valid_from,old_name,new_name\n{rows}");
        let table = Table::read(csv.as_bytes(), COLUMNS).unwrap();
        plan(&table, &"421083".parse().unwrap(), stored, false)
    }

    #[test]
    fn a_merger_ends_the_old_village_the_day_before_and_repeats_without_effect() {
        let rows = "421083100201,421083100202,2026-07-01,,\n421083100299,421083100288,2026-07-01,老村,新村\n";
        let first = run(rows, stored());
        assert_eq!(first.report.rejected, []);
        assert_eq!((first.report.created, first.touched.len()), (2, 3));
        let old = &first.known[&code("201")];
        assert_eq!(
            (old.valid_to, old.merged_into.clone()),
            (Some(date(2026, 6, 30)), Some(code("202")))
        );
        assert_eq!(first.known[&code("288")].valid_from, Some(date(2026, 7, 1)));
        let second = run(rows, first.known.into_values().collect());
        assert_eq!((second.report.unchanged, second.touched.len()), (2, 0));
    }

    #[test]
    fn rings_strangers_and_nameless_villages_are_refused() {
        let rows = "421083100201,421083100202,2026-07-01,,\n\
                    421083100202,421083100203,2026-07-01,,\n\
                    421083100203,421083100201,2026-07-01,,\n\
                    421083100202,421083100202,2026-07-01,,\n\
                    421083100201,421083100203,2026-08-01,,\n\
                    421083100299,421083100203,2026-07-01,,\n\
                    421083999201,421083100203,2026-07-01,名,\n\
                    421022100201,421083100203,明天,,\n";
        let plan = run(rows, stored());
        let found: Vec<_> = plan
            .report
            .rejected
            .iter()
            .map(|one| (one.line, one.column.as_deref().unwrap(), one.code))
            .collect();
        let expected = [
            (4, "new_code", ErrorCode::Validation),
            (5, "old_code", ErrorCode::AlreadyExists),
            (5, "new_code", ErrorCode::Validation),
            (6, "old_code", ErrorCode::AlreadyExists),
            (7, "old_code", ErrorCode::UnknownVillage),
            (8, "old_code", ErrorCode::UnknownVillage),
            (9, "valid_from", ErrorCode::WrongType),
            (9, "old_code", ErrorCode::UnknownVillage),
        ];
        assert_eq!(found, expected);
        assert_eq!(plan.report.created, 2);
    }
}
