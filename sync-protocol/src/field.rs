//! What a field of a record is, as data: its type, who may change it, and how a conflict is decided.
//! Validation, merging and the generated tables of the specification all read these.

use crate::codes::CodeList;
use crate::words::Words;

/// The type of a field and its bounds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// A UUID.
    Id,
    /// A set of at most this many UUIDs.
    IdSet(usize),
    /// A 12-digit village code.
    Village,
    /// A 9-digit township code.
    Township,
    /// A local calendar date, `YYYY-MM-DD`.
    Date,
    /// An instant: integer milliseconds since 1970-01-01 UTC.
    Instant,
    /// An entry of a code list.
    Code(&'static CodeList),
    /// A set of at most this many entries of a code list.
    CodeSet(&'static CodeList, usize),
    /// A code of the county's technique catalogue: 1 to 32 of `A-Z a-z 0-9 . _ -`.
    CatalogueCode,
    /// A set of at most this many catalogue codes.
    CatalogueCodeSet(usize),
    /// A season: a year, or a year and `-spring`, `-summer`, `-autumn` or `-winter`.
    Season,
    /// A text of at most this many characters.
    Text(usize),
    /// A set of at most `count` texts of at most `chars` characters.
    TextSet {
        /// How many texts.
        count: usize,
        /// How many characters each.
        chars: usize,
    },
    /// An integer within these bounds; the unit is in the field's name.
    Integer {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// True or false.
    Flag,
    /// A [`crate::position::Position`].
    Position,
    /// A SHA-256: 64 lower-case hexadecimal digits.
    Sha256,
}

/// How two people's concurrent edits of one field become one value. The losing value is always kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Fixed at creation; a later value is refused, the rest of the mutation applies.
    Immutable,
    /// Written by the server alone; a phone cannot push it.
    Authority,
    /// The higher role wins, then the later corrected edit time, then device id and counter.
    LatestEdit,
    /// Additions and removals of elements; two people's both count.
    Set,
    /// A measured number: decided as [`Class::LatestEdit`], and flagged for review; never summed.
    Measure,
    /// Changed by commands alone (submit, withdraw, review).
    StateMachine,
}

/// One field of a record.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name in JSON.
    pub name: &'static str,
    /// What people read.
    pub label: Words,
    /// Its type and bounds.
    pub kind: Type,
    /// How a conflict is decided.
    pub class: Class,
    /// Whether a created record must carry it.
    pub required: bool,
}

impl Field {
    /// Whether the value is a set, changed by `add` and `remove`.
    pub fn is_set(&self) -> bool {
        matches!(self.class, Class::Set)
    }

    /// Whether only the server writes it.
    pub fn is_server_owned(&self) -> bool {
        matches!(self.class, Class::Authority | Class::StateMachine)
    }
}
