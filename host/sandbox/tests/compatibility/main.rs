//! What docs/compatibility.md promises: the contract does not change under its version, and components of
//! each version that is served go on running.

mod components;
mod frozen;
mod refusals;
#[path = "../support/mod.rs"]
mod support;

use std::path::PathBuf;

/// What is kept of the versions of the contract, a directory for each.
fn kept() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compatibility"))
}

/// The text of a component of contract 0.1.0.
fn component(name: &str) -> String {
    let path = kept().join("0.1.0").join(name).with_extension("wat");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
