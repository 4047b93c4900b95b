//! A position as a phone saw it, in the datum it declares. The original is kept; the server derives WGS-84.

use serde::{Deserialize, Serialize};

/// Where, in which datum, how sure, when, and whether the phone says it is mocked.
///
/// Members that are not known here are kept with the position, as a newer phone sent them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Position {
    /// Latitude in degrees, -90 to 90.
    pub lat: f64,
    /// Longitude in degrees, -180 to 180.
    pub lon: f64,
    /// `wgs84`, `gcj02`, `bd09` or `cgcs2000`; never guessed.
    pub datum: String,
    /// Radius of uncertainty in metres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy_m: Option<u32>,
    /// When the fix was taken: milliseconds since 1970 UTC, by the phone's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<i64>,
    /// `gnss`, `network` or `manual`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether the phone says that the position is mocked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_mocked: Option<bool>,
}
