//! One unit of work over records: what was loaded, what it has become, and what follows from that for the
//! feeds and the cells of the summaries. Every use case that changes a record writes through it.
//!
//! The order is always the same: lock the scopes that are expected, load, change in memory, settle what is
//! derived, see whether more scopes are needed (then begin again with those locked as well), flush.

use crate::Rollback;
use crate::records::{events, trainings};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::scope::scopes_of;
use tepai_store::feeds::{self, Membership, MembershipState, ScopeState};
use tepai_store::records::{self, RecordPlace, StoredRecord};
use tepai_store::summary_cells::{self, CellKey};
use tepai_store::{Txn, WriteTxn};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::adoption::{self, Override, Report};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, GenerationId, PersonId, RecordId};
use tepai_sync_protocol::merge::{Stamp, State};
use tepai_sync_protocol::records::{AdoptionReport, Kind, Record};
use tepai_sync_protocol::scope::Scope;
use uuid::Uuid;

/// The person and device of what the server writes itself.
pub const SERVER: (PersonId, DeviceId) = (PersonId(Uuid::nil()), DeviceId(Uuid::nil()));

/// How often a transaction begins again because it turned out to need more locks.
const MAX_ATTEMPTS: usize = 6;

/// The "month" of what stands in a village whatever the month: demo households and demo bases.
pub const STANDING: i32 = 0;

/// What an attempt at a transaction came to. [`Rollback::Intended`] names the scopes that it must lock as well.
pub type Attempt<T> = Result<T, Rollback<BTreeSet<Scope>>>;

/// Runs `work` in one write transaction, and again with more locks if it needs them.
///
/// `work` gets the scopes to lock, locks them, and calls [`Ledger::check_locks`] before it writes. If it needs more, the transaction is rolled back and begins again with those as well; after six attempts the answer is
/// [`AppError::Busy`].
#[tracing::instrument(level = "debug", skip_all)]
pub async fn commit<T, F>(app: &App, mut scopes: BTreeSet<Scope>, work: F) -> Result<T, AppError>
where
    T: Send,
    F: for<'t> AsyncFnOnce(&'t WriteTxn, BTreeSet<Scope>) -> Attempt<T> + Clone + Send,
{
    for _ in 0..MAX_ATTEMPTS {
        let work = work.clone();
        let attempt = async move |txn: &WriteTxn| work(txn, scopes).await;
        match app.store.write(attempt).await {
            Ok(value) => return Ok(value),
            Err(Rollback::Intended(needed)) => scopes = needed,
            Err(Rollback::Failed(error)) => return Err(error),
        }
    }
    Err(AppError::Busy)
}

/// One unit of work.
#[derive(Clone, Debug)]
pub struct Ledger {
    county: DivisionCode,
    now: i64,
    entries: BTreeMap<RecordId, Entry>,
    places: BTreeMap<RecordId, RecordPlace>,
    changed: Vec<RecordId>,
    extra_cells: BTreeSet<CellKey>,
}

#[derive(Clone, Debug)]
struct Entry {
    before: Option<StoredRecord>,
    now: StoredRecord,
}

impl Ledger {
    /// An empty unit of work in `county`, at `now` (milliseconds since 1970 UTC).
    pub fn new(county: DivisionCode, now: i64) -> Self {
        Self {
            county,
            now,
            entries: BTreeMap::new(),
            places: BTreeMap::new(),
            changed: Vec::new(),
            extra_cells: BTreeSet::new(),
        }
    }

    /// The county it works in.
    pub fn county(&self) -> &DivisionCode {
        &self.county
    }

    /// Its time: milliseconds since 1970 UTC.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Loads and locks records.
    pub async fn load(&mut self, txn: &WriteTxn, ids: &[RecordId]) -> Result<(), AppError> {
        for record in records::find_locked(txn, ids).await? {
            self.entries.entry(record.id).or_insert(Entry {
                before: Some(record.clone()),
                now: record,
            });
        }
        Ok(())
    }

    /// Learns where records stand, without loading them.
    pub fn know(&mut self, places: impl IntoIterator<Item = RecordPlace>) {
        self.places
            .extend(places.into_iter().map(|place| (place.id, place)));
    }

    /// The record as it stands now in this unit of work.
    pub fn get(&self, id: RecordId) -> Option<&StoredRecord> {
        self.entries.get(&id).map(|entry| &entry.now)
    }

    /// Where a record stands now, if it is known here.
    pub fn place(&self, id: RecordId) -> Option<RecordPlace> {
        let loaded = self.get(id).map(|record| RecordPlace {
            id,
            kind: record.state.kind,
            village: record.village.clone(),
            author: record.author(),
            parent: record.parent,
            deleted: record.state.deleted,
        });
        loaded.or_else(|| self.places.get(&id).cloned())
    }

    /// The records loaded here that belong to `parent`.
    pub fn children(&self, parent: RecordId) -> Vec<RecordId> {
        let own = self
            .entries
            .values()
            .filter(|entry| entry.now.parent == Some(parent));
        own.map(|entry| entry.now.id).collect()
    }

    /// Puts a record in its new state.
    pub fn put(&mut self, record: StoredRecord) {
        let id = record.id;
        self.changed.retain(|changed| *changed != id);
        self.changed.push(id);
        match self.entries.get_mut(&id) {
            Some(entry) => entry.now = record,
            None => {
                self.entries.insert(
                    id,
                    Entry {
                        before: None,
                        now: record,
                    },
                );
            }
        }
    }

    /// Makes or replaces a record that the server writes itself; does nothing if its fields are the same.
    /// Returns whether it changed.
    pub fn put_own(
        &mut self,
        kind: Kind,
        id: RecordId,
        village: Option<DivisionCode>,
        written: &impl Record,
    ) -> bool {
        let fields = written.write();
        let current = self.get(id);
        if current.is_some_and(|record| {
            !record.state.deleted && record.state.fields == fields && record.village == village
        }) {
            return false;
        }
        let rev = current.map_or(1, |record| record.state.rev + 1);
        let created = current.map_or_else(
            || own_stamp(rev, self.now),
            |record| record.state.created.clone(),
        );
        let received_at = current.map_or(self.now, |record| record.received_at);
        let parent = kind
            .parent()
            .and_then(|(field, _)| fields.get(field)?.as_str()?.parse().ok());
        self.put(StoredRecord {
            id,
            county: self.county.clone(),
            village,
            held: None,
            parent,
            adoption: None,
            state: State {
                kind,
                rev,
                deleted: false,
                fields,
                ext: Fields::default(),
                created,
                stamps: BTreeMap::new(),
            },
            received_at,
            updated_at: self.now,
        });
        true
    }

    /// Turns a record that the server wrote into a tombstone.
    pub fn delete_own(&mut self, id: RecordId) {
        let Some(record) = self.get(id).filter(|record| !record.state.deleted).cloned() else {
            return;
        };
        let mut gone = record;
        gone.state.rev += 1;
        gone.state.deleted = true;
        gone.updated_at = self.now;
        self.put(gone);
    }

    /// The adoptions whose reports changed, before or after.
    pub fn touched_adoptions(&self) -> BTreeSet<RecordId> {
        let changed = self.changed.iter().filter_map(|id| self.entries.get(id));
        let both = changed.flat_map(|entry| [entry.before.as_ref(), Some(&entry.now)]);
        both.flatten()
            .filter_map(|record| record.adoption)
            .collect()
    }

    /// Derives the adoptions whose reports changed, from all their live reports.
    pub async fn settle_adoptions(&mut self, txn: &WriteTxn) -> Result<(), AppError> {
        let touched: Vec<RecordId> = self.touched_adoptions().into_iter().collect();
        if touched.is_empty() {
            return Ok(());
        }
        let missing: Vec<_> = touched
            .iter()
            .copied()
            .filter(|id| !self.entries.contains_key(id))
            .collect();
        self.load(txn, &missing).await?;
        let mut stored: BTreeMap<RecordId, StoredRecord> = records::list_reports(txn, &touched)
            .await?
            .into_iter()
            .map(|record| (record.id, record))
            .collect();
        for entry in self
            .entries
            .values()
            .filter(|entry| entry.now.state.kind == Kind::AdoptionReport)
        {
            if let Some(before) = &entry.before {
                self.extra_cells.extend(cell_of(before));
            }
            stored.insert(entry.now.id, entry.now.clone());
        }
        for id in touched {
            let own: Vec<&StoredRecord> = stored
                .values()
                .filter(|record| record.adoption == Some(id))
                .collect();
            self.extra_cells
                .extend(own.iter().filter_map(|record| cell_of(record)));
            let reports: Vec<Report> = own
                .into_iter()
                .filter(|record| record.is_live())
                .map(report_of)
                .collect();
            let decided = self
                .get(id)
                .map(|record| override_of(&record.state))
                .unwrap_or_default();
            match adoption::derive(&reports, None, &decided) {
                Some(state) => {
                    let village = state.village_code.clone();
                    self.put_own(Kind::Adoption, id, village, &state);
                }
                None => self.delete_own(id),
            }
        }
        Ok(())
    }

    /// Feedback and training sessions count as their visits do: when a visit changes, their cells are stale too.
    pub async fn settle_what_counts_with_visits(&mut self, txn: &WriteTxn) -> Result<(), AppError> {
        self.settle_feedback(txn).await?;
        self.settle_trainings(txn).await
    }

    /// A session speaks for visits, so that whatever changes one of them touches all cells around its day.
    async fn settle_trainings(&mut self, txn: &WriteTxn) -> Result<(), AppError> {
        let changed = self.changed.iter().filter_map(|id| self.entries.get(id));
        let visits = changed.filter(|entry| entry.now.state.kind == Kind::Visit);
        let both = visits.flat_map(|entry| [entry.before.as_ref(), Some(&entry.now)]);
        let mut days: BTreeMap<DivisionCode, (Date, Date)> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for record in both.flatten() {
            ids.insert(record.id);
            if let (Some(village), Some(on)) = (record.village.clone(), record.on_date()) {
                let range = days.entry(village).or_insert((on, on));
                *range = (range.0.min(on), range.1.max(on));
            }
        }
        for (village, (from, to)) in days {
            let (from, to) = trainings::near(from, to);
            let kind = Kind::TrainingSession;
            let near = records::list_dated(txn, &village, kind, from, to).await?;
            if near.iter().any(|record| trainings::names(record, &ids)) {
                self.extra_cells.extend(near.iter().flat_map(cells_of));
            }
        }
        Ok(())
    }

    async fn settle_feedback(&mut self, txn: &WriteTxn) -> Result<(), AppError> {
        let changed = self.changed.iter().filter_map(|id| self.entries.get(id));
        let visits: Vec<RecordId> = changed
            .filter(|entry| entry.before.is_some() && entry.now.state.kind == Kind::Visit)
            .map(|entry| entry.now.id)
            .collect();
        if visits.is_empty() {
            return Ok(());
        }
        for (village, on) in records::list_dates_of_children(txn, Kind::Feedback, &visits).await? {
            self.extra_cells.insert((village, month_of(on)));
        }
        Ok(())
    }

    /// Checks that every scope in which something changes is locked.
    pub fn check_locks(&self, locked: &BTreeMap<Scope, ScopeState>) -> Attempt<()> {
        let changed = self.changed.iter().filter_map(|id| self.entries.get(id));
        let both = changed.flat_map(|entry| [entry.before.as_ref(), Some(&entry.now)]);
        let needed: BTreeSet<Scope> = both.flatten().flat_map(scopes).collect();
        if needed.iter().all(|scope| locked.contains_key(scope)) {
            return Ok(());
        }
        Err(Rollback::Intended(
            needed.into_iter().chain(locked.keys().cloned()).collect(),
        ))
    }

    /// Writes everything: records, feeds, stale cells, and what webhooks tell of it. All needed scopes must be in `locked`.
    pub async fn flush(
        self,
        txn: &WriteTxn,
        mut locked: BTreeMap<Scope, ScopeState>,
    ) -> Result<(), AppError> {
        if self.changed.is_empty() {
            return Ok(());
        }
        let mut memberships = BTreeMap::new();
        let mut touched = BTreeSet::new();
        let mut cells = self.extra_cells.clone();
        let mut events = Vec::new();
        for entry in self.changed.iter().filter_map(|id| self.entries.get(id)) {
            cells.extend(entry.before.iter().flat_map(cells_of));
            cells.extend(cells_of(&entry.now));
            events.extend(events::of_visit(entry.before.as_ref(), &entry.now));
            for (scope, membership) in entry.moves(&mut locked)? {
                touched.insert(scope.clone());
                memberships.insert((scope, entry.now.id), membership);
            }
        }
        let changed: Vec<&StoredRecord> = self
            .changed
            .iter()
            .filter_map(|id| self.entries.get(id))
            .map(|entry| &entry.now)
            .collect();
        records::save(txn, &changed).await?;
        feeds::save_memberships(txn, &memberships).await?;
        locked.retain(|scope, _| touched.contains(scope));
        feeds::save_scopes(txn, &locked).await?;
        summary_cells::mark_stale(txn, &self.county, &cells).await?;
        events::tell(txn, &self.county, self.now, &events, &cells).await
    }
}

impl Entry {
    /// How the record moves in each scope that it touches; raises their counters.
    fn moves(
        &self,
        locked: &mut BTreeMap<Scope, ScopeState>,
    ) -> Result<Vec<(Scope, Membership)>, AppError> {
        let before = self.before.as_ref().map(scopes).unwrap_or_default();
        let after = scopes(&self.now);
        let was_live = self.before.as_ref().filter(|record| !record.state.deleted);
        let mut moves = Vec::with_capacity(before.len() + after.len());
        for scope in before.union(&after) {
            let state = locked.get_mut(scope).ok_or_else(|| {
                AppError::Internal(anyhow::anyhow!("scope {scope} is written without its lock"))
            })?;
            state.seq += 1;
            if let Some(record) = was_live.filter(|_| before.contains(scope)) {
                state.tally.remove(record.id, record.state.rev);
            }
            let new_state = match (after.contains(scope), self.now.state.deleted) {
                (false, _) => MembershipState::Left,
                (true, true) => MembershipState::Deleted,
                (true, false) => MembershipState::Live,
            };
            if new_state == MembershipState::Live {
                state.tally.add(self.now.id, self.now.state.rev);
            }
            let membership = Membership {
                seq: state.seq,
                state: new_state,
                rev: self.now.state.rev,
                kind: self.now.state.kind,
            };
            moves.push((scope.clone(), membership));
        }
        Ok(moves)
    }
}

/// The scopes in which a stored record stands.
pub fn scopes(record: &StoredRecord) -> BTreeSet<Scope> {
    scopes_of(
        record.state.kind,
        &record.county,
        record.village.as_ref(),
        record.author(),
        &record.state.fields,
    )
}

/// The cell that a record contributes to, if it is of a kind that does: that of its month, or the standing
/// one of its village.
pub fn cell_of(record: &StoredRecord) -> Option<CellKey> {
    let month = match record.state.kind {
        Kind::Visit | Kind::AdoptionReport | Kind::Feedback | Kind::TrainingSession => {
            month_of(record.on_date()?)
        }
        Kind::Beneficiary | Kind::DemoBase => STANDING,
        _ => return None,
    };
    Some((record.village.clone()?, month))
}

/// The cells that a record touches: its own, and for a session those of the visits that it may speak for.
fn cells_of(record: &StoredRecord) -> Vec<CellKey> {
    let own = cell_of(record);
    let Some((village, on)) = own
        .as_ref()
        .filter(|_| record.state.kind == Kind::TrainingSession)
        .and_then(|(village, _)| Some((village, record.on_date()?)))
    else {
        return own.into_iter().collect();
    };
    let (from, to) = trainings::near(on, on);
    let months: BTreeSet<i32> = [from, on, to].map(month_of).into();
    let cell = |month| (village.clone(), month);
    months.into_iter().map(cell).collect()
}

/// The month of a local date: year × 100 + month.
pub fn month_of(date: Date) -> i32 {
    i32::from(date.year()) * 100 + i32::from(date.month())
}

/// A stored report, as the derivation reads it.
pub fn report_of(record: &StoredRecord) -> Report {
    let of_fields = record
        .state
        .stamps
        .iter()
        .filter(|(name, _)| !name.starts_with('$'));
    let stamps = of_fields
        .map(|(_, stamp)| stamp)
        .chain([&record.state.created]);
    Report {
        id: record.id,
        author: record.author(),
        edited_at: stamps
            .map(|stamp| stamp.at)
            .max()
            .unwrap_or(record.received_at),
        fields: AdoptionReport::read(&record.state.fields),
    }
}

/// What the office decided on an adoption.
pub fn override_of(state: &State) -> Override {
    Override {
        stage: state.text("office_stage").map(str::to_owned),
        area_centi_mu: state
            .fields
            .get("office_area_centi_mu")
            .and_then(serde_json::Value::as_i64),
    }
}

fn own_stamp(rev: i64, at: i64) -> Stamp {
    let (person, device) = SERVER;
    let generation = GenerationId(Uuid::nil());
    Stamp {
        rev,
        device,
        generation,
        n: 0,
        person,
        authority: 3,
        at,
    }
}

/// Where records stand, read before anything is locked.
pub async fn find_places(txn: &impl Txn, ids: &[RecordId]) -> Result<Vec<RecordPlace>, AppError> {
    Ok(records::find_places(txn, ids).await?)
}
