//! The vectors of a client, run by the reference client: its reducer, its pauses, and what it does with an answer.

use super::vectors;
use axum::Router;
use axum::body::Body;
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;
use tepai_client::backoff::pause;
use tepai_client::protocol::edit_time::ClockReading;
use tepai_client::protocol::sync::{EnrolResponse, PullResponse, SyncResponse};
use tepai_client::transport::Reaction;
use tepai_client::{
    Draft, HttpTransport, Phone, PhoneClock, SeededIds, Standing, Timeouts, Transport,
};
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::ids::{DeviceId, PersonId, RecordId};
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::records::Kind;
use uuid::Uuid;

const NOW_MS: i64 = 1_782_784_800_000;

/// A clock that stands still.
struct Still;

impl PhoneClock for Still {
    fn now(&self) -> ClockReading {
        ClockReading {
            wall: NOW_MS,
            boot: Some("b1".to_owned()),
            mono_ms: Some(1_000),
        }
    }
}

/// An enrolled phone with an empty database.
fn phone() -> Phone {
    let mut phone = Phone::new("vectors", Still, SeededIds::new(1));
    let enrolment = EnrolResponse {
        device_id: DeviceId(Uuid::from_u128(1)),
        person_id: PersonId(Uuid::from_u128(2)),
        token: "secret".to_owned(),
    };
    phone.apply_enrolment(&enrolment).unwrap();
    phone
}

/// Takes an answer that holds this page and results for the mutations of these records.
fn answer(phone: &mut Phone, page: Option<&Value>, results: &[Value]) {
    let mut response = json!({
        "server_time": NOW_MS, "epoch": Uuid::from_u128(7), "ticket": "t1", "poll_after_s": 900,
        "results": results,
    });
    if let Some(page) = page {
        response["pull"] = page.clone();
    }
    // By way of text, as it came: a change keeps its data unread.
    let response: SyncResponse = serde_json::from_str(&response.to_string()).unwrap();
    phone.apply_sync(&response);
}

#[derive(Deserialize)]
struct Held {
    id: RecordId,
    kind: Kind,
    rev: i64,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    ext: Value,
    scopes: Vec<String>,
}

impl Held {
    /// A page that makes an empty replica hold `records`.
    fn page_of(records: &[Self], cursor: &str) -> Value {
        let mut changes = Vec::new();
        for record in records {
            for scope in &record.scopes {
                let mut change = json!({
                    "scope": scope, "seq": "1", "op": "put", "kind": record.kind, "id": record.id,
                    "rev": record.rev, "data": record.data,
                });
                if record.ext.is_object() {
                    change["ext"] = record.ext.clone();
                }
                assert!(
                    !record.deleted,
                    "a replica before the page holds live records"
                );
                changes.push(change);
            }
        }
        json!({"changes": changes, "cursor": cursor, "more": false, "evict": [], "reset": [], "check": []})
    }
}

#[derive(Deserialize)]
struct Edit {
    op: Operation,
    kind: String,
    id: RecordId,
    base: Option<i64>,
    #[serde(default)]
    set: Fields,
    #[serde(default)]
    unset: Vec<String>,
    #[serde(default)]
    add: std::collections::BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    remove: std::collections::BTreeMap<String, Vec<Value>>,
}

impl Edit {
    fn draft(&self) -> Draft {
        Draft {
            set: self.set.clone(),
            unset: self.unset.clone(),
            add: self.add.clone(),
            remove: self.remove.clone(),
            ..Draft::new(self.op, &self.kind, self.id)
        }
    }
}

/// What happens to a phone, step by step.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// The user saves an edit.
    Edit(Edit),
    /// A page comes.
    Page(Value),
    /// The server answers all that waits, in order, with these outcomes; then this page, if any.
    Answer {
        results: Vec<Value>,
        page: Option<Value>,
    },
}

#[test]
fn pages_and_pending_edits_become_what_the_user_sees() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        before: Vec<Held>,
        steps: Vec<Step>,
        expected: Value,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/reducer.json");
    for case in vectors::<Case>(text, 20).1 {
        let name = &case.name;
        let mut phone = phone();
        answer(&mut phone, Some(&Held::page_of(&case.before, "c0")), &[]);
        let mut more = false;
        for step in &case.steps {
            match step {
                Step::Edit(edit) => {
                    phone.record(edit.draft());
                    let made = &phone.outbox().pending().last().unwrap().mutation;
                    assert_eq!(made.base, edit.base, "{name}: the base that the user saw");
                }
                Step::Page(page) => {
                    answer(&mut phone, Some(page), &[]);
                    more = page["more"] == true;
                }
                Step::Answer { results, page } => {
                    let sent = phone.prepare_sync().mutations;
                    assert_eq!(sent.len(), results.len(), "{name}");
                    let results = sent.iter().zip(results).map(|(mutation, result)| {
                        let mut result = result.clone();
                        result["mid"] = mutation["mid"].clone();
                        result
                    });
                    answer(&mut phone, page.as_ref(), &results.collect::<Vec<_>>());
                }
            }
        }
        let replica = phone.replica().iter().map(|(id, record)| {
            json!({
                "id": id, "rev": record.rev, "deleted": record.deleted, "data": record.data,
                "ext": record.ext, "scopes": record.scopes,
            })
        });
        let pending = phone.outbox().pending().iter();
        let pending = pending.map(|one| json!({"id": one.mutation.id, "base": one.mutation.base}));
        let mentioned = case.before.iter().map(|held| held.id);
        let edited = case.steps.iter().filter_map(|step| match step {
            Step::Edit(edit) => Some(edit.id),
            _ => None,
        });
        let mentioned: std::collections::BTreeSet<_> = mentioned.chain(edited).collect();
        let pulled = phone.replica().iter().map(|(id, _)| id);
        let ids: std::collections::BTreeSet<_> = mentioned.into_iter().chain(pulled).collect();
        let sees = ids.into_iter().filter_map(|id| phone.view(id)).map(|view| {
            json!({
                "id": view.id, "rev": view.rev, "deleted": view.deleted, "fields": view.fields,
                "pending": view.pending, "needs_attention": view.needs_attention,
            })
        });
        let got = json!({
            "replica": replica.collect::<Vec<_>>(),
            "user_sees": sees.collect::<Vec<_>>(),
            "pending": pending.collect::<Vec<_>>(),
            "cursor": phone.cursor(),
            "more": more,
        });
        assert_eq!(got, case.expected, "{name}");
    }
}

#[test]
fn a_page_of_the_vectors_is_a_page_of_the_protocol() {
    let file: Value = serde_json::from_str(include_str!(
        "../../../mobile-client-spec/vectors/reducer.json"
    ))
    .unwrap();
    let mut pages = 0;
    for case in file["cases"].as_array().unwrap() {
        for step in case["steps"].as_array().unwrap() {
            let page = step.get("page").or_else(|| step["answer"].get("page"));
            if let Some(page) = page.filter(|page| !page.is_null()) {
                let read: PullResponse = serde_json::from_str(&page.to_string()).unwrap();
                let mut expected = page.as_object().unwrap().clone();
                // Empty lists may be left out, but for the changes.
                expected.retain(|name, of| name == "changes" || *of != serde_json::json!([]));
                assert_eq!(
                    serde_json::to_value(&read).unwrap(),
                    Value::Object(expected)
                );
                pages += 1;
            }
        }
    }
    assert!(pages >= 20, "only {pages} pages");
}

#[test]
fn pauses_are_as_long_as_expected() {
    #[derive(Deserialize)]
    struct Case {
        failures: u32,
        retry_after_s: Option<u32>,
        /// As text: it has 64 bits.
        random: String,
        pause_ms: u64,
        at_least_ms: u64,
        at_most_ms: u64,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/backoff.json");
    for case in vectors::<Case>(text, 25).1 {
        let of = |random| pause(case.failures, case.retry_after_s, random);
        let what = (case.failures, case.retry_after_s, &case.random);
        let random = case.random.parse().unwrap();
        assert_eq!(of(random), Duration::from_millis(case.pause_ms), "{what:?}");
        let bounds =
            Duration::from_millis(case.at_least_ms)..=Duration::from_millis(case.at_most_ms);
        for random in (0..5_000).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15)) {
            assert!(bounds.contains(&of(random)), "{what:?}: {random}");
        }
    }
}

/// The answer of whoever answers.
#[derive(Clone, Deserialize)]
struct Told {
    status: u16,
    content_type: String,
    retry_after: Option<String>,
    /// Text as it is, or JSON.
    body: Value,
}

impl Told {
    fn response(&self) -> Response<Body> {
        let body = match &self.body {
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let mut response = Response::builder()
            .status(StatusCode::from_u16(self.status).unwrap())
            .header("content-type", &self.content_type);
        if let Some(retry_after) = &self.retry_after {
            response = response.header("retry-after", retry_after);
        }
        if (300..400).contains(&self.status) {
            response = response.header("location", "http://127.0.0.1:9/login");
        }
        response.body(Body::from(body)).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_met_by_the_expected_action() {
    #[derive(Deserialize)]
    struct Case {
        name: String,
        sent: u32,
        answer: Told,
        expected: Value,
    }
    let text = include_str!("../../../mobile-client-spec/vectors/actions.json");
    for case in vectors::<Case>(text, 30).1 {
        let told = case.answer.clone();
        let app = Router::new().fallback(move || std::future::ready(told.response()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, app).await });

        let mut phone = phone();
        answer(&mut phone, Some(&Held::page_of(&[], "c0")), &[]);
        for _ in 0..case.sent {
            let id = RecordId(Uuid::from_u128(9));
            phone.record(Draft {
                set: json!({"content": "x"}).as_object().cloned().unwrap(),
                ..Draft::new(Operation::Patch, "visit", id)
            });
        }
        let generation = phone.generation();
        let request = phone.prepare_sync();
        assert_eq!(request.mutations.len(), usize::try_from(case.sent).unwrap());
        let transport = HttpTransport::new(&address, Timeouts::default()).unwrap();
        let token = phone.token().cloned().unwrap();
        let error = transport.sync(&token, &request).await.unwrap_err();
        server.abort();

        let reaction = phone.react(&error);
        let aside = phone.needs_attention().count();
        let mut got = match reaction {
            Reaction::Stop => json!({"do": "stop"}),
            Reaction::Later { retry_after_s } => {
                json!({"do": "later", "retry_after_s": retry_after_s})
            }
            Reaction::Again if phone.generation() != generation => {
                json!({"do": "rotate_generation"})
            }
            Reaction::Again if phone.cursor().is_none() => json!({"do": "pull_from_start"}),
            Reaction::Again if aside > 0 => json!({"do": "set_aside"}),
            Reaction::Again => json!({"do": "halve_the_batch"}),
        };
        let still = phone.outbox().pending();
        assert_eq!(
            still.len(),
            request.mutations.len(),
            "{}: nothing is lost",
            case.name
        );
        let waits = |standing: &Standing| !matches!(standing, Standing::NeedsAttention(_));
        assert_eq!(
            still.iter().filter(|one| !waits(&one.standing)).count(),
            aside
        );
        let next = phone.prepare_sync();
        got["next"] = json!({
            "mutations": next.mutations.len(),
            "ticket": next.replica.ticket.is_some(),
            "cursor": next.pull.unwrap().cursor.is_some(),
        });
        for mutation in &next.mutations {
            let before = request
                .mutations
                .iter()
                .map(|value| Mutation::read(value).unwrap());
            assert!(
                before
                    .into_iter()
                    .any(|one| Mutation::read(mutation).unwrap() == one),
                "{}: what goes again is unaltered",
                case.name
            );
        }
        assert_eq!(got, case.expected, "{}", case.name);
    }
}
