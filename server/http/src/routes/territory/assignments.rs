//! `/v1/assignments`: who serves which village, from when to when.

use crate::auth::{Administrators, Office};
use crate::documents::{Named, division_named, person_named};
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::{Json, Path, Query};
use axum::extract::State;
use axum::http::StatusCode;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tepai_app::App;
use tepai_app::territory::assignments::{
    self, AssignmentFilter, Matrix, NewAssignment, StoredAssignment,
};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::problem::Problem;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

/// The routes of assignments.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_assignments, make_assignment))
        .routes(routes!(change_assignment))
}

/// Which assignments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AssignmentQuery {
    /// Of villages in this division; everything in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// Of this person.
    #[param(value_type = Option<uuid::Uuid>)]
    person: Option<PersonId>,
    /// The local day on which they are in force; today if absent.
    #[param(value_type = Option<String>, example = "2026-06-30")]
    on: Option<Date>,
    /// Also those that are over or have not begun: the history.
    #[serde(default)]
    all: bool,
}

/// That somebody serves a village.
#[derive(Debug, Serialize, ToSchema)]
struct AssignmentDocument {
    /// Its id.
    id: Uuid,
    /// The village.
    village_code: DivisionCode,
    /// The commissioner.
    person_id: PersonId,
    /// First local day.
    #[schema(value_type = String)]
    from: Date,
    /// Last local day; absent if it has no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    to: Option<Date>,
}

impl From<StoredAssignment> for AssignmentDocument {
    fn from(one: StoredAssignment) -> Self {
        Self {
            id: one.id,
            village_code: one.village,
            person_id: one.person,
            from: one.from_on,
            to: one.to_on,
        }
    }
}

/// Who serves which village.
#[derive(Debug, Serialize, ToSchema)]
struct AssignmentMatrix {
    /// The local day as of which it holds.
    #[schema(value_type = String)]
    on: Date,
    /// The assignments, by village and first day.
    assignments: Vec<AssignmentDocument>,
    /// Counted villages that nobody serves on the day.
    unassigned_villages: Vec<Named>,
    /// Commissioners who serve no village on the day, their account being in use; in a township those who once served there.
    unassigned_people: Vec<Named>,
    /// Names of the people in `assignments`, by id; names of villages are in `/v1/divisions`.
    people: BTreeMap<String, String>,
}

impl From<Matrix> for AssignmentMatrix {
    fn from(matrix: Matrix) -> Self {
        let names = &matrix.names;
        let serving = matrix.assignments.iter().filter_map(|one| {
            let name = names.people.get(&one.person)?.clone();
            Some((one.person.to_string(), name))
        });
        let villages = matrix.unassigned_villages.iter();
        let people = matrix.unassigned_people.iter();
        Self {
            on: matrix.on,
            people: serving.collect(),
            unassigned_villages: villages.map(|code| division_named(code, names)).collect(),
            unassigned_people: people.map(|person| person_named(*person, names)).collect(),
            assignments: matrix
                .assignments
                .into_iter()
                .map(AssignmentDocument::from)
                .collect(),
        }
    }
}

/// Who serves which village on a day, which villages nobody serves, and who serves none.
#[utoipa::path(
    get,
    path = "/v1/assignments",
    tag = "places",
    params(AssignmentQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AssignmentMatrix),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_assignments(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<AssignmentQuery>,
) -> Result<Tagged<AssignmentMatrix>, ApiError> {
    let filter = AssignmentFilter {
        division: query.division,
        person: query.person,
        on: query.on,
        all: query.all,
    };
    let matrix = assignments::list(&app, &actor, filter).await?;
    Ok(Tagged(matrix.into()))
}

/// An assignment to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAssignmentRequest {
    /// The village.
    village_code: DivisionCode,
    /// The commissioner.
    person_id: PersonId,
    /// First local day; today if absent.
    #[schema(value_type = Option<String>, example = "2026-07-01")]
    from: Option<Date>,
    /// Last local day; open if absent.
    #[schema(value_type = Option<String>, example = "2026-12-31")]
    to: Option<Date>,
}

/// Assigns a village to a commissioner. The person's phone gets the village's records with its next sync. To move a village
/// from one to another see `/v1/handovers`.
#[utoipa::path(
    post,
    path = "/v1/assignments",
    tag = "places",
    security(("session" = []), ("session_token" = [])),
    request_body = NewAssignmentRequest,
    responses(
        (status = 201, body = AssignmentDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 422, body = Problem, description = "invalid_input: village, person, days, or an assignment that overlaps"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn make_assignment(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Json(request): Json<NewAssignmentRequest>,
) -> Result<(StatusCode, Json<AssignmentDocument>), ApiError> {
    let new = NewAssignment {
        village: request.village_code,
        person: request.person_id,
        from: request.from,
        to: request.to,
    };
    let work = async move { assignments::make(&app, &actor, new).await };
    let made = tepai_app::detached(work).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// What an assignment becomes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AssignmentRequest {
    /// Its last local day; null to let it go on.
    #[schema(value_type = Option<String>, example = "2026-12-31")]
    to: Option<Date>,
}

/// Sets the last day of an assignment, or takes it away. The village leaves the person's phone with the first sync after that
/// day, and edits made until then are taken for 30 days more.
#[utoipa::path(
    put,
    path = "/v1/assignments/{id}",
    tag = "places",
    params(("id" = uuid::Uuid, Path, description = "the assignment")),
    security(("session" = []), ("session_token" = [])),
    request_body = AssignmentRequest,
    responses(
        (status = 200, body = AssignmentDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 422, body = Problem, description = "invalid_input: the day, or an assignment that overlaps"),
        (status = 503, body = Problem, description = "busy"),
    )
)]
async fn change_assignment(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(id): Path<Uuid>,
    Json(request): Json<AssignmentRequest>,
) -> Result<Json<AssignmentDocument>, ApiError> {
    let work = async move { assignments::set_last_day(&app, &actor, id, request.to).await };
    Ok(Json(tepai_app::detached(work).await?.into()))
}
