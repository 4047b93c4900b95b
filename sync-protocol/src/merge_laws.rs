//! The laws of the merge, for random histories: several phones that each saw some revision edit one visit.
//!
//! The judge keeps its own account of who wrote what at which revision, from nothing but the states before and after.
//! Two controls break the protocol on purpose (re-stamp `base` on pull, forget the own-branch rule) and must be
//! caught: a law that nothing can break judges nothing.

use crate::merge::{Conflict, Merged, State};
use crate::mutation::Operation;
use crate::problem::ErrorCode;
use crate::records::Kind;
use crate::sync::Outcome;
use crate::testing::{
    ANN, ANNS_CLONE, ANNS_TABLET, BEN, COORDINATOR, Edit, OFFICE, Phone, cases, created, id, visit,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PHONES: [Phone; 6] = [ANN, ANNS_TABLET, ANNS_CLONE, BEN, COORDINATOR, OFFICE];
const FIELDS: [&str; 4] = ["content", "paper_ref", "leaflets", "x_new"];

/// What a phone does next; `lag` says how many revisions ago it last pulled, unless it pulled later before.
#[derive(Clone, Debug)]
struct Step {
    phone: usize,
    lag: i64,
    at: i64,
    act: Act,
}

#[derive(Clone, Debug)]
enum Act {
    Write(usize, Option<u8>),
    AddTechnique(u8),
    Delete,
    Undelete,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let act = prop_oneof![
        12 => (0..FIELDS.len(), prop::option::weighted(0.8, 0..4_u8))
            .prop_map(|(field, value)| Act::Write(field, value)),
        2 => (0..4_u8).prop_map(Act::AddTechnique),
        1 => Just(Act::Delete),
        1 => Just(Act::Undelete),
    ];
    let step = (0..PHONES.len(), 0..4_i64, 0..5_i64, act);
    vec(
        step.prop_map(|(phone, lag, at, act)| Step {
            phone,
            lag,
            at,
            act,
        }),
        1..40,
    )
}

/// A way to break the protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sabotage {
    None,
    /// Every pull raises the `base` of what waits in the outbox.
    RestampBase,
    /// No two mutations count as of one replica.
    NoOwnBranch,
}

/// What the judge found in one history.
#[derive(Debug, Default, PartialEq, Eq)]
struct Findings {
    silent_overwrites: usize,
    conflicts_with_oneself: usize,
    blind_deletions: usize,
    needless_refusals: usize,
    wrong_revisions: usize,
}

impl std::ops::AddAssign for Findings {
    fn add_assign(&mut self, other: Self) {
        self.silent_overwrites += other.silent_overwrites;
        self.conflicts_with_oneself += other.conflicts_with_oneself;
        self.blind_deletions += other.blind_deletions;
        self.needless_refusals += other.needless_refusals;
        self.wrong_revisions += other.wrong_revisions;
    }
}

fn play(steps: &[Step], sabotage: Sabotage) -> Findings {
    let start = ANN
        .creates(Kind::Visit)
        .add("participant_ids", id(BEN.person).to_string());
    let mut state = created(&start);
    let mut judge = Judge {
        writers: vec![0],
        last_writes: BTreeMap::new(),
        found: Findings::default(),
    };
    let mut pulled = [1; PHONES.len()];
    for (step, n) in steps.iter().zip(2..) {
        let base = pulled[step.phone].max(state.rev - step.lag).max(1);
        pulled[step.phone] = base;
        let honest = edit(step, base).n(n);
        let mut sent = honest.clone();
        match sabotage {
            Sabotage::None => {}
            Sabotage::RestampBase => sent.mutation.base = Some(state.rev),
            Sabotage::NoOwnBranch => sent.phone.generation = u8::try_from(100 + n % 100).unwrap(),
        }
        let merged = sent.on(Some(&state));
        judge.hears(step.phone, &honest, &state, &merged);
        state = merged.state.unwrap_or(state);
    }
    judge.found
}

fn edit(step: &Step, base: i64) -> Edit {
    let phone = PHONES[step.phone];
    let edit = match step.act {
        Act::Write(field, Some(value)) if FIELDS[field] == "leaflets" => {
            phone.patches(base).set("leaflets", value)
        }
        Act::Write(field, Some(value)) => phone.patches(base).set(FIELDS[field], value.to_string()),
        Act::Write(field, None) => phone.patches(base).unset(FIELDS[field]),
        Act::AddTechnique(code) => phone.patches(base).add("technique_codes", code.to_string()),
        Act::Delete => phone.deletes(base),
        Act::Undelete => phone.undeletes(base),
    };
    edit.at(step.at)
}

/// Watches states go by; it knows phones by their number and reads no stamp.
struct Judge {
    /// Which phone made each revision; the first is revision 1.
    writers: Vec<usize>,
    /// Which phone changed each field last, at which revision.
    last_writes: BTreeMap<&'static str, (usize, i64)>,
    found: Findings,
}

impl Judge {
    fn hears(&mut self, phone: usize, edit: &Edit, before: &State, merged: &Merged) {
        let after = merged.state.as_ref().unwrap_or(before);
        let base = edit.mutation.base.unwrap();
        for field in FIELDS {
            let writes = edit.mutation.set.contains_key(field)
                || edit.mutation.unset.iter().any(|name| name == field);
            if writes && merged.outcome != Outcome::Rejected {
                self.judge_write(phone, base, field, edit, before, merged);
            }
            if value(before, field) != value(after, field) {
                self.last_writes.insert(field, (phone, after.rev));
            }
        }
        if edit.mutation.op == Operation::Delete && !before.deleted {
            let made_since = self
                .writers
                .iter()
                .zip(1_i64..)
                .filter(|(_, rev)| *rev > base);
            let others_were_there = made_since.into_iter().any(|(writer, _)| *writer != phone);
            let refused = merged
                .problem
                .as_ref()
                .is_some_and(|p| p.code == ErrorCode::ChangedByOther);
            self.found.blind_deletions += usize::from(others_were_there && merged.state.is_some());
            self.found.needless_refusals += usize::from(!others_were_there && refused);
        }
        if merged.state.is_some() {
            self.writers.push(phone);
        }
        let has_changed = merged.state.is_some();
        let expected = before.rev + i64::from(has_changed);
        self.found.wrong_revisions +=
            usize::from(after.rev != expected || has_changed == (after == before));
    }

    fn judge_write(
        &mut self,
        phone: usize,
        base: i64,
        field: &'static str,
        edit: &Edit,
        before: &State,
        merged: &Merged,
    ) {
        let mine = edit.mutation.set.get(field).cloned();
        let theirs = value(before, field);
        let stands = value(merged.state.as_ref().unwrap_or(before), field);
        let (writer, rev) = *self.last_writes.get(field).unwrap_or(&(0, 1));
        let is_noted = |conflict: &Conflict| {
            let (kept, lost) = if conflict.yours_kept {
                (&mine, &theirs)
            } else {
                (&theirs, &mine)
            };
            conflict.field.as_deref() == Some(field)
                && conflict.kept == *kept
                && conflict.lost == *lost
        };
        let is_noted = merged.conflicts.iter().any(is_noted);
        let was_never_there = theirs.is_none() && !self.last_writes.contains_key(field);
        let concurrent = rev > base && writer != phone && !was_never_there;
        if mine != theirs && concurrent {
            self.found.silent_overwrites += usize::from(!is_noted);
        } else {
            self.found.conflicts_with_oneself += usize::from(!merged.conflicts.is_empty());
            self.found.silent_overwrites += usize::from(stands != mine);
        }
    }
}

fn value(state: &State, field: &str) -> Option<Value> {
    state
        .fields
        .get(field)
        .or_else(|| state.ext.get(field))
        .cloned()
}

/// The findings in `count` fixed histories.
fn findings(sabotage: Sabotage, count: usize) -> Findings {
    let mut runner = TestRunner::deterministic();
    let mut found = Findings::default();
    for _ in 0..count {
        let history = steps().new_tree(&mut runner).unwrap().current();
        found += play(&history, sabotage);
    }
    found
}

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn nothing_is_overwritten_in_silence_and_nobody_conflicts_with_oneself(steps in steps()) {
        prop_assert_eq!(play(&steps, Sabotage::None), Findings::default());
    }

    #[test]
    fn concurrent_edits_end_the_same_in_whatever_order_they_arrive(
        edits in (subsequence(PHONES.to_vec(), 2..=5), vec(0..3_i64, 5))
            .prop_map(|(phones, ats)| {
                let edits = phones.into_iter().zip(ats).zip(0..);
                let site = |(phone, at): (Phone, i64)| phone.patches(1).of(Kind::Site).n(9).at(at);
                edits.map(|(edit, name)| site(edit).set("display_name", name)).collect::<Vec<_>>()
            })
            .prop_flat_map(|edits| (Just(edits.clone()), Just(edits).prop_shuffle())),
    ) {
        let end = |edits: &[Edit]| {
            let mut state = created(&ANN.creates(Kind::Site).set("display_name", "start"));
            for edit in edits {
                state = edit.on(Some(&state)).state.unwrap_or(state);
            }
            state.fields["display_name"].clone()
        };
        prop_assert_eq!(end(&edits.0), end(&edits.1));
    }

    #[test]
    fn one_replicas_edits_end_the_same_in_whatever_order_they_arrive(
        order in vec((0..FIELDS.len(), any::<bool>()), 2..9)
            .prop_map(|fields| fields.into_iter().zip(2_i64..).collect::<Vec<_>>())
            .prop_shuffle(),
    ) {
        // Every edit writes a value of its own; the last of a field may also take it away.
        let end = |edits: &[((usize, bool), i64)]| {
            let mut state = visit().after(&ANN.patches(1).set("paper_ref", "0").set("x_new", 0));
            for ((field, removes), n) in edits {
                let is_last = edits.iter().all(|((other, _), m)| other != field || m <= n);
                let edit = ANN.patches(1).n(*n);
                let edit = if *removes && is_last {
                    edit.unset(FIELDS[*field])
                } else {
                    edit.set(FIELDS[*field], *n)
                };
                let merged = edit.on(Some(&state));
                assert_eq!((merged.outcome, merged.conflicts), (Outcome::Applied, Vec::new()));
                state = merged.state.unwrap_or(state);
            }
            (state.fields, state.ext)
        };
        let mut in_order = order.clone();
        in_order.sort_by_key(|(_, n)| *n);
        prop_assert_eq!(end(&order), end(&in_order));
    }

    #[test]
    fn no_mutation_whatever_panics_or_turns_a_revision_back(edits in vec(any_edit(), 1..12)) {
        let mut current: Option<State> = None;
        for edit in edits {
            let merged = edit.on(current.as_ref());
            let rev = current.as_ref().map_or(0, |state| state.rev);
            if let Some(next) = merged.state {
                prop_assert_eq!(next.rev, rev + 1);
                prop_assert!(matches!(merged.outcome, Outcome::Applied | Outcome::Merged));
                current = Some(next);
            } else {
                prop_assert!(merged.problem.is_some() || merged.outcome == Outcome::Applied
                    || !merged.conflicts.is_empty());
            }
        }
    }
}

#[test]
fn restamping_the_base_on_pull_is_caught_as_silent_overwriting() {
    assert!(findings(Sabotage::RestampBase, 30).silent_overwrites > 10);
    assert_eq!(findings(Sabotage::None, 30), Findings::default());
}

#[test]
fn forgetting_the_own_branch_rule_is_caught_as_conflicts_with_oneself() {
    assert!(findings(Sabotage::NoOwnBranch, 30).conflicts_with_oneself > 10);
}

/// Any operation on anything, by anybody, with any JSON in it.
fn any_edit() -> impl Strategy<Value = Edit> {
    let op = select(vec![
        Operation::Create,
        Operation::Patch,
        Operation::Delete,
        Operation::Undelete,
        Operation::Command,
    ]);
    let kind = prop_oneof![9 => Just(Kind::Visit), 1 => select(Kind::ALL.to_vec())];
    let base = prop::option::of(prop_oneof![4 => 0..9_i64, 1 => any::<i64>()]);
    let set = prop::collection::btree_map(any_name(), any_json(), 0..4);
    let elements = || prop::collection::btree_map(any_name(), vec(any_json(), 0..3), 0..3);
    let command = prop::option::of(select(vec!["submit", "withdraw", "else"]));
    let who = (select(PHONES.to_vec()), any::<i64>(), any::<i64>());
    let what = (set, vec(any_name(), 0..3), elements(), elements(), command);
    (op, kind, base, who, what).prop_map(|(op, kind, base, (phone, n, at), what)| {
        let mut edit = phone.edit(op, kind, base).n(n).at(at);
        let (set, unset, add, remove, command) = what;
        edit.mutation.set = set.into_iter().collect();
        edit.mutation.unset = unset;
        edit.mutation.add = add;
        edit.mutation.remove = remove;
        edit.mutation.name = command.map(str::to_owned);
        edit
    })
}

/// The name of a field, of a visit or of none.
pub(crate) fn any_name() -> impl Strategy<Value = String> {
    let known: Vec<_> = Kind::Visit
        .fields()
        .iter()
        .map(|field| field.name.to_owned())
        .collect();
    prop_oneof![8 => select(known), 1 => "\\$(deleted|other)", 1 => any::<String>()]
}

/// Any JSON of moderate size.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        select(vec![
            json!("2026-03-28"),
            json!("-0001-01-01"),
            json!("submitted"),
            json!("approved")
        ]),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
