//! What the server remembers of a device after a request: its ticket, clock, version and what still waits on it.

use crate::AppError;
use crate::sync::batch::Batch;
use tepai_domain::ticket::{self, Handed};
use tepai_store::contacts;
use tepai_sync_protocol::problem::ErrorCode;
use uuid::Uuid;

/// The contact after this request. A push rolls the ticket, with `fresh` as the new one.
pub(super) fn contact_after(
    contact: &contacts::DeviceContact,
    batch: &Batch,
    fresh: Option<Uuid>,
) -> Result<contacts::DeviceContact, AppError> {
    let mut handed = contact.handed.clone();
    match ticket::judge(&handed, &batch.replica) {
        ticket::TicketState::Forked => return Err(AppError::refused(ErrorCode::DeviceForked)),
        ticket::TicketState::New => {
            handed = Handed {
                generation: Some(batch.replica.generation),
                ..Handed::default()
            };
        }
        ticket::TicketState::Known | ticket::TicketState::Behind => {}
    }
    if let Some(fresh) = fresh {
        // What the phone showed is the ticket that it has; what was handed out since may have been lost. A phone
        // that has none yet may lose one answer after the other and still is who it is.
        handed.previous_ticket.clone_from(&batch.replica.ticket);
        handed.ticket = Some(fresh.simple().to_string());
    }
    handed.last_n = handed.last_n.max(batch.last_n());
    let now = batch.received_at;
    Ok(contacts::DeviceContact {
        handed,
        clock_offset_ms: now.checked_sub(batch.clock.wall),
        last_sync_at: Some(now),
        last_push_at: if batch.items.is_empty() {
            contact.last_push_at
        } else {
            Some(now)
        },
        app_version: batch
            .replica
            .app_version
            .clone()
            .or_else(|| contact.app_version.clone()),
        waiting: batch.waiting.or(contact.waiting),
    })
}
