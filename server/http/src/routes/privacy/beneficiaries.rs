//! What concerns a beneficiary as a person: the contact, shown to whoever says what for, and anonymity.

use crate::auth::{DataKeeper, Reviewer};
use crate::error::ApiError;
use crate::extract::{Json, Path};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_app::App;
use tepai_app::privacy::anonymise;
use tepai_app::privacy::contact;
use tepai_sync_protocol::ids::{PersonId, RecordId};
use tepai_sync_protocol::problem::Problem;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of beneficiaries.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_contact))
        .routes(routes!(anonymise_beneficiary))
}

/// What somebody needs a contact for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ContactRequest {
    /// `verify_visit`, `arrange_visit`, `correct_record` or `own_request`.
    purpose: String,
}

/// A contact.
#[derive(Debug, Serialize, ToSchema)]
struct ContactDocument {
    /// The beneficiary's revision.
    rev: i64,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    /// The number, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    /// When the person agreed to be recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    consent_on: Option<Date>,
    /// Who agreed.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_by: Option<String>,
    /// Who noted that.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_noted_by: Option<PersonId>,
    /// When: milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent_noted_at: Option<i64>,
}

/// The name and number of a beneficiary, which are masked everywhere else. Who asked, whose and what for is in the audit trail
/// before the answer leaves.
#[utoipa::path(
    post,
    path = "/v1/beneficiaries/{id}/contact",
    tag = "records",
    params(("id" = uuid::Uuid, Path, description = "the beneficiary")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = ContactDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "anonymised"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn show_contact(
    State(app): State<App>,
    Reviewer(actor): Reviewer,
    Path(id): Path<RecordId>,
    Json(request): Json<ContactRequest>,
) -> Result<Json<ContactDocument>, ApiError> {
    let purpose = request.purpose;
    let contact =
        tepai_app::detached(async move { contact::show(&app, &actor, id, purpose).await }).await?;
    let (by, at) = contact.consent_noted.unzip();
    Ok(Json(ContactDocument {
        rev: contact.rev,
        display_name: contact.beneficiary.display_name,
        phone: contact.beneficiary.phone,
        consent_on: contact.beneficiary.consent_on,
        consent_by: contact.beneficiary.consent_by,
        consent_noted_by: by,
        consent_noted_at: at,
    }))
}

/// Why a beneficiary becomes anonymous.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AnonymiseRequest {
    /// The revision that the officer saw.
    rev: i64,
    /// `own_request`, `consent_withdrawn`, `no_longer_needed` or `recorded_by_mistake`.
    reason: String,
    /// Whether photos of visits that served nobody else go as well.
    #[serde(default)]
    remove_photos: bool,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
struct AnonymisedDocument {
    /// The beneficiary's new revision.
    rev: i64,
    /// Records that said something of the person, with the beneficiary.
    records: usize,
    /// Other texts that did: results, refused mutations, reviews, closed months, score sheets.
    texts: usize,
    /// Photos that are removed.
    photos: usize,
}

/// Takes name, number and what was written of a beneficiary out of everything that the server keeps, for good. Every count
/// stays; phones learn of it with their next sync.
#[utoipa::path(
    post,
    path = "/v1/beneficiaries/{id}/anonymise",
    tag = "records",
    params(("id" = uuid::Uuid, Path, description = "the beneficiary")),
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = AnonymisedDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found"),
        (status = 409, body = Problem, description = "stale, anonymised"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn anonymise_beneficiary(
    State(app): State<App>,
    DataKeeper(actor): DataKeeper,
    Path(id): Path<RecordId>,
    Json(request): Json<AnonymiseRequest>,
) -> Result<Json<AnonymisedDocument>, ApiError> {
    let request = anonymise::AnonymiseRequest {
        id,
        rev: request.rev,
        reason: request.reason,
        remove_photos: request.remove_photos,
    };
    let done =
        tepai_app::detached(async move { anonymise::anonymise(&app, &actor, request).await })
            .await?;
    Ok(Json(AnonymisedDocument {
        rev: done.rev,
        records: done.records,
        texts: done.texts,
        photos: done.photos,
    }))
}
