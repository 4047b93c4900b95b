//! Divisions, boundaries, commissioners, assignments and hand-overs. The use cases are in `app/territory`.

pub mod assignments;
pub mod boundaries;
pub mod divisions;
pub mod handovers;
pub mod people;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(divisions::router())
        .merge(boundaries::router())
        .merge(people::router())
        .merge(assignments::router())
        .merge(handovers::router())
}
