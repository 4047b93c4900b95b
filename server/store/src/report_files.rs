//! Files of reports that went out, by number: what left, as it left.

use crate::grants::date;
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{FromQueryResult, Value};
use tepai_domain::report_number::ReportNumber;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

/// A file that went out, without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredReport {
    /// Its number.
    pub number: ReportNumber,
    /// Of what place.
    pub division: DivisionCode,
    /// First local day of its period.
    pub from: Date,
    /// Last local day of its period.
    pub to: Date,
    /// What kind of file: a format, or `template`.
    pub format: String,
    /// What the file is called.
    pub name: String,
    /// Rows of tables in it.
    pub rows: i64,
    /// When: milliseconds since 1970 UTC.
    pub made_at: i64,
    /// By whom; none for whoever ran `tepai` on the machine.
    pub made_by: Option<PersonId>,
    /// SHA-256 of the file, as hexadecimal digits.
    pub digest: String,
}

#[derive(FromQueryResult)]
struct Row {
    county_code: String,
    year: i32,
    number: i32,
    division_code: String,
    from_on: String,
    to_on: String,
    format: String,
    name: String,
    table_rows: i64,
    made_at: i64,
    made_by: Option<Uuid>,
    digest: String,
}

impl TryFrom<Row> for StoredReport {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: ReportNumber {
                county: code(&row.county_code)?,
                year: row.year,
                count: row.number,
            },
            division: code(&row.division_code)?,
            from: date(&row.from_on)?,
            to: date(&row.to_on)?,
            format: row.format,
            name: row.name,
            rows: row.table_rows,
            made_at: row.made_at,
            made_by: row.made_by.map(PersonId),
            digest: row.digest,
        })
    }
}

const SELECT: &str = "SELECT county_code, year, number, division_code, from_on, to_on, format, name, table_rows, \
                      made_at, made_by, digest FROM report_file";

#[derive(FromQueryResult)]
struct LastRow {
    last: Option<i32>,
}

/// The number after the last one of a county and a year. Nobody has it yet, and two may be told the same.
pub async fn next_number(
    txn: &impl Txn,
    county: &DivisionCode,
    year: i32,
) -> Result<ReportNumber, StoreError> {
    let sql = "SELECT MAX(number) AS last FROM report_file WHERE county_code = $1 AND year = $2";
    let last: Option<LastRow> =
        fetch_one(txn, sql, vec![county.as_str().into(), year.into()]).await?;
    Ok(ReportNumber {
        county: county.clone(),
        year,
        count: last.and_then(|row| row.last).unwrap_or(0) + 1,
    })
}

/// Keeps a file under its number. False if somebody else has taken the number.
pub async fn add(
    txn: &WriteTxn,
    report: &StoredReport,
    content: &[u8],
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO report_file (county_code, year, number, division_code, from_on, to_on, format, name, \
               table_rows, made_at, made_by, digest, content) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING";
    let values = vec![
        report.number.county.as_str().into(),
        report.number.year.into(),
        report.number.count.into(),
        report.division.as_str().into(),
        report.from.to_string().into(),
        report.to.to_string().into(),
        report.format.as_str().into(),
        report.name.as_str().into(),
        report.rows.into(),
        report.made_at.into(),
        report.made_by.map(|person| person.0).into(),
        report.digest.as_str().into(),
        content.to_vec().into(),
    ];
    Ok(execute(txn, sql, values).await? == 1)
}

/// Files of a county, the latest first: those before a number, and of one person alone if it is given.
pub async fn page(
    txn: &impl Txn,
    county: &DivisionCode,
    made_by: Option<PersonId>,
    before: Option<&ReportNumber>,
    limit: u32,
) -> Result<Vec<StoredReport>, StoreError> {
    let (year, count) = before.map_or((i32::MAX, 0), |before| (before.year, before.count));
    let mut values: Vec<Value> = vec![
        county.as_str().into(),
        year.into(),
        count.into(),
        i64::from(limit).into(),
    ];
    let own = match made_by {
        Some(person) => {
            values.push(person.0.into());
            "AND made_by = $5"
        }
        None => "",
    };
    let sql = format!(
        "{SELECT} WHERE county_code = $1 AND (year < $2 OR (year = $2 AND number < $3)) {own} \
         ORDER BY year DESC, number DESC LIMIT $4"
    );
    let rows: Vec<Row> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(StoredReport::try_from).collect()
}

fn key(number: &ReportNumber) -> Vec<Value> {
    vec![
        number.county.as_str().into(),
        number.year.into(),
        number.count.into(),
    ]
}

const BY_NUMBER: &str = "WHERE county_code = $1 AND year = $2 AND number = $3";

/// The file of a number, without its content.
pub async fn find(
    txn: &impl Txn,
    number: &ReportNumber,
) -> Result<Option<StoredReport>, StoreError> {
    let sql = format!("{SELECT} {BY_NUMBER}");
    let row: Option<Row> = fetch_one(txn, &sql, key(number)).await?;
    row.map(StoredReport::try_from).transpose()
}

#[derive(FromQueryResult)]
struct ContentRow {
    content: Option<Vec<u8>>,
}

/// The content of a file; none if it is kept no longer.
pub async fn content(txn: &impl Txn, number: &ReportNumber) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = format!("SELECT content FROM report_file {BY_NUMBER}");
    let row: Option<ContentRow> = fetch_one(txn, &sql, key(number)).await?;
    Ok(row.and_then(|row| row.content))
}
