//! Judges the bytes of a photo before they are kept, without decoding a pixel: what they are, whether something else is
//! hidden in them, and how much memory it would take to decode them.

use super::PhotoType;
use image::{ImageDecoder, ImageReader};
use memchr::{memchr2_iter, memchr3_iter};
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use tepai_sync_protocol::problem::ErrorCode;

/// The most memory that decoding may take, in bytes: 53 megapixels of an ordinary JPEG.
const MOST_MEMORY: u64 = 160 * 1024 * 1024;
/// Neither side may be longer: no camera makes such a picture.
const LONGEST_SIDE: u32 = 30_000;
/// How much is read at a time while looking for what does not belong.
const PIECE: usize = 512 * 1024;

/// What begins a page, a script, a document or an archive, in lower case. Each has five bytes or more: shorter ones turn up
/// by chance in every thousandth photo. Beside it, which of its bytes is looked for first: one of [`RARE`] or [`RARER`].
const FOREIGN: [(usize, &[u8]); 7] = [
    (0, b"<html"),
    (0, b"<script"),
    (0, b"<?php"),
    (0, b"<!doctype"),
    (0, b"%pdf-"),
    (3, b"rar!\x1a\x07"),
    (0, b"7z\xbc\xaf\x27\x1c"),
];
const RARE: [u8; 3] = *b"<%!";
const RARER: [u8; 2] = *b"7\x05";
/// The end of a ZIP archive, which is looked for at the end of archives, wherever they begin.
const END_OF_ZIP: (usize, &[u8]) = (2, b"pk\x05\x06");
/// Bytes of that end before the comment, and where the length of the comment stands.
const END_OF_ZIP_BYTES: usize = 22;

/// What the bytes are; or why they are not taken.
pub fn inspect(
    mut bytes: impl Read + Seek,
    announced: PhotoType,
) -> io::Result<Result<PhotoType, ErrorCode>> {
    let found = match sniff(&mut bytes)? {
        Ok(found) if found != announced => return Ok(Err(ErrorCode::PhotoTypeDiffers)),
        Ok(found) => found,
        Err(code) => return Ok(Err(code)),
    };
    if holds_more(&mut bytes)? {
        return Ok(Err(ErrorCode::PhotoHoldsMore));
    }
    bytes.seek(SeekFrom::Start(0))?;
    let need = match found {
        PhotoType::Jpeg => jpeg_need(BufReader::new(bytes)),
        PhotoType::Png => png_need(bytes),
        PhotoType::WebP => webp_need(BufReader::new(bytes)),
    };
    Ok(match need {
        None => Err(ErrorCode::PhotoUnreadable),
        Some(need) if need > MOST_MEMORY => Err(ErrorCode::PhotoTooManyPixels),
        Some(_) => Ok(found),
    })
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

/// Whether something stands in the file that a browser, a viewer of documents or an unpacker would run or open. What
/// phones add to their photos (a short film, a depth map) is none of that.
fn holds_more(bytes: &mut (impl Read + Seek)) -> io::Result<bool> {
    let size = bytes.seek(SeekFrom::End(0))?;
    bytes.seek(SeekFrom::Start(0))?;
    // Each piece is looked at together with the end of the one before.
    let mut window: Vec<u8> = Vec::with_capacity(PIECE + END_OF_ZIP_BYTES);
    let mut before_window = 0;
    loop {
        let piece = u64::try_from(PIECE).unwrap_or(0);
        let count = bytes.by_ref().take(piece).read_to_end(&mut window)?;
        let [rare, rarer, rarest] = RARE;
        let [one, other] = RARER;
        let marks =
            memchr3_iter(rare, rarer, rarest, &window).chain(memchr2_iter(one, other, &window));
        for mark in marks {
            let foreign = FOREIGN
                .iter()
                .any(|word| begins(&window, mark, *word).is_some());
            let zipped = begins(&window, mark, END_OF_ZIP)
                .is_some_and(|at| ends_archive(&window, at, before_window, size));
            if foreign || zipped {
                return Ok(true);
            }
        }
        if count == 0 {
            return Ok(false);
        }
        let dropped = window.len().saturating_sub(END_OF_ZIP_BYTES);
        window.drain(..dropped);
        before_window += u64::try_from(dropped).unwrap_or(0);
    }
}

/// Where a word begins whose mark is at `mark`, in whatever case.
fn begins(window: &[u8], mark: usize, (offset, word): (usize, &[u8])) -> Option<usize> {
    let at = mark.checked_sub(offset)?;
    let found = window.get(at..at + word.len())?;
    found.eq_ignore_ascii_case(word).then_some(at)
}

/// Whether the end of an archive that begins at `at` closes the file with its comment.
fn ends_archive(window: &[u8], at: usize, before_window: u64, size: u64) -> bool {
    let length = window.get(at + 20..at + END_OF_ZIP_BYTES);
    let Some(&[low, high]) = length else {
        return false;
    };
    let comment = u64::from(u16::from_le_bytes([low, high]));
    let end = before_window + u64::try_from(at + END_OF_ZIP_BYTES).unwrap_or(0);
    end <= size && size <= end + comment
}

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

/// Bytes that decoding would take, by the headers of a WebP.
fn webp_need(bytes: BufReader<impl Read + Seek>) -> Option<u64> {
    let mut reader = ImageReader::with_format(bytes, PhotoType::WebP.format());
    // Nothing is decoded here; what it would take is what is asked.
    reader.no_limits();
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    need(width, height, 0).map(|longest| longest.max(decoder.total_bytes()))
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
fn jpeg_need(mut bytes: impl Read) -> Option<u64> {
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
            _ => {
                let skipped = io::copy(&mut bytes.by_ref().take(length), &mut io::sink());
                skipped.ok().filter(|skipped| *skipped == length)?;
            }
        }
    }
}
