//! Signing in at the office with a password, changing it, and signing out.

use crate::identity::authenticate::Session;
use crate::secrets::{self, fingerprint, new_session_token};
use crate::{App, AppError, audit};
use std::time::Duration;
use tepai_domain::account::{self, Account, LockRule, SessionTimes, check_password};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::secret::Secret;
use tepai_store::accounts::{self, Credentials};
use tepai_store::{WriteTxn, sessions};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::ErrorCode;

const HOUR_MS: i64 = 3_600_000;

/// A wrong password is answered after this time at the earliest, so that the write which counts it does not tell a
/// login name that exists from one that does not.
const FAILURE_PAUSE: Duration = Duration::from_millis(200);

/// A session that was just made.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Its token.
    pub token: Secret,
    /// Whose it is.
    pub account: Account,
    /// When it ends whatever happens: milliseconds since 1970 UTC.
    pub expires_at: i64,
}

/// Signs in.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn sign_in(app: &App, login: &str, password: Secret) -> Result<SignedIn, AppError> {
    // The timer runs from here, beside the work.
    let pause = tokio::time::sleep(FAILURE_PAUSE);
    let outcome = try_sign_in(app, login, password).await;
    if matches!(&outcome, Err(error) if error.code() == ErrorCode::WrongCredentials) {
        pause.await;
    }
    outcome
}

async fn try_sign_in(app: &App, login: &str, password: Secret) -> Result<SignedIn, AppError> {
    // What cannot be a login name takes the same way as one that does not exist.
    let login = account::login(login).unwrap_or_default();
    let found = app
        .store
        .read(async |txn| Ok::<_, AppError>(accounts::find_credentials(txn, &login).await?))
        .await?;
    let found =
        found.filter(|found| found.account.disabled_at.is_none() && found.account.role.is_office());
    let Some(Credentials {
        account,
        password: Some(kept),
    }) = found
    else {
        secrets::verify(password, None).await?;
        return Err(wrong());
    };
    prove(app, &account, password, &kept).await?;
    open(app, account.person, kept).await
}

/// Refuses a locked account at once, and counts a wrong password.
async fn prove(
    app: &App,
    account: &Account,
    password: Secret,
    kept: &Secret,
) -> Result<(), AppError> {
    refuse_locked(account, app.clock.now_ms())?;
    if secrets::verify(password, Some(kept.clone())).await? {
        return Ok(());
    }
    let (person, now, rule) = (account.person, app.clock.now_ms(), lock_rule(app));
    app.store
        .write(async move |txn| count_failure(txn, person, rule, now).await)
        .await?;
    Err(wrong())
}

/// Says for how long a locked account stays so.
fn refuse_locked(account: &Account, now: i64) -> Result<(), AppError> {
    let Some(until) = account.attempts.locked_until.filter(|until| now < *until) else {
        return Ok(());
    };
    let seconds = (until - now + 999).div_euclid(1000);
    Err(AppError::NotYet {
        code: ErrorCode::AccountLocked,
        retry_after_s: u32::try_from(seconds).unwrap_or(u32::MAX),
    })
}

async fn count_failure(
    txn: &WriteTxn,
    person: PersonId,
    rule: LockRule,
    now: i64,
) -> Result<(), AppError> {
    if let Some(account) = accounts::find_locked(txn, person).await? {
        let attempts = account.attempts.failed_again(rule, now);
        accounts::save_attempts(txn, person, attempts).await?;
        let failed = AuditEntry::new(
            &account.county,
            AuditActor::Server,
            Act::SignInFailed,
            person,
        );
        audit::note(txn, now, failed).await?;
    }
    Ok(())
}

/// Opens a session, unless the account was locked, disabled or given another password meanwhile.
async fn open(app: &App, person: PersonId, kept: Secret) -> Result<SignedIn, AppError> {
    let (token, now) = (new_session_token(), app.clock.now_ms());
    let times = SessionTimes {
        last_seen_at: now,
        expires_at: now.saturating_add(i64::from(app.policy.session_hours) * HOUR_MS),
    };
    let hash = fingerprint(&token);
    let account = app
        .store
        .write(async move |txn| {
            let account = load_proven(txn, person, &kept, now).await?;
            accounts::save_attempts(txn, person, account::Attempts::default()).await?;
            sessions::delete_expired_of(txn, person, now).await?;
            sessions::insert(txn, &hash, person, times).await?;
            let by = AuditActor::Person(person);
            let signed_in = AuditEntry::new(&account.county, by, Act::SignedIn, person);
            audit::note(txn, now, signed_in).await?;
            Ok::<_, AppError>(account)
        })
        .await?;
    tracing::info!(account.id = %person, "signed in");
    Ok(SignedIn {
        token,
        account,
        expires_at: times.expires_at,
    })
}

async fn load_proven(
    txn: &WriteTxn,
    person: PersonId,
    kept: &Secret,
    now: i64,
) -> Result<Account, AppError> {
    let account = accounts::find_locked(txn, person).await?;
    let account = account
        .filter(|account| account.disabled_at.is_none())
        .ok_or_else(wrong)?;
    refuse_locked(&account, now)?;
    if accounts::find_password(txn, person).await?.as_ref() == Some(kept) {
        Ok(account)
    } else {
        Err(wrong())
    }
}

/// Signs out.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn sign_out(app: &App, session: Session) -> Result<(), AppError> {
    let now = app.clock.now_ms();
    app.store
        .write(async move |txn| {
            sessions::delete(txn, &session.token_hash).await?;
            let (county, person) = (&session.account.county, session.account.person);
            let signed_out =
                AuditEntry::new(county, AuditActor::Person(person), Act::SignedOut, person);
            Ok(audit::note(txn, now, signed_out).await?)
        })
        .await
}

/// Changes one's own password; every other session of the account ends.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn change_password(
    app: &App,
    session: Session,
    current: Secret,
    new: Secret,
) -> Result<(), AppError> {
    let Session {
        account,
        token_hash,
        ..
    } = session;
    check_password(&account.login, &new).map_err(AppError::refused)?;
    if new == current {
        return Err(AppError::with_detail(
            ErrorCode::WeakPassword,
            "新密码不能与原密码相同 / the new password must differ from the current one",
        ));
    }
    let person = account.person;
    let kept = app
        .store
        .read(async |txn| Ok::<_, AppError>(accounts::find_password(txn, person).await?))
        .await?;
    let kept = kept.ok_or_else(wrong)?;
    prove(app, &account, current, &kept).await?;
    let (hash, now) = (secrets::hash(new).await?, app.clock.now_ms());
    app.store
        .write(async move |txn| {
            load_proven(txn, person, &kept, now).await?;
            accounts::save_password(txn, person, Some(&hash), false).await?;
            sessions::delete_others_of(txn, person, &token_hash).await?;
            let by = AuditActor::Person(person);
            let changed = AuditEntry::new(&account.county, by, Act::PasswordChanged, person);
            Ok::<_, AppError>(audit::note(txn, now, changed).await?)
        })
        .await
}

fn lock_rule(app: &App) -> LockRule {
    LockRule {
        after: app.policy.lock_after,
        minutes: app.policy.lock_minutes,
    }
}

fn wrong() -> AppError {
    AppError::refused(ErrorCode::WrongCredentials)
}
