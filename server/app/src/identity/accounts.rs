//! Making, reading and changing accounts. An administrator manages every role of the county, a county officer its
//! commissioners and coordinators, and the operator at the machine all of them.

use crate::secrets::{self, new_password};
use crate::{App, AppError, audit};
use serde_json::json;
use tepai_domain::account::{self, Account, Attempts, check_password, township_fits};
use tepai_domain::actor::{OfficeActor, Role};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::secret::Secret;
use tepai_store::accounts;
use tepai_store::{Txn, WriteTxn, devices, sessions};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};

pub use tepai_store::accounts::AccountFilter;

/// Who manages.
#[derive(Clone, Debug)]
pub enum Manager {
    /// Whoever runs `tepai` on the machine.
    Operator,
    /// Somebody at the office.
    Office(OfficeActor),
}

impl Manager {
    /// The person, unless it is the operator.
    pub fn person(&self) -> Option<PersonId> {
        match self {
            Self::Operator => None,
            Self::Office(actor) => Some(actor.person),
        }
    }

    /// Who it is, for the audit trail.
    pub fn doer(&self) -> AuditActor {
        self.person()
            .map_or(AuditActor::Operator, AuditActor::Person)
    }

    /// Whether the county is the manager's own.
    pub fn knows(&self, county: &DivisionCode) -> bool {
        match self {
            Self::Operator => true,
            Self::Office(actor) => actor.county == *county,
        }
    }

    /// Refuses unless the manager manages accounts of `role`.
    pub fn check(&self, role: Role) -> Result<(), AppError> {
        match self {
            Self::Office(actor) if !actor.role.may_manage(role) => {
                Err(AppError::refused(ErrorCode::NotAllowed))
            }
            _ => Ok(()),
        }
    }
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The county.
    pub county: DivisionCode,
    /// The login name.
    pub login: String,
    /// The name that people read.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The township, for a coordinator.
    pub township: Option<DivisionCode>,
    /// A password that need not be changed. If absent, an office user gets an initial one.
    pub password: Option<Secret>,
}

/// An account that was just made.
#[derive(Clone, Debug)]
pub struct Created {
    /// The account.
    pub account: Account,
    /// The initial password, to be shown once; absent for a commissioner, and where one was given.
    pub initial_password: Option<Secret>,
}

/// What can be changed of an account, as a whole.
#[derive(Clone, Debug)]
pub struct AccountChange {
    /// The name that people read.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The township, for a coordinator.
    pub township: Option<DivisionCode>,
    /// Whether the account is disabled: its sessions and devices end at once.
    pub disabled: bool,
}

/// Makes an account.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn create(app: &App, manager: &Manager, new: NewAccount) -> Result<Created, AppError> {
    if !manager.knows(&new.county) {
        return Err(AppError::refused(ErrorCode::NotAllowed));
    }
    manager.check(new.role)?;
    let account = read_new(app, &new)?;
    let (given, initial) = passwords(&account, new.password)?;
    let password = match given.as_ref().or(initial.as_ref()) {
        Some(password) => Some(secrets::hash(password.clone()).await?),
        None => None,
    };
    let must_change_password = initial.is_some();
    let account = Account {
        must_change_password,
        ..account
    };
    let (row, by, now) = (account.clone(), manager.doer(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            check_township(txn, row.township.as_ref()).await?;
            let is_new = accounts::insert(txn, &row, password.as_ref()).await?;
            if !is_new {
                return Err(login_taken());
            }
            let made = AuditEntry::new(&row.county, by, Act::AccountMade, row.person);
            Ok(audit::note(txn, now, made.with(json!({"role": row.role}))).await?)
        })
        .await?;
    tracing::info!(account.id = %account.person, account.role = account.role.as_str(), "an account was made");
    Ok(Created {
        account,
        initial_password: initial,
    })
}

fn read_new(app: &App, new: &NewAccount) -> Result<Account, AppError> {
    let mut errors = Vec::new();
    let login = field(&mut errors, "/login", account::login(&new.login));
    let display_name = field(
        &mut errors,
        "/display_name",
        account::display_name(&new.display_name),
    );
    field(
        &mut errors,
        "/township_code",
        township_fits(new.role, &new.county, new.township.as_ref()),
    );
    refuse_if_any(errors)?;
    Ok(Account {
        person: PersonId(app.clock.new_id()),
        county: new.county.clone(),
        login,
        display_name,
        role: new.role,
        township: new.township.clone(),
        must_change_password: false,
        attempts: Attempts::default(),
        disabled_at: None,
        created_at: app.clock.now_ms(),
    })
}

/// The password that was given, and the one that is made because none was.
fn passwords(
    account: &Account,
    given: Option<Secret>,
) -> Result<(Option<Secret>, Option<Secret>), AppError> {
    match given {
        Some(_) if !account.role.is_office() => Err(no_office_user()),
        Some(password) => {
            check_password(&account.login, &password).map_err(AppError::refused)?;
            Ok((Some(password), None))
        }
        None => Ok((None, account.role.is_office().then(new_password))),
    }
}

/// A page of accounts.
#[derive(Clone, Debug)]
pub struct AccountPage {
    /// The accounts, by login name.
    pub accounts: Vec<Account>,
    /// Where to go on, if there is more.
    pub next: Option<String>,
}

/// A page of the accounts of a county, by login name.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, filter: AccountFilter) -> Result<AccountPage, AppError> {
    let is_login = |cursor: &String| account::login(cursor).is_ok_and(|login| login == *cursor);
    if !filter.after.as_ref().is_none_or(is_login) {
        return Err(AppError::refused(ErrorCode::InvalidCursor));
    }
    let wanted = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    // One more tells whether there is more.
    let filter = AccountFilter {
        limit: filter.limit.saturating_add(1),
        ..filter
    };
    let mut accounts = app
        .store
        .read(async |txn| Ok::<_, AppError>(accounts::list(txn, &filter).await?))
        .await?;
    let has_more = accounts.len() > wanted;
    accounts.truncate(wanted);
    let last = accounts.last().filter(|_| has_more);
    Ok(AccountPage {
        next: last.map(|account| account.login.clone()),
        accounts,
    })
}

/// The account of a login name.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn find_by_login(app: &App, login: &str) -> Result<Option<Account>, AppError> {
    let Ok(login) = account::login(login) else {
        return Ok(None);
    };
    app.store
        .read(async |txn| Ok(accounts::find_by_login(txn, &login).await?))
        .await
}

/// An account that the manager knows.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn load(app: &App, manager: &Manager, person: PersonId) -> Result<Account, AppError> {
    app.store
        .read(async |txn| {
            let found = accounts::find(txn, person).await?;
            let known = found.filter(|account| manager.knows(&account.county));
            known.ok_or_else(AppError::not_found)
        })
        .await
}

/// Changes an account.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn update(
    app: &App,
    manager: &Manager,
    person: PersonId,
    change: AccountChange,
) -> Result<Account, AppError> {
    manager.check(change.role)?;
    let (manager, now) = (manager.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| update_in(txn, &manager, person, change, now).await)
        .await
}

async fn update_in(
    txn: &WriteTxn,
    manager: &Manager,
    person: PersonId,
    change: AccountChange,
    now: i64,
) -> Result<Account, AppError> {
    let before = load_managed(txn, manager, person).await?;
    let is_own = manager.person() == Some(person);
    if is_own && (change.disabled || change.role != before.role) {
        return Err(AppError::with_detail(
            ErrorCode::NotAllowed,
            "不能停用自己或更改自己的角色 / nobody disables themselves or changes their own role",
        ));
    }
    let mut errors = Vec::new();
    let display_name = field(
        &mut errors,
        "/display_name",
        account::display_name(&change.display_name),
    );
    let township = change.township.as_ref();
    field(
        &mut errors,
        "/township_code",
        township_fits(change.role, &before.county, township),
    );
    refuse_if_any(errors)?;
    check_township(txn, township).await?;
    let after = Account {
        display_name,
        role: change.role,
        township: change.township,
        disabled_at: change.disabled.then(|| before.disabled_at.unwrap_or(now)),
        ..before.clone()
    };
    accounts::update(txn, &after).await?;
    end_what_no_longer_fits(txn, &before, &after, now).await?;
    let changed = AuditEntry::new(&after.county, manager.doer(), Act::AccountChanged, person);
    let detail = json!({
        "role": after.role, "township": after.township, "disabled": after.disabled_at.is_some(),
        "renamed": after.display_name != before.display_name,
    });
    audit::note(txn, now, changed.with(detail)).await?;
    Ok(after)
}

async fn end_what_no_longer_fits(
    txn: &WriteTxn,
    before: &Account,
    after: &Account,
    now: i64,
) -> Result<(), AppError> {
    let person = after.person;
    if after.disabled_at.is_some() || !after.role.may_hold_device() {
        devices::revoke_all_of(txn, person, now).await?;
    }
    if after.disabled_at.is_some() || after.role != before.role {
        sessions::delete_of(txn, person).await?;
    }
    if before.role.is_office() && !after.role.is_office() {
        accounts::save_password(txn, person, None, false).await?;
    }
    Ok(())
}

/// Gives an office user a new initial password, to be shown once. Sessions end, and so does a lock.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn reset_password(
    app: &App,
    manager: &Manager,
    person: PersonId,
) -> Result<Secret, AppError> {
    let password = new_password();
    save_password(app, manager, person, password.clone(), true).await?;
    Ok(password)
}

/// Gives an office user a password that need not be changed. Sessions end, and so does a lock.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set_password(app: &App, person: PersonId, password: Secret) -> Result<(), AppError> {
    let account = load(app, &Manager::Operator, person).await?;
    check_password(&account.login, &password).map_err(AppError::refused)?;
    save_password(app, &Manager::Operator, person, password, false).await
}

async fn save_password(
    app: &App,
    manager: &Manager,
    person: PersonId,
    password: Secret,
    must_change: bool,
) -> Result<(), AppError> {
    let (hash, manager) = (secrets::hash(password).await?, manager.clone());
    let now = app.clock.now_ms();
    app.store
        .write(async move |txn| {
            let account = load_managed(txn, &manager, person).await?;
            if !account.role.is_office() {
                return Err(no_office_user());
            }
            accounts::save_password(txn, person, Some(&hash), must_change).await?;
            sessions::delete_of(txn, person).await?;
            let reset =
                AuditEntry::new(&account.county, manager.doer(), Act::PasswordReset, person);
            Ok(audit::note(txn, now, reset).await?)
        })
        .await
}

/// An account of the manager's county and of a role that the manager manages, locked.
pub(crate) async fn load_managed(
    txn: &WriteTxn,
    manager: &Manager,
    person: PersonId,
) -> Result<Account, AppError> {
    let found = accounts::find_locked(txn, person).await?;
    let known = found.filter(|account| manager.knows(&account.county));
    let account = known.ok_or_else(AppError::not_found)?;
    manager.check(account.role)?;
    Ok(account)
}

async fn check_township(txn: &impl Txn, township: Option<&DivisionCode>) -> Result<(), AppError> {
    let Some(township) = township else {
        return Ok(());
    };
    if accounts::township_exists(txn, township).await? {
        return Ok(());
    }
    Err(one_field("/township_code", ErrorCode::UnknownCode))
}

fn login_taken() -> AppError {
    let mut errors = Vec::new();
    field::<()>(&mut errors, "/login", Err(ErrorCode::AlreadyExists));
    AppError::with_errors(ErrorCode::AlreadyExists, errors)
}

fn no_office_user() -> AppError {
    AppError::with_detail(
        ErrorCode::NotAllowed,
        "特派员用手机绑定码登录，没有密码 / a commissioner enrols a phone and has no password",
    )
}

/// A form with one wrong field.
pub(crate) fn one_field(pointer: &str, code: ErrorCode) -> AppError {
    let mut errors = Vec::new();
    field::<()>(&mut errors, pointer, Err(code));
    AppError::with_errors(ErrorCode::InvalidInput, errors)
}

/// The value of a field, or its default and one more error.
fn field<T: Default>(
    errors: &mut Vec<FieldProblem>,
    pointer: &str,
    value: Result<T, ErrorCode>,
) -> T {
    value.unwrap_or_else(|code| {
        errors.push(FieldProblem {
            pointer: pointer.to_owned(),
            code,
            message: code.title().into(),
        });
        T::default()
    })
}

fn refuse_if_any(errors: Vec<FieldProblem>) -> Result<(), AppError> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
    }
}
