//! Reads the bytes of a photo, and how far the photos of a visit have come, for whoever may see the record.

use crate::{App, AppError};
use bytes::Bytes;
use futures::stream::BoxStream;
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use tepai_domain::actor::Actor;
use tepai_domain::scope::Grant;
use tepai_files::{Key, Source};
use tepai_store::photo_files::{self, FileState, PhotoFile};
use tepai_store::records::{self, StoredRecord};
use tepai_store::{ReadTxn, grants, uploads};
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{Kind, Photo, Record};

pub use tepai_files::Size;

/// The bytes of a photo in one size.
#[derive(Debug)]
pub struct Opened {
    /// Where they are.
    source: Source,
    /// Bytes in it.
    pub length: u64,
    /// Media type.
    pub media_type: String,
    /// What names these bytes and no others.
    pub tag: String,
    /// Seconds for which whoever reads them need not ask again.
    pub keep_s: u32,
}

impl Opened {
    /// Reads some of the bytes.
    pub async fn read(
        self,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, io::Result<Bytes>>, AppError> {
        self.source
            .read(range)
            .await
            .map_err(AppError::storage_unavailable)
    }
}

/// Opens a photo in one size. The original goes to whoever sent it and to the office alone: it says more than it shows.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn open(app: &App, actor: &Actor, id: RecordId, size: Size) -> Result<Opened, AppError> {
    let (asking, today) = (actor.clone(), app.clock.today(&app.zone));
    let file = app
        .store
        .read(async move |txn| {
            let photo = visible(txn, &asking, id, today).await?;
            let own = match &asking {
                Actor::Office(_) => true,
                Actor::Device(device) => photo.author() == device.person,
            };
            if size == Size::Original && !own {
                return Err(AppError::refused(ErrorCode::NotAllowed));
            }
            let sha256 = photo.state.text("sha256").unwrap_or_default();
            let file = photo_files::find(txn, &photo.county, sha256).await?;
            file.ok_or_else(|| AppError::refused(ErrorCode::PhotoNotHere))
        })
        .await?;
    if file.is_past_retention() {
        return Err(AppError::refused(ErrorCode::PhotoRemoved));
    }
    if size == Size::Thumbnail && file.prepared_at.is_none() {
        let promised = find_promise(app, &file).await?;
        if let Some(promised) = promised {
            return Ok(promised);
        }
    }
    if file.state != FileState::Complete {
        return Err(AppError::refused(
            file.problem.unwrap_or(ErrorCode::PhotoNotHere),
        ));
    }
    if size != Size::Original && file.prepared_at.is_none() {
        return Err(AppError::refused(ErrorCode::PhotoNotPrepared));
    }
    let key = Key::new(&file.county, &file.sha256).ok_or_else(AppError::not_found)?;
    let (source, length) = find_source(app, &key, size, &file).await?;
    let tag = tag(&file, size);
    let media_type = match size {
        Size::Original => file.media_type.unwrap_or_default(),
        Size::Thumbnail | Size::Screen | Size::Promise => "image/jpeg".to_owned(),
    };
    Ok(Opened {
        source,
        length,
        media_type,
        tag,
        keep_s: 86_400,
    })
}

fn tag(file: &PhotoFile, size: Size) -> String {
    format!("\"{}-{}\"", file.sha256, size.as_str())
}

/// What the phone sent before the photo.
async fn find_promise(app: &App, file: &PhotoFile) -> Result<Option<Opened>, AppError> {
    if !matches!(file.state, FileState::Announced | FileState::Complete) {
        return Ok(None);
    }
    let key = Key::new(&file.county, &file.sha256).ok_or_else(AppError::not_found)?;
    // The photo may have been prepared since its row was read: then its own thumbnail is there instead.
    for size in [Size::Promise, Size::Thumbnail] {
        let Some(small) = app
            .files
            .open(&key, size)
            .await
            .map_err(AppError::storage_unavailable)?
        else {
            continue;
        };
        return Ok(Some(Opened {
            length: small
                .metadata()
                .map_err(AppError::storage_unavailable)?
                .len(),
            source: Source::Here(small),
            media_type: "image/jpeg".to_owned(),
            tag: tag(file, size),
            keep_s: 0,
        }));
    }
    Ok(None)
}

/// Where the bytes are, and how many: here, or else in the bucket.
async fn find_source(
    app: &App,
    key: &Key,
    size: Size,
    file: &PhotoFile,
) -> Result<(Source, u64), AppError> {
    if let Some(here) = app
        .files
        .open(key, size)
        .await
        .map_err(AppError::storage_unavailable)?
    {
        let length = here
            .metadata()
            .map_err(AppError::storage_unavailable)?
            .len();
        return Ok((Source::Here(here), length));
    }
    let length = file.size_bytes.and_then(|size| u64::try_from(size).ok());
    let object = find_object(app, size, file).await?;
    let (Some(bucket), Some(object), Some(length)) = (app.files.bucket(), object, length) else {
        tracing::error!(size = size.as_str(), "a photo that is kept is nowhere");
        return Err(AppError::refused(ErrorCode::StorageUnavailable));
    };
    Ok((Source::Away(bucket.clone(), object), length))
}

/// The original's name in the bucket.
async fn find_object(app: &App, size: Size, file: &PhotoFile) -> Result<Option<String>, AppError> {
    if size != Size::Original {
        return Ok(None);
    }
    if file.object.is_some() {
        return Ok(file.object.clone());
    }
    // It may have moved since the row was read.
    let (county, sha256) = (file.county.clone(), file.sha256.clone());
    let now = app
        .store
        .read(async move |txn| Ok::<_, AppError>(photo_files::find(txn, &county, &sha256).await?))
        .await?;
    Ok(now.and_then(|file| file.object))
}

/// The live photo of this id, if the actor may see it: the office within its reach, a person one's own and those of the
/// villages that are assigned today.
async fn visible(
    txn: &ReadTxn,
    actor: &Actor,
    id: RecordId,
    today: jiff::civil::Date,
) -> Result<StoredRecord, AppError> {
    let photo = records::find(txn, id).await?;
    let photo = photo.filter(|record| record.state.kind == Kind::Photo && !record.state.deleted);
    let photo = photo.ok_or_else(AppError::not_found)?;
    let village = photo.village.clone().ok_or_else(AppError::not_found)?;
    let seen = match actor {
        Actor::Office(office) => office.sees(&village),
        Actor::Device(device) if photo.author() == device.person => true,
        Actor::Device(device) => {
            let grants = grants::list(txn, device.person).await?;
            let covers = |grant: &Grant| grant.village == village && grant.is_in_force(today);
            grants.iter().any(covers)
        }
    };
    if seen {
        Ok(photo)
    } else {
        Err(AppError::not_found())
    }
}

/// How far a photo of a visit has come.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoStanding {
    /// The photo.
    pub id: RecordId,
    /// What was announced.
    pub photo: Photo,
    /// `announced`, `partial`, `complete`, `rejected` or `removed`.
    pub state: &'static str,
    /// Bytes that have come.
    pub received_bytes: u64,
    /// What is known of its bytes.
    pub file: Option<PhotoFile>,
}

/// How far the photos among these records have come. Who may see the visit has been asked before.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn standings(app: &App, ids: Vec<RecordId>) -> Result<Vec<PhotoStanding>, AppError> {
    let (photos, files, begun) = app
        .store
        .read(async move |txn| {
            let mut photos = records::find_many(txn, &ids).await?;
            photos.retain(|record| record.state.kind == Kind::Photo && !record.state.deleted);
            photos.sort_by_key(|photo| photo.id);
            let hash = |photo: &StoredRecord| photo.state.text("sha256").map(str::to_owned);
            let contents: Vec<String> = photos.iter().filter_map(hash).collect();
            let (mut files, mut begun) = (BTreeMap::new(), Vec::new());
            if let Some(photo) = photos.first() {
                files = photo_files::find_many(txn, &photo.county, &contents).await?;
                let is_here = |sha256: &&String| {
                    let file: Option<&PhotoFile> = files.get(*sha256);
                    file.is_some_and(|file| file.state == FileState::Complete)
                };
                for sha256 in contents.iter().filter(|sha256| !is_here(sha256)) {
                    begun.extend(uploads::list_of_content(txn, &photo.county, sha256).await?);
                }
            }
            Ok::<_, AppError>((photos, files, begun))
        })
        .await?;
    let mut standings = Vec::with_capacity(photos.len());
    for record in photos {
        let photo = Photo::read(&record.state.fields);
        let sha256 = photo.sha256.clone().unwrap_or_default();
        let file: Option<PhotoFile> = files.get(&sha256).cloned();
        let mut state = file
            .as_ref()
            .map_or("announced", PhotoFile::state_of_record);
        let mut received_bytes = 0;
        if state == "complete" {
            received_bytes = photo
                .size_bytes
                .and_then(|size| u64::try_from(size).ok())
                .unwrap_or(0);
        } else if state == "announced" {
            for upload in begun.iter().filter(|upload| upload.sha256 == sha256) {
                let written = app.files.written(upload.id).await.unwrap_or(0);
                received_bytes = received_bytes.max(written);
            }
            if received_bytes > 0 {
                state = "partial";
            } else if photo.photo_state.as_deref() == Some("rejected") {
                // Of its content nothing is wrong: this record calls it by another type.
                state = "rejected";
            }
        }
        standings.push(PhotoStanding {
            id: record.id,
            photo,
            state,
            received_bytes,
            file,
        });
    }
    Ok(standings)
}
