//! The last byte of an upload has arrived: its bytes are checked and stored, and [`crate::photos::status`] records it.
//!
//! The order is what makes it safe: bytes and name synced, row committed, and only then is the phone told.

use crate::photos::status::{Cause, record_status, record_status_in, scopes_of_announcers};
use crate::{App, AppError};
use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use tepai_domain::photo::PhotoType;
use tepai_domain::photo::inspect::{inspect, inspect_searched, recognise};
use tepai_files;
use tepai_files::{Incoming, Key, Size, Watched};
use tepai_store::photo_files::{self, FileState, PhotoFile, PhotoFindings};
use tepai_store::uploads::Upload;
use tepai_sync_protocol::problem::ErrorCode;
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

/// Checks and stores an upload. If it is refused, its bytes are discarded.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn finalize(app: &App, arrived: Arrived, mut incoming: Incoming) -> Result<(), AppError> {
    let upload = &arrived.upload;
    // The records that announce it are looked up while the bytes go to the disk. One that is missed costs another attempt.
    let expected = async {
        if arrived.may_be_announced {
            scopes_of_announcers(app, &upload.county, &upload.sha256).await
        } else {
            Ok(BTreeSet::new())
        }
    };
    let (judged, expected) = tokio::join!(store_if_valid(upload, &mut incoming), expected);
    let expected = expected.unwrap_or_default();
    match judged? {
        Ok(found) => {
            let kept = file_of(&arrived, FileState::Complete, Some(found), None);
            let begun = (!arrived.is_registered).then(|| upload.clone());
            if let Err(error) = record_status_in(app, kept, Cause::Arrival(begun), expected).await {
                if error.code() == ErrorCode::PhotoRemoved {
                    app.files
                        .discard(upload.id)
                        .await
                        .map_err(AppError::storage_unavailable)?;
                } else {
                    // Every byte has arrived: a retry must not send them again.
                    incoming
                        .sync()
                        .await
                        .map_err(AppError::storage_unavailable)?;
                }
                return Err(error);
            }
            release_staging_file(app, upload.id, incoming);
            Ok(())
        }
        Err(code) => {
            let rejected = file_of(&arrived, FileState::Rejected, None, Some(code));
            match code {
                // Bytes that came out wrong may come out right the next time.
                ErrorCode::PhotoHashDiffers => {}
                ErrorCode::PhotoTypeDiffers => {
                    let called = upload.media_type.clone();
                    record_status_in(app, rejected, Cause::OtherType(called), expected).await?;
                }
                // What is in them stays as it is.
                _ => record_status_in(app, rejected, Cause::Arrival(None), expected).await?,
            }
            app.files
                .discard(upload.id)
                .await
                .map_err(AppError::storage_unavailable)?;
            tracing::info!(code = code.as_str(), "a photo was refused");
            Err(AppError::refused(code))
        }
    }
}

/// Removes the staging file of an upload whose photo is stored. Its phone does not wait for that; the next request for the same
/// upload does.
fn release_staging_file(app: &App, upload: Uuid, incoming: Incoming) {
    let files = app.files.clone();
    tokio::spawn(async move {
        if let Err(error) = files.discard(upload).await {
            tracing::warn!(%error, "the name of an upload that is kept was left behind");
        }
        drop(incoming);
    });
}

/// Checks an upload, and stores it if it is what was announced.
async fn store_if_valid(
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
    incoming
        .keep(&key, judge)
        .await
        .map_err(AppError::storage_unavailable)
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
        None => tepai_files::hash(&mut bytes)?,
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
        seen: PhotoFindings::default(),
    }
}

/// Keeps a photo that records announce and whose file is here under its name: its row is older than its bytes, as after a
/// backup was restored. One that is damaged is left as it is, to be found and to be sent again.
pub(crate) async fn recover(app: &App, key: &Key) -> Result<(), AppError> {
    let hash = app
        .files
        .hash_kept(key)
        .await
        .map_err(AppError::storage_unavailable)?;
    let here = app.files.open(key, Size::Original).await;
    let here = here.map_err(AppError::storage_unavailable)?;
    let Some(here) = here.filter(|_| hash.as_deref() == Some(key.sha256())) else {
        return Ok(());
    };
    let size_bytes = here
        .metadata()
        .map_err(AppError::storage_unavailable)?
        .len();
    let found = tokio::task::spawn_blocking(move || recognise(here)).await;
    let found = found.map_err(|panicked| AppError::Internal(panicked.into()))?;
    let Ok(found) = found.map_err(AppError::storage_unavailable)? else {
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
        seen: PhotoFindings::default(),
    };
    record_status(app, kept).await
}

/// Writes that the bytes of a kept photo are no picture after all, if it is still kept.
pub(crate) async fn record_unreadable(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let now = photo_files::find(&app.store.single_read(), &file.county, &file.sha256).await?;
    let is_same = |now: &PhotoFile| (now.state, now.received_at) == (file.state, file.received_at);
    if !now.as_ref().is_some_and(is_same) {
        return Ok(());
    }
    let rejected = PhotoFile {
        state: FileState::Rejected,
        problem: Some(ErrorCode::PhotoUnreadable),
        ..file
    };
    record_status(app, rejected).await
}
