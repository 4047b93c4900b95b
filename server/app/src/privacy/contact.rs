//! The name and number of a beneficiary for whoever needs them, with the purpose written down before they are shown.

use crate::privacy::person_traces;
use crate::records::list::StoredRecord;
use crate::{App, AppError, audit};
use serde_json::json;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::records;
use tepai_sync_protocol::codes;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::records::{Beneficiary, Kind, Record};

/// A contact.
#[derive(Clone, Debug)]
pub struct ShownContact {
    /// The beneficiary's revision.
    pub rev: i64,
    /// Its fields.
    pub beneficiary: Beneficiary,
    /// Who noted the consent, and when: milliseconds since 1970 UTC.
    pub consent_noted: Option<(PersonId, i64)>,
}

/// Shows a contact within the officer's reach; who, whose and why is in the audit trail before it is shown.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn show(
    app: &App,
    actor: &OfficeActor,
    id: RecordId,
    purpose: String,
) -> Result<ShownContact, AppError> {
    if !codes::CONTACT_PURPOSE.has(&purpose) {
        let code = ErrorCode::UnknownCode;
        let errors = vec![FieldProblem {
            pointer: "/purpose".to_owned(),
            code,
            message: code.title().into(),
        }];
        return Err(AppError::with_errors(ErrorCode::InvalidInput, errors));
    }
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let found = records::find(txn, id).await?;
            let is_seen = |record: &StoredRecord| {
                let village = record.village.as_ref();
                record.state.kind == Kind::Beneficiary
                    && !record.state.deleted
                    && village.is_some_and(|village| actor.sees(village))
            };
            let record = found.filter(is_seen).ok_or_else(AppError::not_found)?;
            if person_traces::is_anonymous(&record) {
                return Err(AppError::refused(ErrorCode::Anonymised));
            }
            let by = AuditActor::Person(actor.person);
            let entry = AuditEntry::new(&actor.county, by, Act::ContactShown, id);
            audit::note(txn, now, entry.with(json!({"purpose": purpose}))).await?;
            let state = &record.state;
            let beneficiary = Beneficiary::read(&state.fields);
            let stamp = state.stamps.get("consent_on").unwrap_or(&state.created);
            let noted = beneficiary.consent_on.map(|_| (stamp.person, stamp.at));
            Ok(ShownContact {
                rev: state.rev,
                beneficiary,
                consent_noted: noted,
            })
        })
        .await
}
