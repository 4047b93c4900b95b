//! Photos: how fast they come in beside a bare copy and beside the tus server that others wrote, and what it costs the
//! others while a thousand of them are made small.

use crate::{Idle, Place, line, median, token_of};
use futures::StreamExt;
use sea_orm::DatabaseConnection;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tepai_client::SeededIds;
use tepai_domain::photo::search::Search;
use tepai_files::{Files, Key, Watched};
use tepai_tests::foreign::has_npm_packages;
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::sender::metadata;
use tokio::task::JoinSet;
use uuid::Uuid;

/// Rounds of uploads.
const ROUNDS: usize = 7;

/// Photos of one kind in a round.
struct Kind {
    name: &'static str,
    /// Bytes of one.
    bytes: usize,
    /// How many there are on one line, or on several together.
    count: usize,
    picture: (u32, u32),
}

/// As cameras make them, and as phones make them smaller before they send them over a bad line.
const KINDS: [Kind; 2] = [
    Kind {
        name: "3 MiB",
        bytes: 3 * 1024 * 1024,
        count: 64,
        picture: (800, 600),
    },
    Kind {
        name: "300 KiB",
        bytes: 300 * 1024,
        count: 96,
        picture: (640, 480),
    },
];
const LINES: [(usize, &str); 3] = [(1, "one line"), (4, "four lines"), (32, "32 lines")];
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

/// A JPEG of so many bytes. Most are comments of bytes by chance: what a phone's sensor makes of a picture is as dense, and
/// holds every byte as often.
fn noisy(picture: &[u8], length: usize) -> Vec<u8> {
    let mut random = SeededIds::new(9);
    let mut long = picture[..2].to_vec();
    while long.len() + picture.len() < length {
        let missing = length.saturating_sub(long.len() + picture.len());
        let count = u16::try_from(missing).unwrap_or(u16::MAX).max(3);
        long.extend(b"\xff\xfe");
        long.extend(count.to_be_bytes());
        let noise = std::iter::repeat_with(|| random.next_u64().to_be_bytes()[7]);
        long.extend(noise.take(usize::from(count) - 2));
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

/// What took how long, in turns.
#[derive(Default)]
struct Turns {
    ours: [Vec<Duration>; LINES.len()],
    /// The tus server that others wrote.
    theirs: [Vec<Duration>; LINES.len()],
    /// A server that reads what comes and does nothing with it.
    nothing: [Vec<Duration>; LINES.len()],
    /// One that hashes, writes and syncs it as ours does, and asks nobody for anything.
    files: [Vec<Duration>; LINES.len()],
    /// Copies and syncs.
    copies: [Vec<Duration>; LINES.len()],
}

/// Photos as phones make them: received here, received by the peer, and copied one after the other; in turns.
pub(crate) async fn uploads() {
    for kind in &KINDS {
        let place = Place::new(1).await;
        uploads_of(kind, &place).await;
    }
}

async fn uploads_of(kind: &Kind, place: &Place) {
    let server = place.serve();
    let ours = format!("{}/v1/uploads", server.base);
    let peer = TusServer::start();
    let nothing = serve_nothing().await;
    let bare = TempDir::new().expect("a directory");
    let files = serve_files(bare.path()).await;
    let database = place.connect().await;
    let picture = noisy(&jpeg(77, kind.picture.0, kind.picture.1), kind.bytes);
    let directory = TempDir::new().expect("a directory");
    let mut turns = Turns::default();
    for round in 0..ROUNDS {
        for (at, (lines, _)) in LINES.into_iter().enumerate() {
            // Each kind of line has photos of its own: what the server has already, it does not take again.
            let number = |photo: usize| ((round * LINES.len() + at) * kind.count + photo) as u64;
            let photos: Vec<Ready> = (0..kind.count)
                .map(|photo| Ready::of(numbered(&picture, number(photo))))
                .collect();
            warm(directory.path(), kind);
            turns.ours[at].push(send_all(&ours, &token_of(0, 0), &photos, lines).await);
            // What it does with them afterwards shall not slow the others down.
            until_prepared(&database).await;
            warm(directory.path(), kind);
            turns.nothing[at].push(send_all(&nothing, "", &photos, lines).await);
            warm(directory.path(), kind);
            turns.files[at].push(send_all(&files, "", &photos, lines).await);
            if let Some(peer) = &peer {
                warm(directory.path(), kind);
                turns.theirs[at].push(send_all(&peer.base, "", &photos, lines).await);
            }
            // Copies stay as long as the photos that servers keep: who removes files finds memory and places warm.
            let copies = directory.path().join(format!("{round}-{lines}"));
            std::fs::create_dir(&copies).expect("a directory");
            let sources = write_all(&copies, &photos);
            warm(directory.path(), kind);
            turns.copies[at].push(copy_all(&sources, lines));
        }
    }
    tell(kind, picture.len(), turns);
    parts(kind, &picture).await;
}

fn tell(kind: &Kind, photo_bytes: usize, turns: Turns) {
    let bytes = (photo_bytes * kind.count) as f64 / 1024.0 / 1024.0;
    let rates = |times: [Vec<Duration>; LINES.len()]| {
        times.map(|mut times| (!times.is_empty()).then(|| bytes / median(&mut times).as_secs_f64()))
    };
    let Turns {
        ours,
        theirs,
        nothing,
        files,
        copies,
    } = turns;
    let (ours, theirs, copies) = (rates(ours), rates(theirs), rates(copies));
    let (nothing, files) = (rates(nothing), rates(files));
    // As `cp` does it: one after the other.
    let floor = copies[0].expect("measured");
    for (at, (_, lines)) in LINES.into_iter().enumerate() {
        let ours = ours[at].expect("measured");
        line(
            &format!("photos of {} received, {lines}", kind.name),
            &format!("{ours:.0} MiB/s"),
            &format!("{floor:.0} MiB/s cp+fsync"),
            ours / floor,
            "at least 0.6",
            ours / floor >= 0.6,
        );
        match theirs[at] {
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
        println!(
            "    beside it: {:.0} MiB/s into a server that does nothing; {:.0} MiB/s into one that hashes, writes and syncs as \
             ours, without a database; {:.0} MiB/s cp+fsync, {lines}",
            nothing[at].expect("measured"),
            files[at].expect("measured"),
            copies[at].expect("measured"),
        );
    }
}

/// Waits until the server has made every photo small.
async fn until_prepared(database: &DatabaseConnection) {
    let sql = "SELECT COUNT(*) AS number FROM photo_file WHERE prepared_at IS NULL";
    while crate::number(database, sql).await > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A server that takes any upload and forgets it.
async fn serve_nothing() -> String {
    let take = async |body: axum::body::Body| {
        let mut pieces = body.into_data_stream();
        while pieces.next().await.is_some_and(|piece| piece.is_ok()) {}
        axum::http::StatusCode::CREATED
    };
    serve(axum::routing::post(take)).await
}

/// A server that hashes and keeps any upload by the files of ours, under a number: what is left without a database.
async fn serve_files(directory: &Path) -> String {
    let files = Files::new(directory.to_owned());
    let uploads = Arc::new(AtomicU64::new(0));
    let take = async move |body: axum::body::Body| {
        let number = uploads.fetch_add(1, Ordering::Relaxed);
        let upload = Uuid::from_u128(number.into());
        keep(&files, upload, body).await.expect("kept");
        axum::http::StatusCode::CREATED
    };
    serve(axum::routing::post(take)).await
}

async fn keep(files: &Files, upload: Uuid, body: axum::body::Body) -> std::io::Result<()> {
    let incoming = files.receive(upload).await?;
    let mut incoming = incoming.expect("nobody else has it");
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        incoming
            .append(piece.map_err(std::io::Error::other)?)
            .await?;
    }
    let county = "990421".parse().expect("a county");
    let name = format!("{:064x}", upload.as_u128());
    let key = Key::new(&county, &name).expect("digits");
    let hashed = |_, watched: Option<Watched>| Ok(watched.map(|_| ()).ok_or("not hashed"));
    incoming.keep(&key, hashed).await?.expect("it came whole");
    Ok(())
}

async fn serve(take: axum::routing::MethodRouter) -> String {
    let routes = axum::Router::new().route("/", take);
    let routes = routes.layer(axum::extract::DefaultBodyLimit::disable());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move { axum::serve(listener, routes).await });
    format!("http://{address}/")
}

/// Leaves memory behind for as many bytes as a turn writes twice over. A virtual machine may have to ask its host for each
/// page that nobody used of late, which takes longer than all that is measured here, and would hit one turn and not another.
fn warm(directory: &Path, kind: &Kind) {
    let path = directory.join("warm");
    let mut file = File::create(&path).expect("a file");
    let bytes = vec![7; kind.bytes];
    for _ in 0..2 * kind.count {
        file.write_all(&bytes).expect("written");
    }
    std::fs::remove_file(path).expect("removed");
}

/// Copies files in so many threads.
fn copy_all(sources: &[PathBuf], lines: usize) -> Duration {
    let started = Instant::now();
    std::thread::scope(|scope| {
        for some in sources.chunks(sources.len().div_ceil(lines)) {
            scope.spawn(move || {
                for source in some {
                    copy(source, &source.with_extension("copy"));
                }
            });
        }
    });
    started.elapsed()
}

/// What must be done for each photo, one thing after the other and nothing beside it: where the time goes.
async fn parts(kind: &Kind, picture: &[u8]) {
    const TIMES: usize = 31;
    let directory = TempDir::new().expect("a directory");
    warm(directory.path(), kind);
    let bare = Place::new(0).await;
    let database = bare.connect().await;
    let sql = "CREATE TABLE bare (number INTEGER PRIMARY KEY, bytes BLOB)";
    crate::execute(&database, sql, vec![]).await;
    let mut parts: [(&str, Vec<Duration>); 6] = [
        ("SHA-256", vec![]),
        ("the search for what does not belong", vec![]),
        ("write", vec![]),
        ("sync of the file", vec![]),
        ("second name, and sync of the directory", vec![]),
        ("commit of one row", vec![]),
    ];
    for number in 0..TIMES {
        let mut part = 0;
        let mut done = |since: Instant| {
            parts[part].1.push(since.elapsed());
            part += 1;
            Instant::now()
        };
        let since = Instant::now();
        std::hint::black_box(sha256(picture));
        let since = done(since);
        let mut search = Search::default();
        search.pass(picture);
        assert!(!search.holds_more(), "an honest photo");
        done(since);
        let path = directory.path().join(format!("{number}"));
        let since = Instant::now();
        let mut file = File::create(&path).expect("a file");
        file.write_all(picture).expect("written");
        let since = done(since);
        file.sync_all().expect("synced");
        let since = done(since);
        std::fs::hard_link(&path, path.with_extension("kept")).expect("a name");
        let synced = File::open(directory.path()).expect("opened").sync_all();
        synced.expect("synced");
        done(since);
        let row = vec![
            i64::try_from(number).expect("small").into(),
            picture[..2048].to_vec().into(),
        ];
        let since = Instant::now();
        crate::execute(&database, "INSERT INTO bare VALUES ($1, $2)", row).await;
        done(since);
    }
    for (name, mut times) in parts {
        let milliseconds = median(&mut times).as_secs_f64() * 1000.0;
        println!(
            "    a photo of {}: {milliseconds:>6.2} ms {name}",
            kind.name
        );
    }
}

fn write_all(directory: &Path, photos: &[Ready]) -> Vec<PathBuf> {
    let write = |(number, photo): (usize, &Ready)| {
        let path = directory.join(format!("{number}.jpg"));
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
