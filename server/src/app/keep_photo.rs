//! An upload whose last byte has come: its bytes are judged and kept, and the photos that announce them say so.
//!
//! The order is what makes it safe: bytes and name synced, row committed, and only then is the phone told.

use super::ledger::{Ledger, ROUNDS, Round};
use super::together::Together;
use super::upload_photo::unavailable;
use super::{App, AppError, audit_trail};
use crate::domain::audit::{Act, Doer, Entry};
use crate::domain::photo::PhotoType;
use crate::domain::photo::inspect::{inspect, inspect_searched, recognise};
use crate::files::{self, Incoming, Key, Size, Watched};
use crate::store::photo_files::{self, FileState, PhotoFile, Seen};
use crate::store::records::{self, StoredRecord};
use crate::store::uploads::{self, Upload};
use crate::store::{WriteTxn, feeds};
use serde_json::Value;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::sync::Arc;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::scope::Scope;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How many are judged at a time: each may hold a photo's bytes in memory.
static JUDGES: Semaphore = Semaphore::const_new(4);

/// An upload whose bytes have all come.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// The upload.
    pub upload: Upload,
    /// When: milliseconds since 1970 UTC.
    pub at: i64,
    /// Whether the upload has its row.
    pub is_registered: bool,
    /// Whether a record may have announced its content before its bytes came.
    pub may_be_announced: bool,
}

/// Judges and keeps an upload. A refusal has thrown its bytes away.
pub async fn keep(app: &App, arrived: Arrived, mut incoming: Incoming) -> Result<(), AppError> {
    let upload = &arrived.upload;
    // Who is to be told is looked up while the bytes go to the disk; what that misses costs another round.
    let expected = async {
        if arrived.may_be_announced {
            scopes_of_announcers(app, &upload.county, &upload.sha256).await
        } else {
            Ok(BTreeSet::new())
        }
    };
    let (judged, expected) = tokio::join!(keep_if_sound(upload, &mut incoming), expected);
    let expected = expected.unwrap_or_default();
    match judged? {
        Ok(found) => {
            let kept = file_of(&arrived, FileState::Complete, Some(found), None);
            let begun = (!arrived.is_registered).then(|| upload.clone());
            if let Err(error) = tell(app, kept, Why::Arrival(begun), expected).await {
                if error.code() == ErrorCode::PhotoRemoved {
                    app.files.discard(upload.id).await.map_err(unavailable)?;
                } else {
                    // All has come: whoever asks again shall not send it again.
                    incoming.sync().await.map_err(unavailable)?;
                }
                return Err(error);
            }
            let_go(app, upload.id, incoming);
            Ok(())
        }
        Err(code) => {
            let rejected = file_of(&arrived, FileState::Rejected, None, Some(code));
            match code {
                // Bytes that came out wrong may come out right the next time.
                ErrorCode::PhotoHashDiffers => {}
                ErrorCode::PhotoTypeDiffers => {
                    let called = upload.media_type.clone();
                    tell(app, rejected, Why::Misnamed(called), expected).await?;
                }
                // What is in them stays as it is.
                _ => tell(app, rejected, Why::Arrival(None), expected).await?,
            }
            app.files.discard(upload.id).await.map_err(unavailable)?;
            tracing::info!(code = code.as_str(), "a photo was refused");
            Err(AppError::refused(code))
        }
    }
}

/// Takes its own name from an upload whose photo is kept. Its phone does not wait for that; whoever comes for the same upload
/// does.
fn let_go(app: &App, upload: Uuid, incoming: Incoming) {
    let files = app.files.clone();
    tokio::spawn(async move {
        if let Err(error) = files.discard(upload).await {
            tracing::warn!(%error, "the name of an upload that is kept was left behind");
        }
        drop(incoming);
    });
}

/// Judges an upload, and keeps it if it is what it says to be.
async fn keep_if_sound(
    upload: &Upload,
    incoming: &mut Incoming,
) -> Result<Result<PhotoType, ErrorCode>, AppError> {
    let key = Key::new(&upload.county, &upload.sha256).ok_or_else(AppError::not_found)?;
    // Of what was watched little is read.
    let _turn = if incoming.is_watched() {
        None
    } else {
        Some(JUDGES.acquire().await)
    };
    let (hash, media_type) = (upload.sha256.clone(), upload.media_type.clone());
    let judge = move |bytes, watched| judge(bytes, watched, &hash, &media_type);
    incoming.keep(&key, judge).await.map_err(unavailable)
}

/// What the bytes are, if they are what was announced.
fn judge(
    mut bytes: File,
    watched: Option<Watched>,
    announced_hash: &str,
    announced_type: &str,
) -> io::Result<Result<PhotoType, ErrorCode>> {
    let hash = match &watched {
        Some(watched) => watched.sha256.clone(),
        None => files::hash(&mut bytes)?,
    };
    if hash != announced_hash {
        return Ok(Err(ErrorCode::PhotoHashDiffers));
    }
    let Some(announced) = PhotoType::parse(announced_type) else {
        return Ok(Err(ErrorCode::PhotoType));
    };
    match watched {
        Some(watched) => inspect_searched(bytes, announced, &watched.search),
        None => inspect(bytes, announced),
    }
}

fn file_of(
    arrived: &Arrived,
    state: FileState,
    found: Option<PhotoType>,
    problem: Option<ErrorCode>,
) -> PhotoFile {
    let upload = &arrived.upload;
    PhotoFile {
        county: upload.county.clone(),
        sha256: upload.sha256.clone(),
        state,
        size_bytes: i64::try_from(upload.size_bytes).ok(),
        media_type: found.map(|found| found.media_type().to_owned()),
        problem,
        reason: None,
        device: Some(upload.device),
        person: Some(upload.person),
        received_at: Some(arrived.at),
        prepared_at: None,
        object: None,
        seen: Seen::default(),
    }
}

/// Why the photos that announce a content are told how it stands.
#[derive(Clone, Debug)]
enum Why {
    /// It arrived or was refused. The upload by which it came, if that has no row yet.
    Arrival(Option<Upload>),
    /// It may not have been told.
    Again,
    /// It is a photo, and none of the type by which some call it: of the content nothing is noted.
    Misnamed(String),
}

impl Why {
    fn concerns(&self, photo: &StoredRecord) -> bool {
        match self {
            Self::Arrival(_) | Self::Again => true,
            Self::Misnamed(called) => photo.state.text("media_type") == Some(called.as_str()),
        }
    }
}

/// Writes what has become of a content, and tells the photos that announce it.
pub(super) async fn record(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let expected = scopes_of_announcers(app, &file.county, &file.sha256).await?;
    tell(app, file, Why::Arrival(None), expected).await
}

/// Keeps a photo that records announce and whose file is here under its name: its row is older than its bytes, as after a
/// backup was restored. One that is damaged is left as it is, to be found and to be sent again.
pub(super) async fn know_again(app: &App, key: &Key) -> Result<(), AppError> {
    let hash = app.files.hash_kept(key).await.map_err(unavailable)?;
    let here = app.files.open(key, Size::Original).await;
    let here = here.map_err(unavailable)?;
    let Some(here) = here.filter(|_| hash.as_deref() == Some(key.sha256())) else {
        return Ok(());
    };
    let size_bytes = here.metadata().map_err(unavailable)?.len();
    let found = tokio::task::spawn_blocking(move || recognise(here)).await;
    let found = found.map_err(|panicked| AppError::Internal(panicked.into()))?;
    let Ok(found) = found.map_err(unavailable)? else {
        return Ok(());
    };
    tracing::warn!("a photo was found in its directory that its row did not know");
    let kept = PhotoFile {
        county: key.county().clone(),
        sha256: key.sha256().to_owned(),
        state: FileState::Complete,
        size_bytes: i64::try_from(size_bytes).ok(),
        media_type: Some(found.media_type().to_owned()),
        problem: None,
        reason: None,
        device: None,
        person: None,
        received_at: Some(app.clock.now_ms()),
        prepared_at: None,
        object: None,
        seen: Seen::default(),
    };
    record(app, kept).await
}

/// Writes that the bytes of a kept photo are no picture after all, if it is still kept.
pub(super) async fn record_unreadable(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let now = photo_files::find(&app.store.glance(), &file.county, &file.sha256).await?;
    let is_same = |now: &PhotoFile| (now.state, now.received_at) == (file.state, file.received_at);
    if !now.as_ref().is_some_and(is_same) {
        return Ok(());
    }
    let rejected = PhotoFile {
        state: FileState::Rejected,
        problem: Some(ErrorCode::PhotoUnreadable),
        ..file
    };
    record(app, rejected).await
}

/// Tells the photos that announce a content how it stands, if it still stands so.
pub(super) async fn tell_again(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let expected = scopes_of_announcers(app, &file.county, &file.sha256).await?;
    tell(app, file, Why::Again, expected).await
}

/// The scopes of the photos that announce a content at this moment.
async fn scopes_of_announcers(
    app: &App,
    county: &DivisionCode,
    sha256: &str,
) -> Result<BTreeSet<Scope>, AppError> {
    let places = records::find_places_of_photos(&app.store.glance(), county, &[sha256]).await?;
    let scopes = places.into_iter().flat_map(|place| {
        let village = place.village.map(Scope::Village);
        village.into_iter().chain([Scope::Person(place.author)])
    });
    Ok(scopes.collect())
}

/// Photos whose bytes have come, each with the scopes of those who announce it, which are written together. Says of each
/// whether it is written.
pub type Arrivals = Together<(News, BTreeSet<Scope>), bool>;

/// What has become of a content, and why it is told.
#[derive(Clone, Debug)]
pub struct News(Arc<(PhotoFile, Why)>);

async fn tell(
    app: &App,
    file: PhotoFile,
    why: Why,
    expected: BTreeSet<Scope>,
) -> Result<(), AppError> {
    let news = News(Arc::new((file, why)));
    if matches!(news.why(), Why::Arrival(_)) {
        let writer = app.clone();
        let write_all = move |all| write_all(writer.clone(), all);
        let work = (news.clone(), expected.clone());
        if app.arrivals.write(work, write_all).await == Some(true) {
            return Ok(());
        }
    }
    // Alone it is told why not.
    write(app, &[news], expected).await
}

/// Writes what has become of several contents, in one transaction for each county. Where that fails nobody knows whose fault
/// it is, and each is to be written alone.
async fn write_all(app: App, all: Vec<(News, BTreeSet<Scope>)>) -> Vec<bool> {
    let mut groups: BTreeMap<DivisionCode, Group> = BTreeMap::new();
    for (at, (news, scopes)) in all.iter().enumerate() {
        let group = groups.entry(news.file().county.clone()).or_default();
        // The same content from two phones at once is written one after the other.
        let content = news.file().sha256.clone();
        group.members.entry(content).or_insert((at, news.clone()));
        group.scopes.extend(scopes.iter().cloned());
    }
    let mut written = BTreeSet::new();
    for Group { members, scopes } in groups.into_values() {
        let (places, news): (Vec<usize>, Vec<News>) = members.into_values().unzip();
        if write(&app, &news, scopes).await.is_ok() {
            written.extend(places);
        }
    }
    (0..all.len()).map(|at| written.contains(&at)).collect()
}

/// What is written in one transaction.
#[derive(Default)]
struct Group {
    /// By their contents, which is the order in which all lock them: which work it is, and its news.
    members: BTreeMap<String, (usize, News)>,
    scopes: BTreeSet<Scope>,
}

/// Writes news of contents of one county, in the order of their contents.
async fn write(app: &App, all: &[News], mut expected: BTreeSet<Scope>) -> Result<(), AppError> {
    for _ in 0..ROUNDS {
        let (all, scopes, now) = (all.to_vec(), expected, app.clock.now_ms());
        let outcome = app
            .store
            .write(async move |txn| round(txn, &all, scopes, now).await)
            .await?;
        match outcome {
            Round::Done(()) => return Ok(()),
            Round::Widen(scopes) => expected = scopes,
        }
    }
    Err(AppError::Busy)
}

async fn round(
    txn: &WriteTxn,
    all: &[News],
    mut scopes: BTreeSet<Scope>,
    now: i64,
) -> Result<Round<()>, AppError> {
    let locked = feeds::lock(txn, &scopes).await?;
    let mut held = BTreeMap::new();
    for news in all {
        // Waits for whoever announces this content at this moment, so that those photos are seen below.
        if let Some(others_begun) = news.hold(txn).await? {
            held.insert(news.file().sha256.as_str(), (news, others_begun));
        }
    }
    let Some((news, _)) = held.values().next() else {
        return Ok(Round::Done(()));
    };
    let county = &news.file().county;
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
            let (news, _) = held.get(photo.state.text("sha256")?)?;
            news.told(photo, now)
        });
        if let Some(photo) = told {
            ledger.put(photo);
        }
    }
    let needed = ledger.needed_scopes();
    if !needed.is_subset(&scopes) {
        scopes.extend(needed);
        return Ok(Round::Widen(scopes));
    }
    ledger.flush(txn, locked).await?;
    let begun: Vec<_> = held.values().filter_map(|(news, _)| news.begun()).collect();
    uploads::save(txn, &begun).await?;
    for (news, others_begun) in held.values() {
        if news.is_kept() && *others_begun {
            uploads::end(txn, county, &news.file().sha256).await?;
        }
    }
    let mut entries: Vec<Entry> = held.values().filter_map(|(news, _)| news.entry()).collect();
    // Whoever adds to several chains does so in their order.
    entries.sort_by_cached_key(Entry::chain);
    for entry in entries {
        audit_trail::note(txn, now, entry).await?;
    }
    Ok(Round::Done(()))
}

impl News {
    fn file(&self) -> &PhotoFile {
        &self.0.0
    }

    fn why(&self) -> &Why {
        &self.0.1
    }

    /// Locks the content's row and writes into it how it stands now. `None` if the news is old; otherwise whether others have
    /// begun to send it.
    async fn hold(&self, txn: &WriteTxn) -> Result<Option<bool>, AppError> {
        let file = self.file();
        match self.why() {
            Why::Arrival(_) => {
                let others_begun = photo_files::save_arrival(txn, file).await?;
                let removed = || AppError::refused(ErrorCode::PhotoRemoved);
                Ok(Some(others_begun.ok_or_else(removed)?))
            }
            Why::Again => {
                let now = photo_files::find(txn, &file.county, &file.sha256).await?;
                Ok(now
                    .filter(|now| now.state == file.state)
                    .map(|_still_so| false))
            }
            Why::Misnamed(_) => {
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

    /// The photo with what has become of its bytes; `None` if it says so already, or the news does not concern it.
    fn told(&self, photo: &StoredRecord, now: i64) -> Option<StoredRecord> {
        if !self.why().concerns(photo) || photo.state.kind != Kind::Photo {
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
        match self.why() {
            Why::Arrival(Some(begun)) => Some((begun, self.is_kept())),
            Why::Arrival(None) | Why::Again | Why::Misnamed(_) => None,
        }
    }

    /// What the audit trail says of an arrival.
    fn entry(&self) -> Option<Entry> {
        matches!(self.why(), Why::Arrival(_)).then(|| arrival(self.file()))
    }
}

/// What became of a content, for the audit trail.
fn arrival(file: &PhotoFile) -> Entry {
    let (by, act) = match (file.state, file.device) {
        (FileState::Complete, Some(device)) => (Doer::Device(device), Act::PhotoKept),
        (FileState::Complete, None) => (Doer::Server, Act::PhotoKept),
        _ => (Doer::Server, Act::PhotoRefused),
    };
    let detail = json!({"size_bytes": file.size_bytes, "problem": file.problem});
    Entry::new(&file.county, by, act, &file.sha256).with(detail)
}

/// Writes into a photo's fields what is known of its bytes; says whether that is news.
pub(super) fn note_state(fields: &mut tepai_sync_protocol::Fields, file: &PhotoFile) -> bool {
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
