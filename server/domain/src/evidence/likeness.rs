//! Whether two pictures look alike, by what was noted of each.

/// A coarse and a fine difference hash of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// 64 bits: of nine by eight grey cells, whether each is brighter than the one to its left.
    pub coarse: u64,
    /// 256 bits: the same of seventeen by sixteen.
    pub fine: [u64; 4],
}

/// Bits of the coarse hash in which the same picture, saved again by a messenger, may differ.
const COARSE_BITS: u32 = 8;
/// Bits of the fine one.
const FINE_BITS: u32 = 32;
/// A picture with fewer set or unset bits has too little in it to be known again: fog, a wall, a dark shed.
const LEAST_BITS: u32 = 8;

/// Whether two pictures are nearly the same.
pub fn is_alike(one: Likeness, other: Likeness) -> bool {
    let fine: u32 = one
        .fine
        .iter()
        .zip(other.fine)
        .map(|(a, b)| (a ^ b).count_ones())
        .sum();
    one.says_something()
        && other.says_something()
        && (one.coarse ^ other.coarse).count_ones() <= COARSE_BITS
        && fine <= FINE_BITS
}

impl Likeness {
    /// Whether there is enough in the picture to know it again.
    pub fn says_something(self) -> bool {
        let set = self.coarse.count_ones();
        (LEAST_BITS..=64 - LEAST_BITS).contains(&set)
    }

    /// Four parts of the coarse hash. Pictures that differ in three bits or fewer have one of them in common.
    pub fn bands(self) -> [i64; 4] {
        [48, 32, 16, 0].map(|shift| (self.coarse >> shift & 0xffff).cast_signed())
    }

    /// The fine hash as 64 hexadecimal digits.
    pub fn fine_hex(self) -> String {
        self.fine.map(|part| format!("{part:016x}")).concat()
    }

    /// The likeness of a coarse hash and the digits of a fine one.
    pub fn of(coarse: u64, fine_hex: &str) -> Option<Self> {
        let mut fine = [0; 4];
        for (at, part) in fine.iter_mut().enumerate() {
            let digits = fine_hex.get(at * 16..at * 16 + 16)?;
            *part = u64::from_str_radix(digits, 16).ok()?;
        }
        Some(Self { coarse, fine })
    }
}
