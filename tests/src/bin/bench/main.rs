//! `make bench`: what Tepai does in a second, each figure beside a floor measured in the same run on the same machine.
//!
//! `make bench ARGS=photos` measures photos alone, `ARGS=office` what the office waits for, `ARGS=records` the rest. Every figure is a ratio against its floor; the absolute numbers say more about the machine. Medians are printed.

#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    clippy::assigning_clones,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a benchmark fails loudly and prints rough numbers"
)]

mod office;
mod photos;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, FromQueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait, Value,
};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tepai_app::clock::Clock;
use tepai_app::secrets::fingerprint;
use tepai_app::summaries::summary::{Question, summarise_any};
use tepai_app::{App, Policy};
use tepai_domain::secret::Secret;
use tepai_store::Store;
use tepai_sync_protocol::checksum::Tally;
use tepai_sync_protocol::ids::RecordId;
use tepai_sync_protocol::summary::filter::Filter;
use tepai_tests::database::TestDatabase;
use tepai_tests::process::ServerProcess;
use uuid::Uuid;

const TOKEN: &str = "tpd_benchmark";
const BATCH: usize = 50;
const WRITERS: usize = 4;
const ROUNDS: usize = 60;
const VILLAGES_PER_COUNTY: usize = 168;

#[tokio::main]
async fn main() {
    println!(
        "Tepai benchmark. {} cores; SQLite at synchronous=FULL.",
        std::thread::available_parallelism().map_or(0, usize::from)
    );
    let asked = std::env::args().nth(1).unwrap_or_default();
    if asked.is_empty() || asked == "photos" || asked == "uploads" {
        photos::uploads().await;
    }
    if asked.is_empty() || asked == "photos" || asked == "thumbnails" {
        photos::thumbnails().await;
    }
    if asked.is_empty() || asked == "office" {
        office::office().await;
    }
    if asked.is_empty() || asked == "records" {
        records().await;
    }
    if asked == "county" {
        office::county().await;
    }
}

/// What concerns records: pushed, pulled, summed up.
async fn records() {
    push_against_bare_inserts().await;
    let small = Filled::new(10_000, 1).await;
    let large = Filled::new(1_000_000, 200).await;
    idle_sync(&small, &large).await;
    first_sync(&small).await;
    drop(small);
    let fifth = Filled::new(100_000, 20).await;
    county_year(&fifth, &large).await;
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// A number that one query tells.
async fn number(database: &DatabaseConnection, sql: &str) -> i64 {
    #[derive(FromQueryResult)]
    struct Row {
        number: i64,
    }
    let rows: Vec<Row> = fetch(database, sql).await;
    rows.first().map_or(0, |row| row.number)
}

/// One line of the report.
fn line(what: &str, ours: &str, floor: &str, ratio: f64, bound: &str, holds: bool) {
    let verdict = if holds { "holds" } else { "DOES NOT HOLD" };
    println!(
        "{what:<44} {ours:>18}   floor {floor:>18}   ratio {ratio:>6.2}   ({bound}: {verdict})"
    );
}

/// A database with people and places, and nothing else.
struct Place {
    dir: TempDir,
    url: String,
}

impl Place {
    async fn new(counties: usize) -> Self {
        let dir = TempDir::new().expect("a directory");
        let url = format!("sqlite://{}/tepai.db", dir.path().display());
        let store = Store::connect(&url, 4).await.expect("a database");
        store.migrate().await.expect("migrations");
        store.close().await.expect("closed");
        let place = Self { dir, url };
        let database = place.connect().await;
        for county in 0..counties {
            place.found(&database, county).await;
        }
        place
    }

    /// A database of the PostgreSQL server that `scripts/postgres.sh with` started.
    async fn of_postgres(server: &str) -> Self {
        let dir = TempDir::new().expect("a directory");
        let url = TestDatabase::postgres_at(server).await.url;
        Self { dir, url }
    }

    async fn connect(&self) -> DatabaseConnection {
        let mut options = ConnectOptions::new(&self.url);
        options
            .max_connections(1)
            .sqlx_logging(false)
            .map_sqlx_sqlite_opts(|options| {
                options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .statement_cache_capacity(256)
            });
        Database::connect(options).await.expect("a connection")
    }

    async fn found(&self, database: &DatabaseConnection, county: usize) {
        let code = county_code(county);
        let mut rows: Vec<Vec<Value>> = vec![vec![
            code.clone().into(),
            "county".into(),
            Value::from(None::<String>),
        ]];
        for township in 0..12 {
            rows.push(vec![
                format!("{code}{}", 100 + township).into(),
                "township".into(),
                code.clone().into(),
            ]);
        }
        for village in 0..VILLAGES_PER_COUNTY {
            let village = village_code(county, village);
            rows.push(vec![
                village.clone().into(),
                "village".into(),
                village[..9].to_owned().into(),
            ]);
        }
        for mut row in rows {
            row.push(code.clone().into());
            let sql = "INSERT INTO division (code, level, parent_code, county_code, name, kind) VALUES ($1, $2, $3, $4, $1, '')";
            execute(database, sql, row).await;
        }
        for writer in 0..WRITERS {
            let person = person_of(county, writer);
            let sql = "INSERT INTO account (id, county_code, login, display_name, role, created_at) VALUES ($1, $2, $3, $3, 'commissioner', 0)";
            execute(
                database,
                sql,
                vec![
                    person.into(),
                    code.clone().into(),
                    person.to_string().into(),
                ],
            )
            .await;
            let sql = "INSERT INTO device (id, account_id, county_code, name, token_hash, enrolled_at) VALUES ($1, $2, $3, 'phone', $4, 0)";
            let hash = fingerprint(&Secret::new(token_of(county, writer)));
            execute(
                database,
                sql,
                vec![
                    device_of(county, writer).into(),
                    person.into(),
                    code.clone().into(),
                    hash.into(),
                ],
            )
            .await;
            for village in (writer..VILLAGES_PER_COUNTY).step_by(WRITERS) {
                let sql = "INSERT INTO assignment (id, county_code, village_code, commissioner_id, from_on) VALUES ($1, $2, $3, $4, '2020-01-01')";
                let id =
                    Uuid::from_u128(u128::from(u64::MAX) * 3 + (county * 1000 + village) as u128);
                execute(
                    database,
                    sql,
                    vec![
                        id.into(),
                        code.clone().into(),
                        village_code(county, village).into(),
                        person.into(),
                    ],
                )
                .await;
            }
        }
    }

    fn serve(&self) -> ServerProcess {
        ServerProcess::start(&self.url, self.dir.path())
    }
}

fn county_code(county: usize) -> String {
    format!("{}", 420_001 + county)
}

fn village_code(county: usize, village: usize) -> String {
    format!(
        "{}{}{}",
        county_code(county),
        100 + village / 14,
        200 + village % 14
    )
}

fn person_of(county: usize, writer: usize) -> Uuid {
    Uuid::from_u128(0x1000_0000 + (county * 100 + writer) as u128)
}

fn device_of(county: usize, writer: usize) -> Uuid {
    Uuid::from_u128(0x2000_0000 + (county * 100 + writer) as u128)
}

fn token_of(county: usize, writer: usize) -> String {
    format!("{TOKEN}_{county}_{writer}")
}

async fn execute(database: &DatabaseConnection, sql: &str, values: Vec<Value>) {
    let statement = Statement::from_sql_and_values(database.get_database_backend(), sql, values);
    database
        .execute_raw(statement)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

// --- durable merged mutations a second, against a bare loop that inserts the same rows in the same transactions

async fn push_against_bare_inserts() {
    let place = Place::new(1).await;
    let server = place.serve();
    let bodies: Vec<Vec<String>> = (0..WRITERS)
        .map(|writer| (0..ROUNDS).map(|round| batch(writer, round)).collect())
        .collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let idle = server.resident_bytes();
    let started = Instant::now();
    let writers = bodies.into_iter().enumerate().map(|(writer, bodies)| {
        let base = server.base.clone();
        tokio::spawn(async move { push_all(&base, writer, bodies).await })
    });
    for writer in writers {
        writer.await.expect("a writer ends");
    }
    let ours = started.elapsed();
    let loaded = server.resident_bytes();
    drop(server);

    let transactions = transactions_of(&place).await;
    let mutations = WRITERS * ROUNDS * BATCH;
    assert_eq!(
        transactions
            .iter()
            .map(|transaction| transaction.mutations)
            .sum::<usize>(),
        mutations,
        "all were stored"
    );
    let bare = Place::new(1).await;
    let connection = bare.connect().await;
    let started = Instant::now();
    for transaction in &transactions {
        insert_bare(&connection, &transaction.statements).await;
    }
    let floor = started.elapsed();
    let (ours, floor) = (
        mutations as f64 / ours.as_secs_f64(),
        mutations as f64 / floor.as_secs_f64(),
    );
    line(
        "durable merged mutations a second (50/request)",
        &format!("{ours:.0}/s"),
        &format!("{floor:.0}/s bare"),
        ours / floor,
        "at least 0.4",
        ours / floor >= 0.4,
    );
    let mebibytes = |bytes: u64| bytes as f64 / 1024.0 / 1024.0;
    println!(
        "resident memory of the server: idle {:.0} MiB (under 100), in the load run {:.0} MiB (under 300)",
        mebibytes(idle),
        mebibytes(loaded)
    );
}

async fn push_all(base: &str, writer: usize, bodies: Vec<String>) {
    let client = tepai_tests::http();
    let mut ticket: Option<String> = None;
    for body in bodies {
        let shown = ticket
            .as_ref()
            .map_or("null".to_owned(), |ticket| format!("\"{ticket}\""));
        let answer = client
            .post(format!("{base}/v1/sync"))
            .bearer_auth(token_of(0, writer))
            .header("content-type", "application/json")
            .body(body.replace("\"TICKET\"", &shown))
            .send()
            .await
            .expect("an answer");
        assert_eq!(
            answer.status(),
            200,
            "{}",
            answer.text().await.unwrap_or_default()
        );
        let text = answer.text().await.expect("a body");
        assert!(
            !text.contains("\"rejected\"") && !text.contains("\"retry\""),
            "{text}"
        );
        let at = text.find("\"ticket\":\"").expect("a ticket") + 10;
        ticket = Some(text[at..at + 32].to_owned());
    }
}

/// A request of fifty mutations: forty new visits of an ordinary size, and ten edits of them.
fn batch(writer: usize, round: usize) -> String {
    let now = Clock::system().now_ms();
    let mut mutations = Vec::new();
    let mut n = round * BATCH;
    let new = |n: usize, kind: u128| {
        Uuid::from_u128(
            0x0190_0000_0000_7000_8000_0000_0000_0000
                + (kind << 60)
                + ((writer * 1_000_000 + n) as u128),
        )
    };
    for visit in 0..40 {
        n += 1;
        let village = village_code(
            0,
            (writer + WRITERS * ((round * 3 + visit) % 40)) % VILLAGES_PER_COUNTY,
        );
        mutations.push(json!({
            "mid": new(n, 1), "n": n, "op": "create", "kind": "visit", "id": new(round * 40 + visit, 2),
            "edited": {"wall": now, "boot": "b", "mono_ms": now},
            "set": visit_fields(&village, round * 7 + visit),
        }));
    }
    for visit in 0..10 {
        n += 1;
        mutations.push(json!({
            "mid": new(n, 1), "n": n, "op": "patch", "kind": "visit", "id": new(round * 40 + visit, 2), "base": 0,
            "edited": {"wall": now, "boot": "b", "mono_ms": now},
            "set": {"leaflets": 12, "problem_found": "池塘溶氧偏低，夜间浮头"},
        }));
    }
    json!({
        "protocol": 1, "schema": 1, "mutations": mutations,
        "replica": {"generation": Uuid::from_u128(writer as u128 + 1), "ticket": "TICKET"},
        "clock": {"wall": now, "boot": "b", "mono_ms": now},
    })
    .to_string()
}

fn visit_fields(village: &str, number: usize) -> serde_json::Value {
    json!({
        "village_code": village,
        "service_from": format!("2026-{:02}-{:02}", 1 + number % 10, 1 + number % 28),
        "mode": "household", "industry": "aquaculture",
        "content": "查看池塘水质，测溶解氧与氨氮，指导调整投喂量和增氧时段；发放技术明白纸，约定一周后复查。",
        "technique_codes": ["SC01", "SC07"], "leaflets": number % 20, "problems_solved": number % 3,
        "beneficiary_ids": [Uuid::from_u128(0x7777_0000 + (number % 400) as u128)],
        "check_in": {"lat": 29.81, "lon": 113.45, "datum": "wgs84", "accuracy_m": 18, "source": "gnss", "is_mocked": false},
    })
}

struct Transaction {
    mutations: usize,
    statements: Vec<Statement>,
}

#[derive(FromQueryResult)]
struct RecordRow {
    id: Uuid,
    county_code: String,
    kind: String,
    village_code: Option<String>,
    author_id: Uuid,
    rev: i64,
    deleted: bool,
    on_date: Option<String>,
    state: Option<String>,
    fields: String,
    stamps: String,
    received_at: i64,
    updated_at: i64,
}

#[derive(FromQueryResult)]
struct MembershipRow {
    scope_id: String,
    record_id: Uuid,
    seq: i64,
    state: i32,
    rev: i64,
    kind: String,
}

#[derive(FromQueryResult)]
struct ResultRow {
    mid: Uuid,
    county_code: String,
    device_id: Uuid,
    content_hash: String,
    result_json: String,
    received_at: i64,
}

async fn fetch<R: FromQueryResult>(database: &DatabaseConnection, sql: &str) -> Vec<R> {
    let statement = Statement::from_string(database.get_database_backend(), sql);
    let rows = database.query_all_raw(statement).await.expect("rows");
    rows.iter()
        .map(|row| R::from_query_result(row, "").expect("a row"))
        .collect()
}

/// What the server wrote, request by request, as statements whose values are computed already.
async fn transactions_of(place: &Place) -> Vec<Transaction> {
    let database = place.connect().await;
    let mut requests: BTreeMap<(i64, Uuid), (Vec<RecordRow>, Vec<MembershipRow>, Vec<ResultRow>)> =
        BTreeMap::new();
    let mut of_record = BTreeMap::new();
    for row in fetch::<RecordRow>(&database, "SELECT * FROM record").await {
        let key = (row.received_at, row.author_id);
        of_record.insert(row.id, key);
        requests.entry(key).or_default().0.push(row);
    }
    for row in fetch::<MembershipRow>(&database, "SELECT * FROM membership").await {
        requests
            .entry(of_record[&row.record_id])
            .or_default()
            .1
            .push(row);
    }
    for row in fetch::<ResultRow>(&database, "SELECT * FROM mutation_result").await {
        let person = Uuid::from_u128(row.device_id.as_u128() - 0x1000_0000);
        requests
            .entry((row.received_at, person))
            .or_default()
            .2
            .push(row);
    }
    requests
        .into_values()
        .map(|(records, memberships, results)| transaction(records, memberships, results))
        .collect()
}

fn transaction(
    records: Vec<RecordRow>,
    memberships: Vec<MembershipRow>,
    results: Vec<ResultRow>,
) -> Transaction {
    let scopes: BTreeSet<String> = memberships.iter().map(|row| row.scope_id.clone()).collect();
    let cells: BTreeSet<(String, i32)> = records
        .iter()
        .filter_map(|row| {
            let month = row
                .on_date
                .as_ref()?
                .get(..7)?
                .replace('-', "")
                .parse()
                .ok()?;
            Some((row.village_code.clone()?, month))
        })
        .collect();
    let (mutations, device) = (results.len(), results.first().map(|row| row.device_id));
    let county = records
        .first()
        .map(|row| row.county_code.clone())
        .unwrap_or_default();
    let records = records.into_iter().map(|row| {
        vec![
            row.id.into(),
            row.county_code.into(),
            row.kind.into(),
            row.village_code.into(),
            row.author_id.into(),
            row.rev.into(),
            row.deleted.into(),
            row.on_date.into(),
            row.state.into(),
            row.fields.into(),
            row.stamps.into(),
            row.received_at.into(),
            row.updated_at.into(),
        ]
    });
    let memberships = memberships.into_iter().map(|row| {
        vec![
            row.scope_id.into(),
            row.record_id.into(),
            row.seq.into(),
            row.state.into(),
            row.rev.into(),
            row.kind.into(),
        ]
    });
    let results = results.into_iter().map(|row| {
        vec![
            row.mid.into(),
            row.county_code.into(),
            row.device_id.into(),
            row.content_hash.into(),
            row.result_json.into(),
            row.received_at.into(),
        ]
    });
    let scopes = scopes.into_iter().map(|scope| {
        vec![
            scope.into(),
            1_i64.into(),
            0_i64.into(),
            1_i64.into(),
            1_i64.into(),
        ]
    });
    let cells = cells.into_iter().map(|(village, month)| {
        vec![
            village.into(),
            month.into(),
            county.clone().into(),
            1_i64.into(),
            0_i64.into(),
            "{}".into(),
        ]
    });
    let mut statements = Vec::new();
    bulk(
        &mut statements,
        "INSERT INTO record (id, county_code, kind, village_code, author_id, rev, deleted, on_date, state, fields, stamps, received_at, updated_at) VALUES",
        "",
        records.collect(),
    );
    bulk(
        &mut statements,
        "INSERT INTO membership (scope_id, record_id, seq, state, rev, kind) VALUES",
        "",
        memberships.collect(),
    );
    bulk(
        &mut statements,
        "INSERT INTO mutation_result (mid, county_code, device_id, content_hash, result_json, received_at) VALUES",
        "",
        results.collect(),
    );
    bulk(
        &mut statements,
        "INSERT INTO scope (id, seq, floor_seq, live_count, sum32) VALUES",
        "ON CONFLICT (id) DO UPDATE SET seq = excluded.seq",
        scopes.collect(),
    );
    bulk(
        &mut statements,
        "INSERT INTO summary_cell (village_code, month, county_code, version, folded_version, facts) VALUES",
        "ON CONFLICT (village_code, month) DO UPDATE SET version = summary_cell.version + 1",
        cells.collect(),
    );
    let sql = "UPDATE device SET ticket = $1, last_sync_at = $2 WHERE id = $3";
    statements.push(Statement::from_sql_and_values(
        sea_orm::DatabaseBackend::Sqlite,
        sql,
        vec![
            "ticket".into(),
            1_i64.into(),
            device.unwrap_or_default().into(),
        ],
    ));
    Transaction {
        mutations,
        statements,
    }
}

fn bulk(statements: &mut Vec<Statement>, head: &str, tail: &str, rows: Vec<Vec<Value>>) {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let length = 1 << rows.len().ilog2();
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(length).collect();
        let width = chunk[0].len();
        let list = |row: usize| {
            (1..=width)
                .map(|column| format!("${}", row * width + column))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let lists: Vec<_> = (0..length).map(|row| format!("({})", list(row))).collect();
        let sql = format!("{head} {} {tail}", lists.join(", "));
        statements.push(Statement::from_sql_and_values(
            sea_orm::DatabaseBackend::Sqlite,
            sql,
            chunk.into_iter().flatten().collect::<Vec<_>>(),
        ));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the floor does without the store"
)]
async fn insert_bare(connection: &DatabaseConnection, statements: &[Statement]) {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = connection.begin_with_options(options).await.expect("begun");
    for statement in statements {
        let mut statement = statement.clone();
        statement.db_backend = connection.get_database_backend();
        transaction.execute_raw(statement).await.expect("inserted");
    }
    transaction.commit().await.expect("committed");
}

// --- a database that is full of visits

struct Filled {
    place: Place,
    visits: usize,
    server: ServerProcess,
}

impl Filled {
    async fn new(visits: usize, counties: usize) -> Self {
        let place = Place::new(counties).await;
        let database = place.connect().await;
        database
            .execute_unprepared("PRAGMA synchronous = OFF")
            .await
            .expect("a pragma");
        let each = visits / counties;
        for county in 0..counties {
            fill_county(&database, county, each).await;
        }
        database
            .execute_unprepared("ANALYZE")
            .await
            .expect("analysed");
        database
            .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
            .await
            .expect("folded");
        database.close().await.expect("closed");
        let server = place.serve();
        Self {
            place,
            visits,
            server,
        }
    }
}

async fn fill_county(database: &DatabaseConnection, county: usize, visits: usize) {
    let mut scopes: BTreeMap<String, (i64, Tally)> = BTreeMap::new();
    let mut cells: BTreeSet<(String, i32)> = BTreeSet::new();
    let (mut records, mut memberships) = (Vec::new(), Vec::new());
    for visit in 0..visits {
        let village_number = visit % VILLAGES_PER_COUNTY;
        let village = village_code(county, village_number);
        let id = Uuid::from_u128(
            0x0190_1111_0000_7000_8000_0000_0000_0000 + (county * 10_000_000 + visit) as u128,
        );
        let person = person_of(county, village_number % WRITERS);
        let mut fields = visit_fields(&village, visit);
        fields["review_state"] = json!("approved");
        fields["commissioner_id"] = json!(person);
        let on = fields["service_from"].as_str().expect("a date").to_owned();
        cells.insert((
            village.clone(),
            on[..7].replace('-', "").parse().expect("a month"),
        ));
        let stamps = json!({"c": {"r": 1, "d": device_of(county, 0), "g": Uuid::nil(), "n": visit, "p": person, "a": 1, "t": 0}, "f": {}});
        for scope in [format!("v:{village}"), format!("u:{person}")] {
            let (seq, tally) = scopes.entry(scope.clone()).or_default();
            *seq += 1;
            tally.add(RecordId(id), 1);
            memberships.push(vec![
                scope.into(),
                id.into(),
                (*seq).into(),
                1_i32.into(),
                1_i64.into(),
                "visit".into(),
            ]);
        }
        records.push(vec![
            id.into(),
            county_code(county).into(),
            "visit".into(),
            village.into(),
            person.into(),
            1_i64.into(),
            false.into(),
            on.into(),
            "approved".into(),
            fields.to_string().into(),
            stamps.to_string().into(),
            0_i64.into(),
            0_i64.into(),
        ]);
    }
    let mut statements = Vec::new();
    for (head, rows) in [
        (
            "INSERT INTO record (id, county_code, kind, village_code, author_id, rev, deleted, on_date, state, fields, stamps, received_at, updated_at) VALUES",
            records,
        ),
        (
            "INSERT INTO membership (scope_id, record_id, seq, state, rev, kind) VALUES",
            memberships,
        ),
    ] {
        for chunk in rows.chunks(512) {
            bulk(&mut statements, head, "", chunk.to_vec());
        }
    }
    let scopes = scopes.into_iter().map(|(scope, (seq, tally))| {
        vec![
            scope.into(),
            seq.into(),
            0_i64.into(),
            tally.count.into(),
            i64::from(tally.sum).into(),
        ]
    });
    bulk(
        &mut statements,
        "INSERT INTO scope (id, seq, floor_seq, live_count, sum32) VALUES",
        "",
        scopes.collect(),
    );
    let cells: Vec<Vec<Value>> = cells
        .into_iter()
        .map(|(village, month)| {
            vec![
                village.into(),
                month.into(),
                county_code(county).into(),
                1_i64.into(),
                0_i64.into(),
                "{}".into(),
            ]
        })
        .collect();
    for chunk in cells.chunks(512) {
        bulk(
            &mut statements,
            "INSERT INTO summary_cell (village_code, month, county_code, version, folded_version, facts) VALUES",
            "",
            chunk.to_vec(),
        );
    }
    insert_bare(database, &statements).await;
}

// --- a sync that brings nothing new

async fn idle_sync(small: &Filled, large: &Filled) {
    let mut times = (Vec::new(), Vec::new());
    let (mut one, mut two) = (Idle::new(small).await, Idle::new(large).await);
    for _ in 0..400 {
        times.0.push(one.once().await);
        times.1.push(two.once().await);
    }
    let (small_time, large_time) = (median(&mut times.0), median(&mut times.1));
    let ratio = large_time.as_secs_f64() / small_time.as_secs_f64();
    line(
        &format!("idle sync with {} records stored", large.visits),
        &format!("{} µs", large_time.as_micros()),
        &format!("{} µs at {}", small_time.as_micros(), small.visits),
        ratio,
        "at most 1.2",
        ratio <= 1.2,
    );
}

struct Idle {
    client: reqwest::Client,
    base: String,
    cursor: String,
    ticket: String,
}

impl Idle {
    async fn new(filled: &Filled) -> Self {
        Self::at(&filled.server.base).await
    }

    async fn at(base: &str) -> Self {
        let mut idle = Self {
            client: tepai_tests::http(),
            base: base.to_owned(),
            cursor: String::new(),
            ticket: String::new(),
        };
        while idle.pull(1000).await.1 {}
        idle
    }

    async fn once(&mut self) -> Duration {
        let started = Instant::now();
        let (changes, more) = self.pull(1000).await;
        assert!(changes == 0 && !more);
        started.elapsed()
    }

    async fn pull(&mut self, limit: u32) -> (usize, bool) {
        let now = Clock::system().now_ms();
        let cursor = if self.cursor.is_empty() {
            json!(null)
        } else {
            json!(self.cursor)
        };
        let ticket = if self.ticket.is_empty() {
            json!(null)
        } else {
            json!(self.ticket)
        };
        let body = json!({
            "protocol": 1, "schema": 1, "replica": {"generation": Uuid::from_u128(9), "ticket": ticket},
            "clock": {"wall": now, "boot": "b", "mono_ms": now}, "pull": {"cursor": cursor, "limit": limit},
        });
        let answer = self
            .client
            .post(format!("{}/v1/sync", self.base))
            .bearer_auth(token_of(0, 0))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200);
        let answer: serde_json::Value = answer.json().await.expect("a body");
        self.cursor = answer["pull"]["cursor"]
            .as_str()
            .expect("a cursor")
            .to_owned();
        self.ticket = answer["ticket"].as_str().expect("a ticket").to_owned();
        (
            answer["pull"]["changes"].as_array().map_or(0, Vec::len),
            answer["pull"]["more"] == true,
        )
    }
}

// --- the first sync of a phone, in one stream of pages

#[derive(FromQueryResult, serde::Serialize)]
struct BareRow {
    record_id: Uuid,
    seq: i64,
    rev: i64,
    kind: String,
    fields: String,
}

async fn first_sync(filled: &Filled) {
    let database = filled.place.connect().await;
    let person = person_of(0, 0);
    let scopes = fetch::<BareScope>(&database, &format!("SELECT scope_id AS id, COUNT(*) AS rows FROM membership WHERE scope_id = 'u:{person}' OR scope_id IN (SELECT 'v:' || village_code FROM assignment WHERE hex(commissioner_id) = '{}') GROUP BY scope_id", person.simple().to_string().to_uppercase())).await;
    let rows: i64 = scopes.iter().map(|scope| scope.rows).sum();
    let mut times = (Vec::new(), Vec::new());
    for _ in 0..7 {
        let started = Instant::now();
        let mut idle = Idle {
            client: tepai_tests::http(),
            base: filled.server.base.clone(),
            cursor: String::new(),
            ticket: String::new(),
        };
        let mut changes = 0;
        loop {
            let (page, more) = idle.pull_text().await;
            changes += page;
            if !more {
                break;
            }
        }
        times.0.push(started.elapsed());
        assert_eq!(
            i64::try_from(changes).expect("a count"),
            rows,
            "everything came"
        );

        let started = Instant::now();
        let mut bytes = 0;
        for scope in &scopes {
            let sql = format!(
                "SELECT m.record_id, m.seq, m.rev, m.kind, r.fields FROM membership m JOIN record r ON r.id = m.record_id WHERE m.scope_id = '{}' ORDER BY m.seq",
                scope.id
            );
            bytes += serde_json::to_vec(&fetch::<BareRow>(&database, &sql).await)
                .expect("json")
                .len();
        }
        assert!(bytes > 0);
        times.1.push(started.elapsed());
    }
    let (ours, floor) = (median(&mut times.0), median(&mut times.1));
    let rate = |time: Duration| rows as f64 / time.as_secs_f64();
    line(
        &format!("first sync of {rows} records"),
        &format!("{:.0}/s", rate(ours)),
        &format!("{:.0}/s SELECT+JSON", rate(floor)),
        rate(ours) / rate(floor),
        "at least 0.3",
        rate(ours) / rate(floor) >= 0.3,
    );
}

#[derive(FromQueryResult)]
struct BareScope {
    id: String,
    rows: i64,
}

impl Idle {
    /// A page whose content is counted in the text: the client's parser is not what is measured.
    async fn pull_text(&mut self) -> (usize, bool) {
        let now = Clock::system().now_ms();
        let cursor = if self.cursor.is_empty() {
            json!(null)
        } else {
            json!(self.cursor)
        };
        let ticket = if self.ticket.is_empty() {
            json!(null)
        } else {
            json!(self.ticket)
        };
        let body = json!({
            "protocol": 1, "schema": 1, "replica": {"generation": Uuid::from_u128(9), "ticket": ticket},
            "clock": {"wall": now, "boot": "b", "mono_ms": now}, "pull": {"cursor": cursor, "limit": 1000},
        });
        let answer = self
            .client
            .post(format!("{}/v1/sync", self.base))
            .bearer_auth(token_of(0, 0))
            .json(&body)
            .send()
            .await
            .expect("an answer");
        let text = answer.text().await.expect("a body");
        let after = |key: &str| {
            let at = text.rfind(key).expect(key) + key.len();
            text[at..].split('"').next().expect("a value").to_owned()
        };
        self.cursor = after("\"cursor\":\"");
        self.ticket = after("\"ticket\":\"");
        (
            text.matches("\"op\":\"").count(),
            text.contains("\"more\":true"),
        )
    }
}

// --- a county's year

async fn county_year(fifth: &Filled, large: &Filled) {
    let (one, two) = (open(fifth).await, open(large).await);
    let mut times = (Vec::new(), Vec::new());
    for round in 0..31 {
        let (small, big) = (summary_time(&one).await, summary_time(&two).await);
        if round > 0 {
            times.0.push(small);
            times.1.push(big);
        }
    }
    let (small, big) = (median(&mut times.0), median(&mut times.1));
    let ratio = big.as_secs_f64() / small.as_secs_f64();
    line(
        &format!(
            "county-year summary at {} visits (200 counties)",
            large.visits
        ),
        &format!("{:.1} ms", big.as_secs_f64() * 1000.0),
        &format!("{:.1} ms at {}", small.as_secs_f64() * 1000.0, fifth.visits),
        ratio,
        "under 20 ms and at most 1.5",
        ratio <= 1.5 && big < Duration::from_millis(20),
    );
}

async fn open(filled: &Filled) -> App {
    let store = Store::connect(&filled.place.url, 2)
        .await
        .expect("a database");
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    App::open(store, Clock::system(), zone, Policy::default())
        .await
        .expect("an app")
}

async fn summary_time(app: &App) -> Duration {
    let question = Question {
        division: county_code(0).parse().expect("a code"),
        period: "2026".parse().expect("a period"),
        filter: Filter::default(),
        by: None,
    };
    let started = Instant::now();
    let answer = summarise_any(app, question).await.expect("a summary");
    assert!(answer.total.approved.visits > 0);
    started.elapsed()
}
