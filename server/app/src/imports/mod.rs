//! Imports of tables: divisions, villages, boundaries, techniques, aliases of codes, and the roster of commissioners.
//!
//! - A rehearsal does everything and keeps nothing. It runs the same code in a transaction that is rolled back.
//! - A table is read outside of any transaction; one transaction writes what differs. Bad rows are reported, good ones are
//!   written.
//! - A second run of the same table changes nothing.
//! - Every row has an outcome of its own, with its line, its column and a stable code.
//!
//! Read [`techniques`] first (the smallest import), then `table` (how a file becomes rows).

mod division_files;
mod reference;
mod row;
mod table;

pub mod aliases;
pub mod boundaries;
pub mod divisions;
pub mod report;
pub mod roster;
pub mod techniques;
pub mod villages;

pub use report::{FileProblem, ImportReport, Outcome, Rejection, What};

use crate::{AppError, Rollback, audit};
use bytes::Bytes;
use std::sync::Arc;
use table::{Column, Table};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::{WriteTxn, divisions as stored_divisions};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;

/// Bytes of a file.
pub const MAX_FILE_BYTES: usize = 32 * 1024 * 1024;

/// How a transaction of an import ends other than by a commit: on purpose where it was a rehearsal.
type Halt = Rollback<Box<ImportReport>>;

/// The end of the work in a transaction: a rehearsal asks for the roll-back, and what is done is noted.
async fn conclude(
    txn: &WriteTxn,
    (county, by, now): (&DivisionCode, AuditActor, i64),
    report: ImportReport,
) -> Result<ImportReport, Halt> {
    if report.dry_run {
        return Err(Rollback::Intended(Box::new(report)));
    }
    let imported = AuditEntry::new(county, by, Act::Imported, report.what.as_str());
    audit::note(txn, now, imported.with(report.counts())).await?;
    Ok(report)
}

/// What came of the transaction, rolled back or not.
fn settle(outcome: Result<ImportReport, Halt>) -> Result<ImportReport, AppError> {
    match outcome {
        Ok(report) => Ok(report.in_order()),
        Err(Rollback::Intended(report)) => Ok(report.in_order()),
        Err(Rollback::Failed(error)) => Err(error),
    }
}

/// Reads a table on a thread for long computations. A reader that panics on an odd file has refused it.
async fn read_table(file: Bytes, columns: &'static [Column]) -> Result<Arc<Table>, AppError> {
    let read = tokio::task::spawn_blocking(move || Table::read(&file, columns)).await;
    let table = read.unwrap_or_else(|_| Err(unreadable()))?;
    Ok(Arc::new(table))
}

/// Refuses a table for a county that is not here: its code is mistyped, or its divisions come first.
async fn require_county(txn: &WriteTxn, county: &DivisionCode) -> Result<(), AppError> {
    if stored_divisions::find(txn, county).await?.is_some() {
        return Ok(());
    }
    let detail = format!(
        "没有 {county} 这个县；请先导入它的行政区划 / there is no county {county}; import its divisions first"
    );
    Err(AppError::with_detail(ErrorCode::NotFound, detail))
}

fn unreadable() -> FileProblem {
    FileProblem::new(
        ErrorCode::UnsupportedMediaType,
        "文件无法读取",
        "the file cannot be read",
    )
}
