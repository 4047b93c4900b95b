//! What the user sees of a record: the server's base with the phone's own mutations laid over it. Pure; it decides
//! nothing and changes neither replica nor outbox.

use crate::outbox::{Edits, Standing};
use crate::replica::StoredRecord;
use serde_json::Value;
use std::collections::BTreeMap;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::records::Record;

/// A record as the user sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The record.
    pub id: RecordId,
    /// Its kind, as a word.
    pub kind: String,
    /// The server's revision beneath; 0 if none was pulled yet.
    pub rev: i64,
    /// All fields, known or not, with the phone's own edits.
    pub fields: Fields,
    /// Whether it was deleted, here or elsewhere.
    pub deleted: bool,
    /// Why it does not count yet, if the server says so.
    pub held: Option<String>,
    /// How many mutations of it wait in the outbox.
    pub pending: usize,
    /// Whether one of them was refused and needs the user.
    pub needs_attention: bool,
}

impl View {
    /// The fields as a typed record.
    pub fn read<R: Record>(&self) -> R {
        R::read(&self.fields)
    }

    fn of_base(id: RecordId, base: &StoredRecord) -> Self {
        let mut fields = base.ext.clone();
        fields.extend(base.data.clone());
        Self {
            id,
            kind: base.kind.clone(),
            rev: base.rev,
            fields,
            deleted: base.deleted,
            held: base.held.clone(),
            pending: 0,
            needs_attention: false,
        }
    }

    fn of_creation(mutation: &Mutation) -> Self {
        Self {
            id: mutation.id,
            kind: mutation.kind.clone(),
            rev: 0,
            fields: Fields::new(),
            deleted: false,
            held: None,
            pending: 0,
            needs_attention: false,
        }
    }

    fn take(&mut self, mutation: &Mutation) {
        match mutation.op {
            Operation::Delete => self.deleted = true,
            Operation::Undelete => self.deleted = false,
            Operation::Create | Operation::Patch | Operation::Command => {}
        }
        write(&mut self.fields, mutation);
    }
}

/// Lays `edits` over `base`. `None` if the record is neither held nor created here.
pub fn view(id: RecordId, base: Option<&StoredRecord>, edits: &Edits<'_>) -> Option<View> {
    let mut view = base.map(|base| View::of_base(id, base));
    for done in edits
        .acknowledged
        .iter()
        .filter(|done| done.is_unseen(base))
    {
        if let Some(view) = begin(&mut view, &done.mutation) {
            view.take(&done.mutation);
            for (name, value) in &done.corrections {
                put(&mut view.fields, name, value.clone());
            }
        }
    }
    for pending in &edits.pending {
        let Some(view) = begin(&mut view, &pending.mutation) else {
            continue;
        };
        view.pending += 1;
        let refused = matches!(pending.standing, Standing::NeedsAttention(_));
        view.needs_attention |= refused;
        let writes = matches!(pending.mutation.op, Operation::Create | Operation::Patch);
        // What is pushed again after a restore was on the server before: others may have edited over it.
        let is_old = pending.again && base.is_some();
        if !is_old && (writes || !refused) {
            view.take(&pending.mutation);
        }
    }
    view
}

fn begin<'a>(view: &'a mut Option<View>, mutation: &Mutation) -> Option<&'a mut View> {
    if view.is_none() && mutation.op == Operation::Create {
        *view = Some(View::of_creation(mutation));
    }
    view.as_mut()
}

/// Writes what a mutation says into `fields`, as the server does when nobody else edits.
pub fn write(fields: &mut Fields, mutation: &Mutation) {
    for (name, value) in &mutation.set {
        put(fields, name, Some(value.clone()));
    }
    for name in &mutation.unset {
        fields.remove(name);
    }
    for name in mutation.add.keys().chain(mutation.remove.keys()) {
        let none = Vec::new();
        let add = mutation.add.get(name).unwrap_or(&none);
        let remove = mutation.remove.get(name).unwrap_or(&none);
        let changed = change_set(fields.get(name), remove, add);
        fields.insert(name.clone(), changed);
    }
}

fn put(fields: &mut Fields, name: &str, value: Option<Value>) {
    match value.filter(|value| !value.is_null()) {
        Some(value) => fields.insert(name.to_owned(), value),
        None => fields.remove(name),
    };
}

/// A set with elements taken out and put in, sorted by their text.
fn change_set(current: Option<&Value>, remove: &[Value], add: &[Value]) -> Value {
    let current = current.and_then(Value::as_array).into_iter().flatten();
    let mut elements: BTreeMap<String, &Value> = current
        .map(|element| (element.to_string(), element))
        .collect();
    for element in remove {
        elements.remove(&element.to_string());
    }
    elements.extend(add.iter().map(|element| (element.to_string(), element)));
    Value::Array(elements.into_values().cloned().collect())
}
