//! Settings: file < environment < flags, each with its source. An unknown or wrong one is refused with what was meant.
//!
//! `config.default.toml` is both the documentation and the defaults: a key that is not in it does not exist.

use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use tepai_app::Policy;
use tepai_app::policy::PLACEHOLDER_SECRET;
use tepai_domain::secret::Secret;
use tepai_files::BucketAddress;
use tepai_sync_protocol::words::Sentence;
use toml::Value;

/// Every setting, its default, and what it means.
pub const DEFAULT_TOML: &str = include_str!("../config.default.toml");
/// The file that is read from the data directory if it is there.
pub const FILE_NAME: &str = "tepai.toml";
/// Letters that a secret needs at least.
const SHORTEST_SECRET: usize = 32;
/// What names a setting in the environment.
const PREFIX: &str = "TEPAI_";
/// Variables that begin alike and are no settings: those of the command line, and those of the tests.
const OTHER_VARIABLES: [&str; 2] = ["TEPAI_DATA_DIR", "TEPAI_CONFIG"];
const TEST_PREFIX: &str = "TEPAI_TEST_";
/// How like an unknown word must be to a known one to be taken for it.
const LIKENESS: f64 = 0.8;

/// The settings of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// Who said so.
    pub data_dir_source: ConfigSource,
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Which database.
    pub database: DatabaseConfig,
    /// How the log is written.
    pub log: LogConfig,
    /// The zone of local dates.
    pub zone: String,
    /// Limits and habits.
    pub policy: Policy,
    /// Each setting as it was given, by its key.
    pub settings: BTreeMap<String, ConfigSetting>,
}

/// Which database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseConfig {
    /// How to connect; holds a password on most servers.
    pub url: Secret,
    /// The most connections.
    pub connections: u32,
    /// Whether it is the file in the data directory, which is ours to migrate.
    pub embedded: bool,
}

/// How the log is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogConfig {
    /// For people or for a collector.
    pub format: LogFormat,
    /// Directives such as `info,tepai_http=debug`.
    pub level: String,
}

/// The form of a line of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For a log collector.
    Json,
}

/// A setting and where it comes from.
#[derive(Clone, PartialEq)]
pub struct ConfigSetting {
    value: Value,
    /// Where it comes from.
    pub source: ConfigSource,
    redaction: Redaction,
}

impl Eq for ConfigSetting {}

/// How much of a setting may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Redaction {
    None,
    Password,
    Whole,
}

/// Where a setting comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ConfigSource {
    /// Nobody set it.
    #[default]
    Default,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

impl ConfigSetting {
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
fn without_password(url: &str) -> String {
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

/// What was given beside the defaults.
#[derive(Debug, Default)]
pub struct Given {
    /// Where files are kept.
    pub data_dir: PathBuf,
    /// Who said so.
    pub data_dir_source: ConfigSource,
    /// The file that was named; otherwise the one in the data directory is read if it is there.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// The flags: key, value, flag.
    pub flags: Vec<(&'static str, String, &'static str)>,
}

/// A setting that cannot be used: what is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// What is wrong, and where.
    pub what: Sentence,
    /// What to do.
    pub remedy: Sentence,
}

impl ConfigError {
    fn new(what: (String, String), remedy: (String, String)) -> Self {
        Self {
            what: Sentence::new(what.0, what.1),
            remedy: Sentence::new(remedy.0, remedy.1),
        }
    }
}

impl Config {
    /// Puts the layers together; every mistake is reported, not only the first.
    pub fn load(given: Given) -> Result<Self, Vec<ConfigError>> {
        let mut layers = Layers::of_defaults()?;
        if let Some((path, text)) = given.read_file()? {
            layers.add_file(&path, &text);
        }
        layers.add_environment(&given.environment);
        for (key, value, flag) in &given.flags {
            layers.add_text(key, value, ConfigSource::Flag(flag));
        }
        layers.into_config(given.data_dir, given.data_dir_source)
    }

    /// Whether the secret is the one that everybody knows.
    pub fn has_placeholder_secret(&self) -> bool {
        self.policy.secret.expose() == PLACEHOLDER_SECRET
    }

    /// The zone of local dates.
    pub fn time_zone(&self) -> TimeZone {
        // It was looked up when the settings were read.
        TimeZone::get(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// Where a setting comes from.
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
    fn read_file(&self) -> Result<Option<(PathBuf, String)>, Vec<ConfigError>> {
        let path = self
            .file
            .clone()
            .unwrap_or_else(|| self.data_dir.join(FILE_NAME));
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some((path, text))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && self.file.is_none() => {
                Ok(None)
            }
            Err(error) => Err(vec![ConfigError::new(
                (
                    format!("无法读取设置文件 {}：{error}", path.display()),
                    format!("cannot read the settings in {}: {error}", path.display()),
                ),
                (
                    "请检查路径和权限".to_owned(),
                    "check the path and who may read it".to_owned(),
                ),
            )]),
        }
    }
}

/// Settings on their way through the layers.
struct Layers {
    settings: BTreeMap<String, ConfigSetting>,
    errors: Vec<ConfigError>,
}

impl Layers {
    fn of_defaults() -> Result<Self, Vec<ConfigError>> {
        let mut layers = Self {
            settings: BTreeMap::new(),
            errors: Vec::new(),
        };
        let table =
            parse(Path::new("config.default.toml"), DEFAULT_TOML).map_err(|error| vec![error])?;
        for (key, value) in flatten(table) {
            let redaction = redaction_of(&key);
            layers.settings.insert(
                key,
                ConfigSetting {
                    value,
                    source: ConfigSource::Default,
                    redaction,
                },
            );
        }
        Ok(layers)
    }

    fn add_file(&mut self, path: &Path, text: &str) {
        let table = match parse(path, text) {
            Ok(table) => table,
            Err(error) => return self.errors.push(error),
        };
        for (key, value) in flatten(table) {
            self.set(&key, value, ConfigSource::File(path.to_owned()));
        }
    }

    fn add_environment(&mut self, environment: &[(String, String)]) {
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if name.starts_with(TEST_PREFIX) || OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let key = rest.to_ascii_lowercase().replacen("__", ".", 1);
            self.add_text(&key, value, ConfigSource::Environment(name.clone()));
        }
    }

    /// A value that is text because it comes from the environment or a flag: it gets the type of its default.
    fn add_text(&mut self, key: &str, text: &str, source: ConfigSource) {
        let kind = self.settings.get(key).map(|setting| &setting.value);
        let value = match kind {
            Some(Value::Integer(_)) => text.trim().parse().ok().map(Value::Integer),
            Some(Value::Boolean(_)) => text.trim().parse().ok().map(Value::Boolean),
            _ => None,
        };
        self.set(key, value.unwrap_or_else(|| Value::from(text)), source);
    }

    fn set(&mut self, key: &str, value: Value, source: ConfigSource) {
        let Some(setting) = self.settings.get_mut(key) else {
            let error = self.unknown(key, &source);
            return self.errors.push(error);
        };
        if !setting.value.same_type(&value) {
            let error = wrong_type(key, &setting.value, &source);
            return self.errors.push(error);
        }
        setting.value = value;
        setting.source = source;
    }

    fn unknown(&self, key: &str, source: &ConfigSource) -> ConfigError {
        let meant = self.meant_by(key);
        let (zh, en, meant) = match source {
            ConfigSource::Environment(name) => (
                format!("环境变量 {name} 不是已知的设置"),
                format!("the environment variable {name} is no setting"),
                meant.map(|key| variable_of(&key)),
            ),
            source => (
                format!("{source} 中有未知的设置 {key}"),
                format!("{source} holds an unknown setting: {key}"),
                meant,
            ),
        };
        let remedy = match meant {
            Some(meant) => (
                format!("是否指 {meant}？"),
                format!("did you mean {meant}?"),
            ),
            None => (
                "`tepai config --default` 列出全部设置".to_owned(),
                "`tepai config --default` lists all settings".to_owned(),
            ),
        };
        ConfigError::new((zh, en), remedy)
    }

    /// The known key that an unknown one is most like: as a whole, or by its last word.
    fn meant_by(&self, key: &str) -> Option<String> {
        let likeness = |known: &str| {
            let whole = strsim::jaro_winkler(&known.replace('.', "_"), &key.replace('.', "_"));
            let name = known.split_once('.').map_or(known, |(_, name)| name);
            let same_name = name == key || key.ends_with(&format!(".{name}"));
            if same_name {
                whole.max(LIKENESS + 0.1)
            } else {
                whole
            }
        };
        let known = self.settings.keys().map(|known| (likeness(known), known));
        let best = known.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
        (best.0 >= LIKENESS).then(|| best.1.clone())
    }

    fn into_config(
        mut self,
        data_dir: PathBuf,
        data_dir_source: ConfigSource,
    ) -> Result<Config, Vec<ConfigError>> {
        let (url, embedded) = self.database_url(&data_dir);
        let base_url = self.base_url();
        let config = Config {
            listen: self
                .parsed("server.listen", "127.0.0.1:8020", |text| text.parse().ok())
                .unwrap_or(LOOPBACK),
            database: DatabaseConfig {
                url: Secret::new(url),
                connections: self.number("database.connections", 1..=1000),
                embedded,
            },
            log: LogConfig {
                format: self
                    .parsed("log.format", "text, json", log_format)
                    .unwrap_or(LogFormat::Text),
                level: self
                    .parsed("log.level", "info, debug", log_level)
                    .unwrap_or_default(),
            },
            zone: self
                .parsed("time.zone", "Asia/Shanghai", zone)
                .unwrap_or_default(),
            policy: Policy {
                poll_after_s: self.number("sync.poll_after_s", 10..=86_400),
                secure_cookies: self.flag("server.secure_cookies"),
                session_hours: self.number("session.hours", 1..=720),
                idle_minutes: self.number("session.idle_minutes", 1..=43_200),
                lock_after: self.number("security.lock_after", 1..=100),
                lock_minutes: self.number("security.lock_minutes", 1..=10_080),
                enrolment_hours: self.number("security.enrolment_hours", 1..=720),
                base_url,
                photos_dir: self.photos_dir(&data_dir),
                bucket: self.bucket(),
                secret: self.secret(),
            },
            data_dir,
            data_dir_source,
            settings: self.settings,
        };
        if self.errors.is_empty() {
            Ok(config)
        } else {
            Err(self.errors)
        }
    }

    fn text(&self, key: &str) -> String {
        let value = self
            .settings
            .get(key)
            .and_then(|setting| setting.value.as_str());
        value.unwrap_or_default().to_owned()
    }

    fn flag(&self, key: &str) -> bool {
        self.settings
            .get(key)
            .and_then(|setting| setting.value.as_bool())
            .unwrap_or_default()
    }

    fn number(&mut self, key: &str, bounds: RangeInclusive<u32>) -> u32 {
        let value = self
            .settings
            .get(key)
            .and_then(|setting| setting.value.as_integer());
        let number = value.and_then(|value| u32::try_from(value).ok());
        if let Some(number) = number.filter(|number| bounds.contains(number)) {
            return number;
        }
        self.refuse(key, &format!("{}..{}", bounds.start(), bounds.end()));
        *bounds.start()
    }

    fn parsed<T>(
        &mut self,
        key: &str,
        wanted: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = read(&self.text(key));
        if value.is_none() {
            self.refuse(key, wanted);
        }
        value
    }

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

    fn photos_dir(&self, data_dir: &Path) -> PathBuf {
        match self.text("photos.dir").as_str() {
            "" => data_dir.join("photos"),
            dir => data_dir.join(dir),
        }
    }

    /// The bucket, which has a name; what belongs to it is asked for only then.
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
        for (key, value) in [
            ("bucket.region", address.region.as_str()),
            ("bucket.access_key_id", &address.access_key_id),
            (
                "bucket.secret_access_key",
                address.secret_access_key.expose(),
            ),
        ] {
            if value.is_empty() {
                self.refuse(key, "AKIDEXAMPLE");
            }
        }
        Some(address)
    }

    fn base_url(&mut self) -> Option<String> {
        let url = self.text("server.base_url");
        if !url.is_empty() && !is_web_address(&url) {
            self.refuse("server.base_url", "https://tepai.example");
        }
        Some(url.trim_end_matches('/').to_owned()).filter(|url| !url.is_empty())
    }

    fn secret(&mut self) -> Secret {
        let secret = self.text("security.secret");
        if secret.len() < SHORTEST_SECRET {
            self.refuse(
                "security.secret",
                &format!("tepai config --new-secret (≥ {SHORTEST_SECRET})"),
            );
        }
        Secret::new(secret)
    }

    /// Reports a value that is of the right type, and cannot be used.
    fn refuse(&mut self, key: &str, wanted: &str) {
        let Some(setting) = self.settings.get(key) else {
            return;
        };
        let (shown, source) = (setting.shown(), &setting.source);
        self.errors.push(ConfigError::new(
            (
                format!("设置 {key}（{source}）的值 {shown} 不可用"),
                format!("the setting {key} ({source}) cannot be {shown}"),
            ),
            (
                format!("可用的值例如：{wanted}"),
                format!("it may be, for example: {wanted}"),
            ),
        ));
    }
}

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8020);

/// Whether a text is the address of a server on the web.
fn is_web_address(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

/// A path in the address of a SQLite database: what would end it, or be read as an escape, is escaped.
fn in_url(path: &Path) -> String {
    path.display()
        .to_string()
        .replace('%', "%25")
        .replace('?', "%3F")
        .replace('#', "%23")
}

fn log_format(text: &str) -> Option<LogFormat> {
    match text {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}

fn log_level(text: &str) -> Option<String> {
    let directives = tracing_subscriber::EnvFilter::builder().parse(text);
    directives
        .ok()
        .filter(|_| !text.trim().is_empty())
        .map(|_| text.to_owned())
}

fn zone(text: &str) -> Option<String> {
    TimeZone::get(text).ok().map(|_| text.to_owned())
}

fn redaction_of(key: &str) -> Redaction {
    match key {
        "security.secret" | "bucket.secret_access_key" => Redaction::Whole,
        "database.url" => Redaction::Password,
        _ => Redaction::None,
    }
}

fn variable_of(key: &str) -> String {
    format!(
        "{PREFIX}{}",
        key.to_ascii_uppercase().replacen('.', "__", 1)
    )
}

fn parse(path: &Path, text: &str) -> Result<toml::Table, ConfigError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| {
            1 + text
                .bytes()
                .take(span.start)
                .filter(|byte| *byte == b'\n')
                .count()
        });
        let at = line.map(|line| format!(":{line}")).unwrap_or_default();
        ConfigError::new(
            (
                format!(
                    "{}{at} 不是有效的 TOML：{}",
                    path.display(),
                    error.message()
                ),
                format!("{}{at} is not TOML: {}", path.display(), error.message()),
            ),
            (
                "写法请参照 `tepai config --default`".to_owned(),
                "`tepai config --default` shows how it is written".to_owned(),
            ),
        )
    })
}

/// `section.key` and value of each entry.
fn flatten(table: toml::Table) -> Vec<(String, Value)> {
    let mut entries = Vec::new();
    for (section, value) in table {
        match value {
            Value::Table(keys) => {
                entries.extend(
                    keys.into_iter()
                        .map(|(key, value)| (format!("{section}.{key}"), value)),
                );
            }
            value => entries.push((section, value)),
        }
    }
    entries
}

fn wrong_type(key: &str, default: &Value, source: &ConfigSource) -> ConfigError {
    let (zh, en) = match default {
        Value::Integer(_) => ("整数", "a whole number"),
        Value::Boolean(_) => ("true 或 false", "true or false"),
        _ => ("带引号的文本", "a text in quotes"),
    };
    ConfigError::new(
        (
            format!("设置 {key}（{source}）的类型不对"),
            format!("the setting {key} ({source}) is of the wrong type"),
        ),
        (format!("应为{zh}"), format!("it is {en}")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &str)],
    ) -> Result<Config, Vec<ConfigError>> {
        let dir = tempfile::TempDir::new().unwrap();
        std::fs::write(dir.path().join(FILE_NAME), file).unwrap();
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Config::load(Given {
            data_dir: dir.path().to_owned(),
            data_dir_source: ConfigSource::Default,
            file: None,
            environment: environment.iter().map(own).collect(),
            flags: flags
                .iter()
                .map(|(key, value)| (*key, (*value).to_owned(), "--flag"))
                .collect(),
        })
    }

    #[track_caller]
    fn refusal(file: &str, environment: &[(&str, &str)]) -> (String, String) {
        let errors = load(file, environment, &[]).unwrap_err();
        assert_eq!(errors.len(), 1, "{errors:?}");
        (errors[0].what.en.clone(), errors[0].remedy.en.clone())
    }

    #[test]
    fn the_default_file_is_the_defaults_of_the_code() {
        let config = load("", &[], &[]).unwrap();
        let photos_dir = config.policy.photos_dir.clone();
        assert!(photos_dir.ends_with("photos"), "beside the database");
        let expected = Policy {
            photos_dir,
            ..Policy::default()
        };
        assert_eq!(config.policy, expected);
        assert_eq!(config.listen, LOOPBACK);
        assert_eq!(config.time_zone(), TimeZone::get("Asia/Shanghai").unwrap());
        assert!(config.has_placeholder_secret());
        assert!(config.database.embedded && config.database.url.expose().ends_with("/tepai.db"));
        assert!(
            config
                .settings
                .values()
                .all(|setting| setting.source == ConfigSource::Default)
        );
    }

    #[test]
    fn every_default_is_described_in_english_and_chinese() {
        let mut comments = Vec::new();
        for line in DEFAULT_TOML.lines() {
            if line.contains(" = ") && !line.starts_with('#') {
                assert_eq!(comments.len(), 2, "{line}");
                let is_chinese =
                    |text: &str| text.chars().any(|letter| ('一'..='鿿').contains(&letter));
                assert!(
                    !is_chinese(comments[0]) && is_chinese(comments[1]),
                    "{line}"
                );
            }
            if line.starts_with('#') {
                comments.push(line);
            } else {
                comments.clear();
            }
        }
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let file =
            "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"\n[session]\nhours = 1";
        let environment = [
            ("TEPAI_SERVER__LISTEN", "127.0.0.1:2"),
            ("TEPAI_SESSION__HOURS", "2"),
            ("HOME", "/"),
        ];
        let config = load(file, &environment, &[("server.listen", "127.0.0.1:3")]).unwrap();
        assert_eq!((config.listen.port(), config.policy.session_hours), (3, 2));
        assert_eq!(config.log.level, "warn");
        let source = |key: &str| config.settings[key].source.to_string();
        assert_eq!(source("server.listen"), "--flag");
        assert_eq!(source("session.hours"), "TEPAI_SESSION__HOURS");
        assert!(source("log.level").ends_with(FILE_NAME));
        assert_eq!(source("log.format"), "default");
    }

    #[test]
    fn an_unknown_key_says_where_it_is_and_what_was_meant() {
        for (file, key, meant) in [
            (
                "[server]\nlisten_on = \"x\"",
                "server.listen_on",
                "server.listen",
            ),
            ("[sever]\nlisten = \"x\"", "sever.listen", "server.listen"),
            ("listen = \"x\"", "listen", "server.listen"),
            (
                "[database]\nconection = 3",
                "database.conection",
                "database.connections",
            ),
            (
                "[log]\npoll_after_s = 3",
                "log.poll_after_s",
                "sync.poll_after_s",
            ),
        ] {
            let (what, remedy) = refusal(file, &[]);
            assert!(
                what.contains(FILE_NAME) && what.ends_with(&format!(": {key}")),
                "{what}"
            );
            assert_eq!(remedy, format!("did you mean {meant}?"));
        }
        let (_, remedy) = refusal("[colours]\nbright = true", &[]);
        assert!(remedy.contains("--default"), "{remedy}");
    }

    #[test]
    fn an_unknown_variable_says_what_was_meant() {
        for (variable, meant) in [
            ("TEPAI_SERVER_LISTEN", "TEPAI_SERVER__LISTEN"),
            ("TEPAI_DATABASE_URL", "TEPAI_DATABASE__URL"),
            ("TEPAI_LOG__LEVLE", "TEPAI_LOG__LEVEL"),
            ("TEPAI_SECRET", "TEPAI_SECURITY__SECRET"),
        ] {
            let (what, remedy) = refusal("", &[(variable, "x")]);
            assert!(what.contains(variable), "{what}");
            assert_eq!(remedy, format!("did you mean {meant}?"));
        }
        assert!(
            load(
                "",
                &[("TEPAI_TEST_POSTGRES_URL", "x"), ("TEPAI_DATA_DIR", "x")],
                &[]
            )
            .is_ok()
        );
    }

    #[test]
    fn a_wrong_value_says_its_key_and_source_and_what_it_may_be() {
        for (file, key, may_be) in [
            (
                "[server]\nlisten = \"8020\"",
                "server.listen",
                "127.0.0.1:8020",
            ),
            (
                "[server]\nbase_url = \"tepai.example\"",
                "server.base_url",
                "https://",
            ),
            (
                "[database]\nconnections = 0",
                "database.connections",
                "1..1000",
            ),
            (
                "[database]\nconnections = -1",
                "database.connections",
                "1..1000",
            ),
            (
                "[database]\nurl = \"mysql://x\"",
                "database.url",
                "postgres://",
            ),
            ("[log]\nformat = \"xml\"", "log.format", "json"),
            ("[log]\nlevel = \"\"", "log.level", "info"),
            ("[time]\nzone = \"Mars\"", "time.zone", "Asia/Shanghai"),
            (
                "[security]\nsecret = \"short\"",
                "security.secret",
                "--new-secret",
            ),
            ("[session]\nhours = \"12\"", "session.hours", "whole number"),
            (
                "[server]\nsecure_cookies = 1",
                "server.secure_cookies",
                "true or false",
            ),
            (
                "[bucket]\nname = \"photos\"\nendpoint = \"s3.example\"\naccess_key_id = \"k\"\nsecret_access_key = \"s\"",
                "bucket.endpoint",
                "https://s3.example",
            ),
            (
                "[server.listen]\nport = 1",
                "server.listen",
                "text in quotes",
            ),
        ] {
            let (what, remedy) = refusal(file, &[]);
            assert!(what.contains(key) && what.contains(FILE_NAME), "{what}");
            assert!(remedy.contains(may_be), "{remedy}");
        }
        let (what, _) = refusal("", &[("TEPAI_SESSION__HOURS", "many")]);
        assert!(what.contains("TEPAI_SESSION__HOURS"), "{what}");
    }

    #[test]
    fn every_mistake_is_reported() {
        let errors = load(
            "[session]\nhours = 0\nminutes = 3\n[time]\nzone = \"\"",
            &[],
            &[],
        )
        .unwrap_err();
        assert_eq!(errors.len(), 3, "{errors:?}");
    }

    #[test]
    fn what_is_not_toml_says_its_line() {
        let (what, _) = refusal("[server]\n\nlisten = ", &[]);
        assert!(what.contains("tepai.toml:3 is not TOML"), "{what}");
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let given = Given {
            file: Some("/nowhere/tepai.toml".into()),
            ..Given::default()
        };
        assert!(
            Config::load(given).unwrap_err()[0]
                .what
                .en
                .contains("/nowhere/tepai.toml")
        );
    }

    #[test]
    fn secrets_do_not_show() {
        let secret = "0123456789abcdef0123456789abcdef";
        let url = "postgres://tepai:pass:w@rd@db.example/tepai?password=hunter2";
        let file = format!("[security]\nsecret = \"{secret}\"\n[database]\nurl = \"{url}\"");
        let config = load(&file, &[], &[]).unwrap();
        let debug = format!("{config:?}");
        for hidden in [secret, "pass:w", "rd@db", "hunter2"] {
            assert!(!debug.contains(hidden), "{debug}");
        }
        assert_eq!(
            config.shown_database(),
            "postgres://tepai:…@db.example/tepai?…"
        );
        assert_eq!(config.database.url.expose(), url);
        assert!(!config.database.embedded);
    }

    #[test]
    fn a_path_with_odd_letters_is_one_address() {
        assert_eq!(in_url(Path::new("/a?b/c#d/100%")), "/a%3Fb/c%23d/100%25");
    }
}
