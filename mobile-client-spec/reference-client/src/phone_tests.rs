//! The rules that a client keeps whatever the network does, one test each.

use crate::environment::SeededIds;
use crate::outbox::JOURNAL_MS;
use crate::phone::{OtherPerson, Phone, PhoneState};
use crate::testing::{
    MEI, ManualClock, NOW, Script, accept, delete, enrolment, mids, page, phone, put, record_id,
    refused, response, result, sent, visit,
};
use crate::transport::{Reaction, Refusal, TransportError};
use serde_json::{Map, Value, json};
use std::sync::atomic::Ordering;
use tepai_sync_protocol::Fields;
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::mutation::Operation;
use tepai_sync_protocol::problem::ErrorCode;
use tepai_sync_protocol::records::{FollowUp, Kind, Photo, Visit};
use tepai_sync_protocol::sync::{
    FieldConflict, Outcome, PullResponse, ScopeCheck, SyncRequest, SyncResponse, Total,
};
use uuid::Uuid;

fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn content(phone: &Phone, id: RecordId) -> String {
    phone.view(id).unwrap().read::<Visit>().content.unwrap()
}

fn edit(phone: &mut Phone, id: RecordId, content: &str) {
    phone.edit(
        Kind::Visit,
        id,
        fields(json!({"content": content})),
        Vec::new(),
    );
}

/// A phone that holds one visit of the server at revision 5.
fn phone_with_visit() -> (Phone, RecordId) {
    let (mut phone, id) = (phone(), record_id(9));
    pull(
        &mut phone,
        page([put(MEI, id, 5, json!({"content": "theirs", "leaflets": 3}))]),
    );
    (phone, id)
}

fn pull(phone: &mut Phone, page: PullResponse) {
    phone.apply_sync(&response([], Some(page)));
}

fn refusal(code: ErrorCode) -> TransportError {
    TransportError::Refused(Box::new(Refusal {
        status: code.status(),
        code: Some(code),
        word: code.as_str().to_owned(),
        title: String::new(),
        detail: None,
        retry: code.retry(),
        retry_after_s: Some(3),
    }))
}

fn restored(response: SyncResponse) -> SyncResponse {
    SyncResponse {
        epoch: Uuid::from_u128(200),
        ..response
    }
}

/// A phone that goes on with a copy of what another has saved.
fn copy_of(phone: &Phone, seed: u64) -> Phone {
    let saved = serde_json::to_string(phone.state()).unwrap();
    let state: PhoneState = serde_json::from_str(&saved).unwrap();
    assert_eq!(&state, phone.state());
    Phone::resume(state, ManualClock::default(), SeededIds::new(seed))
}

#[test]
fn a_pull_never_overwrites_a_pending_edit() {
    let (mut phone, id) = phone_with_visit();
    edit(&mut phone, id, "mine");
    pull(
        &mut phone,
        page([put(
            MEI,
            id,
            6,
            json!({"content": "theirs again", "leaflets": 4}),
        )]),
    );
    let view = phone.view(id).unwrap();
    assert_eq!(
        (
            view.fields["content"].clone(),
            view.fields["leaflets"].clone()
        ),
        (json!("mine"), json!(4))
    );
    assert_eq!((view.rev, view.pending), (6, 1));
}

#[test]
fn a_base_is_what_the_user_saw_and_is_never_stamped_again() {
    let (mut phone, id) = phone_with_visit();
    edit(&mut phone, id, "first");
    pull(
        &mut phone,
        page([put(MEI, id, 8, json!({"content": "theirs again"}))]),
    );
    edit(&mut phone, id, "second");
    let bases: Vec<_> = sent(&phone.prepare_sync())
        .iter()
        .map(|mutation| mutation.base)
        .collect();
    assert_eq!(bases, [Some(5), Some(8)]);
}

#[test]
fn an_acknowledgement_does_not_pretend_that_the_user_saw_what_others_did_meanwhile() {
    let (mut phone, id) = phone_with_visit();
    edit(&mut phone, id, "mine");
    let mids = mids(&phone.prepare_sync());
    // Revision 6 was somebody else's; ours became 7, and the pull has not come yet.
    let more = PullResponse {
        more: true,
        ..page([])
    };
    phone.apply_sync(&response(
        [result(mids[0], Outcome::Applied, Some(7))],
        Some(more),
    ));
    assert_eq!(content(&phone, id), "mine");
    edit(&mut phone, id, "mine again");
    assert_eq!(sent(&phone.prepare_sync())[0].base, Some(5));
}

#[test]
fn a_lost_response_leaves_the_same_mutations_to_send() {
    let mut phone = phone();
    phone.log_visit(&visit("a"));
    let first = phone.prepare_sync();
    phone.log_visit(&visit("b"));
    let second = phone.prepare_sync();
    assert_eq!(first.mutations[0], second.mutations[0]);
    assert_eq!(second.mutations.len(), 2);
    phone.apply_sync(&accept(&second));
    // The lost one comes after all, and says nothing new.
    phone.apply_sync(&accept(&first));
    assert!(phone.outbox().pending().is_empty());
    assert_eq!(phone.journal().len(), 2);
}

#[test]
fn pull_and_acknowledgement_may_come_in_either_order() {
    let mut views = Vec::new();
    for pull_first in [true, false] {
        let mut phone = phone();
        let id = phone.log_visit(&visit("a"));
        let ack = accept(&phone.prepare_sync());
        let ack = SyncResponse { pull: None, ..ack };
        let told = page([put(
            MEI,
            id,
            1,
            json!({"content": "a", "review_state": "submitted"}),
        )]);
        let pulled = response([], Some(told));
        let (one, two) = if pull_first {
            (&pulled, &ack)
        } else {
            (&ack, &pulled)
        };
        phone.apply_sync(one);
        assert_eq!(content(&phone, id), "a");
        phone.apply_sync(two);
        views.push(phone.view(id).unwrap());
    }
    assert_eq!(views[0], views[1]);
    assert_eq!((views[0].rev, views[0].pending), (1, 0));
}

#[test]
fn a_lost_value_is_shown_as_the_server_decided_before_the_pull_tells() {
    let (mut phone, id) = phone_with_visit();
    edit(&mut phone, id, "mine");
    let mids = mids(&phone.prepare_sync());
    let conflict = FieldConflict {
        conflict_id: record_id(50),
        field: "content".to_owned(),
        rule: "authority".to_owned(),
        yours_kept: false,
        kept: Some(json!("the office's")),
        lost: Some(json!("mine")),
    };
    let mut merged = result(mids[0], Outcome::Merged, Some(7));
    merged.conflicts.push(conflict);
    let report = phone.apply_sync(&response([merged], None));
    assert_eq!((report.merged, report.conflicts), (1, 1));
    assert_eq!(content(&phone, id), "the office's");
}

#[test]
fn an_evicted_scope_keeps_what_is_pending_until_it_has_gone_up() {
    let (mut phone, id) = phone_with_visit();
    let other = record_id(10);
    pull(
        &mut phone,
        page([put(MEI, other, 1, json!({"content": "x"}))]),
    );
    edit(&mut phone, id, "mine");
    pull(
        &mut phone,
        PullResponse {
            evict: vec![MEI.parse().unwrap()],
            ..page([])
        },
    );
    assert_eq!(
        (content(&phone, id).as_str(), phone.view(other)),
        ("mine", None)
    );
    let request = phone.prepare_sync();
    phone.apply_sync(&accept(&request));
    assert_eq!(phone.view(id), None);
    assert_eq!(phone.journal().len(), 1);
}

#[test]
fn a_reset_scope_keeps_what_is_pending() {
    let (mut phone, id) = phone_with_visit();
    edit(&mut phone, id, "mine");
    pull(
        &mut phone,
        PullResponse {
            reset: vec![MEI.parse().unwrap()],
            ..page([])
        },
    );
    assert_eq!(content(&phone, id), "mine");
    assert_eq!(sent(&phone.prepare_sync())[0].base, Some(5));
}

#[test]
fn a_record_deleted_elsewhere_keeps_what_is_pending() {
    let (mut phone, id) = phone_with_visit();
    edit(&mut phone, id, "mine");
    pull(&mut phone, page([delete(MEI, id, 6)]));
    assert!(phone.view(id).unwrap().deleted && phone.list(Kind::Visit).is_empty());
    let mid = mids(&phone.prepare_sync())[0];
    phone.apply_sync(&response([refused(mid, ErrorCode::Deleted)], None));
    assert_eq!(content(&phone, id), "mine");
    assert!(phone.view(id).unwrap().needs_attention);
}

#[test]
fn the_counter_of_mutations_only_rises() {
    let mut phone = phone();
    let id = phone.log_visit(&visit("a"));
    edit(&mut phone, id, "b");
    let request = phone.prepare_sync();
    phone.apply_sync(&accept(&request));
    phone.start_new_generation();
    let mut phone = copy_of(&phone, 2);
    phone.command(Kind::Visit, id, "withdraw");
    phone.change_set(
        Kind::Visit,
        id,
        "technique_codes",
        vec![json!("A1")],
        Vec::new(),
    );
    phone.delete(Kind::Visit, id);
    let ns: Vec<_> = sent(&phone.prepare_sync())
        .iter()
        .map(|mutation| mutation.n)
        .collect();
    assert_eq!(ns, [3, 4, 5]);
}

#[test]
fn a_refused_creation_waits_for_the_user_and_blocks_nothing_else() {
    let mut phone = phone();
    let (bad, good) = (phone.log_visit(&visit("")), phone.log_visit(&visit("good")));
    let mids = mids(&phone.prepare_sync());
    phone.apply_sync(&response(
        [
            refused(mids[0], ErrorCode::Validation),
            result(mids[1], Outcome::Applied, Some(1)),
        ],
        None,
    ));
    edit(&mut phone, bad, "mended");
    assert!(
        !phone.outbox().has_sendable(),
        "an edit of what was refused cannot stand alone"
    );
    assert_eq!(phone.waiting().needs_attention, 1);
    let mid = phone
        .mend(mids[0], fields(json!({"leaflets": 2})), &[])
        .unwrap();
    let request = phone.prepare_sync();
    let mutation = sent(&request).remove(0);
    assert_eq!(
        (mutation.mid, mutation.supersedes, mutation.n),
        (mid, Some(mids[0]), 4)
    );
    assert_eq!(
        (&mutation.set["content"], &mutation.set["leaflets"]),
        (&json!("mended"), &json!(2))
    );
    assert_eq!(
        (request.mutations.len(), content(&phone, good).as_str()),
        (1, "good")
    );
}

#[test]
fn mending_a_creation_makes_anew_what_builds_on_it() {
    let mut phone = phone();
    let id = phone.log_visit(&visit(""));
    phone.command(Kind::Visit, id, "withdraw");
    let before = mids(&phone.prepare_sync());
    phone.apply_sync(&response(
        [
            refused(before[0], ErrorCode::Validation),
            result(before[1], Outcome::Retry, None),
        ],
        None,
    ));
    phone.mend(before[0], fields(json!({"content": "x"})), &[]);
    let after = sent(&phone.prepare_sync());
    let ops: Vec<_> = after
        .iter()
        .map(|one| (one.op, one.n, one.supersedes))
        .collect();
    assert_eq!(
        ops,
        [
            (Operation::Create, 3, Some(before[0])),
            (Operation::Command, 4, Some(before[1])),
        ]
    );
}

#[test]
fn what_is_asked_for_again_keeps_nothing_else_waiting() {
    let mut phone = phone();
    phone.limit_requests(1, 64 * 1024);
    phone.command(Kind::Visit, record_id(7), "withdraw");
    let first = mids(&phone.prepare_sync());
    phone.apply_sync(&response([result(first[0], Outcome::Retry, None)], None));
    let good = phone.log_visit(&visit("good"));
    phone.command(Kind::Visit, record_id(7), "submit");
    assert_eq!(sent(&phone.prepare_sync())[0].id, good);
    let request = phone.prepare_sync();
    phone.apply_sync(&accept(&request));
    let order = std::iter::repeat_with(|| {
        let request = phone.prepare_sync();
        phone.apply_sync(&accept(&request));
        sent(&request)[0].n
    });
    assert_eq!(order.take(2).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn discarding_a_refused_creation_gives_up_what_builds_on_it() {
    let mut phone = phone();
    let id = phone.log_visit(&visit(""));
    edit(&mut phone, id, "later");
    let mids = mids(&phone.prepare_sync());
    assert!(
        phone.discard(mids[0]).is_empty(),
        "what may be on its way cannot be taken back"
    );
    phone.apply_sync(&response(
        [
            refused(mids[0], ErrorCode::Validation),
            result(mids[1], Outcome::Retry, None),
        ],
        None,
    ));
    assert_eq!(phone.discard(mids[0]).len(), 2);
    assert_eq!((phone.view(id), phone.waiting().mutations), (None, 0));
}

#[test]
fn a_restored_server_gets_the_journal_again_unaltered() {
    let mut phone = phone();
    let id = phone.log_visit(&visit("a"));
    let first = phone.prepare_sync();
    let told = page([put(MEI, id, 7, json!({"content": "a"}))]);
    phone.apply_sync(&SyncResponse {
        pull: Some(told),
        ..accept(&first)
    });
    phone.log_visit(&visit("b"));
    let second = phone.prepare_sync();
    let report = phone.apply_sync(&restored(accept(&second)));
    assert!(report.restored && report.more);
    assert_eq!(content(&phone, id), "a", "still shown");
    let again = phone.prepare_sync();
    assert_eq!(again.mutations, first.mutations);
    assert_eq!(again.pull.as_ref().unwrap().cursor, None);
    let told = page([put(MEI, id, 2, json!({"content": "edited since"}))]);
    phone.apply_sync(&restored(SyncResponse {
        pull: Some(told),
        ..accept(&again)
    }));
    assert_eq!(
        (content(&phone, id).as_str(), phone.journal().len()),
        ("edited since", 2)
    );
}

#[test]
fn whoever_became_anonymous_is_forgotten_by_the_journal_too() {
    let mut phone = phone();
    let [person, other] = ["a", "b"].map(|text| phone.log_visit(&visit(text)));
    let request = phone.prepare_sync();
    let told = page([
        put(
            MEI,
            person,
            2,
            json!({"display_name": "（已匿名）", "anonymised_at": NOW}),
        ),
        put(MEI, other, 2, json!({"content": "b"})),
    ]);
    phone.apply_sync(&SyncResponse {
        pull: Some(told),
        ..accept(&request)
    });
    let kept: Vec<RecordId> = phone
        .journal()
        .iter()
        .map(|done| done.mutation.id)
        .collect();
    assert_eq!(kept, [other], "the other stays");
}

#[test]
fn the_journal_is_kept_by_the_servers_clock() {
    let mut phone = phone();
    phone.log_visit(&visit("a"));
    let request = phone.prepare_sync();
    phone.apply_sync(&accept(&request));
    let later = |days| SyncResponse {
        server_time: NOW + days * 86_400_000,
        ..response([], None)
    };
    phone.apply_sync(&later(30));
    assert_eq!(phone.journal().len(), 1);
    phone.apply_sync(&later(JOURNAL_MS / 86_400_000));
    assert!(phone.journal().is_empty());
}

#[test]
fn a_cloned_phone_resumes_and_takes_a_new_name_when_it_is_noticed() {
    let mut phone = phone();
    phone.log_visit(&visit("before"));
    let mut clone = copy_of(&phone, 77);
    clone.log_visit(&visit("on the clone"));
    phone.log_visit(&visit("on the phone"));
    let (ours, theirs) = (mids(&phone.prepare_sync()), mids(&clone.prepare_sync()));
    assert!(ours[0] == theirs[0] && ours[1] != theirs[1]);
    let before = clone.prepare_sync();
    assert_eq!(
        clone.react(&refusal(ErrorCode::DeviceForked)),
        Reaction::Again
    );
    let after = clone.prepare_sync();
    assert_ne!(before.replica.generation, after.replica.generation);
    assert_eq!(after.replica.ticket, None);
    assert_eq!(before.mutations, after.mutations);
}

#[test]
fn nothing_is_dropped_when_somebody_else_answers() {
    let mut phone = phone();
    phone.log_visit(&visit("a"));
    let before = mids(&phone.prepare_sync());
    let portal = TransportError::NotOurServer {
        status: 200,
        content_type: "text/html".to_owned(),
    };
    assert_eq!(
        phone.react(&portal),
        Reaction::Later {
            retry_after_s: None
        }
    );
    assert_eq!(
        phone.react(&refusal(ErrorCode::NotSignedIn)),
        Reaction::Stop
    );
    assert_eq!(
        phone.react(&refusal(ErrorCode::Busy)),
        Reaction::Later {
            retry_after_s: Some(3)
        }
    );
    assert_eq!(mids(&phone.prepare_sync()), before);
}

#[test]
fn a_group_goes_up_whole() {
    let mut phone = phone();
    phone.log_visit(&visit("alone"));
    let ids = phone.together(|phone| [phone.log_visit(&visit("a")), phone.log_visit(&visit("b"))]);
    phone.limit_requests(2, 1 << 20);
    let first = phone.prepare_sync();
    assert_eq!(first.mutations.len(), 1);
    phone.apply_sync(&accept(&first));
    let group = sent(&phone.prepare_sync());
    assert_eq!(
        group.iter().map(|mutation| mutation.id).collect::<Vec<_>>(),
        ids
    );
    assert!(group[0].group.is_some() && group[0].group == group[1].group);
}

#[test]
fn a_request_stays_within_its_bytes() {
    let mut phone = phone();
    for _ in 0..50 {
        phone.log_visit(&visit(&"字".repeat(300)));
    }
    phone.limit_requests(500, 16 * 1024);
    let request = phone.prepare_sync();
    let size = serde_json::to_vec(&request).unwrap().len();
    assert!(request.mutations.len() > 8 && size <= 16 * 1024, "{size}");
    let waiting = request.waiting.unwrap();
    assert_eq!(
        usize::try_from(waiting.mutations).unwrap() + request.mutations.len(),
        50
    );
}

#[test]
fn a_scope_that_differs_is_rebuilt_once() {
    let (mut phone, _) = phone_with_visit();
    let check = ScopeCheck {
        scope: MEI.parse().unwrap(),
        seq: "5".to_owned(),
        count: 1,
        sum: Tally::default().sum_hex(),
    };
    let wrong = response(
        [],
        Some(PullResponse {
            check: vec![check],
            ..page([])
        }),
    );
    let first = phone.apply_sync(&wrong);
    assert!(first.more && phone.cursor().is_none() && first.mismatched.len() == 1);
    let second = phone.apply_sync(&wrong);
    assert!(!second.more && second.mismatched.len() == 1);
}

#[test]
fn a_total_that_differs_has_every_scope_verified_and_only_the_wrong_one_rebuilt() {
    let (mut phone, _) = phone_with_visit();
    let total = Total {
        count: 7,
        sum: "00000000".to_owned(),
    };
    let idle = response(
        [],
        Some(PullResponse {
            total: Some(total),
            ..page([])
        }),
    );
    let first = phone.apply_sync(&idle);
    assert!(first.more && phone.cursor().is_some() && first.mismatched.is_empty());
    assert!(phone.prepare_sync().pull.unwrap().verify);
    let verified = phone.apply_sync(&idle);
    assert!(!verified.more, "it is asked for once in a session");
}

#[test]
fn a_batch_holds_the_bases_of_one_life_of_the_server() {
    let (mut phone, held) = phone_with_visit();
    edit(&mut phone, held, "before the restore");
    let restored = SyncResponse {
        epoch: Uuid::from_u128(200),
        ..response([], Some(page([])))
    };
    phone.apply_sync(&restored);
    edit(&mut phone, held, "after it");
    let request = phone.prepare_sync();
    let sent: Vec<_> = request
        .mutations
        .iter()
        .map(|one| &one["set"]["content"])
        .collect();
    assert!(sent.contains(&&json!("before the restore")), "{sent:?}");
    assert!(!sent.contains(&&json!("after it")), "{sent:?}");
    assert_ne!(request.epoch, Some(Uuid::from_u128(200)));
}

#[test]
fn a_newer_servers_words_do_not_break_an_older_client() {
    let text = json!({
        "server_time": 1, "epoch": Uuid::from_u128(100), "ticket": "t", "poll_after_s": 900,
        "results": [{"mid": Uuid::from_u128(1), "outcome": "postponed", "problem": {
            "code": "moon_too_full", "title": {"zh": "月亮太圆", "en": "The moon is too full"},
            "retry": "at_new_moon", "user_action": "look_up",
        }}],
        "pull": {"cursor": "c", "more": false, "changes": [
            {"scope": MEI, "seq": "1", "op": "put", "kind": "moon", "id": record_id(7), "rev": 1, "data": {"phase": "full"}},
            {"scope": MEI, "seq": "2", "op": "eclipse", "kind": "visit", "id": record_id(8), "rev": 1},
        ]},
    });
    let response: SyncResponse = serde_json::from_value(text).unwrap();
    let mut phone = Phone::new("test", ManualClock::default(), SeededIds::new(3));
    phone.apply_sync(&response);
    let moon = phone.replica().get(record_id(7)).unwrap();
    assert_eq!(
        (moon.kind.as_str(), &moon.data["phase"]),
        ("moon", &json!("full"))
    );
    assert!(phone.replica().get(record_id(8)).is_none());
    assert_eq!(response.results[0].outcome, Outcome::Retry);
}

#[test]
fn a_list_shows_what_is_held_and_what_was_only_made_here() {
    let (mut phone, held) = phone_with_visit();
    let made = phone.log_visit(&visit("mine"));
    let gone = phone.log_visit(&visit("a mistake"));
    phone.delete(Kind::Visit, gone);
    phone.change_set(
        Kind::Visit,
        held,
        "technique_codes",
        vec![json!("B"), json!("A")],
        vec![],
    );
    let views = phone.list(Kind::Visit);
    assert_eq!(
        views.iter().map(|view| view.id).collect::<Vec<_>>(),
        [held.min(made), held.max(made)]
    );
    assert_eq!(
        phone.view(held).unwrap().fields["technique_codes"],
        json!(["A", "B"])
    );
}

#[test]
fn the_ledger_tells_what_waits_here() {
    let clock = ManualClock::default();
    let mut phone = Phone::new("test", clock.clone(), SeededIds::new(3));
    clock.0.store(-5, Ordering::SeqCst);
    let photo = Photo {
        size_bytes: Some(4_000),
        ..Photo::default()
    };
    let id = phone.announce_photo(&photo);
    let waiting = phone.waiting();
    assert_eq!(
        (waiting.mutations, waiting.photos, waiting.photo_bytes),
        (1, 1, 4_000)
    );
    assert_eq!(waiting.oldest_at, Some(-5));
    let mut told = put(MEI, id, 2, json!({"photo_state": "complete"}));
    told.kind = Kind::Photo.as_str().to_owned();
    pull(&mut phone, page([told]));
    assert_eq!(phone.waiting().photos, 0);
}

#[test]
fn a_phone_does_not_change_hands() {
    let mut phone = phone();
    assert_eq!(phone.apply_enrolment(&enrolment(2)), Err(OtherPerson));
    assert_eq!(phone.person(), Some(enrolment(1).person_id));
}

// --- whole sessions

fn answers(code: ErrorCode) -> impl Fn(&SyncRequest) -> Result<SyncResponse, TransportError> {
    move |_| Err(refusal(code))
}

#[tokio::test]
async fn a_session_pushes_in_batches_and_pulls_to_the_end() {
    let mut phone = phone();
    for _ in 0..5 {
        phone.log_visit(&visit("a"));
    }
    phone.limit_requests(2, 1 << 20);
    let script = Script::default().then(|request| {
        let more = PullResponse {
            more: true,
            ..page([put(MEI, record_id(8), 1, json!({}))])
        };
        Ok(SyncResponse {
            pull: Some(more),
            ..accept(request)
        })
    });
    let report = phone.sync_until_done(&script).await.unwrap();
    assert_eq!(script.sizes(), [2, 2, 1]);
    assert_eq!((report.rounds, report.applied, report.pulled), (3, 5, 1));
}

#[tokio::test]
async fn a_session_ends_when_the_server_only_asks_again() {
    let mut phone = phone();
    phone.log_visit(&visit("a"));
    let again = |request: &SyncRequest| {
        let retry = result(mids(request)[0], Outcome::Retry, None);
        Ok(response([retry], Some(page([]))))
    };
    let script = Script::default().then(again);
    let report = phone.sync_until_done(&script).await.unwrap();
    assert_eq!((report.retry, script.sizes()), (1, vec![1]));
    assert!(phone.outbox().has_sendable());
}

#[tokio::test]
async fn a_body_that_is_refused_is_halved_down_to_the_one_that_is_bad() {
    let mut phone = phone();
    for content in ["a", "b", "bad", "d"] {
        phone.log_visit(&visit(content));
    }
    let picky = |request: &SyncRequest| {
        let is_bad = sent(request)
            .iter()
            .any(|mutation| mutation.set["content"] == "bad");
        if is_bad {
            Err(refusal(ErrorCode::MalformedRequest))
        } else {
            Ok(accept(request))
        }
    };
    let script = (0..8).fold(Script::default(), |script, _| script.then(picky));
    let report = phone.sync_until_done(&script).await.unwrap();
    let refused: Vec<_> = phone.needs_attention().collect();
    assert_eq!((report.applied, refused.len()), (3, 1));
    assert_eq!(refused[0].0.set["content"], "bad");
    assert_eq!(refused[0].1.code, ErrorCode::MalformedMutation);
}

#[tokio::test]
async fn a_session_mends_a_fork_and_a_cursor_and_stops_at_an_outage() {
    let mut phone = phone();
    phone.log_visit(&visit("a"));
    let script = Script::default()
        .then(answers(ErrorCode::DeviceForked))
        .then(answers(ErrorCode::InvalidCursor))
        .then(answers(ErrorCode::Busy));
    let failed = phone.sync_until_done(&script).await.unwrap_err();
    assert_eq!(
        failed.reaction,
        Reaction::Later {
            retry_after_s: Some(3)
        }
    );
    assert_eq!(script.sizes(), [1, 1, 1]);
    let report = phone.sync_until_done(&script).await.unwrap();
    assert_eq!((report.applied, phone.outbox().pending().len()), (1, 0));
}

#[tokio::test]
async fn a_phone_without_a_token_asks_nobody() {
    let mut phone = Phone::new("test", ManualClock::default(), SeededIds::new(1));
    let script = Script::default();
    assert!(phone.sync_until_done(&script).await.is_err());
    assert!(script.sizes().is_empty());
    phone.enrol(&script, "123456", Some("model")).await.unwrap();
    assert!(phone.sync_until_done(&script).await.is_ok());
}

#[test]
fn a_phone_lists_its_open_follow_ups_without_a_network() {
    let mut phone = phone();
    let mut add = |due: &str, outcome: Option<&str>| {
        phone.create(&FollowUp {
            village_code: "421083100201".parse().ok(),
            problem: Some("氨氮超标".to_owned()),
            due_on: due.parse().ok(),
            outcome: outcome.map(str::to_owned),
            ..FollowUp::default()
        })
    };
    let later = add("2026-07-09", None);
    add("2026-06-01", Some("solved"));
    let late = add("2026-06-25", Some("open"));
    let today = "2026-06-30".parse().unwrap();
    let open = phone.open_follow_ups();
    let listed: Vec<_> = open
        .iter()
        .map(|(id, one)| (*id, one.days_overdue(today)))
        .collect();
    assert_eq!(listed, [(late, 5), (later, 0)]);
}
