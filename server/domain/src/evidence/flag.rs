//! A flag, and the words in which it is told.

use crate::evidence::{Twin, VisitFacts};
use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use strum::VariantArray;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::words::Sentence;

/// What is worth a second look.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// The same bytes are a photo of an earlier visit.
    SamePhoto,
    /// Nearly the same picture is a photo of an earlier visit.
    SimilarPhoto,
    /// Two villages at one time.
    TwoVillages,
    /// From one village to another faster than anybody drives.
    Speed,
    /// The phone says that its position is made up.
    MockedPosition,
    /// The camera says that the photo is of another day.
    PhotoTime,
    /// The camera says that the photo was taken far from the village.
    PhotoPlace,
    /// The phone was far from the village.
    CheckInPlace,
    /// The camera's clock cannot be right.
    CameraClock,
    /// The photo came out of the gallery.
    Gallery,
    /// Entered long after the service.
    Backfilled,
    /// No photo of the stamped confirmation that the county asks for.
    NoConfirmation,
}

impl FlagKind {
    /// Every kind.
    pub const ALL: &'static [Self] = Self::VARIANTS;
}

/// Something about a visit that is worth a second look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The rule that raised it.
    pub kind: FlagKind,
    /// In words, with the figures.
    pub words: Sentence,
    /// The photo that it is about.
    pub photo: Option<RecordId>,
    /// The other visit that it is about.
    pub other_visit: Option<RecordId>,
}

/// Kilometres with one digit behind the point.
fn km(metres: i64) -> String {
    let tenths = (metres + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn minute(of: DateTime) -> String {
    of.strftime("%Y-%m-%d %H:%M").to_string()
}

impl Flag {
    fn new(kind: FlagKind, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            kind,
            words: Sentence::new(zh, en),
            photo: None,
            other_visit: None,
        }
    }

    fn of_photo(self, photo: RecordId) -> Self {
        Self {
            photo: Some(photo),
            ..self
        }
    }

    fn with(self, other: &VisitFacts) -> Self {
        Self {
            other_visit: Some(other.id),
            ..self
        }
    }

    pub(super) fn twin(photo: RecordId, twin: &Twin) -> Self {
        let VisitFacts {
            from, village_name, ..
        } = &twin.visit;
        let flag = if twin.exact {
            Self::new(
                FlagKind::SamePhoto,
                format!("照片与 {from} {village_name}走访的照片完全相同"),
                format!("the photo is the same as one of the visit of {from} in {village_name}"),
            )
        } else {
            Self::new(
                FlagKind::SimilarPhoto,
                format!("照片与 {from} {village_name}走访的照片几乎相同"),
                format!(
                    "the photo is nearly the same as one of the visit of {from} in {village_name}"
                ),
            )
        };
        flag.of_photo(photo).with(&twin.visit)
    }

    pub(super) fn camera_clock(photo: RecordId, taken: DateTime) -> Self {
        let taken = minute(taken);
        Self::new(
            FlagKind::CameraClock,
            format!("相机时间 {taken} 与手机或收到时间不符，相机时钟可能不准"),
            format!("the camera says {taken}, which the phone's or the server's time contradicts: its clock may be wrong"),
        )
        .of_photo(photo)
    }

    pub(super) fn photo_time(photo: RecordId, day: Date, days: i64) -> Self {
        Self::new(
            FlagKind::PhotoTime,
            format!("照片拍摄于 {day}，与服务日期相差 {days} 天"),
            format!("the photo was taken on {day}, {days} days from the service"),
        )
        .of_photo(photo)
    }

    pub(super) fn photo_place(photo: RecordId, metres: i64) -> Self {
        let km = km(metres);
        Self::new(
            FlagKind::PhotoPlace,
            format!("照片拍摄地距该村 {km} 公里"),
            format!("the photo was taken {km} km from the village"),
        )
        .of_photo(photo)
    }

    pub(super) fn gallery(photo: RecordId) -> Self {
        Self::new(
            FlagKind::Gallery,
            "现场照片选自相册，不是当场拍摄",
            "the photo of the scene came out of the gallery, not from the camera",
        )
        .of_photo(photo)
    }

    pub(super) fn check_in_place(metres: i64) -> Self {
        let km = km(metres);
        Self::new(
            FlagKind::CheckInPlace,
            format!("签到位置距该村 {km} 公里"),
            format!("the check-in was {km} km from the village"),
        )
    }

    pub(super) fn mocked() -> Self {
        Self::new(
            FlagKind::MockedPosition,
            "手机报告签到位置为模拟定位",
            "the phone says that the position of the check-in is mocked",
        )
    }

    pub(super) fn two_villages(other: &VisitFacts, metres: i64) -> Self {
        let (km, name) = (km(metres), &other.village_name);
        Self::new(
            FlagKind::TwoVillages,
            format!("几乎同一时间在 {name} 签到，两处至少相距 {km} 公里"),
            format!("checked in at {name} at nearly the same time, at least {km} km away"),
        )
        .with(other)
    }

    pub(super) fn speed(other: &VisitFacts, metres: i64, took_ms: i64, km_h: i64) -> Self {
        let (km, name, minutes) = (km(metres), &other.village_name, took_ms / 60_000);
        Self::new(
            FlagKind::Speed,
            format!("{minutes} 分钟前在 {name} 签到，至少相距 {km} 公里，合每小时 {km_h} 公里"),
            format!(
                "checked in at {name} {minutes} minutes before, at least {km} km away: {km_h} km/h"
            ),
        )
        .with(other)
    }

    pub(super) fn backfilled(days: i64) -> Self {
        Self::new(
            FlagKind::Backfilled,
            format!("服务结束 {days} 天后才收到"),
            format!("arrived {days} days after the service"),
        )
    }

    pub(super) fn no_confirmation() -> Self {
        Self::new(
            FlagKind::NoConfirmation,
            "没有本县要求的确认书照片",
            "there is no photo of the stamped confirmation that the county asks for",
        )
    }
}
