//! The records behind score sheets: those that the figures of a subject count, each in the revision that was counted.

use crate::AppError;
use crate::records::trainings;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::score::{RecordDocument, Subject, SubjectKind};
use tepai_store::ReadTxn;
use tepai_store::records::{self, StoredRecord};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::{Beneficiary, Kind, Record, TrainingSession, Visit};
use tepai_sync_protocol::summary::facts::CountsAs;
use tepai_sync_protocol::summary::period::Period;

/// Records by subject and kind.
pub(crate) type Evidence = BTreeMap<Subject, BTreeMap<String, Vec<RecordDocument>>>;

/// Whose records are asked for.
pub(crate) struct Wanted<'a> {
    /// The county.
    pub(crate) county: &'a DivisionCode,
    /// The period.
    pub(crate) period: Period,
    /// Who is assessed.
    pub(crate) kind: SubjectKind,
    /// The kinds of records that a plan needs.
    pub(crate) kinds: &'a BTreeSet<&'static str>,
    /// One subject alone; all of them if absent.
    pub(crate) only: Option<&'a Subject>,
}

impl Wanted<'_> {
    fn needs(&self, kind: Kind) -> bool {
        self.kinds.contains(kind.as_str())
    }

    fn person(&self) -> Option<PersonId> {
        match self.only {
            Some(Subject::Commissioner(person)) => Some(*person),
            _ => None,
        }
    }

    /// Where records are looked for.
    fn place(&self) -> &DivisionCode {
        match self.only {
            Some(Subject::Division(code)) => code,
            _ => self.county,
        }
    }

    async fn dated(&self, txn: &ReadTxn, kind: Kind) -> Result<Vec<StoredRecord>, AppError> {
        let (from, to) = (self.period.from(), self.period.to());
        let found = match self.person() {
            Some(person) => {
                records::list_dated_naming(txn, self.county, kind, (from, to), person).await?
            }
            None => records::list_dated(txn, self.place(), kind, from, to).await?,
        };
        Ok(found)
    }

    /// Who a record of a village and of these people is counted for.
    fn subjects(&self, village: Option<&DivisionCode>, people: &[PersonId]) -> Vec<Subject> {
        let all = match self.kind {
            SubjectKind::Commissioner => {
                let people: BTreeSet<PersonId> = people.iter().copied().collect();
                people.into_iter().map(Subject::Commissioner).collect()
            }
            SubjectKind::Township => {
                let township = village.and_then(DivisionCode::township);
                township.map(Subject::Division).into_iter().collect()
            }
            SubjectKind::County => vec![Subject::Division(self.county.clone())],
        };
        let wanted = |subject: &Subject| self.only.is_none_or(|only| only == subject);
        let all: Vec<Subject> = all;
        all.into_iter().filter(wanted).collect()
    }
}

/// The records behind sheets.
pub(crate) async fn evidence(txn: &ReadTxn, wanted: &Wanted<'_>) -> Result<Evidence, AppError> {
    let mut evidence = Evidence::new();
    let mut add = |record: &StoredRecord, people: &[PersonId]| {
        for subject in wanted.subjects(record.village.as_ref(), people) {
            let kinds = evidence.entry(subject).or_default();
            let kind = record.state.kind.as_str().to_owned();
            kinds.entry(kind).or_default().push(RecordDocument {
                id: record.id,
                rev: record.state.rev,
            });
        }
    };
    if wanted.needs(Kind::Visit) {
        for record in wanted.dated(txn, Kind::Visit).await? {
            if let Some(members) = approved_members(&record) {
                add(&record, &members);
            }
        }
    }
    if wanted.needs(Kind::AdoptionReport) {
        for record in wanted.dated(txn, Kind::AdoptionReport).await? {
            add(&record, &[record.author()]);
        }
    }
    if wanted.needs(Kind::Feedback) {
        let (from, to) = (wanted.period.from(), wanted.period.to());
        let place = wanted.place();
        let given = records::list_dated(txn, place, Kind::Feedback, from, to).await?;
        let visits: Vec<RecordId> = given.iter().filter_map(|one| one.parent).collect();
        let visits = records::find_many(txn, &visits).await?;
        let members: BTreeMap<RecordId, Vec<PersonId>> = visits
            .iter()
            .filter_map(|visit| Some((visit.id, approved_members(visit)?)))
            .collect();
        for record in given {
            if let Some(members) = record.parent.and_then(|visit| members.get(&visit)) {
                add(&record, members);
            }
        }
    }
    if wanted.needs(Kind::TrainingSession) {
        let held = trainings::read(txn, wanted.place(), wanted.period, &[]).await?;
        for record in held.approved() {
            let session = TrainingSession::read(&record.state.fields);
            let mut people: Vec<PersonId> = session.trainer_ids.into_iter().flatten().collect();
            people.push(record.author());
            if record
                .on_date()
                .is_some_and(|on| wanted.period.contains(on))
            {
                add(record, &people);
            }
        }
    }
    if wanted.kind != SubjectKind::Commissioner {
        if wanted.needs(Kind::DemoBase) {
            let bases = records::list_in_division(txn, wanted.place(), Kind::DemoBase).await?;
            for record in &bases {
                add(record, &[]);
            }
        }
        if wanted.needs(Kind::Beneficiary) {
            let all = records::list_in_division(txn, wanted.place(), Kind::Beneficiary).await?;
            let demo = all.iter().filter(|record| {
                let beneficiary = Beneficiary::read(&record.state.fields);
                beneficiary.is_demo_household == Some(true)
            });
            for record in demo {
                add(record, &[]);
            }
        }
    }
    Ok(evidence)
}

/// Who served in an approved visit; none of one that does not count.
fn approved_members(record: &StoredRecord) -> Option<Vec<PersonId>> {
    let visit = Visit::read(&record.state.fields);
    let counts =
        record.is_live() && CountsAs::of(visit.review_state.as_deref()) == CountsAs::Approved;
    let members = visit
        .commissioner_id
        .into_iter()
        .chain(visit.participant_ids.into_iter().flatten());
    counts.then(|| members.collect())
}
