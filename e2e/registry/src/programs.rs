//! Finds the programs. A missing program fails the test, with a remedy: a skipped test proves nothing.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// Names the directory with the programs, instead of `target/registry-peers/bin`, where
/// `tools/build-registry-peers` puts them.
const VARIABLE: &str = "PODWEAVE_REGISTRY_PEERS";

/// Finds the program of this name.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    let directory = std::env::var_os(VARIABLE)
        .filter(|value| !value.is_empty())
        .map_or_else(|| target().join("registry-peers/bin"), PathBuf::from);
    let path = directory.join(name);
    if !path.is_file() {
        bail!("there is no {}: run tools/build-registry-peers", path.display());
    }
    Ok(path)
}

/// Finds `podweave` itself.
pub(crate) fn podweave() -> Result<PathBuf> {
    let program = target().join("release/podweave");
    if !program.is_file() {
        bail!("there is no {}: run cargo build --release", program.display());
    }
    Ok(program)
}

/// The build directory of this repository.
fn target() -> PathBuf {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
    std::fs::canonicalize(&target).unwrap_or(target)
}
