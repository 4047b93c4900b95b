//! `tepai check` and `tepai rebuild`: are the summaries right, and making them anew.

use super::{Context, Failure};
use crate::app::check;
use clap::Args;
use serde::Serialize;
use tepai_sync_protocol::division::DivisionCode;

/// What `check` and `rebuild` take.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Code of the county · 县级代码
    county: DivisionCode,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Checked {
    cells: usize,
    visits: usize,
    wrong: Vec<String>,
    summary_agrees: bool,
}

/// Recounts a county from nothing; exit code 1 if anything differs.
pub(super) async fn run(args: CheckArgs, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let found = check::check(&app, args.county.clone()).await?;
    app.store.close().await?;
    let is_right = found.is_right();
    if args.json {
        let check::Checked {
            cells,
            visits,
            wrong,
            summary_agrees,
        } = found;
        context.out.json(&Checked {
            cells,
            visits,
            wrong,
            summary_agrees,
        })?;
    } else if is_right {
        context.out.say(
            format!(
                "{}：{} 条走访、{} 个汇总单元与重新统计完全一致",
                args.county, found.visits, found.cells
            ),
            format!(
                "{}: {} visits and {} cells equal a recount from nothing",
                args.county, found.visits, found.cells
            ),
        )?;
    } else {
        for cell in &found.wrong {
            context.out.line(cell)?;
        }
        context.out.say(
            format!(
                "{}：{} 个汇总单元与重新统计不一致；请运行 `tepai rebuild {}`",
                args.county,
                found.wrong.len(),
                args.county
            ),
            format!(
                "{}: {} cells differ from a recount; run `tepai rebuild {}`",
                args.county,
                found.wrong.len(),
                args.county
            ),
        )?;
    }
    if is_right {
        Ok(())
    } else {
        Err(Failure::quiet())
    }
}

#[derive(Serialize)]
struct Rebuilt {
    cells: u64,
}

/// Makes the summaries of a county anew.
pub(super) async fn rebuild(args: CheckArgs, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let cells = check::rebuild(&app, args.county.clone()).await?;
    app.store.close().await?;
    if args.json {
        return context.out.json(&Rebuilt { cells });
    }
    context.out.say(
        format!("{}：已重建 {cells} 个汇总单元", args.county),
        format!("{}: {cells} cells were made anew", args.county),
    )
}
