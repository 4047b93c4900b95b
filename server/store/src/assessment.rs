//! Score plans, targets and score runs, with what people said on sheets and what sheets were frozen as.

use crate::backend::for_update;
use crate::grants::date;
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_one, insert};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{ConnectionTrait, FromQueryResult};
use std::collections::BTreeMap;
use tepai_domain::score::{Heading, Said, Sayings, Subject, SubjectKind};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

/// A version of a score plan of a county.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct StoredPlan {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: String,
    /// The file.
    pub text: String,
}

/// The plans of a county, by code and version.
pub async fn list_plans(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<StoredPlan>, StoreError> {
    let sql =
        "SELECT code, version, text FROM score_plan WHERE county_code = $1 ORDER BY code, version";
    fetch_all(txn, sql, vec![county.as_str().into()]).await
}

/// Adds a version of a plan; another one of the same code and version is a duplicate.
pub async fn add_plan(
    txn: &WriteTxn,
    county: &DivisionCode,
    plan: &StoredPlan,
    (by, at): (PersonId, i64),
) -> Result<(), StoreError> {
    let sql = "INSERT INTO score_plan (county_code, code, version, text, added_by, added_at) \
               VALUES ($1, $2, $3, $4, $5, $6)";
    let values = vec![
        county.as_str().into(),
        plan.code.as_str().into(),
        plan.version.as_str().into(),
        plan.text.as_str().into(),
        by.0.into(),
        at.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// How much of a measure a subject should reach in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whose it is.
    pub kind: SubjectKind,
    /// Whose it is.
    pub subject: Subject,
    /// Code of the measure.
    pub measure: String,
    /// First local day.
    pub from: Date,
    /// Last local day.
    pub to: Date,
    /// How much, in the unit of the measure's code.
    pub amount: i64,
}

#[derive(FromQueryResult)]
struct TargetRow {
    subject: String,
    measure: String,
    from_on: String,
    to_on: String,
    value: i64,
}

impl TryFrom<TargetRow> for Target {
    type Error = StoreError;

    fn try_from(row: TargetRow) -> Result<Self, StoreError> {
        let corrupt = || StoreError::Corrupt(format!("subject {}", row.subject));
        let (kind, subject) = Subject::of_key(&row.subject).ok_or_else(corrupt)?;
        Ok(Self {
            kind,
            subject,
            measure: row.measure,
            from: date(&row.from_on)?,
            to: date(&row.to_on)?,
            amount: row.value,
        })
    }
}

fn kind(word: &str) -> Result<SubjectKind, StoreError> {
    word.parse()
        .map_err(|_| StoreError::Corrupt(format!("subject kind {word}")))
}

/// The targets of a county whose periods meet this range.
pub async fn list_targets(
    txn: &impl Txn,
    county: &DivisionCode,
    (from, to): (Date, Date),
) -> Result<Vec<Target>, StoreError> {
    let sql = "SELECT subject, measure, from_on, to_on, value FROM target \
               WHERE county_code = $1 AND from_on <= $3 AND to_on >= $2 \
               ORDER BY subject, measure, from_on, to_on";
    let values = vec![
        county.as_str().into(),
        from.to_string().into(),
        to.to_string().into(),
    ];
    let rows: Vec<TargetRow> = fetch_all(txn, sql, values).await?;
    rows.into_iter().map(Target::try_from).collect()
}

/// Sets a target, in place of one of the same subject, measure and period; `id` is its row's if it is new.
pub async fn set_target(
    txn: &WriteTxn,
    county: &DivisionCode,
    target: &Target,
    id: Uuid,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO target (county_code, subject, measure, from_on, to_on, value, id) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) \
               ON CONFLICT (county_code, subject, measure, from_on, to_on) DO UPDATE SET value = excluded.value";
    let mut values = key(county, target);
    values.extend([target.amount.into(), id.into()]);
    execute(txn, sql, values).await?;
    Ok(())
}

/// Takes a target away, whatever its amount.
pub async fn remove_target(
    txn: &WriteTxn,
    county: &DivisionCode,
    target: &Target,
) -> Result<(), StoreError> {
    let sql = "DELETE FROM target WHERE county_code = $1 AND subject = $2 AND measure = $3 \
               AND from_on = $4 AND to_on = $5";
    execute(txn, sql, key(county, target)).await?;
    Ok(())
}

fn key(county: &DivisionCode, target: &Target) -> Vec<sea_orm::Value> {
    vec![
        county.as_str().into(),
        target.subject.to_string().into(),
        target.measure.as_str().into(),
        target.from.to_string().into(),
        target.to.to_string().into(),
    ]
}

/// A score run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRun {
    /// Its id.
    pub id: Uuid,
    /// Its county.
    pub county: DivisionCode,
    /// The text of the plan's version.
    pub plan: String,
    /// Who is assessed.
    pub kind: SubjectKind,
    /// First local day of the period.
    pub from: Date,
    /// Last local day of the period.
    pub to: Date,
    /// How many times something was said.
    pub rev: i64,
    /// Who began it.
    pub created_by: PersonId,
    /// When: milliseconds since 1970 UTC.
    pub created_at: i64,
    /// Who froze it, and when.
    pub frozen: Option<(PersonId, i64)>,
}

#[derive(FromQueryResult)]
struct RunRow {
    id: Uuid,
    county_code: String,
    plan: String,
    subject_kind: String,
    from_on: String,
    to_on: String,
    rev: i64,
    created_by: Uuid,
    created_at: i64,
    frozen_by: Option<Uuid>,
    frozen_at: Option<i64>,
}

impl TryFrom<RunRow> for StoredRun {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            county: code(&row.county_code)?,
            plan: row.plan,
            kind: kind(&row.subject_kind)?,
            from: date(&row.from_on)?,
            to: date(&row.to_on)?,
            rev: row.rev,
            created_by: PersonId(row.created_by),
            created_at: row.created_at,
            frozen: row.frozen_by.map(PersonId).zip(row.frozen_at),
        })
    }
}

const RUN: &str = "SELECT id, county_code, plan, subject_kind, from_on, to_on, rev, created_by, created_at, \
                   frozen_by, frozen_at FROM score_run";

/// The score runs of a county, the latest first.
pub async fn list_runs(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<StoredRun>, StoreError> {
    let sql = format!("{RUN} WHERE county_code = $1 ORDER BY created_at DESC, id DESC");
    let rows: Vec<RunRow> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(StoredRun::try_from).collect()
}

/// A score run.
pub async fn find_run(txn: &impl Txn, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
    let sql = format!("{RUN} WHERE id = $1");
    let row: Option<RunRow> = fetch_one(txn, &sql, vec![id.into()]).await?;
    row.map(StoredRun::try_from).transpose()
}

/// A score run, locked until the transaction ends.
pub async fn lock_run(txn: &WriteTxn, id: Uuid) -> Result<Option<StoredRun>, StoreError> {
    let lock = for_update(txn.0.get_database_backend());
    let sql = format!("{RUN} WHERE id = $1{lock}");
    let row: Option<RunRow> = fetch_one(txn, &sql, vec![id.into()]).await?;
    row.map(StoredRun::try_from).transpose()
}

/// Writes a new run.
pub async fn add_run(txn: &WriteTxn, run: &StoredRun) -> Result<(), StoreError> {
    let sql = "INSERT INTO score_run (id, county_code, plan, subject_kind, from_on, to_on, rev, created_by, \
               created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = vec![
        run.id.into(),
        run.county.as_str().into(),
        run.plan.as_str().into(),
        run.kind.as_str().into(),
        run.from.to_string().into(),
        run.to.to_string().into(),
        run.rev.into(),
        run.created_by.0.into(),
        run.created_at.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// Something on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreEntry {
    /// Whose sheet.
    pub subject: Subject,
    /// Where on it.
    pub heading: Heading,
    /// The rule's or measure's code.
    pub code: String,
    /// What is said; none takes back what was said before.
    pub said: Option<Said>,
}

/// Writes what was said, and counts the run on.
pub async fn say(txn: &WriteTxn, run: Uuid, entries: &[ScoreEntry]) -> Result<(), StoreError> {
    for entry in entries {
        let mut values: Vec<sea_orm::Value> = vec![
            run.into(),
            entry.subject.to_string().into(),
            entry.heading.as_str().into(),
            entry.code.as_str().into(),
        ];
        let Some(said) = &entry.said else {
            let sql = "DELETE FROM score_entry WHERE run_id = $1 AND subject = $2 AND heading = $3 AND code = $4";
            execute(txn, sql, values).await?;
            continue;
        };
        values.extend([
            said.value.as_str().into(),
            said.note.clone().into(),
            said.by.0.into(),
            said.at.into(),
        ]);
        let sql = "INSERT INTO score_entry (run_id, subject, heading, code, value, note, said_by, said_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (run_id, subject, heading, code) DO UPDATE SET value = excluded.value, \
                   note = excluded.note, said_by = excluded.said_by, said_at = excluded.said_at";
        execute(txn, sql, values).await?;
    }
    let sql = "UPDATE score_run SET rev = rev + 1 WHERE id = $1";
    execute(txn, sql, vec![run.into()]).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct EntryRow {
    subject: String,
    heading: String,
    code: String,
    value: String,
    note: Option<String>,
    said_by: Uuid,
    said_at: i64,
}

/// What was said in a run, by subject.
pub async fn list_sayings(
    txn: &impl Txn,
    run: Uuid,
) -> Result<BTreeMap<String, Sayings>, StoreError> {
    let sql = "SELECT subject, heading, code, value, note, said_by, said_at FROM score_entry WHERE run_id = $1";
    let rows: Vec<EntryRow> = fetch_all(txn, sql, vec![run.into()]).await?;
    let mut all: BTreeMap<String, Sayings> = BTreeMap::new();
    for row in rows {
        let heading = row.heading.parse();
        let heading: Heading =
            heading.map_err(|_| StoreError::Corrupt(format!("heading {}", row.heading)))?;
        let said = Said {
            value: row.value,
            note: row.note,
            by: PersonId(row.said_by),
            at: row.said_at,
        };
        all.entry(row.subject)
            .or_default()
            .insert((heading, row.code), said);
    }
    Ok(all)
}

/// A frozen sheet.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct FrozenSheet {
    /// The subject.
    pub subject: String,
    /// The sheet as JSON.
    pub document: String,
    /// SHA-256 of it, as hexadecimal digits.
    pub digest: String,
}

/// Writes the sheets of a run, and marks it as frozen.
pub async fn freeze(
    txn: &WriteTxn,
    run: Uuid,
    (by, at): (PersonId, i64),
    sheets: Vec<FrozenSheet>,
) -> Result<(), StoreError> {
    let rows = sheets.into_iter().map(|sheet| {
        [
            run.into(),
            sheet.subject.into(),
            sheet.document.into(),
            sheet.digest.into(),
        ]
    });
    let head = "INSERT INTO score_sheet (run_id, subject, document, digest) VALUES";
    insert(txn, head, "", rows.collect()).await?;
    let sql = "UPDATE score_run SET frozen_by = $2, frozen_at = $3 WHERE id = $1";
    execute(txn, sql, vec![run.into(), by.0.into(), at.into()]).await?;
    Ok(())
}

/// The sheets of a frozen run.
pub async fn list_frozen(txn: &impl Txn, run: Uuid) -> Result<Vec<FrozenSheet>, StoreError> {
    let sql =
        "SELECT subject, document, digest FROM score_sheet WHERE run_id = $1 ORDER BY subject";
    fetch_all(txn, sql, vec![run.into()]).await
}

/// One sheet of a frozen run.
pub async fn find_frozen(
    txn: &impl Txn,
    run: Uuid,
    subject: &str,
) -> Result<Option<FrozenSheet>, StoreError> {
    let sql =
        "SELECT subject, document, digest FROM score_sheet WHERE run_id = $1 AND subject = $2";
    fetch_one(txn, sql, vec![run.into(), subject.into()]).await
}
