//! `tepai score-plan`: the plans that come with Tepai, and what a plan makes of figures. It needs no database.

use super::{Failure, Lang, Out, TextTable};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use tepai_domain::score::{Figures, Group, Label, Missing, Plan, SHIPPED, Score, shipped};
use tepai_sync_protocol::words::Sentence;

/// What is done with score plans.
#[derive(Debug, Subcommand)]
pub(super) enum ScorePlanCommand {
    /// List the plans that come with Tepai · 列出自带的考核方案
    List,
    /// Print one of them, to copy and edit · 输出一个自带方案，供复制修改
    Print(PrintArgs),
    /// Check a plan; with figures, print its points · 检查方案；给出数据则计分
    Check(CheckArgs),
}

/// What `score-plan print` takes.
#[derive(Debug, Args)]
pub(super) struct PrintArgs {
    /// Its code, as `score-plan list` tells it · 方案代码
    code: String,
}

/// What `score-plan check` takes.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// A plan: a TOML file, or the code of one that comes with Tepai · 方案文件，或自带方案的代码
    plan: PathBuf,
    /// Figures: a TOML file with `[measures]`, `[judged]` and `[entered]` · 数据文件
    #[arg(long, value_name = "FILE")]
    figures: Option<PathBuf>,
}

/// Carries a command out.
pub(super) fn run(command: &ScorePlanCommand, out: Out) -> Result<(), Failure> {
    match command {
        ScorePlanCommand::List => list(out),
        ScorePlanCommand::Print(args) => {
            let text = shipped(&args.code).ok_or_else(|| unknown(&args.code))?;
            out.text(text)
        }
        ScorePlanCommand::Check(args) => check(args, out),
    }
}

fn unknown(code: &str) -> Failure {
    let codes: Vec<&str> = SHIPPED.iter().map(|(code, _)| *code).collect();
    let codes = codes.join(", ");
    Failure::usage(
        Sentence::new(
            format!("没有方案 {code}"),
            format!("there is no plan {code}"),
        ),
        Sentence::new(format!("可选：{codes}"), format!("one of: {codes}")),
    )
}

fn list(out: Out) -> Result<(), Failure> {
    let mut table = TextTable::new(out.words(["代码", "名称"], ["code", "name"]));
    for (code, text) in SHIPPED {
        let plan = read(Path::new(code), text)?;
        table.row([code, named(&plan.label, out.lang)]);
    }
    out.line(table)
}

fn check(args: &CheckArgs, out: Out) -> Result<(), Failure> {
    let text = match args.plan.to_str().and_then(shipped) {
        Some(text) => text.to_owned(),
        None => file(&args.plan)?,
    };
    let plan = read(&args.plan, &text)?;
    out.line(format!(
        "{} · {} {}",
        named(&plan.label, out.lang),
        plan.code,
        plan.version
    ))?;
    let Some(figures) = &args.figures else {
        return out.line(rules(&plan, out));
    };
    let figures = Figures::read(&file(figures)?).map_err(|why| wrong(figures, why.sentence()))?;
    let score = plan.score(&figures);
    out.line(lines(&plan, &score, out))?;
    total(&plan, &score, out)
}

fn file(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        let what = Sentence::new(
            format!("无法读取 {}：{error}", path.display()),
            format!("cannot read {}: {error}", path.display()),
        );
        Failure::plain(what)
    })
}

fn read(path: &Path, text: &str) -> Result<Plan, Failure> {
    Plan::read(text).map_err(|why| wrong(path, why.sentence()))
}

fn wrong(path: &Path, Sentence { zh, en }: Sentence) -> Failure {
    let path = path.display();
    Failure::plain(Sentence::new(
        format!("{path}：{zh}"),
        format!("{path}: {en}"),
    ))
}

fn named(label: &Label, lang: Lang) -> &str {
    match lang {
        Lang::Zh => &label.zh,
        Lang::En => &label.en,
    }
}

/// What a plan asks for.
fn rules(plan: &Plan, out: Out) -> TextTable {
    let mut table = TextTable::new(out.words(
        ["规则", "名称", "最高分", "所需数据"],
        ["rule", "name", "most", "needs"],
    ));
    let [by_person, open] = out.words(["考核人打分", "不限"], ["a person", "no limit"]);
    for rule in &plan.rules {
        let measures = rule.score.measures();
        let needs = if measures.is_empty() {
            by_person.to_owned()
        } else {
            measures.join(", ")
        };
        let most = rule.score.most();
        let mut most = most.map_or_else(|| open.to_owned(), |most| most.to_string());
        let group = plan
            .groups
            .iter()
            .find(|group| rule.group.as_ref() == Some(&group.code));
        if let Some(Group {
            code, most: cap, ..
        }) = group
        {
            most = format!("{most} ({code}: {cap})");
        }
        table.row([
            rule.code.clone(),
            named(&rule.label, out.lang).to_owned(),
            most,
            needs,
        ]);
    }
    table
}

/// What a plan made of figures.
fn lines(plan: &Plan, score: &Score, out: Out) -> TextTable {
    let mut table = TextTable::new(out.words(["规则", "名称", "得分"], ["rule", "name", "points"]));
    for (rule, line) in plan.rules.iter().zip(&score.lines) {
        let points = match &line.points {
            Ok(points) => points.to_string(),
            Err(missing) => out.lang.of_sentence(&lacks(missing)).to_owned(),
        };
        let name = named(&rule.label, out.lang).to_owned();
        table.row([rule.code.clone(), name, points]);
    }
    table.figures_from(2);
    table
}

fn lacks(missing: &Missing) -> Sentence {
    match missing {
        Missing::Measure(code) => Sentence::new(
            format!("缺 measures.{code}"),
            format!("lacks measures.{code}"),
        ),
        Missing::Grade => Sentence::new("缺 judged 评级", "lacks a grade in judged"),
        Missing::Points => Sentence::new("缺 entered 分数", "lacks points in entered"),
    }
}

fn total(plan: &Plan, score: &Score, out: Out) -> Result<(), Failure> {
    let Some(total) = score.total else {
        out.say(
            "数据不全，不计总分",
            "figures are missing: there is no total",
        )?;
        return Err(Failure::quiet());
    };
    let grade = plan
        .grades
        .iter()
        .find(|grade| Some(&grade.code) == score.grade.as_ref());
    let grade = grade.map_or("", |grade| named(&grade.label, out.lang));
    out.say(
        format!("合计 {total} 分 {grade}").trim_end(),
        format!("total {total} {grade}").trim_end(),
    )
}
