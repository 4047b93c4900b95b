//! `tepai restored`: the database came back from a backup, so a new life of it begins.

use super::{Context, Failure};
use clap::Args;
use serde::Serialize;
use tepai_app::epoch::start_new_epoch;
use uuid::Uuid;

/// What `restored` takes.
#[derive(Debug, Args)]
pub(super) struct RestoredArgs {
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Restored {
    epoch: Uuid,
}

/// Begins a new life of the database.
pub(super) async fn run(args: RestoredArgs, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let epoch = start_new_epoch(&app).await?;
    app.store.close().await?;
    if args.json {
        return context.out.json(&Restored { epoch });
    }
    context.out.say(
        format!("新的数据库周期 {epoch} 已开始。请重启服务；各手机下次同步时会补传最近 35 天的变更"),
        format!("A new life of the database, {epoch}, has begun. Start the server again; with its next sync each phone sends the changes of the last 35 days once more"),
    )
}
