//! A connection that breaks at any byte, over real TCP and a real server: the same end state, and nothing twice.
//!
//! It knows the reference client from outside, and reads the database with queries of its own.

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tepai_client::protocol::ids::RecordId;
use tepai_client::{HttpTransport, Phone, SeededIds, SystemClock, Timeouts};
use tepai_sync_protocol::records::{AdoptionReport, Beneficiary, Kind, Photo, Record, Visit};
use tepai_sync_protocol::sync::EnrolResponse;
use tepai_tests::process::ServerProcess;
use tepai_tests::proxy::{Passed, Plan, Proxy};
use tepai_tests::simulation::dice::Dice;
use tepai_tests::world::{code, villages};
use tepai_tests::{World, on_both_databases, report};

on_both_databases!(
    heavy_of_a_connection_cut_at_a_thousand_positions_the_end_state_is_always_the_same,
    heavy_of_two_hundred_commits_whose_answer_was_lost_each_counts_once,
    heavy_of_requests_that_come_twice_late_in_pieces_and_out_of_order_each_counts_once,
);

/// How many positions of each direction are cut.
const POSITIONS: usize = 520;
/// How many answers are lost.
const LOST: usize = 200;
/// What one morning comes to: six records of the phone's and the adoption that follows from them.
const RECORDS: i64 = 7;
/// Its mutations.
const MUTATIONS: i64 = 7;

/// A server process behind a bad line.
struct Bench {
    servers: Vec<ServerProcess>,
    proxy: Proxy,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn start(world: &World, servers: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let servers: Vec<_> = (0..servers)
            .map(|_| ServerProcess::start(&world.url, folder.path()))
            .collect();
        let bases: Vec<_> = servers.iter().map(|server| server.base.as_str()).collect();
        let proxy = Proxy::before(&bases).await;
        Self {
            servers,
            proxy,
            _folder: folder,
        }
    }

    /// A connection of its own, so that the next plan is its.
    fn line(&self) -> HttpTransport {
        HttpTransport::new(&self.proxy.base, Timeouts::default()).unwrap()
    }
}

async fn phone(world: &World, seed: u64) -> Phone {
    let person = world.commissioner(&villages()[..2]).await;
    let (enrolled, token) = world.phone_with_token(person).await;
    let mut phone = Phone::new("cut", SystemClock::start(), SeededIds::new(seed));
    let enrolled = EnrolResponse {
        device_id: enrolled.actor.device,
        person_id: person,
        token,
    };
    phone.apply_enrolment(&enrolled).unwrap();
    phone
}

/// A morning's work: a visit with three photos, a household, an adoption, and an afterthought.
fn work(phone: &mut Phone) -> Vec<RecordId> {
    let village = villages()[0].to_string();
    let visit = phone.log_visit(&Visit::read(&fields(json!({
        "village_code": village, "service_from": "2026-06-20", "mode": "household", "industry": "aquaculture",
        "content": "查看虾塘水质，建议减少投喂",
    }))));
    let household = phone.add_beneficiary(&Beneficiary::read(&fields(json!({
        "village_code": village, "kind": "household", "display_name": "张三",
    }))));
    let adoption = phone.report_adoption(&AdoptionReport::read(&fields(json!({
        "visit_id": visit, "beneficiary_id": household, "technique_code": "T01", "stage": "trial",
        "reported_on": "2026-06-20", "season": "2026", "village_code": village,
    }))));
    let mut made = vec![visit, household, adoption];
    for number in 0..3 {
        let photo = Photo::read(&fields(json!({
            "visit_id": visit, "sha256": format!("{number:064x}"), "size_bytes": 180_000, "village_code": village,
            "media_type": "image/jpeg", "purpose": "scene",
        })));
        made.push(phone.announce_photo(&photo));
    }
    let later = fields(json!({"content": "查看虾塘水质，建议减少投喂，三日后复查"}));
    phone.edit(Kind::Visit, visit, later, Vec::new());
    made
}

#[expect(clippy::needless_pass_by_value, reason = "it reads better with json!")]
fn fields(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

#[derive(FromQueryResult)]
struct Row {
    id: uuid::Uuid,
    kind: String,
    rev: i64,
    deleted: bool,
    fields: String,
}

/// What the server holds of one morning: every record by its place in the work, ids named by their places.
async fn end_state(world: &World, made: &[RecordId]) -> Vec<String> {
    let places: Vec<_> = (1..=made.len()).map(|place| format!("${place}")).collect();
    let sql = format!(
        "SELECT id, kind, rev, deleted, fields FROM record WHERE id IN ({})",
        places.join(", ")
    );
    let ids = made.iter().map(|id| id.0.into()).collect();
    let rows: Vec<Row> = world.fetch(&sql, ids).await;
    let by_id: BTreeMap<RecordId, Row> = rows
        .into_iter()
        .map(|row| (RecordId(row.id), row))
        .collect();
    made.iter()
        .map(|id| {
            let row = by_id.get(id).expect("what was acknowledged is there");
            let mut text = format!("{} r{} {} {}", row.kind, row.rev, row.deleted, row.fields);
            for (place, id) in made.iter().enumerate() {
                text = text.replace(&id.to_string(), &format!("<{place}>"));
            }
            without_times(&text)
        })
        .collect()
}

/// Moments are those of the real clock.
fn without_times(text: &str) -> String {
    let (head, json) = text.split_at(text.find('{').unwrap_or(text.len()));
    let mut fields: Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    fields.retain(|name, _| !name.ends_with("_at"));
    format!("{head}{}", Value::Object(fields))
}

/// Syncs on a good line until nothing waits.
async fn settle(bench: &Bench, phone: &mut Phone) {
    let line = bench.line();
    for _ in 0..8 {
        phone.sync_until_done(&line).await.unwrap();
        if !phone.outbox().has_sendable() {
            return;
        }
    }
    assert!(phone.outbox().pending().is_empty(), "{:?}", phone.outbox());
}

async fn number_of(world: &World, table: &str) -> i64 {
    world
        .number(&format!("SELECT count(*) AS number FROM {table}"))
        .await
}

async fn heavy_of_a_connection_cut_at_a_thousand_positions_the_end_state_is_always_the_same(
    world: World,
) {
    let bench = Bench::start(&world, 1).await;
    let mut phone = phone(&world, 1).await;
    // Undisturbed, twice: once for the length of both messages, once for the end state.
    work(&mut phone);
    settle(&bench, &mut phone).await;
    bench.proxy.plan(Plan::CutAnswer(usize::MAX));
    let expected = work(&mut phone);
    let _ = phone.sync_until_done(&bench.line()).await;
    settle(&bench, &mut phone).await;
    let expected = end_state(&world, &expected).await;
    let whole = Plan::CutAnswer(usize::MAX);
    let passed = bench.proxy.passed();
    let measured = passed.iter().find(|passed| passed.plan == whole);
    let Passed { up, down, .. } = *measured.expect("the undisturbed request");
    assert!(up > POSITIONS && down > POSITIONS, "{up} up, {down} down");
    let before = (
        number_of(&world, "record").await,
        number_of(&world, "mutation_result").await,
    );
    let mut different = Vec::new();
    let mut made_in_all = 0;
    let step = |length: usize, number: usize| number * length / POSITIONS;
    let plans = (0..POSITIONS).flat_map(|number| {
        [
            Plan::CutRequest(step(up, number)),
            Plan::CutAnswer(step(down, number)),
        ]
    });
    for plan in plans {
        let made = work(&mut phone);
        made_in_all += 1;
        bench.proxy.plan(plan);
        let broken = phone.sync_until_done(&bench.line()).await;
        assert!(broken.is_err(), "{plan:?} was no cut: {broken:?}");
        settle(&bench, &mut phone).await;
        if end_state(&world, &made).await != expected {
            different.push(plan);
        }
    }
    let cuts: BTreeSet<_> = bench
        .proxy
        .passed()
        .into_iter()
        .filter(|passed| passed.broke && (passed.up < up || passed.down < down))
        .map(|passed| (passed.up, passed.down))
        .collect();
    let after = (
        number_of(&world, "record").await,
        number_of(&world, "mutation_result").await,
    );
    let counts = [
        ("positions", cuts.len()),
        ("bytes of the request", up),
        ("bytes of the answer", down),
        ("different end states", different.len()),
    ];
    let counts: BTreeMap<_, _> = counts.map(|(name, count)| (name.to_owned(), count)).into();
    report::tell("a connection was cut:", &counts);
    assert!(different.is_empty(), "{different:?}");
    assert!(cuts.len() >= 1_000, "{} positions", cuts.len());
    // Nothing twice, nothing missing.
    assert_eq!(
        after,
        (
            before.0 + RECORDS * made_in_all,
            before.1 + MUTATIONS * made_in_all
        )
    );
    assert_eq!(bench.servers.len(), 1);
}

async fn heavy_of_two_hundred_commits_whose_answer_was_lost_each_counts_once(world: World) {
    let bench = Bench::start(&world, 1).await;
    let mut phone = phone(&world, 2).await;
    work(&mut phone);
    settle(&bench, &mut phone).await;
    for _ in 0..LOST {
        let made = work(&mut phone);
        bench.proxy.plan(Plan::CutAnswer(0));
        let lost = phone.sync_until_done(&bench.line()).await;
        assert!(lost.is_err() && phone.outbox().pending().len() == 7);
        let committed = end_state(&world, &made).await;
        let count = number_of(&world, "mutation_result").await;
        settle(&bench, &mut phone).await;
        assert_eq!(end_state(&world, &made).await, committed);
        assert_eq!(number_of(&world, "mutation_result").await, count);
    }
    let expected = RECORDS * i64::try_from(LOST + 1).unwrap();
    assert_eq!(number_of(&world, "record").await, expected);
}

async fn heavy_of_requests_that_come_twice_late_in_pieces_and_out_of_order_each_counts_once(
    world: World,
) {
    let bench = Bench::start(&world, 2).await;
    let mut dice = Dice::new(4);
    let mut phones = [phone(&world, 10).await, phone(&world, 11).await];
    let mut expected = 0;
    let mut late = 0;
    for round in 0..60 {
        let phone = &mut phones[round % 2];
        work(phone);
        expected += RECORDS;
        let plan = [
            Plan::Twice,
            Plan::Late,
            Plan::Pieces(1 + dice.below(300)),
            Plan::Late,
        ][round % 4];
        bench.proxy.plan(plan);
        let _ = phone.sync_until_done(&bench.line()).await;
        if round % 8 == 7 {
            late += bench.proxy.deliver_late().await;
        }
        if dice.chance(50) {
            settle(&bench, phone).await;
        }
    }
    late += bench.proxy.deliver_late().await;
    for phone in &mut phones {
        settle(&bench, phone).await;
    }
    assert!(late >= 20, "{late} came late");
    assert_eq!(number_of(&world, "record").await, expected);
    let last = phones[0].sync_until_done(&bench.line()).await.unwrap();
    assert!(last.mismatched.is_empty(), "{last:?}");
    let visits = phones[0].list(Kind::Visit).len();
    assert_eq!(
        visits,
        60,
        "both phones' visits of {}",
        code(villages()[0].as_str())
    );
}
