//! A report as it is kept: each value with its kind, so that it is written again as it was, in every format.

use crate::{Column, MapPlace, Report, Table, Value};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tepai_sync_protocol::words::Sentence;

#[derive(Serialize, Deserialize)]
enum Kept {
    #[serde(rename = "_")]
    None,
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "n")]
    Number(i64, u32),
    #[serde(rename = "d")]
    Date(Date),
}

impl From<&Value> for Kept {
    fn from(value: &Value) -> Self {
        match value {
            Value::None => Self::None,
            Value::Text(text) => Self::Text(text.clone()),
            Value::Number(number, decimals) => Self::Number(*number, *decimals),
            Value::Date(date) => Self::Date(*date),
        }
    }
}

impl From<Kept> for Value {
    fn from(kept: Kept) -> Self {
        match kept {
            Kept::None => Self::None,
            Kept::Text(text) => Self::Text(text),
            Kept::Number(number, decimals) => Self::Number(number, decimals),
            Kept::Date(date) => Self::Date(date),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct KeptTable {
    code: String,
    name: Sentence,
    columns: Vec<(Column, u8)>,
    rows: Vec<Vec<Kept>>,
}

#[derive(Serialize, Deserialize)]
struct KeptPlace {
    longitude: f64,
    latitude: f64,
    properties: Vec<(String, Kept)>,
}

#[derive(Serialize, Deserialize)]
struct KeptReport {
    title: Sentence,
    place: String,
    division: String,
    from: Date,
    to: Date,
    made_on: Date,
    note: Sentence,
    whole: Vec<(String, Kept)>,
    tables: Vec<KeptTable>,
    places: Vec<KeptPlace>,
}

fn keep(pairs: &[(String, Value)]) -> Vec<(String, Kept)> {
    let kept = pairs
        .iter()
        .map(|(code, value)| (code.clone(), value.into()));
    kept.collect()
}

fn give(pairs: Vec<(String, Kept)>) -> Vec<(String, Value)> {
    let given = pairs.into_iter().map(|(code, kept)| (code, kept.into()));
    given.collect()
}

/// The report as text to be kept.
pub fn write_stored(report: &Report) -> Result<String, serde_json::Error> {
    let row = |row: &Vec<Value>| row.iter().map(Kept::from).collect();
    let table = |table: &Table| KeptTable {
        code: table.code.clone(),
        name: table.name.clone(),
        columns: table
            .columns
            .iter()
            .map(|column| (column.clone(), column.width))
            .collect(),
        rows: table.rows.iter().map(row).collect(),
    };
    let place = |place: &MapPlace| KeptPlace {
        longitude: place.longitude,
        latitude: place.latitude,
        properties: keep(&place.properties),
    };
    serde_json::to_string(&KeptReport {
        title: report.title.clone(),
        place: report.place.clone(),
        division: report.division.clone(),
        from: report.from,
        to: report.to,
        made_on: report.made_on,
        note: report.note.clone(),
        whole: keep(&report.whole),
        tables: report.tables.iter().map(table).collect(),
        places: report.places.iter().map(place).collect(),
    })
}

/// The report that was kept.
pub fn read_stored(text: &str) -> Result<Report, serde_json::Error> {
    let kept: KeptReport = serde_json::from_str(text)?;
    let row = |row: Vec<Kept>| row.into_iter().map(Value::from).collect();
    let table = |table: KeptTable| Table {
        code: table.code,
        name: table.name,
        columns: table
            .columns
            .into_iter()
            .map(|(column, width)| Column { width, ..column })
            .collect(),
        rows: table.rows.into_iter().map(row).collect(),
    };
    let place = |place: KeptPlace| MapPlace {
        longitude: place.longitude,
        latitude: place.latitude,
        properties: give(place.properties),
    };
    Ok(Report {
        title: kept.title,
        place: kept.place,
        division: kept.division,
        from: kept.from,
        to: kept.to,
        made_on: kept.made_on,
        note: kept.note,
        number: String::new(),
        whole: give(kept.whole),
        tables: kept.tables.into_iter().map(table).collect(),
        places: kept.places.into_iter().map(place).collect(),
    })
}
