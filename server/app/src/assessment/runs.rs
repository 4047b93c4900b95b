//! Score runs (考核): a plan applied to everybody of a kind in a period.
//!
//! While a run is open its sheets are made from the records as they stand; people say their points; then it is frozen, and stays
//! what it was whatever arrives later.

use crate::assessment::evidence::{self, Wanted};
use crate::assessment::figures;
use crate::assessment::figures::AllShown;
use crate::assessment::plans;
use crate::assessment::targets::may_see;
use crate::summaries::cells::save_folded;
use crate::summaries::summary::Folded;
use crate::{App, AppError, admin};
use rust_decimal::Decimal;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::{Actor, OfficeActor, Role};
use tepai_domain::audit::{self, Act, AuditActor};
use tepai_domain::score::{
    Heading, Plan, Said, Sayings, Sheet, Subject, SubjectKind, Wrong, sheet,
};
use tepai_store::assessment::{self, FrozenSheet, ScoreEntry, StoredRun};
use tepai_store::{ReadTxn, Txn, WriteTxn};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::validate::is_odd;
use uuid::Uuid;

/// Entries that can be written at once.
pub const MOST_ENTRIES: usize = 200;
const LONGEST_NOTE: usize = 1000;

/// A run, and what its plan says.
#[derive(Clone, Debug)]
pub struct Run {
    /// As it is stored.
    pub stored: StoredRun,
    /// Its plan.
    pub plan: Plan,
}

/// A run with what each subject within reach came to.
#[derive(Clone, Debug)]
pub struct RunAnswer {
    /// The run.
    pub run: Run,
    /// A sheet for each subject, without the records behind it, by subject.
    pub sheets: Vec<Sheet>,
    /// Places by final total, equal ones shared; empty unless the county ranks.
    pub places: BTreeMap<String, usize>,
}

/// Something that somebody says on a sheet; no value takes it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saying {
    /// Where on the sheet.
    pub heading: Heading,
    /// The rule's or measure's code.
    pub code: String,
    /// Points, a grade, or the value of a measure.
    pub value: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// Begins a run; `by` is the actor, or whoever acts on behalf of the actor.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn begin(
    app: &App,
    actor: &OfficeActor,
    by: AuditActor,
    (code, version): (String, String),
    kind: SubjectKind,
    period: Period,
) -> Result<Run, AppError> {
    let (actor, now, id) = (actor.clone(), app.clock.now_ms(), app.clock.new_id());
    app.store
        .write(async move |txn| {
            let known = plans::find(txn, &actor.county, (&code, &version)).await?;
            let stored = StoredRun {
                id,
                county: actor.county.clone(),
                plan: known.text,
                kind,
                from: period.from(),
                to: period.to(),
                rev: 0,
                created_by: actor.person,
                created_at: now,
                frozen: None,
            };
            assessment::add_run(txn, &stored).await?;
            let detail = json!({
                "for": actor.person, "plan": code, "version": version, "subjects": kind, "from": stored.from, "to": stored.to,
            });
            note(txn, now, &stored, by, Act::ScoreRunBegun, detail).await?;
            Ok(Run {
                stored,
                plan: known.plan,
            })
        })
        .await
}

async fn note(
    txn: &WriteTxn,
    now: i64,
    run: &StoredRun,
    by: AuditActor,
    act: Act,
    detail: serde_json::Value,
) -> Result<(), AppError> {
    let entry = audit::AuditEntry::new(&run.county, by, act, run.id).with(detail);
    Ok(crate::audit::note(txn, now, entry).await?)
}

/// The runs of the actor's county, the latest first; to a phone those of commissioners alone.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Run>, AppError> {
    let (county, is_phone) = (actor.county().clone(), matches!(actor, Actor::Device(_)));
    let runs = app
        .store
        .read(async move |txn| Ok::<_, AppError>(assessment::list_runs(txn, &county).await?))
        .await?;
    let visible = runs
        .into_iter()
        .filter(|run| !is_phone || run.kind == SubjectKind::Commissioner);
    visible.map(open_plan).collect()
}

fn open_plan(stored: StoredRun) -> Result<Run, AppError> {
    let plan = plans::read(&stored.plan)?;
    Ok(Run { stored, plan })
}

impl Run {
    fn period(&self) -> Result<Period, AppError> {
        Period::new(self.stored.from, self.stored.to)
            .map_err(|error| AppError::Internal(error.into()))
    }

    /// The subject of a key, if it can be one of this run.
    fn subject(&self, key: &str) -> Result<Subject, AppError> {
        let subject = Subject::parse(self.stored.kind, key).ok_or_else(AppError::not_found)?;
        match &subject {
            Subject::Division(code) if !self.stored.county.contains(code) => {
                Err(AppError::not_found())
            }
            _ => Ok(subject),
        }
    }

    fn sheet(&self, subject: &Subject, all: &AllShown, sayings: &Sayings) -> Sheet {
        let shown = all.subjects.get(subject);
        let empty = BTreeMap::<String, Decimal>::new();
        let name = shown.and_then(|shown| shown.name.clone());
        let measures = shown.map_or(&empty, |shown| &shown.measures);
        let named = (subject.to_string(), name);
        sheet(&self.plan, named, measures, sayings, figures::evidence)
    }
}

async fn find(txn: &impl Txn, actor: &Actor, id: Uuid) -> Result<Run, AppError> {
    let stored = assessment::find_run(txn, id).await?;
    let stored = stored.filter(|run| run.county == *actor.county());
    open_plan(stored.ok_or_else(AppError::not_found)?)
}

/// Where each subject works: whoever coordinates one of these townships sees its sheet.
type Workplaces = BTreeMap<Subject, BTreeSet<DivisionCode>>;

/// Whether somebody sees the sheet of a subject.
fn sees(actor: &Actor, run: &Run, subject: &Subject, workplaces: &Workplaces) -> bool {
    let townships = workplaces.get(subject);
    match actor {
        Actor::Device(device) => *subject == Subject::Commissioner(device.person),
        Actor::Office(office) => may_see(office, run.stored.kind, subject, townships),
    }
}

/// What a run came to, in a snapshot.
struct Found {
    sheets: Vec<Sheet>,
    workplaces: Workplaces,
    is_ranked: bool,
    folded: Folded,
}

impl Found {
    /// Of an open run, as the records stand.
    async fn open(txn: &ReadTxn, run: &Run) -> Result<Self, AppError> {
        let all = shown(txn, run).await?;
        Ok(Self {
            sheets: open(txn, run, &all).await?,
            is_ranked: all.is_ranked,
            workplaces: workplaces(all.subjects),
            folded: all.folded,
        })
    }

    /// Of a frozen one, from what was kept: nothing is counted again.
    async fn frozen(txn: &ReadTxn, run: &Run, actor: &Actor) -> Result<Self, AppError> {
        let county = &run.stored.county;
        Ok(Self {
            sheets: frozen(txn, run).await?,
            workplaces: workplaces_now(txn, run, actor).await?,
            is_ranked: admin::settings::read(txn, county, run.stored.to)
                .await?
                .score_ranking,
            folded: Vec::new(),
        })
    }
}

fn workplaces(subjects: BTreeMap<Subject, figures::Shown>) -> Workplaces {
    let subjects = subjects.into_iter();
    subjects
        .map(|(subject, shown)| (subject, shown.townships))
        .collect()
}

/// Where commissioners work, by assignments alone; nobody but a coordinator has to be told.
async fn workplaces_now(txn: &ReadTxn, run: &Run, actor: &Actor) -> Result<Workplaces, AppError> {
    let is_bound = matches!(actor, Actor::Office(office) if office.township.is_some());
    if !is_bound || run.stored.kind != SubjectKind::Commissioner {
        return Ok(Workplaces::new());
    }
    figures::workplaces(txn, &run.stored.county, run.period()?).await
}

/// A run with the sheets of all subjects within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn read(app: &App, actor: &Actor, id: Uuid) -> Result<RunAnswer, AppError> {
    let actor = actor.clone();
    let (answer, folded) = app
        .store
        .read(async move |txn| {
            let run = find(txn, &actor, id).await?;
            let Found {
                mut sheets,
                workplaces,
                is_ranked,
                folded,
            } = match run.stored.frozen {
                Some(_) => Found::frozen(txn, &run, &actor).await?,
                None => Found::open(txn, &run).await?,
            };
            let places = if is_ranked {
                places(&sheets)
            } else {
                BTreeMap::new()
            };
            sheets.retain(|sheet| {
                let subject = Subject::parse(run.stored.kind, &sheet.subject);
                subject.is_some_and(|subject| sees(&actor, &run, &subject, &workplaces))
            });
            let answer = RunAnswer {
                run,
                sheets,
                places,
            };
            Ok::<_, AppError>((answer, folded))
        })
        .await?;
    save_folded(app, folded).await?;
    Ok(answer)
}

async fn shown(txn: &ReadTxn, run: &Run) -> Result<AllShown, AppError> {
    let (county, kind) = (&run.stored.county, run.stored.kind);
    figures::shown(txn, county, run.period()?, kind).await
}

/// The sheets of an open run, as the records stand.
async fn open(txn: &ReadTxn, run: &Run, all: &AllShown) -> Result<Vec<Sheet>, AppError> {
    let sayings = assessment::list_sayings(txn, run.stored.id).await?;
    let none = Sayings::new();
    let sheet = |subject: &Subject| {
        let said = sayings.get(&subject.to_string()).unwrap_or(&none);
        run.sheet(subject, all, said)
    };
    Ok(all.subjects.keys().map(sheet).collect())
}

/// The sheets of a frozen run, without the records behind them.
async fn frozen(txn: &ReadTxn, run: &Run) -> Result<Vec<Sheet>, AppError> {
    let stored = assessment::list_frozen(txn, run.stored.id).await?;
    let read = |stored: FrozenSheet| {
        let mut sheet = thaw(&stored)?;
        sheet.records.clear();
        Ok(sheet)
    };
    stored.into_iter().map(read).collect()
}

/// Reads a frozen sheet, which must be what was written.
fn thaw(stored: &FrozenSheet) -> Result<Sheet, AppError> {
    let altered = || {
        AppError::Internal(anyhow::anyhow!(
            "the frozen sheet of {} was altered",
            stored.subject
        ))
    };
    if hex(&Sha256::digest(&stored.document)) != stored.digest {
        return Err(altered());
    }
    serde_json::from_str(&stored.document).map_err(|_| altered())
}

/// 1 for the highest final total; those without one have no place.
fn places(sheets: &[Sheet]) -> BTreeMap<String, usize> {
    let total = |sheet: &Sheet| -> Option<Decimal> {
        sheet.totals.get(Heading::Final.as_str())?.parse().ok()
    };
    let totals: Vec<(Decimal, &Sheet)> = sheets
        .iter()
        .filter_map(|sheet| Some((total(sheet)?, sheet)))
        .collect();
    let place = |own: Decimal| 1 + totals.iter().filter(|(other, _)| *other > own).count();
    totals
        .iter()
        .map(|(own, sheet)| (sheet.subject.clone(), place(*own)))
        .collect()
}

/// The sheet of one subject, with the records behind it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn read_sheet(
    app: &App,
    actor: &Actor,
    id: Uuid,
    key: String,
) -> Result<(Run, Sheet), AppError> {
    let actor = actor.clone();
    let (answer, folded) = app
        .store
        .read(async move |txn| {
            let run = find(txn, &actor, id).await?;
            let subject = run.subject(&key)?;
            let (sheet, folded) = match run.stored.frozen {
                Some(_) => (frozen_sheet(txn, &actor, &run, &subject).await?, Vec::new()),
                None => open_sheet(txn, &actor, &run, &subject).await?,
            };
            Ok::<_, AppError>(((run, sheet), folded))
        })
        .await?;
    save_folded(app, folded).await?;
    Ok(answer)
}

async fn frozen_sheet(
    txn: &ReadTxn,
    actor: &Actor,
    run: &Run,
    subject: &Subject,
) -> Result<Sheet, AppError> {
    if !sees(actor, run, subject, &workplaces_now(txn, run, actor).await?) {
        return Err(AppError::not_found());
    }
    let stored = assessment::find_frozen(txn, run.stored.id, &subject.to_string()).await?;
    thaw(&stored.ok_or_else(AppError::not_found)?)
}

async fn open_sheet(
    txn: &ReadTxn,
    actor: &Actor,
    run: &Run,
    subject: &Subject,
) -> Result<(Sheet, Folded), AppError> {
    let all = shown(txn, run).await?;
    let mut sayings = assessment::list_sayings(txn, run.stored.id).await?;
    let sayings = sayings.remove(&subject.to_string()).unwrap_or_default();
    let mut sheet = run.sheet(subject, &all, &sayings);
    let workplaces = workplaces(all.subjects);
    if !workplaces.contains_key(subject) || !sees(actor, run, subject, &workplaces) {
        return Err(AppError::not_found());
    }
    let mut evidence = evidence(txn, run, Some(subject)).await?;
    sheet.records = evidence.remove(subject).unwrap_or_default();
    Ok((sheet, all.folded))
}

async fn evidence(
    txn: &ReadTxn,
    run: &Run,
    only: Option<&Subject>,
) -> Result<evidence::Evidence, AppError> {
    let measures = run.plan.measures();
    let kinds: BTreeSet<&str> = measures.into_iter().flat_map(figures::evidence).collect();
    let wanted = Wanted {
        county: &run.stored.county,
        period: run.period()?,
        kind: run.stored.kind,
        kinds: &kinds,
        only,
    };
    evidence::evidence(txn, &wanted).await
}

/// Writes on a sheet: the subject its own points, the county officer everything.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn say(
    app: &App,
    actor: &Actor,
    id: Uuid,
    key: String,
    sayings: Vec<Saying>,
) -> Result<(Run, Sheet), AppError> {
    allow(actor, &sayings)?;
    let (reader, asked) = (actor.clone(), key.clone());
    let (run, subject, shown) = app
        .store
        .read(async move |txn| {
            let run = find(txn, &reader, id).await?;
            let subject = run.subject(&asked)?;
            if run.stored.frozen.is_some() {
                frozen_sheet(txn, &reader, &run, &subject).await?;
                return Err(AppError::refused(ErrorCode::RunFrozen));
            }
            let mut all = shown(txn, &run).await?;
            let shown = all.subjects.remove(&subject);
            let shown = shown.ok_or_else(AppError::not_found)?;
            let workplaces = Workplaces::from([(subject.clone(), shown.townships.clone())]);
            if !sees(&reader, &run, &subject, &workplaces) {
                return Err(AppError::not_found());
            }
            Ok::<_, AppError>((run, subject, shown))
        })
        .await?;
    if !is_own(actor, &run, &key) {
        return Err(AppError::refused(ErrorCode::NotAllowed));
    }
    let by_records = |code: &str| shown.measures.contains_key(code);
    check(&run.plan, &sayings, by_records)?;
    let (author, now) = (actor.clone(), app.clock.now_ms());
    app.store
        .write(async move |txn| {
            let (by, person) = doer(&author);
            let locked = assessment::lock_run(txn, id).await?;
            let run = locked.ok_or_else(AppError::not_found)?;
            if run.frozen.is_some() {
                return Err(AppError::refused(ErrorCode::RunFrozen));
            }
            let entries: Vec<ScoreEntry> = sayings
                .iter()
                .map(|saying| entry(&subject, saying, (person, now)))
                .collect();
            assessment::say(txn, id, &entries).await?;
            let said: Vec<_> = sayings
                .iter()
                .map(|saying| json!([saying.heading, saying.code, saying.value]))
                .collect();
            let detail = json!({"subject": subject.to_string(), "said": said});
            note(txn, now, &run, by, Act::ScoreSaid, detail).await
        })
        .await?;
    read_sheet(app, actor, id, key).await
}

fn doer(actor: &Actor) -> (AuditActor, PersonId) {
    match actor {
        Actor::Office(office) => (AuditActor::Person(office.person), office.person),
        Actor::Device(device) => (AuditActor::Device(device.device), device.person),
    }
}

fn entry(subject: &Subject, saying: &Saying, (by, at): (PersonId, i64)) -> ScoreEntry {
    let said = saying.value.as_ref().map(|value| Said {
        value: value.clone(),
        note: saying.note.clone(),
        by,
        at,
    });
    ScoreEntry {
        subject: subject.clone(),
        heading: saying.heading,
        code: saying.code.clone(),
        said,
    }
}

/// A commissioner and a coordinator write their own column; an auditor and an administrator none.
fn allow(actor: &Actor, sayings: &[Saying]) -> Result<(), AppError> {
    let role = match actor {
        Actor::Device(_) => Role::Commissioner,
        Actor::Office(office) => office.role,
    };
    let own_alone = sayings.iter().all(|one| one.heading == Heading::Own);
    let allowed = match role {
        Role::CountyOfficer => true,
        Role::Commissioner | Role::Coordinator => own_alone,
        Role::Auditor | Role::Administrator => false,
    };
    if allowed {
        Ok(())
    } else {
        Err(AppError::refused(ErrorCode::NotAllowed))
    }
}

/// Whether somebody who may write at all may write on this sheet.
fn is_own(actor: &Actor, run: &Run, key: &str) -> bool {
    match actor {
        Actor::Device(_) => true,
        Actor::Office(office) => match &office.township {
            None => true,
            Some(own) => run.stored.kind == SubjectKind::Township && own.as_str() == key,
        },
    }
}

fn check(
    plan: &Plan,
    sayings: &[Saying],
    by_records: impl Fn(&str) -> bool,
) -> Result<(), AppError> {
    let mut errors = Vec::new();
    let mut wrong = |at: usize, field: &str, code: ErrorCode| {
        errors.push(FieldProblem {
            pointer: format!("/entries/{at}/{field}"),
            code,
            message: code.title().into(),
        });
    };
    for (at, saying) in sayings.iter().enumerate() {
        let note = saying.note.as_deref();
        if note.is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
            wrong(at, "note", ErrorCode::TooLong);
        }
        if note.is_some_and(|note| note.contains(is_odd)) {
            wrong(at, "note", ErrorCode::ControlCharacter);
        }
        let is_known = match saying.heading {
            Heading::Figure => plan.measures().contains(saying.code.as_str()),
            _ => plan.rule(&saying.code).is_some(),
        };
        let checked = match &saying.value {
            Some(value) => {
                plan.check_saying(saying.heading, &saying.code, (value, note), &by_records)
            }
            // What was said can always be taken back.
            None if is_known => Ok(()),
            None => Err(Wrong::Code),
        };
        match checked {
            Ok(()) => {}
            Err(Wrong::Code) => wrong(at, "code", ErrorCode::UnknownCode),
            Err(Wrong::Shown) => wrong(at, "code", ErrorCode::MeasureFromRecords),
            Err(Wrong::Value) => wrong(at, "value", ErrorCode::OutOfRange),
            Err(Wrong::Note) => wrong(at, "note", ErrorCode::Required),
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(AppError::with_errors(ErrorCode::InvalidInput, errors))
    }
}

/// Freezes a run as it stands; `rev` is the one that the officer saw. Sheets with missing points are refused, unless the officer
/// says that they stay so.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn freeze(
    app: &App,
    actor: &OfficeActor,
    by: AuditActor,
    id: Uuid,
    (rev, with_missing): (i64, bool),
) -> Result<Run, AppError> {
    let (reader, now) = (Actor::Office(actor.clone()), app.clock.now_ms());
    let (run, sheets, folded) = app
        .store
        .read(async move |txn| {
            let run = find(txn, &reader, id).await?;
            if run.stored.frozen.is_some() {
                return Err(AppError::refused(ErrorCode::RunFrozen));
            }
            // What somebody says from here on raises it, and the write below sees that.
            if run.stored.rev != rev {
                return Err(AppError::refused(ErrorCode::Stale));
            }
            let all = shown(txn, &run).await?;
            let mut sheets = open(txn, &run, &all).await?;
            let mut evidence = evidence(txn, &run, None).await?;
            for (sheet, subject) in sheets.iter_mut().zip(all.subjects.keys()) {
                sheet.records = evidence.remove(subject).unwrap_or_default();
            }
            Ok::<_, AppError>((run, sheets, all.folded))
        })
        .await?;
    let without_total = sheets
        .iter()
        .filter(|sheet| !sheet.totals.contains_key(Heading::Final.as_str()));
    let missing = without_total.count();
    if missing > 0 && !with_missing {
        return Err(AppError::with_detail(
            ErrorCode::ScoresMissing,
            format!("{missing} / {}", sheets.len()),
        ));
    }
    let sheets = sheets
        .iter()
        .map(freeze_sheet)
        .collect::<Result<Vec<_>, _>>()?;
    let actor = actor.clone();
    let plan = run.plan;
    let stored = app
        .store
        .write(async move |txn| {
            let locked = assessment::lock_run(txn, id).await?;
            let mut run = locked.ok_or_else(AppError::not_found)?;
            if run.frozen.is_some() {
                return Err(AppError::refused(ErrorCode::RunFrozen));
            }
            if run.rev != rev {
                return Err(AppError::refused(ErrorCode::Stale));
            }
            run.frozen = Some((actor.person, now));
            let digests: String = sheets.iter().map(|sheet| sheet.digest.as_str()).collect();
            let detail = json!({
                "for": actor.person, "rev": rev, "sheets": sheets.len(), "missing": missing,
                "digest": hex(&Sha256::digest(&digests)),
            });
            assessment::freeze(txn, id, (actor.person, now), sheets.clone()).await?;
            note(txn, now, &run, by, Act::ScoreRunFrozen, detail).await?;
            Ok::<_, AppError>(run)
        })
        .await?;
    save_folded(app, folded).await?;
    Ok(Run { stored, plan })
}

fn freeze_sheet(sheet: &Sheet) -> Result<FrozenSheet, AppError> {
    let document =
        serde_json::to_string(sheet).map_err(|error| AppError::Internal(error.into()))?;
    Ok(FrozenSheet {
        subject: sheet.subject.clone(),
        digest: hex(&Sha256::digest(&document)),
        document,
    })
}
