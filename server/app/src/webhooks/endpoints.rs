//! The endpoints of a county's webhooks: made with a secret that is shown once, changed, tried, and their deliveries sent again.

use crate::webhooks::audited::detail_of;
use crate::webhooks::deliver::{self, guard_of};
use crate::{App, AppError, audit};
use serde_json::json;
use std::collections::BTreeSet;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::secret::Secret;
use tepai_domain::webhook::{
    EventType, MOST_ENDPOINTS, MOST_NAME, MOST_URL, NewEvent, OVERLAP_MS, secret_of,
};
use tepai_store::{WriteTxn, webhooks};
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::validate::is_odd;
use tepai_webhook_client::{BadAddress, check_address};
use uuid::Uuid;

pub use tepai_store::webhooks::{Delivery, Endpoint};

/// What somebody says of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointForm {
    /// What the office calls it.
    pub name: String,
    /// The address.
    pub url: String,
    /// What it is told; everything if there are none.
    pub events: Vec<EventType>,
    /// Whether it is told anything.
    pub is_on: bool,
}

/// An endpoint, and its secret where that is shown.
#[derive(Clone, Debug)]
pub struct WithSecret {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What its messages are signed with.
    pub secret: Secret,
}

/// The endpoints of the actor's county.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, actor: &OfficeActor) -> Result<Vec<Endpoint>, AppError> {
    let county = actor.county.clone();
    app.store
        .read(async move |txn| Ok::<_, AppError>(webhooks::list(txn, &county).await?))
        .await
}

/// One of them.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn find(app: &App, actor: &OfficeActor, id: Uuid) -> Result<Endpoint, AppError> {
    let county = actor.county.clone();
    let found = app
        .store
        .read(async move |txn| Ok::<_, AppError>(webhooks::find(txn, &county, id).await?))
        .await?;
    found.ok_or_else(AppError::not_found)
}

/// Makes an endpoint. This and a rotation are the only times at which its secret is shown.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn make(
    app: &App,
    actor: &OfficeActor,
    form: EndpointForm,
) -> Result<WithSecret, AppError> {
    check(app, actor, &form).await?;
    let (id, now, salt) = (app.clock.new_id(), app.clock.now_ms(), new_salt());
    let endpoint = Endpoint {
        id,
        county: actor.county.clone(),
        name: form.name,
        url: form.url,
        events: sorted(form.events),
        salt,
        old_salt: None,
        off_because: (!form.is_on).then(|| "office".to_owned()),
        created_by: actor.person,
        created_at: now,
        updated_at: now,
    };
    let (actor, made) = (actor.clone(), endpoint.clone());
    app.store
        .write(async move |txn| {
            if webhooks::list(txn, &actor.county).await?.len() >= MOST_ENDPOINTS {
                return Err(AppError::with_detail(
                    ErrorCode::InvalidInput,
                    format!(
                        "最多 {MOST_ENDPOINTS} 个推送地址 / at most {MOST_ENDPOINTS} endpoints"
                    ),
                ));
            }
            webhooks::save(txn, &made).await?;
            note(txn, &actor, now, Act::WebhookMade, &made).await
        })
        .await?;
    let secret = secret_of(&app.policy.secret, &endpoint.salt);
    Ok(WithSecret { endpoint, secret })
}

/// Changes an endpoint. What waited while it was off goes when it is on again.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn change(
    app: &App,
    actor: &OfficeActor,
    id: Uuid,
    form: EndpointForm,
) -> Result<Endpoint, AppError> {
    check(app, actor, &form).await?;
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let found = webhooks::find(txn, &actor.county, id).await?;
            let before = found.ok_or_else(AppError::not_found)?;
            let off_because = match (form.is_on, &before.off_because) {
                (true, _) => None,
                (false, Some(because)) => Some(because.clone()),
                (false, None) => Some("office".to_owned()),
            };
            let after = Endpoint {
                name: form.name.clone(),
                url: form.url.clone(),
                events: sorted(form.events.clone()),
                off_because,
                updated_at: now,
                ..before
            };
            webhooks::save(txn, &after).await?;
            note(txn, &actor, now, Act::WebhookChanged, &after).await?;
            Ok(after)
        })
        .await
}

/// Gives an endpoint another secret. Messages carry the signature of the one before as well, for a day.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn rotate(app: &App, actor: &OfficeActor, id: Uuid) -> Result<WithSecret, AppError> {
    let (actor, now, salt) = (actor.clone(), app.clock.now_ms(), new_salt());
    let endpoint = app
        .store
        .write(async move |txn| {
            let found = webhooks::find(txn, &actor.county, id).await?;
            let before = found.ok_or_else(AppError::not_found)?;
            let after = Endpoint {
                salt: salt.clone(),
                old_salt: Some((before.salt.clone(), now + OVERLAP_MS)),
                updated_at: now,
                ..before
            };
            webhooks::save(txn, &after).await?;
            note(txn, &actor, now, Act::WebhookSecretRotated, &after).await?;
            Ok::<_, AppError>(after)
        })
        .await?;
    let secret = secret_of(&app.policy.secret, &endpoint.salt);
    Ok(WithSecret { endpoint, secret })
}

/// Takes an endpoint away, with its deliveries.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn remove(app: &App, actor: &OfficeActor, id: Uuid) -> Result<(), AppError> {
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let found = webhooks::find(txn, &actor.county, id).await?;
            let endpoint = found.ok_or_else(AppError::not_found)?;
            webhooks::remove(txn, &actor.county, id).await?;
            note(txn, &actor, now, Act::WebhookRemoved, &endpoint).await
        })
        .await
}

/// Tries an endpoint at once, on or off; says what came of it. What fails is tried again as any other.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn ping(app: &App, actor: &OfficeActor, id: Uuid) -> Result<Delivery, AppError> {
    let endpoint = find(app, actor, id).await?;
    let (actor, now, event) = (actor.clone(), app.clock.now_ms(), app.clock.new_id());
    let delivery = app
        .store
        .write(async move |txn| {
            let ping = NewEvent {
                id: event,
                kind: EventType::Ping,
                data: json!({"county_code": endpoint.county}),
            };
            webhooks::add_event(txn, &endpoint.county, &ping, now).await?;
            let delivery = webhooks::add_delivery(txn, event, endpoint.id, now).await?;
            note(txn, &actor, now, Act::WebhookTried, &endpoint).await?;
            Ok::<_, AppError>(delivery)
        })
        .await?;
    deliver::deliver_one(app, delivery).await?;
    find_delivery(app, id, delivery).await
}

/// The deliveries to an endpoint, the latest first.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list_deliveries(
    app: &App,
    actor: &OfficeActor,
    id: Uuid,
    state: Option<&'static str>,
    after: Option<(i64, Uuid)>,
    limit: u32,
) -> Result<Vec<Delivery>, AppError> {
    find(app, actor, id).await?;
    app.store
        .read(async move |txn| {
            Ok::<_, AppError>(webhooks::list_deliveries(txn, id, state, after, limit).await?)
        })
        .await
}

/// Sends a delivery again, done or not: the same event under the same id, from its first attempt.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn replay(
    app: &App,
    actor: &OfficeActor,
    id: Uuid,
    delivery: Uuid,
) -> Result<Delivery, AppError> {
    let endpoint = find(app, actor, id).await?;
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let found = webhooks::find_delivery(txn, id, delivery).await?;
            found.ok_or_else(AppError::not_found)?;
            webhooks::replay(txn, delivery, now).await?;
            note(txn, &actor, now, Act::WebhookReplayed, &endpoint).await
        })
        .await?;
    find_delivery(app, id, delivery).await
}

async fn find_delivery(app: &App, id: Uuid, delivery: Uuid) -> Result<Delivery, AppError> {
    let found = app
        .store
        .read(async move |txn| Ok::<_, AppError>(webhooks::find_delivery(txn, id, delivery).await?))
        .await?;
    found.ok_or_else(AppError::not_found)
}

fn new_salt() -> String {
    let random: [u8; 16] = rand::random();
    Uuid::from_bytes(random).simple().to_string()
}

fn sorted(events: Vec<EventType>) -> Vec<EventType> {
    let events: BTreeSet<EventType> = events.into_iter().collect();
    events.into_iter().collect()
}

async fn check(app: &App, actor: &OfficeActor, form: &EndpointForm) -> Result<(), AppError> {
    let guard = guard_of(app, &actor.county).await?;
    let mut errors = Vec::new();
    let mut wrong = |pointer: &str, code: ErrorCode| {
        errors.push(FieldProblem {
            pointer: pointer.to_owned(),
            code,
            message: code.title().into(),
        });
    };
    if form.name.trim().is_empty() {
        wrong("/name", ErrorCode::Required);
    } else if form.name.chars().count() > MOST_NAME {
        wrong("/name", ErrorCode::TooLong);
    } else if form.name.contains(is_odd) || form.name.contains('\n') {
        wrong("/name", ErrorCode::ControlCharacter);
    }
    if form.url.chars().count() > MOST_URL {
        wrong("/url", ErrorCode::TooLong);
    } else {
        match check_address(&form.url, &guard) {
            Ok(_) => {}
            Err(BadAddress::Malformed) => wrong("/url", ErrorCode::WrongType),
            Err(BadAddress::Refused) => wrong("/url", ErrorCode::AddressRefused),
        }
    }
    if form.events.contains(&EventType::Ping) {
        wrong("/events", ErrorCode::UnknownCode);
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
    }
}

async fn note(
    txn: &WriteTxn,
    actor: &OfficeActor,
    now: i64,
    act: Act,
    endpoint: &Endpoint,
) -> Result<(), AppError> {
    let by = AuditActor::Person(actor.person);
    let entry = AuditEntry::new(&actor.county, by, act, endpoint.id).with(detail_of(endpoint));
    Ok(audit::note(txn, now, entry).await?)
}
