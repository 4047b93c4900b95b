//! The settings of an installation: defaults < file < environment < command line, each with its source.
//!
//! `config.default.toml` documents the settings and holds their defaults: a key that is not in it does not exist. figment
//! merges the layers and remembers where each value comes from; here are the checks and the errors in two languages.

mod error;
mod layers;
mod read;
mod setting;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use setting::{ConfigSetting, ConfigSource};

use jiff::tz::TimeZone;
use layers::Layers;
use serde::Deserialize;
use setting::without_password;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use tepai_app::Policy;
use tepai_app::policy::PLACEHOLDER_SECRET;
use tepai_domain::secret::Secret;

/// Every setting, its default, and what it means.
pub const DEFAULT_TOML: &str = include_str!("../../config.default.toml");
/// The name of the file in the data directory that is read if it exists and no other file is named.
pub const FILE_NAME: &str = "tepai.toml";

/// The settings of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The data directory; relative paths of other settings start here.
    pub data_dir: PathBuf,
    /// Where the data directory was set.
    pub data_dir_source: ConfigSource,
    /// The address and port on which the server listens.
    pub listen: SocketAddr,
    /// The database and the connections to it.
    pub database: DatabaseConfig,
    /// The form and the level of the log.
    pub log: LogConfig,
    /// The IANA name of the time zone of local dates.
    pub zone: String,
    /// The limits that use cases follow.
    pub policy: Policy,
    /// Each setting as it was given, by its key (`section.name`).
    pub settings: BTreeMap<String, ConfigSetting>,
}

/// The database and the connections to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// The address of the database; it holds a password on most servers.
    pub url: Secret,
    /// The most connections that this process opens.
    pub connections: u32,
    /// Whether it is the SQLite file in the data directory, which this process may migrate by itself.
    pub embedded: bool,
}

/// The form and the level of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// The form of each line.
    pub format: LogFormat,
    /// Directives such as `info,tepai_http=debug`.
    pub level: String,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// Text for people.
    Text,
    /// A JSON object for a log collector.
    Json,
}

/// What an installation sets beside the defaults.
#[derive(Debug, Default)]
pub struct Given {
    /// The data directory.
    pub data_dir: PathBuf,
    /// Where the data directory was set.
    pub data_dir_source: ConfigSource,
    /// The file that the command line names; without one, [`FILE_NAME`] in the data directory is read if it exists.
    pub file: Option<PathBuf>,
    /// The variables of the environment: name, value.
    pub environment: Vec<(String, String)>,
    /// The flags of the command line: key, value, flag.
    pub flags: Vec<(&'static str, String, &'static str)>,
}

impl Config {
    /// Merges the layers and checks the result; every mistake is reported, not only the first.
    pub fn load(given: Given) -> Result<Self, Vec<ConfigError>> {
        let mut layers = Layers::of_defaults().map_err(|error| vec![error])?;
        if let Some((path, text)) = given.read_file().map_err(|error| vec![error])? {
            layers.add_file(&path, &text);
        }
        layers.add_environment(&given.environment);
        for (key, value, flag) in &given.flags {
            layers.add_text(key, value, &ConfigSource::Flag((*flag).to_owned()));
        }
        read::config(layers, given.data_dir, given.data_dir_source)
    }

    /// Whether the installation's secret is still the published placeholder.
    pub fn has_placeholder_secret(&self) -> bool {
        self.policy.secret.expose() == PLACEHOLDER_SECRET
    }

    /// The time zone of local dates.
    pub fn time_zone(&self) -> TimeZone {
        // Loading has looked it up already.
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Whether no layer sets this key.
    pub fn is_default(&self, key: &str) -> bool {
        self.settings
            .get(key)
            .is_none_or(|setting| setting.source == ConfigSource::Default)
    }

    /// The address of the database, without its password.
    pub fn shown_database(&self) -> String {
        without_password(self.database.url.expose())
    }
}

impl Given {
    fn read_file(&self) -> Result<Option<(PathBuf, String)>, ConfigError> {
        let path = self
            .file
            .clone()
            .unwrap_or_else(|| self.data_dir.join(FILE_NAME));
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some((path, text))),
            Err(error) if error.kind() == ErrorKind::NotFound && self.file.is_none() => Ok(None),
            Err(error) => Err(ConfigError::unreadable(&path, &error)),
        }
    }
}
