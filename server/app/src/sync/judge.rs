//! Judges the mutations of a batch in order, over a [`Ledger`], under the locks.
//!
//! Refusals are data: nothing here fails because of what a phone sent. It reads and writes no database.

use crate::clock::{Clock, local_date};
use crate::records::ledger::Ledger;
use crate::sync::batch::{Batch, BatchItem, parent_of, village_set};
use crate::sync::conflicts;
use crate::sync::dead_letters::dead_letter_of;
use crate::sync::derived::{Known, derive_fields, move_children};
use crate::sync::outcome::Judged;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::geo::Point;
use tepai_domain::scope::{Grant, is_by_link};
use tepai_store::photo_files::PhotoFile;
use tepai_store::records::StoredRecord;
use tepai_store::results::{DeadLetter, StoredResult};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::edit_time::{self, Contact, EditTime, Quality};
use tepai_sync_protocol::ids::MutationId;
use tepai_sync_protocol::merge::{self, Editor, Merged};
use tepai_sync_protocol::mutation::Mutation;
use tepai_sync_protocol::problem::{ErrorCode, MutationProblem};
use tepai_sync_protocol::records::{ConflictNote, Kind, Receipt, Record, receipt_id};
use tepai_sync_protocol::sync::{MutationResult, Outcome};

/// Walks the mutations of one batch.
pub(super) struct BatchApplier<'a> {
    pub(super) batch: &'a Batch,
    pub(super) contact: Contact<'a>,
    pub(super) grants: Vec<Grant>,
    pub(super) villages: BTreeSet<DivisionCode>,
    pub(super) points: BTreeMap<DivisionCode, Point>,
    pub(super) files: BTreeMap<String, PhotoFile>,
    pub(super) stored: BTreeMap<MutationId, StoredResult>,
    pub(super) ledger: Ledger,
    pub(super) fresh: BTreeMap<MutationId, StoredResult>,
    pub(super) dead_letters: Vec<DeadLetter>,
    pub(super) groups: BTreeMap<MutationId, Vec<MutationResult>>,
    pub(super) clock: &'a Clock,
}

impl BatchApplier<'_> {
    /// Judges the elements in order; returns one result for each.
    pub(super) fn run(&mut self) -> Vec<MutationResult> {
        let batch = self.batch;
        batch.items.iter().map(|item| self.answer(item)).collect()
    }

    /// The result of one element: replayed if it is known, else judged and remembered.
    fn answer(&mut self, item: &BatchItem) -> MutationResult {
        if let Some(mid) = item.mid
            && let Some(known) = self.stored.get(&mid).or_else(|| self.fresh.get(&mid))
        {
            return if known.content_hash == item.content_hash {
                known.result.clone().replay()
            } else {
                let problem = MutationProblem::of(ErrorCode::MutationIdReused);
                self.dead_letter(item, &problem);
                MutationResult::refused(item.mid, Outcome::Rejected, problem)
            };
        }
        let judged = match &item.judged {
            Ok((kind, mutation)) => self.judge_in_group(*kind, mutation),
            Err(problem) => Judged::dead(MutationResult::refused(
                item.mid,
                Outcome::Rejected,
                problem.clone(),
            )),
        };
        if let Some(problem) = judged
            .result
            .problem
            .as_ref()
            .filter(|_| judged.is_dead_letter)
        {
            self.dead_letter(item, problem);
        }
        if let Some(mid) = item.mid.filter(|_| judged.result.outcome != Outcome::Retry) {
            let stored = StoredResult {
                content_hash: item.content_hash.clone(),
                result: judged.result.clone(),
            };
            self.fresh.insert(mid, stored);
        }
        judged.result
    }

    /// Mutations of a group apply together or not at all: the first of them decides for all.
    fn judge_in_group(&mut self, kind: Kind, mutation: &Mutation) -> Judged {
        let Some(group) = mutation.group else {
            return self.judge(kind, mutation);
        };
        if !self.groups.contains_key(&group) {
            let verdict = self.rehearse(group);
            self.groups.insert(group, verdict);
        }
        let refused = self
            .groups
            .get(&group)
            .is_some_and(|refusals| !refusals.is_empty());
        if !refused {
            return self.judge(kind, mutation);
        }
        let refusals: Vec<&MutationResult> =
            self.groups.get(&group).into_iter().flatten().collect();
        let retry = refusals
            .iter()
            .all(|result| result.outcome == Outcome::Retry);
        let own = refusals
            .into_iter()
            .find(|result| result.mid == Some(mutation.mid))
            // What waits is not judged alone later: the group is refused with whatever is refused for good.
            .filter(|result| retry || result.outcome != Outcome::Retry);
        let result = own.cloned().unwrap_or_else(|| {
            let outcome = if retry {
                Outcome::Retry
            } else {
                Outcome::Rejected
            };
            let problem = MutationProblem::of(ErrorCode::GroupRefused);
            MutationResult::refused(Some(mutation.mid), outcome, problem)
        });
        Judged {
            is_dead_letter: result.outcome != Outcome::Retry,
            result,
        }
    }

    /// Tries all mutations of a group on a copy; returns the refusals.
    fn rehearse(&mut self, group: MutationId) -> Vec<MutationResult> {
        let ledger = self.ledger.clone();
        let batch = self.batch;
        let mut refusals = Vec::new();
        for item in &batch.items {
            let judged = match &item.judged {
                Ok((kind, mutation)) if mutation.group == Some(group) => {
                    self.judge(*kind, mutation).result
                }
                Err(problem)
                    if item.payload.get("group").and_then(Value::as_str)
                        == Some(&group.to_string()) =>
                {
                    MutationResult::refused(item.mid, Outcome::Rejected, problem.clone())
                }
                _ => continue,
            };
            let waits = judged
                .problem
                .as_ref()
                .is_some_and(|problem| problem.code == ErrorCode::Locked);
            if waits || matches!(judged.outcome, Outcome::Rejected | Outcome::Retry) {
                refusals.push(judged);
            }
        }
        self.ledger = ledger;
        refusals
    }

    fn judge(&mut self, kind: Kind, mutation: &Mutation) -> Judged {
        let current = self.ledger.get(mutation.id).cloned();
        let time = self.edit_time(mutation, current.as_ref());
        if let Some(code) = self.forbidden(kind, mutation, current.as_ref(), time) {
            return Judged::refused(mutation, code);
        }
        match kind {
            Kind::Conflict => self.settle_conflict(mutation, current, time),
            Kind::Bulletin => self.note_reading(mutation, current.as_ref(), time),
            _ => self.merge(kind, mutation, current, time),
        }
    }

    /// Merges an edit that is allowed into what is stored.
    fn merge(
        &mut self,
        kind: Kind,
        mutation: &Mutation,
        current: Option<StoredRecord>,
        time: EditTime,
    ) -> Judged {
        let editor = self.editor(time);
        let stored = current.as_ref().map(|record| &record.state);
        let merged = merge::merge(kind, stored, mutation, &editor);
        if let Some(problem) = merged.state.as_ref().and_then(merge::check_merged) {
            let rejected = MutationResult::refused(Some(mutation.mid), Outcome::Rejected, problem);
            return Judged::dead(rejected);
        }
        self.take(mutation, current, merged)
    }

    fn editor(&self, time: EditTime) -> Editor {
        let actor = &self.batch.actor;
        Editor {
            device: actor.device,
            generation: self.batch.replica.generation,
            person: actor.person,
            authority: match self.batch.decision() {
                Some(decision) => decision.role.authority(),
                None => actor.role.authority(),
            },
            at: time.at,
        }
    }

    fn edit_time(&self, mutation: &Mutation, current: Option<&StoredRecord>) -> EditTime {
        let seen = current.filter(|record| mutation.base == Some(record.state.rev));
        edit_time::correct(
            &mutation.edited,
            &self.contact,
            seen.map(|record| record.updated_at),
        )
    }

    /// Why the person may not write where the mutation writes, if so: judged by the assignment at the time of the edit.
    fn forbidden(
        &self,
        kind: Kind,
        mutation: &Mutation,
        current: Option<&StoredRecord>,
        time: EditTime,
    ) -> Option<ErrorCode> {
        let actor = &self.batch.actor;
        if current.is_some_and(|record| record.county != actor.county) {
            return Some(ErrorCode::IdTaken);
        }
        if matches!(kind, Kind::Conflict | Kind::Bulletin) {
            return None;
        }
        let is_given_by_link = |record: &StoredRecord| is_by_link(&record.state.fields);
        if kind == Kind::Feedback && current.is_some_and(is_given_by_link) {
            return Some(ErrorCode::NotTheAuthor);
        }
        let set = village_set(mutation);
        if let Some(village) = &set
            && (village.county() != actor.county || !self.villages.contains(village))
        {
            return Some(ErrorCode::UnknownVillage);
        }
        let now = current.and_then(|record| record.village.clone());
        let day = local_date(time.at, &self.batch.zone);
        let service_day = mutation
            .set
            .get("service_from")
            .or_else(|| mutation.set.get("reported_on"));
        let service_day = service_day
            .and_then(Value::as_str)
            .and_then(|text| text.parse::<Date>().ok());
        let mut days = vec![day];
        // Where the clock says nothing, the day that the user wrote is asked as well.
        days.extend(service_day.filter(|_| time.quality == Quality::Uncertain));
        // A child follows its parent, so it is written where the parent stands.
        let parent = parent_of(kind, mutation).or_else(|| current.and_then(|record| record.parent));
        let led = parent
            .and_then(|id| self.ledger.place(id))
            .and_then(|place| place.village);
        let written = [now, set, led];
        if let Some(decision) = self.batch.decision() {
            let mut villages = written.iter().flatten();
            let is_within = villages.all(|village| decision.reach.contains(village));
            return (!is_within).then_some(ErrorCode::ForbiddenScope);
        }
        let covered = |grant: &Grant| days.iter().any(|day| grant.covers_edit(*day));
        let outside = written.iter().flatten().any(|village| {
            let mut granted = self.grants.iter().filter(|grant| grant.village == *village);
            !granted.any(covered)
        });
        outside.then_some(ErrorCode::ForbiddenScope)
    }

    /// Turns what the merge says into stored records, conflict notes and the result.
    fn take(
        &mut self,
        mutation: &Mutation,
        current: Option<StoredRecord>,
        merged: Merged,
    ) -> Judged {
        let mut rev = current.as_ref().map(|record| record.state.rev);
        let mut outcome = merged.outcome;
        let mut problem = merged.problem;
        let conflicts = conflicts::write_notes(&mut self.ledger, mutation, &merged.conflicts);
        if let Some(state) = merged.state {
            let known = Known {
                batch: self.batch,
                points: &self.points,
                files: &self.files,
            };
            let record = derive_fields(&known, &self.ledger, mutation, current, state);
            rev = Some(record.state.rev);
            if record.held.is_some() && outcome != Outcome::Rejected {
                outcome = Outcome::Held;
                problem = Some(MutationProblem::of(ErrorCode::AwaitingParent));
            }
            let id = record.id;
            self.ledger.put(record);
            move_children(&mut self.ledger, self.batch.received_at, id);
        }
        let waits = problem
            .as_ref()
            .is_some_and(|problem| problem.code == ErrorCode::Locked);
        let is_dead_letter = outcome == Outcome::Rejected || waits;
        let result = MutationResult {
            outcome,
            problem,
            ..MutationResult::merged(mutation.mid, rev, conflicts)
        };
        Judged {
            result,
            is_dead_letter,
        }
    }

    fn dead_letter(&mut self, item: &BatchItem, problem: &MutationProblem) {
        self.dead_letters
            .push(dead_letter_of(item, problem, &self.batch.actor, self.clock));
    }

    /// `mark_read`: the person has read a bulletin. There is one receipt, whichever phone says so how often, and it holds the
    /// earliest time.
    fn note_reading(
        &mut self,
        mutation: &Mutation,
        bulletin: Option<&StoredRecord>,
        time: EditTime,
    ) -> Judged {
        let is_one = |record: &&StoredRecord| record.state.kind == Kind::Bulletin;
        let Some(bulletin) = bulletin.filter(is_one) else {
            return Judged::refused(mutation, ErrorCode::UnknownRecord);
        };
        let (rev, person) = (bulletin.state.rev, self.batch.actor.person);
        let id = receipt_id(mutation.id, person);
        let known = self.ledger.get(id);
        let before = known.and_then(|record| Receipt::read(&record.state.fields).read_at);
        let receipt = Receipt {
            bulletin_id: Some(mutation.id),
            person_id: Some(person),
            read_at: Some(before.map_or(time.at, |before| before.min(time.at))),
        };
        self.ledger.put_own(Kind::Receipt, id, None, &receipt);
        Judged::settled(MutationResult::applied(mutation.mid, Some(rev)))
    }

    /// `accept_conflict` closes a note; `undo_conflict` puts the losing value back, as an edit of its own.
    fn settle_conflict(
        &mut self,
        mutation: &Mutation,
        note: Option<StoredRecord>,
        time: EditTime,
    ) -> Judged {
        let Some(note) = note else {
            return Judged::refused(mutation, ErrorCode::UnknownRecord);
        };
        let mut written = ConflictNote::read(&note.state.fields);
        let person = Some(self.batch.actor.person);
        let is_decided = self.batch.decision().is_some();
        if !is_decided && written.kept_by != person && written.lost_by != person {
            return Judged::refused(mutation, ErrorCode::NotTheAuthor);
        }
        if written.conflict_state.as_deref() != Some("open") {
            return Judged::refused(mutation, ErrorCode::IllegalTransition);
        }
        let undo = mutation.name.as_deref() == Some("undo_conflict");
        if undo && written.rule.as_deref() == Some("immutable") {
            return Judged::refused(mutation, ErrorCode::ImmutableField);
        }
        let (mut rev, mut conflicts) = (None, Vec::new());
        if undo {
            let Some((kind, back)) = conflicts::undoing(&self.ledger, mutation, &written) else {
                return Judged::settled(MutationResult::refused(
                    Some(mutation.mid),
                    Outcome::Retry,
                    MutationProblem::of(ErrorCode::Busy),
                ));
            };
            let judged = self.undo(kind, &back, time);
            if !matches!(judged.result.outcome, Outcome::Applied | Outcome::Merged) {
                return Judged {
                    result: MutationResult {
                        mid: Some(mutation.mid),
                        ..judged.result
                    },
                    ..judged
                };
            }
            rev = judged.result.rev;
            conflicts = judged.result.conflicts;
        }
        written.conflict_state = Some(if undo { "undone" } else { "accepted" }.to_owned());
        self.ledger
            .put_own(Kind::Conflict, note.id, note.village.clone(), &written);
        Judged::settled(MutationResult::merged(mutation.mid, rev, conflicts))
    }

    /// Puts a losing value back: an edit like any other, made at the time of the command.
    fn undo(&mut self, kind: Kind, back: &Mutation, time: EditTime) -> Judged {
        let current = self.ledger.get(back.id).cloned();
        match self.forbidden(kind, back, current.as_ref(), time) {
            Some(code) => Judged::refused(back, code),
            None => self.merge(kind, back, current, time),
        }
    }
}
