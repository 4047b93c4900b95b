//! Bulletins: the office writes them for commissioners of a township, an industry or the county, withdraws them with a reason,
//! and sees who has read them and who has not.
//!
//! They reach the phones as records of the county's reference scope; what a phone reads comes back as receipts.

use crate::clock::local_date;
use crate::records::ledger::Ledger;
use crate::{App, AppError, admin, audit};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_domain::audience::{self, Audience, AudienceMember};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::scope::Grant;
use tepai_store::records::{self, StoredRecord};
use tepai_store::{Txn, WriteTxn, bulletins, commissioners, divisions, feeds};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::{Bulletin, Kind, MOST_REASON, Receipt, Record};
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::validate::{check_value, is_odd};

/// What somebody writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBulletin {
    /// What it is about, by `bulletin_kind`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The text.
    pub text: String,
    /// For the commissioners of this township; of the county if absent.
    pub township: Option<DivisionCode>,
    /// For commissioners of one of these industries; of any if there are none.
    pub industries: Vec<String>,
    /// The first local day on which it is shown; today if absent.
    pub valid_from: Option<Date>,
    /// The last one; until it is withdrawn if absent.
    pub valid_until: Option<Date>,
}

/// How a bulletin stands.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum BulletinState {
    /// Its first day is yet to come.
    Scheduled,
    /// It is shown.
    InForce,
    /// Its last day has passed.
    Over,
    /// The office took it back.
    Withdrawn,
}

/// A bulletin, and who has read it.
#[derive(Clone, Debug, PartialEq)]
pub struct Issued {
    /// Its id.
    pub id: RecordId,
    /// What it says.
    pub bulletin: Bulletin,
    /// How it stands.
    pub state: BulletinState,
    /// The local day for which it was asked who it is for.
    pub asked_on: Date,
    /// Who has read it: person, name, and when; the earliest first.
    pub readers: Vec<(PersonId, String, i64)>,
    /// Who it is for and has not read it, with the earliest last sync of the person's phones.
    pub unread: Vec<(PersonId, String, Option<i64>)>,
}

/// Writes a bulletin. It is on its way to the phones when this returns.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn issue(app: &App, actor: &OfficeActor, new: NewBulletin) -> Result<Issued, AppError> {
    if new.township.is_none() && actor.township.is_some() {
        return Err(AppError::with_detail(
            ErrorCode::NotAllowed,
            "乡镇只能面向本乡镇发布 / a township writes for itself",
        ));
    }
    let place = new.township.as_ref().unwrap_or(&actor.county);
    if !actor.sees(place) {
        return Err(AppError::not_found());
    }
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let (now, id) = (app.clock.now_ms(), RecordId(app.clock.new_id()));
    let today = local_date(now, &zone);
    let written = written(actor, new, now, today);
    check(&written, today)?;
    let (actor, asker) = (actor.clone(), actor);
    app.store
        .write(async move |txn| {
            let mut written = written.clone();
            let place = written.township_code.as_ref().unwrap_or(&actor.county);
            let divisions = divisions::list(txn, &actor.county).await?;
            let named = divisions.into_iter().find(|one| one.code == *place);
            written.issuer_name = Some(named.ok_or_else(AppError::not_found)?.name);
            put(txn, &actor, now, id, &written).await?;
            let Bulletin {
                bulletin_kind,
                township_code,
                industries,
                valid_from,
                valid_until,
                ..
            } = &written;
            let detail = json!({
                "kind": bulletin_kind, "township": township_code, "industries": industries,
                "valid_from": valid_from, "valid_until": valid_until,
            });
            note(txn, &actor, now, Act::BulletinIssued, id, detail).await
        })
        .await?;
    find(app, asker, id).await
}

fn written(actor: &OfficeActor, new: NewBulletin, now: i64, today: Date) -> Bulletin {
    let NewBulletin {
        kind,
        title,
        text,
        township,
        industries,
        valid_from,
        valid_until,
    } = new;
    let industries: BTreeSet<String> = industries.into_iter().collect();
    Bulletin {
        bulletin_kind: Some(kind),
        title: Some(title),
        text: Some(text),
        township_code: township,
        industries: (!industries.is_empty()).then(|| industries.into_iter().collect()),
        valid_from: Some(valid_from.unwrap_or(today)),
        valid_until,
        issued_by: Some(actor.person),
        issued_at: Some(now),
        ..Bulletin::default()
    }
}

/// By the table of fields, as anything that syncs.
fn check(written: &Bulletin, today: Date) -> Result<(), AppError> {
    let fields = written.write();
    let checked = Bulletin::FIELDS.iter().filter_map(|field| {
        // What people write is called `kind` at the office.
        let name = match field.name {
            "bulletin_kind" => "kind",
            name => name,
        };
        check_value(field, fields.get(field.name)?, &format!("/{name}"), today)
    });
    let mut errors: Vec<FieldProblem> = checked.collect();
    let mut wrong = |code: ErrorCode| {
        errors.push(FieldProblem {
            pointer: "/valid_until".to_owned(),
            code,
            message: code.title().into(),
        });
    };
    if let Some((from, until)) = written.valid_from.zip(written.valid_until) {
        if until < from {
            wrong(ErrorCode::EndsBeforeStart);
        } else if until < today {
            wrong(ErrorCode::OutOfRange);
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
    }
}

/// Takes a bulletin back. Phones show it no more, and tell those who have read it why.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn withdraw(
    app: &App,
    actor: &OfficeActor,
    id: RecordId,
    reason: String,
) -> Result<Issued, AppError> {
    check_reason(&reason)?;
    let (actor, asker, now) = (actor.clone(), actor, app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let scope = BTreeSet::from([Scope::Reference(actor.county.clone())]);
            let locked = feeds::lock(txn, &scope).await?;
            let mut ledger = Ledger::new(actor.county.clone(), now);
            ledger.load(txn, &[id]).await?;
            let stored = ledger.get(id).filter(|stored| is_seen(&actor, stored));
            let mut bulletin = read(stored.ok_or_else(AppError::not_found)?);
            if actor.township.is_some() && bulletin.township_code != actor.township {
                return Err(AppError::refused(ErrorCode::NotAllowed));
            }
            if bulletin.withdrawn_at.is_some() {
                return Err(AppError::refused(ErrorCode::IllegalTransition));
            }
            bulletin.withdrawn_at = Some(now);
            bulletin.withdrawn_reason = Some(reason.clone());
            ledger.put_own(Kind::Bulletin, id, None, &bulletin);
            ledger.flush(txn, locked).await?;
            note(txn, &actor, now, Act::BulletinWithdrawn, id, json!({})).await
        })
        .await?;
    find(app, asker, id).await
}

fn check_reason(reason: &str) -> Result<(), AppError> {
    let code = if reason.trim().is_empty() {
        ErrorCode::Required
    } else if reason.chars().count() > MOST_REASON {
        ErrorCode::TooLong
    } else if reason.contains(is_odd) {
        ErrorCode::ControlCharacter
    } else {
        return Ok(());
    };
    let error = FieldProblem {
        pointer: "/reason".to_owned(),
        code,
        message: code.title().into(),
    };
    Err(AppError::with_errors(ErrorCode::InvalidInput, vec![error]))
}

async fn put(
    txn: &WriteTxn,
    actor: &OfficeActor,
    now: i64,
    id: RecordId,
    written: &Bulletin,
) -> Result<(), AppError> {
    let scope = BTreeSet::from([Scope::Reference(actor.county.clone())]);
    let locked = feeds::lock(txn, &scope).await?;
    let mut ledger = Ledger::new(actor.county.clone(), now);
    ledger.put_own(Kind::Bulletin, id, None, written);
    ledger.flush(txn, locked).await
}

async fn note(
    txn: &WriteTxn,
    actor: &OfficeActor,
    now: i64,
    act: Act,
    id: RecordId,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let by = AuditActor::Person(actor.person);
    let entry = AuditEntry::new(&actor.county, by, act, id).with(detail);
    Ok(audit::note(txn, now, entry).await?)
}

/// One bulletin, with who has read it within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn find(app: &App, actor: &OfficeActor, id: RecordId) -> Result<Issued, AppError> {
    let days = Days::of(app, actor).await?;
    let actor = actor.clone();
    app.store
        .read(async move |txn| {
            let stored = records::find(txn, id).await?;
            let stored = stored.filter(|stored| is_seen(&actor, stored));
            let stored = stored.ok_or_else(AppError::not_found)?;
            let mut issued = of_stored(txn, &actor, vec![stored], &days).await?;
            issued.pop().ok_or_else(AppError::not_found)
        })
        .await
}

/// A page of bulletins, the latest first day first.
#[derive(Clone, Debug, PartialEq)]
pub struct BulletinPage {
    /// How many there are on all pages.
    pub total: usize,
    /// The bulletins.
    pub bulletins: Vec<Issued>,
    /// Where to go on, if there is more.
    pub next: Option<(Date, RecordId)>,
}

/// The bulletins that the actor sees: those of the county and, for a coordinator, of the own township alone.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    state: Option<BulletinState>,
    after: Option<(Date, RecordId)>,
    limit: usize,
) -> Result<BulletinPage, AppError> {
    let days = Days::of(app, actor).await?;
    let actor = actor.clone();
    app.store
        .read(async move |txn| {
            let mut found = records::list_of_county(txn, &actor.county, Kind::Bulletin).await?;
            found.retain(|stored| {
                let is_wanted = |state| days.state(&read(stored)) == state;
                is_seen(&actor, stored) && state.is_none_or(is_wanted)
            });
            found.sort_by_key(|stored| std::cmp::Reverse(place(stored)));
            let total = found.len();
            let is_before =
                |stored: &StoredRecord| after.is_some_and(|after| place(stored) >= after);
            let mut rest = found.into_iter().skip_while(is_before);
            let page: Vec<StoredRecord> = rest.by_ref().take(limit).collect();
            let next = rest.next().and(page.last()).map(place);
            let bulletins = of_stored(txn, &actor, page, &days).await?;
            Ok(BulletinPage {
                total,
                bulletins,
                next,
            })
        })
        .await
}

fn place(stored: &StoredRecord) -> (Date, RecordId) {
    (stored.on_date().unwrap_or(Date::MIN), stored.id)
}

fn read(stored: &StoredRecord) -> Bulletin {
    Bulletin::read(&stored.state.fields)
}

fn is_seen(actor: &OfficeActor, stored: &StoredRecord) -> bool {
    let is_one = stored.state.kind == Kind::Bulletin && !stored.state.deleted;
    let township = read(stored).township_code;
    let in_reach = township.is_none_or(|township| actor.sees(&township));
    is_one && stored.county == actor.county && in_reach
}

/// The county's days.
#[derive(Clone)]
struct Days {
    zone: TimeZone,
    today: Date,
}

impl Days {
    async fn of(app: &App, actor: &OfficeActor) -> Result<Self, AppError> {
        let zone = admin::settings::zone_of(app, &actor.county).await?;
        let today = app.clock.today(&zone);
        Ok(Self { zone, today })
    }

    fn state(&self, bulletin: &Bulletin) -> BulletinState {
        let has_begun = bulletin.valid_from.is_none_or(|from| from <= self.today);
        match (bulletin.withdrawn_at, has_begun) {
            (Some(_), _) => BulletinState::Withdrawn,
            (None, false) => BulletinState::Scheduled,
            (None, true) if bulletin.is_in_force(self.today) => BulletinState::InForce,
            (None, true) => BulletinState::Over,
        }
    }

    fn asked_on(&self, bulletin: &Bulletin) -> Date {
        let withdrawn_on = bulletin.withdrawn_at.map(|at| local_date(at, &self.zone));
        audience::day_of(bulletin, withdrawn_on, self.today)
    }
}

async fn of_stored(
    txn: &impl Txn,
    actor: &OfficeActor,
    stored: Vec<StoredRecord>,
    days: &Days,
) -> Result<Vec<Issued>, AppError> {
    let members = members(txn, &actor.county).await?;
    let ids: Vec<RecordId> = stored.iter().map(|one| one.id).collect();
    let mut receipts: BTreeMap<RecordId, BTreeMap<PersonId, i64>> = BTreeMap::new();
    for receipt in records::list_children(txn, Kind::Receipt, &ids).await? {
        let receipt = Receipt::read(&receipt.state.fields);
        if let (Some(bulletin), Some(person), Some(at)) =
            (receipt.bulletin_id, receipt.person_id, receipt.read_at)
        {
            receipts.entry(bulletin).or_default().insert(person, at);
        }
    }
    let issued = stored.into_iter().map(|one| {
        let bulletin = read(&one);
        let asked_on = days.asked_on(&bulletin);
        let own = receipts.remove(&one.id).unwrap_or_default();
        let found = audience::audience(&bulletin, &members, &own, actor.reach(), asked_on);
        let (readers, unread) = named(&members, found);
        Issued {
            id: one.id,
            state: days.state(&bulletin),
            bulletin,
            asked_on,
            readers,
            unread,
        }
    });
    Ok(issued.collect())
}

type Readers = Vec<(PersonId, String, i64)>;
type Unread = Vec<(PersonId, String, Option<i64>)>;

fn named(members: &[AudienceMember], found: Audience) -> (Readers, Unread) {
    let read = found.read.into_iter().filter_map(|(at, read_at)| {
        let member = members.get(at)?;
        Some((member.person, member.name.clone(), read_at))
    });
    let unread = found.unread.into_iter().filter_map(|at| {
        let member = members.get(at)?;
        Some((member.person, member.name.clone(), member.last_sync_at))
    });
    (read.collect(), unread.collect())
}

/// Everybody of the county, with what says whether a bulletin is for them.
async fn members(txn: &impl Txn, county: &DivisionCode) -> Result<Vec<AudienceMember>, AppError> {
    debug_assert_eq!(county.level(), Level::County);
    let mut grants: BTreeMap<PersonId, Vec<Grant>> = BTreeMap::new();
    for one in commissioners::list_assignments_in(txn, county).await? {
        let grant = Grant {
            village: one.village,
            from_on: one.from_on,
            to_on: one.to_on,
        };
        grants.entry(one.person).or_default().push(grant);
    }
    let readers = bulletins::list_readers(txn, county).await?;
    let members = readers.into_iter().map(|reader| AudienceMember {
        grants: grants.remove(&reader.person).unwrap_or_default(),
        person: reader.person,
        name: reader.name,
        is_commissioner: reader.is_commissioner,
        industries: reader.industries.into_iter().collect(),
        last_sync_at: reader.last_sync_at,
    });
    Ok(members.collect())
}
