//! Four writers on two server processes push while a puller follows: of all committed changes none is skipped.
//! The same with a naive sequence cursor skips some; that control must go on failing.

use sea_orm::FromQueryResult;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tepai_sync_protocol::sync::{ChangeKind, Outcome, PullRequest, SyncRequest, SyncResponse};
use tepai_tests::process::ServerProcess;
use tepai_tests::world::villages;
use tepai_tests::{Phone, World, on_both_databases};
use uuid::Uuid;

on_both_databases!(heavy_of_twenty_thousand_changes_pushed_through_two_servers_a_puller_skips_none);

const WRITERS: usize = 4;
const BATCHES: usize = 100;
const BATCH: usize = 50;

/// A phone that talks to a server process.
#[derive(Clone)]
struct Remote {
    phone: Phone,
    token: String,
    client: reqwest::Client,
}

impl Remote {
    async fn new(world: &World) -> Self {
        let person = world.commissioner(&villages()).await;
        let (phone, token) = world.phone_with_token(person).await;
        Self {
            phone,
            token,
            client: tepai_tests::http(),
        }
    }

    async fn send(&mut self, base: &str, request: &SyncRequest) -> SyncResponse {
        let answer = self
            .client
            .post(format!("{base}/v1/sync"))
            .bearer_auth(&self.token)
            .json(request)
            .send()
            .await
            .unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{text}");
        let response: SyncResponse = serde_json::from_str(&text).unwrap();
        self.phone.ticket = Some(response.ticket.clone());
        response
    }

    /// Pushes batches of visits to villages of its own; returns what was acknowledged.
    async fn write(mut self, bases: [String; 2], own: [String; 3]) -> BTreeSet<Uuid> {
        let mut acknowledged = BTreeSet::new();
        for batch in 0..BATCHES {
            let mut ids = Vec::new();
            let mut mutations = Vec::new();
            for number in 0..BATCH {
                let (id, create) = self.phone.visit(&own[number % 3], "2026-06-01", json!({}));
                ids.push(id.0);
                mutations.push(create);
            }
            let request = self.phone.request(mutations, None);
            // Every writer talks to both processes in turn.
            let response = self.send(&bases[batch % 2], &request).await;
            for (id, result) in ids.into_iter().zip(&response.results) {
                assert_eq!(result.outcome, Outcome::Applied, "{result:?}");
                acknowledged.insert(id);
            }
        }
        acknowledged
    }

    /// Follows the feed until the writers are done and nothing is left; returns what it saw.
    async fn follow(mut self, bases: [String; 2], done: Arc<AtomicBool>) -> BTreeSet<Uuid> {
        let mut seen = BTreeSet::new();
        let mut round = 0;
        loop {
            let last = done.load(Ordering::SeqCst);
            let wanted = PullRequest {
                cursor: self.phone.cursor.clone(),
                limit: Some(500),
                verify: false,
            };
            let request = self.phone.request(vec![], Some(wanted));
            let page = self.send(&bases[round % 2], &request).await.pull.unwrap();
            self.phone.cursor = Some(page.cursor);
            let puts = page
                .changes
                .iter()
                .filter(|change| change.op == ChangeKind::Put);
            seen.extend(puts.map(|change| change.id.0));
            round += 1;
            if last && !page.more {
                return seen;
            }
        }
    }
}

/// A reader that trusts the order of numbers which were drawn inside of concurrent transactions.
async fn follow_naively(
    database: sea_orm::DatabaseConnection,
    done: Arc<AtomicBool>,
) -> BTreeSet<Uuid> {
    use sea_orm::{ConnectionTrait, Statement};
    #[derive(FromQueryResult)]
    struct Row {
        number: i64,
        id: Uuid,
    }
    // On PostgreSQL a sequence; SQLite has one writer at a time, so there it is the time of arrival, drawn before the lock.
    let sql = match database.get_database_backend() {
        sea_orm::DatabaseBackend::Postgres => {
            "SELECT number, id FROM naive_feed WHERE number > $1 ORDER BY number"
        }
        _ => {
            "SELECT received_at AS number, id FROM record WHERE kind = 'visit' AND received_at > $1 ORDER BY received_at"
        }
    };
    let (mut cursor, mut seen) = (0, BTreeSet::new());
    loop {
        let last = done.load(Ordering::SeqCst);
        let statement =
            Statement::from_sql_and_values(database.get_database_backend(), sql, [cursor.into()]);
        for row in database.query_all_raw(statement).await.unwrap() {
            let row = Row::from_query_result(&row, "").unwrap();
            cursor = cursor.max(row.number);
            seen.insert(row.id);
        }
        if last {
            return seen;
        }
    }
}

async fn heavy_of_twenty_thousand_changes_pushed_through_two_servers_a_puller_skips_none(
    world: World,
) {
    if world.url.starts_with("postgres") {
        for sql in [
            "CREATE TABLE naive_feed (number BIGSERIAL PRIMARY KEY, id UUID NOT NULL)",
            "CREATE FUNCTION note() RETURNS trigger AS $$ BEGIN INSERT INTO naive_feed (id) VALUES (NEW.id); RETURN NEW; END $$ LANGUAGE plpgsql",
            "CREATE TRIGGER naive AFTER INSERT ON record FOR EACH ROW WHEN (NEW.kind = 'visit') EXECUTE FUNCTION note()",
        ] {
            world.execute(sql, vec![]).await;
        }
    }
    let folder = tempfile::TempDir::new().unwrap();
    let servers = [
        ServerProcess::start(&world.url, folder.path()),
        ServerProcess::start(&world.url, folder.path()),
    ];
    let bases = servers.each_ref().map(|server| server.base.clone());
    let done = Arc::new(AtomicBool::new(false));

    let puller = Remote::new(&world).await;
    let following = tokio::spawn(puller.follow(bases.clone(), done.clone()));
    let naive = tokio::spawn(follow_naively(world.database.clone(), done.clone()));
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let remote = Remote::new(&world).await;
        // Two writers share each group of villages, so that both shared and separate scopes are written.
        let group = writer % 2 * 3;
        let own = [0, 1, 2].map(|number| villages()[group + number].to_string());
        writers.push(tokio::spawn(remote.write(bases.clone(), own)));
    }
    let mut acknowledged = BTreeSet::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    done.store(true, Ordering::SeqCst);
    let (seen, naively) = (following.await.unwrap(), naive.await.unwrap());

    assert_eq!(acknowledged.len(), WRITERS * BATCHES * BATCH);
    assert_eq!(
        acknowledged.difference(&seen).count(),
        0,
        "the feed skips nothing"
    );
    let skipped = acknowledged.difference(&naively).count();
    assert!(
        skipped > 0,
        "the control must fail: a naive cursor skips changes"
    );
}
