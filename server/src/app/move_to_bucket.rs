//! Moves originals into the bucket after they have come and are prepared.
//!
//! What was sent there is read back and compared before the copy here is removed; a bucket that fails is asked again by the next turn, and nobody waits for it.

use super::upload_photo::unavailable;
use super::{App, AppError};
use crate::files::bucket::{Listed, object_name};
use crate::files::{Bucket, Key, Size};
use crate::store::photo_files::{self, PhotoFile};

const PAGE: u32 = 100;
/// Objects that are looked up together.
const CHUNK: usize = 500;
/// How long an object may wait for its row: a day, because the bucket has a clock of its own.
const YOUNG_MS: i64 = 24 * 3600 * 1000;

/// Moves every original that is still here; says how many moved. The first failure of the bucket ends the turn.
pub async fn move_originals(app: &App) -> Result<usize, AppError> {
    let Some(bucket) = app.files.bucket() else {
        return Ok(0);
    };
    let (mut moved, mut after) = (0, None);
    loop {
        let page = next_page(app, after).await?;
        let Some(last) = page.last() else {
            return Ok(moved);
        };
        after = Some((last.county.clone(), last.sha256.clone()));
        for file in page {
            moved += usize::from(move_one(app, bucket, file).await?);
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
        .map_err(unavailable)?;
    let Some(here) = here else {
        tracing::error!(
            photo = key.sha256(),
            "a photo that is kept is not in its directory"
        );
        return Ok(false);
    };
    let object = object_name(&key, app.clock.new_id());
    bucket.put(&object, here).await.map_err(unavailable)?;
    let there = bucket.hash(&object).await.map_err(unavailable)?;
    if there.as_deref() != Some(key.sha256()) {
        tracing::error!(
            photo = key.sha256(),
            "the bucket holds other bytes than were sent; the photo stays here"
        );
        bucket.remove(&object).await.map_err(unavailable)?;
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
        app.files.remove_original(&key).await.map_err(unavailable)?;
    } else {
        bucket.remove(&object).await.map_err(unavailable)?;
    }
    Ok(saved)
}

/// Removes the objects that no kept photo names any more; says how many.
pub async fn collect_objects(app: &App) -> Result<usize, AppError> {
    let Some(bucket) = app.files.bucket() else {
        return Ok(0);
    };
    let before = app.clock.now_ms() - YOUNG_MS;
    let mut count = 0;
    for object in unknown_objects(app, bucket).await? {
        if object.written_at < before {
            bucket.remove(&object.object).await.map_err(unavailable)?;
            count += 1;
        }
    }
    Ok(count)
}

/// The objects that no kept photo names.
pub(super) async fn unknown_objects(app: &App, bucket: &Bucket) -> Result<Vec<Listed>, AppError> {
    let listed = bucket.list().await.map_err(unavailable)?;
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
