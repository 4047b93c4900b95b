//! Approves many visits at once: those that nothing speaks against. What is flagged, has changed or is not there is left, and
//! the reviewer is told why.

use crate::review;
use crate::review::visit::{Reviewed, Verdict};
use crate::visits::flags;
use crate::{App, AppError};
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::evidence::Flag;
use tepai_domain::review::Decision;
use tepai_store::records;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::Kind;

/// Visits that can be approved at once.
pub const MOST_VISITS: usize = 200;

/// A visit as the reviewer saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenRevision {
    /// The visit.
    pub visit: RecordId,
    /// Its revision.
    pub rev: i64,
}

/// A visit that was not approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The visit.
    pub visit: RecordId,
    /// Why.
    pub code: ErrorCode,
    /// What is worth a second look.
    pub flags: Vec<Flag>,
}

/// What became of the visits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approved {
    /// Those that were approved.
    pub approved: Vec<(RecordId, Reviewed)>,
    /// The others.
    pub left: Vec<Left>,
}

/// Approves the visits that have no flags, each in a transaction of its own and by the rules of a single review.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn approve(
    app: &App,
    actor: &OfficeActor,
    seen: Vec<SeenRevision>,
) -> Result<Approved, AppError> {
    let mut flags = flags_of(app, actor, &seen).await?;
    let (mut outcome, mut met) = (Approved::default(), BTreeSet::new());
    for SeenRevision { visit, rev } in seen {
        if !met.insert(visit) {
            continue;
        }
        let flags = flags.remove(&visit).unwrap_or_default();
        if !flags.is_empty() {
            outcome.leave(visit, ErrorCode::VisitFlagged, flags);
            continue;
        }
        match review::visit::review(app, actor, approval(visit, rev)).await {
            Ok(reviewed) => outcome.approved.push((visit, reviewed)),
            Err(AppError::Refused { code, .. }) => outcome.leave(visit, code, Vec::new()),
            Err(AppError::Busy) => outcome.leave(visit, ErrorCode::Busy, Vec::new()),
            Err(error) => return Err(error),
        }
    }
    Ok(outcome)
}

impl Approved {
    fn leave(&mut self, visit: RecordId, code: ErrorCode, flags: Vec<Flag>) {
        self.left.push(Left { visit, code, flags });
    }
}

fn approval(visit: RecordId, rev: i64) -> Verdict {
    Verdict {
        visit,
        rev,
        decision: Decision::Approve,
        reason: None,
        field: None,
        comment: None,
        due_on: None,
    }
}

/// The flags of those visits that the officer sees.
async fn flags_of(
    app: &App,
    actor: &OfficeActor,
    seen: &[SeenRevision],
) -> Result<BTreeMap<RecordId, Vec<Flag>>, AppError> {
    let ids: Vec<RecordId> = seen.iter().map(|seen| seen.visit).collect();
    let actor = actor.clone();
    let mut visits = app
        .store
        .read(async move |txn| Ok::<_, AppError>(records::find_many(txn, &ids).await?))
        .await?;
    visits.retain(|visit| {
        let in_reach = visit
            .village
            .as_ref()
            .is_some_and(|village| actor.sees(village));
        in_reach && visit.state.kind == Kind::Visit && visit.is_live()
    });
    let ids: Vec<RecordId> = visits.iter().map(|visit| visit.id).collect();
    let flags = flags::of_visits(app, visits).await?;
    Ok(ids.into_iter().zip(flags).collect())
}
