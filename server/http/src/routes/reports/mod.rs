//! Reports as files, their archive, and closed periods. The use cases are in `app/reports`.

pub mod archive;
pub mod closings;
pub mod exports;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(closings::router())
        .merge(exports::router())
        .merge(archive::router())
}
