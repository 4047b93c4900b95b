//! `tepai target`: targets on behalf of an officer: setting them, taking them away, and how much of each is reached.

use super::on_behalf::OnBehalf;
use super::{Context, Failure, TextTable};
use clap::{Args, Subcommand};
use rust_decimal::Decimal;
use serde_json::json;
use tepai_app::App;
use tepai_app::assessment::targets::{self, NewTarget, Reached, Target};
use tepai_domain::audit::AuditActor;
use tepai_domain::score::Subject;
use tepai_sync_protocol::summary::measure_table::MEASURES;
use tepai_sync_protocol::summary::measures::Measure;
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::Sentence;

/// What is done with targets.
#[derive(Debug, Subcommand)]
pub(super) enum TargetCommand {
    /// List targets and how much of each is reached · 列出目标及完成情况
    List(ListArgs),
    /// Set a target · 下达目标
    Set(SetArgs),
    /// Take a target away · 取消目标
    Remove(RemoveArgs),
}

/// What `target list` takes.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Targets whose periods meet this one, such as 2026 · 时段
    period: Period,
    #[command(flatten)]
    by: OnBehalf,
    /// Print JSON · 输出 JSON
    #[arg(long)]
    json: bool,
}

/// Whose target, of what, when.
#[derive(Debug, Args)]
struct Which {
    /// The id of an account, or the code of a township or county · 对象：账号编号或区划代码
    subject: String,
    /// Code of the measure, such as visits · 指标代码
    measure: String,
    /// 2026, 2026-H1 or 2025-12-01..2026-11-30 · 时段
    period: Period,
}

/// What `target set` takes.
#[derive(Debug, Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    which: Which,
    /// How much, in the unit that people read, such as 12 or 35.5 · 目标值
    amount: Decimal,
    #[command(flatten)]
    by: OnBehalf,
}

/// What `target remove` takes.
#[derive(Debug, Args)]
pub(super) struct RemoveArgs {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    by: OnBehalf,
}

/// Carries a command out.
pub(super) async fn run(command: TargetCommand, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let done = match command {
        TargetCommand::List(args) => list(&app, args, context).await,
        TargetCommand::Set(args) => {
            let target = target(&args.which, Some(args.amount))?;
            change(&app, &args.by, target, context).await
        }
        TargetCommand::Remove(args) => {
            let target = target(&args.which, None)?;
            change(&app, &args.by, target, context).await
        }
    };
    app.store.close().await?;
    done
}

/// The target that was meant; none is set without an amount.
fn target(which: &Which, amount: Option<Decimal>) -> Result<NewTarget, Failure> {
    let Which {
        subject,
        measure,
        period,
    } = which;
    let (kind, subject) = Subject::of_key(subject).ok_or_else(|| {
        Failure::usage(
            Sentence::new(
                format!("{subject} 不是账号编号，也不是乡镇或县的代码"),
                format!(
                    "{subject} is neither the id of an account nor the code of a township or county"
                ),
            ),
            Sentence::new(
                "`tepai account list --county CODE` 列出账号",
                "`tepai account list --county CODE` lists accounts",
            ),
        )
    })?;
    let known = Measure::find(measure).ok_or_else(|| unknown(measure))?;
    let exact = |amount: Decimal| {
        let scaled = amount.checked_mul(Decimal::from(10_i64.checked_pow(known.decimals)?))?;
        let whole = scaled.is_integer() && scaled >= Decimal::ZERO;
        scaled.normalize().try_into().ok().filter(|_| whole)
    };
    let wrong = || {
        let decimals = known.decimals;
        Failure::usage(
            Sentence::new("目标值不对", "the amount is wrong"),
            Sentence::new(
                format!("应为不小于 0、至多 {decimals} 位小数的数"),
                format!("a number from 0 on with at most {decimals} decimals"),
            ),
        )
    };
    let scaled = match amount {
        Some(amount) => exact(amount).ok_or_else(wrong)?,
        None => 0,
    };
    Ok(NewTarget {
        target: Target {
            kind,
            subject,
            measure: measure.clone(),
            from: period.from(),
            to: period.to(),
            amount: scaled,
        },
        is_set: amount.is_some(),
    })
}

fn unknown(measure: &str) -> Failure {
    let codes: Vec<&str> = MEASURES.iter().map(|measure| measure.code).collect();
    let codes = codes.join(", ");
    Failure::usage(
        Sentence::new(
            format!("没有指标 {measure}"),
            format!("there is no measure {measure}"),
        ),
        Sentence::new(format!("可选：{codes}"), format!("one of: {codes}")),
    )
}

async fn change(
    app: &App,
    by: &OnBehalf,
    new: NewTarget,
    context: &Context,
) -> Result<(), Failure> {
    let actor = by.assessor(app).await?;
    let is_set = new.is_set;
    targets::set(app, &actor, AuditActor::Operator, vec![new]).await?;
    if is_set {
        context.out.say("目标已下达", "the target is set")
    } else {
        context.out.say("目标已取消", "the target is taken away")
    }
}

async fn list(app: &App, args: ListArgs, context: &Context) -> Result<(), Failure> {
    let out = context.out;
    let actor = args.by.actor(app).await?;
    let targets = targets::list(app, &actor, args.period).await?;
    if args.json {
        let all: Vec<_> = targets.iter().map(document).collect();
        return out.json(&all);
    }
    let mut table = TextTable::new(out.words(
        ["对象", "名称", "指标", "时段", "目标", "实际", "完成率"],
        [
            "subject", "name", "measure", "period", "target", "actual", "reached",
        ],
    ));
    for reached in &targets {
        let target = &reached.target;
        let share = reached.basis_points();
        table.row([
            target.subject.to_string(),
            reached.name.clone().unwrap_or_default(),
            target.measure.clone(),
            format!("{}..{}", target.from, target.to),
            amount(target).to_string(),
            reached
                .actual
                .map(|actual| actual.to_string())
                .unwrap_or_default(),
            share.map_or_else(String::new, |share| format!("{}%", Decimal::new(share, 2))),
        ]);
    }
    table.figures_from(4);
    out.line(table)
}

/// In the unit that people read.
fn amount(target: &Target) -> Decimal {
    let decimals = Measure::find(&target.measure).map_or(0, |measure| measure.decimals);
    Decimal::new(target.amount, decimals)
}

fn document(reached: &Reached) -> serde_json::Value {
    let target = &reached.target;
    json!({
        "subject_kind": target.kind, "subject": target.subject.to_string(), "name": reached.name,
        "measure": target.measure, "from": target.from, "to": target.to, "target": amount(target).to_string(),
        "actual": reached.actual.map(|actual| actual.to_string()), "basis_points": reached.basis_points(),
    })
}
