//! `GET /v1/coverage/{division}`: four coverages, each with its denominator, and how long ago each village was visited; with
//! `/reminder` a text to paste for those who should go.

use crate::auth::Office;
use crate::documents::{
    CutOffDocument, Named, Parts, PeriodDocument, cut_off, division_named, person_named,
};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Path, Query};
use crate::parameter;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::summaries;
use tepai_app::summaries::summary::{CoverageAnswer, Names, VillageState};
use tepai_domain::coverage::Meaning;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::summary::coverage::Share;
use tepai_sync_protocol::words::{Sentence, Words};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of coverage.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_coverage))
        .routes(routes!(get_reminder))
}

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CoverageQuery {
    /// `2026`, `2026-H1`, `2026-Q2`, `2026-06` or `2026-06-01..2026-08-15`.
    #[param(example = "2026-06")]
    period: String,
}

/// One meaning of coverage.
#[derive(Debug, Serialize, ToSchema)]
struct ShareDocument {
    /// assigned, visited, township or industry.
    meaning: &'static str,
    /// What people call it.
    label: Words,
    /// What is counted, and out of what.
    definition: Words,
    /// Numerator and denominator.
    parts: Parts,
    /// In 0.01 %; absent if the denominator is zero.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis_points: Option<i64>,
    /// What of the denominator is covered.
    covered: Vec<Named>,
    /// What of it is not.
    missing: Vec<Named>,
}

/// How a village stands.
#[derive(Debug, Serialize, ToSchema)]
struct VillageDocument {
    /// The village.
    #[serde(flatten)]
    village: Named,
    /// Last day of its last approved visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_visit_on: Option<jiff::civil::Date>,
    /// Days since then; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_since: Option<i64>,
    /// In which class that falls.
    band: &'static str,
    /// Days without an approved visit after which this village is overdue, in this season.
    interval_days: i64,
    /// Whether it is overdue.
    is_overdue: bool,
    /// Approved visits in the period.
    visits: i64,
    /// Who is assigned to it.
    commissioners: Vec<Named>,
    /// Since when, and until when if that is known; empty if nobody is.
    assignments: Vec<VillageAssignment>,
    /// Codes of its lead industries in which nobody works who is assigned to it.
    unserved_industries: Vec<String>,
    /// Those assigned to it whose phones have not reported up to the day as of which this holds: they may have visited it.
    may_have_visited: Vec<UnheardDocument>,
}

/// Somebody's time in a village.
#[derive(Debug, Serialize, ToSchema)]
struct VillageAssignment {
    /// Who.
    #[serde(flatten)]
    commissioner: Named,
    /// First local day.
    #[schema(value_type = String)]
    from: jiff::civil::Date,
    /// Last local day; absent if it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    to: Option<jiff::civil::Date>,
}

/// Somebody whose phones have not reported.
#[derive(Debug, Serialize, ToSchema)]
struct UnheardDocument {
    /// Who.
    #[serde(flatten)]
    commissioner: Named,
    /// The local day of the last sync of all the person's phones; absent if one never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_synced_on: Option<jiff::civil::Date>,
}

/// A text to paste.
#[derive(Debug, Serialize, ToSchema)]
struct ReminderDocument {
    /// The day as of which it holds.
    #[schema(value_type = String)]
    on: jiff::civil::Date,
    /// Villages that it names.
    villages: usize,
    /// The text, in lines.
    text: Sentence,
}

/// Coverage.
#[derive(Debug, Serialize, ToSchema)]
struct CoverageDocument {
    /// The division.
    division: Named,
    /// The period.
    period: PeriodDocument,
    /// How complete the data is.
    cut_off: CutOffDocument,
    /// The kinds of divisions that count: a setting of the county.
    counted_kinds: Vec<&'static str>,
    /// The four meanings.
    coverages: Vec<ShareDocument>,
    /// Days without an approved visit after which a village is overdue, where the setting `visit_intervals` has no rule.
    overdue_days: i64,
    /// The counted villages, the longest unvisited first.
    villages: Vec<VillageDocument>,
}

/// The coverage of a division in a period, exact at the moment of reading.
#[utoipa::path(
    get,
    path = "/v1/coverage/{division}",
    tag = "summaries",
    params(("division" = String, Path, description = "county, township or village code"), CoverageQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = CoverageDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_coverage(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<CoverageQuery>,
) -> Result<Tagged<CoverageDocument>, ApiError> {
    let period = parameter::period(&query.period)?;
    let answer = summaries::summary::cover(&app, &actor, division.clone(), period).await?;
    let names = &answer.names;
    Ok(Tagged(CoverageDocument {
        division: division_named(&division, names),
        period: period.into(),
        cut_off: cut_off(&answer.cut_off, names),
        counted_kinds: answer
            .counted_kinds
            .iter()
            .map(|kind| kind.as_str())
            .collect(),
        coverages: Meaning::ALL
            .iter()
            .map(|&meaning| share(meaning, &answer))
            .collect(),
        overdue_days: answer.overdue_days,
        villages: answer
            .villages
            .iter()
            .map(|state| village(state, names))
            .collect(),
    }))
}

/// A text to paste into a chat of the division's commissioners: the villages that are overdue, whose they are, and who may
/// have visited without having synced. It ranks nobody.
#[utoipa::path(
    get,
    path = "/v1/coverage/{division}/reminder",
    tag = "coverage",
    params(("division" = String, Path, description = "county, township or village code"), CoverageQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ReminderDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_reminder(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
    Query(query): Query<CoverageQuery>,
) -> Result<Tagged<ReminderDocument>, ApiError> {
    let period = parameter::period(&query.period)?;
    let answer = summaries::summary::cover(&app, &actor, division.clone(), period).await?;
    let reminder = answer.reminder(&division);
    Ok(Tagged(ReminderDocument {
        on: reminder.on,
        villages: reminder.waiting.len(),
        text: reminder.text(),
    }))
}

fn share(meaning: Meaning, answer: &CoverageAnswer) -> ShareDocument {
    let (coverage, names) = (&answer.coverage, &answer.names);
    let divisions = |share: &Share<DivisionCode>| {
        let list = |codes: &[DivisionCode]| {
            codes
                .iter()
                .map(|code| division_named(code, names))
                .collect()
        };
        (list(&share.covered), list(&share.missing))
    };
    let (covered, missing) = match meaning {
        Meaning::Assigned => divisions(&coverage.assigned),
        Meaning::Visited => divisions(&coverage.visited),
        Meaning::Township => divisions(&coverage.township),
        Meaning::Industry => {
            let pair = |(code, industry): &(DivisionCode, String)| Named {
                key: format!("{code}/{industry}"),
                name: names.divisions.get(code).cloned(),
            };
            let list = |pairs: &[(DivisionCode, String)]| pairs.iter().map(pair).collect();
            (
                list(&coverage.industry.covered),
                list(&coverage.industry.missing),
            )
        }
    };
    let ratio = meaning.ratio_of(coverage);
    ShareDocument {
        meaning: meaning.as_str(),
        label: meaning.label(),
        definition: meaning.definition(),
        parts: Parts {
            numerator: ratio.numerator,
            denominator: ratio.denominator,
        },
        basis_points: ratio.basis_points(),
        covered,
        missing,
    }
}

fn village(state: &VillageState, names: &Names) -> VillageDocument {
    VillageDocument {
        village: division_named(&state.code, names),
        last_visit_on: state.last_visit_on,
        days_since: state.days_since,
        band: state.band.as_str(),
        interval_days: state.interval_days,
        is_overdue: state.is_overdue,
        visits: state.visits,
        commissioners: state
            .commissioners
            .iter()
            .map(|person| person_named(*person, names))
            .collect(),
        assignments: state
            .assignments
            .iter()
            .map(|(person, from, to)| VillageAssignment {
                commissioner: person_named(*person, names),
                from: *from,
                to: *to,
            })
            .collect(),
        unserved_industries: state.unserved_industries.clone(),
        may_have_visited: state
            .may_have_visited
            .iter()
            .map(|(person, day)| UnheardDocument {
                commissioner: person_named(*person, names),
                last_synced_on: *day,
            })
            .collect(),
    }
}
