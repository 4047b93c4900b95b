//! Keeping a phone: its state as small rows, and only those that changed, in one transaction of a [`Storage`].
//!
//! It knows nothing of what the rows mean; a port puts its platform's database behind the trait and has a phone that
//! survives being killed at any moment.

mod sqlite;

pub use sqlite::SqliteStorage;

use crate::outbox::{Acknowledged, Outbox, Pending};
use crate::phone::{Phone, PhoneState};
use crate::replica::{Replica, StoredRecord};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use tepai_sync_protocol::ids::RecordId;

/// What a row is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Who the phone is and where the sync stands: one row.
    Head,
    /// A record as the server last told it.
    Record,
    /// A mutation that waits.
    Pending,
    /// A mutation that the server has.
    Acknowledged,
    /// A photo whose bytes are here only.
    Photo,
}

impl Part {
    /// Every part.
    pub const ALL: [Self; 5] = [
        Self::Head,
        Self::Record,
        Self::Pending,
        Self::Acknowledged,
        Self::Photo,
    ];

    /// The name under which it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Record => "record",
            Self::Pending => "pending",
            Self::Acknowledged => "acknowledged",
            Self::Photo => "photo",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == name)
    }
}

/// The key of a row: its part, and its id there.
pub type RowKey = (Part, String);

/// The rows to write, as JSON; `None` takes one away.
pub type RowChanges = BTreeMap<RowKey, Option<String>>;

/// A store of rows. Two of them never hold one phone.
pub trait Storage {
    /// All rows.
    fn load(&mut self) -> Result<BTreeMap<RowKey, String>, StorageError>;

    /// Writes all of the changes or none. When it has returned they survive a power cut.
    fn commit(&mut self, changes: &RowChanges) -> Result<(), StorageError>;
}

/// Why a phone could not be kept, or read back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The store failed: full, locked, broken.
    #[error("the phone's storage failed: {0}")]
    Failed(String),
    /// A row is not what this version writes.
    #[error("the {part} row {key} of the phone's storage is not readable: {why}")]
    Unreadable {
        /// What it is part of.
        part: &'static str,
        /// Its key.
        key: String,
        /// What is wrong.
        why: String,
    },
    /// A newer version of the app wrote it.
    #[error("the phone's storage is of a newer version of the app (format {0})")]
    Newer(i64),
}

/// A storage that forgets with the process: for simulations, and for tests of this module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryStorage {
    rows: BTreeMap<RowKey, String>,
}

impl Storage for MemoryStorage {
    fn load(&mut self) -> Result<BTreeMap<RowKey, String>, StorageError> {
        Ok(self.rows.clone())
    }

    fn commit(&mut self, changes: &RowChanges) -> Result<(), StorageError> {
        for (key, value) in changes {
            match value {
                Some(value) => self.rows.insert(key.clone(), value.clone()),
                None => self.rows.remove(key),
            };
        }
        Ok(())
    }
}

/// Whoever keeps a phone between the steps of a sync.
pub trait Keep {
    /// Makes the phone's present state durable. Nothing leaves the phone before this has returned.
    fn keep(&mut self, phone: &Phone) -> Result<(), StorageError>;
}

/// Keeps nothing: the phone ends with the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeepNothing;

impl Keep for KeepNothing {
    fn keep(&mut self, _: &Phone) -> Result<(), StorageError> {
        Ok(())
    }
}

/// Keeps a phone in a storage, and writes what changed since the last time.
#[derive(Debug)]
pub struct Keeper<S> {
    storage: S,
    /// What the storage holds: a hash of each row.
    kept: BTreeMap<RowKey, u64>,
}

impl<S: Storage> Keeper<S> {
    /// Opens a storage, and returns the phone's state if there is one.
    pub fn open(mut storage: S) -> Result<(Self, Option<PhoneState>), StorageError> {
        let rows = storage.load()?;
        let kept = rows
            .iter()
            .map(|(key, value)| (key.clone(), hash(value)))
            .collect();
        let state = if rows.is_empty() {
            None
        } else {
            Some(state_of(&rows)?)
        };
        Ok((Self { storage, kept }, state))
    }

    /// The storage.
    pub fn storage(&self) -> &S {
        &self.storage
    }
}

impl<S: Storage> Keep for Keeper<S> {
    fn keep(&mut self, phone: &Phone) -> Result<(), StorageError> {
        let rows = rows_of(phone.state())?;
        let mut changes = RowChanges::new();
        let mut now = BTreeMap::new();
        for (key, value) in rows {
            let hash = hash(&value);
            if self.kept.get(&key) != Some(&hash) {
                changes.insert(key.clone(), Some(value));
            }
            now.insert(key, hash);
        }
        let gone = self.kept.keys().filter(|key| !now.contains_key(*key));
        changes.extend(gone.map(|key| (key.clone(), None)));
        if !changes.is_empty() {
            self.storage.commit(&changes)?;
        }
        self.kept = now;
        Ok(())
    }
}

fn hash(value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The row of the part [`Part::Head`].
#[derive(Serialize)]
struct HeadRow<'a> {
    #[serde(flatten)]
    head: &'a crate::phone::Head,
    /// The counter of mutations.
    n: i64,
}

#[derive(Deserialize)]
struct StoredHead {
    #[serde(flatten)]
    head: crate::phone::Head,
    n: i64,
}

fn rows_of(state: &PhoneState) -> Result<BTreeMap<RowKey, String>, StorageError> {
    let mut rows = BTreeMap::new();
    let head = HeadRow {
        head: &state.head,
        n: state.outbox.n,
    };
    put(&mut rows, Part::Head, &"phone", &head)?;
    for (id, record) in &state.replica.records {
        put(&mut rows, Part::Record, id, record)?;
    }
    for pending in &state.outbox.pending {
        put(&mut rows, Part::Pending, &pending.mutation.mid, pending)?;
    }
    for done in &state.outbox.journal {
        put(&mut rows, Part::Acknowledged, &done.mutation.mid, done)?;
    }
    for (id, bytes) in &state.photos {
        put(&mut rows, Part::Photo, id, bytes)?;
    }
    Ok(rows)
}

fn put(
    rows: &mut BTreeMap<RowKey, String>,
    part: Part,
    key: &impl ToString,
    value: &impl Serialize,
) -> Result<(), StorageError> {
    let key = key.to_string();
    let json = serde_json::to_string(value).map_err(|error| unreadable(part, &key, &error))?;
    rows.insert((part, key), json);
    Ok(())
}

fn state_of(rows: &BTreeMap<RowKey, String>) -> Result<PhoneState, StorageError> {
    let head: StoredHead = rows
        .get(&(Part::Head, "phone".to_owned()))
        .ok_or_else(|| unreadable(Part::Head, "phone", &"it is missing"))
        .and_then(|json| read(Part::Head, "phone", json))?;
    let mut state = PhoneState {
        head: head.head,
        replica: Replica::default(),
        outbox: Outbox {
            n: head.n,
            ..Outbox::default()
        },
        photos: BTreeMap::new(),
    };
    for ((part, key), json) in rows {
        let part = *part;
        match part {
            Part::Head => {}
            Part::Record => {
                let record: StoredRecord = read(part, key, json)?;
                state.replica.records.insert(id_of(part, key)?, record);
            }
            Part::Pending => {
                let pending: Pending = read(part, key, json)?;
                state.outbox.pending.push(pending);
            }
            Part::Acknowledged => {
                let done: Acknowledged = read(part, key, json)?;
                state.outbox.journal.push(done);
            }
            Part::Photo => {
                let bytes: u64 = read(part, key, json)?;
                state.photos.insert(id_of(part, key)?, bytes);
            }
        }
    }
    // What waits is in the order of its making; what is done, in the order in which the server took it.
    state.outbox.pending.sort_by_key(|one| one.mutation.n);
    state
        .outbox
        .journal
        .sort_by_key(|one| (one.at, one.mutation.n));
    Ok(state)
}

fn id_of(part: Part, key: &str) -> Result<RecordId, StorageError> {
    key.parse().map_err(|error| unreadable(part, key, &error))
}

fn read<T: DeserializeOwned>(part: Part, key: &str, json: &str) -> Result<T, StorageError> {
    serde_json::from_str(json).map_err(|error| unreadable(part, key, &error))
}

fn unreadable(part: Part, key: &str, why: &impl ToString) -> StorageError {
    StorageError::Unreadable {
        part: part.as_str(),
        key: key.to_owned(),
        why: why.to_string(),
    }
}
