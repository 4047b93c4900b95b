//! Who is asking: extractors that authenticate *and* authorise, so that a handler which compiles is one that is allowed.
//!
//! A token comes as `Authorization: Bearer`, or as the cookie of an office session. Where there is a bearer token
//! the cookie is not looked at: the check of the request's origin passes bearer tokens, because no browser adds
//! one by itself, and must not be passed with a cookie behind it.

use crate::error::ApiError;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use tepai_app::identity::authenticate::{self, DeviceStatus, Session};
use tepai_app::{App, Policy};
use tepai_domain::actor::{Actor, DeviceActor, OfficeActor};
use tepai_domain::secret::Secret;
use tepai_sync_protocol::problem::ErrorCode;

/// The cookie of an office session.
pub const SESSION_COOKIE: &str = "tepai_session";

/// Somebody with an office session, even one who must change the password before anything else.
#[derive(Debug)]
pub struct InSession(pub Session);

/// Somebody at the office, whatever the role.
#[derive(Debug)]
pub struct Office(pub OfficeActor);

/// Somebody at the office whose console asks by itself: that keeps no session from going idle.
#[derive(Debug)]
pub struct Watcher(pub OfficeActor);

/// Somebody who imports, assigns, enrols and changes settings.
#[derive(Debug)]
pub struct Administrators(pub OfficeActor);

/// Somebody who reads the audit trail.
#[derive(Debug)]
pub struct Auditors(pub OfficeActor);

/// Somebody who judges visits.
#[derive(Debug)]
pub struct Reviewer(pub OfficeActor);

/// Somebody who sets targets and assesses.
#[derive(Debug)]
pub struct Assessor(pub OfficeActor);

/// Somebody who decides what of a person is kept.
#[derive(Debug)]
pub struct DataKeeper(pub OfficeActor);

/// Somebody at the office who brings files, and does not only read.
#[derive(Debug)]
pub struct TemplateFiller(pub OfficeActor);

/// Whoever is assessed or assesses: a device, somebody who reviews, or an assessor.
#[derive(Debug)]
pub struct SheetWriter(pub Actor);

/// A device.
#[derive(Debug)]
pub struct Device(pub DeviceActor);

/// A device, even one that was reported lost.
#[derive(Debug)]
pub struct AnyDevice(pub DeviceActor, pub DeviceStatus);

/// Whoever reads: somebody at the office, or a device.
#[derive(Debug)]
pub struct Reader(pub Actor);

impl FromRequestParts<App> for InSession {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = token(&parts.headers)?;
        Ok(Self(authenticate::session(app, &token).await?))
    }
}

impl FromRequestParts<App> for Office {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = token(&parts.headers)?;
        Ok(Self(authenticate::office(app, &token).await?))
    }
}

impl FromRequestParts<App> for Watcher {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = token(&parts.headers)?;
        Ok(Self(authenticate::watcher(app, &token).await?))
    }
}

impl FromRequestParts<App> for Administrators {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Office(actor) = Office::from_request_parts(parts, app).await?;
        allow(actor.role.may_administer())?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for Auditors {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Office(actor) = Office::from_request_parts(parts, app).await?;
        allow(actor.role.may_audit())?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for Reviewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Office(actor) = Office::from_request_parts(parts, app).await?;
        allow(actor.role.may_review())?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for Assessor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Office(actor) = Office::from_request_parts(parts, app).await?;
        allow(actor.role.may_assess())?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for DataKeeper {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Office(actor) = Office::from_request_parts(parts, app).await?;
        allow(actor.role.may_anonymise())?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for TemplateFiller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Office(actor) = Office::from_request_parts(parts, app).await?;
        allow(actor.role.may_administer() || actor.role.may_review())?;
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for SheetWriter {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let Reader(actor) = Reader::from_request_parts(parts, app).await?;
        if let Actor::Office(office) = &actor {
            allow(office.role.may_assess() || office.role.may_review())?;
        }
        Ok(Self(actor))
    }
}

impl FromRequestParts<App> for Device {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or_else(not_signed_in)?;
        Ok(Self(authenticate::device(app, &token).await?))
    }
}

impl FromRequestParts<App> for AnyDevice {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = bearer(&parts.headers).ok_or_else(not_signed_in)?;
        let (actor, whereabouts) = authenticate::any_device(app, &token).await?;
        Ok(Self(actor, whereabouts))
    }
}

impl FromRequestParts<App> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let token = token(&parts.headers)?;
        Ok(Self(authenticate::reader(app, &token).await?))
    }
}

fn allow(allowed: bool) -> Result<(), ApiError> {
    if allowed {
        Ok(())
    } else {
        Err(ApiError::of(ErrorCode::NotAllowed))
    }
}

fn not_signed_in() -> ApiError {
    ApiError::of(ErrorCode::NotSignedIn)
}

fn token(headers: &HeaderMap) -> Result<Secret, ApiError> {
    let token = if headers.contains_key(header::AUTHORIZATION) {
        bearer(headers)
    } else {
        let jar = CookieJar::from_headers(headers);
        jar.get(SESSION_COOKIE)
            .map(|cookie| Secret::new(cookie.value()))
    };
    token.ok_or_else(not_signed_in)
}

fn bearer(headers: &HeaderMap) -> Option<Secret> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| Secret::new(token.trim()))
}

/// The cookie of a new session. It is never sent by another site's page, nor shown to a script, and goes with the
/// browser's window.
pub fn session_cookie(policy: &Policy, token: &Secret) -> Cookie<'static> {
    Cookie::build((SESSION_COOKIE, token.expose().to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(policy.secure_cookies)
        .build()
}

/// The cookie that takes a session's away.
pub fn no_cookie(policy: &Policy) -> Cookie<'static> {
    let mut cookie = session_cookie(policy, &Secret::new(""));
    cookie.make_removal();
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect()
    }

    fn read(pairs: &[(header::HeaderName, &str)]) -> Option<String> {
        token(&headers(pairs))
            .ok()
            .map(|token| token.expose().to_owned())
    }

    #[test]
    fn a_token_comes_as_a_bearer_token_or_as_the_cookie() {
        assert_eq!(
            read(&[(header::AUTHORIZATION, "Bearer tps_a")]).as_deref(),
            Some("tps_a")
        );
        assert_eq!(
            read(&[(header::AUTHORIZATION, "bearer  tps_a ")]).as_deref(),
            Some("tps_a")
        );
        assert_eq!(
            read(&[(header::COOKIE, "a=b; tepai_session=tps_b")]).as_deref(),
            Some("tps_b")
        );
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_cookie_behind_any_authorization_is_not_looked_at() {
        let cookie = (header::COOKIE, "tepai_session=tps_b");
        for authorization in ["Basic dTpw", "Bearer", "x"] {
            assert_eq!(
                read(&[(header::AUTHORIZATION, authorization), cookie.clone()]),
                None
            );
        }
        let both = [(header::AUTHORIZATION, "Bearer tps_a"), cookie];
        assert_eq!(read(&both).as_deref(), Some("tps_a"));
    }

    #[test]
    fn the_cookie_is_closed_to_scripts_and_to_other_sites() {
        let policy = Policy {
            secure_cookies: true,

            ..Policy::default()
        };
        let cookie = session_cookie(&policy, &Secret::new("tps_a")).to_string();
        let parts = "tepai_session=tps_a; HttpOnly; SameSite=Strict; Secure; Path=/";
        assert_eq!(cookie, parts);
        assert!(
            !session_cookie(&Policy::default(), &Secret::new("a"))
                .to_string()
                .contains("Secure")
        );
        assert!(
            no_cookie(&policy).to_string().starts_with(
                "tepai_session=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0"
            )
        );
    }
}
