//! GeoJSON (RFC 7946): villages as points in WGS 84, longitude first.

use crate::{Language, Report, Value};
use serde_json::{Map, json};

/// A village with a reference point.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPlace {
    /// Degrees east, WGS 84.
    pub longitude: f64,
    /// Degrees north, WGS 84.
    pub latitude: f64,
    /// What is known of it, by the code of a column.
    pub properties: Vec<(String, Value)>,
}

impl Eq for MapPlace {}

/// The villages of a report as a collection of features.
pub fn geojson(report: &Report, language: Language) -> Result<Vec<u8>, serde_json::Error> {
    let features: Vec<_> = report
        .places
        .iter()
        .map(|place| {
            let properties: Map<_, _> = place
                .properties
                .iter()
                .map(|(code, value)| (code.clone(), json!(value)))
                .collect();
            json!({
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
                "properties": properties,
            })
        })
        .collect();
    serde_json::to_vec(&json!({
        "type": "FeatureCollection",
        "name": language.pick(&report.title),
        "report_number": report.number,
        "features": features,
    }))
}
