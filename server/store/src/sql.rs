//! Statements: one SQL text for both databases, with numbered parameters (`$1`), and rows in bulk.
//!
//! Lists and rows come in chunks whose sizes are powers of two, so that a connection prepares a handful of
//! statements and not one for each length.

use crate::backend::both;
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use std::fmt::Write;

/// Most parameters of one statement: SQLite's limit, the lower of the two.
const MAX_PARAMETERS: usize = 32_766;

/// Runs a statement; returns how many rows it touched.
pub(super) async fn execute(
    txn: &impl Txn,
    sql: &str,
    values: Vec<Value>,
) -> Result<u64, StoreError> {
    let connection = txn.connection();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.execute_raw(statement).await?.rows_affected())
}

/// Runs two statements that write, in one way there and back. They share their parameters, and the second must not need
/// what the first wrote: PostgreSQL does not show it to it.
pub(super) async fn execute_both(
    txn: &WriteTxn,
    [first, second]: [&str; 2],
    values: Vec<Value>,
) -> Result<(), StoreError> {
    let sql = both(txn.0.get_database_backend(), first, second);
    execute(txn, &sql, values).await?;
    Ok(())
}

/// All rows of a query.
pub(super) async fn fetch_all<R: FromQueryResult>(
    txn: &impl Txn,
    sql: &str,
    values: Vec<Value>,
) -> Result<Vec<R>, StoreError> {
    let connection = txn.connection();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| R::from_query_result(row, "").map_err(StoreError::from))
        .collect()
}

/// The first row of a query.
pub(super) async fn fetch_one<R: FromQueryResult>(
    txn: &impl Txn,
    sql: &str,
    values: Vec<Value>,
) -> Result<Option<R>, StoreError> {
    let connection = txn.connection();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    let row = connection.query_one_raw(statement).await?;
    row.map(|row| R::from_query_result(&row, "").map_err(StoreError::from))
        .transpose()
}

/// All rows of a query over a list of keys. `sql` names the list as `{keys}`, as in `WHERE id IN ({keys})`;
/// `values` are the parameters before it.
pub(super) async fn fetch_by_keys<R: FromQueryResult>(
    txn: &impl Txn,
    sql: &str,
    values: &[Value],
    keys: &[Value],
) -> Result<Vec<R>, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(1024) {
        let length = chunk.len().next_power_of_two();
        let list = placeholders(values.len(), length);
        let mut all = values.to_vec();
        all.extend_from_slice(chunk);
        // The list is filled up with its last key, which changes nothing.
        all.extend(
            chunk
                .last()
                .into_iter()
                .cycle()
                .take(length - chunk.len())
                .cloned(),
        );
        found.extend(fetch_all(txn, &sql.replace("{keys}", &list), all).await?);
    }
    Ok(found)
}

/// Inserts rows in bulk. `head` is `INSERT INTO t (a, b) VALUES`, `tail` what follows the rows.
/// No two rows may have the same key: PostgreSQL refuses to touch a row twice in one statement.
pub(super) async fn insert<const N: usize>(
    txn: &impl Txn,
    head: &str,
    tail: &str,
    rows: Vec<[Value; N]>,
) -> Result<u64, StoreError> {
    let most = largest_power_of_two(MAX_PARAMETERS / N.max(1)).min(256);
    let mut rows = rows.into_iter();
    let mut touched = 0;
    while rows.len() > 0 {
        let length = largest_power_of_two(rows.len()).min(most);
        let mut sql = String::with_capacity(head.len() + tail.len() + length * N * 7);
        sql.push_str(head);
        for row in 0..length {
            sql.push_str(if row == 0 { " (" } else { ", (" });
            sql.push_str(&placeholders(row * N, N));
            sql.push(')');
        }
        sql.push(' ');
        sql.push_str(tail);
        let values = rows.by_ref().take(length).flatten().collect();
        touched += execute(txn, &sql, values).await?;
    }
    Ok(touched)
}

pub(super) fn placeholders(before: usize, count: usize) -> String {
    let mut list = String::with_capacity(count * 6);
    for number in before + 1..=before + count {
        if number > before + 1 {
            list.push_str(", ");
        }
        // Writing into a string cannot fail.
        let _ = write!(list, "${number}");
    }
    list
}

fn largest_power_of_two(number: usize) -> usize {
    if number == 0 { 0 } else { 1 << number.ilog2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_on() {
        assert_eq!(placeholders(2, 3), "$3, $4, $5");
        assert_eq!(placeholders(0, 0), "");
    }

    #[test]
    fn chunks_are_powers_of_two() {
        let sizes: Vec<_> = [0, 1, 3, 50, 64, 1000]
            .into_iter()
            .map(largest_power_of_two)
            .collect();
        assert_eq!(sizes, [0, 1, 2, 32, 64, 512]);
    }
}
