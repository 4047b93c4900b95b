//! The bytes of a photo on their way: begun, received piece by piece from wherever they stopped, given up.
//!
//! An upload is one device's, for one content: whoever begins it again goes on with what has come. Bytes that the county
//! holds already are not received again.

use crate::photos::finalize::{self, Arrived};
use crate::{App, AppError};
use bytes::Bytes;
use futures::{Stream, StreamExt, future, stream};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::pin::pin;
use std::time::Duration;
use tepai_domain::actor::DeviceActor;
use tepai_domain::photo::PhotoType;
use tepai_files::{Incoming, Key};
use tepai_store::Txn;
use tepai_store::photo_files::{self, FileState};
use tepai_store::uploads::{self, Upload};
use tepai_sync_protocol::ids::NATURAL_KEY_NAMESPACE;
use tepai_sync_protocol::limits::{MAX_PHOTO_BYTES, UPLOAD_LIFE_MS};
use tepai_sync_protocol::problem::ErrorCode;
use tokio::time::timeout;
use uuid::Uuid;

/// Uploads that one device may have begun and not ended.
const MOST_UPLOADS: i64 = 500;
/// An upload that comes whole within this time needs no row of its own before.
const SOON: Duration = Duration::from_secs(1);
/// Bytes of an upload that are taken before it is admitted, until there are as many.
const EARLY: usize = 512 * 1024;
/// Pieces of them, however small.
const EARLY_PIECES: usize = 256;

/// What a device says it will send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// SHA-256 of the whole, as hexadecimal digits.
    pub sha256: String,
    /// Bytes of the whole.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: String,
    /// `Upload-Metadata` as it came.
    pub metadata: Option<String>,
}

/// How far an upload is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadProgress {
    /// The upload.
    pub id: Uuid,
    /// Bytes that the server has and will not lose.
    pub offset: u64,
    /// Bytes of the whole.
    pub length: u64,
    /// When it is given up: milliseconds since 1970 UTC.
    pub expires_at: i64,
    /// `Upload-Metadata` as it came.
    pub metadata: Option<String>,
}

/// The checksum of one body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1, 20 bytes.
    Sha1(Vec<u8>),
    /// SHA-256, 32 bytes.
    Sha256(Vec<u8>),
}

/// Begins an upload, or begins it again: then it stands where it stopped.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn begin(
    app: &App,
    actor: &DeviceActor,
    announced: Announced,
) -> Result<UploadProgress, AppError> {
    let upload = upload_of(app, actor, announced)?;
    register(app, &upload).await?;
    progress_of(app, upload).await
}

/// Begins an upload with its first bytes. They are heeded only if none have come before.
///
/// The upload is registered when it does not come whole at once: one that does has its row with that of its photo.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn begin_with(
    app: &App,
    actor: &DeviceActor,
    announced: Announced,
    checksum: Option<Checksum>,
    mut body: impl Stream<Item = Result<Bytes, AppError>> + Send + Unpin,
) -> Result<UploadProgress, AppError> {
    let upload = upload_of(app, actor, announced)?;
    // Most are admitted, so that the file is opened meanwhile, and bytes are taken that have come. Whoever is at it comes
    // to its end.
    let single_read = app.store.single_read();
    let decided = future::join(admit(&single_read, &upload), open(app, &upload));
    let ((state, opened), early) = meanwhile(decided, &mut body).await;
    let body = stream::iter(early).chain(body);
    let state = match state {
        Ok(state) => state,
        Err(refused) => {
            close_unused(app, &upload, opened).await?;
            return Err(refused);
        }
    };
    if state == Some(FileState::Complete) {
        close_unused(app, &upload, opened).await?;
    } else {
        let incoming = opened?;
        if incoming.length() == 0 {
            let expected = Expected {
                upload: &upload,
                offset: 0,
                is_registered: false,
                may_be_announced: state.is_some(),
            };
            return receive_into(app, incoming, expected, checksum, body).await;
        }
    }
    register(app, &upload).await?;
    progress_of(app, upload).await
}

/// Waits for `decided`, and takes the first bytes of a body until then.
async fn meanwhile<T>(
    decided: impl Future<Output = T>,
    body: &mut (impl Stream<Item = Result<Bytes, AppError>> + Unpin),
) -> (T, Vec<Result<Bytes, AppError>>) {
    let mut decided = pin!(decided);
    let (mut early, mut held, mut is_over) = (Vec::new(), 0, false);
    loop {
        tokio::select! {
            biased;
            outcome = &mut decided => return (outcome, early),
            next = body.next(), if !is_over && held < EARLY && early.len() < EARLY_PIECES => {
                held += next.as_ref().and_then(|next| next.as_ref().ok()).map_or(0, Bytes::len);
                is_over = next.as_ref().is_none_or(Result::is_err);
                early.extend(next);
            }
        }
    }
}

/// Leaves nothing of a file that was opened for bytes that are not taken.
async fn close_unused(
    app: &App,
    upload: &Upload,
    opened: Result<Incoming, AppError>,
) -> Result<(), AppError> {
    match opened {
        Ok(incoming) if incoming.length() == 0 => app
            .files
            .discard(upload.id)
            .await
            .map_err(AppError::storage_unavailable),
        Ok(_) | Err(_) => Ok(()),
    }
}

fn upload_of(app: &App, actor: &DeviceActor, announced: Announced) -> Result<Upload, AppError> {
    check(&announced)?;
    let now = app.clock.now_ms();
    Ok(Upload {
        id: id_of(actor, &announced.sha256),
        county: actor.county.clone(),
        device: actor.device,
        person: actor.person,
        sha256: announced.sha256,
        size_bytes: announced.size_bytes,
        media_type: announced.media_type,
        metadata: announced.metadata,
        created_at: now,
        expires_at: now + UPLOAD_LIFE_MS,
    })
}

/// Writes down that an upload has begun.
async fn register(app: &App, upload: &Upload) -> Result<(), AppError> {
    let begun = upload.clone();
    app.store
        .write(async move |txn| {
            let state = admit(txn, &begun).await?;
            let ended = state == Some(FileState::Complete);
            Ok(uploads::save(txn, &[(&begun, ended)]).await?)
        })
        .await
}

/// Whether an upload may begin, and where the bytes of its content stand. It takes one statement.
async fn admit(txn: &impl Txn, upload: &Upload) -> Result<Option<FileState>, AppError> {
    let prospects = uploads::find_prospects(txn, upload).await?;
    if let Some(code) = prospects.problem {
        return Err(AppError::refused(code));
    }
    if !prospects.is_known && prospects.begun >= MOST_UPLOADS {
        return Err(AppError::refused(ErrorCode::TooManyUploads));
    }
    Ok(prospects.state)
}

fn check(announced: &Announced) -> Result<(), AppError> {
    if announced.size_bytes == 0 {
        return Err(AppError::with_detail(
            ErrorCode::PhotoUnreadable,
            "a photo of 0 bytes / 照片为 0 字节",
        ));
    }
    if announced.size_bytes > MAX_PHOTO_BYTES {
        return Err(AppError::refused(ErrorCode::PhotoTooLarge));
    }
    if matches!(announced.media_type.as_str(), "image/heic" | "image/heif") {
        return Err(AppError::refused(ErrorCode::PhotoIsHeic));
    }
    if PhotoType::parse(&announced.media_type).is_none() {
        return Err(AppError::refused(ErrorCode::PhotoType));
    }
    Ok(())
}

/// The same for the same content of the same device, so that a phone that forgot its upload finds it again.
fn id_of(actor: &DeviceActor, sha256: &str) -> Uuid {
    let name = format!("upload|{}|{sha256}", actor.device);
    Uuid::new_v5(&NATURAL_KEY_NAMESPACE, name.as_bytes())
}

/// How far an upload of this device is.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn progress(
    app: &App,
    actor: &DeviceActor,
    id: Uuid,
) -> Result<UploadProgress, AppError> {
    let upload = find(app, actor, id).await?;
    progress_of(app, upload).await
}

async fn find(app: &App, actor: &DeviceActor, id: Uuid) -> Result<Upload, AppError> {
    let found = find_with_state(app, actor, id).await?;
    Ok(found.0)
}

/// An upload of this device, and where the bytes of its content stand.
async fn find_with_state(
    app: &App,
    actor: &DeviceActor,
    id: Uuid,
) -> Result<(Upload, Option<FileState>), AppError> {
    let found = uploads::find_with_state(&app.store.single_read(), id).await?;
    let own = found.filter(|(upload, _)| upload.device == actor.device);
    let (upload, state) = own.ok_or_else(AppError::not_found)?;
    if upload.expires_at <= app.clock.now_ms() {
        return Err(AppError::refused(ErrorCode::UploadExpired));
    }
    Ok((upload, state))
}

async fn progress_of(app: &App, upload: Upload) -> Result<UploadProgress, AppError> {
    app.files.quiet(upload.id).await;
    let offset = if is_here(app, &upload).await? {
        // Left over by a process that was killed after it had kept the photo.
        app.files
            .discard(upload.id)
            .await
            .map_err(AppError::storage_unavailable)?;
        upload.size_bytes
    } else {
        let received = app
            .files
            .received(upload.id)
            .await
            .map_err(AppError::storage_unavailable)?;
        if received < upload.size_bytes {
            received
        } else {
            finish(app, &upload).await?
        }
    };
    Ok(progress_at(&upload, offset))
}

/// All bytes have come, and the process was killed before the photo was kept: whoever asks would take it to be kept.
async fn finish(app: &App, upload: &Upload) -> Result<u64, AppError> {
    let incoming = app
        .files
        .receive(upload.id)
        .await
        .map_err(AppError::storage_unavailable)?;
    let Some(incoming) = incoming else {
        // Another request is at it.
        return if is_here(app, upload).await? {
            Ok(upload.size_bytes)
        } else {
            Err(AppError::refused(ErrorCode::UploadInUse))
        };
    };
    let received = incoming.length();
    if received == upload.size_bytes {
        let arrived = Arrived {
            upload: upload.clone(),
            at: app.clock.now_ms(),
            is_registered: true,
            may_be_announced: true,
        };
        finalize::finalize(app, arrived, incoming).await?;
    }
    Ok(received)
}

async fn is_here(app: &App, upload: &Upload) -> Result<bool, AppError> {
    let file = photo_files::find(&app.store.single_read(), &upload.county, &upload.sha256).await?;
    Ok(file.is_some_and(|file| file.state == FileState::Complete))
}

/// Receives bytes from `offset` on. All that came is kept, even if the body breaks off; with a checksum all of it or
/// nothing. The last byte makes the photo kept, before this returns.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn receive(
    app: &App,
    actor: &DeviceActor,
    id: Uuid,
    offset: u64,
    checksum: Option<Checksum>,
    body: impl Stream<Item = Result<Bytes, AppError>> + Send + Unpin,
) -> Result<UploadProgress, AppError> {
    let (upload, state) = find_with_state(app, actor, id).await?;
    if state == Some(FileState::Complete) {
        return if offset == upload.size_bytes {
            Ok(progress_at(&upload, offset))
        } else {
            Err(wrong_offset(upload.size_bytes))
        };
    }
    let incoming = open(app, &upload).await?;
    let expected = Expected {
        upload: &upload,
        offset,
        is_registered: true,
        may_be_announced: true,
    };
    receive_into(app, incoming, expected, checksum, body).await
}

async fn open(app: &App, upload: &Upload) -> Result<Incoming, AppError> {
    let incoming = app
        .files
        .receive(upload.id)
        .await
        .map_err(AppError::storage_unavailable)?;
    incoming.ok_or_else(|| AppError::refused(ErrorCode::UploadInUse))
}

fn progress_at(upload: &Upload, offset: u64) -> UploadProgress {
    UploadProgress {
        id: upload.id,
        offset,
        length: upload.size_bytes,
        expires_at: upload.expires_at,
        metadata: upload.metadata.clone(),
    }
}

/// What comes next of an upload whose photo was not here a moment ago.
struct Expected<'u> {
    upload: &'u Upload,
    /// Where the bytes begin.
    offset: u64,
    /// Whether the upload has its row.
    is_registered: bool,
    /// Whether a record may have announced its content before.
    may_be_announced: bool,
}

async fn receive_into(
    app: &App,
    mut incoming: Incoming,
    expected: Expected<'_>,
    checksum: Option<Checksum>,
    body: impl Stream<Item = Result<Bytes, AppError>> + Send + Unpin,
) -> Result<UploadProgress, AppError> {
    let upload = expected.upload;
    if incoming.length() != expected.offset {
        return Err(wrong_offset(incoming.length()));
    }
    if let Some(key) = Key::new(&upload.county, &upload.sha256) {
        app.files.make_place_ahead(&key);
    }
    let mut is_registered = expected.is_registered;
    let ended = {
        let mut writing = pin!(write(&mut incoming, upload.size_bytes, checksum, body));
        match timeout(SOON, &mut writing).await {
            Ok(ended) => ended,
            Err(_slow) => {
                if !is_registered {
                    register(app, upload).await?;
                    is_registered = true;
                }
                writing.await
            }
        }
    };
    let length = incoming.length();
    if ended.is_ok() && length == upload.size_bytes {
        // The lock is held until the photo has its name: whoever comes meanwhile finds it kept.
        let arrived = Arrived {
            upload: upload.clone(),
            at: app.clock.now_ms(),
            is_registered,
            may_be_announced: expected.may_be_announced,
        };
        finalize::finalize(app, arrived, incoming).await?;
    } else {
        incoming
            .sync()
            .await
            .map_err(AppError::storage_unavailable)?;
        if !is_registered {
            register(app, upload).await?;
        }
    }
    ended.map(|()| progress_at(upload, length))
}

fn wrong_offset(stands: u64) -> AppError {
    AppError::with_detail(
        ErrorCode::UploadOffset,
        format!("the server has {stands} bytes / 服务器已收到 {stands} 字节"),
    )
}

/// Writes a body behind what has come. It is not safe yet.
async fn write(
    incoming: &mut Incoming,
    size: u64,
    checksum: Option<Checksum>,
    mut body: impl Stream<Item = Result<Bytes, AppError>> + Send + Unpin,
) -> Result<(), AppError> {
    let begun_at = incoming.length();
    let mut digest = checksum.map(Running::new);
    let taken_over = incoming.taken_over.clone();
    let ended = loop {
        let next = tokio::select! {
            biased;
            () = taken_over.cancelled() => break Err(AppError::refused(ErrorCode::UploadInUse)),
            next = body.next() => next,
        };
        let bytes = match next {
            None => break Ok(()),
            Some(Err(broken)) => break Err(broken),
            Some(Ok(bytes)) => bytes,
        };
        let room = size.saturating_sub(incoming.length());
        if u64::try_from(bytes.len()).is_ok_and(|count| count > room) {
            incoming
                .go_back(begun_at)
                .await
                .map_err(AppError::storage_unavailable)?;
            break Err(AppError::refused(ErrorCode::UploadTooLong));
        }
        if let Some(digest) = &mut digest {
            digest.update(&bytes);
        }
        incoming
            .append(bytes)
            .await
            .map_err(AppError::storage_unavailable)?;
    };
    // What cannot be checked any more may be damaged.
    match digest {
        None => ended,
        Some(digest) => {
            let differs = || Err(AppError::refused(ErrorCode::ChecksumDiffers));
            let checked = ended.and_then(|()| if digest.agrees() { Ok(()) } else { differs() });
            if checked.is_err() {
                incoming
                    .go_back(begun_at)
                    .await
                    .map_err(AppError::storage_unavailable)?;
            }
            checked
        }
    }
}

/// A checksum that is being computed, and what it should come to.
enum Running {
    Sha1(Sha1, Vec<u8>),
    Sha256(Sha256, Vec<u8>),
}

impl Running {
    fn new(expected: Checksum) -> Self {
        match expected {
            Checksum::Sha1(expected) => Self::Sha1(Sha1::new(), expected),
            Checksum::Sha256(expected) => Self::Sha256(Sha256::new(), expected),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(digest, _) => digest.update(bytes),
            Self::Sha256(digest, _) => digest.update(bytes),
        }
    }

    fn agrees(self) -> bool {
        match self {
            Self::Sha1(digest, expected) => digest.finalize().as_slice() == expected,
            Self::Sha256(digest, expected) => digest.finalize().as_slice() == expected,
        }
    }
}

/// Gives an upload up: what has come of it is thrown away. A photo that is kept stays.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn terminate(app: &App, actor: &DeviceActor, id: Uuid) -> Result<(), AppError> {
    let upload = find(app, actor, id).await?;
    // Whoever writes to it, or removes its name, comes to an end first.
    app.files.quiet(id).await;
    let incoming = app
        .files
        .receive(id)
        .await
        .map_err(AppError::storage_unavailable)?;
    let incoming = incoming.ok_or_else(|| AppError::refused(ErrorCode::UploadInUse))?;
    app.store
        .write(async move |txn| Ok::<_, AppError>(uploads::delete(txn, upload.id).await?))
        .await?;
    app.files
        .discard(id)
        .await
        .map_err(AppError::storage_unavailable)?;
    drop(incoming);
    Ok(())
}
