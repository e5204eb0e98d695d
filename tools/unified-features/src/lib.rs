//! Nothing: see the dependencies in this package's Cargo.toml.
