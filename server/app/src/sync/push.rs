//! Applies the mutations of a device, each exactly once, in one transaction.
//!
//! Judging comes in two halves: [`Prepared`] is what can be said without the database, before any lock;
//! `Pusher` walks the mutations in order over a [`Ledger`]. Refusals are data: nothing here fails
//! because of what a phone sent.

use crate::AppError;
use crate::audit;
use crate::photos;
use crate::privacy::anonymise;
use crate::records::ledger::{Ledger, Round, SERVER};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tepai_domain::actor::{DeviceActor, Role};
use tepai_domain::audit::{Act, Doer, Entry};
use tepai_domain::geo::{self, Point};
use tepai_domain::personal::{Mark, Marked, redact};
use tepai_domain::scope::{Grant, is_by_link};
use tepai_domain::secret::Secret;
use tepai_domain::ticket::{self, Handed};
use tepai_store::contacts;
use tepai_store::personal;
use tepai_store::photo_files::{self, PhotoFile};
use tepai_store::records::{Place, StoredRecord};
use tepai_store::results::{self, DeadLetter, StoredResult};
use tepai_store::{StoreError, WriteTxn, feeds, grants, records};
use tepai_sync_protocol::adoption::adoption_of;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::edit_time::{self, ClockReading, Contact, EditTime, Quality};
use tepai_sync_protocol::ids::{DeviceId, GenerationId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::merge::{self, Conflict, Editor, Merged, State};
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::records::{
    AdoptionReport, ConflictNote, Kind, Receipt, Record, Visit, receipt_id,
};
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::sync::{
    FieldConflict, MutationResult, Outcome, Replica, SyncRequest, Waiting,
};
use tepai_sync_protocol::validate;
use tepai_sync_protocol::version;
use uuid::Uuid;

use crate::clock::{Clock, local_date};

/// One mutation, as far as it could be judged by itself.
#[derive(Clone, Debug)]
struct Item {
    mid: Option<MutationId>,
    content_hash: String,
    payload: Value,
    judged: Result<(Kind, Mutation), MutationProblem>,
}

/// Where the bases of a batch were seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bases {
    /// In the present life of the database.
    OfThisLife,
    /// In one before a restore from a backup: the same number may stand for other content.
    OfAnother,
}

/// A batch, judged as far as that goes without the database.
#[derive(Clone, Debug)]
pub struct Prepared {
    actor: DeviceActor,
    replica: Replica,
    waiting: Option<Waiting>,
    clock: ClockReading,
    received_at: i64,
    zone: TimeZone,
    items: Vec<Item>,
    /// Where no phone is here: what the office does with mutations.
    released: Option<Released>,
}

/// Mutations that the office has judged, and not a phone that is here.
#[derive(Clone, Debug, Default)]
pub struct Released {
    /// The letters that keep them.
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

impl Prepared {
    /// Reads and validates each mutation by itself.
    pub fn new(
        actor: DeviceActor,
        request: SyncRequest,
        bases: Bases,
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
            .map(|payload| Item::new(payload, bases, today))
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
    fn edited(&self) -> Option<&Value> {
        self.released.as_ref()?.sent.as_ref()?;
        self.items.first().map(|item| &item.payload)
    }

    /// What the office itself wrote is carried out or leaves no trace; a letter that it lets apply as it came may be refused again.
    fn refuse_as_a_whole(&self, results: &[MutationResult]) -> Result<(), AppError> {
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

    fn decision(&self) -> Option<&OfficeDecision> {
        self.released.as_ref()?.decision.as_ref()
    }

    /// The device that pushes.
    pub fn device(&self) -> DeviceId {
        self.actor.device
    }

    /// The life of the phone's database.
    pub fn generation(&self) -> GenerationId {
        self.replica.generation
    }

    /// When the request arrived: milliseconds since 1970 UTC.
    pub fn received_at(&self) -> i64 {
        self.received_at
    }

    fn last_n(&self) -> Option<i64> {
        self.valid().map(|(_, mutation)| mutation.n).max()
    }

    /// Whether it holds mutations that the server does not know under numbers that were used before: a copy of the
    /// phone made others, and what this one says of its own branch would be wrong.
    fn reuses_numbers(
        &self,
        stored: &BTreeMap<MutationId, StoredResult>,
        last_n: Option<i64>,
    ) -> bool {
        let mut fresh = self
            .valid()
            .filter(|(_, mutation)| !stored.contains_key(&mutation.mid));
        fresh.any(|(_, mutation)| last_n.is_some_and(|last| mutation.n <= last))
    }

    fn valid(&self) -> impl Iterator<Item = &(Kind, Mutation)> {
        self.items
            .iter()
            .filter_map(|item| item.judged.as_ref().ok())
    }
}

impl Item {
    fn new(payload: Value, bases: Bases, today: Date) -> Self {
        let (mid, judged) = match Mutation::read(&payload) {
            Ok(mutation) => (
                Some(mutation.mid),
                validate::validate(&mutation, today)
                    .map(|kind| (kind, with_bases(mutation, bases))),
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

impl Item {
    /// The record that it is about, and the records that it names.
    fn names(&self) -> BTreeSet<RecordId> {
        let mut ids = BTreeSet::new();
        let members = ["id", "set", "add"].map(|name| self.payload.get(name));
        members
            .into_iter()
            .flatten()
            .for_each(|value| collect_ids(value, &mut ids));
        ids
    }

    /// Takes out what `marks` know, and of a beneficiary that is anonymous all that says who it is.
    fn forget(&mut self, marks: &[Mark], anonymous: &BTreeSet<RecordId>, key: &Secret) {
        if marks.is_empty() {
            return;
        }
        let digest = |text: &str| anonymise::digest(key, text).unwrap_or_default();
        let marked = Marked::new(marks, digest);
        let id = self.payload.get("id").and_then(Value::as_str);
        let id = id.and_then(|id| id.parse::<RecordId>().ok());
        let is_own = id.is_some_and(|id| anonymous.contains(&id));
        let mut stripped = false;
        if let Some(set) = self.payload.get_mut("set").filter(|_| is_own) {
            stripped = anonymise::strip(set);
        }
        redact(&mut self.payload, &marked, &[]);
        let Ok((_, mutation)) = &mut self.judged else {
            return;
        };
        if is_own {
            mutation.set.retain(|name, _| !anonymise::is_personal(name));
        }
        let added = mutation.add.values_mut().flatten();
        for value in mutation.set.values_mut().chain(added) {
            redact(value, &marked, &[]);
        }
        let is_empty = mutation.set.is_empty()
            && mutation.unset.is_empty()
            && mutation.add.is_empty()
            && mutation.remove.is_empty();
        if stripped && is_empty && mutation.op == Operation::Patch {
            self.judged = Err(MutationProblem::of(ErrorCode::Anonymised));
        }
    }
}

fn collect_ids(value: &Value, ids: &mut BTreeSet<RecordId>) {
    match value {
        Value::String(text) => ids.extend(text.parse::<RecordId>()),
        Value::Array(values) => values.iter().for_each(|value| collect_ids(value, ids)),
        Value::Object(members) => members.values().for_each(|value| collect_ids(value, ids)),
        _ => {}
    }
}

/// A base that was seen in another life of the database proves nothing, so nothing was seen.
fn with_bases(mut mutation: Mutation, bases: Bases) -> Mutation {
    if bases == Bases::OfAnother {
        mutation.base = mutation.base.map(|_| 0);
    }
    mutation
}

/// SHA-256 of the canonical JSON: compact, members sorted by name.
fn content_hash(payload: &Value) -> String {
    let bytes = serde_json::to_vec(payload).unwrap_or_default();
    hex(&Sha256::digest(bytes))
}

/// What a push answers.
#[derive(Debug)]
pub struct Pushed {
    /// One result for each mutation, in the order in which they were sent.
    pub results: Vec<MutationResult>,
    /// The next ticket.
    pub ticket: String,
}

/// Runs one round of the push with the locks on `expected` scopes.
pub async fn round(
    txn: &WriteTxn,
    prepared: Arc<Prepared>,
    expected: BTreeSet<Scope>,
    clock: &Clock,
    key: &Secret,
) -> Result<Round<Pushed>, AppError> {
    let places = read_places(txn, &prepared).await?;
    let mut scopes = expected;
    scopes.extend(expected_scopes(&prepared, &places));
    let locked = feeds::lock(txn, &scopes).await?;

    // Everything below is read under the locks.
    let prepared = without_the_anonymous(txn, prepared, key).await?;
    let contact = contacts::find_locked(txn, prepared.actor.device)
        .await?
        .unwrap_or_default();
    let next = match prepared.released {
        // The phone is not here: nothing is handed out.
        Some(_) => contact.clone(),
        None => contact_after(&contact, &prepared, Some(clock.new_id()))?,
    };
    let ticket = next.handed.ticket.clone().unwrap_or_default();
    let mids: Vec<_> = prepared.items.iter().filter_map(|item| item.mid).collect();
    let mut stored = results::find(txn, &mids).await?;
    let waits = |stored: &StoredResult| {
        let problem = stored.result.problem.as_ref();
        problem.is_some_and(|problem| problem.code == ErrorCode::DeviceLost)
    };
    let is_decided = prepared.decision().is_some();
    let escrowed: Vec<MutationId> = match prepared.released {
        Some(_) => stored
            .extract_if(.., |_, of| is_decided || waits(of))
            .map(|(mid, _)| mid)
            .collect(),
        None => Vec::new(),
    };
    if prepared.released.is_none()
        && ticket::judge(&contact.handed, &prepared.replica) == ticket::Standing::Behind
        && prepared.reuses_numbers(&stored, contact.handed.last_n)
    {
        return Err(AppError::refused(ErrorCode::DeviceForked));
    }
    let grants = grants::list(txn, prepared.actor.person).await?;
    let mut ledger = Ledger::new(prepared.actor.county.clone(), prepared.received_at);
    ledger.load(txn, &ids_to_load(&prepared, &places)).await?;
    ledger.know(places);
    load_disputed(txn, &mut ledger, &prepared).await?;
    let points = points_of(txn, &prepared).await?;
    let villages = known_villages(txn, &prepared, &grants).await?;
    let files = announce_files(txn, &prepared).await?;

    let mut pusher = Pusher {
        prepared: &prepared,
        contact: Contact {
            now: &prepared.clock,
            received_at: prepared.received_at,
            last_offset_ms: contact.clock_offset_ms,
        },
        grants,
        villages,
        points,
        files,
        stored,
        ledger,
        fresh: BTreeMap::new(),
        letters: Vec::new(),
        groups: BTreeMap::new(),
        clock,
    };
    let results = pusher.run();
    prepared.refuse_as_a_whole(&results)?;
    let Pusher {
        mut ledger,
        fresh,
        letters,
        ..
    } = pusher;
    ledger.settle_adoptions(txn).await?;
    ledger.settle_what_counts_with_visits(txn).await?;
    let needed = ledger.needed_scopes();
    if !needed.is_subset(&scopes) {
        scopes.extend(needed);
        return Ok(Round::Widen(scopes));
    }
    ledger.flush(txn, locked).await?;
    let (county, device) = (&prepared.actor.county, prepared.actor.device);
    results::delete(txn, &escrowed).await?;
    if let Some(released) = &prepared.released {
        let resolution = match (is_decided, letters.is_empty()) {
            (true, true) => "applied",
            // What is refused again waits as another letter.
            (true, false) => "refused_again",
            (false, _) => "released",
        };
        results::resolve_letters(txn, &released.letters, resolution, clock.now_ms()).await?;
        if let Some(edited) = prepared.edited() {
            results::keep_edited(txn, &released.letters, &edited.to_string()).await?;
        }
    }
    let letters = placed(txn, county, letters).await?;
    results::save(txn, county, device, prepared.received_at, &fresh)
        .await
        .map_err(again)?;
    results::save_dead_letters(txn, county, prepared.received_at, &letters).await?;
    contacts::save(txn, device, &next).await?;
    note_push(txn, &prepared, Act::Pushed, &fresh).await?;
    Ok(Round::Done(Pushed { results, ticket }))
}

/// The batch without what it says again of people who are anonymous: a phone that has not heard of it, or sends its journal after
/// the server was restored, does not bring a name back.
async fn without_the_anonymous(
    txn: &WriteTxn,
    prepared: Arc<Prepared>,
    key: &Secret,
) -> Result<Arc<Prepared>, AppError> {
    let named: Vec<BTreeSet<RecordId>> = prepared.items.iter().map(Item::names).collect();
    let all: BTreeSet<RecordId> = named.iter().flatten().copied().collect();
    let all: Vec<RecordId> = all.into_iter().collect();
    let marks = personal::find_marks(txn, &all).await?;
    if marks.is_empty() {
        return Ok(prepared);
    }
    let own: Vec<RecordId> = marks.keys().copied().collect();
    let own = records::find_many(txn, &own).await?;
    let anonymous: BTreeSet<RecordId> = own
        .iter()
        .filter(|record| anonymise::is_anonymous(record))
        .map(|record| record.id)
        .collect();
    let mut cleaned = Prepared::clone(&prepared);
    for (item, named) in cleaned.items.iter_mut().zip(named) {
        let mut of_item: Vec<Mark> = named
            .iter()
            .filter_map(|id| marks.get(id))
            .flatten()
            .cloned()
            .collect();
        of_item.sort_by(|a, b| b.cmp(a));
        of_item.dedup();
        item.forget(&of_item, &anonymous, key);
    }
    Ok(Arc::new(cleaned))
}

/// A mutation id that somebody else stored at the same moment is found when the round begins again.
fn again(error: StoreError) -> AppError {
    match error {
        StoreError::Duplicate => AppError::Busy,
        error => error.into(),
    }
}

/// Keeps the mutations of a lost phone for the office, each once; returns one result for each.
pub async fn keep_in_escrow(
    txn: &WriteTxn,
    prepared: Arc<Prepared>,
    clock: &Clock,
    key: &Secret,
) -> Result<Vec<MutationResult>, AppError> {
    let prepared = &*without_the_anonymous(txn, prepared, key).await?;
    let mids: Vec<_> = prepared.items.iter().filter_map(|item| item.mid).collect();
    let stored = results::find(txn, &mids).await?;
    let (mut answers, mut fresh, mut letters) = (Vec::new(), BTreeMap::new(), Vec::new());
    for item in &prepared.items {
        let known = item
            .mid
            .and_then(|mid| stored.get(&mid).or_else(|| fresh.get(&mid)));
        if let Some(known) = known {
            answers.push(MutationResult {
                replayed: true,
                ..known.result.clone()
            });
            continue;
        }
        let problem = MutationProblem::of(ErrorCode::DeviceLost);
        let result = refusal(item.mid, Outcome::Held, problem.clone());
        letters.push(letter_of(item, &problem, &prepared.actor, clock));
        if let Some(mid) = item.mid {
            let stored = StoredResult {
                content_hash: item.content_hash.clone(),
                result: result.clone(),
            };
            fresh.insert(mid, stored);
        }
        answers.push(result);
    }
    let (county, device) = (&prepared.actor.county, prepared.actor.device);
    let letters = placed(txn, county, letters).await?;
    results::save(txn, county, device, prepared.received_at, &fresh)
        .await
        .map_err(again)?;
    results::save_dead_letters(txn, county, prepared.received_at, &letters).await?;
    note_push(txn, prepared, Act::Escrowed, &fresh).await?;
    Ok(answers)
}

/// Notes what a phone sent, unless all of it was known: how many came to what, and a hash over each.
async fn note_push(
    txn: &WriteTxn,
    prepared: &Prepared,
    act: Act,
    fresh: &BTreeMap<MutationId, StoredResult>,
) -> Result<(), StoreError> {
    if fresh.is_empty() {
        return Ok(());
    }
    let (mut outcomes, mut all) = (BTreeMap::new(), Sha256::new());
    for (mid, stored) in fresh {
        *outcomes.entry(stored.result.outcome).or_insert(0_u32) += 1;
        all.update(mid.0);
        all.update(&stored.content_hash);
    }
    let detail = json!({"outcomes": outcomes, "sha256": hex(&all.finalize())});
    let (county, device) = (&prepared.actor.county, prepared.actor.device);
    let sent = match prepared.decision() {
        Some(OfficeDecision {
            person,
            act,
            object,
            ..
        }) => Entry::new(county, Doer::Person(*person), *act, object),
        None => Entry::new(county, Doer::Device(device), act, device),
    };
    audit::note(txn, prepared.received_at, sent.with(detail)).await
}

/// The contact after this request. A push rolls the ticket, with `fresh` as the new one.
pub fn contact_after(
    contact: &contacts::Contact,
    prepared: &Prepared,
    fresh: Option<Uuid>,
) -> Result<contacts::Contact, AppError> {
    let mut handed = contact.handed.clone();
    match ticket::judge(&handed, &prepared.replica) {
        ticket::Standing::Forked => return Err(AppError::refused(ErrorCode::DeviceForked)),
        ticket::Standing::New => {
            handed = Handed {
                generation: Some(prepared.replica.generation),
                ..Handed::default()
            };
        }
        ticket::Standing::Known | ticket::Standing::Behind => {}
    }
    if let Some(fresh) = fresh {
        // What the phone showed is the ticket that it has; what was handed out since may have been lost. A phone
        // that has none yet may lose one answer after the other and still is who it is.
        handed.previous_ticket.clone_from(&prepared.replica.ticket);
        handed.ticket = Some(fresh.simple().to_string());
    }
    handed.last_n = handed.last_n.max(prepared.last_n());
    let now = prepared.received_at;
    Ok(contacts::Contact {
        handed,
        clock_offset_ms: now.checked_sub(prepared.clock.wall),
        last_sync_at: Some(now),
        last_push_at: if prepared.items.is_empty() {
            contact.last_push_at
        } else {
            Some(now)
        },
        app_version: prepared
            .replica
            .app_version
            .clone()
            .or_else(|| contact.app_version.clone()),
        waiting: prepared.waiting.or(contact.waiting),
    })
}

/// Where the records of the batch, their parents, their children and their adoptions stand.
async fn read_places(txn: &WriteTxn, prepared: &Prepared) -> Result<Vec<Place>, AppError> {
    let mut ids = BTreeSet::new();
    let mut parents = BTreeSet::new();
    for (kind, mutation) in prepared.valid() {
        ids.insert(mutation.id);
        ids.extend(parent_of(*kind, mutation));
        if *kind == Kind::AdoptionReport {
            ids.extend(adoption_of(&AdoptionReport::read(&mutation.set)));
        }
        if matches!(kind, Kind::Visit | Kind::Beneficiary) {
            parents.insert(mutation.id);
        }
        if *kind == Kind::Bulletin {
            ids.insert(receipt_id(mutation.id, prepared.actor.person));
        }
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let parents: Vec<_> = parents.into_iter().collect();
    let mut places = records::find_places(txn, &ids).await?;
    let known: BTreeSet<RecordId> = places.iter().map(|place| place.id).collect();
    let stored_parents = places
        .iter()
        .filter_map(|place| place.parent)
        .filter(|id| !known.contains(id));
    let stored_parents: Vec<_> = stored_parents
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    places.extend(records::find_places(txn, &stored_parents).await?);
    places.extend(records::find_places_of_children(txn, &parents).await?);
    Ok(places)
}

fn parent_of(kind: Kind, mutation: &Mutation) -> Option<RecordId> {
    let (field, _) = kind.parent()?;
    mutation.set.get(field)?.as_str()?.parse().ok()
}

fn village_set(mutation: &Mutation) -> Option<DivisionCode> {
    mutation.set.get("village_code")?.as_str()?.parse().ok()
}

/// The scopes that the batch will write into, as far as can be told before it is applied.
fn expected_scopes(prepared: &Prepared, places: &[Place]) -> BTreeSet<Scope> {
    let mut scopes = BTreeSet::from([Scope::Person(prepared.actor.person)]);
    for place in places {
        scopes.extend(place.village.clone().map(Scope::Village));
        // Nobody synchronises as the server, which derives adoptions and takes feedback by links.
        let is_own =
            matches!(place.kind, Kind::Adoption | Kind::Bulletin) || place.author == SERVER.0;
        scopes.extend((!is_own).then_some(Scope::Person(place.author)));
    }
    scopes.extend(
        prepared
            .valid()
            .filter_map(|(_, mutation)| village_set(mutation))
            .map(Scope::Village),
    );
    scopes
}

/// The records that the batch may change: its own, and the children that follow or wait for their parent.
fn ids_to_load(prepared: &Prepared, places: &[Place]) -> Vec<RecordId> {
    let own: BTreeSet<_> = prepared.valid().map(|(_, mutation)| mutation.id).collect();
    let read = prepared
        .valid()
        .filter(|(kind, _)| *kind == Kind::Bulletin)
        .map(|(_, mutation)| receipt_id(mutation.id, prepared.actor.person));
    let own: BTreeSet<_> = own.into_iter().chain(read).collect();
    let moved: BTreeSet<_> = prepared
        .valid()
        .filter(|(_, mutation)| {
            mutation.op == Operation::Create || mutation.set.contains_key("village_code")
        })
        .map(|(_, mutation)| mutation.id)
        .collect();
    let children = places
        .iter()
        .filter(|place| place.parent.is_some_and(|parent| moved.contains(&parent)));
    let existing = places.iter().filter(|place| own.contains(&place.id));
    existing
        .chain(children)
        .map(|place| place.id)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The records that the conflict notes of the batch are about.
async fn load_disputed(
    txn: &WriteTxn,
    ledger: &mut Ledger,
    prepared: &Prepared,
) -> Result<(), AppError> {
    let notes = prepared.valid().filter(|(kind, _)| *kind == Kind::Conflict);
    let disputed: Vec<RecordId> = notes
        .filter_map(|(_, mutation)| ledger.get(mutation.id))
        .filter_map(|note| ConflictNote::read(&note.state.fields).record_id)
        .filter(|id| ledger.get(*id).is_none())
        .collect();
    if !disputed.is_empty() {
        ledger.load(txn, &disputed).await?;
    }
    Ok(())
}

/// Which of the villages that the batch names exist in the county.
async fn known_villages(
    txn: &WriteTxn,
    prepared: &Prepared,
    grants: &[Grant],
) -> Result<BTreeSet<DivisionCode>, AppError> {
    let mut known: BTreeSet<_> = grants.iter().map(|grant| grant.village.clone()).collect();
    let named = prepared
        .valid()
        .filter_map(|(_, mutation)| village_set(mutation));
    let unknown: Vec<_> = named
        .filter(|village| !known.contains(village))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if !unknown.is_empty() {
        known.extend(grants::find_villages(txn, &prepared.actor.county, &unknown).await?);
    }
    Ok(known)
}

/// The reference points of the villages in which the batch checks in.
async fn points_of(
    txn: &WriteTxn,
    prepared: &Prepared,
) -> Result<BTreeMap<DivisionCode, Point>, AppError> {
    let checked_in = prepared
        .valid()
        .filter(|(kind, mutation)| *kind == Kind::Visit && mutation.set.contains_key("check_in"));
    let villages: BTreeSet<_> = checked_in
        .filter_map(|(_, mutation)| village_set(mutation))
        .collect();
    let villages: Vec<_> = villages.into_iter().collect();
    Ok(grants::find_reference_points(txn, &villages).await?)
}

/// What is known of the bytes of the photos that the batch announces.
async fn announce_files(
    txn: &WriteTxn,
    prepared: &Prepared,
) -> Result<BTreeMap<String, PhotoFile>, AppError> {
    let photos = prepared.valid().filter(|(kind, _)| *kind == Kind::Photo);
    let contents = photos.filter_map(|(_, mutation)| mutation.set.get("sha256")?.as_str());
    let contents: BTreeSet<String> = contents.map(str::to_owned).collect();
    if contents.is_empty() {
        return Ok(BTreeMap::new());
    }
    let contents: Vec<String> = contents.into_iter().collect();
    Ok(photo_files::announce(txn, &prepared.actor.county, &contents).await?)
}

/// Walks the mutations of one batch.
struct Pusher<'a> {
    prepared: &'a Prepared,
    contact: Contact<'a>,
    grants: Vec<Grant>,
    villages: BTreeSet<DivisionCode>,
    points: BTreeMap<DivisionCode, Point>,
    files: BTreeMap<String, PhotoFile>,
    stored: BTreeMap<MutationId, StoredResult>,
    ledger: Ledger,
    fresh: BTreeMap<MutationId, StoredResult>,
    letters: Vec<DeadLetter>,
    groups: BTreeMap<MutationId, Vec<MutationResult>>,
    clock: &'a Clock,
}

/// A mutation that was judged against the database.
struct Judged {
    result: MutationResult,
    /// Whether the payload goes to the dead letter.
    keep: bool,
}

impl Pusher<'_> {
    fn run(&mut self) -> Vec<MutationResult> {
        let prepared = self.prepared;
        prepared
            .items
            .iter()
            .map(|item| self.answer(item))
            .collect()
    }

    /// The result of one element: replayed if it is known, else judged and remembered.
    fn answer(&mut self, item: &Item) -> MutationResult {
        if let Some(mid) = item.mid
            && let Some(known) = self.stored.get(&mid).or_else(|| self.fresh.get(&mid))
        {
            return if known.content_hash == item.content_hash {
                MutationResult {
                    replayed: true,
                    ..known.result.clone()
                }
            } else {
                let problem = MutationProblem::of(ErrorCode::MutationIdReused);
                self.bury(item, &problem);
                refusal(item.mid, Outcome::Rejected, problem)
            };
        }
        let judged = match &item.judged {
            Ok((kind, mutation)) => self.judge_in_group(*kind, mutation),
            Err(problem) => Judged {
                result: refusal(item.mid, Outcome::Rejected, problem.clone()),
                keep: true,
            },
        };
        if let Some(problem) = judged.result.problem.as_ref().filter(|_| judged.keep) {
            self.bury(item, problem);
        }
        if let Some(mid) = item.mid.filter(|_| judged.result.outcome != Outcome::Retry) {
            let stored = StoredResult {
                content_hash: item.content_hash.clone(),
                result: judged.result.clone(),
            };
            self.fresh.insert(mid, stored);
        }
        judged.result
    }

    /// Mutations of a group apply together or not at all: the first of them decides for all.
    fn judge_in_group(&mut self, kind: Kind, mutation: &Mutation) -> Judged {
        let Some(group) = mutation.group else {
            return self.judge(kind, mutation);
        };
        if !self.groups.contains_key(&group) {
            let verdict = self.rehearse(group);
            self.groups.insert(group, verdict);
        }
        let refused = self
            .groups
            .get(&group)
            .is_some_and(|refusals| !refusals.is_empty());
        if !refused {
            return self.judge(kind, mutation);
        }
        let refusals: Vec<&MutationResult> =
            self.groups.get(&group).into_iter().flatten().collect();
        let retry = refusals
            .iter()
            .all(|result| result.outcome == Outcome::Retry);
        let own = refusals
            .into_iter()
            .find(|result| result.mid == Some(mutation.mid))
            // What waits is not judged alone later: the group is refused with whatever is refused for good.
            .filter(|result| retry || result.outcome != Outcome::Retry);
        let result = own.cloned().unwrap_or_else(|| {
            let outcome = if retry {
                Outcome::Retry
            } else {
                Outcome::Rejected
            };
            let problem = MutationProblem::of(ErrorCode::GroupRefused);
            refusal(Some(mutation.mid), outcome, problem)
        });
        Judged {
            keep: result.outcome != Outcome::Retry,
            result,
        }
    }

    /// Tries all mutations of a group on a copy; returns the refusals.
    fn rehearse(&mut self, group: MutationId) -> Vec<MutationResult> {
        let ledger = self.ledger.clone();
        let prepared = self.prepared;
        let mut refusals = Vec::new();
        for item in &prepared.items {
            let judged = match &item.judged {
                Ok((kind, mutation)) if mutation.group == Some(group) => {
                    self.judge(*kind, mutation).result
                }
                Err(problem)
                    if item.payload.get("group").and_then(Value::as_str)
                        == Some(&group.to_string()) =>
                {
                    refusal(item.mid, Outcome::Rejected, problem.clone())
                }
                _ => continue,
            };
            let waits = judged
                .problem
                .as_ref()
                .is_some_and(|problem| problem.code == ErrorCode::Locked);
            if waits || matches!(judged.outcome, Outcome::Rejected | Outcome::Retry) {
                refusals.push(judged);
            }
        }
        self.ledger = ledger;
        refusals
    }

    fn judge(&mut self, kind: Kind, mutation: &Mutation) -> Judged {
        let current = self.ledger.get(mutation.id).cloned();
        let time = self.edit_time(mutation, current.as_ref());
        if let Some(code) = self.forbidden(kind, mutation, current.as_ref(), time) {
            return refused(mutation, code);
        }
        if kind == Kind::Conflict {
            return self.settle_conflict(mutation, current, time);
        }
        if kind == Kind::Bulletin {
            return self.note_reading(mutation, current.as_ref(), time);
        }
        let editor = self.editor(time);
        let merged = merge::merge(
            kind,
            current.as_ref().map(|record| &record.state),
            mutation,
            &editor,
        );
        if let Some(problem) = merged.state.as_ref().and_then(merge::check_merged) {
            return Judged {
                result: refusal(Some(mutation.mid), Outcome::Rejected, problem),
                keep: true,
            };
        }
        self.take(mutation, current, merged)
    }

    fn editor(&self, time: EditTime) -> Editor {
        let actor = &self.prepared.actor;
        Editor {
            device: actor.device,
            generation: self.prepared.replica.generation,
            person: actor.person,
            authority: match self.prepared.decision() {
                Some(decision) => decision.role.authority(),
                None => actor.role.authority(),
            },
            at: time.at,
        }
    }

    fn edit_time(&self, mutation: &Mutation, current: Option<&StoredRecord>) -> EditTime {
        let seen = current.filter(|record| mutation.base == Some(record.state.rev));
        edit_time::correct(
            &mutation.edited,
            &self.contact,
            seen.map(|record| record.updated_at),
        )
    }

    /// Why the person may not write where the mutation writes, if so: judged by the assignment at the time of the edit.
    fn forbidden(
        &self,
        kind: Kind,
        mutation: &Mutation,
        current: Option<&StoredRecord>,
        time: EditTime,
    ) -> Option<ErrorCode> {
        let actor = &self.prepared.actor;
        if current.is_some_and(|record| record.county != actor.county) {
            return Some(ErrorCode::IdTaken);
        }
        if matches!(kind, Kind::Conflict | Kind::Bulletin) {
            return None;
        }
        let is_given_by_link = |record: &StoredRecord| is_by_link(&record.state.fields);
        if kind == Kind::Feedback && current.is_some_and(is_given_by_link) {
            return Some(ErrorCode::NotTheAuthor);
        }
        let set = village_set(mutation);
        if let Some(village) = &set
            && (village.county() != actor.county || !self.villages.contains(village))
        {
            return Some(ErrorCode::UnknownVillage);
        }
        let now = current.and_then(|record| record.village.clone());
        let day = local_date(time.at, &self.prepared.zone);
        let service_day = mutation
            .set
            .get("service_from")
            .or_else(|| mutation.set.get("reported_on"));
        let service_day = service_day
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Date>().ok());
        let mut days = vec![day];
        // Where the clock says nothing, the day that the user wrote is asked as well.
        days.extend(service_day.filter(|_| time.quality == Quality::Uncertain));
        // A child follows its parent, so it is written where the parent stands.
        let parent = parent_of(kind, mutation).or_else(|| current.and_then(|record| record.parent));
        let led = parent
            .and_then(|id| self.ledger.place(id))
            .and_then(|place| place.village);
        let written = [now, set, led];
        if let Some(decision) = self.prepared.decision() {
            let mut villages = written.iter().flatten();
            let is_within = villages.all(|village| decision.reach.contains(village));
            return (!is_within).then_some(ErrorCode::ForbiddenScope);
        }
        let covered = |grant: &Grant| days.iter().any(|day| grant.covers_edit(*day));
        let outside = written.iter().flatten().any(|village| {
            let mut granted = self.grants.iter().filter(|grant| grant.village == *village);
            !granted.any(covered)
        });
        outside.then_some(ErrorCode::ForbiddenScope)
    }

    /// Turns what the merge says into stored records, conflict notes and the result.
    fn take(
        &mut self,
        mutation: &Mutation,
        current: Option<StoredRecord>,
        merged: Merged,
    ) -> Judged {
        let mut rev = current.as_ref().map(|record| record.state.rev);
        let mut outcome = merged.outcome;
        let mut problem = merged.problem;
        let conflicts = self.note_conflicts(mutation, &merged.conflicts);
        if let Some(state) = merged.state {
            let record = self.placed(mutation, current, state);
            rev = Some(record.state.rev);
            if record.held.is_some() && outcome != Outcome::Rejected {
                outcome = Outcome::Held;
                problem = Some(MutationProblem::of(ErrorCode::AwaitingParent));
            }
            let id = record.id;
            self.ledger.put(record);
            self.lead_children(id);
        }
        let waits = problem
            .as_ref()
            .is_some_and(|problem| problem.code == ErrorCode::Locked);
        let keep = outcome == Outcome::Rejected || waits;
        let result = MutationResult {
            mid: Some(mutation.mid),
            outcome,
            rev,
            conflicts,
            problem,
            replayed: false,
        };
        Judged { result, keep }
    }

    /// The record with what follows from its new state: parent, village, hold, adoption, lateness.
    fn placed(
        &self,
        mutation: &Mutation,
        current: Option<StoredRecord>,
        mut state: State,
    ) -> StoredRecord {
        let kind = state.kind;
        let parent = kind
            .parent()
            .and_then(|(field, _)| state.text(field)?.parse().ok());
        let parent_place = parent.and_then(|id| self.ledger.place(id));
        let wanted = kind.parent().map(|(_, kind)| kind);
        let parent_here = parent_place.filter(|place| Some(place.kind) == wanted);
        let held =
            (parent.is_some() && parent_here.is_none()).then(|| "awaiting_parent".to_owned());
        if let Some(village) = parent_here.and_then(|place| place.village) {
            state
                .fields
                .insert("village_code".to_owned(), Value::from(village.as_str()));
        }
        let village: Option<DivisionCode> = state
            .text("village_code")
            .and_then(|text| text.parse().ok());
        if kind == Kind::Visit && current.is_none() {
            note_lateness(
                &mut state,
                local_date(self.prepared.received_at, &self.prepared.zone),
            );
        }
        if kind == Kind::Visit && state.fields.contains_key("check_in") {
            let point = village
                .as_ref()
                .and_then(|village| self.points.get(village).copied());
            note_distance(&mut state, point);
        }
        let file = state
            .text("sha256")
            .and_then(|sha256| self.files.get(sha256));
        if let Some(file) = file.filter(|_| kind == Kind::Photo && current.is_none()) {
            photos::status::note_state(&mut state.fields, file);
        }
        let adoption = (kind == Kind::AdoptionReport)
            .then(|| adoption_of(&AdoptionReport::read(&state.fields)))
            .flatten();
        StoredRecord {
            id: mutation.id,
            county: self.prepared.actor.county.clone(),
            village,
            held,
            parent,
            adoption,
            state,
            received_at: current.map_or(self.prepared.received_at, |record| record.received_at),
            updated_at: self.prepared.received_at,
        }
    }

    /// Children that waited for this record are released, and all of them follow it to its village.
    fn lead_children(&mut self, parent: RecordId) {
        let Some(place) = self.ledger.place(parent) else {
            return;
        };
        for id in self.ledger.children(parent) {
            let Some(mut child) = self.ledger.get(id).cloned() else {
                continue;
            };
            let belongs = child
                .state
                .kind
                .parent()
                .is_some_and(|(_, kind)| kind == place.kind);
            if !belongs || (child.held.is_none() && child.village == place.village) {
                continue;
            }
            child.held = None;
            child.village.clone_from(&place.village);
            if let Some(village) = &place.village {
                child
                    .state
                    .fields
                    .insert("village_code".to_owned(), Value::from(village.as_str()));
            }
            child.state.rev += 1;
            child.updated_at = self.prepared.received_at;
            self.ledger.put(child);
        }
    }

    /// Keeps each losing value in a note that both people can see and undo.
    fn note_conflicts(
        &mut self,
        mutation: &Mutation,
        conflicts: &[Conflict],
    ) -> Vec<FieldConflict> {
        let mut told = Vec::with_capacity(conflicts.len());
        for conflict in conflicts {
            let field = conflict.field.clone().unwrap_or_default();
            let name = format!("conflict|{}|{field}", mutation.mid);
            let id = RecordId(Uuid::new_v5(&mutation.mid.0, name.as_bytes()));
            let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
            let note = ConflictNote {
                record_id: Some(mutation.id),
                record_kind: Some(mutation.kind.clone()),
                field: conflict.field.clone(),
                rule: Some(conflict.rule.to_owned()),
                mutation_id: Some(mutation.mid),
                kept_by: Some(conflict.kept_by),
                lost_by: Some(conflict.lost_by),
                kept_json: text(&conflict.kept),
                lost_json: text(&conflict.lost),
                needs_review: conflict.needs_review.then_some(true),
                conflict_state: Some("open".to_owned()),
            };
            let village = self
                .ledger
                .get(mutation.id)
                .and_then(|record| record.village.clone());
            self.ledger.put_own(Kind::Conflict, id, village, &note);
            told.push(FieldConflict {
                conflict_id: id,
                field,
                rule: conflict.rule.to_owned(),
                yours_kept: conflict.yours_kept,
                kept: conflict.kept.clone(),
                lost: conflict.lost.clone(),
            });
        }
        told
    }

    /// `accept_conflict` closes a note; `undo_conflict` puts the losing value back, as an edit of its own.
    fn settle_conflict(
        &mut self,
        mutation: &Mutation,
        note: Option<StoredRecord>,
        time: EditTime,
    ) -> Judged {
        let Some(note) = note else {
            return refused(mutation, ErrorCode::UnknownRecord);
        };
        let mut written = ConflictNote::read(&note.state.fields);
        let person = Some(self.prepared.actor.person);
        let is_decided = self.prepared.decision().is_some();
        if !is_decided && written.kept_by != person && written.lost_by != person {
            return refused(mutation, ErrorCode::NotTheAuthor);
        }
        if written.conflict_state.as_deref() != Some("open") {
            return refused(mutation, ErrorCode::IllegalTransition);
        }
        let undo = mutation.name.as_deref() == Some("undo_conflict");
        if undo && written.rule.as_deref() == Some("immutable") {
            return refused(mutation, ErrorCode::ImmutableField);
        }
        let (mut rev, mut conflicts) = (None, Vec::new());
        if undo {
            let Some((kind, back)) = self.undoing(mutation, &written) else {
                return Judged {
                    result: refusal(
                        Some(mutation.mid),
                        Outcome::Retry,
                        MutationProblem::of(ErrorCode::Busy),
                    ),
                    keep: false,
                };
            };
            let judged = self.judge_undoing(kind, &back, time);
            if !matches!(judged.result.outcome, Outcome::Applied | Outcome::Merged) {
                return Judged {
                    result: MutationResult {
                        mid: Some(mutation.mid),
                        ..judged.result
                    },
                    ..judged
                };
            }
            rev = judged.result.rev;
            conflicts = judged.result.conflicts;
        }
        written.conflict_state = Some(if undo { "undone" } else { "accepted" }.to_owned());
        self.ledger
            .put_own(Kind::Conflict, note.id, note.village.clone(), &written);
        let outcome = if conflicts.is_empty() {
            Outcome::Applied
        } else {
            Outcome::Merged
        };
        let result = MutationResult {
            mid: Some(mutation.mid),
            outcome,
            rev,
            conflicts,
            problem: None,
            replayed: false,
        };
        Judged {
            result,
            keep: false,
        }
    }

    /// `mark_read`: the person has read a bulletin. There is one receipt, whichever phone says so how often, and it holds the
    /// earliest time.
    fn note_reading(
        &mut self,
        mutation: &Mutation,
        bulletin: Option<&StoredRecord>,
        time: EditTime,
    ) -> Judged {
        let is_one = |record: &&StoredRecord| record.state.kind == Kind::Bulletin;
        let Some(bulletin) = bulletin.filter(is_one) else {
            return refused(mutation, ErrorCode::UnknownRecord);
        };
        let (rev, person) = (bulletin.state.rev, self.prepared.actor.person);
        let id = receipt_id(mutation.id, person);
        let known = self.ledger.get(id);
        let before = known.and_then(|record| Receipt::read(&record.state.fields).read_at);
        let receipt = Receipt {
            bulletin_id: Some(mutation.id),
            person_id: Some(person),
            read_at: Some(before.map_or(time.at, |before| before.min(time.at))),
        };
        self.ledger.put_own(Kind::Receipt, id, None, &receipt);
        let result = MutationResult {
            mid: Some(mutation.mid),
            outcome: Outcome::Applied,
            rev: Some(rev),
            conflicts: Vec::new(),
            problem: None,
            replayed: false,
        };
        Judged {
            result,
            keep: false,
        }
    }

    fn judge_undoing(&mut self, kind: Kind, back: &Mutation, time: EditTime) -> Judged {
        let current = self.ledger.get(back.id).cloned();
        if let Some(code) = self.forbidden(kind, back, current.as_ref(), time) {
            return refused(back, code);
        }
        let editor = self.editor(time);
        let merged = merge::merge(
            kind,
            current.as_ref().map(|record| &record.state),
            back,
            &editor,
        );
        if let Some(problem) = merged.state.as_ref().and_then(merge::check_merged) {
            return Judged {
                result: refusal(Some(back.mid), Outcome::Rejected, problem),
                keep: true,
            };
        }
        self.take(back, current, merged)
    }

    /// The mutation that puts a losing value back over what stands now. `None` if the record is not loaded.
    fn undoing(&self, command: &Mutation, note: &ConflictNote) -> Option<(Kind, Mutation)> {
        let record = self.ledger.get(note.record_id?)?;
        let lost: Option<Value> = note
            .lost_json
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        let mut back = Mutation {
            op: Operation::Patch,
            kind: record.state.kind.as_str().to_owned(),
            id: record.id,
            base: Some(seen_by_undoer(record, note)),
            name: None,
            ..command.clone()
        };
        match (&note.field, lost) {
            (Some(field), Some(value)) => {
                back.set.insert(field.clone(), value);
            }
            (Some(field), None) => back.unset.push(field.clone()),
            (None, Some(Value::Object(mut fields))) => {
                back.op = Operation::Undelete;
                for (name, part) in [
                    (merge::ADDED, &mut back.add),
                    (merge::REMOVED, &mut back.remove),
                ] {
                    let elements = fields.remove(name);
                    *part = elements
                        .and_then(|of| serde_json::from_value(of).ok())
                        .unwrap_or_default();
                }
                back.set = fields;
            }
            (None, _) => back.op = Operation::Undelete,
        }
        Some((record.state.kind, back))
    }

    fn bury(&mut self, item: &Item, problem: &MutationProblem) {
        self.letters
            .push(letter_of(item, problem, &self.prepared.actor, self.clock));
    }
}

/// The revision that whoever undoes a conflict has seen: the present one if the value that won still stands. A newer value
/// was seen by nobody who reads the note, and is not overwritten without a note of its own.
fn seen_by_undoer(record: &StoredRecord, note: &ConflictNote) -> i64 {
    let Some(field) = &note.field else {
        return record.state.rev;
    };
    let known = record.state.fields.get(field);
    let now = known
        .or_else(|| record.state.ext.get(field))
        .map(Value::to_string);
    if now == note.kept_json {
        record.state.rev
    } else {
        0
    }
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

fn letter_of(
    item: &Item,
    problem: &MutationProblem,
    actor: &DeviceActor,
    clock: &Clock,
) -> DeadLetter {
    let village = item
        .payload
        .pointer("/set/village_code")
        .and_then(Value::as_str);
    DeadLetter {
        id: clock.new_id(),
        mid: item.mid,
        device: actor.device,
        person: actor.person,
        village: village.and_then(|text| text.parse().ok()),
        problem: problem.clone(),
        payload: item.payload.to_string(),
    }
}

/// The records that a mutation is about: its own, and the one that it belongs to.
const ABOUT: [&str; 4] = [
    "/id",
    "/set/visit_id",
    "/set/beneficiary_id",
    "/set/site_id",
];

/// Letters with the village of the record that they are about, where they name none themselves: a patch hardly ever does.
async fn placed(
    txn: &WriteTxn,
    county: &DivisionCode,
    mut letters: Vec<DeadLetter>,
) -> Result<Vec<DeadLetter>, AppError> {
    let about: Vec<Vec<RecordId>> = letters
        .iter()
        .map(|letter| match letter.village {
            Some(_) => Vec::new(),
            None => about(&letter.payload),
        })
        .collect();
    let ids: Vec<RecordId> = about.iter().flatten().copied().collect();
    if ids.is_empty() {
        return Ok(letters);
    }
    let places = records::find_places(txn, &ids).await?;
    let villages: BTreeMap<RecordId, DivisionCode> = places
        .into_iter()
        .filter_map(|place| Some((place.id, place.village?)))
        .filter(|(_, village)| county.contains(village))
        .collect();
    for (letter, about) in letters.iter_mut().zip(about) {
        let known = about.iter().find_map(|id| villages.get(id).cloned());
        letter.village = letter.village.take().or(known);
    }
    Ok(letters)
}

fn about(payload: &str) -> Vec<RecordId> {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    let id = |pointer| payload.pointer(pointer)?.as_str()?.parse().ok();
    ABOUT.into_iter().filter_map(id).map(RecordId).collect()
}

/// Metres between the check-in and the village's reference point, where both are known: evidence, never a gate.
fn note_distance(state: &mut State, village: Option<Point>) {
    let position = Visit::read(&state.fields).check_in;
    let here = position.as_ref().and_then(geo::wgs84_of);
    if let Some((here, village)) = here.zip(village) {
        let metres = geo::whole_metres(here, village);
        state
            .fields
            .insert("distance_to_village_m".to_owned(), Value::from(metres));
    }
}

/// Days between the last service day and the arrival, if there are any.
fn note_lateness(state: &mut State, arrived: Date) {
    let date = |name| state.text(name).and_then(|text| text.parse::<Date>().ok());
    let Some(last) = date("service_to").or_else(|| date("service_from")) else {
        return;
    };
    let days = validate::days_between(last, arrived);
    if days > 0 {
        state
            .fields
            .insert("late_days".to_owned(), Value::from(days));
    }
}

fn refused(mutation: &Mutation, code: ErrorCode) -> Judged {
    let result = refusal(
        Some(mutation.mid),
        Outcome::Rejected,
        MutationProblem::of(code),
    );
    Judged { result, keep: true }
}

fn refusal(mid: Option<MutationId>, outcome: Outcome, problem: MutationProblem) -> MutationResult {
    MutationResult {
        mid,
        outcome,
        rev: None,
        conflicts: Vec::new(),
        problem: Some(problem),
        replayed: false,
    }
}
