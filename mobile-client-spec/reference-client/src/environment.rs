//! What a phone gets from the machine: its two clocks and new ids. The only file that asks the system, so that
//! a simulation can seed the ids and set a clock wrong. It knows nothing of records.

use std::time::{Instant, SystemTime};
use tepai_sync_protocol::edit_time::ClockReading;
use uuid::Uuid;

/// Reads both clocks of the phone at once. The wall clock may be wrong by years; nothing here minds.
pub trait PhoneClock: Send + Sync {
    /// The clocks now.
    fn now(&self) -> ClockReading;
}

/// Makes ids that nobody else makes.
pub trait IdSource: Send + Sync {
    /// A new `UUIDv7`, with the phone's wall clock in it. Its time orders nothing; it keeps indexes tidy.
    fn next_id(&mut self, wall_ms: i64) -> Uuid;
}

/// The clocks of this machine.
#[derive(Clone, Debug)]
pub struct SystemClock {
    boot: String,
    started: Instant,
}

impl SystemClock {
    /// Starts a run of the monotonic clock.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    pub fn start() -> Self {
        Self {
            // It only has to differ from the boots before it.
            boot: format!("{:08x}", Uuid::new_v4().as_fields().0),
            started: Instant::now(),
        }
    }
}

impl PhoneClock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    fn now(&self) -> ClockReading {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let millis = |span: std::time::Duration| i64::try_from(span.as_millis()).ok();
        ClockReading {
            wall: wall.ok().and_then(millis).unwrap_or(0),
            boot: Some(self.boot.clone()),
            mono_ms: millis(self.started.elapsed()),
        }
    }
}

/// Random ids of one run of the app: the random bits are drawn once, and their last 32 count on (RFC 9562, 6.2).
///
/// So the ids of a batch have most of their digits in common and compress to a third. A run that begins anew, also
/// one that was restored from a backup, draws anew. There is no `Clone`: two copies would make the same ids.
#[derive(Debug)]
pub struct SystemIds {
    random: u128,
    count: u32,
}

impl SystemIds {
    /// Draws the random bits of this run.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    pub fn start() -> Self {
        let random = Uuid::new_v4();
        Self {
            random: random.as_u128() & !u128::from(u32::MAX),
            // Another start for each run, so that two runs that share the other bits do not meet either.
            count: random.as_fields().0,
        }
    }
}

impl IdSource for SystemIds {
    fn next_id(&mut self, wall_ms: i64) -> Uuid {
        self.count = self.count.wrapping_add(1);
        let [_, _, _, _, _, _, random @ ..] = (self.random | u128::from(self.count)).to_be_bytes();
        uuid_v7(wall_ms, random)
    }
}

fn uuid_v7(wall_ms: i64, random: [u8; 10]) -> Uuid {
    let millis = u64::try_from(wall_ms).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Ids that follow from a seed: the same in every run. Give each phone a seed of its own, a cloned one too.
#[derive(Clone, Debug)]
pub struct SeededIds {
    state: u64,
}

impl SeededIds {
    /// Starts the sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        let mut ids = Self { state: seed };
        // Neighbouring seeds would else walk over each other's states.
        ids.state = ids.next_u64();
        ids
    }

    /// `SplitMix64`. Also good for the jitter of a pause.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl IdSource for SeededIds {
    fn next_id(&mut self, wall_ms: i64) -> Uuid {
        let mut random = [0; 10];
        let (high, low) = (self.next_u64().to_be_bytes(), self.next_u64().to_be_bytes());
        for (to, from) in random.iter_mut().zip(high.into_iter().chain(low)) {
            *to = from;
        }
        uuid_v7(wall_ms, random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn seeded_ids_repeat_and_do_not_meet() {
        let ids = |seed| {
            let mut source = SeededIds::new(seed);
            std::iter::repeat_with(move || source.next_id(1_780_000_000_000)).take(500)
        };
        assert!(ids(7).eq(ids(7)));
        let all: BTreeSet<_> = (0..20).flat_map(ids).collect();
        assert_eq!(all.len(), 10_000);
        assert!(all.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_ids_of_a_run_count_on_and_those_of_two_runs_do_not_meet() {
        let wall_ms = 1_780_000_000_000;
        let (mut first, mut second) = (SystemIds::start(), SystemIds::start());
        let ids: Vec<_> = std::iter::repeat_with(|| first.next_id(wall_ms))
            .take(500)
            .collect();
        let others: Vec<_> = std::iter::repeat_with(|| second.next_id(wall_ms))
            .take(500)
            .collect();
        let all: BTreeSet<_> = ids.iter().chain(&others).collect();
        assert_eq!(all.len(), 1_000);
        assert!(all.iter().all(|id| id.get_version_num() == 7));
        let heads: BTreeSet<_> = ids.iter().map(|id| id.as_u128() >> 32).collect();
        assert_eq!(heads.len(), 1, "all but the count is the same");
    }

    #[test]
    fn the_monotonic_clock_of_a_run_does_not_go_back() {
        let clock = SystemClock::start();
        let (first, second) = (clock.now(), clock.now());
        assert_eq!(first.boot, second.boot);
        assert!(first.mono_ms <= second.mono_ms && first.wall > 0);
    }
}
