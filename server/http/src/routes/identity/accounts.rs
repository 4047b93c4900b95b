//! `/v1/accounts`: the people whom a county knows, their initial passwords, and the codes that enrol their phones.

use crate::auth::Administrators;
use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::page::limit;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::identity::accounts::{
    self, AccountChange, AccountFilter, Created, Manager, NewAccount,
};
use tepai_app::identity::enrolment;
use tepai_domain::account::Account;
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of accounts.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(get_account, update_account))
        .routes(routes!(reset_password))
        .routes(routes!(create_enrolment_code))
}

/// Accounts in one page, unless the caller asks for another number.
const PAGE: u32 = 100;
/// Accounts in one page at the most.
const MOST: u32 = 500;

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AccountQuery {
    /// Of one role.
    #[param(inline)]
    role: Option<Role>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// Accounts in the page: 1 to 500, 100 if absent.
    limit: Option<u32>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
struct AccountDocument {
    /// Its id: the person.
    id: PersonId,
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
    /// Until when the account is locked after wrong passwords: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    locked_until: Option<i64>,
    /// Since when it is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_at: Option<i64>,
    /// When it was made.
    created_at: i64,
}

impl From<Account> for AccountDocument {
    fn from(account: Account) -> Self {
        Self {
            id: account.person,
            login: account.login,
            display_name: account.display_name,
            role: account.role,
            county_code: account.county,
            township_code: account.township,
            must_change_password: account.must_change_password,
            locked_until: account.attempts.locked_until,
            disabled_at: account.disabled_at,
            created_at: account.created_at,
        }
    }
}

/// A page of accounts.
#[derive(Debug, Serialize, ToSchema)]
struct AccountList {
    /// The accounts, by login name.
    accounts: Vec<AccountDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The accounts of the county, by login name.
#[utoipa::path(
    get,
    path = "/v1/accounts",
    tag = "identity",
    params(AccountQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AccountList),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
    )
)]
async fn list_accounts(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Query(query): Query<AccountQuery>,
) -> Result<Json<AccountList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let filter = AccountFilter {
        county: actor.county,
        role: query.role,
        after: query.cursor,
        limit,
    };
    let page = accounts::list(&app, filter).await?;
    Ok(Json(AccountList {
        accounts: page
            .accounts
            .into_iter()
            .map(AccountDocument::from)
            .collect(),
        next: page.next,
    }))
}

/// An account to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAccountRequest {
    /// The login name; large and small letters are the same.
    login: String,
    /// The name that people read.
    display_name: String,
    /// The role.
    role: Role,
    /// The township, for a coordinator.
    township_code: Option<DivisionCode>,
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
struct CreatedAccountDocument {
    /// The account.
    #[serde(flatten)]
    account: AccountDocument,
    /// The password with which an office user signs in and then changes it; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_password: Option<Secret>,
}

/// Makes an account in one's own county.
#[utoipa::path(
    post,
    path = "/v1/accounts",
    tag = "identity",
    request_body = NewAccountRequest,
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 201, body = CreatedAccountDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 409, body = Problem, description = "already_exists: the login name is taken"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn create_account(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Json(request): Json<NewAccountRequest>,
) -> Result<(StatusCode, Json<CreatedAccountDocument>), ApiError> {
    let new = NewAccount {
        county: actor.county.clone(),
        login: request.login,
        display_name: request.display_name,
        role: request.role,
        township: request.township_code,
        password: None,
    };
    let manager = Manager::Office(actor);
    let Created {
        account,
        initial_password,
    } = tepai_app::detached(async move { accounts::create(&app, &manager, new).await }).await?;
    let document = CreatedAccountDocument {
        account: account.into(),
        initial_password,
    };
    Ok((StatusCode::CREATED, Json(document)))
}

/// An account of the county.
#[utoipa::path(
    get,
    path = "/v1/accounts/{id}",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the account")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AccountDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn get_account(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<PersonId>,
) -> Result<Json<AccountDocument>, ApiError> {
    let account = accounts::load(&app, &Manager::Office(actor), id).await?;
    Ok(Json(account.into()))
}

/// What an account becomes, as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AccountRequest {
    /// The name that people read.
    display_name: String,
    /// The role.
    role: Role,
    /// The township, for a coordinator.
    township_code: Option<DivisionCode>,
    /// Whether it is disabled: its sessions and devices end at once, and devices stay revoked.
    #[serde(default)]
    disabled: bool,
}

/// Changes an account.
#[utoipa::path(
    put,
    path = "/v1/accounts/{id}",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the account")),
    request_body = AccountRequest,
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AccountDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn update_account(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<PersonId>,
    Json(request): Json<AccountRequest>,
) -> Result<Json<AccountDocument>, ApiError> {
    let AccountRequest {
        display_name,
        role,
        township_code,
        disabled,
    } = request;
    let change = AccountChange {
        display_name,
        role,
        township: township_code,
        disabled,
    };
    let manager = Manager::Office(actor);
    let account =
        tepai_app::detached(async move { accounts::update(&app, &manager, id, change).await })
            .await?;
    Ok(Json(account.into()))
}

/// A password that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct InitialPasswordDocument {
    /// The password with which the user signs in and then changes it; shown this once.
    initial_password: Secret,
}

/// Gives an office user a new initial password. The user's sessions end, and so does a lock.
#[utoipa::path(
    post,
    path = "/v1/accounts/{id}/password",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the account")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = InitialPasswordDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 503, body = Problem, description = "busy: too many sign in at once"),
    )
)]
async fn reset_password(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<PersonId>,
) -> Result<Json<InitialPasswordDocument>, ApiError> {
    let manager = Manager::Office(actor);
    let initial_password =
        tepai_app::detached(async move { accounts::reset_password(&app, &manager, id).await })
            .await?;
    Ok(Json(InitialPasswordDocument { initial_password }))
}

/// A one-time code.
#[derive(Debug, Serialize, ToSchema)]
struct EnrolmentCodeDocument {
    /// The code, to be typed; hyphen and letter size do not matter. Shown this once.
    code: Secret,
    /// What the QR code says: `tepai://enrol?server=<address>&code=<code>`.
    qr_payload: Secret,
    /// The QR code as an SVG image.
    qr_svg: Secret,
    /// When the code ends: milliseconds since 1970 UTC.
    expires_at: i64,
}

/// Issues a one-time code with which a phone becomes a device of this person.
#[utoipa::path(
    post,
    path = "/v1/accounts/{id}/enrolment-codes",
    tag = "identity",
    params(("id" = uuid::Uuid, Path, description = "the account")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 201, body = EnrolmentCodeDocument),
        (status = 400, body = Problem, description = "malformed_request: the address of the server is too long"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn create_enrolment_code(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<PersonId>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<EnrolmentCodeDocument>), ApiError> {
    let server = address(&headers, app.policy.secure_cookies);
    let manager = Manager::Office(actor);
    let issued =
        tepai_app::detached(async move { enrolment::issue(&app, &manager, id, &server).await })
            .await?;
    let document = EnrolmentCodeDocument {
        code: issued.code,
        qr_payload: issued.qr_payload,
        qr_svg: issued.qr_svg,
        expires_at: issued.expires_at,
    };
    Ok((StatusCode::CREATED, Json(document)))
}

/// The address under which the office itself reached the server.
pub(crate) fn address(headers: &HeaderMap, is_secure: bool) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let scheme = if is_secure { "https" } else { "http" };
    format!("{scheme}://{}", host.unwrap_or("localhost"))
}
