//! The only callers of the system clock and of the random generator of ids. Tests freeze and seed both.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use uuid::Uuid;

/// Tells the time and makes ids.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    System,
    Manual {
        now: AtomicI64,
        ids: AtomicU64,
        /// When the system's clock took over, by that clock; 0 while this one stands still.
        running_since: AtomicI64,
    },
}

impl Clock {
    /// The clock of the machine, and random ids.
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A clock that stands still until it is told, and ids that count from `seed`.
    pub fn manual(now_ms: i64, seed: u64) -> Self {
        Self(Arc::new(Source::Manual {
            now: AtomicI64::new(now_ms),
            ids: AtomicU64::new(seed),
            running_since: AtomicI64::new(0),
        }))
    }

    /// Moves a manual clock; does nothing to the system's.
    pub fn set(&self, now_ms: i64) {
        if let Source::Manual { now, .. } = &*self.0 {
            now.store(now_ms, Ordering::SeqCst);
        }
    }

    /// Lets a manual clock run on from where it stands; does nothing to the system's.
    pub fn run_on(&self) {
        if let Source::Manual { running_since, .. } = &*self.0 {
            running_since.store(system_ms(), Ordering::SeqCst);
        }
    }

    /// Milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        let Source::Manual {
            now, running_since, ..
        } = &*self.0
        else {
            return system_ms();
        };
        let passed = match running_since.load(Ordering::SeqCst) {
            0 => 0,
            since => system_ms() - since,
        };
        now.load(Ordering::SeqCst) + passed
    }

    /// The local date in `zone`.
    pub fn today(&self, zone: &TimeZone) -> Date {
        local_date(self.now_ms(), zone)
    }

    /// A new id: `UUIDv7`, so that indexes grow at one end.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that asks the system"
    )]
    pub fn new_id(&self) -> Uuid {
        match &*self.0 {
            Source::System => Uuid::now_v7(),
            Source::Manual { now, ids, .. } => {
                let count = ids.fetch_add(1, Ordering::SeqCst);
                let millis = u64::try_from(now.load(Ordering::SeqCst)).unwrap_or(0);
                uuid::Builder::from_unix_timestamp_millis(millis, &counter_bytes(count)).into_uuid()
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the system"
)]
fn system_ms() -> i64 {
    Timestamp::now().as_millisecond()
}

/// The local date of an instant in `zone`; the epoch's date for an instant beyond the calendar.
pub fn local_date(at_ms: i64, zone: &TimeZone) -> Date {
    Timestamp::from_millisecond(at_ms)
        .unwrap_or_default()
        .to_zoned(zone.clone())
        .date()
}

fn counter_bytes(count: u64) -> [u8; 10] {
    let mut bytes = [0; 10];
    if let Some(tail) = bytes.last_chunk_mut::<8>() {
        *tail = count.to_be_bytes();
    }
    bytes
}
