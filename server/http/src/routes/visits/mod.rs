//! Visits and what belongs to them, as the office reads them. The use cases are in `app/visits`.

pub mod adoptions;
pub mod calendar;
pub mod feedback_links;
pub mod flags;
pub mod follow_ups;
pub mod list;
pub mod showcases;
pub mod trainings;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// The routes of this area, in the order of the document.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(list::router())
        .merge(flags::router())
        .merge(calendar::router())
        .merge(adoptions::router())
        .merge(follow_ups::router())
        .merge(trainings::router())
        .merge(showcases::router())
        .merge(feedback_links::router())
}
