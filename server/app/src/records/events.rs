//! What webhooks tell of records: read off the unit of work that changes them, and written into the outbox in its transaction.

use crate::AppError;
use crate::records::ledger::{STANDING, month_of};
use serde_json::json;
use std::collections::BTreeSet;
use tepai_domain::webhook::{EventType, NewEvent};
use tepai_store::records::StoredRecord;
use tepai_store::summary_cells::CellKey;
use tepai_store::{WriteTxn, closings, webhooks};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::summary::period::Period;

/// How the subjects of closed periods begin.
pub(crate) const RESTATED: &str = "restated/";

/// Tells what became of records, and notes the closed periods in which something moved: `cells` are the cells that are stale now.
/// Where nobody listens, nothing is written.
pub(crate) async fn tell(
    txn: &WriteTxn,
    county: &DivisionCode,
    now: i64,
    events: &[NewEvent],
    cells: &BTreeSet<CellKey>,
) -> Result<(), AppError> {
    if events.is_empty() && cells.is_empty() {
        return Ok(());
    }
    let mut endpoints = webhooks::list(txn, county).await?;
    endpoints.retain(|endpoint| endpoint.off_because.is_none());
    if endpoints.is_empty() {
        return Ok(());
    }
    webhooks::add_events(txn, county, &endpoints, events, now).await?;
    let subjects: Vec<String> = closed(txn, county, cells)
        .await?
        .into_iter()
        .map(|period| format!("{RESTATED}{period}"))
        .collect();
    Ok(webhooks::note_happening(txn, county, &subjects).await?)
}

/// The closed periods to which these cells belong. What stands in a village whatever the month belongs to all of them.
async fn closed(
    txn: &WriteTxn,
    county: &DivisionCode,
    cells: &BTreeSet<CellKey>,
) -> Result<BTreeSet<String>, AppError> {
    let months: BTreeSet<i32> = cells.iter().map(|(_, month)| *month).collect();
    if months.is_empty() {
        return Ok(BTreeSet::new());
    }
    let is_touched = |text: &str| {
        let period: Option<Period> = text.parse().ok();
        period.is_some_and(|period| {
            let range = month_of(period.from())..=month_of(period.to());
            months.contains(&STANDING) || months.iter().any(|month| range.contains(month))
        })
    };
    let all = closings::list(txn, county).await?;
    let periods = all.into_iter().map(|closing| closing.period);
    Ok(periods.filter(|period| is_touched(period)).collect())
}

/// What a visit that changed has come to, if that is told.
pub(crate) fn of_visit(before: Option<&StoredRecord>, now: &StoredRecord) -> Option<NewEvent> {
    if now.state.kind != Kind::Visit || !now.is_live() {
        return None;
    }
    let was = before.filter(|before| before.is_live()).map(state);
    let is = state(now);
    if was == Some(is) {
        return None;
    }
    let kind = match is {
        "submitted" => EventType::VisitSubmitted,
        "approved" => EventType::VisitApproved,
        "returned" => EventType::VisitReturned,
        _ => return None,
    };
    let data = json!({
        "county_code": now.county, "visit_id": now.id, "rev": now.state.rev, "village_code": now.village,
        "service_from": now.on_date(), "commissioner_id": now.author(),
    });
    let what = format!("{}|{}", now.id, now.state.rev);
    Some(NewEvent::of(kind, &what, data))
}

fn state(visit: &StoredRecord) -> &str {
    visit.state.text("review_state").unwrap_or("submitted")
}
