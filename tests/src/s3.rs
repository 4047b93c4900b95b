//! A bucket on an S3-compatible server of its own process, which can be frozen, ended and started again; and a line to it
//! that damages what passes.

use crate::process::{program, signal};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use tempfile::TempDir;
use tepai_domain::secret::Secret;
use tepai_files::{Bucket, BucketAddress};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Who asks.
pub const KEY_ID: &str = "AKIDTEPAI";
/// What proves it.
pub const SECRET: &str = "a-secret-of-the-tests";
const BUCKET: &str = "photos";

/// An S3-compatible server with one bucket; it ends when dropped.
#[derive(Debug)]
pub struct S3 {
    child: Child,
    directory: TempDir,
    /// Where it answers, such as `http://127.0.0.1:41234`.
    pub endpoint: String,
}

impl S3 {
    /// Starts one with an empty bucket.
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        std::fs::create_dir(directory.path().join(BUCKET)).expect("a bucket");
        let (child, endpoint) = run("127.0.0.1:0", &directory);
        Self {
            child,
            directory,
            endpoint,
        }
    }

    /// Stops it where it stands: connections are taken, and nothing is answered.
    pub fn freeze(&self) {
        signal(self.child.id(), "-STOP");
    }

    /// Lets it go on after [`Self::freeze`].
    pub fn thaw(&self) {
        signal(self.child.id(), "-CONT");
    }

    /// Ends it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again after [`Self::kill`], at the same address over the same files.
    pub fn again(&mut self) {
        let address = self.endpoint.trim_start_matches("http://").to_owned();
        (self.child, self.endpoint) = run(&address, &self.directory);
    }

    /// The files of all objects, sorted.
    pub fn objects(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut waiting = vec![self.directory.path().join(BUCKET)];
        while let Some(directory) = waiting.pop() {
            for entry in std::fs::read_dir(directory).expect("a directory") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    waiting.push(path);
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        found
    }

    /// The bucket over a line of the caller's choice.
    pub fn bucket_over(&self, endpoint: &str) -> Bucket {
        Bucket::open(&BucketAddress {
            name: BUCKET.to_owned(),
            endpoint: endpoint.to_owned(),
            region: "us-east-1".to_owned(),
            virtual_hosted: false,
            access_key_id: KEY_ID.to_owned(),
            secret_access_key: Secret::new(SECRET),
        })
        .expect("a bucket")
    }

    /// The bucket.
    pub fn bucket(&self) -> Bucket {
        self.bucket_over(&self.endpoint)
    }

    /// What a server process is told of it.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("TEPAI_BUCKET__NAME", BUCKET.to_owned()),
            ("TEPAI_BUCKET__ENDPOINT", self.endpoint.clone()),
            ("TEPAI_BUCKET__ACCESS_KEY_ID", KEY_ID.to_owned()),
            ("TEPAI_BUCKET__SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.kill();
    }
}

fn run(address: &str, directory: &TempDir) -> (Child, String) {
    let mut child = Command::new(program("s3"))
        .arg(address)
        .arg(directory.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let stdout = child.stdout.take().expect("its output");
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("the server says where it listens");
    (child, line.trim().to_owned())
}

/// Which direction is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damaged {
    /// What is sent to the bucket.
    Up,
    /// What comes from it.
    Down,
}

/// A line to `endpoint` that flips a bit every so many bytes of a connection, so that what is sent again comes no better;
/// its own address.
pub async fn damaging_line(endpoint: &str, damaged: Damaged, every: usize) -> String {
    match damaged {
        Damaged::Up => line(endpoint, Treat::Flip(every), Treat::Pass).await,
        Damaged::Down => line(endpoint, Treat::Pass, Treat::Flip(every)).await,
    }
}

/// A line to `endpoint` that notes what is sent to it; its own address, and the note.
pub async fn watched_line(endpoint: &str) -> (String, Note) {
    let note = Note::default();
    let own = line(endpoint, Treat::Note(note.clone()), Treat::Pass).await;
    (own, note)
}

/// What passed a line, in the order in which it came.
#[derive(Clone, Debug, Default)]
pub struct Note(Arc<Mutex<Vec<u8>>>);

impl Note {
    /// The heads of the requests by this method.
    pub fn heads(&self, method: &str) -> Vec<String> {
        let passed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&passed);
        let begins = format!("{method} /");
        text.match_indices(&begins)
            .filter_map(|(at, _)| Some(text.get(at..)?.split("\r\n\r\n").next()?.to_owned()))
            .collect()
    }
}

/// What a line does with the bytes of one direction.
#[derive(Clone, Debug)]
enum Treat {
    Pass,
    Flip(usize),
    Note(Note),
}

async fn line(endpoint: &str, up: Treat, down: Treat) -> String {
    let there = endpoint.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = TcpStream::connect(&there).await.expect("the bucket");
            let (near_read, near_write) = near.into_split();
            let (far_read, far_write) = far.into_split();
            tokio::spawn(pass(near_read, far_write, up.clone()));
            tokio::spawn(pass(far_read, near_write, down.clone()));
        }
    });
    format!("http://{own}")
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, treat: Treat) {
    let (mut passed, mut buffer) = (0_usize, vec![0; 16 * 1024]);
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let bytes = &mut buffer[..count];
        match &treat {
            Treat::Pass => {}
            Treat::Flip(every) => {
                let first = passed.next_multiple_of(*every).max(*every) - passed;
                let flipped = bytes.iter_mut().skip(first).step_by(*every);
                flipped.for_each(|byte| *byte ^= 1);
            }
            Treat::Note(Note(note)) => {
                let mut note = note.lock().unwrap_or_else(PoisonError::into_inner);
                note.extend_from_slice(bytes);
            }
        }
        passed += count;
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}
