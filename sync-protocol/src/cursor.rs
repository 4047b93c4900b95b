//! The cursor: how far a replica has come, scope by scope. Opaque to the phone, which only keeps and returns it.
//!
//! It goes up and down with every sync, so it is small: `c3.` and base64url of half the epoch, then villages and references,
//! each list led by its length, and the phone's own person. Numbers are LEB128; a village is its distance from the one before.

use crate::division::DivisionCode;
use crate::ids::PersonId;
use crate::scope::Scope;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::BTreeMap;
use uuid::Uuid;

/// How far a replica has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The life of the server's database, by [`life_of`]; another one means it was restored from a backup.
    pub life: u64,
    /// The last seq that was delivered, scope by scope.
    pub scopes: BTreeMap<Scope, i64>,
}

/// Why a text is not a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotACursor;

const PREFIX: &str = "c3.";

/// What a cursor keeps of an epoch: the half that is drawn by chance.
pub const fn life_of(epoch: Uuid) -> u64 {
    epoch.as_u64_pair().1
}

impl Cursor {
    /// The opaque text.
    pub fn encode(&self) -> String {
        let (mut villages, mut references, mut own) = (Vec::new(), Vec::new(), None);
        for (scope, seq) in &self.scopes {
            match scope {
                Scope::Village(code) => villages.push((number_of(code), *seq)),
                Scope::Person(_) => own = Some(*seq),
                Scope::Reference(code) => references.push((number_of(code), *seq)),
            }
        }
        let mut bytes = self.life.to_be_bytes().to_vec();
        for codes in [villages, references] {
            write_number(&mut bytes, u64::try_from(codes.len()).unwrap_or(0));
            let mut before = 0;
            for (code, seq) in codes {
                // Scopes are in order, so no code is before the one before.
                write_number(&mut bytes, code - before);
                write_number(&mut bytes, seq.unsigned_abs());
                before = code;
            }
        }
        if let Some(seq) = own {
            write_number(&mut bytes, seq.unsigned_abs());
        }
        let mut text = String::from(PREFIX);
        URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        text
    }

    /// Reads the text that a phone of this person returned.
    pub fn decode(text: &str, person: PersonId) -> Result<Self, NotACursor> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NotACursor)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NotACursor)?;
        let mut rest = bytes.as_slice();
        let (life, after) = rest.split_first_chunk::<8>().ok_or(NotACursor)?;
        let life = u64::from_be_bytes(*life);
        rest = after;
        let mut scopes = BTreeMap::new();
        read_codes(&mut rest, 12, Scope::Village, &mut scopes)?;
        read_codes(&mut rest, 6, Scope::Reference, &mut scopes)?;
        if !rest.is_empty() {
            scopes.insert(Scope::Person(person), read_seq(&mut rest)?);
        }
        if !rest.is_empty() {
            return Err(NotACursor);
        }
        Ok(Self { life, scopes })
    }

    /// How far it has come in `scope`.
    pub fn seq(&self, scope: &Scope) -> i64 {
        self.scopes.get(scope).copied().unwrap_or(0)
    }
}

/// A code is all digits.
fn number_of(code: &DivisionCode) -> u64 {
    code.as_str().parse().unwrap_or(0)
}

fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            return bytes.push(low & 0x7f);
        }
        bytes.push(low | 0x80);
    }
}

fn read_number(bytes: &mut &[u8]) -> Result<u64, NotACursor> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(NotACursor)?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(NotACursor)
}

fn read_codes(
    bytes: &mut &[u8],
    digits: usize,
    scope: fn(DivisionCode) -> Scope,
    scopes: &mut BTreeMap<Scope, i64>,
) -> Result<(), NotACursor> {
    let mut code = 0_u64;
    for _ in 0..read_number(bytes)? {
        code = code.checked_add(read_number(bytes)?).ok_or(NotACursor)?;
        let text = format!("{code:0digits$}");
        let parsed = text.parse().map_err(|_| NotACursor)?;
        if text.len() != digits {
            return Err(NotACursor);
        }
        scopes.insert(scope(parsed), read_seq(bytes)?);
    }
    Ok(())
}

fn read_seq(bytes: &mut &[u8]) -> Result<i64, NotACursor> {
    i64::try_from(read_number(bytes)?).map_err(|_| NotACursor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn me() -> PersonId {
        PersonId(Uuid::from_u128(9))
    }

    fn of(scopes: &[(&str, i64)]) -> Cursor {
        let scopes = scopes
            .iter()
            .map(|(scope, seq)| (scope.parse().unwrap(), *seq));
        Cursor {
            life: 5,
            scopes: scopes.collect(),
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        let person = format!("u:{}", me());
        let cursor = of(&[
            ("v:010000000001", 0),
            ("v:421083100201", 18_221),
            ("v:421083100202", i64::MAX),
            ("ref:421083", 7),
            (&person, 127),
        ]);
        let back = Cursor::decode(&cursor.encode(), me()).unwrap();
        assert_eq!(back, cursor);
        assert_eq!(back.seq(&"v:421083100201".parse().unwrap()), 18_221);
        assert_eq!(
            Cursor::decode(&Cursor::default().encode(), me()),
            Ok(Cursor::default())
        );
    }

    #[test]
    fn a_cursor_of_forty_villages_fits_two_hundred_bytes() {
        let villages =
            (0..40).map(|n| (format!("v:421083{:03}{:03}", 100 + n / 8, 200 + n), 9_000));
        let cursor = Cursor {
            life: 5,
            scopes: villages
                .map(|(scope, seq)| (scope.parse().unwrap(), seq))
                .collect(),
        };
        assert!(cursor.encode().len() <= 200, "{}", cursor.encode().len());
    }

    #[test]
    fn what_is_not_a_cursor_is_refused() {
        for bad in [
            "",
            "c1.",
            "c3.",
            "c3.AA",
            "c3.zz==",
            "c2.AY_wwk0QexKn1JLB4PO1hgGpzcrN6RycAwHVuTwAAZCz8mwafT6KQQydLl96EAA",
            "☃",
            "c3.☃☃",
        ] {
            assert_eq!(Cursor::decode(bad, me()), Err(NotACursor), "{bad}");
        }
    }

    proptest! {
        #![proptest_config(crate::testing::cases(512))]

        #[test]
        fn no_text_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let text = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
            if let Ok(cursor) = Cursor::decode(&text, me()) {
                prop_assert_eq!(Cursor::decode(&cursor.encode(), me()), Ok(cursor));
            }
        }
    }
}
