//! Imports of tables. The use cases are in `app/imports`.

pub mod run;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(run::router())
}
