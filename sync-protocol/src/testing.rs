//! A few people with phones, and short words for what they do: the builder that this crate's tests share.

use crate::Fields;
use crate::edit_time::ClockReading;
use crate::ids::{DeviceId, GenerationId, MutationId, PersonId, RecordId};
use crate::merge::{Editor, Merged, State, merge};
use crate::mutation::{Mutation, Operation};
use crate::records::Kind;
use jiff::civil::{Date, date};
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use serde_json::{Value, json};
use uuid::Uuid;

/// The county's local date in every test.
pub(crate) const TODAY: Date = date(2026, 4, 15);

/// So many cases of a law, the same in every run.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(20_260_415);
    ProptestConfig {
        rng_seed,
        failure_persistence: None,
        ..ProptestConfig::with_cases(count)
    }
}

/// One person's database on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Phone {
    pub(crate) device: u8,
    pub(crate) generation: u8,
    pub(crate) person: u8,
    pub(crate) authority: u8,
}

pub(crate) const ANN: Phone = Phone {
    device: 1,
    generation: 1,
    person: 1,
    authority: 1,
};
pub(crate) const ANNS_TABLET: Phone = Phone {
    device: 2,
    generation: 2,
    person: 1,
    authority: 1,
};
/// Ann's phone after it was cloned or restored from a backup: it counts its mutations anew.
pub(crate) const ANNS_CLONE: Phone = Phone {
    generation: 3,
    ..ANN
};
pub(crate) const BEN: Phone = Phone {
    device: 4,
    generation: 4,
    person: 2,
    authority: 1,
};
pub(crate) const COORDINATOR: Phone = Phone {
    device: 5,
    generation: 5,
    person: 3,
    authority: 2,
};
pub(crate) const OFFICE: Phone = Phone {
    device: 6,
    generation: 6,
    person: 4,
    authority: 3,
};

impl Phone {
    pub(crate) fn person_id(self) -> PersonId {
        PersonId(id(self.person))
    }

    /// An edit that saw revision `base`. Without more words it is the phone's first, made at time 0.
    pub(crate) fn edit(self, op: Operation, kind: Kind, base: Option<i64>) -> Edit {
        let mutation = Mutation {
            mid: MutationId(id(99)),
            n: 1,
            group: None,
            op,
            kind: kind.as_str().to_owned(),
            id: RecordId(id(50)),
            base,
            set: Fields::new(),
            unset: Vec::new(),
            add: std::collections::BTreeMap::new(),
            remove: std::collections::BTreeMap::new(),
            name: None,
            supersedes: None,
            edited: ClockReading {
                wall: 0,
                boot: None,
                mono_ms: None,
            },
        };
        Edit {
            kind,
            phone: self,
            at: 0,
            mutation,
        }
    }

    pub(crate) fn creates(self, kind: Kind) -> Edit {
        self.edit(Operation::Create, kind, None).sets(sample(kind))
    }

    pub(crate) fn patches(self, base: i64) -> Edit {
        self.edit(Operation::Patch, Kind::Visit, Some(base))
    }

    pub(crate) fn deletes(self, base: i64) -> Edit {
        self.edit(Operation::Delete, Kind::Visit, Some(base))
    }

    pub(crate) fn undeletes(self, base: i64) -> Edit {
        self.edit(Operation::Undelete, Kind::Visit, Some(base))
    }

    pub(crate) fn commands(self, name: &str) -> Edit {
        let mut edit = self.edit(Operation::Command, Kind::Visit, Some(1));
        edit.mutation.name = Some(name.to_owned());
        edit
    }
}

/// One mutation under way, with who makes it.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) kind: Kind,
    pub(crate) phone: Phone,
    pub(crate) at: i64,
    pub(crate) mutation: Mutation,
}

impl Edit {
    pub(crate) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.mutation.set.insert(name.to_owned(), value.into());
        self
    }

    /// Sets every member of an object.
    pub(crate) fn sets(mut self, fields: Value) -> Self {
        let Value::Object(fields) = fields else {
            panic!("{fields} is not an object")
        };
        self.mutation.set.extend(fields);
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.mutation.unset.push(name.to_owned());
        self
    }

    pub(crate) fn add(mut self, name: &str, element: impl Into<Value>) -> Self {
        self.mutation
            .add
            .entry(name.to_owned())
            .or_default()
            .push(element.into());
        self
    }

    pub(crate) fn remove(mut self, name: &str, element: impl Into<Value>) -> Self {
        self.mutation
            .remove
            .entry(name.to_owned())
            .or_default()
            .push(element.into());
        self
    }

    /// Which mutation of the replica it is.
    pub(crate) fn n(mut self, n: i64) -> Self {
        self.mutation.n = n;
        self
    }

    /// When it was made.
    pub(crate) fn at(self, at: i64) -> Self {
        Self { at, ..self }
    }

    /// On a record of another kind than a visit.
    pub(crate) fn of(mut self, kind: Kind) -> Self {
        kind.as_str().clone_into(&mut self.mutation.kind);
        Self { kind, ..self }
    }

    /// Merges it with what the server holds.
    pub(crate) fn on(&self, current: Option<&State>) -> Merged {
        let editor = Editor {
            device: DeviceId(id(self.phone.device)),
            generation: GenerationId(id(self.phone.generation)),
            person: self.phone.person_id(),
            authority: self.phone.authority,
            at: self.at,
        };
        merge(self.kind, current, &self.mutation, &editor)
    }
}

impl State {
    /// The state after an edit that must change it.
    pub(crate) fn after(&self, edit: &Edit) -> Self {
        let merged = edit.on(Some(self));
        merged
            .state
            .unwrap_or_else(|| panic!("{edit:?} changed nothing: {:?}", merged.problem))
    }

    /// As the office's review leaves it: outside of `merge`, with a stamp of its own.
    pub(crate) fn reviewed(&self, review_state: &str) -> Self {
        let mut next = self.after(&OFFICE.patches(self.rev).set("x_review", self.rev));
        next.ext.clear();
        next.fields
            .insert("review_state".to_owned(), review_state.into());
        let stamp = next.stamps.remove("x_review").unwrap();
        next.stamps.insert("review_state".to_owned(), stamp);
        next
    }
}

/// A visit of Ann's at revision 1.
pub(crate) fn visit() -> State {
    created(&ANN.creates(Kind::Visit))
}

/// The record that a creation makes.
pub(crate) fn created(edit: &Edit) -> State {
    edit.on(None).state.unwrap()
}

/// The mandatory fields of a record that a phone makes, and a few more.
pub(crate) fn sample(kind: Kind) -> Value {
    let village = "421083100201";
    match kind {
        Kind::Visit => json!({
            "village_code": village, "service_from": "2026-03-28", "mode": "household",
            "industry": "aquaculture", "content": "first words", "leaflets": 10,
        }),
        Kind::AdoptionReport => json!({
            "village_code": village, "beneficiary_id": id(60), "technique_code": "T1", "season": "2026",
            "stage": "trial", "reported_on": "2026-03-28",
        }),
        Kind::Site => json!({ "village_code": village, "beneficiary_id": id(60), "kind": "pond" }),
        Kind::Photo => json!({
            "village_code": village, "visit_id": id(50), "sha256": "a".repeat(64), "size_bytes": 9,
            "media_type": "image/jpeg", "purpose": "scene",
        }),
        Kind::DemoBase => json!({ "village_code": village, "display_name": "base" }),
        _ => panic!("no sample of {kind:?}"),
    }
}

/// A UUID to tell things apart by.
pub(crate) fn id(n: u8) -> Uuid {
    Uuid::from_u128(u128::from(n))
}
