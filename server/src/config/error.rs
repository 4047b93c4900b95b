//! What is wrong with a setting and what to do about it, in Chinese and English.

use super::layers::variable_of;
use super::setting::{ConfigSetting, ConfigSource};
use std::path::Path;
use tepai_sync_protocol::words::Sentence;
use toml::Value;

/// The least similarity (Jaro-Winkler, 0 to 1) at which a known key is suggested for an unknown one.
const LEAST_SIMILARITY: f64 = 0.8;

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

    /// The file cannot be read.
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::new(
            (
                format!("无法读取设置文件 {}：{error}", path.display()),
                format!("cannot read the settings in {}: {error}", path.display()),
            ),
            (
                "请检查路径和权限".to_owned(),
                "check the path and who may read it".to_owned(),
            ),
        )
    }

    /// The file is not TOML; it says the line.
    pub(super) fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| {
            let before = text.bytes().take(span.start);
            1 + before.filter(|byte| *byte == b'\n').count()
        });
        let at = line.map(|line| format!(":{line}")).unwrap_or_default();
        let (path, message) = (path.display(), error.message());
        Self::new(
            (
                format!("{path}{at} 不是有效的 TOML：{message}"),
                format!("{path}{at} is not TOML: {message}"),
            ),
            (
                "写法请参照 `tepai config --default`".to_owned(),
                "`tepai config --default` shows how it is written".to_owned(),
            ),
        )
    }

    /// There is no such setting.
    pub(super) fn unknown<'k>(
        key: &str,
        source: &ConfigSource,
        known: impl Iterator<Item = &'k str>,
    ) -> Self {
        let suggestion = suggestion(key, known);
        let (zh, en, suggestion) = match source {
            ConfigSource::Environment(name) => (
                format!("环境变量 {name} 不是已知的设置"),
                format!("the environment variable {name} is no setting"),
                suggestion.map(variable_of),
            ),
            source => (
                format!("{source} 中有未知的设置 {key}"),
                format!("{source} holds an unknown setting: {key}"),
                suggestion.map(str::to_owned),
            ),
        };
        let remedy = match suggestion {
            Some(suggestion) => (
                format!("是否指 {suggestion}？"),
                format!("did you mean {suggestion}?"),
            ),
            None => (
                "`tepai config --default` 列出全部设置".to_owned(),
                "`tepai config --default` lists all settings".to_owned(),
            ),
        };
        Self::new((zh, en), remedy)
    }

    /// The value is of another type than the default.
    pub(super) fn wrong_type(key: &str, default: &Value, source: &ConfigSource) -> Self {
        let (zh, en) = match default {
            Value::Integer(_) => ("整数", "a whole number"),
            Value::Boolean(_) => ("true 或 false", "true or false"),
            _ => ("带引号的文本", "a text in quotes"),
        };
        Self::new(
            (
                format!("设置 {key}（{source}）的类型不对"),
                format!("the setting {key} ({source}) is of the wrong type"),
            ),
            (format!("应为{zh}"), format!("it is {en}")),
        )
    }

    /// The value is of the right type, and cannot be used.
    pub(super) fn unusable(key: &str, setting: &ConfigSetting, wanted: &str) -> Self {
        let (shown, source) = (setting.shown(), &setting.source);
        Self::new(
            (
                format!("设置 {key}（{source}）的值 {shown} 不可用"),
                format!("the setting {key} ({source}) cannot be {shown}"),
            ),
            (
                format!("可用的值例如：{wanted}"),
                format!("it may be, for example: {wanted}"),
            ),
        )
    }
}

/// The known key that is most similar to an unknown one: as a whole, or by its last word.
fn suggestion<'k>(key: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let similarity = |known: &str| {
        let whole = strsim::jaro_winkler(&known.replace('.', "_"), &key.replace('.', "_"));
        let name = known.split_once('.').map_or(known, |(_, name)| name);
        let same_name = name == key || key.ends_with(&format!(".{name}"));
        if same_name {
            whole.max(LEAST_SIMILARITY + 0.1)
        } else {
            whole
        }
    };
    let known = known.map(|known| (similarity(known), known));
    let best = known.max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best.0 >= LEAST_SIMILARITY).then_some(best.1)
}
