//! The commissioners of a division as the office looks after them: where they serve, their phones, when these were last seen
//! of, and what still waits on them.

use crate::clock::local_date;
use crate::summaries::county::County;
use crate::summaries::overview::{all_waiting, is_silent};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_store::commissioners::{self, Commissioner};
use tepai_store::last_seen;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::sync::Waiting;

pub use tepai_store::last_seen::Phone;

/// Which people are asked for.
#[derive(Clone, Debug)]
pub struct PeopleFilter {
    /// Who serves, or once served, in this division; the widest that the actor sees if absent.
    pub division: Option<DivisionCode>,
    /// Those alone who serve there today and whose phones are silent.
    pub silent: bool,
}

/// A commissioner as the office looks after one.
#[derive(Clone, Debug)]
pub struct Person {
    /// The account.
    pub id: PersonId,
    /// The name.
    pub name: String,
    /// Whether the account is disabled.
    pub is_disabled: bool,
    /// What the roster says.
    pub commissioner: Option<Commissioner>,
    /// Villages of the division that are the person's today.
    pub villages: BTreeSet<DivisionCode>,
    /// The phones in use, in the order in which they were enrolled.
    pub phones: Vec<Phone>,
    /// The earliest last sync of these phones; absent if one never did.
    pub last_sync_at: Option<i64>,
    /// Whether the person serves there today and a phone has not synchronised for three days, or there is none.
    pub is_silent: bool,
    /// What waited on all phones together when they last synchronised.
    pub waiting: Waiting,
}

/// The commissioners within an actor's reach, by name.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: PeopleFilter,
) -> Result<(Date, Vec<Person>), AppError> {
    let division = filter.division.clone();
    let division = division.unwrap_or_else(|| actor.reach().clone());
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let (now, today) = (app.clock.now_ms(), app.clock.today(&app.zone));
    app.store
        .read(async move |txn| {
            let code = division.county();
            let county = County::read(txn, &code, today).await?;
            if !county.has(&division) {
                return Err(AppError::not_found());
            }
            let on = local_date(now, &county.settings.time_zone);
            let mut phones = last_seen::list_phones(txn, &code).await?;
            let mut roster: BTreeMap<PersonId, Commissioner> =
                commissioners::list_commissioners(txn, &code)
                    .await?
                    .into_iter()
                    .map(|one| (one.commissioner.person, one.commissioner))
                    .collect();
            let mut served = served(&county, &division, on);
            let mut people = Vec::new();
            for (id, last_seen) in &county.people {
                let own = served.remove(id);
                if own.is_none() && division.level() != Level::County {
                    continue;
                }
                let villages = own.unwrap_or_default();
                let phones = phones.remove(id).unwrap_or_default();
                let is_silent = !villages.is_empty() && is_silent(last_seen, now);
                if filter.silent && !is_silent {
                    continue;
                }
                people.push(Person {
                    id: *id,
                    name: last_seen.name.clone(),
                    is_disabled: last_seen.is_disabled,
                    commissioner: roster.remove(id),
                    waiting: all_waiting(&phones),
                    last_sync_at: last_seen.last_sync_at,
                    villages,
                    phones,
                    is_silent,
                });
            }
            people.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
            Ok((on, people))
        })
        .await
}

/// Everybody who ever served in a division, with the villages of today.
fn served(
    county: &County,
    division: &DivisionCode,
    on: Date,
) -> BTreeMap<PersonId, BTreeSet<DivisionCode>> {
    let mut served: BTreeMap<PersonId, BTreeSet<DivisionCode>> = BTreeMap::new();
    for (person, one) in &county.assignments {
        let village = county.register.successor(&one.village, on);
        if !division.contains(village) {
            continue;
        }
        let own = served.entry(*person).or_default();
        if one.from <= on && one.to.is_none_or(|to| on <= to) {
            own.insert(village.clone());
        }
    }
    served
}
