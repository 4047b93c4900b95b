//! Records of one kind, page by page. The use case is in `app/records`.

pub mod list;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(list::router())
}
