//! Every route: one line a file.

#![expect(
    unused_qualifications,
    reason = "the macro that describes a handler qualifies the type of its query"
)]

pub mod accounts;
pub mod albums;
pub mod assessment;
pub mod audit;
pub mod bulletins;
pub mod closings;
pub mod codes;
pub mod coverage;
pub mod desk;
pub mod devices;
pub mod events;
pub mod exports;
pub mod flags;
pub mod follow_ups;
pub mod handovers;
pub mod health;
pub mod imports;
pub mod photos;
pub mod records;
pub mod reviews;
pub mod score_runs;
pub mod session;
pub mod settings;
pub mod summaries;
pub mod sync;
pub mod uploads;
pub mod visits;
pub mod webhooks;

use crate::app::App;
use utoipa_axum::router::OpenApiRouter;

/// All routes, in the order of the document.
pub fn all() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(sync::router())
        .merge(events::router())
        .merge(uploads::router())
        .merge(visits::router())
        .merge(reviews::router())
        .merge(flags::router())
        .merge(albums::router())
        .merge(summaries::router())
        .merge(closings::router())
        .merge(coverage::router())
        .merge(follow_ups::router())
        .merge(bulletins::router())
        .merge(assessment::router())
        .merge(exports::router())
        .merge(score_runs::router())
        .merge(records::router())
        .merge(desk::router())
        .merge(photos::router())
        .merge(session::router())
        .merge(accounts::router())
        .merge(devices::router())
        .merge(handovers::router())
        .merge(imports::router())
        .merge(settings::router())
        .merge(audit::router())
        .merge(webhooks::router())
        .merge(codes::router())
        .merge(health::router())
}
