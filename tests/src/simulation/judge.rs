//! The judge: reads the database with queries of its own and holds it against what phones hold and what the line saw.
//!
//! It shares no code with the server's merge, feed or summaries, but for the recount that `tepai check` is.

use super::line::{Log, Sent};
use super::phones::Player;
use super::story::Story;
use crate::World;
use sea_orm::FromQueryResult;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tepai_app::summaries::check;
use tepai_client::Standing;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{MutationId, PersonId, RecordId};
use tepai_sync_protocol::mutation::{Mutation, Operation};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::sync::{MutationResult, Outcome};
use uuid::Uuid;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Violation {
    /// A phone could not finish.
    Stuck(String),
    /// The server answered with an error of its own.
    Broken(String),
    /// What was acknowledged is not there.
    Lost(String),
    /// A mutation has two outcomes, or none.
    Outcome(String),
    /// A value was overwritten by somebody who had not seen it, and is kept nowhere.
    SilentOverwrite(String),
    /// Edits of one replica were called a conflict.
    Spurious(String),
    /// Phone and server do not hold the same.
    Differs(String),
    /// A phone holds what it may not.
    Leaked(String),
    /// Summaries are not what a recount gives.
    Summary(String),
}

/// How much of everything there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By name.
    pub of: BTreeMap<String, usize>,
}

impl Counts {
    fn add(&mut self, name: impl Into<String>, count: usize) {
        *self.of.entry(name.into()).or_default() += count;
    }

    /// Adds those of another run.
    pub fn absorb(&mut self, other: Self) {
        for (name, count) in other.of {
            self.add(name, count);
        }
    }
}

/// What there is to judge.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The database, and a server over it.
    pub world: &'a World,
    /// The county that it happened in.
    pub county: &'a DivisionCode,
    /// What was sent and told.
    pub log: Log,
    /// The phones.
    pub players: &'a [Player],
    /// Who serves which village now.
    pub assigned: &'a BTreeMap<PersonId, BTreeSet<DivisionCode>>,
    /// The revision that the user saw, where a phone lies about it.
    pub seen: &'a BTreeMap<MutationId, i64>,
}

/// What the judge found.
#[derive(Debug)]
pub struct Judged {
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// How much there was to look at.
    pub counts: Counts,
}

#[derive(FromQueryResult)]
struct RecordRow {
    id: Uuid,
    kind: String,
    rev: i64,
    deleted: bool,
    fields: String,
    ext: Option<String>,
}

struct Held {
    kind: String,
    rev: i64,
    deleted: bool,
    fields: Fields,
    ext: Fields,
}

#[derive(FromQueryResult)]
struct ResultRow {
    mid: Uuid,
    result_json: String,
}

#[derive(FromQueryResult)]
struct MemberRow {
    scope_id: String,
    record_id: Uuid,
    state: i32,
    rev: i64,
}

#[derive(FromQueryResult)]
struct LetterRow {
    mid: Option<Uuid>,
}

/// The database as it is at the end.
struct Truth {
    records: BTreeMap<RecordId, Held>,
    results: BTreeMap<MutationId, MutationResult>,
    letters: BTreeSet<MutationId>,
    members: Vec<MemberRow>,
    /// The revision that the user saw, where a phone lies about it.
    seen: BTreeMap<MutationId, i64>,
}

async fn read(evidence: &Evidence<'_>) -> Truth {
    let county = || vec![evidence.county.as_str().into()];
    let world = evidence.world;
    let fields = |text: &str| serde_json::from_str::<Fields>(text).expect("fields");
    let sql = "SELECT id, kind, rev, deleted, fields, ext FROM record WHERE county_code = $1";
    let rows: Vec<RecordRow> = world.fetch(sql, county()).await;
    let records = rows.into_iter().map(|row| {
        let held = Held {
            kind: row.kind,
            rev: row.rev,
            deleted: row.deleted,
            fields: fields(&row.fields),
            ext: row.ext.as_deref().map(fields).unwrap_or_default(),
        };
        (RecordId(row.id), held)
    });
    let records = records.collect();
    let sql = "SELECT mid, result_json FROM mutation_result WHERE county_code = $1";
    let rows: Vec<ResultRow> = world.fetch(sql, county()).await;
    let results = rows.into_iter().map(|row| {
        let result = serde_json::from_str(&row.result_json).expect("a result");
        (MutationId(row.mid), result)
    });
    let results = results.collect();
    let sql = "SELECT mid FROM dead_letter WHERE county_code = $1";
    let rows: Vec<LetterRow> = world.fetch(sql, county()).await;
    let letters = rows
        .into_iter()
        .filter_map(|row| row.mid.map(MutationId))
        .collect();
    let sql = "SELECT m.scope_id, m.record_id, m.state, m.rev FROM membership m JOIN record r ON r.id = m.record_id \
               WHERE r.county_code = $1";
    let members = world.fetch(sql, county()).await;
    Truth {
        records,
        results,
        letters,
        members,
        seen: evidence.seen.clone(),
    }
}

/// Judges a story that has become quiet.
pub async fn judge(story: &Story<'_>) -> Judged {
    let log = story.line.log.lock().expect("a log").clone();
    let mut judged = weigh(Evidence {
        world: story.world,
        county: &story.county,
        log,
        players: &story.players,
        assigned: &story.assigned,
        seen: &story.seen,
    })
    .await;
    for (event, count) in &story.events {
        judged.counts.add(*event, *count);
    }
    judged
}

/// Judges what has become quiet.
pub async fn weigh(evidence: Evidence<'_>) -> Judged {
    let truth = read(&evidence).await;
    let log = evidence.log.clone();
    let (sent, told) = (log.sent, log.told);
    let mut violations: Vec<_> = log.broken.into_iter().map(Violation::Broken).collect();
    let mut counts = Counts::default();
    counts.add("runs", 1);
    counts.add("requests delivered", log.delivered);
    for (fault, count) in log.faults {
        counts.add(format!("fault {fault:?}"), count);
    }
    counts.add("mutations sent", sent.len());
    counts.add("records", truth.records.len());
    for result in truth.results.values() {
        counts.add(format!("outcome {}", result.outcome.as_str()), 1);
        counts.add("conflicts", result.conflicts.len());
    }
    judge_outcomes(&evidence, &truth, &sent, &told, &mut violations);
    judge_values(&truth, &sent, &mut violations, &mut counts);
    judge_replicas(&evidence, &truth, &mut violations);
    match check::check(&evidence.world.app, evidence.county.clone()).await {
        Ok(checked) if checked.is_right() => counts.add("cells recounted", checked.cells),
        other => violations.push(Violation::Summary(format!("{other:?}"))),
    }
    Judged { violations, counts }
}

/// Each mutation has one outcome, the one that the phone was told; what was refused is kept.
fn judge_outcomes(
    evidence: &Evidence<'_>,
    truth: &Truth,
    sent: &BTreeMap<MutationId, Sent>,
    told: &BTreeMap<MutationId, MutationResult>,
    violations: &mut Vec<Violation>,
) {
    for (mid, result) in told {
        let stored = truth.results.get(mid);
        if stored.map(|stored| stored.outcome) != Some(result.outcome) {
            violations.push(Violation::Outcome(format!(
                "{mid}: told {result:?}, stored {stored:?}"
            )));
        }
    }
    for (mid, result) in &truth.results {
        if !sent.contains_key(mid) {
            violations.push(Violation::Outcome(format!("{mid} was never sent")));
        }
        if result.outcome == Outcome::Rejected && !truth.letters.contains(mid) {
            violations.push(Violation::Lost(format!(
                "{mid} was refused and is not kept"
            )));
        }
    }
    for player in evidence.players {
        let refused: BTreeSet<RecordId> = player
            .phone
            .needs_attention()
            .filter(|(mutation, _)| mutation.op == Operation::Create)
            .map(|(mutation, _)| mutation.id)
            .collect();
        for pending in player.phone.outbox().pending() {
            let waits = !matches!(pending.standing, Standing::NeedsAttention(_));
            if waits && !refused.contains(&pending.mutation.id) {
                let all: Vec<_> = sent
                    .values()
                    .filter(|sent| sent.payload["id"] == serde_json::json!(pending.mutation.id))
                    .map(|sent| {
                        format!(
                            "{} {:?} {:?}",
                            sent.payload,
                            sent.generations,
                            sent.payload["mid"]
                                .as_str()
                                .and_then(|mid| mid.parse().ok())
                                .and_then(|mid: MutationId| truth.results.get(&mid))
                        )
                    })
                    .collect();
                violations.push(Violation::Stuck(format!(
                    "{:?} {:?} of {all:#?}",
                    player.phone.generation(),
                    pending
                )));
            }
        }
        for done in player.phone.journal() {
            let stored = truth.results.get(&done.mutation.mid);
            if stored.is_none_or(|stored| stored.outcome == Outcome::Rejected) {
                violations.push(Violation::Lost(format!(
                    "acknowledged: {:?}",
                    done.mutation
                )));
            }
        }
    }
}

/// One value that a mutation wrote, or tried to write.
#[derive(Clone, Debug)]
struct Write {
    mid: MutationId,
    rev: i64,
    base: i64,
    value: Option<Value>,
    /// What whoever undid a conflict saw; `null` if there was no value.
    saw: Option<Value>,
    /// Whether it stood when it was merged.
    stood: bool,
}

fn writes_of(
    truth: &Truth,
    sent: &BTreeMap<MutationId, Sent>,
) -> BTreeMap<(RecordId, String), Vec<Write>> {
    let mut writes: BTreeMap<(RecordId, String), Vec<Write>> = BTreeMap::new();
    for (mid, sent) in sent {
        let Some(result) = truth.results.get(mid) else {
            continue;
        };
        let waits_for_parent = result
            .problem
            .as_ref()
            .is_some_and(|problem| problem.code == ErrorCode::AwaitingParent);
        let written = match result.outcome {
            Outcome::Applied | Outcome::Merged => true,
            Outcome::Held => waits_for_parent,
            Outcome::Rejected | Outcome::Retry => false,
        };
        let Ok(mutation) = Mutation::read(&sent.payload) else {
            continue;
        };
        let Some(rev) = result.rev.filter(|_| written) else {
            continue;
        };
        let saw = kept_of(truth, &mutation);
        for (record, field, base, value) in values_of(truth, &mutation) {
            let lost = result
                .conflicts
                .iter()
                .any(|conflict| conflict.field == field && !conflict.yours_kept);
            writes.entry((record, field)).or_default().push(Write {
                mid: *mid,
                rev,
                base,
                value,
                saw: saw.clone(),
                stood: !lost,
            });
        }
    }
    for of_one in writes.values_mut() {
        of_one.sort_by_key(|write| write.rev);
    }
    writes
}

/// The values that a mutation writes; undoing a conflict writes the value that had lost, over what is there.
fn values_of(truth: &Truth, mutation: &Mutation) -> Vec<(RecordId, String, i64, Option<Value>)> {
    if mutation.op == Operation::Command {
        let undone = mutation.name.as_deref() == Some("undo_conflict");
        let Some(note) = truth.records.get(&mutation.id).filter(|_| undone) else {
            return Vec::new();
        };
        let text = |name: &str| note.fields.get(name).and_then(Value::as_str);
        let record = text("record_id").and_then(|id| id.parse().ok());
        let lost = text("lost_json").and_then(|json| serde_json::from_str(json).ok());
        let Some(record) = record else {
            return Vec::new();
        };
        return match (text("field"), lost) {
            (Some(field), lost) => vec![(record, field.to_owned(), 0, lost)],
            (None, Some(Value::Object(fields))) => fields
                .into_iter()
                .map(|(name, value)| {
                    (
                        record,
                        name,
                        i64::MAX,
                        Some(value).filter(|value| !value.is_null()),
                    )
                })
                .collect(),
            (None, _) => Vec::new(),
        };
    }
    let base = truth
        .seen
        .get(&mutation.mid)
        .copied()
        .or(mutation.base)
        .unwrap_or(0);
    let set = mutation.set.iter().map(|(name, value)| {
        (
            name.clone(),
            Some(value.clone()).filter(|value| !value.is_null()),
        )
    });
    let unset = mutation.unset.iter().map(|name| (name.clone(), None));
    set.chain(unset)
        .map(|(name, value)| (mutation.id, name, base, value))
        .collect()
}

/// The value that had won, which whoever undoes a conflict sees; `null` if what had won is that there is none.
fn kept_of(truth: &Truth, mutation: &Mutation) -> Option<Value> {
    let note = truth
        .records
        .get(&mutation.id)
        .filter(|note| note.kind == "conflict" && note.fields.contains_key("field"))?;
    let kept = note.fields.get("kept_json").and_then(Value::as_str);
    Some(kept.map_or(Value::Null, |json| {
        serde_json::from_str(json).unwrap_or_default()
    }))
}

/// A field whose value is what the last writer wrote: no set, and nothing that follows a parent.
fn is_plain(kind: &str, field: &str) -> bool {
    let Ok(kind) = kind.parse::<Kind>() else {
        return false;
    };
    let follows = field == "village_code" && kind.parent().is_some();
    let is_set = kind
        .field(field)
        .is_some_and(tepai_sync_protocol::field::Field::is_set);
    !follows && !is_set && kind != Kind::Conflict
}

/// Every value that was accepted stands, or was overwritten by somebody who had seen it, or is kept in a note.
fn judge_values(
    truth: &Truth,
    sent: &BTreeMap<MutationId, Sent>,
    violations: &mut Vec<Violation>,
    counts: &mut Counts,
) {
    let notes = notes_of(truth);
    for ((record, field), writes) in writes_of(truth, sent) {
        let Some(held) = truth.records.get(&record) else {
            violations.push(Violation::Lost(format!("record {record}")));
            continue;
        };
        if !is_plain(&held.kind, &field) {
            continue;
        }
        counts.add("values followed", writes.len());
        let kept = |write: &Write| {
            let of_field = notes.get(&(record, field.clone())).into_iter().flatten();
            of_field.clone().any(|lost| *lost == write.value)
        };
        for lost in writes.iter().filter(|write| !write.stood && !kept(write)) {
            violations.push(Violation::SilentOverwrite(format!(
                "{record} {field}: {lost:?} lost and not noted"
            )));
        }
        let stood: Vec<&Write> = writes.iter().filter(|write| write.stood).collect();
        for pair in by_revision(&stood).windows(2) {
            let [before, after] = pair else { continue };
            let mut pairs = before
                .iter()
                .flat_map(|before| after.iter().map(move |after| (before, after)));
            let is_kept = pairs.any(|(before, after)| {
                before.value == after.value
                    || after.saw.as_ref() == Some(before.value.as_ref().unwrap_or(&Value::Null))
                    || after.base >= before.rev
                    || same_replica(sent, before, after)
                    || kept(before)
            });
            if !is_kept {
                let all: Vec<_> = writes
                    .iter()
                    .map(|write| {
                        format!(
                            "{write:?} {:?}",
                            sent.get(&write.mid)
                                .map(|sent| (sent.payload["n"].clone(), sent.generations.clone()))
                        )
                    })
                    .collect();
                violations.push(Violation::SilentOverwrite(format!(
                    "{record} {field}: {before:?} by {after:?} of {all:#?}"
                )));
            }
        }
        let now = held.fields.get(&field).or_else(|| held.ext.get(&field));
        if let Some(last) = stood.last()
            && last.value.as_ref() != now
            && !stood
                .iter()
                .any(|write| write.rev == last.rev && write.value.as_ref() == now)
        {
            violations.push(Violation::Lost(format!(
                "{record} {field}: {last:?}, but it is {now:?}"
            )));
        }
    }
    judge_conflicts(truth, sent, violations);
}

/// The writes of each revision. What changed nothing is answered with the present revision, so that several can name
/// one, and one of them wrote it; what only repeats the value before it leaves no trace that could be overwritten.
fn by_revision<'a>(stood: &'a [&'a Write]) -> Vec<&'a [&'a Write]> {
    let mut now = None;
    let mut groups: Vec<&[&Write]> = stood.chunk_by(|a, b| a.rev == b.rev).collect();
    groups.retain(|group| {
        let changes = group.iter().any(|write| write.value != now);
        if let Some(last) = group.last() {
            now.clone_from(&last.value);
        }
        changes
    });
    groups
}

/// Whether both were sent under one name alone. A copied phone takes a new name, and what it did under the old one is
/// then somebody else's.
fn surely_same_replica(sent: &BTreeMap<MutationId, Sent>, a: &Write, b: &Write) -> bool {
    let of = |write: &Write| sent.get(&write.mid).map(|sent| sent.generations.clone());
    of(a) == of(b) && of(a).is_some_and(|generations| generations.len() == 1)
}

fn same_replica(sent: &BTreeMap<MutationId, Sent>, a: &Write, b: &Write) -> bool {
    let of = |write: &Write| {
        sent.get(&write.mid)
            .map(|sent| sent.generations.clone())
            .unwrap_or_default()
    };
    !of(a).is_disjoint(&of(b))
}

/// The losing values that notes keep, by record and field.
fn notes_of(truth: &Truth) -> BTreeMap<(RecordId, String), Vec<Option<Value>>> {
    let mut notes: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for held in truth
        .records
        .values()
        .filter(|held| held.kind == "conflict")
    {
        let text = |name: &str| held.fields.get(name).and_then(Value::as_str);
        let Some(record) = text("record_id").and_then(|id| id.parse::<RecordId>().ok()) else {
            continue;
        };
        let lost: Option<Value> =
            text("lost_json").and_then(|json| serde_json::from_str(json).ok());
        match (text("field"), lost) {
            (Some(field), lost) => notes
                .entry((record, field.to_owned()))
                .or_default()
                .push(lost),
            (None, Some(Value::Object(fields))) => {
                for (name, value) in fields {
                    let value = Some(value).filter(|value| !value.is_null());
                    notes.entry((record, name)).or_default().push(value);
                }
            }
            (None, _) => {}
        }
    }
    notes
}

/// A conflict is between two replicas: somebody else wrote after the base.
fn judge_conflicts(
    truth: &Truth,
    sent: &BTreeMap<MutationId, Sent>,
    violations: &mut Vec<Violation>,
) {
    let writes = writes_of(truth, sent);
    for (mid, result) in &truth.results {
        let Some(mutation) = sent
            .get(mid)
            .and_then(|sent| Mutation::read(&sent.payload).ok())
        else {
            continue;
        };
        for conflict in result
            .conflicts
            .iter()
            .filter(|conflict| !conflict.field.is_empty())
        {
            if !truth.records.contains_key(&conflict.conflict_id) {
                violations.push(Violation::Lost(format!(
                    "the note {}",
                    conflict.conflict_id
                )));
            }
            let own = Write {
                mid: *mid,
                rev: 0,
                base: 0,
                value: None,
                saw: None,
                stood: true,
            };
            let base = mutation.base.unwrap_or(0);
            let of_field = writes
                .get(&(mutation.id, conflict.field.clone()))
                .into_iter()
                .flatten();
            let by_another = |write: &Write| {
                write.mid != *mid && write.rev > base && !surely_same_replica(sent, write, &own)
            };
            let known = conflict.rule == "immutable" || of_field.clone().any(by_another);
            let is_command = mutation.op == Operation::Command;
            if !known && !is_command && conflict.rule != "authority" {
                violations.push(Violation::Spurious(format!("{mid}: {conflict:?}")));
            }
        }
    }
}

/// Each replica holds what the server's feed says of its scopes, to the last field, and nothing else.
fn judge_replicas(evidence: &Evidence<'_>, truth: &Truth, violations: &mut Vec<Violation>) {
    for player in evidence.players {
        let granted = granted(evidence, player.person);
        let mut expected = BTreeSet::new();
        for member in truth.members.iter().filter(|member| member.state == 1) {
            if granted.contains(&member.scope_id) {
                expected.insert((
                    RecordId(member.record_id),
                    member.scope_id.clone(),
                    member.rev,
                ));
            }
        }
        let mut holds = BTreeSet::new();
        for (id, record) in player.phone.replica().iter() {
            for scope in &record.scopes {
                if !granted.contains(&scope.to_string()) {
                    violations.push(Violation::Leaked(format!("{id} by {scope}")));
                }
                if !record.deleted {
                    holds.insert((id, scope.to_string(), record.rev));
                }
            }
            let Some(held) = truth.records.get(&id) else {
                if !record.scopes.is_empty() {
                    violations.push(Violation::Differs(format!("{id} is not on the server")));
                }
                continue;
            };
            let same = record.deleted == held.deleted
                && (record.deleted
                    || (record.rev, &record.data, &record.ext)
                        == (held.rev, &held.fields, &held.ext));
            if !same && !record.scopes.is_empty() {
                violations.push(Violation::Differs(format!("{id}: {record:?}")));
            }
        }
        for missing in expected.difference(&holds) {
            violations.push(Violation::Differs(format!(
                "missing on a phone: {missing:?}"
            )));
        }
        for extra in holds.difference(&expected) {
            violations.push(Violation::Differs(format!("only on a phone: {extra:?}")));
        }
    }
}

fn granted(evidence: &Evidence<'_>, person: PersonId) -> BTreeSet<String> {
    let villages = evidence.assigned.get(&person).into_iter().flatten();
    let villages = villages.map(|village| format!("v:{village}"));
    villages
        .chain([format!("u:{person}"), format!("ref:{}", evidence.county)])
        .collect()
}
