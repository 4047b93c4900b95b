//! Imports boundaries of divisions from a GeoJSON feature collection: each feature names its division by code. The datum is
//! declared with the file and never guessed.

use crate::identity::accounts::Manager;
use crate::imports::report::{FileProblem, ImportReport, Outcome, Rejection, What};
use crate::imports::{conclude, require_county, settle, unreadable};
use crate::{App, AppError};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tepai_domain::boundary::Geometry;
use tepai_domain::geo::Datum;
use tepai_store::boundaries::{self, Boundary};
use tepai_store::divisions;
use tepai_sync_protocol::checksum::hex;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::words::Sentence;

/// Features of a file.
const MOST_FEATURES: usize = 20_000;
/// Names under which a feature's properties may say the code of its division; the first that is there counts.
const CODE_NAMES: [&str; 6] = [
    "code",
    "division_code",
    "adcode",
    "区划代码",
    "统计用区划代码",
    "代码",
];

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(borrow)]
    features: Vec<Feature<'a>>,
}

#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(default)]
    properties: Option<BTreeMap<String, Value>>,
    #[serde(borrow, default)]
    geometry: Option<&'a RawValue>,
}

/// A feature that can be taken, and one that cannot, by its number in the file.
type Read = Result<(u64, Boundary), Box<Rejection>>;

/// Imports the boundaries of a county.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn import(
    app: &App,
    by: &Manager,
    county: DivisionCode,
    file: Bytes,
    datum: Datum,
    dry_run: bool,
) -> Result<ImportReport, AppError> {
    let place = county.clone();
    let read = tokio::task::spawn_blocking(move || read_file(&file, &place, datum)).await;
    let read = Arc::new(read.unwrap_or_else(|_| Err(unreadable()))?);
    let (by, now) = (by.doer(), app.clock.now_ms());
    let outcome = app
        .store
        .write(async move |txn| {
            require_county(txn, &county).await?;
            let divisions = divisions::list(txn, &county).await?;
            let known = divisions.into_iter().map(|one| one.code).collect();
            let stored = boundaries::list_digests(txn, &county).await?;
            let (save, report) = plan(&read, &known, &stored, dry_run);
            boundaries::save(txn, &save, now).await?;
            conclude(txn, (&county, by, now), report).await
        })
        .await;
    settle(outcome)
}

fn plan(
    read: &[Read],
    known: &BTreeSet<DivisionCode>,
    stored: &BTreeMap<DivisionCode, String>,
    dry_run: bool,
) -> (Vec<Boundary>, ImportReport) {
    let mut report = ImportReport::new(What::Boundaries, dry_run);
    let (mut save, mut taken) = (Vec::new(), BTreeMap::new());
    for one in read {
        let (number, boundary) = match one {
            Ok((number, boundary)) => (*number, boundary),
            Err(rejection) => {
                report.reject([rejection.as_ref().clone()]);
                continue;
            }
        };
        let code = &boundary.division;
        if !known.contains(code) {
            report.reject([unknown(number, code)]);
            continue;
        }
        if let Some(first) = taken.insert(code, number) {
            report.reject([repeated(number, first, code)]);
            continue;
        }
        let outcome = match stored.get(code) {
            None => Outcome::Created,
            Some(digest) if *digest == boundary.digest => Outcome::Unchanged,
            Some(_) => Outcome::Updated,
        };
        report.count(outcome);
        if outcome != Outcome::Unchanged {
            save.push(boundary.clone());
        }
    }
    (save, report)
}

fn read_file(file: &[u8], county: &DivisionCode, datum: Datum) -> Result<Vec<Read>, FileProblem> {
    let text = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let collection: Collection<'_> = serde_json::from_slice(text).map_err(|error| {
        FileProblem::new(
            ErrorCode::UnsupportedMediaType,
            format!("不是 GeoJSON FeatureCollection：{error}"),
            format!("no GeoJSON feature collection: {error}"),
        )
    })?;
    if collection.kind != "FeatureCollection" {
        return Err(FileProblem::new(
            ErrorCode::UnsupportedMediaType,
            "不是 GeoJSON FeatureCollection",
            "no GeoJSON feature collection",
        ));
    }
    if collection.features.is_empty() {
        return Err(FileProblem::new(
            ErrorCode::Empty,
            "文件里没有边界",
            "the file has no features",
        ));
    }
    if collection.features.len() > MOST_FEATURES {
        return Err(FileProblem::new(
            ErrorCode::TooMany,
            format!("一次最多 {MOST_FEATURES} 个边界"),
            format!("at most {MOST_FEATURES} features"),
        ));
    }
    let numbered = (1..).zip(&collection.features);
    Ok(numbered
        .map(|(number, feature)| read_feature(number, feature, county, datum))
        .collect())
}

fn read_feature(number: u64, feature: &Feature<'_>, county: &DivisionCode, datum: Datum) -> Read {
    let (name, code) = read_code(number, feature, county)?;
    let wrong = |code: ErrorCode, zh: String, en: String| {
        Box::new(Rejection::of_row(number, code, Sentence::new(zh, en)).at("geometry", ""))
    };
    let original = feature.geometry.ok_or_else(|| {
        let (zh, en) = ("没有几何", "there is no geometry");
        wrong(ErrorCode::Required, zh.to_owned(), en.to_owned())
    })?;
    let geometry: Geometry = serde_json::from_str(original.get()).map_err(|error| {
        wrong(
            ErrorCode::WrongType,
            format!("不是 Polygon 或 MultiPolygon：{error}"),
            format!("neither Polygon nor MultiPolygon: {error}"),
        )
    })?;
    let shown = geometry.for_display(datum, code.level()).map_err(|unfit| {
        Box::new(Rejection::of_row(number, unfit.code, unfit.words).at(name, code.as_str()))
    })?;
    // These numbers are finite: JSON has no others.
    let display = serde_json::to_string(&shown).unwrap_or_default();
    let mut hash = Sha256::new();
    hash.update(datum.as_str());
    hash.update(original.get());
    let boundary = Boundary {
        division: code,
        datum: datum.as_str(),
        digest: hex(&hash.finalize()),
        original: original.get().to_owned(),
        display,
    };
    Ok((number, boundary))
}

/// The code of a feature's division, and the name under which it was said.
fn read_code(
    number: u64,
    feature: &Feature<'_>,
    county: &DivisionCode,
) -> Result<(&'static str, DivisionCode), Box<Rejection>> {
    let said = |name: &&'static str| {
        let value = feature.properties.as_ref()?.get(*name)?;
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some((*name, text))
    };
    let (name, text) = CODE_NAMES.iter().find_map(said).ok_or_else(|| {
        let names = CODE_NAMES.join(", ");
        let words = Sentence::new(
            format!("属性里没有区划代码（{names}）"),
            format!("no property has the code of a division ({names})"),
        );
        Box::new(Rejection::of_row(number, ErrorCode::Required, words))
    })?;
    let code: Option<DivisionCode> = shortened(&text).parse().ok();
    if let Some(code) = code.filter(|code| county.contains(code)) {
        return Ok((name, code));
    }
    let words = Sentence::new(
        format!("不是 {county} 的区划代码"),
        format!("no code of a division of {county}"),
    );
    let rejection = Rejection::of_row(number, ErrorCode::UnknownCode, words);
    Err(Box::new(rejection.at(name, &text)))
}

/// Counties and townships as some files have them: twelve digits, filled up with zeros.
fn shortened(text: &str) -> &str {
    let filled = |zeros: &str| text.strip_suffix(zeros).filter(|_| text.len() == 12);
    filled("000000").or_else(|| filled("000")).unwrap_or(text)
}

fn unknown(number: u64, code: &DivisionCode) -> Rejection {
    let words = Sentence::new(
        "没有这个区划；请先导入行政区划",
        "there is no such division; import divisions first",
    );
    Rejection::of_row(number, ErrorCode::NotFound, words).at("code", code.as_str())
}

fn repeated(number: u64, first: u64, code: &DivisionCode) -> Rejection {
    let words = Sentence::new(
        format!("与第 {first} 个边界重复"),
        format!("the same division as feature {first}"),
    );
    Rejection::of_row(number, ErrorCode::AlreadyExists, words).at("code", code.as_str())
}
