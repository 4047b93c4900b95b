//! Bytes of photos up (tus, forms, raw chunks) and down, and albums. The use cases are in `app/photos`.

pub mod albums;
pub mod serve;
pub mod uploads;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(uploads::router())
        .merge(serve::router())
        .merge(albums::router())
}
