//! Tells the county's phones what an import changed, in the transaction that changed it.

use crate::AppError;
use crate::records::publish;
use std::collections::{BTreeMap, BTreeSet};
use tepai_store::divisions::{self, StoredDivision};
use tepai_store::villages::{self, VillageProfile};
use tepai_store::{WriteTxn, techniques};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::position::Position;
use tepai_sync_protocol::records::{TechniqueEntry, VillageEntry};

/// What changed in a county's reference data, which phones hold too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReferenceChanges {
    /// Codes of techniques.
    pub(super) techniques: BTreeSet<String>,
    /// Villages whose name, profile or merger changed.
    pub(super) villages: BTreeSet<DivisionCode>,
}

/// Publishes what changed, as it is stored now.
pub(super) async fn publish(
    txn: &WriteTxn,
    county: &DivisionCode,
    now_ms: i64,
    changes: &ReferenceChanges,
) -> Result<(), AppError> {
    let mut entries = Vec::new();
    if !changes.techniques.is_empty() {
        let stored = techniques::list(txn, county).await?;
        let techniques = stored
            .into_iter()
            .filter(|one| changes.techniques.contains(&one.code));
        entries
            .extend(techniques.map(|one| publish::CatalogueEntry::Technique(technique_entry(one))));
    }
    if !changes.villages.is_empty() {
        let known = divisions::list(txn, county).await?;
        let profiles = villages::list(txn, county).await?;
        let known: BTreeMap<_, _> = known.iter().map(|one| (&one.code, one)).collect();
        let profiles: BTreeMap<_, _> = profiles.iter().map(|one| (&one.village, one)).collect();
        let villages = changes.villages.iter().filter_map(|code| known.get(code));
        entries.extend(villages.map(|village| {
            let township = village
                .code
                .township()
                .and_then(|township| known.get(&township));
            let profile = profiles.get(&village.code).copied();
            publish::CatalogueEntry::Village(village_entry(village, township.copied(), profile))
        }));
    }
    publish::reference(txn, county, now_ms, entries).await?;
    Ok(())
}

fn technique_entry(technique: techniques::Technique) -> TechniqueEntry {
    TechniqueEntry {
        technique_code: Some(technique.code),
        name_zh: Some(technique.name_zh),
        name_en: technique.name_en,
        industry: Some(technique.industry),
        group_name: technique.group,
        is_active: Some(technique.is_active),
    }
}

fn village_entry(
    village: &StoredDivision,
    township: Option<&StoredDivision>,
    profile: Option<&VillageProfile>,
) -> VillageEntry {
    VillageEntry {
        village_code: Some(village.code.clone()),
        name: Some(village.name.clone()),
        township_name: township.map(|township| township.name.clone()),
        households: profile.and_then(|profile| profile.households),
        population: profile.and_then(|profile| profile.population),
        lead_product: profile.and_then(|profile| profile.lead_product.clone()),
        tech_need: profile.and_then(|profile| profile.tech_need.clone()),
        reference_point: profile.and_then(reference_point),
        merged_into: village.merged_into.clone(),
    }
}

/// The reference point as it was declared.
fn reference_point(profile: &VillageProfile) -> Option<Position> {
    let point = profile.reference_point.as_ref()?;
    Some(Position {
        lat: point.declared.lat,
        lon: point.declared.lon,
        datum: point.datum.clone(),
        accuracy_m: None,
        taken_at: None,
        source: None,
        is_mocked: None,
    })
}
