//! Webhooks: events, signatures, deliveries.

pub(crate) mod deliveries;
