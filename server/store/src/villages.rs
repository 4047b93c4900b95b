//! Profiles of villages, as rows: households, lead industries, needs, and a reference point in its own datum.

use crate::grants::date;
use crate::records::code;
use crate::sql::{fetch_all, fetch_by_keys, insert};
use crate::{StoreError, Txn, WriteTxn};
use jiff::civil::Date;
use sea_orm::{FromQueryResult, Value};
use std::collections::BTreeSet;
use tepai_domain::geo::Point;
use tepai_sync_protocol::division::DivisionCode;

/// Where a village is: as it was declared, and in WGS-84.
#[derive(Clone, Debug, PartialEq)]
pub struct ReferencePoint {
    /// As it was declared.
    pub declared: Point,
    /// The datum that was declared with it.
    pub datum: String,
    /// The same place in WGS-84.
    pub wgs84: Point,
}

/// The profile of a village.
#[derive(Clone, Debug, PartialEq)]
pub struct VillageProfile {
    /// The village.
    pub village: DivisionCode,
    /// 户数.
    pub households: Option<i64>,
    /// 人口.
    pub population: Option<i64>,
    /// Codes of its lead industries.
    pub lead_industries: BTreeSet<String>,
    /// 一村一品.
    pub lead_product: Option<String>,
    /// What the village asks of science and technology.
    pub tech_need: Option<String>,
    /// The role of the person to talk to; never a name.
    pub contact_role: Option<String>,
    /// Where it is.
    pub reference_point: Option<ReferencePoint>,
    /// The day as of which all this holds.
    pub as_of: Option<Date>,
}

impl VillageProfile {
    /// A profile of which nothing is known yet.
    pub const fn new(village: DivisionCode) -> Self {
        Self {
            village,
            households: None,
            population: None,
            lead_industries: BTreeSet::new(),
            lead_product: None,
            tech_need: None,
            contact_role: None,
            reference_point: None,
            as_of: None,
        }
    }
}

#[derive(FromQueryResult)]
struct Row {
    village_code: String,
    households: Option<i64>,
    population: Option<i64>,
    lead_industries: Option<String>,
    lead_product: Option<String>,
    tech_need: Option<String>,
    contact_role: Option<String>,
    ref_lat: Option<f64>,
    ref_lon: Option<f64>,
    ref_datum: Option<String>,
    ref_wgs84_lat: Option<f64>,
    ref_wgs84_lon: Option<f64>,
    as_of: Option<String>,
}

impl TryFrom<Row> for VillageProfile {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let reference_point = row.reference_point();
        let industries = row.lead_industries.as_deref().map(serde_json::from_str);
        Ok(Self {
            village: code(&row.village_code)?,
            households: row.households,
            population: row.population,
            lead_industries: industries.transpose()?.unwrap_or_default(),
            lead_product: row.lead_product,
            tech_need: row.tech_need,
            contact_role: row.contact_role,
            reference_point,
            as_of: row.as_of.as_deref().map(date).transpose()?,
        })
    }
}

impl Row {
    fn reference_point(&self) -> Option<ReferencePoint> {
        let point = |lat: Option<f64>, lon: Option<f64>| {
            Some(Point {
                lat: lat?,
                lon: lon?,
            })
        };
        Some(ReferencePoint {
            declared: point(self.ref_lat, self.ref_lon)?,
            datum: self.ref_datum.clone()?,
            wgs84: point(self.ref_wgs84_lat, self.ref_wgs84_lon)?,
        })
    }
}

const SELECT: &str = "SELECT village_code, households, population, lead_industries, lead_product, tech_need, \
     contact_role, ref_lat, ref_lon, ref_datum, ref_wgs84_lat, ref_wgs84_lon, as_of FROM village_profile";

/// Every profile of a county, by village.
pub async fn list(
    txn: &impl Txn,
    county: &DivisionCode,
) -> Result<Vec<VillageProfile>, StoreError> {
    let sql = format!("{SELECT} WHERE county_code = $1 ORDER BY village_code");
    let rows: Vec<Row> = fetch_all(txn, &sql, vec![county.as_str().into()]).await?;
    rows.into_iter().map(VillageProfile::try_from).collect()
}

/// The profiles of these villages, as far as they exist.
pub async fn find_many(
    txn: &impl Txn,
    villages: &[DivisionCode],
) -> Result<Vec<VillageProfile>, StoreError> {
    let keys: Vec<Value> = villages.iter().map(|code| code.as_str().into()).collect();
    let sql = format!("{SELECT} WHERE village_code IN ({{keys}}) ORDER BY village_code");
    let rows: Vec<Row> = fetch_by_keys(txn, &sql, &[], &keys).await?;
    rows.into_iter().map(VillageProfile::try_from).collect()
}

/// Writes profiles, new or changed. No village may appear twice.
pub async fn save(
    txn: &WriteTxn,
    profiles: impl IntoIterator<Item = &VillageProfile>,
) -> Result<(), StoreError> {
    let rows: Result<Vec<_>, _> = profiles.into_iter().map(row).collect();
    insert(
        txn,
        "INSERT INTO village_profile (village_code, county_code, households, population, lead_industries, \
         lead_product, tech_need, contact_role, ref_lat, ref_lon, ref_datum, ref_wgs84_lat, ref_wgs84_lon, as_of) VALUES",
        "ON CONFLICT (village_code) DO UPDATE SET households = excluded.households, \
         population = excluded.population, lead_industries = excluded.lead_industries, \
         lead_product = excluded.lead_product, tech_need = excluded.tech_need, \
         contact_role = excluded.contact_role, ref_lat = excluded.ref_lat, ref_lon = excluded.ref_lon, \
         ref_datum = excluded.ref_datum, ref_wgs84_lat = excluded.ref_wgs84_lat, \
         ref_wgs84_lon = excluded.ref_wgs84_lon, as_of = excluded.as_of",
        rows?,
    )
    .await?;
    Ok(())
}

fn row(profile: &VillageProfile) -> Result<[Value; 14], StoreError> {
    let VillageProfile {
        village,
        households,
        population,
        lead_industries,
        lead_product,
        tech_need,
        contact_role,
        reference_point,
        as_of,
    } = profile;
    let industries = (!lead_industries.is_empty()).then(|| serde_json::to_string(lead_industries));
    let point = reference_point.as_ref();
    Ok([
        village.as_str().into(),
        village.county().as_str().into(),
        (*households).into(),
        (*population).into(),
        industries.transpose()?.into(),
        lead_product.clone().into(),
        tech_need.clone().into(),
        contact_role.clone().into(),
        point.map(|point| point.declared.lat).into(),
        point.map(|point| point.declared.lon).into(),
        point.map(|point| point.datum.clone()).into(),
        point.map(|point| point.wgs84.lat).into(),
        point.map(|point| point.wgs84.lon).into(),
        as_of.map(|day| day.to_string()).into(),
    ])
}
