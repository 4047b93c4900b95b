//! The review of a visit: which decision leads from which state to which, and who may take it.

use crate::actor::Role;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use tepai_sync_protocol::problem::ErrorCode;

/// Who reviews visits in a county; a setting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewSteps {
    /// The county alone.
    #[default]
    County,
    /// The township first, then the county.
    TownshipThenCounty,
    /// The township alone.
    Township,
}

/// A reviewer's decision.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Decision {
    /// It is right: the step is passed.
    Approve,
    /// It goes back to the commissioner to be mended.
    Return,
    /// It is not a service that counts.
    NotRecognise,
    /// A finished review is opened again, with a reason.
    Reopen,
}

impl Decision {
    /// The stable word, as stored.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The step at which somebody of this role reviews.
pub const fn step_of(role: Role) -> &'static str {
    match role {
        Role::Coordinator => "township",
        _ => "county",
    }
}

/// The state after `decision` by `role` on a visit in state `now`.
pub fn decide(
    steps: ReviewSteps,
    role: Role,
    now: &str,
    decision: Decision,
) -> Result<&'static str, ErrorCode> {
    let county = matches!(role, Role::CountyOfficer | Role::Administrator);
    let may = match (steps, role) {
        (_, Role::CountyOfficer) | (ReviewSteps::Township, Role::Coordinator) => true,
        (ReviewSteps::TownshipThenCounty, Role::Coordinator) => now == "submitted",
        _ => false,
    };
    if !may {
        return Err(ErrorCode::NotAllowed);
    }
    let open = matches!(now, "submitted" | "township_passed");
    match decision {
        Decision::Approve if open && !county && steps == ReviewSteps::TownshipThenCounty => {
            Ok("township_passed")
        }
        Decision::Approve if open => Ok("approved"),
        Decision::Return if open => Ok("returned"),
        Decision::NotRecognise if open => Ok("not_recognised"),
        Decision::Reopen if county && matches!(now, "approved" | "not_recognised") => {
            Ok("submitted")
        }
        Decision::Reopen if !county => Err(ErrorCode::NotAllowed),
        _ => Err(ErrorCode::IllegalTransition),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_county_alone_approves_what_was_submitted() {
        let by = |role| decide(ReviewSteps::County, role, "submitted", Decision::Approve);
        assert_eq!(by(Role::CountyOfficer), Ok("approved"));
        for role in [
            Role::Coordinator,
            Role::Commissioner,
            Role::Auditor,
            Role::Administrator,
        ] {
            assert_eq!(by(role), Err(ErrorCode::NotAllowed), "{role:?}");
        }
    }

    #[test]
    fn with_two_steps_the_township_passes_and_the_county_approves() {
        let steps = ReviewSteps::TownshipThenCounty;
        let passed = decide(steps, Role::Coordinator, "submitted", Decision::Approve);
        assert_eq!(passed, Ok("township_passed"));
        assert_eq!(
            decide(
                steps,
                Role::CountyOfficer,
                "township_passed",
                Decision::Approve
            ),
            Ok("approved")
        );
        let again = decide(
            steps,
            Role::Coordinator,
            "township_passed",
            Decision::Return,
        );
        assert_eq!(again, Err(ErrorCode::NotAllowed));
    }

    #[test]
    fn only_the_county_opens_a_finished_review_again() {
        let reopen = |role| decide(ReviewSteps::Township, role, "approved", Decision::Reopen);
        assert_eq!(reopen(Role::CountyOfficer), Ok("submitted"));
        assert_eq!(reopen(Role::Coordinator), Err(ErrorCode::NotAllowed));
        let twice = decide(
            ReviewSteps::County,
            Role::CountyOfficer,
            "approved",
            Decision::Approve,
        );
        assert_eq!(twice, Err(ErrorCode::IllegalTransition));
    }
}
