//! The connection to PostgreSQL is encrypted where the database URL demands it, and where both sides can otherwise.

use sea_orm::{ConnectionTrait, Database, DatabaseBackend, Statement};
use tepai_store::{Store, StoreError};
use tepai_tests::power::Cluster;

/// How many connections besides its own are encrypted.
async fn encrypted_connections(server: &Cluster) -> i64 {
    let url = format!("{}?sslmode=disable", server.url);
    let admin = Database::connect(url).await.unwrap();
    let sql = "SELECT COUNT(*) AS encrypted FROM pg_stat_ssl WHERE ssl AND pid <> pg_backend_pid()";
    let statement = Statement::from_string(DatabaseBackend::Postgres, sql);
    let row = admin.query_one_raw(statement).await.unwrap().unwrap();
    admin.close().await.unwrap();
    row.try_get("", "encrypted").unwrap()
}

async fn connect(server: &Cluster, query: &str) -> Result<Store, StoreError> {
    Store::connect(&format!("{}{query}", server.url), 2).await
}

#[track_caller]
fn assert_refused(connected: &Result<Store, StoreError>) {
    assert!(
        matches!(connected, Err(StoreError::Unavailable(_))),
        "{connected:?}"
    );
}

#[tokio::test]
async fn with_a_version_1_certificate_prefer_connects_without_tls_and_require_fails() {
    let Some(server) = Cluster::with_tls(1) else {
        return;
    };
    for query in ["", "?sslmode=prefer"] {
        let store = connect(&server, query).await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(encrypted_connections(&server).await, 0, "{query}");
        store.close().await.unwrap();
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        assert_refused(&connect(&server, &format!("?sslmode={mode}")).await);
    }
}

#[tokio::test]
async fn a_certificate_of_version_3_is_verified_against_the_named_authority() {
    let Some(server) = Cluster::with_tls(3) else {
        return;
    };
    let authority = server.authority().display().to_string();
    let verified = format!("?sslmode=verify-full&sslrootcert={authority}");
    for query in ["", "?sslmode=require", &verified] {
        let store = connect(&server, query).await.unwrap();
        store.migrate().await.unwrap();
        assert!(encrypted_connections(&server).await > 0, "{query}");
        store.close().await.unwrap();
    }
    // Nobody has named who signed it.
    assert_refused(&connect(&server, "?sslmode=verify-full").await);
    assert_refused(&connect(&server, "?sslmode=verify-ca").await);
    // The certificate is for 127.0.0.1.
    let elsewhere = server.url.replace("127.0.0.1", "localhost");
    assert_refused(&Store::connect(&format!("{elsewhere}{verified}"), 2).await);
}
