//! The document of a summary: figures with the links to the records behind them. `GET /v1/summaries` answers with it, and
//! `tepai summary` prints it.

use super::{CutOffDocument, Named, Parts, PeriodDocument, cut_off};
use crate::error::ApiError;
use serde::Serialize;
use tepai_app::summaries::summary::{Names, Question, SummaryAnswer};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::summary::figures::Summary;
use tepai_sync_protocol::summary::group::{GroupBy, GroupKey};
use tepai_sync_protocol::summary::measure_table::{MEASURES, figures};
use tepai_sync_protocol::summary::measures::{Figure, Measure, Value};
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::Words;
use utoipa::ToSchema;

/// One figure.
#[derive(Debug, Serialize, ToSchema)]
struct FigureDocument {
    /// The measure; its definition is among `measures`.
    measure: &'static str,
    /// The value as an integer in the unit of the measure's code; absent if a denominator is zero or the
    /// filter cannot apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<i64>,
    /// The parts of a rate: it is computed from these and never averaged.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
    /// The same of visits that wait for review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<i64>,
    /// Where the records behind it are read.
    records: String,
}

/// One row.
#[derive(Debug, Serialize, ToSchema)]
struct RowDocument {
    /// What the row is about.
    #[serde(flatten)]
    about: Named,
    /// Its figures.
    figures: Vec<FigureDocument>,
}

/// A summary.
#[derive(Debug, Serialize, ToSchema)]
pub struct SummaryDocument {
    /// The division.
    division: Named,
    /// The period.
    period: PeriodDocument,
    /// How complete the data is.
    cut_off: CutOffDocument,
    /// The figures of the whole: its own count, never the sum of the rows.
    total: Vec<FigureDocument>,
    /// The rows.
    rows: Vec<RowDocument>,
    /// What each figure means.
    measures: Vec<MeasureDocument>,
}

/// What a measure means.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureDocument {
    /// The stable word.
    code: &'static str,
    /// What people call it.
    name: Words,
    /// The unit in which people read it.
    unit: Words,
    /// How many digits of the integer stand behind the point in that unit.
    decimals: u32,
    /// Whether figures of parts add up to that of the whole.
    is_additive: bool,
    /// Exactly what is counted.
    definition: Words,
}

/// The definition of every measure, in the order in which they are shown.
pub(crate) fn measures() -> Vec<MeasureDocument> {
    let document = |measure: &'static Measure| MeasureDocument {
        code: measure.code,
        name: measure.name,
        unit: measure.unit,
        decimals: measure.decimals,
        is_additive: measure.is_additive,
        definition: measure.definition,
    };
    MEASURES.iter().map(document).collect()
}

/// What the rows of a summary are about, by the word of the parameter `by`. A word that is unknown, or that does not fit the
/// level of the division, is `invalid_parameter`.
pub fn group_by(word: &str, division: &DivisionCode) -> Result<GroupBy, ApiError> {
    let by = match (word, division.level()) {
        ("township", Level::County) => GroupBy::Division(Level::Township),
        ("village", Level::County | Level::Township) => GroupBy::Division(Level::Village),
        ("month", _) => GroupBy::Month,
        ("industry", _) => GroupBy::Industry,
        ("technique", _) => GroupBy::Technique,
        ("commissioner", _) => GroupBy::Commissioner,
        ("mode", _) => GroupBy::Mode,
        ("chain_stage", _) => GroupBy::ChainStage,
        ("service_mode", _) => GroupBy::ServiceMode,
        _ => {
            return Err(ApiError::with_detail(
                ErrorCode::InvalidParameter,
                "by: township (of a county), village, month, industry, technique, commissioner, mode, chain_stage, service_mode",
            ));
        }
    };
    Ok(by)
}

/// The document of an answer.
pub fn document(question: &Question, answer: &SummaryAnswer) -> SummaryDocument {
    let names = &answer.names;
    let rows = answer.rows.iter().map(|row| RowDocument {
        about: Named {
            key: row.key.to_string(),
            name: name_of(&row.key, names),
        },
        figures: figure_documents(&row.summary, &narrowed(question, &row.key)),
    });
    SummaryDocument {
        division: Named {
            key: question.division.to_string(),
            name: names.divisions.get(&question.division).cloned(),
        },
        period: question.period.into(),
        cut_off: cut_off(&answer.cut_off, names),
        total: figure_documents(&answer.total, question),
        rows: rows.collect(),
        measures: measures(),
    }
}

/// What people call the thing that a row is about, if it has a name.
pub fn name_of(key: &GroupKey, names: &Names) -> Option<String> {
    match key {
        GroupKey::Division(code) => names.divisions.get(code).cloned(),
        GroupKey::Technique(code) => names.techniques.get(code).cloned(),
        GroupKey::Commissioner(id) => names.people.get(id).cloned(),
        GroupKey::Month(month) => Some(month.label().zh),
        GroupKey::Word(_) => None,
    }
}

fn figure_documents(summary: &Summary, asked: &Question) -> Vec<FigureDocument> {
    let document = |figure: Figure| FigureDocument {
        measure: figure.measure.code,
        value: figure.approved.and_then(Value::number),
        parts: figure.approved.and_then(Value::parts).map(|ratio| Parts {
            numerator: ratio.numerator,
            denominator: ratio.denominator,
        }),
        pending: figure.pending.and_then(Value::number),
        records: link(asked, figure.measure),
    };
    figures(summary).map(document).collect()
}

/// What a row of this key answers.
fn narrowed(question: &Question, key: &GroupKey) -> Question {
    let mut row = question.clone();
    if let Some(by) = question.by {
        row.filter = question.filter.narrowed_to(by, key);
    }
    match key {
        GroupKey::Division(code) => row.division = code.clone(),
        GroupKey::Month(month) => row.period = clipped(month.period(), question.period),
        _ => {}
    }
    row
}

/// Where the records behind a figure are read.
fn link(asked: &Question, measure: &Measure) -> String {
    let Question {
        division,
        period,
        filter,
        ..
    } = asked;
    let (from, to) = (period.from(), period.to());
    let technique = filter.technique.as_ref();
    let technique = technique.map_or(String::new(), |code| format!("&technique={code}"));
    match measure.records() {
        Kind::Visit => {}
        // Whoever was served is found through the visits.
        Kind::Beneficiary if measure.code == "demo_households" => {}
        Kind::Beneficiary if measure.code == "demo_households_all" => {
            return format!("/v1/demo-households?division={division}&period={from}..{to}");
        }
        Kind::Beneficiary => {
            return format!("/v1/local-experts?division={division}&period={from}..{to}");
        }
        Kind::DemoBase => return format!("/v1/records/demo_base?division={division}{technique}"),
        kind => {
            let kind = kind.as_str();
            return format!(
                "/v1/records/{kind}?division={division}&period={from}..{to}{technique}"
            );
        }
    }
    let state = match measure.code {
        "returned_visits" => "returned",
        "pending_visits" => "submitted,township_passed",
        _ => "approved",
    };
    let words = [
        ("industry", &filter.industry),
        ("mode", &filter.mode),
        ("chain_stage", &filter.chain_stage),
        ("service_mode", &filter.service_mode),
    ];
    let words = words
        .into_iter()
        .filter_map(|(name, word)| word.as_ref().map(|word| format!("&{name}={word}")));
    let commissioner = filter.commissioner.map(|id| format!("&commissioner={id}"));
    let also: String = words.chain(commissioner).collect();
    format!("/v1/visits?division={division}&period={from}..{to}&state={state}{technique}{also}")
}

fn clipped(month: Period, period: Period) -> Period {
    let (from, to) = (month.from().max(period.from()), month.to().min(period.to()));
    Period::new(from, to).unwrap_or(period)
}
