//! Dead letters: the payloads of refused mutations, with the village that decides which coordinator sees them.

use crate::AppError;
use crate::clock::Clock;
use crate::sync::batch::BatchItem;
use serde_json::Value;
use std::collections::BTreeMap;
use tepai_domain::actor::DeviceActor;
use tepai_store::results::DeadLetter;
use tepai_store::{WriteTxn, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::MutationProblem;

/// The dead letter of an element that is refused or waits in escrow.
pub(super) fn dead_letter_of(
    item: &BatchItem,
    problem: &MutationProblem,
    actor: &DeviceActor,
    clock: &Clock,
) -> DeadLetter {
    let village = item
        .payload
        .pointer("/set/village_code")
        .and_then(Value::as_str);
    DeadLetter {
        id: clock.new_id(),
        mid: item.mid,
        device: actor.device,
        person: actor.person,
        village: village.and_then(|text| text.parse().ok()),
        problem: problem.clone(),
        payload: item.payload.to_string(),
    }
}

/// The records that a mutation is about: its own, and the one that it belongs to.
const ABOUT: [&str; 4] = [
    "/id",
    "/set/visit_id",
    "/set/beneficiary_id",
    "/set/site_id",
];

/// Gives each dead letter the village of the record that it is about, where its payload names none. A patch rarely names one.
pub(super) async fn locate(
    txn: &WriteTxn,
    county: &DivisionCode,
    mut letters: Vec<DeadLetter>,
) -> Result<Vec<DeadLetter>, AppError> {
    let about: Vec<Vec<RecordId>> = letters
        .iter()
        .map(|letter| match letter.village {
            Some(_) => Vec::new(),
            None => records_named(&letter.payload),
        })
        .collect();
    let ids: Vec<RecordId> = about.iter().flatten().copied().collect();
    if ids.is_empty() {
        return Ok(letters);
    }
    let places = records::find_places(txn, &ids).await?;
    let villages: BTreeMap<RecordId, DivisionCode> = places
        .into_iter()
        .filter_map(|place| Some((place.id, place.village?)))
        .filter(|(_, village)| county.contains(village))
        .collect();
    for (letter, about) in letters.iter_mut().zip(about) {
        let known = about.iter().find_map(|id| villages.get(id).cloned());
        letter.village = letter.village.take().or(known);
    }
    Ok(letters)
}

fn records_named(payload: &str) -> Vec<RecordId> {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    let id = |pointer| payload.pointer(pointer)?.as_str()?.parse().ok();
    ABOUT.into_iter().filter_map(id).map(RecordId).collect()
}
