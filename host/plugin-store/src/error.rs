//! Why a reference gives no plugin.

use std::io;
use std::path::PathBuf;

use podweave_sandbox::LoadError;
use podweave_sandbox::compile::CompileError;

/// Why a reference gives no plugin.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing is known by this name.
    #[error(
        "there is no plugin {reference}{suggestion}; built in are {built_in}. Another one is given as --plugin {name}=FILE.wasm, on a node in the agent's configuration (plugins)"
    )]
    Unknown {
        /// The reference, quoted.
        reference: String,
        /// The reference as it is.
        name: String,
        /// The nearest name, as text to append.
        suggestion: String,
        /// The built-in names, as text.
        built_in: String,
    },
    /// The file of a component cannot be read.
    #[error("cannot read {}: {error}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// It cannot be compiled.
    #[error("{source_name}: {error}")]
    Compile {
        /// The file, or the built-in plugin.
        source_name: String,
        /// Why.
        error: CompileError,
    },
    /// It is no plugin for this podweave.
    #[error("{source_name}: {error}")]
    Load {
        /// The file, or the built-in plugin.
        source_name: String,
        /// Why.
        error: LoadError,
    },
    /// There is no place for its code, not even in memory.
    #[error("there is no place for compiled code: {0}")]
    NoPlace(io::Error),
}
