//! When an edit was really made: the phone's clock, corrected by the server's at the time of the sync.
//!
//! Clocks decide nothing that `base` can decide: the corrected time only breaks ties between concurrent
//! edits, and says during which assignment an edit was made. No sync is refused because of a clock.

use serde::{Deserialize, Serialize};

/// The two clocks of a phone, read together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClockReading {
    /// Wall clock: milliseconds since 1970 UTC. May be wrong by years.
    pub wall: i64,
    /// Names the run of the monotonic clock: since boot, or since the page was opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// Monotonic milliseconds within that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mono_ms: Option<i64>,
}

/// How well an edit time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Quality {
    /// Same run of the monotonic clock: exact, whatever the wall clock says.
    Exact,
    /// The wall clock's offset has not moved since the last contact.
    Corrected,
    /// Only bounds are known; the upper one is taken.
    Uncertain,
}

/// A corrected edit time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditTime {
    /// Milliseconds since 1970 UTC, by the server's clock.
    pub at: i64,
    /// How well it is known.
    pub quality: Quality,
}

/// An offset that moved by more than this since the last contact is not trusted: two minutes.
pub const STEADY_MS: i64 = 120_000;

/// What the server knows when it corrects.
#[derive(Clone, Debug)]
pub struct Contact<'a> {
    /// The phone's clocks when it sent the request.
    pub now: &'a ClockReading,
    /// The server's clock when the request arrived.
    pub received_at: i64,
    /// `received_at - wall` at the last contact, if there was one.
    pub last_offset_ms: Option<i64>,
}

/// The edit time of a mutation: never after its arrival, never before the record's `base` was committed, and
/// never before 1970, whatever the phone says.
pub fn correct(edited: &ClockReading, contact: &Contact<'_>, not_before: Option<i64>) -> EditTime {
    let raw = by_monotonic_clock(edited, contact)
        .or_else(|| by_steady_offset(edited, contact))
        .unwrap_or(EditTime {
            at: contact.received_at,
            quality: Quality::Uncertain,
        });
    let floor = not_before.unwrap_or(0).max(0).min(contact.received_at);
    EditTime {
        at: raw.at.clamp(floor, contact.received_at),
        ..raw
    }
}

fn by_monotonic_clock(edited: &ClockReading, contact: &Contact<'_>) -> Option<EditTime> {
    let boot = edited.boot.as_ref().filter(|boot| !boot.is_empty());
    let same_run = boot.is_some() && boot == contact.now.boot.as_ref();
    let elapsed = contact.now.mono_ms?.checked_sub(edited.mono_ms?)?;
    if !same_run || elapsed < 0 {
        return None;
    }
    let at = contact.received_at.checked_sub(elapsed)?;
    Some(EditTime {
        at,
        quality: Quality::Exact,
    })
}

fn by_steady_offset(edited: &ClockReading, contact: &Contact<'_>) -> Option<EditTime> {
    let offset = contact.received_at.checked_sub(contact.now.wall)?;
    let moved = offset.checked_sub(contact.last_offset_ms?)?.checked_abs()?;
    if moved >= STEADY_MS {
        return None;
    }
    let at = edited.wall.checked_add(offset)?;
    Some(EditTime {
        at,
        quality: Quality::Corrected,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::cases;
    use proptest::prelude::*;

    fn reading(wall: i64, boot: &str, mono_ms: i64) -> ClockReading {
        ClockReading {
            wall,
            boot: Some(boot.to_owned()),
            mono_ms: Some(mono_ms),
        }
    }

    #[test]
    fn within_one_run_the_wall_clock_does_not_matter() {
        let now = reading(-5_000_000, "b1", 90_000);
        let contact = Contact {
            now: &now,
            received_at: 1_000_000,
            last_offset_ms: None,
        };
        let time = correct(&reading(9_999_999_999, "b1", 30_000), &contact, None);
        assert_eq!(
            time,
            EditTime {
                at: 940_000,
                quality: Quality::Exact
            }
        );
    }

    #[test]
    fn a_steady_offset_corrects_an_edit_of_an_earlier_run() {
        let now = reading(2_000_000, "b2", 5);
        let contact = Contact {
            now: &now,
            received_at: 5_000_000,
            last_offset_ms: Some(3_000_010),
        };
        let time = correct(&reading(1_500_000, "b1", 7), &contact, None);
        assert_eq!(
            time,
            EditTime {
                at: 4_500_000,
                quality: Quality::Corrected
            }
        );
    }

    #[test]
    fn a_jumped_clock_gives_the_upper_bound_and_says_so() {
        let now = reading(2_000_000, "b2", 5);
        let contact = Contact {
            now: &now,
            received_at: 5_000_000,
            last_offset_ms: Some(0),
        };
        let time = correct(&reading(1_500_000, "b1", 7), &contact, None);
        assert_eq!(
            time,
            EditTime {
                at: 5_000_000,
                quality: Quality::Uncertain
            }
        );
    }

    #[test]
    fn no_edit_is_from_the_future_or_from_before_what_it_saw() {
        let now = reading(2_000_000, "b2", 5);
        let contact = Contact {
            now: &now,
            received_at: 5_000_000,
            last_offset_ms: Some(3_000_000),
        };
        assert_eq!(
            correct(&reading(9_000_000, "b1", 7), &contact, None).at,
            5_000_000
        );
        assert_eq!(
            correct(&reading(0, "b1", 7), &contact, Some(4_000_000)).at,
            4_000_000
        );
        assert_eq!(
            correct(&reading(0, "b1", 7), &contact, Some(9_000_000)).at,
            5_000_000
        );
        assert_eq!(
            correct(&reading(i64::MAX, "b1", 7), &contact, None).at,
            5_000_000
        );
        assert_eq!(correct(&reading(i64::MIN, "b1", 7), &contact, None).at, 0);
        assert_eq!(
            correct(&reading(i64::MIN, "b1", 7), &contact, Some(-5)).at,
            0
        );
    }

    #[test]
    fn a_run_without_a_name_is_no_run() {
        let now = reading(2_000_000, "", 90_000);
        let contact = Contact {
            now: &now,
            received_at: 5_000_000,
            last_offset_ms: None,
        };
        let time = correct(&reading(1_500_000, "", 30_000), &contact, None);
        assert_eq!(time.quality, Quality::Uncertain);
    }

    #[test]
    fn a_monotonic_clock_that_went_back_is_not_believed() {
        let now = reading(2_000_000, "b1", 10);
        let contact = Contact {
            now: &now,
            received_at: 5_000_000,
            last_offset_ms: None,
        };
        let time = correct(&reading(1_500_000, "b1", 11), &contact, None);
        assert_eq!(
            time,
            EditTime {
                at: 5_000_000,
                quality: Quality::Uncertain
            }
        );
    }

    fn any_reading() -> impl Strategy<Value = ClockReading> {
        let number = || prop_oneof![any::<i64>(), -9..9_i64, Just(i64::MIN), Just(i64::MAX)];
        (
            number(),
            prop::option::of("[ab]?"),
            prop::option::of(number()),
        )
            .prop_map(|(wall, boot, mono_ms)| ClockReading {
                wall,
                boot,
                mono_ms,
            })
    }

    proptest! {
        #![proptest_config(cases(512))]

        #[test]
        fn whatever_the_clocks_say_the_time_lies_between_what_was_seen_and_the_arrival(
            edited in any_reading(),
            now in any_reading(),
            received_at in 0..=4_102_444_800_000_i64,
            last_offset_ms in prop::option::of(any::<i64>()),
            not_before in prop::option::of(any::<i64>()),
        ) {
            let contact = Contact { now: &now, received_at, last_offset_ms };
            let at = correct(&edited, &contact, not_before).at;
            prop_assert!(at >= not_before.unwrap_or(0).clamp(0, received_at));
            prop_assert!(at <= received_at);
        }

        #[test]
        fn within_one_run_the_order_of_edits_is_the_order_of_their_times(
            monos in prop::collection::vec(0..1_000_000_i64, 2),
            walls in prop::collection::vec(any::<i64>(), 3),
        ) {
            let now = reading(walls[2], "b", 1_000_000);
            let contact = Contact { now: &now, received_at: 9_000_000, last_offset_ms: None };
            let at = |n: usize| correct(&reading(walls[n], "b", monos[n]), &contact, None).at;
            prop_assert_eq!(at(0).cmp(&at(1)), monos[0].cmp(&monos[1]));
        }
    }
}
