//! Tickets tell a cloned phone: the server hands out a new one with each push and takes the current one or,
//! because an answer may have been lost, the one before. An older one comes from a copy.

use tepai_sync_protocol::ids::GenerationId;
use tepai_sync_protocol::sync::Replica;

/// What the server last handed to a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handed {
    /// The life of the phone's database that was last seen.
    pub generation: Option<GenerationId>,
    /// The ticket that was last handed out.
    pub ticket: Option<String>,
    /// The one before.
    pub previous_ticket: Option<String>,
    /// The highest `n` that this database has pushed.
    pub last_n: Option<i64>,
}

/// What a replica shows itself to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketState {
    /// A database that the server has not seen: freshly installed, wiped, or a clone that gave itself a new name.
    New,
    /// The one that the server knows.
    Known,
    /// The one that the server knows, or a copy of it: it has not seen the last answer. Whoever lost an answer sends the
    /// same mutations again; a copy sends others under the same numbers.
    Behind,
    /// A copy: it holds a ticket that was given out before the last two, or one of another generation.
    Forked,
}

/// Judges a replica by its generation and ticket.
pub fn judge(handed: &Handed, replica: &Replica) -> TicketState {
    let same = handed.generation == Some(replica.generation);
    match (&replica.ticket, same) {
        (None, false) => TicketState::New,
        // The database came back from a backup and knows no tickets: what the phone holds says nothing.
        (Some(_), true) if handed.ticket.is_none() => TicketState::Known,
        // The answer that carried the first ticket may have been lost.
        (None, true) if handed.previous_ticket.is_none() => TicketState::Behind,
        (Some(ticket), true) if Some(ticket) == handed.ticket.as_ref() => TicketState::Known,
        (Some(ticket), true) if Some(ticket) == handed.previous_ticket.as_ref() => {
            TicketState::Behind
        }
        _ => TicketState::Forked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn handed() -> Handed {
        Handed {
            generation: Some(GenerationId(Uuid::from_u128(1))),
            ticket: Some("t3".to_owned()),
            previous_ticket: Some("t2".to_owned()),
            last_n: None,
        }
    }

    fn replica(generation: u128, ticket: Option<&str>) -> Replica {
        Replica {
            generation: GenerationId(Uuid::from_u128(generation)),
            ticket: ticket.map(str::to_owned),
            app_version: None,
        }
    }

    #[test]
    fn the_current_and_the_previous_ticket_are_known_and_an_older_one_is_a_copy() {
        assert_eq!(
            judge(&handed(), &replica(1, Some("t3"))),
            TicketState::Known
        );
        assert_eq!(
            judge(&handed(), &replica(1, Some("t2"))),
            TicketState::Behind
        );
        assert_eq!(
            judge(&handed(), &replica(1, Some("t1"))),
            TicketState::Forked
        );
        assert_eq!(judge(&handed(), &replica(1, None)), TicketState::Forked);
    }

    #[test]
    fn a_new_generation_comes_without_a_ticket() {
        assert_eq!(judge(&handed(), &replica(2, None)), TicketState::New);
        assert_eq!(
            judge(&handed(), &replica(2, Some("t3"))),
            TicketState::Forked
        );
        assert_eq!(
            judge(&Handed::default(), &replica(2, None)),
            TicketState::New
        );
    }
}
