//! `GET /v1/training-sessions`: what was taught, where and to how many, and how each session counts.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Query;
use crate::page::{limit, read_cursor, write_cursor};
use crate::parameter;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::visits::trainings_list::{self, TrainingEntry, TrainingFilter};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::summary::facts::CountsAs;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of training sessions.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_training_sessions))
}

const PAGE: usize = 100;
const MOST: usize = 500;

/// Which sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TrainingQuery {
    /// Code of a county, township or village; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// Held in this period.
    #[param(example = "2026-06")]
    period: String,
    /// Where to go on, as the page before said.
    cursor: Option<String>,
    /// How many, up to 500.
    limit: Option<usize>,
}

/// How a session counts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TrainingState {
    /// A visit that it names was approved after its last change.
    Approved,
    /// It names no visit yet, or none that was approved since.
    Pending,
    /// Every visit that it names was returned, not recognised or withdrawn.
    Returned,
}

/// Somebody who taught.
#[derive(Debug, Serialize, ToSchema)]
struct TrainerDocument {
    /// The commissioner.
    id: PersonId,
    /// The person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// A record of a training session.
#[derive(Debug, Serialize, ToSchema)]
struct TrainingDocument {
    /// Its id.
    id: RecordId,
    /// Its revision.
    rev: i64,
    /// How it counts.
    state: TrainingState,
    /// The record of the same session with which it counts once; absent if it is the first or the only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    counted_with: Option<RecordId>,
    /// The day it was held.
    #[schema(value_type = String)]
    held_on: Date,
    /// Its village.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    village_code: Option<DivisionCode>,
    /// The village's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    village_name: Option<String>,
    /// Commissioners who taught.
    trainers: Vec<TrainerDocument>,
    /// Photos of its sign-in sheets.
    sign_in_sheets: Vec<RecordId>,
    /// All its fields.
    #[schema(value_type = tepai_sync_protocol::records::TrainingSession)]
    fields: tepai_sync_protocol::Fields,
}

impl From<TrainingEntry> for TrainingDocument {
    fn from(entry: TrainingEntry) -> Self {
        let record = entry.record;
        let trainers = entry.trainers.into_iter();
        Self {
            id: record.id,
            rev: record.state.rev,
            state: match entry.standing {
                CountsAs::Approved => TrainingState::Approved,
                CountsAs::Pending => TrainingState::Pending,
                CountsAs::Returned => TrainingState::Returned,
            },
            counted_with: entry.same_as,
            held_on: entry.held_on,
            village_code: record.village,
            village_name: entry.village_name,
            trainers: trainers
                .map(|(id, name)| TrainerDocument { id, name })
                .collect(),
            sign_in_sheets: entry.sign_in_sheets,
            fields: record.state.fields,
        }
    }
}

/// A page of sessions.
#[derive(Debug, Serialize, ToSchema)]
struct TrainingList {
    /// How many records there are on all pages.
    total: usize,
    /// The records, the latest day first.
    training_sessions: Vec<TrainingDocument>,
    /// Where to go on; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Training sessions within reach, the latest first. Two records of one session, of the same village, day and topic, count
/// once; the second names the first.
#[utoipa::path(
    get,
    path = "/v1/training-sessions",
    tag = "records",
    params(TrainingQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = TrainingList),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter, invalid_cursor"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_training_sessions(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<TrainingQuery>,
) -> Result<Tagged<TrainingList>, ApiError> {
    let filter = TrainingFilter {
        division: query.division,
        period: parameter::period(&query.period)?,
        after: read_cursor(query.cursor.as_deref())?,
        limit: limit(query.limit, PAGE, MOST)?,
    };
    let page = trainings_list::list(&app, &actor, filter).await?;
    let sessions = page.entries.into_iter().map(TrainingDocument::from);
    Ok(Tagged(TrainingList {
        total: page.total,
        training_sessions: sessions.collect(),
        next: page.next.map(write_cursor),
    }))
}
