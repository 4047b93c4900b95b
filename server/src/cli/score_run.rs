//! `tepai score-run`: assessing on behalf of an officer: beginning a run, reading its sheets, freezing it.

use super::on_behalf::OnBehalf;
use super::{Context, Failure, Out, TextTable};
use clap::{Args, Subcommand};
use serde_json::json;
use tepai_app::App;
use tepai_app::assessment;
use tepai_app::assessment::runs::{Run, RunAnswer};
use tepai_domain::actor::Actor;
use tepai_domain::audit::AuditActor;
use tepai_domain::score::{Heading, Sheet, SubjectKind};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::Sentence;
use uuid::Uuid;

/// What is done with score runs.
#[derive(Debug, Subcommand)]
pub(super) enum ScoreRunCommand {
    /// List the score runs of the county · 列出考核
    List(ListArgs),
    /// Apply a plan to everybody of a kind in a period · 按方案开始考核
    Begin(BeginArgs),
    /// Print what each subject came to, or the sheet of one · 输出得分，或一人一镇的考核表
    Show(ShowArgs),
    /// Keep a run as it is, for good · 考核定稿
    Freeze(FreezeArgs),
}

/// What `score-run list` takes.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    by: OnBehalf,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `score-run begin` takes.
#[derive(Debug, Args)]
pub(super) struct BeginArgs {
    /// Code of the plan · 方案代码
    plan: String,
    /// Its version · 方案版本
    version: String,
    /// Who is assessed: commissioner, township or county · 考核对象
    #[arg(value_parser = subjects)]
    subjects: SubjectKind,
    /// 2026, 2026-H1 or 2025-12-01..2026-11-30 · 时段
    period: Period,
    #[command(flatten)]
    by: OnBehalf,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `score-run show` takes.
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// Id of the run, as `score-run list` shows it · 考核编号
    run: Uuid,
    /// The sheet of one subject: the id of an account, or the code of a division · 只看一张考核表
    #[arg(long, value_name = "SUBJECT")]
    sheet: Option<String>,
    #[command(flatten)]
    by: OnBehalf,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// What `score-run freeze` takes.
#[derive(Debug, Args)]
pub(super) struct FreezeArgs {
    /// Id of the run · 考核编号
    run: Uuid,
    /// The run's revision that you saw, so that nothing is frozen unseen · 所见的版本号
    #[arg(long, value_name = "N")]
    rev: i64,
    /// Freeze sheets without a final total as they are · 缺分的考核表也照样定稿
    #[arg(long)]
    with_missing: bool,
    #[command(flatten)]
    by: OnBehalf,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

fn subjects(word: &str) -> Result<SubjectKind, String> {
    let known = word.parse::<SubjectKind>().ok();
    known.ok_or_else(|| "commissioner, township or county".to_owned())
}

/// Carries a command out.
pub(super) async fn run(command: ScoreRunCommand, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let done = match command {
        ScoreRunCommand::List(args) => list(&app, args, context).await,
        ScoreRunCommand::Begin(args) => begin(&app, args, context).await,
        ScoreRunCommand::Show(args) => show(&app, args, context.out).await,
        ScoreRunCommand::Freeze(args) => freeze(&app, args, context).await,
    };
    app.store.close().await?;
    done
}

fn document(run: &Run) -> serde_json::Value {
    let stored = &run.stored;
    json!({
        "id": stored.id, "rev": stored.rev, "plan": run.plan.code, "version": run.plan.version,
        "subjects": stored.kind, "from": stored.from, "to": stored.to, "created_at": stored.created_at,
        "frozen_at": stored.frozen.map(|(_, at)| at),
    })
}

async fn list(app: &App, args: ListArgs, context: &Context) -> Result<(), Failure> {
    let out = context.out;
    let actor = Actor::Office(args.by.actor(app).await?);
    let runs = assessment::runs::list(app, &actor).await?;
    if args.json {
        let runs: Vec<_> = runs.iter().map(document).collect();
        return out.json(&runs);
    }
    let mut table = TextTable::new(out.words(
        ["编号", "方案", "对象", "时段", "版本", "定稿"],
        ["id", "plan", "subjects", "period", "rev", "frozen"],
    ));
    for run in &runs {
        let (stored, frozen) = (&run.stored, run.stored.frozen);
        table.row([
            stored.id.to_string(),
            format!("{} {}", run.plan.code, run.plan.version),
            out.lang.of_sentence(&stored.kind.label().into()).to_owned(),
            format!("{}..{}", stored.from, stored.to),
            stored.rev.to_string(),
            frozen.map_or_else(String::new, |(_, at)| context.local_time(at)),
        ]);
    }
    out.line(table)
}

async fn begin(app: &App, args: BeginArgs, context: &Context) -> Result<(), Failure> {
    let actor = args.by.assessor(app).await?;
    let plan = (args.plan, args.version);
    let (kind, period) = (args.subjects, args.period);
    let run =
        assessment::runs::begin(app, &actor, AuditActor::Operator, plan, kind, period).await?;
    said(&run, args.json, context, ["已开始", "is begun"])
}

async fn freeze(app: &App, args: FreezeArgs, context: &Context) -> Result<(), Failure> {
    let actor = args.by.assessor(app).await?;
    let how = (args.rev, args.with_missing);
    let run = assessment::runs::freeze(app, &actor, AuditActor::Operator, args.run, how).await?;
    said(&run, args.json, context, ["已定稿", "is frozen"])
}

fn said(run: &Run, json: bool, context: &Context, [zh, en]: [&str; 2]) -> Result<(), Failure> {
    if json {
        return context.out.json(&document(run));
    }
    let id = run.stored.id;
    context.out.say(
        format!("考核 {id} {zh}"),
        format!("the score run {id} {en}"),
    )
}

async fn show(app: &App, args: ShowArgs, out: Out) -> Result<(), Failure> {
    let actor = Actor::Office(args.by.actor(app).await?);
    if let Some(subject) = args.sheet {
        let (_, sheet) = assessment::runs::read_sheet(app, &actor, args.run, subject).await?;
        return if args.json {
            out.json(&sheet)
        } else {
            out.line(lines(&sheet, out))
        };
    }
    let answer = assessment::runs::read(app, &actor, args.run).await?;
    if args.json {
        let run = document(&answer.run);
        return out.json(&json!({"run": run, "sheets": answer.sheets, "places": answer.places}));
    }
    out.line(totals(&answer, out))?;
    let (rev, frozen) = (answer.run.stored.rev, answer.run.stored.frozen.is_some());
    if frozen {
        return out.say("已定稿", "frozen");
    }
    out.say(format!("未定稿，版本 {rev}"), format!("open, at rev {rev}"))
}

fn total(sheet: &Sheet, heading: Heading) -> String {
    let total = sheet.totals.get(heading.as_str());
    total.cloned().unwrap_or_default()
}

/// What each subject came to.
fn totals(answer: &RunAnswer, out: Out) -> TextTable {
    let mut table = TextTable::new(out.words(
        [
            "对象",
            "名称",
            "等次",
            "名次",
            "自评分",
            "考评分",
            "综合得分",
        ],
        [
            "subject", "name", "grade", "place", "self", "assessed", "final",
        ],
    ));
    for sheet in &answer.sheets {
        let place = answer.places.get(&sheet.subject);
        table.row([
            sheet.subject.clone(),
            sheet.name.clone().unwrap_or_default(),
            sheet.grade.clone().unwrap_or_default(),
            place.map(ToString::to_string).unwrap_or_default(),
            total(sheet, Heading::Own),
            total(sheet, Heading::Assessed),
            total(sheet, Heading::Final),
        ]);
    }
    table.figures_from(3);
    table
}

/// One sheet, rule by rule.
fn lines(sheet: &Sheet, out: Out) -> TextTable {
    let mut table = TextTable::new(out.words(
        ["规则", "名称", "数据计分", "自评分", "考评分", "综合得分"],
        ["rule", "name", "by records", "self", "assessed", "final"],
    ));
    for line in &sheet.lines {
        let points = |points: &Option<tepai_domain::score::PointsDocument>| {
            let points = points.as_ref();
            points.map_or_else(String::new, |points| points.points.clone())
        };
        let label = Sentence::new(line.label.zh.clone(), line.label.en.clone());
        table.row([
            line.rule.clone(),
            out.lang.of_sentence(&label).to_owned(),
            line.computed.clone().unwrap_or_default(),
            points(&line.own),
            points(&line.assessed),
            points(&line.decided),
        ]);
    }
    let [sum, blank] = out.words(["合计", ""], ["total", ""]);
    table.row([
        sum.to_owned(),
        blank.to_owned(),
        String::new(),
        total(sheet, Heading::Own),
        total(sheet, Heading::Assessed),
        total(sheet, Heading::Final),
    ]);
    table.figures_from(2);
    table
}
