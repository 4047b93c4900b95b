//! A page of what has changed for a device since its cursor, from one snapshot.

use crate::{App, AppError, admin};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::DeviceActor;
use tepai_domain::scope::villages_in_force;
use tepai_store::feeds::{self, FeedRow, MembershipState, ScopeState};
use tepai_store::{ReadTxn, commissioners, grants};
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::cursor::{Cursor, life_of};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::limits;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::sync::{
    Change, ChangeKind, HelloResponse, Limits, PullRequest, PullResponse, ScopeCheck, ScopeGrant,
    Total, VersionRange,
};
use tepai_sync_protocol::version;

/// Bytes of record content in one page; a page ends after the record that passes it.
const PAGE_BYTES: usize = 1024 * 1024;

/// One page.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn pull(
    app: &App,
    actor: &DeviceActor,
    wanted: &PullRequest,
    zone: &TimeZone,
) -> Result<PullResponse, AppError> {
    let cursor = read_cursor(wanted, app, actor.person)?;
    let limit = wanted
        .limit
        .unwrap_or(limits::DEFAULT_PAGE)
        .clamp(1, limits::MAX_PAGE);
    let today = app.clock.today(zone);
    let (actor, epoch, verify) = (actor.clone(), app.epoch, wanted.verify);
    app.store
        .read(async move |txn| {
            let scopes = granted_scopes(txn, &actor, today).await?;
            let states = feeds::find(txn, &scopes.iter().cloned().collect::<Vec<_>>()).await?;
            Page::new(cursor, epoch, scopes, states, verify)
                .fill(txn, limit)
                .await
        })
        .await
}

/// The cursor that the phone returned; one of another epoch starts everything again.
fn read_cursor(wanted: &PullRequest, app: &App, person: PersonId) -> Result<ReadCursor, AppError> {
    let Some(text) = wanted.cursor.as_deref() else {
        return Ok(ReadCursor {
            cursor: Cursor::default(),
            restart: false,
        });
    };
    let cursor =
        Cursor::decode(text, person).map_err(|_| AppError::refused(ErrorCode::InvalidCursor))?;
    let restart = cursor.life != life_of(app.epoch);
    Ok(ReadCursor { cursor, restart })
}

struct ReadCursor {
    cursor: Cursor,
    /// Whether the server's database has begun a new life since.
    restart: bool,
}

/// What the device may hold today: its person's villages, records and county reference.
pub(crate) async fn granted_scopes(
    txn: &ReadTxn,
    actor: &DeviceActor,
    today: Date,
) -> Result<BTreeSet<Scope>, AppError> {
    let grants = grants::list(txn, actor.person).await?;
    let villages = villages_in_force(&grants, today)
        .into_iter()
        .map(Scope::Village);
    let own = [
        Scope::Person(actor.person),
        Scope::Reference(actor.county.clone()),
    ];
    Ok(villages.chain(own).collect())
}

struct Page {
    cursor: Cursor,
    scopes: BTreeSet<Scope>,
    states: BTreeMap<Scope, ScopeState>,
    evict: Vec<Scope>,
    reset: Vec<Scope>,
    changes: Vec<Change>,
    bytes: usize,
    /// The scopes whose check is told.
    checked: BTreeSet<Scope>,
}

impl Page {
    fn new(
        read: ReadCursor,
        epoch: uuid::Uuid,
        scopes: BTreeSet<Scope>,
        states: BTreeMap<Scope, ScopeState>,
        verify: bool,
    ) -> Self {
        let ReadCursor {
            mut cursor,
            restart,
        } = read;
        let known: Vec<Scope> = cursor.scopes.keys().cloned().collect();
        let (kept, evict): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|scope| scopes.contains(scope));
        let behind = |scope: &Scope| {
            let state = states.get(scope).copied().unwrap_or_default();
            restart || cursor.seq(scope) < state.floor_seq || cursor.seq(scope) > state.seq
        };
        let reset: Vec<Scope> = kept.into_iter().filter(behind).collect();
        cursor
            .scopes
            .retain(|scope, _| scopes.contains(scope) && !reset.contains(scope));
        cursor.life = life_of(epoch);
        let checked = if verify {
            scopes.clone()
        } else {
            BTreeSet::new()
        };
        Self {
            cursor,
            scopes,
            states,
            evict,
            reset,
            changes: Vec::new(),
            bytes: 0,
            checked,
        }
    }

    async fn fill(mut self, txn: &ReadTxn, limit: u32) -> Result<PullResponse, AppError> {
        let mut more = false;
        for scope in self.scopes.clone() {
            let state = self.states.get(&scope).copied().unwrap_or_default();
            if self.cursor.seq(&scope) >= state.seq {
                // A scope without changes is in the cursor all the same, so that losing it is noticed.
                self.cursor.scopes.insert(scope, state.seq);
                continue;
            }
            let left = limit.saturating_sub(u32::try_from(self.changes.len()).unwrap_or(u32::MAX));
            if left == 0 || self.bytes >= PAGE_BYTES {
                more = true;
                self.cursor.scopes.entry(scope).or_insert(0);
                continue;
            }
            let rows = feeds::page(txn, &scope, self.cursor.seq(&scope), left).await?;
            let last = self.take(&scope, rows);
            more |= last < state.seq;
            self.cursor.scopes.insert(scope.clone(), last);
            self.checked.insert(scope);
        }
        let (check, total) = if more {
            (Vec::new(), None)
        } else {
            (self.check(), Some(self.total()))
        };
        Ok(PullResponse {
            changes: self.changes,
            cursor: self.cursor.encode(),
            more,
            evict: self.evict,
            reset: self.reset,
            check,
            total,
        })
    }

    /// Takes rows until the page is full; returns the seq of the last one taken.
    fn take(&mut self, scope: &Scope, rows: Vec<FeedRow>) -> i64 {
        let mut last = self.cursor.seq(scope);
        for row in rows {
            if self.bytes >= PAGE_BYTES {
                break;
            }
            last = row.membership.seq;
            self.bytes += row.fields.as_ref().map_or(0, String::len)
                + row.ext.as_ref().map_or(0, String::len);
            let id = row.id;
            match change(scope, row) {
                Ok(change) => self.changes.push(change),
                // One unreadable record must not keep all others from every phone; `tepai check` names it as well.
                Err(error) => {
                    tracing::error!(%scope, %id, %error, "a record cannot be read and was left out");
                }
            }
        }
        last
    }

    fn total(&self) -> Total {
        let states = self.scopes.iter().map(|scope| self.states.get(scope));
        total_of(states.flatten().copied())
    }

    fn check(&self) -> Vec<ScopeCheck> {
        let checked = self.checked.iter().cloned();
        let states =
            checked.map(|scope| (self.states.get(&scope).copied().unwrap_or_default(), scope));
        states
            .map(|(state, scope)| ScopeCheck {
                scope,
                seq: state.seq.to_string(),
                count: state.tally.count,
                sum: state.tally.sum_hex(),
            })
            .collect()
    }
}

fn total_of(states: impl Iterator<Item = ScopeState>) -> Total {
    let mut whole = Tally::default();
    for state in states {
        whole.count += state.tally.count;
        whole.sum = whole.sum.wrapping_add(state.tally.sum);
    }
    Total {
        count: whole.count,
        sum: whole.sum_hex(),
    }
}

fn change(scope: &Scope, row: FeedRow) -> Result<Change, serde_json::Error> {
    let op = match row.membership.state {
        MembershipState::Live => ChangeKind::Put,
        MembershipState::Left => ChangeKind::Leave,
        MembershipState::Deleted => ChangeKind::Delete,
    };
    let raw = |json: Option<String>| json.map(RawValue::from_string).transpose();
    Ok(Change {
        scope: scope.clone(),
        seq: row.membership.seq.to_string(),
        op,
        kind: row.membership.kind.as_str().to_owned(),
        id: row.id,
        rev: row.membership.rev,
        data: raw(row.fields)?,
        ext: raw(row.ext)?,
        held: row.held,
    })
}

/// What a phone asks first: versions, limits, and what it may hold.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn hello(app: &App, actor: &DeviceActor) -> Result<HelloResponse, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let today = app.clock.today(&zone);
    let person = actor.person;
    let (grants, commissioner) = app
        .store
        .read(async move |txn| {
            let grants = grants::list(txn, person).await?;
            let commissioner = commissioners::find_commissioner(txn, person).await?;
            Ok::<_, AppError>((grants, commissioner))
        })
        .await?;
    let villages = grants.into_iter().filter(|grant| grant.is_in_force(today));
    let villages = villages.map(|grant| ScopeGrant {
        scope: Scope::Village(grant.village),
        since: Some(grant.from_on),
    });
    let own = [
        Scope::Person(actor.person),
        Scope::Reference(actor.county.clone()),
    ];
    let own = own
        .into_iter()
        .map(|scope| ScopeGrant { scope, since: None });
    Ok(HelloResponse {
        protocol: VersionRange {
            min: version::PROTOCOL_MIN,
            max: version::PROTOCOL,
        },
        schema: VersionRange {
            min: version::SCHEMA_MIN,
            max: version::SCHEMA,
        },
        server_time: app.clock.now_ms(),
        epoch: app.epoch,
        person_id: actor.person,
        time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        scopes: villages.chain(own).collect(),
        limits: Limits {
            max_mutations: limits::MAX_MUTATIONS,
            max_body_bytes: limits::MAX_BODY_BYTES,
            max_mutation_bytes: limits::MAX_MUTATION_BYTES,
            max_page: limits::MAX_PAGE,
        },
        poll_after_s: app.policy.poll_after_s,
        features: ["events", "gzip", "zstd"].map(str::to_owned).to_vec(),
        industries: commissioner.map_or_else(Vec::new, |named| named.commissioner.industries),
    })
}
