//! Where rows go when rows above them are repeated, and what that does to references such as `B5`, `$A$1:F20`, `$4:$4` or
//! `'汇总 1'!B5`, whatever sheet they stand on.

use std::collections::BTreeMap;

/// Rows that are repeated: the number of a row, and how many more of it there are.
#[derive(Clone, Debug, Default)]
pub(super) struct Shift(Vec<(u32, u32)>);

impl Shift {
    pub(super) fn add(&mut self, row: u32, more: u32) {
        self.0.push((row, more));
    }

    fn moved_by(&self, counts: impl Fn(u32) -> bool) -> u32 {
        let above = self.0.iter().filter(|(row, _)| counts(*row));
        above.map(|(_, more)| more).sum()
    }

    /// Where a row begins.
    pub(super) fn first(&self, row: u32) -> u32 {
        row + self.moved_by(|repeated| repeated < row)
    }

    /// Where the last of its copies is.
    pub(super) fn last(&self, row: u32) -> u32 {
        row + self.moved_by(|repeated| repeated <= row)
    }
}

/// The shifts of all sheets of a workbook, by their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Shifts(BTreeMap<String, Shift>);

impl Shifts {
    pub(super) fn add(&mut self, sheet: &str, shift: Shift) {
        // Spreadsheets tell names apart by more than their case.
        self.0.insert(sheet.to_lowercase(), shift);
    }

    fn of(&self, sheet: &str) -> Option<&Shift> {
        self.0.get(&sheet.to_lowercase())
    }
}

/// What moves, seen from one sheet; from none where a reference has to say its sheet.
pub(super) struct Moves<'a> {
    pub(super) book: &'a Shifts,
    pub(super) home: Option<&'a str>,
}

/// One piece of a formula.
enum Token<'a> {
    /// The name of a sheet, with `!` and all quotes, and what it is called.
    Sheet(&'a str, String),
    /// A cell: its column with all `$`, and its row.
    Cell(&'a str, &'a str, u32),
    /// A row by itself, with `$` or without, as in `$4:$4`.
    Row(&'a str, &'a str, u32),
    /// Anything else.
    Other(&'a str),
}

impl Moves<'_> {
    /// Where a row of this sheet begins.
    pub(super) fn first(&self, row: u32) -> u32 {
        let own = self.home.and_then(|home| self.book.of(home));
        own.map_or(row, |own| own.first(row))
    }

    /// Ranges such as `B5`, `A1:F20`, or several of them with spaces between.
    pub(super) fn ranges(&self, text: &str) -> String {
        let moved = text.split(' ').map(|range| self.formula(range, None));
        moved.collect::<Vec<_>>().join(" ")
    }

    /// A formula; `own` is the row in which it stands and the number of its copy.
    pub(super) fn formula(&self, text: &str, own: Option<(u32, u32)>) -> String {
        let mut moved = String::with_capacity(text.len() + 8);
        let (mut rest, mut sheet, mut is_end, mut is_foreign) = (text, None, false, false);
        while !rest.is_empty() {
            let (token, after) = next(rest);
            match token {
                Token::Sheet(said, name) => {
                    moved.push_str(said);
                    // `[1]` before it: a sheet of another workbook.
                    sheet = Some(name).filter(|_| !is_foreign).or(Some(String::new()));
                }
                // A number by itself is a row only beside another one.
                Token::Row(said, ..) if !is_end && !is_rows(after) => {
                    moved.push_str(said);
                    sheet = None;
                }
                Token::Cell(said, head, row) | Token::Row(said, head, row) => {
                    let named = sheet.as_deref().or(self.home);
                    match named.and_then(|name| Some((name, self.book.of(name)?))) {
                        Some((name, shift)) => {
                            let is_here = self.home == Some(name);
                            let copy = own.filter(|(own, _)| is_here && *own == row);
                            let to = match copy {
                                Some((_, copy)) => shift.first(row) + copy,
                                None if is_end => shift.last(row),
                                None => shift.first(row),
                            };
                            moved.push_str(head);
                            moved.push_str(&to.to_string());
                        }
                        None => moved.push_str(said),
                    }
                    is_end = after.starts_with(':');
                    if is_end {
                        moved.push(':');
                        rest = after.get(1..).unwrap_or("");
                        continue;
                    }
                    sheet = None;
                }
                Token::Other(said) => {
                    moved.push_str(said);
                    is_foreign = said == "]";
                    (sheet, is_end) = (None, false);
                }
            }
            rest = after;
        }
        moved
    }
}

/// Whether a range of rows goes on here.
fn is_rows(after: &str) -> bool {
    let Some(end) = after.strip_prefix(':') else {
        return false;
    };
    matches!(next(end), (Token::Row(..), _))
}

/// The first piece of a formula, and what follows.
fn next(text: &str) -> (Token<'_>, &str) {
    let first = text.chars().next().unwrap_or(' ');
    if first == '"' || first == '\'' {
        let (said, after) = text.split_at(quoted(text, first));
        if let Some(after) = after.strip_prefix('!').filter(|_| first == '\'') {
            let inside = said.get(1..said.len() - 1).unwrap_or_default();
            let said = text.get(..=said.len()).unwrap_or(said);
            return (Token::Sheet(said, inside.replace("''", "'")), after);
        }
        return (Token::Other(said), after);
    }
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.' | '$');
    let length = text.find(|letter| !is_word(letter)).unwrap_or(text.len());
    if length == 0 {
        let (said, after) = text.split_at(first.len_utf8());
        return (Token::Other(said), after);
    }
    let (word, after) = text.split_at(length);
    if let Some(after) = after.strip_prefix('!') {
        let said = text.get(..=length).unwrap_or(word);
        return (Token::Sheet(said, word.to_owned()), after);
    }
    if let Some((head, row)) = cell(word).filter(|_| !after.starts_with('(')) {
        return (Token::Cell(word, head, row), after);
    }
    if let Some((head, row)) = row(word) {
        return (Token::Row(word, head, row), after);
    }
    (Token::Other(word), after)
}

/// How long a quoted text is, with its quotes; a doubled quote is one inside.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(quote)) {
        at += found + 1;
        if !text.get(at..).is_some_and(|rest| rest.starts_with(quote)) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// The column of a cell with all `$`, and its row.
fn cell(word: &str) -> Option<(&str, u32)> {
    let bytes = word.as_bytes();
    let dollar = |at: usize| usize::from(bytes.get(at) == Some(&b'$'));
    let run = |from: usize, is: fn(&u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or(&[]);
        rest.iter().take_while(|byte| is(byte)).count()
    };
    let begin = dollar(0);
    let letters = run(begin, u8::is_ascii_uppercase);
    let digits_from = begin + letters + dollar(begin + letters);
    let digits = run(digits_from, u8::is_ascii_digit);
    let is_whole = digits_from + digits == word.len();
    if !is_whole || !(1..=3).contains(&letters) || !(1..=7).contains(&digits) {
        return None;
    }
    let row = word.get(digits_from..)?.parse().ok()?;
    Some((word.get(..digits_from)?, row))
}

/// A row by itself: `$` or nothing, and its number.
fn row(word: &str) -> Option<(&str, u32)> {
    let digits = word.trim_start_matches('$');
    let head = word.get(..word.len() - digits.len())?;
    let is_row = head.len() <= 1 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .parse()
        .ok()
        .filter(|_| is_row)
        .map(|row| (head, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On 表一 row 5 becomes three, and row 8 two; on `It's 2` row 2 becomes five.
    fn book() -> Shifts {
        let mut book = Shifts::default();
        book.add("表一", Shift(vec![(5, 2), (8, 1)]));
        book.add("It's 2", Shift(vec![(2, 4)]));
        book
    }

    fn moved(home: Option<&str>, text: &str, own: Option<(u32, u32)>) -> String {
        let book = book();
        Moves { book: &book, home }.formula(text, own)
    }

    #[test]
    fn rows_below_what_is_repeated_move_and_ranges_over_it_grow() {
        for (before, after) in [
            ("SUM(C5:C5)", "SUM(C5:C7)"),
            ("SUM($C$5:$C$8)+D9", "SUM($C$5:$C$11)+D12"),
            ("A1&B4", "A1&B4"),
            ("IF(B6>0,\"B6 \"\"A9\",A5)", "IF(B8>0,\"B6 \"\"A9\",A5)"),
            ("LOG10(A6)+A6B+rate.C9", "LOG10(A8)+A6B+rate.C9"),
            ("A:A", "A:A"),
            ("SUM($4:$6)", "SUM($4:$8)"),
        ] {
            assert_eq!(moved(Some("表一"), before, None), after);
        }
        let book = book();
        let moves = Moves {
            book: &book,
            home: Some("表一"),
        };
        assert_eq!(moves.ranges("A1:F9 B6"), "A1:F12 B8");
    }

    #[test]
    fn a_formula_in_a_repeated_row_looks_at_its_own_copy() {
        let own = Some((5, 1));
        assert_eq!(moved(Some("表一"), "C5*D$9/C5", own), "C6*D$12/C6");
        assert_eq!(
            moved(Some("表一"), "表一!C5+'It''s 2'!C5", own),
            "表一!C6+'It''s 2'!C9"
        );
    }

    #[test]
    fn references_to_other_sheets_move_as_those_sheets_do() {
        for (before, after) in [
            ("SUM(表一!C5:C5)+C9", "SUM(表一!C5:C7)+C9"),
            ("'It''s 2'!B3&\"表一!C9\"", "'It''s 2'!B7&\"表一!C9\""),
            ("[1]表一!C9+'[1]表一'!C9", "[1]表一!C9+'[1]表一'!C9"),
            ("表一!C9+unknown!C9", "表一!C12+unknown!C9"),
        ] {
            assert_eq!(moved(Some("elsewhere"), before, None), after);
        }
        // Names of a workbook stand on no sheet.
        for (before, after) in [
            ("表一!$A$1:$G$9", "表一!$A$1:$G$12"),
            ("表一!$A:$B,表一!$4:$4", "表一!$A:$B,表一!$4:$4"),
            ("表一!$6:$6", "表一!$8:$8"),
            ("C9", "C9"),
        ] {
            assert_eq!(moved(None, before, None), after);
        }
    }
}
