//! Bytes of photos: received in pieces, checked, stored under their SHA-256, prepared for showing, moved to a bucket, cleaned up.
//!
//! - A photo is acknowledged only when its hash, bytes, directory entry and row are durable.
//! - The row of a content (`photo_file`) is where the bytes and the records that announce them meet. [`status`] is its only writer
//!   while photos arrive.
//! - Nothing is removed unless a row says why.
//!
//! Read [`upload`] first, then [`finalize`] and [`status`].

pub mod album;
pub mod bucket;
pub mod cleanup;
pub mod finalize;
mod group_commit;
pub mod prepare;
pub mod serve;
pub mod status;
pub mod thumbnail;
pub mod upload;
pub mod verify;
