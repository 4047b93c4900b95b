//! A ratio that keeps its parts: rates are re-computed from numerator and denominator, never averaged.

/// `numerator / denominator`, with its rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// What was reached.
    pub numerator: i64,
    /// Out of what.
    pub denominator: i64,
}

impl Ratio {
    /// Shorthand for a ratio.
    pub const fn new(numerator: i64, denominator: i64) -> Self {
        Self {
            numerator,
            denominator,
        }
    }

    /// The ratio in 0.01 %, rounded half up; `None` if there is nothing to divide by.
    pub fn basis_points(self) -> Option<i64> {
        self.times(10_000)
    }

    /// `numerator × factor / denominator`, rounded to the nearest integer, halves towards +∞ (2.5 → 3,
    /// -2.5 → -2); `None` if the denominator is not positive or the result does not fit.
    pub fn times(self, factor: i64) -> Option<i64> {
        if self.denominator <= 0 {
            return None;
        }
        let denominator = i128::from(self.denominator);
        let scaled = i128::from(self.numerator) * i128::from(factor);
        let rounded = (2 * scaled + denominator).div_euclid(2 * denominator);
        i64::try_from(rounded).ok()
    }
}

/// A number of things as a part of a ratio.
pub(super) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_up_and_nothing_divides_by_zero() {
        for (ratio, factor, rounded) in [
            (Ratio::new(1, 3), 10_000, Some(3333)),
            (Ratio::new(2, 3), 10_000, Some(6667)),
            (Ratio::new(1, 8), 100, Some(13)),
            (Ratio::new(-1, 8), 100, Some(-12)),
            (Ratio::new(5, 2), 1, Some(3)),
            (Ratio::new(-5, 2), 1, Some(-2)),
            (Ratio::new(0, 0), 10_000, None),
            (Ratio::new(1, 0), 10_000, None),
            (Ratio::new(1, -1), 10_000, None),
            (Ratio::new(i64::MAX, 1), 10_000, None),
            (Ratio::new(i64::MAX, i64::MAX), 10_000, Some(10_000)),
        ] {
            assert_eq!(ratio.times(factor), rounded, "{ratio:?}");
        }
    }
}
