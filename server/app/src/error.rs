//! Why a use case did not do what was asked, by what the caller can do about it.

use tepai_store::{StoreError, TransactionError};
use tepai_sync_protocol::problem::{ErrorCode, FieldProblem};

/// A refusal or a failure of a use case.
#[derive(Debug)]
pub enum AppError {
    /// A refusal with a stable code, and what the caller may know of it.
    Refused {
        /// The code.
        code: ErrorCode,
        /// More about this very case, in words for the caller.
        detail: Option<String>,
        /// The fields that are wrong.
        errors: Vec<FieldProblem>,
    },
    /// A refusal that ends by itself after a time.
    NotYet {
        /// The code.
        code: ErrorCode,
        /// Seconds until it may be tried again, rounded up.
        retry_after_s: u32,
    },
    /// The database is busy; the same request may succeed later.
    Busy,
    /// Something broke on our side. The cause is for the log alone.
    Internal(anyhow::Error),
}

impl AppError {
    /// The storage of photos fails: the disk is full, or gone. Everything else still works, so that this is a refusal
    /// (`storage_unavailable`) and not an internal error.
    #[expect(clippy::needless_pass_by_value, reason = "errors are mapped with it")]
    pub(crate) fn storage_unavailable(error: std::io::Error) -> Self {
        tracing::error!(error = error.to_string(), "photos cannot be stored or read");
        Self::refused(ErrorCode::StorageUnavailable)
    }

    /// A refusal without details.
    pub fn refused(code: ErrorCode) -> Self {
        Self::Refused {
            code,
            detail: None,
            errors: Vec::new(),
        }
    }

    /// A refusal with a sentence.
    pub fn with_detail(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused {
            code,
            detail: Some(detail.into()),
            errors: Vec::new(),
        }
    }

    /// A refusal that names wrong fields.
    pub fn with_errors(code: ErrorCode, errors: Vec<FieldProblem>) -> Self {
        Self::Refused {
            code,
            detail: None,
            errors,
        }
    }

    /// There is no such thing, or it is outside the caller's scope.
    pub fn not_found() -> Self {
        Self::refused(ErrorCode::NotFound)
    }

    /// The code, whatever the variant.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused { code, .. } | Self::NotYet { code, .. } => *code,
            Self::Busy => ErrorCode::Busy,
            Self::Internal(_) => ErrorCode::Internal,
        }
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { code, detail, .. } => match detail {
                Some(detail) => write!(f, "{}: {detail}", code.title().en),
                None => f.write_str(code.title().en),
            },
            Self::NotYet {
                code,
                retry_after_s,
            } => write!(f, "{}: again in {retry_after_s} s", code.title().en),
            Self::Busy => f.write_str("the database is busy"),
            Self::Internal(error) => write!(f, "{error:#}"),
        }
    }
}

impl std::error::Error for AppError {}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::Duplicate => Self::refused(ErrorCode::AlreadyExists),
            error => Self::Internal(error.into()),
        }
    }
}

impl TransactionError for AppError {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// Why a transaction is rolled back.
#[derive(Debug)]
pub enum Rollback<T> {
    /// It was meant to be, and this is what it found.
    Intended(T),
    /// It failed.
    Failed(AppError),
}

impl<T> From<StoreError> for Rollback<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl<T> From<AppError> for Rollback<T> {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl<T: Send> TransactionError for Rollback<T> {
    fn is_busy(&self) -> bool {
        matches!(self, Self::Failed(error) if error.is_busy())
    }
}
