//! A session with the server: enrol, say hello, and sync in rounds until nothing is left to say. All judgement is in
//! [`Phone`]; this only repeats.

use crate::phone::{OtherPerson, Phone, SyncReport};
use crate::storage::{Keep, KeepNothing, StorageError};
use crate::transport::{Reaction, Token, Transport, TransportError};
use tepai_sync_protocol::sync::{EnrolRequest, HelloResponse};

/// No session has more rounds; a server that always has more is broken.
const MAX_ROUNDS: usize = 2_000;
/// Failures in a row that may be mended on the spot: enough to halve the largest batch down to one, and a few more.
const MAX_MENDED: usize = 16;

/// Why a session ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SyncProblem {
    /// There is no token yet.
    #[error("the phone is not enrolled")]
    NotEnrolled,
    /// The code enrols another person.
    #[error(transparent)]
    OtherPerson(#[from] OtherPerson),
    /// A request failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The phone could not be kept. What is in memory goes beyond what is kept: resume from the storage.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// What ended one round.
enum RoundProblem {
    Transport(TransportError),
    Storage(StorageError),
}

/// A session that ended early, and what it did until then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SyncFailed {
    /// What was done before; it stays done.
    pub report: Box<SyncReport>,
    /// Why it ended.
    pub problem: SyncProblem,
    /// What to do next.
    pub reaction: Reaction,
}

impl Phone {
    /// Turns a one-time code into a token.
    pub async fn enrol<T: Transport>(
        &mut self,
        transport: &T,
        code: &str,
        device_name: Option<&str>,
    ) -> Result<(), SyncProblem> {
        let request = EnrolRequest {
            code: code.to_owned(),
            device_name: device_name.map(str::to_owned),
        };
        let response = transport.enrol(&request).await?;
        Ok(self.apply_enrolment(&response)?)
    }

    /// Asks for versions, limits and scopes.
    pub async fn hello<T: Transport>(
        &mut self,
        transport: &T,
    ) -> Result<HelloResponse, SyncProblem> {
        let token = self.token().cloned().ok_or(SyncProblem::NotEnrolled)?;
        let hello = transport.hello(&token).await?;
        self.apply_hello(&hello);
        Ok(hello)
    }

    /// Pushes and pulls until the outbox holds nothing that can be sent now and the replica is complete. Waits for
    /// nothing: after a failure the caller pauses, as [`SyncFailed::reaction`] says, and calls again.
    pub async fn sync_until_done<T: Transport>(
        &mut self,
        transport: &T,
    ) -> Result<SyncReport, SyncFailed> {
        self.sync_and_keep(transport, &mut KeepNothing).await
    }

    /// As [`Self::sync_until_done`], and keeps the phone before each request and after each response, so that it can be
    /// killed at any moment.
    pub async fn sync_and_keep<T: Transport>(
        &mut self,
        transport: &T,
        keeper: &mut impl Keep,
    ) -> Result<SyncReport, SyncFailed> {
        let mut report = SyncReport::default();
        let mut mended = 0;
        let Some(token) = self.token().cloned() else {
            return Err(failed(report, SyncProblem::NotEnrolled, Reaction::Stop));
        };
        loop {
            match self.round(transport, &token, keeper).await {
                Ok(round) => {
                    // What is asked for again and again is for the next session.
                    let moved = round.pushed > round.retry;
                    let goes_on = round.more || (moved && self.outbox().has_sendable());
                    report.absorb(round);
                    mended = 0;
                    if !goes_on || report.rounds >= MAX_ROUNDS {
                        return Ok(report);
                    }
                }
                Err(RoundProblem::Transport(error)) => {
                    let reaction = self.react(&error);
                    if let Err(error) = keeper.keep(self) {
                        return Err(failed(report, error.into(), Reaction::Stop));
                    }
                    mended += 1;
                    if reaction != Reaction::Again {
                        return Err(failed(report, error.into(), reaction));
                    }
                    if mended > MAX_MENDED {
                        let later = Reaction::Later {
                            retry_after_s: None,
                        };
                        return Err(failed(report, error.into(), later));
                    }
                }
                Err(RoundProblem::Storage(error)) => {
                    return Err(failed(report, error.into(), Reaction::Stop));
                }
            }
        }
    }

    async fn round<T: Transport>(
        &mut self,
        transport: &T,
        token: &Token,
        keeper: &mut impl Keep,
    ) -> Result<SyncReport, RoundProblem> {
        let request = self.prepare_sync();
        keeper.keep(self).map_err(RoundProblem::Storage)?;
        let response = transport
            .sync(token, &request)
            .await
            .map_err(RoundProblem::Transport)?;
        let report = self.apply_sync(&response);
        keeper.keep(self).map_err(RoundProblem::Storage)?;
        Ok(report)
    }
}

fn failed(report: SyncReport, problem: SyncProblem, reaction: Reaction) -> SyncFailed {
    SyncFailed {
        report: Box::new(report),
        problem,
        reaction,
    }
}
