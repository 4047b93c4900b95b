//! Accounts as rows. What is kept of a password leaves this module for the one purpose of comparing it.

use crate::backend::for_update;
use crate::records::code;
use crate::sql::{execute, fetch_all, fetch_by_keys, fetch_one};
use crate::{StoreError, Txn, WriteTxn};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::collections::BTreeMap;
use tepai_domain::account::{Account, Attempts};
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use uuid::Uuid;

#[derive(FromQueryResult)]
struct NameRow {
    id: Uuid,
    display_name: String,
}

/// The names of people, and of the people whose devices these are.
pub async fn find_names(
    txn: &impl Txn,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let keys: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let mut names = BTreeMap::new();
    for sql in [
        "SELECT id, display_name FROM account WHERE id IN ({keys})",
        "SELECT d.id, a.display_name FROM device d JOIN account a ON a.id = d.account_id WHERE d.id IN ({keys})",
    ] {
        let rows: Vec<NameRow> = fetch_by_keys(txn, sql, &[], &keys).await?;
        names.extend(rows.into_iter().map(|row| (row.id, row.display_name)));
    }
    Ok(names)
}

/// An account with what is kept of its password, if it has one.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The account.
    pub account: Account,
    /// The password's hash.
    pub password: Option<Secret>,
}

/// Which accounts a page holds, by login name.
#[derive(Clone, Debug)]
pub struct AccountFilter {
    /// Of this county.
    pub county: DivisionCode,
    /// Of this role.
    pub role: Option<Role>,
    /// After this login name.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

#[derive(FromQueryResult)]
pub(super) struct AccountRow {
    id: Uuid,
    county_code: String,
    login: String,
    display_name: String,
    role: String,
    township_code: Option<String>,
    must_change_password: bool,
    failed_attempts: i64,
    locked_until: Option<i64>,
    disabled_at: Option<i64>,
    account_created_at: i64,
}

/// The columns of an [`AccountRow`], where the account is called `a`.
pub(super) const COLUMNS: &str = "a.id, a.county_code, a.login, a.display_name, a.role, \
     a.township_code, a.must_change_password, a.failed_attempts, a.locked_until, a.disabled_at, \
     a.created_at AS account_created_at";

impl TryFrom<AccountRow> for Account {
    type Error = StoreError;

    fn try_from(row: AccountRow) -> Result<Self, StoreError> {
        Ok(Self {
            person: PersonId(row.id),
            county: code(&row.county_code)?,
            login: row.login,
            display_name: row.display_name,
            role: role(&row.role)?,
            township: row.township_code.as_deref().map(code).transpose()?,
            must_change_password: row.must_change_password,
            attempts: Attempts {
                failed: row.failed_attempts,
                locked_until: row.locked_until,
            },
            disabled_at: row.disabled_at,
            created_at: row.account_created_at,
        })
    }
}

pub(super) fn role(word: &str) -> Result<Role, StoreError> {
    word.parse()
        .map_err(|_| StoreError::Corrupt(format!("unknown role {word}")))
}

/// Writes a new account. Returns whether its login name was free.
pub async fn insert(
    txn: &WriteTxn,
    account: &Account,
    password: Option<&Secret>,
) -> Result<bool, StoreError> {
    let sql = "INSERT INTO account (id, county_code, login, display_name, role, township_code, \
               password_hash, must_change_password, failed_attempts, locked_until, disabled_at, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (login) DO NOTHING";
    let Account {
        person,
        county,
        login,
        display_name,
        role,
        township,
        must_change_password,
        attempts,
        disabled_at,
        created_at,
    } = account;
    let values = vec![
        person.0.into(),
        county.as_str().into(),
        login.clone().into(),
        display_name.clone().into(),
        role.as_str().into(),
        text(township.as_ref()),
        password.map(|hash| hash.expose().to_owned()).into(),
        (*must_change_password).into(),
        attempts.failed.into(),
        attempts.locked_until.into(),
        (*disabled_at).into(),
        (*created_at).into(),
    ];
    Ok(execute(txn, sql, values).await? > 0)
}

/// The account of a person.
pub async fn find(txn: &impl Txn, person: PersonId) -> Result<Option<Account>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM account a WHERE a.id = $1");
    let row: Option<AccountRow> = fetch_one(txn, &sql, vec![person.0.into()]).await?;
    row.map(Account::try_from).transpose()
}

/// The account of a person, locked until the transaction ends.
pub async fn find_locked(txn: &WriteTxn, person: PersonId) -> Result<Option<Account>, StoreError> {
    let end = for_update(txn.0.get_database_backend());
    let sql = format!("SELECT {COLUMNS} FROM account a WHERE a.id = $1{end}");
    let row: Option<AccountRow> = fetch_one(txn, &sql, vec![person.0.into()]).await?;
    row.map(Account::try_from).transpose()
}

/// The account of a login name, written as [`tepai_domain::account::login`] writes it.
pub async fn find_by_login(txn: &impl Txn, login: &str) -> Result<Option<Account>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM account a WHERE a.login = $1");
    let row: Option<AccountRow> = fetch_one(txn, &sql, vec![login.into()]).await?;
    row.map(Account::try_from).transpose()
}

/// A page of accounts, by login name.
pub async fn list(txn: &impl Txn, filter: &AccountFilter) -> Result<Vec<Account>, StoreError> {
    let mut sql =
        format!("SELECT {COLUMNS} FROM account a WHERE a.county_code = $1 AND a.login > $2");
    let mut values: Vec<Value> = vec![
        filter.county.as_str().into(),
        filter.after.clone().unwrap_or_default().into(),
        i64::from(filter.limit).into(),
    ];
    if let Some(role) = filter.role {
        sql.push_str(" AND a.role = $4");
        values.push(role.as_str().into());
    }
    sql.push_str(" ORDER BY a.login LIMIT $3");
    let rows: Vec<AccountRow> = fetch_all(txn, &sql, values).await?;
    rows.into_iter().map(Account::try_from).collect()
}

/// Writes name, role, township and whether the account is disabled; the rest is left as it is.
pub async fn update(txn: &WriteTxn, account: &Account) -> Result<(), StoreError> {
    let sql = "UPDATE account SET display_name = $1, role = $2, township_code = $3, disabled_at = $4 \
               WHERE id = $5";
    let values = vec![
        account.display_name.clone().into(),
        account.role.as_str().into(),
        text(account.township.as_ref()),
        account.disabled_at.into(),
        account.person.0.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// Gives an account a password, or takes it away, and forgets its wrong ones.
pub async fn save_password(
    txn: &WriteTxn,
    person: PersonId,
    password: Option<&Secret>,
    must_change: bool,
) -> Result<(), StoreError> {
    let sql = "UPDATE account SET password_hash = $1, must_change_password = $2, failed_attempts = 0, \
               locked_until = NULL WHERE id = $3";
    let values = vec![
        password.map(|hash| hash.expose().to_owned()).into(),
        must_change.into(),
        person.0.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

/// Writes the count of wrong passwords.
pub async fn save_attempts(
    txn: &WriteTxn,
    person: PersonId,
    attempts: Attempts,
) -> Result<(), StoreError> {
    let sql = "UPDATE account SET failed_attempts = $1, locked_until = $2 WHERE id = $3";
    let values = vec![
        attempts.failed.into(),
        attempts.locked_until.into(),
        person.0.into(),
    ];
    execute(txn, sql, values).await?;
    Ok(())
}

#[derive(FromQueryResult)]
struct PasswordRow {
    password_hash: Option<String>,
}

/// An account with what is kept of its password.
pub async fn find_credentials(
    txn: &impl Txn,
    login: &str,
) -> Result<Option<Credentials>, StoreError> {
    let Some(account) = find_by_login(txn, login).await? else {
        return Ok(None);
    };
    let password = find_password(txn, account.person).await?;
    Ok(Some(Credentials { account, password }))
}

/// What is kept of a person's password, if there is one.
pub async fn find_password(txn: &impl Txn, person: PersonId) -> Result<Option<Secret>, StoreError> {
    let sql = "SELECT password_hash FROM account WHERE id = $1";
    let row: Option<PasswordRow> = fetch_one(txn, sql, vec![person.0.into()]).await?;
    Ok(row.and_then(|row| row.password_hash).map(Secret::new))
}

#[derive(FromQueryResult)]
#[expect(dead_code, reason = "only whether there is a row matters")]
struct CodeRow {
    code: String,
}

/// Whether a township of this code exists.
pub async fn township_exists(txn: &impl Txn, township: &DivisionCode) -> Result<bool, StoreError> {
    let sql = "SELECT code FROM division WHERE code = $1 AND level = 'township'";
    let row: Option<CodeRow> = fetch_one(txn, sql, vec![township.as_str().into()]).await?;
    Ok(row.is_some())
}

fn text(code: Option<&DivisionCode>) -> Value {
    code.map(|code| code.as_str().to_owned()).into()
}
