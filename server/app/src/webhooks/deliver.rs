//! Sends what waits in the outbox of webhooks.
//!
//! Each delivery is claimed in one transaction, sent outside of any, and concluded in
//! another: of several processes one sends it, and if that one dies the next does, under the same id.

use crate::webhooks::audited::detail_of;
use crate::{App, AppError, admin, audit};
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use std::collections::BTreeMap;
use tepai_domain::address_guard::Guard;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::secret::Secret;
use tepai_domain::webhook::{KEPT_MS, TIMEOUT_MS, body, pause_ms, secret_of, signature};
use tepai_store::webhooks::{self, Endpoint, Message, Next};
use tepai_sync_protocol::division::DivisionCode;
use tepai_webhook_client::OutgoingRequest;
use uuid::Uuid;

/// How long a claim holds: longer than sending takes, so that nobody sends what somebody still sends.
pub const CLAIM_MS: i64 = TIMEOUT_MS + 40_000;
/// Deliveries of one turn, and of one endpoint among them: one that hangs does not keep the others.
const AT_ONCE: u32 = 32;
const AT_ONCE_EACH: u32 = 4;

/// Sends what is due; returns how many deliveries were tried.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn deliver_due(app: &App) -> Result<usize, AppError> {
    let now = app.clock.now_ms();
    let is_due = app
        .store
        .read(async move |txn| Ok::<_, AppError>(webhooks::is_due(txn, now).await?))
        .await?;
    if !is_due {
        return Ok(0);
    }
    let claim = app.clock.new_id();
    let messages = app
        .store
        .write(async move |txn| {
            let (until, most) = (now + CLAIM_MS, (AT_ONCE_EACH, AT_ONCE));
            Ok::<_, AppError>(webhooks::claim(txn, claim, (now, until), most).await?)
        })
        .await?;
    let mut guards: BTreeMap<DivisionCode, Guard> = BTreeMap::new();
    for message in &messages {
        let county = &message.endpoint.county;
        if !guards.contains_key(county) {
            guards.insert(county.clone(), guard_of(app, county).await?);
        }
    }
    let count = messages.len();
    let closed = Guard::default();
    let mut sent: FuturesUnordered<_> = messages
        .into_iter()
        .map(|message| {
            let guard = guards.get(&message.endpoint.county).unwrap_or(&closed);
            deliver(app, claim, message, guard)
        })
        .collect();
    let mut outcome = Ok(count);
    while let Some(one) = sent.next().await {
        outcome = outcome.and_then(|count| one.map(|()| count));
    }
    outcome
}

/// Sends one delivery now, whether its endpoint is on or off.
pub(crate) async fn deliver_one(app: &App, delivery: Uuid) -> Result<(), AppError> {
    let (claim, until) = (app.clock.new_id(), app.clock.now_ms() + CLAIM_MS);
    let message = app
        .store
        .write(async move |txn| {
            Ok::<_, AppError>(webhooks::claim_one(txn, claim, delivery, until).await?)
        })
        .await?;
    let Some(message) = message else {
        return Ok(());
    };
    let guard = guard_of(app, &message.endpoint.county).await?;
    deliver(app, claim, message, &guard).await
}

async fn deliver(app: &App, claim: Uuid, message: Message, guard: &Guard) -> Result<(), AppError> {
    let request = write(app, &message)?;
    let answer = app.webhook_client.send(request, guard).await;
    let now = app.clock.now_ms();
    let attempt = u32::try_from(message.attempt).unwrap_or(u32::MAX);
    let pause = pause_ms(message.delivery, attempt).filter(|_| !answer.is_gone());
    let next = match pause {
        _ if answer.is_taken() => Next::Done {
            taken: true,
            at: now,
        },
        Some(pause) => Next::Again(now + pause),
        None => Next::Done {
            taken: false,
            at: now,
        },
    };
    app.store
        .write(async move |txn| {
            let own = (message.delivery, claim);
            let is_own = webhooks::conclude(txn, own, answer, next).await?;
            if is_own && answer.is_gone() {
                switch_off(txn, &message.endpoint, now).await?;
            }
            Ok(())
        })
        .await
}

/// Whoever answered wants no more.
async fn switch_off(
    txn: &tepai_store::WriteTxn,
    endpoint: &Endpoint,
    now: i64,
) -> Result<(), AppError> {
    let found = webhooks::find(txn, &endpoint.county, endpoint.id).await?;
    let Some(found) = found.filter(|found| found.off_because.is_none()) else {
        return Ok(());
    };
    let off = Endpoint {
        off_because: Some("gone".to_owned()),
        updated_at: now,
        ..found
    };
    webhooks::save(txn, &off).await?;
    let entry = AuditEntry::new(&off.county, AuditActor::Server, Act::WebhookChanged, off.id);
    Ok(audit::note(txn, now, entry.with(detail_of(&off))).await?)
}

/// The message as it goes: signed for this moment, so that whoever catches it cannot send it again later.
fn write(app: &App, message: &Message) -> Result<OutgoingRequest, AppError> {
    let data = serde_json::from_str(&message.data);
    let data = data.map_err(|error| AppError::Internal(anyhow::Error::from(error)))?;
    let body = body(message.kind, message.at, &data);
    let now = app.clock.now_ms();
    let seconds = now / 1000;
    let secrets = secrets(&app.policy.secret, &message.endpoint, now);
    let headers = vec![
        ("webhook-id", message.event.to_string()),
        ("webhook-timestamp", seconds.to_string()),
        (
            "webhook-signature",
            signature(&secrets, message.event, seconds, &body),
        ),
    ];
    Ok(OutgoingRequest {
        url: message.endpoint.url.clone(),
        headers,
        body,
    })
}

fn secrets(installation: &Secret, endpoint: &Endpoint, now: i64) -> Vec<Secret> {
    let old = endpoint.old_salt.as_ref().filter(|(_, until)| now < *until);
    let salts = [Some(&endpoint.salt), old.map(|(salt, _)| salt)];
    let salts = salts.into_iter().flatten();
    salts.map(|salt| secret_of(installation, salt)).collect()
}

/// What a county's messages may reach, by its setting of today.
pub(crate) async fn guard_of(app: &App, county: &DivisionCode) -> Result<Guard, AppError> {
    let (county, today) = (county.clone(), app.clock.today(&app.zone));
    let settings = app
        .store
        .read(async move |txn| Ok::<_, AppError>(admin::settings::read(txn, &county, today).await?))
        .await?;
    Ok(Guard::opening(settings.webhook_networks))
}

/// Forgets deliveries that were done long ago. Returns how many.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn forget_old(app: &App) -> Result<u64, AppError> {
    let before = app.clock.now_ms() - KEPT_MS;
    app.store
        .write(async move |txn| Ok::<_, AppError>(webhooks::forget(txn, before).await?))
        .await
}
