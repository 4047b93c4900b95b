//! `/v1/settings`: what a county decides for itself, and since when.

use crate::auth::{Administrators, Office};
use crate::error::ApiError;
use crate::extract::{Json, Path};
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tepai_app::App;
use tepai_app::admin;
use tepai_app::admin::settings::{Dated, SettingState};
use tepai_sync_protocol::problem::Problem;
use tepai_sync_protocol::words::Words;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of settings.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_settings))
        .routes(routes!(set_setting))
}

/// A setting of the county.
#[derive(Debug, Serialize, ToSchema)]
struct SettingDocument {
    /// Its name, such as `overdue_days`.
    name: &'static str,
    /// What people call it.
    label: Words,
    /// The value that holds today.
    value: Value,
    /// What holds where the county says nothing.
    default: Value,
    /// Every value that the county gave it, by date.
    history: Vec<DatedValue>,
}

/// A value and the local day from which it holds.
#[derive(Debug, Serialize, ToSchema)]
struct DatedValue {
    /// The first local day.
    valid_from: Date,
    /// The value.
    value: Value,
}

impl From<SettingState> for SettingDocument {
    fn from(state: SettingState) -> Self {
        let SettingState {
            setting,
            value,
            history,
        } = state;
        let dated = |Dated { valid_from, value }| DatedValue { valid_from, value };
        Self {
            name: setting.as_str(),
            label: setting.label(),
            value,
            default: setting.default_value(),
            history: history.into_iter().map(dated).collect(),
        }
    }
}

/// The settings of a county.
#[derive(Debug, Serialize, ToSchema)]
struct SettingList {
    /// All of them.
    settings: Vec<SettingDocument>,
}

/// A new value.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewValue {
    /// The value.
    value: Value,
    /// The local day from which it holds; today if absent.
    valid_from: Option<Date>,
}

/// Every setting of the county.
#[utoipa::path(
    get,
    path = "/v1/settings",
    tag = "settings",
    security(("session" = []), ("session_token" = [])),
    responses(
        (status = 200, body = SettingList),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "password_change_required"),
    )
)]
async fn list_settings(
    State(app): State<App>,
    Office(actor): Office,
) -> Result<Json<SettingList>, ApiError> {
    let settings = admin::settings::list(&app, actor.county).await?;
    let settings = settings.into_iter().map(SettingDocument::from).collect();
    Ok(Json(SettingList { settings }))
}

/// Lets a setting have a value from a day on.
#[utoipa::path(
    put,
    path = "/v1/settings/{name}",
    tag = "settings",
    params(("name" = String, Path, description = "a name of the list of settings, such as overdue_days")),
    security(("session" = []), ("session_token" = [])),
    request_body = NewValue,
    responses(
        (status = 200, body = SettingDocument),
        (status = 400, body = Problem, description = "malformed_request"),
        (status = 401, body = Problem, description = "not_signed_in"),
        (status = 403, body = Problem, description = "not_allowed, password_change_required"),
        (status = 404, body = Problem, description = "not_found, with the name that was probably meant"),
        (status = 422, body = Problem, description = "invalid_input"),
    )
)]
async fn set_setting(
    State(app): State<App>,
    Administrators(actor): Administrators,
    Path(name): Path<String>,
    Json(new): Json<NewValue>,
) -> Result<Json<SettingDocument>, ApiError> {
    let NewValue { value, valid_from } = new;
    let set = async move { admin::settings::set(&app, &actor, &name, &value, valid_from).await };
    Ok(Json(tepai_app::detached(set).await?.into()))
}
