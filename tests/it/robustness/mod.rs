//! Faults from outside: broken connections, killed processes, power cuts, thousands of phones at once, hostile clients.

pub(crate) mod broken_connection;
pub(crate) mod hostile_client;
pub(crate) mod mass_reconnect;
pub(crate) mod power_cut;
pub(crate) mod process_kill;
