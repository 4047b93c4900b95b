//! Photos as phones make them, without a camera: pictures that follow from a seed, and what a phone says of them.

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use image::codecs::jpeg::JpegEncoder;
use image::{Rgb, RgbImage};
use sha2::{Digest, Sha256};
use tepai_client::SeededIds;
use tepai_sync_protocol::checksum::hex;

/// A JPEG of a landscape that follows from its seed: large shapes, and the grain of a cheap sensor.
pub fn jpeg(seed: u64, width: u32, height: u32) -> Vec<u8> {
    let mut random = SeededIds::new(seed);
    let mut byte = move || random.next_u64().to_be_bytes()[7];
    let shapes: Vec<[u8; 7]> = (0..24).map(|_| std::array::from_fn(|_| byte())).collect();
    let mut picture = RgbImage::from_fn(width, height, |_, y| {
        let shade = u8::try_from(y * 255 / height).unwrap_or(255);
        Rgb([shade / 2 + 60, shade / 2 + 90, 200 - shade / 2])
    });
    for [cx, cy, rx, ry, r, g, b] in shapes {
        let part = |of: u8, side: u32| u32::from(of) * side / 256;
        let (cx, cy) = (part(cx, width), part(cy, height));
        let (rx, ry) = (
            part(rx / 4 + 8, width).max(1),
            part(ry / 4 + 8, height).max(1),
        );
        for y in cy.saturating_sub(ry)..(cy + ry).min(height) {
            for x in cx.saturating_sub(rx)..(cx + rx).min(width) {
                picture.put_pixel(x, y, Rgb([r, g, b]));
            }
        }
    }
    let mut grain = SeededIds::new(seed ^ 0xa5a5);
    for pixel in picture.pixels_mut() {
        let noise = grain.next_u64().to_be_bytes();
        for (channel, noise) in pixel.0.iter_mut().zip(noise) {
            *channel = channel.saturating_add(noise % 12);
        }
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 85);
    picture.write_with_encoder(encoder).expect("a JPEG");
    bytes
}

/// What a camera writes into a file about itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exif<'a> {
    /// How the picture is to be turned, 1 to 8; 0 if it is not said.
    pub orientation: u16,
    /// Local time, as `2026:06:20 09:15:00`.
    pub taken: Option<&'a str>,
    /// Maker.
    pub camera: Option<&'a str>,
    /// Latitude north and longitude east, in thousandths of a second of arc.
    pub place: Option<(u32, u32)>,
}

/// A JPEG with what a camera writes into it.
pub fn with_exif(jpeg: &[u8], exif: &Exif<'_>) -> Vec<u8> {
    let mut fields = Vec::new();
    let mut say = |tag, value| {
        fields.push(Field {
            tag,
            ifd_num: In::PRIMARY,
            value,
        });
    };
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    if let Some(camera) = exif.camera {
        say(Tag::Make, text(camera));
    }
    if exif.orientation > 0 {
        say(Tag::Orientation, Value::Short(vec![exif.orientation]));
    }
    if let Some(taken) = exif.taken {
        say(Tag::DateTimeOriginal, text(taken));
    }
    if let Some((north, east)) = exif.place {
        let degrees = |of: u32| {
            let whole = |num| Rational { num, denom: 1 };
            let seconds = Rational {
                num: of,
                denom: 1000,
            };
            Value::Rational(vec![whole(0), whole(0), seconds])
        };
        say(Tag::GPSLatitudeRef, text("N"));
        say(Tag::GPSLatitude, degrees(north));
        say(Tag::GPSLongitudeRef, text("E"));
        say(Tag::GPSLongitude, degrees(east));
    }
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    let mut tiff = std::io::Cursor::new(Vec::new());
    writer.write(&mut tiff, true).expect("EXIF");
    let tiff = tiff.into_inner();
    let length = u16::try_from(tiff.len() + 8)
        .expect("short EXIF")
        .to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, b"\xff\xe1", &length, b"Exif\0\0", &tiff, rest].concat()
}

/// SHA-256 as hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
