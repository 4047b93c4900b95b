//! From merged layers to a [`Config`]: what each setting may be.

use super::error::ConfigError;
use super::layers::Layers;
use super::setting::{ConfigSetting, ConfigSource};
use super::{Config, DatabaseConfig, LogConfig, LogFormat};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tepai_app::Policy;
use tepai_domain::secret::Secret;
use tepai_files::BucketAddress;
use tracing_subscriber::EnvFilter;

/// The least length of the installation's secret, in bytes.
const SHORTEST_SECRET: usize = 32;
/// What stands in for an address that cannot be read until its error is reported.
pub(super) const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8020);

/// Checks the merged layers; every mistake is reported.
pub(super) fn config(
    layers: Layers,
    data_dir: PathBuf,
    data_dir_source: ConfigSource,
) -> Result<Config, Vec<ConfigError>> {
    let mut reader = Reader {
        settings: layers.settings(),
        layers,
    };
    let (url, embedded) = reader.database_url(&data_dir);
    let base_url = reader.base_url();
    let config = Config {
        listen: reader
            .value("server.listen", "127.0.0.1:8020")
            .unwrap_or(LOOPBACK),
        database: DatabaseConfig {
            url: Secret::new(url),
            connections: reader.number("database.connections", 1..=1000),
            embedded,
        },
        log: LogConfig {
            format: reader
                .value("log.format", "text, json")
                .unwrap_or(LogFormat::Text),
            level: reader.text_that("log.level", "info, debug", is_log_level),
        },
        zone: reader.text_that("time.zone", "Asia/Shanghai", |name| {
            TimeZone::get(name).is_ok()
        }),
        policy: reader.policy(&data_dir, base_url),
        data_dir,
        data_dir_source,
        settings: reader.settings,
    };
    let errors = reader.layers.errors;
    if errors.is_empty() {
        Ok(config)
    } else {
        Err(errors)
    }
}

struct Reader {
    layers: Layers,
    settings: BTreeMap<String, ConfigSetting>,
}

impl Reader {
    /// Reports a value that is of the right type, and cannot be used.
    fn refuse(&mut self, key: &str, wanted: &str) {
        if let Some(setting) = self.settings.get(key) {
            let error = ConfigError::unusable(key, setting, wanted);
            self.layers.errors.push(error);
        }
    }

    fn value<T: DeserializeOwned>(&mut self, key: &str, wanted: &str) -> Option<T> {
        let value = self.layers.get(key);
        if value.is_none() {
            self.refuse(key, wanted);
        }
        value
    }

    fn text(&self, key: &str) -> String {
        self.layers.get(key).unwrap_or_default()
    }

    fn text_that(&mut self, key: &str, wanted: &str, is_sound: impl Fn(&str) -> bool) -> String {
        let text = self.text(key);
        if !is_sound(&text) {
            self.refuse(key, wanted);
        }
        text
    }

    fn flag(&self, key: &str) -> bool {
        self.layers.get(key).unwrap_or_default()
    }

    fn number(&mut self, key: &str, bounds: RangeInclusive<u32>) -> u32 {
        let number = self.layers.get(key);
        if let Some(number) = number.filter(|number| bounds.contains(number)) {
            return number;
        }
        self.refuse(key, &format!("{}..{}", bounds.start(), bounds.end()));
        *bounds.start()
    }

    /// The address of the database, and whether it is the file in the data directory.
    fn database_url(&mut self, data_dir: &Path) -> (String, bool) {
        let own = format!("sqlite://{}", in_url(&data_dir.join("tepai.db")));
        let url = self.text("database.url");
        if url.is_empty() || url == own {
            return (own, true);
        }
        let known = ["sqlite:", "postgres://", "postgresql://"];
        if !known.iter().any(|scheme| url.starts_with(scheme)) {
            self.refuse(
                "database.url",
                "sqlite:///path/to/tepai.db, postgres://user@host/name",
            );
        }
        (url, false)
    }

    fn policy(&mut self, data_dir: &Path, base_url: Option<String>) -> Policy {
        Policy {
            base_url,
            poll_after_s: self.number("sync.poll_after_s", 10..=86_400),
            secure_cookies: self.flag("server.secure_cookies"),
            session_hours: self.number("session.hours", 1..=720),
            idle_minutes: self.number("session.idle_minutes", 1..=43_200),
            lock_after: self.number("security.lock_after", 1..=100),
            lock_minutes: self.number("security.lock_minutes", 1..=10_080),
            enrolment_hours: self.number("security.enrolment_hours", 1..=720),
            photos_dir: self.photos_dir(data_dir),
            bucket: self.bucket(),
            secret: self.secret(),
        }
    }

    fn base_url(&mut self) -> Option<String> {
        let url = self.text("server.base_url");
        if !url.is_empty() && !is_web_address(&url) {
            self.refuse("server.base_url", "https://tepai.example");
        }
        Some(url.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty())
    }

    fn photos_dir(&self, data_dir: &Path) -> PathBuf {
        match self.text("photos.dir").as_str() {
            "" => data_dir.join("photos"),
            dir => data_dir.join(dir),
        }
    }

    /// The bucket, if it is named; its other settings are only checked then.
    fn bucket(&mut self) -> Option<BucketAddress> {
        let address = BucketAddress {
            name: self.text("bucket.name"),
            endpoint: self.text("bucket.endpoint"),
            region: self.text("bucket.region"),
            virtual_hosted: self.flag("bucket.virtual_hosted"),
            access_key_id: self.text("bucket.access_key_id"),
            secret_access_key: Secret::new(self.text("bucket.secret_access_key")),
        };
        if address.name.is_empty() {
            return None;
        }
        if !is_web_address(&address.endpoint) {
            self.refuse("bucket.endpoint", "https://s3.example");
        }
        for key in [
            "bucket.region",
            "bucket.access_key_id",
            "bucket.secret_access_key",
        ] {
            self.text_that(key, "AKIDEXAMPLE", |text| !text.is_empty());
        }
        Some(address)
    }

    fn secret(&mut self) -> Secret {
        let wanted = format!("tepai config --new-secret (≥ {SHORTEST_SECRET})");
        let is_long = |secret: &str| secret.len() >= SHORTEST_SECRET;
        Secret::new(self.text_that("security.secret", &wanted, is_long))
    }
}

/// Whether a text is the address of a server on the web.
fn is_web_address(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

/// A path in the address of a SQLite database: what would end it, or be read as an escape, is escaped.
pub(super) fn in_url(path: &Path) -> String {
    path.display()
        .to_string()
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

/// Whether a text holds directives for the log.
fn is_log_level(text: &str) -> bool {
    !text.trim().is_empty() && EnvFilter::builder().parse(text).is_ok()
}
