//! The only code that knows axum and status codes: extractors that authenticate and authorise,
//! problem+json, routes. It calls `app` and never the database.

pub mod auth;
pub mod docs;
pub mod documents;
pub mod error;
pub mod etag;
pub mod extract;
mod gate;
pub mod layers;
pub mod limits;
pub mod openapi;
pub mod page;
pub mod parameter;
pub mod routes;
pub mod site;
#[cfg(test)]
mod tests;
pub mod web_files;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use tepai_app::App;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use utoipa::openapi::OpenApi;

/// The whole of HTTP over `app`, and its description.
pub fn router(app: App) -> (Router, OpenApi) {
    let (described, document) = openapi::described().split_for_parts();
    let routes = described.merge(docs::router(&document));
    (serve_through_layers(routes, app), document)
}

/// Wraps `routes` in what every request passes. The first layer here is the innermost one.
fn serve_through_layers(routes: Router<App>, app: App) -> Router {
    let csrf = layers::Csrf::of(&app.policy);
    routes
        .fallback(site::serve)
        .method_not_allowed_fallback(layers::no_such_method)
        .layer(from_fn(layers::run_to_the_end))
        // Counts what a handler reads, after the decompression outside of it: a bomb stops at the limit.
        .layer(limits::body())
        .layer(from_fn(etag::not_modified))
        .layer(RequestDecompressionLayer::new())
        // Outside the decompression, because it is the network that may be slow, and not the bomb.
        .layer(RequestBodyTimeoutLayer::new(limits::BODY_PAUSE))
        .layer(from_fn_with_state(csrf, layers::refuse_cross_site))
        // Drops the handler; what it detached goes on, and the phone asks for the result again.
        .layer(from_fn(limits::within_time))
        // Inside whatever describes the answer, so that a panic is answered and logged as any failure is.
        .layer(CatchPanicLayer::custom(layers::panicked))
        // Outside all that refuses, so that each refusal is a problem in the caller's language, with the request's id.
        .layer(from_fn(layers::write_problems))
        .layer(from_fn(layers::secure_headers))
        // Outside whatever writes a body.
        .layer(CompressionLayer::new())
        .layer(from_fn(layers::trace))
        // Outermost: every line of the log, and every answer, carries the request's id.
        .layer(from_fn_with_state(app.clock.clone(), layers::identify))
        .with_state(app)
}
