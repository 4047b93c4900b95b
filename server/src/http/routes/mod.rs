//! Every route: one line a file.

#![expect(
    unused_qualifications,
    reason = "the macro that describes a handler qualifies the type of its query"
)]

pub mod accounts;
pub mod adoptions;
pub mod albums;
pub mod assessment;
pub mod assignments;
pub mod audit;
pub mod beneficiaries;
pub mod boundaries;
pub mod bulletins;
pub mod calendar;
pub mod closings;
pub mod codes;
pub mod coverage;
pub mod desk;
pub mod devices;
pub mod divisions;
pub mod events;
pub mod exports;
pub mod feedback_links;
pub mod flags;
pub mod follow_ups;
pub mod handovers;
pub mod health;
pub mod imports;
pub mod office_events;
pub mod overview;
pub mod people;
pub mod photos;
pub mod records;
pub mod reports;
pub mod review_queue;
pub mod reviews;
pub mod score_runs;
pub mod session;
pub mod settings;
pub mod showcases;
pub mod summaries;
pub mod sync;
pub mod trainings;
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
        .merge(review_queue::router())
        .merge(feedback_links::router())
        .merge(reviews::router())
        .merge(flags::router())
        .merge(albums::router())
        .merge(overview::router())
        .merge(office_events::router())
        .merge(summaries::router())
        .merge(closings::router())
        .merge(coverage::router())
        .merge(divisions::router())
        .merge(boundaries::router())
        .merge(calendar::router())
        .merge(adoptions::router())
        .merge(follow_ups::router())
        .merge(bulletins::router())
        .merge(assessment::router())
        .merge(exports::router())
        .merge(reports::router())
        .merge(score_runs::router())
        .merge(records::router())
        .merge(showcases::router())
        .merge(beneficiaries::router())
        .merge(trainings::router())
        .merge(desk::router())
        .merge(photos::router())
        .merge(session::router())
        .merge(accounts::router())
        .merge(devices::router())
        .merge(people::router())
        .merge(assignments::router())
        .merge(handovers::router())
        .merge(imports::router())
        .merge(settings::router())
        .merge(audit::router())
        .merge(webhooks::router())
        .merge(codes::router())
        .merge(health::router())
}
