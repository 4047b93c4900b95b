//! What webhooks tell that no single write says: villages that were not visited for too long, once a day and once a crossing; and
//! figures of closed periods that are others now.

use crate::clock::local_date;
use crate::records::events::RESTATED;
use crate::reports::closing;
use crate::{App, AppError, admin, summaries};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::webhook::{EventType, NewEvent};
use tepai_store::closings;
use tepai_store::webhooks::{self, Endpoint, WebhookMark};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::summary::period::Period;

/// The subject that says for which day a county's villages were looked at.
const LOOKED_AT: &str = "overdue";
/// How the subjects of villages begin.
const OVERDUE: &str = "overdue/";

/// Looks at every county that is told anything.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn watch(app: &App) -> Result<(), AppError> {
    let counties = app
        .store
        .read(async move |txn| Ok::<_, AppError>(webhooks::list_counties(txn).await?))
        .await?;
    for county in counties {
        tell_restated(app, &county).await?;
        tell_overdue(app, &county).await?;
    }
    Ok(())
}

/// A village that crossed its interval.
#[derive(Clone)]
struct Crossing {
    village: DivisionCode,
    /// The first day on which it was overdue.
    on: Date,
    last_visit_on: Date,
    event: NewEvent,
}

/// Tells, once a local day, of the villages that are overdue since their last visit and were not told of. A village that was
/// never visited crosses nothing.
async fn tell_overdue(app: &App, county: &DivisionCode) -> Result<(), AppError> {
    let zone = admin::settings::zone_of(app, county).await?;
    let now = app.clock.now_ms();
    let today = local_date(now, &zone);
    let (asked, marks) = (county.clone(), LOOKED_AT);
    let marks: Vec<WebhookMark> = app
        .store
        .read(async move |txn| Ok::<_, AppError>(webhooks::list_marks(txn, &asked, marks).await?))
        .await?;
    let marks: BTreeMap<String, String> = marks
        .into_iter()
        .map(|mark| (mark.subject, mark.told))
        .collect();
    if marks.get(LOOKED_AT) == Some(&today.to_string()) {
        return Ok(());
    }
    let mut crossings = crossings(app, county, today).await?;
    crossings.retain(|crossing| {
        let told = marks.get(&format!("{OVERDUE}{}", crossing.village));
        told != Some(&crossing.last_visit_on.to_string())
    });
    let county = county.clone();
    app.store
        .write(async move |txn| {
            let endpoints = webhooks::list(txn, &county).await?;
            for crossing in &crossings {
                let listening = listening(&endpoints, crossing.on, &zone);
                let event = std::slice::from_ref(&crossing.event);
                webhooks::add_events(txn, &county, &listening, event, now).await?;
                let subject = format!("{OVERDUE}{}", crossing.village);
                let told = crossing.last_visit_on.to_string();
                webhooks::save_mark(txn, &county, (&subject, &told), 0).await?;
            }
            // Settings, assignments and imports change figures too: closed periods are looked at once a day, whatever moved.
            let closed = closings::list(txn, &county).await?;
            let closed: BTreeSet<String> = closed
                .into_iter()
                .map(|closing| format!("{RESTATED}{}", closing.period))
                .collect();
            let closed: Vec<String> = closed.into_iter().collect();
            webhooks::note_happening(txn, &county, &closed).await?;
            let told = today.to_string();
            Ok(webhooks::save_mark(txn, &county, (LOOKED_AT, &told), 0).await?)
        })
        .await
}

/// The endpoints that were there on a day: what had happened before is not told to those that came later.
fn listening(endpoints: &[Endpoint], on: Date, zone: &TimeZone) -> Vec<Endpoint> {
    let there = |endpoint: &&Endpoint| local_date(endpoint.created_at, zone) <= on;
    endpoints.iter().filter(there).cloned().collect()
}

async fn crossings(
    app: &App,
    county: &DivisionCode,
    today: Date,
) -> Result<Vec<Crossing>, AppError> {
    let day = Period::new(today, today).map_err(|error| AppError::Internal(error.into()))?;
    let answer = summaries::summary::cover_any(app, county.clone(), day).await?;
    let overdue = answer.villages.into_iter().filter(|one| one.is_overdue);
    let crossing = |one: summaries::summary::VillageState| {
        let last_visit_on = one.last_visit_on?;
        let days = one.interval_days.checked_add(1)?;
        let data = json!({
            "county_code": county, "village_code": one.code, "last_visit_on": last_visit_on, "on": today,
            "days_since": one.days_since, "interval_days": one.interval_days,
        });
        let what = format!("{}|{last_visit_on}", one.code);
        Some(Crossing {
            on: last_visit_on.checked_add(days.days()).ok()?,
            event: NewEvent::of(EventType::VillageOverdue, &what, data),
            village: one.code,
            last_visit_on,
        })
    };
    Ok(overdue.filter_map(crossing).collect())
}

/// Tells of closed periods in which something moved and figures are others than were told last.
async fn tell_restated(app: &App, county: &DivisionCode) -> Result<(), AppError> {
    let asked = county.clone();
    let marks = app
        .store
        .read(async move |txn| {
            Ok::<_, AppError>(webhooks::list_marks(txn, &asked, RESTATED).await?)
        })
        .await?;
    for mark in marks.into_iter().filter(|mark| mark.version > mark.seen) {
        tell_period(app, county, mark).await?;
    }
    Ok(())
}

async fn tell_period(app: &App, county: &DivisionCode, mark: WebhookMark) -> Result<(), AppError> {
    let Some(period) = mark.subject.strip_prefix(RESTATED).and_then(period) else {
        return Ok(());
    };
    let compared = closing::compare(app, county.clone(), period, None).await?;
    let mut divisions = BTreeSet::new();
    let mut hash = Sha256::new();
    for one in &compared.restated {
        divisions.insert(one.division.clone());
        hash.update(format!(
            "{}|{}|{}\n",
            one.division,
            one.measure,
            one.after.print()
        ));
    }
    // Nothing is restated: as if nothing had ever been.
    let told = if divisions.is_empty() {
        String::new()
    } else {
        hex(&hash.finalize())
    };
    let data = json!({
        "county_code": county, "period": period.to_string(), "closed_at": compared.closing.closed_at,
        "figures": compared.restated.len(), "divisions": divisions,
    });
    let what = format!(
        "{county}|{period}|{}|{}",
        compared.closing.closed_at, mark.version
    );
    let event = NewEvent::of(EventType::SummaryRestated, &what, data);
    let (county, now) = (county.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            if told != mark.told {
                let endpoints = webhooks::list(txn, &county).await?;
                let event = std::slice::from_ref(&event);
                webhooks::add_events(txn, &county, &endpoints, event, now).await?;
            }
            let told = (mark.subject.as_str(), told.as_str());
            Ok(webhooks::save_mark(txn, &county, told, mark.version).await?)
        })
        .await
}

fn period(text: &str) -> Option<Period> {
    text.parse().ok()
}
