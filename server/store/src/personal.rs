//! Every text of a county in which somebody's name may stand, outside of records; and how a name that was taken out for good
//! is known again.
//!
//! A list reads each row that holds one of some texts; whoever reads it decides which of them are about the person.

use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, insert};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeMap;
use tepai_domain::personal::Mark;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct MarkRow {
    record_id: Uuid,
    chars: i64,
    digest: String,
}

/// The marks of these records, longest first.
pub async fn find_marks(
    txn: &impl Txn,
    ids: &[RecordId],
) -> Result<BTreeMap<RecordId, Vec<Mark>>, StoreError> {
    let keys: Vec<Value> = ids.iter().map(|id| id.0.into()).collect();
    let sql = "SELECT record_id, chars, digest FROM anonymous_text WHERE record_id IN ({keys}) ORDER BY chars DESC, digest";
    let rows: Vec<MarkRow> = fetch_by_keys(txn, sql, &[], &keys).await?;
    let mut marks: BTreeMap<RecordId, Vec<Mark>> = BTreeMap::new();
    for row in rows {
        let mark = Mark {
            chars: usize::try_from(row.chars).unwrap_or(0),
            digest: row.digest,
        };
        marks.entry(RecordId(row.record_id)).or_default().push(mark);
    }
    Ok(marks)
}

/// Keeps marks of records; what is there stays.
pub async fn add_marks(
    txn: &WriteTxn,
    county: &DivisionCode,
    ids: &[RecordId],
    marks: &[Mark],
) -> Result<(), StoreError> {
    let row = |id: &RecordId, mark: &Mark| {
        [
            id.0.into(),
            i64::try_from(mark.chars).unwrap_or(i64::MAX).into(),
            mark.digest.as_str().into(),
            county.as_str().into(),
        ]
    };
    let rows = ids
        .iter()
        .flat_map(|id| marks.iter().map(move |mark| row(id, mark)));
    insert(
        txn,
        "INSERT INTO anonymous_text (record_id, chars, digest, county_code) VALUES",
        "ON CONFLICT (record_id, chars, digest) DO NOTHING",
        rows.collect(),
    )
    .await?;
    Ok(())
}

/// The condition that one of `columns` holds one of `texts`, as they stand inside JSON, and its parameters; they are counted
/// from `$2`.
pub(super) fn holds(columns: &[&str], texts: &[String]) -> (String, Vec<Value>) {
    let (mut conditions, mut values) = (Vec::new(), Vec::new());
    for text in texts {
        values.push(Value::from(format!("%{}%", escaped(text))));
        let number = values.len() + 1;
        let one = |column: &&str| format!("{column} LIKE ${number} ESCAPE '\\'");
        conditions.extend(columns.iter().map(one));
    }
    let none = conditions.is_empty();
    conditions.extend(none.then(|| "1 = 0".to_owned()));
    (format!("({})", conditions.join(" OR ")), values)
}

/// A text inside a pattern. Quotes and backslashes stand for any letters: JSON inside JSON escapes them again and again.
fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => pattern.push('%'),
            '%' | '_' => pattern.extend(['\\', letter]),
            letter => pattern.push(letter),
        }
    }
    pattern
}

async fn list<R: FromQueryResult>(
    txn: &impl Txn,
    select: &str,
    columns: &[&str],
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<R>, StoreError> {
    let (condition, more) = holds(columns, texts);
    let mut values = vec![Value::from(county.as_str())];
    values.extend(more);
    fetch_all(txn, &format!("{select} AND {condition}"), values).await
}

/// A result of a mutation.
#[derive(Debug, FromQueryResult)]
pub struct ResultText {
    /// The mutation.
    pub mid: Uuid,
    /// The result, as JSON.
    pub result_json: String,
}

/// Results that hold one of these texts.
pub async fn list_results(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<ResultText>, StoreError> {
    let select = "SELECT mid, result_json FROM mutation_result WHERE county_code = $1";
    list(txn, select, &["result_json"], county, texts).await
}

/// Writes a result anew.
pub async fn save_result(txn: &WriteTxn, row: &ResultText) -> Result<(), StoreError> {
    let sql = "UPDATE mutation_result SET result_json = $2 WHERE mid = $1";
    execute(
        txn,
        sql,
        vec![row.mid.into(), row.result_json.as_str().into()],
    )
    .await?;
    Ok(())
}

/// A refused mutation.
#[derive(Debug)]
pub struct LetterText {
    /// The letter.
    pub id: Uuid,
    /// The village it was about.
    pub village: Option<DivisionCode>,
    /// The mutation, as JSON.
    pub payload: String,
    /// Why it was refused, as JSON.
    pub problem: String,
}

#[derive(FromQueryResult)]
struct LetterRow {
    id: Uuid,
    village_code: Option<String>,
    payload_json: String,
    problem_json: String,
}

/// Refused mutations that hold one of these texts.
pub async fn list_letters(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<LetterText>, StoreError> {
    let select = "SELECT id, village_code, payload_json, problem_json FROM dead_letter WHERE county_code = $1";
    let columns = ["payload_json", "problem_json"];
    let rows: Vec<LetterRow> = list(txn, select, &columns, county, texts).await?;
    let read = |row: LetterRow| {
        Ok(LetterText {
            id: row.id,
            village: row.village_code.as_deref().map(code).transpose()?,
            payload: row.payload_json,
            problem: row.problem_json,
        })
    };
    rows.into_iter().map(read).collect()
}

/// Writes a refused mutation anew.
pub async fn save_letter(txn: &WriteTxn, row: &LetterText) -> Result<(), StoreError> {
    let sql = "UPDATE dead_letter SET payload_json = $2, problem_json = $3 WHERE id = $1";
    let values = vec![
        row.id.into(),
        row.payload.as_str().into(),
        row.problem.as_str().into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// What a reviewer wrote of a visit, and the visit as it was judged.
#[derive(Debug, FromQueryResult)]
pub struct ReviewText {
    /// The review.
    pub id: Uuid,
    /// The visit.
    pub record_id: Uuid,
    /// The reviewer's sentence.
    pub comment: Option<String>,
    /// The fields of the visit, as JSON.
    pub judged: Option<String>,
}

/// Reviews that hold one of these texts.
pub async fn list_reviews(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<ReviewText>, StoreError> {
    let select = "SELECT id, record_id, comment, judged FROM review WHERE county_code = $1";
    list(txn, select, &["comment", "judged"], county, texts).await
}

/// Writes a review anew.
pub async fn save_review(txn: &WriteTxn, row: &ReviewText) -> Result<(), StoreError> {
    let sql = "UPDATE review SET comment = $2, judged = $3 WHERE id = $1";
    let values = vec![
        row.id.into(),
        row.comment.clone().into(),
        row.judged.clone().into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// The report of a closed month.
#[derive(Debug, FromQueryResult)]
pub struct ClosingText {
    /// The month.
    pub month: String,
    /// When it was closed.
    pub closed_at: i64,
    /// The report, as JSON.
    pub report: String,
    /// SHA-256 of it.
    pub digest: String,
}

/// Reports of closed months that hold one of these texts.
pub async fn list_closings(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<ClosingText>, StoreError> {
    let select = "SELECT month, closed_at, report, digest FROM closing WHERE county_code = $1";
    list(txn, select, &["report"], county, texts).await
}

/// Writes the report of a closed month anew.
pub async fn save_closing(
    txn: &WriteTxn,
    county: &DivisionCode,
    row: &ClosingText,
) -> Result<(), StoreError> {
    let sql = "UPDATE closing SET report = $4, digest = $5 WHERE county_code = $1 AND month = $2 AND closed_at = $3";
    let values = vec![
        county.as_str().into(),
        row.month.as_str().into(),
        row.closed_at.into(),
        row.report.as_str().into(),
        row.digest.as_str().into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// What somebody said on a score sheet.
#[derive(Debug, FromQueryResult)]
pub struct SayingText {
    /// The run.
    pub run_id: Uuid,
    /// The subject.
    pub subject: String,
    /// The column.
    pub heading: String,
    /// The rule or measure.
    pub code: String,
    /// The note.
    pub note: Option<String>,
}

/// Notes on score sheets that hold one of these texts.
pub async fn list_sayings(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<SayingText>, StoreError> {
    let select = "SELECT run_id, subject, heading, code, note FROM score_entry \
                  WHERE run_id IN (SELECT id FROM score_run WHERE county_code = $1)";
    list(txn, select, &["note"], county, texts).await
}

/// Writes a note anew.
pub async fn save_saying(txn: &WriteTxn, row: &SayingText) -> Result<(), StoreError> {
    let sql = "UPDATE score_entry SET note = $5 WHERE run_id = $1 AND subject = $2 AND heading = $3 AND code = $4";
    let values = vec![
        row.run_id.into(),
        row.subject.as_str().into(),
        row.heading.as_str().into(),
        row.code.as_str().into(),
        row.note.clone().into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// A frozen score sheet.
#[derive(Debug, FromQueryResult)]
pub struct SheetText {
    /// The run.
    pub run_id: Uuid,
    /// The subject.
    pub subject: String,
    /// The sheet, as JSON.
    pub document: String,
    /// SHA-256 of it.
    pub digest: String,
}

/// Frozen score sheets that hold one of these texts.
pub async fn list_sheets(
    txn: &impl Txn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<Vec<SheetText>, StoreError> {
    let select = "SELECT run_id, subject, document, digest FROM score_sheet \
                  WHERE run_id IN (SELECT id FROM score_run WHERE county_code = $1)";
    list(txn, select, &["document"], county, texts).await
}

/// Writes a frozen score sheet anew.
pub async fn save_sheet(txn: &WriteTxn, row: &SheetText) -> Result<(), StoreError> {
    let sql =
        "UPDATE score_sheet SET document = $3, digest = $4 WHERE run_id = $1 AND subject = $2";
    let values = vec![
        row.run_id.into(),
        row.subject.as_str().into(),
        row.document.as_str().into(),
        row.digest.as_str().into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// Forgets what the office made of refused mutations where it holds one of these texts; what came stays beside it.
pub async fn forget_edits(
    txn: &WriteTxn,
    county: &DivisionCode,
    texts: &[String],
) -> Result<u64, StoreError> {
    let (condition, more) = holds(&["edited_json"], texts);
    let sql =
        format!("UPDATE dead_letter SET edited_json = NULL WHERE county_code = $1 AND {condition}");
    let mut values = vec![Value::from(county.as_str())];
    values.extend(more);
    execute(txn, &sql, values).await
}

/// Keeps the content of files that went out no longer where they may name somebody of a village: what stands in a workbook
/// cannot be taken out of it, and its number stays.
pub async fn forget_files(
    txn: &WriteTxn,
    county: &DivisionCode,
    village: &DivisionCode,
) -> Result<u64, StoreError> {
    let sql = "UPDATE report_file SET content = NULL WHERE county_code = $1 AND content IS NOT NULL \
               AND format NOT IN ('html', 'geojson') AND $2 LIKE division_code || '%'";
    execute(
        txn,
        sql,
        vec![county.as_str().into(), village.as_str().into()],
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_its_own_signs_for_letters() {
        assert_eq!(escaped("王_5%\"\\李"), "王\\_5\\%%%李");
        let (condition, values) = holds(&["a", "b"], &["王".to_owned()]);
        assert_eq!(
            condition,
            "(a LIKE $2 ESCAPE '\\' OR b LIKE $2 ESCAPE '\\')"
        );
        assert_eq!(values.len(), 1);
        assert_eq!(holds(&["a"], &[]).0, "(1 = 0)");
    }
}
