//! Photos that are kept meet what happens to an office: a backup that is restored, a disk that is gone for a while, a
//! process that ends between two steps, and a photo that turns out to be none.

use crate::photos::arrival::make_old;
use axum::body::Body;
use axum::http::Method;
use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::pin::pin;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};
use tepai_app::photos::{cleanup, prepare, verify};
use tepai_app::{AppError, audit};
use tepai_store::feeds;
use tepai_sync_protocol::scope::Scope;
use tepai_tests::photo::{jpeg, sha256};
use tepai_tests::process::binary;
use tepai_tests::sender::{TUS, sender};
use tepai_tests::world::{COUNTY, DAY_MS, villages};
use tepai_tests::{World, on_both_databases};
use tokio::sync::Notify;
use uuid::Uuid;

on_both_databases!(
    after_a_backup_was_restored_a_photo_that_is_here_is_known_again_and_none_is_lost,
    what_turns_out_to_be_no_photo_goes_when_nobody_needs_it,
    a_disk_that_is_gone_for_a_while_leaves_every_photo_to_be_made_ready,
    a_photo_by_another_types_name_is_told_to_its_record_and_taken_by_its_own,
    a_removal_that_could_not_be_told_is_told_later,
    what_was_being_made_when_a_process_ended_is_collected_after_an_hour,
    the_name_of_an_upload_that_ended_with_its_process_is_collected_after_an_hour,
    photos_verify_says_what_it_found_and_by_its_exit_whether_all_is_sound,
    photos_that_arrive_at_one_moment_are_kept_or_refused_each_for_itself,
    a_photo_that_has_to_wait_for_its_village_holds_up_no_other,
);

fn kept(world: &World, bytes: &[u8]) -> PathBuf {
    let hash = sha256(bytes);
    let path = format!("kept/{COUNTY}/{}/{hash}", &hash[..2]);
    world.photos_dir().join(path)
}

async fn collect(world: &World) -> cleanup::Collected {
    cleanup::collect(&world.app).await.unwrap()
}

async fn prepare(world: &World) {
    while prepare::prepare_some(&world.app).await.unwrap() > 0 {}
}

async fn after_a_backup_was_restored_a_photo_that_is_here_is_known_again_and_none_is_lost(
    world: World,
) {
    let mut sender = sender(&world).await;
    let (known, damaged) = (jpeg(700, 320, 240), jpeg(701, 320, 240));
    for bytes in [&known, &damaged] {
        sender.send(bytes).await;
        make_old(&kept(&world, bytes));
    }
    // The backup is older than both.
    for table in ["photo_file", "upload"] {
        world.execute(&format!("DELETE FROM {table}"), vec![]).await;
    }
    world.pass(400 * DAY_MS);
    assert_eq!(collect(&world).await.files, 0);
    assert!(kept(&world, &known).exists() && kept(&world, &damaged).exists());
    let found = verify::verify(&world.app, || {}).await.unwrap();
    assert_eq!(found.unknown.len(), 2, "whoever looks is told");
    // The phone sends its journal, and has the bytes no more.
    let mut rotten = damaged.clone();
    rotten[900] ^= 1;
    std::fs::write(kept(&world, &damaged), rotten).unwrap();
    make_old(&kept(&world, &damaged));
    let (visit, photo) = sender.announce(&world, &known).await;
    let (other, _) = sender.announce(&world, &damaged).await;
    collect(&world).await;
    assert_eq!(sender.photos(visit).await[0].0, "complete");
    assert_eq!(
        sender.photos(other).await[0].0,
        "announced",
        "to be sent again"
    );
    prepare(&world).await;
    let shown = sender.http.get(&format!("/v1/photos/{photo}/320")).await;
    assert_eq!(shown.status, 200);
    sender.send(&damaged).await;
    assert_eq!(std::fs::read(kept(&world, &damaged)).unwrap(), damaged);
}

async fn what_turns_out_to_be_no_photo_goes_when_nobody_needs_it(world: World) {
    let mut sender = sender(&world).await;
    // Its head is that of a photo, and no picture follows.
    let whole = jpeg(710, 320, 240);
    let scan = whole.windows(2).position(|two| two == b"\xff\xda");
    let torn = |comment| {
        let segment = [0xff, 0xfe, 0, 3, comment];
        [&whole[..2], &segment, &whole[2..scan.unwrap()]].concat()
    };
    let (needed, orphan) = (torn(1), torn(2));
    let (visit, _) = sender.announce(&world, &needed).await;
    for bytes in [&needed, &orphan] {
        sender.send(bytes).await;
    }
    prepare(&world).await;
    assert_eq!(sender.photos(visit).await[0].0, "rejected");
    world.pass(cleanup::GRACE_MS + DAY_MS);
    for bytes in [&needed, &orphan] {
        make_old(&kept(&world, bytes));
    }
    assert_eq!(collect(&world).await.photos, 1);
    assert!(kept(&world, &needed).exists() && !kept(&world, &orphan).exists());
    // Whoever announces it later is not told of what was found in it, but asked for it.
    let (late, _) = sender.announce(&world, &orphan).await;
    assert_eq!(sender.photos(late).await[0].0, "announced");
}

async fn a_disk_that_is_gone_for_a_while_leaves_every_photo_to_be_made_ready(world: World) {
    let mut sender = sender(&world).await;
    let photos = [720, 721].map(|seed| jpeg(seed, 320, 240));
    let mut ids = Vec::new();
    for bytes in &photos {
        ids.push(sender.announce(&world, bytes).await.1);
        sender.send(bytes).await;
    }
    let (disk, away) = (
        world.photos_dir().join("kept"),
        world.photos_dir().join("away"),
    );
    std::fs::rename(&disk, &away).unwrap();
    for _ in 0..7 {
        let made = prepare::prepare_some(&world.app).await.unwrap();
        assert_eq!(made, 0, "whoever counts these would never pause");
    }
    std::fs::rename(&away, &disk).unwrap();
    // One that cannot be read holds up no other.
    let hidden = kept(&world, &photos[0]).with_extension("hidden");
    std::fs::rename(kept(&world, &photos[0]), &hidden).unwrap();
    assert_eq!(prepare::prepare_some(&world.app).await.unwrap(), 1);
    std::fs::rename(&hidden, kept(&world, &photos[0])).unwrap();
    prepare(&world).await;
    for id in ids {
        let shown = sender.http.get(&format!("/v1/photos/{id}/1280")).await;
        assert_eq!(shown.status, 200, "{}", shown.body);
    }
}

async fn a_photo_by_another_types_name_is_told_to_its_record_and_taken_by_its_own(world: World) {
    let mut sender = sender(&world).await;
    let picture = image::RgbImage::from_pixel(64, 48, image::Rgb([20, 90, 60]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    let bytes = bytes.into_inner();
    // The record says JPEG, as the name of the file did.
    let (visit, _) = sender.announce(&world, &bytes).await;
    let refused = sender.begin_with(&bytes, bytes.clone()).await;
    refused.refused(415, "photo_type_differs");
    assert_eq!(sender.photos(visit).await[0].0, "rejected");
    let sql = "SELECT COUNT(*) AS number FROM record WHERE fields LIKE '%\"photo_problem\":\"photo_type_differs\"%'";
    assert_eq!(world.number(sql).await, 1);
    let begun = sender.begin_as(&bytes, "image/png").await;
    let location = begun.headers["location"].to_str().unwrap();
    let answer = sender.patch(location, 0, bytes.clone()).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert_eq!(sender.photos(visit).await[0].0, "complete");
    // Once it was removed, its record says that and nothing else.
    let removed = "UPDATE photo_file SET state = 'removed', reason = 'retention'";
    world.execute(removed, vec![]).await;
    collect(&world).await;
    let refused = sender.begin_with(&bytes, bytes.clone()).await;
    refused.refused(415, "photo_type_differs");
    assert_eq!(sender.photos(visit).await[0].0, "removed");
}

async fn a_removal_that_could_not_be_told_is_told_later(world: World) {
    let mut sender = sender(&world).await;
    let bytes = jpeg(730, 200, 150);
    sender.announce(&world, &bytes).await;
    sender.send(&bytes).await;
    let says = async |word: &str| {
        let sql = format!(
            "SELECT COUNT(*) AS number FROM record WHERE fields LIKE '%\"photo_state\":\"{word}\"%'"
        );
        world.number(&sql).await
    };
    assert_eq!(says("complete").await, 1);
    // As a process leaves it that is killed between the two.
    let removed = "UPDATE photo_file SET state = 'removed', reason = 'retention'";
    world.execute(removed, vec![]).await;
    collect(&world).await;
    assert_eq!((says("complete").await, says("removed").await), (0, 1));
}

async fn what_was_being_made_when_a_process_ended_is_collected_after_an_hour(world: World) {
    let sender = sender(&world).await;
    let bytes = jpeg(740, 200, 150);
    sender.send(&bytes).await;
    prepare(&world).await;
    let place = kept(&world, &bytes);
    let scratch = world.photos_dir().join("scratch");
    std::fs::create_dir_all(&scratch).unwrap();
    let name = |minutes: u64| format!("{}.{minutes:016x}.part", sha256(&bytes));
    for minutes in [59, 61] {
        let age = Duration::from_secs(60 * minutes);
        let made = UNIX_EPOCH.elapsed().unwrap().checked_sub(age).unwrap();
        for path in [
            place.with_file_name(name(minutes)),
            scratch.join(minutes.to_string()),
        ] {
            let file = std::fs::File::create(path).unwrap();
            file.set_modified(UNIX_EPOCH + made).unwrap();
        }
    }
    // What a stranger put there is no reason to stop.
    std::fs::write(place.parent().unwrap().with_file_name("notes.txt"), "").unwrap();
    assert_eq!(collect(&world).await.files, 2);
    let left = |path: PathBuf| -> BTreeSet<String> {
        let entries = std::fs::read_dir(path).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    };
    assert_eq!(left(scratch), BTreeSet::from(["59".to_owned()]));
    let unfinished: Vec<String> = left(place.parent().unwrap().to_owned())
        .into_iter()
        .filter(|name| name.contains(".part"))
        .collect();
    assert_eq!(unfinished, [name(59)]);
    assert!(place.exists());
}

async fn the_name_of_an_upload_that_ended_with_its_process_is_collected_after_an_hour(
    world: World,
) {
    let sender = sender(&world).await;
    let id_of = |location: &str| -> Uuid { location.rsplit('/').next().unwrap().parse().unwrap() };
    let file_of = |id: Uuid| {
        let name = id.simple().to_string();
        world.photos_dir().join("uploads").join(name)
    };
    let bytes = jpeg(741, 200, 150);
    let (location, _) = sender.begin(&bytes).await;
    sender.patch(&location, 0, bytes.clone()).await;
    let id = id_of(&location);
    world.app.files.quiet(id).await;
    let left = file_of(id);
    std::fs::hard_link(kept(&world, &bytes), &left).unwrap();
    // The control: one that goes on.
    let other = jpeg(742, 200, 150);
    let (location, _) = sender.begin(&other).await;
    sender.patch(&location, 0, other[..100].to_vec()).await;
    let going = file_of(id_of(&location));

    collect(&world).await;
    assert!(left.exists() && going.exists(), "they may be at it");
    make_old(&left);
    make_old(&going);
    assert_eq!(collect(&world).await.uploads, 1);
    assert!(!left.exists() && going.exists());
    assert_eq!(std::fs::read(kept(&world, &bytes)).unwrap(), bytes);
}

async fn photos_verify_says_what_it_found_and_by_its_exit_whether_all_is_sound(world: World) {
    let sender = sender(&world).await;
    let photos = [750, 751].map(|seed| jpeg(seed, 200, 150));
    for bytes in &photos {
        sender.send(bytes).await;
    }
    // The server of a shell has its photos under its own directory.
    let data = tempfile::TempDir::new().unwrap();
    std::os::unix::fs::symlink(world.photos_dir(), data.path().join("photos")).unwrap();
    let verify = |more: &[&str]| {
        let output = Command::new(binary())
            .args(["--lang", "en", "--database-url", &world.url, "--data-dir"])
            .arg(data.path())
            .args(["photos", "verify"])
            .args(more)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, said) = verify(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("2 photos are sound, 0 are not"), "{said}");
    let mut flipped = photos[0].clone();
    flipped[900] ^= 1;
    std::fs::write(kept(&world, &photos[0]), flipped).unwrap();
    let name = format!("{COUNTY}/{}", sha256(&photos[0]));
    let (code, said) = verify(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains(&format!("photo {name} was altered")),
        "{said}"
    );
    let (code, said) = verify(&["--json"]);
    let found: serde_json::Value = serde_json::from_str(&said).unwrap();
    let told = json!({"sound": 1, "altered": [name], "missing": [], "unknown": []});
    assert_eq!((code, found), (Some(1), told));
}

async fn photos_that_arrive_at_one_moment_are_kept_or_refused_each_for_itself(world: World) {
    let (mut one, other) = (sender(&world).await, sender(&world).await);
    let announced: Vec<_> = (740..748).map(|seed| jpeg(seed, 64, 48)).collect();
    let mut visits = Vec::new();
    for bytes in &announced {
        visits.push(one.announce(&world, bytes).await.0);
    }
    let bare: Vec<_> = (750..758).map(|seed| jpeg(seed, 64, 48)).collect();
    // Both phones send one of them; and one photo becomes nobody's while its bytes are on their way.
    let (both, nobodys) = (&announced[0], jpeg(760, 64, 48));
    let (location, _) = one.begin(&nobodys).await;
    let sql = "INSERT INTO photo_file (county_code, sha256, state, reason, attempts) \
               VALUES ($1, $2, 'removed', 'anonymised', 0)";
    let values = vec![COUNTY.into(), sha256(&nobodys).into()];
    world.execute(sql, values).await;

    let sent = async {
        let first = announced
            .iter()
            .map(|bytes| one.begin_with(bytes, bytes.clone()));
        let second = bare.iter().chain([both]);
        let second = second.map(|bytes| other.begin_with(bytes, bytes.clone()));
        let refused = one.patch(&location, 0, nobodys.clone());
        tokio::join!(join_all(first), join_all(second), refused)
    };
    // Where one alone may write, all come together behind it.
    let all_wait = world.app.store.write(async |_| {
        let here = || {
            announced
                .iter()
                .chain(&bare)
                .all(|bytes| kept(&world, bytes).exists())
        };
        while !here() {
            tokio::task::yield_now().await;
        }
        Ok::<_, AppError>(())
    });
    let ((first, second, refused), all_wait) = tokio::join!(sent, all_wait);
    all_wait.unwrap();
    for answer in first.iter().chain(&second) {
        assert_eq!(answer.status, 201, "{}", answer.body);
    }
    refused.refused(410, "photo_removed");
    // Whoever gives an upload up that has ended is told that it is gone, and the photo stays.
    for answer in &first {
        let location = answer.headers["location"].to_str().unwrap();
        let given_up = one
            .http
            .send_bytes(Method::DELETE, location, &TUS, Body::empty())
            .await;
        assert_eq!(given_up.status, 204, "{}", given_up.body);
    }
    for visit in visits {
        assert_eq!(one.photos(visit).await[0].0, "complete");
    }
    let sql = "SELECT COUNT(*) AS number FROM photo_file WHERE state = 'complete'";
    assert_eq!(world.number(sql).await, 16);
    let sql = "SELECT COUNT(DISTINCT object) AS number FROM audit WHERE act = 'photo_kept'";
    assert_eq!(world.number(sql).await, 16);
    let sql = "SELECT COUNT(*) AS number FROM upload WHERE NOT ended";
    assert_eq!(world.number(sql).await, 1, "the refused one");
    let walked = audit::verify(&world.app, &[]).await.unwrap();
    assert!(walked.breaks.is_empty(), "{:?}", walked.breaks);
}

async fn a_photo_that_has_to_wait_for_its_village_holds_up_no_other(world: World) {
    if world.app.store.backend_name() == "sqlite" {
        // There whoever writes has all of it, and all others wait.
        return;
    }
    let mut sender = sender(&world).await;
    let (waits, passes) = (jpeg(780, 64, 48), jpeg(781, 64, 48));
    sender.announce(&world, &waits).await;
    let (is_locked, may_end) = (Notify::new(), Notify::new());
    let village = BTreeSet::from([Scope::Village(villages()[0].clone())]);
    let holds = world.app.store.write(async |txn| {
        feeds::lock(txn, &village).await?;
        is_locked.notify_one();
        may_end.notified().await;
        Ok::<_, AppError>(())
    });
    let sends = async {
        is_locked.notified().await;
        let mut first = pin!(sender.begin_with(&waits, waits.clone()));
        let second = async {
            while !kept(&world, &waits).exists() {
                tokio::task::yield_now().await;
            }
            sender.begin_with(&passes, passes.clone()).await
        };
        let second = tokio::select! {
            biased;
            early = &mut first => panic!("its village is locked: {}", early.status),
            second = second => second,
        };
        may_end.notify_one();
        (first.await.status, second.status)
    };
    let (held, answers) = tokio::join!(holds, sends);
    held.unwrap();
    assert!(answers.0 == 201 && answers.1 == 201, "{answers:?}");
}
