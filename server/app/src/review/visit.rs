//! A reviewer judges a visit: the state changes, the decision is appended, the phone hears of it with its next sync.

use crate::records::ledger::{self, Attempt, Ledger};
use crate::{App, AppError, admin, audit};
use jiff::civil::Date;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeSet;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::review::{Decision, decide, step_of};
use tepai_store::records::{self, StoredRecord};
use tepai_store::reviews::{self, StoredReview};
use tepai_store::{WriteTxn, feeds};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::codes;
use tepai_sync_protocol::ids::{DeviceId, GenerationId, RecordId};
use tepai_sync_protocol::merge::Stamp;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::validate::is_odd;
use uuid::Uuid;

/// A decision, with what the commissioner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The visit.
    pub visit: RecordId,
    /// The revision that the reviewer saw.
    pub rev: i64,
    /// The decision.
    pub decision: Decision,
    /// Reason code; mandatory for a return.
    pub reason: Option<String>,
    /// The field to mend.
    pub field: Option<String>,
    /// A sentence.
    pub comment: Option<String>,
    /// Until when to mend it.
    pub due_on: Option<Date>,
}

/// What the visit has become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reviewed {
    /// Its revision.
    pub rev: i64,
    /// Its review state.
    pub state: &'static str,
}

/// Judges a visit.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn review(
    app: &App,
    actor: &OfficeActor,
    verdict: Verdict,
) -> Result<Reviewed, AppError> {
    check(&verdict)?;
    let (actor, moment) = (actor.clone(), (app.clock.now_ms(), app.clock.new_id()));
    let today = app.clock.today(&app.zone);
    ledger::commit(app, BTreeSet::new(), async move |txn, scopes| {
        let (now, id) = moment;
        write(txn, &actor, &verdict, scopes, Moment { now, today, id }).await
    })
    .await
}

fn check(verdict: &Verdict) -> Result<(), AppError> {
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, code: ErrorCode| {
        errors.push(FieldProblem {
            pointer: pointer.to_owned(),
            code,
            message: code.title().into(),
        });
    };
    match &verdict.reason {
        Some(reason) if !codes::RETURN_REASON.has(reason) => {
            wrong("/reason", ErrorCode::UnknownCode);
        }
        None if verdict.decision == Decision::Return => wrong("/reason", ErrorCode::Required),
        _ => {}
    }
    let unspoken = verdict
        .comment
        .as_ref()
        .is_none_or(|comment| comment.trim().is_empty());
    if unspoken && verdict.decision == Decision::Reopen {
        wrong("/comment", ErrorCode::Required);
    }
    if verdict
        .comment
        .as_ref()
        .is_some_and(|comment| comment.chars().count() > 1000)
    {
        wrong("/comment", ErrorCode::TooLong);
    }
    if verdict
        .comment
        .as_deref()
        .is_some_and(|comment| comment.contains(is_odd))
    {
        wrong("/comment", ErrorCode::ControlCharacter);
    }
    if verdict
        .field
        .as_ref()
        .is_some_and(|field| Kind::Visit.field(field).is_none())
    {
        wrong("/field", ErrorCode::UnknownCode);
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
    }
}

/// When a review is given, and the id of its row.
#[derive(Clone, Copy)]
struct Moment {
    now: i64,
    today: Date,
    id: Uuid,
}

async fn write(
    txn: &WriteTxn,
    actor: &OfficeActor,
    verdict: &Verdict,
    mut scopes: BTreeSet<Scope>,
    Moment { now, today, id }: Moment,
) -> Attempt<Reviewed> {
    let places = records::find_places(txn, &[verdict.visit]).await?;
    let place = places
        .into_iter()
        .next()
        .filter(|place| place.kind == Kind::Visit && !place.deleted);
    let place = place.ok_or_else(AppError::not_found)?;
    let village = place
        .village
        .filter(|village| actor.sees(village))
        .ok_or_else(AppError::not_found)?;
    scopes.extend([Scope::Village(village), Scope::Person(place.author)]);
    let locked = feeds::lock(txn, &scopes).await?;

    let mut ledger = Ledger::new(actor.county.clone(), now);
    ledger.load(txn, &[verdict.visit]).await?;
    let visit = ledger
        .get(verdict.visit)
        .cloned()
        .ok_or_else(AppError::not_found)?;
    if visit.author() == actor.person {
        return Err(AppError::with_detail(
            ErrorCode::NotAllowed,
            "填报人不能审核自己的记录 / who enters cannot review",
        )
        .into());
    }
    if visit.state.rev != verdict.rev {
        return Err(AppError::refused(ErrorCode::Stale).into());
    }
    let settings = admin::settings::read(txn, &actor.county, today).await?;
    let before = visit.state.text("review_state").unwrap_or("submitted");
    let after = decide(settings.review_steps, actor.role, before, verdict.decision)
        .map_err(AppError::refused)?;
    let seen = visit.state.fields.clone();
    let judged = judged(visit, actor, verdict, after, now);
    let rev = judged.state.rev;
    ledger.put(judged);
    ledger.settle_what_counts_with_visits(txn).await?;
    ledger.check_locks(&locked)?;
    ledger.flush(txn, locked).await?;
    reviews::append(txn, &stored(id, actor, verdict, seen, now)).await?;
    let detail = json!({
        "rev": verdict.rev, "decision": verdict.decision, "state": after, "reason": verdict.reason,
        "field": verdict.field,
    });
    let by = AuditActor::Person(actor.person);
    let reviewed = AuditEntry::new(&actor.county, by, Act::VisitReviewed, verdict.visit);
    audit::note(txn, now, reviewed.with(detail)).await?;
    Ok(Reviewed { rev, state: after })
}

/// The visit as the review leaves it.
fn judged(
    mut visit: StoredRecord,
    actor: &OfficeActor,
    verdict: &Verdict,
    after: &'static str,
    now: i64,
) -> StoredRecord {
    let told = [
        ("review_state", Some(Value::from(after))),
        ("review_reason", verdict.reason.clone().map(Value::from)),
        ("review_field", verdict.field.clone().map(Value::from)),
        ("review_comment", verdict.comment.clone().map(Value::from)),
        (
            "review_due_on",
            verdict.due_on.map(|date| Value::from(date.to_string())),
        ),
    ];
    visit.state.rev += 1;
    visit.updated_at = now;
    for (name, value) in told {
        match value {
            Some(value) => visit.state.fields.insert(name.to_owned(), value),
            None => visit.state.fields.remove(name),
        };
    }
    let stamp = Stamp {
        rev: visit.state.rev,
        device: DeviceId(actor.person.0),
        generation: GenerationId(Uuid::nil()),
        n: now,
        person: actor.person,
        authority: actor.role.authority(),
        at: now,
    };
    visit.state.stamps.insert("review_state".to_owned(), stamp);
    visit
}

fn stored(
    id: Uuid,
    actor: &OfficeActor,
    verdict: &Verdict,
    seen: Fields,
    now: i64,
) -> StoredReview {
    StoredReview {
        id,
        county: actor.county.clone(),
        record: verdict.visit,
        rev: verdict.rev,
        step: step_of(actor.role).to_owned(),
        decision: verdict.decision.as_str().to_owned(),
        reason: verdict.reason.clone(),
        field: verdict.field.clone(),
        comment: verdict.comment.clone(),
        due_on: verdict.due_on.map(|date| date.to_string()),
        reviewer: actor.person,
        reviewed_at: now,
        judged: Some(seen),
    }
}
