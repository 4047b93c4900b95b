//! Review of visits, and the conflicts and dead letters that the office settles. The use cases are in `app/review`.

pub mod conflicts;
pub mod decisions;
pub mod queue;
pub mod visit;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(queue::router())
        .merge(visit::router())
        .merge(decisions::router())
        .merge(conflicts::router())
}
