//! The cursor: how far a replica has come, scope by scope. Opaque to the phone, which only keeps and returns it.

use crate::scope::Scope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How far a replica has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The life of the server's database; another one means it was restored from a backup.
    #[serde(rename = "e")]
    pub epoch: Uuid,
    /// The last seq that was delivered, scope by scope.
    #[serde(rename = "s")]
    pub scopes: BTreeMap<Scope, i64>,
}

/// Why a text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACursor;

const PREFIX: &str = "c1.";

impl Cursor {
    /// The opaque text.
    pub fn encode(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let mut text = String::with_capacity(PREFIX.len() + json.len() * 2);
        text.push_str(PREFIX);
        for byte in json {
            text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
            text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        }
        text
    }

    /// Reads the text that a phone returned.
    pub fn decode(text: &str) -> Result<Self, NotACursor> {
        let digits = text.strip_prefix(PREFIX).ok_or(NotACursor)?.as_bytes();
        let (pairs, rest) = digits.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(NotACursor);
        }
        let json: Option<Vec<u8>> = pairs.iter().map(|pair| byte_of(*pair)).collect();
        let cursor: Self =
            serde_json::from_slice(&json.ok_or(NotACursor)?).map_err(|_| NotACursor)?;
        if cursor.scopes.values().any(|seq| *seq < 0) {
            return Err(NotACursor);
        }
        Ok(cursor)
    }

    /// How far it has come in `scope`.
    pub fn seq(&self, scope: &Scope) -> i64 {
        self.scopes.get(scope).copied().unwrap_or(0)
    }
}

fn byte_of([high, low]: [u8; 2]) -> Option<u8> {
    let high = char::from(high).to_digit(16)?;
    let low = char::from(low).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let scope: Scope = "v:421083100201".parse().unwrap();
        let cursor = Cursor {
            epoch: Uuid::from_u128(5),
            scopes: BTreeMap::from([(scope.clone(), 18_221)]),
        };
        let back = Cursor::decode(&cursor.encode()).unwrap();
        assert_eq!(back, cursor);
        assert_eq!(back.seq(&scope), 18_221);
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        for bad in [
            "",
            "c1.",
            "c1.7",
            "c1.zz",
            "c2.7b7d",
            "c1.7b7d",
            "☃",
            "c1.☃☃",
        ] {
            assert_eq!(Cursor::decode(bad), Err(NotACursor), "{bad}");
        }
    }
}
