//! What judging a mutation came to.

use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::sync::{MutationResult, Outcome};

/// What a push answers.
#[derive(Debug)]
pub struct Pushed {
    /// One result for each mutation, in the order in which they were sent.
    pub results: Vec<MutationResult>,
    /// The next ticket.
    pub ticket: String,
}

/// A mutation that was judged against the database.
pub(super) struct Judged {
    pub(super) result: MutationResult,
    /// Whether the payload becomes a dead letter.
    pub(super) is_dead_letter: bool,
}

impl Judged {
    /// Refused for good. The payload becomes a dead letter.
    pub(super) fn refused(mutation: &Mutation, code: ErrorCode) -> Self {
        Self::dead(MutationResult::refused(
            Some(mutation.mid),
            Outcome::Rejected,
            MutationProblem::of(code),
        ))
    }

    /// A result whose payload becomes a dead letter.
    pub(super) fn dead(result: MutationResult) -> Self {
        Self {
            result,
            is_dead_letter: true,
        }
    }

    /// A result that leaves no dead letter.
    pub(super) fn settled(result: MutationResult) -> Self {
        Self {
            result,
            is_dead_letter: false,
        }
    }
}
