//! What a county's answers are made from beside its records: divisions, villages, settings, assignments, techniques, people.
//!
//! Read once for an answer, in the snapshot of its facts.

use crate::clock::local_date;
use crate::summaries::summary::{CutOff, Names};
use crate::{AppError, admin};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_domain::geo::Point;
use tepai_domain::settings::CountySettings;
use tepai_domain::visit_interval::interval;
use tepai_store::ReadTxn;
use tepai_store::divisions::StoredDivision;
use tepai_store::last_seen::{self, LastSeen};
use tepai_store::techniques::{self, Technique};
use tepai_store::{commissioners, divisions, villages};
use tepai_sync_protocol::division::{DivisionCode, Level};
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::summary::context::Context;
use tepai_sync_protocol::summary::coverage::{Assignment, Division, Register};
use tepai_sync_protocol::summary::facts::{CellFacts, StandingFacts};
use tepai_sync_protocol::summary::period::Period;

/// What each commissioner of a county works in.
pub(crate) type Industries = BTreeMap<PersonId, BTreeSet<String>>;

/// The county's register, read once for an answer.
pub(crate) struct County {
    pub(crate) divisions: Vec<StoredDivision>,
    pub(crate) register: Register,
    pub(crate) settings: CountySettings,
    pub(crate) assignments: Vec<(PersonId, Assignment)>,
    pub(crate) techniques: Vec<Technique>,
    pub(crate) people: BTreeMap<PersonId, LastSeen>,
    /// Where villages are, in WGS-84.
    pub(crate) points: BTreeMap<DivisionCode, Point>,
}

/// The divisions of a county, and where its villages are.
pub(crate) struct Places {
    pub(crate) divisions: Vec<StoredDivision>,
    pub(crate) register: Register,
    /// The reference points of villages, in WGS-84.
    pub(crate) points: BTreeMap<DivisionCode, Point>,
}

impl Places {
    pub(crate) async fn read(txn: &ReadTxn, county: &DivisionCode) -> Result<Self, AppError> {
        let divisions = divisions::list(txn, county).await?;
        let (mut industries, mut points) = (BTreeMap::new(), BTreeMap::new());
        for profile in villages::list(txn, county).await? {
            points.extend(
                profile
                    .reference_point
                    .map(|point| (profile.village.clone(), point.wgs84)),
            );
            industries.insert(profile.village, profile.lead_industries);
        }
        let with_industries = |stored: &StoredDivision| Division {
            lead_industries: industries.remove(&stored.code).unwrap_or_default(),
            ..stored.for_coverage()
        };
        Ok(Self {
            register: divisions.iter().map(with_industries).collect(),
            divisions,
            points,
        })
    }
}

impl County {
    pub(crate) async fn read(
        txn: &ReadTxn,
        county: &DivisionCode,
        day: Date,
    ) -> Result<Self, AppError> {
        let Places {
            divisions,
            register,
            points,
        } = Places::read(txn, county).await?;
        let assignments = commissioners::list_assignments_in(txn, county).await?;
        let assignments = assignments.into_iter().map(|stored| {
            let assignment = Assignment {
                village: stored.village,
                from: stored.from_on,
                to: stored.to_on,
            };
            (stored.person, assignment)
        });
        Ok(Self {
            register,
            settings: admin::settings::read(txn, county, day).await?,
            assignments: assignments.collect(),
            techniques: techniques::list(txn, county).await?,
            people: last_seen::list(txn, county).await?,
            points,
            divisions,
        })
    }

    pub(crate) fn names(&self) -> Names {
        let divisions = self
            .divisions
            .iter()
            .map(|stored| (stored.code.clone(), stored.name.clone()));
        let techniques = self
            .techniques
            .iter()
            .map(|stored| (stored.code.clone(), stored.name_zh.clone()));
        let people = self
            .people
            .iter()
            .map(|(id, last_seen)| (*id, last_seen.name.clone()));
        Names {
            divisions: divisions.collect(),
            techniques: techniques.collect(),
            people: people.collect(),
        }
    }

    pub(crate) fn has(&self, division: &DivisionCode) -> bool {
        self.divisions.iter().any(|stored| stored.code == *division)
    }

    /// The industry of each technique, by code.
    pub(crate) fn technique_industries(&self) -> BTreeMap<String, String> {
        let techniques = self.techniques.iter();
        techniques
            .map(|technique| (technique.code.clone(), technique.industry.clone()))
            .collect()
    }

    /// What a fold of `division` needs beside its cells, as the register stands on a day.
    pub(crate) fn context<'a>(
        &'a self,
        standing: &'a [(&'a DivisionCode, StandingFacts<'a>)],
        division: &DivisionCode,
        on: Date,
        technique_industry: &'a BTreeMap<String, String>,
    ) -> Context<'a> {
        let kinds = &self.settings.coverage_kinds;
        let standing = standing.iter();
        Context {
            standing: standing
                .map(|(code, facts)| (self.register.successor(code, on), facts))
                .collect(),
            counted_villages: self.register.counted(Level::Village, division, kinds, on),
            technique_industry,
        }
    }

    /// Everybody who was assigned a village of `division` at some time of the period, and these villages.
    pub(crate) fn assigned(
        &self,
        division: &DivisionCode,
        period: Period,
    ) -> BTreeMap<PersonId, BTreeSet<&DivisionCode>> {
        let mut assigned: BTreeMap<PersonId, BTreeSet<&DivisionCode>> = BTreeMap::new();
        for (person, one) in &self.assignments {
            let village = self.register.successor(&one.village, period.to());
            if period.overlaps(one.from, one.to) && division.contains(village) {
                assigned.entry(*person).or_default().insert(village);
            }
        }
        assigned
    }

    /// Everybody to whom a village of `division` is assigned on a day.
    pub(crate) fn at_work(&self, division: &DivisionCode, on: Date) -> BTreeSet<PersonId> {
        let in_force = self.assignments.iter().filter(|(_, one)| {
            one.from <= on
                && one.to.is_none_or(|to| on <= to)
                && division.contains(self.register.successor(&one.village, on))
        });
        in_force.map(|(person, _)| *person).collect()
    }

    /// The local day up to which all phones of a person have reported.
    pub(crate) fn last_seen_on(&self, person: PersonId) -> Option<Date> {
        let at = self.people.get(&person)?.last_sync_at?;
        Some(local_date(at, &self.settings.time_zone))
    }

    /// Days after which a village is overdue in the season of a day.
    pub(crate) fn interval(&self, village: &DivisionCode, on: Date) -> i64 {
        let none = BTreeSet::new();
        let industries = self.register.lead_industries(village).unwrap_or(&none);
        let CountySettings {
            visit_intervals,
            overdue_days,
            ..
        } = &self.settings;
        interval(visit_intervals, *overdue_days, village, industries, on)
    }

    /// Lead industries of a village in which none of these people works.
    pub(crate) fn unserved_industries(
        &self,
        village: &DivisionCode,
        people: &[PersonId],
        industries: &Industries,
    ) -> Vec<String> {
        let served: BTreeSet<&String> = people
            .iter()
            .filter_map(|person| industries.get(person))
            .flatten()
            .collect();
        let lead = self.register.lead_industries(village);
        let unserved = lead.into_iter().flatten();
        unserved
            .filter(|industry| !served.contains(industry))
            .cloned()
            .collect()
    }

    /// Who works in `division` at some time in `period`, and up to when all of them have reported.
    pub(crate) fn cut_off(&self, division: &DivisionCode, period: Period, now: i64) -> CutOff {
        let zone = &self.settings.time_zone;
        let today = local_date(now, zone);
        let at_work = self.assignments.iter().filter(|(_, assignment)| {
            division.contains(&assignment.village)
                && period.overlaps(assignment.from, assignment.to)
        });
        let people: BTreeSet<PersonId> = at_work.map(|(person, _)| *person).collect();
        let last_seen: Vec<_> = people
            .iter()
            .map(|person| (*person, self.last_seen_on(*person)))
            .collect();
        let until = period.to().min(today);
        let complete_to = last_seen
            .iter()
            .map(|(_, day)| *day)
            .min()
            .flatten()
            .map(|day| day.min(period.to()));
        let behind = last_seen
            .iter()
            .filter(|(_, day)| day.is_none_or(|day| day < until))
            .map(|(id, _)| *id);
        CutOff {
            complete_to,
            behind: behind.collect(),
        }
    }
}

/// Cells under the codes that stand at the end of the period: a merged village counts for its successor.
pub(crate) fn cells<'a>(
    register: &'a Register,
    cells: &'a [(&'a DivisionCode, &'a CellFacts<'a>)],
    on: Date,
) -> impl Iterator<Item = (&'a DivisionCode, &'a CellFacts<'a>)> {
    cells
        .iter()
        .map(move |(code, facts)| (register.successor(code, on), *facts))
}
