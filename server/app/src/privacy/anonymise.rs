//! A beneficiary becomes anonymous: name, number and what was written of the person go for good, and every count stays.
//!
//! They go from the record and its sites and reports, from what visits and others of the village say, from conflict notes, results,
//! refused mutations, reviews, closed months and score sheets. What a phone sends a second time is known again by its marks
//! (`sync/redact`). Photos of visits that served nobody else go too where that is asked for.

use crate::privacy::person_traces::{AnonymiseJob, digest, is_anonymous, named, traces};
use crate::privacy::stored_copies::{
    clean_assessment, clean_closings, clean_letters, clean_results, clean_reviews, forget_copies,
    remove_photos,
};
use crate::records::ledger::{self, Attempt, Ledger, SERVER, scopes};
use crate::{App, AppError, admin, audit, photos};
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeSet;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::personal::Mark;
use tepai_domain::secret::Secret;
use tepai_domain::settings::Setting;
use tepai_store::photo_files::PhotoFile;
use tepai_store::records;
use tepai_store::{Txn, WriteTxn, feeds, personal, settings};
use tepai_sync_protocol::codes;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::scope::Scope;

/// The reason of the job.
const RETENTION: &str = "retention";
/// Beneficiaries that one turn of the job makes anonymous.
const AT_ONCE: usize = 50;

/// What somebody at the office asks for.
#[derive(Clone, Debug)]
pub struct AnonymiseRequest {
    /// The beneficiary.
    pub id: RecordId,
    /// The revision that the officer saw.
    pub rev: i64,
    /// Why: a code.
    pub reason: String,
    /// Whether photos of visits that served nobody else go as well.
    pub remove_photos: bool,
}

/// What was done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Anonymised {
    /// The beneficiary's new revision.
    pub rev: i64,
    /// Records that said something of the person, with the beneficiary.
    pub records: usize,
    /// Other texts: results, refused mutations, reviews, closed months, score sheets, and files that went out.
    pub texts: usize,
    /// Photos that are removed.
    pub photos: usize,
}

/// Makes a beneficiary anonymous.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn anonymise(
    app: &App,
    actor: &OfficeActor,
    request: AnonymiseRequest,
) -> Result<Anonymised, AppError> {
    if request.reason == RETENTION || !codes::ANONYMISE_REASON.has(&request.reason) {
        let code = ErrorCode::UnknownCode;
        let errors = vec![FieldProblem {
            pointer: "/reason".to_owned(),
            code,
            message: code.title().into(),
        }];
        return Err(AppError::with_errors(ErrorCode::InvalidInput, errors));
    }
    let job = AnonymiseJob {
        id: request.id,
        rev: Some(request.rev),
        reason: request.reason,
        remove_photos: request.remove_photos,
        county: actor.county.clone(),
        by: AuditActor::Person(actor.person),
        person: actor.person,
        now: app.clock.now_ms(),
    };
    run(app, job).await
}

/// Makes some beneficiaries anonymous whom nobody has served for as long as their county keeps names. Returns how many.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn anonymise_due(app: &App) -> Result<usize, AppError> {
    let name = Setting::BeneficiaryRetentionYears.as_str();
    let counties = app
        .store
        .read(async move |txn| Ok::<_, AppError>(settings::list_counties_with(txn, name).await?))
        .await?;
    let mut count = 0;
    for county in counties {
        let today = app.clock.today(&app.zone);
        let of = county.clone();
        let due = app
            .store
            .read(async move |txn| list_due(txn, &of, today).await)
            .await?;
        for id in due.into_iter().take(AT_ONCE) {
            let job = AnonymiseJob {
                id,
                rev: None,
                reason: RETENTION.to_owned(),
                remove_photos: false,
                county: county.clone(),
                by: AuditActor::Server,
                person: SERVER.0,
                now: app.clock.now_ms(),
            };
            run(app, job).await?;
            count += 1;
        }
    }
    Ok(count)
}

/// Beneficiaries, also deleted ones, of whom neither a visit nor a report nor a follow-up is late enough.
async fn list_due(
    txn: &impl Txn,
    county: &DivisionCode,
    today: Date,
) -> Result<Vec<RecordId>, AppError> {
    let settings = admin::settings::read(txn, county, today).await?;
    let Some(from) = settings.names_kept_from(today) else {
        return Ok(Vec::new());
    };
    let begins = from.to_zoned(settings.time_zone.clone());
    let begins = begins.map_err(|error| AppError::Internal(error.into()))?;
    let before = begins.timestamp().as_millisecond();
    let mut all = records::list_beneficiaries_before(txn, county, before).await?;
    all.retain(|record| !is_anonymous(record));
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let mut served = BTreeSet::new();
    for kind in [Kind::Visit, Kind::AdoptionReport, Kind::FollowUp] {
        for record in records::list_dated(txn, county, kind, from, Date::MAX).await? {
            served.extend(named(&record));
        }
    }
    let due = all.into_iter().map(|record| record.id);
    Ok(due.filter(|id| !served.contains(id)).collect())
}

async fn run(app: &App, job: AnonymiseJob) -> Result<Anonymised, AppError> {
    let key = app.policy.secret.clone();
    let (done, removed) = ledger::commit(app, BTreeSet::new(), async move |txn, scopes| {
        write(txn, &job, scopes, &key).await
    })
    .await?;
    for file in removed {
        photos::status::repeat_status(app, file).await?;
    }
    Ok(done)
}

async fn write(
    txn: &WriteTxn,
    job: &AnonymiseJob,
    mut expected: BTreeSet<Scope>,
    key: &Secret,
) -> Attempt<(Anonymised, Vec<PhotoFile>)> {
    let (_, candidates) = traces(txn, job).await?;
    expected.extend(candidates.iter().flat_map(scopes));
    let locked = feeds::lock(txn, &expected).await?;
    // Read again under the locks: a push may have come in between.
    let (traces, candidates) = traces(txn, job).await?;
    let ids: Vec<RecordId> = candidates.iter().map(|record| record.id).collect();
    let mut ledger = Ledger::new(job.county.clone(), job.now);
    ledger.load(txn, &ids).await?;
    let mut done = Anonymised::default();
    let mut marked = vec![job.id];
    for id in ids {
        let cleaned = ledger
            .get(id)
            .and_then(|record| traces.cleaned(record, job));
        if let Some(cleaned) = cleaned {
            if id == job.id {
                done.rev = cleaned.state.rev;
            }
            done.records += 1;
            marked.push(id);
            ledger.put(cleaned);
        }
    }
    ledger.check_locks(&locked)?;
    ledger.flush(txn, locked).await?;
    let mut digests = Vec::new();
    let texts: Vec<String> = traces.known.texts().collect();
    done.texts += clean_results(txn, job, &traces, &texts, &marked).await?;
    done.texts += clean_letters(txn, job, &traces, &texts, &mut marked).await?;
    done.texts += forget_copies(txn, job, &traces, &texts).await?;
    done.texts += clean_reviews(txn, job, &traces, &texts).await?;
    done.texts += clean_closings(txn, job, &traces, &texts, &mut digests).await?;
    done.texts += clean_assessment(txn, job, &traces, &texts, &mut digests).await?;
    let marks = texts
        .iter()
        .map(|text| {
            Ok(Mark {
                chars: text.chars().count(),
                digest: digest(key, text)?,
            })
        })
        .collect::<Result<Vec<Mark>, AppError>>()?;
    marked.sort_unstable();
    marked.dedup();
    personal::add_marks(txn, &job.county, &marked, &marks).await?;
    let removed = if job.remove_photos {
        remove_photos(txn, job, &traces).await?
    } else {
        Vec::new()
    };
    done.photos = removed.len();
    let detail = json!({
        "reason": job.reason, "records": done.records, "texts": done.texts, "photos": done.photos,
        "digests": digests,
    });
    let entry = AuditEntry::new(&job.county, job.by, Act::Anonymised, job.id);
    audit::note(txn, job.now, entry.with(detail)).await?;
    Ok((done, removed))
}
