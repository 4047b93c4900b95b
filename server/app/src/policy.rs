//! Limits and habits that an installation sets; the defaults are what a county would choose.

use std::path::PathBuf;
use tepai_domain::secret::Secret;
use tepai_files::BucketAddress;

/// The secret of who has set none. Everybody knows it: it is for demonstrations and tests.
pub const PLACEHOLDER_SECRET: &str = "placeholder-that-everybody-knows";

/// Limits and habits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Seconds after which a phone synchronises again when nothing happens.
    pub poll_after_s: u32,
    /// Whether the session cookie is sent over HTTPS alone.
    pub secure_cookies: bool,
    /// Hours after which a session ends whatever happens.
    pub session_hours: u32,
    /// Minutes without a request after which a session ends.
    pub idle_minutes: u32,
    /// Wrong passwords after which an account is locked.
    pub lock_after: u32,
    /// Minutes for which it is locked.
    pub lock_minutes: u32,
    /// Hours for which an enrolment code is good.
    pub enrolment_hours: u32,
    /// The address under which phones reach the server, for the enrolment QR code; from the request if empty.
    pub base_url: Option<String>,
    /// Where the bytes of photos are kept.
    pub photos_dir: PathBuf,
    /// The bucket to which originals move; none: they stay in the directory.
    pub bucket: Option<BucketAddress>,
    /// What one-time codes are hashed with; the same in every process of an installation.
    pub secret: Secret,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            poll_after_s: 900,
            secure_cookies: false,
            session_hours: 12,
            idle_minutes: 30,
            lock_after: 5,
            lock_minutes: 15,
            enrolment_hours: 72,
            base_url: None,
            photos_dir: PathBuf::from("photos"),
            bucket: None,
            secret: Secret::new(PLACEHOLDER_SECRET),
        }
    }
}
