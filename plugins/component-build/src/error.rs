//! Says why a component could not be built, and what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why a component could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The function was called outside of a build script.
    #[error("{0} is not set: call this from a build script, or use build_in")]
    NoBuildScript(&'static str),
    /// There is no workspace above the crate.
    #[error("no Cargo.toml with [workspace] in {0} or above it")]
    NoWorkspace(PathBuf),
    /// The nested cargo cannot be started.
    #[error("cannot start {cargo}")]
    Start {
        /// The program.
        cargo: PathBuf,
        /// Why it cannot be started.
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
        /// The requested packages.
        packages: String,
        /// The output of cargo.
        stderr: String,
    },
    /// The package produced no Wasm module.
    #[error("{package} made no {}: it needs `[lib] crate-type = [\"cdylib\"]`", module.display())]
    NoModule {
        /// The package.
        package: String,
        /// Where its module should be.
        module: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot read or write {}", path.display())]
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
        Self::File {
            path: path.to_owned(),
            cause,
        }
    }
}
