//! Targets, score plans and score runs. The use cases are in `app/assessment`.

pub mod plans;
pub mod runs;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(plans::router())
        .merge(runs::router())
}
