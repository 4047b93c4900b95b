//! `tepai migrate`.

use super::{Context, Failure};
use clap::Args;
use serde::Serialize;
use tepai_store::Store;

/// What `migrate` takes.
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// Only say how many are missing; exit code 1 if any is · 只检查，不更新
    #[arg(long)]
    check: bool,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What was done.
#[derive(Serialize)]
struct Migrated {
    database: String,
    applied: usize,
    missing: usize,
}

/// Applies what is missing.
pub(super) async fn run(args: MigrateArgs, context: &Context) -> Result<(), Failure> {
    let config = &context.config;
    if config.database.embedded {
        super::make_private_dir(&config.data_dir)?;
    }
    let store = Store::connect(config.database.url.expose(), config.database.connections).await?;
    let (applied, missing) = if args.check {
        (0, store.pending_migrations().await?)
    } else {
        (store.migrate().await?, 0)
    };
    let done = Migrated {
        database: config.shown_database(),
        applied,
        missing,
    };
    store.close().await?;
    print(&args, context, &done)?;
    if done.missing > 0 {
        Err(Failure::quiet())
    } else {
        Ok(())
    }
}

fn print(args: &MigrateArgs, context: &Context, done: &Migrated) -> Result<(), Failure> {
    let Migrated {
        database,
        applied,
        missing,
    } = done;
    if args.json {
        return context.out.json(done);
    }
    match (applied, missing) {
        (0, 0) => context.out.say(
            format!("{database} 已是最新"),
            format!("{database} is up to date"),
        ),
        (0, missing) => context.out.say(
            format!("{database} 缺少 {missing} 个结构更新"),
            format!("{database} lacks {missing} migrations"),
        ),
        (applied, _) => context.out.say(
            format!("{database} 已应用 {applied} 个结构更新"),
            format!("{database}: {applied} migrations applied"),
        ),
    }
}
