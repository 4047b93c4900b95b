//! Photos that are made to break whoever opens them. Each is refused by code or shown, the server lives on in little
//! memory, and an honest photo after them is made ready.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;
use tepai_tests::photo::{jpeg, sha256, with_exif};
use tepai_tests::process::ServerProcess;
use tepai_tests::sender::sender;
use tepai_tests::{World, on_both_databases, report};

on_both_databases!(heavy_of_twelve_bombs_none_kills_the_server_or_takes_much_memory);

/// What the whole server may take, in bytes.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
const MIB: usize = 1024 * 1024;

/// So many zeros, as zlib packs them.
fn packed(zeros: usize) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    let piece = vec![0; MIB];
    let mut left = zeros;
    while left > 0 {
        let now = left.min(MIB);
        packer.write_all(&piece[..now]).unwrap();
        left -= now;
    }
    packer.finish().unwrap()
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [name.as_slice(), content].concat();
    let mut crc = flate2::Crc::new();
    crc.update(&named);
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [length.as_slice(), &named, &crc.sum().to_be_bytes()].concat()
}

/// A PNG with these sides, bits of a sample and interlacing (in RGBA), more chunks, and so many zeros as pixels.
fn png(sides: [u32; 2], [bits, interlaced]: [u8; 2], more: &[u8], zeros: usize) -> Vec<u8> {
    let [width, height] = sides.map(u32::to_be_bytes);
    let header = [&width[..], &height, &[bits, 6, 0, 0, interlaced]].concat();
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(*b"IHDR", &header),
        more.to_vec(),
        chunk(*b"IDAT", &packed(zeros)),
        chunk(*b"IEND", b""),
    ]
    .concat()
}

fn small_png(more: &[u8]) -> Vec<u8> {
    png([100, 100], [8, 0], more, 100 * 401)
}

/// A JPEG that says it has these sides, in this kind of frame; what comes after is another picture's.
fn jpeg_as(frame: u8, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg(5, 64, 64);
    let at = bytes
        .windows(2)
        .position(|two| two == [0xff, 0xc0])
        .unwrap();
    bytes[at + 1] = frame;
    bytes[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    bytes[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

/// A JPEG whose EXIF names itself as what comes next, without an end.
fn jpeg_with_endless_exif() -> Vec<u8> {
    let exif = tepai_tests::photo::Exif {
        orientation: 1,
        ..Default::default()
    };
    let mut bytes = with_exif(&jpeg(6, 64, 64), &exif);
    // The offset of the next directory, behind the one entry of the first.
    let tiff = bytes.windows(4).position(|four| four == b"II*\0").unwrap();
    bytes[tiff + 22..tiff + 26].copy_from_slice(&8_u32.to_le_bytes());
    bytes
}

fn webp(width: u32, height: u32) -> Vec<u8> {
    let size = (width - 1) | (height - 1) << 14;
    let mut lossless = vec![0x2f];
    lossless.extend(size.to_le_bytes());
    lossless.extend([0; 32]);
    let length = |of: &[u8]| u32::try_from(of.len()).unwrap().to_le_bytes();
    let inner = [b"WEBPVP8L".as_slice(), &length(&lossless), &lossless].concat();
    [b"RIFF".as_slice(), &length(&inner), &inner].concat()
}

type Bomb = (&'static str, &'static str, fn() -> Vec<u8>);

const BOMBS: [Bomb; 12] = [
    ("a PNG of 900 megapixels", "image/png", || {
        png([30_000, 30_000], [8, 0], b"", 64 * MIB)
    }),
    ("a PNG as large as is taken", "image/png", || {
        png([6400, 6200], [8, 0], b"", 6400 * 6200 * 4 + 6200)
    }),
    (
        "a PNG with a colour profile of 300 MiB",
        "image/png",
        || {
            small_png(&chunk(
                *b"iCCP",
                &[b"a\0\0".as_slice(), &packed(300 * MIB)].concat(),
            ))
        },
    ),
    ("a PNG with a text of 300 MiB", "image/png", || {
        small_png(&chunk(
            *b"zTXt",
            &[b"a\0\0".as_slice(), &packed(300 * MIB)].concat(),
        ))
    }),
    ("a PNG with a text in UTF-8 of 300 MiB", "image/png", || {
        let text = [b"a\0\x01\0\0\0".as_slice(), &packed(300 * MIB)].concat();
        small_png(&chunk(*b"iTXt", &text))
    }),
    ("a small PNG with 300 MiB of pixels", "image/png", || {
        png([100, 100], [8, 0], b"", 300 * MIB)
    }),
    ("an interlaced PNG of 16 bits", "image/png", || {
        png([4500, 4500], [16, 1], b"", 4500 * 4500 * 8 + 30_000)
    }),
    ("a JPEG of 4,290 megapixels", "image/jpeg", || {
        jpeg_as(0xc0, 65_500, 65_500)
    }),
    (
        "a JPEG as large as is taken, without its pixels",
        "image/jpeg",
        || jpeg_as(0xc0, 29_000, 1900),
    ),
    (
        "a progressive JPEG without its pixels",
        "image/jpeg",
        || jpeg_as(0xc2, 4200, 4200),
    ),
    (
        "a JPEG with EXIF without an end",
        "image/jpeg",
        jpeg_with_endless_exif,
    ),
    ("a WebP of 268 megapixels", "image/webp", || {
        webp(16_383, 16_383)
    }),
];

/// Sends all of a photo in one request; the status of the answer.
async fn send(base: &str, token: &str, bytes: Vec<u8>, media_type: &str) -> u16 {
    let metadata = format!(
        "sha256 {},filetype {}",
        BASE64.encode(sha256(&bytes)),
        BASE64.encode(media_type)
    );
    let request = tepai_tests::http()
        .post(format!("{base}/v1/uploads"))
        .bearer_auth(token)
        .header("tus-resumable", "1.0.0")
        .header("upload-length", bytes.len())
        .header("upload-metadata", metadata)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes);
    request
        .send()
        .await
        .expect("the server lives")
        .status()
        .as_u16()
}

/// Waits until the server has tried to make ready all that it took.
async fn all_tried(world: &World) {
    let waiting = "SELECT COUNT(*) AS number FROM photo_file \
                   WHERE state = 'complete' AND prepared_at IS NULL AND attempts < 5";
    while world.number(waiting).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn heavy_of_twelve_bombs_none_kills_the_server_or_takes_much_memory(world: World) {
    let mut sender = sender(&world).await;
    let folder = tempfile::TempDir::new().unwrap();
    let server = ServerProcess::start_silent(&world.url, folder.path());
    let mut counts = BTreeMap::new();
    for (name, media_type, make) in BOMBS {
        let status = send(&server.base, &sender.token, make(), media_type).await;
        all_tried(&world).await;
        let most = server.most_resident_bytes();
        counts.insert(format!("MiB at the most, {status} for {name}"), most >> 20);
        assert!(matches!(status, 201 | 415 | 422), "{status}: {name}");
        assert!(most < MOST_MEMORY, "{most} bytes: {name}");
    }
    report::tell("what bombs came to:", &counts);
    let honest = jpeg(8, 800, 600);
    let (visit, _) = sender.announce(&world, &honest).await;
    assert_eq!(
        send(&server.base, &sender.token, honest, "image/jpeg").await,
        201
    );
    all_tried(&world).await;
    let path = format!("/v1/visits/{visit}");
    let shown = sender.http.get(&path).await.ok();
    assert_eq!(shown["photos"][0]["prepared"], true);
}
