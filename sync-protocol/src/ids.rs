//! Typed identifiers. All are UUIDs; they differ in who makes them and may never be mixed up.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = Uuid))]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id! {
    /// A record that syncs. `UUIDv7` made on the phone, or `UUIDv5` of its natural key.
    RecordId
}
id! {
    /// One mutation: a `UUIDv7` made on the phone when the user saves, the key of exactly-once.
    MutationId
}
id! {
    /// A person: an account, and the commissioner behind it.
    PersonId
}
id! {
    /// A replica on one phone, enrolled and revocable.
    DeviceId
}
id! {
    /// The life of one local database on a device; a wiped or restored phone gets a new one.
    GenerationId
}

/// Namespace of the `UUIDv5`s of records with a natural key: `UUIDv5(DNS, "tepai.records")`.
pub const NATURAL_KEY_NAMESPACE: Uuid = Uuid::from_u128(0x81b1_be18_434e_52df_a52e_ee89_7e26_697a);

/// The id of the adoption of `technique_code` by a beneficiary (or one of its sites) in `season`.
///
/// The name is `adoption|<site or beneficiary id>|<technique code>|<season>`, ids in lower-case hyphenated form.
pub fn adoption_id(unit: RecordId, technique_code: &str, season: &str) -> RecordId {
    let name = format!("adoption|{unit}|{technique_code}|{season}");
    RecordId(Uuid::new_v5(&NATURAL_KEY_NAMESPACE, name.as_bytes()))
}
