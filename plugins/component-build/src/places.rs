//! Where a build happens.

use std::path::{Path, PathBuf};

use crate::Error;

/// Where a build happens.
#[derive(Debug, Clone)]
pub struct Places {
    /// The root of the workspace that the packages belong to.
    pub workspace: PathBuf,
    /// The nested cargo's own target directory: the outer cargo holds the lock of its own.
    pub target: PathBuf,
    /// Where the components go.
    pub out: PathBuf,
    /// The cargo to run.
    pub cargo: PathBuf,
    /// What the packages are compiled for.
    pub guest: Guest,
}

/// What guests are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guest {
    /// Nothing but the contract: the component imports no WASI.
    #[default]
    Bare,
    /// WASI, as the standard library wants it: for tests of how the host serves such guests.
    Wasi,
}

impl Guest {
    /// The Rust target.
    #[must_use]
    pub fn target(self) -> &'static str {
        match self {
            Self::Bare => "wasm32-unknown-unknown",
            Self::Wasi => "wasm32-wasip2",
        }
    }
}

impl Places {
    /// What cargo tells a build script. All build scripts of one outer build share one target directory for guests.
    pub fn of_build_script() -> Result<Self, Error> {
        let path = |name| std::env::var_os(name).map(PathBuf::from).ok_or(Error::NoBuildScript(name));
        let out = path("OUT_DIR")?;
        Ok(Self {
            workspace: workspace_above(&path("CARGO_MANIFEST_DIR")?)?,
            target: target_above(&out).join("guests"),
            cargo: path("CARGO")?,
            out,
            guest: Guest::Bare,
        })
    }
}

/// The nearest directory whose Cargo.toml is that of a workspace.
fn workspace_above(package: &Path) -> Result<PathBuf, Error> {
    let is_workspace = |directory: &&Path| {
        std::fs::read_to_string(directory.join("Cargo.toml")).is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
    };
    package.ancestors().find(is_workspace).map(Path::to_owned).ok_or_else(|| Error::NoWorkspace(package.to_owned()))
}

/// The target directory that `OUT_DIR` lies in. cargo tells it to nobody, but marks its root as a cache.
fn target_above(out: &Path) -> &Path {
    out.ancestors().find(|directory| directory.join("CACHEDIR.TAG").exists()).unwrap_or(out)
}
