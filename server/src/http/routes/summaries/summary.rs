//! `GET /v1/summaries/{division}` and `GET /v1/measures`.

use crate::app::App;
use crate::app::summaries;
use crate::app::summaries::summary::{Answer, CutOff, Names, Question};
use crate::domain::measure::{Figure, MEASURES, Measure, Value, figures};
use crate::domain::period::Period;
use crate::domain::summary::{Filter, GroupBy, GroupKey, Summary};
use crate::http::auth::Office;
use crate::http::error::ApiError;
use crate::http::etag::Tagged;
use crate::http::extract::{Path, Query};
use crate::http::parameter::{technique, word};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_sync_protocol::codes::{CHAIN_STAGE, INDUSTRY, SERVICE_MODE, VISIT_MODE};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::{ErrorCode, Problem};
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::words::{Sentence, Words};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of summaries.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_summary))
        .routes(routes!(list_measures))
}

/// What is summed up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SummaryQuery {
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06`, `2026-06-01` or `2026-06-01..2026-08-15`; by service date.
    #[param(example = "2026-Q2")]
    period: String,
    /// Rows by township, village, month, industry, technique, commissioner, mode, `chain_stage` or `service_mode`.
    by: Option<String>,
    /// Only this industry.
    industry: Option<String>,
    /// Only this technique, by its catalogue code.
    technique: Option<String>,
    /// Only what this commissioner did, alone or with others.
    #[param(value_type = Option<uuid::Uuid>)]
    commissioner: Option<PersonId>,
    /// Only visits of this form, such as `household`; adoptions and bases have no figures then.
    mode: Option<String>,
    /// Only visits of this chain stage; adoptions and bases have no figures then.
    chain_stage: Option<String>,
    /// Only `free` or only `paid` visits; adoptions and bases have no figures then.
    service_mode: Option<String>,
}

/// A period with its days.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeriodDocument {
    /// First local day.
    #[schema(value_type = String)]
    from: jiff::civil::Date,
    /// Last local day.
    #[schema(value_type = String)]
    to: jiff::civil::Date,
    /// What people call it.
    label: Sentence,
}

impl From<Period> for PeriodDocument {
    fn from(period: Period) -> Self {
        Self {
            from: period.from(),
            to: period.to(),
            label: period.label(),
        }
    }
}

/// How complete the data is: late phones change figures of the past.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CutOffDocument {
    /// Every phone that works there has reported up to this day; absent if one never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    complete_to: Option<jiff::civil::Date>,
    /// Commissioners whose phones have not reported since the end of the period, or since today.
    behind: Vec<Named>,
}

/// An id or code, with its name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    /// The id or code.
    pub(crate) key: String,
    /// The name, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

pub(crate) fn cut_off(cut_off: &CutOff, names: &Names) -> CutOffDocument {
    let behind = cut_off
        .behind
        .iter()
        .map(|person| person_named(*person, names));
    CutOffDocument {
        complete_to: cut_off.complete_to,
        behind: behind.collect(),
    }
}

pub(crate) fn division_named(code: &DivisionCode, names: &Names) -> Named {
    Named {
        key: code.to_string(),
        name: names.divisions.get(code).cloned(),
    }
}

pub(crate) fn person_named(person: PersonId, names: &Names) -> Named {
    Named {
        key: person.to_string(),
        name: names.people.get(&person).cloned(),
    }
}

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

/// Numerator and denominator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Parts {
    /// Numerator.
    pub(crate) numerator: i64,
    /// Denominator.
    pub(crate) denominator: i64,
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
pub(crate) struct SummaryDocument {
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
struct MeasureDocument {
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

fn measures() -> Vec<MeasureDocument> {
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

/// The figures of a division in a period, exact at the moment of reading.
#[utoipa::path(
    get,
    path = "/v1/summaries/{division}",
    tag = "summaries",
    params(("division" = String, Path, description = "county, township or village code"), SummaryQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = SummaryDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_summary(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<SummaryQuery>,
) -> Result<Tagged<SummaryDocument>, ApiError> {
    let period = read_period(&query.period)?;
    let by = query
        .by
        .as_deref()
        .map(|by| group_by(by, &division))
        .transpose()?;
    let filter = Filter {
        industry: word("industry", &INDUSTRY, query.industry)?,
        technique: technique(query.technique)?,
        commissioner: query.commissioner,
        mode: word("mode", &VISIT_MODE, query.mode)?,
        chain_stage: word("chain_stage", &CHAIN_STAGE, query.chain_stage)?,
        service_mode: word("service_mode", &SERVICE_MODE, query.service_mode)?,
    };
    let question = Question {
        division,
        period,
        filter,
        by,
    };
    let answer = summaries::summary::summarise(&app, &actor, question.clone()).await?;
    Ok(Tagged(document(&question, &answer)))
}

/// What every measure means, with its unit and whether it adds up.
#[utoipa::path(get, path = "/v1/measures", tag = "summaries", responses((status = 200, body = [MeasureDocument])))]
async fn list_measures() -> Tagged<Vec<MeasureDocument>> {
    Tagged(measures())
}

pub(crate) fn read_period(text: &str) -> Result<Period, ApiError> {
    text.parse()
        .map_err(|error: crate::domain::period::PeriodError| {
            let sentence = error.sentence();
            ApiError::with_detail(
                ErrorCode::InvalidParameter,
                format!("{} / {}", sentence.zh, sentence.en),
            )
        })
}

pub(crate) fn group_by(word: &str, division: &DivisionCode) -> Result<GroupBy, ApiError> {
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

pub(crate) fn document(question: &Question, answer: &Answer) -> SummaryDocument {
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

pub(crate) fn name_of(key: &GroupKey, names: &Names) -> Option<String> {
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
