//! The replica: the server's records as this phone holds them, and in which scopes.
//!
//! It knows what the server said and nothing of what the user is doing; mutations are laid over it elsewhere and never written into it.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::sync::{Change, ChangeKind, PullResponse, ScopeCheck, Total};

/// One record as the server last told it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// Its kind, as a word: a newer server has kinds that this client does not know, and that are kept all the same.
    pub kind: String,
    /// Its revision.
    pub rev: i64,
    /// Its fields.
    pub data: Fields,
    /// Fields that the server does not know; shown and kept as they are.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub ext: Fields,
    /// Why it does not count yet, if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    /// Whether this is a tombstone.
    #[serde(default)]
    pub deleted: bool,
    /// Its membership: the scopes through which the phone holds it.
    pub scopes: BTreeSet<Scope>,
    /// Of them, those that are being rebuilt and have not named it again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    unconfirmed: BTreeSet<Scope>,
    /// Whether the next `put` or `delete` is taken whatever its revision.
    #[serde(default)]
    open: bool,
}

impl StoredRecord {
    fn takes(&self, rev: i64) -> bool {
        self.open || rev > self.rev
    }
}

/// All records that the phone holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Replica {
    pub(crate) records: BTreeMap<RecordId, StoredRecord>,
}

impl Replica {
    /// One record, tombstones included.
    pub fn get(&self, id: RecordId) -> Option<&StoredRecord> {
        self.records.get(&id)
    }

    /// All records, tombstones included, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (RecordId, &StoredRecord)> {
        self.records.iter().map(|(id, record)| (*id, record))
    }

    /// The revision that the user sees of a record: the base of the next edit. `None` if none was ever pulled.
    pub fn rev(&self, id: RecordId) -> Option<i64> {
        let rev = self.records.get(&id).map(|record| record.rev);
        rev.filter(|rev| *rev > 0)
    }

    /// Takes one page. Records in `pending` have a mutation in the outbox and are kept whatever happens.
    pub fn apply(&mut self, page: &PullResponse, pending: &BTreeSet<RecordId>) {
        for scope in &page.evict {
            for record in self.records.values_mut() {
                record.scopes.remove(scope);
                record.unconfirmed.remove(scope);
            }
        }
        for scope in &page.reset {
            self.rebuild(|of| of == scope);
        }
        for change in &page.changes {
            self.take(change);
        }
        if !page.more {
            self.drop_unconfirmed();
        }
        self.sweep(pending);
    }

    /// Takes one change: the membership always, the record only if it is newer than the one held.
    fn take(&mut self, change: &Change) {
        match change.op {
            ChangeKind::Put => self.put(change),
            // A newer server's word: the total will differ, and the app wants an update.
            ChangeKind::Unknown => {}
            ChangeKind::Leave => {
                if let Some(record) = self.records.get_mut(&change.id) {
                    record.scopes.remove(&change.scope);
                    record.unconfirmed.remove(&change.scope);
                }
            }
            ChangeKind::Delete => {
                if let Some(record) = self.records.get_mut(&change.id) {
                    record.scopes.insert(change.scope.clone());
                    record.unconfirmed.remove(&change.scope);
                    if record.takes(change.rev) {
                        record.rev = change.rev;
                        record.deleted = true;
                        record.open = false;
                    }
                }
            }
        }
    }

    fn put(&mut self, change: &Change) {
        let record = self
            .records
            .entry(change.id)
            .or_insert_with(|| StoredRecord {
                kind: change.kind.clone(),
                rev: 0,
                data: Fields::new(),
                ext: Fields::new(),
                held: None,
                deleted: false,
                scopes: BTreeSet::new(),
                unconfirmed: BTreeSet::new(),
                open: true,
            });
        record.scopes.insert(change.scope.clone());
        record.unconfirmed.remove(&change.scope);
        if record.takes(change.rev) {
            let ext = change.ext.as_ref().map(|ext| ext.get());
            record.kind.clone_from(&change.kind);
            record.rev = change.rev;
            record.data = change.fields();
            record.ext = ext
                .and_then(|ext| serde_json::from_str(ext).ok())
                .unwrap_or_default();
            record.held.clone_from(&change.held);
            record.deleted = false;
            record.open = false;
        }
    }

    /// Expects some scopes from the start again. What they hold is shown until they are complete; what they
    /// have not named by then is gone.
    pub fn rebuild(&mut self, which: impl Fn(&Scope) -> bool) {
        for record in self.records.values_mut() {
            let scopes = record.scopes.iter().filter(|scope| which(scope)).cloned();
            record.unconfirmed.extend(scopes);
            record.open |= !record.unconfirmed.is_empty();
        }
    }

    /// The server was restored from a backup: revisions count from another past and prove nothing.
    pub fn forget_revisions(&mut self) {
        self.rebuild(|_| true);
        for record in self.records.values_mut() {
            record.rev = 0;
            record.open = true;
        }
    }

    fn drop_unconfirmed(&mut self) {
        for record in self.records.values_mut() {
            for scope in std::mem::take(&mut record.unconfirmed) {
                record.scopes.remove(&scope);
            }
        }
    }

    /// Drops what is in no scope, and what tombstones held, but nothing that has a pending mutation.
    pub fn sweep(&mut self, pending: &BTreeSet<RecordId>) {
        self.records.retain(|id, record| {
            let is_pending = pending.contains(id);
            if record.deleted && !is_pending {
                record.data.clear();
                record.ext.clear();
            }
            is_pending || !record.scopes.is_empty()
        });
    }

    /// Count and sum of the live records, scope by scope.
    pub fn tallies(&self) -> BTreeMap<Scope, Tally> {
        let mut tallies: BTreeMap<Scope, Tally> = BTreeMap::new();
        for (id, record) in self.records.iter().filter(|(_, record)| !record.deleted) {
            for scope in &record.scopes {
                if let Some(tally) = tallies.get_mut(scope) {
                    tally.add(*id, record.rev);
                } else {
                    tallies
                        .entry(scope.clone())
                        .or_default()
                        .add(*id, record.rev);
                }
            }
        }
        tallies
    }

    /// Whether the replica holds, all scopes together, what the server says.
    pub fn meets(&self, total: &Total) -> bool {
        let mut whole = Tally::default();
        for tally in self.tallies().values() {
            whole.count += tally.count;
            whole.sum = whole.sum.wrapping_add(tally.sum);
        }
        whole.count == total.count && whole.sum_hex() == total.sum
    }

    /// The checks that this replica does not meet: phone and server do not hold the same there.
    pub fn mismatches<'a>(&self, checks: &'a [ScopeCheck]) -> Vec<&'a ScopeCheck> {
        if checks.is_empty() {
            return Vec::new();
        }
        let tallies = self.tallies();
        let differs = |check: &&ScopeCheck| {
            let tally = tallies.get(&check.scope).copied().unwrap_or_default();
            tally.count != check.count || tally.sum_hex() != check.sum
        };
        checks.iter().filter(differs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MEI, XIN, delete, leave, page, put, record_id};
    use serde_json::json;

    fn apply(replica: &mut Replica, page: &PullResponse) {
        replica.apply(page, &BTreeSet::new());
    }

    #[test]
    fn an_older_put_changes_the_membership_and_nothing_else() {
        let (mut replica, id) = (Replica::default(), record_id(1));
        apply(
            &mut replica,
            &page([put(MEI, id, 5, json!({"content": "new"}))]),
        );
        apply(
            &mut replica,
            &page([put(XIN, id, 4, json!({"content": "old"}))]),
        );
        let record = replica.get(id).unwrap();
        assert_eq!((record.rev, &record.data["content"]), (5, &json!("new")));
        assert_eq!(record.scopes.len(), 2);
    }

    #[test]
    fn a_record_lives_as_long_as_one_scope_holds_it() {
        let (mut replica, id) = (Replica::default(), record_id(1));
        apply(
            &mut replica,
            &page([put(MEI, id, 1, json!({})), put(XIN, id, 1, json!({}))]),
        );
        apply(&mut replica, &page([leave(MEI, id, 1)]));
        assert!(replica.get(id).is_some());
        let evicted = PullResponse {
            evict: vec![XIN.parse().unwrap()],
            ..page([])
        };
        apply(&mut replica, &evicted);
        assert!(replica.get(id).is_none());
    }

    #[test]
    fn a_tombstone_stays_without_its_fields_and_is_not_counted() {
        let (mut replica, id) = (Replica::default(), record_id(1));
        apply(
            &mut replica,
            &page([put(MEI, id, 1, json!({"content": "x"}))]),
        );
        apply(&mut replica, &page([delete(MEI, id, 2)]));
        let record = replica.get(id).unwrap();
        assert!(record.deleted && record.data.is_empty() && record.rev == 2);
        assert!(replica.tallies().is_empty());
        apply(
            &mut replica,
            &page([put(MEI, id, 3, json!({"content": "back"}))]),
        );
        assert!(!replica.get(id).unwrap().deleted);
    }

    #[test]
    fn a_rebuilt_scope_is_shown_until_it_is_complete_and_takes_lower_revisions() {
        let (mut replica, a, b) = (Replica::default(), record_id(1), record_id(2));
        apply(
            &mut replica,
            &page([put(MEI, a, 9, json!({})), put(MEI, b, 9, json!({}))]),
        );
        let reset = vec![MEI.parse().unwrap()];
        let first = PullResponse {
            reset,
            more: true,
            ..page([])
        };
        apply(&mut replica, &first);
        assert_eq!(replica.iter().count(), 2);
        apply(
            &mut replica,
            &page([put(MEI, a, 3, json!({"content": "as restored"}))]),
        );
        assert_eq!(replica.get(a).unwrap().rev, 3);
        assert!(replica.get(b).is_none());
    }

    #[test]
    fn the_tally_tells_a_replica_that_differs() {
        let (mut replica, id) = (Replica::default(), record_id(1));
        apply(&mut replica, &page([put(MEI, id, 1, json!({}))]));
        let mut tally = Tally::default();
        tally.add(id, 1);
        let mut check = ScopeCheck {
            scope: MEI.parse().unwrap(),
            seq: "1".to_owned(),
            count: tally.count,
            sum: tally.sum_hex(),
        };
        assert!(replica.mismatches(std::slice::from_ref(&check)).is_empty());
        check.sum = "00000000".to_owned();
        assert_eq!(replica.mismatches(std::slice::from_ref(&check)).len(), 1);
    }

    #[test]
    fn unknown_fields_are_kept_beside_the_known_ones() {
        let (mut replica, id) = (Replica::default(), record_id(1));
        let mut change = put(MEI, id, 1, json!({"content": "x"}));
        change.ext = Some(serde_json::value::to_raw_value(&json!({"colour": "red"})).unwrap());
        apply(&mut replica, &page([change]));
        assert_eq!(replica.get(id).unwrap().ext["colour"], json!("red"));
    }
}
