//! What became of each mutation, exactly once; and the dead letter, where refused ones are kept.

use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::FromQueryResult;
use std::collections::BTreeMap;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::{DeviceId, MutationId, PersonId};
use tepai_sync_protocol::problem::MutationProblem;
use tepai_sync_protocol::sync::MutationResult;
use uuid::Uuid;

/// A stored result.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredResult {
    /// SHA-256 of the mutation's canonical JSON.
    pub content_hash: String,
    /// The result.
    pub result: MutationResult,
}

#[derive(FromQueryResult)]
struct Row {
    mid: Uuid,
    content_hash: String,
    result_json: String,
}

/// The stored results of these mutations.
pub async fn find(
    txn: &impl Txn,
    mids: &[MutationId],
) -> Result<BTreeMap<MutationId, StoredResult>, StoreError> {
    let keys: Vec<_> = mids.iter().map(|mid| mid.0.into()).collect();
    let sql = "SELECT mid, content_hash, result_json FROM mutation_result WHERE mid IN ({keys})";
    let rows: Vec<Row> = fetch_by_keys(txn, sql, &[], &keys).await?;
    rows.into_iter()
        .map(|row| {
            let result = serde_json::from_str(&row.result_json)?;
            Ok((
                MutationId(row.mid),
                StoredResult {
                    content_hash: row.content_hash,
                    result,
                },
            ))
        })
        .collect()
}

/// Stores results, in the transaction of their effects.
pub async fn save(
    txn: &WriteTxn,
    county: &DivisionCode,
    device: DeviceId,
    received_at: i64,
    results: &BTreeMap<MutationId, StoredResult>,
) -> Result<(), StoreError> {
    let rows = results.iter().map(|(mid, stored)| {
        Ok([
            mid.0.into(),
            county.as_str().into(),
            device.0.into(),
            stored.content_hash.as_str().into(),
            serde_json::to_string(&stored.result)?.into(),
            received_at.into(),
        ])
    });
    insert(
        txn,
        "INSERT INTO mutation_result (mid, county_code, device_id, content_hash, result_json, received_at) VALUES",
        "",
        rows.collect::<Result<_, StoreError>>()?,
    )
    .await?;
    Ok(())
}

/// Forgets results, because their mutations are judged once more in this transaction.
pub async fn delete(txn: &WriteTxn, mids: &[MutationId]) -> Result<(), StoreError> {
    for mid in mids {
        let sql = "DELETE FROM mutation_result WHERE mid = $1";
        execute(txn, sql, vec![mid.0.into()]).await?;
    }
    Ok(())
}

/// A mutation that waits because its device was reported lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escrowed {
    /// The letter that keeps it.
    pub letter: Uuid,
    /// The mutation as it came.
    pub payload: String,
    /// When it arrived: milliseconds since 1970 UTC.
    pub received_at: i64,
}

#[derive(FromQueryResult)]
struct EscrowRow {
    id: Uuid,
    payload_json: String,
    received_at: i64,
}

/// What waits of a device that was reported lost, in the order in which it arrived.
pub async fn list_escrow(txn: &impl Txn, device: DeviceId) -> Result<Vec<Escrowed>, StoreError> {
    let sql = "SELECT id, payload_json, received_at FROM dead_letter \
               WHERE device_id = $1 AND code = 'device_lost' AND resolved_at IS NULL ORDER BY received_at, id";
    let rows: Vec<EscrowRow> = fetch_all(txn, sql, vec![device.0.into()]).await?;
    let read = |row: EscrowRow| Escrowed {
        letter: row.id,
        payload: row.payload_json,
        received_at: row.received_at,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Settles letters.
pub async fn resolve_letters(
    txn: &WriteTxn,
    letters: &[Uuid],
    resolution: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    for letter in letters {
        let sql = "UPDATE dead_letter SET resolved_at = $1, resolution = $2 WHERE id = $3 AND resolved_at IS NULL";
        execute(
            txn,
            sql,
            vec![now_ms.into(), resolution.into(), (*letter).into()],
        )
        .await?;
    }
    Ok(())
}

/// Keeps what the office made of letters before they applied, beside what came.
pub async fn keep_edited(txn: &WriteTxn, letters: &[Uuid], edited: &str) -> Result<(), StoreError> {
    for letter in letters {
        let sql = "UPDATE dead_letter SET edited_json = $1 WHERE id = $2";
        execute(txn, sql, vec![edited.into(), (*letter).into()]).await?;
    }
    Ok(())
}

/// A refused mutation, kept for the office.
#[derive(Clone, Debug, PartialEq)]
pub struct DeadLetter {
    /// Its id here.
    pub id: Uuid,
    /// The mutation, if it carried a readable id.
    pub mid: Option<MutationId>,
    /// The device it came from.
    pub device: DeviceId,
    /// Whose device it is.
    pub person: PersonId,
    /// The village it was about, as far as that could be told.
    pub village: Option<DivisionCode>,
    /// Why it was refused.
    pub problem: MutationProblem,
    /// The mutation as it came.
    pub payload: String,
}

/// Keeps refused mutations.
pub async fn save_dead_letters(
    txn: &WriteTxn,
    county: &DivisionCode,
    received_at: i64,
    letters: &[DeadLetter],
) -> Result<(), StoreError> {
    let rows = letters.iter().map(|letter| {
        Ok([
            letter.id.into(),
            county.as_str().into(),
            letter.mid.map(|mid| mid.0).into(),
            letter.device.0.into(),
            letter.person.0.into(),
            letter
                .village
                .as_ref()
                .map(|village| village.as_str().to_owned())
                .into(),
            letter.problem.code.as_str().into(),
            serde_json::to_string(&letter.problem)?.into(),
            letter.payload.as_str().into(),
            received_at.into(),
        ])
    });
    insert(
        txn,
        "INSERT INTO dead_letter (id, county_code, mid, device_id, person_id, village_code, code, \
         problem_json, payload_json, received_at) VALUES",
        "",
        rows.collect::<Result<_, StoreError>>()?,
    )
    .await?;
    Ok(())
}

/// A refused mutation as it is kept, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptLetter {
    /// What was kept.
    pub letter: DeadLetter,
    /// Its county.
    pub county: DivisionCode,
    /// When it arrived: milliseconds since 1970 UTC.
    pub received_at: i64,
    /// When it was settled, and how.
    pub resolved: Option<(i64, String)>,
    /// The mutation as the office changed it before it applied, if it did.
    pub edited: Option<String>,
}

#[derive(FromQueryResult)]
struct LetterRow {
    id: Uuid,
    county_code: String,
    mid: Option<Uuid>,
    device_id: Uuid,
    person_id: Uuid,
    village_code: Option<String>,
    problem_json: String,
    payload_json: String,
    received_at: i64,
    resolved_at: Option<i64>,
    resolution: Option<String>,
    edited_json: Option<String>,
}

impl TryFrom<LetterRow> for KeptLetter {
    type Error = StoreError;

    fn try_from(row: LetterRow) -> Result<Self, StoreError> {
        let letter = DeadLetter {
            id: row.id,
            mid: row.mid.map(MutationId),
            device: DeviceId(row.device_id),
            person: PersonId(row.person_id),
            village: row.village_code.as_deref().map(code).transpose()?,
            problem: serde_json::from_str(&row.problem_json)?,
            payload: row.payload_json,
        };
        let resolution = row.resolution.unwrap_or_default();
        Ok(Self {
            letter,
            county: code(&row.county_code)?,
            received_at: row.received_at,
            resolved: row.resolved_at.map(|at| (at, resolution)),
            edited: row.edited_json,
        })
    }
}

const LETTER: &str = "SELECT id, county_code, mid, device_id, person_id, village_code, problem_json, \
                      payload_json, received_at, resolved_at, resolution, edited_json FROM dead_letter";

/// Refused mutations of a county, settled or not, the latest first; inside a township those alone of which a village is known.
/// `before` is the last one of the page before.
pub async fn list_letters(
    txn: &impl Txn,
    reach: &DivisionCode,
    is_settled: bool,
    before: Option<(i64, Uuid)>,
    limit: u32,
) -> Result<Vec<KeptLetter>, StoreError> {
    let settled = if is_settled { "IS NOT NULL" } else { "IS NULL" };
    let inside = match reach.level() {
        Level::County => "",
        Level::Township | Level::Village => "AND village_code >= $5 AND village_code < $6",
    };
    let sql = format!(
        "{LETTER} WHERE county_code = $1 AND resolved_at {settled} \
         AND (received_at < $2 OR (received_at = $2 AND id < $3)) {inside} \
         ORDER BY received_at DESC, id DESC LIMIT $4"
    );
    let (at, id) = before.unwrap_or((i64::MAX, Uuid::max()));
    let mut values = vec![
        reach.county().as_str().into(),
        at.into(),
        id.into(),
        i64::from(limit).into(),
    ];
    if reach.level() != Level::County {
        values.extend([reach.as_str().into(), format!("{reach}:").into()]);
    }
    let rows: Vec<LetterRow> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(KeptLetter::try_from).collect()
}

/// One refused mutation.
pub async fn find_letter(txn: &impl Txn, id: Uuid) -> Result<Option<KeptLetter>, StoreError> {
    let sql = format!("{LETTER} WHERE id = $1");
    let rows: Vec<LetterRow> = fetch_all(txn, &sql, vec![id.into()]).await?;
    rows.into_iter()
        .next()
        .map(KeptLetter::try_from)
        .transpose()
}
