//! Makes an album: the photos of a visit, or of a village, township or county in a period, in one archive with a page to
//! print. What goes out is small and without EXIF, never the original.

use crate::visits;
use crate::visits::flags::photos_of;
use crate::visits::list::{StoredRecord, reach};
use crate::{App, AppError, audit};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Seek, Write};
use tepai_domain::actor::{Actor, OfficeActor};
use tepai_domain::album::{self, Picture};
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_files::{Files, Key, Size};
use tepai_store::photo_files::{self, FileState};
use tepai_store::records::{self, PageFilter};
use tepai_store::{ReadTxn, StoreError, accounts, divisions};
use tepai_sync_protocol::codes::PHOTO_PURPOSE;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{Kind, Photo, Record, Visit};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::Sentence;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Photos in one album, at the most.
const MOST_PHOTOS: usize = 300;
/// Visits that are looked at for one album, at the most.
const MOST_VISITS: u32 = 2000;

/// Of what an album is.
#[derive(Clone, Debug)]
pub enum AlbumOf {
    /// One visit.
    Visit(RecordId),
    /// The visits inside a division in a period.
    Division(DivisionCode, Period),
}

/// An album, made.
#[derive(Debug)]
pub struct Album {
    /// A ZIP archive, at its beginning. It has no name and goes when it is closed.
    pub file: File,
    /// Bytes in it.
    pub length: u64,
}

/// What will be in it.
struct Contents {
    title: Sentence,
    pictures: Vec<(Key, Picture)>,
    absent: usize,
}

/// Makes an album of what the officer may see.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn make(app: &App, actor: OfficeActor, of: AlbumOf) -> Result<Album, AppError> {
    let (county, by, now) = (
        actor.county.clone(),
        AuditActor::Person(actor.person),
        app.clock.now_ms(),
    );
    let (object, period) = match &of {
        AlbumOf::Visit(id) => (id.to_string(), None),
        AlbumOf::Division(code, period) => (code.to_string(), Some([period.from(), period.to()])),
    };
    let contents = match of {
        AlbumOf::Visit(id) => {
            let found = visits::list::find(app, &Actor::Office(actor), id).await?;
            let title = |zh: &str, en: &str| {
                let on = found.visit.on_date().unwrap_or_default();
                Sentence::new(format!("{on} {zh}"), format!("{en} of {on}"))
            };
            let title = title("走访照片", "photos of the visit");
            let visits = vec![found.visit];
            app.store
                .read(async move |txn| contents_of(txn, visits, title).await)
                .await?
        }
        AlbumOf::Division(asked, period) => {
            let (division, _) = reach(&Actor::Office(actor), Some(&asked))?;
            app.store
                .read(async move |txn| contents_of_division(txn, division, period).await)
                .await?
        }
    };
    let detail = json!({"photos": contents.pictures.len(), "period": period});
    let made = AuditEntry::new(&county, by, Act::AlbumMade, object).with(detail);
    app.store
        .write(async move |txn| Ok::<_, AppError>(audit::note(txn, now, made).await?))
        .await?;
    let scratch = app
        .files
        .scratch(app.clock.new_id())
        .await
        .map_err(AppError::storage_unavailable)?;
    let files = app.files.clone();
    let written = tokio::task::spawn_blocking(move || write(scratch, contents, &files)).await;
    let file = written
        .map_err(|panicked| AppError::Internal(panicked.into()))?
        .map_err(AppError::storage_unavailable)?;
    let length = file
        .metadata()
        .map_err(AppError::storage_unavailable)?
        .len();
    Ok(Album { file, length })
}

async fn contents_of_division(
    txn: &ReadTxn,
    division: DivisionCode,
    period: Period,
) -> Result<Contents, AppError> {
    let named = divisions::find(txn, &division).await?;
    let name = named.map_or_else(|| division.to_string(), |division| division.name);
    let filter = PageFilter {
        kind: Kind::Visit,
        division,
        from: period.from(),
        to: period.to(),
        author: None,
        states: Vec::new(),
        after: None,
        oldest_first: false,
    };
    let visits = records::page(txn, &filter, MOST_VISITS + 1).await?;
    if visits.len() > usize::try_from(MOST_VISITS).unwrap_or(usize::MAX) {
        return Err(too_many());
    }
    let (from, to) = (period.from(), period.to());
    let title = Sentence::new(
        format!("{name} {from} 至 {to} 走访照片"),
        format!("photos of visits in {name}, {from} to {to}"),
    );
    contents_of(txn, visits, title).await
}

fn too_many() -> AppError {
    AppError::with_detail(
        ErrorCode::InvalidParameter,
        format!(
            "an album holds {MOST_PHOTOS} photos of {MOST_VISITS} visits at the most: choose a shorter period or a smaller \
             division / 一本相册最多 {MOST_PHOTOS} 张照片、{MOST_VISITS} 次走访：请缩短时段或缩小范围"
        ),
    )
}

async fn contents_of(
    txn: &ReadTxn,
    visits: Vec<StoredRecord>,
    title: Sentence,
) -> Result<Contents, AppError> {
    let photos = photos_of(txn, &visits).await?;
    if photos.len() > MOST_PHOTOS {
        return Err(too_many());
    }
    let mut visits: BTreeMap<RecordId, StoredRecord> =
        visits.into_iter().map(|visit| (visit.id, visit)).collect();
    visits.retain(|id, _| photos.iter().any(|photo| photo.parent == Some(*id)));
    let names = Names::read(txn, visits.values()).await?;
    let hashes: Vec<String> = photos
        .iter()
        .filter_map(|photo| photo.state.text("sha256").map(str::to_owned))
        .collect();
    let files = match visits.values().next() {
        Some(visit) => photo_files::find_many(txn, &visit.county, &hashes).await?,
        None => BTreeMap::new(),
    };
    let mut pictures = Vec::new();
    for photo in &photos {
        let sha256 = photo.state.text("sha256").unwrap_or_default();
        let ready = files
            .get(sha256)
            .is_some_and(|file| file.state == FileState::Complete && file.prepared_at.is_some());
        let visit = photo.parent.and_then(|id| visits.get(&id));
        let key = Key::new(&photo.county, sha256).filter(|_| ready);
        pictures.extend(key.zip(visit.map(|visit| names.picture(photo, visit))));
    }
    pictures.sort_by(|(_, a), (_, b)| (a.on, &a.village).cmp(&(b.on, &b.village)));
    for (number, (_, picture)) in pictures.iter_mut().enumerate() {
        picture.file = format!("photos/{:03}.jpg", number + 1);
    }
    Ok(Contents {
        title,
        absent: photos.len() - pictures.len(),
        pictures,
    })
}

/// What places and people are called.
struct Names {
    villages: BTreeMap<DivisionCode, String>,
    people: BTreeMap<tepai_sync_protocol::ids::PersonId, String>,
}

impl Names {
    async fn read(
        txn: &ReadTxn,
        visits: impl Iterator<Item = &StoredRecord> + Clone,
    ) -> Result<Self, StoreError> {
        let codes: BTreeSet<DivisionCode> = visits
            .clone()
            .filter_map(|visit| visit.village.clone())
            .collect();
        let codes: Vec<DivisionCode> = codes.into_iter().collect();
        let villages = divisions::find_many(txn, &codes).await?;
        let mut people = BTreeMap::new();
        for person in visits.map(StoredRecord::author).collect::<BTreeSet<_>>() {
            let account = accounts::find(txn, person).await?;
            people.extend(account.map(|account| (person, account.display_name)));
        }
        Ok(Self {
            villages: villages
                .into_iter()
                .map(|village| (village.code, village.name))
                .collect(),
            people,
        })
    }

    fn picture(&self, photo: &StoredRecord, visit: &StoredRecord) -> Picture {
        let purpose = Photo::read(&photo.state.fields).purpose;
        let purpose = purpose.and_then(|purpose| PHOTO_PURPOSE.find(&purpose));
        let village = visit
            .village
            .as_ref()
            .and_then(|code| self.villages.get(code));
        Picture {
            file: String::new(),
            on: visit.on_date().unwrap_or_default(),
            village: village.cloned().unwrap_or_default(),
            commissioner: self
                .people
                .get(&visit.author())
                .cloned()
                .unwrap_or_default(),
            purpose: purpose.map(|purpose| purpose.label),
            content: Visit::read(&visit.state.fields).content.unwrap_or_default(),
        }
    }
}

fn write(scratch: File, contents: Contents, files: &Files) -> io::Result<File> {
    let mut archive = ZipWriter::new(scratch);
    let text = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    // JPEG is small already.
    let photo = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let (mut shown, mut absent) = (Vec::new(), contents.absent);
    for (key, picture) in contents.pictures {
        let Some(mut file) = files.open_now(&key, Size::Screen)? else {
            absent += 1;
            continue;
        };
        archive.start_file(picture.file.as_str(), photo)?;
        io::copy(&mut file, &mut archive)?;
        shown.push(picture);
    }
    // Last, when it is known which photos were here.
    archive.start_file("index.html", text)?;
    let page = album::page(&contents.title, &shown, absent);
    archive.write_all(page.as_bytes())?;
    let mut written = archive.finish()?;
    written.rewind()?;
    Ok(written)
}
