//! Which scopes a record stands in, and which villages a person may write to.

use jiff::civil::Date;
use jiff::{Span, ToSpan};
use std::collections::BTreeSet;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::limits::GRACE_MS;
use tepai_sync_protocol::records::Kind;
use tepai_sync_protocol::scope::Scope;

/// A village that was assigned to a person, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The village.
    pub village: DivisionCode,
    /// First local day.
    pub from_on: Date,
    /// Last local day; open if absent.
    pub to_on: Option<Date>,
}

impl Grant {
    /// Whether it is in force on `day`.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.from_on <= day && self.to_on.is_none_or(|to| day <= to)
    }

    /// Whether an edit made on `day` is still taken: during the assignment, or within the grace after it.
    pub fn covers_edit(&self, day: Date) -> bool {
        self.from_on <= day
            && self
                .to_on
                .is_none_or(|to| day <= to.saturating_add(grace()))
    }
}

fn grace() -> Span {
    (GRACE_MS / 86_400_000).days()
}

/// The villages in force on `day`.
pub fn villages_in_force(grants: &[Grant], day: Date) -> BTreeSet<DivisionCode> {
    let in_force = grants.iter().filter(|grant| grant.is_in_force(day));
    in_force.map(|grant| grant.village.clone()).collect()
}

/// The scopes in which a record stands.
pub fn scopes_of(
    kind: Kind,
    county: &DivisionCode,
    village: Option<&DivisionCode>,
    author: PersonId,
    fields: &Fields,
) -> BTreeSet<Scope> {
    let in_village = village.map(|village| Scope::Village(village.clone()));
    match kind {
        Kind::Technique | Kind::Village | Kind::Bulletin => {
            BTreeSet::from([Scope::Reference(county.clone())])
        }
        // What came by a link is for the office alone.
        Kind::Feedback if is_by_link(fields) => BTreeSet::new(),
        Kind::Receipt => person(fields, "person_id").into_iter().collect(),
        Kind::Adoption => in_village.into_iter().collect(),
        Kind::Conflict => ["kept_by", "lost_by"]
            .iter()
            .filter_map(|name| person(fields, name))
            .collect(),
        _ => in_village
            .into_iter()
            .chain([Scope::Person(author)])
            .collect(),
    }
}

/// Whether feedback came by a one-time link, and not from a phone.
pub fn is_by_link(fields: &Fields) -> bool {
    let source = fields.get("source").and_then(|source| source.as_str());
    source.is_some_and(|source| source != "phone")
}

fn person(fields: &Fields, name: &str) -> Option<Scope> {
    let id = fields.get(name)?.as_str()?.parse().ok()?;
    Some(Scope::Person(id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_edit_is_taken_for_thirty_days_after_the_assignment_ended() {
        let grant = Grant {
            village: "421083100201".parse().unwrap(),
            from_on: date(2026, 1, 1),
            to_on: Some(date(2026, 3, 1)),
        };
        assert!(!grant.covers_edit(date(2025, 12, 31)));
        assert!(grant.covers_edit(date(2026, 3, 31)));
        assert!(!grant.covers_edit(date(2026, 4, 1)));
        assert!(!grant.is_in_force(date(2026, 3, 2)));
    }
}
