//! The commands of `tepai`. The only code that prints; it calls `app`, and starts `serve`.

mod account;
mod audit;
mod check;
mod config;
mod demo;
mod device;
mod export;
mod import;
mod migrate;
mod on_behalf;
mod openapi;
mod out;
mod photos;
mod restored;
mod score_plan;
mod score_run;
mod serve;
pub(crate) mod summary;
mod table;
mod target;

pub use out::{Failure, Lang, Out};
pub use table::TextTable;

use crate::config::{Config, ConfigSource, Given};
use crate::telemetry;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use std::ffi::OsString;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tepai_app::App;
use tepai_app::clock::Clock;
use tepai_store::Store;
use tepai_sync_protocol::words::Sentence;

/// 特派 · Field visits of a county's science-and-technology commissioners: a server for their phones.
#[derive(Debug, Parser)]
#[command(
    name = "tepai",
    version,
    max_term_width = 100,
    disable_help_subcommand = true
)]
#[command(after_help = "Begin with `tepai demo`, or with `tepai serve`. 先试 `tepai demo`。")]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command · 通用选项")]
struct Common {
    /// Where the database and tepai.toml are · 数据目录 [default: ~/.local/share/tepai]
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "TEPAI_DATA_DIR",
        hide_env_values = true
    )]
    data_dir: Option<PathBuf>,
    /// The settings · 设置文件 [default: tepai.toml in the data directory]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "TEPAI_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    /// `sqlite:///file.db` or `postgres://user@host/name` · 数据库 [default: tepai.db in the data directory]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// error, warn, info, debug or trace · 日志级别
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
    /// Language of messages · 消息语言 [default: as the environment says]
    #[arg(long, global = true, value_parser = PossibleValuesParser::new(["zh", "en"]).map(|lang| Lang::named(&lang)))]
    lang: Option<Lang>,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Play four months of a county, show its figures, and keep serving · 演示
    Demo(demo::DemoArgs),
    /// Serve phones and the office · 启动服务
    Serve(serve::ServeArgs),
    /// Bring the database up to this version · 更新数据库结构
    Migrate(migrate::MigrateArgs),
    /// Manage the people who sign in or carry a phone · 管理账号
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Enrol, list and revoke phones · 管理设备
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Import divisions, the roster, techniques and villages · 导入数据
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Verify the photos that are kept · 核对照片文件
    #[command(subcommand)]
    Photos(photos::PhotosCommand),
    /// Verify the audit trail · 核对操作日志
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Print the figures of a county, township or village · 汇总
    Summary(summary::SummaryArgs),
    /// Write a report as a workbook, CSV, GeoJSON or page, or fill a template · 导出报表，或填写上级模板
    Export(export::ExportArgs),
    /// Score plans: list, print, check · 考核方案
    #[command(subcommand)]
    ScorePlan(score_plan::ScorePlanCommand),
    /// Score runs: begin, read, freeze · 考核
    #[command(subcommand)]
    ScoreRun(score_run::ScoreRunCommand),
    /// Targets: set them, and how much of each is reached · 目标
    #[command(subcommand)]
    Target(target::TargetCommand),
    /// Recount the summaries of a county from nothing · 核对汇总
    Check(check::CheckArgs),
    /// Make the summaries of a county anew · 重建汇总
    Rebuild(check::CheckArgs),
    /// Say that the database came back from a backup: phones send their journals again · 从备份恢复后运行
    Restored(restored::RestoredArgs),
    /// Print the description of the API · 输出接口说明
    Openapi(openapi::OpenapiArgs),
    /// Print the settings, and where each comes from · 输出设置及其来源
    Config(config::ConfigArgs),
}

/// What a command works with.
#[derive(Debug)]
pub struct Context {
    /// The settings.
    pub config: Config,
    /// Where it prints.
    pub out: Out,
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let environment = environment();
    run(std::env::args_os(), &environment)
}

fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: &[(String, String)],
) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way, too, and whoever reads them may have gone.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let out = Out {
        lang: cli.common.lang.unwrap_or_else(|| Lang::of(environment)),
    };
    match carry_out(cli, environment, out) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out.tell(&failure);
            failure.exit_code()
        }
    }
}

fn carry_out(cli: Cli, environment: &[(String, String)], out: Out) -> Result<(), Failure> {
    // These must work where the settings do not.
    match &cli.command {
        Command::Openapi(args) => return openapi::run(args, out),
        Command::ScorePlan(command) => return score_plan::run(command, out),
        Command::Config(args) if args.needs_no_settings() => {
            return config::print_constant(args, out);
        }
        _ => {}
    }
    let config = Config::load(given(&cli, environment)?)?;
    if let Command::Config(args) = &cli.command {
        return config::run(args, &config, out);
    }
    telemetry::start(&log_of(&cli.command, &config));
    let context = Context { config, out };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        match cli.command {
            Command::Demo(args) => demo::run(args, &context).await,
            Command::Serve(args) => serve::run(args, &context).await,
            Command::Migrate(args) => migrate::run(args, &context).await,
            Command::Account(command) => account::run(command, &context).await,
            Command::Device(command) => device::run(command, &context).await,
            Command::Import(command) => import::run(command, &context).await,
            Command::Audit(command) => audit::run(command, &context).await,
            Command::Photos(command) => photos::run(command, &context).await,
            Command::Summary(args) => summary::run(args, &context).await,
            Command::Export(args) => export::run(args, &context).await,
            Command::ScoreRun(command) => score_run::run(command, &context).await,
            Command::Target(command) => target::run(command, &context).await,
            Command::Check(args) => check::run(args, &context).await,
            Command::Rebuild(args) => check::rebuild(args, &context).await,
            Command::Restored(args) => restored::run(args, &context).await,
            // Done above, without a database.
            Command::Openapi(_) | Command::Config(_) | Command::ScorePlan(_) => Ok(()),
        }
    })
}

fn given(cli: &Cli, environment: &[(String, String)]) -> Result<Given, Failure> {
    let mut flags = Vec::new();
    if let Some(url) = &cli.common.database_url {
        flags.push(("database.url", url.clone(), "--database-url"));
    }
    if let Some(level) = &cli.common.log {
        flags.push(("log.level", level.clone(), "--log"));
    }
    flags.extend(match &cli.command {
        Command::Demo(args) => args.settings(),
        Command::Serve(args) => args.settings(),
        Command::Device(command) => command.settings(),
        Command::Migrate(_)
        | Command::Account(_)
        | Command::Audit(_)
        | Command::Import(_)
        | Command::Photos(_)
        | Command::Summary(_)
        | Command::Export(_)
        | Command::Check(_)
        | Command::Rebuild(_)
        | Command::Restored(_)
        | Command::Openapi(_)
        | Command::ScorePlan(_)
        | Command::ScoreRun(_)
        | Command::Target(_)
        | Command::Config(_) => None,
    });
    Ok(Given {
        data_dir: data_dir(cli.common.data_dir.as_deref(), environment)?,
        data_dir_source: data_dir_source(cli.common.data_dir.as_deref(), environment),
        file: cli.common.config.clone(),
        environment: environment.to_vec(),
        flags,
    })
}

/// A command that ends by itself speaks by what it prints; its log is for when something is wrong.
fn log_of(command: &Command, config: &Config) -> crate::config::LogConfig {
    let mut log = config.log.clone();
    if !matches!(command, Command::Serve(_)) && config.is_default("log.level") {
        "warn".clone_into(&mut log.level);
    }
    log
}

/// The environment, as far as it is text.
fn environment() -> Vec<(String, String)> {
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn data_dir_source(named: Option<&Path>, environment: &[(String, String)]) -> ConfigSource {
    const VARIABLE: &str = "TEPAI_DATA_DIR";
    let variable = environment.iter().find(|(name, _)| name == VARIABLE);
    match (named, variable) {
        (None, _) => ConfigSource::Default,
        (Some(named), Some((_, value))) if Path::new(value) == named => {
            ConfigSource::Environment(VARIABLE.to_owned())
        }
        (Some(_), _) => ConfigSource::Flag("--data-dir".to_owned()),
    }
}

/// Where files are kept: as the XDG base directories have it, unless somebody says otherwise.
fn data_dir(named: Option<&Path>, environment: &[(String, String)]) -> Result<PathBuf, Failure> {
    let absolute = |name: &str| {
        let found = environment.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| PathBuf::from(value))
            .filter(|path| path.is_absolute())
    };
    let home = || Some(absolute("HOME")?.join(".local/share"));
    let default = || Some(absolute("XDG_DATA_HOME").or_else(home)?.join("tepai"));
    let dir = named.map(Path::to_owned).or_else(default).ok_or_else(|| {
        Failure::usage(
            Sentence::new(
                "不知道数据放在哪里：没有 HOME",
                "there is no home directory to keep data in",
            ),
            Sentence::new("请用 --data-dir 指定目录", "say --data-dir DIR"),
        )
    })?;
    Ok(std::path::absolute(dir)?)
}

impl Context {
    /// Connects to the database. The embedded one is made on the way, and brought up to date; any other is left
    /// as it is.
    pub async fn store(&self) -> Result<Store, Failure> {
        let database = &self.config.database;
        if database.embedded {
            make_private_dir(&self.config.data_dir)?;
        }
        let store = Store::connect(database.url.expose(), database.connections).await?;
        if database.embedded {
            store.migrate().await?;
        }
        Ok(store)
    }

    /// Opens the application over a database that is up to date.
    pub async fn app(&self) -> Result<App, Failure> {
        let store = self.store().await?;
        let missing = store.pending_migrations().await?;
        if missing > 0 {
            return Err(missing_migrations(missing));
        }
        let config = &self.config;
        Ok(App::open(
            store,
            Clock::system(),
            config.time_zone(),
            config.policy.clone(),
        )
        .await?)
    }

    /// An instant as people read it, in the zone of the settings.
    pub fn local_time(&self, at_ms: i64) -> String {
        let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
        at.to_zoned(self.config.time_zone())
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    }
}

fn missing_migrations(missing: usize) -> Failure {
    Failure::new(
        Sentence::new(
            format!("数据库缺少 {missing} 个结构更新"),
            format!("the database lacks {missing} migrations"),
        ),
        Sentence::new(
            "备份后运行 `tepai migrate`，或加 --migrate 启动服务",
            "make a backup and run `tepai migrate`, or start with `tepai serve --migrate`",
        ),
    )
}

/// Makes a directory that nobody else on the machine reads.
fn make_private_dir(dir: &Path) -> Result<(), Failure> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| {
            Failure::new(
                Sentence::new(
                    format!("无法创建数据目录 {}：{error}", dir.display()),
                    format!("cannot make the data directory {}: {error}", dir.display()),
                ),
                Sentence::new(
                    "请用 --data-dir 指定可写的目录",
                    "name one that you may write to: --data-dir DIR",
                ),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_commands_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_is_explained_in_both_languages() {
        let is_chinese = |text: &str| text.chars().any(|letter| ('一'..='鿿').contains(&letter));
        let cli = Cli::command();
        let nested = cli
            .get_subcommands()
            .flat_map(clap::Command::get_subcommands);
        for command in cli.get_subcommands().chain(nested) {
            let about = command.get_about().unwrap().to_string();
            assert!(
                is_chinese(&about) && about.starts_with(|letter: char| letter.is_ascii()),
                "{about}"
            );
            for argument in command
                .get_arguments()
                .filter(|argument| !argument.is_global_set())
            {
                let help = argument
                    .get_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let is_ours = !["help", "version"].contains(&argument.get_id().as_str());
                assert!(
                    !is_ours || is_chinese(&help),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
        }
    }

    #[test]
    fn data_are_kept_where_somebody_says_or_at_home() {
        let environment = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let home = environment(&[("HOME", "/home/x")]);
        let xdg = environment(&[("HOME", "/home/x"), ("XDG_DATA_HOME", "/data")]);
        let relative = environment(&[("HOME", "/home/x"), ("XDG_DATA_HOME", "data")]);
        assert_eq!(
            data_dir(None, &home).unwrap(),
            Path::new("/home/x/.local/share/tepai")
        );
        assert_eq!(data_dir(None, &xdg).unwrap(), Path::new("/data/tepai"));
        assert_eq!(
            data_dir(None, &relative).unwrap(),
            Path::new("/home/x/.local/share/tepai")
        );
        assert_eq!(
            data_dir(Some(Path::new("/here")), &xdg).unwrap(),
            Path::new("/here")
        );
        assert!(data_dir(None, &[]).is_err());
    }

    #[test]
    fn messages_are_in_the_language_of_the_environment() {
        let lang = |locale: &str| Lang::of(&[("LANG".to_owned(), locale.to_owned())]);
        assert_eq!(lang("zh_CN.UTF-8"), Lang::Zh);
        assert_eq!(lang("en_GB.UTF-8"), Lang::En);
        assert_eq!(lang("C"), Lang::En);
        assert_eq!(Lang::of(&[]), Lang::En);
    }
}
