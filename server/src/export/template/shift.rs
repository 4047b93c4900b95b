//! Where rows go when rows above them are repeated, and what that does to references such as `B5`, `$A$1:F20`.

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
    fn last(&self, row: u32) -> u32 {
        row + self.moved_by(|repeated| repeated <= row)
    }

    /// Ranges such as `B5`, `A1:F20`, or several of them with spaces between.
    pub(super) fn ranges(&self, text: &str) -> String {
        let moved = text.split(' ').map(|range| self.formula(range, None));
        moved.collect::<Vec<_>>().join(" ")
    }

    /// A formula; `own` is the row in which it stands and the number of its copy. References to other sheets stay.
    pub(super) fn formula(&self, text: &str, own: Option<(u32, u32)>) -> String {
        let mut moved = String::with_capacity(text.len() + 8);
        let (mut rest, mut before, mut is_end) = (text, ' ', false);
        while let Some(letter) = rest.chars().next() {
            if letter == '"' || letter == '\'' {
                let inside = rest.get(1..).unwrap_or("");
                let length = inside.find(letter).map_or(rest.len(), |at| at + 2);
                let (quoted, after) = rest.split_at(length);
                moved.push_str(quoted);
                (rest, before, is_end) = (after, letter, false);
                continue;
            }
            let may_begin = !(before.is_alphanumeric() || matches!(before, '_' | '.' | '!'));
            if may_begin && let Some((length, column, row)) = reference(rest) {
                let (token, after) = rest.split_at(length);
                let follows = after.chars().next();
                if !follows.is_some_and(|next| {
                    next.is_alphanumeric() || matches!(next, '_' | '(' | '!' | '.')
                }) {
                    let is_own = own.filter(|(own, _)| *own == row);
                    let to = match is_own {
                        Some((_, copy)) => self.first(row) + copy,
                        None if is_end => self.last(row),
                        None => self.first(row),
                    };
                    moved.push_str(column);
                    moved.push_str(&to.to_string());
                    before = token.chars().next_back().unwrap_or(' ');
                    (rest, is_end) = (after, follows == Some(':'));
                    if is_end {
                        moved.push(':');
                        (rest, before) = (after.get(1..).unwrap_or(""), ':');
                    }
                    continue;
                }
            }
            moved.push(letter);
            (rest, before, is_end) = (rest.get(letter.len_utf8()..).unwrap_or(""), letter, false);
        }
        moved
    }
}

/// A reference at the beginning: its length, its column with all `$`, and its row.
fn reference(text: &str) -> Option<(usize, &str, u32)> {
    let bytes = text.as_bytes();
    let dollar = |at: usize| usize::from(bytes.get(at) == Some(&b'$'));
    let run = |from: usize, is: fn(&u8) -> bool| {
        let rest = bytes.get(from..).unwrap_or(&[]);
        rest.iter().take_while(|byte| is(byte)).count()
    };
    let begin = dollar(0);
    let letters = run(begin, u8::is_ascii_uppercase);
    let digits_from = begin + letters + dollar(begin + letters);
    let digits = run(digits_from, u8::is_ascii_digit);
    if !(1..=3).contains(&letters) || !(1..=7).contains(&digits) {
        return None;
    }
    let length = digits_from + digits;
    let row = text.get(digits_from..length)?.parse().ok()?;
    Some((length, text.get(..digits_from)?, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift() -> Shift {
        // Row 5 becomes three, row 8 two.
        Shift(vec![(5, 2), (8, 1)])
    }

    #[test]
    fn rows_below_what_is_repeated_move_and_ranges_over_it_grow() {
        for (before, after) in [
            ("SUM(C5:C5)", "SUM(C5:C7)"),
            ("SUM($C$5:$C$8)+D9", "SUM($C$5:$C$11)+D12"),
            ("A1&B4", "A1&B4"),
            ("IF(B6>0,\"B6\",A5)", "IF(B8>0,\"B6\",A5)"),
            (
                "Sheet2!B6+'B6 x'!C9+LOG10(A6)",
                "Sheet2!B6+'B6 x'!C9+LOG10(A8)",
            ),
            ("A:A", "A:A"),
        ] {
            assert_eq!(shift().formula(before, None), after);
        }
        assert_eq!(shift().ranges("A1:F9 B6"), "A1:F12 B8");
    }

    #[test]
    fn a_formula_in_a_repeated_row_looks_at_its_own_copy() {
        assert_eq!(shift().formula("C5*D$9/C5", Some((5, 1))), "C6*D$12/C6");
    }
}
