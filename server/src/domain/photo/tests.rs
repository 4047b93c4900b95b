//! Tests of what is in the bytes of a photo.
