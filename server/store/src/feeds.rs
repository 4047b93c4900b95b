//! Feeds: the scopes, their counters and tallies, and which record stands where in each.
//!
//! Whoever writes into a scope holds the lock on its row until the commit, so that the order of seq is the
//! order of commits, and a reader who has seen a seq has seen everything before it.

use crate::backend::for_update;
use crate::records::kind;
use crate::sql::{execute, fetch_all, fetch_by_keys, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::scope::Scope;
use uuid::Uuid;

/// The state of a scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScopeState {
    /// The number of the last change.
    pub seq: i64,
    /// A cursor below this has missed rows that are gone, and must start again.
    pub floor_seq: i64,
    /// Count and sum of the live records.
    pub tally: Tally,
}

/// How a record stands in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipState {
    /// It is there.
    Live,
    /// It has left; it lives on elsewhere.
    Left,
    /// It was deleted.
    Deleted,
}

impl MembershipState {
    const fn number(self) -> i32 {
        match self {
            Self::Live => 1,
            Self::Left => 2,
            Self::Deleted => 3,
        }
    }

    fn of(number: i32) -> Result<Self, StoreError> {
        match number {
            1 => Ok(Self::Live),
            2 => Ok(Self::Left),
            3 => Ok(Self::Deleted),
            _ => Err(StoreError::Corrupt(format!("unknown state {number}"))),
        }
    }
}

/// One record's place in one scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The number of its last change there.
    pub seq: i64,
    /// How it stands.
    pub state: MembershipState,
    /// Its revision.
    pub rev: i64,
    /// Its kind.
    pub kind: Kind,
}

#[derive(FromQueryResult)]
struct ScopeRow {
    id: String,
    seq: i64,
    floor_seq: i64,
    live_count: i64,
    sum32: i64,
}

impl ScopeRow {
    fn read(self) -> Result<(Scope, ScopeState), StoreError> {
        let corrupt = || StoreError::Corrupt(format!("scope {}", self.id));
        let scope = self.id.parse().map_err(|_| corrupt())?;
        let sum = u32::try_from(self.sum32).map_err(|_| corrupt())?;
        let tally = Tally {
            count: self.live_count,
            sum,
        };
        Ok((
            scope,
            ScopeState {
                seq: self.seq,
                floor_seq: self.floor_seq,
                tally,
            },
        ))
    }
}

const SELECT: &str = "SELECT id, seq, floor_seq, live_count, sum32 FROM scope";

/// Locks the rows of `scopes`, always in the same order, making those that do not exist yet.
///
/// Missing rows come first, for a new row is a lock as well: whoever waits for one of them holds no row that exists already.
pub async fn lock(
    txn: &WriteTxn,
    scopes: &BTreeSet<Scope>,
) -> Result<BTreeMap<Scope, ScopeState>, StoreError> {
    let keys = keys(scopes.iter());
    let sql = format!("{SELECT} WHERE id IN ({{keys}})");
    let known: Vec<ScopeRow> = fetch_by_keys(txn, &sql, &[], &keys).await?;
    let known: BTreeSet<String> = known.into_iter().map(|row| row.id).collect();
    let named: BTreeSet<String> = scopes.iter().map(Scope::to_string).collect();
    let missing = named.difference(&known).map(|id| [id.as_str().into()]);
    execute_missing(txn, missing.collect()).await?;
    let lock = for_update(txn.0.get_database_backend());
    let sql = format!("{SELECT} WHERE id IN ({{keys}}) ORDER BY id{lock}");
    let rows: Vec<ScopeRow> = fetch_by_keys(txn, &sql, &[], &keys).await?;
    rows.into_iter().map(ScopeRow::read).collect()
}

async fn execute_missing(txn: &WriteTxn, missing: Vec<[Value; 1]>) -> Result<(), StoreError> {
    for [id] in missing {
        let sql = "INSERT INTO scope (id, seq, floor_seq, live_count, sum32) VALUES ($1, 0, 0, 0, 0) \
                   ON CONFLICT (id) DO NOTHING";
        execute(txn, sql, vec![id]).await?;
    }
    Ok(())
}

/// The states of `scopes`, as far as they exist.
pub async fn find(
    txn: &impl Txn,
    scopes: &[Scope],
) -> Result<BTreeMap<Scope, ScopeState>, StoreError> {
    let sql = format!("{SELECT} WHERE id IN ({{keys}})");
    let rows: Vec<ScopeRow> = fetch_by_keys(txn, &sql, &[], &keys(scopes.iter())).await?;
    rows.into_iter().map(ScopeRow::read).collect()
}

#[derive(FromQueryResult)]
struct SeqRow {
    id: String,
    seq: i64,
}

/// The number of the last change in each village of a county that ever had one.
pub async fn list_villages(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<DivisionCode, i64>, StoreError> {
    let sql = "SELECT id, seq FROM scope WHERE id >= $1 AND id < $2";
    let values = vec![format!("v:{county}").into(), format!("v:{county}:").into()];
    let rows: Vec<SeqRow> = fetch_all(txn, sql, values).await?;
    let village = |row: SeqRow| Some((row.id.strip_prefix("v:")?.parse().ok()?, row.seq));
    Ok(rows.into_iter().filter_map(village).collect())
}

/// Writes back the states of locked scopes.
pub async fn save_scopes(
    txn: &WriteTxn,
    scopes: &BTreeMap<Scope, ScopeState>,
) -> Result<(), StoreError> {
    let rows = scopes.iter().map(|(scope, state)| {
        [
            scope.to_string().into(),
            state.seq.into(),
            state.floor_seq.into(),
            state.tally.count.into(),
            i64::from(state.tally.sum).into(),
        ]
    });
    insert(
        txn,
        "INSERT INTO scope (id, seq, floor_seq, live_count, sum32) VALUES",
        "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, floor_seq = excluded.floor_seq, \
         live_count = excluded.live_count, sum32 = excluded.sum32",
        rows.collect(),
    )
    .await?;
    Ok(())
}

/// Writes memberships in locked scopes.
pub async fn save_memberships(
    txn: &WriteTxn,
    memberships: &BTreeMap<(Scope, RecordId), Membership>,
) -> Result<(), StoreError> {
    let rows = memberships.iter().map(|((scope, record), membership)| {
        [
            scope.to_string().into(),
            record.0.into(),
            membership.seq.into(),
            membership.state.number().into(),
            membership.rev.into(),
            membership.kind.as_str().into(),
        ]
    });
    insert(
        txn,
        "INSERT INTO membership (scope_id, record_id, seq, state, rev, kind) VALUES",
        "ON CONFLICT (scope_id, record_id) DO UPDATE SET seq = excluded.seq, state = excluded.state, \
         rev = excluded.rev",
        rows.collect(),
    )
    .await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct RecountRow {
    scope_id: String,
    record_id: Uuid,
    rev: i64,
}

/// The scopes of a county whose count and sum are not those of the records that stand in them.
pub async fn find_wrong(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<(usize, Vec<Scope>), StoreError> {
    // Scopes of persons hold records of their county alone, so that following the records finds all of them.
    let sql = "SELECT m.scope_id, m.record_id, r.rev FROM membership m JOIN record r ON r.id = m.record_id \
               WHERE r.county_code = $1 AND m.state = 1 AND NOT r.deleted";
    let rows: Vec<RecountRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let mut counted: BTreeMap<Scope, Tally> = BTreeMap::new();
    for row in rows {
        let scope = row.scope_id.parse();
        let scope = scope.map_err(|_| StoreError::Corrupt(format!("scope {}", row.scope_id)))?;
        let tally = counted.entry(scope).or_default();
        tally.add(RecordId(row.record_id), row.rev);
    }
    let sql = format!(
        "{SELECT} WHERE id IN (SELECT m.scope_id FROM membership m JOIN record r ON r.id = m.record_id \
         WHERE r.county_code = $1) ORDER BY id"
    );
    let rows: Vec<ScopeRow> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    let mut wrong = Vec::new();
    let checked = rows.len();
    for row in rows {
        let (scope, state) = row.read()?;
        if counted.get(&scope).copied().unwrap_or_default() != state.tally {
            wrong.push(scope);
        }
    }
    Ok((checked, wrong))
}

/// One row of a page of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedRow {
    /// The record.
    pub id: RecordId,
    /// Its place.
    pub membership: Membership,
    /// Its fields as JSON.
    pub fields: Option<String>,
    /// Its unknown fields as JSON.
    pub ext: Option<String>,
    /// Why it does not count yet.
    pub held: Option<String>,
}

#[derive(FromQueryResult)]
struct PageRow {
    record_id: Uuid,
    seq: i64,
    state: i32,
    rev: i64,
    kind: String,
    fields: Option<String>,
    ext: Option<String>,
    held: Option<String>,
}

/// The changes of `scope` after `seq`, at most `limit`, in rising seq.
pub async fn page(
    txn: &impl Txn,
    scope: &Scope,
    seq: i64,
    limit: u32,
) -> Result<Vec<FeedRow>, StoreError> {
    let sql = "SELECT m.record_id, m.seq, m.state, m.rev, m.kind, r.fields, r.ext, r.held \
               FROM membership m JOIN record r ON r.id = m.record_id \
               WHERE m.scope_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT $3";
    let values = vec![
        scope.to_string().into(),
        seq.into(),
        i64::from(limit).into(),
    ];
    let rows: Vec<PageRow> = fetch_all(txn, sql, values).await?;
    rows.into_iter()
        .map(|row| {
            let state = MembershipState::of(row.state)?;
            let live = state == MembershipState::Live;
            let membership = Membership {
                seq: row.seq,
                state,
                rev: row.rev,
                kind: kind(&row.kind)?,
            };
            Ok(FeedRow {
                id: RecordId(row.record_id),
                membership,
                fields: row.fields.filter(|_| live),
                ext: row.ext.filter(|_| live),
                held: row.held.filter(|_| live),
            })
        })
        .collect()
}

fn keys<'a>(scopes: impl Iterator<Item = &'a Scope>) -> Vec<Value> {
    scopes.map(|scope| scope.to_string().into()).collect()
}
