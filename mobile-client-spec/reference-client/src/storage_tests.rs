//! A phone that is killed goes on where it was: what is kept, when, and what happens if that fails.

use crate::environment::SeededIds;
use crate::phone::{Phone, PhoneState};
use crate::session::SyncProblem;
use crate::storage::{
    Keep, Keeper, MemoryStorage, Part, RowChanges, RowKey, SqliteStorage, Storage, StorageError,
};
use crate::testing::{MEI, ManualClock, Script, accept, page, phone, put, record_id, visit};
use serde_json::json;
use std::collections::BTreeMap;
use tepai_sync_protocol::records::Photo;
use tepai_sync_protocol::sync::SyncResponse;

fn kept(keeper: &Keeper<MemoryStorage>) -> PhoneState {
    let storage = keeper.storage().clone();
    Keeper::open(storage).unwrap().1.unwrap()
}

fn in_memory() -> Keeper<MemoryStorage> {
    let (keeper, state) = Keeper::open(MemoryStorage::default()).unwrap();
    assert_eq!(state, None);
    keeper
}

/// A phone with records, mutations that wait, some that are done, and a photo.
fn busy_phone() -> Phone {
    let mut phone = phone();
    let first = phone.log_visit(&visit("first"));
    phone.announce_photo(&Photo {
        visit_id: Some(first),
        size_bytes: Some(90_000),
        ..Photo::default()
    });
    let request = phone.prepare_sync();
    let changes = [put(MEI, record_id(9), 5, json!({"content": "theirs"}))];
    phone.apply_sync(&SyncResponse {
        pull: Some(page(changes)),
        ..accept(&request)
    });
    phone.log_visit(&visit("second"));
    phone.log_visit(&visit("third"));
    phone.prepare_sync();
    phone
}

#[test]
fn what_is_kept_comes_back_to_the_last_field() {
    let (mut keeper, phone) = (in_memory(), busy_phone());
    keeper.keep(&phone).unwrap();
    assert_eq!(&kept(&keeper), phone.state());
}

#[test]
fn what_has_gone_is_gone_from_the_storage_as_well() {
    let (mut keeper, mut phone) = (in_memory(), busy_phone());
    keeper.keep(&phone).unwrap();
    let request = phone.prepare_sync();
    phone.apply_sync(&accept(&request));
    let photo = phone.photos_to_send().next().unwrap().0;
    phone.note_photo_sent(photo);
    keeper.keep(&phone).unwrap();
    let state = kept(&keeper);
    assert!(state.outbox.pending().is_empty() && state.photos.is_empty());
    assert_eq!(&state, phone.state());
}

/// A storage that counts what is written, and fails from some commit on.
#[derive(Debug, Default)]
struct Failing {
    rows: MemoryStorage,
    written: Vec<usize>,
    fails_from: Option<usize>,
}

impl Storage for Failing {
    fn load(&mut self) -> Result<BTreeMap<RowKey, String>, StorageError> {
        self.rows.load()
    }

    fn commit(&mut self, changes: &RowChanges) -> Result<(), StorageError> {
        if self
            .fails_from
            .is_some_and(|from| self.written.len() >= from)
        {
            return Err(StorageError::Failed("the disk is full".to_owned()));
        }
        self.written.push(changes.len());
        self.rows.commit(changes)
    }
}

#[test]
fn an_edit_writes_its_own_row_and_the_head_and_nothing_else() {
    let (mut keeper, _) = Keeper::open(Failing::default()).unwrap();
    let mut phone = busy_phone();
    keeper.keep(&phone).unwrap();
    keeper.keep(&phone).unwrap();
    phone.log_visit(&visit("fourth"));
    keeper.keep(&phone).unwrap();
    assert_eq!(
        keeper.storage().written.len(),
        2,
        "nothing changed in between"
    );
    assert_eq!(keeper.storage().written.last(), Some(&2));
}

#[tokio::test]
async fn a_sync_keeps_the_phone_before_it_sends_and_after_each_answer() {
    let (mut keeper, _) = Keeper::open(Failing::default()).unwrap();
    let mut phone = busy_phone();
    keeper.keep(&phone).unwrap();
    phone.log_visit(&visit("fourth"));
    let script = Script::default();
    phone.sync_and_keep(&script, &mut keeper).await.unwrap();
    let (_, state) = Keeper::open(keeper.storage().rows.clone()).unwrap();
    assert_eq!(state.as_ref(), Some(phone.state()));
    assert_eq!(keeper.storage().written.len(), 3);
}

#[tokio::test]
async fn a_phone_that_cannot_be_kept_sends_nothing() {
    let storage = Failing {
        fails_from: Some(0),
        ..Failing::default()
    };
    let (mut keeper, _) = Keeper::open(storage).unwrap();
    let mut phone = busy_phone();
    let script = Script::default();
    let failed = phone.sync_and_keep(&script, &mut keeper).await.unwrap_err();
    assert!(
        matches!(failed.problem, SyncProblem::Storage(_)),
        "{failed}"
    );
    assert!(script.sizes().is_empty());
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_nothing_is_made_up() {
    let (mut keeper, phone) = (in_memory(), busy_phone());
    keeper.keep(&phone).unwrap();
    let mut storage = keeper.storage().clone();
    let spoilt = (Part::Record, record_id(9).to_string());
    storage
        .commit(&RowChanges::from([(spoilt, Some("{".to_owned()))]))
        .unwrap();
    let refused = Keeper::open(storage).unwrap_err();
    assert!(
        matches!(&refused, StorageError::Unreadable { part: "record", key, .. } if *key == record_id(9).to_string()),
        "{refused}"
    );
}

#[test]
fn an_sqlite_file_holds_the_phone_and_admits_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phone.db");
    let (mut keeper, state) = Keeper::open(SqliteStorage::open(&path).unwrap()).unwrap();
    assert_eq!(state, None);
    let mut phone = busy_phone();
    keeper.keep(&phone).unwrap();
    assert!(
        SqliteStorage::open(&path).is_err(),
        "two would fork the phone"
    );
    let request = phone.prepare_sync();
    phone.apply_sync(&accept(&request));
    keeper.keep(&phone).unwrap();
    drop(keeper);
    let (_, state) = Keeper::open(SqliteStorage::open(&path).unwrap()).unwrap();
    assert_eq!(state.as_ref(), Some(phone.state()));
    let resumed = Phone::resume(state.unwrap(), ManualClock::default(), SeededIds::new(2));
    assert_eq!(resumed.waiting(), phone.waiting());
}

#[test]
fn a_file_of_a_newer_app_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phone.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    drop(connection);
    assert_eq!(
        SqliteStorage::open(&path).unwrap_err(),
        StorageError::Newer(9)
    );
}
