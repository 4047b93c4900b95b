//! The Tepai server, layer by layer, in the order in which a record flows:
//! `http` → `app` → `domain` and `store`.

pub mod domain;
