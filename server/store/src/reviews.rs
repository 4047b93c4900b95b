//! Reviews of visits: append-only, one row a decision.

use crate::records::code;
use crate::sql::{execute, fetch_all};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::FromQueryResult;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use uuid::Uuid;

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReview {
    /// Its id.
    pub id: Uuid,
    /// The county.
    pub county: DivisionCode,
    /// The visit.
    pub record: RecordId,
    /// The revision that was judged.
    pub rev: i64,
    /// `township` or `county`.
    pub step: String,
    /// The decision.
    pub decision: String,
    /// The reason code.
    pub reason: Option<String>,
    /// The field to mend.
    pub field: Option<String>,
    /// The reviewer's sentence.
    pub comment: Option<String>,
    /// Until when to mend it.
    pub due_on: Option<String>,
    /// Who decided.
    pub reviewer: PersonId,
    /// When: milliseconds since 1970 UTC.
    pub reviewed_at: i64,
    /// The fields of the visit as they were judged; none for reviews of old.
    pub judged: Option<Fields>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    county_code: String,
    record_id: Uuid,
    rev: i64,
    step: String,
    decision: String,
    reason: Option<String>,
    field: Option<String>,
    comment: Option<String>,
    due_on: Option<String>,
    reviewer_id: Uuid,
    reviewed_at: i64,
    judged: Option<String>,
}

/// Appends a decision.
pub async fn append(txn: &WriteTxn, review: &StoredReview) -> Result<(), StoreError> {
    let sql = "INSERT INTO review (id, county_code, record_id, rev, step, decision, reason, field, comment, \
               due_on, reviewer_id, reviewed_at, judged) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let values = vec![
        review.id.into(),
        review.county.as_str().into(),
        review.record.0.into(),
        review.rev.into(),
        review.step.as_str().into(),
        review.decision.as_str().into(),
        review.reason.clone().into(),
        review.field.clone().into(),
        review.comment.clone().into(),
        review.due_on.clone().into(),
        review.reviewer.0.into(),
        review.reviewed_at.into(),
        review
            .judged
            .as_ref()
            .map(serde_json::to_string)
            .transpose()?
            .into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// The decisions on a visit, oldest first.
pub async fn list(txn: &impl Txn, record: RecordId) -> Result<Vec<StoredReview>, StoreError> {
    let sql = "SELECT id, county_code, record_id, rev, step, decision, reason, field, comment, due_on, \
               reviewer_id, reviewed_at, judged FROM review WHERE record_id = $1 ORDER BY reviewed_at, id";
    let rows: Vec<Row> = fetch_all(txn, sql, vec![record.0.into()]).await?;
    rows.into_iter()
        .map(|row| {
            Ok(StoredReview {
                id: row.id,
                county: code(&row.county_code)?,
                record: RecordId(row.record_id),
                rev: row.rev,
                step: row.step,
                decision: row.decision,
                reason: row.reason,
                field: row.field,
                comment: row.comment,
                due_on: row.due_on,
                reviewer: PersonId(row.reviewer_id),
                reviewed_at: row.reviewed_at,
                judged: row
                    .judged
                    .as_deref()
                    .map(serde_json::from_str)
                    .transpose()?,
            })
        })
        .collect()
}
