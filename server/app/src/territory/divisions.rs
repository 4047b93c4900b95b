//! Reads the divisions of a county: one level of it, or all that somebody at the office sees.

use crate::clock::local_date;
use crate::summaries::county::Places;
use crate::{App, AppError, admin};
use jiff::civil::Date;
use std::collections::BTreeSet;
use tepai_domain::actor::OfficeActor;
use tepai_domain::geo::Point;
use tepai_store::divisions;
use tepai_sync_protocol::division::{DivisionCode, Level};

/// The divisions of one level, with their names, by code.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    county: DivisionCode,
    level: Level,
) -> Result<Vec<(DivisionCode, String)>, AppError> {
    let all = app
        .store
        .read(async move |txn| Ok::<_, AppError>(divisions::list(txn, &county).await?))
        .await?;
    let of_level = all
        .into_iter()
        .filter(|division| division.code.level() == level);
    Ok(of_level
        .map(|division| (division.code, division.name))
        .collect())
}

/// A division as the office sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenDivision {
    /// Its code.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// Codes of a village's lead industries.
    pub lead_industries: BTreeSet<String>,
    /// The reference point of a village.
    pub point: Option<Point>,
    /// Whether it stands in the denominators of coverage today.
    pub is_counted: bool,
    /// Whether it exists today.
    pub is_valid: bool,
    /// The division that it became part of.
    pub merged_into: Option<DivisionCode>,
}

/// The divisions within an actor's reach, by code, as they stand today: the county or township, and all that lies in it.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list_within(
    app: &App,
    actor: &OfficeActor,
) -> Result<(Date, Vec<SeenDivision>), AppError> {
    let (actor, now) = (actor.clone(), app.clock.now_ms());
    let today = app.clock.today(&app.zone);
    app.store
        .read(async move |txn| {
            let Places {
                divisions,
                register,
                mut points,
            } = Places::read(txn, &actor.county).await?;
            let settings = admin::settings::read(txn, &actor.county, today).await?;
            let on = local_date(now, &settings.time_zone);
            let counted: BTreeSet<&DivisionCode> = [Level::Township, Level::Village]
                .into_iter()
                .flat_map(|level| {
                    register.counted(level, &actor.county, &settings.coverage_kinds, on)
                })
                .collect();
            let within = divisions.into_iter().filter(|one| actor.sees(&one.code));
            let seen = within.map(|one| SeenDivision {
                lead_industries: register
                    .lead_industries(&one.code)
                    .cloned()
                    .unwrap_or_default(),
                point: points.remove(&one.code),
                is_counted: counted.contains(&one.code),
                is_valid: one.for_coverage().is_valid_on(on),
                code: one.code,
                name: one.name,
                merged_into: one.merged_into,
            });
            Ok((on, seen.collect()))
        })
        .await
}
