//! A mutation (变更): one edit made on a device, waiting in its outbox.
//!
//! A batch is read leniently: each mutation is first any JSON, so that one bad record never blocks the others.

use crate::Fields;
use crate::edit_time::ClockReading;
use crate::ids::{MutationId, RecordId};
use crate::limits::MAX_MUTATION_BYTES;
use crate::problem::{ErrorCode, FieldProblem, MutationProblem};
use crate::words::Sentence;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a mutation does to its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Operation {
    /// Makes the record.
    Create,
    /// Changes fields of it.
    Patch,
    /// Deletes it; the tombstone stays.
    Delete,
    /// Brings a deleted record back.
    Undelete,
    /// Asks for a transition: `withdraw`, `submit`, `undo_conflict`, `accept_conflict`.
    Command,
}

/// One edit on one record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Mutation {
    /// Made on the phone when the user saves; the key of exactly-once.
    pub mid: MutationId,
    /// The device's own counter of mutations, rising.
    pub n: i64,
    /// Mutations of one group apply together or not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<MutationId>,
    /// What it does.
    pub op: Operation,
    /// The kind of the record, as a word: a server older than the phone keeps what it does not know.
    pub kind: String,
    /// The record.
    pub id: RecordId,
    /// The revision that the user *saw* when editing; never re-stamped by a pull. Absent for `create`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<i64>,
    /// Fields to write.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    #[cfg_attr(feature = "openapi", schema(value_type = BTreeMap<String, Value>))]
    pub set: Fields,
    /// Fields to take away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
    /// Elements to put into sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub add: BTreeMap<String, Vec<Value>>,
    /// Elements to take out of sets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub remove: BTreeMap<String, Vec<Value>>,
    /// The command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The refused mutation that this one mends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<MutationId>,
    /// The phone's clocks when the user saved.
    pub edited: ClockReading,
}

/// A mutation that could not even be read, with what could be told of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// Its id, if that much was readable. Without one there is nothing to answer exactly once.
    pub mid: Option<MutationId>,
    /// What is wrong.
    pub problem: MutationProblem,
}

impl Mutation {
    /// Reads one element of the outbox.
    pub fn read(value: &Value) -> Result<Self, Box<Unreadable>> {
        let unreadable = |code, errors| {
            let mid = value
                .get("mid")
                .and_then(|mid| MutationId::deserialize(mid).ok());
            Box::new(Unreadable {
                mid,
                problem: MutationProblem::with(code, errors),
            })
        };
        if json_size(value, MAX_MUTATION_BYTES).is_none() {
            return Err(unreadable(ErrorCode::MutationTooLarge, Vec::new()));
        }
        if let Some(op) = value.get("op").and_then(Value::as_str)
            && Operation::deserialize(Value::from(op)).is_err()
        {
            return Err(unreadable(ErrorCode::UnknownOperation, Vec::new()));
        }
        let is_object = |value: Option<&Value>| value.is_none_or(Value::is_object);
        if !is_object(Some(value)) || !is_object(value.get("edited")) {
            // Serde would also take an array, member by member.
            return Err(unreadable(ErrorCode::MalformedMutation, Vec::new()));
        }
        Self::deserialize(value).map_err(|error| {
            let text = brief(&error);
            let problem = FieldProblem {
                pointer: String::new(),
                code: ErrorCode::MalformedMutation,
                message: Sentence::new(format!("变更格式有误：{text}"), text),
            };
            unreadable(ErrorCode::MalformedMutation, vec![problem])
        })
    }

    /// Each member of the mutation that names a field, and the field: once each, in a fixed order.
    pub fn touched(&self) -> BTreeSet<(&'static str, &str)> {
        let set = self.set.keys().map(|name| ("set", name.as_str()));
        let unset = self.unset.iter().map(|name| ("unset", name.as_str()));
        let add = self.add.keys().map(|name| ("add", name.as_str()));
        let remove = self.remove.keys().map(|name| ("remove", name.as_str()));
        set.chain(unset).chain(add).chain(remove).collect()
    }
}

/// Whether no field can have this name: stamps that belong to no field are kept under names with `$`.
pub(crate) fn is_reserved(name: &str) -> bool {
    name.starts_with('$')
}

/// What a reader of JSON complains about, cut short: it may quote a whole text back.
pub(crate) fn brief(error: &serde_json::Error) -> String {
    error
        .to_string()
        .chars()
        .filter(|c| !c.is_control())
        .take(120)
        .collect()
}

/// The size of `value` as compact JSON, or `None` beyond `limit`.
pub fn json_size(value: &Value, limit: usize) -> Option<usize> {
    struct Counter {
        left: usize,
    }
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.left = self
                .left
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::FileTooLarge)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter { left: limit };
    serde_json::to_writer(&mut counter, value).ok()?;
    Some(limit - counter.left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge_laws::any_json;
    use crate::records::Kind;
    use crate::testing::{ANN, cases, id};
    use proptest::prelude::*;
    use serde_json::json;

    fn good() -> Value {
        serde_json::to_value(ANN.creates(Kind::Visit).mutation).unwrap()
    }

    fn refused(value: &Value) -> (Option<MutationId>, ErrorCode) {
        let unreadable = Mutation::read(value).unwrap_err();
        for error in &unreadable.problem.errors {
            assert!(error.message.en.len() < 500, "{}", error.message.en);
        }
        (unreadable.mid, unreadable.problem.code)
    }

    fn with(member: &str, value: Value) -> Value {
        let mut mutation = good();
        mutation[member] = value;
        mutation
    }

    #[test]
    fn a_mutation_reads_back_as_it_was_written() {
        let edit = ANN
            .patches(3)
            .set("a", json!([1]))
            .unset("b")
            .add("c", "d")
            .remove("c", "e");
        let value = serde_json::to_value(&edit.mutation).unwrap();
        assert_eq!(Mutation::read(&value), Ok(edit.mutation));
    }

    #[test]
    fn what_is_malformed_is_refused_under_its_id() {
        let mid = Some(MutationId(id(99)));
        for (member, value) in [
            ("n", json!(1.5)),
            ("n", json!(u64::MAX)),
            ("n", json!(null)),
            ("op", json!(1)),
            ("kind", json!(null)),
            ("id", json!("not an id")),
            ("base", json!("3")),
            ("base", json!(1e308)),
            ("set", json!([])),
            ("set", json!("x".repeat(50_000))),
            ("unset", json!({})),
            ("unset", json!([1])),
            ("add", json!({"participant_ids": "x"})),
            ("edited", json!({})),
            ("edited", json!([0, "b", 1])),
            ("edited", json!({"wall": "noon"})),
        ] {
            let malformed = (mid, ErrorCode::MalformedMutation);
            assert_eq!(
                refused(&with(member, value.clone())),
                malformed,
                "{member}: {value}"
            );
        }
        assert_eq!(
            refused(&with("op", json!("upsert"))),
            (mid, ErrorCode::UnknownOperation)
        );
        let huge = with("set", json!({ "content": "字".repeat(30_000) }));
        assert_eq!(refused(&huge), (mid, ErrorCode::MutationTooLarge));
    }

    #[test]
    fn without_a_readable_id_there_is_none() {
        for value in [
            json!(null),
            json!([]),
            json!({}),
            json!("x"),
            with("mid", json!(7)),
        ] {
            assert_eq!(
                refused(&value),
                (None, ErrorCode::MalformedMutation),
                "{value}"
            );
        }
        // Serde would take the members of a mutation in a row, in the order of the struct.
        let order = "mid n group op kind id base set unset add remove name supersedes edited";
        let absent = |name| match name {
            "set" | "add" | "remove" => json!({}),
            "unset" => json!([]),
            _ => Value::Null,
        };
        let member = |name| good().get(name).cloned().unwrap_or_else(|| absent(name));
        let in_a_row = Value::from(order.split(' ').map(member).collect::<Vec<_>>());
        assert!(Mutation::deserialize(&in_a_row).is_ok());
        assert_eq!(refused(&in_a_row), (None, ErrorCode::MalformedMutation));
    }

    #[test]
    fn the_size_is_that_of_compact_json_and_stops_at_the_limit() {
        let value = json!({ "a": [1, "\u{1}"] });
        assert_eq!(json_size(&value, 100), Some(value.to_string().len()));
        assert_eq!(
            json_size(&value, value.to_string().len()),
            Some(value.to_string().len())
        );
        assert_eq!(json_size(&value, value.to_string().len() - 1), None);
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn whatever_stands_in_the_outbox_reading_it_does_not_panic(
            value in any_json(),
            member in proptest::sample::select(vec!["mid", "n", "op", "set", "add", "edited"]),
        ) {
            let _ = Mutation::read(&value);
            let _ = Mutation::read(&with(member, value));
        }
    }
}
