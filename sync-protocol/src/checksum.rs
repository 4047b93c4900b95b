//! The checksum of a scope: phone and server hold the same records at the same revisions if
//! count and sum agree. Cheap in any language: 32-bit arithmetic, no order, no big integers.

use crate::ids::RecordId;

/// FNV-1a, 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
pub fn fnv1a32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Lower-case hexadecimal digits, two a byte: how hashes travel.
pub fn hex(bytes: &[u8]) -> String {
    let halves = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    halves
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

/// What one live record adds to the sum of its scope: `fnv1a32("<id>:<rev>")`.
pub fn share(id: RecordId, rev: i64) -> u32 {
    fnv1a32(format!("{id}:{rev}").as_bytes())
}

/// Count and wrapping sum of the live records of one scope.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many live records.
    pub count: i64,
    /// `Σ share(id, rev) mod 2^32`.
    pub sum: u32,
}

impl Tally {
    /// A live record enters the scope.
    pub fn add(&mut self, id: RecordId, rev: i64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(share(id, rev));
    }

    /// A live record leaves the scope.
    pub fn remove(&mut self, id: RecordId, rev: i64) {
        self.count -= 1;
        self.sum = self.sum.wrapping_sub(share(id, rev));
    }

    /// The sum as it travels: eight lower-case hexadecimal digits.
    pub fn sum_hex(&self) -> String {
        format!("{:08x}", self.sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv1a32_agrees_with_the_published_vectors() {
        assert_eq!(fnv1a32(b""), 0x811c_9dc5);
        assert_eq!(fnv1a32(b"a"), 0xe40c_292c);
        assert_eq!(fnv1a32(b"foobar"), 0xbf9c_f968);
    }

    #[test]
    fn what_enters_and_leaves_leaves_no_trace() {
        let id = RecordId(uuid::Uuid::from_u128(7));
        let mut tally = Tally::default();
        tally.add(id, 3);
        assert_ne!(tally, Tally::default());
        tally.remove(id, 3);
        assert_eq!(tally, Tally::default());
    }
}
