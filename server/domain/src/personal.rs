//! What says who somebody is: phone numbers that are masked, and names and numbers that are taken out of texts for good.
//!
//! Of a name that was taken out nothing is kept but a [`Mark`]: its length and a keyed digest, by which it is known again in
//! what a phone sends a second time.

use serde_json::Value;

/// What stands where a name or number was.
pub const ANONYMOUS: &str = "（已匿名）";
/// A name of one letter is in too many words to be looked for.
const SHORTEST: usize = 2;
/// Digits that stay of a masked phone number.
const TAIL: usize = 4;

/// Keeps the last four digits of a phone number: enough to tell two apart, not enough to call.
pub fn mask(phone: &mut Value) {
    let Value::String(text) = phone else {
        return;
    };
    let count = text.chars().count();
    // A number so short that its tail is all of it keeps nothing.
    let keep = count.saturating_sub(if count > TAIL { TAIL } else { 0 });
    *text = text
        .chars()
        .enumerate()
        .map(|(at, digit)| if at < keep { '*' } else { digit })
        .collect();
}

/// How a text that was taken out is known again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// Its length in letters.
    pub chars: usize,
    /// Its keyed digest.
    pub digest: String,
}

/// Takes names and numbers out of texts.
pub trait Find {
    /// How many letters of `rest` are one of them; none if it begins with no such thing.
    fn at(&self, rest: &[char]) -> Option<usize>;
}

/// Names and numbers that are known.
#[derive(Clone, Debug, Default)]
pub struct Known(Vec<Vec<char>>);

impl Known {
    /// Those of `texts` that are long enough to be looked for, the longest first.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let texts = texts.into_iter().map(|text| text.trim().chars().collect());
        let mut texts: Vec<Vec<char>> = texts
            .filter(|text: &Vec<char>| text.len() >= SHORTEST)
            .collect();
        texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
        texts.dedup();
        Self(texts)
    }

    /// The texts.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|text| text.iter().collect())
    }

    /// Whether there is nothing to look for.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Find for Known {
    fn at(&self, rest: &[char]) -> Option<usize> {
        let found = self.0.iter().find(|text| rest.starts_with(text));
        found.map(Vec::len)
    }
}

/// Names and numbers of which marks alone are kept.
pub struct Marked<'m, D> {
    marks: &'m [Mark],
    digest: D,
}

impl<'m, D: Fn(&str) -> String> Marked<'m, D> {
    /// With the digest under which the marks were made.
    pub const fn new(marks: &'m [Mark], digest: D) -> Self {
        Self { marks, digest }
    }
}

impl<D> std::fmt::Debug for Marked<'_, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Marked").field(&self.marks.len()).finish()
    }
}

impl<D: Fn(&str) -> String> Find for Marked<'_, D> {
    fn at(&self, rest: &[char]) -> Option<usize> {
        let mut last: Option<(usize, String)> = None;
        for mark in self.marks {
            let Some(part) = rest.get(..mark.chars) else {
                continue;
            };
            let digest = match last.take() {
                Some((chars, digest)) if chars == mark.chars => digest,
                _ => (self.digest)(&part.iter().collect::<String>()),
            };
            if digest == mark.digest {
                return Some(mark.chars);
            }
            last = Some((mark.chars, digest));
        }
        None
    }
}

/// A text without what `find` finds; none if it holds nothing of it. What is part of one of `places`, such as a village that
/// is called after a family, stays.
pub fn without(text: &str, find: &impl Find, places: &[String]) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let places: Vec<Vec<char>> = places.iter().map(|name| name.chars().collect()).collect();
    let (mut out, mut at, mut found) = (String::with_capacity(text.len()), 0, false);
    while let Some(rest) = letters.get(at..).filter(|rest| !rest.is_empty()) {
        let place = places.iter().filter(|place| place.len() >= SHORTEST);
        let place = place
            .filter(|place| rest.starts_with(place))
            .map(Vec::len)
            .max();
        if let Some(length) = place {
            out.extend(rest.iter().take(length));
            at += length;
        } else if let Some(length) = find.at(rest) {
            out.push_str(ANONYMOUS);
            at += length.max(1);
            found = true;
        } else {
            out.extend(rest.first());
            at += 1;
        }
    }
    found.then_some(out)
}

/// Takes what `find` finds out of every text inside a value, also out of JSON inside a text; says whether there was any.
pub fn redact(value: &mut Value, find: &impl Find, places: &[String]) -> bool {
    match value {
        Value::String(text) => match without(text, find, places) {
            Some(less) => {
                *text = less;
                true
            }
            None => false,
        },
        Value::Array(values) => values
            .iter_mut()
            .fold(false, |any, value| redact(value, find, places) | any),
        Value::Object(members) => members
            .values_mut()
            .fold(false, |any, value| redact(value, find, places) | any),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_masked_number_keeps_four_digits_and_a_short_one_none() {
        for (number, masked) in [("13800001234", "*******1234"), ("1234", "****"), ("", "")] {
            let mut value = json!(number);
            mask(&mut value);
            assert_eq!(value, masked);
        }
    }

    #[test]
    fn a_name_goes_from_texts_wherever_it_stands_but_not_from_a_place_that_is_called_so() {
        let known = Known::new(["李家", "13800001234"]);
        let places = ["李家村".to_owned()];
        let mut value = json!({"a": ["到李家指导", {"b": "李家村李家，13800001234"}], "c": 3});
        assert!(redact(&mut value, &known, &places));
        assert_eq!(
            value,
            json!({"a": ["到（已匿名）指导", {"b": "李家村（已匿名），（已匿名）"}], "c": 3})
        );
        assert!(!redact(&mut value, &known, &places), "nothing is left");
        assert!(Known::new(["李", ""]).is_empty());
    }

    #[test]
    fn a_mark_finds_what_it_was_made_of_and_nothing_else() {
        let digest = |text: &str| format!("<{text}>");
        let marks = ["王建国", "李明", "张三"].map(|name| Mark {
            chars: name.chars().count(),
            digest: digest(name),
        });
        let marked = Marked::new(&marks, digest);
        assert_eq!(
            without("到王建国、李明家", &marked, &[]).unwrap(),
            "到（已匿名）、（已匿名）家"
        );
        assert_eq!(without("到王建家", &marked, &[]), None);
    }
}
