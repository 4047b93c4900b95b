//! `tepai photos verify`: is every photo that is kept what it was.

use super::{Context, Failure};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tepai_app::photos::verify::{self, Verified};
use tepai_files::Key;

/// What is done with photos.
#[derive(Debug, Subcommand)]
pub(super) enum PhotosCommand {
    /// Read every original again and compare its SHA-256; exit code 1 if one differs · 逐一核对照片原件的 SHA-256，有不符则退出码为 1
    Verify(VerifyArgs),
}

/// What `photos verify` takes.
#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Document {
    sound: u64,
    altered: Vec<String>,
    missing: Vec<String>,
    unknown: Vec<String>,
}

/// Looks after photos.
pub(super) async fn run(command: PhotosCommand, context: &Context) -> Result<(), Failure> {
    let PhotosCommand::Verify(args) = command;
    let app = context.app().await?;
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} {elapsed_precise}") {
        bar.set_style(style);
    }
    let found = verify::verify(&app, || bar.inc(1)).await;
    bar.finish_and_clear();
    let found = found?;
    app.store.close().await?;
    let is_sound = found.is_sound();
    tell(&args, &found, context)?;
    if is_sound {
        Ok(())
    } else {
        Err(Failure::quiet())
    }
}

fn named(key: &Key) -> String {
    format!("{}/{}", key.county(), key.sha256())
}

fn tell(args: &VerifyArgs, found: &Verified, context: &Context) -> Result<(), Failure> {
    if args.json {
        let all = |keys: &[Key]| keys.iter().map(named).collect();
        return context.out.json(&Document {
            sound: found.sound,
            altered: all(&found.altered),
            missing: all(&found.missing),
            unknown: all(&found.unknown),
        });
    }
    for (keys, zh, en) in [
        (&found.altered, "内容已改变", "was altered"),
        (&found.missing, "文件不见了", "is missing"),
        (&found.unknown, "没有登记", "is known to nobody"),
    ] {
        for key in keys {
            let name = named(key);
            context
                .out
                .say(format!("照片 {name} {zh}"), format!("photo {name} {en}"))?;
        }
    }
    let wrong = found.altered.len() + found.missing.len() + found.unknown.len();
    context.out.say(
        format!("{} 张照片完好，{wrong} 处不符", found.sound),
        format!("{} photos are sound, {wrong} are not", found.sound),
    )
}
