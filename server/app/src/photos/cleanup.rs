//! Removes photos and uploads that are no longer needed.

use crate::photos::bucket::collect_objects;
use crate::photos::{self, finalize};
use crate::{App, AppError, admin, audit};
use serde_json::json;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_files::Key;
use tepai_store::photo_files::{self, FileState, PhotoFile};
use tepai_store::{WriteTxn, uploads};
use tepai_sync_protocol::division::DivisionCode;
use uuid::Uuid;

/// How long a photo without a record is kept: 30 days.
pub const GRACE_MS: i64 = 30 * 24 * 3600 * 1000;
const PAGE: u32 = 500;
/// Files that are looked up together.
const CHUNK: usize = 500;

/// What a collection removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Uploads that took too long, and bytes of uploads that ended or that nobody knows.
    pub uploads: usize,
    /// Photos that no record has announced for the time of grace.
    pub photos: usize,
    /// Photos that their county keeps no longer.
    pub past_retention: usize,
    /// Files of which no row says that they are kept: of removed photos, and left behind by a process that was killed.
    pub files: usize,
    /// Objects in the bucket that no photo names.
    pub objects: usize,
}

/// Removes what nobody needs any more. What is known of a removed photo stays, with the reason.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn collect(app: &App) -> Result<Collected, AppError> {
    tell_untold(app).await?;
    Ok(Collected {
        uploads: collect_uploads(app).await?,
        photos: collect_orphans(app).await?,
        past_retention: collect_past_retention(app).await?,
        files: collect_files(app).await?,
        // Last: a bucket that fails holds up nothing else.
        objects: collect_objects(app).await?,
    })
}

/// Tells what a process that was killed after a removal could not tell any more.
async fn tell_untold(app: &App) -> Result<(), AppError> {
    for file in photo_files::list_untold(&app.store.single_read(), PAGE).await? {
        photos::status::repeat_status(app, file).await?;
    }
    Ok(())
}

async fn collect_uploads(app: &App) -> Result<usize, AppError> {
    let now = app.clock.now_ms();
    let expired = app
        .store
        .read(async move |txn| Ok::<_, AppError>(uploads::list_expired(txn, now, PAGE).await?))
        .await?;
    let mut count = expired.len();
    for upload in expired {
        app.files
            .discard(upload.id)
            .await
            .map_err(AppError::storage_unavailable)?;
        app.store
            .write(async move |txn| Ok::<_, AppError>(uploads::delete(txn, upload.id).await?))
            .await?;
    }
    // An upload that comes whole at once has no row before: young bytes without a row may be in the middle of that. What has
    // ended may have left its name behind, if the process ended with it.
    let incoming = app
        .files
        .list_incoming()
        .await
        .map_err(AppError::storage_unavailable)?;
    let old = incoming
        .into_iter()
        .filter(|(_, age_ms)| *age_ms > MIN_AGE_MS);
    let old: Vec<Uuid> = old.map(|(id, _)| id).collect();
    let ids = old.clone();
    let going = app
        .store
        .read(async move |txn| Ok::<_, AppError>(uploads::list_going(txn, &ids).await?))
        .await?;
    for id in old.into_iter().filter(|id| !going.contains(id)) {
        app.files
            .discard(id)
            .await
            .map_err(AppError::storage_unavailable)?;
        count += 1;
    }
    Ok(count)
}

async fn collect_orphans(app: &App) -> Result<usize, AppError> {
    let now = app.clock.now_ms();
    let before = now - GRACE_MS;
    let orphans = app
        .store
        .read(async move |txn| {
            Ok::<_, AppError>(photo_files::list_orphans(txn, before, PAGE).await?)
        })
        .await?;
    let mut count = 0;
    for file in orphans {
        let removed = app
            .store
            .write(async move |txn| {
                let (county, sha256) = (&file.county, &file.sha256);
                let removed = photo_files::remove_orphan(txn, county, sha256, before).await?;
                if removed {
                    note_removal(txn, now, (county, sha256), "orphan").await?;
                }
                Ok::<_, AppError>(removed)
            })
            .await?;
        count += usize::from(removed);
    }
    Ok(count)
}

async fn collect_past_retention(app: &App) -> Result<usize, AppError> {
    let counties = app
        .store
        .read(async move |txn| Ok::<_, AppError>(photo_files::list_counties(txn).await?))
        .await?;
    let mut count = 0;
    for county in counties {
        count += collect_past_retention_of(app, county).await?;
    }
    Ok(count)
}

async fn collect_past_retention_of(app: &App, county: DivisionCode) -> Result<usize, AppError> {
    let (today, now) = (app.clock.today(&app.zone), app.clock.now_ms());
    let of = county.clone();
    let found = app
        .store
        .read(async move |txn| {
            let settings = admin::settings::read(txn, &of, today).await?;
            let Some(before) = settings.photos_kept_from(today) else {
                return Ok::<_, AppError>(None);
            };
            let past = photo_files::list_past_retention(txn, &of, before, PAGE).await?;
            Ok(Some((before, past)))
        })
        .await?;
    let Some((before, past)) = found else {
        return Ok(0);
    };
    let mut count = 0;
    for file in past {
        let (county, sha256) = (county.clone(), file.sha256);
        let removed = app
            .store
            .write(async move |txn| {
                let removed =
                    photo_files::remove_past_retention(txn, &county, &sha256, before).await?;
                if removed {
                    note_removal(txn, now, (&county, &sha256), "retention").await?;
                }
                let file = photo_files::find(txn, &county, &sha256).await?;
                Ok::<_, AppError>(file.filter(|_| removed))
            })
            .await?;
        if let Some(file) = removed {
            photos::status::repeat_status(app, file).await?;
            count += 1;
        }
    }
    Ok(count)
}

async fn note_removal(
    txn: &WriteTxn,
    now: i64,
    (county, sha256): (&DivisionCode, &str),
    reason: &str,
) -> Result<(), AppError> {
    let removed = AuditEntry::new(county, AuditActor::Server, Act::PhotoRemoved, sha256);
    Ok(audit::note(txn, now, removed.with(json!({"reason": reason}))).await?)
}

async fn collect_files(app: &App) -> Result<usize, AppError> {
    let mut count = 0;
    let kept = app
        .files
        .list_kept()
        .await
        .map_err(AppError::storage_unavailable)?;
    let kept: Vec<(Key, bool)> = kept.into_iter().collect();
    for of_county in kept.chunk_by(|(a, _), (b, _)| a.county() == b.county()) {
        for keys in of_county.chunks(CHUNK) {
            count += collect_files_of(app, keys).await?;
        }
    }
    let unfinished = app.files.remove_unfinished(MIN_AGE_MS).await;
    Ok(count + unfinished.map_err(AppError::storage_unavailable)?)
}

/// Some files of one county: photos, and whether their originals are here.
async fn collect_files_of(app: &App, keys: &[(Key, bool)]) -> Result<usize, AppError> {
    let Some(county) = keys.first().map(|(key, _)| key.county().clone()) else {
        return Ok(0);
    };
    let contents: Vec<String> = keys
        .iter()
        .map(|(key, _)| key.sha256().to_owned())
        .collect();
    let known = app
        .store
        .read(async move |txn| {
            Ok::<_, AppError>(photo_files::find_many(txn, &county, &contents).await?)
        })
        .await?;
    let mut count = 0;
    for (key, original_is_here) in keys {
        // What no row knows stays: who restored a backup, or opened another database, has many, and phones may still tell.
        let Some(file) = known.get(key.sha256()) else {
            continue;
        };
        let fate = fate_of(file, *original_is_here);
        let Some(after_ms) = fate.after_ms() else {
            continue;
        };
        // A file is named just before its row is written: a young one is in the middle of that, and may be the same
        // photo, sent again.
        if app
            .files
            .age_ms(key)
            .await
            .map_err(AppError::storage_unavailable)?
            <= after_ms
        {
            continue;
        }
        count += usize::from(carry_out(app, key, fate, after_ms).await?);
    }
    Ok(count)
}

/// What is to become of the files of a photo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CleanupAction {
    Stays,
    /// A record announces it, and it is here: its row is older than its bytes, as after a restored backup.
    IsKnownAgain,
    /// What was sent before a photo waits for it as long as an upload may take.
    Waits,
    /// It has moved, and leaves behind what people see.
    LosesOriginal,
    Goes,
}

impl CleanupAction {
    /// How old the files must be for it; `None` if nothing happens.
    fn after_ms(self) -> Option<u64> {
        match self {
            Self::Stays => None,
            Self::Waits => Some(GRACE_MS.unsigned_abs()),
            Self::IsKnownAgain | Self::LosesOriginal | Self::Goes => Some(MIN_AGE_MS),
        }
    }
}

fn fate_of(file: &PhotoFile, original_is_here: bool) -> CleanupAction {
    match file.state {
        FileState::Removed => CleanupAction::Goes,
        FileState::Announced if original_is_here => CleanupAction::IsKnownAgain,
        FileState::Announced => CleanupAction::Waits,
        FileState::Complete if original_is_here && file.object.is_some() => {
            CleanupAction::LosesOriginal
        }
        FileState::Complete | FileState::Rejected => CleanupAction::Stays,
    }
}

/// Whether a file was removed.
async fn carry_out(
    app: &App,
    key: &Key,
    fate: CleanupAction,
    after_ms: u64,
) -> Result<bool, AppError> {
    match fate {
        CleanupAction::Stays => return Ok(false),
        CleanupAction::IsKnownAgain => {
            finalize::recover(app, key).await?;
            return Ok(false);
        }
        CleanupAction::LosesOriginal => app.files.remove_original(key, after_ms).await,
        CleanupAction::Waits | CleanupAction::Goes => app.files.remove(key, after_ms).await,
    }
    .map_err(AppError::storage_unavailable)?;
    Ok(true)
}

/// How long a file may wait for its row: an hour.
pub(super) const MIN_AGE_MS: u64 = 3600 * 1000;
