//! Judges the bytes of a photo before they are kept, without decoding a pixel: what they are, whether something else is
//! hidden in them, and how much memory it would take to decode them.

use crate::photo::PhotoType;
use crate::photo::search::Search;
use image::ImageDecoder;
use image::codecs::webp::WebPDecoder;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use tepai_sync_protocol::problem::ErrorCode;

/// The most memory that decoding may take, in bytes: 53 megapixels of an ordinary JPEG.
const MOST_MEMORY: u64 = 160 * 1024 * 1024;
/// The same with all that a decoder holds beside the picture, as [`crate::photo::prepare`] allows: 18 megapixels of a WebP.
const MOST_MEMORY_IN_ALL: u64 = 192 * 1024 * 1024;
/// What `image-webp` 0.2.4 holds at once for a pixel of a still picture, at the most: a lossy one with lossless alpha has
/// the RGBA that comes out (4), YUV (1.5), the alpha decoded as RGBA (4) and the green of that (1).
const WEBP_BYTES_A_PIXEL: u64 = 11;
/// Neither side may be longer: no camera makes such a picture.
const LONGEST_SIDE: u32 = 30_000;
/// How much is read at a time while looking for what does not belong.
const PIECE: usize = 256 * 1024;

/// What the bytes are; or why they are not taken.
pub fn inspect(
    mut bytes: impl Read + Seek,
    announced: PhotoType,
) -> io::Result<Result<PhotoType, ErrorCode>> {
    let searched = search(&mut bytes)?;
    inspect_searched(bytes, announced, &searched)
}

/// The same for bytes of which nobody says what they are.
pub fn recognise(mut bytes: impl Read + Seek) -> io::Result<Result<PhotoType, ErrorCode>> {
    match sniff(&mut bytes)? {
        Ok(found) => inspect(bytes, found),
        Err(code) => Ok(Err(code)),
    }
}

/// The same for bytes that were all searched as they came: little of them is read.
pub fn inspect_searched(
    mut bytes: impl Read + Seek,
    announced: PhotoType,
    searched: &Search,
) -> io::Result<Result<PhotoType, ErrorCode>> {
    let found = match sniff(&mut bytes)? {
        Ok(found) if found != announced => return Ok(Err(ErrorCode::PhotoTypeDiffers)),
        Ok(found) => found,
        Err(code) => return Ok(Err(code)),
    };
    if searched.holds_more() {
        return Ok(Err(ErrorCode::PhotoHoldsMore));
    }
    bytes.seek(SeekFrom::Start(0))?;
    let (need, most) = match found {
        PhotoType::Jpeg => (jpeg_need(BufReader::new(bytes)), MOST_MEMORY),
        PhotoType::Png => (png_need(bytes), MOST_MEMORY),
        PhotoType::WebP => (webp_need(BufReader::new(bytes)), MOST_MEMORY_IN_ALL),
    };
    Ok(match need {
        None => Err(ErrorCode::PhotoUnreadable),
        Some(need) if need > most => Err(ErrorCode::PhotoTooManyPixels),
        Some(_) => Ok(found),
    })
}

/// Searches bytes that did not pass as they came.
fn search(bytes: &mut (impl Read + Seek)) -> io::Result<Search> {
    bytes.seek(SeekFrom::Start(0))?;
    let mut search = Search::default();
    let mut piece = vec![0; PIECE];
    loop {
        let count = bytes.read(&mut piece)?;
        let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else {
            return Ok(search);
        };
        search.pass(read);
    }
}

/// The type by the first bytes.
fn sniff(bytes: &mut (impl Read + Seek)) -> io::Result<Result<PhotoType, ErrorCode>> {
    bytes.seek(SeekFrom::Start(0))?;
    let mut head = Vec::with_capacity(16);
    bytes.by_ref().take(16).read_to_end(&mut head)?;
    let at = |from: usize, what: &[u8]| head.get(from..from + what.len()) == Some(what);
    Ok(if at(0, b"\xff\xd8\xff") {
        Ok(PhotoType::Jpeg)
    } else if at(0, b"\x89PNG\r\n\x1a\n") {
        Ok(PhotoType::Png)
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        Ok(PhotoType::WebP)
    } else if at(4, b"ftyp") && HEIC_BRANDS.iter().any(|brand| at(8, brand)) {
        Err(ErrorCode::PhotoIsHeic)
    } else {
        Err(ErrorCode::PhotoType)
    })
}

const HEIC_BRANDS: [&[u8]; 8] = [
    b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
];

/// Bytes that decoding would take, by the first chunk of a PNG. What stands between it and the pixels may unpack to any
/// size, so nothing of that is opened here.
fn png_need(mut bytes: impl Read) -> Option<u64> {
    let mut head = [0; 26];
    bytes.read_exact(&mut head).ok()?;
    let number = |at: usize| Some(u32::from_be_bytes(*head.get(at..)?.first_chunk()?));
    let channels = match head.get(25)? {
        0 => 1,
        2 | 3 => 3,
        4 => 2,
        6 => 4,
        _ => return None,
    };
    let sample_bytes = if head.get(24) == Some(&16) { 2 } else { 1 };
    let is_header = head.get(12..16) == Some(b"IHDR");
    let (width, height) = (number(16)?, number(20)?);
    need(width, height, channels * sample_bytes).filter(|_| is_header)
}

/// Bytes that decoding would take, by the headers of a WebP. `None` for an animation, too: it is no photo, and takes more
/// than a photo of its size.
fn webp_need(mut bytes: BufReader<impl Read + Seek>) -> Option<u64> {
    let decoder = WebPDecoder::new(&mut bytes).ok()?;
    let (size, is_animated) = (decoder.dimensions(), decoder.has_animation());
    drop(decoder);
    // The decoder makes room for the frame before it compares the two.
    let frame_differs = lossy_frame(&mut bytes).is_some_and(|frame| frame != size);
    let (width, height) = size;
    need(width, height, WEBP_BYTES_A_PIXEL).filter(|_| !is_animated && !frame_differs)
}

/// Width and height of the lossy frame of a WebP, if it has one.
fn lossy_frame(bytes: &mut BufReader<impl Read + Seek>) -> Option<(u32, u32)> {
    bytes.seek(SeekFrom::Start(12)).ok()?;
    loop {
        let mut head = [0; 8];
        bytes.read_exact(&mut head).ok()?;
        let [name @ .., l1, l2, l3, l4] = head;
        if name == *b"VP8 " {
            let mut frame = [0; 10];
            bytes.read_exact(&mut frame).ok()?;
            let [.., w1, w2, h1, h2] = frame;
            // Two bits more say how to scale.
            let side = |two: [u8; 2]| u32::from(u16::from_le_bytes(two) & 0x3fff);
            return Some((side([w1, w2]), side([h1, h2])));
        }
        let length = i64::from(u32::from_le_bytes([l1, l2, l3, l4]));
        bytes.seek_relative(length + length % 2).ok()?;
    }
}

/// Bytes that decoding would take; more than is allowed for sides that no camera makes.
fn need(width: u32, height: u32, bytes_a_pixel: u64) -> Option<u64> {
    match (width, height) {
        (0, _) | (_, 0) => None,
        (width, height) if width > LONGEST_SIDE || height > LONGEST_SIDE => Some(u64::MAX),
        (width, height) => Some(u64::from(width) * u64::from(height) * bytes_a_pixel),
    }
}

/// Walks the segments of a JPEG up to its frame header.
fn jpeg_need(mut bytes: BufReader<impl Read + Seek>) -> Option<u64> {
    let mut two = [0; 2];
    bytes.read_exact(&mut two).ok()?;
    loop {
        bytes.read_exact(&mut two).ok()?;
        while two == [0xff, 0xff] {
            let [_, filler] = &mut two;
            bytes.read_exact(std::slice::from_mut(filler)).ok()?;
        }
        let [0xff, marker] = two else { return None };
        if matches!(marker, 0x01 | 0xd0..=0xd8) {
            continue;
        }
        bytes.read_exact(&mut two).ok()?;
        let length = u64::from(u16::from_be_bytes(two)).checked_sub(2)?;
        match marker {
            // The frame: all of SOF0..SOF15 but the three that are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let mut frame = [0; 5];
                bytes.read_exact(&mut frame).ok()?;
                let [_, h1, h2, w1, w2] = frame;
                let (height, width) = (u16::from_be_bytes([h1, h2]), u16::from_be_bytes([w1, w2]));
                // A progressive one keeps its coefficients, two bytes each, until it is whole.
                let bytes_a_pixel = if marker == 0xc2 { 3 + 6 } else { 3 };
                return need(width.into(), height.into(), bytes_a_pixel);
            }
            // The scan or the end before any frame.
            0xd9 | 0xda => return None,
            // What lies beyond the end is not read.
            _ => bytes.seek_relative(i64::try_from(length).ok()?).ok()?,
        }
    }
}
