//! Training sessions: which records are of one session, and through which visit a session counts.
//!
//! Sessions of one village and day are one if they have the same topic, or if one says that it is the same as the other.
//! A session stands as the best of the visits that it names, and counts as approved only once such a visit was approved
//! after the last change of the session, so that nobody adds figures behind the back of whoever reviews.
//! Where a session counts, the training counters of its visits do not.

use super::compact::Ids;
use super::facts::{Counters, CountsAs, Service, TrainingFact};
use crate::division::DivisionCode;
use crate::ids::RecordId;
use crate::records::{TrainingSession, Visit};
use crate::validate::days_between;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Days between a session and a visit that it names, at the most: as long as a visit lasts at the most.
pub const NEAR_DAYS: i64 = 31;

/// A live session.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Its id.
    pub id: RecordId,
    /// Where it was held.
    pub village: DivisionCode,
    /// When it last changed on the server: milliseconds since 1970 UTC.
    pub changed_at: i64,
    /// Its fields.
    pub session: TrainingSession,
}

/// A live visit that a session may name.
#[derive(Clone, Copy, Debug)]
pub struct NamedVisit<'v> {
    /// Where it was.
    pub village: &'v DivisionCode,
    /// When it was last reviewed: milliseconds since 1970 UTC.
    pub reviewed_at: i64,
    /// Its fields.
    pub visit: &'v Visit,
}

/// What sessions come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Each session once, with its village.
    pub facts: Vec<(DivisionCode, TrainingFact<'static>)>,
    /// Visits whose own training counters do not count.
    pub spoken_for: BTreeSet<RecordId>,
    /// For each record, the first record of the same session.
    pub first: BTreeMap<RecordId, RecordId>,
    /// How each record stands by itself.
    pub standing: BTreeMap<RecordId, CountsAs>,
}

/// Settles all sessions of some villages and days; `visits` hold at least the live ones that these sessions name.
pub fn settle(sessions: &[LiveSession], visits: &BTreeMap<RecordId, NamedVisit<'_>>) -> Settled {
    let mut days: BTreeMap<(&DivisionCode, Date), Vec<&LiveSession>> = BTreeMap::new();
    for held in sessions {
        if let Some(on) = held.session.held_on {
            days.entry((&held.village, on)).or_default().push(held);
        }
    }
    let mut settled = Settled::default();
    for ((village, on), mut of_day) in days {
        of_day.sort_by_key(|held| held.id);
        for same in groups(&of_day) {
            settled.take(village, on, &same, visits);
        }
    }
    settled
}

/// The records of one village and day, those of one session together.
fn groups<'h>(of_day: &[&'h LiveSession]) -> Vec<Vec<&'h LiveSession>> {
    let mut group_of: Vec<usize> = (0..of_day.len()).collect();
    let topic = |held: &LiveSession| {
        let topic = held.session.topic.as_deref().unwrap_or_default();
        topic.split_whitespace().collect::<String>()
    };
    for (at, one) in of_day.iter().enumerate() {
        for (before, other) in of_day.iter().enumerate().take(at) {
            let says = |a: &LiveSession, b: &LiveSession| a.session.same_as == Some(b.id);
            if topic(one) == topic(other) || says(one, other) || says(other, one) {
                let (from, to) = (group_of.get(at).copied(), group_of.get(before).copied());
                let joined = |group: &mut usize| {
                    if let (Some(from), Some(to)) = (from, to)
                        && *group == from
                    {
                        *group = to;
                    }
                };
                group_of.iter_mut().for_each(joined);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<&LiveSession>> = BTreeMap::new();
    for (held, group) in of_day.iter().zip(group_of) {
        groups.entry(group).or_default().push(held);
    }
    groups.into_values().collect()
}

impl Settled {
    fn take(
        &mut self,
        village: &DivisionCode,
        on: Date,
        same: &[&LiveSession],
        visits: &BTreeMap<RecordId, NamedVisit<'_>>,
    ) {
        let first = same.first().map(|held| held.id);
        let mut best: Option<(CountsAs, Service<'static>, Counters)> = None;
        let mut named = BTreeSet::new();
        for held in same {
            let through = through(held, on, visits);
            named.extend(through.iter().map(|(id, ..)| *id));
            let standing = through.iter().map(|(_, standing, _)| *standing).min();
            let standing = standing.unwrap_or(CountsAs::Pending);
            self.standing.insert(held.id, standing);
            self.first.extend(first.map(|first| (held.id, first)));
            let own = (
                standing,
                service(held, standing, &through),
                counters(&held.session),
            );
            best = Some(match best.take() {
                Some(best) if best.0 < standing => best,
                Some(best) if best.0 == standing => joined(best, own),
                _ => own,
            });
        }
        let Some((standing, service, counters)) = best else {
            return;
        };
        self.spoken_for.extend(named.into_iter().filter(|id| {
            let own = visits.get(id).map(|named| standing_of(named.visit));
            standing == CountsAs::Approved || own == Some(standing)
        }));
        let fact = TrainingFact {
            on,
            service,
            counters,
        };
        self.facts.push((village.clone(), fact));
    }
}

/// The visits through which a session counts, and how it stands by each.
fn through<'v>(
    held: &LiveSession,
    on: Date,
    visits: &BTreeMap<RecordId, NamedVisit<'v>>,
) -> Vec<(RecordId, CountsAs, &'v Visit)> {
    let ids = held.session.visit_ids.iter().flatten();
    let near = ids.filter_map(|id| {
        let named = visits.get(id)?;
        let from = named.visit.service_from?;
        let is_near = *named.village == held.village && days_between(from, on).abs() <= NEAR_DAYS;
        is_near.then_some((*id, named))
    });
    near.map(|(id, named)| {
        let standing = match standing_of(named.visit) {
            CountsAs::Approved if named.reviewed_at < held.changed_at => CountsAs::Pending,
            standing => standing,
        };
        (id, standing, named.visit)
    })
    .collect()
}

fn standing_of(visit: &Visit) -> CountsAs {
    CountsAs::of(visit.review_state.as_deref())
}

/// What filters look at: who taught and who visited, and the words of the visit through which it counts.
fn service(
    held: &LiveSession,
    standing: CountsAs,
    through: &[(RecordId, CountsAs, &Visit)],
) -> Service<'static> {
    let session = &held.session;
    let by = through.iter().find(|(_, own, _)| *own == standing);
    let mut service = by.map_or_else(Service::default, |(.., visit)| Service::of(visit));
    let visitors = through.iter().filter(|(_, own, _)| *own == standing);
    let visitors = visitors.flat_map(|(.., visit)| {
        visit
            .commissioner_id
            .iter()
            .chain(visit.participant_ids.iter().flatten())
    });
    let members = session
        .commissioner_id
        .iter()
        .chain(session.trainer_ids.iter().flatten())
        .chain(visitors);
    service.members = members.map(|person| person.0).collect();
    service.techniques = session.technique_codes.iter().flatten().collect();
    service.standing = standing;
    service
}

fn counters(session: &TrainingSession) -> Counters {
    let count = |number: Option<i64>| number.unwrap_or(0).max(0);
    Counters {
        training_sessions: session.sessions.unwrap_or(1).max(1),
        training_attendances: count(session.attendances),
        training_persons: count(session.persons),
        ..Counters::default()
    }
}

type Counted = (CountsAs, Service<'static>, Counters);

/// Two records of one session: the larger of each number, and everybody whom either names.
fn joined(a: Counted, b: Counted) -> Counted {
    let (standing, mut service, one) = a;
    let (_, other_service, other) = b;
    let both = service.members.iter().chain(other_service.members.iter());
    service.members = both.collect::<Ids<'static>>();
    let techniques: Vec<String> = service
        .techniques
        .iter()
        .chain(other_service.techniques.iter())
        .map(str::to_owned)
        .collect();
    service.techniques = techniques.iter().collect();
    let counters = Counters {
        training_sessions: one.training_sessions.max(other.training_sessions),
        training_attendances: one.training_attendances.max(other.training_attendances),
        training_persons: one.training_persons.max(other.training_persons),
        ..Counters::default()
    };
    (standing, service, counters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;
    use jiff::civil::date;
    use uuid::Uuid;

    fn id(n: u128) -> RecordId {
        RecordId(Uuid::from_u128(n))
    }

    fn village() -> DivisionCode {
        "421083100201".parse().unwrap()
    }

    fn visit(state: &str, attendances: i64) -> Visit {
        Visit {
            service_from: Some(date(2026, 6, 10)),
            review_state: Some(state.to_owned()),
            commissioner_id: Some(PersonId(Uuid::from_u128(7))),
            training_attendances: Some(attendances),
            ..Visit::default()
        }
    }

    fn session(n: u128, topic: &str, visits: &[u128], attendances: i64) -> LiveSession {
        LiveSession {
            id: id(n),
            village: village(),
            changed_at: 100,
            session: TrainingSession {
                held_on: Some(date(2026, 6, 10)),
                topic: Some(topic.to_owned()),
                visit_ids: Some(visits.iter().map(|n| id(*n)).collect()),
                attendances: Some(attendances),
                ..TrainingSession::default()
            },
        }
    }

    fn settled(sessions: &[LiveSession], visits: &[(u128, Visit, i64)]) -> Settled {
        let village = village();
        let named = visits.iter().map(|(n, visit, reviewed_at)| {
            let named = NamedVisit {
                village: &village,
                reviewed_at: *reviewed_at,
                visit,
            };
            (id(*n), named)
        });
        settle(sessions, &named.collect())
    }

    fn approved(settled: &Settled) -> i64 {
        let counted = settled.facts.iter().map(|(_, fact)| fact);
        let counted = counted.filter(|fact| fact.service.standing == CountsAs::Approved);
        counted.map(|fact| fact.counters.training_attendances).sum()
    }

    #[test]
    fn a_session_that_two_commissioners_and_their_visits_report_counts_once() {
        let visits = [
            (1, visit("approved", 30), 200),
            (2, visit("approved", 32), 200),
        ];
        let two = [
            session(10, "水质调控", &[1], 30),
            session(11, "水质 调控", &[2], 32),
        ];
        let once = settled(&two, &visits);
        assert_eq!((approved(&once), once.facts.len()), (32, 1));
        assert_eq!(once.spoken_for, [id(1), id(2)].into());
        // The control: under two topics they are two, unless one says that it is the other.
        let mut apart = [
            session(10, "水质调控", &[1], 30),
            session(11, "增氧", &[2], 32),
        ];
        assert_eq!(approved(&settled(&apart, &visits)), 62);
        apart[1].session.same_as = Some(id(10));
        assert_eq!(approved(&settled(&apart, &visits)), 32);
    }

    #[test]
    fn a_session_counts_as_approved_once_a_visit_of_it_was_approved_after_its_last_change() {
        let one = [session(10, "水质调控", &[1], 999)];
        let before = settled(&one, &[(1, visit("approved", 30), 99)]);
        assert_eq!((approved(&before), before.spoken_for.len()), (0, 0));
        let after = settled(&one, &[(1, visit("approved", 30), 100)]);
        assert_eq!((approved(&after), after.spoken_for.len()), (999, 1));
        let nobody = settled(&[session(10, "水质调控", &[], 999)], &[]);
        assert_eq!(nobody.standing[&id(10)], CountsAs::Pending);
        let returned = settled(&one, &[(1, visit("returned", 30), 100)]);
        assert_eq!(returned.standing[&id(10)], CountsAs::Returned);
    }

    #[test]
    fn a_visit_of_another_village_or_of_another_season_lends_a_session_nothing() {
        let mut elsewhere = session(10, "水质调控", &[1], 40);
        elsewhere.village = "421083100202".parse().unwrap();
        let visits = [(1, visit("approved", 30), 200)];
        assert_eq!(approved(&settled(&[elsewhere], &visits)), 0);
        let mut later = session(10, "水质调控", &[1], 40);
        later.session.held_on = Some(date(2026, 7, 12));
        assert_eq!(approved(&settled(&[later.clone()], &visits)), 0);
        later.session.held_on = Some(date(2026, 7, 11));
        assert_eq!(approved(&settled(&[later], &visits)), 40);
    }
}
