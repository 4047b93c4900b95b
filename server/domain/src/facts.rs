//! Facts: what one village contributes to summaries in one month, and what stands there whatever the month.
//!
//! They are stored as JSON text and merged by the thousand, so field names are short, ids are hexadecimal
//! without separators and what is absent is not written. Facts hold ids, codes and numbers, no person's name.
//!
//! Which cell a record falls into: a visit wholly into that of its **first** service date, with all its
//! service days; an adoption into each in which a live report of it is dated; a feedback into that of the
//! day it was given, a training session into that of the day it was held. The date of arrival never matters.

use crate::period::Period;
use jiff::civil::Date;
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock};
use tepai_sync_protocol::adoption::{Override, Report, adoption_of, derive};
use tepai_sync_protocol::codes::{self, CodeList};
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::limits::MAX_VISIT_DAYS;
use tepai_sync_protocol::records::{Beneficiary, DemoBase, Feedback, Visit};
use tepai_sync_protocol::validate::days_between;
use uuid::Uuid;
use yoke::{Yoke, Yokeable};

/// The layout of stored facts; facts of another layout are read as none and must be rebuilt.
pub const FORMAT: u8 = 2;

/// What one village contributes in one month, or in some days of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellFacts<'a> {
    #[serde(rename = "f")]
    format: u8,
    /// Visits whose first service date lies in the range.
    #[serde(borrow, rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<VisitFact<'a>>,
    /// Adoptions with a live report dated in the range, as they stood on its last day.
    #[serde(borrow, rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub adoptions: Vec<AdoptionFact<'a>>,
    /// Feedback that was given in the range.
    #[serde(borrow, rename = "b", default, skip_serializing_if = "Vec::is_empty")]
    pub feedback: Vec<FeedbackFact<'a>>,
    /// Training sessions that were held in the range, each once.
    #[serde(borrow, rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    pub trainings: Vec<TrainingFact<'a>>,
}

/// What one village contributes in some months: its cells as they were stored, which are read when somebody asks for them,
/// and once, however many ask.
pub struct VillageFacts {
    /// A cell a line.
    text: Arc<str>,
    cells: OnceLock<Option<Yoke<Cells<'static>, Arc<str>>>>,
}

#[derive(Yokeable)]
struct Cells<'a>(Vec<CellFacts<'a>>);

/// What stands in one village whatever the month: the latest state counts, and nothing is summed over time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingFacts<'a> {
    #[serde(rename = "f")]
    format: u8,
    /// Demo households (示范户) of the village.
    #[serde(borrow, rename = "h", default, skip_serializing_if = "Ids::is_empty")]
    pub demo_households: Ids<'a>,
    /// Local experts (乡土科技能人) of the village.
    #[serde(borrow, rename = "x", default, skip_serializing_if = "Ids::is_empty")]
    pub local_experts: Ids<'a>,
    /// Demo bases (示范基地) in the village.
    #[serde(borrow, rename = "d", default, skip_serializing_if = "Vec::is_empty")]
    pub bases: Vec<BaseFact<'a>>,
}

/// One visit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VisitFact<'a> {
    /// First service date: it decides the period.
    #[serde(rename = "d")]
    pub from: Date,
    /// Service days, from the first to the last: 1 to 31.
    #[serde(rename = "n", default = "one", skip_serializing_if = "is_one")]
    pub days: u8,
    /// Who served, what, and whether it counts.
    #[serde(borrow, rename = "s")]
    pub service: Service<'a>,
    /// Who was served.
    #[serde(borrow, rename = "b", default, skip_serializing_if = "Ids::is_empty")]
    pub beneficiaries: Ids<'a>,
    /// Varieties introduced, by name.
    #[serde(borrow, rename = "y", default, skip_serializing_if = "Names::is_empty")]
    pub varieties: Names<'a>,
    /// What was counted.
    #[serde(rename = "c", default, skip_serializing_if = "Counters::is_zero")]
    pub counters: Counters,
}

/// What filters look at: of a visit, or of the visit that a feedback is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Service<'a> {
    /// Whether it counts.
    #[serde(rename = "s", default, skip_serializing_if = "Standing::is_approved")]
    pub standing: Standing,
    /// The commissioner and the participants, once each, sorted.
    #[serde(borrow, rename = "p", default, skip_serializing_if = "Ids::is_empty")]
    pub members: Ids<'a>,
    /// Industry.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub industry: Option<Word>,
    /// Form of the visit.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<Word>,
    /// Production, processing or sale.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub chain_stage: Option<Word>,
    /// Free or paid.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub service_mode: Option<Word>,
    /// Techniques shown or advised, by catalogue code.
    #[serde(borrow, rename = "t", default, skip_serializing_if = "Names::is_empty")]
    pub techniques: Names<'a>,
}

/// How a visit counts, by the state of its review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Standing {
    /// `approved`: counts.
    #[default]
    #[serde(rename = "a")]
    Approved,
    /// `submitted`, `township_passed` or not said: stands beside, as pending.
    #[serde(rename = "p")]
    Pending,
    /// `returned`, `not_recognised` or `withdrawn`: counted as returned and nowhere else.
    #[serde(rename = "r")]
    Returned,
}

/// What a visit counts. Absent counters are zero here; they add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Counters {
    /// 解决难题 (个).
    #[serde(rename = "q", default, skip_serializing_if = "is_zero")]
    pub problems_solved: i64,
    /// 发放资料 (份).
    #[serde(rename = "l", default, skip_serializing_if = "is_zero")]
    pub leaflets: i64,
    /// 病害 (例).
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub disease_cases: i64,
    /// 培训 (场次).
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub training_sessions: i64,
    /// 培训 (人次).
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub training_attendances: i64,
    /// 培训 (人).
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    pub training_persons: i64,
}

/// The state of one adoption on the last day of the range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdoptionFact<'a> {
    /// The adoption: site or beneficiary × technique × season.
    #[serde(rename = "k", with = "uuid::serde::simple")]
    pub id: Uuid,
    /// Date of the latest report; it lies in the range.
    #[serde(rename = "d")]
    pub on: Date,
    /// The site, or the beneficiary if the reports name no site.
    #[serde(rename = "u", with = "uuid::serde::simple")]
    pub unit: Uuid,
    /// The technique, by catalogue code.
    #[serde(borrow, rename = "t")]
    pub technique: Cow<'a, str>,
    /// The season, such as `2026` or `2026-spring`.
    #[serde(borrow, rename = "y")]
    pub season: Cow<'a, str>,
    /// The stage; `None` if it is not one of the list.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Area in 0.01 亩.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub area_centi_mu: Option<i64>,
    /// Benefit of the area before, in 0.01 元.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub benefit_before_fen: Option<i64>,
    /// Benefit of the area with the technique, in 0.01 元.
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    pub benefit_after_fen: Option<i64>,
    /// Who made a report dated in the range.
    #[serde(borrow, rename = "r", default, skip_serializing_if = "Ids::is_empty")]
    pub reporters: Ids<'a>,
}

/// One feedback.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FeedbackFact<'a> {
    /// The day it was given: it decides the period.
    #[serde(rename = "d")]
    pub on: Date,
    /// What the served party says.
    #[serde(rename = "g")]
    pub score: Score,
    /// How it came.
    #[serde(rename = "w", default, skip_serializing_if = "Way::is_phone")]
    pub way: Way,
    /// The visit it is about; feedback counts as its visit does.
    #[serde(borrow, rename = "s")]
    pub service: Service<'a>,
}

/// What the served party says of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Score {
    /// 满意.
    #[serde(rename = "s")]
    Satisfied,
    /// 一般.
    #[serde(rename = "f")]
    Fair,
    /// 不满意.
    #[serde(rename = "d")]
    Dissatisfied,
}

impl Score {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "satisfied" => Some(Self::Satisfied),
            "fair" => Some(Self::Fair),
            "dissatisfied" => Some(Self::Dissatisfied),
            _ => None,
        }
    }
}

/// How feedback came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// Entered on the commissioner's phone.
    #[default]
    #[serde(rename = "p")]
    Phone,
    /// By a one-time link of the commissioner's phone.
    #[serde(rename = "l")]
    PhoneLink,
    /// By a one-time link of the office.
    #[serde(rename = "o")]
    OfficeLink,
}

impl Way {
    fn of(source: Option<&str>) -> Self {
        match source {
            Some("phone_link") => Self::PhoneLink,
            Some("office_link") => Self::OfficeLink,
            _ => Self::Phone,
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    const fn is_phone(&self) -> bool {
        matches!(self, Self::Phone)
    }
}

/// One training session, however many records and visits report it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TrainingFact<'a> {
    /// The day it was held: it decides the period.
    #[serde(rename = "d")]
    pub on: Date,
    /// Whether it counts, by whom, and the words of the visit through which it counts.
    #[serde(borrow, rename = "s")]
    pub service: Service<'a>,
    /// Sessions, attendances and persons.
    #[serde(rename = "c")]
    pub counters: Counters,
}

/// One demo base.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BaseFact<'a> {
    /// The beneficiary that runs it.
    #[serde(
        rename = "b",
        default,
        skip_serializing_if = "Option::is_none",
        with = "uuid::serde::simple::option"
    )]
    pub run_by: Option<Uuid>,
    /// Techniques shown there, by catalogue code.
    #[serde(borrow, rename = "t", default, skip_serializing_if = "Names::is_empty")]
    pub techniques: Names<'a>,
    /// 示范面积 in 0.01 亩.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub demo_area_centi_mu: i64,
    /// 辐射面积 in 0.01 亩.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    pub radiated_area_centi_mu: i64,
    /// 辐射户数 (户).
    #[serde(rename = "h", default, skip_serializing_if = "is_zero")]
    pub radiated_households: i64,
}

impl VillageFacts {
    /// Cells as [`CellFacts::to_json`] wrote them, a line each.
    pub fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            cells: OnceLock::new(),
        }
    }

    /// The cells; `None` if one is of another [`FORMAT`] and must be rebuilt.
    pub fn cells(&self) -> Option<&[CellFacts<'_>]> {
        let read = self.cells.get_or_init(|| {
            Yoke::try_attach_to_cart(Arc::clone(&self.text), |text| {
                let cells = text.split('\n').map(CellFacts::from_json);
                cells.collect::<Option<_>>().map(Cells).ok_or(())
            })
            .ok()
        });
        read.as_ref().map(|read| read.get().0.as_slice())
    }

    /// Bytes of the text.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether no cell was stored.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl fmt::Debug for VillageFacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VillageFacts").field(&self.text).finish()
    }
}

impl CellFacts<'_> {
    /// The last service date of its approved visits.
    pub fn last_visit(&self) -> Option<Date> {
        let approved = self
            .visits
            .iter()
            .filter(|visit| visit.service.standing.is_approved());
        approved.map(VisitFact::to).max()
    }
}

impl VisitFact<'_> {
    /// Its service days: each local date from the first to the last.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        std::iter::successors(Some(self.from), |day| day.tomorrow().ok()).take(self.days.into())
    }

    /// Its last service date.
    pub fn to(&self) -> Date {
        self.dates().last().unwrap_or(self.from)
    }
}

impl Standing {
    /// How a visit in this review state counts.
    pub fn of(review_state: Option<&str>) -> Self {
        match review_state {
            Some("approved") => Self::Approved,
            Some("returned" | "not_recognised" | "withdrawn") => Self::Returned,
            _ => Self::Pending,
        }
    }

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    const fn is_approved(&self) -> bool {
        matches!(self, Self::Approved)
    }
}

impl Counters {
    /// Both together; stops at the largest number instead of overflowing.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            problems_solved: self.problems_solved.saturating_add(other.problems_solved),
            leaflets: self.leaflets.saturating_add(other.leaflets),
            disease_cases: self.disease_cases.saturating_add(other.disease_cases),
            training_sessions: self
                .training_sessions
                .saturating_add(other.training_sessions),
            training_attendances: self
                .training_attendances
                .saturating_add(other.training_attendances),
            training_persons: self.training_persons.saturating_add(other.training_persons),
        }
    }

    fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// A stage of adoption, from hearing of a technique to using or dropping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 认识.
    Awareness,
    /// 兴趣.
    Interest,
    /// 评价.
    Evaluation,
    /// 试用.
    Trial,
    /// 采用.
    Adopted,
    /// 放弃.
    Abandoned,
}

impl Stage {
    /// Every stage, in the order of the code list.
    pub const ALL: [Self; 6] = [
        Self::Awareness,
        Self::Interest,
        Self::Evaluation,
        Self::Trial,
        Self::Adopted,
        Self::Abandoned,
    ];

    /// The stable word, as in the code list `adoption_stage`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Awareness => "awareness",
            Self::Interest => "interest",
            Self::Evaluation => "evaluation",
            Self::Trial => "trial",
            Self::Adopted => "adopted",
            Self::Abandoned => "abandoned",
        }
    }

    /// The stage of a stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }
}

/// A word of a closed code list; reading one makes no copy of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(&'static str);

const WORD_LISTS: [&CodeList; 4] = [
    &codes::INDUSTRY,
    &codes::VISIT_MODE,
    &codes::CHAIN_STAGE,
    &codes::SERVICE_MODE,
];

impl Word {
    /// The word of `list` that reads `text`.
    pub fn of(list: &CodeList, text: &str) -> Option<Self> {
        list.find(text).map(|entry| Self(entry.code))
    }

    /// Its text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Word;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a word of a code list")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Word, E> {
                let found = WORD_LISTS.iter().find_map(|list| Word::of(list, text));
                found.ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// A set of ids, sorted; in memory as in JSON one text of 32 hexadecimal digits each, without separators.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Ids<'a>(Cow<'a, str>);

const ID_DIGITS: usize = 32;

impl Ids<'_> {
    /// The ids in order.
    pub fn iter(&self) -> impl Iterator<Item = Uuid> {
        // Reading let no other text through, so that none is dropped here.
        let ids = self.0.as_bytes().chunks_exact(ID_DIGITS);
        ids.filter_map(|digits| Uuid::try_parse_ascii(digits).ok())
    }

    /// Whether `id` is one of them.
    pub fn contains(&self, id: Uuid) -> bool {
        self.iter().any(|one| one == id)
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len() / ID_DIGITS
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Uuid> for Ids<'_> {
    fn from_iter<I: IntoIterator<Item = Uuid>>(ids: I) -> Self {
        let ids: BTreeSet<Uuid> = ids.into_iter().collect();
        Self(Cow::Owned(
            ids.iter().map(|id| id.simple().to_string()).collect(),
        ))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Ids<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Ids<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("ids of 32 hexadecimal digits, joined")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Ids<'de>, E> {
                if is_ids(text) {
                    Ok(Ids(Cow::Borrowed(text)))
                } else {
                    self.visit_str(text)
                }
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Ids<'de>, E> {
                let unexpected = || E::invalid_value(de::Unexpected::Str(text), &self);
                is_ids(text)
                    .then(|| Ids(Cow::Owned(text.to_owned())))
                    .ok_or_else(unexpected)
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

fn is_ids(text: &str) -> bool {
    // Without an early exit the compiler looks at many bytes at a time.
    let are_digits = text
        .bytes()
        .fold(true, |all, byte| all & byte.is_ascii_hexdigit());
    are_digits && text.len().is_multiple_of(ID_DIGITS)
}

/// A set of names or codes, sorted; as JSON one text, which reads far faster than an array of texts.
///
/// Blanks around a name are dropped and blanks within it count as one space, so that no name holds the
/// ideographic space that stands between two.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Names<'a>(#[serde(borrow)] Cow<'a, str>);

const BETWEEN_NAMES: char = '\u{3000}';

impl Names<'_> {
    /// The names in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(BETWEEN_NAMES).filter(|name| !name.is_empty())
    }

    /// Whether `name` is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.iter().any(|one| one == name)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> FromIterator<&'a String> for Names<'_> {
    fn from_iter<I: IntoIterator<Item = &'a String>>(names: I) -> Self {
        let plain = |name: &String| name.split_whitespace().collect::<Vec<_>>().join(" ");
        let names: BTreeSet<_> = names
            .into_iter()
            .map(plain)
            .filter(|name| !name.is_empty())
            .collect();
        let names: Vec<_> = names.into_iter().collect();
        Self(Cow::Owned(
            names.join(BETWEEN_NAMES.encode_utf8(&mut [0; 4])),
        ))
    }
}

impl<'a> CellFacts<'a> {
    /// Starts to collect the facts of one village in `range`: a month, or the days of one that a period cuts.
    pub fn build(range: Period) -> CellBuilder {
        CellBuilder {
            range,
            facts: CellFacts::default(),
            reports: BTreeMap::new(),
        }
    }

    /// The facts as stored: the same records give the same text, in whatever order they were added.
    pub fn to_json(&self) -> String {
        // These types have no map and no float, the only things that serde_json refuses.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote; `None` if it is of another [`FORMAT`] and must be rebuilt.
    pub fn from_json(text: &'a str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|facts: &Self| facts.format == FORMAT)
    }

    /// Whether the village contributes nothing.
    pub const fn is_empty(&self) -> bool {
        self.visits.is_empty()
            && self.adoptions.is_empty()
            && self.feedback.is_empty()
            && self.trainings.is_empty()
    }
}

impl Default for CellFacts<'_> {
    fn default() -> Self {
        Self {
            format: FORMAT,
            visits: Vec::new(),
            adoptions: Vec::new(),
            feedback: Vec::new(),
            trainings: Vec::new(),
        }
    }
}

/// Collects [`CellFacts`]; the order of calls does not matter.
///
/// Every `is_counted` says whether the record is live: not deleted, and not held for a missing parent.
#[derive(Debug)]
pub struct CellBuilder {
    range: Period,
    facts: CellFacts<'static>,
    reports: BTreeMap<RecordId, Vec<Report>>,
}

impl CellBuilder {
    /// Adds a visit, if its first service date lies in the range.
    ///
    /// A visit that ends before it starts, which a merge of two edits can make, lasts one day; one that
    /// lasts longer than [`MAX_VISIT_DAYS`] is cut there.
    #[must_use]
    pub fn visit(self, is_counted: bool, visit: &Visit) -> Self {
        self.visit_with(is_counted, visit, false)
    }

    /// The same of a visit for whose training a session speaks, if one does: its own training counters do not count then.
    #[must_use]
    pub fn visit_with(mut self, is_counted: bool, visit: &Visit, is_spoken_for: bool) -> Self {
        let Some(from) = visit
            .service_from
            .filter(|day| is_counted && self.range.contains(*day))
        else {
            return self;
        };
        let later = visit.service_to.map_or(0, |to| days_between(from, to));
        let days = later.clamp(0, i64::from(MAX_VISIT_DAYS - 1)) + 1;
        let service = Service::of(visit);
        let own = |counter| if is_spoken_for { 0 } else { count(counter) };
        let fact = if service.standing == Standing::Returned {
            VisitFact {
                from,
                days: 1,
                service,
                beneficiaries: Ids::default(),
                varieties: Names::default(),
                counters: Counters::default(),
            }
        } else {
            VisitFact {
                from,
                days: u8::try_from(days).unwrap_or(1),
                service,
                beneficiaries: visit
                    .beneficiary_ids
                    .iter()
                    .flatten()
                    .map(|id| id.0)
                    .collect(),
                varieties: visit.variety_names.iter().flatten().collect(),
                counters: Counters {
                    problems_solved: count(visit.problems_solved),
                    leaflets: count(visit.leaflets),
                    disease_cases: count(visit.disease_cases),
                    training_sessions: own(visit.training_sessions),
                    training_attendances: own(visit.training_attendances),
                    training_persons: own(visit.training_persons),
                },
            }
        };
        self.facts.visits.push(fact);
        self
    }

    /// Adds a live report. Give all reports of the village up to the last day of the range, also those dated
    /// before it: the state of an adoption follows from its whole history.
    #[must_use]
    pub fn report(mut self, is_counted: bool, report: Report) -> Self {
        let until_the_end = report
            .fields
            .reported_on
            .is_some_and(|day| day <= self.range.to());
        if let Some(id) = adoption_of(&report.fields).filter(|_| is_counted && until_the_end) {
            self.reports.entry(id).or_default().push(report);
        }
        self
    }

    /// Adds a feedback, if it was given in the range. `visit` is the visit it is about, whatever its date;
    /// feedback about a visit that is not known is pending.
    #[must_use]
    pub fn feedback(
        mut self,
        is_counted: bool,
        feedback: &Feedback,
        visit: Option<&Visit>,
    ) -> Self {
        let given_on = feedback
            .given_on
            .filter(|day| is_counted && self.range.contains(*day));
        let score = feedback.score.as_deref().and_then(Score::parse);
        if let (Some(on), Some(score)) = (given_on, score) {
            let unknown = || Service {
                standing: Standing::Pending,
                ..Service::default()
            };
            let service = visit.map_or_else(unknown, Service::of);
            self.facts.feedback.push(FeedbackFact {
                on,
                score,
                way: Way::of(feedback.source.as_deref()),
                service,
            });
        }
        self
    }

    /// Adds a training session, if it was held in the range.
    #[must_use]
    pub fn training(mut self, fact: TrainingFact<'static>) -> Self {
        if self.range.contains(fact.on) {
            self.facts.trainings.push(fact);
        }
        self
    }

    /// The facts. `decided` holds what the office decided, by adoption.
    pub fn finish(mut self, decided: &BTreeMap<RecordId, Override>) -> CellFacts<'static> {
        let nothing = Override::default();
        for (id, reports) in &self.reports {
            let decided = decided.get(id).unwrap_or(&nothing);
            self.facts
                .adoptions
                .extend(adoption_fact(*id, reports, self.range, decided));
        }
        self.facts.visits.sort_unstable();
        self.facts.feedback.sort_unstable();
        self.facts.trainings.sort_unstable();
        self.facts
    }
}

impl Service<'_> {
    /// Of a visit.
    pub(super) fn of(visit: &Visit) -> Self {
        let members = visit
            .commissioner_id
            .iter()
            .chain(visit.participant_ids.iter().flatten());
        let word =
            |list, text: &Option<String>| text.as_deref().and_then(|text| Word::of(list, text));
        Self {
            standing: Standing::of(visit.review_state.as_deref()),
            members: members.map(|id| id.0).collect(),
            industry: word(&codes::INDUSTRY, &visit.industry),
            mode: word(&codes::VISIT_MODE, &visit.mode),
            chain_stage: word(&codes::CHAIN_STAGE, &visit.chain_stage),
            service_mode: word(&codes::SERVICE_MODE, &visit.service_mode),
            techniques: visit.technique_codes.iter().flatten().collect(),
        }
    }
}

fn adoption_fact(
    id: RecordId,
    reports: &[Report],
    range: Period,
    decided: &Override,
) -> Option<AdoptionFact<'static>> {
    let in_range = |report: &&Report| {
        report
            .fields
            .reported_on
            .is_some_and(|day| range.contains(day))
    };
    let reporters: Ids<'_> = reports
        .iter()
        .filter(in_range)
        .map(|report| report.author.0)
        .collect();
    if reporters.is_empty() {
        return None;
    }
    let state = derive(reports, Some(range.to()), decided)?;
    Some(AdoptionFact {
        id: id.0,
        on: state.stage_on?,
        unit: state.site_id.or(state.beneficiary_id)?.0,
        technique: Cow::Owned(state.technique_code?),
        season: Cow::Owned(state.season?),
        stage: state.stage.as_deref().and_then(Stage::parse),
        area_centi_mu: state.area_centi_mu,
        benefit_before_fen: state.benefit_before_fen,
        benefit_after_fen: state.benefit_after_fen,
        reporters,
    })
}

impl<'a> StandingFacts<'a> {
    /// What stands in a village, of its live beneficiaries and demo bases.
    pub fn build<'r>(
        beneficiaries: impl IntoIterator<Item = (RecordId, &'r Beneficiary)>,
        bases: impl IntoIterator<Item = &'r DemoBase>,
    ) -> Self {
        let beneficiaries: Vec<_> = beneficiaries.into_iter().collect();
        let marked = |mark: fn(&Beneficiary) -> Option<bool>| {
            let all = beneficiaries.iter();
            all.filter(|(_, one)| mark(one) == Some(true))
                .map(|(id, _)| id.0)
                .collect()
        };
        let mut bases: Vec<_> = bases.into_iter().map(BaseFact::of).collect();
        bases.sort_unstable();
        Self {
            format: FORMAT,
            demo_households: marked(|one| one.is_demo_household),
            local_experts: marked(|one| one.is_local_expert),
            bases,
        }
    }

    /// The facts as stored.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Self::to_json`] wrote; `None` if it is of another [`FORMAT`] and must be rebuilt.
    pub fn from_json(text: &'a str) -> Option<Self> {
        serde_json::from_str(text)
            .ok()
            .filter(|facts: &Self| facts.format == FORMAT)
    }

    /// Whether nothing stands there.
    pub fn is_empty(&self) -> bool {
        self.demo_households.is_empty() && self.local_experts.is_empty() && self.bases.is_empty()
    }
}

impl Default for StandingFacts<'_> {
    fn default() -> Self {
        Self {
            format: FORMAT,
            demo_households: Ids::default(),
            local_experts: Ids::default(),
            bases: Vec::new(),
        }
    }
}

impl BaseFact<'_> {
    fn of(base: &DemoBase) -> Self {
        Self {
            run_by: base.beneficiary_id.map(|id| id.0),
            techniques: base.technique_codes.iter().flatten().collect(),
            demo_area_centi_mu: count(base.demo_area_centi_mu),
            radiated_area_centi_mu: count(base.radiated_area_centi_mu),
            radiated_households: count(base.radiated_households),
        }
    }
}

fn count(counter: Option<i64>) -> i64 {
    counter.unwrap_or(0).max(0)
}

const fn one() -> u8 {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_one(days: &u8) -> bool {
    *days == 1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use tepai_sync_protocol::ids::PersonId;
    use tepai_sync_protocol::records::AdoptionReport;

    fn june() -> Period {
        "2026-06".parse().unwrap()
    }

    fn id(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn visit(from: Date) -> Visit {
        Visit {
            service_from: Some(from),
            commissioner_id: Some(PersonId(id(1))),
            industry: Some("aquaculture".to_owned()),
            mode: Some("household".to_owned()),
            review_state: Some("approved".to_owned()),
            ..Visit::default()
        }
    }

    fn built(visits: &[Visit]) -> CellFacts<'static> {
        let builder = visits.iter().fold(CellFacts::build(june()), |cell, visit| {
            cell.visit(true, visit)
        });
        builder.finish(&BTreeMap::new())
    }

    #[test]
    fn a_visit_belongs_to_the_month_of_its_first_service_date_with_all_its_days() {
        let over_the_end = Visit {
            service_to: Some(date(2026, 7, 2)),
            ..visit(date(2026, 6, 30))
        };
        let from_before = Visit {
            service_to: Some(date(2026, 6, 2)),
            ..visit(date(2026, 5, 31))
        };
        let facts = built(&[over_the_end, from_before]);
        let [fact] = &facts.visits[..] else {
            panic!("{facts:?}")
        };
        let days = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 2)];
        assert_eq!(fact.dates().collect::<Vec<_>>(), days);
        assert_eq!(fact.to(), date(2026, 7, 2));
    }

    #[test]
    fn a_visit_that_ends_before_it_starts_lasts_one_day_and_a_long_one_is_cut() {
        for (to, days) in [
            (date(2026, 5, 1), 1),
            (date(2026, 6, 5), 1),
            (date(2026, 6, 6), 2),
            (date(2026, 7, 5), 31),
            (date(2026, 7, 6), 31),
            (date(9999, 12, 31), 31),
            (date(-9999, 1, 1), 1),
        ] {
            let visit = Visit {
                service_to: Some(to),
                ..visit(date(2026, 6, 5))
            };
            assert_eq!(built(&[visit]).visits[0].days, days, "{to}");
        }
    }

    #[test]
    fn a_deleted_or_held_visit_leaves_no_fact_even_if_it_was_approved() {
        let facts = CellFacts::build(june()).visit(false, &visit(date(2026, 6, 5)));
        assert!(facts.finish(&BTreeMap::new()).is_empty());
    }

    #[test]
    fn review_states_count_as_approved_pending_or_returned() {
        for entry in codes::REVIEW_STATE.codes {
            let expected = match entry.code {
                "approved" => Standing::Approved,
                "submitted" | "township_passed" => Standing::Pending,
                _ => Standing::Returned,
            };
            assert_eq!(Standing::of(Some(entry.code)), expected, "{}", entry.code);
        }
        assert_eq!(Standing::of(None), Standing::Pending);
    }

    #[test]
    fn stages_are_those_of_the_code_list() {
        let listed: Vec<_> = codes::ADOPTION_STAGE
            .codes
            .iter()
            .map(|entry| entry.code)
            .collect();
        assert_eq!(Stage::ALL.map(Stage::as_str).to_vec(), listed);
        for stage in Stage::ALL {
            let json = serde_json::to_string(&stage).unwrap();
            assert_eq!(json, format!("\"{}\"", stage.as_str()));
            assert_eq!(Stage::parse(stage.as_str()), Some(stage));
        }
    }

    fn report(author: u128, on: Date, stage: &str, area: Option<i64>) -> Report {
        Report {
            id: RecordId(id(1000 + author)),
            author: PersonId(id(author)),
            edited_at: 0,
            fields: AdoptionReport {
                beneficiary_id: Some(RecordId(id(7))),
                technique_code: Some("T1".to_owned()),
                season: Some("2026".to_owned()),
                stage: Some(stage.to_owned()),
                reported_on: Some(on),
                area_centi_mu: area,
                ..AdoptionReport::default()
            },
        }
    }

    #[test]
    fn an_adoption_stands_as_of_the_end_of_the_range_and_only_where_it_was_reported() {
        let reports = || {
            [
                report(1, date(2026, 5, 3), "trial", Some(500)),
                report(2, date(2026, 6, 9), "adopted", None),
                report(3, date(2026, 7, 1), "abandoned", Some(0)),
            ]
        };
        let cell = |range: &str| {
            let builder = CellFacts::build(range.parse().unwrap());
            let builder = reports()
                .into_iter()
                .fold(builder, |cell, report| cell.report(true, report));
            builder.finish(&BTreeMap::new()).adoptions
        };
        let june = cell("2026-06");
        assert_eq!(june.len(), 1);
        assert_eq!(june[0].stage, Some(Stage::Adopted));
        assert_eq!(
            june[0].area_centi_mu,
            Some(500),
            "the area that was last stated"
        );
        assert_eq!(june[0].reporters.iter().collect::<Vec<_>>(), [id(2)]);
        assert_eq!(cell("2026-05")[0].stage, Some(Stage::Trial));
        assert!(cell("2026-06-10..2026-06-30").is_empty());
        assert!(cell("2026-08").is_empty());
        let reports = CellFacts::build("2026-06".parse().unwrap())
            .report(false, report(2, date(2026, 6, 9), "adopted", None));
        assert!(
            reports.finish(&BTreeMap::new()).is_empty(),
            "a deleted report"
        );
    }

    #[test]
    fn the_office_decides_over_the_reports() {
        let report = report(1, date(2026, 6, 3), "adopted", Some(500));
        let adoption = adoption_of(&report.fields).unwrap();
        let decided = Override {
            stage: Some("trial".to_owned()),
            area_centi_mu: Some(300),
        };
        let facts = CellFacts::build(june())
            .report(true, report)
            .finish(&BTreeMap::from([(adoption, decided)]));
        assert_eq!(facts.adoptions[0].stage, Some(Stage::Trial));
        assert_eq!(facts.adoptions[0].area_centi_mu, Some(300));
    }

    #[test]
    fn the_stored_text_is_the_same_in_any_order_and_reads_back() {
        let mut visits = [
            visit(date(2026, 6, 5)),
            visit(date(2026, 6, 1)),
            visit(date(2026, 6, 9)),
        ];
        visits[1].leaflets = Some(40);
        visits[1].participant_ids = Some([PersonId(id(3)), PersonId(id(1))].into());
        let names = [" 长丰鲢 ", "长丰鲢", "华海\t1 号", "华海　1 号", "　"];
        visits[2].variety_names = Some(names.map(str::to_owned).into());
        visits[2].technique_codes = Some(["T2".to_owned(), "T1".to_owned()].into());
        let forwards = built(&visits);
        visits.reverse();
        assert_eq!(built(&visits).to_json(), forwards.to_json());
        assert_eq!(
            CellFacts::from_json(&forwards.to_json()),
            Some(forwards.clone())
        );
        assert_eq!(forwards.visits[0].service.members.len(), 2);
        let last = &forwards.visits[2];
        assert_eq!(
            last.varieties.iter().collect::<Vec<_>>(),
            ["华海 1 号", "长丰鲢"]
        );
        assert_eq!(
            last.service.techniques.iter().collect::<Vec<_>>(),
            ["T1", "T2"]
        );
        assert!(last.service.techniques.contains("T2") && !last.service.techniques.contains("T"));
        assert_eq!(forwards.visits[0].varieties.iter().count(), 0);
        assert_eq!(
            built(&visits[1..2]).to_json(),
            concat!(
                r#"{"f":2,"v":[{"d":"2026-06-01","s":{"p":"0000000000000000000000000000000"#,
                r#"100000000000000000000000000000003","i":"aquaculture","m":"household"},"c":{"l":40}}]}"#
            )
        );
    }

    #[test]
    fn facts_of_another_layout_are_none() {
        for text in [
            "",
            "null",
            "[]",
            r#"{"f":0}"#,
            r#"{"f":2,"v":[{}]}"#,
            r#"{"v":[]}"#,
        ] {
            assert_eq!(CellFacts::from_json(text), None, "{text}");
        }
        assert_eq!(
            CellFacts::from_json(r#"{"f":2}"#),
            Some(CellFacts::default())
        );
        assert_eq!(serde_json::from_str::<Ids<'_>>("\"0a\"").ok(), None);
        let no_digit = format!("\"{}g\"", "0".repeat(31));
        assert_eq!(serde_json::from_str::<Ids<'_>>(&no_digit).ok(), None);
        assert_eq!(serde_json::from_str::<Word>("\"no such word\"").ok(), None);
    }

    #[test]
    fn what_stands_in_a_village_is_its_demo_households_and_bases() {
        let demo = Beneficiary {
            is_demo_household: Some(true),
            ..Beneficiary::default()
        };
        let other = Beneficiary::default();
        let base = DemoBase {
            demo_area_centi_mu: Some(900),
            ..DemoBase::default()
        };
        let households = [
            (RecordId(id(2)), &demo),
            (RecordId(id(1)), &demo),
            (RecordId(id(3)), &other),
        ];
        let facts = StandingFacts::build(households, [&base]);
        assert_eq!(
            facts.demo_households.iter().collect::<Vec<_>>(),
            [id(1), id(2)]
        );
        assert_eq!(facts.bases[0].demo_area_centi_mu, 900);
        assert_eq!(
            StandingFacts::from_json(&facts.to_json()).as_ref(),
            Some(&facts)
        );
        assert!(StandingFacts::default().is_empty());
    }
}
