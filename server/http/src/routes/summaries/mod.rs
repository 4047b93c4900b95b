//! Summaries, coverage and the overview. The use cases are in `app/summaries`.

pub mod coverage;
pub mod overview;
pub mod summary;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(overview::router())
        .merge(summary::router())
        .merge(coverage::router())
}
