//! Reads what is worth a second look about visits: gathers what is known of each, and asks the rules of evidence.

use crate::visits::list::{StoredRecord, reach};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::{Actor, OfficeActor};
use tepai_domain::evidence::{
    Case, Flag, FlagKind, PhotoFacts, Rules, Twin, VisitFacts, flags, is_alike,
};
use tepai_domain::geo::Point;
use tepai_domain::settings::CountySettings;
use tepai_store::photo_files::{self, PhotoFile};
use tepai_store::records::{self, PageFilter};
use tepai_store::settings::{self, StoredSetting};
use tepai_store::{ReadTxn, StoreError, divisions, villages};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::records::{Kind, Photo, Record, Visit};
use tepai_sync_protocol::summary::period::Period;

/// Visits that are gathered together.
const CHUNK: u32 = 100;
/// Visits that one request looks at, at the most.
const MOST_READ: usize = 1000;
/// Visits of one person around a day that are compared with one another.
const MOST_OTHERS: u32 = 50;

/// Which flagged visits are asked for.
#[derive(Clone, Debug)]
pub struct FlagFilter {
    /// Inside this division; the widest that the officer sees if absent.
    pub division: Option<DivisionCode>,
    /// In this period, by service date.
    pub period: Period,
    /// With a flag of this kind; of any if absent.
    pub kind: Option<FlagKind>,
    /// After this one.
    pub after: Option<(Date, RecordId)>,
    /// At most so many.
    pub limit: usize,
}

/// A page of flagged visits.
#[derive(Clone, Debug, Default)]
pub struct FlaggedPage {
    /// The visits with their flags, newest service date first.
    pub visits: Vec<(StoredRecord, Vec<Flag>)>,
    /// Where to go on, if there may be more.
    pub next: Option<(Date, RecordId)>,
}

/// The flags of one visit, which the officer may see.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn of_visit(app: &App, visit: &StoredRecord) -> Result<Vec<Flag>, AppError> {
    let found = of_visits(app, vec![visit.clone()]).await?;
    Ok(found.into_iter().flatten().collect())
}

/// The flags of each of these visits of one county, which the officer may see; in their order.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn of_visits(app: &App, visits: Vec<StoredRecord>) -> Result<Vec<Vec<Flag>>, AppError> {
    app.store
        .read(async move |txn| gather(txn, &visits).await)
        .await
}

/// The visits within an officer's reach that have flags.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: OfficeActor,
    filter: FlagFilter,
) -> Result<FlaggedPage, AppError> {
    let (division, _) = reach(&Actor::Office(actor), filter.division.as_ref())?;
    app.store
        .read(async move |txn| read_page(txn, division, &filter).await)
        .await
}

async fn read_page(
    txn: &ReadTxn,
    division: DivisionCode,
    filter: &FlagFilter,
) -> Result<FlaggedPage, AppError> {
    let mut rows = PageFilter {
        kind: Kind::Visit,
        division,
        from: filter.period.from(),
        to: filter.period.to(),
        author: None,
        states: Vec::new(),
        after: filter.after,
        oldest_first: false,
    };
    let mut page = FlaggedPage::default();
    let mut read = 0;
    loop {
        let chunk = records::page(txn, &rows, CHUNK).await?;
        let last = chunk.len() < usize::try_from(CHUNK).unwrap_or(usize::MAX);
        let found = gather(txn, &chunk).await?;
        for (visit, mut flags) in chunk.into_iter().zip(found) {
            read += 1;
            rows.after = visit.on_date().map(|on| (on, visit.id));
            if filter
                .kind
                .is_some_and(|kind| flags.iter().all(|flag| flag.kind != kind))
            {
                flags.clear();
            }
            if flags.is_empty() {
                continue;
            }
            page.visits.push((visit, flags));
            if page.visits.len() == filter.limit {
                page.next = rows.after;
                return Ok(page);
            }
        }
        if last {
            return Ok(page);
        }
        if read >= MOST_READ {
            page.next = rows.after;
            return Ok(page);
        }
    }
}

/// The flags of each of these visits of one county, in their order.
pub(crate) async fn gather(
    txn: &ReadTxn,
    visits: &[StoredRecord],
) -> Result<Vec<Vec<Flag>>, AppError> {
    let Some(first) = visits.first() else {
        return Ok(Vec::new());
    };
    let county = &first.county;
    let mut known = Known::read(txn, county, visits).await?;
    let photos = photos_of(txn, visits).await?;
    let sent = Sent::read(txn, county, &photos).await?;
    let twins = Twins::read(txn, county, &photos, &sent, &mut known).await?;
    let others = others_of(txn, county, visits, &mut known).await?;
    let cases = visits.iter().map(|visit| {
        let facts = known.facts(visit);
        let own = photos.iter().filter(|photo| photo.parent == Some(visit.id));
        let village_point = known.points.get(&facts.village).copied();
        let rules = known.rules(facts.from);
        let case = Case {
            photos: own.map(|photo| photo_facts(photo, &sent, &twins)).collect(),
            village_point,
            others: others.get(&facts.person).cloned().unwrap_or_default(),
            visit: facts,
        };
        flags(&case, &rules)
    });
    Ok(cases.collect())
}

/// What is known of a county, as far as the visits need it: most of its villages have nothing to do with them.
struct Known {
    names: BTreeMap<DivisionCode, String>,
    points: BTreeMap<DivisionCode, Point>,
    settings: Vec<StoredSetting>,
}

impl Known {
    /// What these visits need.
    async fn read(
        txn: &ReadTxn,
        county: &DivisionCode,
        visits: &[StoredRecord],
    ) -> Result<Self, StoreError> {
        let own: BTreeSet<DivisionCode> = visits.iter().map(place_of).collect();
        let own: Vec<DivisionCode> = own.into_iter().collect();
        let point = |profile: villages::VillageProfile| {
            let point = profile.reference_point?;
            Some((profile.village, point.wgs84))
        };
        let profiles = villages::find_many(txn, &own).await?;
        let mut known = Self {
            names: BTreeMap::new(),
            points: profiles.into_iter().filter_map(point).collect(),
            settings: settings::list(txn, county).await?,
        };
        known.learn_names(txn, visits).await?;
        Ok(known)
    }

    /// Learns how the places of these visits are called, before their facts are told.
    async fn learn_names(
        &mut self,
        txn: &ReadTxn,
        visits: &[StoredRecord],
    ) -> Result<(), StoreError> {
        let places = visits.iter().map(place_of);
        let unknown: BTreeSet<DivisionCode> = places
            .filter(|place| !self.names.contains_key(place))
            .collect();
        let unknown: Vec<DivisionCode> = unknown.into_iter().collect();
        let divisions = divisions::find_many(txn, &unknown).await?;
        let named = divisions
            .into_iter()
            .map(|division| (division.code, division.name));
        self.names.extend(named);
        Ok(())
    }

    /// The rules that held on the day of the service.
    fn rules(&self, on: Date) -> Rules {
        let values = self
            .settings
            .iter()
            .map(|one| (one.name.as_str(), one.valid_from, &one.value));
        let settings = CountySettings::on(on, values);
        Rules {
            near_m: settings.near_village_m,
            backfill_days: settings.backfill_days,
            confirmation_required: settings.confirmation_required,
            zone: settings.time_zone,
        }
    }

    fn facts(&self, record: &StoredRecord) -> VisitFacts {
        let visit = Visit::read(&record.state.fields);
        let village = place_of(record);
        let from = visit.service_from.unwrap_or_default();
        VisitFacts {
            id: record.id,
            person: record.author(),
            device: record.state.created.device,
            village_name: self.names.get(&village).cloned().unwrap_or_default(),
            village,
            from,
            to: visit.service_to.unwrap_or(from).max(from),
            online: visit.mode.as_deref() == Some("online"),
            check_in: visit.check_in,
            distance_m: visit.distance_to_village_m,
            late_days: visit.late_days.unwrap_or(0),
        }
    }
}

/// The village of a visit; the county if it says none.
fn place_of(record: &StoredRecord) -> DivisionCode {
    record
        .village
        .clone()
        .unwrap_or_else(|| record.county.clone())
}

/// The live photos of these visits.
pub(crate) async fn photos_of(
    txn: &ReadTxn,
    visits: &[StoredRecord],
) -> Result<Vec<StoredRecord>, StoreError> {
    let ids: Vec<RecordId> = visits.iter().map(|visit| visit.id).collect();
    let places = records::find_places_of_children(txn, &ids).await?;
    let photos: Vec<RecordId> = places
        .iter()
        .filter(|place| place.kind == Kind::Photo && !place.deleted)
        .map(|place| place.id)
        .collect();
    let mut photos = records::find_many(txn, &photos).await?;
    photos.retain(StoredRecord::is_live);
    photos.sort_by_key(|photo| photo.id);
    Ok(photos)
}

/// What is known of the bytes of photos, by their SHA-256.
struct Sent(BTreeMap<String, PhotoFile>);

impl Sent {
    async fn read(
        txn: &ReadTxn,
        county: &DivisionCode,
        photos: &[StoredRecord],
    ) -> Result<Self, StoreError> {
        let contents: BTreeSet<String> = photos.iter().filter_map(content).collect();
        let contents: Vec<String> = contents.into_iter().collect();
        Ok(Self(photo_files::find_many(txn, county, &contents).await?))
    }

    fn of(&self, photo: &StoredRecord) -> Option<&PhotoFile> {
        self.0.get(&content(photo)?)
    }
}

fn content(photo: &StoredRecord) -> Option<String> {
    photo.state.text("sha256").map(str::to_owned)
}

/// Photos that show the same, and their visits.
struct Twins {
    /// For each content, the contents that look like it.
    alike: BTreeMap<String, BTreeSet<String>>,
    /// For each content, its photos.
    photos: BTreeMap<String, Vec<StoredRecord>>,
    visits: BTreeMap<RecordId, VisitFacts>,
}

impl Twins {
    async fn read(
        txn: &ReadTxn,
        county: &DivisionCode,
        of: &[StoredRecord],
        sent: &Sent,
        known: &mut Known,
    ) -> Result<Self, StoreError> {
        let mut alike: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (sha256, file) in &sent.0 {
            // Fog and darkness are alike everywhere, and nobody is flagged for them.
            let likeness = file.seen.likeness.filter(|of| of.says_something());
            let Some(likeness) = likeness else {
                continue;
            };
            let found = photo_files::list_alike(txn, county, likeness).await?;
            let near = found.into_iter().filter(|other| {
                let other_likeness = other.seen.likeness;
                other.sha256 != *sha256
                    && other_likeness.is_some_and(|other| is_alike(likeness, other))
            });
            alike.insert(sha256.clone(), near.map(|other| other.sha256).collect());
        }
        let own = of.iter().filter_map(content);
        let contents: BTreeSet<String> = own.chain(alike.values().flatten().cloned()).collect();
        let contents: Vec<String> = contents.into_iter().collect();
        let mut photos: BTreeMap<String, Vec<StoredRecord>> = BTreeMap::new();
        for photo in records::list_photos_of_contents(txn, county, &contents).await? {
            photos
                .entry(content(&photo).unwrap_or_default())
                .or_default()
                .push(photo);
        }
        let parents: BTreeSet<RecordId> = photos
            .values()
            .flatten()
            .filter_map(|photo| photo.parent)
            .collect();
        let parents: Vec<RecordId> = parents.into_iter().collect();
        let visits = records::find_many(txn, &parents).await?;
        known.learn_names(txn, &visits).await?;
        let live = visits.iter().filter(|visit| visit.is_live());
        let visits = live.map(|visit| (visit.id, known.facts(visit))).collect();
        Ok(Self {
            alike,
            photos,
            visits,
        })
    }

    /// The photos of other visits that came before this one and show the same.
    fn of(&self, photo: &StoredRecord) -> Vec<Twin> {
        let sha256 = content(photo).unwrap_or_default();
        let near = self.alike.get(&sha256).into_iter().flatten();
        let contents = std::iter::once((&sha256, true)).chain(near.map(|other| (other, false)));
        let came = |photo: &StoredRecord| (photo.received_at, photo.id);
        let mut twins = Vec::new();
        for (content, exact) in contents {
            let others = self.photos.get(content).into_iter().flatten();
            let others =
                others.filter(|other| other.parent != photo.parent && came(other) < came(photo));
            let visits = others.filter_map(|other| self.visits.get(&other.parent?));
            twins.extend(visits.map(|visit| Twin {
                visit: visit.clone(),
                exact,
            }));
        }
        twins.sort_by_key(|twin| (!twin.exact, twin.visit.from, twin.visit.id));
        twins
    }
}

fn photo_facts(record: &StoredRecord, sent: &Sent, twins: &Twins) -> PhotoFacts {
    let photo = Photo::read(&record.state.fields);
    let seen = sent
        .of(record)
        .map(|file| file.seen.clone())
        .unwrap_or_default();
    let place = seen.latitude.zip(seen.longitude);
    PhotoFacts {
        id: record.id,
        purpose: photo.purpose.unwrap_or_default(),
        was_refused: photo.photo_state.as_deref() == Some("rejected"),
        from_gallery: photo.source.as_deref() == Some("gallery"),
        taken_at: photo.taken_at,
        received_at: record.received_at,
        camera_time: seen
            .taken_local
            .as_deref()
            .and_then(|text| text.parse().ok()),
        camera_offset_min: seen.taken_offset_min,
        camera_place: place.map(|(lat, lon)| Point { lat, lon }),
        twins: twins.of(record),
    }
}

/// What else each person did on the days of these visits, and the days beside them.
async fn others_of(
    txn: &ReadTxn,
    county: &DivisionCode,
    visits: &[StoredRecord],
    known: &mut Known,
) -> Result<BTreeMap<PersonId, Vec<VisitFacts>>, StoreError> {
    let located = |visit: &&StoredRecord| visit.state.fields.contains_key("check_in");
    let day = |visit: &StoredRecord| Some((visit.author(), visit.on_date()?));
    let days: BTreeSet<(PersonId, Date)> = visits.iter().filter(located).filter_map(day).collect();
    let mut others: BTreeMap<PersonId, Vec<VisitFacts>> = BTreeMap::new();
    for (person, day) in days {
        let filter = PageFilter {
            kind: Kind::Visit,
            division: county.clone(),
            from: day.yesterday().unwrap_or(day),
            to: day.tomorrow().unwrap_or(day),
            author: Some(person),
            states: Vec::new(),
            after: None,
            oldest_first: false,
        };
        let found = records::page(txn, &filter, MOST_OTHERS).await?;
        known.learn_names(txn, &found).await?;
        let facts = found.iter().map(|visit| known.facts(visit));
        others.entry(person).or_default().extend(facts);
    }
    Ok(others)
}
