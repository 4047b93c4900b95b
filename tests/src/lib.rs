//! The harness: a real server over a real database of one's own, real phones, and people of the office.
//!
//! A test is an `async fn` that takes a [`Server`]; [`on_both_databases!`] runs it on SQLite and on PostgreSQL.

pub mod database;
pub mod http;
pub mod phone;
pub mod seed;
pub mod server;

pub use database::Backend;
pub use phone::TestPhone;
pub use seed::Commissioner;
pub use server::Server;

/// Runs each test on SQLite and on PostgreSQL, under the names `sqlite::…` and `postgres::…`.
#[macro_export]
macro_rules! on_both_databases {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(server) = $crate::Server::start($crate::Backend::Sqlite).await {
                        super::$name(server).await;
                    }
                }
            )*
        }
        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    if let Some(server) = $crate::Server::start($crate::Backend::Postgres).await {
                        super::$name(server).await;
                    }
                }
            )*
        }
    };
}
