//! Photos: how fast they come in beside a bare copy and beside the tus server that others wrote, and what it costs the
//! others while a thousand of them are made small.

use crate::{Idle, Place, line, median, token_of};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tepai_client::SeededIds;
use tepai_tests::foreign::has_npm_packages;
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::sender::metadata;
use tokio::task::JoinSet;

/// Photos of one round of uploads, and rounds.
const UPLOADS: usize = 40;
const ROUNDS: usize = 5;
const PHOTO_BYTES: usize = 3 * 1024 * 1024;
/// Photos that are made small, and the pictures that they are of: width, height.
const PHOTOS: usize = 1_000;
const PICTURES: [(u32, u32); 6] = [
    (2000, 1500),
    (2592, 1944),
    (3072, 2304),
    (3264, 2448),
    (3840, 2160),
    (4000, 3000),
];
const PROBES: usize = 2_000;

/// One picture with a number in a comment: other bytes, the same work.
fn numbered(picture: &[u8], number: u64) -> Vec<u8> {
    let (start, rest) = picture.split_at(2);
    [start, b"\xff\xfe\x00\x0a", &number.to_be_bytes(), rest].concat()
}

/// A photo ready to be sent: what a phone does before is not measured.
#[derive(Clone)]
struct Ready {
    metadata: String,
    bytes: bytes::Bytes,
}

impl Ready {
    fn of(bytes: Vec<u8>) -> Self {
        Self {
            metadata: metadata(&sha256(&bytes), "image/jpeg"),
            bytes: bytes.into(),
        }
    }
}

/// A JPEG of so many bytes. Most are comments that nobody can compress: what a phone's sensor makes of a picture is as dense.
fn noisy(picture: &[u8], length: usize) -> Vec<u8> {
    let mut random = SeededIds::new(9);
    let mut long = picture[..2].to_vec();
    while long.len() + picture.len() < length {
        long.extend(b"\xff\xfe\xff\xff");
        // No letters: a page or a script would be refused.
        let noise = std::iter::repeat_with(|| random.next_u64().to_be_bytes()[7] | 0x80);
        long.extend(noise.take(0xfffd));
    }
    long.extend(&picture[2..]);
    long
}

async fn send(client: &reqwest::Client, url: &str, token: &str, photo: Ready) {
    let bytes = photo.bytes;
    let answer = client
        .post(url)
        .bearer_auth(token)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes.len())
        .header("upload-metadata", photo.metadata)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes)
        .send()
        .await
        .expect("an answer");
    let status = answer.status();
    assert_eq!(status, 201, "{}", answer.text().await.unwrap_or_default());
}

/// The bytes of a photo copied to a new file that is synced, as `cp` and `fsync` do it.
fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("a copy");
    File::open(to)
        .expect("the copy")
        .sync_all()
        .expect("synced");
}

/// The tus server of the npm registry; `None` where there is none.
struct TusServer {
    child: Child,
    base: String,
    _directory: TempDir,
}

impl TusServer {
    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/tus-server");
        if !has_npm_packages(&folder) {
            return None;
        }
        let directory = TempDir::new().expect("a directory");
        let mut child = Command::new("node")
            .arg("serve.mjs")
            .arg(directory.path())
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let mut line = String::new();
        let stdout = child.stdout.take().expect("its output");
        BufReader::new(stdout)
            .read_line(&mut line)
            .expect("its address");
        Some(Self {
            child,
            base: format!("{}/files", line.trim()),
            _directory: directory,
        })
    }
}

impl Drop for TusServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends photos over so many connections at once.
async fn send_all(url: &str, token: &str, photos: &[Ready], lines: usize) -> Duration {
    let client = tepai_tests::http();
    let started = Instant::now();
    let mut sending = JoinSet::new();
    for some in photos.chunks(photos.len().div_ceil(lines)) {
        let (client, url, token, some) = (
            client.clone(),
            url.to_owned(),
            token.to_owned(),
            some.to_vec(),
        );
        sending.spawn(async move {
            for photo in some {
                send(&client, &url, &token, photo).await;
            }
        });
    }
    while let Some(sent) = sending.join_next().await {
        sent.expect("a line ends in order");
    }
    started.elapsed()
}

/// Photos as phones make them: received here, received by the peer, and copied one after the other; in turns.
pub(crate) async fn uploads() {
    let place = Place::new(1).await;
    let server = place.serve();
    let ours = format!("{}/v1/uploads", server.base);
    let peer = TusServer::start();
    let picture = noisy(&jpeg(77, 800, 600), PHOTO_BYTES);
    let directory = TempDir::new().expect("a directory");
    let mut times: [Vec<Duration>; 5] = Default::default();
    for round in 0..ROUNDS {
        // Each kind of line has photos of its own: what the server has already, it does not take again.
        let photos = |from: usize| -> Vec<Ready> {
            let number = |at: usize| ((round * 2 + from) * UPLOADS + at) as u64;
            (0..UPLOADS)
                .map(|at| Ready::of(numbered(&picture, number(at))))
                .collect()
        };
        let (one, four) = (photos(0), photos(1));
        times[0].push(send_all(&ours, &token_of(0, 0), &one, 1).await);
        times[1].push(send_all(&ours, &token_of(0, 0), &four, 4).await);
        if let Some(peer) = &peer {
            times[2].push(send_all(&peer.base, "", &one, 1).await);
            times[3].push(send_all(&peer.base, "", &four, 4).await);
        }
        let sources = write_all(directory.path(), round, &one);
        let started = Instant::now();
        for source in &sources {
            copy(source, &source.with_extension("copy"));
        }
        times[4].push(started.elapsed());
    }
    let bytes = (picture.len() * UPLOADS) as f64 / 1024.0 / 1024.0;
    let mut rates = times
        .each_mut()
        .map(|times| (!times.is_empty()).then(|| bytes / median(times).as_secs_f64()));
    let copied = rates[4].take().expect("measured");
    for (at, lines) in [(0, "one line"), (1, "four lines")] {
        let ours = rates[at].expect("measured");
        line(
            &format!("photos of 3 MiB received, {lines}"),
            &format!("{ours:.0} MiB/s"),
            &format!("{copied:.0} MiB/s cp+fsync"),
            ours / copied,
            "at least 0.6",
            ours / copied >= 0.6,
        );
        match rates[at + 2] {
            None => println!("@tus/server is not to be had here: not measured"),
            Some(theirs) => line(
                "the same beside @tus/server, file store",
                &format!("{ours:.0} MiB/s"),
                &format!("{theirs:.0} MiB/s"),
                ours / theirs,
                "at least 2",
                ours / theirs >= 2.0,
            ),
        }
    }
}

fn write_all(directory: &Path, round: usize, photos: &[Ready]) -> Vec<PathBuf> {
    let write = |(number, photo): (usize, &Ready)| {
        let path = directory.join(format!("{round}-{number}.jpg"));
        let mut file = File::create(&path).expect("a file");
        file.write_all(&photo.bytes).expect("written");
        file.sync_all().expect("synced");
        path
    };
    photos.iter().enumerate().map(write).collect()
}

/// What a phone waits for its sync, one after the other.
async fn probe(idle: &mut Idle, until: impl Fn(usize) -> bool) -> Vec<Duration> {
    let mut times = Vec::new();
    while !until(times.len()) {
        times.push(idle.once().await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    times
}

fn p99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

/// A thousand photos of 3 to 12 megapixels are made small while a phone syncs.
pub(crate) async fn thumbnails() {
    let place = Place::new(1).await;
    let server = place.serve();
    let url = format!("{}/v1/uploads", server.base);
    let mut idle = Idle::at(&server.base).await;
    let mut quiet = probe(&mut idle, |count| count == PROBES).await;
    let pictures: Vec<Vec<u8>> = PICTURES
        .iter()
        .zip(1..)
        .map(|((width, height), seed)| jpeg(seed, *width, *height))
        .collect();
    let client = tepai_tests::http();
    for number in 0..PHOTOS {
        let photo = numbered(&pictures[number % pictures.len()], number as u64);
        send(&client, &url, &token_of(0, 1), Ready::of(photo)).await;
    }
    let started = Instant::now();
    let waiting = Arc::new(AtomicBool::new(true));
    let (database, watched) = (place.connect().await, waiting.clone());
    let sql = "SELECT COUNT(*) AS number FROM photo_file WHERE prepared_at IS NULL";
    let before = crate::number(&database, sql).await;
    let watch = tokio::spawn(async move {
        while crate::number(&database, sql).await > 0 {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        watched.store(false, Ordering::SeqCst);
    });
    let mut busy = probe(&mut idle, |_| !waiting.load(Ordering::SeqCst)).await;
    watch.await.expect("the watch ends");
    let each = started.elapsed() / u32::try_from(before.max(1)).expect("a count");
    println!(
        "{before} of {PHOTOS} photos of 3 to 12 megapixels made small after they had come: {} ms each, {} syncs meanwhile",
        each.as_millis(),
        busy.len()
    );
    let memory = server.most_resident_bytes() as f64 / 1024.0 / 1024.0;
    line(
        "resident memory, at its most",
        &format!("{memory:.0} MiB"),
        "300 MiB",
        memory / 300.0,
        "at most 1",
        memory <= 300.0,
    );
    let (mid_busy, mid_quiet) = (median(&mut busy), median(&mut quiet));
    println!(
        "median of a sync: {} µs, quiet {} µs",
        mid_busy.as_micros(),
        mid_quiet.as_micros()
    );
    let (busy, quiet) = (p99(&mut busy), p99(&mut quiet));
    let ratio = busy.as_secs_f64() / quiet.as_secs_f64();
    line(
        "p99 of a sync meanwhile",
        &format!("{} µs", busy.as_micros()),
        &format!("{} µs quiet", quiet.as_micros()),
        ratio,
        "at most 2",
        ratio <= 2.0,
    );
}
