//! A phone: outbox, replica, cursor and ticket together, its user's verbs, and the two halves of a sync.
//!
//! It does no I/O: a request that it prepared may never arrive, and a response may never come back.

use crate::environment::{IdSource, PhoneClock};
use crate::outbox::{Acknowledged, Batch, Edits, Outbox, Pending, Standing};
use crate::overlay::{self, View};
use crate::replica::Replica;
use crate::transport::{Reaction, Refusal, Token, TransportError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{GenerationId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::limits::{MAX_BODY_BYTES, MAX_MUTATIONS};
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::records::{
    AdoptionReport, Beneficiary, FollowUp, Kind, Photo, Record, Site, Visit,
};
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::sync::{
    EnrolResponse, HelloResponse, PullRequest, PullResponse, Replica as ReplicaName, SyncRequest,
    SyncResponse, Waiting,
};
use tepai_sync_protocol::{Fields, version};
use uuid::Uuid;

/// Bytes kept free in a request for everything but mutations and cursor.
const ENVELOPE_BYTES: usize = 2 * 1024;

/// How much goes into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BatchSize {
    mutations: usize,
    bytes: usize,
}

impl BatchSize {
    fn at_most(self, other: Self) -> Self {
        Self {
            mutations: self.mutations.min(other.mutations),
            bytes: self.bytes.min(other.bytes),
        }
    }
}

/// Everything that a phone keeps. A copy of it, resumed elsewhere, is a cloned phone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhoneState {
    pub(crate) head: Head,
    pub(crate) replica: Replica,
    pub(crate) outbox: Outbox,
    /// Photos whose bytes are still here only, and how many bytes.
    pub(crate) photos: BTreeMap<RecordId, u64>,
}

/// What is kept beside the lists: who this is, and where the sync stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    generation: GenerationId,
    app_version: Option<String>,
    /// Whether the server knows the version: an answer came since it was said.
    #[serde(default)]
    version_told: bool,
    token: Option<Token>,
    person: Option<PersonId>,
    ticket: Option<String>,
    epoch: Option<Uuid>,
    cursor: Option<String>,
    page: Option<u32>,
    /// Whether phone and server turned out not to hold the same, all scopes together.
    #[serde(default)]
    verify: bool,
    ceiling: BatchSize,
    size: BatchSize,
    /// The mutations of the last request, and of how many units they are.
    last: (Vec<MutationId>, usize),
    /// Scopes whose check failed, and the seq at which the replica was rebuilt for it.
    rebuilt: BTreeMap<Scope, String>,
    /// The villages that are assigned to the person, as the server last told.
    #[serde(default)]
    villages: BTreeSet<DivisionCode>,
    /// What the person works in.
    #[serde(default)]
    industries: BTreeSet<String>,
}

/// An edit before it becomes a mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it does.
    pub op: Operation,
    /// The kind of the record, as a word.
    pub kind: String,
    /// The record.
    pub id: RecordId,
    /// Fields to write.
    pub set: Fields,
    /// Fields to take away.
    pub unset: Vec<String>,
    /// Elements to put into sets.
    pub add: BTreeMap<String, Vec<Value>>,
    /// Elements to take out of sets.
    pub remove: BTreeMap<String, Vec<Value>>,
    /// The command.
    pub name: Option<String>,
}

impl Draft {
    /// An edit that says nothing yet.
    pub fn new(op: Operation, kind: &str, id: RecordId) -> Self {
        Self {
            op,
            kind: kind.to_owned(),
            id,
            set: Fields::new(),
            unset: Vec::new(),
            add: BTreeMap::new(),
            remove: BTreeMap::new(),
            name: None,
        }
    }

    fn again(old: Mutation) -> Self {
        Self {
            op: old.op,
            kind: old.kind,
            id: old.id,
            set: old.set,
            unset: old.unset,
            add: old.add,
            remove: old.remove,
            name: old.name,
        }
    }
}

/// What one sync did, or several together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Responses that were taken.
    pub rounds: usize,
    /// Mutations that got a result.
    pub pushed: usize,
    /// Of them, those that stand as they are.
    pub applied: usize,
    /// Those that met another person's edit.
    pub merged: usize,
    /// Those that are kept but do not count yet.
    pub held: usize,
    /// Those that were refused and need the user.
    pub rejected: usize,
    /// Those that the server asked for again.
    pub retry: usize,
    /// Fields that were decided by rule.
    pub conflicts: usize,
    /// Changes that were pulled.
    pub pulled: usize,
    /// Scopes that were lost.
    pub evicted: Vec<Scope>,
    /// Scopes in which phone and server turned out not to hold the same; the replica is then rebuilt once.
    pub mismatched: Vec<Scope>,
    /// Whether the server had been restored from a backup.
    pub restored: bool,
    /// Whether there is more to pull at once.
    pub more: bool,
    /// Seconds after which to sync again when nothing happens.
    pub poll_after_s: u32,
}

impl SyncReport {
    /// Adds what came later.
    pub fn absorb(&mut self, later: Self) {
        self.rounds += later.rounds;
        self.pushed += later.pushed;
        self.applied += later.applied;
        self.merged += later.merged;
        self.held += later.held;
        self.rejected += later.rejected;
        self.retry += later.retry;
        self.conflicts += later.conflicts;
        self.pulled += later.pulled;
        self.evicted.extend(later.evicted);
        self.mismatched.extend(later.mismatched);
        self.restored |= later.restored;
        self.more = later.more;
        self.poll_after_s = later.poll_after_s;
    }
}

/// A phone belongs to one person for the life of its database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this phone holds the records of another person")]
pub struct OtherPerson;

/// A phone.
pub struct Phone {
    state: PhoneState,
    group: Option<MutationId>,
    clock: Box<dyn PhoneClock>,
    ids: Box<dyn IdSource>,
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Phone")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl Phone {
    /// A phone with an empty database.
    pub fn new(
        app_version: &str,
        clock: impl PhoneClock + 'static,
        mut ids: impl IdSource + 'static,
    ) -> Self {
        let ceiling = BatchSize {
            mutations: MAX_MUTATIONS,
            bytes: MAX_BODY_BYTES,
        };
        let head = Head {
            generation: GenerationId(ids.next_id(clock.now().wall)),
            app_version: Some(app_version.to_owned()),
            version_told: false,
            token: None,
            person: None,
            ticket: None,
            epoch: None,
            cursor: None,
            page: None,
            verify: false,
            ceiling,
            size: ceiling,
            last: (Vec::new(), 0),
            rebuilt: BTreeMap::new(),
            villages: BTreeSet::new(),
            industries: BTreeSet::new(),
        };
        let state = PhoneState {
            head,
            replica: Replica::default(),
            outbox: Outbox::default(),
            photos: BTreeMap::new(),
        };
        Self::resume(state, clock, ids)
    }

    /// A phone that starts again with what it had saved, or a clone of one. If the state came back from a backup and
    /// the marker that backups do not reach is gone, call [`Self::start_new_generation`] as well.
    pub fn resume(
        state: PhoneState,
        clock: impl PhoneClock + 'static,
        ids: impl IdSource + 'static,
    ) -> Self {
        Self {
            state,
            group: None,
            clock: Box::new(clock),
            ids: Box::new(ids),
        }
    }

    /// The app was updated; the next sync tells.
    pub fn set_app_version(&mut self, app_version: &str) {
        let head = &mut self.state.head;
        if head.app_version.as_deref() != Some(app_version) {
            head.app_version = Some(app_version.to_owned());
            head.version_told = false;
        }
    }

    /// All that must be saved.
    pub fn state(&self) -> &PhoneState {
        &self.state
    }

    /// The records as the server last told them.
    pub fn replica(&self) -> &Replica {
        &self.state.replica
    }

    /// The mutations that wait, and the journal.
    pub fn outbox(&self) -> &Outbox {
        &self.state.outbox
    }

    /// The bearer token, once enrolled.
    pub fn token(&self) -> Option<&Token> {
        self.state.head.token.as_ref()
    }

    /// Who the phone belongs to, once enrolled.
    pub fn person(&self) -> Option<PersonId> {
        self.state.head.person
    }

    /// The life of this database.
    pub fn generation(&self) -> GenerationId {
        self.state.head.generation
    }

    /// The cursor of the last page.
    pub fn cursor(&self) -> Option<&str> {
        self.state.head.cursor.as_deref()
    }

    /// Takes the answer to the one-time code.
    pub fn apply_enrolment(&mut self, response: &EnrolResponse) -> Result<(), OtherPerson> {
        if self
            .state
            .head
            .person
            .is_some_and(|person| person != response.person_id)
        {
            return Err(OtherPerson);
        }
        self.state.head.person = Some(response.person_id);
        self.state.head.token = Some(Token::new(&response.token));
        // The ticket is that of the device that this phone was before.
        self.state.head.ticket = None;
        self.state.head.version_told = false;
        Ok(())
    }

    /// Takes the server's limits, and what the person works in.
    pub fn apply_hello(&mut self, hello: &HelloResponse) {
        let scopes = hello.scopes.iter().map(|granted| &granted.scope);
        self.state.head.villages = scopes.filter_map(village_of).collect();
        self.state.head.industries = hello.industries.iter().cloned().collect();
        self.limit_requests(hello.limits.max_mutations, hello.limits.max_body_bytes);
    }

    /// The villages and industries of the person, by which bulletins are chosen.
    pub(crate) fn work(&self) -> (&BTreeSet<DivisionCode>, &BTreeSet<String>) {
        (&self.state.head.villages, &self.state.head.industries)
    }

    /// Sends no more than this in one request; a slow network wants less than the server allows.
    pub fn limit_requests(&mut self, mutations: usize, bytes: usize) {
        self.state.head.ceiling = BatchSize {
            mutations: mutations.max(1),
            bytes,
        };
        self.state.head.size = self.state.head.size.at_most(self.state.head.ceiling);
    }

    /// Asks for so many changes in one page; `None` leaves it to the server.
    pub fn limit_pages(&mut self, changes: Option<u32>) {
        self.state.head.page = changes;
    }

    // --- what the user does

    /// Logs a visit.
    pub fn log_visit(&mut self, visit: &Visit) -> RecordId {
        self.create(visit)
    }

    /// Reports the stage of a technique at a beneficiary or site.
    pub fn report_adoption(&mut self, report: &AdoptionReport) -> RecordId {
        self.create(report)
    }

    /// Adds a beneficiary.
    pub fn add_beneficiary(&mut self, beneficiary: &Beneficiary) -> RecordId {
        self.create(beneficiary)
    }

    /// Adds a site.
    pub fn add_site(&mut self, site: &Site) -> RecordId {
        self.create(site)
    }

    /// Announces a photo; its bytes wait in [`Self::photos_to_send`] until [`Self::note_photo_sent`].
    pub fn announce_photo(&mut self, photo: &Photo) -> RecordId {
        let id = self.create(photo);
        let bytes = photo.size_bytes.and_then(|bytes| u64::try_from(bytes).ok());
        self.state.photos.insert(id, bytes.unwrap_or(0));
        id
    }

    /// The queue of photos: those that the server knows of and whose bytes are still here only, oldest first, with their
    /// bytes. Whoever uploads them is the app's own, and never keeps a sync waiting.
    pub fn photos_to_send(&self) -> impl Iterator<Item = (RecordId, u64)> {
        let announced_later = self.state.outbox.record_ids();
        let photos = self.state.photos.iter();
        photos
            .map(|(id, bytes)| (*id, *bytes))
            .filter(move |(id, _)| !announced_later.contains(id))
    }

    /// The server has the bytes of a photo.
    pub fn note_photo_sent(&mut self, id: RecordId) {
        self.state.photos.remove(&id);
    }

    /// Creates a record of any kind.
    pub fn create<R: Record>(&mut self, record: &R) -> RecordId {
        let id = RecordId(self.ids.next_id(self.clock.now().wall));
        let set = record.write();
        self.record(Draft {
            set,
            ..Draft::new(Operation::Create, R::KIND.as_str(), id)
        });
        id
    }

    /// Changes fields of a record.
    pub fn edit(
        &mut self,
        kind: Kind,
        id: RecordId,
        set: Fields,
        unset: Vec<String>,
    ) -> MutationId {
        let draft = Draft::new(Operation::Patch, kind.as_str(), id);
        self.record(Draft {
            set,
            unset,
            ..draft
        })
    }

    /// Puts elements into a set and takes others out.
    pub fn change_set(
        &mut self,
        kind: Kind,
        id: RecordId,
        field: &str,
        add: Vec<Value>,
        remove: Vec<Value>,
    ) -> MutationId {
        let mut draft = Draft::new(Operation::Patch, kind.as_str(), id);
        for (part, elements) in [(&mut draft.add, add), (&mut draft.remove, remove)] {
            if !elements.is_empty() {
                part.insert(field.to_owned(), elements);
            }
        }
        self.record(draft)
    }

    /// Deletes a record.
    pub fn delete(&mut self, kind: Kind, id: RecordId) -> MutationId {
        self.record(Draft::new(Operation::Delete, kind.as_str(), id))
    }

    /// Brings a deleted record back.
    pub fn undelete(&mut self, kind: Kind, id: RecordId) -> MutationId {
        self.record(Draft::new(Operation::Undelete, kind.as_str(), id))
    }

    /// Asks for a transition: `withdraw`, `submit`, or on a conflict `undo_conflict`, `accept_conflict`. That a bulletin was
    /// read is said by [`Self::mark_read`].
    pub fn command(&mut self, kind: Kind, id: RecordId, name: &str) -> MutationId {
        let draft = Draft::new(Operation::Command, kind.as_str(), id);
        self.record(Draft {
            name: Some(name.to_owned()),
            ..draft
        })
    }

    /// What `edits` records applies together or not at all.
    pub fn together<T>(&mut self, edits: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.group;
        self.group = outer.or_else(|| Some(self.new_mid()));
        let made = edits(self);
        self.group = outer;
        made
    }

    /// Records one edit. Its base is the revision that the user sees now, for ever.
    pub fn record(&mut self, draft: Draft) -> MutationId {
        self.enqueue(draft, self.group, None)
    }

    fn enqueue(
        &mut self,
        draft: Draft,
        group: Option<MutationId>,
        supersedes: Option<MutationId>,
    ) -> MutationId {
        let mid = self.new_mid();
        let base = match draft.op {
            Operation::Create => None,
            // What was acknowledged but not pulled yet may hold other people's edits that nobody here has seen.
            _ => self.state.replica.rev(draft.id),
        };
        let mutation = Mutation {
            mid,
            n: self.state.outbox.next_n(),
            group,
            op: draft.op,
            kind: draft.kind,
            id: draft.id,
            base,
            set: draft.set,
            unset: draft.unset,
            add: draft.add,
            remove: draft.remove,
            name: draft.name,
            supersedes,
            edited: self.clock.now(),
        };
        self.state.outbox.push(mutation, self.state.head.epoch);
        mid
    }

    fn new_mid(&mut self) -> MutationId {
        MutationId(self.ids.next_id(self.clock.now().wall))
    }

    /// Mends a refused mutation: a new one takes its place, with these fields changed. `None` if it was not refused.
    pub fn mend(&mut self, mid: MutationId, set: Fields, unset: &[String]) -> Option<MutationId> {
        let (old, followers) = self.state.outbox.take_to_mend(mid)?;
        let mut draft = Draft::again(old);
        for field in unset {
            draft.set.remove(field);
            draft.add.remove(field);
            draft.remove.remove(field);
            if draft.op != Operation::Create && !draft.unset.contains(field) {
                draft.unset.push(field.clone());
            }
        }
        draft.unset.retain(|field| !set.contains_key(field));
        draft.set.extend(set);
        let mended = self.enqueue(draft, None, Some(mid));
        for follower in followers {
            let before = follower.mid;
            self.enqueue(Draft::again(follower), None, Some(before));
        }
        Some(mended)
    }

    /// Gives up a refused mutation; with a refused creation, all that builds on it. Returns what was given up.
    pub fn discard(&mut self, mid: MutationId) -> Vec<Mutation> {
        let gone = self.state.outbox.discard(mid);
        for mutation in gone
            .iter()
            .filter(|mutation| mutation.op == Operation::Create)
        {
            self.state.photos.remove(&mutation.id);
        }
        self.state.replica.sweep(&self.state.outbox.record_ids());
        gone
    }

    // --- what the user sees

    /// One record with the phone's own edits; deleted ones too, and say so.
    pub fn view(&self, id: RecordId) -> Option<View> {
        let edits = self.state.outbox.edits(Some(id)).remove(&id);
        overlay::view(id, self.state.replica.get(id), &edits.unwrap_or_default())
    }

    /// All records of one kind that are not deleted, in the order of their ids.
    pub fn list(&self, kind: Kind) -> Vec<View> {
        let mut edits = self.state.outbox.edits(None);
        let held = self
            .state
            .replica
            .iter()
            .filter(|(_, record)| record.kind == kind.as_str());
        let ids: BTreeSet<RecordId> = held
            .map(|(id, _)| id)
            .chain(edits.keys().copied())
            .collect();
        let views = ids.into_iter().filter_map(|id| {
            let edits: Edits<'_> = edits.remove(&id).unwrap_or_default();
            overlay::view(id, self.state.replica.get(id), &edits)
        });
        views
            .filter(|view| view.kind == kind.as_str() && !view.deleted)
            .collect()
    }

    /// Open follow-ups of the person's villages, the earliest due date first. [`FollowUp::days_overdue`] says which are late.
    pub fn open_follow_ups(&self) -> Vec<(RecordId, FollowUp)> {
        let all = self.list(Kind::FollowUp).into_iter();
        let read = all.map(|view| (view.id, view.read::<FollowUp>()));
        let mut open: Vec<_> = read.filter(|(_, one)| one.is_open()).collect();
        open.sort_by_key(|(id, one)| (one.due_on, *id));
        open
    }

    /// The refused mutations.
    pub fn needs_attention(&self) -> impl Iterator<Item = (&Mutation, &MutationProblem)> {
        self.state
            .outbox
            .pending()
            .iter()
            .filter_map(|pending| match &pending.standing {
                Standing::NeedsAttention(problem) => Some((&pending.mutation, problem)),
                _ => None,
            })
    }

    /// What still waits here.
    pub fn waiting(&self) -> Waiting {
        self.waiting_without(&[])
    }

    fn waiting_without(&self, sent: &[MutationId]) -> Waiting {
        let sent: BTreeSet<_> = sent.iter().collect();
        let pending = self.state.outbox.pending();
        let left: Vec<&Pending> = pending
            .iter()
            .filter(|pending| !sent.contains(&pending.mutation.mid))
            .collect();
        Waiting {
            mutations: small(left.len()),
            needs_attention: small(self.needs_attention().count()),
            photos: small(self.state.photos.len()),
            photo_bytes: self.state.photos.values().sum(),
            oldest_at: left
                .iter()
                .map(|pending| pending.mutation.edited.wall)
                .min(),
        }
    }

    // --- a sync

    /// The next request: the oldest mutations that fit, and the cursor. Save the state before it is sent.
    pub fn prepare_sync(&mut self) -> SyncRequest {
        let cursor = self.state.head.cursor.clone();
        let reserve = ENVELOPE_BYTES + cursor.as_ref().map_or(0, String::len);
        let bytes = self.state.head.size.bytes.saturating_sub(reserve);
        let Batch {
            mids,
            values,
            units,
            epoch,
            has_base,
            ..
        } = self
            .state
            .outbox
            .batch(self.state.head.size.mutations, bytes);
        self.state.outbox.mark_sent(&mids);
        let waiting = self.waiting_without(&mids);
        self.state.head.last = (mids, units);
        SyncRequest {
            protocol: version::PROTOCOL,
            schema: version::SCHEMA,
            replica: ReplicaName {
                generation: self.state.head.generation,
                ticket: self.state.head.ticket.clone(),
                app_version: (!self.state.head.version_told)
                    .then(|| self.state.head.app_version.clone())
                    .flatten(),
            },
            clock: self.clock.now(),
            epoch: epoch.filter(|_| has_base),
            mutations: values,
            waiting: Some(waiting),
            pull: Some(PullRequest {
                cursor,
                limit: self.state.head.page,
                verify: self.state.head.verify,
            }),
        }
    }

    /// Takes a response: results, changes, cursor and ticket, all of it or nothing. A late or repeated one loses
    /// nothing: cursor and ticket go back with it, and the server tells again, or asks for a new generation.
    pub fn apply_sync(&mut self, response: &SyncResponse) -> SyncReport {
        let restored = self
            .state
            .head
            .epoch
            .is_some_and(|epoch| epoch != response.epoch);
        if restored {
            self.begin_after_restore();
        }
        self.state.head.epoch = Some(response.epoch);
        self.state.head.ticket = Some(response.ticket.clone());
        self.state.head.version_told = true;
        let settled = self
            .state
            .outbox
            .settle(&response.results, response.server_time);
        let mut report = SyncReport {
            rounds: 1,
            pushed: response.results.len(),
            applied: settled.applied,
            merged: settled.merged,
            held: settled.held,
            rejected: settled.rejected,
            retry: settled.retry,
            conflicts: settled.conflicts,
            restored,
            // The page after a restore is not taken: the next pull starts from nothing.
            more: restored,
            poll_after_s: response.poll_after_s,
            ..SyncReport::default()
        };
        if let Some(page) = response.pull.as_ref().filter(|_| !restored) {
            self.apply_page(page, &mut report);
        }
        self.state.outbox.prune_journal(response.server_time);
        self.state.replica.sweep(&self.state.outbox.record_ids());
        let size = self.state.head.size;
        let doubled = BatchSize {
            mutations: size.mutations * 2,
            bytes: size.bytes * 2,
        };
        self.state.head.size = doubled.at_most(self.state.head.ceiling);
        report
    }

    fn apply_page(&mut self, page: &PullResponse, report: &mut SyncReport) {
        self.state
            .replica
            .apply(page, &self.state.outbox.record_ids());
        let replica = &self.state.replica;
        let is_anonymous = |id: &RecordId| {
            let record = replica.get(*id);
            record.is_some_and(|record| record.data.contains_key("anonymised_at"))
        };
        let changed = page.changes.iter().map(|change| change.id);
        let anonymous = changed.filter(is_anonymous).collect();
        self.state.outbox.forget(&anonymous);
        self.state.head.cursor = Some(page.cursor.clone());
        report.pulled = page.changes.len();
        report.evicted.clone_from(&page.evict);
        report.more = page.more;
        for lost in page.evict.iter().filter_map(village_of) {
            self.state.head.villages.remove(&lost);
        }
        let scopes = page.changes.iter().map(|change| &change.scope);
        let villages = scopes.filter_map(village_of);
        self.state.head.villages.extend(villages);
        for change in page
            .changes
            .iter()
            .filter(|change| change.kind == Kind::Photo.as_str())
        {
            let record = self.state.replica.get(change.id);
            let state = record.map(|record| Photo::read(&record.data).photo_state);
            // What the county keeps no longer is not sent again either.
            if matches!(state.flatten().as_deref(), Some("complete" | "removed")) {
                self.state.photos.remove(&change.id);
            }
        }
        if page.more {
            return;
        }
        self.state.outbox.note_complete_pull();
        self.compare(page, report);
    }

    /// Whether phone and server hold the same: all scopes together by the total, then one by one.
    fn compare(&mut self, page: &PullResponse, report: &mut SyncReport) {
        let mut rebuild = false;
        let mismatches = self.state.replica.mismatches(&page.check);
        let differs = |total| !self.state.replica.meets(total);
        let asked = std::mem::take(&mut self.state.head.verify);
        if !asked && mismatches.is_empty() && page.total.as_ref().is_some_and(differs) {
            self.state.head.verify = true;
            report.more = true;
        }
        for check in &page.check {
            if !mismatches.contains(&check) {
                self.state.head.rebuilt.remove(&check.scope);
            }
        }
        for check in mismatches {
            let before = self
                .state
                .head
                .rebuilt
                .insert(check.scope.clone(), check.seq.clone());
            // Once for each state of the server, or a bug would have the phone pull for ever.
            rebuild |= before.as_ref() != Some(&check.seq);
            report.mismatched.push(check.scope.clone());
        }
        if rebuild {
            self.pull_everything_again();
            report.more = true;
        }
    }

    /// Expects everything from the start, and shows what is held meanwhile.
    pub fn pull_everything_again(&mut self) {
        self.state.head.cursor = None;
        self.state.replica.rebuild(|_| true);
    }

    fn begin_after_restore(&mut self) {
        self.state.head.cursor = None;
        self.state.head.rebuilt.clear();
        self.state.replica.forget_revisions();
        self.state.outbox.push_journal_again();
    }

    /// Gives this database a new name, because another copy of it syncs too. What waits is pushed under it.
    pub fn start_new_generation(&mut self) {
        self.state.head.generation = GenerationId(self.ids.next_id(self.clock.now().wall));
        self.state.head.ticket = None;
    }

    /// What to do after a sync failed. Nothing is ever dropped here.
    pub fn react(&mut self, error: &TransportError) -> Reaction {
        match error {
            // A proxy with a limit of its own; what it refuses alone is not called bad for that.
            TransportError::NotOurServer { status: 413, .. } if self.state.head.last.1 > 1 => {
                self.send_less(ErrorCode::BodyTooLarge)
            }
            TransportError::Unreachable(_) | TransportError::NotOurServer { .. } => {
                Reaction::Later {
                    retry_after_s: None,
                }
            }
            TransportError::Unavailable { retry_after_s, .. } => Reaction::Later {
                retry_after_s: *retry_after_s,
            },
            TransportError::Refused(refusal) => self.react_to_refusal(refusal),
        }
    }

    fn react_to_refusal(&mut self, refusal: &Refusal) -> Reaction {
        match refusal.code {
            Some(ErrorCode::DeviceForked) => self.start_new_generation(),
            Some(ErrorCode::InvalidCursor) => self.pull_everything_again(),
            // One mutation can make a whole body unreadable: halving finds it.
            Some(
                code @ (ErrorCode::BodyTooLarge
                | ErrorCode::TooManyMutations
                | ErrorCode::MalformedRequest),
            ) => return self.send_less(code),
            _ => return refusal.reaction(),
        }
        Reaction::Again
    }

    fn send_less(&mut self, code: ErrorCode) -> Reaction {
        let (mids, units) = std::mem::take(&mut self.state.head.last);
        if units == 0 {
            return Reaction::Stop;
        }
        if units == 1 {
            let code = match code {
                ErrorCode::MalformedRequest => ErrorCode::MalformedMutation,
                _ => ErrorCode::MutationTooLarge,
            };
            self.state.outbox.refuse(&mids, &MutationProblem::of(code));
            return Reaction::Again;
        }
        let size = self.state.head.size;
        let halved = BatchSize {
            mutations: (mids.len() / 2).max(1),
            bytes: size.bytes.div_euclid(2).max(ENVELOPE_BYTES),
        };
        self.state.head.size = size.at_most(halved);
        Reaction::Again
    }

    /// The journal: what the server has, oldest first.
    pub fn journal(&self) -> &[Acknowledged] {
        self.state.outbox.journal()
    }
}

fn village_of(scope: &Scope) -> Option<DivisionCode> {
    match scope {
        Scope::Village(village) => Some(village.clone()),
        Scope::Person(_) | Scope::Reference(_) => None,
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
