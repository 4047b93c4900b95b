//! `GET /v1/codes` and `GET /v1/error-codes`: what a client shows for a code, in Chinese and English.

use crate::etag::Tagged;
use serde::Serialize;
use tepai_app::App;
use tepai_sync_protocol::codes::{self, CodeList};
use tepai_sync_protocol::problem::{ErrorCode, Retry, UserAction};
use tepai_sync_protocol::words::Words;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of codes.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_codes))
        .routes(routes!(list_error_codes))
}

/// Every code list.
#[derive(Debug, Serialize, ToSchema)]
struct CodeListsDocument {
    /// The lists.
    #[schema(value_type = Vec<CodeList>)]
    lists: &'static [&'static CodeList],
}

/// What a field may say: every code list, for a phone to keep.
#[utoipa::path(
    get,
    path = "/v1/codes",
    tag = "reference",
    responses(
        (status = 200, body = CodeListsDocument),
        (status = 304, description = "unchanged since the ETag"),
    )
)]
async fn list_codes() -> Tagged<CodeListsDocument> {
    Tagged(CodeListsDocument { lists: codes::ALL })
}

/// A reason for a refusal.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorCodeDocument {
    /// The stable code.
    code: ErrorCode,
    /// The HTTP status when a whole request is refused with it.
    status: u16,
    /// When the same thing may be sent again.
    retry: Retry,
    /// What the user can do.
    user_action: UserAction,
    /// The sentence that people read.
    words: Words,
}

impl From<ErrorCode> for ErrorCodeDocument {
    fn from(code: ErrorCode) -> Self {
        Self {
            code,
            status: code.status(),
            retry: code.retry(),
            user_action: code.user_action(),
            words: code.title(),
        }
    }
}

/// Every error code.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorCodesDocument {
    /// The codes.
    codes: Vec<ErrorCodeDocument>,
}

/// Why a request, a mutation or a field may be refused: the closed list of codes.
#[utoipa::path(
    get,
    path = "/v1/error-codes",
    tag = "reference",
    responses(
        (status = 200, body = ErrorCodesDocument),
        (status = 304, description = "unchanged since the ETag"),
    )
)]
async fn list_error_codes() -> Tagged<ErrorCodesDocument> {
    let codes = ErrorCode::ALL.iter().copied();
    Tagged(ErrorCodesDocument {
        codes: codes.map(ErrorCodeDocument::from).collect(),
    })
}
