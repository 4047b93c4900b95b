//! Publishes the county's reference data to its phones: techniques and villages become records of `ref:<county>`.

use crate::AppError;
use crate::records::ledger::Ledger;
use std::collections::{BTreeMap, BTreeSet};
use tepai_store::{WriteTxn, feeds};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{NATURAL_KEY_NAMESPACE, RecordId};
use tepai_sync_protocol::records::{Kind, TechniqueEntry, VillageEntry};
use tepai_sync_protocol::scope::Scope;
use uuid::Uuid;

/// What phones are to know of one thing.
#[derive(Clone, Debug, PartialEq)]
pub enum CatalogueEntry {
    /// A technique.
    Technique(TechniqueEntry),
    /// A village.
    Village(VillageEntry),
}

impl CatalogueEntry {
    fn kind(&self) -> Kind {
        match self {
            Self::Technique(_) => Kind::Technique,
            Self::Village(_) => Kind::Village,
        }
    }

    /// The id of its record: a `UUIDv5` of county, kind and code. `None` without a code.
    fn id(&self, county: &DivisionCode) -> Option<RecordId> {
        let code = match self {
            Self::Technique(entry) => entry.technique_code.clone()?,
            Self::Village(entry) => entry.village_code.as_ref()?.to_string(),
        };
        let name = format!("{}|{county}|{code}", self.kind().as_str());
        Some(RecordId(Uuid::new_v5(
            &NATURAL_KEY_NAMESPACE,
            name.as_bytes(),
        )))
    }
}

/// Publishes `entries` in the transaction that changed them. What phones know already moves nothing.
/// Returns how many changed.
pub async fn reference(
    txn: &WriteTxn,
    county: &DivisionCode,
    now_ms: i64,
    entries: Vec<CatalogueEntry>,
) -> Result<usize, AppError> {
    let entries: BTreeMap<RecordId, CatalogueEntry> = entries
        .into_iter()
        .filter_map(|entry| Some((entry.id(county)?, entry)))
        .collect();
    if entries.is_empty() {
        return Ok(0);
    }
    let locked = feeds::lock(txn, &BTreeSet::from([Scope::Reference(county.clone())])).await?;
    let mut ledger = Ledger::new(county.clone(), now_ms);
    ledger
        .load(txn, &entries.keys().copied().collect::<Vec<_>>())
        .await?;
    let mut changed = 0;
    for (id, entry) in entries {
        let moved = match &entry {
            CatalogueEntry::Technique(technique) => {
                ledger.put_own(Kind::Technique, id, None, technique)
            }
            CatalogueEntry::Village(village) => ledger.put_own(Kind::Village, id, None, village),
        };
        changed += usize::from(moved);
    }
    ledger.flush(txn, locked).await?;
    Ok(changed)
}
