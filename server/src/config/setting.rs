//! A setting, where it comes from, and how much of it may be shown.

use figment::Metadata;
use std::fmt;
use std::path::PathBuf;
use toml::Value;

/// The name of figment's metadata for variables of the environment.
const ENVIRONMENT: &str = "environment";

/// A setting and where it comes from.
#[derive(Clone, PartialEq)]
pub struct ConfigSetting {
    value: Value,
    /// The layer that set it.
    pub source: ConfigSource,
    redaction: Redaction,
}

impl Eq for ConfigSetting {}

/// How much of a setting may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redaction {
    /// All of it.
    None,
    /// An address without its password.
    Password,
    /// Nothing but that it was set.
    Whole,
}

impl Redaction {
    fn of(key: &str) -> Self {
        match key {
            "security.secret" | "bucket.secret_access_key" => Self::Whole,
            "database.url" => Self::Password,
            _ => Self::None,
        }
    }
}

/// Where a setting comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigSource {
    /// The default of `config.default.toml`.
    #[default]
    Default,
    /// A file, by its path.
    File(PathBuf),
    /// A variable of the environment, by its name.
    Environment(String),
    /// A flag of the command line, such as `--listen`.
    Flag(String),
}

impl fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

impl From<&ConfigSource> for Metadata {
    fn from(source: &ConfigSource) -> Self {
        match source {
            ConfigSource::Default => Self::named("default"),
            ConfigSource::File(path) => Self::from("file", path.as_path()),
            ConfigSource::Environment(name) => Self::from(ENVIRONMENT, name.as_str()),
            ConfigSource::Flag(name) => Self::from("flag", name.as_str()),
        }
    }
}

impl From<&Metadata> for ConfigSource {
    fn from(metadata: &Metadata) -> Self {
        match &metadata.source {
            Some(figment::Source::File(path)) => Self::File(path.clone()),
            Some(figment::Source::Custom(name)) if metadata.name == ENVIRONMENT => {
                Self::Environment(name.clone())
            }
            Some(figment::Source::Custom(name)) => Self::Flag(name.clone()),
            _ => Self::Default,
        }
    }
}

impl ConfigSetting {
    pub(super) fn new(key: &str, value: Value, source: ConfigSource) -> Self {
        Self {
            value,
            source,
            redaction: Redaction::of(key),
        }
    }

    /// The value as TOML, without what is secret in it.
    pub fn shown(&self) -> Value {
        match (self.redaction, self.value.as_str()) {
            (Redaction::Whole, _) if self.source != ConfigSource::Default => Value::from("…"),
            (Redaction::Password, Some(url)) => Value::from(without_password(url)),
            _ => self.value.clone(),
        }
    }
}

impl fmt::Debug for ConfigSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.shown(), self.source)
    }
}

/// Such as `postgres://user:…@host/name` of `postgres://user:password@host/name`.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return if url.contains('@') {
            "…".to_owned()
        } else {
            url.to_owned()
        };
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    // An address without a host may hold anything in its parameters, so none of them is shown.
    let query = if query.is_empty() { "" } else { "?…" };
    let authority = rest.rsplit_once('@');
    let shown = authority.map(|(user, host)| {
        let user = user
            .split_once(':')
            .map_or(user.to_owned(), |(user, _)| format!("{user}:…"));
        format!("{user}@{host}")
    });
    format!(
        "{scheme}://{}{query}",
        shown.unwrap_or_else(|| rest.to_owned())
    )
}
