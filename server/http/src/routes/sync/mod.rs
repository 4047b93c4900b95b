//! The one request of a phone: its outbox up, results and changes down. The use case is in `app/sync`.

pub mod round_trip;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(round_trip::router())
}
