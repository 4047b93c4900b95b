//! The kinds of records that sync and the fields of each, written down once.
//!
//! `record!` turns one list of fields into a struct for reading (every field optional: a phone
//! may be older or newer than we are), a table of [`Field`]s for validation, merge and the specification, and a
//! constant with the name of each field (`Visit::VILLAGE_CODE`).

mod adoption;
mod beneficiary;
mod bulletin;
mod demo_base;
mod feedback;
mod follow_up;
mod photo;
mod reference;
mod site;
mod training_session;
mod visit;

pub use adoption::{Adoption, AdoptionReport};
pub use beneficiary::Beneficiary;
pub use bulletin::{
    Bulletin, MOST_INDUSTRIES, MOST_REASON, MOST_TEXT, MOST_TITLE, Receipt, receipt_id,
};
pub use demo_base::DemoBase;
pub use feedback::Feedback;
pub use follow_up::FollowUp;
pub use photo::Photo;
pub use reference::{ConflictNote, TechniqueEntry, VillageEntry};
pub use site::Site;
pub use training_session::TrainingSession;
pub use visit::Visit;

use crate::Fields;
use crate::field::Field;
use crate::words::{Words, words};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A kind of record.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// 走访记录.
    Visit,
    /// 采用报告: one person's report of a technique's stage.
    AdoptionReport,
    /// 采用状态: derived by the server from all reports.
    Adoption,
    /// 服务对象.
    Beneficiary,
    /// 生产单元.
    Site,
    /// 照片: the record; its bytes travel apart.
    Photo,
    /// 示范基地.
    DemoBase,
    /// 问题跟进.
    FollowUp,
    /// 满意度评价.
    Feedback,
    /// 培训.
    TrainingSession,
    /// 技术: an entry of the county's catalogue, written by the office.
    Technique,
    /// 村: a village of the county and its profile, written by the office.
    Village,
    /// 冲突: two people changed the same thing; written by the server.
    Conflict,
    /// 公告: written by the office for commissioners.
    Bulletin,
    /// 阅读回执: somebody has read a bulletin; written by the server when a phone says so.
    Receipt,
}

impl Kind {
    /// Every kind.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The stable word for the kind, as stored and sent.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// Whether phones make records of this kind; the others are written by the server alone.
    pub const fn is_from_phones(self) -> bool {
        !matches!(
            self,
            Self::Adoption
                | Self::Technique
                | Self::Village
                | Self::Conflict
                | Self::Bulletin
                | Self::Receipt
        )
    }

    /// What people call it.
    pub const fn label(self) -> Words {
        match self {
            Self::Visit => words("走访记录", "visit"),
            Self::AdoptionReport => words("采用报告", "adoption report"),
            Self::Adoption => words("采用状态", "adoption"),
            Self::Beneficiary => words("服务对象", "beneficiary"),
            Self::Site => words("生产单元", "site"),
            Self::Photo => words("照片", "photo"),
            Self::DemoBase => words("示范基地", "demo base"),
            Self::FollowUp => words("问题跟进", "follow-up"),
            Self::Feedback => words("满意度评价", "feedback"),
            Self::TrainingSession => words("培训", "training session"),
            Self::Technique => words("技术", "technique"),
            Self::Village => words("村", "village"),
            Self::Conflict => words("冲突", "conflict"),
            Self::Bulletin => words("公告", "bulletin"),
            Self::Receipt => words("阅读回执", "receipt"),
        }
    }

    /// The field that names the record it belongs to, and that record's kind. A record whose parent has not
    /// arrived is *held*: stored and shown, but not counted. It follows its parent when that moves.
    pub const fn parent(self) -> Option<(&'static str, Self)> {
        match self {
            Self::AdoptionReport | Self::Site => Some(("beneficiary_id", Self::Beneficiary)),
            Self::Photo | Self::Feedback => Some(("visit_id", Self::Visit)),
            Self::Receipt => Some(("bulletin_id", Self::Bulletin)),
            _ => None,
        }
    }

    /// The field with the local date by which the record falls into a period.
    pub const fn date_field(self) -> Option<&'static str> {
        match self {
            Self::Visit => Some("service_from"),
            Self::AdoptionReport => Some("reported_on"),
            Self::Adoption => Some("stage_on"),
            Self::Feedback => Some("given_on"),
            Self::TrainingSession => Some("held_on"),
            Self::FollowUp => Some("due_on"),
            Self::Bulletin => Some("valid_from"),
            _ => None,
        }
    }

    /// The table of its fields.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Visit => Visit::FIELDS,
            Self::AdoptionReport => AdoptionReport::FIELDS,
            Self::Adoption => Adoption::FIELDS,
            Self::Beneficiary => Beneficiary::FIELDS,
            Self::Site => Site::FIELDS,
            Self::Photo => Photo::FIELDS,
            Self::DemoBase => DemoBase::FIELDS,
            Self::FollowUp => FollowUp::FIELDS,
            Self::Feedback => Feedback::FIELDS,
            Self::TrainingSession => TrainingSession::FIELDS,
            Self::Technique => TechniqueEntry::FIELDS,
            Self::Village => VillageEntry::FIELDS,
            Self::Conflict => ConflictNote::FIELDS,
            Self::Bulletin => Bulletin::FIELDS,
            Self::Receipt => Receipt::FIELDS,
        }
    }

    /// The field called `name`.
    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

/// A record read into its struct. Fields that are absent or of an unknown shape are `None`.
pub trait Record: Sized {
    /// Its kind.
    const KIND: Kind;

    /// Reads the known fields; never fails, because what is stored was validated when it came.
    fn read(fields: &Fields) -> Self;

    /// The fields as they travel.
    fn write(&self) -> Fields;
}

macro_rules! record {
    (
        $(#[$doc:meta])*
        $name:ident, $kind:expr;
        $(
            $(#[$field_doc:meta])*
            $field:ident: $rust:ty = $type:expr, $class:ident, $presence:ident, $zh:literal, $en:literal;
        )*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(default, skip_serializing_if = "Option::is_none")]
                #[cfg_attr(feature = "openapi", schema(value_type = Option<$rust>))]
                pub $field: Option<$rust>,
            )*
        }

        impl $name {
            /// The table of fields.
            pub const FIELDS: &'static [$crate::field::Field] = &[
                $($crate::field::Field {
                    name: stringify!($field),
                    label: $crate::words::words($zh, $en),
                    kind: $type,
                    class: $crate::field::Class::$class,
                    required: $crate::records::presence::$presence,
                },)*
            ];
        }

        pastey::paste! {
            /// Names of the fields.
            impl $name {
                $(
                    #[doc = concat!("Name of the field `", stringify!($field), "`.")]
                    pub const [<$field:upper>]: &'static str = stringify!($field);
                )*
            }
        }

        impl $crate::records::Record for $name {
            const KIND: $crate::records::Kind = $kind;

            fn read(fields: &$crate::Fields) -> Self {
                Self { $($field: $crate::records::read_field(fields, stringify!($field)),)* }
            }

            fn write(&self) -> $crate::Fields {
                let mut fields = $crate::Fields::new();
                $($crate::records::write_field(&mut fields, stringify!($field), self.$field.as_ref());)*
                fields
            }
        }
    };
}
pub(crate) use record;

#[expect(
    non_upper_case_globals,
    reason = "they are the words of the field tables"
)]
mod presence {
    pub(crate) const required: bool = true;
    pub(crate) const optional: bool = false;
}

fn read_field<T: serde::de::DeserializeOwned>(fields: &Fields, name: &str) -> Option<T> {
    fields
        .get(name)
        .and_then(|value| T::deserialize(value).ok())
}

fn write_field<T: Serialize>(fields: &mut Fields, name: &str, value: Option<&T>) {
    if let Some(value) = value.and_then(|value| serde_json::to_value(value).ok()) {
        fields.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_parses_back_and_names_no_field_twice() {
        for &kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            let names: BTreeSet<_> = kind.fields().iter().map(|field| field.name).collect();
            assert_eq!(names.len(), kind.fields().len(), "{kind:?}");
        }
    }

    #[test]
    fn parents_and_dates_are_fields_of_their_kind() {
        for &kind in Kind::ALL {
            for name in kind
                .parent()
                .map(|(name, _)| name)
                .into_iter()
                .chain(kind.date_field())
            {
                assert!(kind.field(name).is_some(), "{kind:?} has no {name}");
            }
        }
    }

    #[test]
    fn kinds_travel_under_these_words() {
        let words: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert_eq!(
            words,
            [
                "visit",
                "adoption_report",
                "adoption",
                "beneficiary",
                "site",
                "photo",
                "demo_base",
                "follow_up",
                "feedback",
                "training_session",
                "technique",
                "village",
                "conflict",
                "bulletin",
                "receipt"
            ]
        );
    }

    #[test]
    fn a_visit_asks_for_six_things_and_no_more() {
        // Village, service date, mode, industry and content; the commissioner is the session.
        let required: Vec<_> = Visit::FIELDS
            .iter()
            .filter(|field| field.required)
            .map(|field| field.name)
            .collect();
        assert_eq!(
            required,
            [
                "village_code",
                "service_from",
                "mode",
                "industry",
                "content"
            ]
        );
    }
}
