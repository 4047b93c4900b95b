//! How long to wait before the next attempt. A pure function: it reads no clock and makes no random number.

use std::time::Duration;

/// The first pause is at most this long, and at least half of it.
const FIRST_MS: u64 = 2_000;
/// A pause grows up to this: fifteen minutes.
const CAP_MS: u64 = 15 * 60 * 1_000;

/// The pause after `failures` attempts in a row that failed, at least 1.
///
/// Its longest doubles with each failure, from 2 s to 15 min; `random` moves it within the upper half of that, so that phones
/// that lost the server together do not come back together. It is never shorter than what the server asked for
/// with `Retry-After`, and then the jitter comes on top.
pub fn pause(failures: u32, retry_after_s: Option<u32>, random: u64) -> Duration {
    let doublings = failures.saturating_sub(1).min(20);
    let full = FIRST_MS.saturating_mul(1 << doublings).min(CAP_MS);
    let half = full / 2;
    let jitter = random % (half + 1);
    let millis = match retry_after_s {
        None => half + jitter,
        Some(seconds) => (u64::from(seconds) * 1_000 + jitter).max(half + jitter),
    };
    Duration::from_millis(millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_from_two_seconds_to_fifteen_minutes() {
        let longest = |failures| {
            let pauses = (0..2_000).map(|random| pause(failures, None, random * 977));
            pauses.max().unwrap().as_millis()
        };
        assert!(
            (1_900..=2_000).contains(&longest(1)),
            "and the first is jittered as well"
        );
        assert!((3_800..=4_000).contains(&longest(2)));
        assert!((31_000..=32_000).contains(&longest(5)));
        assert!(longest(60) <= 900_000);
        assert!(pause(60, None, u64::MAX) >= Duration::from_mins(7));
        assert_eq!(pause(0, None, 0), Duration::from_secs(1));
    }

    #[test]
    fn what_the_server_asked_for_is_never_undercut() {
        for random in [0, 1, 499, u64::MAX] {
            let asked = pause(1, Some(30), random);
            assert!((30_000..=31_000).contains(&asked.as_millis()), "{asked:?}");
            assert!(pause(12, Some(1), random) >= Duration::from_secs(450));
        }
    }
}
