//! `GET /v1/overview/{division}`: what the console shows first, in one request.

use crate::auth::Office;
use crate::documents::{
    CutOffDocument, Named, Parts, PeriodDocument, cut_off, division_named, person_named,
};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Path;
use axum::extract::State;
use jiff::civil::Date;
use serde::Serialize;
use tepai_app::App;
use tepai_app::summaries::overview::{self, Overview, SILENT_DAYS, Silent, WAITING_STATES};
use tepai_app::summaries::summary::{Names, VillageState};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::sync::Waiting;
use tepai_sync_protocol::words::{Words, words};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of overviews.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_overview))
}

/// One of the numbers.
#[derive(Debug, Serialize, ToSchema)]
struct NumberDocument {
    /// `villages`, `visited`, `overdue`, `waiting_visits` or `silent_people`.
    code: &'static str,
    /// What people call it.
    label: Words,
    /// Exactly what is counted.
    definition: Words,
    /// The number.
    value: i64,
    /// Out of what, where that is another of the numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<Parts>,
    /// The share, in 0.01 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis_points: Option<i64>,
    /// Where what is counted is read one by one.
    records: String,
}

/// A village that waits.
#[derive(Debug, Serialize, ToSchema)]
struct OverdueDocument {
    /// The village.
    #[serde(flatten)]
    village: Named,
    /// Its township.
    #[serde(skip_serializing_if = "Option::is_none")]
    township: Option<Named>,
    /// Last day of its last approved visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    last_visit_on: Option<Date>,
    /// Days since then; absent if there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    days_since: Option<i64>,
    /// Days after which it is overdue, in this season.
    interval_days: i64,
    /// Who is assigned to it.
    commissioners: Vec<Named>,
    /// Those of them who may have been there: their phones have not reported up to today.
    may_have_visited: Vec<Named>,
}

/// A week.
#[derive(Debug, Serialize, ToSchema)]
struct WeekDocument {
    /// Its Monday.
    #[schema(value_type = String)]
    from: Date,
    /// Approved visits that began in it.
    approved: i64,
    /// Visits that began in it and wait for a review.
    pending: i64,
}

/// Somebody of whom the server has not heard.
#[derive(Debug, Serialize, ToSchema)]
struct SilentDocument {
    /// Who.
    #[serde(flatten)]
    commissioner: Named,
    /// Phones in use.
    phones: usize,
    /// The earliest last sync of these phones: milliseconds since 1970 UTC; absent if one never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    /// What waited on all of them together when they last synchronised.
    waiting: Waiting,
}

/// A division at a glance.
#[derive(Debug, Serialize, ToSchema)]
struct OverviewDocument {
    /// The division.
    division: Named,
    /// The present local day.
    #[schema(value_type = String)]
    on: Date,
    /// The present month.
    period: PeriodDocument,
    /// How complete the data is.
    cut_off: CutOffDocument,
    /// Five numbers.
    numbers: Vec<NumberDocument>,
    /// The ten villages that have been overdue for the longest.
    overdue: Vec<OverdueDocument>,
    /// Visits of the last eight weeks; the present week comes last.
    weeks: Vec<WeekDocument>,
    /// People with a village of the division whose phones have not synchronised for three days, or who have none.
    silent: Vec<SilentDocument>,
}

/// A division at a glance, as it stands today, exact at the moment of reading.
#[utoipa::path(
    get,
    path = "/v1/overview/{division}",
    tag = "summaries",
    params(("division" = String, Path, description = "county, township or village code")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = OverviewDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn get_overview(
    State(app): State<App>,
    Office(actor): Office,
    Path(division): Path<DivisionCode>,
) -> Result<Tagged<OverviewDocument>, ApiError> {
    let seen = overview::look(&app, &actor, division.clone()).await?;
    let names = &seen.names;
    let weeks = seen.weeks.iter().map(|week| WeekDocument {
        from: week.from,
        approved: week.approved,
        pending: week.pending,
    });
    Ok(Tagged(OverviewDocument {
        division: division_named(&division, names),
        on: seen.on,
        period: seen.month.into(),
        cut_off: cut_off(&seen.cut_off, names),
        numbers: numbers(&division, &seen),
        overdue: seen
            .most_overdue
            .iter()
            .map(|state| overdue(state, names))
            .collect(),
        weeks: weeks.collect(),
        silent: seen.silent.iter().map(|one| silent(one, names)).collect(),
    }))
}

fn numbers(division: &DivisionCode, seen: &Overview) -> Vec<NumberDocument> {
    let month = Month(seen.on);
    let coverage = format!("/v1/coverage/{division}?period={month}");
    let number = |code, value, (label, definition), records: String| NumberDocument {
        code,
        label,
        definition,
        value,
        parts: None,
        basis_points: None,
        records,
    };
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let visited = seen.visited;
    let states = WAITING_STATES.join(",");
    vec![
        number("villages", visited.denominator, VILLAGES, coverage.clone()),
        NumberDocument {
            parts: Some(Parts {
                numerator: visited.numerator,
                denominator: visited.denominator,
            }),
            basis_points: visited.basis_points(),
            ..number("visited", visited.numerator, VISITED, coverage.clone())
        },
        number("overdue", count(seen.overdue), OVERDUE, coverage),
        number(
            "waiting_visits",
            seen.waiting_visits,
            WAITING,
            format!("/v1/visits?division={division}&state={states}"),
        ),
        number(
            "silent_people",
            count(seen.silent.len()),
            SILENT,
            format!("/v1/people?division={division}&silent=true"),
        ),
    ]
}

const VILLAGES: (Words, Words) = (
    words("应访村", "villages to visit"),
    words(
        "本范围本月计入覆盖率的村数。",
        "Villages of the scope that count in coverage this month.",
    ),
);
const VISITED: (Words, Words) = (
    words("本月已访", "visited this month"),
    words(
        "本月有审核通过的走访（按首个服务日期）的应访村数 ÷ 应访村数。",
        "Villages to visit with an approved visit in this month, by its first service date / villages to visit.",
    ),
);
const OVERDUE: (Words, Words) = (
    words("逾期", "overdue"),
    words(
        "今天距最近一次审核通过的走访超过本村走访间隔的应访村数，从未走访的也算。",
        "Villages to visit whose last approved visit is longer ago than the interval of that village, or that were never visited.",
    ),
);
const WAITING: (Words, Words) = (
    words("待审核", "waiting for review"),
    words(
        "已提交或乡镇已通过、尚未终审的走访数，不限日期。",
        "Visits that are submitted or passed by the township and not finally judged, whatever their date.",
    ),
);
const SILENT: (Words, Words) = (
    words("3 天未上传人员", "people not heard of for 3 days"),
    words(
        "今天在本范围有派驻村的特派员中，任一在用手机超过 72 小时未成功同步或没有手机的人数。",
        "Commissioners with a village of the scope today of whose phones one has not synchronised for 72 hours, or who have none.",
    ),
);
const _: () = assert!(SILENT_DAYS == 3, "the words say three");

/// `2026-06`.
struct Month(Date);

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m"))
    }
}

fn overdue(state: &VillageState, names: &Names) -> OverdueDocument {
    let unheard = state.may_have_visited.iter();
    OverdueDocument {
        village: division_named(&state.code, names),
        township: state
            .code
            .township()
            .map(|code| division_named(&code, names)),
        last_visit_on: state.last_visit_on,
        days_since: state.days_since,
        interval_days: state.interval_days,
        commissioners: state
            .commissioners
            .iter()
            .map(|person| person_named(*person, names))
            .collect(),
        may_have_visited: unheard
            .map(|(person, _)| person_named(*person, names))
            .collect(),
    }
}

fn silent(one: &Silent, names: &Names) -> SilentDocument {
    SilentDocument {
        commissioner: person_named(one.person, names),
        phones: one.phones,
        last_sync_at: one.last_sync_at,
        waiting: one.waiting,
    }
}
