//! Sets of ids and names as one text each, and words of code lists: how facts stay small and are read fast.

use crate::codes::{self, CodeList};
use serde::de::{self, Deserializer, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use uuid::Uuid;

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
