//! Imports the county's catalogue of techniques.

use crate::identity::accounts::Manager;
use crate::imports::reference::{self, ReferenceChanges};
use crate::imports::report::{ImportReport, Outcome, Rejection, What};
use crate::imports::row::Row;
use crate::imports::table::{Column, Table};
use crate::imports::{conclude, read_table, require_county, settle};
use crate::{App, AppError};
use bytes::Bytes;
use std::collections::BTreeMap;
use tepai_store::techniques::{self, Technique};
use tepai_sync_protocol::codes;
use tepai_sync_protocol::division::DivisionCode;

static COLUMNS: &[Column] = &[
    Column::required("code", "技术编码", &["编码", "代码", "technique_code"]),
    Column::required("name_zh", "技术名称", &["名称", "中文名称", "name"]),
    Column::optional("name_en", "英文名称", &[]),
    Column::required("industry", "产业", &["行业"]),
    Column::optional("group", "类别", &["分组", "技术类别", "group_name"]),
    Column::optional("unit", "计量单位", &["单位"]),
    Column::optional("years", "年度", &["年份", "推广年度", "year_list"]),
    Column::optional("is_active", "在用", &["是否在用", "启用", "active"]),
];

/// Imports a catalogue into a county.
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
            let stored = techniques::list(txn, &county).await?;
            let Plan {
                save,
                changes,
                report,
            } = plan(&table, stored, dry_run);
            techniques::save(txn, &county, &save).await?;
            reference::publish(txn, &county, now, &changes).await?;
            conclude(txn, (&county, by, now), report).await
        })
        .await;
    settle(outcome)
}

/// What an import is going to write.
struct Plan {
    save: Vec<Technique>,
    changes: ReferenceChanges,
    report: ImportReport,
}

fn plan(table: &Table, stored: Vec<Technique>, dry_run: bool) -> Plan {
    let stored: BTreeMap<String, Technique> = stored
        .into_iter()
        .map(|one| (one.code.clone(), one))
        .collect();
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    let mut plan = Plan {
        save: Vec::new(),
        changes: ReferenceChanges::default(),
        report: ImportReport::new(What::Techniques, dry_run),
    };
    plan.report.ignored_columns.clone_from(&table.ignored);
    for line in &table.lines {
        let technique = match read(Row::new(table, line), &stored, &lines) {
            Ok(technique) => technique,
            Err(problems) => {
                plan.report.reject(problems);
                continue;
            }
        };
        lines.insert(technique.code.clone(), line.number);
        let outcome = match stored.get(&technique.code) {
            None => Outcome::Created,
            Some(old) if *old == technique => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        plan.report.count(outcome);
        if outcome != Outcome::Unchanged {
            plan.changes.techniques.insert(technique.code.clone());
            plan.save.push(technique);
        }
    }
    plan
}

/// The technique of a row; what the table has no column for stays as it is stored.
fn read(
    mut row: Row<'_>,
    stored: &BTreeMap<String, Technique>,
    lines: &BTreeMap<String, u64>,
) -> Result<Technique, Vec<Rejection>> {
    let code = row.catalogue_code("code");
    let code = row.required("code", code);
    let old = code.as_ref().and_then(|code| stored.get(code));
    if let Some(line) = code.as_ref().and_then(|code| lines.get(code)) {
        row.repeated("code", *line);
    }
    let name_zh = row.text("name_zh", 100);
    let name_zh = row.required("name_zh", name_zh);
    let industry = row.code("industry", &codes::INDUSTRY);
    let industry = row.required("industry", industry);
    let name_en = row.kept("name_en", old.and_then(|old| old.name_en.clone()), |row| {
        row.text("name_en", 100)
    });
    let group = row.kept("group", old.and_then(|old| old.group.clone()), |row| {
        row.text("group", 60)
    });
    let unit = row.kept("unit", old.and_then(|old| old.unit.clone()), |row| {
        row.text("unit", 20)
    });
    let years = row.kept(
        "years",
        old.map(|old| old.years.clone()).unwrap_or_default(),
        |row| row.years("years"),
    );
    let is_active = row.kept("is_active", old.map(|old| old.is_active), |row| {
        row.flag("is_active", &["在用", "启用"], &["停用"])
    });
    let technique = code
        .zip(name_zh)
        .zip(industry)
        .map(|((code, name_zh), industry)| Technique {
            code,
            name_zh,
            name_en,
            industry: industry.to_owned(),
            group,
            unit,
            years,
            is_active: is_active.unwrap_or(true),
        });
    row.finish(technique)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tepai_sync_protocol::problem::ErrorCode;

    fn run(csv: &str, stored: Vec<Technique>) -> Plan {
        plan(
            &Table::read(csv.as_bytes(), COLUMNS).unwrap(),
            stored,
            false,
        )
    }

    #[test]
    fn a_catalogue_is_created_kept_and_changed() {
        let csv = "编码,名称,产业,类别,单位,年度,在用\n\
                   T01,池塘尾水三池两坝,水产,尾水治理,亩,2025;2026,是\n\
                   T02,水肥一体化,vegetable,,,,停用\n";
        let first = run(csv, Vec::new());
        assert_eq!((first.report.created, first.report.rejected_rows), (2, 0));
        assert_eq!(first.save[0].years, [2025, 2026]);
        assert!(first.save[0].is_active && !first.save[1].is_active);
        assert_eq!(first.changes.techniques.len(), 2);
        let second = run(csv, first.save.clone());
        assert_eq!((second.report.unchanged, second.save.len()), (2, 0));
        assert_eq!(second.changes, ReferenceChanges::default());
        // Columns that are not there are left alone, those that are there are the truth.
        let third = run("编码,名称,产业,单位\nT01,三池两坝,水产,\n", first.save);
        assert_eq!(third.report.updated, 1);
        assert_eq!(
            (
                third.save[0].group.as_deref(),
                third.save[0].unit.as_deref()
            ),
            (Some("尾水治理"), None)
        );
    }

    #[test]
    fn every_wrong_cell_is_reported_and_the_other_rows_are_taken() {
        let csv = "code,name_zh,industry,years\n\
                   T 1,甲,水产,\n\
                   T2,,粮食,26\n\
                   T3,丙,水产,2026\n\
                   T3,丁,水产,2026\n";
        let plan = run(csv, Vec::new());
        let found: Vec<_> = plan
            .report
            .rejected
            .iter()
            .map(|one| (one.line, one.column.as_deref().unwrap(), one.code))
            .collect();
        let expected = [
            (2, "code", ErrorCode::WrongType),
            (3, "name_zh", ErrorCode::Required),
            (3, "industry", ErrorCode::UnknownCode),
            (3, "years", ErrorCode::WrongType),
            (5, "code", ErrorCode::AlreadyExists),
        ];
        assert_eq!(found, expected);
        assert_eq!(
            (
                plan.report.rows,
                plan.report.created,
                plan.report.rejected_rows
            ),
            (4, 1, 3)
        );
    }
}
