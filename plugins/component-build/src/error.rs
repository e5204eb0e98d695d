//! Why a component could not be built, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a component could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Called where there is no build script.
    #[error("{0} is not set: call this from a build script, or use build_in")]
    NoBuildScript(&'static str),
    /// No workspace above the crate that is built.
    #[error("no Cargo.toml with [workspace] in {0} or above it")]
    NoWorkspace(PathBuf),
    /// The nested cargo could not be started.
    #[error("cannot start {cargo}: {cause}")]
    Start {
        /// What was started.
        cargo: PathBuf,
        /// Why it did not.
        #[source]
        cause: io::Error,
    },
    /// The toolchain cannot build Wasm.
    #[error("the toolchain has no {target} target: run `rustup target add {target}`")]
    NoTarget {
        /// The target.
        target: &'static str,
    },
    /// The nested cargo failed.
    #[error("the nested `cargo build` of {packages} failed:\n{stderr}")]
    Cargo {
        /// The packages that were asked for.
        packages: String,
        /// What cargo said.
        stderr: String,
    },
    /// The package made no Wasm module.
    #[error("{package} made no {}: it needs `[lib] crate-type = [\"cdylib\"]`", module.display())]
    NoModule {
        /// The package.
        package: String,
        /// Where its module should be.
        module: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        #[source]
        cause: io::Error,
    },
}

impl Error {
    pub(crate) fn file(path: &Path, cause: io::Error) -> Self {
        Self::File { path: path.to_owned(), cause }
    }
}
