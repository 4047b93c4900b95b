//! `tepai openapi`.

use super::{Failure, Out};
use clap::Args;
use tepai_http::openapi;

/// What `openapi` takes: nothing. The document is always JSON.
#[derive(Debug, Args)]
pub(super) struct OpenapiArgs {}

/// Prints the document in its canonical form.
pub(super) fn run(_args: &OpenapiArgs, out: Out) -> Result<(), Failure> {
    let text =
        openapi::canonical(&openapi::document()).map_err(|error| Failure::internal(&error))?;
    out.text(&text)
}
