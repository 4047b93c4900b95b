//! The harness: a real server over a real database of one's own, real phones, and people of the office.
//!
//! A test is an `async fn` that takes a [`World`]; [`on_both_databases!`] runs it on SQLite and on PostgreSQL.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    clippy::panic,
    clippy::print_stderr,
    reason = "a harness fails loudly"
)]

pub mod caller;
pub mod database;
pub mod foreign;
pub mod line;
pub mod load;
pub mod phone;
pub mod photo;
pub mod power;
pub mod process;
pub mod proxy;
pub mod receiver;
pub mod report;
pub mod s3;
pub mod sender;
pub mod simulation;
pub mod world;

pub use caller::Caller;
pub use database::Backend;
pub use phone::Phone;
pub use world::World;

/// An HTTP client of a test's own.
pub fn http() -> reqwest::Client {
    let client = tepai_client::transport::http_client().build();
    client.expect("an HTTP client")
}

/// Runs each test on SQLite and on PostgreSQL, under the names `sqlite::…` and `postgres::…`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(world) = $crate::World::start($crate::Backend::Sqlite).await {
                        super::$name(world).await;
                    }
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(world) = $crate::World::start($crate::Backend::Postgres).await {
                        super::$name(world).await;
                    }
                }
            )*
        }
    };
}
