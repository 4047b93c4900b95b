//! `tepai summary`: the figures of a county, township or village, as a table, JSON or CSV.

use super::{Context, Failure, Lang, TextTable};
use clap::Args;
use tepai_app::summaries;
use tepai_app::summaries::summary::{Question, SummaryAnswer};
use tepai_http::documents::summary::{document, group_by, name_of};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::group::GroupBy;
use tepai_sync_protocol::summary::measure_table::{MEASURES, figures};
use tepai_sync_protocol::summary::measures::{Figure, Measure, Value};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::{Sentence, Words};

/// What `summary` takes.
#[derive(Debug, Args)]
pub(super) struct SummaryArgs {
    /// Code of the county, township or village · 区划代码
    division: DivisionCode,
    /// 2026, 2026-H1, 2026-Q2, 2026-06 or 2026-06-01..2026-08-15 · 时段
    period: Period,
    /// Rows: township, village, month, industry, technique, commissioner, mode, ... · 分组 [default: the level below]
    #[arg(long)]
    by: Option<String>,
    /// Only this industry · 产业
    #[arg(long)]
    industry: Option<String>,
    /// Only this technique, by its code · 技术编码
    #[arg(long)]
    technique: Option<String>,
    /// Only what this commissioner did, by id · 特派员编号
    #[arg(long)]
    commissioner: Option<PersonId>,
    /// Print JSON, as the API has it · 输出 JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Print CSV with every measure, for a spreadsheet · 输出 CSV
    #[arg(long)]
    csv: bool,
}

/// The measures of the table on the terminal; JSON and CSV have all of them.
const SHOWN: [&str; 9] = [
    "visits",
    "pending_visits",
    "person_days",
    "villages",
    "village_coverage",
    "beneficiaries",
    "training_attendances",
    "techniques",
    "adopted_area_centi_mu",
];

/// Prints a summary.
pub(super) async fn run(args: SummaryArgs, context: &Context) -> Result<(), Failure> {
    let app = context.app().await?;
    let by = match args.by.as_deref() {
        Some(word) => {
            Some(group_by(word, &args.division).map_err(|error| unknown_rows(error.detail))?)
        }
        None => below(&args.division),
    };
    let filter = Filter {
        industry: args.industry.clone(),
        technique: args.technique.clone(),
        commissioner: args.commissioner,
        ..Filter::default()
    };
    let question = Question {
        division: args.division.clone(),
        period: args.period,
        filter,
        by,
    };
    let answer = summaries::summary::summarise_any(&app, question.clone()).await?;
    app.store.close().await?;
    if args.json {
        return context.out.json(&document(&question, &answer));
    }
    if args.csv {
        return context.out.text(&csv(&args, &answer, context.out.lang)?);
    }
    context
        .out
        .line(table(&args.division, &answer, context.out.lang))?;
    tell_cut_off(args.period, &answer, context)
}

fn unknown_rows(detail: Option<String>) -> Failure {
    let detail = detail.unwrap_or_default();
    Failure::usage(
        Sentence::new(
            format!("不认识的 --by（{detail}）"),
            format!("no such --by ({detail})"),
        ),
        Sentence::new("例如 --by month", "such as --by month"),
    )
}

/// The rows that one expects of a division: its parts.
fn below(division: &DivisionCode) -> Option<GroupBy> {
    group_by("township", division)
        .or_else(|_| group_by("village", division))
        .ok()
}

/// The table of the rows and, below them, the whole, which is not their sum.
pub(crate) fn table(division: &DivisionCode, answer: &SummaryAnswer, lang: Lang) -> TextTable {
    let words = |words: Words| if lang == Lang::Zh { words.zh } else { words.en };
    let measures: Vec<&Measure> = SHOWN
        .iter()
        .filter_map(|code| Measure::find(code))
        .collect();
    let head = |measure: &&Measure| match (words(measure.name), words(measure.unit)) {
        (name, unit) if name == unit => name.to_owned(),
        (name, unit) => format!("{name}\n{unit}"),
    };
    let place = if lang == Lang::Zh { "范围" } else { "of" };
    let mut table = TextTable::new(
        [place.to_owned()]
            .into_iter()
            .chain(measures.iter().map(head)),
    );
    let cells = |name: String, summary: &Summary| {
        let figure = |measure: &&'static Measure| shown(measure.of(summary));
        [name]
            .into_iter()
            .chain(measures.iter().map(figure))
            .collect::<Vec<_>>()
    };
    for row in &answer.rows {
        let name = name_of(&row.key, &answer.names).unwrap_or_else(|| row.key.to_string());
        table.row(cells(name, &row.summary));
    }
    let whole = answer
        .names
        .divisions
        .get(division)
        .cloned()
        .unwrap_or_else(|| division.to_string());
    let whole = if lang == Lang::Zh {
        format!("{whole}（整体）")
    } else {
        format!("{whole} (whole)")
    };
    table.row(cells(whole, &answer.total));
    table.figures_from(1);
    table
}

fn shown(figure: Figure) -> String {
    let number = figure.approved.and_then(Value::number);
    number.map_or_else(|| "-".to_owned(), |number| figure.measure.print(number))
}

fn csv(args: &SummaryArgs, answer: &SummaryAnswer, lang: Lang) -> Result<String, Failure> {
    let words = |words: Words| if lang == Lang::Zh { words.zh } else { words.en };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = MEASURES
        .iter()
        .map(|measure| format!("{} ({})", words(measure.name), words(measure.unit)));
    let keys = if lang == Lang::Zh {
        ["编号", "名称"]
    } else {
        ["key", "name"]
    };
    let mut write = |key: String, name: String, summary: &Summary| {
        let figures = figures(summary).map(shown);
        writer.write_record([key, name].into_iter().chain(figures))
    };
    let mut rows = || -> Result<(), csv::Error> {
        for row in &answer.rows {
            write(
                row.key.to_string(),
                name_of(&row.key, &answer.names).unwrap_or_default(),
                &row.summary,
            )?;
        }
        let name = answer.names.divisions.get(&args.division).cloned();
        write(
            args.division.to_string(),
            name.unwrap_or_default(),
            &answer.total,
        )
    };
    rows().map_err(|error| Failure::internal(&error))?;
    let body = writer
        .into_inner()
        .map_err(|error| Failure::internal(&error))?;
    let mut first = csv::Writer::from_writer(Vec::new());
    first
        .write_record(keys.into_iter().map(str::to_owned).chain(head))
        .map_err(|error| Failure::internal(&error))?;
    let mut bytes = first
        .into_inner()
        .map_err(|error| Failure::internal(&error))?;
    bytes.extend(body);
    // With the mark, spreadsheets read Chinese as Chinese.
    let text = String::from_utf8(bytes).map_err(|error| Failure::internal(&error))?;
    Ok(format!("\u{feff}{text}"))
}

fn tell_cut_off(period: Period, answer: &SummaryAnswer, context: &Context) -> Result<(), Failure> {
    let label = period.label();
    let behind = answer.cut_off.behind.len();
    let (zh, en) = match answer.cut_off.complete_to {
        Some(day) => (format!("数据完整至 {day}"), format!("complete to {day}")),
        None => (
            "尚有手机从未同步".to_owned(),
            "some phones have never synchronised".to_owned(),
        ),
    };
    context.out.say(
        format!("{}：{zh}；{behind} 人的手机此后未同步。各行不可相加；定义见 --json。", label.zh),
        format!("{}: {en}; the phones of {behind} people have not synchronised since. Rows do not add up; --json has the definitions.", label.en),
    )
}
