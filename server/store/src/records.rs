//! Records as rows: fields, unknown fields and stamps as JSON texts, and beside them what queries ask for.

use crate::backend::for_update;
use crate::grants::date;
use crate::personal::holds;
use crate::sql::{fetch_all, fetch_by_keys, fetch_one, insert, placeholders};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::merge::{Stamp, State};
use tepai_sync_protocol::records::Kind;
use uuid::Uuid;

/// A record as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRecord {
    /// Its id.
    pub id: RecordId,
    /// Its county.
    pub county: DivisionCode,
    /// Its village, for everything but reference data.
    pub village: Option<DivisionCode>,
    /// Why it does not count yet, if it does not.
    pub held: Option<String>,
    /// The record it belongs to.
    pub parent: Option<RecordId>,
    /// The adoption that a report belongs to.
    pub adoption: Option<RecordId>,
    /// Its fields, revision and stamps.
    pub state: State,
    /// When it first arrived: milliseconds since 1970 UTC.
    pub received_at: i64,
    /// When it last changed: milliseconds since 1970 UTC.
    pub updated_at: i64,
}

impl StoredRecord {
    /// Who made it.
    pub fn author(&self) -> PersonId {
        self.state.created.person
    }

    /// The local date by which it falls into a period.
    pub fn on_date(&self) -> Option<Date> {
        let name = self.state.kind.date_field()?;
        self.state.text(name).and_then(|text| text.parse().ok())
    }

    /// Whether it counts: neither deleted nor held.
    pub fn is_live(&self) -> bool {
        !self.state.deleted && self.held.is_none()
    }
}

/// Where a record stands, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordPlace {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: Kind,
    /// Its village.
    pub village: Option<DivisionCode>,
    /// Who made it.
    pub author: PersonId,
    /// The record it belongs to.
    pub parent: Option<RecordId>,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

#[derive(FromQueryResult)]
struct PlaceRow {
    id: Uuid,
    kind: String,
    village_code: Option<String>,
    author_id: Uuid,
    parent_id: Option<Uuid>,
    deleted: bool,
}

impl TryFrom<PlaceRow> for RecordPlace {
    type Error = StoreError;

    fn try_from(row: PlaceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: RecordId(row.id),
            kind: kind(&row.kind)?,
            village: row.village_code.as_deref().map(code).transpose()?,
            author: PersonId(row.author_id),
            parent: row.parent_id.map(RecordId),
            deleted: row.deleted,
        })
    }
}

const PLACE: &str = "SELECT id, kind, village_code, author_id, parent_id, deleted FROM record";

/// Where the records of these ids stand, as far as they exist.
pub async fn find_places(txn: &impl Txn, ids: &[RecordId]) -> Result<Vec<RecordPlace>, StoreError> {
    let keys = keys(ids);
    let sql = format!("{PLACE} WHERE id IN ({{keys}})");
    let rows: Vec<PlaceRow> = fetch_by_keys(txn, &sql, &[], &keys).await?;
    rows.into_iter().map(RecordPlace::try_from).collect()
}

/// Where the photos stand that announce one of these contents.
pub async fn find_places_of_photos(
    txn: &impl Txn,
    county: &DivisionCode,
    contents: &[&str],
) -> Result<Vec<RecordPlace>, StoreError> {
    let keys: Vec<Value> = contents.iter().map(|sha256| (*sha256).into()).collect();
    let sql = format!("{PLACE} WHERE county_code = $1 AND sha256 IN ({{keys}}) ORDER BY id");
    let rows: Vec<PlaceRow> = fetch_by_keys(txn, &sql, &[county.as_str().into()], &keys).await?;
    rows.into_iter().map(RecordPlace::try_from).collect()
}

/// The live photos that announce one of these contents.
pub async fn list_photos_of_contents(
    txn: &impl Txn,
    county: &DivisionCode,
    contents: &[String],
) -> Result<Vec<StoredRecord>, StoreError> {
    let keys: Vec<Value> = contents
        .iter()
        .map(|sha256| sha256.as_str().into())
        .collect();
    let sql = format!(
        "{SELECT} WHERE county_code = $1 AND sha256 IN ({{keys}}) AND NOT deleted AND held IS NULL"
    );
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[county.as_str().into()], &keys).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// Where the records that belong to these stand.
pub async fn find_places_of_children(
    txn: &impl Txn,
    parents: &[RecordId],
) -> Result<Vec<RecordPlace>, StoreError> {
    let keys = keys(parents);
    let sql = format!("{PLACE} WHERE parent_id IN ({{keys}})");
    let rows: Vec<PlaceRow> = fetch_by_keys(txn, &sql, &[], &keys).await?;
    rows.into_iter().map(RecordPlace::try_from).collect()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    county_code: String,
    kind: String,
    village_code: Option<String>,
    rev: i64,
    deleted: bool,
    held: Option<String>,
    parent_id: Option<Uuid>,
    adoption_id: Option<Uuid>,
    fields: String,
    ext: Option<String>,
    stamps: String,
    received_at: i64,
    updated_at: i64,
}

/// The stamps of a record as they are stored.
#[derive(Serialize, Deserialize)]
struct Stamps<S, M> {
    #[serde(rename = "c")]
    created: S,
    #[serde(rename = "f")]
    fields: M,
}

impl TryFrom<Row> for StoredRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let stamps: Stamps<Stamp, BTreeMap<String, Stamp>> = serde_json::from_str(&row.stamps)?;
        let ext = row.ext.as_deref().map(serde_json::from_str).transpose()?;
        let state = State {
            kind: kind(&row.kind)?,
            rev: row.rev,
            deleted: row.deleted,
            fields: serde_json::from_str::<Fields>(&row.fields)?,
            ext: ext.unwrap_or_default(),
            created: stamps.created,
            stamps: stamps.fields,
        };
        Ok(Self {
            id: RecordId(row.id),
            county: code(&row.county_code)?,
            village: row.village_code.as_deref().map(code).transpose()?,
            held: row.held,
            parent: row.parent_id.map(RecordId),
            adoption: row.adoption_id.map(RecordId),
            state,
            received_at: row.received_at,
            updated_at: row.updated_at,
        })
    }
}

const SELECT: &str = "SELECT id, county_code, kind, village_code, rev, deleted, held, parent_id, adoption_id, \
     fields, ext, stamps, received_at, updated_at FROM record";

/// The records of these ids, locked until the transaction ends.
pub async fn find_locked(
    txn: &WriteTxn,
    ids: &[RecordId],
) -> Result<Vec<StoredRecord>, StoreError> {
    let lock = for_update(txn.0.get_database_backend());
    let sql = format!("{SELECT} WHERE id IN ({{keys}}) ORDER BY id{lock}");
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[], &keys(ids)).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// One record.
pub async fn find(txn: &impl Txn, id: RecordId) -> Result<Option<StoredRecord>, StoreError> {
    Ok(find_many(txn, &[id]).await?.into_iter().next())
}

/// The reports of these adoptions, tombstones left out.
pub async fn list_reports(
    txn: &impl Txn,
    adoptions: &[RecordId],
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!("{SELECT} WHERE adoption_id IN ({{keys}}) AND NOT deleted");
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[], &keys(adoptions)).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// The live records of one kind within a division, dated within a range (both days included).
pub async fn list_dated(
    txn: &impl Txn,
    division: &DivisionCode,
    kind: Kind,
    from: Date,
    to: Date,
) -> Result<Vec<StoredRecord>, StoreError> {
    // A village is found by its own index; anything larger by the county's, which is in order of dates.
    let place = match division.level() {
        Level::Village => "village_code = $1 AND village_code < $2",
        Level::Township | Level::County => {
            "county_code = $6 AND village_code >= $1 AND village_code < $2"
        }
    };
    let sql = format!(
        "{SELECT} WHERE {place} AND kind = $3 AND on_date >= $4 AND on_date <= $5 \
         AND NOT deleted AND held IS NULL ORDER BY id"
    );
    let mut values = vec![
        division.as_str().into(),
        format!("{division}:").into(),
        kind.as_str().into(),
        from.to_string().into(),
        to.to_string().into(),
    ];
    if division.level() != Level::Village {
        values.push(division.county().as_str().into());
    }
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// The live records of one kind of a county, dated within a range, in whose fields this person is named.
pub async fn list_dated_naming(
    txn: &impl Txn,
    county: &DivisionCode,
    kind: Kind,
    (from, to): (Date, Date),
    person: PersonId,
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE county_code = $1 AND kind = $2 AND on_date >= $3 AND on_date <= $4 \
         AND NOT deleted AND held IS NULL AND fields LIKE $5 ORDER BY id"
    );
    let values = vec![
        county.as_str().into(),
        kind.as_str().into(),
        from.to_string().into(),
        to.to_string().into(),
        format!("%{person}%").into(),
    ];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// The records of these ids, as far as they exist.
pub async fn find_many(txn: &impl Txn, ids: &[RecordId]) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!("{SELECT} WHERE id IN ({{keys}})");
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[], &keys(ids)).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

#[derive(FromQueryResult)]
struct DatedRow {
    village_code: String,
    on_date: String,
}

/// Village and date of the records of one kind that belong to these.
pub async fn list_dates_of_children(
    txn: &impl Txn,
    kind: Kind,
    parents: &[RecordId],
) -> Result<Vec<(DivisionCode, Date)>, StoreError> {
    let sql = "SELECT village_code, on_date FROM record WHERE kind = $1 AND village_code IS NOT NULL \
               AND on_date IS NOT NULL AND parent_id IN ({keys})";
    let rows: Vec<DatedRow> =
        fetch_by_keys(txn, sql, &[kind.as_str().into()], &keys(parents)).await?;
    rows.into_iter()
        .map(|row| Ok((code(&row.village_code)?, date(&row.on_date)?)))
        .collect()
}

/// The live records of one kind within a division, whatever their date.
pub async fn list_in_division(
    txn: &impl Txn,
    division: &DivisionCode,
    kind: Kind,
) -> Result<Vec<StoredRecord>, StoreError> {
    // Codes are digits: everything inside a division sorts between its code and its code followed by ':'.
    let sql = format!(
        "{SELECT} WHERE village_code >= $1 AND village_code < $2 AND kind = $3 \
         AND NOT deleted AND held IS NULL ORDER BY id"
    );
    let values = vec![
        division.as_str().into(),
        format!("{division}:").into(),
        kind.as_str().into(),
    ];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// The records of one kind of a county that stand in no village, tombstones left out.
pub async fn list_of_county(
    txn: &impl Txn,
    county: &DivisionCode,
    kind: Kind,
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE county_code = $1 AND kind = $2 AND village_code IS NULL AND NOT deleted \
         ORDER BY on_date, id"
    );
    let values = vec![county.as_str().into(), kind.as_str().into()];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// The records of one kind that belong to these, tombstones left out.
pub async fn list_children(
    txn: &impl Txn,
    kind: Kind,
    parents: &[RecordId],
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!("{SELECT} WHERE kind = $1 AND parent_id IN ({{keys}}) AND NOT deleted");
    let values = [kind.as_str().into()];
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &values, &keys(parents)).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

#[derive(FromQueryResult)]
struct CountRow {
    kind: String,
    count: i64,
}

/// How many live records a village has, by kind.
pub async fn count_in_village(
    txn: &impl Txn,
    village: &DivisionCode,
) -> Result<BTreeMap<Kind, i64>, StoreError> {
    let sql = "SELECT kind, COUNT(*) AS count FROM record WHERE village_code = $1 AND NOT deleted GROUP BY kind";
    let rows: Vec<CountRow> = fetch_all(txn, sql, vec![village.as_str().into()]).await?;
    let read = |row: CountRow| Ok((kind(&row.kind)?, row.count));
    rows.into_iter().map(read).collect()
}

/// Every record of a county, also a deleted or held one, in which one of these texts stands.
pub async fn list_holding(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<StoredRecord>, StoreError> {
    let (condition, more) = holds(&["fields", "ext"], texts);
    let mut values = vec![Value::from(county.as_str())];
    values.extend(more);
    let sql = format!("{SELECT} WHERE county_code = $1 AND {condition} ORDER BY id");
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// Every beneficiary of a county that first arrived before an instant, also a deleted one.
pub async fn list_beneficiaries_before(
    txn: &impl Txn,
    county: &DivisionCode,
    before: i64,
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE county_code = $1 AND kind = 'beneficiary' AND received_at < $2 ORDER BY id"
    );
    let values = vec![county.as_str().into(), before.into()];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// Writes records, new or changed.
pub async fn save(txn: &WriteTxn, records: &[&StoredRecord]) -> Result<(), StoreError> {
    let rows = records
        .iter()
        .map(|record| row(record))
        .collect::<Result<Vec<_>, _>>()?;
    insert(
        txn,
        "INSERT INTO record (id, county_code, kind, village_code, author_id, rev, deleted, held, parent_id, \
         adoption_id, on_date, state, fields, ext, stamps, received_at, updated_at, digest, sha256) VALUES",
        "ON CONFLICT (id) DO UPDATE SET village_code = excluded.village_code, rev = excluded.rev, \
         deleted = excluded.deleted, held = excluded.held, parent_id = excluded.parent_id, \
         adoption_id = excluded.adoption_id, on_date = excluded.on_date, state = excluded.state, \
         fields = excluded.fields, ext = excluded.ext, stamps = excluded.stamps, \
         updated_at = excluded.updated_at, digest = excluded.digest",
        rows,
    )
    .await?;
    Ok(())
}

fn row(record: &StoredRecord) -> Result<[Value; 19], StoreError> {
    let state = &record.state;
    let stamps = Stamps {
        created: &state.created,
        fields: &state.stamps,
    };
    let ext = if state.ext.is_empty() {
        None
    } else {
        Some(serde_json::to_string(&state.ext)?)
    };
    let content = Content {
        id: record.id.0,
        village_code: record
            .village
            .as_ref()
            .map(|village| village.as_str().to_owned()),
        rev: state.rev,
        deleted: state.deleted,
        held: record.held.clone(),
        fields: serde_json::to_string(&state.fields)?,
        ext,
    };
    let digest = content.digest();
    Ok([
        record.id.0.into(),
        record.county.as_str().into(),
        state.kind.as_str().into(),
        content.village_code.into(),
        record.author().0.into(),
        state.rev.into(),
        state.deleted.into(),
        content.held.into(),
        record.parent.map(|parent| parent.0).into(),
        record.adoption.map(|adoption| adoption.0).into(),
        record.on_date().map(|date| date.to_string()).into(),
        state.text("review_state").map(str::to_owned).into(),
        content.fields.into(),
        content.ext.into(),
        serde_json::to_string(&stamps)?.into(),
        record.received_at.into(),
        record.updated_at.into(),
        digest.into(),
        (state.kind == Kind::Photo)
            .then(|| state.text("sha256").map(str::to_owned))
            .flatten()
            .into(),
    ])
}

/// What the digest of a record covers, as it is stored.
struct Content {
    id: Uuid,
    village_code: Option<String>,
    rev: i64,
    deleted: bool,
    held: Option<String>,
    fields: String,
    ext: Option<String>,
}

impl Content {
    /// The first 128 bits of SHA-256, as hexadecimal digits. It tells an alteration behind the server's back.
    fn digest(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.id.as_bytes());
        hash.update(self.rev.to_be_bytes());
        hash.update([u8::from(self.deleted)]);
        for text in [
            self.village_code.as_ref(),
            self.held.as_ref(),
            Some(&self.fields),
            self.ext.as_ref(),
        ] {
            let text = text.map_or("", String::as_str);
            hash.update(text.len().to_be_bytes());
            hash.update(text);
        }
        let bytes = hash.finalize();
        hex(bytes.first_chunk::<16>().unwrap_or(&[0; 16]))
    }
}

#[derive(FromQueryResult)]
struct ContentRow {
    id: Uuid,
    village_code: Option<String>,
    rev: i64,
    deleted: bool,
    held: Option<String>,
    fields: String,
    ext: Option<String>,
    digest: Option<String>,
}

/// How many records of a county have a digest, and those among them whose content is not what was last written.
pub async fn find_altered(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<(usize, Vec<RecordId>), StoreError> {
    let sql = "SELECT id, village_code, rev, deleted, held, fields, ext, digest FROM record \
               WHERE county_code = $1 AND digest IS NOT NULL ORDER BY id";
    let rows: Vec<ContentRow> = fetch_all(txn, sql, vec![county.as_str().into()]).await?;
    let checked = rows.len();
    let altered = rows.into_iter().filter_map(|row| {
        let content = Content {
            id: row.id,
            village_code: row.village_code,
            rev: row.rev,
            deleted: row.deleted,
            held: row.held,
            fields: row.fields,
            ext: row.ext,
        };
        (Some(content.digest()) != row.digest).then_some(RecordId(content.id))
    });
    Ok((checked, altered.collect()))
}

fn keys(ids: &[RecordId]) -> Vec<Value> {
    ids.iter().map(|id| id.0.into()).collect()
}

pub(super) fn kind(word: &str) -> Result<Kind, StoreError> {
    word.parse()
        .map_err(|_| StoreError::Corrupt(format!("unknown kind {word}")))
}

pub(super) fn code(text: &str) -> Result<DivisionCode, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Corrupt(format!("{text} is no division code")))
}

/// Which records of one kind a page holds, in which order.
#[derive(Clone, Debug)]
pub struct PageFilter {
    /// The kind.
    pub kind: Kind,
    /// Inside this division.
    pub division: DivisionCode,
    /// From this day.
    pub from: Date,
    /// To this day.
    pub to: Date,
    /// Made by this person.
    pub author: Option<PersonId>,
    /// In one of these review states; in any if there are none.
    pub states: Vec<String>,
    /// After this record of the page before.
    pub after: Option<(Date, RecordId)>,
    /// Whether the oldest date comes first.
    pub oldest_first: bool,
}

/// A page of live records in the order of their dates, at most `limit`.
pub async fn page(
    txn: &impl Txn,
    filter: &PageFilter,
    limit: u32,
) -> Result<Vec<StoredRecord>, StoreError> {
    let mut sql = format!(
        "{SELECT} WHERE county_code = $1 AND kind = $2 AND on_date >= $3 AND on_date <= $4 \
         AND village_code >= $5 AND village_code < $6 AND NOT deleted AND held IS NULL"
    );
    let mut values: Vec<Value> = vec![
        filter.division.county().as_str().into(),
        filter.kind.as_str().into(),
        filter.from.to_string().into(),
        filter.to.to_string().into(),
        filter.division.as_str().into(),
        format!("{}:", filter.division).into(),
    ];
    if !filter.states.is_empty() {
        let list = placeholders(values.len(), filter.states.len());
        sql = format!("{sql} AND state IN ({list})");
        values.extend(
            filter
                .states
                .iter()
                .map(|state| Value::from(state.as_str())),
        );
    }
    let (beyond, order) = if filter.oldest_first {
        (">", "")
    } else {
        ("<", " DESC")
    };
    let mut also = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&condition.replace("{}", &format!("${}", values.len())));
    };
    if let Some(author) = filter.author {
        also(" AND author_id = {}", author.0.into());
    }
    if let Some((on, id)) = filter.after {
        also(
            &format!(" AND (on_date, id) {beyond} ({{}}, "),
            on.to_string().into(),
        );
        also("{})", id.0.into());
    }
    also(
        &format!(" ORDER BY on_date{order}, id{order} LIMIT {{}}"),
        i64::from(limit).into(),
    );
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

#[derive(FromQueryResult)]
struct NumberRow {
    count: i64,
}

/// How many live visits inside a division are in one of these review states.
pub async fn count_visits_in(
    txn: &impl Txn,
    division: &DivisionCode,
    states: &[&str],
) -> Result<i64, StoreError> {
    let list = placeholders(3, states.len());
    let sql = format!(
        "SELECT COUNT(*) AS count FROM record WHERE county_code = $1 AND kind = 'visit' AND village_code >= $2 \
         AND village_code < $3 AND state IN ({list}) AND NOT deleted AND held IS NULL"
    );
    let mut values: Vec<Value> = vec![
        division.county().as_str().into(),
        division.as_str().into(),
        format!("{division}:").into(),
    ];
    values.extend(states.iter().map(|state| Value::from(*state)));
    let row: Option<NumberRow> = fetch_one(txn, &sql, values).await?;
    Ok(row.map_or(0, |row| row.count))
}

/// A page of live records of one kind inside a division, the last that arrived first: those before a moment and an id.
pub async fn page_by_arrival(
    txn: &impl Txn,
    division: &DivisionCode,
    kind: Kind,
    before: Option<(i64, RecordId)>,
    limit: u32,
) -> Result<Vec<StoredRecord>, StoreError> {
    let sql = format!(
        "{SELECT} WHERE village_code >= $1 AND village_code < $2 AND kind = $3 \
         AND (received_at < $4 OR (received_at = $4 AND id < $5)) AND NOT deleted AND held IS NULL \
         ORDER BY received_at DESC, id DESC LIMIT $6"
    );
    let (at, id) = before.unwrap_or((i64::MAX, RecordId(Uuid::max())));
    let values = vec![
        division.as_str().into(),
        format!("{division}:").into(),
        kind.as_str().into(),
        at.into(),
        id.0.into(),
        i64::from(limit).into(),
    ];
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}

/// A page of live records of one kind inside a division, by id, dated in `period` if there is one.
pub async fn page_by_id(
    txn: &impl Txn,
    division: &DivisionCode,
    kind: Kind,
    period: Option<tepai_sync_protocol::summary::period::Period>,
    after: Option<RecordId>,
    limit: u32,
) -> Result<Vec<StoredRecord>, StoreError> {
    let mut sql = format!(
        "{SELECT} WHERE village_code >= $1 AND village_code < $2 AND kind = $3 AND id > $4 \
         AND NOT deleted AND held IS NULL"
    );
    let mut values: Vec<Value> = vec![
        division.as_str().into(),
        format!("{division}:").into(),
        kind.as_str().into(),
        after.map_or(Uuid::nil(), |id| id.0).into(),
    ];
    if let Some(period) = period {
        sql.push_str(" AND on_date >= $5 AND on_date <= $6");
        values.extend([
            period.from().to_string().into(),
            period.to().to_string().into(),
        ]);
    }
    values.push(i64::from(limit).into());
    let last = values.len();
    let sql = format!("{sql} ORDER BY id LIMIT ${last}");
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredRecord::try_from).collect()
}
