//! `/v1/webhooks`: where programs of the county are told of what happens, and what has become of the messages.

use crate::auth::Administrators;
use crate::error::ApiError;
use crate::extract::{Json, Path, Query};
use crate::page::{limit, read_cursor, write_cursor};
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use tepai_app::App;
use tepai_app::webhooks::endpoints::{self, Delivery, Endpoint, EndpointForm, WithSecret};
use tepai_domain::secret::Secret;
use tepai_domain::webhook::EventType;
use tepai_sync_protocol::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of webhooks.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_webhooks, make_webhook))
        .routes(routes!(get_webhook, change_webhook, remove_webhook))
        .routes(routes!(rotate_webhook_secret))
        .routes(routes!(ping_webhook))
        .routes(routes!(list_webhook_deliveries))
        .routes(routes!(replay_webhook_delivery))
}

const PAGE: usize = 50;
const MOST: usize = 200;

/// What is said of an endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WebhookForm {
    /// What the office calls it, up to 100 characters.
    name: String,
    /// Where messages go: `https`, or `http` into a network that the county opened (setting `webhook_networks`).
    #[schema(example = "https://data.example.gov.cn/tepai")]
    url: String,
    /// What it is told; everything if there are none.
    #[serde(default)]
    events: Vec<EventType>,
    /// Whether it is told anything; it is if absent.
    #[serde(default = "on")]
    is_on: bool,
}

fn on() -> bool {
    true
}

impl From<WebhookForm> for EndpointForm {
    fn from(form: WebhookForm) -> Self {
        let WebhookForm {
            name,
            url,
            events,
            is_on,
        } = form;
        Self {
            name,
            url,
            events,
            is_on,
        }
    }
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookDocument {
    /// Its id.
    id: Uuid,
    /// What the office calls it.
    name: String,
    /// Where messages go.
    url: String,
    /// What it is told; everything if there are none.
    events: Vec<EventType>,
    /// Whether it is told anything.
    is_on: bool,
    /// Why not: `office`, or `gone` if it answered 410.
    #[serde(skip_serializing_if = "Option::is_none")]
    off_because: Option<String>,
    /// Until when messages carry the signature of the secret before as well: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_secret_until: Option<i64>,
    /// When it was made: milliseconds since 1970 UTC.
    created_at: i64,
    /// When it was changed last.
    updated_at: i64,
}

impl From<Endpoint> for WebhookDocument {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            name: endpoint.name,
            url: endpoint.url,
            events: endpoint.events,
            is_on: endpoint.off_because.is_none(),
            off_because: endpoint.off_because,
            old_secret_until: endpoint.old_salt.map(|(_, until)| until),
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

/// Endpoints.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookList {
    /// The oldest first.
    webhooks: Vec<WebhookDocument>,
}

/// An endpoint with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    document: WebhookDocument,
    /// What messages are signed with: `whsec_` and 32 bytes as base64.
    secret: Secret,
}

impl From<WithSecret> for WebhookWithSecret {
    fn from(made: WithSecret) -> Self {
        Self {
            document: made.endpoint.into(),
            secret: made.secret,
        }
    }
}

/// How a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
enum DeliveryState {
    /// It is tried, or tried again.
    Waiting,
    /// It was taken.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A message to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryDocument {
    /// Its id.
    id: Uuid,
    /// The event, which is the `webhook-id` of each attempt.
    event_id: Uuid,
    /// What it tells.
    #[serde(rename = "type")]
    kind: EventType,
    /// When that happened: milliseconds since 1970 UTC.
    at: i64,
    /// `waiting`, `delivered` or `failed`.
    state: String,
    /// How often it was tried.
    attempts: i32,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    /// The status of the last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_status: Option<i32>,
    /// Why the last attempt failed: `status`, `redirect`, `gone`, `timeout`, `unreachable` or `address_refused`.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_problem: Option<String>,
    /// When it was taken or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<i64>,
}

impl From<Delivery> for DeliveryDocument {
    fn from(delivery: Delivery) -> Self {
        let waits = delivery.state == DeliveryState::Waiting.as_str();
        Self {
            id: delivery.id,
            event_id: delivery.event,
            kind: delivery.kind,
            at: delivery.at,
            state: delivery.state,
            attempts: delivery.attempts,
            due_at: waits.then_some(delivery.due_at),
            last_status: delivery.last_status,
            last_problem: delivery.last_problem,
            done_at: delivery.done_at,
        }
    }
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeliveryQuery {
    /// `waiting`, `delivered` or `failed`; all if absent.
    #[param(value_type = Option<String>)]
    state: Option<DeliveryState>,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 200.
    limit: Option<usize>,
}

/// A page of messages.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryList {
    /// The latest first.
    deliveries: Vec<DeliveryDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The endpoints of the county.
#[utoipa::path(
    get,
    path = "/v1/webhooks",
    tag = "webhooks",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = WebhookList),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
    )
)]
async fn list_webhooks(
    State(app): State<App>,
    Administrators(actor): Administrators,
) -> Result<Json<WebhookList>, ApiError> {
    let webhooks = endpoints::list(&app, &actor).await?;
    let webhooks = webhooks.into_iter().map(WebhookDocument::from).collect();
    Ok(Json(WebhookList { webhooks }))
}

/// Makes an endpoint. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post,
    path = "/v1/webhooks",
    tag = "webhooks",
    security(("session" = []), ("session_token" = [])),
    request_body = WebhookForm,
    responses(
        (status = 200, body = WebhookWithSecret),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 422, body = Problem, description = "invalid_input, with address_refused for an address in a network that is not open"),
    )
)]
async fn make_webhook(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Json(form): Json<WebhookForm>,
) -> Result<Json<WebhookWithSecret>, ApiError> {
    let make = async move { endpoints::make(&app, &actor, form.into()).await };
    Ok(Json(tepai_app::detached(make).await?.into()))
}

/// One endpoint.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = Uuid, Path, description = "the endpoint")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = WebhookDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn get_webhook(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
) -> Result<Json<WebhookDocument>, ApiError> {
    Ok(Json(endpoints::find(&app, &actor, id).await?.into()))
}

/// Changes an endpoint, switches it off or on again; what waits goes when it is on.
#[utoipa::path(
    put,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = Uuid, Path, description = "the endpoint")),
    security(("session" = []), ("session_token" = [])),
    request_body = WebhookForm,
    responses(
        (status = 200, body = WebhookDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn change_webhook(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
    Json(form): Json<WebhookForm>,
) -> Result<Json<WebhookDocument>, ApiError> {
    let change = async move { endpoints::change(&app, &actor, id, form.into()).await };
    Ok(Json(tepai_app::detached(change).await?.into()))
}

/// Takes an endpoint away, with all that waits for it.
#[utoipa::path(
    delete,
    path = "/v1/webhooks/{id}",
    tag = "webhooks",
    params(("id" = Uuid, Path, description = "the endpoint")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 204, description = "it is gone"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn remove_webhook(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, ApiError> {
    let remove = async move { endpoints::remove(&app, &actor, id).await };
    tepai_app::detached(remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives an endpoint another secret, shown this once. For a day messages carry the signature of the one before as well.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/secret",
    tag = "webhooks",
    params(("id" = Uuid, Path, description = "the endpoint")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = WebhookWithSecret),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn rotate_webhook_secret(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
) -> Result<Json<WebhookWithSecret>, ApiError> {
    let rotate = async move { endpoints::rotate(&app, &actor, id).await };
    Ok(Json(tepai_app::detached(rotate).await?.into()))
}

/// Sends `webhook.ping` at once, and says what came of it.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/ping",
    tag = "webhooks",
    params(("id" = Uuid, Path, description = "the endpoint")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DeliveryDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn ping_webhook(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
) -> Result<Json<DeliveryDocument>, ApiError> {
    let ping = async move { endpoints::ping(&app, &actor, id).await };
    Ok(Json(tepai_app::detached(ping).await?.into()))
}

/// The messages to an endpoint of the last 90 days, the latest first.
#[utoipa::path(
    get,
    path = "/v1/webhooks/{id}/deliveries",
    tag = "webhooks",
    params(("id" = Uuid, Path, description = "the endpoint"), DeliveryQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DeliveryList),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn list_webhook_deliveries(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<DeliveryList>, ApiError> {
    let limit = limit(query.limit, PAGE, MOST)?;
    let after = read_cursor(query.cursor.as_deref())?;
    let state = query.state.map(DeliveryState::as_str);
    let one_more = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let mut found = endpoints::list_deliveries(&app, &actor, id, state, after, one_more).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more);
    let next = next.map(|last| write_cursor((last.created_at, last.id)));
    let deliveries = found.into_iter().map(DeliveryDocument::from).collect();
    Ok(Json(DeliveryList { deliveries, next }))
}

/// Sends a message again, also one that was taken: the same event under the same `webhook-id`, from its first attempt.
#[utoipa::path(
    post,
    path = "/v1/webhooks/{id}/deliveries/{delivery}/replay",
    tag = "webhooks",
    params(
        ("id" = Uuid, Path, description = "the endpoint"),
        ("delivery" = Uuid, Path, description = "the message"),
    ),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = DeliveryDocument),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
    )
)]
async fn replay_webhook_delivery(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path((id, delivery)): Path<(Uuid, Uuid)>,
) -> Result<Json<DeliveryDocument>, ApiError> {
    let replay = async move { endpoints::replay(&app, &actor, id, delivery).await };
    Ok(Json(tepai_app::detached(replay).await?.into()))
}
