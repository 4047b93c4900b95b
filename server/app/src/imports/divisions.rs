//! Imports divisions from the files of the open data set: one county, or all of them, one transaction a county.
//!
//! A county of which everything is stored already is left alone after one look, so an import that was interrupted
//! goes on where it was. What is stored and not in the files stays: villages that were merged, or added by hand.

use crate::identity::accounts::Manager;
use crate::imports::division_files::{Batch, Division, DivisionSet, file_of};
use crate::imports::reference::{self, ReferenceChanges};
use crate::imports::report::{FileProblem, ImportReport, Outcome, Rejection, What};
use crate::imports::{conclude, settle, unreadable};
use crate::{App, AppError};
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use tepai_store::ReadTxn;
use tepai_store::divisions::{self, StoredDivision};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::words::Sentence;

/// The files of the data set, and whether an import needs them.
const FILES: [(&str, bool); 5] = [
    ("provinces.csv", false),
    ("cities.csv", false),
    ("areas.csv", true),
    ("streets.csv", true),
    ("villages.csv", true),
];

/// How far an import is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportProgress {
    /// The county that was done last, by name.
    pub county: String,
    /// Counties done.
    pub counties_done: usize,
    /// Counties in the files.
    pub counties: usize,
    /// Lines done.
    pub rows_done: usize,
    /// Lines in the files.
    pub rows: usize,
}

/// Imports the files of a directory: every county in them, or one.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn import_directory(
    app: &App,
    by: &Manager,
    directory: &Path,
    only: Option<DivisionCode>,
    dry_run: bool,
    progress: &(dyn Fn(ImportProgress) + Send + Sync),
) -> Result<ImportReport, AppError> {
    let (directory, wanted) = (directory.to_owned(), only.clone());
    let read =
        tokio::task::spawn_blocking(move || read_directory(&directory, wanted.as_ref())).await;
    let set = read.unwrap_or_else(|_| Err(unreadable()))?;
    require_rows(&set, only.as_ref())?;
    import_set(app, by, set, dry_run, progress).await
}

/// Imports some of the files for one county, as they were uploaded.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn import_files(
    app: &App,
    by: &Manager,
    county: DivisionCode,
    files: Vec<Bytes>,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    let wanted = county.clone();
    let read = tokio::task::spawn_blocking(move || {
        let mut set = DivisionSet::default();
        for file in files {
            set.read(&*file, Some(&wanted))?;
        }
        Ok(set)
    });
    let set = read.await.unwrap_or_else(|_| Err(unreadable()))?;
    require_rows(&set, Some(&county))?;
    import_set(app, by, set, dry_run, &|_| {}).await
}

fn read_directory(
    directory: &Path,
    only: Option<&DivisionCode>,
) -> Result<DivisionSet, FileProblem> {
    let mut set = DivisionSet::default();
    for (name, needed) in FILES {
        let path = directory.join(name);
        match File::open(&path) {
            Ok(file) => set.read(BufReader::with_capacity(1 << 16, file), only)?,
            Err(error) if needed => return Err(cannot_open(&path, &error)),
            Err(_) => {}
        }
    }
    Ok(set)
}

fn cannot_open(path: &Path, error: &std::io::Error) -> FileProblem {
    FileProblem::new(
        ErrorCode::NotFound,
        format!("无法打开 {}：{error}", path.display()),
        format!("cannot open {}: {error}", path.display()),
    )
}

fn require_rows(set: &DivisionSet, only: Option<&DivisionCode>) -> Result<(), FileProblem> {
    if !set.counties.is_empty() || !set.rejected.is_empty() {
        return Ok(());
    }
    Err(match only {
        Some(county) => FileProblem::new(
            ErrorCode::Empty,
            format!("文件里没有 {county} 的行"),
            format!("the files have no rows of {county}"),
        ),
        None => FileProblem::new(ErrorCode::Empty, "文件里没有行", "the files have no rows"),
    })
}

async fn import_set(
    app: &App,
    by: &Manager,
    mut set: DivisionSet,
    dry_run: bool,
    progress: &(dyn Fn(ImportProgress) + Send + Sync),
) -> Result<ImportReport, AppError> {
    let mut report = ImportReport::new(What::Divisions, dry_run);
    for rejection in std::mem::take(&mut set.rejected) {
        report.reject([rejection]);
    }
    let mut state = ImportProgress {
        counties: set.counties.len(),
        rows: set.counties.values().map(Batch::rows).sum(),
        ..ImportProgress::default()
    };
    progress(state.clone());
    while let Some(county) = set.counties.keys().next().cloned() {
        state.county = set.full_name(&county);
        let batch = set.counties.remove(&county).unwrap_or_default();
        state.rows_done += batch.rows();
        state.counties_done += 1;
        report.add(import_county(app, by, county, Arc::new(batch), dry_run).await?);
        progress(state.clone());
    }
    Ok(report.in_order())
}

async fn import_county(
    app: &App,
    by: &Manager,
    county: DivisionCode,
    batch: Arc<Batch>,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    let (looked_at, place) = (batch.clone(), county.clone());
    let look = async move |txn: &ReadTxn| {
        let stored = divisions::list(txn, &place).await?;
        Ok::<_, AppError>(plan(&looked_at, stored, dry_run))
    };
    let Plan { save, report, .. } = app.store.read(look).await?;
    if save.is_empty() {
        return Ok(report);
    }
    let (by, now) = (by.doer(), app.clock.now_ms());
    let outcome = app
        .store
        .write(async move |txn| {
            let stored = divisions::list(txn, &county).await?;
            let Plan {
                save,
                changes,
                report,
            } = plan(&batch, stored, dry_run);
            divisions::save(txn, &save).await?;
            reference::publish(txn, &county, now, &changes).await?;
            conclude(txn, (&county, by, now), report).await
        })
        .await;
    settle(outcome)
}

/// What an import is going to write of one county.
struct Plan {
    save: Vec<StoredDivision>,
    changes: ReferenceChanges,
    report: ImportReport,
}

fn plan(batch: &Batch, stored: Vec<StoredDivision>, dry_run: bool) -> Plan {
    let stored: BTreeMap<_, _> = stored
        .into_iter()
        .map(|one| (one.code.clone(), one))
        .collect();
    let mut plan = Plan {
        save: Vec::new(),
        changes: ReferenceChanges::default(),
        report: ImportReport::new(What::Divisions, dry_run),
    };
    for rejection in &batch.rejected {
        plan.report.reject([rejection.clone()]);
    }
    let mut taken: BTreeMap<DivisionCode, u64> = BTreeMap::new();
    let mut renamed = BTreeSet::new();
    for division in batch.divisions() {
        let has = |code: &DivisionCode| taken.contains_key(code) || stored.contains_key(code);
        if let Some(rejection) = misplaced(&division, has).or_else(|| repeated(&division, &taken)) {
            plan.report.reject([rejection]);
            continue;
        }
        taken.insert(division.code.clone(), division.line);
        let old = stored.get(&division.code);
        let outcome = match old {
            None => Outcome::Created,
            Some(old) if old.name == division.name => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        plan.report.count(outcome);
        if outcome == Outcome::Unchanged {
            continue;
        }
        match division.code.level() {
            Level::County => {}
            Level::Township => {
                renamed.insert(division.code.clone());
            }
            Level::Village => {
                plan.changes.villages.insert(division.code.clone());
            }
        }
        let mut save = StoredDivision::new(division.code, division.name.to_owned());
        if let Some(old) = old {
            save = StoredDivision {
                name: save.name,
                ..old.clone()
            };
        }
        plan.save.push(save);
    }
    // Phones see a village with the name of its township.
    let in_renamed = |code: &&DivisionCode| {
        code.level() == Level::Village
            && code
                .township()
                .is_some_and(|township| renamed.contains(&township))
    };
    plan.changes
        .villages
        .extend(stored.keys().filter(in_renamed).cloned());
    plan
}

/// A township without its county, or a village without its township.
fn misplaced(division: &Division<'_>, has: impl Fn(&DivisionCode) -> bool) -> Option<Rejection> {
    let level = division.code.level();
    let parent = match level {
        Level::County => return None,
        Level::Township => division.code.county(),
        Level::Village => division.code.township()?,
    };
    if has(&parent) {
        return None;
    }
    let words = Sentence::new(
        format!("缺少上级区划 {parent}，请先导入"),
        format!("the division {parent} that it lies in is missing; import that first"),
    );
    let rejection = Rejection::of_row(division.line, ErrorCode::NotFound, words);
    Some(
        rejection
            .at("code", division.code.as_str())
            .in_file(file_of(level)),
    )
}

fn repeated(division: &Division<'_>, taken: &BTreeMap<DivisionCode, u64>) -> Option<Rejection> {
    let line = taken.get(&division.code)?;
    let words = Sentence::new(
        format!("与第 {line} 行重复"),
        format!("the same as in line {line}"),
    );
    let rejection = Rejection::of_row(division.line, ErrorCode::AlreadyExists, words);
    let file = file_of(division.code.level());
    Some(rejection.at("code", division.code.as_str()).in_file(file))
}
