//! Photos on their way meet kills and power cuts. What phones were told to be safe is there, byte for byte, and nothing
//! else is left lying about.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tepai_app::photos::{cleanup, verify};
use tepai_tests::line::Senders;
use tepai_tests::photo::sha256;
use tepai_tests::power::Disk;
use tepai_tests::process::ServerProcess;
use tepai_tests::simulation::dice::Dice;
use tepai_tests::world::{DAY_MS, villages};
use tepai_tests::{World, on_both_databases, report};
use tokio::task::block_in_place;

use crate::robustness::power_cut::House;

on_both_databases!(heavy_of_fifty_kills_during_uploads_no_photo_is_damaged_or_missing);

const KILLS: usize = 50;
const CUTS: usize = 20;
const SEED: u64 = 20_261_125;
/// So many photos must have been on their way when the server ended, or the test has not tried hard enough.
const STRIKES: usize = 20;

async fn senders(world: &World) -> Senders {
    let person = world.commissioner(&villages()[..1]).await;
    let (_, token) = world.phone_with_token(person).await;
    Senders::new(&token)
}

/// Ends the server in the midst of uploads so many times, and then until enough photos have been on their way: how many are
/// when it ends depends on how fast it is. Returns how many were.
async fn strike(
    senders: &Senders,
    times: usize,
    mut start: impl FnMut() -> ServerProcess,
    mut end: impl FnMut(ServerProcess),
) -> usize {
    let mut dice = Dice::new(SEED);
    let mut struck = 0;
    for turn in 0..3 * times {
        if turn >= times && struck >= STRIKES {
            break;
        }
        let server = block_in_place(&mut start);
        let (line, base) = (senders.clone(), server.base.clone());
        let mut sending = tokio::spawn(async move { line.send(&base, true).await });
        tokio::select! {
            () = senders.hear(1 + dice.below(25)) => {}
            ended = &mut sending => {
                ended.unwrap();
                unreachable!("the phones gave up while the server was there");
            }
        }
        // Not to wait for anything, but to strike where no answer has just come.
        let moment = u64::try_from(dice.below(20_000)).unwrap();
        tokio::time::sleep(Duration::from_micros(moment)).await;
        block_in_place(|| end(server));
        sending.await.unwrap();
        struck += senders.on_their_way();
    }
    struck
}

/// Lets the phones finish, and looks at every photo and every file.
async fn look(senders: &Senders, world: &World, data: &Path, server: ServerProcess, struck: usize) {
    senders.send(&server.base, false).await;
    server.kill();
    let photos = data.join("photos");
    let app = world.server_over_photos(&photos).await;
    let verified = verify::verify(&app, || {}).await.unwrap();
    let whole = senders.whole();
    // The server's own clock was ahead of that of the test.
    world.pass(400 * DAY_MS);
    // A turn lists so many, and there is one each hour.
    while cleanup::collect(&app).await.unwrap().uploads > 0 {}
    let left = std::fs::read_dir(photos.join("uploads")).unwrap().count();
    let counts = [
        ("chunks told to be safe", senders.chunks()),
        ("photos told to be whole", whole.len()),
        ("photos on their way when the server ended", struck),
    ];
    let counts = counts.map(|(name, count)| (name.to_owned(), count));
    report::tell("what uploads came to:", &BTreeMap::from(counts));
    let forgotten = senders.forgotten();
    assert!(
        forgotten.is_empty(),
        "told to be safe, and gone: {forgotten:?}"
    );
    assert_eq!(senders.unfinished(), 0);
    assert!(verified.is_sound(), "{verified:?}");
    assert_eq!(usize::try_from(verified.sound).unwrap(), whole.len());
    assert_eq!(left, 0, "files without an upload");
    assert!(struck >= STRIKES, "only {struck} photos were on their way");
}

async fn heavy_of_fifty_kills_during_uploads_no_photo_is_damaged_or_missing(mut world: World) {
    let senders = senders(&world).await;
    let folder = tempfile::TempDir::new().unwrap();
    world.disconnect().await;
    let start = || ServerProcess::start_silent(&world.url, folder.path());
    let struck = strike(&senders, KILLS, start, ServerProcess::kill).await;
    let server = block_in_place(start);
    // The looking is done beside it, over the same database.
    world.reconnect().await;
    look(&senders, &world, folder.path(), server, struck).await;
}

async fn survive_power_cuts(house: House<'_>, mut world: World) {
    let senders = senders(&world).await;
    world.disconnect().await;
    house.disk.sync();
    let (url, data) = (world.url.clone(), house.data.clone());
    let house = std::cell::RefCell::new(house);
    let mut is_first = true;
    let start = || {
        if !std::mem::take(&mut is_first) {
            house.borrow_mut().power_returns();
        }
        ServerProcess::start_silent(&url, &data)
    };
    let end = |server| house.borrow().power_fails(Some(server));
    let struck = strike(&senders, CUTS, start, end).await;
    let server = block_in_place(|| {
        house.borrow_mut().power_returns();
        ServerProcess::start_silent(&url, &data)
    });
    world.reconnect().await;
    look(&senders, &world, &data, server, struck).await;
    world.disconnect().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_twenty_power_cuts_during_uploads_no_photo_is_damaged_or_missing_on_sqlite() {
    let Some(disk) = Disk::create() else { return };
    let (house, world) = House::of_sqlite(&disk).await;
    survive_power_cuts(house, world).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_twenty_power_cuts_during_uploads_no_photo_is_damaged_or_missing_on_postgres() {
    let Some(disk) = Disk::create() else { return };
    if let Some((house, world)) = House::of_postgres(&disk).await {
        survive_power_cuts(house, world).await;
    }
}

/// The control: the same disk forgets what is written and named without a sync.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn heavy_of_a_power_cut_photos_that_are_copied_without_a_sync_are_damaged_or_missing() {
    let Some(disk) = Disk::create() else { return };
    let bytes = tepai_tests::photo::jpeg(77, 600, 400);
    let photos = disk.path().join("copied");
    std::fs::create_dir(&photos).unwrap();
    disk.sync();
    for number in 0..20 {
        std::fs::write(photos.join("part"), &bytes).unwrap();
        std::fs::rename(photos.join("part"), photos.join(number.to_string())).unwrap();
    }
    disk.cut();
    disk.restore();
    let sound = |number: &i32| {
        let read = std::fs::read(photos.join(number.to_string()));
        read.is_ok_and(|read| sha256(&read) == sha256(&bytes))
    };
    let lost = 20 - (0..20).filter(sound).count();
    let counts = BTreeMap::from([("photos lost of 20".to_owned(), lost)]);
    report::tell("what the control lost:", &counts);
    assert!(lost > 0, "the control must lose something");
}
