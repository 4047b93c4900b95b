//! The status of a content: written into its row and into the records of the photos that announce it, in one transaction. It
//! knows nothing of bytes.

use crate::photos::group_commit::GroupCommit;
use crate::records::ledger::{self, Attempt, Ledger};
use crate::{App, AppError, audit};
use futures::future;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_store::photo_files::{self, FileState, PhotoFile};
use tepai_store::records::{self, StoredRecord};
use tepai_store::uploads::{self, Upload};
use tepai_store::{TransactionError, WriteTxn, feeds};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::scope::Scope;

/// Why the status of a content is written.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    /// It arrived or was refused. The upload by which it came, if that has no row yet.
    Arrival(Option<Upload>),
    /// An earlier write may not have reached the records.
    Again,
    /// It is a photo, but not of the type that some records announce. The row of the content is not changed.
    OtherType(String),
}

impl Cause {
    fn concerns(&self, photo: &StoredRecord) -> bool {
        match self {
            Self::Arrival(_) | Self::Again => true,
            Self::OtherType(called) => photo.state.text("media_type") == Some(called.as_str()),
        }
    }
}

/// Writes the status of a content into its row and into the records that announce it.
pub(crate) async fn record_status(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let expected = scopes_of_announcers(app, &file.county, &file.sha256).await?;
    record_status_in(app, file, Cause::Arrival(None), expected).await
}

/// Writes the status of a content into the records again, if it is still current.
pub(crate) async fn repeat_status(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let expected = scopes_of_announcers(app, &file.county, &file.sha256).await?;
    record_status_in(app, file, Cause::Again, expected).await
}

/// The scopes of the photos that announce a content at this moment.
pub(crate) async fn scopes_of_announcers(
    app: &App,
    county: &DivisionCode,
    sha256: &str,
) -> Result<BTreeSet<Scope>, AppError> {
    let places =
        records::find_places_of_photos(&app.store.single_read(), county, &[sha256]).await?;
    let scopes = places.into_iter().flat_map(|place| {
        let village = place.village.map(Scope::Village);
        village.into_iter().chain([Scope::Person(place.author)])
    });
    Ok(scopes.collect())
}

/// Contents that arrived and wait for a group commit, each with the scopes of the records that announce it. `None` means that a
/// content must be written alone.
pub type Arrivals = GroupCommit<(StatusUpdate, BTreeSet<Scope>), Option<Result<(), AppError>>>;

/// The status of a content, and why it is written.
#[derive(Clone, Debug)]
pub struct StatusUpdate(Arc<(PhotoFile, Cause)>);

/// Writes the status of a content. `expected` are the scopes of the records that announce it, as far as they are known.
pub(crate) async fn record_status_in(
    app: &App,
    file: PhotoFile,
    cause: Cause,
    expected: BTreeSet<Scope>,
) -> Result<(), AppError> {
    let update = StatusUpdate(Arc::new((file, cause)));
    if matches!(update.cause(), Cause::Arrival(_)) {
        let writer = app.clone();
        let write_all = move |all| write_all(writer.clone(), all);
        let work = (update.clone(), expected.clone());
        if let Some(Some(outcome)) = app.arrivals.write(work, write_all).await {
            return outcome;
        }
    }
    write(app, &[update], expected, LockWait::Whole).await
}

/// How long a transaction waits for rows that others have locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LockWait {
    /// As long as any.
    Whole,
    /// A moment: others that need none of those rows wait behind it.
    Brief,
}

/// Writes the status of several contents, in one transaction for each county. If one of them fails or would have to wait, each is
/// written alone.
async fn write_all(
    app: App,
    all: Vec<(StatusUpdate, BTreeSet<Scope>)>,
) -> Vec<Option<Result<(), AppError>>> {
    let mut groups: BTreeMap<DivisionCode, Group> = BTreeMap::new();
    for (at, (update, scopes)) in all.iter().enumerate() {
        let group = groups.entry(update.file().county.clone()).or_default();
        // The same content from two phones at once is written one after the other.
        let content = update.file().sha256.clone();
        group.members.entry(content).or_insert((at, update.clone()));
        group.scopes.extend(scopes.iter().cloned());
    }
    let writing = groups.into_values().map(async |Group { members, scopes }| {
        let (places, update): (Vec<usize>, Vec<StatusUpdate>) = members.into_values().unzip();
        let outcome = write(&app, &update, scopes, LockWait::Brief).await;
        (places, outcome)
    });
    let mut outcomes = BTreeMap::new();
    for (places, outcome) in future::join_all(writing).await {
        match (outcome, places.as_slice()) {
            (Ok(()), _) => outcomes.extend(places.into_iter().map(|at| (at, Ok(())))),
            (Err(error), [alone]) if !error.is_busy() => {
                outcomes.insert(*alone, Err(error));
            }
            (Err(_), _) => {}
        }
    }
    (0..all.len()).map(|at| outcomes.remove(&at)).collect()
}

/// What is written in one transaction.
#[derive(Default)]
struct Group {
    /// By their contents, which is the order in which all lock them: its position in the batch, and its update.
    members: BTreeMap<String, (usize, StatusUpdate)>,
    scopes: BTreeSet<Scope>,
}

/// Writes updates of one county, in the order of their contents.
async fn write(
    app: &App,
    all: &[StatusUpdate],
    expected: BTreeSet<Scope>,
    wait: LockWait,
) -> Result<(), AppError> {
    let (all, now) = (all.to_vec(), app.clock.now_ms());
    ledger::commit(app, expected, async move |txn, scopes| {
        if wait == LockWait::Brief {
            txn.wait_briefly().await?;
        }
        round(txn, &all, scopes, now).await
    })
    .await
}

async fn round(
    txn: &WriteTxn,
    all: &[StatusUpdate],
    scopes: BTreeSet<Scope>,
    now: i64,
) -> Attempt<()> {
    let locked = feeds::lock(txn, &scopes).await?;
    let mut held = BTreeMap::new();
    for update in all {
        // Waits for whoever announces this content at this moment, so that those photos are seen below.
        if let Some(others_begun) = update.hold(txn).await? {
            held.insert(update.file().sha256.as_str(), (update, others_begun));
        }
    }
    let Some((update, _)) = held.values().next() else {
        return Ok(());
    };
    let county = &update.file().county;
    let contents: Vec<&str> = held.keys().copied().collect();
    let places = records::find_places_of_photos(txn, county, &contents).await?;
    let ids: Vec<_> = places
        .iter()
        .filter(|place| !place.deleted)
        .map(|place| place.id)
        .collect();
    let mut ledger = Ledger::new(county.clone(), now);
    ledger.load(txn, &ids).await?;
    for id in ids {
        let told = ledger.get(id).and_then(|photo| {
            let (update, _) = held.get(photo.state.text("sha256")?)?;
            update.told(photo, now)
        });
        if let Some(photo) = told {
            ledger.put(photo);
        }
    }
    ledger.check_locks(&locked)?;
    ledger.flush(txn, locked).await?;
    let begun: Vec<_> = held
        .values()
        .filter_map(|(update, _)| update.begun())
        .collect();
    uploads::save(txn, &begun).await?;
    for (update, others_begun) in held.values() {
        if update.is_kept() && *others_begun {
            uploads::end(txn, county, &update.file().sha256).await?;
        }
    }
    let mut entries: Vec<AuditEntry> = held
        .values()
        .filter_map(|(update, _)| update.entry())
        .collect();
    // Whoever adds to several chains does so in their order.
    entries.sort_by_cached_key(AuditEntry::chain);
    for entry in entries {
        audit::note(txn, now, entry).await?;
    }
    Ok(())
}

impl StatusUpdate {
    fn file(&self) -> &PhotoFile {
        &self.0.0
    }

    fn cause(&self) -> &Cause {
        &self.0.1
    }

    /// Locks the row of the content and writes its status. `None` if the update is out of date; otherwise whether others have
    /// begun to send it.
    async fn hold(&self, txn: &WriteTxn) -> Result<Option<bool>, AppError> {
        let file = self.file();
        match self.cause() {
            Cause::Arrival(_) => {
                let others_begun = photo_files::save_arrival(txn, file).await?;
                let removed = || AppError::refused(ErrorCode::PhotoRemoved);
                Ok(Some(others_begun.ok_or_else(removed)?))
            }
            Cause::Again => {
                let now = photo_files::find(txn, &file.county, &file.sha256).await?;
                Ok(now
                    .filter(|now| now.state == file.state)
                    .map(|_still_so| false))
            }
            Cause::OtherType(_) => {
                let content = [file.sha256.clone()];
                let now = photo_files::announce(txn, &file.county, &content).await?;
                let now = now.get(&file.sha256);
                // What is kept under its right name, or was removed, stays so.
                Ok(now
                    .filter(|now| now.state == FileState::Announced)
                    .map(|_still_waited_for| false))
            }
        }
    }

    /// The photo with what has become of its bytes; `None` if it says so already, or the update does not concern it.
    fn told(&self, photo: &StoredRecord, now: i64) -> Option<StoredRecord> {
        if !self.cause().concerns(photo) || photo.state.kind != Kind::Photo {
            return None;
        }
        let mut photo = photo.clone();
        if !note_state(&mut photo.state.fields, self.file()) {
            return None;
        }
        photo.state.rev += 1;
        photo.updated_at = now;
        Some(photo)
    }

    fn is_kept(&self) -> bool {
        self.file().state == FileState::Complete
    }

    /// The upload by which it came, if that has no row yet, and whether it ends with this.
    fn begun(&self) -> Option<(&Upload, bool)> {
        match self.cause() {
            Cause::Arrival(Some(begun)) => Some((begun, self.is_kept())),
            Cause::Arrival(None) | Cause::Again | Cause::OtherType(_) => None,
        }
    }

    /// What the audit trail says of an arrival.
    fn entry(&self) -> Option<AuditEntry> {
        matches!(self.cause(), Cause::Arrival(_)).then(|| arrival(self.file()))
    }
}

/// What became of a content, for the audit trail.
fn arrival(file: &PhotoFile) -> AuditEntry {
    let (by, act) = match (file.state, file.device) {
        (FileState::Complete, Some(device)) => (AuditActor::Device(device), Act::PhotoKept),
        (FileState::Complete, None) => (AuditActor::Server, Act::PhotoKept),
        _ => (AuditActor::Server, Act::PhotoRefused),
    };
    let detail = json!({"size_bytes": file.size_bytes, "problem": file.problem});
    AuditEntry::new(&file.county, by, act, &file.sha256).with(detail)
}

/// Writes into a photo's fields what is known of its bytes; says whether that changed anything.
pub(crate) fn note_state(fields: &mut tepai_sync_protocol::Fields, file: &PhotoFile) -> bool {
    let state = Value::from(file.state_of_record());
    let problem = file.problem.map(|code| Value::from(code.as_str()));
    let before = (fields.get("photo_state"), fields.get("photo_problem"));
    if before == (Some(&state), problem.as_ref()) {
        return false;
    }
    fields.insert("photo_state".to_owned(), state);
    match problem {
        Some(problem) => fields.insert("photo_problem".to_owned(), problem),
        None => fields.remove("photo_problem"),
    };
    true
}
