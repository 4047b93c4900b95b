//! Each rule of the merge by an example. The laws that hold for all edits are in `merge_laws`.

use crate::merge::{Merged, State, check_merged};
use crate::mutation::Mutation;
use crate::problem::ErrorCode;
use crate::records::Kind;
use crate::sync::Outcome;
use crate::testing::{
    ANN, ANNS_CLONE, ANNS_TABLET, BEN, COORDINATOR, Edit, OFFICE, created, id, visit,
};
use serde_json::{Value, json};

/// Ann's visit after Ben, who takes part, has written `value` into `field` at revision 3.
fn visit_that_ben_changed(field: &str, value: impl Into<Value>) -> State {
    joint_visit().after(&BEN.patches(2).at(50).set(field, value))
}

/// Ann's visit at revision 2, with Ben and the coordinator.
fn joint_visit() -> State {
    let both = ANN
        .patches(1)
        .n(2)
        .add("participant_ids", id(BEN.person).to_string());
    visit().after(&both)
}

#[track_caller]
fn refused(edit: &Edit, current: &State) -> (Outcome, ErrorCode) {
    let merged = edit.on(Some(current));
    assert_eq!(merged.state, None);
    (merged.outcome, merged.problem.unwrap().code)
}

/// Rule, whether the push stands, the value that stands and the one that lost.
fn decision(merged: &Merged) -> (&'static str, bool, Option<Value>, Option<Value>) {
    assert_eq!(merged.outcome, Outcome::Merged);
    let [conflict] = &merged.conflicts[..] else {
        panic!("{:?}", merged.conflicts)
    };
    (
        conflict.rule,
        conflict.yours_kept,
        conflict.kept.clone(),
        conflict.lost.clone(),
    )
}

#[test]
fn a_creation_fills_in_what_the_server_owns_and_sorts_sets() {
    let edit = ANN
        .creates(Kind::Visit)
        .set("technique_codes", json!(["B", "A", "B"]));
    let state = created(
        &edit
            .add("technique_codes", "A1")
            .set("problem_found", Value::Null)
            .set("$other", 1),
    );
    assert_eq!(state.rev, 1);
    assert_eq!(state.fields["technique_codes"], json!(["A", "A1", "B"]));
    assert_eq!(state.text("review_state"), Some("submitted"));
    assert_eq!(
        state.text("commissioner_id"),
        Some(id(ANN.person).to_string().as_str())
    );
    assert!(!state.fields.contains_key("problem_found") && state.ext.is_empty());
    assert_eq!(
        created(&ANN.creates(Kind::Photo)).text("photo_state"),
        Some("announced")
    );
}

#[test]
fn an_edit_that_saw_the_other_one_just_applies() {
    let theirs = visit_that_ben_changed("content", "ben's");
    let merged = ANN
        .patches(3)
        .at(1)
        .set("content", "ann's")
        .on(Some(&theirs));
    assert_eq!(
        (merged.outcome, merged.conflicts.len()),
        (Outcome::Applied, 0)
    );
    assert_eq!(merged.state.unwrap().fields["content"], "ann's");
}

#[test]
fn of_two_edits_that_did_not_see_each_other_the_later_stands_and_the_other_is_kept() {
    let theirs = visit_that_ben_changed("content", "ben's");
    let later = ANN
        .patches(2)
        .n(3)
        .at(51)
        .set("content", "ann's")
        .on(Some(&theirs));
    assert_eq!(
        decision(&later),
        (
            "later_edit",
            true,
            Some("ann's".into()),
            Some("ben's".into())
        )
    );
    assert_eq!(later.conflicts[0].lost_by, BEN.person_id());
    assert_eq!(later.state.unwrap().fields["content"], "ann's");
    let earlier = ANN
        .patches(2)
        .n(3)
        .at(49)
        .set("content", "ann's")
        .on(Some(&theirs));
    assert_eq!(
        decision(&earlier),
        (
            "later_edit",
            false,
            Some("ben's".into()),
            Some("ann's".into())
        )
    );
    assert_eq!(earlier.state, None);
}

#[test]
fn authority_beats_time_and_time_beats_the_device() {
    let theirs = visit_that_ben_changed("content", "ben's");
    let office = OFFICE.patches(2).at(0).set("content", "office's");
    assert_eq!(decision(&office.on(Some(&theirs))).0, "authority");
    assert!(decision(&office.on(Some(&theirs))).1);
    let after_office = theirs.after(&office);
    let coordinator = COORDINATOR.patches(2).at(999).set("content", "late");
    assert!(!decision(&coordinator.on(Some(&after_office))).1);
    // Ann's device id is below Ben's: at the same time Ben's stands, whoever comes first.
    assert!(
        !decision(
            &ANN.patches(2)
                .n(3)
                .at(50)
                .set("content", "a")
                .on(Some(&theirs))
        )
        .1
    );
    assert!(
        decision(
            &ANN.patches(2)
                .n(3)
                .at(51)
                .set("content", "a")
                .on(Some(&theirs))
        )
        .1
    );
}

#[test]
fn taking_a_value_away_is_an_edit_like_any_other() {
    let first = joint_visit().after(&ANN.patches(2).n(3).set("paper_ref", "7"));
    let removed = first.after(&BEN.patches(3).at(50).unset("paper_ref"));
    assert!(!removed.fields.contains_key("paper_ref"));
    let write = ANN.patches(3).n(4).at(60).set("paper_ref", "8");
    assert_eq!(
        decision(&write.on(Some(&removed))),
        ("later_edit", true, Some("8".into()), None)
    );
    let changed = first.after(&BEN.patches(3).at(50).set("paper_ref", "9"));
    for removal in [
        ANN.patches(3).n(4).at(60).unset("paper_ref"),
        ANN.patches(3).n(4).at(60).set("paper_ref", Value::Null),
        ANN.patches(3)
            .n(4)
            .at(60)
            .set("paper_ref", Value::Null)
            .unset("paper_ref"),
        ANN.patches(3)
            .n(4)
            .at(60)
            .set("paper_ref", "contradicts")
            .unset("paper_ref"),
    ] {
        let merged = removal.on(Some(&changed));
        assert_eq!(
            decision(&merged),
            ("later_edit", true, None, Some("9".into()))
        );
        assert!(!merged.state.unwrap().fields.contains_key("paper_ref"));
    }
}

#[test]
fn the_same_replica_never_conflicts_with_itself() {
    let second = visit().after(&ANN.patches(1).n(2).set("content", "second"));
    let third = ANN
        .patches(1)
        .n(3)
        .at(-9)
        .set("content", "third")
        .on(Some(&second));
    assert_eq!(
        (third.outcome, third.conflicts.len()),
        (Outcome::Applied, 0)
    );
    let late_first = ANN
        .patches(1)
        .n(1)
        .at(99)
        .set("content", "first")
        .on(Some(&second));
    assert_eq!(
        (late_first.outcome, late_first.state),
        (Outcome::Applied, None)
    );
}

#[test]
fn another_device_or_a_restored_phone_of_the_same_person_is_another_replica() {
    let second = visit().after(&ANN.patches(1).n(400).set("content", "from the phone"));
    for other in [ANNS_TABLET, ANNS_CLONE] {
        // The restored phone counts from 1 again: that alone must not make its edit look old.
        let merged = other
            .patches(1)
            .n(1)
            .at(5)
            .set("content", "again")
            .on(Some(&second));
        assert_eq!(decision(&merged).3, Some("from the phone".into()));
        assert_eq!(merged.state.unwrap().fields["content"], "again");
        let created_again = other.creates(Kind::Visit).at(-5).set("content", "old");
        assert!(!decision(&created_again.on(Some(&visit()))).1);
    }
    // Whatever the counter says, who saw the value may change it.
    let seen = ANN
        .patches(2)
        .n(1)
        .set("content", "counts anew")
        .on(Some(&second));
    assert_eq!(seen.state.unwrap().fields["content"], "counts anew");
}

#[test]
fn a_base_that_the_record_never_had_proves_nothing() {
    let theirs = visit_that_ben_changed("content", "ben's");
    let merged = ANN
        .patches(i64::MAX)
        .n(3)
        .set("content", "ann's")
        .on(Some(&theirs));
    assert!(!decision(&merged).1);
    let code = refused(&ANN.deletes(4).n(3), &theirs);
    assert_eq!(code, (Outcome::Rejected, ErrorCode::ChangedByOther));
}

#[test]
fn a_patch_that_changes_nothing_is_applied_without_a_new_revision() {
    let theirs = visit_that_ben_changed("content", "same");
    for nothing in [
        ANN.patches(1).set("content", "same"),
        ANN.patches(1)
            .unset("paper_ref")
            .remove("technique_codes", "T"),
        ANN.patches(1).set("x_new", Value::Null).remove("x_set", 1),
        ANN.patches(1)
            .add("participant_ids", id(BEN.person).to_string()),
        ANN.patches(1)
            .set("$deleted", true)
            .unset("$other")
            .add("$other", 1),
    ] {
        let merged = nothing.on(Some(&theirs));
        assert_eq!(
            (merged.outcome, merged.state),
            (Outcome::Applied, None),
            "{nothing:?}"
        );
    }
}

#[test]
fn two_peoples_additions_and_removals_both_count() {
    let start = joint_visit().after(&ANN.patches(2).n(3).add("technique_codes", "A"));
    let ben = BEN
        .patches(3)
        .add("technique_codes", "B")
        .remove("technique_codes", "A");
    let merged = ANN
        .patches(3)
        .n(4)
        .add("technique_codes", "C")
        .on(Some(&start.after(&ben)));
    assert_eq!(
        (merged.outcome, merged.conflicts.len()),
        (Outcome::Applied, 0)
    );
    assert_eq!(
        merged.state.unwrap().fields["technique_codes"],
        json!(["B", "C"])
    );
    let both = ANN
        .patches(3)
        .n(4)
        .add("technique_codes", "A")
        .remove("technique_codes", "A");
    assert_eq!(
        both.on(Some(&start)).state,
        None,
        "an addition wins over a removal"
    );
}

#[test]
fn an_immutable_field_is_refused_and_the_rest_applies() {
    let report = created(&ANN.creates(Kind::AdoptionReport));
    let edit = ANN.patches(1).of(Kind::AdoptionReport).n(2);
    let merged = edit
        .clone()
        .set("season", "2027")
        .set("note", "new")
        .unset("site_id")
        .on(Some(&report));
    assert_eq!(
        decision(&merged),
        ("immutable", false, Some("2026".into()), Some("2027".into()))
    );
    let problem = merged.problem.unwrap();
    assert_eq!(problem.code, ErrorCode::ImmutableField);
    assert_eq!(problem.errors[0].pointer, "/set/season");
    assert_eq!(merged.state.as_ref().unwrap().fields["season"], "2026");
    assert_eq!(merged.state.unwrap().fields["note"], "new");
    let taken_away = edit.clone().unset("season").on(Some(&report));
    assert_eq!(
        taken_away.problem.unwrap().errors[0].pointer,
        "/unset/season"
    );
    let set_once = report.after(&edit.set("site_id", id(61).to_string()));
    assert_eq!(set_once.fields["site_id"], id(61).to_string());
}

#[test]
fn only_a_disputed_measure_wants_a_second_look() {
    let theirs = visit_that_ben_changed("leaflets", 20);
    let merged = ANN.patches(2).n(3).set("leaflets", 30).on(Some(&theirs));
    assert!(merged.conflicts[0].needs_review);
    let theirs = visit_that_ben_changed("content", "ben's");
    assert!(
        !ANN.patches(2)
            .n(3)
            .set("content", "x")
            .on(Some(&theirs))
            .conflicts[0]
            .needs_review
    );
}

#[test]
fn unknown_fields_are_kept_and_merged_like_known_ones() {
    let new = ANN
        .creates(Kind::Visit)
        .set("x_depth", json!({"m": 2}))
        .add("x_tags", "b");
    let first = created(&new.add("participant_ids", id(BEN.person).to_string()));
    assert_eq!(
        Value::Object(first.ext.clone()),
        json!({"x_depth": {"m": 2}, "x_tags": ["b"]})
    );
    let older_app = first.after(&ANN.patches(1).n(2).set("content", "new words"));
    assert_eq!(
        older_app.ext, first.ext,
        "an older app does not erase what it does not know"
    );
    let ben = older_app.after(&BEN.patches(2).at(9).set("x_depth", 3).add("x_tags", "a"));
    assert_eq!(
        Value::Object(ben.ext.clone()),
        json!({"x_depth": 3, "x_tags": ["a", "b"]})
    );
    let late = ANN
        .patches(2)
        .n(3)
        .at(8)
        .unset("x_depth")
        .remove("x_tags", "b")
        .on(Some(&ben));
    assert_eq!(decision(&late), ("later_edit", false, Some(3.into()), None));
    assert_eq!(late.state.unwrap().ext["x_tags"], json!(["a"]));
    assert_eq!(
        ANN.patches(2).remove("x_depth", 3).on(Some(&ben)).state,
        None
    );
    let other_shape = ANN
        .patches(2)
        .n(3)
        .at(8)
        .add("x_depth", "deep")
        .on(Some(&ben));
    assert_eq!(decision(&other_shape).3, Some(json!(["deep"])));
}

#[test]
fn a_patch_never_creates() {
    for edit in [
        ANN.patches(0),
        ANN.deletes(0),
        ANN.undeletes(0),
        ANN.commands("submit"),
    ] {
        let base_zero = Edit {
            mutation: Mutation {
                base: Some(0),
                ..edit.mutation
            },
            ..edit
        };
        let early = base_zero.on(None);
        assert_eq!((early.outcome, early.state), (Outcome::Retry, None));
    }
    let lost = ANN.patches(1).set("content", "x").on(None);
    assert_eq!((lost.outcome, lost.state), (Outcome::Rejected, None));
    assert_eq!(lost.problem.unwrap().code, ErrorCode::UnknownRecord);
}

#[test]
fn an_id_belongs_to_one_record_of_one_person_and_one_kind() {
    let taken = (Outcome::Rejected, ErrorCode::IdTaken);
    assert_eq!(refused(&BEN.creates(Kind::Visit), &visit()), taken);
    assert_eq!(refused(&ANN.creates(Kind::Site), &visit()), taken);
    assert_eq!(
        refused(&ANN.patches(1).of(Kind::Site).set("note", "x"), &visit()),
        taken
    );
}

#[test]
fn a_record_created_again_is_a_patch_that_saw_nothing() {
    let again = || ANN.creates(Kind::Visit).n(7);
    assert_eq!(again().on(Some(&visit())).state, None);
    let approved = visit().reviewed("approved");
    assert_eq!(again().on(Some(&approved)).outcome, Outcome::Applied);

    let more = ANNS_TABLET.creates(Kind::Visit).set("paper_ref", "7");
    let more = more.set("variety_names", json!(["x"])).add("x_tags", 1);
    let merged = more.on(Some(&visit()));
    assert_eq!(
        merged.outcome,
        Outcome::Applied,
        "what was absent is nobody's"
    );
    let fuller = merged.state.unwrap();
    assert_eq!(fuller.fields["variety_names"], json!(["x"]));

    let nothing = again().set("paper_ref", Value::Null).unset("content");
    let nothing = nothing.remove("variety_names", "x");
    let merged = nothing.at(9).on(Some(&fuller));
    assert_eq!(
        (merged.outcome, merged.state),
        (Outcome::Applied, None),
        "it takes nothing away"
    );
    let merged = again()
        .at(9)
        .on(Some(&visit_that_ben_changed("content", "ben's")));
    assert_eq!(
        decision(&merged).2,
        Some("ben's".into()),
        "it does not undo what others did"
    );
    let deleted = visit().after(&ANN.deletes(1).n(2));
    assert_eq!(refused(&again(), &deleted).1, ErrorCode::Deleted);
}

#[test]
fn a_late_edit_of_a_deleted_record_is_refused_and_its_values_are_kept() {
    let deleted = joint_visit().after(&OFFICE.deletes(2));
    let merged = ANN
        .patches(1)
        .n(3)
        .set("content", "late")
        .unset("paper_ref")
        .on(Some(&deleted));
    assert_eq!((merged.outcome, merged.state), (Outcome::Rejected, None));
    assert_eq!(merged.problem.unwrap().code, ErrorCode::Deleted);
    let conflict = &merged.conflicts[0];
    assert_eq!((conflict.rule, &conflict.field), ("deleted", &None));
    assert_eq!(
        conflict.lost,
        Some(json!({"content": "late", "paper_ref": null}))
    );
    assert_eq!(
        (conflict.kept_by, conflict.lost_by),
        (OFFICE.person_id(), ANN.person_id())
    );
}

#[test]
fn nobody_deletes_what_somebody_else_has_changed_unseen() {
    let refusal = (Outcome::Rejected, ErrorCode::ChangedByOther);
    let theirs = visit_that_ben_changed("content", "ben's");
    assert_eq!(refused(&ANN.deletes(2).n(3), &theirs), refusal);
    assert!(theirs.after(&ANN.deletes(3).n(3)).deleted);
    assert_eq!(
        refused(&ANNS_TABLET.deletes(0), &visit()),
        refusal,
        "nor on another phone of hers"
    );
    assert!(
        visit().after(&ANN.deletes(0).n(2)).deleted,
        "her own edits do not stop her"
    );
    assert_eq!(
        refused(&ANN.deletes(1).n(3), &visit().reviewed("returned")),
        refusal
    );
}

#[test]
fn a_later_edit_does_not_hide_from_a_deletion_that_others_were_there() {
    let ben = joint_visit().after(&BEN.patches(2).add("technique_codes", "B"));
    let ann = ben.after(&ANN.patches(2).n(3).add("technique_codes", "A"));
    let ann = ann.after(&ANN.patches(2).n(4).add("technique_codes", "A2"));
    let code = refused(&ANN.deletes(2).n(5), &ann);
    assert_eq!(code, (Outcome::Rejected, ErrorCode::ChangedByOther));
    assert!(ann.after(&ANN.deletes(3).n(5)).deleted);
}

#[test]
fn deleting_twice_is_deleting_once() {
    let deleted = visit().after(&ANN.deletes(1).n(2));
    assert_eq!(
        deleted.fields,
        visit().fields,
        "the fields stay, so that it can come back"
    );
    let again = ANNS_TABLET.deletes(1).on(Some(&deleted));
    assert_eq!((again.outcome, again.state), (Outcome::Applied, None));
}

#[test]
fn a_deleted_record_comes_back_in_one_revision_with_what_was_edited_late() {
    let deleted = visit().after(&ANN.deletes(1).n(2));
    let back = deleted.after(&ANN.undeletes(2).n(3).set("content", "late"));
    assert_eq!(
        (back.deleted, back.rev, back.text("content")),
        (false, 3, Some("late"))
    );
    assert_eq!(deleted.after(&ANN.undeletes(2).n(3)).rev, 3);
    // Of one that is back already, nothing is dropped either.
    let more = back.after(&ANNS_TABLET.undeletes(3).set("paper_ref", "7"));
    assert_eq!(more.text("paper_ref"), Some("7"));
}

#[test]
fn an_approved_visit_is_closed_to_phones_and_open_to_the_county() {
    for review_state in ["approved", "township_passed", "not_recognised"] {
        let locked = visit().reviewed(review_state);
        let held = (Outcome::Held, ErrorCode::Locked);
        for phone in [ANN, COORDINATOR] {
            assert_eq!(
                refused(&phone.patches(2).n(3).set("content", "x"), &locked),
                held
            );
            assert_eq!(refused(&phone.deletes(2).n(3), &locked), held);
        }
        let corrected = locked.after(&OFFICE.patches(2).set("content", "corrected"));
        assert_eq!(corrected.text("review_state"), Some(review_state));
        let deleted = locked.after(&OFFICE.deletes(2));
        let undelete = ANN.undeletes(3).n(3).set("content", "in by the back door");
        assert_eq!(refused(&undelete, &deleted), held);
        let transition = refused(&ANN.commands("withdraw"), &locked);
        assert_eq!(
            transition,
            (Outcome::Rejected, ErrorCode::IllegalTransition)
        );
    }
}

#[test]
fn a_returned_visit_goes_back_when_somebody_mends_it_who_saw_that() {
    let returned = visit().reviewed("returned");
    let mended = returned.after(&ANN.patches(2).n(3).set("content", "mended"));
    assert_eq!(mended.text("review_state"), Some("submitted"));
    let unseen = returned.after(&ANN.patches(1).n(3).set("content", "made before the return"));
    assert_eq!(unseen.text("review_state"), Some("returned"));
    let unchanged = ANN
        .patches(2)
        .n(3)
        .set("content", "first words")
        .on(Some(&returned));
    assert_eq!(unchanged.state, None, "saying the same again mends nothing");
    let by_office = returned.after(&OFFICE.patches(2).set("content", "x"));
    assert_eq!(by_office.text("review_state"), Some("returned"));
}

#[test]
fn commands_move_a_visit_and_nothing_else() {
    let withdrawn = visit().after(&ANN.commands("withdraw").n(2));
    assert_eq!(withdrawn.text("review_state"), Some("withdrawn"));
    assert_eq!(
        ANN.commands("withdraw").n(3).on(Some(&withdrawn)).state,
        None
    );
    assert_eq!(
        withdrawn
            .after(&ANN.commands("submit").n(3))
            .text("review_state"),
        Some("submitted")
    );
    assert_eq!(
        refused(&ANN.commands("approve"), &visit()).1,
        ErrorCode::IllegalTransition
    );
    let site = created(&ANN.creates(Kind::Site));
    assert_eq!(
        refused(&ANN.commands("withdraw").of(Kind::Site), &site).1,
        ErrorCode::UnknownCommand
    );
    let deleted = visit().after(&ANN.deletes(1).n(2));
    assert_eq!(
        refused(&ANN.commands("withdraw"), &deleted).1,
        ErrorCode::Deleted
    );
}

#[test]
fn who_took_part_may_mend_a_visit_but_not_take_it_away() {
    let refusal = (Outcome::Rejected, ErrorCode::NotTheAuthor);
    assert_eq!(
        refused(&BEN.patches(1).set("content", "x"), &visit()),
        refusal
    );
    assert!(joint_visit().after(&COORDINATOR.deletes(2)).deleted);
    for taking_away in [BEN.deletes(2), BEN.commands("withdraw")] {
        assert_eq!(refused(&taking_away, &joint_visit()), refusal);
    }
    let report = created(&ANN.creates(Kind::AdoptionReport));
    let edit = BEN.patches(1).of(Kind::AdoptionReport).set("note", "x");
    assert_eq!(refused(&edit, &report), refusal);
    let site = created(&ANN.creates(Kind::Site));
    site.after(
        &BEN.patches(1)
            .of(Kind::Site)
            .set("display_name", "everybody's"),
    );
}

#[test]
fn a_merge_that_breaks_what_each_half_kept_is_found() {
    assert_eq!(check_merged(&visit()), None);
    let with_end = |to: &str| visit().after(&ANN.patches(1).n(2).set("service_to", to));
    assert_eq!(check_merged(&with_end("2026-03-28")), None);
    let moved =
        with_end("2026-03-30").after(&ANN.patches(1).n(3).set("service_from", "2026-03-31"));
    let problem = check_merged(&moved).unwrap();
    assert_eq!(problem.errors[0].code, ErrorCode::EndsBeforeStart);
    assert_eq!(check_merged(&moved.after(&ANN.deletes(1).n(4))), None);
    assert_eq!(check_merged(&with_end("2026-04-27")), None, "31 days");
    let problem = check_merged(&with_end("2026-04-28")).unwrap();
    assert_eq!(problem.errors[0].code, ErrorCode::OutOfRange);
}

#[test]
fn what_several_mutations_pile_up_has_a_limit() {
    let full = (0..50).fold(ANN.patches(1).n(2), |edit, at| {
        edit.add("technique_codes", at.to_string())
    });
    assert_eq!(check_merged(&visit().after(&full)), None);
    let pile = |field: &str, value: &dyn Fn(u8) -> Edit| {
        let state = (0..3).fold(visit(), |state, at| state.after(&value(at)));
        let problem = check_merged(&state).unwrap();
        assert_eq!(problem.errors.len(), 1, "{field}");
        problem.errors[0].code
    };
    let techniques = |at: u8| {
        let codes = (0..25).map(|n| format!("{at}-{n}"));
        codes.fold(ANN.patches(1).n(2), |edit, code| {
            edit.add("technique_codes", code)
        })
    };
    assert_eq!(pile("technique_codes", &techniques), ErrorCode::TooMany);
    let unknown = |at: u8| {
        ANN.patches(1)
            .n(2)
            .set(&format!("x_{at}"), "x".repeat(9000))
    };
    assert_eq!(pile("x", &unknown), ErrorCode::TooLong);
}
