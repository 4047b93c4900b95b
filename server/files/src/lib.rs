//! The only code that knows where the bytes of photos are: on their way in, kept here, and moved to a bucket.
//!
//! It knows no record and no database; who may do what is decided before it is asked.
//!
//! ```text
//! <photos>/uploads/<upload id>                bytes as far as they have come
//! <photos>/uploads/<upload id>.safe           how many of them are synced: 8 bytes, the lowest first
//! <photos>/uploads/<upload id>.part           a copy that takes its place, when that may be kept already
//! <photos>/kept/<county>/<2 digits>/<sha256>  the original, as it was sent
//! <photos>/kept/…/<sha256>-320.jpg, -1280.jpg what people see
//! <photos>/kept/…/<sha256>-promise.jpg        what they see until the photo has come
//! <photos>/scratch                            files without a name, while they are made and sent
//! ```
//!
//! Where there is a bucket, originals move into it; what people see stays here.
//!
//! What is told to a phone as received has been synced, and so has the directory that names it.

pub mod bucket;
mod incoming;
mod kept;

pub use bucket::{Bucket, BucketAddress};
pub use incoming::{Incoming, Watched};
pub use kept::{Key, Size, hash};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use incoming::Receiver;
use std::collections::{HashMap, HashSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

/// The bytes of photos.
#[derive(Clone, Debug)]
pub struct Files {
    root: PathBuf,
    /// Who receives which upload in this process: a phone that comes again takes over from its own dead connection.
    receivers: Arc<Mutex<HashMap<Uuid, Receiver>>>,
    /// When the last of them came to its end.
    last_received: Arc<Mutex<Option<Instant>>>,
    /// Directories whose names this process has synced. One that another process has just made may have none yet.
    made: Arc<Mutex<HashSet<PathBuf>>>,
    bucket: Option<Bucket>,
}

/// The bytes of a photo, wherever they are.
#[derive(Debug)]
pub enum Source {
    /// In the directory.
    Here(std::fs::File),
    /// In the bucket, by their name there.
    Away(Bucket, String),
}

impl Source {
    /// Reads some of the bytes.
    pub async fn read(
        self,
        range: Range<u64>,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        match self {
            Self::Here(file) => {
                let mut file = tokio::fs::File::from_std(file);
                file.seek(io::SeekFrom::Start(range.start)).await?;
                let length = range.end.saturating_sub(range.start);
                Ok(ReaderStream::new(file.take(length)).boxed())
            }
            Self::Away(bucket, object) => bucket.read(&object, range).await,
        }
    }
}

impl Files {
    /// Photos under `root`, which is made when the first one comes.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            receivers: Arc::default(),
            last_received: Arc::default(),
            made: Arc::default(),
            bucket: None,
        }
    }

    /// Whether no upload is being received in this process, and none was for so long.
    pub fn is_quiet_for(&self, span: Duration) -> bool {
        let last = *self
            .last_received
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.receivers().is_empty() && last.is_none_or(|last| last.elapsed() >= span)
    }

    fn receivers(&self) -> MutexGuard<'_, HashMap<Uuid, Receiver>> {
        self.receivers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The same with a bucket for originals.
    #[must_use]
    pub fn with_bucket(mut self, bucket: Option<Bucket>) -> Self {
        self.bucket = bucket;
        self
    }

    /// The bucket for originals, if there is one.
    pub fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
    }

    /// A file without a name, for what is made, sent and forgotten.
    pub async fn scratch(&self, id: Uuid) -> io::Result<std::fs::File> {
        let directory = self.root.join("scratch");
        let path = directory.join(id.simple().to_string());
        let files = self.clone();
        blocking(move || {
            files.make_dir(&directory)?;
            let mut options = std::fs::OpenOptions::new();
            let file = options
                .read(true)
                .write(true)
                .create_new(true)
                .open(&path)?;
            std::fs::remove_file(path)?;
            Ok(file)
        })
        .await
    }

    /// Makes a directory with all above it, and syncs whatever names a new one.
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        let is_inside = path != self.root && path.starts_with(&self.root);
        if path.is_dir() && (!is_inside || self.made().contains(path)) {
            return Ok(());
        }
        let Some(parent) = path.parent() else {
            return Ok(());
        };
        self.make_dir(parent)?;
        create_dir(path)?;
        sync_dir(parent)?;
        if is_inside {
            self.made().insert(path.to_owned());
        }
        Ok(())
    }

    fn made(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uploads(&self) -> PathBuf {
        self.root.join("uploads")
    }

    /// The file of an upload; an id is hexadecimal digits, and leads nowhere else.
    fn upload(&self, id: Uuid) -> PathBuf {
        self.uploads().join(id.simple().to_string())
    }
}

/// Runs what blocks away from the threads that serve.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|panicked| Err(io::Error::other(panicked)))
}

/// Makes a directory where there is none.
fn create_dir(path: &Path) -> io::Result<()> {
    match std::fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Syncs the names in a directory.
fn sync_dir(path: &Path) -> io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}

/// `None` where there is no such file.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// How long ago a file was written, in milliseconds; 0 if that is yet to come.
fn age_ms(metadata: &std::fs::Metadata) -> io::Result<u64> {
    let age = metadata.modified()?.elapsed().unwrap_or_default();
    Ok(u64::try_from(age.as_millis()).unwrap_or(u64::MAX))
}
