//! Every route: one line a file.

pub mod codes;
pub mod health;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// All routes, in the order of the document.
pub fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(codes::router())
        .merge(health::router())
}
