//! Contains nothing. The purpose of this package is the dependencies in its Cargo.toml.
