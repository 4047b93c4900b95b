//! The protocol over a real server: what a push does, what a feed holds, and that every phone ends up with the same.

pub(crate) mod convergence;
pub(crate) mod feed_order;
pub(crate) mod message_sizes;
pub(crate) mod protocol_traps;
pub(crate) mod push;
pub(crate) mod rxdb_client;
