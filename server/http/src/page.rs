//! Pages of lists: where the next one begins, and how large it is.
//!
//! A cursor is opaque to clients. It knows nothing of what is listed.

use crate::error::ApiError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Display;
use tepai_sync_protocol::problem::ErrorCode;

/// The cursor after an entry with this key: its JSON in base64url.
pub fn write_cursor(key: impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&key).unwrap_or_default())
}

/// The key in a cursor, if the client sent one. Anything that [`write_cursor`] did not write is `invalid_cursor`.
pub fn read_cursor<K: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<K>, ApiError> {
    let read = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
    cursor
        .map(|text| read(text).ok_or_else(|| ApiError::of(ErrorCode::InvalidCursor)))
        .transpose()
}

/// The last entry of a page that is full, after which there may be more.
pub fn last_of_full<T>(entries: &[T], limit: u32) -> Option<&T> {
    let is_full = u32::try_from(entries.len()).is_ok_and(|count| count >= limit);
    entries.last().filter(|_| is_full)
}

/// How many entries a page has: as many as were asked for, or else `page`; more than `most` are refused, and so is none.
pub fn limit<N: Copy + Display + From<u8> + PartialOrd>(
    asked: Option<N>,
    page: N,
    most: N,
) -> Result<N, ApiError> {
    let limit = asked.unwrap_or(page);
    if N::from(1) <= limit && limit <= most {
        return Ok(limit);
    }
    Err(ApiError::with_detail(
        ErrorCode::InvalidParameter,
        format!("limit: 1..{most}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_written_and_another_is_refused() {
        let key = (1_700_000_000_000_i64, "v:990533100201".to_owned(), 7_i64);
        let cursor = write_cursor(&key);
        assert_eq!(read_cursor(Some(&cursor)).unwrap(), Some(key));
        assert!(read_cursor::<(i64, String)>(Some(&cursor)).is_err());
        assert!(read_cursor::<(i64, String, i64)>(Some("x")).is_err());
        assert_eq!(read_cursor::<i64>(None).unwrap(), None);
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        assert_eq!(last_of_full(&[1, 2], 2), Some(&2));
        assert_eq!(last_of_full(&[1], 2), None);
    }
}
