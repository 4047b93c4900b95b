//! Originals in a bucket of an S3-compatible server. The bucket is never waited for by a phone: what comes is kept in the
//! directory first, and moved later.
//!
//! An object's name is used once: the same photo that comes again gets another name, so that removing the old one can never
//! hit the new.

use crate::kept::Key;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path;
use object_store::{ClientOptions, MultipartUpload, ObjectStore, ObjectStoreExt, RetryConfig};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tepai_domain::secret::Secret;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

/// Bytes of one part: the least that S3 takes for all but the last.
const PART_BYTES: usize = 5 * 1024 * 1024;
/// How long a request may wait for the next byte of its answer: a part over a bad uplink of a county. An original that is
/// read back may take longer altogether.
const REQUEST: Duration = Duration::from_mins(1);
const CONNECT: Duration = Duration::from_secs(5);
/// A bucket that fails is asked again by the next turn; a request repeats itself only for a hiccup.
const RETRIES: usize = 2;

/// Where a bucket is, and who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketAddress {
    /// Its name.
    pub name: String,
    /// The server, such as `https://s3.example`.
    pub endpoint: String,
    /// The region; servers without regions take any.
    pub region: String,
    /// Whether the bucket is part of the host name instead of the path.
    pub virtual_hosted: bool,
    /// Who asks.
    pub access_key_id: String,
    /// What proves it.
    pub secret_access_key: Secret,
}

/// A bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    store: Arc<AmazonS3>,
}

/// An object that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The photo in it.
    pub key: Key,
    /// Its name.
    pub object: String,
    /// When it was written: milliseconds since 1970 UTC, by the bucket's clock.
    pub written_at: i64,
}

impl Bucket {
    /// Makes ready to ask a bucket; whether it is there shows with the first request.
    pub fn open(address: &BucketAddress) -> io::Result<Self> {
        // An error says that the process has a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let retries = RetryConfig {
            max_retries: RETRIES,
            retry_timeout: REQUEST,
            ..RetryConfig::default()
        };
        let client = ClientOptions::new()
            .with_timeout_disabled()
            .with_read_timeout(REQUEST)
            .with_connect_timeout(CONNECT)
            .with_allow_http(address.endpoint.starts_with("http://"));
        let store = AmazonS3Builder::new()
            .with_bucket_name(&address.name)
            .with_endpoint(&address.endpoint)
            .with_region(&address.region)
            .with_virtual_hosted_style_request(address.virtual_hosted)
            .with_access_key_id(&address.access_key_id)
            .with_secret_access_key(address.secret_access_key.expose())
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(client)
            .with_retry(retries)
            .build()?;
        Ok(Self {
            store: Arc::new(store),
        })
    }

    /// Sends a photo there under a name of its own: in parts if it is large, each with its SHA-256.
    pub async fn put(&self, object: &str, file: File) -> io::Result<()> {
        let mut file = tokio::fs::File::from_std(file);
        let object = Path::from(object);
        let first = read_part(&mut file).await?;
        if first.len() < PART_BYTES {
            self.store.put(&object, first.into()).await?;
            return Ok(());
        }
        let mut parts = self.store.put_multipart(&object).await?;
        let sent = send_parts(parts.as_mut(), first, &mut file).await;
        if sent.is_err() {
            // Parts without an end cost money; if this fails, too, the bucket's own rule for them remains.
            let _ = parts.abort().await;
        }
        sent
    }

    /// SHA-256 of what is there, read back from it; `None` if nothing is.
    pub async fn hash(&self, object: &str) -> io::Result<Option<String>> {
        let mut bytes = match self.store.get(&Path::from(object)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            got => got?.into_stream(),
        };
        let mut digest = Sha256::new();
        while let Some(chunk) = bytes.try_next().await? {
            digest.update(&chunk);
        }
        Ok(Some(hex(&digest.finalize())))
    }

    /// Reads some of the bytes.
    pub async fn read(
        &self,
        object: &str,
        range: Range<u64>,
    ) -> io::Result<BoxStream<'static, io::Result<Bytes>>> {
        let options = object_store::GetOptions::new().with_range(Some(range));
        let got = self.store.get_opts(&Path::from(object), options).await?;
        Ok(got.into_stream().map_err(io::Error::from).boxed())
    }

    /// Removes an object; one that is not there is removed already.
    pub async fn remove(&self, object: &str) -> io::Result<()> {
        match self.store.delete(&Path::from(object)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            removed => Ok(removed?),
        }
    }

    /// Everything that is there and that we may have put there.
    pub async fn list(&self) -> io::Result<Vec<Listed>> {
        let mut found = Vec::new();
        let mut objects = self.store.list(None);
        while let Some(object) = objects.try_next().await? {
            found.extend(key_of(object.location.as_ref()).map(|key| Listed {
                key,
                object: object.location.to_string(),
                written_at: object.last_modified.timestamp_millis(),
            }));
        }
        Ok(found)
    }
}

/// One part after the other, so that one of them is in memory at a time.
async fn send_parts(
    parts: &mut dyn MultipartUpload,
    first: Bytes,
    file: &mut tokio::fs::File,
) -> io::Result<()> {
    let mut part = first;
    while !part.is_empty() {
        parts.put_part(part.into()).await?;
        part = read_part(file).await?;
    }
    parts.complete().await?;
    Ok(())
}

async fn read_part(file: &mut tokio::fs::File) -> io::Result<Bytes> {
    let mut part = Vec::new();
    let limit = u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut part).await?;
    Ok(part.into())
}

/// A name for a photo in a bucket that no other has.
pub fn object_name(key: &Key, id: Uuid) -> String {
    let shard = key.sha256().get(..2).unwrap_or("00");
    format!("{}/{shard}/{}-{}", key.county(), key.sha256(), id.simple())
}

fn key_of(object: &str) -> Option<Key> {
    let mut parts = object.split('/');
    let county: DivisionCode = parts.next()?.parse().ok()?;
    let (sha256, _) = parts.next_back()?.split_once('-')?;
    Key::new(&county, sha256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_named_by_its_photo_and_never_twice() {
        let county: DivisionCode = "990421".parse().unwrap();
        let key = Key::new(&county, &"ab".repeat(32)).unwrap();
        let one = object_name(&key, Uuid::from_u128(1));
        assert_ne!(one, object_name(&key, Uuid::from_u128(2)));
        assert_eq!(key_of(&one), Some(key));
        for foreign in ["", "notes.txt", "990421/ab/short-1", "x/ab/y"] {
            assert_eq!(key_of(foreign), None, "{foreign}");
        }
    }
}
