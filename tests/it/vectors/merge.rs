//! The merge vectors: by the rule itself, and by a real server to which each history is pushed.

use super::vectors;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tepai_domain::actor::Role;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::ids::{DeviceId, GenerationId, PersonId, RecordId};
use tepai_sync_protocol::merge::{Conflict, Editor, Merged, Stamp, State, merge};
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::sync::{Change, ChangeKind, MutationResult};
use tepai_tests::world::villages;
use tepai_tests::{Phone, World, on_both_databases};

const TEXT: &str = include_str!("../../../mobile-client-spec/vectors/merge.json");

#[derive(Deserialize)]
struct Edit {
    editor: String,
    at: i64,
    mutation: Value,
}

#[derive(Deserialize)]
struct ToldStamp {
    rev: i64,
    editor: String,
    n: i64,
    at: i64,
}

#[derive(Deserialize)]
struct Before {
    kind: Kind,
    rev: i64,
    deleted: bool,
    fields: Fields,
    ext: Fields,
    created: ToldStamp,
    stamps: BTreeMap<String, ToldStamp>,
}

#[derive(Deserialize)]
struct Expected {
    outcome: String,
    problem: Option<String>,
    #[serde(default)]
    pointers: Vec<String>,
    after: Option<After>,
    conflicts: Vec<Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct After {
    rev: i64,
    deleted: bool,
    fields: Fields,
    ext: Fields,
}

impl After {
    fn of(state: &State) -> Self {
        Self {
            rev: state.rev,
            deleted: state.deleted,
            fields: state.fields.clone(),
            ext: state.ext.clone(),
        }
    }
}

#[derive(Deserialize)]
struct Case {
    name: String,
    before: Option<Before>,
    history: Option<Vec<Edit>>,
    #[serde(flatten)]
    edit: Edit,
    expected: Expected,
}

#[derive(Clone, Deserialize)]
struct ToldEditor {
    device: DeviceId,
    generation: GenerationId,
    person: PersonId,
    authority: u8,
}

struct Editors(BTreeMap<String, ToldEditor>);

impl Editors {
    fn of(file: &Value) -> Self {
        Self(serde_json::from_value(file["editors"].clone()).unwrap())
    }

    fn editor(&self, edit: &Edit) -> Editor {
        let told = &self.0[&edit.editor];
        Editor {
            device: told.device,
            generation: told.generation,
            person: told.person,
            authority: told.authority,
            at: edit.at,
        }
    }

    fn stamp(&self, told: &ToldStamp) -> Stamp {
        let by = &self.0[&told.editor];
        Stamp {
            rev: told.rev,
            device: by.device,
            generation: by.generation,
            n: told.n,
            person: by.person,
            authority: by.authority,
            at: told.at,
        }
    }

    fn state(&self, before: &Before) -> State {
        let stamps = before.stamps.iter();
        let stamps = stamps.map(|(name, stamp)| (name.clone(), self.stamp(stamp)));
        State {
            kind: before.kind,
            rev: before.rev,
            deleted: before.deleted,
            fields: before.fields.clone(),
            ext: before.ext.clone(),
            created: self.stamp(&before.created),
            stamps: stamps.collect(),
        }
    }

    fn merged(&self, current: Option<&State>, edit: &Edit) -> Merged {
        let mutation = Mutation::read(&edit.mutation).unwrap();
        let kind: Kind = mutation.kind.parse().unwrap();
        merge(kind, current, &mutation, &self.editor(edit))
    }
}

/// A conflict as the file writes it.
fn written(conflict: &Conflict) -> Value {
    let mut value = json!({
        "field": conflict.field, "rule": conflict.rule, "yours_kept": conflict.yours_kept,
        "kept_by": conflict.kept_by, "lost_by": conflict.lost_by, "needs_review": conflict.needs_review,
    });
    for (name, side) in [("kept", &conflict.kept), ("lost", &conflict.lost)] {
        if let Some(side) = side {
            value[name] = side.clone();
        }
    }
    value
}

#[test]
fn mutations_and_records_are_joined_as_expected() {
    let (file, cases) = vectors::<Case>(TEXT, 80);
    let editors = Editors::of(&file);
    let mut with_history = 0;
    for case in cases {
        let name = &case.name;
        let before = case.before.as_ref().map(|before| editors.state(before));
        if let Some(history) = &case.history {
            let lived = history.iter().fold(None, |current, edit| {
                let next = editors.merged(current.as_ref(), edit).state;
                assert!(next.is_some(), "{name}: the history changes something");
                next
            });
            assert_eq!(lived, before, "{name}: the history leads to `before`");
            with_history += 1;
        }
        let merged = editors.merged(before.as_ref(), &case.edit);
        let problem = merged.problem.as_ref();
        let conflicts: Vec<_> = merged.conflicts.iter().map(written).collect();
        let expected = case.expected;
        assert_eq!(merged.outcome.as_str(), expected.outcome, "{name}");
        assert_eq!(
            problem.map(|problem| problem.code.as_str()),
            expected.problem.as_deref(),
            "{name}"
        );
        let errors = problem.into_iter().flat_map(|problem| &problem.errors);
        let pointers: Vec<_> = errors.map(|error| error.pointer.clone()).collect();
        assert_eq!(pointers, expected.pointers, "{name}");
        assert_eq!(
            merged.state.as_ref().map(After::of),
            expected.after,
            "{name}"
        );
        assert_eq!(conflicts, expected.conflicts, "{name}");
    }
    assert!(with_history > 60, "only {with_history} with a history");
}

on_both_databases!(a_server_joins_what_phones_push_as_expected);

/// The editors of the file as phones of a world; what the file calls them is replaced by who they are there.
struct People {
    phones: BTreeMap<String, Phone>,
    names: Vec<(String, String)>,
}

impl People {
    async fn in_world(world: &World, editors: &Editors) -> Self {
        let mut persons: BTreeMap<PersonId, PersonId> = BTreeMap::new();
        let mut devices: BTreeMap<DeviceId, Phone> = BTreeMap::new();
        let mut phones = BTreeMap::new();
        for (name, told) in &editors.0 {
            let person = match persons.get(&told.person) {
                Some(person) => *person,
                None => world.commissioner(&villages()).await,
            };
            persons.insert(told.person, person);
            let mut phone = match devices.get(&told.device) {
                Some(phone) => phone.clone(),
                None => world.phone(person).await,
            };
            devices.insert(told.device, phone.clone());
            phone.generation = told.generation;
            phone.actor.role = match told.authority {
                1 => Role::Commissioner,
                2 => Role::Coordinator,
                _ => Role::CountyOfficer,
            };
            phones.insert(name.clone(), phone);
        }
        let names = persons.iter();
        Self {
            phones,
            names: names
                .map(|(told, is)| (told.to_string(), is.to_string()))
                .collect(),
        }
    }

    fn translate(&self, value: &Value) -> Value {
        let text = self
            .names
            .iter()
            .fold(value.to_string(), |text, (told, is)| text.replace(told, is));
        serde_json::from_str(&text).unwrap()
    }

    /// Pushes one edit that was made at `edit.at` and arrives when the clock says so.
    async fn push(&mut self, world: &World, edit: &Edit) -> MutationResult {
        let now = world.clock.now_ms().max(edit.at);
        world.clock.set(now);
        let mutation = self.translate(&edit.mutation);
        let phone = self.phones.get_mut(&edit.editor).unwrap();
        phone.wall = now;
        // Two databases take turns on one device here, and come back under their old names: the server is made to forget.
        phone.ticket = None;
        let forget = "UPDATE device SET ticket = NULL, previous_ticket = NULL, last_n = NULL";
        world.execute(forget, vec![]).await;
        phone.push_one(&world.app, mutation).await
    }
}

/// The last word of the feed about each record.
#[derive(Default)]
struct Seen(BTreeMap<RecordId, Change>);

impl Seen {
    async fn pull(&mut self, world: &World, reader: &mut Phone) {
        for change in reader.pull_all(&world.app).await {
            if change.op != ChangeKind::Leave {
                self.0.insert(change.id, change);
            }
        }
    }

    fn after(&self, id: RecordId, deleted: Option<&Fields>) -> Option<After> {
        let change = self.0.get(&id)?;
        let mut fields = change.fields();
        fields.remove("late_days");
        fields.remove("distance_to_village_m");
        let ext = change.ext.as_ref().map(|ext| ext.get());
        Some(After {
            rev: change.rev,
            deleted: change.op == ChangeKind::Delete,
            // The feed tells of a tombstone that it is one, and no more.
            fields: deleted.cloned().unwrap_or(fields),
            ext: ext
                .and_then(|ext| serde_json::from_str(ext).ok())
                .unwrap_or_default(),
        })
    }
}

async fn a_server_joins_what_phones_push_as_expected(world: World) {
    let (file, cases) = vectors::<Case>(TEXT, 80);
    let mut people = People::in_world(&world, &Editors::of(&file)).await;
    let mut reader = world.phone_everywhere().await;
    let mut seen = Seen::default();
    let mut count = 0;
    for case in cases {
        let (name, expected) = (&case.name, &case.expected);
        let Some(history) = &case.history else {
            continue;
        };
        let edits = history.iter().chain([&case.edit]);
        world.clock.set(edits.map(|edit| edit.at).min().unwrap());
        for edit in history {
            let result = people.push(&world, edit).await;
            assert_eq!(result.problem, None, "{name}");
        }
        let result = people.push(&world, &case.edit).await;
        assert_eq!(result.outcome.as_str(), expected.outcome, "{name}");
        let code = result.problem.as_ref().map(|problem| problem.code.as_str());
        assert_eq!(code, expected.problem.as_deref(), "{name}");
        let told = result.conflicts.iter().map(|conflict| {
            let mut told = serde_json::to_value(conflict).unwrap();
            told.as_object_mut().unwrap().remove("conflict_id");
            told
        });
        let conflicts = expected.conflicts.iter().map(|conflict| {
            let mut conflict = people.translate(conflict);
            for member in ["kept_by", "lost_by", "needs_review"] {
                conflict.as_object_mut().unwrap().remove(member);
            }
            if conflict["field"].is_null() {
                conflict["field"] = json!("");
            }
            conflict
        });
        assert_eq!(
            told.collect::<Vec<_>>(),
            conflicts.collect::<Vec<_>>(),
            "{name}"
        );
        seen.pull(&world, &mut reader).await;
        let id = serde_json::from_value(case.edit.mutation["id"].clone()).unwrap();
        let last = expected.after.as_ref().map(|after| {
            let fields = people.translate(&json!(after.fields));
            After {
                fields: fields.as_object().cloned().unwrap(),
                ext: after.ext.clone(),
                ..*after
            }
        });
        if let Some(last) = last {
            assert_eq!(result.rev, Some(last.rev), "{name}");
            let tombstone = last.deleted.then_some(&last.fields);
            assert_eq!(seen.after(id, tombstone), Some(last), "{name}");
        } else {
            let rev = seen.0.get(&id).map(|change| change.rev);
            let before = case.before.as_ref().map(|before| before.rev);
            assert_eq!(rev, before, "{name}: nothing moved");
        }
        count += 1;
    }
    assert!(count > 60, "only {count} cases went through the server");
}
