//! The layers, merged by figment: only known keys with values of the default's type go in; the others are errors.

use super::DEFAULT_TOML;
use super::error::ConfigError;
use super::setting::{ConfigSetting, ConfigSource};
use figment::util::nest;
use figment::value::{Dict, Map, Value as Merged};
use figment::{Figment, Metadata, Profile, Provider};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// The prefix of variables that set a setting.
const PREFIX: &str = "TEPAI_";
/// Variables with that prefix that are no settings: the command line reads them.
const OTHER_VARIABLES: [&str; 2] = ["TEPAI_DATA_DIR", "TEPAI_CONFIG"];
/// The prefix of variables that only tests read.
const TEST_PREFIX: &str = "TEPAI_TEST_";

/// The layers up to now, and what was wrong in them.
pub(super) struct Layers {
    merged: Figment,
    defaults: BTreeMap<String, Value>,
    pub(super) errors: Vec<ConfigError>,
}

/// One setting of one layer. Each has its own metadata because each variable and flag is a source of its own.
struct Entry<'e> {
    key: &'e str,
    value: &'e Value,
    source: &'e ConfigSource,
}

impl Provider for Entry<'_> {
    fn metadata(&self) -> Metadata {
        self.source.into()
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let entry = nest(self.key, Merged::serialize(self.value)?);
        Ok(Profile::Default.collect(entry.into_dict().unwrap_or_default()))
    }
}

impl Layers {
    /// The lowest layer: the defaults.
    pub(super) fn of_defaults() -> Result<Self, ConfigError> {
        let table = parse(Path::new("config.default.toml"), DEFAULT_TOML)?;
        let mut layers = Self {
            merged: Figment::new(),
            defaults: flatten(table).into_iter().collect(),
            errors: Vec::new(),
        };
        for (key, value) in layers.defaults.clone() {
            layers.set(&key, &value, &ConfigSource::Default);
        }
        Ok(layers)
    }

    pub(super) fn add_file(&mut self, path: &Path, text: &str) {
        let table = match parse(path, text) {
            Ok(table) => table,
            Err(error) => return self.errors.push(error),
        };
        let source = ConfigSource::File(path.to_owned());
        for (key, value) in flatten(table) {
            self.set(&key, &value, &source);
        }
    }

    pub(super) fn add_environment(&mut self, environment: &[(String, String)]) {
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if name.starts_with(TEST_PREFIX) || OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let key = rest.to_ascii_lowercase().replacen("__", ".", 1);
            self.add_text(&key, value, &ConfigSource::Environment(name.clone()));
        }
    }

    /// Adds a value that is text because it comes from the environment or a flag: it gets the type of its default.
    pub(super) fn add_text(&mut self, key: &str, text: &str, source: &ConfigSource) {
        let value = match self.defaults.get(key) {
            Some(Value::Integer(_)) => text.trim().parse().ok().map(Value::Integer),
            Some(Value::Boolean(_)) => text.trim().parse().ok().map(Value::Boolean),
            _ => None,
        };
        self.set(key, &value.unwrap_or_else(|| Value::from(text)), source);
    }

    fn set(&mut self, key: &str, value: &Value, source: &ConfigSource) {
        let Some(default) = self.defaults.get(key) else {
            let known = self.defaults.keys().map(String::as_str);
            let error = ConfigError::unknown(key, source, known);
            return self.errors.push(error);
        };
        if !default.same_type(value) {
            let error = ConfigError::wrong_type(key, default, source);
            return self.errors.push(error);
        }
        let merged = std::mem::take(&mut self.merged);
        self.merged = merged.merge(Entry { key, value, source });
    }

    /// The value that the highest layer gives, if it can be read as a `T`.
    pub(super) fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        self.merged.extract_inner(key).ok()
    }

    /// Each setting and the layer that set it, by its key.
    pub(super) fn settings(&self) -> BTreeMap<String, ConfigSetting> {
        let setting = |(key, default): (&String, &Value)| {
            let value = self.get(key).unwrap_or_else(|| default.clone());
            let source = self.merged.find_metadata(key).map(ConfigSource::from);
            let setting = ConfigSetting::new(key, value, source.unwrap_or_default());
            (key.clone(), setting)
        };
        self.defaults.iter().map(setting).collect()
    }
}

/// The variable of the environment that sets a key.
pub(super) fn variable_of(key: &str) -> String {
    let name = key.to_ascii_uppercase().replacen('.', "__", 1);
    format!("{PREFIX}{name}")
}

fn parse(path: &Path, text: &str) -> Result<Table, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::not_toml(path, text, &error))
}

/// `section.key` and value of each entry.
fn flatten(table: Table) -> Vec<(String, Value)> {
    let mut entries = Vec::new();
    for (section, value) in table {
        match value {
            Value::Table(keys) => {
                let keys = keys.into_iter();
                entries.extend(keys.map(|(key, value)| (format!("{section}.{key}"), value)));
            }
            value => entries.push((section, value)),
        }
    }
    entries
}
