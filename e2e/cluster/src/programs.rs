//! Where the programs are that are started here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Names the directory with the programs, instead of `target/cluster/bin`, where `tools/build-cluster` puts them.
const PROGRAMS_VARIABLE: &str = "PODWEAVE_CLUSTER_BIN";

pub(crate) fn directory() -> PathBuf {
    std::env::var_os(PROGRAMS_VARIABLE).map_or_else(|| target().join("cluster/bin"), PathBuf::from)
}

/// The program of this name.
pub(crate) fn find(name: &str) -> Result<PathBuf> {
    let path = directory().join(name);
    if !path.is_file() {
        bail!("there is no {}: run tools/build-cluster", path.display());
    }
    Ok(path)
}

/// Where programs look for others: ours come first, since containerd's shim asks for a `runc`.
pub(crate) fn path() -> Result<OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(directory()).chain(std::env::split_paths(&path))).context("the directory of the programs has a colon in its name")
}

/// What is built of this repository.
pub(crate) fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"), PathBuf::from);
    std::fs::canonicalize(&target).unwrap_or(target)
}
