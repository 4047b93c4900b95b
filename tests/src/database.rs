//! A database of one's own for each test: a SQLite file, or a PostgreSQL database cloned from a template that
//! was migrated once.

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;
use tepai_migrations::{Migrator, MigratorTrait};

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// A file.
    Sqlite,
    /// A server, named by `TEPAI_TEST_POSTGRES_URL`.
    Postgres,
}

/// A migrated database that nobody else uses.
#[derive(Debug)]
pub struct TestDatabase {
    /// How to connect.
    pub url: String,
    _dir: Option<TempDir>,
}

/// Any number: all tests agree on it, nobody else uses it.
const TEMPLATE_LOCK: i64 = 20_261_123;

static COUNT: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// Makes one; `None` where there is no PostgreSQL and nobody insists on it.
    pub async fn create(backend: Backend) -> Option<Self> {
        match backend {
            Backend::Sqlite => Some(Self::sqlite().await),
            Backend::Postgres => Self::postgres().await,
        }
    }

    async fn sqlite() -> Self {
        // In memory where there is such a place: a flush costs nothing there. What a power cut does is tested elsewhere.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        let dir = dir.expect("a temporary directory");
        let url = Self::sqlite_in(dir.path()).await.url;
        Self {
            url,
            _dir: Some(dir),
        }
    }

    /// A SQLite file in a folder that is somebody else's to remove.
    pub async fn sqlite_in(folder: &Path) -> Self {
        let url = format!("sqlite://{}/tepai.db", folder.display());
        let connection = Database::connect(format!("{url}?mode=rwc"))
            .await
            .expect("a SQLite file");
        Migrator::up(&connection, None).await.expect("migrations");
        connection.close().await.expect("a closed file");
        Self { url, _dir: None }
    }

    async fn postgres() -> Option<Self> {
        let Some(server) = postgres_url() else {
            assert!(
                !in_ci(),
                "TEPAI_TEST_POSTGRES_URL is not set: CI runs every test on PostgreSQL"
            );
            eprintln!(
                "SKIPPED on PostgreSQL: TEPAI_TEST_POSTGRES_URL is not set; `make test` starts a server"
            );
            return None;
        };
        Some(Self::postgres_at(&server).await)
    }

    /// A database of a PostgreSQL server.
    pub async fn postgres_at(server: &str) -> Self {
        let admin = Database::connect(server)
            .await
            .expect("the PostgreSQL server");
        let template = template(&admin, server).await;
        let count = COUNT.fetch_add(1, Ordering::SeqCst);
        let name = format!(
            "tepai_test_{}_{count}_{:08x}",
            std::process::id(),
            rand::random::<u32>()
        );
        run(
            &admin,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        admin.close().await.expect("a closed connection");
        Self {
            url: with_name(server, &name),
            _dir: None,
        }
    }
}

/// The template of this schema; whoever comes first makes it.
async fn template(admin: &DatabaseConnection, server: &str) -> String {
    let template = format!("tepai_template_{:016x}", fingerprint());
    let found = |name: &str| format!("SELECT 1 AS one FROM pg_database WHERE datname = '{name}'");
    if exists(admin, &found(&template)).await {
        return template;
    }
    // A lock belongs to a connection, and a pool has several: this one is held by a pool of one.
    let mut options = sea_orm::ConnectOptions::new(server);
    options.max_connections(1);
    let locked = Database::connect(options)
        .await
        .expect("the PostgreSQL server");
    run(
        &locked,
        &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
    )
    .await;
    if !exists(&locked, &found(&template)).await {
        let making = format!("{template}_making");
        run(&locked, &format!("DROP DATABASE IF EXISTS {making}")).await;
        make_in_chinese(&locked, &making).await;
        let connection = Database::connect(with_name(server, &making))
            .await
            .expect("the template");
        Migrator::up(&connection, None).await.expect("migrations");
        connection.close().await.expect("a closed connection");
        run(
            &locked,
            &format!("ALTER DATABASE {making} RENAME TO {template}"),
        )
        .await;
    }
    run(
        &locked,
        &format!("SELECT pg_advisory_unlock({TEMPLATE_LOCK})"),
    )
    .await;
    locked.close().await.expect("a closed connection");
    template
}

/// A database that sorts texts as Chinese readers do, where the server can: nothing may hang on the order of the database.
async fn make_in_chinese(admin: &DatabaseConnection, name: &str) {
    let sql = format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN'"
    );
    if admin.execute_unprepared(&sql).await.is_err() {
        run(admin, &format!("CREATE DATABASE {name}")).await;
    }
}

/// Changes with the schema, so that an old template is never used for a new one.
fn fingerprint() -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    let executable = std::env::current_exe()
        .and_then(std::fs::metadata)
        .and_then(|found| found.modified());
    executable.ok().hash(&mut hasher);
    hasher.finish()
}

async fn exists(connection: &DatabaseConnection, sql: &str) -> bool {
    let statement = Statement::from_string(connection.get_database_backend(), sql);
    connection
        .query_one_raw(statement)
        .await
        .expect("a query")
        .is_some()
}

async fn run(connection: &DatabaseConnection, sql: &str) {
    connection
        .execute_unprepared(sql)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn with_name(server: &str, name: &str) -> String {
    let (base, _) = server.rsplit_once('/').expect("a URL with a database name");
    format!("{base}/{name}")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the harness is configured by its environment alone"
)]
fn postgres_url() -> Option<String> {
    std::env::var("TEPAI_TEST_POSTGRES_URL")
        .ok()
        .filter(|url| !url.is_empty())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the harness is configured by its environment alone"
)]
fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
