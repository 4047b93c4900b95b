//! Reads live records of one kind within the office's reach, page by page; phone numbers are masked.

use super::{App, AppError};
use crate::domain::actor::OfficeActor;
use crate::domain::period::Period;
use crate::store::records;
use serde_json::Value;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::records::Kind;

pub use crate::store::records::StoredRecord;

/// Which records are asked for.
#[derive(Clone, Debug)]
pub struct RecordFilter {
    /// Their kind.
    pub kind: Kind,
    /// Inside this division; the widest that the actor sees if absent.
    pub division: Option<DivisionCode>,
    /// Dated in this period.
    pub period: Option<Period>,
    /// After this one.
    pub after: Option<RecordId>,
    /// At most so many.
    pub limit: u32,
}

/// A page of records.
#[derive(Clone, Debug, Default)]
pub struct RecordPage {
    /// The records, by id.
    pub records: Vec<StoredRecord>,
    /// Where to go on, if there is more.
    pub next: Option<RecordId>,
}

/// A page of live records.
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: RecordFilter,
) -> Result<RecordPage, AppError> {
    let division = filter.division.unwrap_or_else(|| actor.reach().clone());
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let (kind, period, after, limit) = (filter.kind, filter.period, filter.after, filter.limit);
    let mut found = app
        .store
        .read(async move |txn| {
            Ok::<_, AppError>(
                records::page_by_id(txn, &division, kind, period, after, limit + 1).await?,
            )
        })
        .await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > wanted;
    found.truncate(wanted);
    let next = found.last().map(|record| record.id).filter(|_| more);
    found.iter_mut().for_each(mask);
    Ok(RecordPage {
        records: found,
        next,
    })
}

/// Keeps the last four digits of a phone number: enough to tell two apart, not enough to call.
fn mask(record: &mut StoredRecord) {
    let Some(Value::String(phone)) = record.state.fields.get_mut("phone") else {
        return;
    };
    let keep = phone.chars().count().saturating_sub(4);
    *phone = phone
        .chars()
        .enumerate()
        .map(|(at, digit)| if at < keep { '*' } else { digit })
        .collect();
}
