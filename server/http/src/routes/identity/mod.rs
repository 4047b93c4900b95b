//! Sessions, accounts and devices. The use cases are in `app/identity`.

pub mod accounts;
pub mod devices;
pub mod session;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(session::router())
        .merge(accounts::router())
        .merge(devices::router())
}
