//! The ways by which a phone appends to an upload (PATCH, PUT of raw bytes, POST of a form) go on after a cut and
//! refuse what is wrong alike; and what the server says of uploads beside that.

use axum::body::Body;
use axum::http::{HeaderName, Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures::{StreamExt, stream};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use tempfile::TempDir;
use tepai_sync_protocol::limits::{MAX_PHOTO_BYTES, UPLOAD_LIFE_MS};
use tepai_tests::caller::Answer;
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::process::ServerProcess;
use tepai_tests::sender::{metadata, offset_of, sender};
use tepai_tests::world::{COUNTY, DAY_MS};
use tepai_tests::{Caller, World, on_both_databases};

on_both_databases!(
    every_way_to_append_goes_on_after_a_cut,
    every_way_to_append_refuses_the_same,
    a_form_that_holds_more_than_a_form_has_is_refused_before_it_takes_memory,
    discovery_and_expiry_are_told,
    who_waits_to_be_told_to_go_on_is_told_only_where_bytes_are_wanted,
);

/// How bytes are appended.
#[derive(Clone, Copy, Debug)]
enum Way {
    Patch,
    Put,
    Form,
}

const WAYS: [Way; 3] = [Way::Patch, Way::Put, Way::Form];

/// What one request appends.
#[derive(Clone, Copy)]
struct Piece<'p> {
    offset: &'p str,
    checksum: Option<&'p str>,
    bytes: &'p [u8],
    /// Whether the line breaks behind the bytes.
    breaks_off: bool,
}

fn piece<'p>(offset: &'p str, bytes: &'p [u8]) -> Piece<'p> {
    Piece {
        offset,
        checksum: None,
        bytes,
        breaks_off: false,
    }
}

impl Piece<'_> {
    fn checksum_header(&self) -> Option<(HeaderName, &str)> {
        let checksum = self.checksum?;
        Some((HeaderName::from_static("upload-checksum"), checksum))
    }

    /// The bytes with what stands around them.
    fn body(&self, opening: &str, closing: &str) -> Body {
        let mut sent = [opening.as_bytes(), self.bytes].concat();
        if self.breaks_off {
            return broken(sent);
        }
        sent.extend_from_slice(closing.as_bytes());
        Body::from(sent)
    }
}

impl Way {
    async fn append(self, http: &Caller, location: &str, piece: Piece<'_>) -> Answer {
        match self {
            Self::Patch => {
                let mut headers = vec![
                    (header::CONTENT_TYPE, "application/offset+octet-stream"),
                    (HeaderName::from_static("upload-offset"), piece.offset),
                ];
                headers.extend(piece.checksum_header());
                http.send_bytes(Method::PATCH, location, &headers, piece.body("", ""))
                    .await
            }
            Self::Put => {
                let path = format!("{location}?offset={}", piece.offset);
                let headers = Vec::from_iter(piece.checksum_header());
                http.send_bytes(Method::PUT, &path, &headers, piece.body("", ""))
                    .await
            }
            Self::Form => {
                let field = |name: &str, value: &str| {
                    format!(
                        "--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    )
                };
                let checksum = piece.checksum.map(|checksum| field("checksum", checksum));
                let opening = [
                    field("offset", piece.offset),
                    checksum.unwrap_or_default(),
                    "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n".to_owned(),
                ]
                .concat();
                let headers = [(header::CONTENT_TYPE, "multipart/form-data; boundary=b")];
                let body = piece.body(&opening, "\r\n--b--\r\n");
                http.send_bytes(Method::POST, location, &headers, body)
                    .await
            }
        }
    }

    /// Last bytes that a cut may lose: in a form they may be the beginning of the boundary.
    fn holds_back(self) -> u64 {
        match self {
            Self::Patch | Self::Put => 0,
            Self::Form => length(b"\r\n--b") - 1,
        }
    }
}

/// A body that breaks after these bytes. A reader of forms looks for more bytes before it hands out those that it has:
/// it finds the break only when it has looked this often, and is then in the midst of the file.
fn broken(bytes: Vec<u8>) -> Body {
    let mut looks = 64;
    let cut = stream::poll_fn(move |context| {
        if looks == 0 {
            return Poll::Ready(Some(Err(std::io::Error::other("the line broke"))));
        }
        looks -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    });
    Body::from_stream(stream::iter([Ok(Bytes::from(bytes))]).chain(cut))
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

fn kept(world: &World, bytes: &[u8]) -> PathBuf {
    let hash = sha256(bytes);
    let path = format!("kept/{COUNTY}/{}/{hash}", &hash[..2]);
    world.photos_dir().join(path)
}

async fn every_way_to_append_goes_on_after_a_cut(world: World) {
    let sender = sender(&world).await;
    // The last cut of the second comes between the last byte of the photo and the end of the request.
    let lines: [&[usize]; 2] = [&[0, 1, 4096, 10_000], &[5000, usize::MAX]];
    let mut seeds = 700..;
    for way in WAYS {
        for cuts in lines {
            let bytes = jpeg(seeds.next().unwrap(), 640, 480);
            let (location, mut offset) = sender.begin(&bytes).await;
            for &cut in cuts {
                let rest = &bytes[usize::try_from(offset).unwrap()..];
                let sent = &rest[..cut.min(rest.len())];
                let at = offset.to_string();
                let breaking = Piece {
                    breaks_off: true,
                    ..piece(&at, sent)
                };
                let answer = way.append(&sender.http, &location, breaking).await;
                answer.refused(400, "malformed_request");
                let stands = sender.stands_at(&location).await;
                let most = offset + length(sent);
                let least = offset.max(most.saturating_sub(way.holds_back()));
                assert!(
                    (least..=most).contains(&stands),
                    "{way:?}: {stands} is not within {least}..={most}"
                );
                offset = stands;
            }
            assert!(offset > 0, "{way:?}: nothing of any came");
            let rest = &bytes[usize::try_from(offset).unwrap()..];
            let at = offset.to_string();
            let answer = way.append(&sender.http, &location, piece(&at, rest)).await;
            assert_eq!(offset_of(&answer), length(&bytes), "{way:?}");
            answer.ok();
            assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
        }
    }
}

async fn every_way_to_append_refuses_the_same(world: World) {
    let (owner, other) = (sender(&world).await, sender(&world).await);
    for (seed, way) in (710..).zip(WAYS) {
        let bytes = jpeg(seed, 320, 240);
        let (first, rest) = bytes.split_at(1000);
        let (location, _) = owner.begin(&bytes).await;
        let answer = way.append(&owner.http, &location, piece("0", first)).await;
        answer.ok();

        let mut damaged = rest.to_vec();
        damaged[500] ^= 4;
        let sha1 = format!("sha1 {}", BASE64.encode(Sha1::digest(rest)));
        let sha256 = format!("sha256 {}", BASE64.encode(Sha256::digest(rest)));
        let checked = |checksum, bytes| Piece {
            checksum: Some(checksum),
            ..piece("1000", bytes)
        };
        let (own, foreign) = (&owner.http, &other.http);
        let wrong = [
            (own, checked(&sha1, &damaged), 460, "checksum_differs"),
            (own, checked(&sha256, &damaged), 460, "checksum_differs"),
            (own, piece("-1", rest), 400, "invalid_parameter"),
            (own, piece("0", rest), 409, "upload_offset"),
            (own, piece("999", rest), 409, "upload_offset"),
            (own, piece("1001", rest), 409, "upload_offset"),
            (foreign, piece("1000", rest), 404, "not_found"),
        ];
        for (http, piece, status, code) in wrong {
            let answer = way.append(http, &location, piece).await;
            let said = (answer.status.as_u16(), answer.body["code"].as_str());
            let at = piece.offset;
            assert_eq!(said, (status, Some(code)), "{way:?} at {at}");
            let stands = owner.stands_at(&location).await;
            assert_eq!(stands, 1000, "{way:?} at {at}: {code}");
        }
        assert!(!kept(&world, &bytes).exists());

        let answer = way.append(own, &location, checked(&sha256, rest)).await;
        answer.ok();
        assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
    }
}

fn said<'a>(answer: &'a Answer, header: &str) -> &'a str {
    answer.headers[header].to_str().unwrap()
}

fn http_date(at: i64) -> String {
    let at = Timestamp::from_millisecond(at).unwrap();
    DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&at)
        .unwrap()
}

async fn a_form_that_holds_more_than_a_form_has_is_refused_before_it_takes_memory(world: World) {
    let sender = sender(&world).await;
    let (location, _) = sender.begin(&jpeg(830, 64, 48)).await;
    let disposition = "--b\r\nContent-Disposition: form-data; name=\"offset\"";
    for (name, opening, code) in [
        (
            "a long field",
            format!("{disposition}\r\n\r\n"),
            "invalid_parameter",
        ),
        (
            "a head without an end",
            disposition.to_owned(),
            "malformed_request",
        ),
    ] {
        let taken = Arc::new(AtomicUsize::new(0));
        let counts = taken.clone();
        let endless = stream::repeat_with(move || {
            counts.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from_static(&[b'7'; 1024]))
        });
        let opening = stream::iter([Ok(Bytes::from(opening))]);
        let body = Body::from_stream(opening.chain(endless.take(60 * 1024)));
        let headers = [(header::CONTENT_TYPE, "multipart/form-data; boundary=b")];
        let answer = sender
            .http
            .send_bytes(Method::POST, &location, &headers, body)
            .await;
        answer.refused(400, code);
        let taken = taken.load(Ordering::Relaxed);
        assert!(taken <= 65, "{name}: {taken} KiB were taken of 60 MiB");
    }
    assert_eq!(sender.stands_at(&location).await, 0);
}

async fn discovery_and_expiry_are_told(world: World) {
    let told = Caller::nobody(&world)
        .send_bytes(Method::OPTIONS, "/v1/uploads", &[], Body::empty())
        .await;
    assert_eq!(told.status, 204);
    let most = MAX_PHOTO_BYTES.to_string();
    for (header, words) in [
        ("tus-version", "1.0.0"),
        (
            "tus-extension",
            "creation,creation-with-upload,expiration,checksum,termination",
        ),
        ("tus-max-size", most.as_str()),
        ("tus-checksum-algorithm", "sha1,sha256"),
    ] {
        let set = |list| str::split(list, ',').collect::<BTreeSet<_>>();
        assert_eq!(set(said(&told, header)), set(words), "{header}");
    }

    let sender = sender(&world).await;
    let bytes = jpeg(720, 320, 240);
    let expires = http_date(world.clock.now_ms() + UPLOAD_LIFE_MS);
    let begun = sender.begin_as(&bytes, "image/jpeg").await;
    assert_eq!(begun.status, 201);
    assert_eq!(said(&begun, "upload-expires"), expires);
    let location = said(&begun, "location");

    // It does not live longer because something comes.
    world.pass(DAY_MS);
    let answer = sender.patch(location, 0, bytes[..1000].to_vec()).await;
    assert_eq!(answer.status, 204);
    assert_eq!(said(&answer, "upload-expires"), expires);

    let meaning = async |method: &str| {
        let headers = [(HeaderName::from_static("x-http-method-override"), method)];
        sender
            .http
            .send_bytes(Method::POST, location, &headers, Body::empty())
            .await
    };
    let by_head = sender
        .http
        .send_bytes(Method::HEAD, location, &[], Body::empty())
        .await;
    let size = bytes.len().to_string();
    for answer in [by_head, meaning("HEAD").await] {
        assert_eq!(answer.status, 200);
        assert_eq!(said(&answer, "upload-offset"), "1000");
        assert_eq!(said(&answer, "upload-length"), size);
        assert_eq!(said(&answer, "upload-expires"), expires);
    }
    meaning("PUT").await.refused(405, "method_not_allowed");
    assert_eq!(sender.stands_at(location).await, 1000);
    assert_eq!(meaning("DELETE").await.status, 204);
    sender.http.get(location).await.refused(404, "not_found");
    assert_eq!(sender.begin(&bytes).await.1, 0, "nothing of it is left");
}

async fn who_waits_to_be_told_to_go_on_is_told_only_where_bytes_are_wanted(world: World) {
    let sender = sender(&world).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let address = server.base.trim_start_matches("http://").to_owned();
    let bytes = jpeg(770, 640, 480);
    let head = format!(
        "POST /v1/uploads HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\n\
         Upload-Length: {length}\r\nUpload-Metadata: {}\r\nContent-Type: application/offset+octet-stream\r\n\
         Content-Length: {length}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
        sender.token,
        metadata(&sha256(&bytes), "image/jpeg"),
        length = bytes.len(),
    );
    let ask = async |then: Option<Vec<u8>>| {
        let (address, head) = (address.clone(), head.clone());
        let asking = move || {
            let mut line = TcpStream::connect(address).unwrap();
            line.write_all(head.as_bytes()).unwrap();
            let mut first = [0; 12];
            line.read_exact(&mut first).unwrap();
            let mut answer = String::from_utf8(first.to_vec()).unwrap();
            if let Some(bytes) = then {
                line.write_all(&bytes).unwrap();
                line.read_to_string(&mut answer).unwrap();
            }
            answer
        };
        tokio::task::spawn_blocking(asking).await.unwrap()
    };
    let answer = ask(Some(bytes.clone())).await;
    assert!(answer.starts_with("HTTP/1.1 100"), "{answer}");
    assert!(answer.contains("HTTP/1.1 201"), "{answer}");
    assert_eq!(
        sender.begin(&bytes).await.1,
        u64::try_from(bytes.len()).unwrap()
    );
    assert_eq!(ask(None).await, "HTTP/1.1 201", "no byte of it is wanted");
}
