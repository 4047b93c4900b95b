//! Makes photos ready for showing after they have arrived, one at a time, away from the requests: small, upright, without
//! EXIF. The original stays as it is.

use crate::photos::finalize::record_unreadable;
use crate::{App, AppError};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::time::Duration;
use tepai_domain::photo::PhotoType;
use tepai_domain::photo::prepare::{Prepared, prepare};
use tepai_files::{Key, Size};
use tepai_store::photo_files::{self, PhotoFile, PhotoFindings};
use tepai_sync_protocol::problem::ErrorCode;

/// Photos that one turn lists.
const BATCH: u32 = 16;
/// How long a photo waits for phones that send: where they send all the time, one is prepared each second.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(20);
/// Phones send one photo after the other: one that came less than this ago may not have been the last.
const QUIET: Duration = Duration::from_millis(300);
/// The sizes that are made, the largest first.
const SIZES: [Size; 2] = [Size::Screen, Size::Thumbnail];

/// Prepares some of the photos that wait; says with how many it came to an end.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn prepare_some(app: &App) -> Result<usize, AppError> {
    let waiting = photo_files::list_unprepared(&app.store.single_read(), BATCH).await?;
    let mut count = 0;
    for file in waiting {
        let_phones_go_first(app).await;
        let (county, sha256) = (file.county.clone(), file.sha256.clone());
        let Err(failed) = prepare_one(app, file).await else {
            count += 1;
            continue;
        };
        if failed.code() != ErrorCode::StorageUnavailable {
            return Err(failed);
        }
        // The disk's matter, not the photo's; the others may be read.
        app.store
            .write(async move |txn| {
                Ok::<_, AppError>(photo_files::forgive_attempts(txn, &county, &sha256).await?)
            })
            .await?;
    }
    Ok(count)
}

/// Waits for uploads that are on their way or may follow, and no longer than [`PATIENCE`]: a phone on a hill may lose its line any moment,
/// and what has come can be made small later.
async fn let_phones_go_first(app: &App) {
    let until = tokio::time::Instant::now() + PATIENCE;
    while !app.files.is_quiet_for(QUIET) && tokio::time::Instant::now() < until {
        tokio::time::sleep(PAUSE).await;
    }
}

async fn prepare_one(app: &App, file: PhotoFile) -> Result<(), AppError> {
    let attempt = (file.county.clone(), file.sha256.clone());
    app.store
        .write(async move |txn| {
            Ok::<_, AppError>(photo_files::count_attempt(txn, &attempt.0, &attempt.1).await?)
        })
        .await?;
    let key = Key::new(&file.county, &file.sha256).ok_or_else(AppError::not_found)?;
    let found = file.media_type.as_deref().and_then(PhotoType::parse);
    let bytes = app
        .files
        .open(&key, Size::Original)
        .await
        .map_err(AppError::storage_unavailable)?;
    let (Some(bytes), Some(found)) = (bytes, found) else {
        let is_missing = io::Error::other("a photo that is kept is not in its directory");
        return Err(AppError::storage_unavailable(is_missing));
    };
    let files = app.files.clone();
    let work = move || {
        let ready = decode(bytes, found)?;
        ready.map(|ready| store(&files, &key, ready)).transpose()
    };
    let made = app.background.run(work).await;
    match made.map_err(|panicked| AppError::Internal(panicked.into()))? {
        Err(error) => Err(AppError::storage_unavailable(error)),
        Ok(Some(seen)) => {
            let now = app.clock.now_ms();
            app.store
                .write(async move |txn| {
                    let (county, sha256) = (&file.county, &file.sha256);
                    Ok::<_, AppError>(
                        photo_files::save_seen(txn, county, sha256, &seen, now).await?,
                    )
                })
                .await
        }
        // The bytes stay: they are what was sent, and a better reader may come.
        Ok(None) => record_unreadable(app, file).await,
    }
}

/// `None` if the bytes can be read, and are no picture.
fn decode(bytes: File, found: PhotoType) -> io::Result<Option<Prepared>> {
    let sides = SIZES.map(|size| size.longest_side().unwrap_or(u32::MAX));
    let mut bytes = BufReader::new(Witness {
        file: bytes,
        failed: None,
    });
    let ready = prepare(&mut bytes, found, &sides);
    match bytes.into_inner().failed {
        Some(failed) if ready.is_none() => Err(failed.into()),
        _ => Ok(ready),
    }
}

/// A file that remembers that it could not be read: whoever decodes it only says that it is no picture.
struct Witness {
    file: File,
    failed: Option<io::ErrorKind>,
}

impl Read for Witness {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer);
        if let Err(error) = &read
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failed = Some(error.kind());
        }
        read
    }
}

impl Seek for Witness {
    fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

fn store(files: &tepai_files::Files, key: &Key, ready: Prepared) -> io::Result<PhotoFindings> {
    let made = ready.sizes.iter().map(Vec::as_slice);
    let derivatives: Vec<_> = SIZES.into_iter().zip(made).collect();
    files.keep_derivatives(key, &derivatives)?;
    files.remove_promise(key)?;
    Ok(PhotoFindings {
        width_px: Some(ready.width_px.into()),
        height_px: Some(ready.height_px.into()),
        likeness: Some(ready.likeness),
        taken_local: ready.claims.taken_local,
        taken_offset_min: ready.claims.offset_min,
        latitude: ready.claims.latitude,
        longitude: ready.claims.longitude,
        camera: ready.claims.camera,
    })
}
