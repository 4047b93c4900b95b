//! What a push does with each mutation: exactly once, by rule, and never losing anything.

use serde_json::json;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::sync::{ChangeKind, Outcome, PullRequest};
use tepai_tests::world::{DAY_MS, villages};
use tepai_tests::{Phone, World, on_both_databases};
use uuid::Uuid;

on_both_databases!(
    a_batch_sent_again_whole_or_in_parts_gives_the_same_results_and_changes_nothing,
    a_mutation_id_used_for_other_content_is_refused_and_kept,
    one_bad_record_never_blocks_the_others,
    a_child_that_comes_before_its_parent_is_held_until_the_parent_arrives,
    a_visit_that_moves_takes_its_photos_and_feedback_along,
    two_people_who_report_the_same_adoption_make_one,
    a_conflict_keeps_the_losing_value_for_both_and_can_be_undone,
    a_deleted_visit_comes_back_by_undoing_the_conflict,
    undoing_a_conflict_overwrites_no_newer_value_silently,
    a_late_edit_of_a_deleted_record_keeps_the_elements_of_its_sets,
    a_village_that_was_taken_away_is_evicted_and_late_edits_are_judged_by_their_time,
    mutations_of_a_group_apply_together_or_not_at_all,
    a_copied_phone_is_told_to_take_a_new_name_and_loses_nothing,
    fields_that_the_server_does_not_know_are_kept_and_returned,
    a_patch_that_overtakes_its_creation_waits_on_the_phone,
    the_checksum_of_each_scope_is_that_of_its_records,
    a_child_is_written_only_where_its_parent_may_be,
    a_base_of_another_life_of_the_database_overwrites_nothing_silently,
);

async fn a_batch_sent_again_whole_or_in_parts_gives_the_same_results_and_changes_nothing(
    world: World,
) {
    let mut phone = world.phone_everywhere().await;
    let village = villages()[0].to_string();
    let (id, create) = phone.visit(&village, "2026-06-01", json!({}));
    let patch = phone.patch("visit", id, 0, json!({"content": "补充：已投放微生态制剂"}));
    let (_, other) = phone.visit(&village, "2026-06-02", json!({}));
    let (_, bad) = phone.visit(&village, "2026-02-30", json!({}));
    let batch = vec![create, patch, other, bad];

    let first = phone.push(&world.app, batch.clone()).await;
    let before = phone.pull_all(&world.app).await.len();
    let again = phone.push(&world.app, batch.clone()).await;
    let parts = phone.push(&world.app, batch[2..].to_vec()).await;

    for (one, two) in first.iter().zip(&again) {
        assert!(two.replayed, "{two:?}");
        assert_eq!(
            (one.outcome, one.rev, &one.problem),
            (two.outcome, two.rev, &two.problem)
        );
    }
    assert_eq!(parts[0].rev, first[2].rev);
    assert_eq!(parts[1].outcome, Outcome::Rejected);
    assert_eq!(
        before, 4,
        "two visits, each in its village and with its author"
    );
    assert!(phone.pull_all(&world.app).await.is_empty(), "nothing moved");
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM dead_letter")
            .await,
        1
    );
}

async fn a_mutation_id_used_for_other_content_is_refused_and_kept(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (_, create) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    let mut forged = create.clone();
    forged["set"]["content"] = json!("别的内容");
    phone.push_one(&world.app, create.clone()).await;
    let result = phone.push_one(&world.app, forged).await;
    assert_eq!(result.outcome, Outcome::Rejected);
    assert_eq!(result.problem.unwrap().code, ErrorCode::MutationIdReused);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM dead_letter")
            .await,
        1
    );
    assert!(phone.push_one(&world.app, create).await.replayed);
}

async fn one_bad_record_never_blocks_the_others(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (_, good) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    let (_, bad) = phone.visit(
        villages()[0].as_str(),
        "2026-06-01",
        json!({"mode": "打卡"}),
    );
    let results = phone
        .push(
            &world.app,
            vec![
                json!(17),
                json!({"mid": "nonsense"}),
                bad,
                json!(null),
                good,
            ],
        )
        .await;
    let outcomes: Vec<_> = results.iter().map(|result| result.outcome).collect();
    assert_eq!(
        outcomes,
        [
            Outcome::Rejected,
            Outcome::Rejected,
            Outcome::Rejected,
            Outcome::Rejected,
            Outcome::Applied
        ]
    );
    let problem = results[2].problem.as_ref().unwrap();
    assert_eq!(problem.errors[0].pointer, "/set/mode");
    assert_eq!(problem.errors[0].code, ErrorCode::UnknownCode);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM dead_letter")
            .await,
        4
    );
}

async fn a_child_that_comes_before_its_parent_is_held_until_the_parent_arrives(world: World) {
    let mut phone = world.phone_everywhere().await;
    let village = villages()[0].to_string();
    let (visit, create) = phone.visit(&village, "2026-06-01", json!({}));
    let (feedback, child) = phone.create(
        "feedback",
        json!({"village_code": village, "visit_id": visit, "score": "satisfied", "given_on": "2026-06-01"}),
    );
    let held = phone.push_one(&world.app, child).await;
    assert_eq!(held.outcome, Outcome::Held);
    assert_eq!(held.problem.unwrap().code, ErrorCode::AwaitingParent);
    let seen = phone.pull_all(&world.app).await;
    assert!(
        seen.iter()
            .all(|change| change.held.as_deref() == Some("awaiting_parent"))
    );

    phone.push_one(&world.app, create).await;
    let seen = phone.pull_all(&world.app).await;
    let released: Vec<_> = seen.iter().filter(|change| change.id == feedback).collect();
    assert_eq!(released.len(), 2, "in the village and with the author");
    assert!(released.iter().all(|change| change.held.is_none()));
}

async fn a_visit_that_moves_takes_its_photos_and_feedback_along(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (from, to) = (villages()[0].to_string(), villages()[5].to_string());
    let (visit, create) = phone.visit(&from, "2026-06-01", json!({}));
    let (feedback, child) = phone.create(
        "feedback",
        json!({"village_code": from, "visit_id": visit, "score": "fair", "given_on": "2026-06-01"}),
    );
    phone.push(&world.app, vec![create, child]).await;
    phone.pull_all(&world.app).await;
    let moving = phone.patch("visit", visit, 1, json!({"village_code": to}));
    Phone::applied(&phone.push_one(&world.app, moving).await);

    let seen = phone.pull_all(&world.app).await;
    for id in [visit, feedback] {
        let op_in = |scope: &str| {
            seen.iter()
                .find(|change| change.id == id && change.scope.to_string() == scope)
                .map(|change| change.op)
        };
        assert_eq!(op_in(&format!("v:{from}")), Some(ChangeKind::Leave));
        assert_eq!(op_in(&format!("v:{to}")), Some(ChangeKind::Put));
    }
}

async fn two_people_who_report_the_same_adoption_make_one(world: World) {
    let mut one = world.phone_everywhere().await;
    let mut two = world.phone_everywhere().await;
    let village = villages()[0].to_string();
    let (household, create) = one.create(
        "beneficiary",
        json!({"village_code": village, "kind": "household", "display_name": "甲户"}),
    );
    one.push_one(&world.app, create).await;
    let report = |phone: &mut Phone, stage: &str, on: &str| {
        phone.create(
            "adoption_report",
            json!({"village_code": village, "beneficiary_id": household, "technique_code": "SC01", "season": "2026",
                   "stage": stage, "reported_on": on, "area_centi_mu": 1250}),
        )
    };
    let (_, first) = report(&mut one, "trial", "2026-05-02");
    let (last, second) = report(&mut two, "adopted", "2026-06-03");
    Phone::applied(&two.push_one(&world.app, second).await);
    let result = one.push_one(&world.app, first).await;
    assert_eq!(
        (result.outcome, result.conflicts.len()),
        (Outcome::Applied, 0)
    );

    let seen = one.pull_all(&world.app).await;
    let adoptions: Vec<_> = seen
        .iter()
        .filter(|change| change.kind.as_str() == "adoption")
        .collect();
    assert_eq!(adoptions.len(), 1);
    let fields = adoptions[0].fields();
    assert_eq!(fields["stage"], "adopted");
    assert_eq!(fields["report_count"], 2);
    assert_eq!(fields["is_disputed"], true);

    let gone = two.delete("adoption_report", last, 1);
    Phone::applied(&two.push_one(&world.app, gone).await);
    let seen = one.pull_all(&world.app).await;
    let adoption = seen
        .iter()
        .find(|change| change.kind.as_str() == "adoption")
        .unwrap();
    assert_eq!(adoption.fields()["stage"], "trial");
}

async fn a_conflict_keeps_the_losing_value_for_both_and_can_be_undone(world: World) {
    let mut one = world.phone_everywhere().await;
    let mut two = world.phone_everywhere().await;
    let (pond, create) = one.create(
        "beneficiary",
        json!({"village_code": villages()[0], "kind": "household", "display_name": "甲户"}),
    );
    one.push_one(&world.app, create).await;
    let early = one.patch(
        "beneficiary",
        pond,
        1,
        json!({"note": "一人所写", "phone": "13800000000"}),
    );
    two.wall -= 60_000;
    let late = two.patch("beneficiary", pond, 1, json!({"note": "另一人所写"}));
    two.wall += 60_000;
    Phone::applied(&one.push_one(&world.app, early).await);
    let result = two.push_one(&world.app, late).await;
    assert_eq!(result.outcome, Outcome::Merged);
    let conflict = &result.conflicts[0];
    assert!(!conflict.yours_kept);
    assert_eq!(conflict.lost.as_ref().unwrap(), "另一人所写");

    for phone in [&mut one, &mut two] {
        let seen = phone.pull_all(&world.app).await;
        let note = seen
            .iter()
            .find(|change| change.id == conflict.conflict_id)
            .expect("both see the note");
        assert_eq!(note.fields()["lost_json"], "\"另一人所写\"");
    }
    let undo = two.mutation(
        "command",
        "conflict",
        conflict.conflict_id.0,
        json!({"name": "undo_conflict", "base": 1}),
    );
    Phone::applied(&two.push_one(&world.app, undo).await);
    let seen = one.pull_all(&world.app).await;
    let record = seen.iter().rfind(|change| change.id == pond).unwrap();
    assert_eq!(record.fields()["note"], "另一人所写");
    assert_eq!(
        record.fields()["phone"],
        "13800000000",
        "the other field stands"
    );
}

async fn undoing_a_conflict_overwrites_no_newer_value_silently(world: World) {
    let person = world.commissioner(&villages()).await;
    let (mut one, mut two) = (world.phone(person).await, world.phone(person).await);
    let (id, create) = one.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    one.push_one(&world.app, create).await;
    let won = one.patch("visit", id, 1, json!({"content": "先写"}));
    Phone::applied(&one.push_one(&world.app, won).await);
    two.wall -= 60_000;
    let lost = two.patch("visit", id, 1, json!({"content": "落选"}));
    two.wall += 60_000;
    let conflict = two.push_one(&world.app, lost).await.conflicts[0].conflict_id;
    let newer = one.patch("visit", id, 2, json!({"content": "后来又写"}));
    Phone::applied(&one.push_one(&world.app, newer).await);
    // Whoever reads the note sees the value that had won, and not the newer one.
    let undo = two.mutation(
        "command",
        "conflict",
        conflict.0,
        json!({"name": "undo_conflict", "base": 1}),
    );
    let result = two.push_one(&world.app, undo).await;
    assert_eq!(result.outcome, Outcome::Merged);
    let values =
        [&result.conflicts[0].kept, &result.conflicts[0].lost].map(|value| value.clone().unwrap());
    assert!(
        values.contains(&json!("后来又写")) && values.contains(&json!("落选")),
        "{values:?}"
    );
}

async fn a_late_edit_of_a_deleted_record_keeps_the_elements_of_its_sets(world: World) {
    let person = world.commissioner(&villages()).await;
    let (mut one, mut two) = (world.phone(person).await, world.phone(person).await);
    let (id, create) = one.visit(
        villages()[0].as_str(),
        "2026-06-01",
        json!({"technique_codes": ["T1"]}),
    );
    one.push_one(&world.app, create).await;
    let gone = one.delete("visit", id, 1);
    one.push_one(&world.app, gone).await;
    let late = two.mutation(
        "patch",
        "visit",
        id.0,
        json!({"base": 1, "add": {"technique_codes": ["T2"]}}),
    );
    let result = two.push_one(&world.app, late).await;
    assert_eq!(result.problem.unwrap().code, ErrorCode::Deleted);
    let conflict = result.conflicts[0].conflict_id;
    let undo = two.mutation(
        "command",
        "conflict",
        conflict.0,
        json!({"name": "undo_conflict", "base": 1}),
    );
    Phone::applied(&two.push_one(&world.app, undo).await);
    let seen = two.pull_all(&world.app).await;
    let visit = seen.iter().rfind(|change| change.id == id).unwrap();
    assert_eq!(visit.fields()["technique_codes"], json!(["T1", "T2"]));
}

async fn a_deleted_visit_comes_back_by_undoing_the_conflict(world: World) {
    let mut phone = world.phone_everywhere().await;
    let mut tablet = world.phone(phone.actor.person).await;
    let (visit, create) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    phone.push_one(&world.app, create).await;
    let late = tablet.patch("visit", visit, 1, json!({"content": "离线时的修改"}));
    let gone = phone.delete("visit", visit, 1);
    Phone::applied(&phone.push_one(&world.app, gone).await);
    let result = tablet.push_one(&world.app, late).await;
    assert_eq!(result.outcome, Outcome::Rejected);
    assert_eq!(result.problem.unwrap().code, ErrorCode::Deleted);
    let note = result.conflicts[0].conflict_id;

    let undo = tablet.mutation(
        "command",
        "conflict",
        note.0,
        json!({"name": "undo_conflict", "base": 1}),
    );
    Phone::applied(&tablet.push_one(&world.app, undo).await);
    let seen = phone.pull_all(&world.app).await;
    let back = seen.iter().rfind(|change| change.id == visit).unwrap();
    assert_eq!(back.op, ChangeKind::Put);
    assert_eq!(back.fields()["content"], "离线时的修改");
}

async fn a_village_that_was_taken_away_is_evicted_and_late_edits_are_judged_by_their_time(
    world: World,
) {
    let (kept, lost) = (villages()[0].clone(), villages()[1].clone());
    let person = world.commissioner(&[kept.clone(), lost.clone()]).await;
    let mut phone = world.phone(person).await;
    let (_, create) = phone.visit(lost.as_str(), "2026-06-01", json!({}));
    phone.push_one(&world.app, create).await;
    phone.pull_all(&world.app).await;

    world.unassign(person, &lost, "2026-06-15").await;
    let page = phone.pull_page(&world.app, None).await;
    let evicted: Vec<_> = page.evict.iter().map(ToString::to_string).collect();
    assert_eq!(evicted, [format!("v:{lost}")]);

    let (_, in_grace) = phone.visit(lost.as_str(), "2026-06-14", json!({}));
    assert_eq!(
        phone.push_one(&world.app, in_grace).await.outcome,
        Outcome::Applied
    );
    world.pass(60 * DAY_MS);
    phone.wall += 60 * DAY_MS;
    let (_, too_late) = phone.visit(lost.as_str(), "2026-08-20", json!({}));
    let result = phone.push_one(&world.app, too_late).await;
    assert_eq!(result.problem.unwrap().code, ErrorCode::ForbiddenScope);
    // Made while the village was still assigned, but sent only now.
    let (_, mut written_then) = phone.visit(lost.as_str(), "2026-06-10", json!({}));
    written_then["edited"] = json!({"wall": phone.wall - 70 * DAY_MS, "boot": "b1", "mono_ms": phone.wall - 70 * DAY_MS});
    assert_eq!(
        phone.push_one(&world.app, written_then).await.outcome,
        Outcome::Applied
    );
}

async fn mutations_of_a_group_apply_together_or_not_at_all(world: World) {
    let mut phone = world.phone_everywhere().await;
    let group = phone.new_id();
    let (_, mut good) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    let (_, mut bad) = phone.visit("990421199299", "2026-06-01", json!({}));
    good["group"] = json!(group);
    bad["group"] = json!(group);
    let results = phone.push(&world.app, vec![good, bad]).await;
    assert_eq!(
        results[0].problem.as_ref().unwrap().code,
        ErrorCode::GroupRefused
    );
    assert_eq!(
        results[1].problem.as_ref().unwrap().code,
        ErrorCode::UnknownVillage
    );
    assert_eq!(
        world.number("SELECT COUNT(*) AS number FROM record").await,
        0
    );
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM dead_letter")
            .await,
        2
    );
}

async fn a_copied_phone_is_told_to_take_a_new_name_and_loses_nothing(world: World) {
    let mut phone = world.phone_everywhere().await;
    let village = villages()[0].to_string();
    let (_, create) = phone.visit(&village, "2026-06-01", json!({}));
    phone.push_one(&world.app, create).await;
    let mut copy = phone.clone();
    copy.n += 1000;
    for day in ["2026-06-02", "2026-06-03"] {
        let (_, create) = phone.visit(&village, day, json!({}));
        phone.push_one(&world.app, create).await;
    }
    let (_, own) = copy.visit(&village, "2026-06-04", json!({}));
    let request = copy.request(vec![own.clone()], None);
    let refused = copy
        .send(&world.app, request)
        .await
        .expect_err("a copy is noticed");
    assert_eq!(refused.code(), ErrorCode::DeviceForked);
    copy.generation = tepai_sync_protocol::ids::GenerationId(Uuid::from_u128(99));
    copy.ticket = None;
    assert_eq!(
        copy.push_one(&world.app, own).await.outcome,
        Outcome::Applied
    );
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM record WHERE kind = 'visit'")
            .await,
        4
    );
}

async fn fields_that_the_server_does_not_know_are_kept_and_returned(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (visit, create) = phone.visit(
        villages()[0].as_str(),
        "2026-06-01",
        json!({"water_temperature": 21, "new": {"a": [1]}}),
    );
    Phone::applied(&phone.push_one(&world.app, create).await);
    let older = phone.patch("visit", visit, 1, json!({"content": "旧版本应用的修改"}));
    Phone::applied(&phone.push_one(&world.app, older).await);
    let seen = phone.pull_all(&world.app).await;
    let ext: serde_json::Value = serde_json::from_str(seen[0].ext.as_ref().unwrap().get()).unwrap();
    assert_eq!(ext, json!({"water_temperature": 21, "new": {"a": [1]}}));
}

async fn a_patch_that_overtakes_its_creation_waits_on_the_phone(world: World) {
    let mut phone = world.phone_everywhere().await;
    let (visit, create) = phone.visit(villages()[0].as_str(), "2026-06-01", json!({}));
    let patch = phone.patch("visit", visit, 0, json!({"content": "先到的修改"}));
    let early = phone.push_one(&world.app, patch.clone()).await;
    assert_eq!(early.outcome, Outcome::Retry);
    let results = phone.push(&world.app, vec![create, patch]).await;
    assert_eq!(results[1].outcome, Outcome::Applied);
    assert!(!results[1].replayed, "nothing was stored for the early one");
    assert_eq!(
        phone.pull_all(&world.app).await[0].fields()["content"],
        "先到的修改"
    );
}

async fn the_checksum_of_each_scope_is_that_of_its_records(world: World) {
    use std::collections::BTreeMap;
    use tepai_sync_protocol::checksum::Tally;
    let mut phone = world.phone_everywhere().await;
    let mut held = BTreeMap::new();
    for round in 0..3 {
        let mut batch = Vec::new();
        let mut ids = Vec::new();
        for village in villages() {
            let (id, create) =
                phone.visit(village.as_str(), "2026-06-01", json!({"leaflets": round}));
            batch.push(create);
            ids.push(id);
        }
        batch.push(phone.delete("visit", ids[0], 0));
        batch.push(phone.patch("visit", ids[1], 0, json!({"village_code": villages()[7]})));
        phone.push(&world.app, batch).await;
        let mut verified = phone.clone();
        let page = loop {
            let page = phone.pull_page(&world.app, Some(7)).await;
            for change in &page.changes {
                let key = (change.scope.to_string(), change.id);
                match change.op {
                    ChangeKind::Put => held.insert(key, change.rev),
                    ChangeKind::Leave | ChangeKind::Delete | ChangeKind::Unknown => {
                        held.remove(&key)
                    }
                };
            }
            if !page.more {
                break page;
            }
        };
        let mut whole = Tally::default();
        for ((_, id), rev) in &held {
            whole.add(*id, *rev);
        }
        let total = page.total.unwrap();
        assert_eq!((whole.count, whole.sum_hex()), (total.count, total.sum));
        verified.cursor.clone_from(&phone.cursor);
        let verify = PullRequest {
            cursor: phone.cursor.clone(),
            limit: None,
            verify: true,
        };
        let request = verified.request(vec![], Some(verify));
        let response = verified.send(&world.app, request).await.unwrap();
        let checks = response.pull.unwrap().check;
        assert_eq!(checks.len(), villages().len() + 2, "every granted scope");
        for check in &checks {
            let mut tally = Tally::default();
            for ((scope, id), rev) in &held {
                if *scope == check.scope.to_string() {
                    tally.add(*id, *rev);
                }
            }
            assert_eq!(
                (tally.count, tally.sum_hex()),
                (check.count, check.sum.clone()),
                "{}",
                check.scope
            );
        }
    }
}

async fn a_base_of_another_life_of_the_database_overwrites_nothing_silently(world: World) {
    let person = world.commissioner(&villages()).await;
    let (mut here, mut there) = (world.phone(person).await, world.phone(person).await);
    let lives = [(world.app.epoch, false), (Uuid::from_u128(77), true)];
    for (seen, conflicts) in lives {
        let (id, create) = here.visit(villages()[0].as_str(), "2026-06-01", json!({}));
        let rev = Phone::applied(&here.push_one(&world.app, create).await);
        let edit = there.patch("visit", id, rev, json!({"content": "增氧"}));
        Phone::applied(&there.push_one(&world.app, edit).await);
        // The number that the server is at now, but as it was before the restore.
        here.epoch = Some(seen);
        let late = here.patch("visit", id, rev + 1, json!({"content": "换水"}));
        let result = here.push_one(&world.app, late).await;
        assert_eq!(!result.conflicts.is_empty(), conflicts, "{result:?}");
    }
}

async fn a_child_is_written_only_where_its_parent_may_be(world: World) {
    let (own, foreign) = (villages()[0].clone(), villages()[1].clone());
    let mut owner = world.phone_everywhere().await;
    let (visit, create) = owner.visit(foreign.as_str(), "2026-06-01", json!({}));
    owner.push_one(&world.app, create).await;
    let person = world.commissioner(std::slice::from_ref(&own)).await;
    let mut stranger = world.phone(person).await;
    let (_, child) = stranger.create(
        "feedback",
        json!({"village_code": own, "visit_id": visit, "score": "dissatisfied", "given_on": "2026-06-01"}),
    );
    let result = stranger.push_one(&world.app, child).await;
    assert_eq!(result.problem.unwrap().code, ErrorCode::ForbiddenScope);
    assert_eq!(
        world
            .number("SELECT COUNT(*) AS number FROM record WHERE kind = 'feedback'")
            .await,
        0
    );
}
