//! Tests about the product as a whole: architecture, schema, specification, access, the demo.

pub(crate) mod access_matrix;
pub(crate) mod architecture;
pub(crate) mod database_tls;
pub(crate) mod demo;
pub(crate) mod migrations;
pub(crate) mod openapi;
pub(crate) mod specification;
