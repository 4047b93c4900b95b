//! Live updates as server-sent events, for phones and for consoles. The use cases are in `app/live`.

pub mod office;
pub mod phones;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(phones::router())
        .merge(office::router())
}
