//! Reads live records of one kind within the office's reach, page by page; phone numbers are masked.

use crate::{App, AppError};
use serde_json::Value;
use tepai_domain::actor::OfficeActor;
use tepai_domain::personal;
use tepai_store::{ReadTxn, records};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::summary::period::Period;

pub use tepai_store::records::StoredRecord;

/// Rows that one request reads at the most; a page may come back shorter, with a cursor to go on.
const MOST_READ: usize = 5000;
const CHUNK: u32 = 500;

/// Which records are asked for.
#[derive(Clone, Debug)]
pub struct RecordFilter {
    /// Their kind.
    pub kind: Kind,
    /// Inside this division; the widest that the actor sees if absent.
    pub division: Option<DivisionCode>,
    /// Dated in this period.
    pub period: Option<Period>,
    /// With this technique.
    pub technique: Option<String>,
    /// With this mark: a field that is true or false.
    pub mark: Option<&'static str>,
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
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    filter: RecordFilter,
) -> Result<RecordPage, AppError> {
    let asked = filter.division.clone();
    let division = asked.unwrap_or_else(|| actor.reach().clone());
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let mut page = app
        .store
        .read(async move |txn| read_page(txn, &division, &filter).await)
        .await?;
    page.records.iter_mut().for_each(mask);
    Ok(page)
}

/// A page of a division, with phone numbers as they are.
pub(crate) async fn read_page(
    txn: &ReadTxn,
    division: &DivisionCode,
    filter: &RecordFilter,
) -> Result<RecordPage, AppError> {
    let wanted = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut page = RecordPage::default();
    let mut after = filter.after;
    let mut read = 0;
    loop {
        let chunk =
            records::page_by_id(txn, division, filter.kind, filter.period, after, CHUNK).await?;
        let last = chunk.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        for record in chunk {
            read += 1;
            if filter.takes(&record) {
                if page.records.len() == wanted {
                    page.next = after;
                    return Ok(page);
                }
                page.records.push(record.clone());
            }
            after = Some(record.id);
        }
        if last {
            return Ok(page);
        }
        if read >= MOST_READ {
            page.next = after;
            return Ok(page);
        }
    }
}

impl RecordFilter {
    /// Whether a record of a kind that names techniques names the one that is asked for.
    fn takes(&self, record: &StoredRecord) -> bool {
        let fields = &record.state.fields;
        let is_marked = |mark| fields.get(mark) == Some(&Value::Bool(true));
        if !self.mark.is_none_or(is_marked) {
            return false;
        }
        let Some(wanted) = &self.technique else {
            return true;
        };
        let one = fields.get("technique_code");
        let several = fields.get("technique_codes").and_then(Value::as_array);
        one.into_iter()
            .chain(several.into_iter().flatten())
            .any(|code| code.as_str() == Some(wanted))
    }
}

/// Masks the phone number of a record.
pub(crate) fn mask(record: &mut StoredRecord) {
    if let Some(phone) = record.state.fields.get_mut("phone") {
        personal::mask(phone);
    }
}
