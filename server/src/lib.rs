//! The process around the server: commands, configuration, jobs, logs. What it serves is in crates of their own, layer by
//! layer, in the order in which a record flows: `tepai-http` (routes) → `tepai-app` (use cases) → `tepai-domain` (pure rules),
//! `tepai-store` (the database), `tepai-files` (the bytes of photos), `tepai-export` (files that go out) and
//! `tepai-webhook-client`. `tepai-demo` drives a server from outside.

pub mod cli;
pub mod config;
pub mod jobs;
pub mod serve;
pub mod telemetry;
