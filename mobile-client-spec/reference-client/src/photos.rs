//! Sends the bytes of photos after the records that announce them, from wherever the last attempt stopped (section 22 of
//! the specification).
//!
//! Thumbnails go first, then photos, smallest first, over the line that the person allows.
//! Bytes leave the phone only when the server said that the photo is whole and that was kept. It knows nothing of
//! pictures: what is in the bytes is the camera's matter and the server's.

use crate::phone::Phone;
use crate::storage::{Keep, StorageError};
use crate::transport::{Announced, Reaction, Refusal, Token, TransportError, Uploads};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::{ErrorCode, Retry};
use tepai_sync_protocol::records::Photo;

/// What goes in one request. A line that breaks loses nothing of it, so this only bounds memory.
const CHUNK_BYTES: usize = 256 * 1024;
/// Attempts at one photo in which nothing moves, before it is left for the next session.
const MOST_STANDSTILLS: u32 = 4;

/// Where a phone keeps the bytes of photos until the server has them, by their SHA-256.
pub trait PhotoStore {
    /// Keeps bytes. When it has returned they survive a power cut.
    fn put(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), StorageError>;

    /// Keeps a thumbnail of a photo, which may be lost.
    fn put_thumbnail(&mut self, sha256: &str, jpeg: &[u8]) -> Result<(), StorageError>;

    /// The thumbnail of a photo, until it is taken.
    fn thumbnail(&mut self, sha256: &str) -> Result<Option<Vec<u8>>, StorageError>;

    /// Removes the thumbnail of a photo: it was sent, or is not wanted.
    fn remove_thumbnail(&mut self, sha256: &str) -> Result<(), StorageError>;

    /// At most `length` bytes from `offset` on; `None` if the photo is not here.
    fn read(
        &mut self,
        sha256: &str,
        offset: u64,
        length: usize,
    ) -> Result<Option<Vec<u8>>, StorageError>;

    /// Removes bytes and their thumbnail, if they are here.
    fn remove(&mut self, sha256: &str) -> Result<(), StorageError>;

    /// The photos that are here.
    fn list(&mut self) -> Result<Vec<String>, StorageError>;
}

/// What line the phone is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// One that costs nothing.
    WiFi,
    /// One that the person pays for by the byte.
    MobileData,
}

/// What the person allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhotoPolicy {
    /// The largest photo that goes over mobile data, in bytes; 0 lets none go, and all wait for Wi-Fi.
    pub most_bytes_on_mobile_data: u64,
}

impl Default for PhotoPolicy {
    /// Photos as phones make them small go at once; large ones wait.
    fn default() -> Self {
        Self {
            most_bytes_on_mobile_data: 1024 * 1024,
        }
    }
}

impl PhotoPolicy {
    fn allows(self, line: Line, bytes: u64) -> bool {
        line == Line::WiFi || bytes <= self.most_bytes_on_mobile_data
    }
}

/// What one session of sending did, and what waits after it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PhotoReport {
    /// Thumbnails that went.
    pub thumbnails: usize,
    /// The photos that the server has now, in the order in which they went.
    pub sent: Vec<RecordId>,
    /// Bytes that went.
    pub sent_bytes: u64,
    /// Photos that the server refuses for good, and the code that says why. Their bytes stay, and the person is told.
    pub refused: Vec<(RecordId, String)>,
    /// Photos whose bytes are not here any more.
    pub missing: Vec<RecordId>,
    /// Photos that wait for Wi-Fi.
    pub for_wifi: usize,
    /// Photos that wait, for whatever reason.
    pub waiting: usize,
    /// Bytes of those.
    pub waiting_bytes: u64,
}

/// Why a session ended early, and what it did until then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct PhotosFailed {
    /// What was done before; it stays done.
    pub report: Box<PhotoReport>,
    /// Why it ended.
    pub problem: PhotosProblem,
    /// What to do next.
    pub reaction: Reaction,
}

/// What ends a session early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotosProblem {
    /// There is no token yet.
    #[error("the phone is not enrolled")]
    NotEnrolled,
    /// A request failed.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// Bytes could not be read, or the phone could not be kept.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl PhotosProblem {
    fn reaction(&self) -> Reaction {
        match self {
            Self::NotEnrolled | Self::Storage(_) => Reaction::Stop,
            Self::Transport(TransportError::Refused(refusal)) => refusal.reaction(),
            Self::Transport(TransportError::Unavailable { retry_after_s, .. }) => Reaction::Later {
                retry_after_s: *retry_after_s,
            },
            Self::Transport(_) => Reaction::Later {
                retry_after_s: None,
            },
        }
    }
}

/// A photo that waits.
struct Waiting {
    id: RecordId,
    announced: Announced,
}

/// What became of one photo.
enum Sent {
    Whole(u64),
    Refused(String),
    Missing,
}

impl Phone {
    /// Keeps the bytes of a new photo, and announces it. `photo` says the rest: visit, village, type, purpose. The
    /// thumbnail is a JPEG of 64 KiB at the most, which shows the office something while the photo waits for a better line.
    pub fn take_photo(
        &mut self,
        store: &mut impl PhotoStore,
        mut photo: Photo,
        bytes: &[u8],
        thumbnail: Option<&[u8]>,
    ) -> Result<RecordId, StorageError> {
        let sha256 = hex(&Sha256::digest(bytes));
        // Bytes first: a record that announces what is lost would wait for ever.
        store.put(&sha256, bytes)?;
        if let Some(thumbnail) = thumbnail {
            store.put_thumbnail(&sha256, thumbnail)?;
        }
        photo.sha256 = Some(sha256);
        photo.size_bytes = i64::try_from(bytes.len()).ok();
        Ok(self.announce_photo(&photo))
    }

    /// Sends photos until none is left that may go over this line. Call it after a sync, which goes first always.
    pub async fn send_photos<U: Uploads>(
        &mut self,
        server: &U,
        store: &mut impl PhotoStore,
        keeper: &mut impl Keep,
        (policy, line): (PhotoPolicy, Line),
    ) -> Result<PhotoReport, PhotosFailed> {
        let mut report = PhotoReport::default();
        let sent = self
            .send_each(server, store, keeper, (policy, line), &mut report)
            .await;
        let waiting = self.waiting();
        report.waiting = usize::try_from(waiting.photos).unwrap_or(usize::MAX);
        report.waiting_bytes = waiting.photo_bytes;
        match sent {
            Ok(()) => Ok(report),
            Err(problem) => Err(PhotosFailed {
                report: Box::new(report),
                reaction: problem.reaction(),
                problem,
            }),
        }
    }

    async fn send_each<U: Uploads>(
        &mut self,
        server: &U,
        store: &mut impl PhotoStore,
        keeper: &mut impl Keep,
        (policy, line): (PhotoPolicy, Line),
        report: &mut PhotoReport,
    ) -> Result<(), PhotosProblem> {
        let token = self.token().cloned().ok_or(PhotosProblem::NotEnrolled)?;
        self.sweep_photos(store, keeper)?;
        let mut queue = self.photo_queue(report);
        queue.sort_by_key(|photo| (photo.announced.size_bytes, photo.id));
        // They are small enough for any line.
        for photo in &queue {
            report.thumbnails += usize::from(send_thumbnail(server, &token, store, photo).await?);
        }
        for photo in queue {
            if !policy.allows(line, photo.announced.size_bytes) {
                report.for_wifi += 1;
                continue;
            }
            match send_one(server, &token, store, &photo.announced).await? {
                Sent::Whole(bytes) => {
                    self.note_photo_sent(photo.id);
                    keeper.keep(self)?;
                    report.sent.push(photo.id);
                    report.sent_bytes += bytes;
                }
                Sent::Refused(code) => report.refused.push((photo.id, code)),
                Sent::Missing => report.missing.push(photo.id),
            }
        }
        self.sweep_photos(store, keeper)
    }

    /// The photos that the server knows of and does not have. Those that it refused for good are reported instead.
    fn photo_queue(&self, report: &mut PhotoReport) -> Vec<Waiting> {
        let mut queue = Vec::new();
        for (id, size_bytes) in self.photos_to_send() {
            let Some(photo) = self.view(id).map(|view| view.read::<Photo>()) else {
                continue;
            };
            if photo.photo_state.as_deref() == Some("rejected") {
                let code = photo.photo_problem.unwrap_or_default();
                report.refused.push((id, code));
                continue;
            }
            let announced = Announced {
                sha256: photo.sha256.unwrap_or_default(),
                size_bytes,
                media_type: photo.media_type.unwrap_or_default(),
            };
            queue.push(Waiting { id, announced });
        }
        queue
    }

    /// Forgets photos that were deleted, and removes the bytes that no photo waits for.
    fn sweep_photos(
        &mut self,
        store: &mut impl PhotoStore,
        keeper: &mut impl Keep,
    ) -> Result<(), PhotosProblem> {
        let photos: Vec<RecordId> = self.state().photos.keys().copied().collect();
        let mut wanted = BTreeSet::new();
        for id in photos {
            match self.view(id).filter(|view| !view.deleted) {
                Some(view) => wanted.extend(view.read::<Photo>().sha256),
                None => self.note_photo_sent(id),
            }
        }
        // Bytes go after it was kept that nobody waits for them.
        keeper.keep(self)?;
        for sha256 in store.list()? {
            if !wanted.contains(&sha256) {
                store.remove(&sha256)?;
            }
        }
        Ok(())
    }
}

/// Sends a photo's thumbnail, if there is one; whether it went. One that the server does not want is not sent again.
async fn send_thumbnail<U: Uploads>(
    server: &U,
    token: &Token,
    store: &mut impl PhotoStore,
    photo: &Waiting,
) -> Result<bool, PhotosProblem> {
    let sha256 = &photo.announced.sha256;
    let Some(bytes) = store.thumbnail(sha256)? else {
        return Ok(false);
    };
    let went = match server.send_thumbnail(token, photo.id, bytes).await {
        Ok(()) => true,
        Err(TransportError::Refused(refusal))
            if matches!(refusal.status, 404 | 413 | 415 | 422) =>
        {
            false
        }
        Err(problem) => return Err(problem.into()),
    };
    store.remove_thumbnail(sha256)?;
    Ok(went)
}

async fn send_one<U: Uploads>(
    server: &U,
    token: &Token,
    store: &mut impl PhotoStore,
    announced: &Announced,
) -> Result<Sent, PhotosProblem> {
    let (mut sent_bytes, mut standstills, mut furthest) = (0, 0, 0);
    loop {
        let went =
            send_from_where_it_stands(server, token, store, announced, &mut sent_bytes).await;
        let refusal = match went {
            Ok(Some(())) => return Ok(Sent::Whole(sent_bytes)),
            Ok(None) => return Ok(Sent::Missing),
            Err(PhotosProblem::Transport(TransportError::Refused(refusal))) => refusal,
            Err(problem) => return Err(problem),
        };
        if is_for_good(&refusal) {
            return Ok(Sent::Refused(refusal.word));
        }
        standstills = if sent_bytes > furthest {
            0
        } else {
            standstills + 1
        };
        furthest = sent_bytes;
        if !is_about_the_upload(&refusal) || standstills >= MOST_STANDSTILLS {
            return Err(TransportError::Refused(refusal).into());
        }
    }
}

/// Begins, or begins again, and appends until the end; `None` if the bytes are not here.
async fn send_from_where_it_stands<U: Uploads>(
    server: &U,
    token: &Token,
    store: &mut impl PhotoStore,
    announced: &Announced,
    sent_bytes: &mut u64,
) -> Result<Option<()>, PhotosProblem> {
    let upload = server.begin_upload(token, announced).await?;
    let mut offset = upload.offset;
    while offset < announced.size_bytes {
        let bytes = store.read(&announced.sha256, offset, CHUNK_BYTES)?;
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return Ok(None);
        };
        *sent_bytes += u64::try_from(bytes.len()).unwrap_or(0);
        offset = server.append(token, &upload.path, offset, bytes).await?;
    }
    Ok(Some(()))
}

/// What the server says of the photo, and not of this attempt (R22.7).
fn is_for_good(refusal: &Refusal) -> bool {
    refusal.retry == Retry::Never
        && !is_about_the_upload(refusal)
        && matches!(refusal.status, 410 | 413 | 415 | 422)
}

/// What is mended by asking where the upload stands.
fn is_about_the_upload(refusal: &Refusal) -> bool {
    let codes = [
        ErrorCode::UploadOffset,
        ErrorCode::UploadInUse,
        ErrorCode::UploadExpired,
        ErrorCode::ChecksumDiffers,
        ErrorCode::PhotoHashDiffers,
    ];
    refusal.status == 404 || refusal.code.is_some_and(|code| codes.contains(&code))
}

/// Photos in a folder, a file each.
#[derive(Clone, Debug)]
pub struct FolderOfPhotos {
    path: PathBuf,
}

impl FolderOfPhotos {
    /// Photos in this folder, which is made if there is none.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        fs::create_dir_all(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }
}

impl FolderOfPhotos {
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StorageError> {
        let unfinished = self.path.join("unfinished");
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(unfinished, self.path.join(name))?;
        Ok(File::open(&self.path)?.sync_all()?)
    }

    fn unlink(&self, name: &str) -> Result<(), StorageError> {
        match fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

fn thumbnail_name(sha256: &str) -> String {
    format!("{sha256}.thumbnail")
}

impl PhotoStore for FolderOfPhotos {
    fn put(&mut self, sha256: &str, bytes: &[u8]) -> Result<(), StorageError> {
        self.write(sha256, bytes)
    }

    fn put_thumbnail(&mut self, sha256: &str, jpeg: &[u8]) -> Result<(), StorageError> {
        self.write(&thumbnail_name(sha256), jpeg)
    }

    fn thumbnail(&mut self, sha256: &str) -> Result<Option<Vec<u8>>, StorageError> {
        match fs::read(self.path.join(thumbnail_name(sha256))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => Ok(Some(read?)),
        }
    }

    fn remove_thumbnail(&mut self, sha256: &str) -> Result<(), StorageError> {
        self.unlink(&thumbnail_name(sha256))
    }

    fn read(
        &mut self,
        sha256: &str,
        offset: u64,
        length: usize,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let mut file = match File::open(self.path.join(sha256)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(length);
        let most = u64::try_from(length).unwrap_or(u64::MAX);
        file.take(most).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn remove(&mut self, sha256: &str) -> Result<(), StorageError> {
        self.remove_thumbnail(sha256)?;
        self.unlink(sha256)
    }

    fn list(&mut self) -> Result<Vec<String>, StorageError> {
        let mut photos = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            photos.extend(
                name.to_str()
                    .filter(|name| name.len() == 64)
                    .map(str::to_owned),
            );
        }
        Ok(photos)
    }
}

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}
