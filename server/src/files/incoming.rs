//! Bytes on their way in. One writer an upload: a lock on the file keeps other processes out, and within this process
//! whoever comes last takes over.

use super::{Files, blocking, if_there, make_dir, sync_dir};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::fs::OpenOptions;
use std::io::{self, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;
use tepai_sync_protocol::checksum::hex;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long whoever takes over waits for the one before to sync what it has.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(10);
/// Bytes that are gathered before they are written: each write goes to another thread and back. One upload holds twice as
/// many at the most.
const GATHER: usize = 512 * 1024;

/// An upload that is being written.
#[derive(Debug)]
pub struct Incoming {
    writer: Writer,
    /// Bytes that wait for the writer.
    gathered: Vec<Bytes>,
    gathered_bytes: usize,
    /// Bytes that there will be when all is written.
    length: u64,
    /// Cancelled when somebody else takes over: write no more, and finish.
    pub taken_over: CancellationToken,
    turn: Turn,
}

/// What is written to an upload's file.
#[derive(Debug)]
struct Written {
    file: std::fs::File,
    /// SHA-256 of all bytes, as long as this request brought all of them.
    digest: Option<Sha256>,
}

/// Writes away from the threads that serve.
#[derive(Debug)]
enum Writer {
    Idle(Written),
    Busy(JoinHandle<io::Result<Written>>),
    Broken,
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
        let (path, directory) = (self.upload(upload), self.uploads());
        blocking(move || {
            let Some(file) = if_there(OpenOptions::new().write(true).open(path))? else {
                return Ok(0);
            };
            // What is written meanwhile is not told.
            let length = file.metadata()?.len();
            file.sync_all()?;
            sync_dir(&directory)?;
            Ok(length)
        })
        .await
    }

    /// Brings whoever receives an upload in this process to its end, and waits until what came is synced. A phone that
    /// asks how far it got has left that connection, of which the server may not have heard.
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
        let (directory, path) = (self.uploads(), self.upload(upload));
        let opened = blocking(move || open(&directory, path)).await?;
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
        let path = self.upload(upload);
        let same = |path: &std::path::Path| -> io::Result<bool> {
            let there = if_there(std::fs::metadata(path))?;
            let own = opened.metadata()?;
            Ok(there.is_some_and(|there| there.ino() == own.ino()))
        };
        if !same(&path)? {
            return Ok(None);
        }
        let mut file = opened;
        let length = file.seek(io::SeekFrom::End(0))?;
        let digest = (length == 0).then(Sha256::new);
        Ok(Some(Incoming {
            writer: Writer::Idle(Written { file, digest }),
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
        let path = self.upload(upload);
        blocking(move || if_there(std::fs::remove_file(path)).map(|_| ())).await
    }

    /// The uploads of which something has come.
    pub async fn list_incoming(&self) -> io::Result<Vec<Uuid>> {
        let directory = self.uploads();
        blocking(move || {
            let Some(entries) = if_there(std::fs::read_dir(directory))? else {
                return Ok(Vec::new());
            };
            let mut ids = Vec::new();
            for entry in entries {
                ids.extend(
                    entry?
                        .file_name()
                        .to_str()
                        .and_then(|name| name.parse::<Uuid>().ok()),
                );
            }
            Ok(ids)
        })
        .await
    }

    pub(super) fn incoming_path(&self, upload: Uuid) -> PathBuf {
        self.upload(upload)
    }
}

fn open(directory: &std::path::Path, path: PathBuf) -> io::Result<std::fs::File> {
    make_dir(directory)?;
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .open(path)
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

    /// Gives what was gathered to the writer, which is at it while the next bytes come.
    async fn hand_over(&mut self) -> io::Result<()> {
        let mut written = self.settle().await?;
        let gathered = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        self.writer = Writer::Busy(tokio::task::spawn_blocking(move || {
            written.append(&gathered)?;
            Ok(written)
        }));
        Ok(())
    }

    /// Waits for the writer.
    async fn settle(&mut self) -> io::Result<Written> {
        match std::mem::replace(&mut self.writer, Writer::Broken) {
            Writer::Idle(written) => Ok(written),
            Writer::Busy(work) => work
                .await
                .unwrap_or_else(|panicked| Err(io::Error::other(panicked))),
            Writer::Broken => Err(io::Error::other("an earlier write failed")),
        }
    }

    /// Does what blocks with what is written.
    async fn with_written(
        &mut self,
        work: impl FnOnce(&mut Written) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let mut written = self.settle().await?;
        let done = blocking(move || {
            work(&mut written)?;
            Ok(written)
        });
        self.writer = Writer::Idle(done.await?);
        Ok(())
    }

    /// Goes back to `length` bytes: what came after them was damaged.
    pub async fn go_back(&mut self, length: u64) -> io::Result<()> {
        self.gathered.clear();
        self.gathered_bytes = 0;
        self.with_written(move |written| written.go_back(length))
            .await?;
        self.length = length;
        Ok(())
    }

    /// Brings all bytes to the disk.
    pub async fn sync(&mut self) -> io::Result<()> {
        let gathered = std::mem::take(&mut self.gathered);
        self.gathered_bytes = 0;
        self.with_written(move |written| {
            written.append(&gathered)?;
            written.file.sync_all()
        })
        .await
    }

    /// Brings the name to the disk, without which the bytes are not found after a power cut. An upload that is kept in
    /// the same request gets another name, and needs this one no more.
    pub async fn sync_name(&mut self) -> io::Result<()> {
        let directory = self.turn.files.uploads();
        blocking(move || sync_dir(&directory)).await
    }

    /// SHA-256 of all bytes, if this request brought all of them and they are synced; otherwise they must be read again.
    pub fn sha256(&mut self) -> Option<String> {
        match &mut self.writer {
            Writer::Idle(written) => written.digest.take().map(|digest| hex(&digest.finalize())),
            Writer::Busy(_) | Writer::Broken => None,
        }
    }
}

impl Written {
    fn append(&mut self, gathered: &[Bytes]) -> io::Result<()> {
        for bytes in gathered {
            self.file.write_all(bytes)?;
            if let Some(digest) = &mut self.digest {
                digest.update(bytes);
            }
        }
        Ok(())
    }

    fn go_back(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)?;
        self.file.seek(io::SeekFrom::Start(length))?;
        self.digest = (length == 0).then(Sha256::new);
        Ok(())
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.ended.cancel();
        // Whoever took over has the place in the list.
        self.files
            .receivers()
            .retain(|_, receiver| !receiver.ended.is_cancelled());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(!files.is_receiving());
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
        assert!(taken_over.is_cancelled() && files.is_receiving());
        assert!(!second.taken_over.is_cancelled());
        drop(second);
        assert!(!files.is_receiving());
    }
}
