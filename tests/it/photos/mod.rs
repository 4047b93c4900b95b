//! Photos on their way in, stored, moved to a bucket, and shown.

pub(crate) mod arrival;
pub(crate) mod bucket;
pub(crate) mod interrupted_uploads;
pub(crate) mod malicious_images;
pub(crate) mod recovery;
pub(crate) mod reference_client;
pub(crate) mod tus_clients;
pub(crate) mod upload_methods;
