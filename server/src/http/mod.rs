//! The only code that knows axum and status codes: extractors that authenticate and authorise,
//! problem+json, routes. It calls `app` and never the database.

pub mod error;
pub mod extract;
