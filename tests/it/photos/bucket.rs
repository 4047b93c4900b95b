//! Originals move to a bucket on an S3-compatible server that others wrote; nobody waits for one that is down, frozen or
//! lies, and nothing is lost by it.

use axum::http::{Method, header};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tepai_app::photos::{self, cleanup, prepare, verify};
use tepai_domain::actor::Role;
use tepai_tests::caller::{PASSWORD, office};
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::process::ServerProcess;
use tepai_tests::s3::{Damaged, S3, damaging_line, watched_line};
use tepai_tests::sender::{Sender, metadata, sender};
use tepai_tests::world::DAY_MS;
use tepai_tests::{World, on_both_databases, report};

on_both_databases!(
    originals_move_to_the_bucket_and_are_read_from_there,
    objects_go_with_their_checksums,
    a_bucket_that_is_down_or_lies_costs_no_photo,
    one_original_that_cannot_be_read_holds_up_no_other,
    an_object_that_is_the_only_copy_is_found_again_and_one_without_a_row_stays,
    what_is_removed_leaves_the_bucket_and_what_comes_again_gets_another_name,
    heavy_of_a_bucket_that_is_frozen_or_gone_nobody_hears,
);

/// A photo of many bytes that is small to look at: comments of a camera that talks too much.
fn long_photo(seed: u64, bytes: usize) -> Vec<u8> {
    let photo = jpeg(seed, 320, 240);
    let mut long = photo[..2].to_vec();
    while long.len() + photo.len() < bytes {
        long.extend(b"\xff\xfe\xff\xff");
        long.resize(long.len() + 0xfffd, b' ');
    }
    long.extend(&photo[2..]);
    long
}

async fn prepare(world: &World) {
    while prepare::prepare_some(&world.app).await.unwrap() > 0 {}
}

async fn moved(world: &World) -> usize {
    photos::bucket::move_originals(&world.app).await.unwrap()
}

fn original(world: &World, bytes: &[u8]) -> std::path::PathBuf {
    let hash = sha256(bytes);
    let shard = &hash[..2];
    world
        .photos_dir()
        .join(format!("kept/990421/{shard}/{hash}"))
}

fn with_bucket(world: &mut World, bucket: tepai_files::Bucket) {
    world.app.files = world.app.files.clone().with_bucket(Some(bucket));
}

/// A phone whose requests know the bucket, too.
async fn sender_with(world: &mut World, s3: &S3) -> Sender {
    with_bucket(world, s3.bucket());
    sender(world).await
}

async fn originals_move_to_the_bucket_and_are_read_from_there(mut world: World) {
    let s3 = S3::start();
    let mut sender = sender_with(&mut world, &s3).await;
    // The last one goes in three parts.
    let photos = [
        jpeg(1, 400, 300),
        jpeg(2, 400, 300),
        long_photo(3, 11_000_000),
    ];
    let mut ids = Vec::new();
    for bytes in &photos {
        ids.push(sender.announce(&world, bytes).await.1);
        sender.send(bytes).await;
    }
    assert_eq!(
        moved(&world).await,
        0,
        "what is not prepared is needed here"
    );
    prepare(&world).await;
    assert_eq!((moved(&world).await, moved(&world).await), (3, 0));
    for (id, bytes) in ids.iter().zip(&photos) {
        assert!(!original(&world, bytes).exists());
        let path = format!("/v1/photos/{id}/original");
        let whole = sender.http.send_bytes(Method::GET, &path, &[], "").await;
        assert_eq!(whole.status, 200, "{}", whole.body);
        assert_eq!(whole.bytes, *bytes);
        let range = [(header::RANGE, "bytes=100-299")];
        let part = sender.http.send_bytes(Method::GET, &path, &range, "").await;
        assert_eq!(
            (part.status.as_u16(), &part.bytes[..]),
            (206, &bytes[100..300])
        );
        let small = sender.http.get(&format!("/v1/photos/{id}/320")).await;
        assert_eq!(small.status, 200, "what people see stays here");
    }
    let sound = verify::verify(&world.app, || {}).await.unwrap();
    assert!(sound.is_sound() && sound.sound == 3, "{sound:?}");
    // In the bucket, too, a bit flips, a file goes, and one is nobody's.
    let objects: Vec<_> = s3
        .objects()
        .into_iter()
        .filter(|path| is_photo(path))
        .collect();
    assert_eq!(objects.len(), 3);
    let mut flipped = std::fs::read(&objects[0]).unwrap();
    flipped[500] ^= 4;
    std::fs::write(&objects[0], flipped).unwrap();
    let name = objects[1]
        .to_str()
        .unwrap()
        .replace(&hash_in(&objects[1]), &"ab".repeat(32));
    std::fs::rename(&objects[1], name).unwrap();
    // The bucket writes the time of this machine, the test's clock is another: by then, all objects are old.
    world.pass(i64::from(i32::MAX) * 1000);
    let found = verify::verify(&world.app, || {}).await.unwrap();
    let counts = (
        found.sound,
        found.altered.len(),
        found.missing.len(),
        found.unknown.len(),
    );
    assert_eq!(counts, (1, 1, 1, 1));
    assert_eq!(found.altered[0].sha256(), hash_in(&objects[0]));
    assert_eq!(found.missing[0].sha256(), hash_in(&objects[1]));
}

/// The server keeps notes of its own beside the objects.
fn is_photo(path: &std::path::Path) -> bool {
    hash_in(path).len() == 64
}

fn hash_in(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap().to_str().unwrap();
    name.split('-').next().unwrap().to_owned()
}

async fn objects_go_with_their_checksums(mut world: World) {
    let s3 = S3::start();
    let sender = sender_with(&mut world, &s3).await;
    // The second one goes in three parts.
    for bytes in [jpeg(41, 200, 150), long_photo(42, 11_000_000)] {
        sender.send(&bytes).await;
    }
    prepare(&world).await;
    let (line, note) = watched_line(&s3.endpoint).await;
    with_bucket(&mut world, s3.bucket_over(&line));
    assert_eq!(moved(&world).await, 2);
    let puts = note.heads("PUT");
    assert_eq!(puts.len(), 4, "{puts:?}");
    for head in puts {
        assert!(head.contains("x-amz-checksum-sha256: "), "{head}");
    }
}

async fn a_bucket_that_is_down_or_lies_costs_no_photo(mut world: World) {
    let mut s3 = S3::start();
    let mut sender = sender_with(&mut world, &s3).await;
    let bytes = long_photo(11, 400_000);
    let (_, photo) = sender.announce(&world, &bytes).await;
    sender.send(&bytes).await;
    prepare(&world).await;
    s3.kill();
    photos::bucket::move_originals(&world.app)
        .await
        .unwrap_err();
    s3.again();
    let up = damaging_line(&s3.endpoint, Damaged::Up, 200_000).await;
    with_bucket(&mut world, s3.bucket_over(&up));
    // Refused by the server's checksum, or found when it is read back: either way it does not count as moved.
    assert_eq!(
        photos::bucket::move_originals(&world.app)
            .await
            .unwrap_or(0),
        0
    );
    let down = damaging_line(&s3.endpoint, Damaged::Down, 200_000).await;
    with_bucket(&mut world, s3.bucket_over(&down));
    assert_eq!(
        moved(&world).await,
        0,
        "what is read back is not what was sent"
    );
    assert_eq!(std::fs::read(original(&world, &bytes)).unwrap(), bytes);
    // A failed attempt may have left an object, which nobody names and the next tidying takes.
    let named = "SELECT COUNT(*) AS number FROM photo_file WHERE object IS NOT NULL";
    assert_eq!(world.number(named).await, 0);
    with_bucket(&mut world, s3.bucket());
    assert_eq!(
        moved(&world).await,
        1,
        "a bucket that works again gets what waited"
    );
    // Later it goes away with all that is in it: the phone hears that, and may ask again.
    s3.kill();
    let http = tepai_tests::Caller::nobody(&world).bearing(&sender.token);
    let path = format!("/v1/photos/{photo}/original");
    http.get(&path).await.refused(503, "storage_unavailable");
    let small = http.get(&format!("/v1/photos/{photo}/320")).await;
    assert_eq!(small.status, 200);
}

async fn one_original_that_cannot_be_read_holds_up_no_other(mut world: World) {
    let s3 = S3::start();
    let sender = sender_with(&mut world, &s3).await;
    let photos = [31, 32, 33].map(|seed| jpeg(seed, 200, 150));
    for bytes in &photos {
        sender.send(bytes).await;
    }
    prepare(&world).await;
    // The first in the order in which they move.
    let first = photos.iter().min_by_key(|bytes| sha256(bytes)).unwrap();
    let place = original(&world, first);
    std::fs::remove_file(&place).unwrap();
    std::fs::create_dir(&place).unwrap();
    let failed = photos::bucket::move_originals(&world.app).await;
    assert!(failed.is_err(), "and it is not kept secret");
    let named = "SELECT COUNT(*) AS number FROM photo_file WHERE object IS NOT NULL";
    assert_eq!(world.number(named).await, 2);
    std::fs::remove_dir(&place).unwrap();
    std::fs::write(&place, first).unwrap();
    assert_eq!(moved(&world).await, 1);
}

async fn an_object_that_is_the_only_copy_is_found_again_and_one_without_a_row_stays(
    mut world: World,
) {
    let s3 = S3::start();
    let mut sender = sender_with(&mut world, &s3).await;
    let bytes = jpeg(41, 200, 150);
    let (_, photo) = sender.announce(&world, &bytes).await;
    sender.send(&bytes).await;
    prepare(&world).await;
    assert_eq!(moved(&world).await, 1);
    // A backup is restored that was made before the photo moved.
    let forget = "UPDATE photo_file SET object = NULL";
    world.execute(forget, vec![]).await;
    world.pass(i64::from(i32::MAX) * 1000);
    let path = format!("/v1/photos/{photo}/original");
    let nowhere = sender.http.get(&path).await;
    nowhere.refused(503, "storage_unavailable");
    let collected = cleanup::collect(&world.app).await.unwrap();
    assert_eq!(collected.objects, 0);
    assert_eq!(sender.http.get(&path).await.bytes, bytes);
    // And one that was made before it came.
    world.execute("DELETE FROM photo_file", vec![]).await;
    let collected = cleanup::collect(&world.app).await.unwrap();
    assert_eq!(collected.objects, 0);
    assert!(s3.objects().iter().any(|path| is_photo(path)));
}

async fn what_is_removed_leaves_the_bucket_and_what_comes_again_gets_another_name(
    mut world: World,
) {
    let s3 = S3::start();
    let sender = sender_with(&mut world, &s3).await;
    let bytes = jpeg(21, 200, 150);
    sender.send(&bytes).await;
    prepare(&world).await;
    assert_eq!(moved(&world).await, 1);
    let first = s3.objects();
    world.pass(cleanup::GRACE_MS + DAY_MS);
    let collected = cleanup::collect(&world.app).await.unwrap();
    assert_eq!(
        (collected.photos, collected.objects),
        (1, 0),
        "{collected:?}"
    );
    // It comes again before the bucket is tidied: the new object is not the old one.
    sender.send(&bytes).await;
    prepare(&world).await;
    assert_eq!(moved(&world).await, 1);
    assert!(first.iter().all(|path| path.exists()));
    // The bucket writes the time of this machine, the test's clock is another: by then, all objects are old.
    world.pass(i64::from(i32::MAX) * 1000);
    cleanup::collect(&world.app).await.unwrap();
    let left: Vec<_> = s3
        .objects()
        .into_iter()
        .filter(|path| is_photo(path))
        .collect();
    assert_eq!(
        left.len(),
        0,
        "the second has become an orphan by then, and goes as well"
    );
    let kept = world.app.files.list_kept().await.unwrap();
    assert!(kept.values().all(|original_is_here| !original_is_here));
}

async fn heavy_of_a_bucket_that_is_frozen_or_gone_nobody_hears(world: World) {
    let mut s3 = S3::start();
    let data = tempfile::TempDir::new().unwrap();
    let administrator = office(&world, Role::Administrator).await;
    let mut sender = sender(&world).await;
    let server = ServerProcess::start_set(&world.url, data.path(), &s3.environment());
    let http = tepai_tests::http();
    let mut took = BTreeMap::new();
    let mut number = 0;
    for state in ["well", "frozen", "gone"] {
        match state {
            "frozen" => s3.freeze(),
            "gone" => s3.kill(),
            _ => {}
        }
        let mut times = Vec::new();
        for _ in 0..20 {
            number += 1;
            let bytes = jpeg(600 + number, 320, 240);
            sender.announce(&world, &bytes).await;
            let begun = Instant::now();
            let sign_in = json!({"login": "office.administrator", "password": PASSWORD});
            let requests = [
                http.post(format!("{}/v1/session", server.base))
                    .json(&sign_in),
                http.post(format!("{}/v1/sync", server.base))
                    .bearer_auth(&sender.token)
                    .json(&sender.phone.request(Vec::new(), None)),
                http.post(format!("{}/v1/uploads", server.base))
                    .bearer_auth(&sender.token)
                    .header("tus-resumable", "1.0.0")
                    .header("upload-length", bytes.len())
                    .header("upload-metadata", metadata(&sha256(&bytes), "image/jpeg"))
                    .header("content-type", "application/offset+octet-stream")
                    .body(bytes.clone()),
            ];
            for request in requests {
                let answer = request
                    .timeout(Duration::from_secs(20))
                    .send()
                    .await
                    .unwrap();
                assert!(answer.status().is_success(), "{state}: {}", answer.status());
            }
            times.push(begun.elapsed());
        }
        times.sort();
        took.insert(state.to_owned(), format!("{:.0?}", times[times.len() / 2]));
    }
    s3.again();
    // Sixty photos wait for the bucket in the directory, and drain when it is there again.
    while world
        .number("SELECT COUNT(*) AS number FROM photo_file WHERE object IS NOT NULL")
        .await
        < 60
    {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    report::tell(
        "median of sign-in, sync and upload with a bucket that is",
        &took,
    );
    drop(administrator);
}
