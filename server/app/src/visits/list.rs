//! Reads visits: pages of them, and one with its reviews and what belongs to it.

use crate::{App, AppError};
use tepai_domain::actor::Actor;
use tepai_store::ReadTxn;
use tepai_store::records::RecordPlace;
use tepai_store::records::{self, PageFilter};
use tepai_store::reviews;
use tepai_sync_protocol::summary::period::Period;

use jiff::civil::Date;
pub use tepai_store::records::StoredRecord;
pub use tepai_store::reviews::StoredReview;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{Kind, Record, Visit};

/// Rows that one request reads at the most; a page may come back shorter, with a cursor to go on.
const MOST_READ: usize = 5000;
const CHUNK: u32 = 500;

/// Which visits are asked for.
#[derive(Clone, Debug)]
pub struct VisitFilter {
    /// Inside this division; the widest that the actor sees if absent.
    pub division: Option<DivisionCode>,
    /// In this period, by service date.
    pub period: Period,
    /// By this commissioner, alone or with others.
    pub commissioner: Option<PersonId>,
    /// Of this industry.
    pub industry: Option<String>,
    /// With this technique.
    pub technique: Option<String>,
    /// For this beneficiary.
    pub beneficiary: Option<RecordId>,
    /// In this form.
    pub mode: Option<String>,
    /// Of this chain stage.
    pub chain_stage: Option<String>,
    /// Free or paid.
    pub service_mode: Option<String>,
    /// In one of these review states; in any if there are none.
    pub states: Vec<String>,
    /// After this one.
    pub after: Option<(Date, RecordId)>,
    /// At most so many.
    pub limit: u32,
}

/// A page of visits.
#[derive(Clone, Debug, Default)]
pub struct VisitPage {
    /// The visits, newest service date first.
    pub visits: Vec<StoredRecord>,
    /// Where to go on, if there is more.
    pub next: Option<(Date, RecordId)>,
}

/// A page of visits within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, actor: &Actor, filter: VisitFilter) -> Result<VisitPage, AppError> {
    let (division, author) = reach(actor, filter.division.as_ref())?;
    app.store
        .read(async move |txn| read_page(txn, division, author, &filter).await)
        .await
}

/// What the actor may read of what was asked for: a division, and for a phone its own person's records.
pub(crate) fn reach(
    actor: &Actor,
    asked: Option<&DivisionCode>,
) -> Result<(DivisionCode, Option<PersonId>), AppError> {
    match actor {
        Actor::Device(device) => {
            let division = asked.unwrap_or(&device.county);
            let inside = device.county.contains(division);
            if inside {
                Ok((division.clone(), Some(device.person)))
            } else {
                Err(AppError::not_found())
            }
        }
        Actor::Office(office) => {
            let division = asked.unwrap_or_else(|| office.reach());
            if office.sees(division) {
                Ok((division.clone(), None))
            } else {
                Err(AppError::not_found())
            }
        }
    }
}

async fn read_page(
    txn: &ReadTxn,
    division: DivisionCode,
    author: Option<PersonId>,
    filter: &VisitFilter,
) -> Result<VisitPage, AppError> {
    let mut rows = PageFilter {
        kind: Kind::Visit,
        division,
        from: filter.period.from(),
        to: filter.period.to(),
        author,
        states: filter.states.clone(),
        after: filter.after,
        oldest_first: false,
    };
    let wanted = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut page = VisitPage::default();
    let mut read = 0;
    loop {
        let chunk = records::page(txn, &rows, CHUNK).await?;
        let last = chunk.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        for record in chunk {
            read += 1;
            rows.after = record.on_date().map(|on| (on, record.id));
            if filter.takes(&record) {
                if page.visits.len() == wanted {
                    page.next = page
                        .visits
                        .last()
                        .and_then(|last| last.on_date().map(|on| (on, last.id)));
                    return Ok(page);
                }
                page.visits.push(record);
            }
        }
        if last {
            return Ok(page);
        }
        if read >= MOST_READ {
            page.next = rows.after;
            return Ok(page);
        }
    }
}

impl VisitFilter {
    fn takes(&self, record: &StoredRecord) -> bool {
        let visit = Visit::read(&record.state.fields);
        let by = |person: PersonId| {
            visit.commissioner_id == Some(person)
                || visit
                    .participant_ids
                    .iter()
                    .flatten()
                    .any(|id| *id == person)
        };
        let technique = |code: &String| {
            visit
                .technique_codes
                .iter()
                .flatten()
                .any(|own| own == code)
        };
        let beneficiary =
            |id: &RecordId| visit.beneficiary_ids.iter().flatten().any(|own| own == id);
        let words = [
            (&self.industry, &visit.industry),
            (&self.mode, &visit.mode),
            (&self.chain_stage, &visit.chain_stage),
            (&self.service_mode, &visit.service_mode),
        ];
        self.commissioner.is_none_or(by)
            && words
                .iter()
                .all(|(asked, own)| asked.is_none() || asked == own)
            && self.technique.as_ref().is_none_or(technique)
            && self.beneficiary.as_ref().is_none_or(beneficiary)
    }
}

/// One visit with its reviews and what belongs to it.
#[derive(Clone, Debug)]
pub struct VisitWithParts {
    /// The visit.
    pub visit: StoredRecord,
    /// Its reviews, oldest first.
    pub reviews: Vec<StoredReview>,
    /// Its photos and feedback.
    pub parts: Vec<RecordPlace>,
}

/// One visit within the actor's reach; what is outside does not exist for the actor.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn find(app: &App, actor: &Actor, id: RecordId) -> Result<VisitWithParts, AppError> {
    let actor = actor.clone();
    app.store
        .read(async move |txn| {
            let visit = records::find(txn, id).await?;
            let visit =
                visit.filter(|record| record.state.kind == Kind::Visit && may_read(&actor, record));
            let visit = visit.ok_or_else(AppError::not_found)?;
            if visit.state.deleted {
                return Err(AppError::refused(ErrorCode::NotFound));
            }
            let reviews = reviews::list(txn, id).await?;
            let parts = records::find_places_of_children(txn, &[id]).await?;
            Ok(VisitWithParts {
                visit,
                reviews,
                parts,
            })
        })
        .await
}

fn may_read(actor: &Actor, record: &StoredRecord) -> bool {
    match actor {
        Actor::Device(device) => record.author() == device.person,
        Actor::Office(office) => record
            .village
            .as_ref()
            .is_some_and(|village| office.sees(village)),
    }
}
