//! Photos arrive over any line, stay, and are shown to those who may see them: by requests as phones send them, and by
//! clients of tus that others wrote.

use axum::body::Body;
use axum::http::{HeaderName, Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use futures::{future, stream};
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::PathBuf;
use std::sync::Arc;
use tepai_app::photos::{cleanup, prepare, verify};
use tepai_client::SeededIds;
use tepai_domain::actor::Role;
use tepai_store::{StoreError, WriteTxn, photo_files};
use tepai_sync_protocol::limits::UPLOAD_LIFE_MS;
use tepai_tests::caller::office;
use tepai_tests::photo::{Exif, jpeg, sha256, with_exif};
use tepai_tests::sender::{Sender, metadata, offset_of, sender, sender_of};
use tepai_tests::world::{COUNTY, DAY_MS, code, villages};
use tepai_tests::{Caller, World, on_both_databases, report};
use tokio::sync::Notify;

on_both_databases!(
    a_photo_that_is_cut_again_and_again_goes_on_where_it_stopped,
    a_photo_begun_again_by_a_phone_that_forgot_goes_on_where_it_stopped,
    a_photo_that_comes_whole_at_once_is_kept_and_one_that_breaks_off_goes_on,
    bytes_whose_upload_nobody_knows_are_collected_when_they_are_old,
    bytes_that_the_county_has_are_not_sent_again,
    a_device_may_have_five_hundred_uploads_on_their_way_and_those_that_ended_count_no_more,
    bytes_and_record_come_in_either_order_from_different_devices,
    a_record_and_its_bytes_that_come_at_the_same_moment_find_each_other,
    a_thousand_damaged_chunks_leave_nothing_behind,
    chunks_that_overlap_or_come_at_once_are_safe,
    a_photo_that_is_asked_for_again_while_it_is_being_kept_is_not_sent_again,
    an_upload_of_another_device_does_not_exist,
    a_client_without_patch_sends_by_put_by_form_and_by_override,
    what_is_no_photo_is_refused_by_code_and_not_kept,
    a_request_that_makes_no_sense_is_refused_by_code,
    a_photo_is_shown_small_upright_and_without_exif_to_whoever_may_see_it,
    a_thumbnail_that_is_none_or_anothers_is_refused_and_not_kept,
    a_flipped_bit_a_lost_file_and_a_stray_one_are_found,
    what_nobody_needs_is_collected_and_the_rest_stays,
    an_upload_that_takes_too_long_is_given_up,
    bytes_that_all_came_before_a_kill_are_kept_when_the_phone_asks,
    zeros_that_a_power_cut_left_behind_the_synced_bytes_are_sent_again,
    photos_are_kept_for_as_long_as_the_county_says_and_leave_a_reason,
    an_album_holds_what_the_officer_may_see_and_no_exif,
);

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

fn kept(world: &World, bytes: &[u8]) -> PathBuf {
    let hash = sha256(bytes);
    world
        .photos_dir()
        .join(format!("kept/990421/{}/{hash}", &hash[..2]))
}

/// A body that breaks after these bytes.
fn broken(bytes: &[u8]) -> Body {
    let piece = Ok(Bytes::copy_from_slice(bytes));
    let cut = Err(std::io::Error::other("the line broke"));
    Body::from_stream(stream::iter([piece, cut]))
}

async fn a_photo_that_is_cut_again_and_again_goes_on_where_it_stopped(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(1, 800, 600);
    let (location, mut offset) = sender.begin(&bytes).await;
    let mut random = SeededIds::new(7);
    let mut cuts = 0;
    while offset < length(&bytes) {
        let rest = &bytes[usize::try_from(offset).unwrap()..];
        let count = usize::try_from(random.next_u64() % 4096)
            .unwrap()
            .min(rest.len());
        sender
            .patch(&location, offset, broken(&rest[..count]))
            .await;
        let stands = sender.stands_at(&location).await;
        assert_eq!(
            stands,
            offset + u64::try_from(count).unwrap(),
            "what came before the cut is there"
        );
        (offset, cuts) = (stands, cuts + 1);
        if count == rest.len() {
            // All bytes came, and the line broke before their end: nobody has judged them yet.
            let last = sender.patch(&location, offset, Body::empty()).await;
            assert_eq!(last.status, 204, "{}", last.body);
        }
    }
    assert!(cuts > 20, "only {cuts} cuts");
    assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
}

async fn a_photo_begun_again_by_a_phone_that_forgot_goes_on_where_it_stopped(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(2, 640, 480);
    let (first, _) = sender.begin(&bytes).await;
    sender.patch(&first, 0, broken(&bytes[..1000])).await;
    let (again, offset) = sender.begin(&bytes).await;
    assert_eq!((again.as_str(), offset), (first.as_str(), 1000));
    let answer = sender.patch(&again, 1000, bytes[1000..].to_vec()).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    // The answer to the last byte may be lost, too.
    assert_eq!(sender.stands_at(&again).await, length(&bytes));
    assert_eq!(sender.begin(&bytes).await.1, length(&bytes));
    assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
}

const UPLOADS: &str = "SELECT COUNT(*) AS number FROM upload";

async fn a_photo_that_comes_whole_at_once_is_kept_and_one_that_breaks_off_goes_on(world: World) {
    let sender = sender(&world).await;
    let whole = jpeg(600, 640, 480);
    let answer = sender.begin_with(&whole, whole.clone()).await;
    assert_eq!(
        (answer.status.as_u16(), offset_of(&answer)),
        (201, length(&whole))
    );
    assert_eq!(std::fs::read(kept(&world, &whole)).unwrap(), whole);
    let location = answer.headers["location"].to_str().unwrap();
    assert_eq!(sender.stands_at(location).await, length(&whole));
    // The line breaks, and the phone never hears where its upload is.
    let cut = jpeg(601, 640, 480);
    sender.begin_with(&cut, broken(&cut[..7000])).await;
    assert_eq!(world.number(UPLOADS).await, 2);
    let again = sender.begin_with(&cut, cut.clone()).await;
    assert_eq!((again.status.as_u16(), offset_of(&again)), (201, 7000));
    let location = again.headers["location"].to_str().unwrap();
    sender
        .patch(location, 7000, cut[7000..].to_vec())
        .await
        .ok();
    assert_eq!(std::fs::read(kept(&world, &cut)).unwrap(), cut);
    // What is refused leaves nothing.
    let (other, hidden) = (jpeg(602, 640, 480), jpeg(603, 200, 150));
    let hidden = [&hidden, b"<script>alert(1)</script>".as_slice()].concat();
    let mut damaged = other.clone();
    damaged[5000] ^= 4;
    let answer = sender.begin_with(&other, damaged).await;
    answer.refused(422, "photo_hash_differs");
    let answer = sender.begin_with(&hidden, hidden.clone()).await;
    answer.refused(422, "photo_holds_more");
    assert!(!kept(&world, &other).exists() && !kept(&world, &hidden).exists());
    // It is refused before its bytes come, too, and what is kept is kept once.
    let answer = sender.begin_with(&hidden, hidden.clone()).await;
    answer.refused(422, "photo_holds_more");
    let answer = sender.begin_with(&whole, whole.clone()).await;
    assert_eq!(offset_of(&answer), length(&whole));
    let left = std::fs::read_dir(world.photos_dir().join("uploads")).unwrap();
    assert_eq!(left.count(), 0, "nothing is left of any");
}

async fn bytes_whose_upload_nobody_knows_are_collected_when_they_are_old(world: World) {
    let sender = sender(&world).await;
    sender.send(&jpeg(610, 200, 150)).await;
    let uploads = world.photos_dir().join("uploads");
    let stray = uploads.join(uuid::Uuid::from_u128(7).simple().to_string());
    std::fs::write(&stray, b"first bytes").unwrap();
    let collect = async || cleanup::collect(&world.app).await.unwrap().uploads;
    assert_eq!(collect().await, 0, "it may be on its way");
    assert!(stray.exists());
    make_old(&stray);
    assert_eq!(collect().await, 1);
    assert!(!stray.exists());
}

async fn a_device_may_have_five_hundred_uploads_on_their_way_and_those_that_ended_count_no_more(
    world: World,
) {
    let (one, other) = (sender(&world).await, sender(&world).await);
    let (own, shared) = (jpeg(620, 200, 150), jpeg(621, 200, 150));
    let (location, _) = one.begin(&own).await;
    one.begin(&shared).await;
    for number in 2..500_u32 {
        one.begin(&number.to_be_bytes()).await;
    }
    let begin = async |bytes: &[u8]| one.begin_as(bytes, "image/jpeg").await;
    begin(b"first").await.refused(429, "too_many_uploads");
    let whole = jpeg(622, 200, 150);
    let answer = one.begin_with(&whole, whole.clone()).await;
    answer.refused(429, "too_many_uploads");
    let left = std::fs::read_dir(world.photos_dir().join("uploads"));
    assert_eq!(left.map_or(0, Iterator::count), 0, "nothing of it is left");
    other.begin(b"first").await;
    one.begin(&own).await;
    one.patch(&location, 0, own).await.ok();
    begin(b"first").await.ok();
    begin(b"second").await.refused(429, "too_many_uploads");
    // Another phone sends what this one has begun.
    other.send(&shared).await;
    begin(b"second").await.ok();
    begin(b"third").await.refused(429, "too_many_uploads");
    // What the county holds is not on its way.
    one.begin(&shared).await;
}

async fn bytes_that_the_county_has_are_not_sent_again(world: World) {
    let (one, other) = (sender(&world).await, sender(&world).await);
    let bytes = jpeg(3, 320, 240);
    one.send(&bytes).await;
    let (location, offset) = other.begin(&bytes).await;
    assert_eq!(offset, length(&bytes), "complete at once");
    let answer = other.patch(&location, 0, bytes.clone()).await;
    answer.refused(409, "upload_offset");
    assert_eq!(other.stands_at(&location).await, length(&bytes));
}

async fn bytes_and_record_come_in_either_order_from_different_devices(world: World) {
    let person = world.commissioner(&villages()[..2]).await;
    let (mut old, mut new) = (
        sender_of(&world, person).await,
        sender_of(&world, person).await,
    );
    let bytes = jpeg(4, 320, 240);
    let size = length(&bytes);

    // The record first, then half, then all, from another phone.
    let (visit, _) = old.announce(&world, &bytes).await;
    assert_eq!(old.photos(visit).await, [("announced".to_owned(), 0)]);
    let (location, _) = new.begin(&bytes).await;
    new.patch(&location, 0, broken(&bytes[..500])).await;
    assert_eq!(old.photos(visit).await, [("partial".to_owned(), 500)]);
    new.patch(&location, 500, bytes[500..].to_vec()).await.ok();
    assert_eq!(old.photos(visit).await, [("complete".to_owned(), size)]);

    // The bytes first.
    let bytes = jpeg(5, 320, 240);
    old.send(&bytes).await;
    let (visit, photo) = new.announce(&world, &bytes).await;
    assert_eq!(
        new.photos(visit).await,
        [("complete".to_owned(), length(&bytes))]
    );
    // The phone hears of it with its pull.
    let pulled = new.phone.pull_all(&world.app).await;
    let fields = pulled
        .iter()
        .find(|change| change.id == photo)
        .map(|change| change.fields().clone());
    assert_eq!(fields.unwrap()["photo_state"], "complete");

    // Bytes that are no photo.
    let bytes = b"not a photo at all".to_vec();
    let (visit, _) = old.announce(&world, &bytes).await;
    let (location, _) = old.begin(&bytes).await;
    old.patch(&location, 0, bytes)
        .await
        .refused(415, "photo_type");
    assert_eq!(old.photos(visit).await, [("rejected".to_owned(), 0)]);
}

async fn a_record_and_its_bytes_that_come_at_the_same_moment_find_each_other(world: World) {
    let mut sender = sender(&world).await;
    for round in 0..30 {
        let bytes = jpeg(100 + round, 64, 48);
        let (location, _) = sender.begin(&bytes).await;
        let other = Sender {
            phone: sender.phone.clone(),
            http: sender.http.clone(),
            token: sender.token.clone(),
        };
        let (announced, sent) = future::join(
            sender.announce(&world, &bytes),
            other.patch(&location, 0, bytes.clone()),
        )
        .await;
        assert_eq!(sent.status, 204, "{}", sent.body);
        let complete = [("complete".to_owned(), length(&bytes))];
        assert_eq!(sender.photos(announced.0).await, complete, "round {round}");
        let sql = format!(
            "SELECT COUNT(*) AS number FROM record WHERE fields LIKE '%\"photo_state\":\"complete\"%' AND sha256 = '{}'",
            sha256(&bytes)
        );
        assert_eq!(
            world.number(&sql).await,
            1,
            "the record says so in round {round}"
        );
    }
}

async fn a_thousand_damaged_chunks_leave_nothing_behind(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(6, 640, 480);
    let (location, _) = sender.begin(&bytes).await;
    let good = sender.patch(&location, 0, bytes[..10_000].to_vec()).await;
    assert_eq!(good.status, 204);
    let mut random = SeededIds::new(9);
    let mut counts = BTreeMap::from([("chunks damaged".to_owned(), 0_usize)]);
    for round in 0..1000 {
        let mut chunk = bytes[10_000..14_096].to_vec();
        let checksum = if round % 2 == 0 {
            format!("sha1 {}", BASE64.encode(Sha1::digest(&chunk)))
        } else {
            format!("sha256 {}", BASE64.encode(Sha256::digest(&chunk)))
        };
        let at = usize::try_from(random.next_u64() % 4096).unwrap();
        chunk[at] ^= 1 << (random.next_u64() % 8);
        let more = [(
            HeaderName::from_static("upload-checksum"),
            checksum.as_str(),
        )];
        sender
            .patch_with(&location, 10_000, &more, chunk)
            .await
            .refused(460, "checksum_differs");
        *counts.get_mut("chunks damaged").unwrap() += 1;
    }
    assert_eq!(sender.stands_at(&location).await, 10_000);
    // Without a checksum the damage is found when all bytes are there.
    let mut damaged = bytes[10_000..].to_vec();
    damaged[5000] ^= 4;
    sender
        .patch(&location, 10_000, damaged)
        .await
        .refused(422, "photo_hash_differs");
    assert_eq!(sender.stands_at(&location).await, 0, "it begins anew");
    assert!(!kept(&world, &bytes).exists());
    assert_eq!(sender.patch(&location, 0, bytes.clone()).await.status, 204);
    assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
    report::tell("damaged chunks, none of them accepted:", &counts);
}

async fn chunks_that_overlap_or_come_at_once_are_safe(world: World) {
    let sender = sender(&world).await;
    for round in 0..10 {
        let bytes = jpeg(200 + round, 640, 480);
        let (location, _) = sender.begin(&bytes).await;
        sender
            .patch(&location, 0, bytes[..3000].to_vec())
            .await
            .ok();
        sender
            .patch(&location, 1000, bytes[1000..].to_vec())
            .await
            .refused(409, "upload_offset");
        let same = || sender.patch(&location, 3000, bytes[3000..].to_vec());
        for answer in future::join_all([same(), same(), same(), same()]).await {
            assert!(
                matches!(answer.status.as_u16(), 204 | 409 | 423),
                "{} {}",
                answer.status,
                answer.body
            );
        }
        let stands = sender.stands_at(&location).await;
        let rest = bytes[usize::try_from(stands).unwrap()..].to_vec();
        sender.patch(&location, stands, rest).await.ok();
        assert_eq!(
            std::fs::read(kept(&world, &bytes)).unwrap(),
            bytes,
            "round {round}"
        );
    }
}

async fn a_photo_that_is_asked_for_again_while_it_is_being_kept_is_not_sent_again(world: World) {
    let sender = Arc::new(sender(&world).await);
    let bytes = jpeg(9, 640, 480);
    // Somebody announces the same content and takes long about it: the photo gets its name, and its row waits.
    let (holds, lets_go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (held, released) = (holds.clone(), lets_go.clone());
    let (other, content) = (world.another_server().await, [sha256(&bytes)]);
    let announcing = tokio::spawn(async move {
        let announce = async move |txn: &WriteTxn| {
            photo_files::announce(txn, &code(COUNTY), &content).await?;
            held.notify_one();
            released.notified().await;
            Ok::<_, StoreError>(())
        };
        other.store.write(announce).await
    });
    holds.notified().await;
    let send = || {
        let (sender, bytes) = (sender.clone(), bytes.clone());
        tokio::spawn(async move { sender.begin_with(&bytes, bytes.clone()).await })
    };
    let first = send();
    let name = kept(&world, &bytes);
    while !name.exists() {
        assert!(!first.is_finished(), "its row did not wait");
        tokio::task::yield_now().await;
    }
    // Both find that somebody is at it; the one that came later passes the other.
    let (passed, waits) = future::select(send(), send()).await.factor_first();
    passed.unwrap().refused(423, "upload_in_use");
    let arriving = world.photos_dir().join("uploads");
    let files = || std::fs::read_dir(&arriving).unwrap().map(Result::unwrap);
    let inodes: Vec<u64> = files().map(|file| file.ino()).collect();
    let kept_as = std::fs::metadata(&name).unwrap().ino();
    assert_eq!(inodes, [kept_as], "nothing was begun anew");
    lets_go.notify_one();
    announcing.await.unwrap().unwrap();
    let first = first.await.unwrap();
    assert_eq!(
        (first.status.as_u16(), offset_of(&first)),
        (201, length(&bytes))
    );
    let waited = waits.await.unwrap();
    if waited.status != 201 {
        waited.refused(423, "upload_in_use");
    }
    let later = sender.begin_with(&bytes, bytes.clone()).await;
    assert_eq!(offset_of(&later), length(&bytes));
    assert_eq!(std::fs::read(name).unwrap(), bytes);
    assert_eq!(files().count(), 0, "nothing is left beside it");
}

async fn an_upload_of_another_device_does_not_exist(world: World) {
    let (one, other) = (sender(&world).await, sender(&world).await);
    let bytes = jpeg(8, 320, 240);
    let (location, _) = one.begin(&bytes).await;
    other
        .patch(&location, 0, bytes.clone())
        .await
        .refused(404, "not_found");
    other
        .http
        .send(Method::DELETE, &location, None)
        .await
        .refused(404, "not_found");
    other
        .http
        .send(Method::GET, &location, None)
        .await
        .refused(404, "not_found");
    Caller::nobody(&world)
        .send(Method::GET, &location, None)
        .await
        .refused(401, "not_signed_in");
    assert_eq!(one.stands_at(&location).await, 0);
    let gone = one.http.send(Method::DELETE, &location, None).await;
    assert_eq!(gone.status, 204);
    one.patch(&location, 0, bytes)
        .await
        .refused(404, "not_found");
}

async fn a_client_without_patch_sends_by_put_by_form_and_by_override(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(9, 640, 480);
    let (location, _) = sender.begin(&bytes).await;
    let put = |offset: usize, to: usize| {
        let path = format!("{location}?offset={offset}");
        let (http, body) = (sender.http.clone(), bytes[offset..to].to_vec());
        async move { http.send_bytes(Method::PUT, &path, &[], body).await }
    };
    assert_eq!(put(0, 4000).await.ok()["upload_offset"], 4000);
    put(0, 4000).await.refused(409, "upload_offset");

    let mut form = b"--b\r\nContent-Disposition: form-data; name=\"offset\"\r\n\r\n4000\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n"
        .to_vec();
    form.extend_from_slice(&bytes[4000..8000]);
    form.extend_from_slice(b"\r\n--b--\r\n");
    let headers = [(header::CONTENT_TYPE, "multipart/form-data; boundary=b")];
    let answer = sender
        .http
        .send_bytes(Method::POST, &location, &headers, form)
        .await
        .ok();
    assert_eq!(answer["upload_offset"], 8000);

    let headers = [
        (HeaderName::from_static("x-http-method-override"), "PATCH"),
        (header::CONTENT_TYPE, "application/offset+octet-stream"),
        (HeaderName::from_static("upload-offset"), "8000"),
    ];
    let rest = bytes[8000..].to_vec();
    let answer = sender
        .http
        .send_bytes(Method::POST, &location, &headers, rest)
        .await;
    assert_eq!(
        (answer.status.as_u16(), offset_of(&answer)),
        (204, length(&bytes))
    );
    let asked = sender.http.send(Method::GET, &location, None).await.ok();
    assert_eq!(asked["complete"], true);
    assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
}

/// A PNG that says it has so many pixels, and has none.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    let sum = |chunk: &[u8]| {
        let mut crc = flate2::Crc::new();
        crc.update(chunk);
        crc.sum().to_be_bytes()
    };
    bytes.extend(sum(&bytes[12..]));
    bytes.extend(b"\0\0\0\x02IDAT\x78\x9c");
    bytes.extend(sum(b"IDAT\x78\x9c"));
    bytes
}

/// A JPEG whose frame says it has so many pixels.
fn jpeg_of(frame: u8, width: u16, height: u16) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, frame, 0, 17, 8];
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend([3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
    bytes
}

async fn what_is_no_photo_is_refused_by_code_and_not_kept(world: World) {
    let sender = sender(&world).await;
    let photo = jpeg(10, 320, 240);
    let with = |tail: &[u8]| [photo.as_slice(), tail].concat();
    let zip = b"PK\x03\x04rest of an archivePK\x05\x06\0\0\0\0\x01\0\x01\0\x10\0\0\0\x10\0\0\0\0\0";
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    let cases: Vec<(&str, Vec<u8>, &str, u16, &str)> = vec![
        (
            "a page",
            b"<html><script>alert(1)</script>".to_vec(),
            "image/jpeg",
            415,
            "photo_type",
        ),
        (
            "a GIF",
            b"GIF89a\x01\0\x01\0\0\0\0;".to_vec(),
            "image/png",
            415,
            "photo_type",
        ),
        (
            "a program",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0".to_vec(),
            "image/jpeg",
            415,
            "photo_type",
        ),
        ("a HEIC", heic, "image/jpeg", 415, "photo_is_heic"),
        (
            "a JPEG that is called PNG",
            photo.clone(),
            "image/png",
            415,
            "photo_type_differs",
        ),
        (
            "a page behind a photo",
            with(b"<SCRIPT>alert(1)</script>"),
            "image/jpeg",
            422,
            "photo_holds_more",
        ),
        (
            "a document behind a photo",
            with(b"%PDF-1.7"),
            "image/jpeg",
            422,
            "photo_holds_more",
        ),
        (
            "PHP behind a photo",
            with(b"<?php system($_GET[1]);"),
            "image/jpeg",
            422,
            "photo_holds_more",
        ),
        (
            "an archive behind a photo",
            with(zip),
            "image/jpeg",
            422,
            "photo_holds_more",
        ),
        (
            "a PNG of 2,000 megapixels",
            png_of(50_000, 40_000),
            "image/png",
            422,
            "photo_too_many_pixels",
        ),
        (
            "a JPEG of 4,295 megapixels",
            jpeg_of(0xc0, 65_535, 65_535),
            "image/jpeg",
            422,
            "photo_too_many_pixels",
        ),
        (
            "a progressive JPEG of 36 megapixels",
            jpeg_of(0xc2, 6_000, 6_000),
            "image/jpeg",
            422,
            "photo_too_many_pixels",
        ),
        (
            "a JPEG without pixels",
            jpeg_of(0xc0, 0, 0),
            "image/jpeg",
            422,
            "photo_unreadable",
        ),
        (
            "half a header",
            b"\xff\xd8\xff\xe0\xff".to_vec(),
            "image/jpeg",
            422,
            "photo_unreadable",
        ),
    ];
    for (name, bytes, media_type, status, code) in cases {
        let begun = sender.begin_as(&bytes, media_type).await;
        assert_eq!(begun.status, 201, "{name}: {}", begun.body);
        let location = begun.headers["location"].to_str().unwrap().to_owned();
        let answer = sender.patch(&location, 0, bytes.clone()).await;
        let said = (
            answer.status.as_u16(),
            answer.body["code"].as_str().unwrap().to_owned(),
        );
        assert_eq!(said, (status, code.to_owned()), "{name}");
        assert!(!kept(&world, &bytes).exists(), "{name} was kept");
        assert!(
            answer.body["words"]["zh"].is_string(),
            "{name} is told in Chinese"
        );
    }
    let left = std::fs::read_dir(world.photos_dir().join("uploads"))
        .unwrap()
        .count();
    assert_eq!(left, 0, "nothing is left behind");
    // A phone's own additions are no harm.
    let film = with(b"\0\0\0\x18ftypmp42\0\0\0\0isommp42 a short film");
    sender.send(&film).await;
}

async fn a_request_that_makes_no_sense_is_refused_by_code(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(11, 64, 48);
    let good = metadata(&sha256(&bytes), "image/jpeg");
    let begin = |length: &'static str, metadata: String| {
        let http = sender.http.clone();
        async move {
            let headers = [
                (HeaderName::from_static("upload-length"), length),
                (
                    HeaderName::from_static("upload-metadata"),
                    metadata.as_str(),
                ),
            ];
            http.send_bytes(Method::POST, "/v1/uploads", &headers, Body::empty())
                .await
        }
    };
    begin("0", good.clone())
        .await
        .refused(422, "photo_unreadable");
    begin("1073741824", good.clone())
        .await
        .refused(413, "photo_too_large");
    begin("-5", good.clone())
        .await
        .refused(400, "invalid_parameter");
    begin("99999999999999999999999", good.clone())
        .await
        .refused(400, "invalid_parameter");
    begin("10", String::new())
        .await
        .refused(400, "invalid_parameter");
    begin("10", metadata("../../../etc/passwd", "image/jpeg"))
        .await
        .refused(400, "invalid_parameter");
    begin("10", metadata(&sha256(&bytes), "image/heic"))
        .await
        .refused(415, "photo_is_heic");
    begin("10", metadata(&sha256(&bytes), "text/html"))
        .await
        .refused(415, "photo_type");

    let (location, _) = sender.begin(&bytes).await;
    let (http, raw) = (
        &sender.http,
        (header::CONTENT_TYPE, "application/offset+octet-stream"),
    );
    for offset in ["-1", "x", "1e3", "18446744073709551616"] {
        let headers = [
            raw.clone(),
            (HeaderName::from_static("upload-offset"), offset),
        ];
        let answer = http
            .send_bytes(Method::PATCH, &location, &headers, bytes.clone())
            .await;
        answer.refused(400, "invalid_parameter");
    }
    let headers = [(HeaderName::from_static("upload-offset"), "0")];
    let answer = http
        .send_bytes(Method::PATCH, &location, &headers, bytes.clone())
        .await;
    answer.refused(415, "unsupported_media_type");
    sender
        .patch(&location, 18_446_744_073_709_551_615, bytes.clone())
        .await
        .refused(409, "upload_offset");
    let longer = [bytes.clone(), vec![0]].concat();
    sender
        .patch(&location, 0, longer)
        .await
        .refused(413, "upload_too_long");
    let wrong = [(HeaderName::from_static("upload-checksum"), "md5 AAAA")];
    sender
        .patch_with(&location, 0, &wrong, bytes.clone())
        .await
        .refused(400, "invalid_parameter");
    let version = [(HeaderName::from_static("tus-resumable"), "0.2.2")];
    let answer = http
        .send_bytes(Method::HEAD, &location, &version, Body::empty())
        .await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.headers["tus-version"].to_str().unwrap()
        ),
        (412, "1.0.0")
    );
    for path in ["/v1/uploads/..%2f..%2fetc%2fpasswd", "/v1/uploads/nothing"] {
        sender
            .patch(path, 0, bytes.clone())
            .await
            .refused(404, "not_found");
    }
    assert_eq!(sender.stands_at(&location).await, 0);
    let spoken = http
        .send_bytes(Method::OPTIONS, "/v1/uploads", &[], Body::empty())
        .await;
    assert_eq!(
        (
            spoken.status.as_u16(),
            spoken.headers["tus-max-size"].to_str().unwrap()
        ),
        (204, "67108864")
    );
}

async fn a_photo_is_shown_small_upright_and_without_exif_to_whoever_may_see_it(world: World) {
    let mut author = sender(&world).await;
    let colleague = sender(&world).await;
    let elsewhere = world.commissioner(&villages()[4..5]).await;
    let elsewhere = sender_of(&world, elsewhere).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let held_upright = Exif {
        orientation: 6,
        taken: Some("2026:06:20 09:15:00"),
        camera: Some("ACE"),
        place: None,
    };
    let bytes = with_exif(&jpeg(12, 1600, 1200), &held_upright);
    let (_, photo) = author.announce(&world, &bytes).await;
    let get = |caller: &Caller, size: &str, more: &[(HeaderName, &str)]| {
        let (caller, path) = (caller.clone(), format!("/v1/photos/{photo}/{size}"));
        let more: Vec<(HeaderName, String)> = more
            .iter()
            .map(|(name, value)| (name.clone(), (*value).to_owned()))
            .collect();
        async move {
            let more: Vec<_> = more
                .iter()
                .map(|(name, value)| (name.clone(), value.as_str()))
                .collect();
            caller
                .send_bytes(Method::GET, &path, &more, Body::empty())
                .await
        }
    };
    get(&author.http, "320", &[])
        .await
        .refused(404, "photo_not_here");
    author.send(&bytes).await;
    get(&author.http, "320", &[])
        .await
        .refused(503, "photo_not_prepared");
    assert_eq!(prepare::prepare_some(&world.app).await.unwrap(), 1);
    assert_eq!(prepare::prepare_some(&world.app).await.unwrap(), 0);

    for (size, width, height) in [("320", 240, 320), ("1280", 960, 1280)] {
        let shown = get(&colleague.http, size, &[]).await;
        assert_eq!(shown.status, 200);
        assert_eq!(shown.headers["content-type"], "image/jpeg");
        assert_eq!(shown.headers["x-content-type-options"], "nosniff");
        assert!(
            shown.headers["cache-control"]
                .to_str()
                .unwrap()
                .starts_with("private")
        );
        let picture = image::load_from_memory(&shown.bytes).unwrap();
        assert_eq!(
            (picture.width(), picture.height()),
            (width, height),
            "upright"
        );
        assert!(
            !shown.bytes.windows(4).any(|four| four == b"Exif"),
            "EXIF is gone"
        );
        let tag = shown.headers["etag"].to_str().unwrap().to_owned();
        let again = get(&colleague.http, size, &[(header::IF_NONE_MATCH, &tag)]).await;
        assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
        let part = get(&colleague.http, size, &[(header::RANGE, "bytes=10-19")]).await;
        assert_eq!(
            (part.status.as_u16(), &part.bytes[..]),
            (206, &shown.bytes[10..20])
        );
        let stale = [
            (header::RANGE, "bytes=10-19"),
            (header::IF_RANGE, "\"other\""),
        ];
        assert_eq!(get(&colleague.http, size, &stale).await.status, 200);
        let beyond = get(&colleague.http, size, &[(header::RANGE, "bytes=99999999-")]).await;
        assert_eq!(beyond.status, 416);
    }
    for caller in [&author.http, &officer] {
        let original = get(caller, "original", &[]).await;
        assert_eq!(original.status, 200);
        assert_eq!(&original.bytes[..], &bytes[..], "unaltered");
    }
    get(&colleague.http, "original", &[])
        .await
        .refused(403, "not_allowed");
    for size in ["320", "1280", "original"] {
        get(&elsewhere.http, size, &[])
            .await
            .refused(404, "not_found");
        get(&Caller::nobody(&world), size, &[])
            .await
            .refused(401, "not_signed_in");
    }
    get(&author.http, "..%2foriginal", &[])
        .await
        .refused(404, "not_found");
    let sql = "SELECT COUNT(*) AS number FROM photo_file WHERE taken_local = '2026-06-20T09:15:00' AND camera = 'ACE' \
               AND width_px = 1200 AND height_px = 1600 AND likeness IS NOT NULL";
    assert_eq!(
        world.number(sql).await,
        1,
        "what the file says is kept apart"
    );
}

async fn a_thumbnail_that_is_none_or_anothers_is_refused_and_not_kept(world: World) {
    let mut own = sender(&world).await;
    let bytes = jpeg(290, 400, 300);
    let (_, photo) = own.announce(&world, &bytes).await;
    let path = format!("/v1/photos/{photo}/thumbnail");
    let put = async |sender: &Sender, path: &str, body: Vec<u8>| {
        let kind = [(header::CONTENT_TYPE, "image/jpeg")];
        sender.http.send_bytes(Method::PUT, path, &kind, body).await
    };
    let small = jpeg(291, 200, 150);
    let other = sender(&world).await;
    put(&other, &path, small.clone())
        .await
        .refused(404, "not_found");
    for (what, body, status, code) in [
        ("nothing", Vec::new(), 415, "photo_type"),
        ("a page", b"<html>".to_vec(), 415, "photo_type"),
        ("too many bytes", vec![0xff; 65_537], 413, "photo_too_large"),
        (
            "many pixels",
            jpeg(292, 660, 660),
            422,
            "photo_too_many_pixels",
        ),
        (
            "a frame alone",
            jpeg_of(0xc0, 40, 30),
            422,
            "photo_unreadable",
        ),
        ("a PNG", png_of(10, 10), 415, "photo_type_differs"),
    ] {
        let answer = put(&own, &path, body).await;
        assert_eq!(
            (answer.status.as_u16(), what),
            (status, what),
            "{}",
            answer.body
        );
        answer.refused(status, code);
    }
    let shown = format!("/v1/photos/{photo}/320");
    own.http.get(&shown).await.refused(404, "photo_not_here");
    assert!(world.app.files.list_kept().await.unwrap().is_empty());
    assert_eq!(put(&own, &path, small.clone()).await.status, 204);
    assert_eq!(own.http.get(&shown).await.status, 200);
    // It is no photo: that has still to come, and when it has come another thumbnail changes nothing.
    assert_eq!(cleanup::collect(&world.app).await.unwrap().files, 0);
    own.send(&bytes).await;
    while prepare::prepare_some(&world.app).await.unwrap() > 0 {}
    let real = own.http.get(&shown).await.bytes;
    assert_eq!(put(&own, &path, small).await.status, 204);
    assert_eq!(own.http.get(&shown).await.bytes, real);
}

async fn a_flipped_bit_a_lost_file_and_a_stray_one_are_found(world: World) {
    let sender = sender(&world).await;
    let photos: Vec<_> = (0..6).map(|seed| jpeg(300 + seed, 200, 150)).collect();
    for photo in &photos {
        sender.send(photo).await;
    }
    let mut read = 0;
    let sound = verify::verify(&world.app, || read += 1).await.unwrap();
    assert!(
        sound.is_sound() && sound.sound == 6 && read == 6,
        "{sound:?}"
    );
    let mut flipped = photos[1].clone();
    flipped[2000] ^= 1;
    std::fs::write(kept(&world, &photos[1]), flipped).unwrap();
    std::fs::remove_file(kept(&world, &photos[2])).unwrap();
    let stray = kept(&world, b"stray");
    std::fs::create_dir_all(stray.parent().unwrap()).unwrap();
    std::fs::write(&stray, b"stray").unwrap();
    let found = verify::verify(&world.app, || {}).await.unwrap();
    assert_eq!(found.unknown, [], "it may have just come");
    make_old(&stray);
    let found = verify::verify(&world.app, || {}).await.unwrap();
    let hashes = |keys: &[tepai_files::Key]| -> Vec<String> {
        keys.iter().map(|key| key.sha256().to_owned()).collect()
    };
    assert_eq!(found.sound, 4);
    assert_eq!(hashes(&found.altered), [sha256(&photos[1])]);
    assert_eq!(hashes(&found.missing), [sha256(&photos[2])]);
    assert_eq!(hashes(&found.unknown), [sha256(b"stray")]);
}

/// As if a photo in all its sizes had been written long ago: files are as old as the machine says, not as the clock of the test.
pub(crate) fn make_old(path: &std::path::Path) {
    let name = path.file_name().unwrap().to_str().unwrap();
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with(name) {
            let file = std::fs::File::options().write(true).open(entry.path());
            file.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }
    }
}

async fn what_nobody_needs_is_collected_and_the_rest_stays(world: World) {
    let mut sender = sender(&world).await;
    let (needed, orphan) = (jpeg(400, 200, 150), jpeg(401, 200, 150));
    let (visit, photo) = sender.announce(&world, &needed).await;
    sender.send(&needed).await;
    sender.send(&orphan).await;
    let nothing = cleanup::collect(&world.app).await.unwrap();
    assert_eq!(
        nothing,
        cleanup::Collected::default(),
        "within the time of grace"
    );
    world.pass(cleanup::GRACE_MS + DAY_MS);
    let just_written = cleanup::collect(&world.app).await.unwrap();
    assert_eq!((just_written.photos, just_written.files), (1, 0));
    make_old(&kept(&world, &orphan));
    let collected = cleanup::collect(&world.app).await.unwrap();
    assert_eq!((collected.photos, collected.files), (0, 1));
    assert!(kept(&world, &needed).exists() && !kept(&world, &orphan).exists());
    let removed =
        "SELECT COUNT(*) AS number FROM photo_file WHERE state = 'removed' AND reason = 'orphan'";
    assert_eq!(world.number(removed).await, 1, "what is known of it stays");
    // A record that announces it later asks for its bytes again.
    let (late, _) = sender.announce(&world, &orphan).await;
    assert_eq!(sender.photos(late).await, [("announced".to_owned(), 0)]);
    sender.send(&orphan).await;
    assert_eq!(sender.photos(late).await[0].0, "complete");
    // A photo whose record is deleted stays for as long, and goes.
    let delete = sender.phone.delete("photo", photo, 2);
    let results = sender.phone.push(&world.app, vec![delete]).await;
    assert!(results[0].problem.is_none(), "{results:?}");
    assert_eq!(cleanup::collect(&world.app).await.unwrap().photos, 0);
    world.pass(cleanup::GRACE_MS + DAY_MS);
    make_old(&kept(&world, &needed));
    let collected = cleanup::collect(&world.app).await.unwrap();
    assert_eq!((collected.photos, collected.files), (1, 1));
    assert!(!kept(&world, &needed).exists());
    assert_eq!(sender.photos(visit).await, []);
}

async fn an_upload_that_takes_too_long_is_given_up(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(500, 200, 150);
    let (location, _) = sender.begin(&bytes).await;
    sender.patch(&location, 0, broken(&bytes[..100])).await;
    world.pass(UPLOAD_LIFE_MS + 1);
    sender
        .patch(&location, 100, bytes[100..].to_vec())
        .await
        .refused(410, "upload_expired");
    assert_eq!(cleanup::collect(&world.app).await.unwrap().uploads, 1);
    sender
        .patch(&location, 100, bytes[100..].to_vec())
        .await
        .refused(404, "not_found");
    sender.send(&bytes).await;
}

/// What a process leaves that is killed between the last byte and the row that says that the photo is kept; `synced` of the
/// bytes are noted as safe.
fn leave_behind(world: &World, location: &str, bytes: &[u8], synced: u64) -> PathBuf {
    let id: uuid::Uuid = location.rsplit('/').next().unwrap().parse().unwrap();
    let uploads = world.photos_dir().join("uploads");
    std::fs::create_dir_all(&uploads).unwrap();
    let incoming = uploads.join(id.simple().to_string());
    std::fs::write(&incoming, bytes).unwrap();
    std::fs::write(incoming.with_extension("safe"), synced.to_le_bytes()).unwrap();
    incoming
}

async fn bytes_that_all_came_before_a_kill_are_kept_when_the_phone_asks(world: World) {
    let sender = sender(&world).await;
    for (seed, asks_by_head) in [(510, true), (511, false)] {
        let bytes = jpeg(seed, 200, 150);
        let (location, _) = sender.begin(&bytes).await;
        let incoming = leave_behind(&world, &location, &bytes, length(&bytes));
        let offset = if asks_by_head {
            sender.stands_at(&location).await
        } else {
            sender.begin(&bytes).await.1
        };
        assert_eq!(offset, length(&bytes));
        assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
        // Its own name goes after the phone was told.
        let upload = incoming.file_name().and_then(|name| name.to_str()).unwrap();
        world.app.files.quiet(upload.parse().unwrap()).await;
        assert!(!incoming.exists() && !incoming.with_extension("safe").exists());
    }
    // What came out wrong is not taken to be here.
    let bytes = jpeg(512, 200, 150);
    let (location, _) = sender.begin(&bytes).await;
    let wrong = vec![7; bytes.len()];
    leave_behind(&world, &location, &wrong, length(&bytes));
    sender
        .begin_as(&bytes, "image/jpeg")
        .await
        .refused(422, "photo_hash_differs");
    assert_eq!(sender.begin(&bytes).await.1, 0);
}

async fn zeros_that_a_power_cut_left_behind_the_synced_bytes_are_sent_again(world: World) {
    let sender = sender(&world).await;
    for (seed, synced) in [(513, 0), (514, 1000)] {
        let bytes = jpeg(seed, 200, 150);
        let (location, _) = sender.begin(&bytes).await;
        let mut left = bytes[..usize::try_from(synced).unwrap()].to_vec();
        left.resize(bytes.len(), 0);
        leave_behind(&world, &location, &left, synced);
        assert_eq!(sender.stands_at(&location).await, synced);
        let rest = bytes[usize::try_from(synced).unwrap()..].to_vec();
        let answer = sender.patch(&location, synced, rest).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
    }
}

async fn photos_are_kept_for_as_long_as_the_county_says_and_leave_a_reason(world: World) {
    let mut sender = sender(&world).await;
    let administrator = office(&world, Role::Administrator).await;
    let bytes = jpeg(520, 200, 150);
    let (visit, photo) = sender.announce(&world, &bytes).await;
    sender.send(&bytes).await;
    prepare::prepare_some(&world.app).await.unwrap();
    let collect = async || cleanup::collect(&world.app).await.unwrap();
    let body = json!({"value": 18, "valid_from": "2027-07-01"});
    let path = "/v1/settings/photo_retention_months";
    administrator.put(path, body).await.ok();
    // Of a visit of 2026-06-20, and the day is 2027-12-20 or so.
    world.pass(538 * DAY_MS);
    assert_eq!(collect().await.past_retention, 0);
    world.pass(30 * DAY_MS);
    make_old(&kept(&world, &bytes));
    let collected = collect().await;
    assert_eq!((collected.past_retention, collected.files), (1, 1));
    assert!(!kept(&world, &bytes).exists());
    assert_eq!(sender.photos(visit).await, [("removed".to_owned(), 0)]);
    let shown = sender.http.get(&format!("/v1/photos/{photo}/320")).await;
    shown.refused(410, "photo_removed");
    let told = "SELECT COUNT(*) AS number FROM record WHERE kind = 'photo' AND fields LIKE '%\"removed\"%'";
    assert_eq!(world.number(told).await, 1);
    let tombstone = "SELECT COUNT(*) AS number FROM photo_file WHERE state = 'removed' AND reason = 'retention'";
    assert_eq!(world.number(tombstone).await, 1);
    let verified = verify::verify(&world.app, || {}).await.unwrap();
    assert!(verified.is_sound());
}

async fn an_album_holds_what_the_officer_may_see_and_no_exif(world: World) {
    let mut sender = sender(&world).await;
    let officer = office(&world, Role::CountyOfficer).await;
    let coordinator = office(&world, Role::Coordinator).await;
    let told = Exif {
        taken: Some("2026:06:20 09:15:00"),
        camera: Some("ACE"),
        ..Exif::default()
    };
    let bytes = with_exif(&jpeg(530, 640, 480), &told);
    let (visit, _) = sender.announce(&world, &bytes).await;
    sender.send(&bytes).await;
    prepare::prepare_some(&world.app).await.unwrap();
    sender.announce(&world, &jpeg(531, 64, 48)).await;
    let village = villages()[0].to_string();
    let township = &village[..9];
    for (asked, photos, absent) in [
        (format!("visit={visit}"), 1, 0),
        (format!("division={village}&period=2026-06"), 1, 1),
        (format!("division={township}&period=2026"), 1, 1),
        ("division=990421&period=2026-05".to_owned(), 0, 0),
    ] {
        let path = format!("/v1/albums?{asked}");
        let answer = officer
            .send_bytes(Method::GET, &path, &[], Body::empty())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let files = unpacked(&answer.bytes);
        assert_eq!(files.len(), photos + 1, "{asked}");
        let page = String::from_utf8(files["index.html"].clone()).unwrap();
        assert_eq!(page.matches("<figure>").count(), photos);
        assert_eq!(page.contains(&format!("另有 {absent} 张")), absent > 0);
        if photos > 0 {
            let photo = &files["photos/001.jpg"];
            assert!(image::load_from_memory(photo).is_ok());
            assert!(!photo.windows(4).any(|four| four == b"Exif"));
            assert!(page.contains("photos/001.jpg") && page.contains("现场 scene"));
        }
    }
    let other = villages()[8].to_string();
    for asked in [
        format!("division={other}&period=2026-06"),
        "division=990421&period=2026".to_owned(),
    ] {
        let path = format!("/v1/albums?{asked}");
        coordinator.get(&path).await.refused(404, "not_found");
    }
    let nobody = "visit=00000000-0000-7000-8000-000000000000";
    for asked in ["", "?division=990421", &format!("?{nobody}&period=2026")] {
        let path = format!("/v1/albums{asked}");
        officer.get(&path).await.refused(400, "invalid_parameter");
    }
    let path = format!("/v1/albums?{nobody}");
    officer.get(&path).await.refused(404, "not_found");
}

/// The files of an archive.
fn unpacked(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
    let names = archive.file_names().map(|name| name.unwrap().into_owned());
    let names: Vec<String> = names.collect();
    let mut files = BTreeMap::new();
    for name in names {
        let mut bytes = Vec::new();
        let mut file = archive.by_name(&name).unwrap();
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        drop(file);
        files.insert(name, bytes);
    }
    files
}
