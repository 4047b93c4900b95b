//! Webhooks as rows: endpoints, the outbox of events, a delivery for each endpoint, and what was told last.

use crate::backend::skip_locked;
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_one, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{ConnectionTrait, FromQueryResult};
use tepai_domain::webhook::{DeliveryOutcome, EventType, NewEvent};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

/// Where a county is told of what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: Uuid,
    /// The county.
    pub county: DivisionCode,
    /// What the office calls it.
    pub name: String,
    /// The address.
    pub url: String,
    /// What it is told; everything if there are none.
    pub events: Vec<EventType>,
    /// From which its secret follows.
    pub salt: String,
    /// The salt before, and until when it is still signed with.
    pub old_salt: Option<(String, i64)>,
    /// Why it is told nothing, if it is: `office` or `gone`.
    pub off_because: Option<String>,
    /// Who made it.
    pub created_by: PersonId,
    /// When: milliseconds since 1970 UTC.
    pub created_at: i64,
    /// When it was changed last.
    pub updated_at: i64,
}

impl Endpoint {
    fn wants(&self, kind: EventType) -> bool {
        self.off_because.is_none() && (self.events.is_empty() || self.events.contains(&kind))
    }
}

#[derive(FromQueryResult)]
struct EndpointRow {
    id: Uuid,
    county_code: String,
    name: String,
    url: String,
    events: String,
    salt: String,
    old_salt: Option<String>,
    old_salt_until: Option<i64>,
    off_because: Option<String>,
    created_by: Uuid,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<EndpointRow> for Endpoint {
    type Error = StoreError;

    fn try_from(row: EndpointRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            county: code(&row.county_code)?,
            name: row.name,
            url: row.url,
            events: serde_json::from_str(&row.events)?,
            salt: row.salt,
            old_salt: row.old_salt.zip(row.old_salt_until),
            off_because: row.off_because,
            created_by: PersonId(row.created_by),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

const ENDPOINT: &str = "SELECT id, county_code, name, url, events, salt, old_salt, old_salt_until, off_because, \
     created_by, created_at, updated_at FROM webhook_endpoint";

/// The endpoints of a county, the oldest first.
pub async fn list(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<Endpoint>, StoreError> {
    let sql = format!("{ENDPOINT} WHERE county_code = $1 ORDER BY created_at, id");
    let rows: Vec<EndpointRow> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(Endpoint::try_from).collect()
}

/// One endpoint of a county.
pub async fn find(
    txn: &impl Txn,
    county: &DivisionCode,
    id: Uuid,
) -> Result<Option<Endpoint>, StoreError> {
    let sql = format!("{ENDPOINT} WHERE county_code = $1 AND id = $2");
    let row: Option<EndpointRow> =
        fetch_one(txn, &sql, vec![county.as_str().into(), id.into()]).await?;
    row.map(Endpoint::try_from).transpose()
}

#[derive(FromQueryResult)]
struct CountyRow {
    county_code: String,
}

/// The counties that are told anything.
pub async fn list_counties(txn: &impl Txn) -> Result<Vec<DivisionCode>, StoreError> {
    let sql = "SELECT DISTINCT county_code FROM webhook_endpoint WHERE off_because IS NULL ORDER BY county_code";
    let rows: Vec<CountyRow> = fetch_all(txn, sql, vec![]).await?;
    rows.iter().map(|row| code(&row.county_code)).collect()
}

/// Writes an endpoint, new or changed.
pub async fn save(txn: &WriteTxn, endpoint: &Endpoint) -> Result<(), StoreError> {
    let sql = "INSERT INTO webhook_endpoint (id, county_code, name, url, events, salt, old_salt, old_salt_until, \
               off_because, created_by, created_at, updated_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
               ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, events = excluded.events, \
               salt = excluded.salt, old_salt = excluded.old_salt, old_salt_until = excluded.old_salt_until, \
               off_because = excluded.off_because, updated_at = excluded.updated_at";
    let Endpoint {
        id,
        county,
        name,
        url,
        events,
        salt,
        old_salt,
        off_because,
        created_by,
        created_at,
        updated_at,
    } = endpoint;
    let (old_salt, until) = old_salt.clone().unzip();
    let values = vec![
        (*id).into(),
        county.as_str().into(),
        name.as_str().into(),
        url.as_str().into(),
        serde_json::to_string(events)?.into(),
        salt.as_str().into(),
        old_salt.into(),
        until.into(),
        off_because.clone().into(),
        created_by.0.into(),
        (*created_at).into(),
        (*updated_at).into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// Takes an endpoint away, with all that waits for it. Returns whether it was there.
pub async fn remove(txn: &WriteTxn, county: &DivisionCode, id: Uuid) -> Result<bool, StoreError> {
    let sql = "DELETE FROM webhook_endpoint WHERE county_code = $1 AND id = $2";
    let removed = execute(txn, sql, vec![county.as_str().into(), id.into()]).await? > 0;
    if removed {
        let sql = "DELETE FROM webhook_delivery WHERE endpoint_id = $1";
        execute(txn, sql, vec![id.into()]).await?;
    }
    Ok(removed)
}

/// Writes what happened at `at` into the outbox, with a delivery for each of these endpoints that wants it. What is known by its
/// id already is left out. Returns how many deliveries there are.
pub async fn add_events(
    txn: &WriteTxn,
    county: &DivisionCode,
    endpoints: &[Endpoint],
    events: &[NewEvent],
    at: i64,
) -> Result<u64, StoreError> {
    let mut deliveries = 0;
    for event in events {
        let wanting: Vec<&Endpoint> = endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(event.kind))
            .collect();
        if !wanting.is_empty() && add_event(txn, county, event, at).await? {
            for endpoint in wanting {
                add_delivery(txn, event.id, endpoint.id, at).await?;
                deliveries += 1;
            }
        }
    }
    Ok(deliveries)
}

/// Writes an event; returns whether it is new.
pub async fn add_event(
    txn: &WriteTxn,
    county: &DivisionCode,
    event: &NewEvent,
    at: i64,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO webhook_event (id, county_code, type, data, at) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (id) DO NOTHING";
    let values = vec![
        event.id.into(),
        county.as_str().into(),
        event.kind.as_str().into(),
        event.data.to_string().into(),
        at.into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// Writes a delivery of an event to an endpoint, due at once; returns its id.
pub async fn add_delivery(
    txn: &WriteTxn,
    event: Uuid,
    endpoint: Uuid,
    at: i64,
) -> Result<Uuid, StoreError> {
    let id = Uuid::new_v5(&event, endpoint.as_bytes());
    let row = [
        id.into(),
        event.into(),
        endpoint.into(),
        "waiting".into(),
        0.into(),
        at.into(),
        at.into(),
    ];
    insert(
        txn,
        "INSERT INTO webhook_delivery (id, event_id, endpoint_id, state, attempts, due_at, created_at) VALUES",
        "",
        vec![row],
    )
    .await?;
    Ok(id)
}

/// A delivery as the office sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// The event, which is the `webhook-id`.
    pub event: Uuid,
    /// Its type.
    pub kind: EventType,
    /// When it happened: milliseconds since 1970 UTC.
    pub at: i64,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next, if it waits.
    pub due_at: i64,
    /// The status of the last answer.
    pub last_status: Option<i32>,
    /// Why the last attempt failed.
    pub last_problem: Option<String>,
    /// When it was delivered or given up.
    pub done_at: Option<i64>,
    /// When it was written.
    pub created_at: i64,
}

#[derive(FromQueryResult)]
struct DeliveryRow {
    id: Uuid,
    event_id: Uuid,
    kind: String,
    at: i64,
    state: String,
    attempts: i32,
    due_at: i64,
    last_status: Option<i32>,
    last_problem: Option<String>,
    done_at: Option<i64>,
    created_at: i64,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            event: row.event_id,
            kind: kind(&row.kind)?,
            at: row.at,
            state: row.state,
            attempts: row.attempts,
            due_at: row.due_at,
            last_status: row.last_status,
            last_problem: row.last_problem,
            done_at: row.done_at,
            created_at: row.created_at,
        })
    }
}

fn kind(word: &str) -> Result<EventType, StoreError> {
    word.parse()
        .map_err(|_| StoreError::Corrupt(format!("unknown event {word}")))
}

const DELIVERY: &str = "SELECT d.id, d.event_id, e.type AS kind, e.at, d.state, d.attempts, d.due_at, d.last_status, \
     d.last_problem, d.done_at, d.created_at FROM webhook_delivery d JOIN webhook_event e ON e.id = d.event_id";

/// The deliveries to an endpoint, the latest first, in one state or any.
pub async fn list_deliveries(
    txn: &impl Txn,
    endpoint: Uuid,
    state: Option<&str>,
    after: Option<(i64, Uuid)>,
    limit: u32,
) -> Result<Vec<Delivery>, StoreError> {
    let (at, id) = after.unwrap_or((i64::MAX, Uuid::max()));
    let sql = format!(
        "{DELIVERY} WHERE d.endpoint_id = $1 AND ($2 = '' OR d.state = $2) AND (d.created_at, d.id) < ($3, $4) \
         ORDER BY d.created_at DESC, d.id DESC LIMIT $5"
    );
    let values = vec![
        endpoint.into(),
        state.unwrap_or_default().into(),
        at.into(),
        id.into(),
        i64::from(limit).into(),
    ];
    let rows: Vec<DeliveryRow> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// One delivery to an endpoint.
pub async fn find_delivery(
    txn: &impl Txn,
    endpoint: Uuid,
    id: Uuid,
) -> Result<Option<Delivery>, StoreError> {
    let sql = format!("{DELIVERY} WHERE d.endpoint_id = $1 AND d.id = $2");
    let row: Option<DeliveryRow> = fetch_one(txn, &sql, vec![endpoint.into(), id.into()]).await?;
    row.map(Delivery::try_from).transpose()
}

/// A message to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The delivery.
    pub delivery: Uuid,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// The event.
    pub event: Uuid,
    /// Its type.
    pub kind: EventType,
    /// Its data, as JSON.
    pub data: String,
    /// When it happened.
    pub at: i64,
    /// To whom.
    pub endpoint: Endpoint,
}

#[derive(FromQueryResult)]
struct MessageRow {
    delivery_id: Uuid,
    attempts: i32,
    event_id: Uuid,
    kind: String,
    data: String,
    at: i64,
    #[sea_orm(nested)]
    endpoint: EndpointRow,
}

/// Claims deliveries that are due, at most `each` of an endpoint and `limit` in all, for whoever has the id `claim`; they are
/// due again at `until` if nothing is said of them before.
pub async fn claim(
    txn: &WriteTxn,
    claim: Uuid,
    (now, until): (i64, i64),
    (each, limit): (u32, u32),
) -> Result<Vec<Message>, StoreError> {
    let lock = skip_locked(txn.0.get_database_backend());
    // PostgreSQL locks no rows of a query that numbers them, so the numbers are made beneath.
    let sql = format!(
        "UPDATE webhook_delivery SET claim = $1, due_at = $2, attempts = attempts + 1 WHERE id IN ( \
         SELECT d.id FROM webhook_delivery d WHERE d.state = 'waiting' AND d.due_at <= $3 AND d.id IN ( \
         SELECT n.id FROM (SELECT w.id, w.due_at, ROW_NUMBER() OVER (PARTITION BY w.endpoint_id ORDER BY w.due_at, w.id) \
         AS place FROM webhook_delivery w JOIN webhook_endpoint p ON p.id = w.endpoint_id \
         WHERE w.state = 'waiting' AND w.due_at <= $3 AND p.off_because IS NULL) n \
         WHERE n.place <= $4 ORDER BY n.due_at, n.id LIMIT $5) ORDER BY d.id{lock})"
    );
    let values = vec![
        claim.into(),
        until.into(),
        now.into(),
        i64::from(each).into(),
        i64::from(limit).into(),
    ];
    if execute(txn, &sql, values).await? == 0 {
        return Ok(Vec::new());
    }
    list_claimed(txn, claim).await
}

#[derive(FromQueryResult)]
struct DueRow {
    id: Uuid,
}

/// Whether a delivery is due: asked before anything is claimed, so that an idle server writes nothing.
pub async fn is_due(txn: &impl Txn, now: i64) -> Result<bool, StoreError> {
    let sql = "SELECT d.id FROM webhook_delivery d JOIN webhook_endpoint p ON p.id = d.endpoint_id \
               WHERE d.state = 'waiting' AND d.due_at <= $1 AND p.off_because IS NULL LIMIT 1";
    let row: Option<DueRow> = fetch_one(txn, sql, vec![now.into()]).await?;
    Ok(row.is_some_and(|row| !row.id.is_nil()))
}

/// Claims one delivery, due or not, unless it is done.
pub async fn claim_one(
    txn: &WriteTxn,
    claim: Uuid,
    delivery: Uuid,
    until: i64,
) -> Result<Option<Message>, StoreError> {
    let sql = "UPDATE webhook_delivery SET claim = $1, due_at = $2, attempts = attempts + 1 \
               WHERE id = $3 AND state = 'waiting'";
    execute(txn, sql, vec![claim.into(), until.into(), delivery.into()]).await?;
    Ok(list_claimed(txn, claim).await?.pop())
}

async fn list_claimed(txn: &WriteTxn, claim: Uuid) -> Result<Vec<Message>, StoreError> {
    let sql = "SELECT d.id AS delivery_id, d.attempts, d.event_id, e.type AS kind, e.data, e.at, p.id, p.county_code, p.name, \
         p.url, p.events, p.salt, p.old_salt, p.old_salt_until, p.off_because, p.created_by, p.created_at, p.updated_at \
         FROM webhook_delivery d JOIN webhook_event e ON e.id = d.event_id \
         JOIN webhook_endpoint p ON p.id = d.endpoint_id WHERE d.claim = $1 AND d.state = 'waiting' ORDER BY d.id";
    let rows: Vec<MessageRow> = fetch_all(txn, sql, vec![claim.into()]).await?;
    let read = |row: MessageRow| {
        Ok(Message {
            delivery: row.delivery_id,
            attempt: row.attempts,
            event: row.event_id,
            kind: kind(&row.kind)?,
            data: row.data,
            at: row.at,
            endpoint: row.endpoint.try_into()?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done at this time: taken, or given up.
    Done {
        /// Whether it was taken.
        taken: bool,
        /// When.
        at: i64,
    },
    /// It is tried again at this time.
    Again(i64),
}

/// Says what an attempt came to, unless somebody else has claimed the delivery meanwhile. Returns whether it was said.
pub async fn conclude(
    txn: &WriteTxn,
    (delivery, claim): (Uuid, Uuid),
    answer: DeliveryOutcome,
    next: Next,
) -> Result<bool, StoreError> {
    let sql = "UPDATE webhook_delivery SET claim = NULL, state = $1, due_at = COALESCE($2, due_at), done_at = $3, \
               last_status = $4, last_problem = $5 WHERE id = $6 AND claim = $7 AND state = 'waiting'";
    let (state, due, done) = match next {
        Next::Done { taken: true, at } => ("delivered", None, Some(at)),
        Next::Done { taken: false, at } => ("failed", None, Some(at)),
        Next::Again(due) => ("waiting", Some(due), None),
    };
    let values = vec![
        state.into(),
        due.into(),
        done.into(),
        answer.status().map(i32::from).into(),
        answer.problem().map(str::to_owned).into(),
        delivery.into(),
        claim.into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// Lets a delivery go again from its first attempt.
pub async fn replay(txn: &WriteTxn, delivery: Uuid, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE webhook_delivery SET state = 'waiting', attempts = 0, due_at = $1, claim = NULL, done_at = NULL \
               WHERE id = $2";
    execute(txn, sql, vec![now.into(), delivery.into()]).await?;
    Ok(())
}

/// Takes away what was done before `before`, and events that nobody waits for any more. Returns how many deliveries went.
pub async fn forget(txn: &WriteTxn, before: i64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM webhook_delivery WHERE state <> 'waiting' AND done_at < $1";
    let gone = execute(txn, sql, vec![before.into()]).await?;
    let sql = "DELETE FROM webhook_event WHERE at < $1 \
               AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.event_id = webhook_event.id)";
    execute(txn, sql, vec![before.into()]).await?;
    Ok(gone)
}

/// What a county was told of a subject, and whether something has happened to it since.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct WebhookMark {
    /// The subject.
    pub subject: String,
    /// What was told last.
    pub told: String,
    /// Counts what has happened to it.
    pub version: i64,
    /// How far that was looked at.
    pub seen: i64,
}

/// The marks of a county whose subjects begin so.
pub async fn list_marks(
    txn: &impl Txn,
    county: &DivisionCode,
    head: &str,
) -> Result<Vec<WebhookMark>, StoreError> {
    let sql = "SELECT subject, told, version, seen FROM webhook_mark \
               WHERE county_code = $1 AND subject LIKE $2 ORDER BY subject";
    let values = vec![county.as_str().into(), format!("{head}%").into()];
    fetch_all(txn, sql, values).await
}

/// Something has happened to these subjects.
pub async fn note_happening(
    txn: &WriteTxn,
    county: &DivisionCode,
    subjects: &[String],
) -> Result<(), StoreError> {
    let rows = subjects.iter().map(|subject| {
        [
            county.as_str().into(),
            subject.as_str().into(),
            "".into(),
            1_i64.into(),
            0_i64.into(),
        ]
    });
    insert(
        txn,
        "INSERT INTO webhook_mark (county_code, subject, told, version, seen) VALUES",
        "ON CONFLICT (county_code, subject) DO UPDATE SET version = webhook_mark.version + 1",
        rows.collect(),
    )
    .await?;
    Ok(())
}

/// What was told of a subject, which was looked at as it was in `version`.
pub async fn save_mark(
    txn: &WriteTxn,
    county: &DivisionCode,
    (subject, told): (&str, &str),
    version: i64,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO webhook_mark (county_code, subject, told, version, seen) VALUES ($1, $2, $3, $4, $4) \
               ON CONFLICT (county_code, subject) DO UPDATE SET told = excluded.told, seen = excluded.seen";
    let values = vec![
        county.as_str().into(),
        subject.into(),
        told.into(),
        version.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// Forgets what was told of a subject.
pub async fn remove_mark(
    txn: &WriteTxn,
    county: &DivisionCode,
    subject: &str,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM webhook_mark WHERE county_code = $1 AND subject = $2";
    execute(txn, sql, vec![county.as_str().into(), subject.into()]).await?;
    Ok(())
}
