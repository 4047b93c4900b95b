//! `tepai check` and `tepai rebuild`: are summaries, scopes and records right, and making the summaries anew.

use super::{Context, Failure};
use clap::Args;
use serde::Serialize;
use tepai_app::summaries::check;
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
    records: usize,
    scopes: usize,
    wrong: Vec<String>,
    altered: Vec<String>,
    wrong_scopes: Vec<String>,
    summary_agrees: bool,
}

/// What no recount can mend: a record or a scope that somebody changed behind the server's back.
fn tell_altered(found: &check::Checked, context: &Context) -> Result<(), Failure> {
    for record in &found.altered {
        context.out.say(
            format!("记录 {record} 的内容不是服务器最后写入的内容"),
            format!("record {record} is not what the server last wrote"),
        )?;
    }
    for scope in &found.wrong_scopes {
        context.out.say(
            format!("同步范围 {scope} 的数量或校验和与其记录不符"),
            format!("scope {scope} does not sum up to its records"),
        )?;
    }
    Ok(())
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
            records,
            scopes,
            wrong,
            altered,
            wrong_scopes,
            summary_agrees,
        } = found;
        context.out.json(&Checked {
            cells,
            visits,
            records,
            scopes,
            wrong,
            altered,
            wrong_scopes,
            summary_agrees,
        })?;
    } else if is_right {
        context.out.say(
            format!(
                "{}：{} 条走访、{} 个汇总单元与重新统计完全一致；{} 条记录未被改动，{} 个同步范围校验一致",
                args.county, found.visits, found.cells, found.records, found.scopes
            ),
            format!(
                "{}: {} visits and {} cells equal a recount from nothing; {} records are as they were written, {} scopes sum up",
                args.county, found.visits, found.cells, found.records, found.scopes
            ),
        )?;
    } else {
        for cell in &found.wrong {
            context.out.line(cell)?;
        }
        tell_altered(&found, context)?;
        if found.wrong.is_empty() && found.summary_agrees {
            return Err(Failure::quiet());
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
