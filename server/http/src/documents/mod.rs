//! Documents that several routes answer with: periods, cut-offs, things with their names, the parts of a rate.
//!
//! They know neither routes nor use cases.

pub mod summary;

use serde::Serialize;
use tepai_app::summaries::summary::{CutOff, Names};
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::PersonId;
use tepai_sync_protocol::summary::period::Period;
use tepai_sync_protocol::words::Sentence;
use utoipa::ToSchema;

/// A period with its days.
#[derive(Debug, Serialize, ToSchema)]
pub struct PeriodDocument {
    /// First local day.
    #[schema(value_type = String)]
    from: jiff::civil::Date,
    /// Last local day.
    #[schema(value_type = String)]
    to: jiff::civil::Date,
    /// What people call it.
    label: Sentence,
}

impl From<Period> for PeriodDocument {
    fn from(period: Period) -> Self {
        Self {
            from: period.from(),
            to: period.to(),
            label: period.label(),
        }
    }
}

/// How complete the data is: late phones change figures of the past.
#[derive(Debug, Serialize, ToSchema)]
pub struct CutOffDocument {
    /// Every phone that works there has reported up to this day; absent if one never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    complete_to: Option<jiff::civil::Date>,
    /// Commissioners whose phones have not reported since the end of the period, or since today.
    behind: Vec<Named>,
}

/// An id or code, with its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Named {
    /// The id or code.
    pub key: String,
    /// The name, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The document of a cut-off.
pub(crate) fn cut_off(cut_off: &CutOff, names: &Names) -> CutOffDocument {
    let behind = cut_off
        .behind
        .iter()
        .map(|person| person_named(*person, names));
    CutOffDocument {
        complete_to: cut_off.complete_to,
        behind: behind.collect(),
    }
}

/// A division with its name.
pub(crate) fn division_named(code: &DivisionCode, names: &Names) -> Named {
    Named {
        key: code.to_string(),
        name: names.divisions.get(code).cloned(),
    }
}

/// A person with the name.
pub(crate) fn person_named(person: PersonId, names: &Names) -> Named {
    Named {
        key: person.to_string(),
        name: names.people.get(&person).cloned(),
    }
}

/// Numerator and denominator.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parts {
    /// Numerator.
    pub numerator: i64,
    /// Denominator.
    pub denominator: i64,
}
