//! The phones of the demo: real ones of the reference client, each with a clock that the story sets, and that may be wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tepai_client::environment::{PhoneClock, SeededIds};
use tepai_client::phone::Phone;
use tepai_sync_protocol::edit_time::ClockReading;

/// The time of the story: milliseconds since 1970 UTC.
pub(super) type StoryTime = Arc<AtomicI64>;

/// The clocks of a phone in the story.
#[derive(Clone, Debug)]
pub(super) struct StoryClock {
    /// The true time.
    pub(super) time: StoryTime,
    /// By how much the wall clock is wrong, in milliseconds.
    pub(super) wrong_by: StoryTime,
}

/// A phone is switched off and on about every ten days: its monotonic clock begins again.
const RUN_MS: i64 = 10 * 86_400_000;

impl PhoneClock for StoryClock {
    fn now(&self) -> ClockReading {
        let now = self.time.load(Ordering::SeqCst);
        ClockReading {
            wall: now.saturating_add(self.wrong_by.load(Ordering::SeqCst)),
            boot: Some(format!("run{}", now / RUN_MS)),
            mono_ms: Some(now % RUN_MS),
        }
    }
}

/// A phone with ids of its own.
pub(super) fn phone(time: &StoryTime, wrong_by: &StoryTime, seed: u64) -> Phone {
    let clock = StoryClock {
        time: time.clone(),
        wrong_by: wrong_by.clone(),
    };
    Phone::new("demo 0.1.0", clock, SeededIds::new(seed))
}
