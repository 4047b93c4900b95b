//! `tepai config`.

use super::{Failure, Out};
use crate::config::{Config, DEFAULT_TOML};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::Args;
use serde::Serialize;

/// What `config` takes.
#[derive(Debug, Args)]
pub(super) struct ConfigArgs {
    /// Print every setting with its default and meaning · 输出全部设置、默认值与说明
    #[arg(long)]
    default: bool,
    /// Print a fresh security.secret · 生成新的 security.secret
    #[arg(long, conflicts_with = "default")]
    new_secret: bool,
    /// Print JSON · 输出 JSON
    #[arg(long, conflicts_with_all = ["default", "new_secret"])]
    json: bool,
}

impl ConfigArgs {
    /// Whether the answer is the same whatever the settings are.
    pub(super) fn needs_no_settings(&self) -> bool {
        self.default || self.new_secret
    }
}

/// A setting in the output.
#[derive(Serialize)]
struct Shown {
    key: String,
    value: toml::Value,
    source: String,
}

/// Prints what does not depend on the settings.
pub(super) fn print_constant(args: &ConfigArgs, out: Out) -> Result<(), Failure> {
    if args.new_secret {
        return out.line(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
    }
    out.text(DEFAULT_TOML)
}

/// Prints the settings, each with its source and without what is secret.
pub(super) fn run(args: &ConfigArgs, config: &Config, out: Out) -> Result<(), Failure> {
    let shown: Vec<_> = shown(config);
    if args.json {
        return out.json(&shown);
    }
    let width = shown
        .iter()
        .map(|setting| setting.key.len() + setting.value.to_string().len())
        .max();
    for Shown { key, value, source } in &shown {
        let value = value.to_string();
        let room = width.unwrap_or_default().saturating_sub(key.len());
        out.line(format!("{key} = {value:room$}  # {source}"))?;
    }
    Ok(())
}

fn shown(config: &Config) -> Vec<Shown> {
    let data_dir = Shown {
        key: "data_dir".to_owned(),
        value: config.data_dir.display().to_string().into(),
        source: config.data_dir_source.to_string(),
    };
    let settings = config.settings.iter().map(|(key, setting)| Shown {
        key: key.clone(),
        value: if key == "database.url" {
            config.shown_database().into()
        } else {
            setting.shown()
        },
        source: setting.source.to_string(),
    });
    std::iter::once(data_dir).chain(settings).collect()
}
