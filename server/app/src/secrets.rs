//! Passwords, tokens and one-time codes: how they are made, and what is kept of them.
//!
//! Passwords are kept as argon2id. Tokens are random and long, so a plain SHA-256 is enough and can be looked up.
//! Codes are short, so that they can be typed: what is kept of them is worth nothing without the installation's secret.
//! Hashing a password takes tens of milliseconds of a core and 19 MiB: half of the cores do it at once, some wait,
//! and the rest are told that the server is busy, so that a flood of sign-ins stops neither pushes nor pulls.

use crate::AppError;
use anyhow::anyhow;
use argon2::Argon2;
use argon2::password_hash::{Error, PasswordHasher, PasswordVerifier};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use rand::seq::IndexedRandom;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use std::thread::available_parallelism;
use tepai_domain::secret::{CODE_LENGTH, Secret, UNAMBIGUOUS};
use tepai_sync_protocol::checksum::hex;
use tokio::sync::Semaphore;

/// How the token of an office session begins.
const SESSION: &str = "tps_";
/// How the token of a device begins.
const DEVICE: &str = "tpd_";
/// Letters of an initial password: 59 bits.
const PASSWORD_LENGTH: usize = 12;
/// Sign-ins in hand, at work or waiting.
const MOST_IN_HAND: usize = 64;

/// One set of cores for the whole process.
static CORES: LazyLock<Semaphore> = LazyLock::new(|| {
    let cores = available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    Semaphore::new((cores / 2).max(1))
});
static IN_HAND: Semaphore = Semaphore::const_new(MOST_IN_HAND);

/// A new token of an office session.
pub fn new_session_token() -> Secret {
    token(SESSION)
}

/// A new token of a device.
pub fn new_device_token() -> Secret {
    token(DEVICE)
}

/// A new token of a one-time link: 128 bits, so that its QR code stays small.
pub fn new_link_token() -> Secret {
    let random: [u8; 16] = rand::random();
    Secret::new(URL_SAFE_NO_PAD.encode(random))
}

/// Whether a token is, or pretends to be, a device's.
pub fn is_device_token(token: &Secret) -> bool {
    token.expose().starts_with(DEVICE)
}

/// A new enrolment code.
pub fn new_code() -> Secret {
    letters(CODE_LENGTH)
}

/// A new initial password.
pub fn new_password() -> Secret {
    letters(PASSWORD_LENGTH)
}

fn token(prefix: &str) -> Secret {
    let random: [u8; 32] = rand::random();
    Secret::new(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random)))
}

fn letters(count: usize) -> Secret {
    let mut rng = rand::rng();
    let drawn = (0..count).filter_map(|_| UNAMBIGUOUS.choose(&mut rng).copied());
    Secret::new(drawn.map(char::from).collect::<String>())
}

/// What is kept of a token: its SHA-256 in hexadecimal digits.
pub fn fingerprint(secret: &Secret) -> String {
    hex(&Sha256::digest(secret.expose().as_bytes()))
}

/// What is kept of a one-time code: its HMAC-SHA-256 under the installation's secret, in hexadecimal digits.
pub fn fingerprint_of_code(key: &Secret, code: &Secret) -> Result<String, AppError> {
    let mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes());
    let mut mac = mac.map_err(|error| AppError::Internal(error.into()))?;
    mac.update(code.expose().as_bytes());
    Ok(hex(&mac.finalize().into_bytes()))
}

/// What is kept of a password: argon2id with a random salt, as a PHC string.
pub async fn hash(password: Secret) -> Result<Secret, AppError> {
    at_work(move || {
        let hash = Argon2::default().hash_password(password.expose().as_bytes());
        hash.map(|hash| Secret::new(hash.to_string()))
            .map_err(internal)
    })
    .await
}

/// Whether `kept` is what is kept of `password`. Where nothing is kept the work is the same and the answer is no.
pub async fn verify(password: Secret, kept: Option<Secret>) -> Result<bool, AppError> {
    at_work(move || {
        let (argon2, password) = (Argon2::default(), password.expose().as_bytes());
        let Some(kept) = kept else {
            let hash = argon2.hash_password_with_salt(password, b"nobody's salt..");
            return hash.map(|_| false).map_err(internal);
        };
        match argon2.verify_password(password, kept.expose()) {
            Ok(()) => Ok(true),
            Err(Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(internal(error)),
        }
    })
    .await
}

async fn at_work<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AppError> + Send + 'static,
) -> Result<T, AppError> {
    let _place = IN_HAND.try_acquire().map_err(|_| AppError::Busy)?;
    let core = CORES
        .acquire()
        .await
        .map_err(|error| AppError::Internal(error.into()))?;
    let done = tokio::task::spawn_blocking(move || {
        // Held by the work and not by its caller, who may go away.
        let _core = core;
        work()
    });
    done.await
        .unwrap_or_else(|error| Err(AppError::Internal(error.into())))
}

fn internal(error: Error) -> AppError {
    AppError::Internal(anyhow!("the password could not be hashed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tepai_domain::account::check_password;
    use tepai_domain::secret::read_code;

    #[test]
    fn tokens_hold_256_bits_and_differ() {
        let (one, other) = (new_session_token(), new_session_token());
        assert_eq!(one.expose().len(), SESSION.len() + 43);
        assert_ne!(one, other);
        assert!(!is_device_token(&one));
        assert!(is_device_token(&new_device_token()));
    }

    #[test]
    fn what_is_kept_is_the_sha_256() {
        let kept = fingerprint(&Secret::new("abc"));
        assert_eq!(
            kept,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn what_is_kept_of_a_code_depends_on_the_secret() {
        // The second test vector of RFC 4231.
        let code = Secret::new("what do ya want for nothing?");
        let kept = fingerprint_of_code(&Secret::new("Jefe"), &code).unwrap();
        assert_eq!(
            kept,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn new_codes_and_passwords_keep_their_own_rules() {
        for _ in 0..100 {
            let code = new_code();
            assert_eq!(read_code(&code), Some(code));
            // An initial password of fewer than four different letters comes up once in 10^12 times.
            assert_eq!(check_password("zhang", &new_password()), Ok(()));
        }
    }

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let kept = hash(Secret::new("correct horse")).await.unwrap();
        assert!(kept.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(
            verify(Secret::new("correct horse"), Some(kept.clone()))
                .await
                .unwrap()
        );
        assert!(
            !verify(Secret::new("correct hors"), Some(kept))
                .await
                .unwrap()
        );
        assert!(!verify(Secret::new("correct horse"), None).await.unwrap());
        assert!(
            verify(Secret::new("x"), Some(Secret::new("no hash")))
                .await
                .is_err()
        );
    }
}
