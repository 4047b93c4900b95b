//! The vectors that are conversations: each request is sent to a real server over its routes, and of each answer what
//! the vectors say must be there. What the server makes (ids, tickets, cursors) is captured and used again.

use axum::http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tepai_domain::actor::Role;
use tepai_tests::caller::{make_account, office};
use tepai_tests::world::{COUNTY, NOW_MS, code};
use tepai_tests::{Backend, Caller, World, on_both_databases};

on_both_databases!(
    deliveries_again_late_and_out_of_order_end_as_expected,
    what_a_newer_phone_sends_is_kept,
    recorded_conversations_go_as_recorded,
);

async fn deliveries_again_late_and_out_of_order_end_as_expected(world: World) {
    let text = include_str!("../../../mobile-client-spec/vectors/redelivery.json");
    let (_, cases) = super::vectors::<Conversation>(text, 14);
    for case in cases {
        case.hold(&world).await;
    }
}

async fn what_a_newer_phone_sends_is_kept(world: World) {
    let text = include_str!("../../../mobile-client-spec/vectors/unknown_fields.json");
    let (_, cases) = super::vectors::<Conversation>(text, 10);
    for case in cases {
        case.hold(&world).await;
    }
}

async fn recorded_conversations_go_as_recorded(world: World) {
    let texts = [
        include_str!("../../../mobile-client-spec/vectors/conversations/first_sync.json"),
        include_str!("../../../mobile-client-spec/vectors/conversations/conflict_and_undo.json"),
        include_str!("../../../mobile-client-spec/vectors/conversations/hand_over.json"),
    ];
    for text in texts {
        let conversation: Conversation = serde_json::from_str(text).unwrap();
        assert!(conversation.steps.len() >= 6, "{}", conversation.name);
        conversation.hold(&world).await;
    }
}

/// A short or long exchange with a server that holds nothing but what `before` says.
#[derive(Deserialize)]
struct Conversation {
    name: String,
    before: Before,
    steps: Vec<Step>,
}

/// Who is there before the first request.
#[derive(Deserialize)]
struct Before {
    /// Each commissioner's villages, assigned since 2026-01-01.
    people: BTreeMap<String, Vec<String>>,
    /// Enrolled phones, and whose.
    #[serde(default)]
    phones: BTreeMap<String, String>,
    /// Who has a one-time code for a phone.
    #[serde(default)]
    codes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// A request and what comes back.
    Exchange {
        #[serde(default)]
        about: String,
        /// The variable that holds the bearer token.
        bearer: Option<String>,
        method: String,
        path: String,
        body: Option<Value>,
        status: u16,
        answer: Value,
    },
    /// An assignment ends.
    Unassign {
        person: String,
        village: String,
        last_day: String,
    },
    /// An assignment begins.
    Assign {
        person: String,
        village: String,
        first_day: String,
    },
    /// Time passes at the server.
    LaterMs(i64),
    /// How many refused mutations the server has kept for somebody to look at.
    KeptAside(i64),
}

impl Conversation {
    async fn hold(&self, like: &World) {
        let backend = if like.url.starts_with("sqlite") {
            Backend::Sqlite
        } else {
            Backend::Postgres
        };
        let world = World::start(backend).await.unwrap();
        let nobody = Caller::nobody(&world);
        let mut known = self.meet(&world, &nobody).await;
        let mut exchanges = 0;
        for (at, step) in self.steps.iter().enumerate() {
            let context = format!("{}, step {}", self.name, at + 1);
            match step {
                Step::Exchange {
                    about,
                    bearer,
                    method,
                    path,
                    body,
                    status,
                    answer,
                } => {
                    let context = format!("{context} {about}");
                    let caller = bearer
                        .as_ref()
                        .map_or_else(|| nobody.clone(), |name| nobody.bearing(known.text(name)));
                    let method: Method = method.parse().unwrap();
                    let body = body.as_ref().map(|body| known.fill(body));
                    let got = caller.send(method, path, body).await;
                    let wanted = StatusCode::from_u16(*status).unwrap();
                    assert_eq!(got.status, wanted, "{context}: {}", got.body);
                    let met = known.meets(answer, &got.body);
                    assert_eq!(met, Ok(()), "{context}: {:#}", got.body);
                    exchanges += 1;
                }
                Step::Unassign {
                    person,
                    village,
                    last_day,
                } => {
                    let person = known.text(&format!("{person}.id")).parse().unwrap();
                    world.unassign(person, &code(village), last_day).await;
                }
                Step::Assign {
                    person,
                    village,
                    first_day,
                } => {
                    let person = known.text(&format!("{person}.id")).parse().unwrap();
                    world.assign(person, &code(village), first_day, None).await;
                }
                Step::LaterMs(millis) => world.pass(*millis),
                Step::KeptAside(wanted) => {
                    let kept = "SELECT COUNT(*) AS number FROM dead_letter";
                    assert_eq!(world.number(kept).await, *wanted, "{context}");
                }
            }
        }
        assert!(exchanges > 0, "{}: nobody says anything", self.name);
        assert!(world.clock.now_ms() >= NOW_MS);
    }

    /// Makes the people and phones, and remembers them by name.
    async fn meet(&self, world: &World, nobody: &Caller) -> Known {
        let bureau = office(world, Role::CountyOfficer).await;
        let mut known = Known::default();
        let mut codes = BTreeMap::new();
        for (name, villages) in &self.before.people {
            let id = make_account(world, name, Role::Commissioner, COUNTY).await;
            for village in villages {
                let person = id.parse().unwrap();
                world
                    .assign(person, &code(village), "2026-01-01", None)
                    .await;
            }
            known.bind(&format!("{name}.scope"), json!(format!("u:{id}")));
            known.bind(&format!("{name}.id"), json!(id));
            codes.insert(name, format!("/v1/accounts/{id}/enrolment-codes"));
        }
        for name in &self.before.codes {
            let issued = bureau.post(&codes[name], json!({})).await.ok();
            known.bind(&format!("{name}.code"), issued["code"].clone());
        }
        for (phone, person) in &self.before.phones {
            let issued = bureau.post(&codes[person], json!({})).await.ok();
            let body = json!({"code": issued["code"], "device_name": phone});
            let device = nobody.post("/v1/devices/enrol", body).await.ok();
            known.bind(phone, device["token"].clone());
        }
        known
    }
}

/// What was captured so far, by name.
#[derive(Clone, Default)]
struct Known(BTreeMap<String, Value>);

impl Known {
    fn bind(&mut self, name: &str, value: Value) {
        let before = self.0.insert(name.to_owned(), value);
        assert_eq!(before, None, "{name} is captured once");
    }

    #[track_caller]
    fn get(&self, name: &str) -> &Value {
        self.0.get(name).expect(name)
    }

    #[track_caller]
    fn text(&self, name: &str) -> &str {
        self.get(name).as_str().unwrap()
    }

    /// A body with each `{"$use": name}` replaced.
    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::Object(members) => match members.get("$use") {
                Some(name) => self.get(name.as_str().unwrap()).clone(),
                None => members
                    .iter()
                    .map(|(name, member)| (name.clone(), self.fill(member)))
                    .collect::<Map<_, _>>()
                    .into(),
            },
            Value::Array(elements) => elements.iter().map(|element| self.fill(element)).collect(),
            plain => plain.clone(),
        }
    }

    /// Whether all that `value` uses is known.
    fn is_ready(&self, value: &Value) -> bool {
        match value {
            Value::Object(members) => members.iter().all(|(name, member)| {
                if name == "$use" {
                    self.0.contains_key(member.as_str().unwrap())
                } else {
                    self.is_ready(member)
                }
            }),
            Value::Array(elements) => elements.iter().all(|element| self.is_ready(element)),
            _ => true,
        }
    }

    /// Whether `got` is as `wanted` says: of an object the named members, of an array every element in order.
    fn meets(&mut self, wanted: &Value, got: &Value) -> Result<(), String> {
        match wanted {
            Value::Object(members) => {
                if let Some((word, argument)) =
                    members.iter().find(|(name, _)| name.starts_with('$'))
                {
                    return self.meets_word(word, argument, got);
                }
                // What one member captures another may use.
                let (now, then): (Vec<_>, Vec<_>) = members
                    .iter()
                    .partition(|(_, member)| self.is_ready(member));
                for (name, member) in now.into_iter().chain(then) {
                    let found = got.get(name).unwrap_or(&Value::Null);
                    self.meets(member, found)
                        .map_err(|why| format!("/{name}{why}"))?;
                }
                got.is_object()
                    .then_some(())
                    .ok_or_else(|| format!(": {got} is no object"))
            }
            // An empty list may be left out.
            Value::Array(elements) if elements.is_empty() && got.is_null() => Ok(()),
            Value::Array(elements) => {
                let found = got
                    .as_array()
                    .ok_or_else(|| format!(": {got} is no array"))?;
                if found.len() != elements.len() {
                    return Err(format!(
                        ": {} elements, not {}",
                        found.len(),
                        elements.len()
                    ));
                }
                for (at, (element, found)) in elements.iter().zip(found).enumerate() {
                    self.meets(element, found)
                        .map_err(|why| format!("/{at}{why}"))?;
                }
                Ok(())
            }
            plain => (plain == got)
                .then_some(())
                .ok_or_else(|| format!(": {got}, not {plain}")),
        }
    }

    fn meets_word(&mut self, word: &str, argument: &Value, got: &Value) -> Result<(), String> {
        let is = |fits: bool| {
            fits.then_some(())
                .ok_or_else(|| format!(": {got} is not {word} {argument}"))
        };
        match word {
            "$capture" => {
                is(!got.is_null())?;
                self.bind(argument.as_str().unwrap(), got.clone());
                Ok(())
            }
            "$use" => is(self.get(argument.as_str().unwrap()) == got),
            "$absent" => is(got.is_null()),
            "$exactly" => is(&self.fill(argument) == got),
            "$any_order" => {
                let mut left: Vec<&Value> = got.as_array().into_iter().flatten().collect();
                let wanted = argument.as_array().unwrap();
                is(left.len() == wanted.len())?;
                for element in wanted {
                    let found = left.iter().position(|found| {
                        let mut tried = self.clone();
                        tried.meets(element, found).is_ok()
                    });
                    let at = found.ok_or_else(|| format!(": nothing in {got} is {element}"))?;
                    self.meets(element, left.remove(at))?;
                }
                Ok(())
            }
            _ => Err(format!(": {word} is no word of the vectors")),
        }
    }
}

#[test]
fn an_answer_that_is_not_as_expected_is_noticed() {
    let got = json!({"a": 1, "b": [{"c": "x"}, {"c": "y"}], "d": null});
    for (wanted, fits) in [
        (json!({"a": 1}), true),
        (json!({"a": 2}), false),
        (json!({"e": 1}), false),
        (json!({"b": [{"c": "x"}]}), false),
        (json!({"b": [{"c": "x"}, {}]}), true),
        (json!({"b": [{"c": "y"}, {"c": "x"}]}), false),
        (json!({"b": {"$any_order": [{"c": "y"}, {"c": "x"}]}}), true),
        (
            json!({"b": {"$any_order": [{"c": "y"}, {"c": "y"}]}}),
            false,
        ),
        (json!({"e": {"$absent": true}}), true),
        (json!({"a": {"$absent": true}}), false),
        (json!({"e": {"$capture": "v"}}), false),
        (
            json!({"b": [{"$exactly": {"c": "x"}}, {"$exactly": {}}]}),
            false,
        ),
        (
            json!({"a": {"$use": "one"}, "b": [{}, {"c": {"$capture": "v"}}]}),
            true,
        ),
    ] {
        let mut known = Known::default();
        known.bind("one", json!(1));
        assert_eq!(known.meets(&wanted, &got).is_ok(), fits, "{wanted}");
    }
}
