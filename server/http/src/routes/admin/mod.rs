//! Settings, bulletins, the audit trail, error codes and health. The use cases are in `app/admin` and `app/audit.rs`.

pub mod audit;
pub mod bulletins;
pub mod codes;
pub mod health;
pub mod settings;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(bulletins::router())
        .merge(settings::router())
        .merge(audit::router())
        .merge(codes::router())
        .merge(health::router())
}
