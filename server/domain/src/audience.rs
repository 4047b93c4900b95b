//! Who a bulletin is for, who of them has read it, and who has not: exact, one person once.

use crate::scope::Grant;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::records::Bulletin;

/// Somebody who may read bulletins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceMember {
    /// Who.
    pub person: PersonId,
    /// The name that people read.
    pub name: String,
    /// Whether bulletins are for this person at all: a commissioner whose account is open.
    pub is_commissioner: bool,
    /// Codes of the industries that the person works in.
    pub industries: BTreeSet<String>,
    /// The villages that were assigned, and when.
    pub grants: Vec<Grant>,
    /// The earliest last sync of the phones in use: milliseconds since 1970 UTC.
    pub last_sync_at: Option<i64>,
}

/// What a bulletin has come to within a division, by the place of each person among the members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// Who has read it, and when: the earliest first.
    pub read: Vec<(usize, i64)>,
    /// Who it is for and has not read it.
    pub unread: Vec<usize>,
}

impl AudienceMember {
    fn villages(&self, day: Date) -> impl Iterator<Item = &DivisionCode> {
        let in_force = self
            .grants
            .iter()
            .filter(move |grant| grant.is_in_force(day));
        in_force.map(|grant| &grant.village)
    }

    fn is_addressed(&self, bulletin: &Bulletin, day: Date) -> bool {
        self.is_commissioner && bulletin.is_for(self.villages(day), &self.industries)
    }

    /// Whether the person works in the division on a day; in a county everybody does, with or without villages.
    fn works_in(&self, division: &DivisionCode, day: Date) -> bool {
        *division == division.county()
            || self.villages(day).any(|village| division.contains(village))
    }
}

/// Who within `division` has read a bulletin, and who of those it was for on `day` has not. Whoever has read it counts, also
/// somebody who it was not for.
pub fn audience(
    bulletin: &Bulletin,
    members: &[AudienceMember],
    receipts: &BTreeMap<PersonId, i64>,
    division: &DivisionCode,
    day: Date,
) -> Audience {
    let mut audience = Audience::default();
    for (at, member) in members.iter().enumerate() {
        if !member.works_in(division, day) {
            continue;
        }
        match receipts.get(&member.person) {
            Some(read_at) => audience.read.push((at, *read_at)),
            None if member.is_addressed(bulletin, day) => audience.unread.push(at),
            None => {}
        }
    }
    audience.read.sort_by_key(|(at, read_at)| (*read_at, *at));
    audience
}

/// The day on which it is asked who a bulletin is for: today, or the last day on which it was shown.
pub fn day_of(bulletin: &Bulletin, withdrawn_on: Option<Date>, today: Date) -> Date {
    let ends = [bulletin.valid_until, withdrawn_on];
    let last = ends.into_iter().flatten().fold(today, Date::min);
    bulletin.valid_from.map_or(last, |from| from.max(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use uuid::Uuid;

    const DAY: Date = date(2026, 6, 30);

    fn code(text: &str) -> DivisionCode {
        text.parse().unwrap()
    }

    fn member(n: u128, village: &str, industries: &[&str]) -> AudienceMember {
        AudienceMember {
            person: PersonId(Uuid::from_u128(n)),
            name: format!("n{n}"),
            is_commissioner: true,
            industries: industries.iter().map(|one| (*one).to_owned()).collect(),
            grants: vec![Grant {
                village: code(village),
                from_on: date(2026, 1, 1),
                to_on: Some(DAY),
            }],
            last_sync_at: None,
        }
    }

    fn of_township() -> Bulletin {
        Bulletin {
            township_code: Some(code("990421100")),
            industries: Some(vec!["aquaculture".to_owned()]),
            ..Bulletin::default()
        }
    }

    #[test]
    fn it_is_for_those_who_work_in_its_township_and_industry_and_for_those_of_unknown_industry() {
        let members = [
            member(1, "990421100200", &["aquaculture"]),
            member(2, "990421100200", &["vegetable"]),
            member(3, "990421100201", &[]),
            member(4, "990421101200", &["aquaculture"]),
        ];
        let county = code("990421");
        let found = audience(&of_township(), &members, &BTreeMap::new(), &county, DAY);
        assert_eq!((found.read, found.unread), (vec![], vec![0, 2]));
        let later = date(2026, 7, 1);
        let found = audience(&of_township(), &members, &BTreeMap::new(), &county, later);
        assert_eq!(found.unread, [0_usize; 0], "the assignments are over");
    }

    #[test]
    fn whoever_has_read_it_counts_once_also_somebody_who_it_was_not_for() {
        let mut closed = member(3, "990421100201", &[]);
        closed.is_commissioner = false;
        let members = [
            member(1, "990421100200", &["aquaculture"]),
            member(2, "990421101200", &["vegetable"]),
            closed,
        ];
        let receipts = BTreeMap::from([(members[1].person, 5), (members[0].person, 9)]);
        let found = audience(&of_township(), &members, &receipts, &code("990421"), DAY);
        assert_eq!((found.read, found.unread), (vec![(1, 5), (0, 9)], vec![]));
        // A coordinator sees those of the own township.
        let own = code("990421100");
        let found = audience(&of_township(), &members, &receipts, &own, DAY);
        assert_eq!(found.read, [(0, 9)]);
    }

    #[test]
    fn it_is_asked_for_today_or_the_last_day_on_which_it_was_shown() {
        let bulletin = Bulletin {
            valid_from: Some(date(2026, 6, 10)),
            valid_until: Some(date(2026, 6, 20)),
            ..Bulletin::default()
        };
        let day = |withdrawn, today| day_of(&bulletin, withdrawn, today);
        assert_eq!(day(None, DAY), date(2026, 6, 20));
        assert_eq!(day(None, date(2026, 6, 15)), date(2026, 6, 15));
        assert_eq!(day(Some(date(2026, 6, 12)), DAY), date(2026, 6, 12));
        assert_eq!(day(None, date(2026, 6, 1)), date(2026, 6, 10));
    }
}
