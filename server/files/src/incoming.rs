//! Bytes on their way in. One writer an upload: a lock on the file keeps other processes out, and within this process
//! whoever comes last takes over.

use crate::{Files, Key, age_ms, blocking, if_there, sync_dir};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::{Duration, Instant};
use tepai_domain::photo::search::Search;
use tepai_sync_protocol::checksum::hex;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long whoever takes over waits for the one before to sync what it has.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);
/// Bytes that are gathered before they are written: each write goes to another thread and back. One upload holds twice as
/// many at the most, and what [`LAG`] allows.
const GATHER: usize = 512 * 1024;
/// Pieces of bytes that all uploads together may hold until they have been watched. They are on their way to the disk
/// already, which takes longer, so that who watches has time then.
static LAG: Semaphore = Semaphore::const_new(32);

/// An upload that is being written.
#[derive(Debug)]
pub struct Incoming {
    upload: Uuid,
    writer: Lane<File>,
    /// Looks at what the writer writes, as long as this request brought all of it.
    watcher: Option<Lane<Watch>>,
    /// Bytes that wait for both.
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
    /// Bytes that there will be when all is written.
    length: u64,
    /// Cancelled when somebody else takes over: write no more, and finish.
    pub taken_over: CancellationToken,
    turn: Turn,
}

/// What is learned of bytes while they pass.
#[derive(Debug, Default)]
struct Watch {
    digest: Sha256,
    search: Search,
}

/// What was learned of all bytes of an upload while they passed.
#[derive(Clone, Debug)]
pub struct Watched {
    /// Their SHA-256, as hexadecimal digits.
    pub sha256: String,
    /// What was found in them.
    pub search: Search,
}

/// Works on one thing away from the threads that serve, one step at a time.
#[derive(Debug)]
enum Lane<T> {
    Idle(T),
    Busy(JoinHandle<io::Result<T>>),
    Broken,
}

impl<T: Send + 'static> Lane<T> {
    /// Begins a step when the one before is done.
    async fn then(
        &mut self,
        step: impl FnOnce(&mut T) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let thing = self.settle().await?;
        *self = Self::Busy(begin(thing, step));
        Ok(())
    }

    /// Begins a step when the one before is done, and waits for neither.
    fn later(&mut self, step: impl FnOnce(&mut T) -> io::Result<()> + Send + 'static) {
        *self = Self::Busy(match std::mem::replace(self, Self::Broken) {
            Self::Idle(thing) => begin(thing, step),
            mut before => tokio::spawn(async move {
                before.then(step).await?;
                before.settle().await
            }),
        });
    }

    /// Waits for the step that was begun.
    async fn rest(&mut self) -> io::Result<&mut T> {
        *self = Self::Idle(self.settle().await?);
        match self {
            Self::Idle(thing) => Ok(thing),
            Self::Busy(_) | Self::Broken => Err(io::Error::other("it was idle")),
        }
    }

    async fn settle(&mut self) -> io::Result<T> {
        match std::mem::replace(self, Self::Broken) {
            Self::Idle(thing) => Ok(thing),
            Self::Busy(step) => step
                .await
                .unwrap_or_else(|panicked| Err(io::Error::other(panicked))),
            Self::Broken => Err(io::Error::other("an earlier step failed")),
        }
    }
}

fn begin<T: Send + 'static>(
    mut thing: T,
    step: impl FnOnce(&mut T) -> io::Result<()> + Send + 'static,
) -> JoinHandle<io::Result<T>> {
    tokio::task::spawn_blocking(move || {
        step(&mut thing)?;
        Ok(thing)
    })
}

/// Being the one in this process who receives an upload; it ends when dropped.
#[derive(Debug)]
struct Turn {
    taken_over: CancellationToken,
    ended: CancellationToken,
    files: Files,
}

/// What others know of a [`Turn`].
#[derive(Clone, Debug, Default)]
pub(super) struct Receiver {
    /// Told to it: write no more, and finish.
    taken_over: CancellationToken,
    /// Told by it: what came is synced, and nothing is written any more.
    ended: CancellationToken,
}

impl Files {
    /// How many bytes of an upload have come and are synced.
    pub async fn received(&self, upload: Uuid) -> io::Result<u64> {
        let files = self.clone();
        blocking(move || files.safe_length(upload)).await
    }

    /// The length that an upload had when it was last synced; 0 if it never was.
    ///
    /// The length of the file itself cannot be believed after a power cut: a file system may have noted it before the
    /// bytes reached the disk, and shows zeros in their place.
    fn safe_length(&self, upload: Uuid) -> io::Result<u64> {
        let there = if_there(std::fs::metadata(self.upload(upload)))?;
        let noted = if_there(std::fs::read(self.mark(upload)))?;
        let bytes: Option<[u8; 8]> = noted.and_then(|noted| noted.try_into().ok());
        let noted = bytes.map_or(0, u64::from_le_bytes);
        Ok(there.map_or(0, |there| there.len().min(noted)))
    }

    /// Notes the length of an upload whose bytes are synced.
    fn note_safe_length(&self, upload: Uuid, length: u64) -> io::Result<()> {
        let path = self.mark(upload);
        let mut options = OpenOptions::new();
        let noted = if_there(options.write(true).open(&path))?;
        let is_new = noted.is_none();
        let mut mark = match noted {
            Some(mark) => mark,
            None => options.create(true).truncate(false).open(&path)?,
        };
        // Eight bytes in their place: the disk has the old ones or the new ones.
        mark.write_all(&length.to_le_bytes())?;
        mark.sync_data()?;
        // Its directory names the upload, too.
        if is_new {
            sync_dir(&self.uploads())?;
        }
        Ok(())
    }

    /// How many bytes of an upload are written. They may not be synced: this is to be shown, and not to be relied on.
    pub async fn written(&self, upload: Uuid) -> io::Result<u64> {
        let path = self.upload(upload);
        let found = blocking(move || if_there(std::fs::metadata(path))).await?;
        Ok(found.map_or(0, |metadata| metadata.len()))
    }

    /// Brings whoever receives an upload in this process to its end, and waits until what came is synced. A phone that
    /// asks how far it got has left that connection, and the server may not have noticed it yet.
    pub async fn quiet(&self, upload: Uuid) {
        let receiver = self.receivers().get(&upload).cloned();
        let Some(receiver) = receiver else { return };
        receiver.taken_over.cancel();
        // One whose disk hangs is not waited for: what is told then is what was synced.
        let _ended = tokio::time::timeout(PATIENCE, receiver.ended.cancelled()).await;
    }

    /// Opens an upload for writing at its end; `None` if another process is writing to it.
    pub async fn receive(&self, upload: Uuid) -> io::Result<Option<Incoming>> {
        let turn = self.take_over(upload);
        let files = self.clone();
        let opened = blocking(move || files.open_upload(upload)).await?;
        let begun = tokio::time::Instant::now();
        loop {
            match opened.try_lock() {
                Ok(()) => break,
                Err(std::fs::TryLockError::Error(error)) => return Err(error),
                Err(std::fs::TryLockError::WouldBlock) => {}
            }
            if turn.taken_over.is_cancelled() || begun.elapsed() > PATIENCE {
                return Ok(None);
            }
            tokio::time::sleep(PAUSE).await;
        }
        // While this waited, the upload may have been kept or given up; what was opened is not the upload any more.
        let own = opened.metadata()?;
        let there = if_there(std::fs::metadata(self.upload(upload)))?;
        if there.is_none_or(|there| there.ino() != own.ino()) {
            return Ok(None);
        }
        let length = self.safe_length(upload)?;
        let mut file = opened;
        if own.len() > length && own.nlink() > 1 {
            let files = self.clone();
            file = blocking(move || files.set_apart(upload, &file, length)).await?;
        }
        if own.len() == length {
            file.seek(io::SeekFrom::End(0))?;
        } else {
            go_back(&mut file, length)?;
        }
        Ok(Some(Incoming {
            upload,
            writer: Lane::Idle(file),
            watcher: watch_from(length),
            gathered: Vec::new(),
            gathered_bytes: 0,
            length,
            taken_over: turn.taken_over.clone(),
            turn,
        }))
    }

    fn take_over(&self, upload: Uuid) -> Turn {
        let own = Receiver::default();
        if let Some(before) = self.receivers().insert(upload, own.clone()) {
            before.taken_over.cancel();
        }
        Turn {
            taken_over: own.taken_over,
            ended: own.ended,
            files: self.clone(),
        }
    }

    /// Throws away what has come of an upload.
    pub async fn discard(&self, upload: Uuid) -> io::Result<()> {
        // In this order: a length must never speak of bytes that come later.
        let paths = [self.mark(upload), self.apart(upload), self.upload(upload)];
        blocking(move || {
            for path in paths {
                if_there(std::fs::remove_file(path))?;
            }
            Ok(())
        })
        .await
    }

    /// The uploads of which something has come, and how long ago the last of it did, in milliseconds.
    pub async fn list_incoming(&self) -> io::Result<Vec<(Uuid, u64)>> {
        let directory = self.uploads();
        blocking(move || {
            let Some(entries) = if_there(std::fs::read_dir(directory))? else {
                return Ok(Vec::new());
            };
            let mut found = BTreeMap::new();
            for entry in entries {
                let entry = entry?;
                let path = entry.path();
                let id = path.file_stem().and_then(|stem| stem.to_str());
                let Some(id) = id.and_then(|id| id.parse::<Uuid>().ok()) else {
                    continue;
                };
                // It may have been kept meanwhile.
                if let Some(metadata) = if_there(entry.metadata())? {
                    let age = age_ms(&metadata)?;
                    let youngest: &mut u64 = found.entry(id).or_insert(age);
                    *youngest = age.min(*youngest);
                }
            }
            Ok(found.into_iter().collect())
        })
        .await
    }

    fn open_upload(&self, upload: Uuid) -> io::Result<File> {
        self.make_dir(&self.uploads())?;
        let mut options = OpenOptions::new();
        options.write(true).read(true);
        if let Some(there) = if_there(options.open(self.upload(upload)))? {
            return Ok(there);
        }
        // A length that was left behind would speak of bytes that come later.
        if_there(std::fs::remove_file(self.mark(upload)))?;
        options
            .create(true)
            .truncate(false)
            .open(self.upload(upload))
    }

    /// A file of its own with the first bytes of an upload whose file has the name of a kept photo, too: a process died
    /// before it could say whether that is kept, and nothing is written into what may be.
    fn set_apart(&self, upload: Uuid, shared: &File, length: u64) -> io::Result<File> {
        let beside = self.apart(upload);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        let mut own = options.open(&beside)?;
        // Nobody else has it: who holds the upload's lock is alone with it.
        own.lock()?;
        let mut shared = shared;
        shared.rewind()?;
        io::copy(&mut shared.take(length), &mut own)?;
        own.sync_all()?;
        std::fs::rename(beside, self.upload(upload))?;
        sync_dir(&self.uploads())?;
        Ok(own)
    }

    /// The file that says how much of an upload is synced.
    fn mark(&self, upload: Uuid) -> PathBuf {
        self.upload(upload).with_extension("safe")
    }

    /// The file that will be an upload's own, until it has its name.
    fn apart(&self, upload: Uuid) -> PathBuf {
        self.upload(upload).with_extension("part")
    }
}

impl Incoming {
    /// How many bytes there are.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends bytes. They are not safe before [`Self::sync`].
    pub async fn append(&mut self, bytes: Bytes) -> io::Result<()> {
        self.length += u64::try_from(bytes.len()).unwrap_or(0);
        self.gathered_bytes += bytes.len();
        self.gathered.push(bytes);
        if self.gathered_bytes < GATHER {
            return Ok(());
        }
        self.hand_over().await
    }

    /// Gives what was gathered to the writer and the watcher, which are at it while the next bytes come.
    async fn hand_over(&mut self) -> io::Result<()> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let gathered = std::mem::take(&mut self.gathered);
        let count = std::mem::take(&mut self.gathered_bytes);
        let begins_at = self.length - u64::try_from(count).unwrap_or(0);
        let seen = gathered.clone();
        let write = move |file: &mut File| {
            gathered
                .iter()
                .try_for_each(|bytes| file.write_all(bytes))?;
            set_out(file, begins_at, count);
            Ok(())
        };
        self.writer.then(write).await?;
        let Some(watcher) = &mut self.watcher else {
            return Ok(());
        };
        let lag = LAG.try_acquire();
        let may_lag = lag.is_ok();
        let look = move |watch: &mut Watch| {
            for bytes in &seen {
                watch.pass(bytes);
            }
            drop(lag);
            Ok(())
        };
        if may_lag {
            watcher.later(look);
            Ok(())
        } else {
            watcher.then(look).await
        }
    }

    /// Writes all that has come. It is not safe before [`Self::sync`].
    async fn flush(&mut self) -> io::Result<()> {
        self.hand_over().await?;
        self.writer.rest().await?;
        if let Some(watcher) = &mut self.watcher {
            watcher.rest().await?;
        }
        Ok(())
    }

    /// Goes back to `length` bytes: what came after them was damaged.
    pub async fn go_back(&mut self, length: u64) -> io::Result<()> {
        self.gathered.clear();
        self.gathered_bytes = 0;
        self.writer.then(move |file| go_back(file, length)).await?;
        self.writer.rest().await?;
        self.watcher = watch_from(length);
        self.length = length;
        Ok(())
    }

    /// Brings all bytes to the disk, and then notes that they are there, without which they are not believed.
    pub async fn sync(&mut self) -> io::Result<()> {
        self.flush().await?;
        let file = self.writer.rest().await?.try_clone()?;
        let (files, upload, length) = (self.turn.files.clone(), self.upload, self.length);
        blocking(move || {
            file.sync_all()?;
            files.note_safe_length(upload, length)
        })
        .await
    }

    /// Keeps an upload if `judge` takes it: when this returns, its bytes are on the disk with the name under which they are
    /// kept. While they go there, it is judged and named, by what was learned of the bytes if this request brought all of
    /// them: the file system may make one work of the syncs.
    ///
    /// It has its own name, too, until [`Files::discard`]: until its row says that it is kept, a phone must find all that it
    /// was told to be safe, and one that asks again must find that somebody is at it.
    pub async fn keep<T: Send + 'static, E: Send + 'static>(
        &mut self,
        key: &Key,
        judge: impl FnOnce(File, Option<Watched>) -> io::Result<Result<T, E>> + Send + 'static,
    ) -> io::Result<Result<T, E>> {
        self.hand_over().await?;
        let file = self.writer.rest().await?.try_clone()?;
        let bytes = blocking(move || file.sync_all());
        let files = self.turn.files.clone();
        let (from, place) = (files.upload(self.upload), key.clone());
        let names = async {
            let watched = self.watched().await?;
            let work = move || {
                let judged = judge(File::open(&from)?, watched)?;
                let is_named = judged.is_ok() && files.name_new(&from, &place)?;
                Ok((judged, is_named))
            };
            blocking(work).await
        };
        let (bytes, names) = tokio::join!(bytes, names);
        let (judged, is_named) = bytes.and(names)?;
        if judged.is_err() || is_named {
            return Ok(judged);
        }
        // What is kept under that name may be sound: only what is synced may take its place.
        let (files, key) = (self.turn.files.clone(), key.clone());
        let (from, uploads) = (files.upload(self.upload), files.uploads());
        blocking(move || {
            sync_dir(&uploads)?;
            files.name_again(&from, &key)
        })
        .await?;
        Ok(judged)
    }

    /// Whether this request brought all bytes, so that they need not be read again to be judged.
    pub fn is_watched(&self) -> bool {
        self.watcher.is_some()
    }

    /// What was learned of all bytes that were handed over.
    async fn watched(&mut self) -> io::Result<Option<Watched>> {
        let Some(watcher) = &mut self.watcher else {
            return Ok(None);
        };
        let watch = watcher.rest().await?;
        Ok(Some(Watched {
            sha256: hex(&watch.digest.clone().finalize()),
            search: watch.search.clone(),
        }))
    }
}

impl Watch {
    fn pass(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.search.pass(bytes);
    }
}

/// Only who sees an upload from its first byte on can tell what it is.
fn watch_from(length: u64) -> Option<Lane<Watch>> {
    (length == 0).then(|| Lane::Idle(Watch::default()))
}

fn go_back(file: &mut File, length: u64) -> io::Result<()> {
    file.set_len(length)?;
    file.seek(io::SeekFrom::Start(length))?;
    Ok(())
}

/// Sends what was written on its way to the disk, without waiting for it: a sync will find less to do. The kernel does so
/// for who says that he needs the bytes in memory no more.
#[cfg(target_os = "linux")]
fn set_out(file: &File, begins_at: u64, count: usize) {
    use rustix::fs::{Advice, fadvise};
    let count = u64::try_from(count)
        .ok()
        .and_then(std::num::NonZeroU64::new);
    if count.is_some() {
        let _only_slower_without = fadvise(file, begins_at, count, Advice::DontNeed);
    }
}

#[cfg(not(target_os = "linux"))]
fn set_out(_file: &File, _begins_at: u64, _count: usize) {}

impl Drop for Turn {
    fn drop(&mut self) {
        self.ended.cancel();
        *self
            .files
            .last_received
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        // Whoever took over has the place in the list.
        self.files
            .receivers()
            .retain(|_, receiver| !receiver.ended.is_cancelled());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Size;

    #[tokio::test]
    async fn whoever_asks_how_far_an_upload_got_is_told_of_bytes_that_wait_in_memory() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let upload = Uuid::from_u128(1);
        let mut incoming = files.receive(upload).await.unwrap().unwrap();
        incoming.append(vec![7; 1000].into()).await.unwrap();
        assert_eq!(files.received(upload).await.unwrap(), 0, "not written yet");
        // A connection that is dead without knowing it: no byte and no end will ever come.
        let stuck = tokio::spawn(async move {
            incoming.taken_over.cancelled().await;
            incoming.sync().await.unwrap();
        });
        files.quiet(upload).await;
        assert_eq!(files.received(upload).await.unwrap(), 1000);
        stuck.await.unwrap();
        assert!(files.is_quiet_for(Duration::ZERO));
        files.quiet(upload).await;
    }

    #[tokio::test]
    async fn who_was_taken_over_does_not_end_who_took_over() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let upload = Uuid::from_u128(1);
        let first = files.receive(upload).await.unwrap().unwrap();
        let taken_over = first.taken_over.clone();
        let holds = tokio::spawn(async move {
            first.taken_over.cancelled().await;
            drop(first);
        });
        let second = files.receive(upload).await.unwrap().unwrap();
        holds.await.unwrap();
        assert!(taken_over.is_cancelled() && !files.is_quiet_for(Duration::ZERO));
        assert!(!second.taken_over.is_cancelled());
        drop(second);
        assert!(files.is_quiet_for(Duration::ZERO));
        assert!(!files.is_quiet_for(Duration::MAX), "it has just ended");
    }

    const SAFE: usize = 1000;
    const TAKEN: io::Result<Result<(), ()>> = Ok(Ok(()));

    /// An upload of which some is synced and some is not, and its request has ended.
    async fn left_behind(files: &Files, upload: Uuid) -> Incoming {
        let mut incoming = files.receive(upload).await.unwrap().unwrap();
        incoming.append(vec![7; SAFE].into()).await.unwrap();
        incoming.sync().await.unwrap();
        incoming.append(vec![7; 500].into()).await.unwrap();
        incoming.flush().await.unwrap();
        incoming
    }

    #[tokio::test]
    async fn a_file_that_grew_without_a_sync_is_believed_as_far_as_it_was_synced() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let upload = Uuid::from_u128(1);
        drop(left_behind(&files, upload).await);
        let path = files.upload(upload);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), 1500);
        assert_eq!(files.received(upload).await.unwrap(), 1000);
        let again = files.receive(upload).await.unwrap().unwrap();
        assert_eq!(again.length(), 1000);
        assert_eq!(std::fs::metadata(path).unwrap().len(), 1000);
    }

    #[tokio::test]
    async fn a_length_that_was_left_behind_says_nothing_of_bytes_that_come_later() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let upload = Uuid::from_u128(1);
        drop(left_behind(&files, upload).await);
        std::fs::remove_file(files.upload(upload)).unwrap();
        assert_eq!(files.received(upload).await.unwrap(), 0);
        let listed = files.list_incoming().await.unwrap();
        assert_eq!(listed.first().map(|(id, _)| *id), Some(upload));
        let mut incoming = files.receive(upload).await.unwrap().unwrap();
        incoming.append(vec![7; 500].into()).await.unwrap();
        incoming.flush().await.unwrap();
        assert_eq!(files.received(upload).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_photo_whose_row_could_not_be_written_is_where_its_phone_finds_it() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let key = Key::new(&"990421".parse().unwrap(), &"0".repeat(64)).unwrap();
        let kept = files.path(&key, Size::Original);
        // The second finds the first under its name.
        for upload in [1, 2].map(Uuid::from_u128) {
            let mut incoming = files.receive(upload).await.unwrap().unwrap();
            incoming.append(vec![7; SAFE].into()).await.unwrap();
            incoming.keep(&key, |_, _| TAKEN).await.unwrap().unwrap();
            assert_eq!(std::fs::read(&kept).unwrap(), [7; SAFE]);
            incoming.sync().await.unwrap();
            drop(incoming);
            assert_eq!(files.received(upload).await.unwrap(), 1000);
            let again = files.receive(upload).await.unwrap().unwrap();
            assert_eq!(again.length(), 1000, "it is not sent again");
            files.discard(upload).await.unwrap();
            assert!(kept.exists() && !files.upload(upload).exists());
        }
    }

    #[tokio::test]
    async fn what_is_not_taken_gets_no_name_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let key = Key::new(&"990421".parse().unwrap(), &"0".repeat(64)).unwrap();
        let upload = Uuid::from_u128(1);
        let mut incoming = files.receive(upload).await.unwrap().unwrap();
        incoming.append(vec![7; SAFE].into()).await.unwrap();
        let refused = incoming
            .keep(&key, |_, _| Ok(Err::<(), _>("no photo")))
            .await;
        assert_eq!(refused.unwrap(), Err("no photo"));
        files.discard(upload).await.unwrap();
        assert!(!files.path(&key, Size::Original).exists());
        assert!(files.list_incoming().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn nothing_is_written_into_a_file_that_may_be_kept() {
        let directory = tempfile::tempdir().unwrap();
        let files = Files::new(directory.path().to_owned());
        let upload = Uuid::from_u128(1);
        let key = Key::new(&"990421".parse().unwrap(), &"0".repeat(64)).unwrap();
        // As a process leaves it that dies after its row and before the upload's own name is gone.
        let mut incoming = left_behind(&files, upload).await;
        incoming.keep(&key, |_, _| TAKEN).await.unwrap().unwrap();
        drop(incoming);
        let kept = files.path(&key, Size::Original);
        let mut again = files.receive(upload).await.unwrap().unwrap();
        assert_eq!(again.length(), 1000, "what was told to be safe is there");
        again.append(vec![8; 700].into()).await.unwrap();
        again.sync().await.unwrap();
        assert_eq!(std::fs::read(&kept).unwrap(), [7; 1500]);
        let own = std::fs::read(files.upload(upload)).unwrap();
        assert_eq!(own, [vec![7; SAFE], vec![8; 700]].concat());
        files.discard(upload).await.unwrap();
        assert!(kept.exists() && files.list_incoming().await.unwrap().is_empty());
    }
}
