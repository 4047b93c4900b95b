//! Makes of a photo what people see: upright, small, without EXIF; and notes what the file says of itself.

use crate::evidence::Likeness;
use crate::photo::PhotoType;
use exif::{In, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, resize};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader, Limits};
use std::io::{BufRead, Seek, SeekFrom};

/// What may be allocated for one picture, in bytes: what [`crate::photo::inspect`] lets pass, and room for its parts.
const MOST_MEMORY: u64 = 192 * 1024 * 1024;
/// Quality of the derivatives, of 100.
const QUALITY: u8 = 82;

/// A photo made ready.
#[derive(Debug)]
pub struct Prepared {
    /// At most so many pixels on the longer side, as JPEG, largest first: as they were asked for.
    pub sizes: Vec<Vec<u8>>,
    /// Width as shown.
    pub width_px: u32,
    /// Height as shown.
    pub height_px: u32,
    /// What nearly the same picture has, too.
    pub likeness: Likeness,
    /// What the file says of itself.
    pub claims: Claims,
}

/// What a file says of itself (EXIF). It can be written by anybody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Claims {
    /// Local time of the camera, as `2026-05-06T07:08:09`.
    pub taken_local: Option<String>,
    /// The camera's offset from UTC in minutes.
    pub offset_min: Option<i64>,
    /// WGS-84 latitude in degrees, north positive.
    pub latitude: Option<f64>,
    /// WGS-84 longitude in degrees, east positive.
    pub longitude: Option<f64>,
    /// Maker and model.
    pub camera: Option<String>,
}

/// Width and height as the file says, before anything is decoded.
pub fn dimensions(bytes: impl BufRead + Seek, of: PhotoType) -> Option<(u32, u32)> {
    ImageReader::with_format(bytes, of.format())
        .into_dimensions()
        .ok()
}

/// Decodes a photo and makes it ready in these sizes, the largest first. `None` if it cannot be decoded.
pub fn prepare(mut bytes: impl BufRead + Seek, of: PhotoType, longest: &[u32]) -> Option<Prepared> {
    let claims = claims(&mut bytes);
    bytes.seek(SeekFrom::Start(0)).ok()?;
    let mut reader = ImageReader::with_format(bytes, of.format());
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let whole = DynamicImage::from_decoder(decoder).ok()?;
    let (mut width_px, mut height_px) = (whole.width(), whole.height());
    let mut shown = smaller(whole, longest.first().copied()?);
    shown.apply_orientation(orientation);
    if (width_px > height_px) != (shown.width() > shown.height()) {
        (width_px, height_px) = (height_px, width_px);
    }
    let mut sizes = Vec::with_capacity(longest.len());
    for side in longest {
        shown = smaller(shown, *side);
        sizes.push(encode(&shown)?);
    }
    Some(Prepared {
        sizes,
        width_px,
        height_px,
        likeness: likeness(&shown),
        claims,
    })
}

/// A picture that fits into a square, without what is seen through; it is never made larger.
fn smaller(picture: DynamicImage, side: u32) -> DynamicImage {
    let fits = picture.width() <= side && picture.height() <= side;
    let small = if fits {
        picture
    } else {
        picture.thumbnail(side, side)
    };
    DynamicImage::ImageRgb8(small.into_rgb8())
}

fn encode(picture: &DynamicImage) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    picture.write_with_encoder(encoder).ok()?;
    Some(bytes)
}

/// Two difference hashes: whether each grey cell is brighter than the one to its left. Scaling, compression and a
/// little light change few of the bits.
fn likeness(picture: &DynamicImage) -> Likeness {
    let grey = picture.to_luma8();
    let mut fine = difference_bits(&grey, 16);
    Likeness {
        coarse: difference_bits(&grey, 8).next().unwrap_or(0),
        fine: std::array::from_fn(|_| fine.next().unwrap_or(0)),
    }
}

/// `side * side` bits, row by row, 64 at a time.
fn difference_bits(grey: &GrayImage, side: u32) -> impl Iterator<Item = u64> + use<> {
    let cells = resize(grey, side + 1, side, FilterType::Triangle);
    let brighter = move |at: u32| {
        let (x, y) = (at % side, at / side);
        cells.get_pixel(x + 1, y).0 > cells.get_pixel(x, y).0
    };
    (0..side * side / 64).map(move |word| {
        let bits = (word * 64..word * 64 + 64).map(|at| u64::from(brighter(at)));
        bits.fold(0, |word, bit| word << 1 | bit)
    })
}

fn claims(bytes: &mut (impl BufRead + Seek)) -> Claims {
    let Ok(read) = exif::Reader::new().read_from_container(bytes) else {
        return Claims::default();
    };
    let text = |tag| {
        let field = read.get_field(tag, In::PRIMARY)?;
        let Value::Ascii(lines) = &field.value else {
            return None;
        };
        let text = String::from_utf8_lossy(lines.first()?);
        let text = text.trim_matches(|c: char| c == '\0' || c.is_whitespace());
        (!text.is_empty() && text.len() <= 200 && !text.contains(char::is_control))
            .then(|| text.to_owned())
    };
    let degrees = |tag, reference, negative: &str| {
        let field = read.get_field(tag, In::PRIMARY)?;
        let Value::Rational(parts) = &field.value else {
            return None;
        };
        let [degrees, minutes, seconds] = parts.get(..3)? else {
            return None;
        };
        let sum = degrees.to_f64() + minutes.to_f64() / 60.0 + seconds.to_f64() / 3600.0;
        let signed = if text(reference)? == negative {
            -sum
        } else {
            sum
        };
        (signed.is_finite() && signed.abs() <= 180.0).then_some(signed)
    };
    let parts = [text(Tag::Make), text(Tag::Model)];
    let camera: Vec<String> = parts.into_iter().flatten().collect();
    Claims {
        // `DateTime` is when the file was last changed, by whatever edited it.
        taken_local: text(Tag::DateTimeOriginal).and_then(|text| local_time(&text)),
        offset_min: text(Tag::OffsetTimeOriginal)
            .or_else(|| text(Tag::OffsetTime))
            .and_then(|text| minutes(&text)),
        latitude: degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S"),
        longitude: degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W"),
        camera: (!camera.is_empty()).then(|| camera.join(" ")),
    }
}

/// `2026-05-06T07:08:09` of `2026:05:06 07:08:09`, if it is a time.
fn local_time(text: &str) -> Option<String> {
    let (date, time) = text.split_once(' ')?;
    let text = format!("{}T{time}", date.replace(':', "-"));
    let time: jiff::civil::DateTime = text.parse().ok()?;
    Some(time.to_string())
}

/// Minutes of `+08:00`.
fn minutes(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}
