//! What must not be read in a log: a text that does not show itself, and the alphabet of codes that people type.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Letters and digits that are not mistaken for one another on a phone or over the telephone: no I, L, O, 0, 1.
pub const UNAMBIGUOUS: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// Letters of an enrolment code.
pub const CODE_LENGTH: usize = 8;

/// A password, a token, a one-time code, or what is kept of a password. `Debug` hides it and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Password)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself: to be hashed, or shown to its owner once.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// An enrolment code as it was made, from what somebody typed: without spaces and hyphens, in capitals.
/// `None` if it cannot be one.
pub fn read_code(typed: &Secret) -> Option<Secret> {
    let kept = typed
        .expose()
        .chars()
        .filter(|letter| !is_separator(*letter));
    let code: String = kept
        .take(CODE_LENGTH + 1)
        .map(|letter| letter.to_ascii_uppercase())
        .collect();
    let known = code.bytes().all(|byte| UNAMBIGUOUS.contains(&byte));
    (code.len() == CODE_LENGTH && known).then_some(Secret(code))
}

fn is_separator(letter: char) -> bool {
    letter == '-' || letter.is_whitespace()
}

/// A code as people read it: in two halves.
pub fn in_halves(code: &Secret) -> Secret {
    match code.expose().split_at_checked(CODE_LENGTH / 2) {
        Some((first, second)) => Secret(format!("{first}-{second}")),
        None => code.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "Secret(…)");
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let made = Secret::new("ABCD2345");
        for typed in ["ABCD2345", "abcd-2345", " abcd 2345\n", "A-B-C-D-2-3-4-5"] {
            assert_eq!(
                read_code(&Secret::new(typed)),
                Some(made.clone()),
                "{typed}"
            );
        }
        assert_eq!(read_code(&in_halves(&made)), Some(made));
    }

    #[test]
    fn what_cannot_be_a_code_is_none() {
        for typed in [
            "",
            "ABCD234",
            "ABCD23456",
            "ABCD234O",
            "ABCD234\u{0}",
            "ＡＢＣＤ２３４５",
            "ſBCD2345",
        ] {
            assert_eq!(read_code(&Secret::new(typed)), None, "{typed}");
        }
    }

    #[test]
    fn the_alphabet_has_no_letter_twice_and_none_that_is_mistaken() {
        let mut letters = UNAMBIGUOUS.to_vec();
        letters.dedup();
        assert_eq!(letters.len(), UNAMBIGUOUS.len());
        assert!(!letters.iter().any(|letter| b"ILO01".contains(letter)));
    }
}
