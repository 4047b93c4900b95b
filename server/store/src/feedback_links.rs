//! One-time links to the page on which a served party says how a visit was.

use crate::records::code;
use crate::sql::{execute, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::FromQueryResult;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use uuid::Uuid;

/// A link, but for its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLink {
    /// SHA-256 of the token, as hexadecimal digits.
    pub token_hash: String,
    /// The county.
    pub county: DivisionCode,
    /// The visit.
    pub visit: RecordId,
    /// `office_link` or `phone_link`.
    pub source: String,
    /// Who made it.
    pub made_by: PersonId,
    /// When: milliseconds since 1970 UTC.
    pub made_at: i64,
    /// Until when it is good.
    pub expires_at: i64,
    /// When it was used.
    pub used_at: Option<i64>,
    /// Requests in the present window.
    pub asked: i64,
}

#[derive(FromQueryResult)]
struct Row {
    token_hash: String,
    county_code: String,
    visit_id: Uuid,
    source: String,
    made_by: Uuid,
    made_at: i64,
    expires_at: i64,
    used_at: Option<i64>,
    asked: i64,
}

impl TryFrom<Row> for StoredLink {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            token_hash: row.token_hash,
            county: code(&row.county_code)?,
            visit: RecordId(row.visit_id),
            source: row.source,
            made_by: PersonId(row.made_by),
            made_at: row.made_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
            asked: row.asked,
        })
    }
}

const COLUMNS: &str =
    "token_hash, county_code, visit_id, source, made_by, made_at, expires_at, used_at, asked";

/// Adds a link, unless there is one of this token. Returns the one that is there then.
pub async fn add(txn: &WriteTxn, link: &StoredLink) -> Result<StoredLink, StoreError> {
    let sql = format!(
        "INSERT INTO feedback_link (token_hash, county_code, visit_id, source, made_by, made_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) \
         ON CONFLICT (token_hash) DO UPDATE SET source = feedback_link.source RETURNING {COLUMNS}"
    );
    let values = vec![
        link.token_hash.as_str().into(),
        link.county.as_str().into(),
        link.visit.0.into(),
        link.source.as_str().into(),
        link.made_by.0.into(),
        link.made_at.into(),
        link.expires_at.into(),
    ];
    let row: Option<Row> = fetch_one(txn, &sql, values).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("feedback link".to_owned()))?;
    row.try_into()
}

#[derive(FromQueryResult)]
struct CountRow {
    number: i64,
}

/// How many links a visit has.
pub async fn count_of_visit(txn: &impl Txn, visit: RecordId) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS number FROM feedback_link WHERE visit_id = $1";
    let row: Option<CountRow> = fetch_one(txn, sql, vec![visit.0.into()]).await?;
    Ok(row.map_or(0, |row| row.number))
}

/// Counts a request for a link and locks it until the transaction ends. The count begins anew with each window.
pub async fn ask(
    txn: &WriteTxn,
    token_hash: &str,
    now: i64,
    window_ms: i64,
) -> Result<Option<StoredLink>, StoreError> {
    let sql = format!(
        "UPDATE feedback_link SET \
         asked = CASE WHEN asked_from <= $2 THEN 1 ELSE asked + 1 END, \
         asked_from = CASE WHEN asked_from <= $2 THEN $3 ELSE asked_from END \
         WHERE token_hash = $1 RETURNING {COLUMNS}"
    );
    let values = vec![token_hash.into(), (now - window_ms).into(), now.into()];
    let row: Option<Row> = fetch_one(txn, &sql, values).await?;
    row.map(StoredLink::try_from).transpose()
}

/// Uses a link up.
pub async fn use_up(txn: &WriteTxn, token_hash: &str, now: i64) -> Result<(), StoreError> {
    let sql = "UPDATE feedback_link SET used_at = $2 WHERE token_hash = $1";
    execute(txn, sql, vec![token_hash.into(), now.into()]).await?;
    Ok(())
}
