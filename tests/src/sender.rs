//! A phone that sends photos by requests of its own making, one at a time, so that a test can do it wrong.

use crate::caller::Answer;
use crate::photo::sha256;
use crate::world::villages;
use crate::{Caller, Phone, World};
use axum::body::Body;
use axum::http::{HeaderName, Method, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};

/// What every request of tus says.
pub const TUS: [(HeaderName, &str); 1] = [(HeaderName::from_static("tus-resumable"), "1.0.0")];

/// A phone over HTTP, and by hand.
#[derive(Debug)]
pub struct Sender {
    /// The phone.
    pub phone: Phone,
    /// Its person's requests.
    pub http: Caller,
    /// What it bears.
    pub token: String,
}

/// A phone of a new commissioner of the first two villages.
pub async fn sender(world: &World) -> Sender {
    let person = world.commissioner(&villages()[..2]).await;
    sender_of(world, person).await
}

/// A phone of a person.
pub async fn sender_of(world: &World, person: PersonId) -> Sender {
    let (phone, token) = world.phone_with_token(person).await;
    let http = Caller::nobody(world).bearing(&token);
    Sender { phone, http, token }
}

/// Where an answer says that the upload stands.
pub fn offset_of(answer: &Answer) -> u64 {
    let offset = answer.headers["upload-offset"]
        .to_str()
        .expect("what was asked for");
    offset.parse().expect("what was asked for")
}

impl Sender {
    /// A visit with a photo of these bytes.
    pub async fn announce(&mut self, world: &World, bytes: &[u8]) -> (RecordId, RecordId) {
        let village = villages()[0].to_string();
        let (visit, create_visit) = self.phone.create(
            "visit",
            json!({
                "village_code": village, "service_from": "2026-06-20", "mode": "household",
                "industry": "aquaculture", "content": "查看水质",
            }),
        );
        let (photo, create_photo) = self.phone.create("photo", photo_of(&visit, bytes));
        let results = self
            .phone
            .push(&world.app, vec![create_visit, create_photo])
            .await;
        assert!(
            results.iter().all(|result| result.problem.is_none()),
            "{results:?}"
        );
        (visit, photo)
    }

    /// Begins the upload of a JPEG: its address, and where it stands.
    pub async fn begin(&self, bytes: &[u8]) -> (String, u64) {
        let answer = self.begin_as(bytes, "image/jpeg").await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        let location = answer.headers["location"]
            .to_str()
            .expect("what was asked for")
            .to_owned();
        (location, offset_of(&answer))
    }

    /// Begins an upload as a media type.
    pub async fn begin_as(&self, bytes: &[u8], media_type: &str) -> Answer {
        let length = bytes.len().to_string();
        let metadata = metadata(&sha256(bytes), media_type);
        let headers = [
            TUS[0].clone(),
            (HeaderName::from_static("upload-length"), length.as_str()),
            (
                HeaderName::from_static("upload-metadata"),
                metadata.as_str(),
            ),
        ];
        self.http
            .send_bytes(Method::POST, "/v1/uploads", &headers, Body::empty())
            .await
    }

    /// Begins the upload of a JPEG with its first bytes.
    pub async fn begin_with(&self, bytes: &[u8], body: impl Into<Body>) -> Answer {
        let length = bytes.len().to_string();
        let metadata = metadata(&sha256(bytes), "image/jpeg");
        let headers = [
            TUS[0].clone(),
            (header::CONTENT_TYPE, "application/offset+octet-stream"),
            (HeaderName::from_static("upload-length"), length.as_str()),
            (
                HeaderName::from_static("upload-metadata"),
                metadata.as_str(),
            ),
        ];
        self.http
            .send_bytes(Method::POST, "/v1/uploads", &headers, body)
            .await
    }

    /// Appends at an offset.
    pub async fn patch(&self, location: &str, offset: u64, body: impl Into<Body>) -> Answer {
        self.patch_with(location, offset, &[], body).await
    }

    /// Appends at an offset, with more headers.
    pub async fn patch_with(
        &self,
        location: &str,
        offset: u64,
        more: &[(HeaderName, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let offset = offset.to_string();
        let mut headers = vec![
            TUS[0].clone(),
            (header::CONTENT_TYPE, "application/offset+octet-stream"),
            (HeaderName::from_static("upload-offset"), offset.as_str()),
        ];
        headers.extend_from_slice(more);
        self.http
            .send_bytes(Method::PATCH, location, &headers, body)
            .await
    }

    /// Asks where an upload stands.
    pub async fn stands_at(&self, location: &str) -> u64 {
        let answer = self
            .http
            .send_bytes(Method::HEAD, location, &TUS, Body::empty())
            .await;
        assert_eq!(answer.status, 200);
        offset_of(&answer)
    }

    /// Sends all of a photo, as it should go.
    pub async fn send(&self, bytes: &[u8]) {
        let (location, offset) = self.begin(bytes).await;
        assert_eq!(offset, 0);
        let answer = self.patch(&location, 0, bytes.to_vec()).await;
        assert_eq!(answer.status, 204, "{}", answer.body);
        assert_eq!(
            offset_of(&answer),
            u64::try_from(bytes.len()).expect("a length")
        );
    }

    /// How the photos of a visit stand: state and received bytes.
    pub async fn photos(&self, visit: RecordId) -> Vec<(String, u64)> {
        let path = format!("/v1/visits/{visit}");
        let body = self.http.send(Method::GET, &path, None).await.ok();
        let photos = body["photos"]
            .as_array()
            .expect("what was asked for")
            .iter();
        let standing = |photo: &Value| {
            let state = photo["state"]
                .as_str()
                .expect("what was asked for")
                .to_owned();
            (
                state,
                photo["received_bytes"]
                    .as_u64()
                    .expect("what was asked for"),
            )
        };
        photos.map(standing).collect()
    }
}

/// The fields of a photo of a visit in the first village.
pub fn photo_of(visit: &RecordId, bytes: &[u8]) -> Value {
    photo_in(&villages()[0], visit, bytes)
}

/// The fields of a photo of a visit.
pub fn photo_in(village: &DivisionCode, visit: &RecordId, bytes: &[u8]) -> Value {
    json!({
        "visit_id": visit, "village_code": village, "sha256": sha256(bytes),
        "size_bytes": bytes.len(), "media_type": "image/jpeg", "purpose": "scene",
    })
}

/// `Upload-Metadata` of a content.
pub fn metadata(sha256: &str, media_type: &str) -> String {
    format!(
        "sha256 {},filetype {}",
        BASE64.encode(sha256),
        BASE64.encode(media_type)
    )
}
