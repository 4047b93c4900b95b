//! Positions: from the datum that a phone declares to WGS-84, and metres between two positions.
//!
//! A position is evidence, never a gate. The datum is never guessed: taking one for another costs about
//! 400 m on the mainland (GCJ-02), up to 1.5 km with BD-09. The original stays in the record; this derives.

use coordtransform::{bd09_to_wgs84, gcj02_to_wgs84};
use geo::{Distance, Geodesic};
use strum::{EnumString, IntoStaticStr};
use tepai_sync_protocol::position::Position;

/// The datum of a pair of coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Datum {
    /// WGS-84: what satellites give.
    Wgs84,
    /// GCJ-02: what `AMap` and Tencent maps use.
    Gcj02,
    /// BD-09: what Baidu maps use.
    Bd09,
    /// CGCS2000: the national datum; centimetres from WGS-84 and taken as equal.
    Cgcs2000,
}

impl Datum {
    /// The stable word, as in the code list `datum`.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A position in WGS-84, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Latitude, -90 to 90.
    pub lat: f64,
    /// Longitude, -180 to 180.
    pub lon: f64,
}

/// The WGS-84 position of `lat` and `lon` in `datum`.
///
/// GCJ-02 and BD-09 shift positions on the mainland only: what lies outside it comes back unchanged.
/// The inverse is refined; its own error is below 1 mm, against 10 to 50 m of a satellite fix.
pub fn to_wgs84(lat: f64, lon: f64, datum: Datum) -> Point {
    let (lon, lat) = match datum {
        Datum::Wgs84 | Datum::Cgcs2000 => (lon, lat),
        Datum::Gcj02 => gcj02_to_wgs84(lon, lat),
        Datum::Bd09 => bd09_to_wgs84(lon, lat),
    };
    Point { lat, lon }
}

/// The WGS-84 position of what a phone or a table declared; `None` if its datum is unknown or its
/// coordinates are outside the globe.
pub fn wgs84_of(position: &Position) -> Option<Point> {
    let Position {
        lat, lon, datum, ..
    } = position;
    let on_the_globe = lat.abs() <= 90.0 && lon.abs() <= 180.0;
    let datum = datum.parse().ok()?;
    on_the_globe.then(|| to_wgs84(*lat, *lon, datum))
}

/// Metres between two positions along the ellipsoid (Karney's geodesic).
pub fn distance_m(a: Point, b: Point) -> f64 {
    Geodesic.distance(geo::Point::new(a.lon, a.lat), geo::Point::new(b.lon, b.lat))
}

/// Whole metres between two declared positions, whatever the datum of each; `None` as in [`wgs84_of`].
pub fn metres_between(a: &Position, b: &Position) -> Option<i64> {
    Some(whole_metres(wgs84_of(a)?, wgs84_of(b)?))
}

/// Whole metres between two points.
pub fn whole_metres(a: Point, b: Point) -> i64 {
    // The standard library turns a float into an integer only by `as`; its printer rounds and is exact.
    format!("{:.0}", distance_m(a, b))
        .parse()
        .unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use coordtransform::{is_in_mainland_china, wgs84_to_bd09, wgs84_to_gcj02};

    /// Every 0.25 degrees on the mainland, without the edge of the crate's mask at 18° N, which is sea.
    fn mainland() -> impl Iterator<Item = Point> {
        let steps = |from: u16, to: u16| (from * 4 + 1..=to * 4).map(|n| f64::from(n) / 4.0);
        steps(73, 136)
            .flat_map(move |lon| steps(18, 54).map(move |lat| Point { lat, lon }))
            .filter(|point| is_in_mainland_china(point.lon, point.lat))
    }

    fn point((lon, lat): (f64, f64)) -> Point {
        Point { lat, lon }
    }

    fn position(lat: f64, lon: f64, datum: &str) -> Position {
        let datum = datum.to_owned();
        Position {
            lat,
            lon,
            datum,
            accuracy_m: None,
            taken_at: None,
            source: None,
            is_mocked: None,
        }
    }

    #[test]
    fn shifts_over_the_mainland_are_the_measured_ones() {
        let (mut count, mut sum, mut least, mut most, mut most_bd) =
            (0_u32, 0.0, f64::MAX, 0.0, 0.0);
        for wgs in mainland() {
            let shift = distance_m(wgs, point(wgs84_to_gcj02(wgs.lon, wgs.lat)));
            count += 1;
            sum += shift;
            least = shift.min(least);
            most = shift.max(most);
            most_bd = distance_m(wgs, point(wgs84_to_bd09(wgs.lon, wgs.lat))).max(most_bd);
        }
        assert!(count > 16_000, "{count} points");
        // The mean was measured on a grid with less of the sea.
        let mean = sum / f64::from(count);
        let figures = [
            (least, 38.0, 1.0),
            (mean, 405.0, 6.0),
            (most, 673.0, 1.0),
            (most_bd, 1474.0, 2.0),
        ];
        for (found, measured, tolerance) in figures {
            assert!(
                (found - measured).abs() <= tolerance,
                "{found} m, not {measured} m"
            );
        }
    }

    #[test]
    fn the_way_back_is_exact_to_a_millimetre() {
        for wgs in mainland() {
            let gcj = point(wgs84_to_gcj02(wgs.lon, wgs.lat));
            let bd = point(wgs84_to_bd09(wgs.lon, wgs.lat));
            for back in [
                to_wgs84(gcj.lat, gcj.lon, Datum::Gcj02),
                to_wgs84(bd.lat, bd.lon, Datum::Bd09),
            ] {
                assert!(
                    distance_m(wgs, back) < 0.001,
                    "{wgs:?} came back as {back:?}"
                );
            }
        }
    }

    #[test]
    fn outside_the_mainland_and_in_plain_datums_nothing_moves() {
        let places = [
            (22.28, 114.16),
            (25.03, 121.56),
            (35.68, 139.69),
            (16.0, 108.2),
            (51.5, -0.1),
        ];
        for (lat, lon) in places {
            for datum in [Datum::Wgs84, Datum::Cgcs2000, Datum::Gcj02, Datum::Bd09] {
                assert_eq!(to_wgs84(lat, lon, datum), Point { lat, lon }, "{datum:?}");
            }
        }
        for datum in [Datum::Wgs84, Datum::Cgcs2000] {
            assert_eq!(
                to_wgs84(29.9, 113.45, datum),
                Point {
                    lat: 29.9,
                    lon: 113.45
                }
            );
        }
    }

    #[test]
    fn one_place_in_two_datums_is_no_distance_and_a_wrong_datum_is_hundreds_of_metres() {
        let wgs = position(29.9, 113.45, "wgs84");
        let (lon, lat) = wgs84_to_gcj02(113.45, 29.9);
        assert_eq!(metres_between(&wgs, &position(lat, lon, "gcj02")), Some(0));
        let wrong = metres_between(&wgs, &position(lat, lon, "wgs84")).unwrap();
        assert!((300..=700).contains(&wrong), "{wrong}");
        assert_eq!(
            metres_between(&position(0.0, 0.0, "wgs84"), &position(0.0, 1.0, "wgs84")),
            Some(111_319)
        );
    }

    #[test]
    fn what_is_no_position_has_no_distance() {
        let here = position(29.9, 113.45, "wgs84");
        for bad in [
            position(29.9, 113.45, "epsg3857"),
            position(91.0, 0.0, "wgs84"),
            position(0.0, 181.0, "gcj02"),
            position(f64::NAN, 0.0, "bd09"),
            position(0.0, f64::INFINITY, "wgs84"),
        ] {
            assert_eq!(metres_between(&here, &bad), None, "{bad:?}");
        }
    }

    #[test]
    fn every_code_of_the_list_is_a_datum() {
        for entry in tepai_sync_protocol::codes::DATUM.codes {
            assert_eq!(entry.code.parse().map(Datum::as_str), Ok(entry.code));
        }
    }
}
