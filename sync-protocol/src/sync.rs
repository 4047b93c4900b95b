//! The messages of a sync: `GET /v1/sync/hello` and `POST /v1/sync`.

use crate::Fields;
use crate::edit_time::ClockReading;
use crate::ids::{DeviceId, GenerationId, MutationId, PersonId, RecordId};
use crate::problem::MutationProblem;
use crate::scope::Scope;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use strum::IntoStaticStr;
use uuid::Uuid;

/// Lowest and highest version that is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionRange {
    /// Lowest.
    pub min: u32,
    /// Highest.
    pub max: u32,
}

/// The limits of [`crate::limits`], as told to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Mutations in one request.
    pub max_mutations: usize,
    /// Bytes of a body after decompression.
    pub max_body_bytes: usize,
    /// Bytes of one mutation.
    pub max_mutation_bytes: usize,
    /// Changes in one page.
    pub max_page: u32,
}

/// A scope that the device may hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScopeGrant {
    /// The scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// First local day of the assignment behind it, for a village.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub since: Option<jiff::civil::Date>,
}

/// Answer of `GET /v1/sync/hello`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelloResponse {
    /// Protocol versions that are spoken.
    pub protocol: VersionRange,
    /// Record schemas that are taken.
    pub schema: VersionRange,
    /// The server's clock: milliseconds since 1970 UTC.
    pub server_time: i64,
    /// The life of the server's database.
    pub epoch: Uuid,
    /// Who the device belongs to.
    pub person_id: PersonId,
    /// The county's time zone, by its IANA name.
    pub time_zone: String,
    /// What the device may hold now.
    pub scopes: Vec<ScopeGrant>,
    /// Limits.
    pub limits: Limits,
    /// Seconds after which to sync again when nothing happens.
    pub poll_after_s: u32,
    /// Optional features that are served.
    pub features: Vec<String>,
    /// Codes of the industries that the person works in, for bulletins; none if the office has not said.
    #[serde(default)]
    pub industries: Vec<String>,
}

/// Body of `POST /v1/sync`. Either part may be left out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncRequest {
    /// Protocol version.
    pub protocol: u32,
    /// Record schema that the phone knows.
    pub schema: u32,
    /// The replica.
    pub replica: Replica,
    /// The phone's clocks when it sends.
    pub clock: ClockReading,
    /// The life of the server's database in which the `base` of every mutation here was seen; the present one if
    /// absent. A base of another life proves nothing and counts as 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Uuid>,
    /// The outbox, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::mutation::Mutation>))]
    pub mutations: Vec<Value>,
    /// What still waits on the phone after this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// What to send down; nothing if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullRequest>,
}

/// Which database on which device is talking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replica {
    /// Minted when the local database was created; kept where backups do not reach.
    pub generation: GenerationId,
    /// The last ticket that the server handed out; absent on the first sync of a generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// Version of the app, for the office's list of devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
}

/// What still waits on the phone: the nothing-lost ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Waiting {
    /// Mutations.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mutations: u32,
    /// Of them, those that need the user's attention.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub needs_attention: u32,
    /// Photos whose bytes have not been sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub photos: u32,
    /// Bytes of those photos.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub photo_bytes: u64,
    /// When the oldest was made, by the phone's clock: milliseconds since 1970 UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_at: Option<i64>,
}

fn is_zero<N: Default + PartialEq>(number: &N) -> bool {
    *number == N::default()
}

/// What to send down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullRequest {
    /// The cursor of the last answer; absent for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Changes in one answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Whether to check every scope: asked for after `total` differed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verify: bool,
}

/// Answer of `POST /v1/sync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SyncResponse {
    /// The server's clock: milliseconds since 1970 UTC.
    pub server_time: i64,
    /// The life of the server's database. If it changed, push the journal again and pull from the start.
    pub epoch: Uuid,
    /// To be sent with the next sync.
    pub ticket: String,
    /// Seconds after which to sync again when nothing happens.
    pub poll_after_s: u32,
    /// One result for each mutation, in the order in which they were sent.
    pub results: Vec<MutationResult>,
    /// What was asked for, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull: Option<PullResponse>,
}

/// What became of a mutation. The first four are durable, exactly one for each mutation; a word that a client does
/// not know reads as `retry`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// Everything in it stands.
    Applied,
    /// Some of it met another person's edit and was decided by rule; see `conflicts`.
    Merged,
    /// Kept, but not counted, or not applied, until something else happens; see `problem`.
    Held,
    /// Not applied; kept in the dead letter, and on the phone as "needs attention".
    Rejected,
    /// Not judged; send it again later.
    #[serde(other)]
    Retry,
}

impl Outcome {
    /// The stable word.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The result of one mutation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MutationResult {
    /// Which; absent only if the mutation carried no readable id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mid: Option<MutationId>,
    /// What became of it.
    pub outcome: Outcome,
    /// The record's revision afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rev: Option<i64>,
    /// Fields that were decided by rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<FieldConflict>,
    /// Why it was held or rejected, or which part of it was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<MutationProblem>,
    /// Whether this is the stored result of an earlier delivery.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
}

impl MutationResult {
    /// Everything in the mutation stands; the record is at `rev` now.
    pub fn applied(mid: MutationId, rev: Option<i64>) -> Self {
        Self::merged(mid, rev, Vec::new())
    }

    /// Everything stands but the fields in `conflicts`. Without conflicts this is [`Outcome::Applied`].
    pub fn merged(mid: MutationId, rev: Option<i64>, conflicts: Vec<FieldConflict>) -> Self {
        let is_whole = conflicts.is_empty();
        Self {
            mid: Some(mid),
            outcome: if is_whole {
                Outcome::Applied
            } else {
                Outcome::Merged
            },
            rev,
            conflicts,
            problem: None,
            replayed: false,
        }
    }

    /// Nothing of the mutation stands.
    pub fn refused(mid: Option<MutationId>, outcome: Outcome, problem: MutationProblem) -> Self {
        Self {
            mid,
            outcome,
            rev: None,
            conflicts: Vec::new(),
            problem: Some(problem),
            replayed: false,
        }
    }

    /// The stored result of an earlier delivery.
    #[must_use]
    pub fn replay(self) -> Self {
        Self {
            replayed: true,
            ..self
        }
    }
}

/// One field that two people changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldConflict {
    /// The conflict note that both people can see and undo.
    pub conflict_id: RecordId,
    /// The field.
    pub field: String,
    /// The rule that decided.
    pub rule: String,
    /// Whether the pushed value stands.
    pub yours_kept: bool,
    /// The value that stands; absent if the field was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Value>,
    /// The value that lost; absent if it would have been taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lost: Option<Value>,
}

/// One page of changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PullResponse {
    /// The changes, scope by scope in rising seq.
    pub changes: Vec<Change>,
    /// To be sent with the next pull, kept in the same local transaction as the changes.
    pub cursor: String,
    /// Whether there is more at once.
    pub more: bool,
    /// Scopes that the device must drop, after it has pushed what it holds in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub evict: Vec<Scope>,
    /// Scopes whose replica must be rebuilt from the changes that follow, keeping pending mutations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub reset: Vec<Scope>,
    /// What a complete replica holds of each scope that this answer changed, or of all with `verify`; only with
    /// `more: false`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub check: Vec<ScopeCheck>,
    /// What a complete replica holds of all granted scopes together; only with `more: false`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Total>,
}

/// What happened to a record in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum ChangeKind {
    /// The record is in the scope, in this state.
    Put,
    /// The record left the scope; it lives on elsewhere.
    Leave,
    /// The record was deleted.
    Delete,
    /// What an older reader makes of a newer word, and leaves alone. It is never sent.
    #[serde(other)]
    Unknown,
}

/// The current state of one record in one scope.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// The scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// Its place in the scope's feed, as text: 64 bits do not fit a JavaScript number.
    pub seq: String,
    /// What happened.
    pub op: ChangeKind,
    /// The kind of the record, as a word: a newer server may have kinds that a phone does not know, and keeps.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::records::Kind))]
    pub kind: String,
    /// The record.
    pub id: RecordId,
    /// Its revision.
    pub rev: i64,
    /// Its fields; only with `put`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<std::collections::BTreeMap<String, Value>>))]
    pub data: Option<Box<RawValue>>,
    /// Fields that the server does not know, as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<std::collections::BTreeMap<String, Value>>))]
    pub ext: Option<Box<RawValue>>,
    /// Why it does not count yet, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
}

impl Change {
    /// The fields, read.
    pub fn fields(&self) -> Fields {
        let raw = self.data.as_ref().map(|data| data.get());
        raw.and_then(|raw| serde_json::from_str(raw).ok())
            .unwrap_or_default()
    }
}

/// What a complete replica of a scope holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScopeCheck {
    /// The scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub scope: Scope,
    /// The seq at which this holds, as text.
    pub seq: String,
    /// How many live records.
    pub count: i64,
    /// `Σ fnv1a32("<id>:<rev>") mod 2^32`, as eight hexadecimal digits.
    pub sum: String,
}

/// What a complete replica holds of all its scopes together: a record in two scopes counts twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Total {
    /// The sum of the counts.
    pub count: i64,
    /// The sum of the sums, mod 2^32, as eight hexadecimal digits.
    pub sum: String,
}

/// Body of `POST /v1/devices/enrol`: a phone turns a one-time code into a device.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolRequest {
    /// The one-time code, as shown or scanned.
    pub code: String,
    /// What the office calls the phone, such as its model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
}

// What is debugged ends in a log, and the code enrols whoever reads it.
impl fmt::Debug for EnrolRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolRequest").finish_non_exhaustive()
    }
}

/// Answer of `POST /v1/devices/enrol`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EnrolResponse {
    /// The device.
    pub device_id: DeviceId,
    /// The person it belongs to.
    pub person_id: PersonId,
    /// The bearer token; shown once, kept by the phone, hashed at the server.
    pub token: String,
}

// As above: the token is the device.
impl fmt::Debug for EnrolResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolResponse")
            .field("device_id", &self.device_id)
            .field("person_id", &self.person_id)
            .finish_non_exhaustive()
    }
}
