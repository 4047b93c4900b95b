//! An account and the rules of signing in: names, passwords, the lock after wrong ones, the end of a session.

use crate::actor::Role;
use crate::secret::Secret;
use std::collections::BTreeSet;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::ErrorCode;

const MINUTE_MS: i64 = 60_000;

/// Letters of a password, at least.
const SHORTEST_PASSWORD: usize = 10;
/// Different letters of a password, at least: `1111111111` is no password.
const FEWEST_LETTERS: usize = 4;
/// Letters of a login name, at most.
const LONGEST_LOGIN: usize = 64;
/// Letters of a name, at most.
const LONGEST_NAME: usize = 64;

/// Somebody whom the county knows: an office user, a commissioner, or both in turn.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The person.
    pub person: PersonId,
    /// The county.
    pub county: DivisionCode,
    /// The login name, as [`login`] writes it.
    pub login: String,
    /// The name that people read.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The township, for a coordinator.
    pub township: Option<DivisionCode>,
    /// Whether the password must be changed before anything else.
    pub must_change_password: bool,
    /// Wrong passwords so far.
    pub attempts: Attempts,
    /// Since when the account is disabled: milliseconds since 1970 UTC.
    pub disabled_at: Option<i64>,
    /// When it was made: milliseconds since 1970 UTC.
    pub created_at: i64,
}

// A name is personal data, and what is debugged ends in a log.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("person", &self.person)
            .field("county", &self.county)
            .field("role", &self.role)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}

/// A login name as it is kept and compared: without outer spaces, in small letters.
pub fn login(typed: &str) -> Result<String, ErrorCode> {
    let login = plain(typed, LONGEST_LOGIN)?.to_lowercase();
    if login.contains(char::is_whitespace) {
        Err(ErrorCode::ControlCharacter)
    } else {
        Ok(login)
    }
}

/// A name that people read, of a person or a device.
pub fn display_name(typed: &str) -> Result<String, ErrorCode> {
    plain(typed, LONGEST_NAME).map(str::to_owned)
}

fn plain(typed: &str, longest: usize) -> Result<&str, ErrorCode> {
    let text = typed.trim();
    if text.is_empty() {
        Err(ErrorCode::Empty)
    } else if text.chars().count() > longest {
        Err(ErrorCode::TooLong)
    } else if text.contains(char::is_control) {
        Err(ErrorCode::ControlCharacter)
    } else {
        Ok(text)
    }
}

/// The township that goes with a role: a coordinator has one of the county, nobody else has any.
pub fn township_fits(
    role: Role,
    county: &DivisionCode,
    township: Option<&DivisionCode>,
) -> Result<(), ErrorCode> {
    match (role, township) {
        (Role::Coordinator, None) => Err(ErrorCode::Required),
        (Role::Coordinator, Some(code)) => {
            let inside = code.township().as_ref() == Some(code) && county.contains(code);
            if inside {
                Ok(())
            } else {
                Err(ErrorCode::UnknownCode)
            }
        }
        (_, Some(_)) => Err(ErrorCode::OutOfRange),
        (_, None) => Ok(()),
    }
}

/// Refuses a password that is too short, too simple, or the login name.
pub fn check_password(login: &str, password: &Secret) -> Result<(), ErrorCode> {
    let text = password.expose();
    let letters: BTreeSet<_> = text.chars().collect();
    let weak = text.chars().count() < SHORTEST_PASSWORD
        || letters.len() < FEWEST_LETTERS
        || text.trim().to_lowercase() == login;
    if weak {
        Err(ErrorCode::WeakPassword)
    } else {
        Ok(())
    }
}

/// After how many wrong passwords an account is locked, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockRule {
    /// Wrong passwords.
    pub after: u32,
    /// Minutes.
    pub minutes: u32,
}

/// The wrong passwords of an account since the last right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// How many.
    pub failed: i64,
    /// Until when the account is locked: milliseconds since 1970 UTC.
    pub locked_until: Option<i64>,
}

impl Attempts {
    /// Whether even the right password is refused.
    pub fn is_locked(self, now_ms: i64) -> bool {
        self.locked_until.is_some_and(|until| now_ms < until)
    }

    /// After one more wrong password. A lock that has ended leaves nothing behind, and one that lasts is not
    /// made longer, so that nobody can keep somebody else out for good by a slow stream of guesses.
    #[must_use]
    pub fn failed_again(self, rule: LockRule, now_ms: i64) -> Self {
        if self.is_locked(now_ms) {
            return self;
        }
        let failed = if self.locked_until.is_some() {
            1
        } else {
            self.failed.saturating_add(1)
        };
        let locked = failed >= i64::from(rule.after.max(1));
        let until = now_ms.saturating_add(i64::from(rule.minutes) * MINUTE_MS);
        Self {
            failed,
            locked_until: locked.then_some(until),
        }
    }
}

/// When a session was made, used, and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// When it was last used, to the minute: milliseconds since 1970 UTC.
    pub last_seen_at: i64,
    /// When it ends whatever happens.
    pub expires_at: i64,
}

impl SessionTimes {
    /// Whether it has ended, by its age or for lack of use.
    pub fn have_ended(self, idle_minutes: u32, now_ms: i64) -> bool {
        let idle_ms = i64::from(idle_minutes) * MINUTE_MS;
        now_ms >= self.expires_at || now_ms.saturating_sub(self.last_seen_at) >= idle_ms
    }

    /// Whether its use is to be written down: once a minute is enough.
    pub fn are_stale(self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.last_seen_at) >= MINUTE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: LockRule = LockRule {
        after: 3,
        minutes: 15,
    };

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    #[test]
    fn a_login_name_is_kept_in_small_letters() {
        assert_eq!(login("  Zhang.San "), Ok("zhang.san".to_owned()));
        assert_eq!(login("王芳"), Ok("王芳".to_owned()));
        assert_eq!(login(" "), Err(ErrorCode::Empty));
        assert_eq!(login("zhang san"), Err(ErrorCode::ControlCharacter));
        assert_eq!(login("zhang\u{7}"), Err(ErrorCode::ControlCharacter));
        assert_eq!(login(&"z".repeat(65)), Err(ErrorCode::TooLong));
    }

    #[test]
    fn a_password_is_long_and_varied_and_not_the_login_name() {
        let check = |password: &str| check_password("zhangsan2026", &Secret::new(password));
        assert_eq!(check("correct horse"), Ok(()));
        assert_eq!(check("特派员走村入户服务三农"), Ok(()));
        for weak in [
            "",
            "short",
            "1111111111",
            "abababababab",
            "ZhangSan2026",
            " zhangsan2026 ",
        ] {
            assert_eq!(check(weak), Err(ErrorCode::WeakPassword), "{weak}");
        }
    }

    #[test]
    fn a_coordinator_has_a_township_of_the_county_and_nobody_else_has_one() {
        let county = code("421083");
        let fits = |role, township: Option<&str>| {
            township_fits(role, &county, township.map(code).as_ref())
        };
        assert_eq!(fits(Role::Coordinator, Some("421083100")), Ok(()));
        assert_eq!(fits(Role::Coordinator, None), Err(ErrorCode::Required));
        for wrong in ["421083", "421083100201", "421081100"] {
            assert_eq!(
                fits(Role::Coordinator, Some(wrong)),
                Err(ErrorCode::UnknownCode),
                "{wrong}"
            );
        }
        assert_eq!(
            fits(Role::Auditor, Some("421083100")),
            Err(ErrorCode::OutOfRange)
        );
        assert_eq!(fits(Role::Auditor, None), Ok(()));
    }

    #[test]
    fn the_last_allowed_failure_locks_and_the_end_of_the_lock_starts_anew() {
        let mut attempts = Attempts::default();
        for _ in 0..2 {
            attempts = attempts.failed_again(RULE, 0);
            assert!(!attempts.is_locked(0));
        }
        attempts = attempts.failed_again(RULE, 0);
        assert!(attempts.is_locked(15 * MINUTE_MS - 1));
        assert_eq!(attempts.failed_again(RULE, 60_000), attempts);
        assert!(!attempts.is_locked(15 * MINUTE_MS));
        let after = attempts.failed_again(RULE, 15 * MINUTE_MS);
        assert_eq!(
            after,
            Attempts {
                failed: 1,
                locked_until: None
            }
        );
    }

    #[test]
    fn a_rule_of_no_failures_still_allows_a_first_try() {
        assert!(!Attempts::default().is_locked(0));
        assert!(
            Attempts::default()
                .failed_again(
                    LockRule {
                        after: 0,
                        minutes: 1
                    },
                    0
                )
                .is_locked(0)
        );
    }

    #[test]
    fn a_session_ends_when_idle_and_at_its_age() {
        let times = SessionTimes {
            last_seen_at: 0,
            expires_at: 60 * MINUTE_MS,
        };
        assert!(!times.have_ended(30, 30 * MINUTE_MS - 1));
        assert!(times.have_ended(30, 30 * MINUTE_MS));
        let used = SessionTimes {
            last_seen_at: 59 * MINUTE_MS,
            ..times
        };
        assert!(used.have_ended(30, 60 * MINUTE_MS));
        assert!(!used.are_stale(60 * MINUTE_MS - 1));
        assert!(used.are_stale(60 * MINUTE_MS));
    }
}
