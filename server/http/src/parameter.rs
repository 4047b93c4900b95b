//! Parameters that many routes take. A word that is on no list is refused rather than answered with nothing.

use crate::error::ApiError;
use tepai_sync_protocol::codes::CodeList;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::summary::period::{Period, PeriodError};
use tepai_sync_protocol::validate::is_catalogue_code;

/// The value of `name`, which is a word of `list` if it is there.
pub fn word(
    name: &str,
    list: &CodeList,
    value: Option<String>,
) -> Result<Option<String>, ApiError> {
    match value {
        Some(value) if !list.has(&value) => Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("{name}: {}", list.join()),
        )),
        value => Ok(value),
    }
}

/// The code of a technique, as a county's catalogue could hold it.
pub fn technique(value: Option<String>) -> Result<Option<String>, ApiError> {
    match value {
        Some(value) if !is_catalogue_code(&value) => Err(ApiError::with_detail(
            ErrorCode::InvalidParameter,
            "technique: A-Z a-z 0-9 . _ -, 1 to 32",
        )),
        value => Ok(value),
    }
}

/// A period: a year, half-year, quarter, month, day, or two days.
pub fn period(text: &str) -> Result<Period, ApiError> {
    text.parse().map_err(|error: PeriodError| {
        let sentence = error.sentence();
        ApiError::with_detail(
            ErrorCode::InvalidParameter,
            format!("{} / {}", sentence.zh, sentence.en),
        )
    })
}
