//! The Tepai server, layer by layer, in the order in which a record flows:
//! `http` (routes, extractors, problem+json) → `app` (use cases, transactions) → `domain` (pure rules),
//! `store` (the database) and `files` (the bytes of photos). `courier` sends webhooks. `cli` and `serve` start it, `jobs` call `app` on a timer, `demo` drives it from outside.

pub mod app;
pub mod background;
pub mod cli;
pub mod clock;
pub mod config;
pub mod courier;
pub mod demo;
pub mod domain;
pub mod export;
pub mod files;
pub mod http;
pub mod jobs;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod web_files;
