//! The only way a failure leaves the server: RFC 9457 `application/problem+json`, and its one log line.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tepai_app::AppError;
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem, Problem};

/// Seconds after which a busy server asks to be tried again.
const RETRY_AFTER_S: u32 = 5;

/// A refusal or failure on its way to the caller.
#[derive(Debug)]
pub struct ApiError {
    /// The stable code.
    pub code: ErrorCode,
    /// More about this very case, in words for the caller.
    pub detail: Option<String>,
    /// The fields that are wrong.
    pub errors: Vec<FieldProblem>,
    /// Seconds after which it may be tried again, where that is known.
    pub retry_after_s: Option<u32>,
}

impl ApiError {
    /// A refusal without details.
    pub fn of(code: ErrorCode) -> Self {
        Self {
            code,
            detail: None,
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// A refusal with a sentence.
    pub fn with_detail(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail.into()),
            errors: Vec::new(),
            retry_after_s: None,
        }
    }

    /// The body.
    pub fn problem(self) -> Problem {
        let words = self.code.title();
        let soon = matches!(self.code.status(), 429 | 503).then_some(RETRY_AFTER_S);
        Problem {
            problem_type: format!("urn:tepai:problem:{}", self.code.as_str()),
            title: words.zh.to_owned(),
            status: self.code.status(),
            detail: self.detail,
            code: self.code,
            words: words.into(),
            retry: self.code.retry(),
            user_action: self.code.user_action(),
            retry_after_s: self.retry_after_s.or(soon),
            errors: self.errors,
            request_id: None,
        }
    }
}

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        match error {
            AppError::Refused {
                code,
                detail,
                errors,
            } => Self {
                code,
                detail,
                errors,
                retry_after_s: None,
            },
            AppError::NotYet {
                code,
                retry_after_s,
            } => Self {
                retry_after_s: Some(retry_after_s),
                ..Self::with_detail(code, in_minutes(retry_after_s))
            },
            AppError::Busy => Self::of(ErrorCode::Busy),
            AppError::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "a use case failed");
                Self::of(ErrorCode::Internal)
            }
        }
    }
}

fn in_minutes(seconds: u32) -> String {
    let minutes = seconds.div_ceil(60);
    format!("{minutes} 分钟后可以再试 / try again in {minutes} min")
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_client_error() {
            tracing::info!(code = self.code.as_str(), detail = self.detail, "refused");
        }
        let problem = self.problem();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = problem.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, headers, body).into_response();
        // For the layer that knows the request: its id, and the caller's language.
        response.extensions_mut().insert(problem);
        response
    }
}
