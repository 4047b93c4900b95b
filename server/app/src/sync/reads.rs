//! What a batch needs to know from the database, and which scopes it locks for that.

use crate::AppError;
use crate::records::ledger::{Ledger, SERVER};
use crate::sync::batch::{Batch, parent_of, village_set};
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::geo::Point;
use tepai_domain::scope::Grant;
use tepai_store::photo_files::{self, PhotoFile};
use tepai_store::records::RecordPlace;
use tepai_store::{WriteTxn, grants, records};
use tepai_sync_protocol::adoption::adoption_of;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::mutation::Operation;
use tepai_sync_protocol::records::{AdoptionReport, ConflictNote, Kind, Record, receipt_id};
use tepai_sync_protocol::scope::Scope;

/// Where the records of the batch, their parents, their children and their adoptions stand.
pub(super) async fn read_places(
    txn: &WriteTxn,
    batch: &Batch,
) -> Result<Vec<RecordPlace>, AppError> {
    let mut ids = BTreeSet::new();
    let mut parents = BTreeSet::new();
    for (kind, mutation) in batch.valid() {
        ids.insert(mutation.id);
        ids.extend(parent_of(*kind, mutation));
        if *kind == Kind::AdoptionReport {
            ids.extend(adoption_of(&AdoptionReport::read(&mutation.set)));
        }
        if matches!(kind, Kind::Visit | Kind::Beneficiary) {
            parents.insert(mutation.id);
        }
        if *kind == Kind::Bulletin {
            ids.insert(receipt_id(mutation.id, batch.actor.person));
        }
    }
    let ids: Vec<_> = ids.into_iter().collect();
    let parents: Vec<_> = parents.into_iter().collect();
    let mut places = records::find_places(txn, &ids).await?;
    let known: BTreeSet<RecordId> = places.iter().map(|place| place.id).collect();
    let stored_parents = places
        .iter()
        .filter_map(|place| place.parent)
        .filter(|id| !known.contains(id));
    let stored_parents: Vec<_> = stored_parents
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    places.extend(records::find_places(txn, &stored_parents).await?);
    places.extend(records::find_places_of_children(txn, &parents).await?);
    Ok(places)
}

/// The scopes that the batch will write into, as far as can be told before it is applied.
pub(super) fn expected_scopes(batch: &Batch, places: &[RecordPlace]) -> BTreeSet<Scope> {
    let mut scopes = BTreeSet::from([Scope::Person(batch.actor.person)]);
    for place in places {
        scopes.extend(place.village.clone().map(Scope::Village));
        // Nobody synchronises as the server, which derives adoptions and takes feedback by links.
        let is_own =
            matches!(place.kind, Kind::Adoption | Kind::Bulletin) || place.author == SERVER.0;
        scopes.extend((!is_own).then_some(Scope::Person(place.author)));
    }
    scopes.extend(
        batch
            .valid()
            .filter_map(|(_, mutation)| village_set(mutation))
            .map(Scope::Village),
    );
    scopes
}

/// The records that the batch may change: its own, and the children that follow or wait for their parent.
pub(super) fn ids_to_load(batch: &Batch, places: &[RecordPlace]) -> Vec<RecordId> {
    let own: BTreeSet<_> = batch.valid().map(|(_, mutation)| mutation.id).collect();
    let read = batch
        .valid()
        .filter(|(kind, _)| *kind == Kind::Bulletin)
        .map(|(_, mutation)| receipt_id(mutation.id, batch.actor.person));
    let own: BTreeSet<_> = own.into_iter().chain(read).collect();
    let moved: BTreeSet<_> = batch
        .valid()
        .filter(|(_, mutation)| {
            mutation.op == Operation::Create || mutation.set.contains_key("village_code")
        })
        .map(|(_, mutation)| mutation.id)
        .collect();
    let children = places
        .iter()
        .filter(|place| place.parent.is_some_and(|parent| moved.contains(&parent)));
    let existing = places.iter().filter(|place| own.contains(&place.id));
    existing
        .chain(children)
        .map(|place| place.id)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

/// The records that the conflict notes of the batch are about.
pub(super) async fn load_disputed(
    txn: &WriteTxn,
    ledger: &mut Ledger,
    batch: &Batch,
) -> Result<(), AppError> {
    let notes = batch.valid().filter(|(kind, _)| *kind == Kind::Conflict);
    let disputed: Vec<RecordId> = notes
        .filter_map(|(_, mutation)| ledger.get(mutation.id))
        .filter_map(|note| ConflictNote::read(&note.state.fields).record_id)
        .filter(|id| ledger.get(*id).is_none())
        .collect();
    if !disputed.is_empty() {
        ledger.load(txn, &disputed).await?;
    }
    Ok(())
}

/// Which of the villages that the batch names exist in the county.
pub(super) async fn known_villages(
    txn: &WriteTxn,
    batch: &Batch,
    grants: &[Grant],
) -> Result<BTreeSet<DivisionCode>, AppError> {
    let mut known: BTreeSet<_> = grants.iter().map(|grant| grant.village.clone()).collect();
    let named = batch
        .valid()
        .filter_map(|(_, mutation)| village_set(mutation));
    let unknown: Vec<_> = named
        .filter(|village| !known.contains(village))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if !unknown.is_empty() {
        known.extend(grants::find_villages(txn, &batch.actor.county, &unknown).await?);
    }
    Ok(known)
}

/// The reference points of the villages in which the batch checks in.
pub(super) async fn points_of(
    txn: &WriteTxn,
    batch: &Batch,
) -> Result<BTreeMap<DivisionCode, Point>, AppError> {
    let checked_in = batch
        .valid()
        .filter(|(kind, mutation)| *kind == Kind::Visit && mutation.set.contains_key("check_in"));
    let villages: BTreeSet<_> = checked_in
        .filter_map(|(_, mutation)| village_set(mutation))
        .collect();
    let villages: Vec<_> = villages.into_iter().collect();
    Ok(grants::find_reference_points(txn, &villages).await?)
}

/// What is known of the bytes of the photos that the batch announces.
pub(super) async fn announce_files(
    txn: &WriteTxn,
    batch: &Batch,
) -> Result<BTreeMap<String, PhotoFile>, AppError> {
    let photos = batch.valid().filter(|(kind, _)| *kind == Kind::Photo);
    let contents = photos.filter_map(|(_, mutation)| mutation.set.get("sha256")?.as_str());
    let contents: BTreeSet<String> = contents.map(str::to_owned).collect();
    if contents.is_empty() {
        return Ok(BTreeMap::new());
    }
    let contents: Vec<String> = contents.into_iter().collect();
    Ok(photo_files::announce(txn, &batch.actor.county, &contents).await?)
}
