//! Imports profiles of villages. The datum of coordinates is declared in the table and never guessed.

use crate::identity::accounts::Manager;
use crate::imports::reference::{self, ReferenceChanges};
use crate::imports::report::{ImportReport, Outcome, What};
use crate::imports::row::Row;
use crate::imports::table::{Column, Table};
use crate::imports::{conclude, read_table, require_county, settle};
use crate::{App, AppError};
use bytes::Bytes;
use std::collections::BTreeMap;
use tepai_domain::geo::{Point, to_wgs84};
use tepai_store::divisions::{self, StoredDivision};
use tepai_store::villages::{self, ReferencePoint, VillageProfile};
use tepai_sync_protocol::codes;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::ErrorCode;

static COLUMNS: &[Column] = &[
    Column::required(
        "village_code",
        "村代码",
        &["代码", "村编码", "行政区划代码", "code"],
    ),
    Column::optional("households", "户数", &["总户数"]),
    Column::optional("population", "人口", &["总人口", "人口数"]),
    Column::optional("lead_industries", "主导产业", &["产业", "lead_industry"]),
    Column::optional("lead_product", "主导产品", &["一村一品"]),
    Column::optional("tech_need", "科技需求", &["技术需求", "needs"]),
    Column::optional("contact_role", "联系人身份", &["联系人职务"]),
    Column::optional("lat", "纬度", &["latitude"]),
    Column::optional("lon", "经度", &["longitude", "lng"]),
    Column::optional("datum", "坐标系", &["坐标系统", "大地基准"]),
    Column::optional("as_of", "截至日期", &["统计日期", "数据日期"]),
    // For whoever reads the table; codes decide.
    Column::optional("name", "村名", &["村名称", "village_name"]),
];

/// Imports profiles of the villages of a county.
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
            let known = divisions::list_level(txn, &county, Level::Village).await?;
            let stored = villages::list(txn, &county).await?;
            let Plan {
                save,
                changes,
                report,
            } = plan(&table, &county, &known, stored, dry_run);
            villages::save(txn, &save).await?;
            reference::publish(txn, &county, now, &changes).await?;
            conclude(txn, (&county, by, now), report).await
        })
        .await;
    settle(outcome)
}

/// What an import is going to write.
struct Plan {
    save: Vec<VillageProfile>,
    changes: ReferenceChanges,
    report: ImportReport,
}

fn plan(
    table: &Table,
    county: &DivisionCode,
    known: &[StoredDivision],
    stored: Vec<VillageProfile>,
    dry_run: bool,
) -> Plan {
    let known: BTreeMap<_, _> = known.iter().map(|one| (&one.code, one)).collect();
    let stored: BTreeMap<_, _> = stored
        .into_iter()
        .map(|one| (one.village.clone(), one))
        .collect();
    let mut lines: BTreeMap<DivisionCode, u64> = BTreeMap::new();
    let mut plan = Plan {
        save: Vec::new(),
        changes: ReferenceChanges::default(),
        report: ImportReport::new(What::Villages, dry_run),
    };
    plan.report.ignored_columns.clone_from(&table.ignored);
    for line in &table.lines {
        let mut row = Row::new(table, line);
        let village = village_of(&mut row, county, &known);
        if let Some(line) = village.as_ref().and_then(|village| lines.get(village)) {
            row.repeated("village_code", *line);
        }
        let old = village.as_ref().and_then(|village| stored.get(village));
        // Without a village the row is read all the same, so that everything wrong with it is known at once.
        let place = village.clone().unwrap_or_else(|| county.clone());
        let base = old.cloned().unwrap_or_else(|| VillageProfile::new(place));
        let profile = read(&mut row, base);
        let profile = match row.finish(village.map(|_| profile)) {
            Ok(profile) => profile,
            Err(problems) => {
                plan.report.reject(problems);
                continue;
            }
        };
        lines.insert(profile.village.clone(), line.number);
        let outcome = match old {
            None => Outcome::Created,
            Some(old) if *old == profile => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        plan.report.count(outcome);
        if outcome != Outcome::Unchanged {
            plan.changes.villages.insert(profile.village.clone());
            plan.save.push(profile);
        }
    }
    plan
}

/// The village of a row: one that the county has, and that is not part of another today.
fn village_of(
    row: &mut Row<'_>,
    county: &DivisionCode,
    known: &BTreeMap<&DivisionCode, &StoredDivision>,
) -> Option<DivisionCode> {
    let village = row.village("village_code", county);
    let village = row.required("village_code", village)?;
    match known.get(&village) {
        None => row.unknown_village("village_code"),
        Some(StoredDivision {
            merged_into: Some(into),
            ..
        }) => row.merged_village("village_code", into),
        Some(_) => Some(village),
    }
}

/// The profile of a row over what is stored; what the table has no column for stays as it is.
fn read(row: &mut Row<'_>, old: VillageProfile) -> VillageProfile {
    let households = row.kept("households", old.households, |row| {
        row.integer("households", 0, 1_000_000)
    });
    let population = row.kept("population", old.population, |row| {
        row.integer("population", 0, 10_000_000)
    });
    let lead_industries = row.kept("lead_industries", old.lead_industries, |row| {
        row.codes("lead_industries", &codes::INDUSTRY)
    });
    let lead_product = row.kept("lead_product", old.lead_product, |row| {
        row.text("lead_product", 60)
    });
    let tech_need = row.kept("tech_need", old.tech_need, |row| {
        row.text("tech_need", 1000)
    });
    let contact_role = row.kept("contact_role", old.contact_role, contact_role);
    let reference_point = row.kept("lat", old.reference_point, reference_point);
    let as_of = row.kept("as_of", old.as_of, |row| row.day("as_of"));
    VillageProfile {
        village: old.village,
        households,
        population,
        lead_industries,
        lead_product,
        tech_need,
        contact_role,
        reference_point,
        as_of,
    }
}

/// Digits in a row from which a text is taken for a telephone or identity number.
const NUMBER_DIGITS: usize = 7;

/// A role such as 村支书; a number of a person has no place here.
fn contact_role(row: &mut Row<'_>) -> Option<String> {
    let text = row.text("contact_role", 30)?;
    let digits = text.split(|c: char| !c.is_numeric()).map(str::len).max();
    if digits >= Some(NUMBER_DIGITS) {
        return row.wrong(
            "contact_role",
            ErrorCode::Validation,
            "只填身份（如村支书），不要填电话或证件号",
            "a role only, such as village secretary; no telephone or identity numbers",
        );
    }
    Some(text)
}

fn reference_point(row: &mut Row<'_>) -> Option<ReferencePoint> {
    let (lat, lon) = (row.degrees("lat", 90.0), row.degrees("lon", 180.0));
    if row.is_empty("lat") && row.is_empty("lon") {
        return None;
    }
    let lat = row.required("lat", lat);
    let lon = row.required("lon", lon);
    let datum = row.code("datum", &codes::DATUM);
    if row.is_empty("datum") {
        return row.wrong(
            "datum",
            ErrorCode::Required,
            "有坐标就必须注明坐标系（wgs84、gcj02、bd09、cgcs2000），系统不会猜测",
            "coordinates need their datum (wgs84, gcj02, bd09, cgcs2000); it is never guessed",
        );
    }
    let (declared, datum) = (
        Point {
            lat: lat?,
            lon: lon?,
        },
        datum?,
    );
    let wgs84 = to_wgs84(declared.lat, declared.lon, datum.parse().ok()?);
    Some(ReferencePoint {
        declared,
        datum: datum.to_owned(),
        wgs84,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const COUNTY: &str = "421083";

    fn known() -> Vec<StoredDivision> {
        let village = |code: &str| StoredDivision::new(code.parse().unwrap(), "某村".to_owned());
        let mut gone = village("421083100203");
        gone.merged_into = Some("421083100201".parse().unwrap());
        vec![village("421083100201"), village("421083100202"), gone]
    }

    fn run(csv: &str, stored: Vec<VillageProfile>) -> Plan {
        let table = Table::read(csv.as_bytes(), COLUMNS).unwrap();
        plan(&table, &COUNTY.parse().unwrap(), &known(), stored, false)
    }

    #[test]
    fn a_profile_keeps_its_coordinates_as_declared_and_derives_wgs_84() {
        let csv = "村代码,村名,户数,人口,主导产业,纬度,经度,坐标系,截至日期\n\
                   421083100201,某村,320,1180,水产、蔬菜,29.9,113.45,GCJ-02,2026-06-30\n";
        let plan = run(csv, Vec::new());
        assert_eq!(plan.report.rejected, []);
        let point = plan.save[0].reference_point.as_ref().unwrap();
        assert_eq!(
            (point.declared.lat, point.declared.lon, point.datum.as_str()),
            (29.9, 113.45, "gcj02")
        );
        assert!((point.wgs84.lat - 29.9).abs() > 0.001);
        assert_eq!(plan.save[0].lead_industries.len(), 2);
        assert_eq!(run(csv, plan.save).report.unchanged, 1);
    }

    #[test]
    fn what_is_wrong_is_told_cell_by_cell() {
        let csv = "村代码,户数,联系人身份,纬度,经度,坐标系\n\
                   421083100201,-1,村支书13800000000,29.9,113.45,\n\
                   421083100209,1,,,,\n\
                   421022100201,1,,,,\n\
                   421083100203,1,,,,\n\
                   421083100202,1,村支书,29.9,,wgs84\n\
                   421083100202,1,村支书,,,wgs84\n\
                   421083100202,1,村支书,,,wgs84\n";
        let plan = run(csv, Vec::new());
        let found: Vec<_> = plan
            .report
            .rejected
            .iter()
            .map(|one| (one.line, one.column.as_deref().unwrap(), one.code))
            .collect();
        let expected = [
            (2, "户数", ErrorCode::OutOfRange),
            (2, "联系人身份", ErrorCode::Validation),
            (2, "坐标系", ErrorCode::Required),
            (3, "村代码", ErrorCode::UnknownVillage),
            (4, "村代码", ErrorCode::UnknownVillage),
            (5, "村代码", ErrorCode::UnknownVillage),
            (6, "经度", ErrorCode::Required),
            (8, "村代码", ErrorCode::AlreadyExists),
        ];
        assert_eq!(found, expected);
        assert_eq!(plan.report.created, 1);
    }
}
