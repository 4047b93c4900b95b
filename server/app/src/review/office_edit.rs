//! Edits of the office: they pass the same checks and the same merge as edits of a phone.

use crate::sync::batch::{self, BaseEpoch, Batch, OfficeDecision, Released};
use crate::{App, AppError, admin, sync};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tepai_domain::actor::{DeviceActor, OfficeActor};
use tepai_domain::audit::Act;
use tepai_store::{Txn, last_seen};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::sync::MutationResult;
use uuid::Uuid;

/// Names of the commissioners of a county.
pub(super) async fn names(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<BTreeMap<PersonId, String>, AppError> {
    let people = last_seen::list(txn, county).await?.into_iter();
    Ok(people.map(|(id, last_seen)| (id, last_seen.name)).collect())
}

/// A refused mutation that is judged anew, as its device's own.
pub(super) struct RetriedLetter {
    pub(super) id: Uuid,
    pub(super) device: DeviceActor,
    /// As it was sent, if the office has changed it.
    pub(super) sent: Option<Value>,
}

/// Has mutations judged with the authority of somebody at the office.
pub(super) async fn judge(
    app: &App,
    actor: &OfficeActor,
    letter: Option<RetriedLetter>,
    mutations: Vec<Value>,
    act: Act,
    object: Uuid,
) -> Result<Vec<MutationResult>, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let texts: Vec<String> = mutations.iter().map(Value::to_string).collect();
    let request = batch::request_of(None, texts.iter().map(String::as_str));
    let own = DeviceActor {
        device: DeviceId(actor.person.0),
        person: actor.person,
        role: actor.role,
        county: actor.county.clone(),
    };
    let decision = OfficeDecision {
        person: actor.person,
        role: actor.role,
        reach: actor.reach().clone(),
        act,
        object,
    };
    let now = app.clock.now_ms();
    let (letters, device, sent) = match letter {
        Some(letter) => (vec![letter.id], letter.device, letter.sent),
        None => (Vec::new(), own, None),
    };
    let batch = Batch::new(device, request, BaseEpoch::Current, now, zone);
    let released = Released {
        letters,
        decision: Some(decision),
        sent,
    };
    let pushed = sync::push::push(app, Arc::new(batch.released(released))).await?;
    Ok(pushed.results)
}
