//! Who stands behind a token. Asked with every request, so it is one indexed query, and at most once a minute a write.

use crate::secrets::{fingerprint, is_device_token};
use crate::{App, AppError, detached};
use tepai_domain::account::Account;
use tepai_domain::actor::{Actor, DeviceActor, OfficeActor};
use tepai_domain::secret::Secret;
use tepai_store::{devices, sessions};
use tepai_sync_protocol::problem::ErrorCode;

/// An office session that is in force.
#[derive(Clone, Debug)]
pub struct Session {
    /// Whose it is.
    pub account: Account,
    /// When it ends whatever happens: milliseconds since 1970 UTC.
    pub expires_at: i64,
    /// The hash of its token.
    pub(crate) token_hash: String,
}

/// The session of a token, whatever its account may do.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn session(app: &App, token: &Secret) -> Result<Session, AppError> {
    let (session, is_stale) = unseen(app, token).await?;
    if is_stale {
        record_last_seen(app, session.token_hash.clone(), app.clock.now_ms()).await;
    }
    Ok(session)
}

/// The session of a token, and whether its use should be written down.
async fn unseen(app: &App, token: &Secret) -> Result<(Session, bool), AppError> {
    let (hash, now) = (fingerprint(token), app.clock.now_ms());
    let found = sessions::find(&app.store.single_read(), &hash).await?;
    let in_force = found.filter(|(times, account)| {
        let is_open = !times.have_ended(app.policy.idle_minutes, now);
        is_open && account.disabled_at.is_none() && account.role.is_office()
    });
    let (times, account) = in_force.ok_or_else(|| AppError::refused(ErrorCode::NotSignedIn))?;
    let session = Session {
        account,
        expires_at: times.expires_at,
        token_hash: hash,
    };
    Ok((session, times.are_stale(now)))
}

/// Nobody is turned away because this could not be written.
async fn record_last_seen(app: &App, hash: String, now: i64) {
    let store = app.store.clone();
    let written = detached(async move {
        let write = async move |txn: &_| Ok(sessions::record_last_seen(txn, &hash, now).await?);
        store.write(write).await
    });
    if let Err(error) = written.await {
        tracing::warn!(%error, "the use of a session was not written down");
    }
}

/// Somebody at the office, who has changed the initial password.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn office(app: &App, token: &Secret) -> Result<OfficeActor, AppError> {
    at_office(session(app, token).await?)
}

/// Somebody at the office whose console asks by itself, which is no use of the session.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn watcher(app: &App, token: &Secret) -> Result<OfficeActor, AppError> {
    at_office(unseen(app, token).await?.0)
}

fn at_office(session: Session) -> Result<OfficeActor, AppError> {
    let Session { account, .. } = session;
    if account.must_change_password {
        return Err(AppError::refused(ErrorCode::PasswordChangeRequired));
    }
    Ok(OfficeActor {
        person: account.person,
        role: account.role,
        county: account.county,
        township: account.township,
    })
}

/// A device that is in its owner's hands, as far as the office knows.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn device(app: &App, token: &Secret) -> Result<DeviceActor, AppError> {
    match any_device(app, token).await? {
        (actor, DeviceStatus::Active) => Ok(actor),
        (_, DeviceStatus::Lost) => Err(AppError::refused(ErrorCode::DeviceWipe)),
    }
}

/// Where a device is, as far as the office knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceStatus {
    /// With its owner.
    Active,
    /// Lost: what it still sends is kept, and it gets nothing any more.
    Lost,
}

/// A device, even one that was reported lost.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn any_device(
    app: &App,
    token: &Secret,
) -> Result<(DeviceActor, DeviceStatus), AppError> {
    let hash = fingerprint(token);
    let found = devices::find_by_token(&app.store.single_read(), &hash).await?;
    let holder = found.ok_or_else(|| AppError::refused(ErrorCode::NotSignedIn))?;
    if holder.is_revoked {
        return Err(AppError::refused(ErrorCode::DeviceRevoked));
    }
    if !holder.actor.role.may_hold_device() {
        return Err(AppError::refused(ErrorCode::NotAllowed));
    }
    let whereabouts = if holder.is_lost {
        DeviceStatus::Lost
    } else {
        DeviceStatus::Active
    };
    Ok((holder.actor, whereabouts))
}

/// Somebody at the office, or a device.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn reader(app: &App, token: &Secret) -> Result<Actor, AppError> {
    if is_device_token(token) {
        device(app, token).await.map(Actor::Device)
    } else {
        office(app, token).await.map(Actor::Office)
    }
}
