//! Joins one mutation with the record that the server holds. Pure: data in, data out; it never fails.
//!
//! A field is in conflict only if somebody else changed it after the `base` that the user saw and the values
//! differ; the own-branch rule exempts the same device's other edits. The losing value is always kept.

use crate::field::{Class, Field};
use crate::ids::{DeviceId, PersonId};
use crate::mutation::{Mutation, Operation};
use crate::problem::{ErrorCode, FieldProblem, MutationProblem};
use crate::records::Kind;
use crate::sync::Outcome;
use crate::{Fields, validate};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Who wrote a value, at which revision, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The record's revision that the edit made.
    #[serde(rename = "r")]
    pub rev: i64,
    /// The device.
    #[serde(rename = "d")]
    pub device: DeviceId,
    /// The device's counter of mutations.
    #[serde(rename = "n")]
    pub n: i64,
    /// The person.
    #[serde(rename = "p")]
    pub person: PersonId,
    /// The person's authority: the higher wins a conflict.
    #[serde(rename = "a")]
    pub authority: u8,
    /// The corrected edit time, milliseconds since 1970 UTC.
    #[serde(rename = "t")]
    pub at: i64,
}

/// A record as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its kind.
    pub kind: Kind,
    /// Its revision; the first is 1.
    pub rev: i64,
    /// Whether it is a tombstone. The fields stay, so that it can come back.
    pub deleted: bool,
    /// Known fields.
    pub fields: Fields,
    /// Unknown fields, kept as they came.
    pub ext: Fields,
    /// Who made it.
    pub created: Stamp,
    /// Who wrote each field that changed after creation.
    pub stamps: BTreeMap<String, Stamp>,
}

impl State {
    /// Who wrote `field` last.
    pub fn stamp(&self, field: &str) -> &Stamp {
        self.stamps.get(field).unwrap_or(&self.created)
    }

    /// A text field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}

/// Who is editing, and when.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The device.
    pub device: DeviceId,
    /// The person.
    pub person: PersonId,
    /// The person's authority: 1 commissioner, 2 coordinator, 3 county officer.
    pub authority: u8,
    /// The corrected edit time, milliseconds since 1970 UTC.
    pub at: i64,
}

/// One field that two people changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The field; `None` if it is about the whole record.
    pub field: Option<String>,
    /// `authority`, `later_edit`, `immutable` or `deleted`.
    pub rule: &'static str,
    /// Whether the pushed value stands.
    pub yours_kept: bool,
    /// The value that stands.
    pub kept: Option<Value>,
    /// Whose it is.
    pub kept_by: PersonId,
    /// The value that lost.
    pub lost: Option<Value>,
    /// Whose it was.
    pub lost_by: PersonId,
    /// Whether a measured number wants a second look.
    pub needs_review: bool,
}

/// What became of a mutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The durable outcome, or `Retry`.
    pub outcome: Outcome,
    /// Why it was not applied, or not wholly.
    pub problem: Option<MutationProblem>,
    /// The record's new state; `None` if it did not change.
    pub state: Option<State>,
    /// What was decided by rule.
    pub conflicts: Vec<Conflict>,
}

impl Merged {
    /// A refusal: nothing changes.
    pub fn refused(outcome: Outcome, problem: MutationProblem) -> Self {
        Self { outcome, problem: Some(problem), state: None, conflicts: Vec::new() }
    }

    fn rejected(code: ErrorCode) -> Self {
        Self::refused(Outcome::Rejected, MutationProblem::of(code))
    }
}

/// Joins a valid `mutation` with the `current` state of its record.
pub fn merge(kind: Kind, current: Option<&State>, mutation: &Mutation, editor: &Editor) -> Merged {
    match (mutation.op, current) {
        (Operation::Create, None) => create(kind, mutation, editor),
        (_, None) if mutation.base.unwrap_or(0) == 0 => {
            // Its creation has not arrived yet: the phone sends it again.
            Merged::refused(Outcome::Retry, MutationProblem::of(ErrorCode::UnknownRecord))
        }
        (_, None) => Merged::rejected(ErrorCode::UnknownRecord),
        (_, Some(state)) if state.kind != kind => Merged::rejected(ErrorCode::IdTaken),
        (Operation::Create, Some(state)) => create_again(state, mutation, editor),
        (_, Some(state)) if !may_edit(state, editor) => Merged::rejected(ErrorCode::NotTheAuthor),
        (Operation::Patch, Some(state)) => patch(state, mutation, editor),
        (Operation::Delete, Some(state)) => delete(state, mutation, editor),
        (Operation::Undelete, Some(state)) => undelete(state, mutation, editor),
        (Operation::Command, Some(state)) => command(state, mutation, editor),
    }
}

/// Whether the record is closed to phones: approved or finally judged.
pub fn is_locked(state: &State) -> bool {
    matches!(state.text("review_state"), Some("approved" | "township_passed" | "not_recognised"))
}

/// A visit belongs to its author and those who took part; a report or photo to its author; the rest to the village.
fn may_edit(state: &State, editor: &Editor) -> bool {
    let is_author = state.created.person == editor.person || editor.authority > 1;
    match state.kind {
        Kind::Visit => is_author || takes_part(state, editor.person),
        Kind::AdoptionReport | Kind::Photo => is_author,
        _ => true,
    }
}

fn takes_part(state: &State, person: PersonId) -> bool {
    let participants = state.fields.get("participant_ids").and_then(Value::as_array);
    participants.is_some_and(|ids| ids.contains(&Value::from(person.to_string())))
}

fn create(kind: Kind, mutation: &Mutation, editor: &Editor) -> Merged {
    let (mut fields, ext) = split_known(kind, &mutation.set);
    for (name, elements) in &mutation.add {
        if kind.field(name).is_some() {
            let current = fields.get(name).cloned();
            fields.insert(name.clone(), change_set(current.as_ref(), &[], elements));
        }
    }
    for field in kind.fields().iter().filter(|field| field.is_set()) {
        if let Some(Value::Array(elements)) = fields.get(field.name) {
            let sorted = change_set(None, &[], elements);
            fields.insert(field.name.to_owned(), sorted);
        }
    }
    if kind == Kind::Visit {
        fields.insert("review_state".to_owned(), Value::from("submitted"));
    }
    if kind == Kind::Photo {
        fields.insert("photo_state".to_owned(), Value::from("announced"));
    }
    if kind.field("commissioner_id").is_some() {
        fields.insert("commissioner_id".to_owned(), Value::from(editor.person.to_string()));
    }
    let created = stamp(1, mutation, editor);
    let state = State { kind, rev: 1, deleted: false, fields, ext, created, stamps: BTreeMap::new() };
    Merged { outcome: Outcome::Applied, problem: None, state: Some(state), conflicts: Vec::new() }
}

/// The same record created again under another mutation id (a phone that lost its outbox): a patch that saw nothing.
fn create_again(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.created.person != editor.person {
        return Merged::rejected(ErrorCode::IdTaken);
    }
    let mut as_patch = Mutation { op: Operation::Patch, base: Some(0), ..mutation.clone() };
    let sets: Vec<String> = as_patch
        .set
        .keys()
        .filter(|name| state.kind.field(name).is_some_and(Field::is_set))
        .cloned()
        .collect();
    for name in sets {
        if let Some(Value::Array(elements)) = as_patch.set.remove(&name) {
            as_patch.add.entry(name).or_default().extend(elements);
        }
    }
    patch(state, &as_patch, editor)
}

fn patch(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.deleted {
        return refuse_on_deleted(state, mutation, editor);
    }
    if is_locked(state) && editor.authority < 3 {
        return Merged::refused(Outcome::Held, MutationProblem::of(ErrorCode::Locked));
    }
    Patch::new(state, mutation, editor).run()
}

/// A late edit of a deleted record is neither applied nor dropped: the note lets both people bring it back.
fn refuse_on_deleted(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    let lost = Value::Object(mutation.set.clone());
    let conflict = Conflict {
        field: None,
        rule: "deleted",
        yours_kept: false,
        kept: None,
        kept_by: state.stamp("").person,
        lost: Some(lost),
        lost_by: editor.person,
        needs_review: false,
    };
    let deleted_by = state.stamps.get(DELETION).map_or(conflict.kept_by, |stamp| stamp.person);
    let conflicts = vec![Conflict { kept_by: deleted_by, ..conflict }];
    Merged { conflicts, ..Merged::rejected(ErrorCode::Deleted) }
}

/// The name under which the stamp of a deletion or its undoing is kept among the field stamps.
pub const DELETION: &str = "$deleted";

fn delete(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.deleted {
        return Merged { outcome: Outcome::Applied, problem: None, state: None, conflicts: Vec::new() };
    }
    if is_locked(state) && editor.authority < 3 {
        return Merged::refused(Outcome::Held, MutationProblem::of(ErrorCode::Locked));
    }
    let base = mutation.base.unwrap_or(0);
    let stamps = state.stamps.values().chain(std::iter::once(&state.created));
    let others: Vec<_> = stamps.filter(|stamp| stamp.rev > base && stamp.device != editor.device).collect();
    if !others.is_empty() {
        return Merged::rejected(ErrorCode::ChangedByOther);
    }
    turn(state, mutation, editor, true)
}

fn undelete(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if !state.deleted {
        return Merged { outcome: Outcome::Applied, problem: None, state: None, conflicts: Vec::new() };
    }
    let Merged { state: Some(live), .. } = turn(state, mutation, editor, false) else {
        return Merged::rejected(ErrorCode::IllegalTransition);
    };
    let mut merged = Patch::new(&live, mutation, editor).run();
    // Being back is a change in itself, whatever the fields say.
    merged.state.get_or_insert(live);
    merged
}

fn turn(state: &State, mutation: &Mutation, editor: &Editor, deleted: bool) -> Merged {
    let mut next = State { rev: next_rev(state.rev), deleted, ..state.clone() };
    next.stamps.insert(DELETION.to_owned(), stamp(next.rev, mutation, editor));
    Merged { outcome: Outcome::Applied, problem: None, state: Some(next), conflicts: Vec::new() }
}

fn command(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.deleted {
        return Merged::rejected(ErrorCode::Deleted);
    }
    let now = state.text("review_state").unwrap_or("submitted");
    let then = match (mutation.name.as_deref(), now) {
        (Some("withdraw"), "submitted" | "returned") => "withdrawn",
        (Some("submit"), "withdrawn" | "returned") => "submitted",
        (Some("withdraw"), "withdrawn") | (Some("submit"), "submitted") => {
            return Merged { outcome: Outcome::Applied, problem: None, state: None, conflicts: Vec::new() };
        }
        _ => return Merged::rejected(ErrorCode::IllegalTransition),
    };
    let mut next = State { rev: next_rev(state.rev), ..state.clone() };
    next.fields.insert("review_state".to_owned(), Value::from(then));
    next.stamps.insert("review_state".to_owned(), stamp(next.rev, mutation, editor));
    Merged { outcome: Outcome::Applied, problem: None, state: Some(next), conflicts: Vec::new() }
}

/// One patch under way.
struct Patch<'a> {
    state: &'a State,
    mutation: &'a Mutation,
    editor: &'a Editor,
    next: State,
    changed: bool,
    conflicts: Vec<Conflict>,
    errors: Vec<FieldProblem>,
}

impl<'a> Patch<'a> {
    fn new(state: &'a State, mutation: &'a Mutation, editor: &'a Editor) -> Self {
        let next = State { rev: next_rev(state.rev), ..state.clone() };
        Self { state, mutation, editor, next, changed: false, conflicts: Vec::new(), errors: Vec::new() }
    }

    fn run(mut self) -> Merged {
        for (name, value) in &self.mutation.set {
            self.write(name, Some(value).filter(|value| !value.is_null()));
        }
        for name in &self.mutation.unset {
            self.write(name, None);
        }
        self.write_sets();
        if self.changed {
            self.resubmit();
        }
        let outcome = if self.conflicts.is_empty() { Outcome::Applied } else { Outcome::Merged };
        let problem = (!self.errors.is_empty())
            .then(|| MutationProblem::with(ErrorCode::ImmutableField, self.errors));
        let state = self.changed.then_some(self.next);
        Merged { outcome, problem, state, conflicts: self.conflicts }
    }

    /// A returned visit that its author mends goes back to the reviewer.
    fn resubmit(&mut self) {
        if self.next.text("review_state") == Some("returned") && self.editor.authority < 3 {
            self.put("review_state", Some(Value::from("submitted")));
        }
    }

    fn write(&mut self, name: &str, value: Option<&Value>) {
        let Some(field) = self.state.kind.field(name) else {
            return self.write_unknown(name, value);
        };
        let current = self.next.fields.get(name);
        if current == value {
            return;
        }
        if field.class == Class::Immutable && current.is_some() {
            return self.refuse_immutable(name, value);
        }
        let seen = self.state.stamp(name).clone();
        let own = seen.device == self.editor.device;
        if own && seen.n > self.mutation.n {
            // The same phone has changed it again since: its later edit stands.
            return;
        }
        let untouched = current.is_none() && !self.state.stamps.contains_key(name);
        if own || untouched || seen.rev <= self.mutation.base.unwrap_or(0) {
            return self.put(name, value.cloned());
        }
        self.decide(field, value, &seen);
    }

    fn decide(&mut self, field: &Field, value: Option<&Value>, seen: &Stamp) {
        let theirs = (seen.authority, seen.at, seen.device, seen.n);
        let yours = (self.editor.authority, self.editor.at, self.editor.device, self.mutation.n);
        let yours_kept = yours > theirs;
        let rule = if seen.authority == self.editor.authority { "later_edit" } else { "authority" };
        let current = self.next.fields.get(field.name).cloned();
        let (kept, lost) = if yours_kept { (value.cloned(), current) } else { (current, value.cloned()) };
        let (kept_by, lost_by) =
            if yours_kept { (self.editor.person, seen.person) } else { (seen.person, self.editor.person) };
        let needs_review = field.class == Class::Measure;
        let name = Some(field.name.to_owned());
        self.conflicts.push(Conflict {
            field: name,
            rule,
            yours_kept,
            kept,
            kept_by,
            lost,
            lost_by,
            needs_review,
        });
        if yours_kept {
            self.put(field.name, value.cloned());
        }
    }

    fn refuse_immutable(&mut self, name: &str, value: Option<&Value>) {
        let code = ErrorCode::ImmutableField;
        self.errors.push(FieldProblem {
            pointer: format!("/set/{name}"),
            code,
            message: code.title().into(),
        });
        self.conflicts.push(Conflict {
            field: Some(name.to_owned()),
            rule: "immutable",
            yours_kept: false,
            kept: self.next.fields.get(name).cloned(),
            kept_by: self.state.stamp(name).person,
            lost: value.cloned(),
            lost_by: self.editor.person,
            needs_review: false,
        });
    }

    fn write_unknown(&mut self, name: &str, value: Option<&Value>) {
        let current = self.next.ext.get(name);
        if current == value {
            return;
        }
        self.changed = true;
        match value {
            Some(value) => self.next.ext.insert(name.to_owned(), value.clone()),
            None => self.next.ext.remove(name),
        };
    }

    fn write_sets(&mut self) {
        let names: std::collections::BTreeSet<_> =
            self.mutation.add.keys().chain(self.mutation.remove.keys()).collect();
        for name in names {
            if self.state.kind.field(name).is_none() {
                continue;
            }
            let none = Vec::new();
            let add = self.mutation.add.get(name).unwrap_or(&none);
            let remove = self.mutation.remove.get(name).unwrap_or(&none);
            let current = self.next.fields.get(name);
            let next = change_set(current, remove, add);
            let unchanged = current.map_or(next == Value::Array(Vec::new()), |current| *current == next);
            if !unchanged {
                self.put(name, Some(next));
            }
        }
    }

    fn put(&mut self, name: &str, value: Option<Value>) {
        self.changed = true;
        match value {
            Some(value) => self.next.fields.insert(name.to_owned(), value),
            None => self.next.fields.remove(name),
        };
        let stamp = stamp(self.next.rev, self.mutation, self.editor);
        self.next.stamps.insert(name.to_owned(), stamp);
    }
}

fn stamp(rev: i64, mutation: &Mutation, editor: &Editor) -> Stamp {
    Stamp {
        rev,
        device: editor.device,
        n: mutation.n,
        person: editor.person,
        authority: editor.authority,
        at: editor.at,
    }
}

fn next_rev(rev: i64) -> i64 {
    rev.saturating_add(1)
}

fn split_known(kind: Kind, set: &Fields) -> (Fields, Fields) {
    let present = set.iter().filter(|(_, value)| !value.is_null());
    let (known, unknown): (Vec<_>, Vec<_>) = present.partition(|(name, _)| kind.field(name).is_some());
    let own = |pairs: Vec<(&String, &Value)>| {
        pairs.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    (own(known), own(unknown))
}

/// A set with elements taken out and put in; sorted by their text, so that order never matters.
fn change_set(current: Option<&Value>, remove: &[Value], add: &[Value]) -> Value {
    let mut elements: BTreeMap<String, Value> = BTreeMap::new();
    for element in current.and_then(Value::as_array).into_iter().flatten() {
        elements.insert(element.to_string(), element.clone());
    }
    for element in remove {
        elements.remove(&element.to_string());
    }
    for element in add {
        elements.insert(element.to_string(), element.clone());
    }
    Value::Array(elements.into_values().collect())
}

/// Checks what the merge of a patch can break although each mutation is valid by itself.
pub fn check_merged(state: &State) -> Option<MutationProblem> {
    let date = |name| state.text(name).and_then(|text| text.parse().ok());
    let (from, to) = (date("service_from")?, date("service_to")?);
    let days = validate::days_between(from, to);
    if (0..i64::from(crate::limits::MAX_VISIT_DAYS)).contains(&days) {
        return None;
    }
    let code = if days < 0 { ErrorCode::EndsBeforeStart } else { ErrorCode::OutOfRange };
    let error =
        FieldProblem { pointer: "/set/service_to".to_owned(), code, message: code.title().into() };
    Some(MutationProblem::with(ErrorCode::Validation, vec![error]))
}
