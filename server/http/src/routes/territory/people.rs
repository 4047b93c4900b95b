//! `GET /v1/people`: commissioners with their villages, their phones, and what still waits on these.

use crate::auth::Office;
use crate::error::ApiError;
use crate::etag::Tagged;
use crate::extract::Query;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::territory::people::{self, PeopleFilter, Person, Phone};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::sync::Waiting;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of people.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_people))
}

/// Which people.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeopleQuery {
    /// Who serves, or once served, in this division; everybody in reach if absent.
    #[param(value_type = Option<String>, example = "421083100")]
    division: Option<DivisionCode>,
    /// Those alone who serve there today and whose phones have not synchronised for three days, or who have none.
    #[serde(default)]
    silent: bool,
}

/// A phone in use.
#[derive(Debug, Serialize, ToSchema)]
struct PersonPhone {
    /// The device.
    id: DeviceId,
    /// What the office calls it.
    name: String,
    /// When it last synchronised with success: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    /// When it last sent something new.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_push_at: Option<i64>,
    /// The version of its app.
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<String>,
    /// What still waited on it after its last sync.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting>,
    /// When the office reported it lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost_at: Option<i64>,
}

impl From<Phone> for PersonPhone {
    fn from(phone: Phone) -> Self {
        Self {
            id: phone.id,
            name: phone.name,
            last_sync_at: phone.last_sync_at,
            last_push_at: phone.last_push_at,
            app_version: phone.app_version,
            waiting: phone.waiting,
            lost_at: phone.lost_at,
        }
    }
}

/// A commissioner.
#[derive(Debug, Serialize, ToSchema)]
struct PersonDocument {
    /// The account.
    id: PersonId,
    /// The name.
    name: String,
    /// Whether the account is disabled.
    is_disabled: bool,
    /// The county's number of the commissioner.
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_no: Option<String>,
    /// 派出单位.
    #[serde(skip_serializing_if = "Option::is_none")]
    dispatch_unit: Option<String>,
    /// 职称.
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    /// 专业.
    #[serde(skip_serializing_if = "Option::is_none")]
    specialty: Option<String>,
    /// Codes of the industries that the person works in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    industries: Vec<String>,
    /// Villages of the division that are the person's today; their names are in `/v1/divisions`.
    villages: Vec<DivisionCode>,
    /// The phones in use.
    phones: Vec<PersonPhone>,
    /// The earliest last sync of these phones: milliseconds since 1970 UTC; absent if one never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sync_at: Option<i64>,
    /// Whether the person serves there today and a phone has not synchronised for three days, or there is none.
    is_silent: bool,
    /// What waited on all phones together when they last synchronised.
    waiting: Waiting,
}

impl From<Person> for PersonDocument {
    fn from(person: Person) -> Self {
        let roster = person.commissioner;
        let of_roster = roster.as_ref();
        Self {
            id: person.id,
            name: person.name,
            is_disabled: person.is_disabled,
            staff_no: of_roster.map(|one| one.staff_no.clone()),
            dispatch_unit: of_roster.and_then(|one| one.dispatch_unit.clone()),
            title: of_roster.and_then(|one| one.title.clone()),
            specialty: of_roster.and_then(|one| one.specialty.clone()),
            industries: roster.map(|one| one.industries).unwrap_or_default(),
            villages: person.villages.into_iter().collect(),
            phones: person.phones.into_iter().map(PersonPhone::from).collect(),
            last_sync_at: person.last_sync_at,
            is_silent: person.is_silent,
            waiting: person.waiting,
        }
    }
}

/// The commissioners within reach.
#[derive(Debug, Serialize, ToSchema)]
struct PeopleDocument {
    /// The local day as of which assignments stand.
    #[schema(value_type = String)]
    on: Date,
    /// The people, by name.
    people: Vec<PersonDocument>,
}

/// Commissioners with their villages and phones, and what still waits on these; for a coordinator those of the township.
#[utoipa::path(
    get,
    path = "/v1/people",
    tag = "identity",
    params(PeopleQuery),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = PeopleDocument),
        (status = 304, description = "unchanged since the ETag"),
        (status = 400, body = Problem, description = "invalid_parameter"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 404, body = Problem, description = "not_found: the division is outside your reach"),
    )
)]
async fn list_people(
    State(app): State<App>,
    Office(actor): Office,
    Query(query): Query<PeopleQuery>,
) -> Result<Tagged<PeopleDocument>, ApiError> {
    let filter = PeopleFilter {
        division: query.division,
        silent: query.silent,
    };
    let (on, people) = people::list(&app, &actor, filter).await?;
    Ok(Tagged(PeopleDocument {
        on,
        people: people.into_iter().map(PersonDocument::from).collect(),
    }))
}
