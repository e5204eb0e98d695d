//! Finds the programs of the cluster and the nodes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The variable with the directory of the programs, instead of `target/cluster/bin`, where
/// `tools/build-cluster` puts them.
const PROGRAMS_VARIABLE: &str = "PODWEAVE_CLUSTER_BIN";

pub(crate) fn directory() -> PathBuf {
    std::env::var_os(PROGRAMS_VARIABLE).map_or_else(|| target().join("cluster/bin"), PathBuf::from)
}

/// Returns the path of a program.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    let path = directory().join(name);
    if !path.is_file() {
        bail!("there is no {}; run tools/build-cluster", path.display());
    }
    Ok(path)
}

/// Returns the PATH for the programs, with their directory first, since containerd's shim calls `runc`.
pub(crate) fn path() -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(directory()).chain(std::env::split_paths(&path)))
        .context("the directory of the programs has a colon in its name")
}

/// Returns the directory of this repository's builds.
pub(crate) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    std::fs::canonicalize(&target).unwrap_or(target)
}
