//! Searches the bytes of a photo, while they pass, for what others would run or open.
//!
//! Others are a browser, a viewer of documents, an unpacker. What phones add to their photos (a short film, a depth map) is none of that. It keeps no bytes but the last few.

use aho_corasick::{AhoCorasick, MatchKind};
use std::sync::LazyLock;

/// What begins a page, a script, a document or an archive, in whatever case. Each has five bytes or more: shorter ones turn
/// up by chance in every thousandth photo.
const FOREIGN: [Word; 7] = [
    Word::new(0, *b"<ht", b"<html"),
    Word::new(0, *b"<sc", b"<script"),
    Word::new(0, *b"<?p", b"<?php"),
    Word::new(0, *b"<!d", b"<!doctype"),
    Word::new(0, *b"%pd", b"%pdf-"),
    Word::new(3, *b"!\x1a\x07", b"rar!\x1a\x07"),
    Word::new(0, *b"7z\xbc", b"7z\xbc\xaf\x27\x1c"),
];
/// The end of a ZIP archive, which is looked for at the end of archives, wherever they begin.
const END_OF_ZIP: Word = Word::new(1, *b"k\x05\x06", b"pk\x05\x06");
/// Bytes of that end before the comment; its last two say how long the comment is. No word is longer.
const END_OF_ZIP_BYTES: usize = 22;
/// Bytes on each side of a border between two pieces that are looked at together.
const SEAM: usize = END_OF_ZIP_BYTES - 1;

/// A word, and the three bytes of it that are looked for first: no two of these overlap, so that none hides another.
#[derive(Clone, Copy)]
struct Word {
    mark: [u8; 3],
    /// Where the mark stands in the word.
    offset: usize,
    text: &'static [u8],
}

impl Word {
    const fn new(offset: usize, mark: [u8; 3], text: &'static [u8]) -> Self {
        Self { mark, offset, text }
    }

    /// Where the word begins if its mark is at `mark`, in whatever case.
    fn begins(&self, bytes: &[u8], mark: usize) -> Option<usize> {
        let at = mark.checked_sub(self.offset)?;
        let found = bytes.get(at..at + self.text.len())?;
        found.eq_ignore_ascii_case(self.text).then_some(at)
    }
}

/// Finds every mark in one pass, with whatever vectors the processor has.
static MARKS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = FOREIGN.iter().chain([&END_OF_ZIP]);
    let marks: Vec<Vec<u8>> = words.flat_map(|word| in_every_case(word.mark)).collect();
    // Not `ascii_case_insensitive`: that goes through an automaton, byte by byte.
    let mut finder = AhoCorasick::builder();
    finder
        .match_kind(MatchKind::LeftmostFirst)
        .build(marks)
        .ok()
});

fn in_every_case(mark: [u8; 3]) -> Vec<Vec<u8>> {
    mark.iter().fold(vec![Vec::new()], |begun, byte| {
        let mut cases = vec![byte.to_ascii_lowercase(), byte.to_ascii_uppercase()];
        cases.dedup();
        let with = |case: u8| {
            begun
                .iter()
                .map(move |start| [start.as_slice(), &[case]].concat())
        };
        cases.into_iter().flat_map(with).collect()
    })
}

/// What was found in the bytes that have passed.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// The last bytes that passed, with which a word may begin.
    tail: Vec<u8>,
    /// How many have passed.
    passed: u64,
    foreign: bool,
    /// Where the furthest comment of an archive would end; an archive whose comment ends earlier does not close the file.
    archive_until: Option<u64>,
}

impl Search {
    /// Looks at the next bytes.
    pub fn pass(&mut self, piece: &[u8]) {
        let begins_at = self.passed;
        let head = piece.get(..piece.len().min(SEAM)).unwrap_or_default();
        let seam = [self.tail.as_slice(), head].concat();
        let tail_bytes = u64::try_from(self.tail.len()).unwrap_or(0);
        self.look(&seam, begins_at.saturating_sub(tail_bytes));
        self.look(piece, begins_at);
        self.passed += u64::try_from(piece.len()).unwrap_or(0);
        let last = if piece.len() < SEAM { &seam } else { piece };
        let from = last.len().saturating_sub(SEAM);
        self.tail = last.get(from..).unwrap_or_default().to_vec();
    }

    /// Whether something stands in all that passed that would be run or opened.
    pub fn holds_more(&self) -> bool {
        self.foreign || self.archive_until.is_some_and(|until| until >= self.passed)
    }

    fn look(&mut self, bytes: &[u8], begins_at: u64) {
        let Some(marks) = MARKS.as_ref() else {
            // Never: the marks are few and known. Nothing is taken unseen.
            self.foreign = true;
            return;
        };
        for mark in marks.find_iter(bytes).map(|found| found.start()) {
            self.foreign |= FOREIGN
                .iter()
                .any(|word| word.begins(bytes, mark).is_some());
            let archive = END_OF_ZIP.begins(bytes, mark);
            let until = archive.and_then(|at| archive_until(bytes, at));
            self.archive_until = self.archive_until.max(until.map(|until| begins_at + until));
        }
    }
}

/// Where the comment of the archive ends whose end begins at `at`.
fn archive_until(bytes: &[u8], at: usize) -> Option<u64> {
    let &[low, high] = bytes.get(at + END_OF_ZIP_BYTES - 2..at + END_OF_ZIP_BYTES)? else {
        return None;
    };
    let end = u64::try_from(at + END_OF_ZIP_BYTES).ok()?;
    Some(end + u64::from(u16::from_le_bytes([low, high])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds_more(bytes: &[u8], piece: usize) -> bool {
        let mut search = Search::default();
        bytes.chunks(piece).for_each(|piece| search.pass(piece));
        search.holds_more()
    }

    #[test]
    fn a_word_is_found_in_whatever_pieces_it_comes() {
        let zip = [b"PK\x05\x06".as_slice(), &[0; 16], &[3, 0], b"end"].concat();
        let words: Vec<&[u8]> = FOREIGN.iter().map(|word| word.text).collect();
        for word in words.into_iter().chain([zip.as_slice()]) {
            for case in [word.to_ascii_lowercase(), word.to_ascii_uppercase()] {
                for before in [0, 1, 40] {
                    let bytes = [vec![b'<'; before], case.clone()].concat();
                    for piece in [1, 2, 3, 7, 20, 21, 22, 23, 1000] {
                        assert!(holds_more(&bytes, piece), "{bytes:?} by {piece}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_only_resembles_a_word_is_let_through_in_whatever_pieces_it_comes() {
        let film = [b"PK\x05\x06".as_slice(), &[0; 18], b"and more"].concat();
        for bytes in [
            &b"<htm <scrip <?ph <!doctyp %pdf rar!\x1a 7z\xbc\xaf\x27"[..],
            &film,
        ] {
            for piece in [1, 2, 3, 7, 20, 21, 22, 23, 1000] {
                assert!(!holds_more(bytes, piece), "{bytes:?} by {piece}");
            }
        }
    }

    #[test]
    fn no_mark_hides_another() {
        let marks: Vec<_> = FOREIGN
            .iter()
            .chain([&END_OF_ZIP])
            .map(|word| word.mark)
            .collect();
        for (one, other) in marks
            .iter()
            .flat_map(|one| marks.iter().map(move |other| (one, other)))
        {
            for overlap in 1..3 {
                assert_ne!(one[3 - overlap..], other[..overlap], "{one:?} {other:?}");
            }
        }
    }
}
