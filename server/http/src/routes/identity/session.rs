//! `/v1/session`: signing in at the office, who one is, changing the password, signing out.

use crate::auth::{InSession, no_cookie, session_cookie};
use crate::error::ApiError;
use crate::extract::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::cookie::CookieJar;
use serde::{Deserialize, Serialize};
use tepai_app::identity::authenticate::Session;
use tepai_app::identity::sign_in::{self, SignedIn};
use tepai_app::{App, admin};
use tepai_domain::account::Account;
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::Problem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of the session.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, get_session, sign_out))
        .routes(routes!(change_password))
}

/// A login name and its password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    /// The login name; large and small letters are the same.
    login: String,
    /// The password.
    password: Secret,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SessionDocument {
    /// The account.
    account_id: PersonId,
    /// Its login name.
    login: String,
    /// The name that people read.
    display_name: String,
    /// Its role.
    role: Role,
    /// Its county.
    county_code: DivisionCode,
    /// Its township, for a coordinator.
    #[serde(skip_serializing_if = "Option::is_none")]
    township_code: Option<DivisionCode>,
    /// Whether the password must be changed before anything else.
    must_change_password: bool,
    /// When the session ends whatever happens: milliseconds since 1970 UTC.
    expires_at: i64,
    /// Minutes without a request after which it ends before that.
    idle_minutes: u32,
    /// The server's clock: milliseconds since 1970 UTC.
    now: i64,
    /// The county's local day.
    today: String,
    /// The zone of the county's local days, by its IANA name.
    time_zone: String,
}

impl SessionDocument {
    async fn new(app: &App, account: Account, expires_at: i64) -> Result<Self, ApiError> {
        let zone = admin::settings::zone_of(app, &account.county).await?;
        Ok(Self {
            idle_minutes: app.policy.idle_minutes,
            now: app.clock.now_ms(),
            today: app.clock.today(&zone).to_string(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            account_id: account.person,
            login: account.login,
            display_name: account.display_name,
            role: account.role,
            county_code: account.county,
            township_code: account.township,
            must_change_password: account.must_change_password,
            expires_at,
        })
    }
}

/// A new session.
#[derive(Debug, Serialize, ToSchema)]
struct SignedInDocument {
    /// The token, for a program to send as a bearer token; browsers have it as a cookie.
    token: Secret,
    /// Who is signed in.
    #[serde(flatten)]
    session: SessionDocument,
}

/// Signs in at the office: sets the session's cookie, and tells the token.
#[utoipa::path(
    post,
    path = "/v1/session",
    tag = "identity",
    request_body = SignInRequest,
    responses(
        (status = 200, body = SignedInDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "wrong_credentials"),
        (status = 403, body = Problem, description = "account_locked"),
        (status = 503, body = Problem, description = "busy: too many sign in at once"),
    )
)]
async fn sign_in(
    State(app): State<App>,
    Json(request): Json<SignInRequest>,
) -> Result<(CookieJar, Json<SignedInDocument>), ApiError> {
    let signing_in = app.clone();
    let SignedIn {
        token,
        account,
        expires_at,
    } = tepai_app::detached(async move {
        sign_in::sign_in(&signing_in, &request.login, request.password).await
    })
    .await?;
    let jar = CookieJar::new().add(session_cookie(&app.policy, &token));
    let session = SessionDocument::new(&app, account, expires_at).await?;
    Ok((jar, Json(SignedInDocument { token, session })))
}

/// Who is signed in.
#[utoipa::path(
    get,
    path = "/v1/session",
    tag = "identity",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = SessionDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn get_session(
    State(app): State<App>,
    InSession(session): InSession,
) -> Result<Json<SessionDocument>, ApiError> {
    let Session {
        account,
        expires_at,
        ..
    } = session;
    Ok(Json(SessionDocument::new(&app, account, expires_at).await?))
}

/// Signs out: the session ends, and its cookie goes.
#[utoipa::path(
    delete,
    path = "/v1/session",
    tag = "identity",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 204, description = "signed out"),
        (status = 401, body = Problem, description = "not_signed_in"),
    )
)]
async fn sign_out(
    State(app): State<App>,
    InSession(session): InSession,
) -> Result<(CookieJar, StatusCode), ApiError> {
    let jar = CookieJar::new().add(no_cookie(&app.policy));
    tepai_app::detached(async move { sign_in::sign_out(&app, session).await }).await?;
    Ok((jar, StatusCode::NO_CONTENT))
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PasswordRequest {
    /// The password so far.
    current_password: Secret,
    /// The new one: at least ten letters, not the login name.
    new_password: Secret,
}

/// Changes one's own password. This session stays, every other one of the account ends.
#[utoipa::path(
    post,
    path = "/v1/session/password",
    tag = "identity",
    request_body = PasswordRequest,
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 204, description = "changed"),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in, wrong_credentials"),
        (status = 403, body = Problem, description = "account_locked"),
        (status = 422, body = Problem, description = "weak_password"),
        (status = 503, body = Problem, description = "busy: too many sign in at once"),
    )
)]
async fn change_password(
    State(app): State<App>,
    InSession(session): InSession,
    Json(request): Json<PasswordRequest>,
) -> Result<StatusCode, ApiError> {
    let PasswordRequest {
        current_password,
        new_password,
    } = request;
    tepai_app::detached(async move {
        sign_in::change_password(&app, session, current_password, new_password).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
