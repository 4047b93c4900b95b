//! Reads and changes the settings of a county.

use crate::{App, AppError, audit};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use serde_json::Value;
use serde_json::json;
use tepai_domain::actor::OfficeActor;
use tepai_domain::audit::{Act, AuditActor, AuditEntry};
use tepai_domain::settings::{CountySettings, Setting};
use tepai_store::settings::{self, StoredSetting};
use tepai_store::{StoreError, Txn};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};
use tepai_sync_protocol::words::Sentence;

/// The days from which a value may hold.
const FIRST_DAY: Date = date(2000, 1, 1);
const LAST_DAY: Date = date(2100, 12, 31);

/// One value of a setting, and since when it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The first local day on which it holds.
    pub valid_from: Date,
    /// The value, in its stored form.
    pub value: Value,
}

/// A setting with its values, past and future.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingState {
    /// The setting.
    pub setting: Setting,
    /// The value that holds today.
    pub value: Value,
    /// Every value that the county gave it, by date; before the first one the default holds.
    pub history: Vec<Dated>,
}

/// The settings of a county on a day, within a transaction.
pub async fn read(
    txn: &impl Txn,
    county: &DivisionCode,
    day: Date,
) -> Result<CountySettings, StoreError> {
    let stored = settings::list(txn, county).await?;
    let values = stored
        .iter()
        .map(|one| (one.name.as_str(), one.valid_from, &one.value));
    Ok(CountySettings::on(day, values))
}

/// The zone of local dates in a county today.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn zone_of(app: &App, county: &DivisionCode) -> Result<TimeZone, AppError> {
    let settings = read(&app.store.single_read(), county, app.clock.today(&app.zone)).await?;
    Ok(settings.time_zone)
}

/// Every setting of a county, as it stands today.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(app: &App, county: DivisionCode) -> Result<Vec<SettingState>, AppError> {
    let stored = app
        .store
        .read(async move |txn| Ok::<_, AppError>(settings::list(txn, &county).await?))
        .await?;
    let today = app.clock.today(&app.zone);
    Ok(Setting::ALL
        .iter()
        .map(|&setting| state(setting, &stored, today))
        .collect())
}

fn state(setting: Setting, stored: &[StoredSetting], today: Date) -> SettingState {
    let own = stored.iter().filter(|one| one.name == setting.as_str());
    let dated = |one: &StoredSetting| Dated {
        valid_from: one.valid_from,
        value: one.value.clone(),
    };
    let history: Vec<Dated> = own.map(dated).collect();
    let in_force = history.iter().rev().find(|one| one.valid_from <= today);
    let value = in_force.map_or_else(|| setting.default_value(), |one| one.value.clone());
    SettingState {
        setting,
        value,
        history,
    }
}

/// Lets a setting have a value from a day on; from today if no day is said.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn set(
    app: &App,
    actor: &OfficeActor,
    name: &str,
    value: &Value,
    valid_from: Option<Date>,
) -> Result<SettingState, AppError> {
    let setting = Setting::parse(name).ok_or_else(|| unknown(name))?;
    let value = setting
        .check(value)
        .map_err(|words| wrong("/value", ErrorCode::Validation, words))?;
    let today = app.clock.today(&app.zone);
    let valid_from = valid_from.unwrap_or(today);
    if !(FIRST_DAY..=LAST_DAY).contains(&valid_from) {
        let words = Sentence::new(
            format!("日期须在 {FIRST_DAY} 与 {LAST_DAY} 之间"),
            format!("a day from {FIRST_DAY} to {LAST_DAY}"),
        );
        return Err(wrong("/valid_from", ErrorCode::OutOfRange, words));
    }
    let entry = StoredSetting {
        name: setting.as_str().to_owned(),
        valid_from,
        value,
    };
    let (county, person, now) = (actor.county.clone(), actor.person, app.clock.now_ms());
    let stored = app
        .store
        .write(async move |txn| {
            settings::save(txn, &county, &entry).await?;
            let detail = json!({"value": entry.value, "valid_from": entry.valid_from});
            let changed = AuditEntry::new(
                &county,
                AuditActor::Person(person),
                Act::SettingChanged,
                &entry.name,
            );
            audit::note(txn, now, changed.with(detail)).await?;
            Ok::<_, AppError>(settings::list(txn, &county).await?)
        })
        .await?;
    Ok(state(setting, &stored, today))
}

fn unknown(name: &str) -> AppError {
    let detail = Setting::meant_by(name).map(|meant| {
        let meant = meant.as_str();
        format!("是否指 {meant}？/ did you mean {meant}?")
    });
    let all = || {
        let names: Vec<_> = Setting::ALL.iter().map(|one| one.as_str()).collect();
        format!("可选 / one of: {}", names.join(", "))
    };
    AppError::with_detail(ErrorCode::NotFound, detail.unwrap_or_else(all))
}

fn wrong(pointer: &str, code: ErrorCode, message: Sentence) -> AppError {
    let error = FieldProblem {
        pointer: pointer.to_owned(),
        code,
        message,
    };
    AppError::with_errors(ErrorCode::InvalidInput, vec![error])
}
