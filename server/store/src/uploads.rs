//! Uploads of photos on their way: who sends what. Their bytes are in `files`, which alone knows how many have come.

use crate::photo_files::{FileState, problem};
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_one, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::FromQueryResult;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::ErrorCode;
use uuid::Uuid;

/// An upload that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// Its county.
    pub county: DivisionCode,
    /// The device that sends it.
    pub device: DeviceId,
    /// Whose device that is.
    pub person: PersonId,
    /// SHA-256 of the whole, as hexadecimal digits.
    pub sha256: String,
    /// Bytes of the whole.
    pub size_bytes: u64,
    /// Its media type, as announced.
    pub media_type: String,
    /// `Upload-Metadata` as it came.
    pub metadata: Option<String>,
    /// When it began: milliseconds since 1970 UTC.
    pub created_at: i64,
    /// When it is given up.
    pub expires_at: i64,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    county_code: String,
    device_id: Uuid,
    person_id: Uuid,
    sha256: String,
    size_bytes: i64,
    media_type: String,
    metadata: Option<String>,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<Row> for Upload {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            county: code(&row.county_code)?,
            device: DeviceId(row.device_id),
            person: PersonId(row.person_id),
            sha256: row.sha256,
            size_bytes: u64::try_from(row.size_bytes)
                .map_err(|_| StoreError::Corrupt("a negative size of an upload".to_owned()))?,
            media_type: row.media_type,
            metadata: row.metadata,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

const SELECT: &str = "SELECT id, county_code, device_id, person_id, sha256, size_bytes, media_type, metadata, \
     created_at, expires_at FROM upload";

/// The uploads of this content that have begun, whoever sends them.
pub async fn list_of_content(
    txn: &impl Txn,
    county: &DivisionCode,
    sha256: &str,
) -> Result<Vec<Upload>, StoreError> {
    let sql = format!("{SELECT} WHERE county_code = $1 AND sha256 = $2");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![county.as_str().into(), sha256.into()]).await?;
    rows.into_iter().map(Upload::try_from).collect()
}

/// One upload, and where the bytes of its content stand, if anything is known of them.
pub async fn find_with_state(
    txn: &impl Txn,
    id: Uuid,
) -> Result<Option<(Upload, Option<FileState>)>, StoreError> {
    let sql = "SELECT u.id, u.county_code, u.device_id, u.person_id, u.sha256, u.size_bytes, u.media_type, u.metadata, \
               u.created_at, u.expires_at, f.state FROM upload u LEFT JOIN photo_file f \
               ON f.county_code = u.county_code AND f.sha256 = u.sha256 WHERE u.id = $1";
    let row: Option<WithState> = fetch_one(txn, sql, vec![id.into()]).await?;
    row.map(|row| {
        let state = row.state.map(|word| FileState::parse(&word)).transpose()?;
        Ok((Upload::try_from(row.upload)?, state))
    })
    .transpose()
}

#[derive(FromQueryResult)]
struct WithState {
    #[sea_orm(nested)]
    upload: Row,
    state: Option<String>,
}

/// What decides whether an upload may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prospects {
    /// Where the bytes of its content stand, if anything is known of them.
    pub state: Option<FileState>,
    /// Why they were refused before.
    pub problem: Option<ErrorCode>,
    /// Whether it has begun before.
    pub is_known: bool,
    /// Uploads of its device that have begun and not come to an end.
    pub begun: i64,
}

#[derive(FromQueryResult)]
struct ProspectsRow {
    state: Option<String>,
    problem: Option<String>,
    known: i64,
    begun: i64,
}

/// What decides whether this upload may begin.
pub async fn find_prospects(txn: &impl Txn, upload: &Upload) -> Result<Prospects, StoreError> {
    let sql = "SELECT f.state, f.problem, (SELECT COUNT(*) FROM upload WHERE id = $3) AS known, \
               (SELECT COUNT(*) FROM upload WHERE device_id = $4 AND NOT ended) AS begun \
               FROM (SELECT 1) AS one LEFT JOIN photo_file f ON f.county_code = $1 AND f.sha256 = $2";
    let values = vec![
        upload.county.as_str().into(),
        upload.sha256.as_str().into(),
        upload.id.into(),
        upload.device.0.into(),
    ];
    let row: Option<ProspectsRow> = fetch_one(txn, sql, values).await?;
    let row = row.ok_or_else(|| StoreError::Corrupt("a query without its row".to_owned()))?;
    Ok(Prospects {
        state: row.state.map(|word| FileState::parse(&word)).transpose()?,
        problem: row.problem.map(|word| problem(&word)).transpose()?,
        is_known: row.known > 0,
        begun: row.begun,
    })
}

/// Begins uploads, or begins them again: what was announced now counts. Each says whether its photo is kept with it. No two
/// are the same.
pub async fn save(txn: &WriteTxn, uploads: &[(&Upload, bool)]) -> Result<(), StoreError> {
    let row = |(upload, ended): &(&Upload, bool)| {
        [
            upload.id.into(),
            upload.county.as_str().into(),
            upload.device.0.into(),
            upload.person.0.into(),
            upload.sha256.as_str().into(),
            i64::try_from(upload.size_bytes).unwrap_or(i64::MAX).into(),
            upload.media_type.as_str().into(),
            upload.metadata.clone().into(),
            upload.created_at.into(),
            upload.expires_at.into(),
            (*ended).into(),
        ]
    };
    insert(
        txn,
        "INSERT INTO upload (id, county_code, device_id, person_id, sha256, size_bytes, media_type, metadata, created_at, \
         expires_at, ended) VALUES",
        "ON CONFLICT (id) DO UPDATE SET size_bytes = excluded.size_bytes, media_type = excluded.media_type, \
         metadata = excluded.metadata, expires_at = excluded.expires_at, ended = excluded.ended",
        uploads.iter().map(row).collect(),
    )
    .await?;
    Ok(())
}

/// The photo of this content is kept: whoever sends it has come to an end.
pub async fn end(txn: &WriteTxn, county: &DivisionCode, sha256: &str) -> Result<(), StoreError> {
    let sql = "UPDATE upload SET ended = TRUE WHERE county_code = $1 AND sha256 = $2 AND NOT ended";
    execute(txn, sql, vec![county.as_str().into(), sha256.into()]).await?;
    Ok(())
}

/// Forgets an upload.
pub async fn delete(txn: &WriteTxn, id: Uuid) -> Result<(), StoreError> {
    execute(txn, "DELETE FROM upload WHERE id = $1", vec![id.into()]).await?;
    Ok(())
}

/// The uploads whose time is over.
pub async fn list_expired(txn: &impl Txn, now: i64, limit: u32) -> Result<Vec<Upload>, StoreError> {
    let sql = format!("{SELECT} WHERE expires_at <= $1 ORDER BY expires_at LIMIT {limit}");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![now.into()]).await?;
    rows.into_iter().map(Upload::try_from).collect()
}

/// Which of these uploads have begun and not come to an end.
pub async fn list_going(txn: &impl Txn, ids: &[Uuid]) -> Result<Vec<Uuid>, StoreError> {
    let keys: Vec<_> = ids.iter().map(|id| (*id).into()).collect();
    let sql = format!("{SELECT} WHERE id IN ({{keys}}) AND NOT ended");
    let rows: Vec<Row> = crate::sql::fetch_by_keys(txn, &sql, &[], &keys).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
