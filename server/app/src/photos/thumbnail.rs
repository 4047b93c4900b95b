//! A small picture that a phone sends before its photo: shown as the photo's 320 until the photo has come and is prepared.

use crate::{App, AppError};
use bytes::Bytes;
use std::io::Cursor;
use tepai_domain::actor::DeviceActor;
use tepai_domain::photo::PhotoType;
use tepai_domain::photo::inspect::inspect;
use tepai_domain::photo::prepare::{dimensions, prepare};
use tepai_files::{Key, Size};
use tepai_store::photo_files::{self, FileState, PhotoFile};
use tepai_store::records;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::limits::MAX_THUMBNAIL_BYTES;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::Kind;
use tokio::sync::Semaphore;

/// How many are made at a time: each may hold a picture in memory.
static MAKERS: Semaphore = Semaphore::const_new(1);
/// Pixels of a thumbnail: twice as long as what is shown, on each side.
const MOST_PIXELS: u32 = 640 * 640;

/// Keeps a thumbnail of a photo of the device's person, without whatever else is in its bytes. A photo that has come needs
/// none, which is no error.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn keep(
    app: &App,
    actor: &DeviceActor,
    id: RecordId,
    bytes: Bytes,
) -> Result<(), AppError> {
    if bytes.len() > MAX_THUMBNAIL_BYTES {
        return Err(AppError::refused(ErrorCode::PhotoTooLarge));
    }
    let (person, county) = (actor.person, actor.county.clone());
    let file = app
        .store
        .read(async move |txn| {
            let photo = records::find(txn, id).await?;
            let photo = photo.filter(|photo| {
                photo.state.kind == Kind::Photo && !photo.state.deleted && photo.author() == person
            });
            let photo = photo.ok_or_else(AppError::not_found)?;
            let sha256 = photo.state.text("sha256").unwrap_or_default();
            let file = photo_files::find(txn, &county, sha256).await?;
            file.ok_or_else(AppError::not_found)
        })
        .await?;
    if file.state != FileState::Announced {
        return Ok(());
    }
    make(app, file, bytes).await
}

async fn make(app: &App, file: PhotoFile, bytes: Bytes) -> Result<(), AppError> {
    let key = Key::new(&file.county, &file.sha256).ok_or_else(AppError::not_found)?;
    let _turn = MAKERS.acquire().await;
    let files = app.files.clone();
    let work = move || {
        let judged = inspect(Cursor::new(&bytes), PhotoType::Jpeg)?;
        if let Err(code) = judged {
            return Ok(Err(code));
        }
        let Some((width_px, height_px)) = dimensions(Cursor::new(&bytes), PhotoType::Jpeg) else {
            return Ok(Err(ErrorCode::PhotoUnreadable));
        };
        if width_px.saturating_mul(height_px) > MOST_PIXELS {
            return Ok(Err(ErrorCode::PhotoTooManyPixels));
        }
        let side = Size::Thumbnail.longest_side().unwrap_or(u32::MAX);
        let Some(made) = prepare(Cursor::new(&bytes), PhotoType::Jpeg, &[side]) else {
            return Ok(Err(ErrorCode::PhotoUnreadable));
        };
        let small = made.sizes.first().map_or(&[][..], Vec::as_slice);
        files.keep_derivatives(&key, &[(Size::Promise, small)])?;
        Ok(Ok(()))
    };
    let made: std::io::Result<Result<(), ErrorCode>> = tokio::task::spawn_blocking(work)
        .await
        .map_err(|panicked| AppError::Internal(panicked.into()))?;
    made.map_err(AppError::storage_unavailable)?
        .map_err(AppError::refused)
}
