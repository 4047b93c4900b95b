//! Webhook endpoints and their deliveries. The use cases are in `app/webhooks`.

pub mod endpoints;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(endpoints::router())
}
