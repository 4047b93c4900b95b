//! Verifies stored photos: each is read again and compared with its SHA-256.

use crate::photos::bucket::old_unknown_objects;
use crate::photos::cleanup::MIN_AGE_MS;
use crate::{App, AppError};
use std::collections::BTreeSet;
use tepai_files::Key;
use tepai_store::photo_files::{self, FileState, PhotoFile};

const PAGE: u32 = 500;

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Photos whose bytes are what they were.
    pub sound: u64,
    /// Photos whose bytes are others.
    pub altered: Vec<Key>,
    /// Photos whose bytes are gone.
    pub missing: Vec<Key>,
    /// Files and objects that no row knows, and that are too old for one to be on its way.
    pub unknown: Vec<Key>,
}

impl Verified {
    /// Whether all is as it should be.
    pub fn is_sound(&self) -> bool {
        self.altered.is_empty() && self.missing.is_empty() && self.unknown.is_empty()
    }
}

/// Reads every photo again and compares its SHA-256; `progress` hears of each.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn verify(app: &App, mut progress: impl FnMut()) -> Result<Verified, AppError> {
    let mut found = Verified::default();
    let mut after: Option<Key> = None;
    let mut known = BTreeSet::new();
    loop {
        let page = next_page(app, after.clone()).await?;
        if page.is_empty() {
            break;
        }
        for file in page {
            let key = Key::new(&file.county, &file.sha256).ok_or_else(AppError::not_found)?;
            match verify_one(app, &key, file).await? {
                VerifyResult::Sound => found.sound += 1,
                VerifyResult::Altered => found.altered.push(key.clone()),
                VerifyResult::Missing => found.missing.push(key.clone()),
                VerifyResult::NotKept => {}
            }
            known.insert(key.clone());
            after = Some(key);
            progress();
        }
    }
    let kept = app
        .files
        .list_kept()
        .await
        .map_err(AppError::storage_unavailable)?;
    for key in kept.into_keys().filter(|key| !known.contains(key)) {
        // A young one has just come, and its row was written behind the page or will be.
        if app
            .files
            .age_ms(&key)
            .await
            .map_err(AppError::storage_unavailable)?
            > MIN_AGE_MS
        {
            found.unknown.push(key);
        }
    }
    for object in old_unknown_objects(app).await? {
        found.unknown.push(object.key);
    }
    Ok(found)
}

/// What verifying one photo found.
enum VerifyResult {
    Sound,
    Altered,
    Missing,
    /// It never came, or was refused, or is removed.
    NotKept,
}

async fn verify_one(app: &App, key: &Key, mut file: PhotoFile) -> Result<VerifyResult, AppError> {
    loop {
        let result = match hash_of(app, key, file.object.as_deref()).await? {
            Some(hash) if hash == file.sha256 => return Ok(VerifyResult::Sound),
            Some(_) => VerifyResult::Altered,
            None if file.state == FileState::Complete => VerifyResult::Missing,
            None => return Ok(VerifyResult::NotKept),
        };
        // It may have moved, been removed, or come again since its row was read.
        let now = photo_files::find(&app.store.single_read(), &file.county, &file.sha256).await?;
        match now {
            Some(now) if now != file => file = now,
            _ => return Ok(result),
        }
    }
}

/// SHA-256 of an original, wherever it is.
async fn hash_of(app: &App, key: &Key, object: Option<&str>) -> Result<Option<String>, AppError> {
    match (object, app.files.bucket()) {
        (None, _) => app
            .files
            .hash_kept(key)
            .await
            .map_err(AppError::storage_unavailable),
        (Some(object), Some(bucket)) => bucket
            .hash(object)
            .await
            .map_err(AppError::storage_unavailable),
        // It moved to a bucket that this installation does not name any more.
        (Some(_), None) => Ok(None),
    }
}

async fn next_page(app: &App, after: Option<Key>) -> Result<Vec<PhotoFile>, AppError> {
    app.store
        .read(async move |txn| {
            let after = after.as_ref().map(|key| (key.county(), key.sha256()));
            Ok(photo_files::list_after(txn, after, PAGE).await?)
        })
        .await
}
