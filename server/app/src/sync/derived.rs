//! Fields that the server derives when a record is written: village, hold, adoption, lateness, distance.

use crate::clock::local_date;
use crate::photos;
use crate::records::ledger::Ledger;
use crate::sync::batch::Batch;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;
use tepai_domain::geo::{self, Point};
use tepai_store::photo_files::PhotoFile;
use tepai_store::records::StoredRecord;
use tepai_sync_protocol::adoption::adoption_of;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::merge::State;
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::records::{AdoptionReport, Kind, Record, Visit};
use tepai_sync_protocol::validate;

/// What is known beside the ledger when fields are derived.
pub(super) struct Known<'a> {
    pub(super) batch: &'a Batch,
    /// Reference points of villages.
    pub(super) points: &'a BTreeMap<DivisionCode, Point>,
    /// Files of photos, by SHA-256.
    pub(super) files: &'a BTreeMap<String, PhotoFile>,
}

/// The record with what follows from its new state: parent, village, hold, adoption, lateness.
pub(super) fn derive_fields(
    known: &Known<'_>,
    ledger: &Ledger,
    mutation: &Mutation,
    current: Option<StoredRecord>,
    mut state: State,
) -> StoredRecord {
    let kind = state.kind;
    let parent = kind
        .parent()
        .and_then(|(field, _)| state.text(field)?.parse().ok());
    let parent_place = parent.and_then(|id| ledger.place(id));
    let wanted = kind.parent().map(|(_, kind)| kind);
    let parent_here = parent_place.filter(|place| Some(place.kind) == wanted);
    let held = (parent.is_some() && parent_here.is_none()).then(|| "awaiting_parent".to_owned());
    if let Some(village) = parent_here.and_then(|place| place.village) {
        state
            .fields
            .insert("village_code".to_owned(), Value::from(village.as_str()));
    }
    let village: Option<DivisionCode> = state
        .text("village_code")
        .and_then(|text| text.parse().ok());
    if kind == Kind::Visit && current.is_none() {
        note_lateness(
            &mut state,
            local_date(known.batch.received_at, &known.batch.zone),
        );
    }
    if kind == Kind::Visit && state.fields.contains_key("check_in") {
        let point = village
            .as_ref()
            .and_then(|village| known.points.get(village).copied());
        note_distance(&mut state, point);
    }
    let file = state
        .text("sha256")
        .and_then(|sha256| known.files.get(sha256));
    if let Some(file) = file.filter(|_| kind == Kind::Photo && current.is_none()) {
        photos::status::note_state(&mut state.fields, file);
    }
    let adoption = (kind == Kind::AdoptionReport)
        .then(|| adoption_of(&AdoptionReport::read(&state.fields)))
        .flatten();
    StoredRecord {
        id: mutation.id,
        county: known.batch.actor.county.clone(),
        village,
        held,
        parent,
        adoption,
        state,
        received_at: current.map_or(known.batch.received_at, |record| record.received_at),
        updated_at: known.batch.received_at,
    }
}

/// Children that waited for this record are released, and all of them follow it to its village.
pub(super) fn move_children(ledger: &mut Ledger, received_at: i64, parent: RecordId) {
    let Some(place) = ledger.place(parent) else {
        return;
    };
    for id in ledger.children(parent) {
        let Some(mut child) = ledger.get(id).cloned() else {
            continue;
        };
        let belongs = child
            .state
            .kind
            .parent()
            .is_some_and(|(_, kind)| kind == place.kind);
        if !belongs || (child.held.is_none() && child.village == place.village) {
            continue;
        }
        child.held = None;
        child.village.clone_from(&place.village);
        if let Some(village) = &place.village {
            child
                .state
                .fields
                .insert("village_code".to_owned(), Value::from(village.as_str()));
        }
        child.state.rev += 1;
        child.updated_at = received_at;
        ledger.put(child);
    }
}

/// Metres between the check-in and the village's reference point, where both are known: evidence, never a gate.
fn note_distance(state: &mut State, village: Option<Point>) {
    let position = Visit::read(&state.fields).check_in;
    let here = position.as_ref().and_then(geo::wgs84_of);
    if let Some((here, village)) = here.zip(village) {
        let metres = geo::whole_metres(here, village);
        state
            .fields
            .insert("distance_to_village_m".to_owned(), Value::from(metres));
    }
}

/// Days between the last service day and the arrival, if there are any.
fn note_lateness(state: &mut State, arrived: Date) {
    let date = |name| state.text(name).and_then(|text| text.parse::<Date>().ok());
    let Some(last) = date("service_to").or_else(|| date("service_from")) else {
        return;
    };
    let days = validate::days_between(last, arrived);
    if days > 0 {
        state
            .fields
            .insert("late_days".to_owned(), Value::from(days));
    }
}
