//! Tests of what is in the bytes of a photo.

use crate::evidence::is_alike;
use crate::photo::PhotoType;
use crate::photo::inspect::inspect;
use crate::photo::prepare::{Claims, prepare};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder, RgbImage, load_from_memory};
use std::io::Cursor;
use tepai_sync_protocol::problem::ErrorCode;

/// A bright upper left quarter on a dark ground.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let bright = x < width / 2 && y < height / 2;
        image::Rgb(if bright {
            [250, 240, 230]
        } else {
            [20, 40, 60]
        })
    })
}

fn jpeg(of: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    of.write_with_encoder(encoder).unwrap();
    bytes
}

/// A JPEG with EXIF behind its first two bytes: an APP1 segment with these TIFF bytes.
fn with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    let length = u16::try_from(tiff.len() + 8).unwrap().to_be_bytes();
    let segment = [b"\xff\xe1".as_slice(), &length, b"Exif\0\0", tiff].concat();
    [&jpeg[..2], &segment, &jpeg[2..]].concat()
}

/// TIFF bytes with an orientation alone.
fn orientation(value: u8) -> Vec<u8> {
    let entry = [1, 0x12, 0, 3, 0, 0, 0, 1, 0, value, 0, 0];
    [b"MM\0\x2a\0\0\0\x08\0\x01".as_slice(), &entry, &[0; 4]].concat()
}

fn judge(bytes: &[u8], announced: PhotoType) -> Result<PhotoType, ErrorCode> {
    inspect(Cursor::new(bytes), announced).unwrap()
}

fn judge_jpeg(bytes: &[u8]) -> Result<PhotoType, ErrorCode> {
    judge(bytes, PhotoType::Jpeg)
}

#[test]
fn a_photo_is_what_its_first_bytes_say() {
    let photo = jpeg(&picture(40, 30), 90);
    assert_eq!(judge_jpeg(&photo), Ok(PhotoType::Jpeg));
    assert_eq!(
        judge(&photo, PhotoType::Png),
        Err(ErrorCode::PhotoTypeDiffers)
    );
    assert_eq!(
        judge_jpeg(b"\0\0\0\x18ftypheic\0\0\0\0"),
        Err(ErrorCode::PhotoIsHeic)
    );
    assert_eq!(judge_jpeg(b"GIF89a"), Err(ErrorCode::PhotoType));
    assert_eq!(judge_jpeg(b""), Err(ErrorCode::PhotoType));
    assert_eq!(judge_jpeg(&photo[..20]), Err(ErrorCode::PhotoUnreadable));
}

#[test]
fn what_hides_behind_a_photo_is_found_wherever_it_begins() {
    let photo = jpeg(&picture(40, 30), 90);
    for hidden in ["<HTML>", "<script>alert(1)</script>", "<?php ", "%PDF-1.7"] {
        // Across every border of the pieces in which it is read.
        for before in [0, 64 * 1024 - photo.len() - 3, 64 * 1024 - 1] {
            let bytes = [&photo, vec![b' '; before].as_slice(), hidden.as_bytes()].concat();
            assert_eq!(
                judge_jpeg(&bytes),
                Err(ErrorCode::PhotoHoldsMore),
                "{hidden} {before}"
            );
        }
    }
    let mut archive = photo.clone();
    archive.extend_from_slice(b"PK\x05\x06");
    archive.extend_from_slice(&[0; 18]);
    assert_eq!(judge_jpeg(&archive), Err(ErrorCode::PhotoHoldsMore));
    // A phone's short film behind its photo is no document, whatever is in the middle of it.
    let film = [
        photo.as_slice(),
        b"\0\0\0\x18ftypmp42PK\x05\x06",
        [0; 18].as_slice(),
        b"moov",
    ];
    assert_eq!(judge_jpeg(&film.concat()), Ok(PhotoType::Jpeg));
}

#[test]
fn a_picture_too_large_for_memory_is_refused_by_its_header_alone() {
    let mut bomb = jpeg(&picture(16, 16), 90);
    let frame = bomb.windows(2).position(|two| two == [0xff, 0xc0]).unwrap();
    let mut claim = |height: [u8; 2], width: [u8; 2]| {
        bomb[frame + 5..frame + 9].copy_from_slice(&[height, width].concat());
        judge_jpeg(&bomb)
    };
    assert_eq!(
        claim([0xff, 0xff], [0xff, 0xff]),
        Err(ErrorCode::PhotoTooManyPixels)
    );
    assert_eq!(
        claim([0, 16], [0xff, 0xff]),
        Err(ErrorCode::PhotoTooManyPixels),
        "one long side"
    );
    assert_eq!(
        claim([0, 0], [0, 16]),
        Err(ErrorCode::PhotoUnreadable),
        "no height"
    );
    // 48 megapixels, the most that phones of today make.
    assert_eq!(claim([0x17, 0x70], [0x1f, 0x40]), Ok(PhotoType::Jpeg));
}

/// A chunk of a WebP.
fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    let filler = vec![0; data.len() % 2];
    [name.as_slice(), &length, data, &filler].concat()
}

fn webp(chunks: &[u8]) -> Vec<u8> {
    chunk(*b"RIFF", &[b"WEBP".as_slice(), chunks].concat())
}

/// A WebP of the extended form, 40 by 30.
fn extended_webp(flags: u8, chunks: &[u8]) -> Vec<u8> {
    let header = chunk(*b"VP8X", &[flags, 0, 0, 0, 39, 0, 0, 29, 0, 0]);
    webp(&[header.as_slice(), chunks].concat())
}

fn judge_webp(bytes: &[u8]) -> Result<PhotoType, ErrorCode> {
    judge(bytes, PhotoType::WebP)
}

#[test]
fn a_still_webp_is_taken_and_an_animated_one_is_not() {
    let mut still = Vec::new();
    picture(40, 30)
        .write_with_encoder(WebPEncoder::new_lossless(&mut still))
        .unwrap();
    assert_eq!(judge_webp(&still), Ok(PhotoType::WebP));
    let frame = &still[12..];
    assert_eq!(judge_webp(&extended_webp(0, frame)), Ok(PhotoType::WebP));
    let place = [0, 0, 0, 0, 0, 0, 39, 0, 0, 29, 0, 0, 100, 0, 0, 0];
    let animation = [
        chunk(*b"ANIM", &[0; 6]),
        chunk(*b"ANMF", &[place.as_slice(), frame].concat()),
    ];
    let animated = extended_webp(2, &animation.concat());
    assert!(load_from_memory(&animated).is_ok(), "it could be shown");
    assert_eq!(judge_webp(&animated), Err(ErrorCode::PhotoUnreadable));
}

#[test]
fn a_webp_takes_more_memory_than_a_jpeg_of_its_size() {
    let claim = |width: u32, height: u32| {
        let size = ((width - 1) | ((height - 1) << 14)).to_le_bytes();
        let header = [b"\x2f".as_slice(), &size].concat();
        judge_webp(&webp(&chunk(*b"VP8L", &header)))
    };
    // 16 megapixels.
    assert_eq!(claim(4608, 3456), Ok(PhotoType::WebP));
    assert_eq!(claim(5000, 4000), Err(ErrorCode::PhotoTooManyPixels));
    // 5000 by 4000.
    let frame = b"\xff\xd8\xff\xc0\0\x11\x08\x0f\xa0\x13\x88\x03\x01\x22\0\x02\x11\x01\x03\x11\x01";
    assert_eq!(judge_jpeg(frame), Ok(PhotoType::Jpeg));
}

#[test]
fn a_webp_does_not_hide_a_large_frame_behind_a_small_header() {
    let claim = |sides: [u8; 4]| {
        let frame = [b"\0\0\0\x9d\x01\x2a".as_slice(), &sides].concat();
        judge_webp(&extended_webp(0, &chunk(*b"VP8 ", &frame)))
    };
    assert_eq!(claim([40, 0, 30, 0]), Ok(PhotoType::WebP));
    assert_eq!(
        claim([0xff, 0x3f, 0xff, 0x3f]),
        Err(ErrorCode::PhotoUnreadable)
    );
}

#[test]
fn orientation_is_applied_and_exif_is_gone() {
    let bytes = with_exif(&jpeg(&picture(400, 200), 90), &orientation(6));
    let ready = prepare(Cursor::new(&bytes), PhotoType::Jpeg, &[300, 100]).unwrap();
    assert_eq!((ready.width_px, ready.height_px), (200, 400));
    let sides: Vec<_> = ready
        .sizes
        .iter()
        .map(|size| load_from_memory(size).unwrap().to_rgb8().dimensions())
        .collect();
    assert_eq!(sides, [(150, 300), (50, 100)]);
    let shown = load_from_memory(&ready.sizes[1]).unwrap().to_rgb8();
    assert!(
        shown.get_pixel(45, 5).0[0] > 200,
        "turned right: the light is above, on the right"
    );
    assert!(shown.get_pixel(5, 5).0[0] < 60);
    assert!(!ready.sizes[0].windows(4).any(|four| four == b"Exif"));
}

#[test]
fn a_small_picture_is_not_made_larger_and_what_is_seen_through_is_dropped() {
    let mut bytes = Vec::new();
    let clear = DynamicImage::ImageRgb8(picture(50, 40)).to_rgba8();
    PngEncoder::new(&mut bytes)
        .write_image(&clear, 50, 40, image::ExtendedColorType::Rgba8)
        .unwrap();
    assert_eq!(judge(&bytes, PhotoType::Png), Ok(PhotoType::Png));
    let ready = prepare(Cursor::new(&bytes), PhotoType::Png, &[1280, 320]).unwrap();
    assert_eq!((ready.width_px, ready.height_px), (50, 40));
    assert_eq!(
        load_from_memory(&ready.sizes[0]).unwrap().color(),
        image::ColorType::Rgb8
    );
}

#[test]
fn a_picture_saved_again_smaller_is_alike_and_another_one_is_not() {
    let likeness = |bytes: &[u8]| {
        prepare(Cursor::new(bytes), PhotoType::Jpeg, &[1280, 320])
            .unwrap()
            .likeness
    };
    // Three lights on a dark ground.
    let lights = |at: [(u32, u32); 3]| {
        RgbImage::from_fn(640, 480, |x, y| {
            let light =
                |(cx, cy): (u32, u32)| 300_u32.saturating_sub(x.abs_diff(cx) + y.abs_diff(cy));
            let shade: u32 = at.into_iter().map(light).sum();
            let shade = u8::try_from(shade.min(255)).unwrap();
            image::Rgb([shade, shade / 2 + 40, 200 - shade / 2])
        })
    };
    let photo = lights([(80, 80), (500, 200), (300, 420)]);
    let other = lights([(560, 60), (120, 260), (420, 300)]);
    let again = jpeg(&image::imageops::thumbnail(&photo, 400, 300), 60);
    let first = likeness(&jpeg(&photo, 92));
    assert!(is_alike(first, likeness(&again)));
    assert!(!is_alike(first, likeness(&jpeg(&other, 92))));
    let wall = jpeg(
        &RgbImage::from_pixel(640, 480, image::Rgb([90, 90, 90])),
        92,
    );
    assert!(
        !is_alike(likeness(&wall), likeness(&wall)),
        "a grey wall is nothing to go by"
    );
}

#[test]
fn a_file_that_says_nothing_of_itself_claims_nothing() {
    let ready = prepare(
        Cursor::new(jpeg(&picture(20, 20), 90)),
        PhotoType::Jpeg,
        &[320],
    )
    .unwrap();
    assert_eq!(ready.claims, Claims::default());
}

#[test]
fn the_time_at_which_a_file_was_last_edited_is_not_when_the_photo_was_taken() {
    let entry = [1, 0x32, 0, 2, 0, 0, 0, 20, 0, 0, 0, 26];
    let time = b"2026:06:20 09:15:00\0".as_slice();
    let edited = [
        b"MM\0\x2a\0\0\0\x08\0\x01".as_slice(),
        &entry,
        &[0; 4],
        time,
    ]
    .concat();
    let bytes = with_exif(&jpeg(&picture(20, 20), 90), &edited);
    let read = exif::Reader::new().read_from_container(&mut Cursor::new(&bytes));
    let field = read.unwrap();
    assert!(
        field
            .get_field(exif::Tag::DateTime, exif::In::PRIMARY)
            .is_some(),
        "the control"
    );
    let ready = prepare(Cursor::new(bytes), PhotoType::Jpeg, &[320]).unwrap();
    assert_eq!(ready.claims, Claims::default());
}
