//! What the office waits for in a large county: 400 commissioners, 1,526 villages, 48,000 visits in a year.

use super::{Place, bulk, execute, insert_bare, line, median, visit_fields};
use sea_orm::{DatabaseConnection, Value};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};
use tepai_app::clock::Clock;
use tepai_app::identity::accounts::{self, Manager, NewAccount};
use tepai_app::{App, Policy};
use tepai_domain::actor::Role;
use tepai_domain::secret::Secret;
use tepai_store::Store;
use tepai_tests::process::ServerProcess;
use uuid::Uuid;

const COUNTY: &str = "420101";
const COMMISSIONERS: usize = 400;
const VILLAGES: usize = 1526;
const VISITS: usize = 48_000;
/// Of those, visits that wait for a review.
const WAITING: usize = 1000;
const ROUNDS: usize = 11;
const RUN: &str = "score run of 400 commissioners";
/// A cell was written since the run was read the last time.
const RUN_OF_CHANGES: &str = "the same, after each change of a village";
const CHANGE: &str = "UPDATE summary_cell SET version = version + 1 \
                      WHERE month = 202610 AND village_code = (SELECT MIN(village_code) FROM summary_cell WHERE month = 202610)";
const PASSWORD: &str = "correct horse battery";

fn village(number: usize) -> String {
    format!("{COUNTY}{}{}", 100 + number / 28, 200 + number % 28)
}

fn person(number: usize) -> Uuid {
    Uuid::from_u128(0x3000_0000 + number as u128)
}

async fn found(database: &DatabaseConnection) {
    let mut rows: Vec<Vec<Value>> = Vec::new();
    let mut add = |code: String, level: &str, parent: Option<String>| {
        rows.push(vec![
            code.clone().into(),
            level.into(),
            parent.into(),
            COUNTY.into(),
            format!("{level} {code}").into(),
            "".into(),
        ]);
    };
    add(COUNTY.to_owned(), "county", None);
    let townships: BTreeSet<String> = (0..VILLAGES)
        .map(|number| village(number)[..9].to_owned())
        .collect();
    for township in townships {
        add(township, "township", Some(COUNTY.to_owned()));
    }
    for number in 0..VILLAGES {
        let code = village(number);
        let township = code[..9].to_owned();
        add(code, "village", Some(township));
    }
    let accounts = (0..COMMISSIONERS).map(|number| {
        let id = person(number);
        vec![
            id.into(),
            COUNTY.into(),
            format!("kj{number:03}").into(),
            format!("特派员{number:03}").into(),
            "commissioner".into(),
            0_i64.into(),
        ]
    });
    let assignments = (0..VILLAGES).map(|number| {
        vec![
            Uuid::from_u128(0x4000_0000 + number as u128).into(),
            COUNTY.into(),
            village(number).into(),
            person(number % COMMISSIONERS).into(),
            "2026-01-01".into(),
        ]
    });
    let mut statements = Vec::new();
    for (head, rows) in [
        (
            "INSERT INTO division (code, level, parent_code, county_code, name, kind) VALUES",
            rows,
        ),
        (
            "INSERT INTO account (id, county_code, login, display_name, role, created_at) VALUES",
            accounts.collect(),
        ),
        (
            "INSERT INTO assignment (id, county_code, village_code, commissioner_id, from_on) VALUES",
            assignments.collect(),
        ),
    ] {
        for chunk in rows.chunks(512) {
            bulk(&mut statements, head, "", chunk.to_vec());
        }
    }
    insert_bare(database, &statements).await;
}

async fn visit(database: &DatabaseConnection) {
    let (mut records, mut cells) = (Vec::new(), BTreeSet::new());
    for number in 0..VISITS {
        let place = number % VILLAGES;
        let code = village(place);
        let by = person(place % COMMISSIONERS);
        let mut fields = visit_fields(&code, number);
        let state = if number < WAITING {
            "submitted"
        } else {
            "approved"
        };
        fields["review_state"] = json!(state);
        fields["commissioner_id"] = json!(by);
        let on = fields["service_from"].as_str().expect("a date").to_owned();
        let month: i32 = on[..7].replace('-', "").parse().expect("a month");
        cells.insert((code.clone(), month));
        let stamps = json!({"c": {"r": 1, "d": by, "g": Uuid::nil(), "n": number, "p": by, "a": 1, "t": 0}, "f": {}});
        let id = Uuid::from_u128(0x0190_2222_0000_7000_8000_0000_0000_0000 + number as u128);
        records.push(vec![
            id.into(),
            COUNTY.into(),
            "visit".into(),
            code.into(),
            by.into(),
            1_i64.into(),
            false.into(),
            on.into(),
            state.into(),
            fields.to_string().into(),
            stamps.to_string().into(),
            0_i64.into(),
            0_i64.into(),
        ]);
    }
    let cells: Vec<Vec<Value>> = cells
        .into_iter()
        .map(|(village, month)| {
            let (version, none) = (1_i64, 0_i64);
            vec![
                village.into(),
                month.into(),
                COUNTY.into(),
                version.into(),
                none.into(),
                "{}".into(),
            ]
        })
        .collect();
    let mut statements = Vec::new();
    for (head, rows) in [
        (
            "INSERT INTO record (id, county_code, kind, village_code, author_id, rev, deleted, on_date, state, fields, stamps, received_at, updated_at) VALUES",
            records,
        ),
        (
            "INSERT INTO summary_cell (village_code, month, county_code, version, folded_version, facts) VALUES",
            cells,
        ),
    ] {
        for chunk in rows.chunks(512) {
            bulk(&mut statements, head, "", chunk.to_vec());
        }
    }
    insert_bare(database, &statements).await;
    execute(database, "ANALYZE", vec![]).await;
}

/// An officer of the county.
struct Officer {
    client: reqwest::Client,
    base: String,
    token: String,
}

impl Officer {
    async fn sign_in(server: &ServerProcess) -> Self {
        let client = tepai_tests::http();
        let body = json!({"login": "officer", "password": PASSWORD});
        let url = format!("{}/v1/session", server.base);
        let answer = client
            .post(url)
            .json(&body)
            .send()
            .await
            .expect("an answer");
        let answer: serde_json::Value = answer.json().await.expect("a session");
        Self {
            client,
            base: server.base.clone(),
            token: answer["token"].as_str().expect("a token").to_owned(),
        }
    }

    async fn get(&self, path: &str) -> (Duration, usize) {
        let url = format!("{}{path}", self.base);
        let started = Instant::now();
        let answer = self.client.get(url).bearer_auth(&self.token).send().await;
        let answer = answer
            .expect("an answer")
            .error_for_status()
            .expect("a success");
        let bytes = answer.bytes().await.expect("a body");
        (started.elapsed(), bytes.len())
    }

    async fn post(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        let url = format!("{}{path}", self.base);
        let request = self.client.post(url).bearer_auth(&self.token).json(&body);
        let answer = request.send().await.expect("an answer");
        let answer = answer.error_for_status().expect("a success");
        answer.json().await.expect("a document")
    }

    async fn begin_run(&self) -> String {
        let run = json!({"plan": "guangxi-check-ins", "version": "1", "subjects": "commissioner", "period": "2026"});
        let run = self.post("/v1/score-runs", run).await;
        run["id"].as_str().expect("an id").to_owned()
    }

    async fn begin_frozen_run(&self) -> String {
        let run = self.begin_run().await;
        let freeze = json!({"rev": 0, "with_missing": true});
        self.post(&format!("/v1/score-runs/{run}/freeze"), freeze)
            .await;
        run
    }
}

/// Measures what the office waits for, on SQLite and, where `scripts/postgres.sh with` started one, on PostgreSQL.
#[expect(
    clippy::disallowed_methods,
    reason = "the server to measure on is told to whoever starts the benchmark"
)]
pub(super) async fn office() {
    office_on("SQLite", Place::new(0).await).await;
    match std::env::var("TEPAI_TEST_POSTGRES_URL") {
        Ok(server) => office_on("PostgreSQL", Place::of_postgres(&server).await).await,
        Err(_) => println!("SKIPPED on PostgreSQL: TEPAI_TEST_POSTGRES_URL is not set"),
    }
}

/// Serves the county until somebody ends it, for what looks at it from outside: the measurement of the console does.
pub(super) async fn county() {
    let place = Place::new(0).await;
    prepare(&place).await;
    let server = place.serve();
    println!(
        "A county of {VILLAGES} villages and {VISITS} visits is served at {} to officer, {PASSWORD}",
        server.base
    );
    tokio::signal::ctrl_c().await.expect("it is told to end");
}

/// The county, its visits, and an officer.
async fn prepare(place: &Place) {
    let database = place.connect().await;
    found(&database).await;
    visit(&database).await;
    database.close().await.expect("closed");
    let store = Store::connect(&place.url, 2).await.expect("a database");
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").expect("a zone");
    let app = App::open(store, Clock::system(), zone, Policy::default())
        .await
        .expect("an app");
    let officer = NewAccount {
        county: COUNTY.parse().expect("a code"),
        login: "officer".to_owned(),
        display_name: "县科技局".to_owned(),
        role: Role::CountyOfficer,
        township: None,
        password: Some(Secret::new(PASSWORD)),
    };
    accounts::create(&app, &Manager::Operator, officer)
        .await
        .expect("an account");
    app.store.close().await.expect("closed");
}

async fn office_on(backend: &str, place: Place) {
    println!("What the office waits for, on {backend}:");
    prepare(&place).await;
    let server = place.serve();
    let officer = Officer::sign_in(&server).await;
    let run = officer.begin_run().await;
    let frozen = officer.begin_frozen_run().await;
    let database = place.connect().await;
    let run = format!("/v1/score-runs/{run}");
    for (what, path, is_bound) in [
        (
            "review queue, a page",
            "/v1/visits?state=submitted&limit=100".to_owned(),
            true,
        ),
        ("overview", format!("/v1/overview/{COUNTY}"), true),
        (
            "review queue with all that a decision needs, a page of 20",
            "/v1/review-queue".to_owned(),
            true,
        ),
        ("divisions", "/v1/divisions".to_owned(), false),
        ("assignments", "/v1/assignments".to_owned(), false),
        (
            "calendar of a month",
            format!("/v1/calendar/{COUNTY}?month=2026-10"),
            false,
        ),
        ("people", "/v1/people".to_owned(), false),
        (
            "coverage list of a month",
            format!("/v1/coverage/{COUNTY}?period=2026-10"),
            true,
        ),
        (RUN, run.clone(), true),
        (RUN_OF_CHANGES, run.clone(), true),
        ("the same, frozen", format!("/v1/score-runs/{frozen}"), true),
    ] {
        // What is stale is folded first.
        officer.get(&path).await;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            if what == RUN_OF_CHANGES {
                execute(&database, CHANGE, vec![]).await;
            }
            times.push(officer.get(&path).await.0);
        }
        let time = median(&mut times).as_secs_f64() * 1000.0;
        let ours = format!("{time:.0} ms");
        if is_bound {
            let ratio = time / 100.0;
            line(what, &ours, "100 ms", ratio, "at most 1", time <= 100.0);
        } else {
            println!("{what:<44} {ours:>18}   (no bound)");
        }
    }
    database.close().await.expect("closed");
    drop(server);
    let server = place.serve();
    let officer = Officer {
        base: server.base.clone(),
        ..officer
    };
    officer.get("/v1/session").await;
    let first = officer.get(&run).await.0.as_secs_f64() * 1000.0;
    println!(
        "{:<44} {:>18}   (no bound)",
        "score run, the first that a server reads",
        format!("{first:.0} ms")
    );
    drop(server);
    // Another server, so that its memory is the workbook's.
    let server = place.serve();
    let officer = Officer {
        base: server.base.clone(),
        ..officer
    };
    let before = server.most_resident_bytes() as f64 / 1024.0 / 1024.0;
    let path = format!("/v1/exports/{COUNTY}?period=2026&format=xlsx");
    let (time, bytes) = officer.get(&path).await;
    let seconds = time.as_secs_f64();
    line(
        "workbook of the year",
        &format!("{seconds:.2} s, {:.1} MB", bytes as f64 / 1e6),
        "5 s",
        seconds / 5.0,
        "at most 1",
        seconds <= 5.0,
    );
    let memory = server.most_resident_bytes() as f64 / 1024.0 / 1024.0;
    line(
        "resident memory, at its most",
        &format!("{memory:.0} MiB ({before:.0} before the workbook)"),
        "200 MiB",
        memory / 200.0,
        "at most 1",
        memory <= 200.0,
    );
}
