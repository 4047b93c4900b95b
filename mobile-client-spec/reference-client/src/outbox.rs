//! The outbox: the user's mutations in order, until the server has a durable result for each.
//!
//! And the journal of those that it has. It knows no replica and no network, and never alters a mutation.

use crate::overlay;
use crate::replica::StoredRecord;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::ids::{MutationId, RecordId};
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::sync::{MutationResult, Outcome};
use uuid::Uuid;

/// How long an acknowledged mutation stays in the journal, by the server's clock: 35 days. A server that was
/// restored from a backup no older than this gets everything again.
pub const JOURNAL_MS: i64 = 35 * 24 * 3600 * 1000;

/// Where a mutation stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Not sent yet, or the server asked for it again.
    Waiting,
    /// Sent; no answer yet. It is sent again, unaltered, until there is one.
    Sent,
    /// Refused for good. It stays until the user mends or discards it.
    NeedsAttention(MutationProblem),
}

/// One mutation without a durable good result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// The mutation, as it is sent, byte for byte.
    pub mutation: Mutation,
    /// The life of the server's database in which its base was seen; `None` if the phone had not met the server yet.
    #[serde(default)]
    pub epoch: Option<Uuid>,
    /// Where it stands.
    pub standing: Standing,
    /// Whether it was acknowledged before and goes up again because the server was restored.
    #[serde(default)]
    pub again: bool,
    /// Whether the server asked for it again: it lets all others go first, and what builds on it goes with it.
    #[serde(default)]
    pub deferred: bool,
}

/// One mutation that the server has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// The mutation.
    pub mutation: Mutation,
    /// The life of the server's database in which its base was seen.
    #[serde(default)]
    pub epoch: Option<Uuid>,
    /// When, by the server's clock: milliseconds since 1970 UTC.
    pub at: i64,
    /// The revision that holds it; `None` if the record does not hold it (it waits for the office).
    pub rev: Option<i64>,
    /// Fields that came out otherwise than the user wrote them, until a pull tells the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) corrections: Vec<(String, Option<Value>)>,
    /// Whether a pull was complete since.
    settled: bool,
    again: bool,
}

impl Acknowledged {
    /// Whether the replica does not hold its effect yet, so that it must be laid over `base`.
    pub(crate) fn is_unseen(&self, base: Option<&StoredRecord>) -> bool {
        match (base, self.rev) {
            (Some(base), Some(rev)) => rev > base.rev && !self.again,
            (None, Some(_)) => !self.settled,
            (_, None) => false,
        }
    }
}

/// The phone's own mutations of one record, oldest first.
#[derive(Debug, Default)]
pub struct Edits<'a> {
    /// Those that the server has.
    pub acknowledged: Vec<&'a Acknowledged>,
    /// Those that wait.
    pub pending: Vec<&'a Pending>,
}

/// What one response settled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) applied: usize,
    pub(crate) merged: usize,
    pub(crate) held: usize,
    pub(crate) rejected: usize,
    pub(crate) retry: usize,
    pub(crate) conflicts: usize,
}

/// What goes into one request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) mids: Vec<MutationId>,
    pub(crate) values: Vec<Value>,
    pub(crate) bytes: usize,
    /// The life of the server's database in which all bases in it were seen.
    pub(crate) epoch: Option<Uuid>,
    /// Whether there is a base at all.
    pub(crate) has_base: bool,
    /// Single mutations and groups.
    pub(crate) units: usize,
}

/// The outbox and the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outbox {
    pub(crate) n: i64,
    pub(crate) pending: Vec<Pending>,
    pub(crate) journal: Vec<Acknowledged>,
}

impl Outbox {
    /// The counter for the next mutation; it only rises.
    pub(crate) fn next_n(&mut self) -> i64 {
        self.n = self.n.saturating_add(1);
        self.n
    }

    pub(crate) fn push(&mut self, mutation: Mutation, epoch: Option<Uuid>) {
        let standing = Standing::Waiting;
        self.pending.push(Pending {
            mutation,
            epoch,
            standing,
            again: false,
            deferred: false,
        });
    }

    /// Everything without a durable good result, oldest first.
    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    /// What the server has, oldest first.
    pub fn journal(&self) -> &[Acknowledged] {
        &self.journal
    }

    /// The records with a mutation in the outbox.
    pub(crate) fn record_ids(&self) -> BTreeSet<RecordId> {
        self.pending
            .iter()
            .map(|pending| pending.mutation.id)
            .collect()
    }

    /// The mutations of one record, or of all.
    pub(crate) fn edits(&self, only: Option<RecordId>) -> BTreeMap<RecordId, Edits<'_>> {
        let mut edits: BTreeMap<RecordId, Edits<'_>> = BTreeMap::new();
        let is_wanted = |mutation: &Mutation| only.is_none_or(|id| id == mutation.id);
        for done in self.journal.iter().filter(|done| is_wanted(&done.mutation)) {
            edits
                .entry(done.mutation.id)
                .or_default()
                .acknowledged
                .push(done);
        }
        for pending in self
            .pending
            .iter()
            .filter(|pending| is_wanted(&pending.mutation))
        {
            edits
                .entry(pending.mutation.id)
                .or_default()
                .pending
                .push(pending);
        }
        edits
    }

    /// What can be sent: all but what needs the user, and what builds on a creation that does. One that the server asks
    /// for again and again keeps nothing else waiting.
    fn sendable(&self) -> impl Iterator<Item = &Pending> {
        let waits: BTreeSet<RecordId> = self
            .pending
            .iter()
            .filter(|pending| pending.deferred)
            .map(|pending| pending.mutation.id)
            .collect();
        let (last, first): (Vec<_>, Vec<_>) = self
            .unblocked()
            .partition(|pending| waits.contains(&pending.mutation.id));
        first.into_iter().chain(last)
    }

    fn unblocked(&self) -> impl Iterator<Item = &Pending> {
        let mut blocked = BTreeSet::new();
        self.pending.iter().filter(move |pending| {
            let refused = matches!(pending.standing, Standing::NeedsAttention(_));
            if refused && pending.mutation.op == Operation::Create {
                blocked.insert(pending.mutation.id);
            }
            !refused && !blocked.contains(&pending.mutation.id)
        })
    }

    /// Whether there is anything to send.
    pub fn has_sendable(&self) -> bool {
        self.sendable().next().is_some()
    }

    /// The oldest mutations that fit, as they are sent. A group is never split, and no batch holds bases of two lives of
    /// the server's database.
    pub(crate) fn batch(&self, max_mutations: usize, max_bytes: usize) -> Batch {
        let mut batch = Batch::default();
        let mut sendable = self.sendable().peekable();
        while let Some(first) = sendable.next() {
            let group = first.mutation.group;
            let mut unit = vec![first];
            while let Some(next) =
                sendable.next_if(|next| group.is_some() && next.mutation.group == group)
            {
                unit.push(next);
            }
            let values: Vec<_> = unit
                .iter()
                .filter_map(|one| serde_json::to_value(&one.mutation).ok())
                .collect();
            // And the comma.
            let bytes: usize = values.iter().map(|value| value.to_string().len() + 1).sum();
            let fits = batch.values.len() + values.len() <= max_mutations
                && batch.bytes + bytes <= max_bytes
                && batch.epoch == first.epoch;
            if !fits && batch.units > 0 {
                break;
            }
            batch.epoch = first.epoch;
            batch.has_base |= unit.iter().any(|one| one.mutation.base.is_some());
            batch.mids.extend(unit.iter().map(|one| one.mutation.mid));
            batch.values.extend(values);
            batch.bytes += bytes;
            batch.units += 1;
        }
        batch
    }

    pub(crate) fn mark_sent(&mut self, mids: &[MutationId]) {
        let mids: BTreeSet<_> = mids.iter().collect();
        for pending in self
            .pending
            .iter_mut()
            .filter(|one| mids.contains(&one.mutation.mid))
        {
            pending.standing = Standing::Sent;
        }
    }

    /// Takes the server's results. A mutation leaves the outbox only by a durable result of its own id.
    pub(crate) fn settle(&mut self, results: &[MutationResult], server_time: i64) -> Settled {
        let by_mid: BTreeMap<MutationId, &MutationResult> = results
            .iter()
            .filter_map(|result| Some((result.mid?, result)))
            .collect();
        let mut settled = Settled::default();
        for mut pending in std::mem::take(&mut self.pending) {
            let Some(result) = by_mid.get(&pending.mutation.mid) else {
                self.pending.push(pending);
                continue;
            };
            let count = match result.outcome {
                Outcome::Applied => &mut settled.applied,
                Outcome::Merged => &mut settled.merged,
                Outcome::Held => &mut settled.held,
                Outcome::Rejected => &mut settled.rejected,
                Outcome::Retry => &mut settled.retry,
            };
            *count += 1;
            settled.conflicts += result.conflicts.len();
            match result.outcome {
                Outcome::Applied | Outcome::Merged | Outcome::Held => {
                    self.journal.push(acknowledge(pending, result, server_time));
                }
                Outcome::Rejected => {
                    let problem = result.problem.clone();
                    let problem =
                        problem.unwrap_or_else(|| MutationProblem::of(ErrorCode::Internal));
                    pending.standing = Standing::NeedsAttention(problem);
                    self.pending.push(pending);
                }
                Outcome::Retry => {
                    pending.standing = Standing::Waiting;
                    pending.deferred = true;
                    self.pending.push(pending);
                }
            }
        }
        settled
    }

    /// A pull was complete: what the replica does not hold now, it need not be shown to hold.
    pub(crate) fn note_complete_pull(&mut self) {
        for done in &mut self.journal {
            done.settled = true;
        }
    }

    pub(crate) fn prune_journal(&mut self, server_time: i64) {
        self.journal
            .retain(|done| server_time.saturating_sub(done.at) < JOURNAL_MS);
    }

    /// These records are of people who became anonymous: what was said of them is forgotten (R20.9).
    pub(crate) fn forget(&mut self, anonymous: &BTreeSet<RecordId>) {
        self.journal
            .retain(|done| !anonymous.contains(&done.mutation.id));
    }

    /// The server was restored from a backup: everything in the journal goes up again, unaltered.
    pub(crate) fn push_journal_again(&mut self) {
        let again = std::mem::take(&mut self.journal)
            .into_iter()
            .map(|done| Pending {
                mutation: done.mutation,
                epoch: done.epoch,
                standing: Standing::Waiting,
                again: true,
                deferred: false,
            });
        self.pending.extend(again);
        self.pending.sort_by_key(|pending| pending.mutation.n);
    }

    /// These can never be sent as they are.
    pub(crate) fn refuse(&mut self, mids: &[MutationId], problem: &MutationProblem) {
        for pending in self
            .pending
            .iter_mut()
            .filter(|one| mids.contains(&one.mutation.mid))
        {
            pending.standing = Standing::NeedsAttention(problem.clone());
        }
    }

    /// Takes a refused mutation out, to be made anew. Of a creation, what was edited since is folded into it, and what
    /// else builds on it comes out as well, to be made anew after it.
    pub(crate) fn take_to_mend(&mut self, mid: MutationId) -> Option<(Mutation, Vec<Mutation>)> {
        let at = self.refused_at(mid)?;
        let mut mutation = self.pending.remove(at).mutation;
        let mut followers = Vec::new();
        if mutation.op == Operation::Create {
            let (set, add) = (
                std::mem::take(&mut mutation.set),
                std::mem::take(&mut mutation.add),
            );
            let mut fields = set;
            overlay::write(
                &mut fields,
                &Mutation {
                    add,
                    ..mutation.clone()
                },
            );
            self.pending.retain(|later| {
                let is_edit = later.mutation.id == mutation.id
                    && later.mutation.op == Operation::Patch
                    && later.mutation.n > mutation.n;
                if is_edit {
                    overlay::write(&mut fields, &later.mutation);
                }
                !is_edit
            });
            mutation.set = fields;
            let follows = |later: &mut Pending| later.mutation.id == mutation.id;
            let rest = self.pending.extract_if(.., follows);
            followers.extend(rest.map(|later| later.mutation));
        }
        Some((mutation, followers))
    }

    /// Gives a refused mutation up; with a creation, all that builds on it. Returns what was given up.
    pub(crate) fn discard(&mut self, mid: MutationId) -> Vec<Mutation> {
        let Some(at) = self.refused_at(mid) else {
            return Vec::new();
        };
        let first = self.pending.remove(at).mutation;
        let takes_all = first.op == Operation::Create;
        let falls = |pending: &mut Pending| takes_all && pending.mutation.id == first.id;
        let rest: Vec<_> = self
            .pending
            .extract_if(.., falls)
            .map(|pending| pending.mutation)
            .collect();
        std::iter::once(first).chain(rest).collect()
    }

    fn refused_at(&self, mid: MutationId) -> Option<usize> {
        self.pending.iter().position(|pending| {
            pending.mutation.mid == mid && matches!(pending.standing, Standing::NeedsAttention(_))
        })
    }
}

fn acknowledge(pending: Pending, result: &MutationResult, at: i64) -> Acknowledged {
    let code = result.problem.as_ref().map(|problem| problem.code);
    let holds_it = result.outcome != Outcome::Held || code == Some(ErrorCode::AwaitingParent);
    let lost = result
        .conflicts
        .iter()
        .filter(|conflict| !conflict.yours_kept && !conflict.field.is_empty());
    Acknowledged {
        mutation: pending.mutation,
        epoch: pending.epoch,
        at,
        rev: result.rev.filter(|_| holds_it),
        corrections: lost
            .map(|lost| (lost.field.clone(), lost.kept.clone()))
            .collect(),
        settled: false,
        again: pending.again,
    }
}
