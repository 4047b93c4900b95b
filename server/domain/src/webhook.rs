//! Webhooks by the Standard Webhooks specification: what is told, how it is signed, and when it is tried again.
//!
//! <https://www.standardwebhooks.com>. It knows neither who sends nor who receives.

use crate::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

/// How long a message may take until it is given up and tried again, in milliseconds.
pub const TIMEOUT_MS: i64 = 20_000;
/// How long the secret before is signed with as well after a rotation: a day, in milliseconds.
pub const OVERLAP_MS: i64 = 24 * 3600 * 1000;
/// How long deliveries are kept after they are done: 90 days, in milliseconds.
pub const KEPT_MS: i64 = 90 * 24 * 3600 * 1000;
/// Endpoints of a county at the most.
pub const MOST_ENDPOINTS: usize = 20;
/// Most characters of an address.
pub const MOST_URL: usize = 500;
/// Most characters of a name.
pub const MOST_NAME: usize = 100;

/// The prefix of a secret, as Standard Webhooks has it.
const PREFIX: &str = "whsec_";
/// The pauses after the first, second, … failure, in seconds: ten attempts in 75 hours and a half.
const PAUSES_S: [i64; 9] = [
    5,
    5 * 60,
    30 * 60,
    2 * 3600,
    5 * 3600,
    10 * 3600,
    14 * 3600,
    20 * 3600,
    24 * 3600,
];
/// The pause is longer by up to this much of itself, so that what failed together does not come back together.
const JITTER_PERCENT: i64 = 10;

/// Something that is told.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    EnumString,
    IntoStaticStr,
)]
pub enum EventType {
    /// A visit waits for review: for the first time, or again.
    #[serde(rename = "visit.submitted")]
    #[strum(serialize = "visit.submitted")]
    VisitSubmitted,
    /// A visit was approved.
    #[serde(rename = "visit.approved")]
    #[strum(serialize = "visit.approved")]
    VisitApproved,
    /// A visit was returned to its commissioner.
    #[serde(rename = "visit.returned")]
    #[strum(serialize = "visit.returned")]
    VisitReturned,
    /// A village was not visited for longer than its interval.
    #[serde(rename = "village.overdue")]
    #[strum(serialize = "village.overdue")]
    VillageOverdue,
    /// Figures of a closed period are others now.
    #[serde(rename = "summary.restated")]
    #[strum(serialize = "summary.restated")]
    SummaryRestated,
    /// Nothing happened: somebody at the office tries the endpoint.
    #[serde(rename = "webhook.ping")]
    #[strum(serialize = "webhook.ping")]
    Ping,
}

impl EventType {
    /// Every type that an endpoint can ask for.
    pub const ALL: [Self; 5] = [
        Self::VisitSubmitted,
        Self::VisitApproved,
        Self::VisitReturned,
        Self::VillageOverdue,
        Self::SummaryRestated,
    ];

    /// The stable word, as stored and sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// What is told: ids and codes, and nothing that names a person.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// The `webhook-id` of every message that carries it.
    pub id: Uuid,
    /// What happened.
    pub kind: EventType,
    /// Ids and codes of what it happened to.
    pub data: Value,
}

/// Namespace of the ids of events: `UUIDv5(DNS, "tepai.webhooks")`.
const NAMESPACE: Uuid = Uuid::from_u128(0x71fe_ca80_3080_5e54_86c0_9a44_5472_e3fc);

impl NewEvent {
    /// An event whose id follows from what happened, so that it is told once however often it is noticed.
    pub fn of(kind: EventType, what: &str, data: Value) -> Self {
        let name = format!("{}|{what}", kind.as_str());
        Self {
            id: Uuid::new_v5(&NAMESPACE, name.as_bytes()),
            kind,
            data,
        }
    }
}

/// The body of a message. `at` is when it happened: milliseconds since 1970 UTC.
pub fn body(kind: EventType, at: i64, data: &Value) -> String {
    let timestamp = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    json!({"type": kind.as_str(), "timestamp": timestamp.to_string(), "data": data}).to_string()
}

/// The secret of an endpoint: 32 bytes that follow from the installation's secret and the endpoint's salt, so that neither a copy
/// of the database nor the configuration alone is enough to sign.
pub fn secret_of(installation: &Secret, salt: &str) -> Secret {
    let key = mac(installation.expose().as_bytes(), &["webhook secret", salt]);
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(key)))
}

/// `webhook-signature`: one signature for each secret, the present one first. `at_s` is `webhook-timestamp`.
pub fn signature(secrets: &[Secret], id: Uuid, at_s: i64, body: &str) -> String {
    let signed = secrets.iter().map(|secret| {
        let encoded = secret.expose().trim_start_matches(PREFIX);
        let key = STANDARD.decode(encoded).unwrap_or_default();
        let parts = [id.to_string(), at_s.to_string(), body.to_owned()];
        let signature = mac(&key, &[&parts.join(".")]);
        format!("v1,{}", STANDARD.encode(signature))
    });
    signed.collect::<Vec<_>>().join(" ")
}

fn mac(key: &[u8], parts: &[&str]) -> Vec<u8> {
    // HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return Vec::new();
    };
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().to_vec()
}

/// How long to wait after the `failed`-th attempt (from 1) of a delivery, in milliseconds; `None` if that was the last one.
pub fn pause_ms(delivery: Uuid, failed: u32) -> Option<i64> {
    let at = usize::try_from(failed).ok()?.checked_sub(1)?;
    let pause = PAUSES_S.get(at)? * 1000;
    // Which part of the jitter it is follows from the delivery: two processes need not agree on it.
    let mut hash = Sha256::new();
    hash.update(delivery.as_bytes());
    hash.update(failed.to_be_bytes());
    let first = hash.finalize().first().copied().unwrap_or(0);
    let most = pause * JITTER_PERCENT / 100;
    Some(pause + most * i64::from(first) / 255)
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// Somebody answered, with this status.
    Status(u16),
    /// Nobody answered in time.
    TimedOut,
    /// There was no connection, or it broke.
    Unreachable,
    /// An address behind the name is not one to connect to.
    AddressRefused,
}

impl DeliveryOutcome {
    /// Whether the message was taken: only a 2xx says so.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Status(200..=299))
    }

    /// Whether whoever answers wants no more messages.
    pub fn is_gone(self) -> bool {
        self == Self::Status(410)
    }

    /// The status, if somebody answered.
    pub fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Why it was not taken, as a stable word.
    pub fn problem(self) -> Option<&'static str> {
        match self {
            answer if answer.is_taken() => None,
            Self::Status(300..=399) => Some("redirect"),
            Self::Status(410) => Some("gone"),
            Self::Status(_) => Some("status"),
            Self::TimedOut => Some("timeout"),
            Self::Unreachable => Some("unreachable"),
            Self::AddressRefused => Some("address_refused"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_type_has_a_word_and_is_sent_by_it() {
        for kind in EventType::ALL.into_iter().chain([EventType::Ping]) {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(json!(kind), kind.as_str());
        }
    }

    #[test]
    fn there_are_ten_attempts_in_about_75_hours_and_two_deliveries_do_not_come_together() {
        let id = Uuid::from_u128(7);
        let pauses: Vec<i64> = (1..).map_while(|failed| pause_ms(id, failed)).collect();
        assert_eq!(pauses.len(), 9);
        let hours = pauses.iter().sum::<i64>() / 3_600_000;
        assert!((75..=84).contains(&hours), "{hours}");
        for (pause, least) in pauses.iter().zip(PAUSES_S) {
            assert!((least * 1000..=least * 1100).contains(pause), "{pause}");
        }
        let third = (1..=50).filter_map(|n| pause_ms(Uuid::from_u128(n), 3));
        assert!(third.collect::<BTreeSet<_>>().len() > 20);
        assert_eq!(pause_ms(id, 0), None);
    }

    #[test]
    fn a_signature_is_the_one_of_the_specification() {
        // The example of the specification's own libraries.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = {
            let key = STANDARD
                .decode(secret.expose().trim_start_matches(PREFIX))
                .unwrap();
            let text = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
            STANDARD.encode(mac(&key, &[text]))
        };
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let two = [secret.clone(), secret_of(&Secret::new("a"), "b")];
        let header = signature(&two, Uuid::nil(), 5, "{}");
        assert_eq!(header.split(' ').count(), 2);
        assert!(header.split(' ').all(|one| one.starts_with("v1,")));
    }

    #[test]
    fn a_secret_needs_the_salt_and_the_installation() {
        let one = |installation: &str, salt: &str| {
            secret_of(&Secret::new(installation), salt)
                .expose()
                .to_owned()
        };
        let secrets = [one("a", "s"), one("a", "t"), one("b", "s")];
        assert_eq!(secrets.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!(one("a", "s"), secrets[0]);
        let bytes = STANDARD
            .decode(secrets[0].trim_start_matches(PREFIX))
            .unwrap();
        assert_eq!(bytes.len(), 32);
    }

    #[test]
    fn only_a_success_is_one() {
        assert!(
            DeliveryOutcome::Status(204).is_taken()
                && DeliveryOutcome::Status(204).problem().is_none()
        );
        for (answer, problem) in [
            (DeliveryOutcome::Status(302), "redirect"),
            (DeliveryOutcome::Status(404), "status"),
            (DeliveryOutcome::Status(410), "gone"),
            (DeliveryOutcome::Status(500), "status"),
            (DeliveryOutcome::TimedOut, "timeout"),
            (DeliveryOutcome::Unreachable, "unreachable"),
            (DeliveryOutcome::AddressRefused, "address_refused"),
        ] {
            assert!(!answer.is_taken());
            assert_eq!(answer.problem(), Some(problem));
        }
    }
}
