//! Evidence flags: what about a visit is worth a second look, said in words.
//!
//! They block nothing and prove nothing: a position and a clock of somebody else's phone cannot be proved. A false alarm
//! costs an honest person's trust, so every threshold leaves room for how phones, villages and weeks without a network
//! are.
//!
//! Pure: it is given what is known, and knows neither where that is stored nor who asks.

mod flag;
mod likeness;
#[cfg(test)]
mod tests;

pub use flag::{Flag, FlagKind};
pub use likeness::{Likeness, is_alike};

use crate::geo::{self, Point};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId, RecordId};
use tepai_sync_protocol::position::Position;
use tepai_sync_protocol::validate::days_between;

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Years before this one are what a camera says whose clock was never set. Phones begin at 1970, 2000 or 2010.
const FIRST_YEAR: i16 = 2015;
/// Uncertainty of a fix that does not tell its own, in metres: a tall roof, a valley.
const UNTOLD_ACCURACY_M: i64 = 500;
/// Two fixes that are taken within so long of one another are at one time.
const SAME_TIME_MS: i64 = 5 * 60 * 1000;
/// Two places so far from one another are two, whatever the uncertainty that was taken off, in metres.
const TWO_PLACES_M: i64 = 2000;
/// A journey shorter than this is no matter of speed: one bad fix would make it one. In metres.
const JOURNEY_M: i64 = 10_000;
/// No road of a county is driven faster from village to village, in kilometres an hour.
const FASTEST_KM_H: i64 = 150;

/// What a county holds to be far, late and needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Metres from a village's reference point that still are in the village.
    pub near_m: i64,
    /// Days after the service within which a visit is entered in the ordinary way, a week without a network included.
    pub backfill_days: i64,
    /// Whether each visit needs a photo of a stamped confirmation.
    pub confirmation_required: bool,
    /// The zone of local dates.
    pub zone: TimeZone,
}

/// A visit, as far as flags ask.
#[derive(Clone, Debug, PartialEq)]
pub struct VisitFacts {
    /// The visit.
    pub id: RecordId,
    /// Whose it is.
    pub person: PersonId,
    /// With which device it was made.
    pub device: DeviceId,
    /// The village.
    pub village: DivisionCode,
    /// Name of the village.
    pub village_name: String,
    /// First day of the service.
    pub from: Date,
    /// Last day of the service.
    pub to: Date,
    /// Whether it was made without being there.
    pub online: bool,
    /// Where the phone was.
    pub check_in: Option<Position>,
    /// Metres between that and the village's reference point.
    pub distance_m: Option<i64>,
    /// Days between the service and the arrival.
    pub late_days: i64,
}

/// A photo of a visit, as far as flags ask.
#[derive(Clone, Debug, PartialEq)]
pub struct PhotoFacts {
    /// The photo.
    pub id: RecordId,
    /// What it shows.
    pub purpose: String,
    /// Whether its bytes came and were refused.
    pub was_refused: bool,
    /// Whether it came out of the gallery.
    pub from_gallery: bool,
    /// When it was taken, by the phone's clock: milliseconds since 1970 UTC.
    pub taken_at: Option<i64>,
    /// When its record came: milliseconds since 1970 UTC.
    pub received_at: i64,
    /// Local time of the camera, as its file says.
    pub camera_time: Option<DateTime>,
    /// The camera's offset from UTC in minutes, as its file says.
    pub camera_offset_min: Option<i64>,
    /// Where it was taken, as its file says.
    pub camera_place: Option<Point>,
    /// Photos of other visits that came before it and show the same.
    pub twins: Vec<Twin>,
}

impl PhotoFacts {
    /// A form may be stamped, and photographed, days later at the township.
    fn shows_the_scene(&self) -> bool {
        self.purpose == "scene"
    }
}

/// A photo of another visit that shows the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// The other visit.
    pub visit: VisitFacts,
    /// Whether the bytes are the same.
    pub exact: bool,
}

/// All that is looked at for the flags of one visit.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// The visit.
    pub visit: VisitFacts,
    /// The reference point of its village.
    pub village_point: Option<Point>,
    /// Its photos.
    pub photos: Vec<PhotoFacts>,
    /// The same person's other visits of these days.
    pub others: Vec<VisitFacts>,
}

/// The flags of a visit, in the order in which they are listed in [`FlagKind`].
pub fn flags(case: &Case, rules: &Rules) -> Vec<Flag> {
    let mut flags = Vec::new();
    for photo in &case.photos {
        flags.extend(twin_flag(&case.visit, photo));
        flags.extend(time_flag(&case.visit, photo, rules));
        flags.extend(photo_place_flag(case, photo, rules));
        flags.extend(gallery_flag(photo));
    }
    flags.extend(check_in_flags(&case.visit, rules));
    flags.extend(journey_flag(&case.visit, &case.others));
    flags.extend(backfill_flag(&case.visit, rules));
    flags.extend(confirmation_flag(case, rules));
    flags.sort_by_key(|flag| flag.kind);
    flags
}

/// The first photo of another visit that is the same; else one that is nearly the same.
fn twin_flag(visit: &VisitFacts, photo: &PhotoFacts) -> Option<Flag> {
    let exact = |twin: &&Twin| twin.exact && !is_joint(visit, &twin.visit);
    let near = |twin: &&Twin| !twin.exact && !is_one_occasion(visit, &twin.visit);
    let mut twins = photo.twins.iter();
    let found = twins.clone().find(exact).or_else(|| {
        // Forms and lists look alike before anybody writes on them.
        twins.find(near).filter(|_| photo.shows_the_scene())
    });
    found.map(|twin| Flag::twin(photo.id, twin))
}

/// Two who went together and each logged it may share a photo.
fn is_joint(one: &VisitFacts, other: &VisitFacts) -> bool {
    one.person != other.person && is_one_occasion(one, other)
}

fn is_one_occasion(one: &VisitFacts, other: &VisitFacts) -> bool {
    one.village == other.village && one.from <= other.to && other.from <= one.to
}

/// What the camera says of the time: that its clock is wrong, or that the photo is of another day.
fn time_flag(visit: &VisitFacts, photo: &PhotoFacts, rules: &Rules) -> Option<Flag> {
    let taken = photo.camera_time?;
    let at = instant(taken, photo.camera_offset_min, &rules.zone)?;
    let after_receipt = at > photo.received_at + DAY_MS;
    let off_the_phone = photo
        .taken_at
        .filter(|_| !photo.from_gallery)
        .is_some_and(|phone| (phone - at).abs() > DAY_MS);
    if taken.year() < FIRST_YEAR || after_receipt {
        return Some(Flag::camera_clock(photo.id, taken));
    }
    let day = taken.date();
    let (before, after) = (days_between(day, visit.from), days_between(visit.to, day));
    // A day to either side: work before dawn, and cameras in another zone.
    if photo.shows_the_scene() && (before > 1 || after > 1) {
        return Some(Flag::photo_time(photo.id, day, before.max(after)));
    }
    off_the_phone.then(|| Flag::camera_clock(photo.id, taken))
}

fn instant(taken: DateTime, offset_min: Option<i64>, zone: &TimeZone) -> Option<i64> {
    let at: Timestamp = match offset_min {
        Some(minutes) => {
            let utc = taken
                .checked_sub(Span::new().try_minutes(minutes).ok()?)
                .ok()?;
            utc.to_zoned(TimeZone::UTC).ok()?.timestamp()
        }
        None => taken.to_zoned(zone.clone()).ok()?.timestamp(),
    };
    Some(at.as_millisecond())
}

fn photo_place_flag(case: &Case, photo: &PhotoFacts, rules: &Rules) -> Option<Flag> {
    if !photo.shows_the_scene() {
        return None;
    }
    let place = photo.camera_place.filter(|place| !is_nowhere(*place))?;
    let village = case.village_point.filter(|_| !case.visit.online)?;
    let metres = geo::whole_metres(place, village);
    (metres - UNTOLD_ACCURACY_M > rules.near_m).then(|| Flag::photo_place(photo.id, metres))
}

/// Where a receiver without a fix says it is.
fn is_nowhere(place: Point) -> bool {
    place.lat.abs() < 0.01 && place.lon.abs() < 0.01
}

fn gallery_flag(photo: &PhotoFacts) -> Option<Flag> {
    let flagged = photo.from_gallery && photo.shows_the_scene();
    flagged.then(|| Flag::gallery(photo.id))
}

fn check_in_flags(visit: &VisitFacts, rules: &Rules) -> Vec<Flag> {
    let Some(check_in) = visit.check_in.as_ref() else {
        return Vec::new();
    };
    let mut flags = Vec::new();
    if check_in.is_mocked == Some(true) {
        flags.push(Flag::mocked());
    }
    let metres = visit.distance_m.filter(|_| !visit.online).unwrap_or(0);
    if metres - uncertainty(check_in) > rules.near_m {
        flags.push(Flag::check_in_place(metres));
    }
    flags
}

fn uncertainty(position: &Position) -> i64 {
    position.accuracy_m.map_or(UNTOLD_ACCURACY_M, i64::from)
}

/// The check-in of another village that nobody can have come from in that time; of two visits, the later has the flag.
fn journey_flag(visit: &VisitFacts, others: &[VisitFacts]) -> Option<Flag> {
    let here = visit.check_in.as_ref()?;
    let now = here.taken_at?;
    let mut found: Vec<Flag> = others
        .iter()
        // Clocks of two devices differ.
        .filter(|other| other.village != visit.village && other.device == visit.device)
        .filter(|other| other.id != visit.id)
        .filter_map(|other| {
            let there = other.check_in.as_ref()?;
            let then = there.taken_at?;
            if (then, other.id) > (now, visit.id) {
                return None;
            }
            let metres = geo::metres_between(here, there)? - uncertainty(here) - uncertainty(there);
            journey(other, metres, now - then)
        })
        .collect();
    found.sort_by_key(|flag| flag.kind);
    found.into_iter().next()
}

fn journey(other: &VisitFacts, metres: i64, took_ms: i64) -> Option<Flag> {
    if took_ms <= SAME_TIME_MS {
        return (metres > TWO_PLACES_M).then(|| Flag::two_villages(other, metres));
    }
    let km_h = metres * 3600 / took_ms;
    let flagged = metres > JOURNEY_M && km_h > FASTEST_KM_H;
    flagged.then(|| Flag::speed(other, metres, took_ms, km_h))
}

fn backfill_flag(visit: &VisitFacts, rules: &Rules) -> Option<Flag> {
    (visit.late_days > rules.backfill_days).then(|| Flag::backfilled(visit.late_days))
}

fn confirmation_flag(case: &Case, rules: &Rules) -> Option<Flag> {
    let confirmed = case
        .photos
        .iter()
        .any(|photo| photo.purpose == "stamped_form" && !photo.was_refused);
    (rules.confirmation_required && !case.visit.online && !confirmed).then(Flag::no_confirmation)
}
