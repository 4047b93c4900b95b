//! Moves originals into the bucket after they have come and are prepared.
//!
//! What was sent there is read back and compared before the copy here is removed; a bucket that fails is asked again by the next turn, and nobody waits for it.

use crate::{App, AppError};
use tepai_files::bucket::{Listed, object_name};
use tepai_files::{Bucket, Key, Size};
use tepai_store::photo_files::{self, FileState, PhotoFile};
use tepai_sync_protocol::problem::ErrorCode;

const PAGE: u32 = 100;
/// Objects that are looked up together.
const CHUNK: usize = 500;
/// How long an object may wait for its row: a day, because the bucket has a clock of its own.
const MIN_AGE_MS: i64 = 24 * 3600 * 1000;

/// Failures one after the other that end a turn: it is the bucket, and not one photo.
const MOST_FAILURES: usize = 3;

/// Moves every original that is still here; says how many moved, or what the last failure was. One that cannot be moved
/// holds up no other.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn move_originals(app: &App) -> Result<usize, AppError> {
    let Some(bucket) = app.files.bucket() else {
        return Ok(0);
    };
    let (mut moved, mut after) = (0, None);
    let (mut failures, mut failure) = (0, None);
    loop {
        let page = next_page(app, after).await?;
        let Some(last) = page.last() else {
            return failure.map_or(Ok(moved), Err);
        };
        after = Some((last.county.clone(), last.sha256.clone()));
        for file in page {
            match move_one(app, bucket, file).await {
                Ok(has_moved) => {
                    moved += usize::from(has_moved);
                    failures = 0;
                }
                Err(failed) if failed.code() != ErrorCode::StorageUnavailable => {
                    return Err(failed);
                }
                Err(failed) => {
                    failures += 1;
                    if failures == MOST_FAILURES {
                        return Err(failed);
                    }
                    failure = Some(failed);
                }
            }
        }
    }
}

async fn next_page(
    app: &App,
    after: Option<(tepai_sync_protocol::division::DivisionCode, String)>,
) -> Result<Vec<PhotoFile>, AppError> {
    app.store
        .read(async move |txn| {
            let after = after
                .as_ref()
                .map(|(county, sha256)| (county, sha256.as_str()));
            Ok(photo_files::list_here(txn, after, PAGE).await?)
        })
        .await
}

async fn move_one(app: &App, bucket: &Bucket, file: PhotoFile) -> Result<bool, AppError> {
    let key = Key::new(&file.county, &file.sha256).ok_or_else(AppError::not_found)?;
    let here = app
        .files
        .open(&key, Size::Original)
        .await
        .map_err(AppError::storage_unavailable)?;
    let Some(here) = here else {
        tracing::error!(
            photo = key.sha256(),
            "a photo that is kept is not in its directory"
        );
        return Ok(false);
    };
    let of_file = here.metadata().map_err(AppError::storage_unavailable)?;
    let object = object_name(&key, app.clock.new_id());
    bucket
        .put(&object, here)
        .await
        .map_err(AppError::storage_unavailable)?;
    let there = match bucket.hash(&object).await {
        Ok(there) => there,
        Err(error) => {
            // The next turn sends it under another name; if this fails, too, the tidying takes it.
            let _ = bucket.remove(&object).await;
            return Err(AppError::storage_unavailable(error));
        }
    };
    if there.as_deref() != Some(key.sha256()) {
        tracing::error!(
            photo = key.sha256(),
            "the bucket holds other bytes than were sent; the photo stays here"
        );
        bucket
            .remove(&object)
            .await
            .map_err(AppError::storage_unavailable)?;
        return Ok(false);
    }
    let named = object.clone();
    let saved = app
        .store
        .write(async move |txn| {
            Ok::<_, AppError>(photo_files::save_object(txn, &file, &named).await?)
        })
        .await?;
    if saved {
        let removed = app.files.remove_moved(&key, &of_file).await;
        removed.map_err(AppError::storage_unavailable)?;
    } else {
        bucket
            .remove(&object)
            .await
            .map_err(AppError::storage_unavailable)?;
    }
    Ok(saved)
}

/// Removes the objects that no kept photo names, as far as a row says what became of the photo; says how many.
///
/// An object without a row stays: who restored a backup, or opened another database, has many. Where a backup was made
/// before a photo moved, its object is the only copy, and its row is told of it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn collect_objects(app: &App) -> Result<usize, AppError> {
    let Some(bucket) = app.files.bucket() else {
        return Ok(0);
    };
    let mut count = 0;
    for listed in old_unknown_objects(app).await? {
        let key = &listed.key;
        let row = photo_files::find(&app.store.single_read(), key.county(), key.sha256()).await?;
        let Some(row) = row else { continue };
        let is_needed = match row.state {
            FileState::Removed => false,
            FileState::Complete if row.object.is_some() => false,
            FileState::Complete => !is_original_here(app, key).await?,
            FileState::Announced | FileState::Rejected => true,
        };
        if !is_needed {
            bucket
                .remove(&listed.object)
                .await
                .map_err(AppError::storage_unavailable)?;
            count += 1;
        } else if row.state == FileState::Complete {
            recover(app, bucket, row, listed.object).await?;
        }
    }
    Ok(count)
}

async fn is_original_here(app: &App, key: &Key) -> Result<bool, AppError> {
    let here = app.files.open(key, Size::Original).await;
    Ok(here.map_err(AppError::storage_unavailable)?.is_some())
}

/// Notes that an original that is nowhere else is in an object, if it is.
async fn recover(
    app: &App,
    bucket: &Bucket,
    file: PhotoFile,
    object: String,
) -> Result<(), AppError> {
    let there = bucket
        .hash(&object)
        .await
        .map_err(AppError::storage_unavailable)?;
    if there.as_deref() != Some(file.sha256.as_str()) {
        return Ok(());
    }
    tracing::warn!("a photo was found in the bucket that its row did not know there");
    app.store
        .write(async move |txn| {
            photo_files::save_object(txn, &file, &object).await?;
            Ok::<_, AppError>(())
        })
        .await
}

/// The objects that no kept photo names, and whose row can be expected no more.
pub(crate) async fn old_unknown_objects(app: &App) -> Result<Vec<Listed>, AppError> {
    let Some(bucket) = app.files.bucket() else {
        return Ok(Vec::new());
    };
    let before = app.clock.now_ms() - MIN_AGE_MS;
    let mut unknown = unknown_objects(app, bucket).await?;
    unknown.retain(|object| object.written_at < before);
    Ok(unknown)
}

/// The objects that no kept photo names.
async fn unknown_objects(app: &App, bucket: &Bucket) -> Result<Vec<Listed>, AppError> {
    let listed = bucket.list().await.map_err(AppError::storage_unavailable)?;
    let mut unknown = Vec::new();
    for some in listed.chunks(CHUNK) {
        let names: Vec<String> = some.iter().map(|listed| listed.object.clone()).collect();
        let known = app
            .store
            .read(async move |txn| {
                Ok::<_, AppError>(photo_files::known_objects(txn, &names).await?)
            })
            .await?;
        let of_nobody = |listed: &&Listed| !known.contains(&listed.object);
        unknown.extend(some.iter().filter(of_nobody).cloned());
    }
    Ok(unknown)
}
