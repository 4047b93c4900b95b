//! Contacts of beneficiaries, and making a beneficiary anonymous. The use cases are in `app/privacy`.

pub mod beneficiaries;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the job of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().merge(beneficiaries::router())
}
