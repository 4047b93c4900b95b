//! `tepai export`: the report of a place and a period as a file, or a superior's workbook filled from it.

use super::{Context, Failure, Lang};
use clap::Args;
use std::path::{Path, PathBuf};
use tepai_app::AppError;
use tepai_app::reports;
use tepai_app::reports::archive::{self, StoredReport};
use tepai_app::reports::build::TABLES;
use tepai_domain::audit::AuditActor;
use tepai_export;
use tepai_export::{File, Format, Language, Report};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::Sentence;

/// What `export` takes.
#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Code of the county, township or village · 区划代码
    division: DivisionCode,
    /// 2026, 2026-H1, 2026-Q2, 2026-06 or 2026-06-01..2026-08-15 · 时段
    period: Period,
    /// The file to write: .xlsx, .csv, .json, .geojson or .html · 输出文件，格式由扩展名决定
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Of CSV: summary, people, visits, adoptions, overdue or definitions · CSV 的表
    #[arg(long, default_value = "summary")]
    table: String,
    /// A workbook with placeholders such as {{whole.visits}}, to be filled · 待填的上级模板
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
}

/// Writes a report into a file.
pub(super) async fn run(args: ExportArgs, context: &Context) -> Result<(), Failure> {
    let format = format_of(&args)?;
    if !TABLES.iter().any(|(code, _)| *code == args.table) {
        let codes: Vec<&str> = TABLES.iter().map(|(code, _)| *code).collect();
        let codes = codes.join(", ");
        return Err(Failure::usage(
            Sentence::new(
                format!("没有表 {}", args.table),
                format!("there is no table {}", args.table),
            ),
            Sentence::new(format!("可选：{codes}"), format!("one of: {codes}")),
        ));
    }
    let language = match context.out.lang {
        Lang::Zh => Language::Zh,
        Lang::En => Language::En,
    };
    let template = args.template.as_deref().map(read).transpose()?;
    let app = context.app().await?;
    let report = reports::build::make(&app, args.division.clone(), args.period, language).await?;
    let kind = match template {
        None => format.as_str(),
        Some(_) => "template",
    };
    let table = args.table;
    let write = move |report: &Report| write(report, format, &table, template.as_deref(), language);
    let title = report.title.clone();
    let kept = archive::send_out(&app, AuditActor::Operator, report, kind, write).await?;
    app.store.close().await?;
    std::fs::write(&args.out, &kept.bytes)
        .map_err(|error| cannot("写入", "write", &args.out, &error))?;
    let out = args.out.display();
    let StoredReport { number, rows, .. } = kept.report;
    context.out.say(
        format!("{}：{rows} 行，编号 {number}，已写入 {out}", title.zh),
        format!("{}: {rows} rows, no. {number}, written to {out}", title.en),
    )
}

fn write(
    report: &Report,
    format: Format,
    table: &str,
    template: Option<&[u8]>,
    language: Language,
) -> Result<File, AppError> {
    let Some(template) = template else {
        return tepai_export::write(report, format, table, language).map_err(AppError::Internal);
    };
    let bytes = tepai_export::fill(template, report, language);
    let refused = |error: tepai_export::TemplateError| {
        let Sentence { zh, en } = error.sentence();
        AppError::with_detail(ErrorCode::InvalidInput, format!("{zh} / {en}"))
    };
    Ok(File {
        format,
        rows: report.rows(),
        bytes: bytes.map_err(refused)?,
    })
}

fn format_of(args: &ExportArgs) -> Result<Format, Failure> {
    let extension = args
        .out
        .extension()
        .and_then(|extension| extension.to_str());
    let format = extension.and_then(Format::of_extension);
    let fits = format.filter(|format| args.template.is_none() || *format == Format::Xlsx);
    fits.ok_or_else(|| {
        Failure::usage(
            Sentence::new(
                format!("从 {} 看不出格式", args.out.display()),
                format!("{} does not tell a format", args.out.display()),
            ),
            Sentence::new(
                "用 .xlsx、.csv、.json、.geojson 或 .html；模板用 .xlsx",
                "use .xlsx, .csv, .json, .geojson or .html; for a template .xlsx",
            ),
        )
    })
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| cannot("读取", "read", path, &error))
}

fn cannot(zh: &str, en: &str, path: &Path, error: &std::io::Error) -> Failure {
    let path = path.display();
    Failure::plain(Sentence::new(
        format!("无法{zh} {path}：{error}"),
        format!("cannot {en} {path}: {error}"),
    ))
}
