//! `tepai import`: tables that the office fills in, and the open data set of divisions.

use super::{Context, Failure, Out, TextTable};
use bytes::Bytes;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use tepai_app::App;
use tepai_app::identity::accounts::Manager;
use tepai_app::imports::divisions::ImportProgress;
use tepai_app::imports::{
    ImportReport, MAX_FILE_BYTES, Rejection, aliases, boundaries, divisions, roster, techniques,
    villages,
};
use tepai_domain::geo::Datum;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::words::Sentence;

/// Rejections in the printed table; `--json` has all of them.
const MOST_PRINTED: usize = 50;

/// What to import.
#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// Counties, townships and villages of the open data set · 行政区划
    Divisions(DivisionsArgs),
    /// Commissioners, teams, terms and assignments · 特派员名册
    Roster(TableArgs),
    /// The catalogue of techniques · 技术目录
    Techniques(TableArgs),
    /// Profiles of villages · 村庄情况
    Villages(TableArgs),
    /// Villages that became part of others · 村并入
    Aliases(TableArgs),
    /// Boundaries of divisions, as GeoJSON · 区划边界
    Boundaries(BoundaryArgs),
}

/// What `import divisions` takes.
#[derive(Debug, Args)]
pub(super) struct DivisionsArgs {
    /// The directory of areas.csv, streets.csv and villages.csv · 数据目录
    directory: PathBuf,
    /// Import this county alone · 只导入一个县
    #[arg(long, value_name = "CODE", value_parser = county)]
    county: Option<DivisionCode>,
    #[command(flatten)]
    how: How,
}

/// What the import of a table takes.
#[derive(Debug, Args)]
pub(super) struct TableArgs {
    /// A CSV file or an XLSX workbook · 表格文件
    file: PathBuf,
    /// The county, by its six digits · 县代码
    #[arg(long, value_name = "CODE", value_parser = county)]
    county: DivisionCode,
    #[command(flatten)]
    how: How,
}

/// What `import boundaries` takes.
#[derive(Debug, Args)]
pub(super) struct BoundaryArgs {
    /// wgs84, gcj02, bd09 or cgcs2000: none can be told from the numbers · 坐标系
    #[arg(long, value_name = "DATUM", value_parser = datum)]
    datum: Datum,
    #[command(flatten)]
    table: TableArgs,
}

/// How it is done and told.
#[derive(Clone, Copy, Debug, Args)]
struct How {
    /// Do everything and keep nothing · 试运行，不保存
    #[arg(long)]
    dry_run: bool,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

fn datum(text: &str) -> Result<Datum, String> {
    text.parse()
        .map_err(|_| "wgs84, gcj02, bd09 or cgcs2000".to_owned())
}

fn county(text: &str) -> Result<DivisionCode, String> {
    let code = text.parse::<DivisionCode>().ok();
    let code = code.filter(|code| code.level() == Level::County);
    code.ok_or_else(|| "a county has six digits, such as 421083".to_owned())
}

/// Imports, and tells what became of each row; a failure if some were rejected.
pub(super) async fn run(command: ImportCommand, context: &Context) -> Result<(), Failure> {
    let (how, report) = match command {
        ImportCommand::Divisions(args) => (args.how, import_divisions(args, context).await?),
        ImportCommand::Roster(args) => {
            let Opened {
                app,
                county,
                file,
                how,
            } = open(args, context).await?;
            (
                how,
                roster::import(&app, &Manager::Operator, county, file, how.dry_run).await?,
            )
        }
        ImportCommand::Techniques(args) => {
            let Opened {
                app,
                county,
                file,
                how,
            } = open(args, context).await?;
            (
                how,
                techniques::import(&app, &Manager::Operator, county, file, how.dry_run).await?,
            )
        }
        ImportCommand::Villages(args) => {
            let Opened {
                app,
                county,
                file,
                how,
            } = open(args, context).await?;
            (
                how,
                villages::import(&app, &Manager::Operator, county, file, how.dry_run).await?,
            )
        }
        ImportCommand::Boundaries(args) => {
            let datum = args.datum;
            let Opened {
                app,
                county,
                file,
                how,
            } = open(args.table, context).await?;
            let by = &Manager::Operator;
            let report = boundaries::import(&app, by, county, file, datum, how.dry_run).await;
            (how, report?)
        }
        ImportCommand::Aliases(args) => {
            let Opened {
                app,
                county,
                file,
                how,
            } = open(args, context).await?;
            (
                how,
                aliases::import(&app, &Manager::Operator, county, file, how.dry_run).await?,
            )
        }
    };
    print(how, context.out, &report)?;
    if report.rejected_rows > 0 {
        Err(Failure::quiet())
    } else {
        Ok(())
    }
}

async fn import_divisions(args: DivisionsArgs, context: &Context) -> Result<ImportReport, Failure> {
    let app = context.app().await?;
    let DivisionsArgs {
        directory,
        county,
        how,
    } = args;
    // Hidden by itself where standard error is no terminal.
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:32} {pos}/{len} {msg} {elapsed_precise}")
    {
        bar.set_style(style);
    }
    let show = |progress: ImportProgress| {
        let ImportProgress {
            county,
            counties_done,
            counties,
            rows_done,
            rows,
        } = progress;
        bar.set_length(u64::try_from(rows).unwrap_or_default());
        bar.set_position(u64::try_from(rows_done).unwrap_or_default());
        bar.set_message(format!("{counties_done}/{counties} {county}"));
    };
    let report = divisions::import_directory(
        &app,
        &Manager::Operator,
        &directory,
        county,
        how.dry_run,
        &show,
    )
    .await;
    bar.finish_and_clear();
    Ok(report?)
}

/// A table to import, and where.
struct Opened {
    app: App,
    county: DivisionCode,
    file: Bytes,
    how: How,
}

async fn open(args: TableArgs, context: &Context) -> Result<Opened, Failure> {
    let TableArgs { file, county, how } = args;
    let file = read(&file)?;
    Ok(Opened {
        app: context.app().await?,
        county,
        file,
        how,
    })
}

/// Reads a file, and one byte more than an import takes, so that a larger one is noticed and not read whole.
fn read(path: &Path) -> Result<Bytes, Failure> {
    let most = u64::try_from(MAX_FILE_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes.into()),
        Err(error) => Err(Failure::plain(Sentence::new(
            format!("无法读取 {}：{error}", path.display()),
            format!("cannot read {}: {error}", path.display()),
        ))),
    }
}

fn print(how: How, out: Out, report: &ImportReport) -> Result<(), Failure> {
    if how.json {
        return out.json(report);
    }
    let ImportReport {
        rows,
        created,
        updated,
        unchanged,
        rejected_rows,
        ..
    } = report;
    out.say(
        format!("读取 {rows} 行：新增 {created}，更新 {updated}，未变 {unchanged}，拒收 {rejected_rows}"),
        format!("{rows} rows: {created} created, {updated} updated, {unchanged} unchanged, {rejected_rows} rejected"),
    )?;
    if report.dry_run {
        out.say("试运行：没有保存任何内容", "a rehearsal: nothing was kept")?;
    }
    if !report.ignored_columns.is_empty() {
        let names = report.ignored_columns.join(", ");
        out.note(
            format!("未识别的列：{names}"),
            format!("columns that were not read: {names}"),
        );
    }
    if report.rejected.is_empty() {
        return Ok(());
    }
    out.line(rejections(&report.rejected))?;
    let more = report.rejected.len().saturating_sub(MOST_PRINTED);
    if more > 0 {
        out.note(
            format!("另有 {more} 处问题，--json 列出全部"),
            format!("and {more} more; --json lists them all"),
        );
    }
    Ok(())
}

/// Where, what, and why, in both languages: whoever mends the table may read the other one.
fn rejections(rejected: &[Rejection]) -> TextTable {
    let mut table = TextTable::new(["行 line", "列 column", "值 value", "原因", "reason"]);
    for one in rejected.iter().take(MOST_PRINTED) {
        let line = match &one.file {
            Some(file) => format!("{file}:{}", one.line),
            None => one.line.to_string(),
        };
        let column = one.column.clone().unwrap_or_default();
        let value = one.value.clone().unwrap_or_default();
        table.row([line, column, value, one.zh.clone(), one.en.clone()]);
    }
    table
}
