//! Who serves which village, from when to when: read as a matrix, made and ended one by one.
//!
//! The matrix tells what nobody serves and who serves nothing. Nothing is ever taken away: an assignment that is over keeps its days, and phones follow with their next sync.

use crate::clock::local_date;
use crate::summaries::county::County;
use crate::summaries::summary::Names;
use crate::territory::hand_over::{refused, wrong};
use crate::{App, AppError, admin, audit};
use jiff::civil::Date;
use serde_json::json;
use std::collections::BTreeSet;
use tepai_domain::actor::{OfficeActor, Role};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::commissioners::{self, Assignment};
use tepai_store::{Txn, WriteTxn, accounts, divisions, feeds};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::scope::Scope;
use tepai_sync_protocol::summary::period::LATEST_DAY;
use uuid::Uuid;

pub use tepai_store::commissioners::Assignment as StoredAssignment;

/// Which assignments are asked for.
#[derive(Clone, Debug)]
pub struct AssignmentFilter {
    /// Of villages in this division; the widest that the actor sees if absent.
    pub division: Option<DivisionCode>,
    /// Of this person.
    pub person: Option<PersonId>,
    /// The day on which they are in force; today if absent.
    pub on: Option<Date>,
    /// Also those that are over or have not begun on that day.
    pub all: bool,
}

/// Who serves which village.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// Names of divisions and people.
    pub names: Names,
    /// The day as of which it holds.
    pub on: Date,
    /// The assignments, by village and first day.
    pub assignments: Vec<Assignment>,
    /// Counted villages of the division that nobody serves on the day.
    pub unassigned_villages: Vec<DivisionCode>,
    /// People who serve no village of the county on the day, though their account is in use; of a township those alone who
    /// once served there.
    pub unassigned_people: Vec<PersonId>,
}

/// Who serves which village within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: AssignmentFilter,
) -> Result<Matrix, AppError> {
    let division = filter.division.clone();
    let division = division.unwrap_or_else(|| actor.reach().clone());
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let (now, today) = (app.clock.now_ms(), app.clock.today(&app.zone));
    app.store
        .read(async move |txn| {
            let day = filter.on.unwrap_or(today);
            let county = County::read(txn, &division.county(), day).await?;
            if !county.has(&division) {
                return Err(AppError::not_found());
            }
            let today = local_date(now, &county.settings.time_zone);
            let on = filter.on.unwrap_or(today);
            let stored = commissioners::list_assignments_in(txn, &division.county()).await?;
            Ok(matrix(&county, stored, &division, &filter, on))
        })
        .await
}

fn is_in_force(one: &Assignment, on: Date) -> bool {
    one.from_on <= on && one.to_on.is_none_or(|to| on <= to)
}

fn matrix(
    county: &County,
    stored: Vec<Assignment>,
    division: &DivisionCode,
    filter: &AssignmentFilter,
    on: Date,
) -> Matrix {
    let village_of = |one: &Assignment| county.register.successor(&one.village, on).clone();
    let in_force = || stored.iter().filter(|one| is_in_force(one, on));
    let served: BTreeSet<DivisionCode> = in_force().map(village_of).collect();
    let serving: BTreeSet<PersonId> = in_force().map(|one| one.person).collect();
    let kinds = &county.settings.coverage_kinds;
    let counted = county.register.counted(Level::Village, division, kinds, on);
    let once_there: BTreeSet<PersonId> = stored
        .iter()
        .filter(|one| division.contains(&one.village))
        .map(|one| one.person)
        .collect();
    let is_seen =
        |person: &PersonId| division.level() == Level::County || once_there.contains(person);
    let idle = county
        .people
        .iter()
        .filter(|(person, last_seen)| !last_seen.is_disabled && !serving.contains(person));
    let unassigned_people = idle.map(|(person, _)| *person).filter(is_seen).collect();
    let unassigned_villages = counted.into_iter().filter(|code| !served.contains(code));
    Matrix {
        names: county.names(),
        on,
        unassigned_villages: unassigned_villages.cloned().collect(),
        unassigned_people,
        assignments: stored
            .into_iter()
            .filter(|one| division.contains(&one.village))
            .filter(|one| filter.person.is_none_or(|person| one.person == person))
            .filter(|one| filter.all || is_in_force(one, on))
            .collect(),
    }
}

/// An assignment to be made.
#[derive(Clone, Debug)]
pub struct NewAssignment {
    /// The village.
    pub village: DivisionCode,
    /// The commissioner.
    pub person: PersonId,
    /// First local day; today if absent.
    pub from: Option<Date>,
    /// Last local day; open if absent.
    pub to: Option<Date>,
}

/// Assigns a village to a commissioner.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn make(
    app: &App,
    actor: &OfficeActor,
    new: NewAssignment,
) -> Result<Assignment, AppError> {
    let zone = admin::settings::zone_of(app, &actor.county).await?;
    let made = Assignment {
        id: app.clock.new_id(),
        county: actor.county.clone(),
        village: new.village,
        person: new.person,
        from_on: new.from.unwrap_or_else(|| app.clock.today(&zone)),
        to_on: new.to,
    };
    check_days(&made)?;
    let (actor, now, saved) = (actor.clone(), app.clock.now_ms(), made.clone());
    app.store
        .write(async move |txn| {
            lock(txn, &saved.village).await?;
            check_village(txn, &saved).await?;
            check_person(txn, &saved).await?;
            check_others(txn, &saved).await?;
            commissioners::upsert_assignment(txn, &saved).await?;
            note(txn, (&actor, now), Act::AssignmentMade, &saved, None).await
        })
        .await?;
    tracing::info!(village = %made.village, person = %made.person, "a village was assigned");
    Ok(made)
}

/// Sets the last day of an assignment, or takes it away. The first day stays: what was done under it stays right.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set_last_day(
    app: &App,
    actor: &OfficeActor,
    id: Uuid,
    last_day: Option<Date>,
) -> Result<Assignment, AppError> {
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let find = async || commissioners::find_assignment(txn, &actor.county, id).await;
            let found = find().await?.ok_or_else(AppError::not_found)?;
            lock(txn, &found.village).await?;
            let before = find().await?.ok_or_else(AppError::not_found)?;
            let after = Assignment {
                to_on: last_day,
                ..before.clone()
            };
            check_days(&after)?;
            check_others(txn, &after).await?;
            if commissioners::end_assignment(txn, &actor.county, id, last_day).await? {
                let act = Act::AssignmentChanged;
                note(txn, (&actor, now), act, &after, Some(&before)).await?;
            }
            Ok(after)
        })
        .await
}

/// Two changes of who serves a village come one after the other.
async fn lock(txn: &WriteTxn, village: &DivisionCode) -> Result<(), AppError> {
    let scope = Scope::Village(village.clone());
    feeds::lock(txn, &BTreeSet::from([scope])).await?;
    Ok(())
}

fn check_days(one: &Assignment) -> Result<(), AppError> {
    let days = EARLIEST_SERVICE_DATE..=LATEST_DAY;
    if !days.contains(&one.from_on) {
        return Err(wrong("/from", ErrorCode::OutOfRange));
    }
    match one.to_on {
        Some(to) if to < one.from_on => Err(wrong("/to", ErrorCode::EndsBeforeStart)),
        Some(to) if !days.contains(&to) => Err(wrong("/to", ErrorCode::OutOfRange)),
        _ => Ok(()),
    }
}

async fn check_village(txn: &impl Txn, one: &Assignment) -> Result<(), AppError> {
    let is_village = one.village.level() == Level::Village && one.county.contains(&one.village);
    let found = divisions::find(txn, &one.village).await?;
    let stands = found.is_some_and(|village| village.for_coverage().is_valid_on(one.from_on));
    if is_village && stands {
        Ok(())
    } else {
        Err(wrong("/village_code", ErrorCode::UnknownVillage))
    }
}

async fn check_person(txn: &impl Txn, one: &Assignment) -> Result<(), AppError> {
    let account = accounts::find(txn, one.person).await?;
    let is_commissioner = account.is_some_and(|account| {
        let is_of_county = account.county == one.county;
        is_of_county && account.role == Role::Commissioner && account.disabled_at.is_none()
    });
    if is_commissioner {
        return Ok(());
    }
    Err(refused(
        "/person_id",
        "没有这位特派员，或账号已停用",
        "there is no such commissioner, or the account is disabled",
    ))
}

/// Nobody has a village twice on one day.
async fn check_others(txn: &impl Txn, one: &Assignment) -> Result<(), AppError> {
    let own = commissioners::list_assignments_of(txn, one.person).await?;
    let overlaps = |other: &Assignment| {
        other.id != one.id
            && other.village == one.village
            && other.to_on.is_none_or(|to| one.from_on <= to)
            && one.to_on.is_none_or(|to| other.from_on <= to)
    };
    match own.iter().find(|other| overlaps(other)) {
        None => Ok(()),
        Some(other) => {
            let since = other.from_on;
            Err(refused(
                "/from",
                &format!("该村自 {since} 起的派驻与此重叠"),
                &format!("an assignment of this village since {since} overlaps with this one"),
            ))
        }
    }
}

async fn note(
    txn: &WriteTxn,
    (actor, now): (&OfficeActor, i64),
    act: Act,
    one: &Assignment,
    before: Option<&Assignment>,
) -> Result<(), AppError> {
    let detail = match before {
        None => json!({"person": one.person, "from": one.from_on, "to": one.to_on}),
        Some(before) => json!({
            "person": one.person, "from": one.from_on, "to": one.to_on, "before": before.to_on,
        }),
    };
    let entry = AuditEntry::new(
        &actor.county,
        AuditActor::Person(actor.person),
        act,
        &one.village,
    );
    Ok(audit::note(txn, now, entry.with(detail)).await?)
}
