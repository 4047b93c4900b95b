//! A batch as far as it can be judged without the database: read, hashed and validated, before any lock.
//!
//! It must not know the store or the clock.

use crate::AppError;
use crate::clock::local_date;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tepai_domain::actor::{DeviceActor, Role};
use tepai_domain::audit::Act;
use tepai_store::results::StoredResult;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::edit_time::ClockReading;
use tepai_sync_protocol::ids::{DeviceId, GenerationId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::sync::{MutationResult, Outcome, Replica, SyncRequest, Waiting};
use tepai_sync_protocol::{validate, version};
use uuid::Uuid;

/// One mutation, as far as it could be judged by itself: readable and valid, or the problem that it has.
#[derive(Clone, Debug)]
pub(super) struct BatchItem {
    pub(super) mid: Option<MutationId>,
    pub(super) content_hash: String,
    pub(super) payload: Value,
    pub(super) judged: Result<(Kind, Mutation), MutationProblem>,
}

/// In which epoch of the database the user saw the revisions that the batch names as `base`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseEpoch {
    /// In the current epoch.
    Current,
    /// In an epoch before a restore from a backup. The same revision number may stand for other content.
    Other,
}

/// A batch, judged as far as that goes without the database.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) actor: DeviceActor,
    pub(super) replica: Replica,
    pub(super) waiting: Option<Waiting>,
    pub(super) clock: ClockReading,
    pub(super) received_at: i64,
    pub(super) zone: TimeZone,
    pub(super) items: Vec<BatchItem>,
    /// Set when the office applies mutations and no phone is connected.
    pub(super) released: Option<Released>,
}

/// Mutations that the office applies: its own edits, dead letters, or what waited in escrow.
#[derive(Clone, Debug, Default)]
pub struct Released {
    /// The dead letters that hold them.
    pub letters: Vec<Uuid>,
    /// Who decided that they apply; none if they are judged as their device's own.
    pub decision: Option<OfficeDecision>,
    /// What the phone sent, if the office has changed it: sent once more, it is answered as what was made of it.
    pub sent: Option<Value>,
}

/// Somebody at the office decides: with the authority of that role, and within its reach.
#[derive(Clone, Debug)]
pub struct OfficeDecision {
    /// Who.
    pub person: PersonId,
    /// As what.
    pub role: Role,
    /// The widest division that the person sees.
    pub reach: DivisionCode,
    /// What was done, for the audit trail.
    pub act: Act,
    /// To what: the note or the letter.
    pub object: Uuid,
}

impl Batch {
    /// Reads and validates each mutation by itself.
    pub fn new(
        actor: DeviceActor,
        request: SyncRequest,
        bases: BaseEpoch,
        received_at: i64,
        zone: TimeZone,
    ) -> Self {
        let SyncRequest {
            replica,
            waiting,
            clock,
            mutations,
            ..
        } = request;
        let today = local_date(received_at, &zone);
        let items = mutations
            .into_iter()
            .map(|payload| BatchItem::new(payload, bases, today))
            .collect();
        Self {
            actor,
            replica,
            waiting,
            clock,
            received_at,
            zone,
            items,
            released: None,
        }
    }

    /// The same, released from the escrow in which `letters` kept it.
    #[must_use]
    pub fn released(mut self, released: Released) -> Self {
        if let Some(sent) = &released.sent {
            let hash = content_hash(sent);
            for item in &mut self.items {
                item.content_hash.clone_from(&hash);
            }
        }
        self.released = Some(released);
        self
    }

    /// The mutation as the office changed it, if it did.
    pub(super) fn edited(&self) -> Option<&Value> {
        self.released.as_ref()?.sent.as_ref()?;
        self.items.first().map(|item| &item.payload)
    }

    /// An edit that the office wrote is applied whole or not at all. A dead letter that it applies as it came may be refused again.
    pub(super) fn refuse_as_a_whole(&self, results: &[MutationResult]) -> Result<(), AppError> {
        let is_own = |released: &Released| {
            released.decision.is_some() && (released.letters.is_empty() || released.sent.is_some())
        };
        if !self.released.as_ref().is_some_and(is_own) {
            return Ok(());
        }
        let refused = results
            .iter()
            .filter(|result| !matches!(result.outcome, Outcome::Applied | Outcome::Merged));
        let mut problems = refused.filter_map(|result| result.problem.clone());
        // Of a group, the one that was refused by itself says why.
        let own = |problem: &MutationProblem| problem.code != ErrorCode::GroupRefused;
        match problems.find(own) {
            Some(problem) => Err(AppError::with_errors(problem.code, problem.errors)),
            None => Ok(()),
        }
    }

    pub(super) fn decision(&self) -> Option<&OfficeDecision> {
        self.released.as_ref()?.decision.as_ref()
    }

    /// The device that pushes.
    pub fn device(&self) -> DeviceId {
        self.actor.device
    }

    /// The generation of the phone's database.
    pub fn generation(&self) -> GenerationId {
        self.replica.generation
    }

    /// When the request arrived: milliseconds since 1970 UTC.
    pub fn received_at(&self) -> i64 {
        self.received_at
    }

    pub(super) fn last_n(&self) -> Option<i64> {
        self.valid().map(|(_, mutation)| mutation.n).max()
    }

    /// Whether it holds mutations that the server does not know under numbers that were used before: a copy of the
    /// phone made others, and what this one says of its own branch would be wrong.
    pub(super) fn reuses_numbers(
        &self,
        stored: &BTreeMap<MutationId, StoredResult>,
        last_n: Option<i64>,
    ) -> bool {
        let mut fresh = self
            .valid()
            .filter(|(_, mutation)| !stored.contains_key(&mutation.mid));
        fresh.any(|(_, mutation)| last_n.is_some_and(|last| mutation.n <= last))
    }

    pub(super) fn valid(&self) -> impl Iterator<Item = &(Kind, Mutation)> {
        self.items
            .iter()
            .filter_map(|item| item.judged.as_ref().ok())
    }
}

impl BatchItem {
    fn new(payload: Value, bases: BaseEpoch, today: Date) -> Self {
        let (mid, judged) = match Mutation::read(&payload) {
            Ok(mutation) => (
                Some(mutation.mid),
                validate::validate(&mutation, today)
                    .map(|kind| (kind, with_base_epoch(mutation, bases))),
            ),
            Err(unreadable) => (unreadable.mid, Err(unreadable.problem)),
        };
        Self {
            mid,
            content_hash: content_hash(&payload),
            payload,
            judged,
        }
    }
}

/// A base of another epoch proves nothing, so it counts as a base before every change.
fn with_base_epoch(mut mutation: Mutation, bases: BaseEpoch) -> Mutation {
    if bases == BaseEpoch::Other {
        mutation.base = mutation.base.map(|_| 0);
    }
    mutation
}

/// SHA-256 of the canonical JSON: compact, members sorted by name.
fn content_hash(payload: &Value) -> String {
    let bytes = serde_json::to_vec(payload).unwrap_or_default();
    hex(&Sha256::digest(bytes))
}

pub(super) fn parent_of(kind: Kind, mutation: &Mutation) -> Option<RecordId> {
    let (field, _) = kind.parent()?;
    mutation.set.get(field)?.as_str()?.parse().ok()
}

pub(super) fn village_set(mutation: &Mutation) -> Option<DivisionCode> {
    mutation.set.get("village_code")?.as_str()?.parse().ok()
}

/// What the phone would have sent, but for its clocks: when each edit was made is as uncertain as it can be.
pub fn request_of<'a>(
    generation: Option<GenerationId>,
    payloads: impl Iterator<Item = &'a str>,
) -> SyncRequest {
    let read = |payload| serde_json::from_str(payload).ok();
    SyncRequest {
        protocol: version::PROTOCOL,
        schema: version::SCHEMA,
        replica: Replica {
            generation: generation.unwrap_or(GenerationId(Uuid::nil())),
            ticket: None,
            app_version: None,
        },
        clock: ClockReading {
            wall: 0,
            boot: None,
            mono_ms: None,
        },
        epoch: None,
        mutations: payloads.filter_map(read).collect(),
        waiting: None,
        pull: None,
    }
}
