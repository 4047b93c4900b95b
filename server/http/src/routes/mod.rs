//! Every route, by area; the areas are those of `app`.

#![expect(
    unused_qualifications,
    reason = "the macro that describes a handler qualifies the type of its query"
)]

pub mod admin;
pub mod assessment;
pub mod identity;
pub mod imports;
pub mod live;
pub mod photos;
pub mod privacy;
pub mod records;
pub mod reports;
pub mod review;
pub mod summaries;
pub mod sync;
pub mod territory;
pub mod visits;
pub mod webhooks;

use tepai_app::App;
use utoipa_axum::router::OpenApiRouter;

/// All routes, in the order of the document.
pub fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sync::router())
        .merge(live::router())
        .merge(photos::router())
        .merge(visits::router())
        .merge(review::router())
        .merge(summaries::router())
        .merge(reports::router())
        .merge(assessment::router())
        .merge(records::router())
        .merge(privacy::router())
        .merge(identity::router())
        .merge(territory::router())
        .merge(imports::router())
        .merge(webhooks::router())
        .merge(admin::router())
}
