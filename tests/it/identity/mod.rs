//! Accounts, sessions, devices, and lost devices.

pub(crate) mod accounts_and_devices;
pub(crate) mod lost_device;
