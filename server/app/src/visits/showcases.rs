//! What a county shows techniques with: demo bases, demo households and local experts, and how often each was served.
//!
//! Phone numbers are masked; whoever needs one opens the contact by itself.

use crate::records::list::{self, RecordFilter, StoredRecord};
use crate::summaries::cells;
use crate::visits::list::reach;
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::{Actor, OfficeActor};
use tepai_store::{ReadTxn, divisions, last_seen, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::{Beneficiary, DemoBase, Kind, Record};
use tepai_sync_protocol::summary::facts::CountsAs;
use tepai_sync_protocol::summary::period::Period;
use uuid::Uuid;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Showcase {
    /// 示范基地.
    DemoBases,
    /// 示范户.
    DemoHouseholds,
    /// 乡土科技能人.
    LocalExperts,
}

/// Which of them.
#[derive(Clone, Debug)]
pub struct ShowcaseFilter {
    /// What.
    pub of: Showcase,
    /// Inside this division; everything in reach if absent.
    pub division: Option<DivisionCode>,
    /// The period in which visits are counted.
    pub period: Period,
    /// With this technique; of demo bases alone.
    pub technique: Option<String>,
    /// After this one.
    pub after: Option<RecordId>,
    /// At most so many.
    pub limit: u32,
}

/// One of them.
#[derive(Clone, Debug)]
pub struct ShowcaseEntry {
    /// The record; a phone number is masked.
    pub record: StoredRecord,
    /// Name of its village.
    pub village_name: Option<String>,
    /// Who runs a demo base.
    pub run_by: Option<String>,
    /// Approved visits of the period that served it, or whoever runs it; none if nobody is known to run a base.
    pub visits: Option<u32>,
    /// The first day of the latest of them.
    pub last_visit_on: Option<Date>,
    /// Who set the mark, and when: milliseconds since 1970 UTC.
    pub marked: Option<(PersonId, Option<String>, i64)>,
}

/// A page of them.
#[derive(Clone, Debug, Default)]
pub struct ShowcasePage {
    /// By id.
    pub entries: Vec<ShowcaseEntry>,
    /// Where to go on, if there is more.
    pub next: Option<RecordId>,
}

/// A page within the officer's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: ShowcaseFilter,
) -> Result<ShowcasePage, AppError> {
    let (division, _) = reach(&Actor::Office(actor.clone()), filter.division.as_ref())?;
    let (page, folded) = app
        .store
        .read(async move |txn| page(txn, &division, &filter).await)
        .await?;
    cells::save_folded(app, folded).await?;
    Ok(page)
}

type Folded = Vec<(tepai_store::summary_cells::StoredCell, String)>;

async fn page(
    txn: &ReadTxn,
    division: &DivisionCode,
    filter: &ShowcaseFilter,
) -> Result<(ShowcasePage, Folded), AppError> {
    let (kind, mark) = match filter.of {
        Showcase::DemoBases => (Kind::DemoBase, None),
        Showcase::DemoHouseholds => (Kind::Beneficiary, Some("is_demo_household")),
        Showcase::LocalExperts => (Kind::Beneficiary, Some("is_local_expert")),
    };
    let wanted = RecordFilter {
        kind,
        division: None,
        period: None,
        technique: filter.technique.clone(),
        mark,
        after: filter.after,
        limit: filter.limit,
    };
    let found = list::read_page(txn, division, &wanted).await?;
    let runners = runners(txn, &found.records).await?;
    let wanted: BTreeSet<Uuid> = found.records.iter().filter_map(served).collect();
    let facts = cells::facts(txn, division, filter.period).await?;
    let visits = visits(&facts.read()?, &wanted);
    let county = division.county();
    let names = divisions::list(txn, &county).await?;
    let names: BTreeMap<_, _> = names.into_iter().map(|one| (one.code, one.name)).collect();
    let people = last_seen::list(txn, &county).await?;
    let entry = |mut record: StoredRecord| {
        let of = served(&record);
        let counted = of.map(|id| visits.get(&id).copied().unwrap_or_default());
        let runner = DemoBase::read(&record.state.fields).beneficiary_id;
        let village = record.village.as_ref();
        let marked = mark.map(|mark| {
            let state = &record.state;
            let stamp = state.stamps.get(mark).unwrap_or(&state.created);
            let person = people
                .get(&stamp.person)
                .map(|last_seen| last_seen.name.clone());
            (stamp.person, person, stamp.at)
        });
        let village_name = village.and_then(|code| names.get(code).cloned());
        list::mask(&mut record);
        ShowcaseEntry {
            village_name,
            run_by: runner.and_then(|id| runners.get(&id).cloned()),
            visits: counted.map(|(count, _)| count),
            last_visit_on: counted.and_then(|(_, last)| last),
            marked,
            record,
        }
    };
    let page = ShowcasePage {
        entries: found.records.into_iter().map(entry).collect(),
        next: found.next,
    };
    Ok((page, facts.into_folded()))
}

/// The beneficiary whose visits count for a record: itself, or whoever runs a base.
fn served(record: &StoredRecord) -> Option<Uuid> {
    match record.state.kind {
        Kind::DemoBase => DemoBase::read(&record.state.fields)
            .beneficiary_id
            .map(|id| id.0),
        _ => Some(record.id.0),
    }
}

async fn runners(
    txn: &ReadTxn,
    bases: &[StoredRecord],
) -> Result<BTreeMap<RecordId, String>, AppError> {
    let ids = bases
        .iter()
        .filter(|base| base.state.kind == Kind::DemoBase);
    let ids: Vec<RecordId> = ids.filter_map(served).map(RecordId).collect();
    let found = records::find_many(txn, &ids).await?.into_iter();
    let named = found.filter_map(|record| {
        let name = Beneficiary::read(&record.state.fields).display_name?;
        Some((record.id, name))
    });
    Ok(named.collect())
}

/// How often each of these was served in an approved visit, and the day of the latest.
fn visits(read: &cells::Read<'_>, served: &BTreeSet<Uuid>) -> BTreeMap<Uuid, (u32, Option<Date>)> {
    let mut visits: BTreeMap<Uuid, (u32, Option<Date>)> = BTreeMap::new();
    let facts = read.cells.iter().flat_map(|(_, cell)| &cell.visits);
    for fact in facts.filter(|fact| fact.service.standing == CountsAs::Approved) {
        for id in fact.beneficiaries.iter().filter(|id| served.contains(id)) {
            let (count, last) = visits.entry(id).or_default();
            *count += 1;
            *last = (*last).max(Some(fact.from));
        }
    }
    visits
}
