//! Targets (目标): how much of a measure a commissioner, a township or the county should reach in a period, and how much of it
//! is reached.

use crate::assessment::figures;
use crate::summaries::cells::save_folded;
use crate::{App, AppError, audit};
use rust_decimal::Decimal;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::score::{Subject, SubjectKind};
use tepai_store::{Txn, assessment, divisions, last_seen};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::summary::measures::Measure;
use tepai_sync_protocol::summary::period::Period;
use uuid::Uuid;

pub use tepai_store::assessment::Target;

/// Targets that can be set at once.
pub const MOST_TARGETS: usize = 500;
/// An amount at the most, in the unit of the measure's code.
pub const MOST_AMOUNT: i64 = 1_000_000_000_000;

/// A target, or no target any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTarget {
    /// Whose, of what, when. The amount counts if `is_set`.
    pub target: Target,
    /// Whether it is set, and not taken away.
    pub is_set: bool,
}

/// A target and how much of it is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The target.
    pub target: Target,
    /// The subject's name.
    pub name: Option<String>,
    /// What records show of the whole period, in the unit that people read; absent if the measure has no value.
    pub actual: Option<Decimal>,
}

impl Reached {
    /// How much of the target is reached, in 0.01 %, rounded down; none if either is missing or the target is zero.
    pub fn basis_points(&self) -> Option<i64> {
        let measure = Measure::find(&self.target.measure)?;
        let target = Decimal::new(self.target.amount, measure.decimals);
        let share = (self.actual? * Decimal::from(10_000)).checked_div(target)?;
        share.floor().try_into().ok()
    }
}

/// Sets targets, all of them or none; `by` is the actor, or whoever acts on behalf of the actor.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set(
    app: &App,
    actor: &OfficeActor,
    by: AuditActor,
    new: Vec<NewTarget>,
) -> Result<(), AppError> {
    check(&new)?;
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    let new: Vec<(NewTarget, Uuid)> = new
        .into_iter()
        .map(|one| (one, app.clock.new_id()))
        .collect();
    app.store
        .write(async move |txn| {
            check_subjects(txn, &actor, &new).await?;
            for (one, id) in &new {
                if one.is_set {
                    assessment::set_target(txn, &actor.county, &one.target, *id).await?;
                } else {
                    assessment::remove_target(txn, &actor.county, &one.target).await?;
                }
            }
            let targets: Vec<_> = new
                .iter()
                .map(|(one, _)| {
                    let Target { subject, measure, from, to, amount, .. } = &one.target;
                    let amount = one.is_set.then_some(amount);
                    json!({"subject": subject.to_string(), "measure": measure, "from": from, "to": to, "amount": amount})
                })
                .collect();
            let set = AuditEntry::new(&actor.county, by, Act::TargetsSet, new.len());
            audit::note(txn, now, set.with(json!({"for": actor.person, "targets": targets}))).await?;
            Ok(())
        })
        .await
}

fn check(new: &[NewTarget]) -> Result<(), AppError> {
    let mut errors = Vec::new();
    let mut wrong = |at: usize, field: &str, code: ErrorCode| {
        errors.push(FieldProblem {
            pointer: format!("/targets/{at}/{field}"),
            code,
            message: code.title().into(),
        });
    };
    for (at, NewTarget { target, is_set }) in new.iter().enumerate() {
        if Measure::find(&target.measure).is_none() {
            wrong(at, "measure", ErrorCode::UnknownCode);
        }
        if *is_set && !(0..=MOST_AMOUNT).contains(&target.amount) {
            wrong(at, "amount", ErrorCode::OutOfRange);
        }
        if Period::new(target.from, target.to).is_err() {
            wrong(at, "period", ErrorCode::OutOfRange);
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
    }
}

/// Everybody and every place must be of the county.
async fn check_subjects(
    txn: &impl Txn,
    actor: &OfficeActor,
    new: &[(NewTarget, Uuid)],
) -> Result<(), AppError> {
    let places = divisions::list(txn, &actor.county).await?;
    let people = last_seen::list(txn, &actor.county).await?;
    let is_known = |subject: &Subject| match subject {
        Subject::Commissioner(person) => people.contains_key(person),
        Subject::Division(code) => places.iter().any(|place| place.code == *code),
    };
    if new.iter().all(|(one, _)| is_known(&one.target.subject)) {
        Ok(())
    } else {
        Err(AppError::not_found())
    }
}

/// The targets of an actor's reach whose periods meet this one, and how much of each is reached.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    period: Period,
) -> Result<Vec<Reached>, AppError> {
    let actor = actor.clone();
    let (reached, folded) = app
        .store
        .read(async move |txn| {
            let range = (period.from(), period.to());
            let targets = assessment::list_targets(txn, &actor.county, range).await?;
            let (mut shown, mut folded) = (BTreeMap::new(), Vec::new());
            for target in &targets {
                let key = (target.kind, target.from, target.to);
                if shown.contains_key(&key) {
                    continue;
                }
                let own = Period::new(target.from, target.to)
                    .map_err(|error| AppError::Internal(error.into()))?;
                let mut all = figures::shown(txn, &actor.county, own, target.kind).await?;
                folded.append(&mut all.folded);
                shown.insert(key, all.subjects);
            }
            let reached = targets.into_iter().filter_map(|target| {
                let subjects = shown.get(&(target.kind, target.from, target.to))?;
                let own = subjects.get(&target.subject);
                let townships = own.map(|own| &own.townships);
                if !may_see(&actor, target.kind, &target.subject, townships) {
                    return None;
                }
                Some(Reached {
                    name: own.and_then(|own| own.name.clone()),
                    actual: own.and_then(|own| own.measures.get(&target.measure).copied()),
                    target,
                })
            });
            Ok::<_, AppError>((reached.collect(), folded))
        })
        .await?;
    save_folded(app, folded).await?;
    Ok(reached)
}

/// Whether somebody at the office sees what a subject came to that works in these townships.
pub(crate) fn may_see(
    actor: &OfficeActor,
    kind: SubjectKind,
    subject: &Subject,
    townships: Option<&BTreeSet<DivisionCode>>,
) -> bool {
    match (&actor.township, kind, subject) {
        (None, ..) => true,
        (Some(own), SubjectKind::Township, Subject::Division(code)) => own == code,
        (Some(own), SubjectKind::Commissioner, _) => {
            townships.is_some_and(|townships| townships.contains(own))
        }
        _ => false,
    }
}
