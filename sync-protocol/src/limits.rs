//! Limits of the protocol, told to every client by `GET /v1/sync/hello`.

/// Mutations in one request.
pub const MAX_MUTATIONS: usize = 500;
/// Bytes of one request body after decompression.
pub const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
/// Bytes of one mutation as JSON.
pub const MAX_MUTATION_BYTES: usize = 64 * 1024;
/// Bytes of the unknown fields kept with one record.
pub const MAX_EXT_BYTES: usize = 16 * 1024;
/// Changes in one page of a pull.
pub const MAX_PAGE: u32 = 1000;
/// Changes in one page of a pull when the phone does not say.
pub const DEFAULT_PAGE: u32 = 300;
/// How long after an assignment ended an edit made during it is still taken: 30 days.
pub const GRACE_MS: i64 = 30 * 24 * 3600 * 1000;
/// Earliest service date that is taken.
pub const EARLIEST_SERVICE_DATE: jiff::civil::Date = jiff::civil::date(2000, 1, 1);
/// Longest span of one visit, in days.
pub const MAX_VISIT_DAYS: i32 = 31;
/// Bytes of one photo.
pub const MAX_PHOTO_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a thumbnail that a phone sends before its photo.
pub const MAX_THUMBNAIL_BYTES: usize = 64 * 1024;
/// How long an upload may take from its last byte to the next: 30 days.
pub const UPLOAD_LIFE_MS: i64 = 30 * 24 * 3600 * 1000;
