//! Joins one mutation with the record that the server holds. Pure: data in, data out; it never fails.
//!
//! A field is in conflict only if somebody else changed it after the `base` that the user saw and the values
//! differ; the own-branch rule exempts the same replica's other edits. The losing value is always kept.
//!
//! Two things leave no trace, on purpose: an edit that writes the value that already stands, and the removal of
//! a set's element (two people's additions and removals both count, in the order of their arrival).

use crate::field::{Class, Field};
use crate::ids::{DeviceId, GenerationId, PersonId};
use crate::limits::MAX_EXT_BYTES;
use crate::mutation::{Mutation, Operation, is_reserved, json_size};
use crate::problem::{ErrorCode, FieldProblem, MutationProblem};
use crate::records::Kind;
use crate::sync::Outcome;
use crate::{Fields, validate};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Who wrote a value, at which revision, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The record's revision that the edit made.
    #[serde(rename = "r")]
    pub rev: i64,
    /// The device.
    #[serde(rename = "d")]
    pub device: DeviceId,
    /// The life of the database on it: a cloned or restored phone counts its mutations anew.
    #[serde(rename = "g")]
    pub generation: GenerationId,
    /// The replica's counter of mutations.
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

impl Stamp {
    /// Whether the editor's own replica wrote it: the same person's database on the same device.
    fn is_of(&self, editor: &Editor) -> bool {
        (self.device, self.generation, self.person)
            == (editor.device, editor.generation, editor.person)
    }
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
    /// Who wrote each field that changed after creation, known or not; and [`DELETION`] and [`OTHER`].
    pub stamps: BTreeMap<String, Stamp>,
}

impl State {
    /// Who wrote `field` last.
    pub fn stamp(&self, field: &str) -> &Stamp {
        self.stamps.get(field).unwrap_or(&self.created)
    }

    /// The last change of all.
    fn latest(&self) -> &Stamp {
        self.stamps
            .values()
            .fold(&self.created, |a, b| if b.rev > a.rev { b } else { a })
    }

    /// The next revision, under the hand of `editor`.
    fn next(&self, editor: &Editor) -> Self {
        let mut next = Self {
            rev: self.rev.saturating_add(1),
            ..self.clone()
        };
        let latest = self.latest();
        if !latest.is_of(editor) {
            next.stamps.insert(OTHER.to_owned(), latest.clone());
        }
        next
    }

    /// A text field.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}

/// Who is editing, and when.
///
/// For the office, which has no phone, a browser session is a device and its own generation; edits of one session need
/// a rising `n` as well, or must have seen what they change.
#[derive(Clone, Debug)]
pub struct Editor {
    /// The device.
    pub device: DeviceId,
    /// The life of the database on it.
    pub generation: GenerationId,
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
        Self {
            outcome,
            problem: Some(problem),
            state: None,
            conflicts: Vec::new(),
        }
    }

    /// Nothing to do, or it was done before.
    fn unchanged() -> Self {
        Self {
            outcome: Outcome::Applied,
            problem: None,
            state: None,
            conflicts: Vec::new(),
        }
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
            Merged::refused(
                Outcome::Retry,
                MutationProblem::of(ErrorCode::UnknownRecord),
            )
        }
        (_, None) => Merged::rejected(ErrorCode::UnknownRecord),
        (_, Some(state)) if state.kind != kind => Merged::rejected(ErrorCode::IdTaken),
        (Operation::Create, Some(state)) => create_again(state, mutation, editor),
        (op, Some(state)) if !may(op, state, editor) => Merged::rejected(ErrorCode::NotTheAuthor),
        (Operation::Patch, Some(state)) => patch(state, mutation, editor),
        (Operation::Delete, Some(state)) => delete(state, mutation, editor),
        (Operation::Undelete, Some(state)) => undelete(state, mutation, editor),
        (Operation::Command, Some(state)) => command(state, mutation, editor),
    }
}

/// Whether the record is closed to phones: approved or finally judged.
pub fn is_locked(state: &State) -> bool {
    matches!(
        state.text("review_state"),
        Some("approved" | "township_passed" | "not_recognised")
    )
}

fn is_locked_to(state: &State, editor: &Editor) -> bool {
    is_locked(state) && editor.authority < 3
}

/// Those who took part in a visit may mend it; to delete, withdraw or submit it is for its author and the office. A
/// report or photo belongs to its author and the office, the rest to everybody who serves the village.
fn may(op: Operation, state: &State, editor: &Editor) -> bool {
    let is_author = state.created.person == editor.person || editor.authority > 1;
    match (state.kind, op) {
        (Kind::Visit, Operation::Patch) => is_author || takes_part(state, editor.person),
        (Kind::Visit | Kind::AdoptionReport | Kind::Photo, _) => is_author,
        _ => true,
    }
}

fn takes_part(state: &State, person: PersonId) -> bool {
    let participants = state
        .fields
        .get("participant_ids")
        .and_then(Value::as_array);
    participants.is_some_and(|ids| ids.contains(&Value::from(person.to_string())))
}

/// The revision that the user saw. One that the record never had (the server was restored from a backup, or
/// the phone lies) proves nothing.
fn seen_rev(state: &State, mutation: &Mutation) -> i64 {
    mutation.base.filter(|base| *base <= state.rev).unwrap_or(0)
}

fn create(kind: Kind, mutation: &Mutation, editor: &Editor) -> Merged {
    let (mut fields, mut ext) = split_known(kind, &mutation.set);
    for field in kind.fields().iter().filter(|field| field.is_set()) {
        if let Some(Value::Array(elements)) = fields.get(field.name) {
            let sorted = change_set(None, &[], elements);
            fields.insert(field.name.to_owned(), sorted);
        }
    }
    for (name, elements) in &mutation.add {
        let part = if kind.field(name).is_some() {
            &mut fields
        } else {
            &mut ext
        };
        if takes_elements(kind, name, part.get(name)) {
            let union = change_set(part.get(name), &[], elements);
            part.insert(name.clone(), union);
        }
    }
    if kind == Kind::Visit {
        fields.insert("review_state".to_owned(), Value::from("submitted"));
    }
    if kind == Kind::Photo {
        fields.insert("photo_state".to_owned(), Value::from("announced"));
    }
    if kind.field("commissioner_id").is_some() {
        fields.insert(
            "commissioner_id".to_owned(),
            Value::from(editor.person.to_string()),
        );
    }
    let created = stamp(1, mutation, editor);
    let state = State {
        kind,
        rev: 1,
        deleted: false,
        fields,
        ext,
        created,
        stamps: BTreeMap::new(),
    };
    Merged {
        state: Some(state),
        ..Merged::unchanged()
    }
}

/// The same record created again under another mutation id (a phone that lost its outbox): a patch that saw
/// nothing. What a creation leaves out, it does not take away.
fn create_again(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.created.person != editor.person {
        return Merged::rejected(ErrorCode::IdTaken);
    }
    let mut as_patch = Mutation {
        op: Operation::Patch,
        base: Some(0),
        unset: Vec::new(),
        remove: BTreeMap::new(),
        ..mutation.clone()
    };
    as_patch.set.retain(|_, value| !value.is_null());
    for field in state.kind.fields().iter().filter(|field| field.is_set()) {
        if let Some(Value::Array(elements)) = as_patch.set.remove(field.name) {
            as_patch
                .add
                .entry(field.name.to_owned())
                .or_default()
                .extend(elements);
        }
    }
    patch(state, &as_patch, editor)
}

fn patch(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.deleted {
        return refuse_on_deleted(state, mutation, editor);
    }
    let merged = Patch::new(state, mutation, editor).run();
    let asks_for_something = merged.state.is_some() || !merged.conflicts.is_empty();
    if asks_for_something && is_locked_to(state, editor) {
        return Merged::refused(Outcome::Held, MutationProblem::of(ErrorCode::Locked));
    }
    merged
}

/// A late edit of a deleted record is neither applied nor dropped: the note lets both people bring it back.
/// What was lost stands there as an object of the written fields, `null` for one that was taken away, and the elements of
/// sets under [`ADDED`] and [`REMOVED`].
fn refuse_on_deleted(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    let mut lost = mutation.set.clone();
    lost.extend(
        mutation
            .unset
            .iter()
            .map(|name| (name.clone(), Value::Null)),
    );
    for (name, elements) in [(ADDED, &mutation.add), (REMOVED, &mutation.remove)] {
        if !elements.is_empty() {
            lost.insert(name.to_owned(), serde_json::json!(elements));
        }
    }
    let conflict = Conflict {
        field: None,
        rule: "deleted",
        yours_kept: false,
        kept: None,
        kept_by: state.stamp(DELETION).person,
        lost: Some(Value::Object(lost)),
        lost_by: editor.person,
        needs_review: false,
    };
    Merged {
        conflicts: vec![conflict],
        ..Merged::rejected(ErrorCode::Deleted)
    }
}

/// The name under which a lost edit of a deleted record keeps the elements that it put into sets.
pub const ADDED: &str = "$add";

/// The name under which a lost edit of a deleted record keeps the elements that it took out of sets.
pub const REMOVED: &str = "$remove";

/// The name under which the stamp of a deletion or its undoing is kept among the field stamps.
pub const DELETION: &str = "$deleted";

/// The name under which the last change by another replica than the latest one's is kept among the field stamps.
///
/// It keeps a later stamp on the same field from hiding from a deletion that somebody else was there too.
pub const OTHER: &str = "$other";

fn delete(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.deleted {
        return Merged::unchanged();
    }
    if is_locked_to(state, editor) {
        return Merged::refused(Outcome::Held, MutationProblem::of(ErrorCode::Locked));
    }
    let base = seen_rev(state, mutation);
    let mut stamps = state.stamps.values().chain(std::iter::once(&state.created));
    if stamps.any(|stamp| stamp.rev > base && !stamp.is_of(editor)) {
        return Merged::rejected(ErrorCode::ChangedByOther);
    }
    let mut next = state.next(editor);
    next.deleted = true;
    next.stamps
        .insert(DELETION.to_owned(), stamp(next.rev, mutation, editor));
    Merged {
        state: Some(next),
        ..Merged::unchanged()
    }
}

/// Brings a record back, with what the mutation writes to it. A record that is there already is patched.
fn undelete(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if !state.deleted {
        return patch(state, mutation, editor);
    }
    if is_locked_to(state, editor) {
        return Merged::refused(Outcome::Held, MutationProblem::of(ErrorCode::Locked));
    }
    let merged = Patch::new(state, mutation, editor).run();
    // Being back is a change in itself, whatever the fields say.
    let mut next = merged.state.unwrap_or_else(|| state.next(editor));
    next.deleted = false;
    next.stamps
        .insert(DELETION.to_owned(), stamp(next.rev, mutation, editor));
    Merged {
        state: Some(next),
        ..merged
    }
}

fn command(state: &State, mutation: &Mutation, editor: &Editor) -> Merged {
    if state.kind != Kind::Visit {
        return Merged::rejected(ErrorCode::UnknownCommand);
    }
    if state.deleted {
        return Merged::rejected(ErrorCode::Deleted);
    }
    let now = state.text("review_state").unwrap_or("submitted");
    let then = match (mutation.name.as_deref(), now) {
        (Some("withdraw"), "submitted" | "returned") => "withdrawn",
        (Some("submit"), "withdrawn" | "returned") => "submitted",
        (Some("withdraw"), "withdrawn") | (Some("submit"), "submitted") => {
            return Merged::unchanged();
        }
        _ => return Merged::rejected(ErrorCode::IllegalTransition),
    };
    let mut next = state.next(editor);
    next.fields
        .insert("review_state".to_owned(), Value::from(then));
    next.stamps
        .insert("review_state".to_owned(), stamp(next.rev, mutation, editor));
    Merged {
        state: Some(next),
        ..Merged::unchanged()
    }
}

/// One patch under way.
struct Patch<'a> {
    state: &'a State,
    mutation: &'a Mutation,
    editor: &'a Editor,
    base: i64,
    next: State,
    changed: bool,
    conflicts: Vec<Conflict>,
    errors: Vec<FieldProblem>,
}

impl<'a> Patch<'a> {
    fn new(state: &'a State, mutation: &'a Mutation, editor: &'a Editor) -> Self {
        Self {
            state,
            mutation,
            editor,
            base: seen_rev(state, mutation),
            next: state.next(editor),
            changed: false,
            conflicts: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn run(mut self) -> Merged {
        for (name, value) in wanted(self.mutation) {
            self.write(name, value);
        }
        self.write_sets();
        if self.changed {
            self.resubmit();
        }
        let outcome = if self.conflicts.is_empty() {
            Outcome::Applied
        } else {
            Outcome::Merged
        };
        let problem = (!self.errors.is_empty())
            .then(|| MutationProblem::with(ErrorCode::ImmutableField, self.errors));
        let state = self.changed.then_some(self.next);
        Merged {
            outcome,
            problem,
            state,
            conflicts: self.conflicts,
        }
    }

    /// A returned visit goes back to the reviewer when somebody mends it who has seen that it was returned.
    fn resubmit(&mut self) {
        let has_seen_it = self.state.stamp("review_state").rev <= self.base;
        if has_seen_it
            && self.next.text("review_state") == Some("returned")
            && self.editor.authority < 3
        {
            self.put("review_state", Some(Value::from("submitted")));
        }
    }

    fn write(&mut self, name: &str, value: Option<&Value>) {
        let (state, field) = (self.state, self.state.kind.field(name));
        let current = self.part(name).get(name);
        let is_untouched = current.is_none() && !state.stamps.contains_key(name);
        if current == value || is_reserved(name) {
            return;
        }
        if field.is_some_and(|field| field.class == Class::Immutable) && current.is_some() {
            return self.refuse_immutable(name, value);
        }
        let seen = state.stamp(name);
        if is_untouched || seen.rev <= self.base {
            return self.put(name, value.cloned());
        }
        if !seen.is_of(self.editor) {
            return self.decide(name, field, value, seen);
        }
        // The same phone may have changed it again since: then its later edit stands.
        if seen.n <= self.mutation.n {
            self.put(name, value.cloned());
        }
    }

    /// Where a field of this name is kept.
    fn part(&mut self, name: &str) -> &mut Fields {
        let is_known = self.state.kind.field(name).is_some();
        if is_known {
            &mut self.next.fields
        } else {
            &mut self.next.ext
        }
    }

    fn decide(&mut self, name: &str, field: Option<&Field>, value: Option<&Value>, seen: &Stamp) {
        let (editor, mutation) = (self.editor, self.mutation);
        let theirs = (
            seen.authority,
            seen.at,
            seen.device,
            seen.generation,
            seen.n,
        );
        let yours = (
            editor.authority,
            editor.at,
            editor.device,
            editor.generation,
            mutation.n,
        );
        let yours_kept = yours > theirs;
        let current = (self.part(name).get(name).cloned(), seen.person);
        let pushed = (value.cloned(), editor.person);
        let ((kept, kept_by), (lost, lost_by)) = if yours_kept {
            (pushed, current)
        } else {
            (current, pushed)
        };
        self.conflicts.push(Conflict {
            field: Some(name.to_owned()),
            rule: if seen.authority == editor.authority {
                "later_edit"
            } else {
                "authority"
            },
            yours_kept,
            kept,
            kept_by,
            lost,
            lost_by,
            needs_review: field.is_some_and(|field| field.class == Class::Measure),
        });
        if yours_kept {
            self.put(name, value.cloned());
        }
    }

    fn refuse_immutable(&mut self, name: &str, value: Option<&Value>) {
        let code = ErrorCode::ImmutableField;
        let member = if value.is_some() { "set" } else { "unset" };
        self.errors.push(FieldProblem {
            pointer: format!("/{member}/{name}"),
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

    fn write_sets(&mut self) {
        let mutation = self.mutation;
        let names: BTreeSet<_> = mutation.add.keys().chain(mutation.remove.keys()).collect();
        for name in names {
            let add = mutation.add.get(name).map_or(&[][..], Vec::as_slice);
            let remove = mutation.remove.get(name).map_or(&[][..], Vec::as_slice);
            let current = self.part(name).get(name);
            let next = change_set(current, remove, add);
            let unchanged = match current {
                Some(current) => *current == next,
                None => add.is_empty(),
            };
            if unchanged {
                continue;
            }
            if takes_elements(self.state.kind, name, self.part(name).get(name)) {
                self.put(name, Some(next));
            } else if self.state.kind.field(name).is_none() && !add.is_empty() {
                // A field that we do not know, a set to one phone and something else to another.
                self.write(name, Some(&next));
            }
        }
    }

    fn put(&mut self, name: &str, value: Option<Value>) {
        self.changed = true;
        match value {
            Some(value) => self.part(name).insert(name.to_owned(), value),
            None => self.part(name).remove(name),
        };
        let stamp = stamp(self.next.rev, self.mutation, self.editor);
        self.next.stamps.insert(name.to_owned(), stamp);
    }
}

/// What each field shall be: `null` takes it away, and `unset` does so whatever `set` says.
fn wanted(mutation: &Mutation) -> BTreeMap<&str, Option<&Value>> {
    let set = mutation.set.iter();
    let set =
        set.map(|(name, value)| (name.as_str(), Some(value).filter(|value| !value.is_null())));
    set.chain(mutation.unset.iter().map(|name| (name.as_str(), None)))
        .collect()
}

/// Whether elements can be added to the field `name`, which holds `current`.
fn takes_elements(kind: Kind, name: &str, current: Option<&Value>) -> bool {
    match kind.field(name) {
        Some(field) => field.is_set(),
        None => !is_reserved(name) && current.is_none_or(Value::is_array),
    }
}

fn stamp(rev: i64, mutation: &Mutation, editor: &Editor) -> Stamp {
    Stamp {
        rev,
        device: editor.device,
        generation: editor.generation,
        n: mutation.n,
        person: editor.person,
        authority: editor.authority,
        at: editor.at,
    }
}

fn split_known(kind: Kind, set: &Fields) -> (Fields, Fields) {
    let present = set
        .iter()
        .filter(|(name, value)| !value.is_null() && !is_reserved(name));
    let (known, unknown): (Vec<_>, Vec<_>) =
        present.partition(|(name, _)| kind.field(name).is_some());
    let own = |pairs: Vec<(&String, &Value)>| {
        pairs
            .into_iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
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

/// Checks what a merge can break although each mutation is valid by itself: the span of a visit's dates, the size
/// of a set that several mutations filled, and the size of what is kept of unknown fields.
///
/// Call it with the new state of every merge, before it is stored: a state with a problem is not stored, and the
/// mutation that made it is rejected with that problem. States are sound by this alone, so a problem is always the
/// mutation's doing. The pointer names the field that is wrong, even if the mutation wrote only its counterpart.
pub fn check_merged(state: &State) -> Option<MutationProblem> {
    if state.deleted {
        return None;
    }
    let mut errors: Vec<_> = validate::check_span(&state.fields).into_iter().collect();
    for field in state.kind.fields() {
        let elements = state
            .fields
            .get(field.name)
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let limit = validate::set_limit(field).filter(|limit| elements > *limit);
        errors
            .extend(limit.map(|limit| validate::too_many(&format!("/add/{}", field.name), limit)));
    }
    if json_size(&Value::Object(state.ext.clone()), MAX_EXT_BYTES).is_none() {
        errors.push(validate::too_much_unknown());
    }
    (!errors.is_empty()).then(|| MutationProblem::with(ErrorCode::Validation, errors))
}
