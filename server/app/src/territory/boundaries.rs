//! Reads the boundaries of what lies in a division, as they are shown.

use crate::{App, AppError};
use std::collections::BTreeMap;
use tepai_domain::actor::OfficeActor;
use tepai_store::{boundaries, divisions};
use tepai_sync_protocol::division::{DivisionCode, Level};

/// A division with its boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The division.
    pub code: DivisionCode,
    /// Its name.
    pub name: String,
    /// A GeoJSON geometry in WGS-84.
    pub geometry: String,
}

/// The boundaries of what lies in a division.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// Those that are known, by code.
    pub shapes: Vec<Shape>,
    /// Divisions of that level, with or without a boundary.
    pub divisions: usize,
}

/// The boundaries of the divisions of one level in a division within the actor's reach. Those that became part of another are
/// left out.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn list(
    app: &App,
    actor: &OfficeActor,
    division: DivisionCode,
    level: Level,
) -> Result<Shapes, AppError> {
    if !actor.sees(&division) {
        return Err(AppError::not_found());
    }
    let today = app.clock.today(&app.zone);
    app.store
        .read(async move |txn| {
            let all = divisions::list(txn, &division.county()).await?;
            if all.iter().all(|one| one.code != division) {
                return Err(AppError::not_found());
            }
            let inside = all.into_iter().filter(|one| {
                let stands = one.for_coverage().is_valid_on(today);
                one.code.level() == level && division.contains(&one.code) && stands
            });
            let mut names: BTreeMap<DivisionCode, String> =
                inside.map(|one| (one.code, one.name)).collect();
            let divisions = names.len();
            let shown = boundaries::list_displays(txn, &division, level).await?;
            let shapes = shown.into_iter().filter_map(|(code, geometry)| {
                let name = names.remove(&code)?;
                Some(Shape {
                    code,
                    name,
                    geometry,
                })
            });
            Ok(Shapes {
                shapes: shapes.collect(),
                divisions,
            })
        })
        .await
}
