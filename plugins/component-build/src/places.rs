//! Defines where a build happens.

use std::path::{Path, PathBuf};

use crate::Error;

/// The directories and programs of a build.
#[derive(Debug, Clone)]
pub struct Places {
    /// The root of the workspace that the packages belong to.
    pub workspace: PathBuf,
    /// The nested cargo's own target directory: the outer cargo locks its own.
    pub target: PathBuf,
    /// The directory for the components.
    pub out: PathBuf,
    /// The cargo to run.
    pub cargo: PathBuf,
    /// The target of the packages.
    pub guest: Guest,
}

/// The target of guests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Guest {
    /// Only the contract: the component imports no WASI.
    #[default]
    Bare,
    /// WASI, as the standard library requires it: for tests of how the host serves such guests.
    Wasi,
}

impl Guest {
    /// Returns the Rust target.
    #[must_use]
    pub fn target(self) -> &'static str {
        match self {
            Self::Bare => "wasm32-unknown-unknown",
            Self::Wasi => "wasm32-wasip2",
        }
    }
}

impl Places {
    /// Reads the variables that cargo sets for a build script. All build scripts of one outer build share one
    /// target directory for guests.
    pub(crate) fn of_build_script() -> Result<Self, Error> {
        let path = |name| {
            std::env::var_os(name)
                .map(PathBuf::from)
                .ok_or(Error::NoBuildScript(name))
        };
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

/// Returns the nearest directory with the Cargo.toml of a workspace.
fn workspace_above(package: &Path) -> Result<PathBuf, Error> {
    let is_workspace = |directory: &&Path| {
        std::fs::read_to_string(directory.join("Cargo.toml"))
            .is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
    };
    package
        .ancestors()
        .find(is_workspace)
        .map(Path::to_owned)
        .ok_or_else(|| Error::NoWorkspace(package.to_owned()))
}

/// Returns the target directory that contains `OUT_DIR`. cargo sets no variable for it, but marks its root as
/// a cache.
fn target_above(out: &Path) -> &Path {
    out.ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").exists())
        .unwrap_or(out)
}
