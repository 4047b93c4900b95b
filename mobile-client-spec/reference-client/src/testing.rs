//! What the tests share: a phone with a clock and ids of their own, a transport that says what it is told to say,
//! and short words for what a server answers.

use crate::environment::{PhoneClock, SeededIds};
use crate::phone::Phone;
use crate::transport::{Token, Transport, TransportError};
use serde_json::Value;
use serde_json::value::to_raw_value;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use tepai_sync_protocol::edit_time::ClockReading;
use tepai_sync_protocol::ids::{DeviceId, MutationId, PersonId, RecordId};
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::records::{Kind, Visit};
use tepai_sync_protocol::sync::{
    Change, ChangeKind, EnrolRequest, EnrolResponse, HelloResponse, MutationResult, Outcome,
    PullResponse, SyncRequest, SyncResponse,
};
use uuid::Uuid;

/// Two villages.
pub(crate) const MEI: &str = "v:421083100201";
pub(crate) const XIN: &str = "v:421083100202";
/// The server's clock.
pub(crate) const NOW: i64 = 1_780_000_000_000;

/// A clock that moves when it is told, and may be wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct ManualClock(pub(crate) Arc<AtomicI64>);

impl PhoneClock for ManualClock {
    fn now(&self) -> ClockReading {
        let wall = self.0.load(Ordering::SeqCst);
        ClockReading {
            wall,
            boot: Some("b1".to_owned()),
            mono_ms: Some(wall),
        }
    }
}

/// An enrolled phone.
pub(crate) fn phone() -> Phone {
    let mut phone = Phone::new("test 1", ManualClock::default(), SeededIds::new(1));
    phone.apply_enrolment(&enrolment(1)).unwrap();
    phone
}

pub(crate) fn enrolment(person: u128) -> EnrolResponse {
    EnrolResponse {
        device_id: DeviceId(Uuid::from_u128(1)),
        person_id: PersonId(Uuid::from_u128(person)),
        token: "secret".to_owned(),
    }
}

pub(crate) fn record_id(id: u128) -> RecordId {
    RecordId(Uuid::from_u128(id))
}

pub(crate) fn visit(content: &str) -> Visit {
    Visit {
        village_code: "421083100201".parse().ok(),
        content: Some(content.to_owned()),
        ..Visit::default()
    }
}

fn change(scope: &str, op: ChangeKind, id: RecordId, rev: i64, data: Option<&Value>) -> Change {
    Change {
        scope: scope.parse().unwrap(),
        seq: rev.to_string(),
        op,
        kind: Kind::Visit.as_str().to_owned(),
        id,
        rev,
        data: data.map(|data| to_raw_value(data).unwrap()),
        ext: None,
        held: None,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better with json!")]
pub(crate) fn put(scope: &str, id: RecordId, rev: i64, data: Value) -> Change {
    change(scope, ChangeKind::Put, id, rev, Some(&data))
}

pub(crate) fn leave(scope: &str, id: RecordId, rev: i64) -> Change {
    change(scope, ChangeKind::Leave, id, rev, None)
}

pub(crate) fn delete(scope: &str, id: RecordId, rev: i64) -> Change {
    change(scope, ChangeKind::Delete, id, rev, None)
}

/// A complete page.
pub(crate) fn page(changes: impl Into<Vec<Change>>) -> PullResponse {
    PullResponse {
        changes: changes.into(),
        cursor: "c1".to_owned(),
        more: false,
        evict: Vec::new(),
        reset: Vec::new(),
        check: Vec::new(),
        total: None,
    }
}

/// A response of the server in its first life.
pub(crate) fn response(
    results: impl Into<Vec<MutationResult>>,
    pull: Option<PullResponse>,
) -> SyncResponse {
    SyncResponse {
        server_time: NOW,
        epoch: Uuid::from_u128(100),
        ticket: "t1".to_owned(),
        poll_after_s: 900,
        results: results.into(),
        pull,
    }
}

pub(crate) fn result(mid: MutationId, outcome: Outcome, rev: Option<i64>) -> MutationResult {
    MutationResult {
        mid: Some(mid),
        outcome,
        rev,
        conflicts: Vec::new(),
        problem: None,
        replayed: false,
    }
}

pub(crate) fn refused(mid: MutationId, code: ErrorCode) -> MutationResult {
    let problem = Some(MutationProblem::of(code));
    MutationResult {
        problem,
        ..result(mid, Outcome::Rejected, None)
    }
}

/// The mutations of a request, read.
pub(crate) fn sent(request: &SyncRequest) -> Vec<Mutation> {
    request
        .mutations
        .iter()
        .map(|value| Mutation::read(value).unwrap())
        .collect()
}

/// The ids of what a request carries.
pub(crate) fn mids(request: &SyncRequest) -> Vec<MutationId> {
    sent(request).iter().map(|mutation| mutation.mid).collect()
}

/// Applies everything that a request carries, as revision 1.
pub(crate) fn accept(request: &SyncRequest) -> SyncResponse {
    let results = mids(request)
        .into_iter()
        .map(|mid| result(mid, Outcome::Applied, Some(1)));
    response(results.collect::<Vec<_>>(), Some(page([])))
}

type Answer = Box<dyn Fn(&SyncRequest) -> Result<SyncResponse, TransportError> + Send>;

/// Answers each request by the next line of a script, and the rest by [`accept`].
#[derive(Default)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Answer>>,
    pub(crate) requests: Mutex<Vec<SyncRequest>>,
}

impl Script {
    pub(crate) fn then(
        self,
        answer: impl Fn(&SyncRequest) -> Result<SyncResponse, TransportError> + Send + 'static,
    ) -> Self {
        self.answers.lock().unwrap().push_back(Box::new(answer));
        self
    }

    /// How many mutations each request carried.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|request| request.mutations.len())
            .collect()
    }
}

impl Transport for Script {
    async fn enrol(&self, _: &EnrolRequest) -> Result<EnrolResponse, TransportError> {
        Ok(enrolment(1))
    }

    async fn hello(&self, _: &Token) -> Result<HelloResponse, TransportError> {
        Err(TransportError::Unreachable("not in the script".to_owned()))
    }

    async fn sync(&self, _: &Token, request: &SyncRequest) -> Result<SyncResponse, TransportError> {
        self.requests.lock().unwrap().push(request.clone());
        let answer = self.answers.lock().unwrap().pop_front();
        answer.map_or_else(|| Ok(accept(request)), |answer| answer(request))
    }
}
