//! The reference client sends photos after text: smallest first, over the line that the person allows, from wherever it
//! stopped, and says what waits.

use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;
use tepai_client::storage::{Keep, Keeper, SqliteStorage};
use tepai_client::transport::{Announced, Reaction, Token, TransportError, Upload, Uploads};
use tepai_client::{
    FolderOfPhotos, HttpTransport, Line, Phone, PhotoPolicy, PhotoReport, PhotoStore, SystemClock,
    SystemIds, Timeouts,
};
use tepai_sync_protocol::ids::{DeviceId, PersonId, RecordId};
use tepai_sync_protocol::records::{Photo, Visit};
use tepai_sync_protocol::sync::EnrolResponse;
use tepai_tests::photo::{Exif, jpeg, sha256, with_exif};
use tepai_tests::process::ServerProcess;
use tepai_tests::proxy::{Plan, Proxy};
use tepai_tests::world::{date, villages};
use tepai_tests::{World, on_both_databases, report};

on_both_databases!(
    photos_go_after_text_smallest_first_over_a_line_that_breaks,
    large_photos_wait_for_wifi_and_the_phone_says_so,
    thumbnails_go_over_any_line_and_are_shown_until_the_photo_has_come,
    thumbnails_go_before_all_photos_over_wifi_too,
    a_phone_that_was_killed_goes_on_where_it_stopped,
    bytes_that_the_county_has_do_not_go_again_and_what_is_refused_stays_here,
);

/// A phone with its files, as an app has it.
struct App {
    phone: Phone,
    keeper: Keeper<SqliteStorage>,
    photos: FolderOfPhotos,
    folder: TempDir,
}

impl App {
    async fn enrolled(world: &World, person: PersonId) -> Self {
        let (_, token) = world.phone_with_token(person).await;
        let folder = TempDir::new().unwrap();
        let mut app = Self::open(folder);
        let response =
            json!({"token": token, "person_id": person, "device_id": DeviceId(person.0)});
        let response: EnrolResponse = serde_json::from_value(response).unwrap();
        app.phone.apply_enrolment(&response).unwrap();
        app.keep();
        app
    }

    fn open(folder: TempDir) -> Self {
        let storage = SqliteStorage::open(&folder.path().join("phone.db")).unwrap();
        let (keeper, state) = Keeper::open(storage).unwrap();
        let (clock, ids) = (SystemClock::start(), SystemIds::start());
        let phone = match state {
            Some(state) => Phone::resume(state, clock, ids),
            None => Phone::new("test 1.0", clock, ids),
        };
        let photos = FolderOfPhotos::open(&folder.path().join("photos")).unwrap();
        Self {
            phone,
            keeper,
            photos,
            folder,
        }
    }

    /// The app is killed, and starts again with what it had kept.
    fn start_again(self) -> Self {
        let Self { folder, keeper, .. } = self;
        drop(keeper);
        Self::open(folder)
    }

    fn keep(&mut self) {
        self.keeper.keep(&self.phone).unwrap();
    }

    fn visit(&mut self) -> RecordId {
        let visit = Visit {
            village_code: Some(villages()[0].clone()),
            service_from: Some(date("2026-06-20")),
            mode: Some("household".to_owned()),
            industry: Some("aquaculture".to_owned()),
            content: Some("查看水质".to_owned()),
            ..Visit::default()
        };
        self.phone.log_visit(&visit)
    }

    fn take(&mut self, visit: RecordId, bytes: &[u8]) -> RecordId {
        self.take_with(visit, bytes, None)
    }

    fn take_with(&mut self, visit: RecordId, bytes: &[u8], thumbnail: Option<&[u8]>) -> RecordId {
        let photo = Photo {
            village_code: Some(villages()[0].clone()),
            visit_id: Some(visit),
            media_type: Some("image/jpeg".to_owned()),
            purpose: Some("scene".to_owned()),
            ..Photo::default()
        };
        let id = self
            .phone
            .take_photo(&mut self.photos, photo, bytes, thumbnail)
            .unwrap();
        self.keep();
        id
    }

    async fn sync(&mut self, base: &str) {
        let server = HttpTransport::new(base, Timeouts::default()).unwrap();
        let synced = self.phone.sync_and_keep(&server, &mut self.keeper).await;
        assert_eq!(synced.unwrap().rejected, 0);
    }

    /// One session of sending; and whether it came to its end.
    async fn send(&mut self, base: &str, over: (PhotoPolicy, Line)) -> (PhotoReport, bool) {
        let server = HttpTransport::new(base, Timeouts::default()).unwrap();
        let (photos, keeper) = (&mut self.photos, &mut self.keeper);
        match self.phone.send_photos(&server, photos, keeper, over).await {
            Ok(report) => (report, true),
            Err(failed) => {
                assert!(
                    matches!(failed.reaction, Reaction::Later { .. }),
                    "{failed:?}"
                );
                (*failed.report, false)
            }
        }
    }
}

const WIFI: (PhotoPolicy, Line) = (
    PhotoPolicy {
        most_bytes_on_mobile_data: 0,
    },
    Line::WiFi,
);

fn kept(data: &TempDir, bytes: &[u8]) -> Option<Vec<u8>> {
    let hash = sha256(bytes);
    let path = format!("photos/kept/990421/{}/{hash}", &hash[..2]);
    std::fs::read(data.path().join(path)).ok()
}

fn length(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap()
}

async fn photos_go_after_text_smallest_first_over_a_line_that_breaks(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let mut app = App::enrolled(&world, person).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let proxy = Proxy::before(&[&server.base]).await;
    let visit = app.visit();
    let pictures = [(1, 1600, 1200), (2, 320, 240), (3, 800, 600)];
    let pictures = pictures.map(|(seed, width, height)| jpeg(3000 + seed, width, height));
    let ids = pictures.each_ref().map(|bytes| app.take(visit, bytes));
    // Before the records are there, no byte goes.
    let (early, _) = app.send(&proxy.base, WIFI).await;
    assert_eq!((early.sent.len(), early.waiting), (0, 3));
    assert!(proxy.passed().is_empty());
    app.sync(&server.base).await;
    for cut in [
        Plan::CutRequest(100),
        Plan::CutAnswer(0),
        Plan::CutRequest(9000),
        Plan::CutRequest(90_000),
        Plan::CutAnswer(20),
        Plan::CutRequest(30_001),
    ] {
        proxy.plan(cut);
    }
    let (mut sent, mut sessions, mut bytes) = (Vec::new(), 0, 0);
    loop {
        sessions += 1;
        assert!(sessions < 20, "it never ends");
        let (report, ended) = app.send(&proxy.base, WIFI).await;
        assert!(report.refused.is_empty() && report.missing.is_empty());
        sent.extend(report.sent);
        bytes += report.sent_bytes;
        if ended {
            break;
        }
    }
    assert_eq!(sent, [ids[1], ids[2], ids[0]], "smallest first");
    for picture in &pictures {
        assert!(
            kept(&data, picture).as_ref() == Some(picture),
            "byte for byte"
        );
    }
    assert_eq!(app.phone.waiting().photos, 0);
    assert!(
        app.photos.list().unwrap().is_empty(),
        "what the server has need not stay"
    );
    let counts = BTreeMap::from([
        ("sessions".to_owned(), sessions),
        ("bytes in sessions that told of them".to_owned(), bytes),
    ]);
    report::tell("what a bad line came to:", &counts);
}

async fn large_photos_wait_for_wifi_and_the_phone_says_so(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let mut app = App::enrolled(&world, person).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let visit = app.visit();
    let (small, large) = (jpeg(3010, 200, 150), jpeg(3011, 1600, 1200));
    let first = app.take(visit, &small);
    let second = app.take(visit, &large);
    app.sync(&server.base).await;
    let policy = PhotoPolicy {
        most_bytes_on_mobile_data: length(&small),
    };
    let (report, _) = app.send(&server.base, (policy, Line::MobileData)).await;
    assert_eq!(report.sent, [first]);
    assert_eq!(
        (report.for_wifi, report.waiting, report.waiting_bytes),
        (1, 1, length(&large))
    );
    // The office reads of it, too.
    app.sync(&server.base).await;
    assert_eq!(app.phone.waiting().photo_bytes, length(&large));
    let (report, _) = app.send(&server.base, (policy, Line::WiFi)).await;
    assert_eq!((report.sent, report.waiting), (vec![second], 0));
}

async fn thumbnails_go_over_any_line_and_are_shown_until_the_photo_has_come(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let mut app = App::enrolled(&world, person).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let visit = app.visit();
    let large = jpeg(3015, 1600, 1200);
    // The phone's own picture, with a place in it that nobody shall see.
    let told = Exif {
        camera: Some("ACE"),
        ..Exif::default()
    };
    let small = with_exif(&jpeg(3016, 300, 225), &told);
    let photo = app.take_with(visit, &large, Some(&small));
    let spoilt = app.take_with(visit, &jpeg(3017, 1600, 1200), Some(b"no picture"));
    app.sync(&server.base).await;
    let none = PhotoPolicy {
        most_bytes_on_mobile_data: 0,
    };
    let (report, ended) = app.send(&server.base, (none, Line::MobileData)).await;
    assert!(ended && report.sent.is_empty());
    assert_eq!((report.thumbnails, report.for_wifi), (1, 2));
    let token = app.phone.token().unwrap().reveal().to_owned();
    let shown = async |id: RecordId| {
        let path = format!("{}/v1/photos/{id}/320", server.base);
        let answer = tepai_tests::http()
            .get(path)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        let tag = answer
            .headers()
            .get("etag")
            .map(|tag| tag.to_str().unwrap().to_owned());
        (answer.status().as_u16(), tag, answer.bytes().await.unwrap())
    };
    let (status, early, bytes) = shown(photo).await;
    assert_eq!(status, 200);
    assert!(
        bytes.starts_with(b"\xff\xd8") && bytes != small,
        "made anew"
    );
    assert!(!bytes.windows(4).any(|part| part == b"Exif"));
    assert_eq!(shown(spoilt).await.0, 404);
    let (again, _) = app.send(&server.base, (none, Line::MobileData)).await;
    assert_eq!(again.thumbnails, 0, "once is enough");
    app.send(&server.base, WIFI).await;
    loop {
        let (status, late, _) = shown(photo).await;
        assert_eq!(status, 200, "there is something to see at every moment");
        if late != early {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Notes what goes, on its way.
struct Watched {
    server: HttpTransport,
    went: Mutex<Vec<String>>,
}

impl Watched {
    fn note(&self, what: impl Into<String>) {
        let mut went = self.went.lock().unwrap_or_else(PoisonError::into_inner);
        went.push(what.into());
    }
}

impl Uploads for Watched {
    async fn begin_upload(
        &self,
        token: &Token,
        photo: &Announced,
    ) -> Result<Upload, TransportError> {
        self.note(format!("a photo of {} bytes", photo.size_bytes));
        self.server.begin_upload(token, photo).await
    }

    async fn append(
        &self,
        token: &Token,
        path: &str,
        offset: u64,
        bytes: Vec<u8>,
    ) -> Result<u64, TransportError> {
        self.server.append(token, path, offset, bytes).await
    }

    async fn send_thumbnail(
        &self,
        token: &Token,
        photo: RecordId,
        bytes: Vec<u8>,
    ) -> Result<(), TransportError> {
        self.note("a thumbnail");
        self.server.send_thumbnail(token, photo, bytes).await
    }
}

async fn thumbnails_go_before_all_photos_over_wifi_too(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let mut app = App::enrolled(&world, person).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let visit = app.visit();
    let small = jpeg(3018, 100, 75);
    let mut sizes = Vec::new();
    for (seed, width) in [(3019, 800), (3021, 400)] {
        let photo = jpeg(seed, width, 300);
        sizes.push(photo.len());
        app.take_with(visit, &photo, Some(&small));
    }
    app.sync(&server.base).await;
    let watched = Watched {
        server: HttpTransport::new(&server.base, Timeouts::default()).unwrap(),
        went: Mutex::default(),
    };
    let (photos, keeper) = (&mut app.photos, &mut app.keeper);
    let sending = app.phone.send_photos(&watched, photos, keeper, WIFI);
    assert_eq!(sending.await.unwrap().sent.len(), 2);
    let photo = |size: &usize| format!("a photo of {size} bytes");
    let expected = [
        "a thumbnail",
        "a thumbnail",
        &photo(&sizes[1]),
        &photo(&sizes[0]),
    ];
    assert_eq!(watched.went.into_inner().unwrap(), expected);
}

async fn a_phone_that_was_killed_goes_on_where_it_stopped(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let mut app = App::enrolled(&world, person).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let proxy = Proxy::before(&[&server.base]).await;
    let visit = app.visit();
    let picture = jpeg(3020, 1600, 1200);
    app.take(visit, &picture);
    app.sync(&server.base).await;
    proxy.plan(Plan::CutAnswer(10_000));
    // An early end: what was sent arrives. A reset would throw away what the line still carried.
    proxy.plan(Plan::CutRequest(150_001));
    let (_, ended) = app.send(&proxy.base, WIFI).await;
    assert!(!ended);
    arrived(&data, 100_000).await;
    let mut app = app.start_again();
    let (report, ended) = app.send(&server.base, WIFI).await;
    assert!(ended);
    assert_eq!(report.sent.len(), 1);
    let most = length(&picture) - 100_000;
    assert!(
        report.sent_bytes < most,
        "{} bytes went again",
        report.sent_bytes
    );
    assert!(kept(&data, &picture).is_some());
    let mut app = app.start_again();
    assert_eq!(app.phone.waiting().photos, 0);
    assert!(app.photos.list().unwrap().is_empty());
}

/// Waits until the server has written so many bytes of its one upload: the phone was killed, and the bytes are on the line.
async fn arrived(data: &TempDir, bytes: u64) {
    let uploads = data.path().join("photos/uploads");
    let written = || -> u64 {
        let entries = std::fs::read_dir(&uploads).into_iter().flatten();
        entries
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum()
    };
    let patience = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while written() < bytes {
        assert!(std::time::Instant::now() < patience, "the bytes never came");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

async fn bytes_that_the_county_has_do_not_go_again_and_what_is_refused_stays_here(world: World) {
    let person = world.commissioner(&villages()[..1]).await;
    let data = TempDir::new().unwrap();
    let server = ServerProcess::start(&world.url, data.path());
    let picture = jpeg(3030, 400, 300);
    let mut first = App::enrolled(&world, person).await;
    let visit = first.visit();
    first.take(visit, &picture);
    first.sync(&server.base).await;
    assert_eq!(
        first.send(&server.base, WIFI).await.0.sent_bytes,
        length(&picture)
    );

    let mut second = App::enrolled(&world, person).await;
    let visit = second.visit();
    let again = second.take(visit, &picture);
    let page = second.take(visit, b"<html>no photo at all</html>");
    second.sync(&server.base).await;
    let (report, ended) = second.send(&server.base, WIFI).await;
    assert!(ended, "one photo that is refused holds up no other");
    assert_eq!((report.refused.len(), report.waiting), (1, 1));
    assert_eq!(report.refused[0], (page, "photo_type".to_owned()));
    second.sync(&server.base).await;
    assert_eq!(
        second.phone.view(page).unwrap().fields["photo_state"],
        "rejected"
    );
    assert_eq!(
        second.phone.view(again).unwrap().fields["photo_state"],
        "complete"
    );
    let (report, _) = second.send(&server.base, WIFI).await;
    assert_eq!((report.sent_bytes, report.refused.len()), (0, 1));
    assert_eq!(second.photos.list().unwrap().len(), 1, "the person decides");
    second
        .phone
        .delete(tepai_sync_protocol::records::Kind::Photo, page);
    second.sync(&server.base).await;
    let (report, _) = second.send(&server.base, WIFI).await;
    assert_eq!(
        (report.waiting, second.photos.list().unwrap().len()),
        (0, 0)
    );
}
