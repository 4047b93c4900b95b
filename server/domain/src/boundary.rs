//! Boundaries of divisions: a GeoJSON polygon is checked, brought to WGS-84, and made small enough to be shown.
//!
//! What is shown is no survey: vertices that move a line by less than some metres are left out. The original stays.

use crate::geo::{Datum, to_wgs84};
use geo::{Area, Coord, CoordsIter, LineString, MultiPolygon, Polygon, Simplify};
use serde::{Deserialize, Serialize};
use tepai_sync_protocol::division::Level;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::words::Sentence;

/// Vertices of one boundary.
pub const MOST_VERTICES: usize = 200_000;
/// Vertices of a ring at least: a triangle that comes back to where it began.
const LEAST_VERTICES: usize = 4;
/// Digits behind the point of what is shown: a metre.
const PRECISION: f64 = 1e5;

/// A geometry of a division, as GeoJSON has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", content = "coordinates")]
pub enum Geometry {
    /// One area, with holes.
    Polygon(Vec<Ring>),
    /// Several areas.
    MultiPolygon(Vec<Vec<Ring>>),
}

/// Positions, each a longitude and a latitude, and perhaps a height.
type Ring = Vec<Vec<f64>>;

/// Why a geometry cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// What is wrong.
    pub code: ErrorCode,
    /// The same in words.
    pub words: Sentence,
}

impl Unfit {
    fn new(code: ErrorCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            code,
            words: Sentence::new(zh, en),
        }
    }
}

impl Geometry {
    /// The boundary as it is shown: in WGS-84, without what is too small to be seen at this level.
    pub fn for_display(&self, datum: Datum, level: Level) -> Result<Self, Unfit> {
        let areas: &[Vec<Ring>] = match self {
            Self::Polygon(rings) => std::slice::from_ref(rings),
            Self::MultiPolygon(areas) => areas,
        };
        let vertices: usize = areas.iter().flatten().map(Vec::len).sum();
        if vertices > MOST_VERTICES {
            return Err(Unfit::new(
                ErrorCode::TooMany,
                format!("顶点超过 {MOST_VERTICES} 个"),
                format!("more than {MOST_VERTICES} vertices"),
            ));
        }
        let areas: Vec<Polygon> = areas
            .iter()
            .map(|rings| polygon(rings, datum))
            .collect::<Result<_, _>>()?;
        let whole = MultiPolygon::new(areas);
        if whole.unsigned_area() <= 0.0 {
            return Err(Unfit::new(
                ErrorCode::OutOfRange,
                "边界没有面积",
                "the boundary has no area",
            ));
        }
        Ok(shown(&whole, tolerance(level)))
    }

    /// How many vertices there are.
    pub fn vertices(&self) -> usize {
        match self {
            Self::Polygon(rings) => rings.iter().map(Vec::len).sum(),
            Self::MultiPolygon(areas) => areas.iter().flatten().map(Vec::len).sum(),
        }
    }
}

/// Degrees by which a line may move.
const fn tolerance(level: Level) -> f64 {
    match level {
        Level::County => 0.001,
        Level::Township => 0.0004,
        Level::Village => 0.000_2,
    }
}

fn polygon(rings: &[Ring], datum: Datum) -> Result<Polygon, Unfit> {
    let mut lines = rings.iter().map(|ring| line(ring, datum));
    let outer = lines.next().unwrap_or_else(|| {
        Err(Unfit::new(
            ErrorCode::Empty,
            "多边形没有外环",
            "a polygon without an outer ring",
        ))
    })?;
    Ok(Polygon::new(outer, lines.collect::<Result<_, _>>()?))
}

fn line(ring: &[Vec<f64>], datum: Datum) -> Result<LineString, Unfit> {
    if ring.len() < LEAST_VERTICES {
        return Err(Unfit::new(
            ErrorCode::Empty,
            "环少于 4 个顶点",
            "a ring of fewer than four vertices",
        ));
    }
    if ring.first() != ring.last() {
        return Err(Unfit::new(
            ErrorCode::WrongType,
            "环没有闭合：最后一点须与第一点相同",
            "an open ring: the last vertex must be the first",
        ));
    }
    let coords = ring.iter().map(|position| coord(position, datum));
    Ok(LineString::new(coords.collect::<Result<_, _>>()?))
}

fn coord(position: &[f64], datum: Datum) -> Result<Coord, Unfit> {
    let ([lon, lat] | [lon, lat, _]) = *position else {
        return Err(Unfit::new(
            ErrorCode::WrongType,
            "坐标须为 [经度, 纬度]",
            "a position is [longitude, latitude]",
        ));
    };
    if lon.abs() > 180.0 || lat.abs() > 90.0 {
        return Err(Unfit::new(
            ErrorCode::OutOfRange,
            format!("坐标 [{lon}, {lat}] 不是经纬度；投影坐标须先转换"),
            format!(
                "[{lon}, {lat}] is no longitude and latitude; convert projected coordinates first"
            ),
        ));
    }
    let point = to_wgs84(lat, lon, datum);
    Ok(Coord {
        x: point.lon,
        y: point.lat,
    })
}

/// What is left of an area: lines without what does not move them, holes and islands that are large enough to be seen.
fn shown(whole: &MultiPolygon, tolerance: f64) -> Geometry {
    let least = tolerance * tolerance;
    let largest = whole
        .iter()
        .map(Area::unsigned_area)
        .fold(0.0_f64, f64::max);
    // An area that consists of specks keeps its largest.
    let visible = whole
        .iter()
        .filter(|area| area.unsigned_area() >= least.min(largest));
    let mut areas: Vec<Vec<Ring>> = visible
        .map(|area| {
            let holes = area.interiors().iter();
            let holes = holes.filter(|hole| ring_area(hole) >= least);
            std::iter::once(area.exterior())
                .chain(holes)
                .map(|ring| positions(ring, tolerance))
                .collect()
        })
        .collect();
    match (areas.pop(), areas.is_empty()) {
        (Some(only), true) => Geometry::Polygon(only),
        (several, _) => {
            areas.extend(several);
            Geometry::MultiPolygon(areas)
        }
    }
}

fn ring_area(ring: &LineString) -> f64 {
    Polygon::new(ring.clone(), Vec::new()).unsigned_area()
}

fn positions(ring: &LineString, tolerance: f64) -> Ring {
    // A ring is simplified as the edge of a polygon, which it still is afterwards.
    let simple = Polygon::new(ring.clone(), Vec::new()).simplify(tolerance);
    let mut rounded = rounded(simple.exterior());
    if rounded.len() < LEAST_VERTICES {
        rounded = self::rounded(ring);
    }
    rounded
}

fn rounded(ring: &LineString) -> Ring {
    let round = |degrees: f64| (degrees * PRECISION).round() / PRECISION;
    let mut positions: Ring = ring
        .coords_iter()
        .map(|coord| vec![round(coord.x), round(coord.y)])
        .collect();
    positions.dedup();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square of 0.1 degrees whose northern edge has a vertex every 0.0001 degrees, a metre off the line.
    fn square() -> Geometry {
        let mut ring = vec![vec![112.0, 29.0], vec![112.1, 29.0], vec![112.1, 29.1]];
        for step in (1..1000).rev() {
            let off = if step % 2 == 0 { 0.000_01 } else { 0.0 };
            ring.push(vec![112.0 + f64::from(step) * 0.0001, 29.1 + off]);
        }
        ring.extend([vec![112.0, 29.1], vec![112.0, 29.0]]);
        Geometry::Polygon(vec![ring])
    }

    #[test]
    fn what_moves_no_line_is_left_out_and_the_corners_stay() {
        let shown = square().for_display(Datum::Wgs84, Level::Village).unwrap();
        let Geometry::Polygon(rings) = &shown else {
            panic!("{shown:?}")
        };
        assert_eq!(rings.len(), 1);
        assert!(rings[0].len() <= 6, "{rings:?}");
        for corner in [[112.0, 29.0], [112.1, 29.0]] {
            assert!(rings[0].contains(&corner.to_vec()), "{rings:?}");
        }
        assert_eq!(rings[0].first(), rings[0].last());
    }

    #[test]
    fn another_datum_is_brought_to_wgs84() {
        let own = square().for_display(Datum::Wgs84, Level::Village).unwrap();
        let moved = square().for_display(Datum::Gcj02, Level::Village).unwrap();
        let first = |geometry: &Geometry| match geometry {
            Geometry::Polygon(rings) => rings[0][0].clone(),
            Geometry::MultiPolygon(areas) => areas[0][0][0].clone(),
        };
        let metres = (first(&own)[0] - first(&moved)[0]).abs() * 97_000.0;
        assert!((300.0..700.0).contains(&metres), "{metres}");
        assert_eq!(
            square().for_display(Datum::Cgcs2000, Level::Village),
            Ok(own)
        );
    }

    #[test]
    fn what_is_no_boundary_is_refused_with_the_reason() {
        let ring = |positions: &[[f64; 2]]| {
            Geometry::Polygon(vec![positions.iter().map(|one| one.to_vec()).collect()])
        };
        let code = |geometry: Geometry| {
            geometry
                .for_display(Datum::Wgs84, Level::Village)
                .map_err(|unfit| unfit.code)
        };
        for (geometry, expected) in [
            (Geometry::Polygon(vec![]), ErrorCode::Empty),
            (
                ring(&[[1.0, 1.0], [2.0, 1.0], [1.0, 1.0]]),
                ErrorCode::Empty,
            ),
            (
                ring(&[[1.0, 1.0], [2.0, 1.0], [2.0, 2.0], [1.0, 2.0]]),
                ErrorCode::WrongType,
            ),
            (
                ring(&[[1.0, 1.0], [2.0, 1.0], [3.0, 1.0], [1.0, 1.0]]),
                ErrorCode::OutOfRange,
            ),
            (
                ring(&[[500_000.0, 3e6], [2.0, 1.0], [2.0, 2.0], [500_000.0, 3e6]]),
                ErrorCode::OutOfRange,
            ),
            (
                Geometry::Polygon(vec![vec![vec![1.0]; 5]]),
                ErrorCode::WrongType,
            ),
            (
                Geometry::Polygon(vec![vec![vec![1.0, 1.0]; MOST_VERTICES + 1]]),
                ErrorCode::TooMany,
            ),
            (Geometry::MultiPolygon(vec![]), ErrorCode::OutOfRange),
        ] {
            assert_eq!(code(geometry), Err(expected));
        }
    }

    #[test]
    fn specks_go_and_an_area_of_specks_keeps_the_largest() {
        let speck = |at: f64, side: f64| {
            vec![vec![
                vec![at, 29.0],
                vec![at + side, 29.0],
                vec![at + side, 29.0 + side],
                vec![at, 29.0],
            ]]
        };
        let vertices = |areas: Vec<Vec<Ring>>| {
            let whole = Geometry::MultiPolygon(areas);
            whole
                .for_display(Datum::Wgs84, Level::County)
                .unwrap()
                .vertices()
        };
        assert_eq!(vertices(vec![speck(112.0, 0.1), speck(113.0, 0.0005)]), 4);
        assert_eq!(
            vertices(vec![speck(112.0, 0.0002), speck(113.0, 0.0005)]),
            4
        );
    }
}
