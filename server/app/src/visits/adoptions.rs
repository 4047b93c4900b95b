//! How far each technique has come in each village of a division: the stages of derived adoptions, each adoption once, as it
//! stands today. From the same facts as summaries.

use crate::clock::local_date;
use crate::summaries::cells;
use crate::summaries::county::County;
use crate::summaries::summary::{CutOff, Names};
use crate::{App, AppError};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::actor::OfficeActor;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::limits::EARLIEST_SERVICE_DATE;
use tepai_sync_protocol::summary::adoptions::latest_adoptions;
use tepai_sync_protocol::summary::facts::{AdoptionFact, Stage};
use tepai_sync_protocol::summary::period::{LATEST_DAY, Period};
use tepai_sync_protocol::validate::days_between;

/// Which adoptions are asked for.
#[derive(Clone, Debug)]
pub struct AdoptionFilter {
    /// The county, township or village.
    pub division: DivisionCode,
    /// Of this season, such as `2026` or `2026-spring`; a year holds its parts. Of any if absent.
    pub season: Option<String>,
    /// Of this technique.
    pub technique: Option<String>,
}

/// A technique in a village.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VillageAdoption {
    /// The technique, by catalogue code.
    pub technique: String,
    /// The village.
    pub village: DivisionCode,
    /// Adoptions at each stage.
    pub stages: BTreeMap<Stage, i64>,
    /// Adoptions, also those at no stage of the list.
    pub adoptions: i64,
    /// Area of those that are adopted, in 0.01 亩.
    pub adopted_centi_mu: i64,
    /// The day of the latest report.
    pub last_report_on: Date,
    /// Days since then.
    pub days_since: i64,
}

/// How far techniques have come.
#[derive(Clone, Debug)]
pub struct Adoptions {
    /// Names of divisions and techniques.
    pub names: Names,
    /// The present local day.
    pub on: Date,
    /// The rows, by technique and village.
    pub rows: Vec<VillageAdoption>,
    /// The seasons of which there are adoptions, the latest first.
    pub seasons: Vec<String>,
    /// How complete the data is.
    pub cut_off: CutOff,
}

/// How far techniques have come in a division within the actor's reach.
#[tracing::instrument(level = "debug", skip_all)]
pub async fn read(
    app: &App,
    actor: &OfficeActor,
    filter: AdoptionFilter,
) -> Result<Adoptions, AppError> {
    if !actor.sees(&filter.division) {
        return Err(AppError::not_found());
    }
    let (now, today) = (app.clock.now_ms(), app.clock.today(&app.zone));
    let (adoptions, folded) = app
        .store
        .read(async move |txn| {
            let county = County::read(txn, &filter.division.county(), today).await?;
            if !county.has(&filter.division) {
                return Err(AppError::not_found());
            }
            let on = local_date(now, &county.settings.time_zone);
            let always = Period::new(EARLIEST_SERVICE_DATE.first_of_month(), LATEST_DAY)
                .map_err(|error| AppError::Internal(error.into()))?;
            let facts = cells::facts(txn, &filter.division, always).await?;
            let read = facts.read()?;
            let adoptions = latest_adoptions(read.cells.iter().copied());
            let (rows, seasons) = rows(&county, adoptions, &filter, on);
            let as_of = Period::new(on, on).map_err(|error| AppError::Internal(error.into()))?;
            let adoptions = Adoptions {
                names: county.names(),
                on,
                rows,
                seasons: seasons.into_iter().rev().collect(),
                cut_off: county.cut_off(&filter.division, as_of, now),
            };
            Ok((adoptions, facts.into_folded()))
        })
        .await?;
    cells::save_folded(app, folded).await?;
    Ok(adoptions)
}

type Latest<'a> = Vec<(&'a DivisionCode, &'a AdoptionFact<'a>)>;

/// The rows that were asked for, and the seasons of all adoptions.
fn rows(
    county: &County,
    latest: Latest<'_>,
    filter: &AdoptionFilter,
    on: Date,
) -> (Vec<VillageAdoption>, BTreeSet<String>) {
    let mut rows: BTreeMap<(String, DivisionCode), VillageAdoption> = BTreeMap::new();
    let mut seasons = BTreeSet::new();
    for (village, fact) in latest {
        seasons.insert(fact.season.to_string());
        if !filter.takes(&fact.season, &fact.technique) {
            continue;
        }
        let village = county.register.successor(village, on);
        let key = (fact.technique.to_string(), village.clone());
        let row = rows.entry(key).or_insert_with_key(|(technique, village)| {
            VillageAdoption::new(technique, village, fact.on)
        });
        row.add(fact);
        row.days_since = days_between(row.last_report_on, on).max(0);
    }
    (rows.into_values().collect(), seasons)
}

impl VillageAdoption {
    fn new(technique: &str, village: &DivisionCode, reported_on: Date) -> Self {
        Self {
            technique: technique.to_owned(),
            village: village.clone(),
            stages: BTreeMap::new(),
            adoptions: 0,
            adopted_centi_mu: 0,
            last_report_on: reported_on,
            days_since: 0,
        }
    }

    fn add(&mut self, fact: &AdoptionFact<'_>) {
        self.adoptions += 1;
        self.last_report_on = self.last_report_on.max(fact.on);
        let Some(stage) = fact.stage else {
            return;
        };
        *self.stages.entry(stage).or_default() += 1;
        if stage == Stage::Adopted {
            let area = fact.area_centi_mu.unwrap_or(0);
            self.adopted_centi_mu = self.adopted_centi_mu.saturating_add(area);
        }
    }
}

impl AdoptionFilter {
    fn takes(&self, season: &str, technique: &str) -> bool {
        let in_season = |asked: &String| {
            let rest = season.strip_prefix(asked.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        self.season.as_ref().is_none_or(in_season)
            && self
                .technique
                .as_ref()
                .is_none_or(|asked| asked == technique)
    }
}
