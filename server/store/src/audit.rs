//! The audit trail: links that are only ever added, and the head of each chain, whose row orders who adds.

use crate::records::code;
use crate::sql::{execute_both, fetch_all, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{FromQueryResult, Value};
use tepai_domain::audit::{Act, AuditActor, AuditEntry, Link};
use tepai_sync_protocol::division::DivisionCode;
use uuid::Uuid;

/// How far a chain goes.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Head {
    /// The chain.
    pub chain: String,
    /// Its last link.
    pub seq: i64,
    /// That link's hash.
    pub hash: String,
}

#[derive(FromQueryResult)]
struct Row {
    chain: String,
    seq: i64,
    county_code: String,
    at: i64,
    doer_kind: String,
    doer_id: Option<Uuid>,
    act: String,
    object: String,
    detail: String,
    hash: String,
}

impl TryFrom<Row> for Link {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("audit {what}"));
        let entry = AuditEntry {
            county: code(&row.county_code)?,
            by: AuditActor::parse(&row.doer_kind, row.doer_id).ok_or_else(|| corrupt("doer"))?,
            act: Act::parse(&row.act).ok_or_else(|| corrupt("act"))?,
            object: row.object,
            detail: serde_json::from_str(&row.detail)?,
        };
        Ok(Self {
            chain: row.chain,
            seq: row.seq,
            at: row.at,
            entry,
            hash: row.hash,
        })
    }
}

const SELECT: &str =
    "SELECT chain, seq, county_code, at, doer_kind, doer_id, act, object, detail, hash FROM audit";

/// Adds a link at the end of its chain. Whoever adds to the same chain waits until this transaction ends, so it comes last.
pub async fn append(txn: &WriteTxn, at: i64, entry: AuditEntry) -> Result<(), StoreError> {
    let chain = entry.chain();
    let sql = "INSERT INTO audit_head (chain, county_code, seq, hash) VALUES ($1, $2, 0, '') \
               ON CONFLICT (chain) DO UPDATE SET seq = audit_head.seq RETURNING chain, seq, hash";
    let values = vec![chain.as_str().into(), entry.county.as_str().into()];
    let head: Option<Head> = fetch_one(txn, sql, values).await?;
    let head = head.ok_or_else(|| StoreError::Corrupt("audit head".to_owned()))?;
    let link = Link::behind(&head.hash, (chain, head.seq + 1), at, entry);
    let by = link.entry.by;
    let statements = [
        "INSERT INTO audit (chain, seq, county_code, at, doer_kind, doer_id, act, object, detail, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        "UPDATE audit_head SET seq = $2, hash = $10 WHERE chain = $1",
    ];
    let values = vec![
        link.chain.as_str().into(),
        link.seq.into(),
        link.entry.county.as_str().into(),
        link.at.into(),
        by.kind().into(),
        by.id().into(),
        link.entry.act.as_str().into(),
        link.entry.object.as_str().into(),
        link.entry.detail.to_string().into(),
        link.hash.as_str().into(),
    ];
    execute_both(txn, statements, values).await
}

#[derive(FromQueryResult)]
struct ChainRow {
    chain: String,
}

/// Every chain that has a head or a link, in order.
pub async fn list_chains(txn: &impl Txn) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT chain FROM audit_head UNION SELECT chain FROM audit ORDER BY chain";
    let rows: Vec<ChainRow> = fetch_all(txn, sql, vec![]).await?;
    Ok(rows.into_iter().map(|row| row.chain).collect())
}

/// How far a chain says that it goes.
pub async fn find_head(txn: &impl Txn, chain: &str) -> Result<Option<Head>, StoreError> {
    let sql = "SELECT chain, seq, hash FROM audit_head WHERE chain = $1";
    fetch_one(txn, sql, vec![chain.into()]).await
}

/// How far the chains of a county have come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct ChainProgress {
    /// The last link of the office's own chain.
    pub office: i64,
    /// The links of all devices' chains.
    pub devices: i64,
}

/// How far the chains of a county have come together.
pub async fn find_progress(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<ChainProgress, StoreError> {
    let sql = "SELECT COALESCE(CAST(SUM(CASE WHEN chain = $1 THEN seq END) AS BIGINT), 0) AS office, \
               COALESCE(CAST(SUM(CASE WHEN chain <> $1 THEN seq END) AS BIGINT), 0) AS devices \
               FROM audit_head WHERE county_code = $1";
    let values = vec![county.as_str().into()];
    Ok(fetch_one(txn, sql, values).await?.unwrap_or_default())
}

/// Links of a chain after `seq`, in order. A link that cannot be read is an error of its own.
pub async fn list_after(
    txn: &impl Txn,
    chain: &str,
    seq: i64,
    limit: u32,
) -> Result<Vec<(i64, Result<Link, StoreError>)>, StoreError> {
    let sql = format!("{SELECT} WHERE chain = $1 AND seq > $2 ORDER BY seq LIMIT {limit}");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![chain.into(), seq.into()]).await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.seq, Link::try_from(row)))
        .collect())
}

/// Which links are listed.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// The county.
    pub county: DivisionCode,
    /// One act alone.
    pub act: Option<Act>,
    /// To one thing alone.
    pub object: Option<String>,
    /// Those before this one: time, chain, seq.
    pub before: Option<(i64, String, i64)>,
}

/// The latest links of a county, the newest first.
pub async fn page(
    txn: &impl Txn,
    filter: &AuditFilter,
    limit: u32,
) -> Result<Vec<Link>, StoreError> {
    let mut values: Vec<Value> = vec![filter.county.as_str().into()];
    let mut conditions = vec!["county_code = $1".to_owned()];
    if let Some(act) = filter.act {
        values.push(act.as_str().into());
        conditions.push(format!("act = ${}", values.len()));
    }
    if let Some(object) = &filter.object {
        values.push(object.as_str().into());
        conditions.push(format!("object = ${}", values.len()));
    }
    if let Some((at, chain, seq)) = &filter.before {
        let next = values.len() + 1;
        values.extend([(*at).into(), chain.as_str().into(), (*seq).into()]);
        let place = format!("(${next}, ${}, ${})", next + 1, next + 2);
        conditions.push(format!("(at, chain, seq) < {place}"));
    }
    let conditions = conditions.join(" AND ");
    let sql =
        format!("{SELECT} WHERE {conditions} ORDER BY at DESC, chain DESC, seq DESC LIMIT {limit}");
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(Link::try_from).collect()
}
