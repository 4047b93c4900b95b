//! The demo: a county whose people work for four months before one's eyes.
//!
//! Nothing is written behind the server's back: places and people come by the importers, visits from phones of
//! the reference client over HTTP, reviews from an office session. It may use `app` and `serve`, and no store.

pub mod county;
mod office;
mod phones;
pub mod story;

pub use county::{COUNTY, LAST_DAY};
pub use story::Told;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use jiff::civil::Date;
use std::path::Path;
use story::Story;
use tepai_app::App;
use tepai_app::clock::Clock;
use tepai_app::identity::accounts::{self, Manager, NewAccount};
use tepai_app::identity::enrolment;
use tepai_app::imports::{ImportReport, divisions, roster, techniques, villages};
use tepai_app::summaries;
use tepai_app::summaries::check;
use tepai_app::summaries::summary::{CoverageAnswer, Question, SummaryAnswer};
use tepai_app::territory;
use tepai_client::transport::{HttpTransport, Timeouts};
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::summary::filter::Filter;
use tepai_sync_protocol::summary::group::GroupBy;
use tepai_sync_protocol::summary::period::Period;

/// The county officer of the demo.
pub const OFFICER: &str = "kejiju";
/// The password of every office account of the demo.
pub const PASSWORD: &str = "demo-only-2026";

/// The office accounts: login, name, role.
pub const OFFICE: [(&str, &str, Role); 4] = [
    (OFFICER, "县科技局示例", Role::CountyOfficer),
    ("admin", "管理员示例", Role::Administrator),
    ("shenji", "审计示例", Role::Auditor),
    ("xiangzhen", "乡镇协调员示例", Role::Coordinator),
];

/// What the demo comes to.
#[derive(Debug)]
pub struct Shown {
    /// The county.
    pub county: DivisionCode,
    /// The county's figures by township.
    pub answer: SummaryAnswer,
    /// Its coverage.
    pub coverage: CoverageAnswer,
    /// What the phones know.
    pub told: Told,
    /// What a recount from nothing found.
    pub checked: check::Checked,
}

/// The period of the story.
pub fn period() -> Result<Period> {
    Ok(Period::new(county::FIRST_DAY, LAST_DAY)?)
}

/// A clock that stands at the beginning of the story.
pub fn clock(seed: u64) -> Clock {
    Clock::manual(story::morning(county::FIRST_DAY), seed)
}

/// Imports places and people, and makes the office accounts. Without a directory the county is a fictional one.
pub async fn found(
    app: &App,
    directory: Option<&Path>,
    only: Option<DivisionCode>,
) -> Result<DivisionCode> {
    let county = match directory {
        Some(directory) => import_real(app, directory, only).await?,
        None => import_fictional(app).await?,
    };
    let codes = village_codes(app, &county).await?;
    let people = county::people(&codes);
    accept(
        &roster::import(
            app,
            &Manager::Operator,
            county.clone(),
            Bytes::from(county::roster(&people)),
            false,
        )
        .await?,
    )?;
    accept(
        &techniques::import(
            app,
            &Manager::Operator,
            county.clone(),
            Bytes::from(county::techniques()),
            false,
        )
        .await?,
    )?;
    accept(
        &villages::import(
            app,
            &Manager::Operator,
            county.clone(),
            Bytes::from(county::profiles(&codes)),
            false,
        )
        .await?,
    )?;
    let townships = territory::divisions::list(app, county.clone(), Level::Township).await?;
    for (login, name, role) in OFFICE {
        let township = townships
            .first()
            .map(|(code, _)| code.clone())
            .filter(|_| role == Role::Coordinator);
        let account = NewAccount {
            county: county.clone(),
            login: login.to_owned(),
            display_name: name.to_owned(),
            role,
            township,
            password: Some(Secret::new(PASSWORD.to_owned())),
        };
        accounts::create(app, &Manager::Operator, account).await?;
    }
    Ok(county)
}

async fn import_fictional(app: &App) -> Result<DivisionCode> {
    let county: DivisionCode = COUNTY.parse()?;
    let files = county::division_files()
        .into_iter()
        .map(|(_, text)| Bytes::from(text));
    accept(
        &divisions::import_files(
            app,
            &Manager::Operator,
            county.clone(),
            files.collect(),
            false,
        )
        .await?,
    )?;
    Ok(county)
}

async fn import_real(
    app: &App,
    directory: &Path,
    only: Option<DivisionCode>,
) -> Result<DivisionCode> {
    let county = match only {
        Some(county) => county,
        None => first_county(directory)?,
    };
    accept(
        &divisions::import_directory(
            app,
            &Manager::Operator,
            directory,
            Some(county.clone()),
            false,
            &|_| {},
        )
        .await?,
    )?;
    Ok(county)
}

/// The first county of the directory's areas.csv.
fn first_county(directory: &Path) -> Result<DivisionCode> {
    let file = directory.join("areas.csv");
    let mut reader = csv::Reader::from_path(&file)
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let first = reader
        .records()
        .next()
        .context("areas.csv names no county")??;
    Ok(first.get(0).unwrap_or_default().parse()?)
}

fn accept(report: &ImportReport) -> Result<()> {
    ensure!(
        report.rejected_rows == 0,
        "the demo's own tables are right: {report:?}"
    );
    Ok(())
}

async fn village_codes(app: &App, county: &DivisionCode) -> Result<Vec<String>> {
    let villages = territory::divisions::list(app, county.clone(), Level::Village).await?;
    Ok(villages
        .into_iter()
        .map(|(code, _)| code.to_string())
        .collect())
}

/// Enrols the phones and plays the story against the server at `base`.
pub async fn play(
    app: &App,
    base: &str,
    county: &DivisionCode,
    seed: u64,
    progress: &(dyn Fn(Date) + Send + Sync),
) -> Result<Told> {
    let people = county::people(&village_codes(app, county).await?);
    let mut codes = Vec::new();
    for person in &people {
        let account = accounts::find_by_login(app, &person.staff_no).await?;
        let account = account.context("the roster made an account")?;
        let issued = enrolment::issue(app, &Manager::Operator, account.person, base).await?;
        codes.push((account.person, issued.code.expose().to_owned()));
    }
    let transport = HttpTransport::new(base, Timeouts::default())
        .map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let mut story = Story::begin(people, codes, app.clock.clone(), base, transport, seed).await?;
    story.play(PASSWORD, progress).await
}

/// What the county looks like at the end; fails if a figure differs from a recount or from what the phones know.
pub async fn show(app: &App, county: DivisionCode, told: Told) -> Result<Shown> {
    let question = Question {
        division: county.clone(),
        period: period()?,
        filter: Filter::default(),
        by: Some(GroupBy::Division(Level::Township)),
    };
    let answer = summaries::summary::summarise_any(app, question).await?;
    let coverage = summaries::summary::cover_any(app, county.clone(), period()?).await?;
    let checked = check::check(app, county.clone()).await?;
    ensure!(
        checked.is_right(),
        "the summaries differ from a recount: {checked:?}"
    );
    ensure!(
        checked.visits == told.acknowledged,
        "the server has {} visits, the phones know of {}",
        checked.visits,
        told.acknowledged
    );
    Ok(Shown {
        county,
        answer,
        coverage,
        told,
        checked,
    })
}
