//! Reports by their numbers: each file that goes out gets one, is kept as it left, and can be taken out again bit by bit.

use crate::clock::local_date;
use crate::reports::build::rows_with_names;
use crate::{App, AppError, audit};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::report_number::ReportNumber;
use tepai_export::{File, Report};
use tepai_store::report_files;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::ErrorCode;

pub use tepai_store::report_files::StoredReport;

/// How often somebody else may take the number that was meant for a file.
const ATTEMPTS: u32 = 8;

/// A file that went out, with its content.
#[derive(Debug)]
pub struct KeptFile {
    /// What is known of it.
    pub report: StoredReport,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Gives a report its number, has it written, keeps the file, and puts it into the audit trail before it leaves.
///
/// `kind` is the format, or `template`. Numbers have no gaps: whoever is late writes the file again with the next one.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn send_out(
    app: &App,
    by: AuditActor,
    mut report: Report,
    kind: &str,
    write: impl Fn(&Report) -> Result<File, AppError> + Send + Sync + 'static,
) -> Result<KeptFile, AppError> {
    let division: DivisionCode = report.division.parse().map_err(|_| AppError::not_found())?;
    let write = Arc::new(write);
    for _ in 0..ATTEMPTS {
        let now = app.clock.now_ms();
        let number = next_number(app, division.county(), now).await?;
        report.number = number.to_string();
        let (given, writer) = (report, write.clone());
        let written = tokio::task::spawn_blocking(move || {
            let file = writer(&given);
            (given, file)
        });
        let (given, file) = written
            .await
            .map_err(|error| AppError::Internal(error.into()))?;
        report = given;
        let file = file?;
        let named = rows_with_names(&report, kind);
        let stored = StoredReport {
            number,
            division: division.clone(),
            from: report.from,
            to: report.to,
            format: kind.to_owned(),
            name: file.name(&report),
            rows: i64::try_from(file.rows).unwrap_or(i64::MAX),
            made_at: now,
            made_by: match by {
                AuditActor::Person(person) => Some(person),
                _ => None,
            },
            digest: hex(&Sha256::digest(&file.bytes)),
        };
        let kept = Arc::new(KeptFile {
            report: stored,
            bytes: file.bytes,
        });
        if keep(app, by, &kept, named).await? {
            return Arc::into_inner(kept).ok_or(AppError::Busy);
        }
    }
    Err(AppError::Busy)
}

async fn next_number(app: &App, county: DivisionCode, now: i64) -> Result<ReportNumber, AppError> {
    let year = i32::from(local_date(now, &app.zone).year());
    app.store
        .read(async move |txn| {
            Ok::<_, AppError>(report_files::next_number(txn, &county, year).await?)
        })
        .await
}

/// Keeps the file and notes that it leaves. False if somebody else has its number.
async fn keep(
    app: &App,
    by: AuditActor,
    kept: &Arc<KeptFile>,
    named: usize,
) -> Result<bool, AppError> {
    let kept = kept.clone();
    app.store
        .write(async move |txn| {
            let report = &kept.report;
            if !report_files::add(txn, report, &kept.bytes).await? {
                return Ok(false);
            }
            let entry = AuditEntry::new(&report.number.county, by, Act::Exported, &report.division);
            let detail = json!({
                "format": report.format, "from": report.from, "to": report.to, "rows": report.rows,
                "rows_with_names": named, "number": report.number.to_string(), "sha256": report.digest,
            });
            audit::note(txn, report.made_at, entry.with(detail)).await?;
            Ok::<_, AppError>(true)
        })
        .await
}

/// Whose files somebody sees: a coordinator the own ones, and whoever sees the county all of them.
fn author(actor: &OfficeActor) -> Option<PersonId> {
    actor.township.is_some().then_some(actor.person)
}

/// Reports that went out, the latest first.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    before: Option<ReportNumber>,
    limit: u32,
) -> Result<Vec<StoredReport>, AppError> {
    let (county, author) = (actor.county.clone(), author(actor));
    app.store
        .read(async move |txn| {
            let page = report_files::page(txn, &county, author, before.as_ref(), limit);
            Ok::<_, AppError>(page.await?)
        })
        .await
}

/// The file of a number, as it left. That it leaves again is noted.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn again(
    app: &App,
    actor: &OfficeActor,
    number: ReportNumber,
) -> Result<KeptFile, AppError> {
    let reader = actor.clone();
    let (report, bytes) = app
        .store
        .read(async move |txn| {
            let report = report_files::find(txn, &number).await?;
            let is_seen = |report: &StoredReport| {
                let author = author(&reader);
                number.county == reader.county
                    && reader.sees(&report.division)
                    && (author.is_none() || author == report.made_by)
            };
            let report = report.filter(is_seen).ok_or_else(AppError::not_found)?;
            let bytes = report_files::content(txn, &number).await?;
            Ok::<_, AppError>((report, bytes))
        })
        .await?;
    let bytes = bytes.ok_or_else(|| {
        let detail = "这份报表已不再保存 / this report is kept no longer";
        AppError::with_detail(ErrorCode::NotFound, detail)
    })?;
    if hex(&Sha256::digest(&bytes)) != report.digest {
        let number = &report.number;
        return Err(AppError::Internal(anyhow::anyhow!(
            "the report {number} was altered"
        )));
    }
    let (by, now, noted) = (actor.person, app.clock.now_ms(), report.clone());
    app.store
        .write(async move |txn| {
            let by = AuditActor::Person(by);
            let entry = AuditEntry::new(&noted.number.county, by, Act::Exported, &noted.division);
            let detail = json!({
                "format": noted.format, "from": noted.from, "to": noted.to, "rows": noted.rows,
                "number": noted.number.to_string(), "again": true,
            });
            Ok::<_, AppError>(audit::note(txn, now, entry.with(detail)).await?)
        })
        .await?;
    Ok(KeptFile { report, bytes })
}
