//! Personal data: masked, read with a purpose, made anonymous.

pub(crate) mod personal_data;
