//! A phone of the bare protocol: it writes each message by hand, so that a test can say exactly what goes over
//! the wire, also what no good client would send.

use crate::world::NOW_MS;
use serde_json::{Value, json};
use tepai_app::{App, AppError, sync};
use tepai_domain::actor::DeviceActor;
use tepai_sync_protocol::edit_time::ClockReading;
use tepai_sync_protocol::ids::{GenerationId, RecordId};
use tepai_sync_protocol::sync::{
    Change, MutationResult, Outcome, PullRequest, PullResponse, Replica, SyncRequest, SyncResponse,
};
use tepai_sync_protocol::version;
use uuid::Uuid;

/// A phone.
#[derive(Clone, Debug)]
pub struct Phone {
    /// Who it is to the server.
    pub actor: DeviceActor,
    /// The life of its database.
    pub generation: GenerationId,
    /// The last ticket.
    pub ticket: Option<String>,
    /// The last cursor.
    pub cursor: Option<String>,
    /// How many mutations it has made.
    pub n: i64,
    /// What its wall clock says.
    pub wall: i64,
    /// The life of the server's database that it says its bases are of.
    pub epoch: Option<Uuid>,
}

impl Phone {
    /// A phone with an empty database.
    pub fn new(actor: DeviceActor) -> Self {
        let generation = GenerationId(Uuid::from_u128(actor.device.0.as_u128() << 32));
        Self {
            actor,
            generation,
            ticket: None,
            cursor: None,
            n: 0,
            wall: NOW_MS,
            epoch: None,
        }
    }

    /// An id that this phone makes.
    pub fn new_id(&mut self) -> Uuid {
        self.n += 1;
        let (high, low) = (
            self.generation.0.as_u128(),
            u128::try_from(self.n).expect("a count"),
        );
        Uuid::new_v5(&Uuid::from_u128(high), &low.to_be_bytes())
    }

    /// A mutation with an id and counter of its own; `rest` adds to it and overrides.
    pub fn mutation(&mut self, op: &str, kind: &str, id: impl Into<Uuid>, rest: Value) -> Value {
        let mid = self.new_id();
        let mut mutation = json!({
            "mid": mid, "n": self.n, "op": op, "kind": kind, "id": id.into(),
            "edited": {"wall": self.wall, "boot": "b1", "mono_ms": self.wall},
        });
        if let (Value::Object(own), Value::Object(more)) = (&mut mutation, rest) {
            own.extend(more);
        }
        mutation
    }

    /// The creation of a record under a new id.
    pub fn create(&mut self, kind: &str, set: Value) -> (RecordId, Value) {
        let id = self.new_id();
        (
            RecordId(id),
            self.mutation("create", kind, id, json!({"set": set})),
        )
    }

    /// The creation of a visit, with what every visit has; `more` adds to it and overrides.
    pub fn visit(&mut self, village: &str, on: &str, more: Value) -> (RecordId, Value) {
        let mut set = json!({
            "village_code": village, "service_from": on, "mode": "household", "industry": "aquaculture",
            "content": "查看水质，指导增氧",
        });
        if let (Value::Object(own), Value::Object(more)) = (&mut set, more) {
            own.extend(more);
        }
        self.create("visit", set)
    }

    /// A patch of fields.
    pub fn patch(&mut self, kind: &str, id: RecordId, base: i64, set: Value) -> Value {
        self.mutation("patch", kind, id.0, json!({"base": base, "set": set}))
    }

    /// A deletion.
    pub fn delete(&mut self, kind: &str, id: RecordId, base: i64) -> Value {
        self.mutation("delete", kind, id.0, json!({"base": base}))
    }

    /// The request that would carry these mutations.
    pub fn request(&self, mutations: Vec<Value>, pull: Option<PullRequest>) -> SyncRequest {
        SyncRequest {
            protocol: version::PROTOCOL,
            schema: version::SCHEMA,
            replica: Replica {
                generation: self.generation,
                ticket: self.ticket.clone(),
                app_version: None,
            },
            clock: ClockReading {
                wall: self.wall,
                boot: Some("b1".to_owned()),
                mono_ms: Some(self.wall),
            },
            epoch: self.epoch,
            mutations,
            waiting: None,
            pull,
        }
    }

    /// Sends a request and keeps the ticket.
    pub async fn send(
        &mut self,
        app: &App,
        request: SyncRequest,
    ) -> Result<SyncResponse, AppError> {
        let response = sync::round_trip::sync(app, self.actor.clone(), request).await?;
        self.ticket = Some(response.ticket.clone());
        Ok(response)
    }

    /// Pushes mutations; fails the test if the request as a whole is refused.
    pub async fn push(&mut self, app: &App, mutations: Vec<Value>) -> Vec<MutationResult> {
        let request = self.request(mutations, None);
        self.send(app, request)
            .await
            .unwrap_or_else(|error| panic!("{error}"))
            .results
    }

    /// Pushes one mutation and returns what became of it.
    pub async fn push_one(&mut self, app: &App, mutation: Value) -> MutationResult {
        self.push(app, vec![mutation])
            .await
            .pop()
            .expect("a result")
    }

    /// Pushes one mutation that must be applied; returns the revision.
    #[track_caller]
    pub fn applied(result: &MutationResult) -> i64 {
        assert!(
            matches!(result.outcome, Outcome::Applied | Outcome::Merged),
            "{result:?}"
        );
        result.rev.unwrap_or(0)
    }

    /// One page of changes; keeps the cursor.
    pub async fn pull_page(&mut self, app: &App, limit: Option<u32>) -> PullResponse {
        let request = self.request(
            vec![],
            Some(PullRequest {
                cursor: self.cursor.clone(),
                limit,
                verify: false,
            }),
        );
        let response = self
            .send(app, request)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let page = response.pull.expect("a page");
        self.cursor = Some(page.cursor.clone());
        page
    }

    /// All changes since the cursor.
    pub async fn pull_all(&mut self, app: &App) -> Vec<Change> {
        let mut changes = Vec::new();
        loop {
            let page = self.pull_page(app, Some(200)).await;
            changes.extend(page.changes);
            if !page.more {
                return changes;
            }
        }
    }
}
