//! The visits that wait for a reviewer, the oldest first, each with everything that a decision needs: so that a page of the
//! queue is one request.

use crate::photos;
use crate::photos::serve::PhotoStanding;
use crate::summaries::overview::WAITING_STATES;
use crate::summaries::summary::Names;
use crate::visits::flags::{gather, photos_of};
use crate::visits::list::StoredRecord;
use crate::{App, AppError, admin};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::evidence::Flag;
use tepai_domain::review::{Decision, ReviewSteps, decide};
use tepai_store::records::{self, PageFilter};
use tepai_store::{ReadTxn, StoreError, divisions, last_seen, techniques};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::records::{Kind, Record, Visit};
use tepai_sync_protocol::summary::period::{LATEST_DAY, Period};

/// Which part of the queue is asked for.
#[derive(Clone, Debug)]
pub struct QueueFilter {
    /// Inside this division; the widest that the actor sees if absent.
    pub division: Option<DivisionCode>,
    /// In this period, by service date; whatever the date if absent.
    pub period: Option<Period>,
    /// Made by this commissioner.
    pub commissioner: Option<PersonId>,
    /// In one of these states; in any in which a visit waits if there are none.
    pub states: Vec<String>,
    /// After this one.
    pub after: Option<(Date, RecordId)>,
    /// At most so many.
    pub limit: u32,
}

/// A visit that waits.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The visit.
    pub visit: StoredRecord,
    /// What is worth a second look.
    pub flags: Vec<Flag>,
    /// How far its photos have come.
    pub photos: Vec<PhotoStanding>,
    /// The visit of this village that came before it, by service date, whatever its state.
    pub previous: Option<StoredRecord>,
    /// Whether the asker may judge it as it stands.
    pub may_decide: bool,
}

/// A page of the queue.
#[derive(Clone, Debug, Default)]
pub struct QueuePage {
    /// Visits that wait within the division, on all pages and whoever made them.
    pub waiting: i64,
    /// The visits of this page, the oldest service date first.
    pub visits: Vec<Queued>,
    /// Names of what these visits speak of.
    pub names: Names,
    /// Names of the beneficiaries that these visits speak of.
    pub beneficiaries: BTreeMap<RecordId, String>,
    /// Where to go on, if there is more.
    pub next: Option<(Date, RecordId)>,
}

/// A page of the queue within an actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: QueueFilter,
) -> Result<QueuePage, AppError> {
    let division = filter.division.clone();
    let division = division.unwrap_or_else(|| actor.reach().clone());
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let (actor, today) = (actor.clone(), app.clock.today(&app.zone));
    let (mut page, photos) = app
        .store
        .read(async move |txn| {
            let steps = admin::settings::read(txn, &actor.county, today)
                .await?
                .review_steps;
            read_page(txn, &actor, steps, division, &filter).await
        })
        .await?;
    let ids = photos.keys().copied().collect();
    let mut of_visit: BTreeMap<RecordId, Vec<PhotoStanding>> = BTreeMap::new();
    for standing in photos::serve::standings(app, ids).await? {
        if let Some(visit) = photos.get(&standing.id) {
            of_visit.entry(*visit).or_default().push(standing);
        }
    }
    for queued in &mut page.visits {
        queued.photos = of_visit.remove(&queued.visit.id).unwrap_or_default();
    }
    Ok(page)
}

/// The visit of each photo.
type Photos = BTreeMap<RecordId, RecordId>;

async fn read_page(
    txn: &ReadTxn,
    actor: &OfficeActor,
    steps: ReviewSteps,
    division: DivisionCode,
    filter: &QueueFilter,
) -> Result<(QueuePage, Photos), AppError> {
    let waiting = records::count_visits_in(txn, &division, &WAITING_STATES).await?;
    let mut visits = records::page(txn, &rows(division, filter), filter.limit + 1).await?;
    let wanted = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let has_more = visits.len() > wanted;
    visits.truncate(wanted);
    let last = visits.last().filter(|_| has_more);
    let next = last.and_then(|visit| Some((visit.on_date()?, visit.id)));
    let flags = gather(txn, &visits).await?;
    let photos = photos_of(txn, &visits).await?;
    let photos = photos
        .into_iter()
        .filter_map(|photo| Some((photo.id, photo.parent?)));
    let photos: Photos = photos.collect();
    let mut queued = Vec::with_capacity(visits.len());
    for (visit, flags) in visits.into_iter().zip(flags) {
        queued.push(Queued {
            previous: find_previous(txn, &visit).await?,
            may_decide: may_decide(actor, steps, &visit),
            flags,
            photos: Vec::new(),
            visit,
        });
    }
    let spoken = Spoken::of(&queued);
    let page = QueuePage {
        waiting,
        names: spoken.names(txn, &actor.county).await?,
        beneficiaries: spoken.beneficiaries(txn, actor).await?,
        visits: queued,
        next,
    };
    Ok((page, photos))
}

fn rows(division: DivisionCode, filter: &QueueFilter) -> PageFilter {
    let period = filter.period;
    let waiting = || WAITING_STATES.map(str::to_owned).to_vec();
    PageFilter {
        kind: Kind::Visit,
        division,
        from: period.map_or(EARLIEST_SERVICE_DATE, Period::from),
        to: period.map_or(LATEST_DAY, Period::to),
        author: filter.commissioner,
        states: if filter.states.is_empty() {
            waiting()
        } else {
            filter.states.clone()
        },
        after: filter.after,
        oldest_first: true,
    }
}

async fn find_previous(
    txn: &ReadTxn,
    visit: &StoredRecord,
) -> Result<Option<StoredRecord>, StoreError> {
    let (Some(village), Some(on)) = (visit.village.clone(), visit.on_date()) else {
        return Ok(None);
    };
    let before = PageFilter {
        kind: Kind::Visit,
        division: village,
        from: EARLIEST_SERVICE_DATE,
        to: on,
        author: None,
        states: Vec::new(),
        after: Some((on, visit.id)),
        oldest_first: false,
    };
    Ok(records::page(txn, &before, 1).await?.pop())
}

/// Whether the asker may approve or return a visit as it stands: by role and step, and never the own.
fn may_decide(actor: &OfficeActor, steps: ReviewSteps, visit: &StoredRecord) -> bool {
    let now = visit.state.text("review_state").unwrap_or("submitted");
    visit.author() != actor.person && decide(steps, actor.role, now, Decision::Return).is_ok()
}

/// What the visits of a page speak of by id or code.
#[derive(Default)]
struct Spoken {
    divisions: BTreeSet<DivisionCode>,
    people: BTreeSet<PersonId>,
    techniques: BTreeSet<String>,
    beneficiaries: BTreeSet<RecordId>,
}

impl Spoken {
    fn of(queued: &[Queued]) -> Self {
        let mut spoken = Self::default();
        let shown = queued
            .iter()
            .flat_map(|one| std::iter::once(&one.visit).chain(&one.previous));
        for record in shown {
            spoken.add(record);
        }
        spoken
    }

    fn add(&mut self, record: &StoredRecord) {
        let visit = Visit::read(&record.state.fields);
        self.people.insert(record.author());
        self.people.extend(visit.commissioner_id);
        self.people
            .extend(visit.participant_ids.into_iter().flatten());
        self.techniques
            .extend(visit.technique_codes.into_iter().flatten());
        self.beneficiaries
            .extend(visit.beneficiary_ids.into_iter().flatten());
        if let Some(village) = &record.village {
            self.divisions.extend(village.township());
            self.divisions.insert(village.clone());
        }
    }

    async fn names(&self, txn: &ReadTxn, county: &DivisionCode) -> Result<Names, StoreError> {
        let codes: Vec<DivisionCode> = self.divisions.iter().cloned().collect();
        let divisions = divisions::find_many(txn, &codes).await?;
        let mut people = last_seen::list(txn, county).await?;
        people.retain(|person, _| self.people.contains(person));
        let mut techniques = techniques::list(txn, county).await?;
        techniques.retain(|technique| self.techniques.contains(&technique.code));
        Ok(Names {
            divisions: divisions
                .into_iter()
                .map(|one| (one.code, one.name))
                .collect(),
            techniques: techniques
                .into_iter()
                .map(|one| (one.code, one.name_zh))
                .collect(),
            people: people.into_iter().map(|(id, one)| (id, one.name)).collect(),
        })
    }

    /// The names of beneficiaries within the actor's reach.
    async fn beneficiaries(
        &self,
        txn: &ReadTxn,
        actor: &OfficeActor,
    ) -> Result<BTreeMap<RecordId, String>, StoreError> {
        let ids: Vec<RecordId> = self.beneficiaries.iter().copied().collect();
        let found = records::find_many(txn, &ids).await?;
        let seen = found.into_iter().filter(|record| {
            let in_reach = record.village.as_ref().is_some_and(|at| actor.sees(at));
            in_reach && record.state.kind == Kind::Beneficiary && !record.state.deleted
        });
        let named = seen.filter_map(|record| {
            let name = record.state.text("display_name")?.to_owned();
            Some((record.id, name))
        });
        Ok(named.collect())
    }
}
